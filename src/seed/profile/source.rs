//! The connection that a profile reads through: one read-only transaction, a timeout for each
//! statement, answers as text.

use std::sync::mpsc;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Row, Value};
use rusqlite::types::ValueRef;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::dialect::{Dialect, Mysql, Postgres, Sqlite};
use super::{OnQuery, ProfileOptions};
use crate::seed::database::{Database, Server, connect, connect_mysql, open_sqlite};
use crate::seed::error::{SeedError, mysql, postgres, sqlite};
use crate::seed::reset::record;
use crate::seed::schema::{self, Schema};

/// Rows of an answer, each value as text.
pub(super) type Rows = Vec<Vec<Option<String>>>;

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
    Mysql(Box<Conn>),
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
            Server::Mysql(account) => {
                let mut connection = connect_mysql(database, account).await?;
                let version: Option<String> = connection
                    .query_first("SELECT version()")
                    .await
                    .map_err(mysql("beginning to read"))?;
                for statement in begin_mysql(version.as_deref(), options.timeout) {
                    on_query(&statement);
                    let begun = connection.query_drop(statement).await;
                    begun.map_err(mysql("beginning to read"))?;
                }
                (Session::Mysql(Box::new(connection)), &Mysql)
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

    /// The schema, from the catalogue, without what an earlier fill noted there.
    pub(super) async fn schema(&mut self) -> Result<Schema, SeedError> {
        let mut schema = match &mut self.session {
            Session::Postgres(client) => schema::postgres::read(client).await?,
            Session::Sqlite(connection) => schema::sqlite::read(connection)?,
            Session::Mysql(connection) => schema::mysql::read(connection).await?,
        };
        record::hide(&mut schema);
        Ok(schema)
    }

    /// Ends the transaction; gives what could not be measured.
    pub(super) async fn close(self) -> Result<Vec<String>, SeedError> {
        match self.session {
            Session::Postgres(client) => {
                let ended = client.batch_execute("ROLLBACK").await;
                ended.map_err(postgres("ending the transaction"))?;
            }
            Session::Sqlite(connection) => {
                let ended = connection.execute_batch("ROLLBACK");
                ended.map_err(sqlite("ending the transaction"))?;
            }
            Session::Mysql(mut connection) => {
                let ended = connection.query_drop("ROLLBACK").await;
                ended.map_err(mysql("ending the transaction"))?;
                let _already_gone = connection.disconnect().await;
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
        let answered = match &mut self.session {
            Session::Postgres(client) => ask_postgres(client, what, query).await?,
            Session::Sqlite(connection) => ask_sqlite(connection, query, self.timeout)?,
            Session::Mysql(connection) => ask_mysql(connection, what, query).await?,
        };
        Ok(match answered {
            Answer::Rows(rows) => Some(rows),
            Answer::TooSlow => {
                let seconds = self.timeout.as_secs_f64();
                self.note(format!(
                    "{what} took longer than {seconds} s, or waited for a lock"
                ));
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

/// Statements that begin a transaction of MySQL or MariaDB, which sees one state and cannot write.
/// Only the session's settings are changed.
fn begin_mysql(version: Option<&str>, timeout: Duration) -> [String; 3] {
    let milliseconds = timeout.as_millis().max(1);
    let timeout = if version.is_some_and(|version| version.contains("MariaDB")) {
        let seconds = milliseconds as f64 / 1_000.0;
        format!("max_statement_time = {seconds}")
    } else {
        format!("max_execution_time = {milliseconds}")
    };
    [
        // Backslashes escape, and the lock of a table that is changed is not waited for.
        format!(
            "SET SESSION {timeout}, lock_wait_timeout = 2, time_zone = '+00:00', sql_mode = ''"
        ),
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ".to_owned(),
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY".to_owned(),
    ]
}

async fn ask_mysql(connection: &mut Conn, what: &str, query: &str) -> Result<Answer, SeedError> {
    let answered: Result<Vec<Row>, _> = connection.query(query).await;
    let rows = match answered {
        Ok(rows) => rows,
        // MariaDB's and MySQL's timeouts, that of locks, and what an administrator interrupted.
        Err(mysql_async::Error::Server(said)) if [1969, 3024, 1205, 1317].contains(&said.code) => {
            return Ok(Answer::TooSlow);
        }
        Err(mysql_async::Error::Server(said)) => {
            return Ok(Answer::Refused(format!("error {}", said.code)));
        }
        Err(error) => return Err(mysql(format!("measuring: {what}"))(error)),
    };
    let text = |value| match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true)),
    };
    let rows = rows.into_iter().map(Row::unwrap);
    Ok(Answer::Rows(
        rows.map(|row| row.into_iter().map(text).collect())
            .collect(),
    ))
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
    fn each_server_has_its_own_word_for_the_timeout() {
        let begin = |version| begin_mysql(Some(version), Duration::from_millis(2_500)).join(";");
        let mariadb = begin("10.11.6-MariaDB-log");
        assert!(mariadb.contains("max_statement_time = 2.5,"), "{mariadb}");
        let mysql = begin("8.0.36");
        assert!(mysql.contains("max_execution_time = 2500,"), "{mysql}");
        assert!(
            mysql.ends_with("WITH CONSISTENT SNAPSHOT, READ ONLY"),
            "{mysql}"
        );
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
