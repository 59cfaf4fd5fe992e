//! Uniqueness that the schema asks for must follow from the plan, where it would otherwise
//! surely fail.

use super::Checker;
use crate::seed::plan::PlanError;
use crate::seed::program::{Among, Distinctness, Operation, Program, Way};

impl Checker<'_> {
    pub(super) fn check_uniques(&self) -> Result<(), PlanError> {
        let table = &self.program.tables[self.table];
        for set in &self.schema.uniques {
            let indexes: Option<Vec<usize>> = set
                .iter()
                .map(|name| table.columns.iter().position(|column| column.name == *name))
                .collect();
            // A column that the database fills is unique by itself.
            let Some(indexes) = indexes else { continue };
            let nulls_once = self.schema.nulls_once.contains(set);
            if nulls_once
                && table.rows > 1
                && let Some(&index) = indexes.iter().find(|&&index| self.may_be_null(index))
                && indexes.len() == 1
            {
                let what = "must be unique in the database, where nulls are equal to each other";
                return Err(self.error(&table.columns[index].name, what, "take `nulls` away"));
            }
            let references = indexes.iter().all(|&index| {
                matches!(
                    table.columns[index].operation,
                    Operation::Reference { .. }
                        | Operation::Existing { .. }
                        | Operation::Boolean { .. }
                ) || matches!(&table.columns[index].operation,
                    Operation::OneOf { values, .. } if values.len() < 64)
            });
            match &set[..] {
                _ if table.rows <= 1 || self.proven(&indexes) => {}
                [only] => {
                    let what = "must be unique in the database, and its generator repeats values";
                    return Err(self.error(only, what, "add `unique = true`"));
                }
                [.., last] if references => {
                    let what = format!("must be unique together with `{}`", set.join("`, `"));
                    let others: Vec<_> = set[..set.len() - 1]
                        .iter()
                        .map(|name| format!("\"{name}\""))
                        .collect();
                    let help = format!(
                        "add `unique_with = [{}]` to it; or make one of them the \"parent\" \
                         (per_parent = …) and another {{ gen = \"ref\", …, distinct = true }}",
                        others.join(", ")
                    );
                    return Err(self.error(last, &what, help));
                }
                // Values that rarely meet: the database has the last word before the commit.
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether no two rows have the same in all of some columns, by the plan.
    fn proven(&self, indexes: &[usize]) -> bool {
        let table = &self.program.tables[self.table];
        if unique_set(self.program, self.table, indexes, 8) {
            return true;
        }
        let columns = &self.plan.tables[self.name].columns;
        let has = |name: &String| {
            indexes
                .iter()
                .any(|&index| table.columns[index].name == *name)
        };
        columns.iter().any(|(name, column)| {
            !column.unique_with.is_empty() && has(name) && column.unique_with.iter().all(has)
        })
    }
}

/// Whether rows differ in a set of columns: by one of them; by the parent and what differs among
/// its children; or because the set is the key of another table's row, and that row differs.
fn unique_set(program: &Program, table: usize, indexes: &[usize], depth: u8) -> bool {
    let found: Vec<Distinctness> = indexes
        .iter()
        .map(|&index| program.distinctness(table, index))
        .collect();
    let mut parent = found.contains(&Distinctness::PerParent);
    let mut siblings = found.contains(&Distinctness::AmongSiblings);
    if found.contains(&Distinctness::Unique) || (parent && siblings) {
        return true;
    }
    if depth == 0 {
        return false;
    }
    let columns = &program.tables[table].columns;
    for &via in indexes {
        let Operation::Reference { hop, column } = &columns[via].operation else {
            continue;
        };
        // The columns that are of the row that this one refers to.
        let mut theirs = vec![*column];
        for &other in indexes {
            if let Operation::Lookup { path } = &columns[other].operation
                && let [only] = &path.hops[..]
                && only.via == Some(via)
            {
                theirs.push(path.column);
            }
        }
        if theirs.len() < 2 || !unique_set(program, hop.to, &theirs, depth - 1) {
            continue;
        }
        match &hop.way {
            Way::Permuted(_) => return true,
            Way::Parent => {
                let fan_out = program.tables[table].fan_out.as_ref();
                if fan_out.is_some_and(|fan_out| fan_out.max() <= 1) {
                    return true;
                }
                parent = true;
            }
            Way::Distinct(_) => siblings = true,
            Way::Same(_, same) if same.pick == Among::Distinct => siblings = true,
            Way::Uniform(_) | Way::Zipf(..) | Way::Earlier(_) | Way::Mixed(_) | Way::Same(..) => {}
        }
    }
    parent && siblings
}
