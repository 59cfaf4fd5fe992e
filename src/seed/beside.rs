//! Rows beside rows that are there (`beside = true`): their keys start behind those, and nothing
//! that stood in the table before is changed or removed. Which rows are the seeder's own is known
//! from its record alone, so without one there is nothing to undo, and with one of the same table
//! nothing is added a second time.

use indexmap::IndexMap;

use super::error::SeedError;
use super::fit::Fit;
use super::plan::{Generator, Plan, PlanError, Rows};
use super::reset::audit::Change;
use super::reset::record::Record;
use super::schema::Schema;

/// The tables of a plan whose rows stand beside others.
pub(super) fn tables(plan: &Plan) -> impl Iterator<Item = &str> {
    let beside = plan.tables.iter().filter(|(_, table)| table.beside);
    beside.map(|(name, _)| name.as_str())
}

/// Refuses feeds of keys that start behind rows of a database that nobody asked.
///
/// # Errors
/// The feed, at its place in the plan.
pub(super) fn refuse_keys(plan: &Plan) -> Result<(), PlanError> {
    let is_beside = |name: &str| plan.tables.get(name).is_some_and(|table| table.beside);
    for (name, feed) in &plan.feeds {
        let Some(table) = plan.tables.get(&feed.table) else {
            continue;
        };
        for column in &feed.columns {
            let Some(planned) = table.columns.get(&column.path) else {
                continue;
            };
            let behind = match (&planned.generator, &table.rows) {
                (Generator::Sequence { .. }, _) => table.beside,
                (Generator::Reference { table, .. }, _)
                | (Generator::Parent { .. }, Rows::PerParent { table, .. }) => is_beside(table),
                _ => false,
            };
            if behind {
                let message = format!(
                    "feed `{name}` holds `{}`, which starts behind rows that are only in the database",
                    column.path
                );
                let help = "seed with the database, or take the column out of the feed".to_owned();
                return Err(plan.error(&feed.span, message, help));
            }
        }
    }
    Ok(())
}

/// A schema of these tables alone: of their sequences it is asked where they must start.
pub(super) fn schema(plan: &Plan, schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    let is_beside = |name: &String| plan.tables.get(name).is_some_and(|table| table.beside);
    schema.tables.retain(|name, _| is_beside(name));
    schema
}

/// Why nothing may be added: what is noted says that it was.
pub(super) fn seeded_before<'a>(
    url: &str,
    plan: &Plan,
    records: impl Iterator<Item = &'a Record>,
) -> Option<SeedError> {
    let noted: Vec<IndexMap<String, u64>> = records.map(Record::rows).collect();
    let seeded = |name: &str| noted.iter().find_map(|rows| rows.get(name).copied());
    let found: Vec<String> = tables(plan)
        .filter_map(|name| Some((name, seeded(name).filter(|rows| *rows > 0)?)))
        .map(|(name, rows)| format!("`{name}` ({rows} seeded rows)"))
        .collect();
    (!found.is_empty()).then(|| SeedError::NotEmpty {
        url: url.to_owned(),
        tables: found.join(", "),
        remedy: "they were seeded before, and a plan with `beside = true` never empties a table: \
                 take the seeded rows away with the plan that made them (`rehearsal seed undo`), \
                 or put a snapshot of before back"
            .to_owned(),
    })
}

/// Why a fill that could not be noted may not be: its rows could never be told from the others.
pub(super) fn must_be_noted(fit: &Fit, refusal: &str) -> Option<SeedError> {
    let layout = fit.layouts.iter().find(|layout| layout.beside)?;
    Some(SeedError::Database {
        doing: format!("noting what is seeded beside the rows of `{}`", layout.name),
        reason: format!("{refusal}: without it seeded rows cannot be told from the others again"),
    })
}

/// What changed in a table whose rows stand beside others, without those others.
pub(super) fn without_others(change: &mut Change, others: u64) {
    change.now = change.now.saturating_sub(others);
    if let Some(rows) = &mut change.rows {
        rows.inserted = rows.inserted.saturating_sub(others);
    }
}
