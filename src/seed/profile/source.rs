//! The connection that a profile reads through: one read-only transaction, a timeout for each
//! statement, answers as text; and what differs between kinds of databases.

use std::sync::mpsc;
use std::time::Duration;

use rusqlite::types::ValueRef;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::{OnQuery, ProfileOptions};
use crate::seed::database::{Database, Server, connect, open_sqlite};
use crate::seed::error::{SeedError, postgres, sqlite};
use crate::seed::schema::{self, Schema};

/// Rows of an answer, each value as text.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// Rows of a sample, about.
const SAMPLE: u64 = 100_000;

/// A database to be measured.
pub(super) struct Source<'a> {
    session: Session,
    pub(super) dialect: &'static dyn Dialect,
    on_query: OnQuery<'a>,
    timeout: Duration,
    notes: Vec<String>,
}

enum Session {
    Postgres(Client),
    Sqlite(rusqlite::Connection),
}

/// What differs between kinds of databases. A further one implements this and a session.
pub(super) trait Dialect: Sync {
    /// Seconds since 1970 of a moment's column, as a whole number.
    fn seconds(&self, column: &str) -> String;
    /// A condition that texts fulfil which are no moments; none where moments have types.
    fn no_moment(&self, column: &str) -> Option<String>;
    /// A part of a table, to be measured instead of all of it.
    fn sample(&self, table: &str, rows: u64) -> String;
    /// An estimate of a table's rows that costs nothing.
    fn estimate(&self, table: &str) -> String;
}

/// PostgreSQL's ways.
pub(super) struct Postgres;

impl Dialect for Postgres {
    fn seconds(&self, column: &str) -> String {
        format!("floor(extract(epoch FROM {column}))::bigint")
    }

    fn no_moment(&self, _column: &str) -> Option<String> {
        None
    }

    fn sample(&self, table: &str, rows: u64) -> String {
        let percent = (SAMPLE as f64 * 100.0 / rows.max(1) as f64).clamp(0.01, 100.0);
        format!(
            "(SELECT * FROM {table} TABLESAMPLE SYSTEM ({percent:.2}) REPEATABLE (1)) AS sample"
        )
    }

    fn estimate(&self, table: &str) -> String {
        let name = table.replace('\'', "''");
        format!("SELECT reltuples::bigint FROM pg_class WHERE oid = '{name}'::regclass")
    }
}

/// SQLite's ways.
pub(super) struct Sqlite;

impl Dialect for Sqlite {
    fn seconds(&self, column: &str) -> String {
        format!(
            "CASE typeof({column}) WHEN 'integer' THEN {column} \
             ELSE CAST(strftime('%s', {column}) AS INTEGER) END"
        )
    }

    fn no_moment(&self, column: &str) -> Option<String> {
        // Numbers in text would be taken for days of the Julian calendar.
        Some(format!(
            "{column} NOT LIKE '____-__-__%' OR strftime('%s', {column}) IS NULL"
        ))
    }

    fn sample(&self, table: &str, _rows: u64) -> String {
        format!("(SELECT * FROM {table} LIMIT {SAMPLE}) AS sample")
    }

    fn estimate(&self, table: &str) -> String {
        format!("SELECT max(rowid) FROM {table}")
    }
}

impl<'a> Source<'a> {
    /// Connects and begins a transaction that sees one state and cannot write.
    pub(super) async fn open(
        database: &Database,
        options: &ProfileOptions,
        on_query: OnQuery<'a>,
    ) -> Result<Self, SeedError> {
        let (session, dialect): (_, &'static dyn Dialect) = match &database.server {
            Server::Postgres(config) => {
                let client = connect(database, config, None).await?;
                let begin = format!(
                    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                     SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = '2s'; \
                     SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'",
                    options.timeout.as_millis().max(1)
                );
                on_query(&begin);
                let begun = client.batch_execute(&begin).await;
                begun.map_err(postgres("beginning to read"))?;
                (Session::Postgres(client), &Postgres)
            }
            Server::Sqlite(path) => {
                let connection = open_sqlite(database, path)?;
                let begin = "PRAGMA query_only = ON; BEGIN";
                on_query(begin);
                let begun = connection.execute_batch(begin);
                begun.map_err(sqlite("beginning to read"))?;
                (Session::Sqlite(connection), &Sqlite)
            }
            Server::Mysql(_) => {
                let url = database.to_string();
                return Err(SeedError::Unmeasurable { url });
            }
        };
        Ok(Self {
            session,
            dialect,
            on_query,
            timeout: options.timeout,
            notes: Vec::new(),
        })
    }

    /// The schema, from the catalogue.
    pub(super) async fn schema(&self) -> Result<Schema, SeedError> {
        match &self.session {
            Session::Postgres(client) => schema::postgres::read(client).await,
            Session::Sqlite(connection) => schema::sqlite::read(connection),
        }
    }

