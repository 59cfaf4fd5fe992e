//! A column with every name resolved: a function of the row's number, and the ways from a row to
//! those that it refers to.

use std::sync::Arc;

use crate::seed::distribution::Distribution;
use crate::seed::draw::{Key, Permutation};
use crate::seed::fakers::Faker;
use crate::seed::letters::Letters;
use crate::seed::pattern::Pattern;
use crate::seed::plan::{Constant, Person, Place, Simple};
use crate::seed::rhythm::Rhythm;
use crate::seed::value::Kind;

/// A column as a function.
#[derive(Debug)]
pub(in crate::seed) struct Column {
    pub(in crate::seed) name: String,
    pub(in crate::seed) key: Key,
    pub(in crate::seed) null_key: Key,
    pub(in crate::seed) nulls: f64,
    pub(in crate::seed) unique: bool,
    /// At most so many different values.
    pub(in crate::seed) variety: Option<u64>,
    pub(in crate::seed) kind: Kind,
    pub(in crate::seed) operation: Operation,
    /// Characters that the database's column has, where it lacks some.
    pub(in crate::seed) letters: Option<Letters>,
    /// The part that the column takes of a group that is unique together.
    pub(in crate::seed) mixed: Option<Mixed>,
}

/// A digit of the numbers that stand for the combinations of some columns.
#[derive(Debug, Clone, Copy)]
pub(in crate::seed) struct Mixed {
    pub(in crate::seed) permutation: Permutation,
    pub(in crate::seed) key: Key,
    pub(in crate::seed) divisor: u64,
    pub(in crate::seed) size: u64,
    /// Combinations differ among the children of a parent, not among all rows.
    pub(in crate::seed) siblings: bool,
}

impl Column {
    /// Whether the share of nulls falls on a row.
    pub(in crate::seed) fn is_null(&self, row: u64) -> bool {
        self.nulls > 0.0 && self.null_key.row(row).unit() < self.nulls
    }

    /// The row whose value a row has: itself, or one of those that make the variety.
    pub(in crate::seed) fn varied(&self, row: u64) -> u64 {
        match self.variety {
            Some(variety) => self.null_key.child("variety").row(row).below(variety),
            None => row,
        }
    }

    /// Whether some rows may have no value.
    pub(in crate::seed) fn may_be_null(&self) -> bool {
        self.nulls > 0.0
            || match &self.operation {
                Operation::Null => true,
                Operation::Reference { hop, .. } => match &hop.way {
                    Way::Earlier(_) => true,
                    Way::Same(_, same) => !same.certain,
                    _ => false,
                },
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
pub(in crate::seed) enum Operation {
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
    Fake(&'static Faker),
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
pub(in crate::seed) struct Moment {
    pub(in crate::seed) from: i64,
    pub(in crate::seed) to: i64,
    pub(in crate::seed) growth: f64,
    pub(in crate::seed) rising: bool,
    pub(in crate::seed) after: Option<Path>,
    pub(in crate::seed) within: Option<i64>,
    pub(in crate::seed) rhythm: Option<Rhythm>,
    pub(in crate::seed) gap: i64,
    /// Rows differ by so many seconds, or multiples of them.
    pub(in crate::seed) apart: Option<i64>,
}

/// A part of a JSON document.
#[derive(Debug)]
pub(in crate::seed) enum Document {
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
pub(in crate::seed) enum Piece {
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
pub(in crate::seed) struct Path {
    pub(in crate::seed) hops: Vec<Hop>,
    /// Table at the end.
    pub(in crate::seed) table: usize,
    pub(in crate::seed) column: usize,
}

/// From a row to the row it refers to.
#[derive(Debug, Clone)]
pub(in crate::seed) struct Hop {
    /// Table of the row that refers.
    pub(in crate::seed) from: usize,
    /// Column that holds the reference, for its share of nulls; none for the parent as such.
    pub(in crate::seed) via: Option<usize>,
    pub(in crate::seed) to: usize,
    pub(in crate::seed) way: Way,
    /// A column that refers to the same table, whose row this one may not take.
    pub(in crate::seed) except: Option<usize>,
}

/// How the row that is referred to is found.
#[derive(Debug, Clone)]
pub(in crate::seed) enum Way {
    Parent,
    Uniform(Key),
    Zipf(Key, f64),
    Permuted(Permutation),
    Distinct(Key),
    Earlier(Key),
    Mixed(Mixed),
    /// Among the rows that share something with this one.
    Same(Key, Arc<Same>),
}

/// Rows that belong to one row, as those of a tenant do: they stand together, since they are its
/// children, so they are a range that is computed and never searched.
#[derive(Debug)]
pub(in crate::seed) struct Same {
    /// From the row that refers to the one that it belongs to.
    pub(in crate::seed) own: Vec<Hop>,
    /// Tables from that row's children down to the rows that are referred to.
    pub(in crate::seed) below: Vec<usize>,
    pub(in crate::seed) pick: Among,
    /// Of the popularity among these rows, for all who refer to them.
    pub(in crate::seed) ranks: Key,
    /// There is always a row to take.
    pub(in crate::seed) certain: bool,
}

/// Which of some rows is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::seed) enum Among {
    Uniform,
    Zipf(f64),
    Distinct,
    Earlier,
}
