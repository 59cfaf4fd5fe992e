//! The validated plan. Names are checked for existence when the plan is compiled into a program.

use indexmap::IndexMap;

use super::read::{PlanError, Source};
use super::simple::Simple;
use crate::seed::data::Locale;
use crate::seed::password::Scheme;
use crate::seed::pattern::Pattern;

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
    /// Statements of the author's, around the rows.
    pub(in crate::seed) sql: Hooks,
    pub(in crate::seed) tables: IndexMap<String, TablePlan>,
    pub(in crate::seed) feeds: IndexMap<String, FeedPlan>,
}

impl Plan {
    /// Reads a plan. `path` is named in errors, and files that the plan names (`file = "cities.csv"`)
    /// are read from its folder.
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

    /// Whether rows of any table stand beside those that are there.
    pub(in crate::seed) fn has_beside(&self) -> bool {
        self.tables.values().any(|table| table.beside)
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
    /// Its rows stand beside those that are there, which are never changed nor removed.
    pub(in crate::seed) beside: bool,
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
#[derive(Debug, Clone, PartialEq)]
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
    /// So many parents have so many: ranges of numbers, evenly within, and their weights.
    Empirical {
        buckets: Vec<(u64, u64)>,
        weights: Vec<f64>,
    },
}

/// Statements that run in the transaction of a fill, as they stand in the plan.
#[derive(Debug, Clone, Default)]
pub(in crate::seed) struct Hooks {
    pub(in crate::seed) before: Vec<Statement>,
    pub(in crate::seed) after: Vec<Statement>,
}

/// A statement, for every database or for one kind.
#[derive(Debug, Clone)]
pub(in crate::seed) struct Statement {
    /// For messages: "statement 2 of `before` under [sql] (`plan.toml`, line 7)".
    pub(in crate::seed) place: String,
    pub(in crate::seed) text: Text,
}

/// The words of a statement.
#[derive(Debug, Clone)]
pub(in crate::seed) enum Text {
    Every(String),
    /// Kind of database and what it runs; others run nothing.
    Each(Vec<(&'static str, String)>),
}

impl Statement {
    /// What a kind of database (`postgres`, `mysql`, `sqlite`) runs.
    pub(in crate::seed) fn of(&self, kind: &str) -> Option<&str> {
        match &self.text {
            Text::Every(text) => Some(text),
            Text::Each(each) => {
                let own = each.iter().find(|(name, _)| *name == kind);
                own.map(|(_, text)| text.as_str())
            }
        }
    }
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
    /// Rows are drawn by weight, instead of each user having one of its own.
    pub(in crate::seed) weighted: bool,
    /// Path of the column that holds the weights; popularity when absent.
    pub(in crate::seed) weight: Option<String>,
}

/// A column of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::seed) struct FeedColumn {
    pub(in crate::seed) name: String,
    /// Column of the table, or a path through a reference (`category_id.slug`).
    pub(in crate::seed) path: String,
}
