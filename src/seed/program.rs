//! The plan with every name resolved: tables with known numbers of rows, columns as functions of
//! the row number. Pure: computes any cell of any table alone, and never connects anywhere.

use std::sync::OnceLock;

use super::data::Locale;
use super::distribution::Distribution;
use super::draw::{Key, Permutation};
use super::existing::KeyTable;
use super::fan_out::FanOut;
use super::password::{self, Scheme};
use super::pattern::Pattern;
use super::plan::{Constant, FeedPlan, Person, Place, Simple};
use super::rhythm::Rhythm;
use super::value::Kind;
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

/// A column as a function.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) key: Key,
    pub(super) null_key: Key,
    pub(super) nulls: f64,
    pub(super) unique: bool,
    /// At most so many different values.
    pub(super) variety: Option<u64>,
    pub(super) kind: Kind,
    pub(super) operation: Operation,
    /// The part that the column takes of a group that is unique together.
    pub(super) mixed: Option<Mixed>,
}

/// Rows of a table outside of the plan; empty when no database was asked.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) table: String,
    pub(super) keys: KeyTable,
}

/// A digit of the numbers that stand for the combinations of some columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mixed {
    pub(super) permutation: Permutation,
    pub(super) key: Key,
    pub(super) divisor: u64,
    pub(super) size: u64,
    /// Combinations differ among the children of a parent, not among all rows.
    pub(super) siblings: bool,
}

impl Column {
    /// Whether the share of nulls falls on a row.
    pub(super) fn is_null(&self, row: u64) -> bool {
        self.nulls > 0.0 && self.null_key.row(row).unit() < self.nulls
    }

    /// The row whose value a row has: itself, or one of those that make the variety.
    pub(super) fn varied(&self, row: u64) -> u64 {
        match self.variety {
            Some(variety) => self.null_key.child("variety").row(row).below(variety),
            None => row,
        }
    }

    /// Whether some rows may have no value.
    pub(super) fn may_be_null(&self) -> bool {
        self.nulls > 0.0
            || match &self.operation {
                Operation::Null => true,
                Operation::Reference { hop, .. } => matches!(hop.way, Way::Earlier(_)),
                Operation::By {
                    cases, otherwise, ..
                } => {
                    otherwise.as_ref().is_none_or(|column| column.may_be_null())
                        || cases.iter().any(|(_, column)| column.may_be_null())
                }
                _ => false,
            }
    }
}

/// What a column computes.
#[derive(Debug)]
pub(super) enum Operation {
    Sequence {
        start: i64,
    },
    Constant(Constant),
    OneOf {
        values: Vec<Constant>,
        mix: Vec<f64>,
    },
    Null,
    /// The value at the row's place.
    List {
        values: Vec<Constant>,
    },
    By {
        path: Path,
        cases: Vec<(String, Column)>,
        otherwise: Option<Box<Column>>,
    },
    Json(Vec<Document>),
    Integer {
        min: i64,
        step: i64,
        steps: u64,
        shape: Distribution,
    },
    Decimal {
        min: i64,
        max: i64,
        scale: u8,
        shape: Distribution,
    },
    Boolean {
        share: f64,
    },
    Moment(Moment),
    Uuid,
    Token {
        length: usize,
    },
    Person(Person),
    Place(Place),
    Company,
    ProductName,
    Words {
        min: u64,
        max: u64,
    },
    Sentence,
    Text {
        min: u64,
        max: u64,
        /// Of the lengths; many short and few long when absent.
        shape: Option<Distribution>,
    },
    Color,
    Simple(Simple),
    Slug {
        of: Path,
    },
    Template {
        pieces: Vec<Piece>,
    },
    /// The value of a column of the row that this one refers to.
    Reference {
        hop: Hop,
        column: usize,
    },
    /// A value of a row outside of the plan.
    Existing {
        source: usize,
        /// Index in the source's columns.
        column: usize,
        /// The column of the same table that chooses the row, if it is another one.
        row_of: Option<usize>,
    },
    Pattern(Pattern),
    Lookup {
        path: Path,
    },
    Sum {
        child: usize,
        columns: Vec<usize>,
        scale: u8,
    },
    Position,
    Password {
        pool: usize,
    },
}

/// Moments of a range.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) growth: f64,
    pub(super) rising: bool,
    pub(super) after: Option<Path>,
    pub(super) within: Option<i64>,
    pub(super) rhythm: Option<Rhythm>,
    pub(super) gap: i64,
    /// Rows differ by so many seconds, or multiples of them.
    pub(super) apart: Option<i64>,
}

/// A part of a JSON document.
#[derive(Debug)]
pub(super) enum Document {
    Literal(String),
    /// The row's place in the table, from 1.
    Row,
    Made(Box<Column>),
    /// Inside of a string a value has no quotes of its own.
    Path {
        path: Path,
        inside: bool,
    },
}

/// A part of a template.
#[derive(Debug)]
pub(super) enum Piece {
    Literal(String),
    /// The row's place in the table, from 1, with leading zeros.
    Row {
        width: usize,
    },
    Column {
        path: Path,
        width: usize,
    },
}

/// A column of this row, or of a row that it refers to.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) hops: Vec<Hop>,
    /// Table at the end.
    pub(super) table: usize,
    pub(super) column: usize,
}

