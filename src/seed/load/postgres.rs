//! Fills PostgreSQL: binary COPY in one transaction, so that the database is the old one until
//! it is the new one. Indexes and references of large tables are set aside meanwhile.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::SinkExt;
use tokio_postgres::{Client, Transaction};

use super::aside::postgres::Aside;
use super::constraints;
use super::encode::{Format, field, text_field};
use super::filling::Filling;
use super::{Chunks, Job, Meter, OnProgress, Stage, Written, waiting};
use crate::clock::Clock;
use crate::seed::beside;
use crate::seed::error::{SeedError, postgres};
use crate::seed::fit::{Fit, Layout};
use crate::seed::program::Program;
use crate::seed::reset::{Occupied, concerned, not_empty, record};
use crate::seed::schema::{ColumnType, quoted};
use crate::seed::value::Value;

/// Rows of a chunk: about 256 KB of ordinary rows.
const CHUNK_ROWS: u64 = 1_024;

/// Fills all tables of a job.
pub(in crate::seed) async fn fill(
    url: &str,
    client: &mut Client,
    job: &Job,
    clock: Clock,
    progress: OnProgress<'_>,
) -> Result<Written, SeedError> {
    let transaction = client.transaction().await.map_err(postgres("beginning"))?;
    transaction
        .batch_execute("SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0")
        .await
        .map_err(postgres("beginning"))?;
    notice_our_end(&transaction).await?;
    super::hooks::postgres(&transaction, &job.sql.before).await?;
    let mut emptying = Meter::begin(clock, Stage::Empty, "", 0);
    let removing = empty(url, &transaction, job);
    let mut written = Written {
        removed: waiting(removing, 0, &mut emptying, progress).await?,
        ..Written::default()
    };
    if let Some(record) = &job.record {
        // Before anything is set aside: what is made then may be told where to lie.
        let note = record::postgres::write(&transaction, record).await?;
        let refused = |note: &String| beside::must_be_noted(&job.fit, note);
        if let Some(error) = note.as_ref().and_then(refused) {
            return Err(error);
        }
        written.notes.extend(note);
    }
    if !written.removed.is_empty() {
        emptying.tell_all(written.removed.values().sum(), progress);
    }
    let aside = Aside::take(&transaction, job).await?;
    written.notes.extend(aside.note.clone());
    transaction
        .batch_execute("SET CONSTRAINTS ALL DEFERRED")
        .await
        .map_err(postgres("deferring constraints"))?;
    // Those of circles that are not set aside.
    let lifted = constraints::lift(&transaction, &job.fit).await?;
    let mut layouts = Vec::new();
    for layout in &job.fit.layouts {
        let late = aside.late(&transaction, layout).await?;
        let layout = layout.clone();
        layouts.push(Layout { late, ..layout });
    }
    let mut filling = Filling::begin(clock, &layouts);
    for layout in &layouts {
        let mut meter = filling.next(layout);
        copy(&transaction, job, layout, &mut meter, progress).await?;
        written.took.insert(layout.name.clone(), meter.seconds());
    }
    if !aside.is_empty() || !lifted.is_empty() {
        // A table that waits for checks cannot be altered: now all rows are there.
        let mut meter = Meter::begin(clock, Stage::Finish, "", 1);
        let checking = transaction.batch_execute("SET CONSTRAINTS ALL IMMEDIATE");
        waiting(checking, 0, &mut meter, progress)
            .await
            .map_err(postgres("checking constraints"))?;
    }
    aside
        .build(&transaction, clock, &mut written, progress)
        .await?;
    // After the indexes: a table that is replicated cannot be updated without its key.
    let late = layouts.iter().filter(|layout| !layout.late.is_empty());
    for (index, layout) in late.clone().enumerate() {
        let meter = Meter::of_rows(clock, Stage::Late, layout);
        let mut meter = meter.place(index + 1, late.clone().count());
        fill_late(&transaction, job, layout, &mut meter, progress).await?;
    }
    for (index, layout) in layouts.iter().enumerate() {
        let meter = Meter::begin(clock, Stage::Analyze, &layout.name, 1);
        let mut meter = meter.place(index + 1, layouts.len());
        analyze(&transaction, layout, &mut meter, progress).await?;
    }
    // After the statistics, by which the server plans the joins that check them.
    aside
        .refer(&transaction, clock, &mut written, progress)
        .await?;
    let mut meter = Meter::begin(clock, Stage::Finish, "", 1);
    constraints::put_back(&transaction, &lifted).await?;
    super::hooks::postgres(&transaction, &job.sql.after).await?;
    for layout in &layouts {
        advance_sequences(&transaction, layout).await?;
    }
    waiting(transaction.commit(), 0, &mut meter, progress)
        .await
        .map_err(postgres("checking constraints at the commit"))?;
    meter.tell(1, progress);
    Ok(written)
}

