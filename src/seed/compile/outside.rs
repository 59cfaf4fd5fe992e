//! Columns that take rows which are in the database and not in the plan.

use super::{Compiled, Compiler};
use crate::seed::plan::{ColumnPlan, Generator};
use crate::seed::program::{Operation, Program, Source};

impl Compiler<'_> {
    /// The rows outside of the plan, and the column among those that are read of them.
    pub(super) fn outside(
        program: &Program,
        table: &str,
        column: Option<&str>,
    ) -> (Option<usize>, Option<usize>) {
        let source = program
            .sources
            .iter()
            .position(|source| source.table == table);
        let columns = source.map(|source| &program.sources[source].keys.columns);
        let index = columns.and_then(|columns| match column {
            Some(column) => columns.iter().position(|name| name == column),
            None => (!columns.is_empty()).then_some(0),
        });
        (source, index)
    }

    pub(super) fn existing(
        &self,
        program: &Program,
        table: usize,
        (outside, column, row_of): (&str, Option<&str>, Option<&str>),
        at: &ColumnPlan,
    ) -> Compiled<Operation> {
        let row_of = match row_of {
            Some(other) => {
                let index = self.column_index(table, other, at)?;
                let same = matches!(
                    &self.columns(table)[index].generator,
                    Generator::Existing { table: chosen, row_of: None, .. } if chosen == outside
                );
                if !same {
                    let message =
                        format!("`row_of` names `{other}`, which takes no row of `{outside}`");
                    let help = format!(
                        "name a column made by {{ gen = \"existing\", table = \"{outside}\" }}"
                    );
                    return Err(self.error(at, message, help));
                }
                Some(index)
            }
            None => None,
        };
        let (source, index) = Self::outside(program, outside, column);
        if let Some(keys) = self.keys {
            if keys.table(outside).is_some() && index.is_none() {
                let message = format!("`{outside}` has no column `{}`", column.unwrap_or("id"));
                return Err(self.error(at, message, "name a column of that table"));
            }
            if keys.count(outside) == 0 && program.tables[table].rows > 0 && at.nulls < 1.0 {
                let message = format!("the database has no rows of `{outside}` to refer to");
                let help = "fill it first, add it to the plan, or give this column `nulls = 1.0`";
                return Err(self.error(at, message, help));
            }
        }
        Ok(Operation::Existing {
            source: source.unwrap_or(0),
            column: index.unwrap_or(0),
            row_of,
        })
    }

    /// Tables outside of the plan that it refers to, with what was read of them.
    pub(super) fn sources(&self) -> Vec<Source> {
        let mut sources: Vec<Source> = Vec::new();
        for column in self
            .plan
            .tables
            .values()
            .flat_map(|table| table.columns.values())
            .flat_map(ColumnPlan::parts)
        {
            if let Generator::Existing { table, .. } = &column.generator
                && sources.iter().all(|source| source.table != *table)
            {
                let keys = self.keys.and_then(|keys| keys.table(table));
                sources.push(Source {
                    table: table.clone(),
                    keys: keys.cloned().unwrap_or_default(),
                });
            }
        }
        sources
    }
}