/// From a row to the row it refers to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hop {
    /// Table of the row that refers.
    pub(super) from: usize,
    /// Column that holds the reference, for its share of nulls; none for the parent as such.
    pub(super) via: Option<usize>,
    pub(super) to: usize,
    pub(super) way: Way,
    /// A column that refers to the same table, whose row this one may not take.
    pub(super) except: Option<usize>,
}

/// How the row that is referred to is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    Parent,
    Uniform(Key),
    Zipf(Key, f64),
    Permuted(Permutation),
    Distinct(Key),
    Earlier(Key),
    Mixed(Mixed),
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

fn all_differ(values: &[Constant]) -> bool {
    let mut seen = std::collections::HashSet::new();
    values.iter().all(|value| seen.insert(value))
}

/// Passwords that users share, hashed once.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) column: String,
    pub(super) scheme: Scheme,
    pub(super) key: Key,
    pub(super) size: usize,
    hashes: OnceLock<Vec<String>>,
}

impl Pool {
    pub(super) const fn new(column: String, scheme: Scheme, key: Key, size: usize) -> Self {
        Self {
            column,
            scheme,
            key,
            size,
            hashes: OnceLock::new(),
        }
    }

    /// Hash of a row's password.
    pub(super) fn hash(&self, row: u64) -> &str {
        let hashes = self.hashes.get();
        let hashes = hashes.expect("invariant: pools are hashed before rows are computed");
        &hashes[(row % self.size as u64) as usize]
    }

    /// A row's password.
    pub(super) fn plain(&self, row: u64) -> String {
        password::plain(self.key, (row % self.size as u64) as usize)
    }

    /// Takes the hashes of a pool of the same column, so that they are not made twice.
    pub(super) fn share(&self, other: &Self) {
        if let Some(hashes) = other.hashes.get() {
            let _already_filled = self.hashes.set(hashes.clone());
        }
    }

    /// Hashes all passwords, once.
    pub(super) fn fill(
        &self,
        threads: usize,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<(), SeedError> {
        if self.hashes.get().is_none() {
            let hashes = password::hash_pool(self.scheme, self.key, self.size, threads, done)?;
            let _already_filled = self.hashes.set(hashes);
        }
        Ok(())
    }
}

/// Whether the values of a column differ from row to row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distinctness {
    /// No two rows have the same.
    Unique,
    /// No two children of one parent have the same.
    AmongSiblings,
    /// The parent itself: the same for siblings, different otherwise.
    PerParent,
    /// Nothing is known.
    None,
}

impl Program {
    /// Index of a table.
    pub(super) fn table(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.name == name)
    }

    /// Whether rows differ in a column.
    pub(super) fn distinctness(&self, table: usize, column: usize) -> Distinctness {
        let this = &self.tables[table].columns[column];
        if this.unique {
            return Distinctness::Unique;
        }
        if this.variety.is_some() {
            return Distinctness::None;
        }
        match &this.operation {
            Operation::Sequence { .. }
            | Operation::Uuid
            | Operation::ProductName
            | Operation::Person(Person::Email | Person::Username) => Distinctness::Unique,
            Operation::Simple(simple)
                if simple.differs()
                    && self.simple_values(table, *simple) >= self.tables[table].rows =>
            {
                Distinctness::Unique
            }
            Operation::Token { length } if *length >= 16 => Distinctness::Unique,
            Operation::Slug { of } if of.hops.is_empty() => self.distinctness(of.table, of.column),
            Operation::Lookup { path } if path.hops.is_empty() => {
                self.distinctness(path.table, path.column)
            }
            Operation::Template { pieces } => self.template_distinctness(pieces),
            Operation::List { values } if all_differ(values) => Distinctness::Unique,
            Operation::Position if self.tables[table].fan_out.is_none() => Distinctness::Unique,
            Operation::Position => Distinctness::AmongSiblings,
            Operation::Reference { hop, column } => {
                let target = self.distinctness(hop.to, *column) == Distinctness::Unique;
                let single = || {
                    let fan_out = self.tables[table].fan_out.as_ref();
                    fan_out.is_some_and(|fan_out| fan_out.max() <= 1)
                };
                match hop.way {
                    _ if !target => Distinctness::None,
                    Way::Parent if single() => Distinctness::Unique,
                    Way::Parent => Distinctness::PerParent,
                    Way::Permuted(_) => Distinctness::Unique,
                    Way::Distinct(_) => Distinctness::AmongSiblings,
                    Way::Uniform(_) | Way::Zipf(..) | Way::Earlier(_) | Way::Mixed(_) => {
                        Distinctness::None
                    }
                }
            }
            _ => Distinctness::None,
        }
    }

    fn template_distinctness(&self, pieces: &[Piece]) -> Distinctness {
        let unique = |piece: &Piece| match piece {
            Piece::Literal(_) => false,
            Piece::Row { .. } => true,
            Piece::Column { path, .. } => {
                path.hops.is_empty()
                    && self.distinctness(path.table, path.column) == Distinctness::Unique
            }
        };
        if pieces.iter().any(unique) {
            Distinctness::Unique
        } else {
            Distinctness::None
        }
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