/// Gives back the room that the rows of a fill that failed still take, where room is what was
/// missing: else they are in the way of the next one until the server tidies up by itself. What
/// the role may not tidy up is left to the server.
pub(in crate::seed) async fn give_room_back(client: &Client, fit: &Fit) {
    let tables: Vec<_> = fit.layouts.iter().map(|layout| &*layout.sql_name).collect();
    let tidy = format!("VACUUM {}", tables.join(", "));
    for statement in ["SET lock_timeout = '3s'", &tidy] {
        if let Err(error) = client.batch_execute(statement).await {
            tracing::warn!(%error, "the room of rows that were taken back is not free yet");
            return;
        }
    }
}

/// Has the server look now and then whether we are still there, so that the old database is free
/// again a second after we are killed, and not when a long statement is done. Servers before 14,
/// and those on some systems, cannot; they roll back later.
async fn notice_our_end(transaction: &Transaction<'_>) -> Result<(), SeedError> {
    let attempt = "SAVEPOINT rehearsal_look; SET LOCAL client_connection_check_interval = '1s'; \
                   RELEASE SAVEPOINT rehearsal_look";
    match transaction.batch_execute(attempt).await {
        Err(error) if error.as_db_error().is_some() => transaction
            .batch_execute("ROLLBACK TO SAVEPOINT rehearsal_look")
            .await
            .map_err(postgres("beginning")),
        other => other.map_err(postgres("beginning")),
    }
}

/// Refreshes the statistics of a table, in the transaction: whoever sees the rows sees them.
async fn analyze(
    transaction: &Transaction<'_>,
    layout: &Layout,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    let statement = format!("ANALYZE {}", layout.sql_name);
    let analyzing = transaction.batch_execute(&statement);
    waiting(analyzing, 0, meter, progress)
        .await
        .map_err(postgres(format!(
            "refreshing the statistics of `{}`",
            layout.name
        )))
}

/// Removes rows that are there, or refuses because of them.
pub(super) async fn empty(
    url: &str,
    transaction: &Transaction<'_>,
    job: &Job,
) -> Result<indexmap::IndexMap<String, u64>, SeedError> {
    let mut occupied = Vec::new();
    for (name, sql_name, role) in concerned(&job.fit) {
        let rows = count(transaction, name, sql_name).await?;
        if rows > 0 {
            let name = name.to_owned();
            occupied.push(Occupied { name, rows, role });
        }
    }
    if job.program.before.is_some() {
        // Tables grow: rows that are there are meant to be.
        return Ok(indexmap::IndexMap::new());
    }
    if let Some(refusal) = not_empty(url, &occupied, job.empty_first) {
        return Err(refusal);
    }
    if occupied.is_empty() || !job.empty_first {
        return Ok(indexmap::IndexMap::new());
    }
    let layouts = job
        .fit
        .layouts
        .iter()
        .filter(|layout| !layout.beside)
        .map(|layout| layout.sql_name.as_str());
    let referrers = job
        .fit
        .referrers
        .iter()
        .map(|referrer| referrer.sql_name.as_str());
    let tables: Vec<&str> = layouts.chain(referrers).collect();
    // All tables by name, never CASCADE: nothing is emptied that was not counted above.
    transaction
        .batch_execute(&format!("TRUNCATE {} RESTART IDENTITY", tables.join(", ")))
        .await
        .map_err(postgres("emptying the plan's tables"))?;
    Ok(occupied
        .into_iter()
        .map(|table| (table.name, table.rows))
        .collect())
}

async fn count(
    transaction: &Transaction<'_>,
    name: &str,
    sql_name: &str,
) -> Result<u64, SeedError> {
    let row = transaction
        .query_one(&format!("SELECT count(*) FROM {sql_name}"), &[])
        .await
        .map_err(postgres(format!("counting the rows of `{name}`")))?;
    Ok(row.get::<_, i64>(0) as u64)
}

fn column_list(layout: &Layout) -> String {
    let names: Vec<_> = layout
        .fields
        .iter()
        .map(|field| quoted(&field.name))
        .collect();
    names.join(", ")
}

