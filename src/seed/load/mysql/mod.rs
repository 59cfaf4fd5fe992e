//! Fills MySQL and MariaDB: `LOAD DATA LOCAL INFILE` fed by generating threads, in one
//! transaction, so that the database is the old one until it is the new one.
//!
//! Three traps are why this is longer than a `LOAD DATA`:
//! - With `LOCAL` the server cannot stop the client, so it turns every error into a warning:
//!   duplicates are skipped, values cut. Any warning, or a row less than sent, is therefore an
//!   error here, and nothing is committed.
//! - `InnoDB` checks foreign keys row by row and knows no deferred ones, which circles, trees and
//!   scattered rows need. They are switched off for the session and each is checked by one query
//!   before the commit (`references`).
//! - `TRUNCATE`, `ALTER` and `ANALYZE` commit. Rows that are there are removed by `DELETE`, what
//!   commits comes after our commit, statements of the author's that do are refused, and nothing
//!   is set aside: it could not be put back by undoing.

mod cells;
mod references;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use indexmap::IndexMap;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::sync::mpsc;

use super::filling::Filling;
use super::{Chunks, Job, Meter, OnProgress, Stage, Written, waiting};
use crate::clock::Clock;
use crate::seed::error::{SeedError, mysql};
use crate::seed::fit::{Fit, Layout};
use crate::seed::program::Program;
use crate::seed::reset::{Occupied, concerned, not_empty, record};
use crate::seed::schema::Schema;

use cells::Cells;

/// Rows of a chunk: about 128 KB of ordinary rows.
const CHUNK_ROWS: u64 = 1_024;
/// Packets that every server takes: its `max_allowed_packet` is 1 MB or more.
const PACKET: usize = 256 * 1024;

/// What makes values arrive exactly: no silent change of a value, no silent waiting, moments in
/// UTC, a zero that is not "the next number". The application's settings stay as they are.
pub(in crate::seed) const SESSION: &[&str] = &[
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
    "SET SESSION time_zone = '+00:00', sql_notes = 1, unique_checks = 1, foreign_key_checks = 0",
    // An interrupted filling is undone by the server, which takes a while; others are not waited for.
    "SET SESSION innodb_lock_wait_timeout = 120, lock_wait_timeout = 10",
    "SET SESSION net_read_timeout = 600, net_write_timeout = 600",
];

/// Refuses tables that could not be put back when filling is interrupted.
pub(in crate::seed) fn refuse_untransactional(schema: &Schema, fit: &Fit) -> Result<(), SeedError> {
    let listed = fit.referrers.iter().filter(|referrer| referrer.listed);
    let written = fit.layouts.iter().map(|layout| &layout.name);
    for name in written.chain(listed.map(|referrer| &referrer.name)) {
        let engine = schema
            .tables
            .get(name)
            .and_then(|table| table.untransactional.as_ref());
        if let Some(engine) = engine {
            return Err(SeedError::Untransactional {
                table: name.clone(),
                engine: engine.clone(),
            });
        }
    }
    Ok(())
}

/// Fills all tables of a job.
pub(in crate::seed) async fn fill(
    url: &str,
    connection: &mut Conn,
    schema: &Schema,
    job: &Job,
    clock: Clock,
    progress: OnProgress<'_>,
) -> Result<Written, SeedError> {
    prepare(connection).await?;
    let filled = fill_in_transaction(url, connection, schema, job, clock, progress).await;
    let mut written = match filled {
        Ok(written) => written,
        Err(error) => {
            // Waits until the server has undone all; without a connection it does that by itself.
            let _nobody_to_ask = connection.query_drop("ROLLBACK").await;
            return Err(error);
        }
    };
    let mut meter = Meter::begin(clock, Stage::Analyze, "", 1);
    if !written.removed.is_empty() {
        set_counters_back(connection, job, &mut written).await?;
    }
    let names: Vec<_> = job
        .fit
        .layouts
        .iter()
        .map(|layout| &*layout.sql_name)
        .collect();
    let statement = format!("ANALYZE LOCAL TABLE {}", names.join(", "));
    let analyzing = run(connection, &statement, "refreshing the statistics");
    waiting(analyzing, 0, &mut meter, progress).await?;
    meter.tell(1, progress);
    Ok(written)
}

/// Makes values arrive exactly, and references wait for all rows.
pub(in crate::seed) async fn prepare(connection: &mut Conn) -> Result<(), SeedError> {
    for statement in SESSION {
        run(connection, statement, "preparing the session").await?;
    }
    Ok(())
}

async fn run(connection: &mut Conn, statement: &str, doing: &str) -> Result<(), SeedError> {
    connection.query_drop(statement).await.map_err(mysql(doing))
}

