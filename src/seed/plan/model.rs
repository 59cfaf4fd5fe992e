//! The validated plan. Names are checked for existence when the plan is compiled into a program.

use indexmap::IndexMap;

use super::read::{PlanError, Source};
use super::simple::Simple;
use crate::seed::data::Locale;
use crate::seed::password::Scheme;

/// What to put into a database.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(in crate::seed) source: Source,
    /// The plan without comments and layout: what the fingerprint is made of.
    pub(in crate::seed) canonical: String,
    pub(in crate::seed) seed: u64,
    pub(in crate::seed) locales: Vec<(Locale, f64)>,
    /// Tables beside the plan's that may be emptied with them.
    pub(in crate::seed) empty: Vec<String>,
    pub(in crate::seed) empty_span: Span,
    pub(in crate::seed) tables: IndexMap<String, TablePlan>,
    pub(in crate::seed) feeds: IndexMap<String, FeedPlan>,
}

impl Plan {
    /// Reads a plan. `path` is only named in errors.
    ///
    /// # Errors
    /// The place in the text, what was found and what was expected.
    pub fn parse(text: &str, path: &str) -> Result<Self, PlanError> {
        super::parse::plan(text, path)
    }

    /// The number that fixes all random choices.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Names of the tables, in the plan's order.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// Names of the feeds, in the plan's order.
    pub fn feeds(&self) -> impl Iterator<Item = &str> {
        self.feeds.keys().map(String::as_str)
    }

    /// An error at a place of the plan.
    pub(in crate::seed) fn error(&self, span: &Span, message: String, help: String) -> PlanError {
        self.source.error(span.clone(), message, "here", Some(help))
    }
}

/// Bytes of the plan's text.
pub(in crate::seed) type Span = std::ops::Range<usize>;

/// A table of the plan.
#[derive(Debug, Clone)]
pub(in crate::seed) struct TablePlan {
    pub(in crate::seed) span: Span,
    pub(in crate::seed) rows: Rows,
    /// Rows stand in random order, as in a table that was written over time by many parents.
    pub(in crate::seed) scatter: bool,
    /// The number of rows does not grow with the scale.
    pub(in crate::seed) fixed: bool,
    /// Of this table's rows, instead of the plan's.
    pub(in crate::seed) locales: Option<Vec<(Locale, f64)>>,
    pub(in crate::seed) columns: IndexMap<String, ColumnPlan>,
}

/// How many rows a table gets.
#[derive(Debug, Clone)]
pub(in crate::seed) enum Rows {
    Count(u64),
    PerParent { table: String, counts: Counts },
}

/// Distribution of the number of children of a parent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::seed) enum Counts {
    Constant(u64),
    Uniform {
        min: u64,
        max: u64,
    },
    /// Many have few, few have many.
    Zipf {
        min: u64,
        max: u64,
        mean: f64,
    },
}

/// A column of the plan.
#[derive(Debug, Clone)]
pub(in crate::seed) struct ColumnPlan {
    pub(in crate::seed) span: Span,
    pub(in crate::seed) generator: Generator,
    /// Share of rows without a value.
    pub(in crate::seed) nulls: f64,
    /// No two rows have the same value.
    pub(in crate::seed) unique: bool,
}

/// A function from the row number to a value, as the plan names it.
#[derive(Debug, Clone)]
pub(in crate::seed) enum Generator {
    Sequence {
        start: i64,
    },
    Constant(Constant),
    OneOf {
        values: Vec<Constant>,
        weights: Vec<f64>,
    },
    Integer {
        min: i64,
        max: i64,
        step: i64,
        shape: Shape,
    },
    Decimal {
        min: i64,
        max: i64,
        scale: u8,
        shape: Shape,
    },
    Boolean {
        share: f64,
    },
    Moment(Moments),
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
    },
    Color,
    Simple(Simple),
    Slug {
        of: String,
    },
    Template {
        text: String,
    },
    Parent {
        column: Option<String>,
    },
    Reference {
        table: String,
        column: Option<String>,
        popularity: Popularity,
        pick: Pick,
    },
    Lookup {
        path: String,
    },
    Sum {
        table: String,
        of: Vec<String>,
    },
    Position,
    Password {
        scheme: Scheme,
        pool: usize,
    },
}

/// Which rows of the other table a reference may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) enum Pick {
    /// Any.
    Any,
    /// Children of one parent never take the same row.
    Distinct,
    /// Only rows before this one (of the same table): a tree without circles.
    Earlier,
}

/// A value written in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::seed) enum Constant {
    Boolean(bool),
    Integer(i64),
    Decimal { unscaled: i64, scale: u8 },
    Moment(i64),
    Text(String),
}

/// How numbers spread over their range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::seed) enum Shape {
    #[default]
    Uniform,
    /// Evenly over the logarithm: many small, few large, as prices are.
    Log,
}

/// Moments in a range.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::seed) struct Moments {
    pub(in crate::seed) from: i64,
    pub(in crate::seed) to: i64,
    /// Rate at the end divided by the rate at the start.
    pub(in crate::seed) growth: f64,
    /// Rows follow each other in time.
    pub(in crate::seed) rising: bool,
    /// Path of a moment that comes first.
    pub(in crate::seed) after: Option<String>,
    /// At most so many seconds later than `after`.
    pub(in crate::seed) within: Option<i64>,
}

/// Parts of a person; those of a row belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) enum Person {
    FirstName,
    LastName,
    FullName,
    Email,
    Username,
    Phone,
    Gender,
    Job,
}

/// Parts of an address; those of a row belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) enum Place {
    Street,
    City,
    Region,
    Postcode,
    Country,
    CountryCode,
    RegionCode,
    Address,
    Latitude,
    Longitude,
    TimeZone,
    Locale,
    Currency,
}

/// How often rows of another table are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::seed) enum Popularity {
    Uniform,
    Zipf { exponent: f64 },
}

/// Rows of a table that virtual users draw their data from.
#[derive(Debug, Clone)]
pub(in crate::seed) struct FeedPlan {
    pub(in crate::seed) span: Span,
    pub(in crate::seed) table: String,
    pub(in crate::seed) columns: Vec<FeedColumn>,
    /// At most so many rows.
    pub(in crate::seed) rows: u64,
    /// Popular rows first.
    pub(in crate::seed) by_popularity: bool,
}

/// A column of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::seed) struct FeedColumn {
    pub(in crate::seed) name: String,
    /// Column of the table, or a path through a reference (`category_id.slug`).
    pub(in crate::seed) path: String,
}
