//! The plan with every name resolved: tables with known numbers of rows, columns as functions of
//! the row number. Pure: computes any cell of any table alone, and never connects anywhere.

mod column;
mod distinct;
mod pool;

pub(super) use column::{
    Among, Column, Document, Hop, Mixed, Moment, Operation, Path, Piece, Same, Way,
};
pub(super) use distinct::Distinctness;
pub(super) use pool::Pool;

use super::data::Locale;
use super::draw::{Key, Permutation};
use super::existing::KeyTable;
use super::fan_out::FanOut;
use super::plan::FeedPlan;
use super::{SeedError, generate};

/// A plan that can be computed.
#[derive(Debug)]
pub(super) struct Program {
    /// In the plan's order.
    pub(super) tables: Vec<Table>,
    pub(super) feeds: Vec<(String, FeedPlan)>,
    pub(super) locales: Mix,
    pub(super) pools: Vec<Pool>,
    /// Rows outside of the plan that its rows refer to.
    pub(super) sources: Vec<Source>,
    pub(super) seed: u64,
    pub(super) scale: f64,
    /// The program of the rows that were there before tables grew. It makes those rows again, so
    /// that growing changes none of them.
    pub(super) before: Option<Box<Program>>,
}

/// A table with its number of rows.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) rows: u64,
    /// From the place where a row stands to its number; columns are functions of the number.
    pub(super) scatter: Option<Permutation>,
    pub(super) fan_out: Option<FanOut>,
    pub(super) columns: Vec<Column>,
    pub(super) keys: TableKeys,
    /// Of this table's rows, instead of the plan's.
    pub(super) locales: Option<Mix>,
    /// From popularity rank to row.
    pub(super) ranks: Permutation,
}

/// Streams of draws that columns of a row share, so that they belong together.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableKeys {
    pub(super) locale: Key,
    pub(super) gender: Key,
    pub(super) first_name: Key,
    pub(super) last_name: Key,
    pub(super) place: Key,
    pub(super) street: Key,
    pub(super) postcode: Key,
    /// Where in the city.
    pub(super) spot: Key,
    pub(super) file: Key,
    pub(super) email: Permutation,
}

/// Rows of a table outside of the plan; empty when no database was asked.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) table: String,
    pub(super) keys: KeyTable,
}

/// Weights as cumulative shares.
#[derive(Debug, Clone)]
pub(super) struct Mix {
    pub(super) locales: Vec<Locale>,
    pub(super) shares: Vec<f64>,
}

/// Cumulative shares of weights, the last one 1.
pub(super) fn cumulative(weights: &[f64]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let mut sum = 0.0;
    let mut shares: Vec<f64> = weights
        .iter()
        .map(|weight| {
            sum += weight / total;
            sum
        })
        .collect();
    if let Some(last) = shares.last_mut() {
        *last = 1.0;
    }
    shares
}

impl Program {
    /// Index of a table.
    pub(super) fn table(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.name == name)
    }

    /// Languages and countries of a table's rows.
    pub(super) fn locales_of(&self, table: usize) -> &Mix {
        self.tables[table].locales.as_ref().unwrap_or(&self.locales)
    }

    /// Hashes all passwords. `done` gets the pool's column, finished hashes and their number.
    pub(super) fn fill_pools(
        &self,
        threads: usize,
        done: &(dyn Fn(&str, usize, usize) + Sync),
    ) -> Result<(), SeedError> {
        for pool in &self.pools {
            pool.fill(threads, &|finished| done(&pool.column, finished, pool.size))?;
        }
        let mut later = self;
        while let Some(before) = &later.before {
            for (theirs, ours) in before.pools.iter().zip(&later.pools) {
                theirs.share(ours);
            }
            later = before;
        }
        Ok(())
    }

    /// Rows of a table in the order in which they stand in it.
    pub(super) fn row_at(&self, table: usize, place: u64) -> u64 {
        if let Some(before) = self.before_row(table, place) {
            return before.row_at(table, place);
        }
        let scatter = self.tables[table].scatter;
        scatter.map_or(place, |scatter| scatter.apply(place))
    }

    /// The place of a row in its table, from 0.
    pub(super) fn place_of(&self, table: usize, row: u64) -> u64 {
        if let Some(before) = self.before_row(table, row) {
            return before.place_of(table, row);
        }
        let scatter = self.tables[table].scatter;
        scatter.map_or(row, |scatter| scatter.invert(row))
    }

    /// The program that made a row before its table grew.
    pub(super) fn before_row(&self, table: usize, row: u64) -> Option<&Self> {
        let before = self.before.as_deref();
        before.filter(|before| row < before.tables[table].rows)
    }

    /// A workspace for computing cells on one thread.
    pub(super) fn scratch(&self) -> generate::Scratch {
        generate::Scratch::new(self.tables.len())
    }
}
