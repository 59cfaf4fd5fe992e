//! What changed since the seeding: every seeded row is computed again and compared with what
//! stands in the table, so the numbers are those of the rows, not of statements. Changes nothing.

use indexmap::IndexMap;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};
use tokio_postgres::Client;

use super::known::Known;
use crate::clock::Clock;
use crate::seed::error::{SeedError, mysql, postgres, sqlite};
use crate::seed::fit::Layout;
use crate::seed::load::{self, Job, OnProgress};
use crate::seed::schema::mysql::backticked;
use crate::seed::schema::{Schema, quoted};

/// What changed in the database since it was seeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// Tables of the plan.
    pub tables: IndexMap<String, Change>,
    /// Tables outside of the plan: rows when it was seeded, and now. At most a million are
    /// counted.
    pub outside: IndexMap<String, (u64, u64)>,
}

/// What changed in a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Rows that were seeded.
    pub seeded: u64,
    /// Rows that are there.
    pub now: u64,
    /// Seeded rows that are gone, and those that hold something else; and rows that are not
    /// seeded. None where rows were only counted.
    pub rows: Option<Rows>,
}

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rows {
    /// Not seeded.
    pub inserted: u64,
    /// Seeded, and gone.
    pub deleted: u64,
    /// Seeded, and with another value in a column of the plan.
    pub updated: u64,
}

impl Change {
    fn new(seeded: u64, now: u64, found: Option<(u64, u64)>) -> Self {
        let rows = found.map(|(matched, updated)| Rows {
            inserted: now.saturating_sub(matched),
            deleted: seeded.saturating_sub(matched),
            updated,
        });
        Self { seeded, now, rows }
    }

    /// Whether anything changed.
    pub const fn is_none(&self) -> bool {
        match self.rows {
            Some(rows) => rows.inserted == 0 && rows.deleted == 0 && rows.updated == 0,
            None => self.seeded == self.now,
        }
    }
}

/// The statement that counts rows, seeded rows that are there, and those of them that differ.
fn statement(known: Option<&Known>, table: &str, differs: impl Fn(&str) -> String) -> String {
    let Some(known) = known else {
        return format!("SELECT count(*) FROM {table}");
    };
    let first = (known.quote)(&known.key[0]);
    // The key, too: where texts are compared without regard to case, it may have another one.
    let differences: Vec<_> = known
        .others
        .iter()
        .chain(&known.key)
        .map(|name| differs(&(known.quote)(name)))
        .collect();
    let any = differences.join(" OR ");
    format!(
        "SELECT (SELECT count(*) FROM {table}), count(a.{first}),
                count(CASE WHEN a.{first} IS NOT NULL AND ({any}) THEN 1 END)
           FROM {} e LEFT JOIN {table} a ON {}",
        known.was,
        known.same("a", "e")
    )
}

/// Compares in PostgreSQL; `exact` also row by row.
pub(in crate::seed) async fn postgres_changes(
    client: &mut Client,
    job: &Job,
    schema: &Schema,
    exact: bool,
    progress: OnProgress<'_>,
) -> Result<IndexMap<String, Change>, SeedError> {
    let transaction = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
        .start()
        .await
        .map_err(postgres("beginning"))?;
    let mut changes = IndexMap::new();
    for layout in &job.fit.layouts {
        let doing = || format!("comparing `{}`", layout.name);
        let known = Known::of(job, schema, layout, quoted).filter(|_| exact);
        if let Some(known) = &known {
            let clock = Clock::start();
            known
                .load_postgres(&transaction, &layout.sql_name, job, clock, progress)
                .await?;
        }
        // As text: there are types that cannot be compared.
        let differs = |name: &str| format!("a.{name}::text IS DISTINCT FROM e.{name}::text");
        let statement = statement(known.as_ref(), &layout.sql_name, differs);
        let row = transaction.query_one(&statement, &[]).await;
        let row = row.map_err(postgres(doing()))?;
        let number = |index: usize| row.get::<_, i64>(index) as u64;
        let found = known.map(|_| (number(1), number(2)));
        let change = Change::new(layout.rows, number(0), found);
        changes.insert(layout.name.clone(), change);
    }
    transaction.rollback().await.map_err(postgres("ending"))?;
    Ok(changes)
}

