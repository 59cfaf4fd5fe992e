//! References must be made by something that refers, and all columns of one to the same row.

use super::Checker;
use crate::seed::plan::{Generator, PlanError};
use crate::seed::program::Operation;
use crate::seed::schema::ForeignKey;

impl Checker<'_> {
    pub(super) fn check_references(&self) -> Result<(), PlanError> {
        for key in &self.schema.foreign_keys {
            match &key.columns[..] {
                [name] => self.check_single(name, key)?,
                _ => self.check_composite(key)?,
            }
        }
        Ok(())
    }

    fn check_single(&self, name: &str, key: &ForeignKey) -> Result<(), PlanError> {
        let table = &self.program.tables[self.table];
        let Some(column) = table.columns.iter().find(|column| column.name == *name) else {
            return Ok(());
        };
        let refers = match (self.program.table(&key.table), &column.operation) {
            (Some(target), Operation::Reference { .. }) => self.comes_from(name, target),
            // A table outside of the plan: its rows are there, or they are not.
            (None, Operation::Existing { source, .. }) => {
                self.program.sources[*source].table == key.table
            }
            (_, Operation::Lookup { .. })
            | (None, Operation::Constant(_) | Operation::OneOf { .. }) => true,
            _ => column.nulls >= 1.0,
        };
        if refers {
            return Ok(());
        }
        let generator = if self.program.table(&key.table).is_some() {
            "ref"
        } else {
            "existing"
        };
        let what = format!("refers to `{}`", key.table);
        let help = format!(
            "write `{name} = {{ gen = \"{generator}\", table = \"{}\" }}`",
            key.table
        );
        Err(self.error(name, &what, help))
    }

    /// One row of the other table for all columns: the first refers, the others look up.
    fn check_composite(&self, key: &ForeignKey) -> Result<(), PlanError> {
        let table = &self.program.tables[self.table];
        let planned: Vec<_> = key
            .columns
            .iter()
            .filter_map(|name| table.columns.iter().find(|column| column.name == *name))
            .collect();
        // With one column null, the others are free.
        if planned.len() < key.columns.len() || planned.iter().any(|column| column.nulls >= 1.0) {
            return Ok(());
        }
        let draws = planned
            .iter()
            .filter(|column| match &column.operation {
                Operation::Existing { row_of, .. } => row_of.is_none(),
                Operation::Lookup { .. } | Operation::Constant(_) => false,
                _ => true,
            })
            .count();
        let targets = planned.iter().all(|column| match &column.operation {
            Operation::Reference { hop, .. } => Some(hop.to) == self.program.table(&key.table),
            _ => true,
        });
        if (draws <= 1 && targets) || self.shares(key) {
            return Ok(());
        }
        let (first, rest) = (&key.columns[0], &key.columns[1]);
        let what = format!(
            "refers to `{}` together with `{}`, and they are drawn apart",
            key.table,
            key.columns[..key.columns.len() - 1].join("`, `")
        );
        let help = if !targets && self.program.table(&key.table).is_some() {
            let (last, of) = (key.columns.len() - 1, key.target.len() - 1);
            format!(
                "`{}` is of another reference: write `{} = {{ gen = \"ref\", table = \"{}\", column = \
                 \"{}\", same = \"{0}\" }}`",
                key.columns[0], key.columns[last], key.table, key.target[of]
            )
        } else if self.program.table(&key.table).is_some() {
            format!(
                "write `{first} = {{ gen = \"ref\", table = \"{}\", column = \"{}\" }}` and \
                 `{rest} = {{ gen = \"lookup\", of = \"{first}.{}\" }}`",
                key.table, key.target[0], key.target[1]
            )
        } else {
            format!(
                "write `{first} = {{ gen = \"existing\", table = \"{0}\", column = \"{1}\" }}` and `{rest} = \
                 {{ gen = \"existing\", table = \"{0}\", column = \"{2}\", row_of = \"{first}\" }}`",
                key.table, key.target[0], key.target[1]
            )
        };
        Err(self.error(&key.columns[key.columns.len() - 1], &what, help))
    }

    /// Whether a column's value is that of a table's row, be it through other references.
    fn comes_from(&self, name: &str, target: usize) -> bool {
        let columns = &self.program.tables[self.table].columns;
        let mut operation = columns
            .iter()
            .find(|column| column.name == name)
            .map(|column| &column.operation);
        // Columns are never computed from themselves, so this ends.
        while let Some(Operation::Reference { hop, column }) = operation {
            if hop.to == target {
                return true;
            }
            operation = Some(&self.program.tables[hop.to].columns[*column].operation);
        }
        false
    }

    /// Whether one column of a reference takes a row that has the others' values: by `same`.
    fn shares(&self, key: &ForeignKey) -> bool {
        let columns = &self.plan.tables[self.name].columns;
        let pairs = || key.columns.iter().zip(&key.target);
        let chooser = pairs().find_map(|(name, of)| match &columns[name].generator {
            Generator::Reference {
                table,
                column,
                same: Some(same),
                ..
            } if *table == key.table && column.as_ref().is_none_or(|column| column == of) => {
                Some((name, same))
            }
            _ => None,
        });
        let Some((chooser, same)) = chooser else {
            return false;
        };
        let through = format!("{chooser}.");
        pairs().all(|(name, of)| {
            name == chooser
                || (*name == same.here && *of == same.there)
                || matches!(&columns[name].generator,
                    Generator::Lookup { path } if path.strip_prefix(&through) == Some(of))
        })
    }
}
