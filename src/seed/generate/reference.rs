//! From a row to the rows it refers to, without a look-up: they are functions of its number, too.

use super::super::distribution::zipf;
use super::{Scratch, permuted};
use crate::seed::program::{Hop, Operation, Path, Program, Way};
use crate::seed::value::Value;

impl Program {
    /// The parent of a row, and the row's position among its siblings.
    pub(super) fn locate(&self, table: usize, row: u64, scratch: &mut Scratch) -> (u64, u64) {
        if let Some((asked, parent, position)) = scratch.parents[table]
            && asked == row
        {
            return (parent, position);
        }
        let fan_out = self.tables[table].fan_out.as_ref();
        let fan_out = fan_out.expect("invariant: only tables with a parent are asked");
        let (parent, position) = fan_out.locate(row);
        scratch.parents[table] = Some((row, parent, position));
        (parent, position)
    }

    /// The row that a row refers to; none when the reference is null.
    pub(super) fn hop(&self, hop: &Hop, row: u64, scratch: &mut Scratch) -> Option<u64> {
        if hop
            .via
            .is_some_and(|column| self.is_null(hop.from, column, row))
        {
            return None;
        }
        let target = &self.tables[hop.to];
        Some(match hop.way {
            Way::Parent => self.locate(hop.from, row, scratch).0,
            Way::Uniform(key) => key.row(row).below(target.rows),
            Way::Zipf(key, exponent) => {
                let rank = zipf(exponent, target.rows, key.row(row).unit());
                target.ranks.apply(rank)
            }
            Way::Permuted(permutation) => permutation.apply(row),
            Way::Distinct(key) => {
                let (parent, position) = self.locate(hop.from, row, scratch);
                permuted(key.numbered(parent), target.rows, position)
            }
            Way::Earlier(key) => key.row(row).below(row),
        })
    }

    /// The value at the end of a path.
    pub(in crate::seed) fn follow(
        &self,
        path: &Path,
        row: u64,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        match self.end_of(path, row, scratch) {
            Some(row) => self.cell(path.table, path.column, row, out, scratch),
            None => Value::Null,
        }
    }

    /// The row at the end of a path.
    pub(in crate::seed) fn end_of(
        &self,
        path: &Path,
        row: u64,
        scratch: &mut Scratch,
    ) -> Option<u64> {
        let mut hops = path.hops.iter();
        hops.try_fold(row, |row, hop| self.hop(hop, row, scratch))
    }

    /// The rank of a row in its table's popularity, from 0.
    pub(in crate::seed) fn rank_of(&self, table: usize, row: u64) -> u64 {
        self.tables[table].ranks.invert(row)
    }

    /// How strongly popularity decides which rows of a table are referred to, by the first
    /// reference that follows it.
    pub(in crate::seed) fn popularity_of(&self, table: usize) -> Option<f64> {
        let columns = self.tables.iter().flat_map(|table| &table.columns);
        columns
            .into_iter()
            .find_map(|column| match &column.operation {
                Operation::Reference { hop, .. } if hop.to == table => match hop.way {
                    Way::Zipf(_, exponent) => Some(exponent),
                    _ => None,
                },
                _ => None,
            })
    }

    /// Rows of a table, the popular ones first, as a `zipf` reference with this exponent sees them.
    pub(in crate::seed) fn popular(&self, table: usize, rank: u64) -> u64 {
        self.tables[table].ranks.apply(rank)
    }
}
