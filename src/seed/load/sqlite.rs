//! Fills SQLite: prepared inserts in one transaction, values made on other threads. References
//! are checked by the database itself, once, before the commit.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior, types::ValueRef};

use super::aside::sqlite::Aside;
use super::encode::{Stored, stored};
use super::filling::Filling;
use super::{Chunks, Job, Meter, OnProgress, Stage, Written};
use crate::clock::Clock;
use crate::seed::error::{SeedError, sqlite};
use crate::seed::fit::Layout;
use crate::seed::program::Program;
use crate::seed::reset::{Occupied, concerned, not_empty, record};
use crate::seed::schema::quoted;
use crate::seed::value::bytes_of;

/// Rows of a chunk.
const CHUNK_ROWS: u64 = 1_024;

/// Fills all tables of a job.
pub(in crate::seed) fn fill(
    url: &str,
    connection: &mut Connection,
    job: &Job,
    clock: Clock,
    progress: OnProgress<'_>,
) -> Result<Written, SeedError> {
    // The journal mode is the application's choice and stays. Without per-row checks the inserts
    // need no look-ups; `check_references` makes up for them.
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536",
        )
        .map_err(sqlite("preparing the connection"))?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sqlite("beginning (is another program writing?)"))?;
    super::hooks::sqlite(&transaction, &job.sql.before)?;
    let mut emptying = Meter::begin(clock, Stage::Empty, "", 0);
    let mut written = Written {
        removed: empty(url, &transaction, job)?,
        ..Written::default()
    };
    if let Some(record) = &job.record {
        record::sqlite::write(&transaction, record)?;
    }
    if !written.removed.is_empty() {
        emptying.tell_all(written.removed.values().sum(), progress);
    }
    let aside = Aside::take(&transaction, job)?;
    written.notes.extend(aside.note.clone());
    let mut filling = Filling::begin(clock, &job.fit.layouts);
    for layout in &job.fit.layouts {
        let mut meter = filling.next(layout);
        insert(&transaction, job, layout, &mut meter, progress)
            .map_err(sqlite(format!("filling `{}`", layout.name)))?;
        written.took.insert(layout.name.clone(), meter.seconds());
    }
    aside.build(&transaction, clock, &mut written, progress)?;
    super::hooks::sqlite(&transaction, &job.sql.after)?;
    check_references(&transaction, job, clock, progress)?;
    // In the transaction: whoever sees the rows sees their statistics.
    Meter::begin(clock, Stage::Analyze, "", 1).announce(0, progress);
    transaction
        .execute_batch("ANALYZE")
        .map_err(sqlite("refreshing the statistics"))?;
    let mut meter = Meter::begin(clock, Stage::Finish, "", 1);
    meter.announce(0, progress);
    transaction.commit().map_err(sqlite("committing"))?;
    // The rows are there; that they lie in the log for longer is no error of the fill.
    let moved =
        connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA wal_checkpoint(PASSIVE)");
    if let Err(error) = moved {
        written.notes.push(format!(
            "the rows stand in the write-ahead log and could not be moved into the file yet \
             ({error}): make room, and the next program that opens the database moves them"
        ));
    }
    meter.tell(1, progress);
    Ok(written)
}

