//! Measures a database that is in use, and writes a plan that fills another one like it. Reads
//! only: one read-only transaction, each statement with a timeout. Of values it takes along what
//! [`personal`] and [`round`] let pass, and nothing else: enumerations that many rows share,
//! rounded edges of bins that hold many rows, lengths, shares and counts.
//!
//! ```text
//!  source (one connection, by dialect) ──► measure ──► Profile ──► write ──► guess ──► plan
//! ```

mod calendar;
mod dialect;
mod measure;
mod personal;
mod round;
mod source;
mod write;

use std::collections::HashMap;
use std::time::Duration;

use super::database::Database;
use super::error::SeedError;
use super::schema::{ColumnSchema, Rule};
use crate::clock::Clock;

pub(in crate::seed) use personal::is_personal;
pub(super) use write::Refined;

/// How to measure.
#[derive(Debug, Clone)]
pub struct ProfileOptions {
    /// The longest that a statement may take; a sample is measured where it is not enough.
    pub timeout: Duration,
    /// Rows that must share a value, or lie between two edges, before a plan speaks of them.
    pub min_count: u64,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            min_count: 20,
        }
    }
}

/// What was written, and what could not be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profiled {
    /// The plan's text.
    pub plan: String,
    /// What was measured on a sample or not at all, for people.
    pub notes: Vec<String>,
}

/// Who is told of each statement before it runs.
pub type OnQuery<'a> = &'a mut (dyn FnMut(&str) + Send);

/// What was guessed of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guessed<'a> {
    /// As the plan writes it.
    pub(super) generator: &'a str,
    /// Rows may have no value.
    pub(super) nullable: bool,
    /// Other values would not do: rows must differ in them.
    pub(super) settled: bool,
}

/// Facts about tables, by the plan's names.
#[derive(Debug, Default)]
pub(super) struct Profile {
    pub(super) min_count: u64,
    tables: HashMap<String, TableFacts>,
}

/// Facts about a table.
#[derive(Debug, Default)]
struct TableFacts {
    /// Absent when it could not be counted.
    rows: Option<u64>,
    /// Measured on so many rows only.
    sample: Option<u64>,
    columns: HashMap<String, ColumnFacts>,
    /// Rows for each row of the table that a column refers to.
    children: HashMap<String, Children>,
}

/// Children per parent.
#[derive(Debug)]
struct Children {
    counts: Vec<u64>,
    weights: Vec<f64>,
    /// Few parents have most of the children.
    skewed: bool,
}

/// Facts about a column.
#[derive(Debug, Default)]
struct ColumnFacts {
    /// Share of rows without a value.
    nulls: f64,
    /// Different values; absent on a sample, and where the type has no equality.
    distinct: Option<u64>,
    /// Rows with a value.
    filled: u64,
    shape: Option<Facts>,
}

/// How a column's values spread.
#[derive(Debug)]
enum Facts {
    /// Values that enough rows share, with their shares, and whether rarer ones are left out.
    Values(Vec<(String, f64)>, bool),
    /// Share of rows that are true.
    Truth(f64),
    Numbers(Bins),
    Lengths(Bins),
    Time(Time),
}

/// Rounded edges, and the share of rows between each two.
#[derive(Debug, Clone, PartialEq)]
struct Bins {
    edges: Vec<f64>,
    weights: Vec<f64>,
}

/// When rows came.
#[derive(Debug)]
struct Time {
    from: String,
    to: String,
    growth: f64,
    weekdays: Option<Vec<f64>>,
    hours: Option<Vec<f64>>,
}

/// Measures a database and writes a plan from what was found; see the module's text for what a
/// plan holds of the source.
///
/// # Errors
/// As connecting; [`SeedError::Circle`] when the tables cannot be put in order.
pub async fn profile(
    database: &Database,
    options: &ProfileOptions,
    on_query: OnQuery<'_>,
) -> Result<Profiled, SeedError> {
    let mut source = source::Source::open(database, options, on_query).await?;
    let mut schema = source.schema().await?;
    super::guess::implied::add(&mut schema);
    let occupied = measure::frameworks(&mut source, &schema).await?;
    let profile = measure::profile(&mut source, &schema, &occupied, options).await?;
    let notes = source.close().await?;
    let today = Clock::start().started_at().strftime("%Y-%m-%d").to_string();
    Ok(Profiled {
        plan: super::guess::plan(&super::guess::Input {
            observed: &super::guess::observed::Observed::of(&schema),
            schema: &schema,
            url: &database.to_string(),
            today: &today,
            occupied: &occupied,
            profile: Some(&profile),
        })?,
        notes,
    })
}

impl Profile {
    /// Rows of a table, as a plan writes them, and why.
    pub(super) fn rows(&self, table: &str) -> Option<(u64, String)> {
        let facts = self.tables.get(table)?;
        Some((round::rows(facts.rows?), "rows of the source".to_owned()))
    }

    /// What of a table was measured on a sample.
    pub(super) fn sample(&self, table: &str) -> Option<String> {
        let rows = self.tables.get(table)?.sample?;
        Some(format!("Measured on a sample of about {rows} rows."))
    }

    /// Children per parent, at most so many, as `per_parent` writes them.
    pub(super) fn children(&self, table: &str, column: &str, most: u64) -> Option<String> {
        let facts = self.tables.get(table)?.children.get(column)?;
        let counts = facts.counts.iter().map(|count| *count.min(&most));
        Some(format!(
            "counts = {:?}, weights = {:?}",
            counts.collect::<Vec<_>>(),
            facts.weights
        ))
    }

    /// A guess with what was measured, and why; none when nothing was.
    pub(super) fn refine(
        &self,
        (table, name): (&str, &str),
        column: &ColumnSchema,
        rules: &[&Rule],
        guessed: Guessed<'_>,
        refers_to: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Refined> {
        let place = table;
        let table = self.tables.get(table)?;
        let facts = table.columns.get(name)?;
        let earlier = write::option(guessed.generator, "after").and_then(|after| {
            let path = after.split('"').nth(1)?;
            let (place, column) = match path.split_once('.') {
                Some((reference, column)) => (refers_to(reference)?, column),
                None => (place.to_owned(), path),
            };
            match &self.tables.get(&place)?.columns.get(column)?.shape {
                Some(Facts::Time(time)) => Some(time),
                _ => None,
            }
        });
        let writer = write::Writer {
            facts,
            children: table.children.get(name),
            column,
            rules,
            min_count: self.min_count,
            nullable: guessed.nullable,
            settled: guessed.settled,
            earlier,
        };
        Some(writer.refine(guessed.generator))
    }
}