/// Compares in SQLite.
pub(in crate::seed) fn sqlite_changes(
    connection: &mut rusqlite::Connection,
    job: &Job,
    schema: &Schema,
    exact: bool,
    progress: OnProgress<'_>,
) -> Result<IndexMap<String, Change>, SeedError> {
    // Only the temporary tables are written: the application is not kept from writing.
    let transaction = connection.transaction().map_err(sqlite("beginning"))?;
    let mut changes = IndexMap::new();
    for layout in &job.fit.layouts {
        let known = Known::of(job, schema, layout, quoted).filter(|_| exact);
        if let Some(known) = &known {
            known.load_sqlite(
                &transaction,
                &layout.sql_name,
                job,
                Clock::start(),
                progress,
            )?;
        }
        let differs = |name: &str| format!("a.{name} IS NOT e.{name}");
        let statement = statement(known.as_ref(), &layout.sql_name, differs);
        let change = transaction
            .query_row(&statement, [], |row| {
                let number = |index: usize| row.get::<_, i64>(index).map(|count| count as u64);
                let found = match known {
                    Some(_) => Some((number(1)?, number(2)?)),
                    None => None,
                };
                Ok(Change::new(layout.rows, number(0)?, found))
            })
            .map_err(sqlite(format!("comparing `{}`", layout.name)))?;
        changes.insert(layout.name.clone(), change);
    }
    transaction.rollback().map_err(sqlite("ending"))?;
    Ok(changes)
}

/// Compares in MySQL or MariaDB.
pub(in crate::seed) async fn mysql_changes(
    connection: &mut Conn,
    job: &Job,
    schema: &Schema,
    exact: bool,
    progress: OnProgress<'_>,
) -> Result<IndexMap<String, Change>, SeedError> {
    load::mysql::prepare(connection).await?;
    // All tables as they are at one moment; only temporary ones are written.
    let begin = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
    let begun = connection.query_drop(begin).await;
    begun.map_err(mysql("beginning"))?;
    let changes = mysql_compared(connection, job, schema, exact, progress).await;
    let ended = connection.query_drop("ROLLBACK").await;
    let changes = changes?;
    ended.map_err(mysql("ending"))?;
    Ok(changes)
}

async fn mysql_compared(
    connection: &mut Conn,
    job: &Job,
    schema: &Schema,
    exact: bool,
    progress: OnProgress<'_>,
) -> Result<IndexMap<String, Change>, SeedError> {
    let mut changes = IndexMap::new();
    for layout in &job.fit.layouts {
        let known = Known::of(job, schema, layout, backticked).filter(|_| exact);
        let change = mysql_change(connection, job, layout, known.as_ref(), progress).await?;
        changes.insert(layout.name.clone(), change);
    }
    Ok(changes)
}

async fn mysql_change(
    connection: &mut Conn,
    job: &Job,
    layout: &Layout,
    known: Option<&Known>,
    progress: OnProgress<'_>,
) -> Result<Change, SeedError> {
    let doing = || format!("comparing `{}`", layout.name);
    if let Some(known) = known {
        let clock = Clock::start();
        known
            .load_mysql(connection, &layout.sql_name, job, clock, progress)
            .await?;
    }
    // Byte by byte: a collation may take different texts for equal.
    let differs =
        |name: &str| format!("NOT (CAST(a.{name} AS BINARY) <=> CAST(e.{name} AS BINARY))");
    let statement = statement(known, &layout.sql_name, differs);
    let row: Option<Row> = connection
        .query_first(statement)
        .await
        .map_err(mysql(doing()))?;
    let number = |index: usize| row.as_ref().and_then(|row| row.get(index)).unwrap_or(0);
    let found = known.map(|_| (number(1), number(2)));
    if let Some(known) = known {
        let drop = format!("DROP TEMPORARY TABLE {}", known.was);
        connection.query_drop(drop).await.map_err(mysql(doing()))?;
    }
    Ok(Change::new(layout.rows, number(0), found))
}