pub(in crate::seed) async fn copy(
    transaction: &Transaction<'_>,
    job: &Job,
    layout: &Layout,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    if layout.fields.is_empty() {
        return Ok(());
    }
    let doing = || format!("filling `{}`", layout.name);
    let statement = format!(
        "COPY {} ({}) FROM STDIN (FORMAT {})",
        layout.sql_name,
        column_list(layout),
        layout.format().word()
    );
    let sink = transaction
        .copy_in(&statement)
        .await
        .map_err(postgres(doing()))?;
    let mut sink = std::pin::pin!(sink);
    let mut chunks = {
        let (program, layout) = (Arc::clone(&job.program), layout.clone());
        Chunks::start(&layout.clone(), job.threads, CHUNK_ROWS, move |places| {
            (places.end, rows(&program, &layout, places))
        })
    };
    sink.feed(Bytes::from_static(layout.format().header()))
        .await
        .map_err(postgres(doing()))?;
    while let Some((done, chunk)) = chunks.next().await {
        sink.feed(chunk).await.map_err(postgres(doing()))?;
        meter.tell(done, progress);
    }
    sink.feed(Bytes::from_static(layout.format().trailer()))
        .await
        .map_err(postgres(doing()))?;
    sink.finish().await.map_err(postgres(doing()))?;
    Ok(())
}

/// Rows in the table's format, ready to send.
pub(in crate::seed) fn rows(program: &Program, layout: &Layout, places: Range<u64>) -> Bytes {
    let mut out = Vec::with_capacity(256 * 1024);
    let mut text = String::new();
    let mut scratch = program.scratch();
    let width = (layout.fields.len() as i16).to_be_bytes();
    let format = layout.format();
    for place in places {
        let row = program.row_at(layout.table, place);
        if format == Format::Binary {
            out.extend_from_slice(&width);
        }
        for (index, each) in layout.fields.iter().enumerate() {
            text.clear();
            let value = if layout.late.contains(&index) {
                Value::Null
            } else {
                program.cell(layout.table, each.column, row, &mut text, &mut scratch)
            };
            match format {
                Format::Binary => field(value, &mut text, &each.kind, &mut out),
                Format::Text => {
                    if index > 0 {
                        out.push(b'\t');
                    }
                    text_field(value, &mut text, &each.kind, &mut out);
                }
            }
        }
        if format == Format::Text {
            out.push(b'\n');
        }
    }
    Bytes::from(out)
}

/// Writes references that had to wait until the rows they refer to were there.
pub(super) async fn fill_late(
    transaction: &Transaction<'_>,
    job: &Job,
    layout: &Layout,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    let doing = || format!("writing the references of `{}`", layout.name);
    let is_key = |name: &String| layout.primary_key.contains(name);
    let fields = layout.fields.iter().enumerate();
    let late = Layout {
        sql_name: "rehearsal_late".to_owned(),
        fields: fields
            .filter(|(index, field)| layout.late.contains(index) || is_key(&field.name))
            .map(|(_, field)| field.clone())
            .collect(),
        late: Vec::new(),
        ..layout.clone()
    };
    let columns = column_list(&late);
    transaction
        .batch_execute(&format!(
            "CREATE TEMPORARY TABLE rehearsal_late ON COMMIT DROP AS
             SELECT {columns} FROM {} WITH NO DATA",
            layout.sql_name
        ))
        .await
        .map_err(postgres(doing()))?;
    Box::pin(copy(transaction, job, &late, meter, progress)).await?;
    let assign: Vec<_> = layout
        .late
        .iter()
        .map(|&index| quoted(&layout.fields[index].name))
        .map(|name| format!("{name} = late.{name}"))
        .collect();
    let same: Vec<_> = layout
        .primary_key
        .iter()
        .map(|name| quoted(name))
        .map(|name| format!("target.{name} = late.{name}"))
        .collect();
    let update = format!(
        "UPDATE {} AS target SET {} FROM rehearsal_late AS late WHERE {};
         DROP TABLE rehearsal_late",
        layout.sql_name,
        assign.join(", "),
        same.join(" AND ")
    );
    let updating = transaction.batch_execute(&update);
    waiting(updating, layout.rows, meter, progress)
        .await
        .map_err(postgres(doing()))
}

/// Sets sequences behind the rows, so that the application's next row does not collide.
async fn advance_sequences(
    transaction: &Transaction<'_>,
    layout: &Layout,
) -> Result<(), SeedError> {
    let whole = |kind: &ColumnType| {
        matches!(
            kind,
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
        )
    };
    for field in layout.fields.iter().filter(|field| whole(&field.kind)) {
        let column = quoted(&field.name);
        let statement = format!(
            "SELECT setval(pg_get_serial_sequence($1, $2), greatest(max({column}), 1), max({column}) IS NOT NULL)
               FROM {} HAVING pg_get_serial_sequence($1, $2) IS NOT NULL",
            layout.sql_name
        );
        transaction
            .query(&statement, &[&layout.sql_name, &field.name])
            .await
            .map_err(postgres(format!(
                "advancing the sequence of `{}.{}`",
                layout.name, field.name
            )))?;
    }
    Ok(())
}