    /// Ends the transaction; gives what could not be measured.
    pub(super) async fn close(self) -> Result<Vec<String>, SeedError> {
        match &self.session {
            Session::Postgres(client) => {
                let ended = client.batch_execute("ROLLBACK").await;
                ended.map_err(postgres("ending the transaction"))?;
            }
            Session::Sqlite(connection) => {
                let ended = connection.execute_batch("ROLLBACK");
                ended.map_err(sqlite("ending the transaction"))?;
            }
        }
        Ok(self.notes)
    }

    /// Says what could not be measured.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Asks. None when the database refused or took too long, which is noted: a profile with a
    /// hole is better than none. What the server said stays here, for it may quote values.
    pub(super) async fn ask(&mut self, what: &str, query: &str) -> Result<Option<Rows>, SeedError> {
        (self.on_query)(query);
        let answered = match &self.session {
            Session::Postgres(client) => ask_postgres(client, what, query).await?,
            Session::Sqlite(connection) => ask_sqlite(connection, query, self.timeout)?,
        };
        Ok(match answered {
            Answer::Rows(rows) => Some(rows),
            Answer::TooSlow => {
                let seconds = self.timeout.as_secs_f64();
                self.note(format!("{what} took longer than {seconds} s"));
                None
            }
            Answer::Refused(code) => {
                self.note(format!("{what} was refused ({code})"));
                None
            }
        })
    }
}

enum Answer {
    Rows(Rows),
    TooSlow,
    Refused(String),
}

async fn ask_postgres(client: &Client, what: &str, query: &str) -> Result<Answer, SeedError> {
    let doing = || format!("measuring: {what}");
    let run = |text: &'static str| async move {
        let done = client.batch_execute(text).await;
        done.map_err(postgres(doing()))
    };
    run("SAVEPOINT rehearsal").await?;
    match client.simple_query(query).await {
        Ok(messages) => {
            run("RELEASE SAVEPOINT rehearsal").await?;
            let rows = messages.iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    let values = (0..row.len()).map(|index| row.get(index).map(str::to_owned));
                    Some(values.collect())
                }
                _ => None,
            });
            Ok(Answer::Rows(rows.collect()))
        }
        Err(error) => {
            let Some(code) = error.code().cloned() else {
                return Err(postgres(doing())(error));
            };
            run("ROLLBACK TO SAVEPOINT rehearsal").await?;
            Ok(match code {
                SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => Answer::TooSlow,
                code => Answer::Refused(format!("SQLSTATE {}", code.code())),
            })
        }
    }
}

fn ask_sqlite(
    connection: &rusqlite::Connection,
    query: &str,
    timeout: Duration,
) -> Result<Answer, SeedError> {
    let interrupt = connection.get_interrupt_handle();
    let (done, waiting) = mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if waiting.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout) {
            interrupt.interrupt();
        }
    });
    let answered = rows_of(connection, query);
    drop(done);
    let _cannot_panic = watch.join();
    match answered {
        Ok(rows) => Ok(Answer::Rows(rows)),
        Err(error) => match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Ok(Answer::TooSlow),
            Some(code) => Ok(Answer::Refused(format!("{code:?}"))),
            None => Err(sqlite("measuring")(error)),
        },
    }
}

fn rows_of(connection: &rusqlite::Connection, query: &str) -> rusqlite::Result<Rows> {
    let mut statement = connection.prepare(query)?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let mut found = Rows::new();
    while let Some(row) = rows.next()? {
        let value = |index| {
            Ok(match row.get_ref(index)? {
                ValueRef::Null | ValueRef::Blob(_) => None,
                ValueRef::Integer(number) => Some(number.to_string()),
                ValueRef::Real(number) => Some(number.to_string()),
                ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            })
        };
        found.push((0..width).map(value).collect::<rusqlite::Result<_>>()?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_about_as_large_whatever_the_table() {
        let sample = Postgres.sample("t", 10_000_000);
        assert!(sample.contains("SYSTEM (1.00)"), "{sample}");
        assert!(Postgres.sample("t", 10).contains("SYSTEM (100.00)"));
    }

    #[test]
    fn what_takes_too_long_is_given_up() {
        let connection = rusqlite::Connection::open_in_memory().expect("memory");
        let endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)
                       SELECT count(*) FROM t";
        let answer = ask_sqlite(&connection, endless, Duration::from_millis(20));
        assert!(matches!(answer, Ok(Answer::TooSlow)));
        // The connection goes on.
        let answer = ask_sqlite(&connection, "SELECT 7", Duration::from_secs(30));
        assert!(matches!(answer, Ok(Answer::Rows(rows)) if rows == [[Some("7".to_owned())]]));
    }
}
