//! Removes what was seeded from SQLite.

use super::{
    Undone, counting, found, going, hanging, left_hanging, note, references, something_else,
};
use crate::clock::Clock;
use crate::seed::error::{SeedError, sqlite};
use crate::seed::load::{Job, OnProgress};
use crate::seed::reset::record;
use crate::seed::schema::{Schema, quoted};

/// Removes.
pub(in crate::seed) fn undo(
    url: &str,
    connection: &mut rusqlite::Connection,
    job: &Job,
    schema: &Schema,
    shape: Option<&str>,
    progress: OnProgress<'_>,
) -> Result<Undone, SeedError> {
    let going = going(job, schema, quoted)?;
    let clock = Clock::start();
    let doing = "removing what was seeded";
    // Nothing is left to cascade: whatever refers to a row that goes, goes or is a refusal.
    connection
        .execute_batch("PRAGMA foreign_keys = OFF")
        .map_err(sqlite(doing))?;
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(sqlite("beginning (is another program writing?)"))?;
    let mut undone = Undone::default();
    for each in &going {
        let table = &each.layout.sql_name;
        each.known
            .load_sqlite(&transaction, table, job, clock, progress)?;
        let agrees = something_else(&each.known, |name| format!("a.{name} = e.{name}"));
        let gone = &each.gone;
        transaction
            .execute_batch(&format!(
                "CREATE TEMPORARY TABLE {gone} AS {};
                 CREATE INDEX temp.{gone}_key ON {gone} ({})",
                found(each, &agrees),
                each.known.keys("")
            ))
            .map_err(sqlite(doing))?;
        let (ours, all): (i64, i64) = transaction
            .query_row(&counting(each), [], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(sqlite(doing))?;
        note(&mut undone, &each.layout.name, ours, all);
    }
    let mut left = Vec::new();
    for (name, sql_name, key, to) in references(&going, schema) {
        let too = going.iter().find(|each| each.layout.name == name);
        let too = too.map(|too| (&too.known, &*too.gone));
        let statement = left_hanging(sql_name, key, to, too);
        let rows: i64 = transaction
            .query_row(&statement, [], |row| row.get(0))
            .map_err(sqlite(doing))?;
        if rows > 0 {
            left.push((name.to_owned(), to.layout.name.clone(), rows as u64));
        }
    }
    if let Some(refusal) = hanging(url, &left) {
        return Err(refusal);
    }
    // Those that refer first, so that triggers find what they look for.
    for each in going.iter().rev() {
        let (table, gone) = (&each.layout.sql_name, &each.gone);
        let same = each.known.same("g", table);
        transaction
            .execute(
                &format!("DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {gone} g WHERE {same})"),
                [],
            )
            .map_err(sqlite(doing))?;
    }
    if let Some(shape) = shape {
        record::sqlite::forget(&transaction, shape)?;
    }
    transaction.commit().map_err(sqlite("committing"))?;
    Ok(undone)
}