/// Removes rows that are there, or refuses because of them.
fn empty(
    url: &str,
    transaction: &Transaction<'_>,
    job: &Job,
) -> Result<IndexMap<String, u64>, SeedError> {
    let mut occupied = Vec::new();
    for (name, sql_name, role) in concerned(&job.fit) {
        let statement = format!("SELECT count(*) FROM {sql_name}");
        let rows: i64 = transaction
            .query_row(&statement, [], |row| row.get(0))
            .map_err(sqlite(format!("counting the rows of `{name}`")))?;
        if rows > 0 {
            occupied.push(Occupied {
                name: name.to_owned(),
                rows: rows as u64,
                role,
            });
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
    let counted = transaction
        .prepare("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
        .and_then(|mut statement| statement.exists([]))
        .map_err(sqlite("reading the schema"))?;
    for Occupied { name, .. } in &occupied {
        let doing = || format!("emptying `{name}`");
        transaction
            .execute(&format!("DELETE FROM {}", quoted(name)), [])
            .map_err(sqlite(doing()))?;
        if counted {
            transaction
                .execute("DELETE FROM sqlite_sequence WHERE name = ?1", [name])
                .map_err(sqlite(doing()))?;
        }
    }
    Ok(occupied
        .into_iter()
        .map(|table| (table.name, table.rows))
        .collect())
}

/// Rows in the order of insertion: cells one after the other, their text in one buffer.
pub(in crate::seed) struct Batch {
    cells: Vec<Stored>,
    text: String,
    end: u64,
}

/// Computes the rows of some places.
pub(in crate::seed) fn rows(program: &Program, layout: &Layout, places: Range<u64>) -> Batch {
    let cells = (places.end - places.start) as usize * layout.fields.len();
    let mut batch = Batch {
        cells: Vec::with_capacity(cells),
        text: String::with_capacity(cells * 12),
        end: places.end,
    };
    let mut scratch = program.scratch();
    for place in places {
        let row = program.row_at(layout.table, place);
        for field in &layout.fields {
            let start = batch.text.len();
            let value = program.cell(
                layout.table,
                field.column,
                row,
                &mut batch.text,
                &mut scratch,
            );
            let cell = stored(value, &mut batch.text, start, &field.kind, &field.declared);
            batch.cells.push(cell);
        }
    }
    batch
}

pub(in crate::seed) fn insert(
    transaction: &Transaction<'_>,
    job: &Job,
    layout: &Layout,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> rusqlite::Result<()> {
    if layout.fields.is_empty() {
        return Ok(());
    }
    let mut chunks = {
        let (program, layout) = (Arc::clone(&job.program), layout.clone());
        Chunks::start(&layout.clone(), job.threads, CHUNK_ROWS, move |places| {
            rows(&program, &layout, places)
        })
    };
    while let Some(batch) = chunks.blocking_next() {
        write(transaction, layout, &batch)?;
        meter.tell(batch.end, progress);
    }
    Ok(())
}

/// Inserts a batch.
pub(in crate::seed) fn write(
    connection: &Connection,
    layout: &Layout,
    batch: &Batch,
) -> rusqlite::Result<()> {
    let names: Vec<_> = layout
        .fields
        .iter()
        .map(|field| quoted(&field.name))
        .collect();
    let places = vec!["?"; names.len()].join(", ");
    let table = &layout.sql_name;
    let statement = format!(
        "INSERT INTO {table} ({}) VALUES ({places})",
        names.join(", ")
    );
    let mut statement = connection.prepare_cached(&statement)?;
    for row in batch.cells.chunks_exact(names.len()) {
        for (index, cell) in row.iter().enumerate() {
            statement.raw_bind_parameter(index + 1, Bound(cell, &batch.text))?;
        }
        statement.raw_execute()?;
    }
    Ok(())
}

/// A cell, and the buffer of its batch.
struct Bound<'a>(&'a Stored, &'a str);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Stored::Null => ValueRef::Null,
            Stored::Integer(number) => ValueRef::Integer(*number),
            Stored::Real(number) => ValueRef::Real(*number),
            Stored::Text(start, end) => {
                ValueRef::Text(&self.1.as_bytes()[*start as usize..*end as usize])
            }
            Stored::Blob(bytes) => ValueRef::Blob(bytes),
            Stored::Bytes(start, end) => {
                let text = &self.1[*start as usize..*end as usize];
                return Ok(ToSqlOutput::Owned(
                    bytes_of(text).collect::<Vec<u8>>().into(),
                ));
            }
        }))
    }
}

/// Lets SQLite check every reference of the tables that were written.
fn check_references(
    transaction: &Transaction<'_>,
    job: &Job,
    clock: Clock,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    let layouts = &job.fit.layouts;
    for (index, layout) in layouts.iter().enumerate() {
        Meter::begin(clock, Stage::Reference, &layout.name, 1)
            .place(index + 1, layouts.len())
            .announce(0, progress);
        let broken = transaction
            .query_row(
                "SELECT \"parent\", rowid FROM pragma_foreign_key_check(?1) LIMIT 1",
                [&layout.name],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?)),
            )
            .map(Some)
            .or_else(|error| match error {
                rusqlite::Error::QueryReturnedNoRows => Ok(None),
                other => Err(other),
            })
            .map_err(sqlite(format!(
                "checking the references of `{}`",
                layout.name
            )))?;
        if let Some((parent, row)) = broken {
            let name = &layout.name;
            let row = row.map_or(String::new(), |row| format!(" in row {row}"));
            return Err(SeedError::Constraint {
                found: format!("`{name}`{row} refers to a row of `{parent}` that is not there"),
            });
        }
    }
    Ok(())
}