async fn fill_in_transaction(
    url: &str,
    connection: &mut Conn,
    schema: &Schema,
    job: &Job,
    clock: Clock,
    progress: OnProgress<'_>,
) -> Result<Written, SeedError> {
    let by_load_data = takes_load_data(connection).await?;
    let mut unnoted = None;
    if job.record.is_some() {
        unnoted = record::mysql::make(connection).await?;
    }
    run(connection, "START TRANSACTION", "beginning").await?;
    super::hooks::mysql(connection, &job.sql.before).await?;
    let mut emptying = Meter::begin(clock, Stage::Empty, "", 0);
    let mut written = Written {
        removed: empty(url, connection, job).await?,
        ..Written::default()
    };
    if !written.removed.is_empty() {
        emptying.tell_all(written.removed.values().sum(), progress);
    }
    if !by_load_data {
        written.notes.push(
            "the server has `local_infile` off, so rows went by INSERT, which is slower: \
             SET GLOBAL local_infile = 1 turns it on"
                .to_owned(),
        );
    }
    let mut filling = Filling::begin(clock, &job.fit.layouts);
    for layout in job
        .fit
        .layouts
        .iter()
        .filter(|layout| !layout.fields.is_empty())
    {
        let mut meter = filling.next(layout);
        write(connection, job, layout, &mut meter, progress).await?;
        written.took.insert(layout.name.clone(), meter.seconds());
    }
    super::hooks::mysql(connection, &job.sql.after).await?;
    match (unnoted, &job.record) {
        (Some(note), _) => written.notes.push(note),
        (None, Some(record)) => record::mysql::write(connection, record).await?,
        (None, None) => {}
    }
    references::check(connection, schema, &job.fit, clock, progress).await?;
    let mut meter = Meter::begin(clock, Stage::Finish, "", 1);
    let committing = run(connection, "COMMIT", "committing");
    waiting(committing, 0, &mut meter, progress).await?;
    meter.tell(1, progress);
    Ok(written)
}

/// Removes rows that are there, or refuses because of them.
async fn empty(
    url: &str,
    connection: &mut Conn,
    job: &Job,
) -> Result<IndexMap<String, u64>, SeedError> {
    let mut occupied = Vec::new();
    let mut sql_names = Vec::new();
    for (name, sql_name, role) in concerned(&job.fit) {
        let rows: Option<u64> = connection
            .query_first(format!("SELECT count(*) FROM {sql_name}"))
            .await
            .map_err(mysql(format!("counting the rows of `{name}`")))?;
        if let Some(rows) = rows.filter(|rows| *rows > 0) {
            let name = name.to_owned();
            occupied.push(Occupied { name, rows, role });
            sql_names.push(sql_name);
        }
    }
    if job.program.before.is_some() {
        // Tables grow: rows that are there are meant to be.
        return Ok(IndexMap::new());
    }
    if let Some(refusal) = not_empty(url, &occupied, job.empty_first) {
        return Err(refusal);
    }
    if !job.empty_first {
        return Ok(IndexMap::new());
    }
    for (table, sql_name) in occupied.iter().zip(sql_names) {
        let doing = format!("emptying `{}`", table.name);
        run(connection, &format!("DELETE FROM {sql_name}"), &doing).await?;
    }
    Ok(occupied
        .into_iter()
        .map(|table| (table.name, table.rows))
        .collect())
}

/// Whether the server takes `LOAD DATA LOCAL`.
async fn takes_load_data(connection: &mut Conn) -> Result<bool, SeedError> {
    let local_infile: Option<u8> = connection
        .query_first("SELECT @@GLOBAL.local_infile")
        .await
        .map_err(mysql("preparing the session"))?;
    Ok(local_infile == Some(1))
}

/// Writes the rows of a table, the way that the server takes.
pub(in crate::seed) async fn write(
    connection: &mut Conn,
    job: &Job,
    layout: &Layout,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    if takes_load_data(connection).await? {
        load(connection, job, layout, meter, progress).await
    } else {
        insert(connection, job, layout, meter, progress).await
    }
}

