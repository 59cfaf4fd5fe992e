//! Numbers of rows: parents before their children.

use super::{Compiled, Compiler};
use crate::seed::draw::Permutation;
use crate::seed::fan_out::FanOut;
use crate::seed::plan::Rows;
use crate::seed::program::{Table, TableKeys};

/// Rows of a table, at most: a slip in `rows` or the scale, not a wish.
const MOST_ROWS: u64 = 1 << 40;
/// Parents whose children are counted, at most: half a gigabyte of sums.
const MOST_PARENTS: u64 = 1 << 30;

impl Compiler<'_> {
    pub(super) fn tables(&self) -> Compiled<Vec<Table>> {
        let mut done: Vec<Option<Table>> = self.plan.tables.iter().map(|_| None).collect();
        for index in 0..done.len() {
            self.lay_out(index, &mut done, &mut Vec::new())?;
        }
        Ok(done.into_iter().flatten().collect())
    }

    /// Counts a table's rows, its parents' first.
    pub(super) fn lay_out(
        &self,
        index: usize,
        done: &mut [Option<Table>],
        open: &mut Vec<usize>,
    ) -> Compiled<()> {
        if done[index].is_some() {
            return Ok(());
        }
        let (name, plan) = self
            .plan
            .tables
            .get_index(index)
            .expect("invariant: in range");
        if open.contains(&index) {
            let message = format!("table `{name}` is its own ancestor by `per_parent`");
            let help = "give one of the tables `rows = N`".to_owned();
            return Err(self.plan.error(&plan.span, message, help));
        }
        open.push(index);
        let key = self.root.child(name);
        let (rows, fan_out) = match &plan.rows {
            Rows::Count(rows) if plan.fixed => (self.limited(name, *rows), None),
            Rows::Count(rows) => (self.limited(name, scaled(*rows, self.scale)), None),
            Rows::PerParent { table, counts } => {
                let parent = self.table_index(table, &plan.span)?;
                self.lay_out(parent, done, open)?;
                let parents = done[parent].as_ref().map_or(0, |parent| parent.rows);
                self.check_rows(table, parents, MOST_PARENTS, &plan.span)?;
                let fan_out = FanOut::new(parent, key.child("per_parent"), counts.clone(), parents);
                (fan_out.total(), Some(fan_out))
            }
        };
        open.pop();
        self.check_rows(name, rows, MOST_ROWS, &plan.span)?;
        let scatter = plan.scatter && rows > 0;
        done[index] = Some(Table {
            name: name.clone(),
            rows,
            scatter: scatter.then(|| Permutation::new(key.child("scatter"), rows)),
            fan_out,
            columns: Vec::new(),
            keys: TableKeys {
                locale: key.child("locale"),
                gender: key.child("gender"),
                first_name: key.child("first_name"),
                last_name: key.child("last_name"),
                place: key.child("place"),
                street: key.child("street"),
                postcode: key.child("postcode"),
                spot: key.child("spot"),
                file: key.child("file"),
                email: Permutation::new(key.child("email"), rows),
            },
            locales: plan.locales.as_deref().map(super::mix),
            ranks: Permutation::new(key.child("ranks"), rows),
        });
        Ok(())
    }
}

impl Compiler<'_> {
    fn check_rows(
        &self,
        table: &str,
        rows: u64,
        most: u64,
        at: &std::ops::Range<usize>,
    ) -> Compiled<()> {
        if rows <= most {
            return Ok(());
        }
        let message = if most == MOST_PARENTS {
            format!(
                "`{table}` would have {rows} rows, and {most} is the most that can have children"
            )
        } else {
            format!("`{table}` would have {rows} rows, and {most} is the most")
        };
        let help = "lower `rows`, the numbers of children, or the scale".to_owned();
        Err(self.plan.error(at, message, help))
    }

    fn limited(&self, table: &str, rows: u64) -> u64 {
        let told = self.rows.and_then(|told| told.get(table));
        let rows = told.copied().unwrap_or(rows);
        self.most_rows.map_or(rows, |most| rows.min(most))
    }
}

fn scaled(rows: u64, scale: f64) -> u64 {
    if rows == 0 {
        return 0;
    }
    ((rows as f64 * scale).round() as u64).max(1)
}
