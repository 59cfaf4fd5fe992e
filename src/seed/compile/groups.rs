//! Columns that are unique together (`unique_with`): the numbers of all their combinations are
//! permuted, and each column takes its digit. Among the children of a parent, when its column is
//! one of them; over all rows otherwise.

use super::{Compiled, Compiler};
use crate::seed::draw::Permutation;
use crate::seed::plan::{ColumnPlan, Generator, Pick};
use crate::seed::program::{Mixed, Program};
use crate::seed::value::DAY;

/// Combinations beyond this are not needed: further columns are drawn as they come.
const ENOUGH: u64 = 1 << 44;

impl Compiler<'_> {
    /// The columns that are unique together with a column, itself among them, in the plan's
    /// order; and the column that says so.
    fn group(&self, table: usize, index: usize) -> Compiled<Option<(Vec<usize>, usize)>> {
        let columns = self.columns(table);
        let name = &columns.keys()[index];
        for (anchor, (anchor_name, plan)) in columns.iter().enumerate() {
            let named = plan.unique_with.iter().any(|other| other == name);
            if plan.unique_with.is_empty() || !(named || anchor_name == name) {
                continue;
            }
            let mut group = vec![anchor];
            for other in &plan.unique_with {
                group.push(self.column_index(table, other, plan)?);
            }
            group.sort_unstable();
            group.dedup();
            return Ok(Some((group, anchor)));
        }
        Ok(None)
    }

    /// The part that a column takes of its group's combinations; none without a group.
    pub(super) fn mixed(
        &self,
        program: &Program,
        table: usize,
        index: usize,
    ) -> Compiled<Option<Mixed>> {
        let Some((group, anchor)) = self.group(table, index)? else {
            return Ok(None);
        };
        let columns = self.columns(table);
        let is_parent =
            |&&member: &&usize| matches!(columns[member].generator, Generator::Parent { .. });
        let siblings = group.iter().any(|member| is_parent(&member));
        let mut divisor = None;
        let mut size = 0;
        let mut total = 1_u64;
        let mut told = Vec::new();
        for &member in group.iter().filter(|member| !is_parent(member)) {
            let plan = &columns[member];
            // What follows from another column adds nothing.
            if matches!(
                plan.generator,
                Generator::Lookup { .. }
                    | Generator::Existing {
                        row_of: Some(_),
                        ..
                    }
            ) {
                continue;
            }
            let domain = self.domain(program, table, member, plan)?;
            told.push(format!("{domain} of `{}`", columns.keys()[member]));
            if total >= ENOUGH {
                break;
            }
            if member == index {
                divisor = Some(total);
                size = domain;
            }
            total = total.saturating_mul(domain);
        }
        let Some(divisor) = divisor else {
            return Ok(None);
        };
        let this = &program.tables[table];
        let needed = match &this.fan_out {
            Some(fan_out) if siblings => fan_out.max(),
            _ => this.rows,
        };
        if total < needed {
            let message = if siblings {
                format!(
                    "up to {needed} rows of `{}` with one parent need different values, and there are {total}: {}",
                    this.name,
                    told.join(", ")
                )
            } else {
                format!(
                    "{needed} rows of `{}` need different values, and there are {total}: {}",
                    this.name,
                    told.join(", ")
                )
            };
            let help = if siblings {
                "lower `max` of `per_parent`, or widen one of the columns"
            } else {
                "lower `rows`, or widen one of the columns"
            };
            return Err(self.error(&columns[anchor], message, help));
        }
        let key = self
            .root
            .child(&this.name)
            .child(&columns.keys()[anchor])
            .child("unique_with");
        Ok(Some(Mixed {
            permutation: Permutation::new(key, total.max(1)),
            key,
            divisor,
            size: size.max(1),
            siblings,
        }))
    }

    /// Number of different values of a column.
    fn domain(
        &self,
        program: &Program,
        table: usize,
        index: usize,
        plan: &ColumnPlan,
    ) -> Compiled<u64> {
        Ok(match &plan.generator {
            Generator::OneOf { values, .. } => values.len() as u64,
            Generator::Integer { min, max, step, .. } => ((max - min) / step) as u64 + 1,
            Generator::Boolean { .. } => 2,
            Generator::Constant(_) => 1,
            Generator::Pattern { pattern } => pattern.size(),
            Generator::Moment(moments) if moments.after.is_none() => {
                ((moments.to - moments.from) / DAY).max(1) as u64
            }
            Generator::Reference {
                table: target,
                pick: Pick::Any,
                except,
                ..
            } => {
                let to = self.table_index(target, &plan.span)?;
                program.tables[to]
                    .rows
                    .saturating_sub(u64::from(except.is_some()))
            }
            Generator::Existing { table: target, .. } => {
                // How many there are is not known before the database was asked.
                self.keys.map_or(ENOUGH, |keys| keys.count(target))
            }
            _ => {
                let label = self.label(table, index);
                let message = format!("`{label}` cannot be unique together with others");
                let help = "`ref` (without `distinct` and `earlier`), `existing`, `one_of`, \
                            `integer`, `boolean`, `pattern` and `timestamp` (without `after`) can";
                return Err(self.error(plan, message, help));
            }
        })
    }
}
