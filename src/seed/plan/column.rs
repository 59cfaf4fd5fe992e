//! The validated columns of a plan: a generator each, with its options.

use super::model::Span;
use super::simple::Simple;
use crate::seed::fakers::Faker;
use crate::seed::password::Scheme;
use crate::seed::pattern::Pattern;

/// A column of the plan.
#[derive(Debug, Clone)]
pub(in crate::seed) struct ColumnPlan {
    pub(in crate::seed) span: Span,
    pub(in crate::seed) generator: Generator,
    /// Share of rows without a value.
    pub(in crate::seed) nulls: f64,
    /// No two rows have the same value.
    pub(in crate::seed) unique: bool,
    /// At most so many different values.
    pub(in crate::seed) variety: Option<u64>,
    /// No two rows have the same values in this column and these.
    pub(in crate::seed) unique_with: Vec<String>,
}

impl ColumnPlan {
    /// The column, and those inside of it.
    pub(in crate::seed) fn parts(&self) -> Vec<&Self> {
        let inside: Vec<&Self> = match &self.generator {
            Generator::By {
                cases, otherwise, ..
            } => {
                let cases = cases.iter().map(|(_, case)| case);
                cases.chain(otherwise.as_deref()).collect()
            }
            Generator::Json(parts) => {
                let made = parts.iter().filter_map(|part| match part {
                    JsonPart::Made(column) => Some(&**column),
                    _ => None,
                });
                made.collect()
            }
            _ => Vec::new(),
        };
        let deeper = inside.into_iter().flat_map(Self::parts);
        std::iter::once(self).chain(deeper).collect()
    }
}

/// A function from the row number to a value, as the plan names it.
#[derive(Debug, Clone)]
pub(in crate::seed) enum Generator {
    Sequence {
        start: i64,
    },
    Constant(Constant),
    /// No value: for cases of `by` and inside of JSON.
    Null,
    OneOf {
        values: Vec<Constant>,
        weights: Vec<f64>,
        /// Column of the row whose draw is shared: the same place of both lists.
        with: Option<String>,
        /// The file that the values come from.
        file: Option<String>,
    },
    /// The value at the row's place in a list.
    List {
        values: Vec<Constant>,
        file: Option<String>,
    },
    /// What another column's value decides.
    By {
        path: String,
        cases: Vec<(String, ColumnPlan)>,
        otherwise: Option<Box<ColumnPlan>>,
    },
    Json(Vec<JsonPart>),
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
        /// Of the lengths; many short and few long when absent.
        shape: Option<Shape>,
    },
    Color,
    /// A function of the `fake` crate.
    Fake(&'static Faker),
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
        /// Another column that refers to the same table: never to the same row.
        except: Option<String>,
        /// Only rows that have the same value as this one in a column.
        same: Option<SameColumn>,
    },
    /// A value of a row that is in the database and not in the plan.
    Existing {
        table: String,
        column: Option<String>,
        /// The column whose row this one is of, too: parts of one key.
        row_of: Option<String>,
    },
    Pattern {
        pattern: Pattern,
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

/// A column that a row shares with the rows that it may refer to, as tenants are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::seed) struct SameColumn {
    pub(in crate::seed) here: String,
    pub(in crate::seed) there: String,
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::seed) enum Constant {
    Boolean(bool),
    Integer(i64),
    Decimal {
        unscaled: i64,
        scale: u8,
    },
    Moment(i64),
    Text(String),
    /// Only of rows that are in the database.
    Uuid([u8; 16]),
}

/// A part of a JSON document.
#[derive(Debug, Clone)]
pub(in crate::seed) enum JsonPart {
    /// As it stands.
    Literal(String),
    /// A generator's value.
    Made(Box<ColumnPlan>),
    /// A path's value, or the row's number; inside of a string it has no quotes of its own.
    Path { text: String, inside: bool },
}

/// How numbers spread over their range.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::seed) enum Shape {
    #[default]
    Uniform,
    /// Evenly over the logarithm: many small, few large, as prices are.
    Log,
    Normal {
        mean: f64,
        deviation: f64,
    },
    LogNormal {
        median: f64,
        spread: f64,
    },
    /// The least is the most frequent.
    Zipf {
        exponent: f64,
    },
    /// A histogram: edges that do not fall, and the weight between each two.
    Steps {
        edges: Vec<f64>,
        weights: Vec<f64>,
    },
}

/// How the rate of a time series swings.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::seed) struct Swing {
    /// Monday to Sunday.
    pub(in crate::seed) weekdays: [f64; 7],
    /// Midnight to eleven at night.
    pub(in crate::seed) hours: [f64; 24],
    /// Where days begin.
    pub(in crate::seed) zone: jiff::tz::TimeZone,
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
    pub(in crate::seed) swing: Option<Box<Swing>>,
    /// At least so many seconds later than `after`, even if that is behind `to`.
    pub(in crate::seed) gap: i64,
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
