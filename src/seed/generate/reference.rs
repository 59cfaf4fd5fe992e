//! From a row to the rows it refers to, without a look-up: they are functions of its number, too.

use super::{Scratch, permuted, write_constant};
use crate::seed::distribution::zipf;
use crate::seed::draw::Key;
use crate::seed::program::{Among, Column, Hop, Mixed, Operation, Path, Program, Same, Way};
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
        if let Some(before) = self.before_row(hop.from, row) {
            let column = hop
                .via
                .map(|column| &before.tables[hop.from].columns[column]);
            return match column.map(|column| &column.operation) {
                Some(Operation::Reference { hop, .. }) => before.hop(hop, row, scratch),
                _ => before.hop(hop, row, scratch),
            };
        }
        if hop
            .via
            .is_some_and(|column| self.is_null(hop.from, column, row))
        {
            return None;
        }
        let target = &self.tables[hop.to];
        let excepted = hop
            .except
            .and_then(|other| self.target_of(hop.from, other, row, scratch));
        // One row is not there to be chosen: those behind it move up.
        let rows = target.rows - u64::from(hop.except.is_some() && target.rows > 1);
        let chosen = match &hop.way {
            Way::Parent => self.locate(hop.from, row, scratch).0,
            Way::Same(key, same) => {
                return self.among(same, *key, hop, (row, excepted), scratch);
            }
            Way::Uniform(key) => key.row(row).below(rows),
            Way::Zipf(key, exponent) => {
                let rank = zipf(*exponent, target.rows, key.row(row).unit());
                let chosen = target.ranks.apply(rank);
                return Some(if Some(chosen) == excepted {
                    (chosen + 1) % target.rows
                } else {
                    chosen
                });
            }
            Way::Permuted(permutation) => {
                let chosen = permutation.apply(row);
                return Some(chosen);
            }
            Way::Distinct(key) => {
                let (parent, position) = self.locate(hop.from, row, scratch);
                permuted(key.numbered(parent), rows, position)
            }
            Way::Earlier(key) => key.row(row).below(row),
            Way::Mixed(mixed) => self.digit(mixed, hop.from, row, scratch),
        };
        Some(chosen + u64::from(excepted.is_some_and(|excepted| chosen >= excepted)))
    }

    /// One of the rows that belong to what a row belongs to; none where there is none.
    fn among(
        &self,
        same: &Same,
        key: Key,
        hop: &Hop,
        (row, excepted): (u64, Option<u64>),
        scratch: &mut Scratch,
    ) -> Option<u64> {
        let mut own = same.own.iter();
        let whole = own.try_fold(row, |row, hop| self.hop(hop, row, scratch))?;
        let mut range = whole..whole + 1;
        for &table in &same.below {
            let fan_out = self.tables[table].fan_out.as_ref();
            let fan_out = fan_out.expect("invariant: only tables with a parent are below");
            if range.is_empty() {
                return None;
            }
            range = fan_out.children(range.start).start..fan_out.children(range.end - 1).end;
        }
        if same.pick == Among::Earlier {
            range.end = range.end.min(row);
        }
        let excepted = excepted.filter(|excepted| range.contains(excepted));
        let rows = (range.end.saturating_sub(range.start)) - u64::from(excepted.is_some());
        if rows == 0 {
            return None;
        }
        let chosen = match same.pick {
            Among::Uniform | Among::Earlier => key.row(row).below(rows),
            Among::Zipf(exponent) => {
                let rank = zipf(exponent, rows, key.row(row).unit());
                permuted(same.ranks.numbered(whole), rows, rank)
            }
            Among::Distinct => {
                let (parent, position) = self.locate(hop.from, row, scratch);
                permuted(key.numbered(parent), rows, position % rows)
            }
        };
        let chosen = range.start + chosen;
        Some(chosen + u64::from(excepted.is_some_and(|excepted| chosen >= excepted)))
    }

    /// The row that a column of a row refers to.
    fn target_of(
        &self,
        table: usize,
        column: usize,
        row: u64,
        scratch: &mut Scratch,
    ) -> Option<u64> {
        match &self.tables[table].columns[column].operation {
            Operation::Reference { hop, .. } => self.hop(hop, row, scratch),
            _ => None,
        }
    }

    /// What a row has of a group of columns that is unique together.
    pub(super) fn digit(
        &self,
        mixed: &Mixed,
        table: usize,
        row: u64,
        scratch: &mut Scratch,
    ) -> u64 {
        let combination = if mixed.siblings {
            let (parent, position) = self.locate(table, row, scratch);
            mixed
                .permutation
                .keyed(mixed.key.numbered(parent))
                .apply(position)
        } else {
            mixed.permutation.apply(row)
        };
        combination / mixed.divisor % mixed.size
    }

    /// A value of a row outside of the plan; null when no database was asked.
    pub(super) fn existing(
        &self,
        (source, place): (usize, usize),
        row_of: Option<usize>,
        (table, column): (usize, &Column),
        row: u64,
        scratch: &mut Scratch,
        out: &mut String,
    ) -> Value {
        let rows = &self.sources[source].keys.rows;
        if rows.is_empty() || row_of.is_some_and(|other| self.is_null(table, other, row)) {
            return Value::Null;
        }
        let chooser = row_of.map_or(column, |other| &self.tables[table].columns[other]);
        let size = rows.len() as u64;
        let index = self.numbered(table, chooser, size, row, scratch);
        let index = index.unwrap_or_else(|| chooser.key.row(row).below(size));
        write_constant(&rows[index as usize][place], out)
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
                Operation::Reference { hop, .. } if hop.to == table => match &hop.way {
                    Way::Zipf(_, exponent) => Some(*exponent),
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
