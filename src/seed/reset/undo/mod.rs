//! Removes the rows that were seeded and leaves those that the application or people made; all or
//! nothing. A row is a seeded one when its key is a seeded row's and something else of that row
//! still stands in it (keys are given again, on SQLite). Rows of others that hang on seeded ones
//! are a reason to refuse: they would go with them, or lose their reference.

pub(in crate::seed) mod mysql;
pub(in crate::seed) mod postgres;
pub(in crate::seed) mod sqlite;

use indexmap::IndexMap;

use super::known::{Known, Quote};
use crate::seed::error::SeedError;
use crate::seed::fit::Layout;
use crate::seed::load::Job;
use crate::seed::schema::{ForeignKey, Schema};

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undone {
    /// Seeded rows that were removed, per table.
    pub removed: IndexMap<String, u64>,
    /// Rows that are not seeded and stay, per table.
    pub kept: IndexMap<String, u64>,
}

/// A table whose seeded rows go.
struct Going<'a> {
    layout: &'a Layout,
    known: Known,
    /// Table of the keys (or places) of the rows that go.
    gone: String,
}

fn going<'a>(job: &'a Job, schema: &Schema, quote: Quote) -> Result<Vec<Going<'a>>, SeedError> {
    let each = job.fit.layouts.iter().map(|layout| {
        let known = Known::of(job, schema, layout, quote).ok_or_else(|| SeedError::Unknown {
            table: layout.name.clone(),
        })?;
        let gone = format!("rehearsal_gone_{}", layout.table);
        Ok(Going {
            layout,
            known,
            gone,
        })
    });
    each.collect()
}

/// What else must agree beside the key.
fn something_else(known: &Known, equals: impl Fn(&str) -> String) -> String {
    let each: Vec<_> = known
        .others
        .iter()
        .map(|name| equals(&(known.quote)(name)))
        .collect();
    if each.is_empty() {
        "1 = 1".to_owned()
    } else {
        format!("({})", each.join(" OR "))
    }
}

/// References to tables whose rows go: who refers, the reference, and to whom.
fn references<'a, 'b>(
    going: &'b [Going<'a>],
    schema: &'b Schema,
) -> impl Iterator<Item = (&'b str, &'b str, &'b ForeignKey, &'b Going<'a>)> {
    schema.tables.iter().flat_map(move |(name, table)| {
        table.foreign_keys.iter().filter_map(move |key| {
            let to = going.iter().find(|going| going.layout.name == key.table)?;
            Some((name.as_str(), table.sql_name.as_str(), key, to))
        })
    })
}

fn joined(key: &ForeignKey, quote: Quote) -> String {
    let pairs = key.columns.iter().zip(&key.target);
    let each = pairs.map(|(from, to)| format!("c.{} = p.{}", quote(from), quote(to)));
    each.collect::<Vec<_>>().join(" AND ")
}

fn hanging(url: &str, found: &[(String, String, u64)]) -> Option<SeedError> {
    if found.is_empty() {
        return None;
    }
    let each = found.iter().map(|(from, to, rows)| {
        let plural = if *rows == 1 { "row" } else { "rows" };
        format!("{rows} {plural} of `{from}` on `{to}`")
    });
    Some(SeedError::Hanging {
        url: url.to_owned(),
        rows: each.collect::<Vec<_>>().join(", "),
    })
}

/// The rows of a table that are seeded ones, by their keys.
fn found(each: &Going<'_>, agrees: &str) -> String {
    format!(
        "SELECT {} FROM {} a JOIN {} e ON {} WHERE {agrees}",
        each.known.keys("a."),
        each.layout.sql_name,
        each.known.was,
        each.known.same("a", "e")
    )
}

/// How many rows would go, and how many there are.
fn counting(each: &Going<'_>) -> String {
    format!(
        "SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM {})",
        each.gone, each.layout.sql_name
    )
}

/// Counts the rows that stay and refer to one that goes. Those that go of the table itself are
/// in `too`.
fn left_hanging(
    sql_name: &str,
    key: &ForeignKey,
    to: &Going<'_>,
    too: Option<(&Known, &str)>,
) -> String {
    let stays = too.map_or(String::new(), |(known, gone)| {
        let first = (known.quote)(&known.key[0]);
        format!(
            "LEFT JOIN {gone} h ON {} WHERE h.{first} IS NULL",
            known.same("h", "c")
        )
    });
    format!(
        "SELECT count(*) FROM {sql_name} c JOIN {} p ON {} JOIN {} g ON {} {stays}",
        to.layout.sql_name,
        joined(key, to.known.quote),
        to.gone,
        to.known.same("g", "p")
    )
}

fn note(undone: &mut Undone, name: &str, ours: i64, all: i64) {
    undone.removed.insert(name.to_owned(), ours as u64);
    undone.kept.insert(name.to_owned(), (all - ours) as u64);
}
