//! The validated plan. Names are checked for existence when the plan is compiled into a program.

use indexmap::IndexMap;

use super::column::ColumnPlan;
use super::read::{PlanError, Source};
use crate::seed::data::Locale;

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
