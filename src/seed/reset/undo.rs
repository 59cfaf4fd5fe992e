//! Removes the rows that were seeded and leaves those that the application or people made; all or
//! nothing. A row is a seeded one when its key is a seeded row's and something else of that row
//! still stands in it (keys are given again, on SQLite). Rows of others that hang on seeded ones
//! are a reason to refuse: they would go with them, or lose their reference.

use indexmap::IndexMap;
use tokio_postgres::{Client, Transaction};

use super::known::Known;
use super::record;
use crate::clock::Clock;
use crate::seed::error::{SeedError, postgres, sqlite};
use crate::seed::fit::Layout;
use crate::seed::load::{Job, Meter, OnProgress, Stage, waiting};
use crate::seed::schema::{ForeignKey, Schema, quoted};

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

fn going<'a>(job: &'a Job, schema: &Schema) -> Result<Vec<Going<'a>>, SeedError> {
    let each = job.fit.layouts.iter().map(|layout| {
        let known = Known::of(job, schema, layout).ok_or_else(|| SeedError::Unknown {
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
        .map(|name| equals(&quoted(name)))
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

fn joined(key: &ForeignKey) -> String {
    let pairs = key.columns.iter().zip(&key.target);
    let each = pairs.map(|(from, to)| format!("c.{} = p.{}", quoted(from), quoted(to)));
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

/// Removes from PostgreSQL.
pub(in crate::seed) async fn postgres_undo(
    url: &str,
    client: &mut Client,
    job: &Job,
    schema: &Schema,
    shape: Option<&str>,
    progress: OnProgress<'_>,
) -> Result<Undone, SeedError> {
    let going = going(job, schema)?;
    let clock = Clock::start();
    let transaction = client.transaction().await.map_err(postgres("beginning"))?;
    let doing = "removing what was seeded";
    let tables: Vec<_> = going
        .iter()
        .map(|each| each.layout.sql_name.as_str())
        .collect();
    let tables = tables.join(", ");
    // Rows must not move while they are looked at; reading goes on.
    transaction
        .batch_execute(&format!(
            "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0;
             LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"
        ))
        .await
        .map_err(postgres(doing))?;
    let mut undone = Undone::default();
    for each in &going {
        find_postgres(&transaction, each, job, clock, progress, &mut undone).await?;
    }
    let mut found = Vec::new();
    for (name, sql_name, key, to) in references(&going, schema) {
        let too = going.iter().find(|each| each.layout.name == name);
        let stays = too.map_or(String::new(), |too| {
            let gone = &too.gone;
            format!(
                "LEFT JOIN {gone} h ON h.part = c.tableoid AND h.place = c.ctid
                     WHERE h.place IS NULL"
            )
        });
        let statement = format!(
            "SELECT count(*) FROM {sql_name} c JOIN {} p ON {}
                 JOIN {} g ON g.part = p.tableoid AND g.place = p.ctid {stays}",
            to.layout.sql_name,
            joined(key),
            to.gone
        );
        let row = transaction.query_one(&statement, &[]).await;
        let rows: i64 = row.map_err(postgres(doing))?.get(0);
        if rows > 0 {
            found.push((name.to_owned(), to.layout.name.clone(), rows as u64));
        }
    }
    if let Some(refusal) = hanging(url, &found) {
        return Err(refusal);
    }
    let mut meter = Meter::begin(clock, Stage::Empty, "", undone.removed.values().sum());
    // One statement, so that references between the rows are looked at when all are gone.
    let each = going.iter().enumerate().map(|(index, each)| {
        format!(
            "d{index} AS (DELETE FROM {} x USING {} g WHERE x.tableoid = g.part AND x.ctid = g.place)",
            each.layout.sql_name, each.gone
        )
    });
    let names: Vec<_> = going
        .iter()
        .map(|each| each.layout.sql_name.as_str())
        .collect();
    let allowed = transaction
        .query_one(
            "SELECT bool_and(has_table_privilege(name, 'TRUNCATE')) FROM unnest($1::text[]) name",
            &[&names],
        )
        .await
        .map_err(postgres(doing))?;
    let nothing_else = allowed.get::<_, Option<bool>>(0) == Some(true)
        && undone.kept.values().all(|rows| *rows == 0)
        && job.fit.referrers.is_empty();
    let statement = if nothing_else {
        // All tables by name, and nothing stands in them but what goes.
        format!("TRUNCATE {tables}")
    } else {
        let each: Vec<_> = each.collect();
        format!("WITH {} SELECT 1", each.join(", "))
    };
    let removing = transaction.batch_execute(&statement);
    waiting(removing, 0, &mut meter, progress)
        .await
        .map_err(postgres(doing))?;
    if let Some(shape) = shape {
        record::forget_postgres(&transaction, shape).await?;
    }
    transaction.commit().await.map_err(postgres(doing))?;
    Ok(undone)
}

async fn find_postgres(
    transaction: &Transaction<'_>,
    each: &Going<'_>,
    job: &Job,
    clock: Clock,
    progress: OnProgress<'_>,
    undone: &mut Undone,
) -> Result<(), SeedError> {
    let doing = || format!("finding the seeded rows of `{}`", each.layout.name);
    let table = &each.layout.sql_name;
    each.known
        .load_postgres(transaction, table, job, clock, progress)
        .await?;
    let agrees = something_else(&each.known, |name| {
        format!("a.{name}::text = e.{name}::text")
    });
    let gone = &each.gone;
    transaction
        .batch_execute(&format!(
            "CREATE TEMPORARY TABLE {gone} ON COMMIT DROP AS
             SELECT a.tableoid AS part, a.ctid AS place FROM {table} a JOIN {} e ON {} WHERE {agrees};
             ANALYZE {gone}",
            each.known.was,
            each.known.same("a", "e")
        ))
        .await
        .map_err(postgres(doing()))?;
    let counts = format!("SELECT (SELECT count(*) FROM {gone}), (SELECT count(*) FROM {table})");
    let row = transaction.query_one(&counts, &[]).await;
    let row = row.map_err(postgres(doing()))?;
    let (ours, all): (i64, i64) = (row.get(0), row.get(1));
    note(undone, &each.layout.name, ours, all);
    Ok(())
}

fn note(undone: &mut Undone, name: &str, ours: i64, all: i64) {
    undone.removed.insert(name.to_owned(), ours as u64);
    undone.kept.insert(name.to_owned(), (all - ours) as u64);
}

/// Removes from SQLite.
pub(in crate::seed) fn sqlite_undo(
    url: &str,
    connection: &mut rusqlite::Connection,
    job: &Job,
    schema: &Schema,
    shape: Option<&str>,
    progress: OnProgress<'_>,
) -> Result<Undone, SeedError> {
    let going = going(job, schema)?;
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
        let keys: Vec<_> = each.known.key.iter().map(|name| quoted(name)).collect();
        let of_row: Vec<_> = keys.iter().map(|key| format!("a.{key}")).collect();
        let gone = &each.gone;
        transaction
            .execute_batch(&format!(
                "CREATE TEMPORARY TABLE {gone} AS
                 SELECT {} FROM {table} a JOIN {} e ON {} WHERE {agrees};
                 CREATE INDEX temp.{gone}_key ON {gone} ({})",
                of_row.join(", "),
                each.known.was,
                each.known.same("a", "e"),
                keys.join(", ")
            ))
            .map_err(sqlite(doing))?;
        let counts =
            format!("SELECT (SELECT count(*) FROM {gone}), (SELECT count(*) FROM {table})");
        let (ours, all): (i64, i64) = transaction
            .query_row(&counts, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(sqlite(doing))?;
        note(&mut undone, &each.layout.name, ours, all);
    }
    let mut found = Vec::new();
    for (name, sql_name, key, to) in references(&going, schema) {
        let too = going.iter().find(|each| each.layout.name == name);
        let stays = too.map_or(String::new(), |too| {
            format!(
                "AND NOT EXISTS (SELECT 1 FROM {} h WHERE {})",
                too.gone,
                too.known.same("h", "c")
            )
        });
        let statement = format!(
            "SELECT count(*) FROM {sql_name} c JOIN {} p ON {}
              WHERE EXISTS (SELECT 1 FROM {} g WHERE {}) {stays}",
            to.layout.sql_name,
            joined(key),
            to.gone,
            to.known.same("g", "p")
        );
        let rows: i64 = transaction
            .query_row(&statement, [], |row| row.get(0))
            .map_err(sqlite(doing))?;
        if rows > 0 {
            found.push((name.to_owned(), to.layout.name.clone(), rows as u64));
        }
    }
    if let Some(refusal) = hanging(url, &found) {
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
        record::forget_sqlite(&transaction, shape)?;
    }
    transaction.commit().map_err(sqlite("committing"))?;
    Ok(undone)
}