/// Loads a table.
async fn load(
    connection: &mut Conn,
    job: &Job,
    layout: &Layout,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    let doing = || format!("filling `{}`", layout.name);
    let cells = Cells::of(layout);
    let statement = format!(
        "LOAD DATA LOCAL INFILE 'rehearsal' INTO TABLE {} CHARACTER SET utf8mb4
         FIELDS TERMINATED BY '\\t' ENCLOSED BY '' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' {}",
        layout.sql_name,
        cells.targets(layout)
    );
    let chunks = {
        let (program, layout) = (Arc::clone(&job.program), layout.clone());
        Chunks::start(&layout.clone(), job.threads, CHUNK_ROWS, move |places| {
            lines(&program, &layout, places)
        })
    };
    let (sender, mut done) = mpsc::unbounded_channel();
    connection.set_infile_handler(async move { Ok(packets(chunks, sender).boxed()) });
    {
        let mut loading = std::pin::pin!(connection.query_drop(statement));
        loop {
            tokio::select! {
                loaded = &mut loading => break loaded.map_err(mysql(doing()))?,
                Some(rows) = done.recv() => meter.tell(rows, progress),
            }
        }
    }
    // What was sent last may not have been told.
    while let Ok(rows) = done.try_recv() {
        meter.tell(rows, progress);
    }
    refuse_changed(connection, layout, connection.affected_rows()).await
}

/// The rows of some places, and how many rows there are with them.
fn lines(program: &Program, layout: &Layout, places: Range<u64>) -> (u64, Bytes) {
    (places.end, Cells::of(layout).lines(program, layout, places))
}

/// Chunks as packets that the server takes.
fn packets(
    chunks: Chunks<(u64, Bytes)>,
    sender: mpsc::UnboundedSender<u64>,
) -> impl futures::Stream<Item = std::io::Result<Bytes>> {
    let begin = (chunks, Bytes::new(), sender);
    futures::stream::unfold(begin, |(mut chunks, mut rest, sender)| async move {
        while rest.is_empty() {
            let (done, chunk) = chunks.next().await?;
            let _nobody_listens = sender.send(done);
            rest = chunk;
        }
        let packet = rest.split_to(rest.len().min(PACKET));
        Some((Ok(packet), (chunks, rest, sender)))
    })
}

/// Inserts a table's rows, where the server takes no `LOAD DATA LOCAL`.
async fn insert(
    connection: &mut Conn,
    job: &Job,
    layout: &Layout,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    let mut chunks = {
        let (program, layout) = (Arc::clone(&job.program), layout.clone());
        Chunks::start(&layout.clone(), job.threads, CHUNK_ROWS, move |places| {
            let cells = Cells::of(&layout);
            (places.end, cells.inserts(&program, &layout, places, PACKET))
        })
    };
    let mut inserted = 0;
    while let Some((done, statements)) = chunks.next().await {
        for statement in statements {
            let sent = connection.query_drop(statement).await;
            sent.map_err(mysql(format!("filling `{}`", layout.name)))?;
            inserted += connection.affected_rows();
            if connection.get_warnings() > 0 {
                return refuse_changed(connection, layout, inserted).await;
            }
        }
        meter.tell(done, progress);
    }
    refuse_changed(connection, layout, inserted).await
}

/// Refuses what the server left out or changed, by its own words.
async fn refuse_changed(
    connection: &mut Conn,
    layout: &Layout,
    written: u64,
) -> Result<(), SeedError> {
    let warnings = connection.get_warnings();
    let expected = layout.rows - layout.skip;
    if warnings == 0 && written == expected {
        return Ok(());
    }
    let doing = format!("filling `{}`", layout.name);
    let said: Vec<(String, u32, String)> = connection
        .query("SHOW WARNINGS LIMIT 3")
        .await
        .map_err(mysql(doing.clone()))?;
    let said: Vec<_> = said.into_iter().map(|(_, _, message)| message).collect();
    let found = if said.is_empty() {
        format!("{written} of {expected} rows arrived (while {doing})")
    } else {
        format!("{} (while {doing})", said.join("; "))
    };
    Err(SeedError::Constraint { found })
}

/// Sets `AUTO_INCREMENT` of refilled tables behind the rows; the server itself only raises it.
async fn set_counters_back(
    connection: &mut Conn,
    job: &Job,
    written: &mut Written,
) -> Result<(), SeedError> {
    let counted: Vec<String> = connection
        .query(
            "SELECT TABLE_NAME FROM information_schema.COLUMNS
              WHERE TABLE_SCHEMA = DATABASE() AND EXTRA LIKE '%auto_increment%'",
        )
        .await
        .map_err(mysql("reading the schema"))?;
    for (name, sql_name, _) in concerned(&job.fit) {
        if !written.removed.contains_key(name) || !counted.iter().any(|table| table == name) {
            continue;
        }
        // The lowest number that the server allows: one more than the greatest.
        let statement = format!("ALTER TABLE {sql_name} AUTO_INCREMENT = 1");
        if let Err(error) = connection.query_drop(statement).await {
            written.notes.push(format!(
                "the next number of `{name}` stays where it was: {}",
                crate::seed::error::mysql_reason(&error)
            ));
        }
    }
    Ok(())
}
