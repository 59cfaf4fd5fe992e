//! The rows as they were seeded, computed again and put beside the application's tables for the
//! length of a transaction: by them seeded rows are told from those of people, exactly.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rusqlite::Transaction as SqliteTransaction;
use tokio_postgres::Transaction;

use crate::clock::Clock;
use crate::seed::error::{self, SeedError, postgres, sqlite};
use crate::seed::fit::Layout;
use crate::seed::load::{self, Job, Meter, OnProgress, Stage};
use crate::seed::program::Operation;
use crate::seed::schema::Schema;

/// How rows of a table are known again.
#[derive(Debug, Clone)]
pub(in crate::seed) struct Known {
    pub(in crate::seed) layout: Layout,
    /// Name of the table of the rows as they were seeded.
    pub(in crate::seed) was: String,
    /// Columns by which a row is found.
    pub(in crate::seed) key: Vec<String>,
    /// Columns that are compared beside. Passwords are not: hashing them again would take long.
    pub(in crate::seed) others: Vec<String>,
    /// How the server writes names.
    pub(in crate::seed) quote: Quote,
}

/// Puts a name into statements.
pub(in crate::seed) type Quote = fn(&str) -> String;

impl Known {
    /// None when nothing in the plan tells the table's rows apart.
    pub(in crate::seed) fn of(
        job: &Job,
        schema: &Schema,
        layout: &Layout,
        quote: Quote,
    ) -> Option<Self> {
        let table = schema.tables.get(&layout.name)?;
        let planned = |name: &String| layout.fields.iter().any(|field| field.name == *name);
        let sure = |set: &&Vec<String>| {
            let never_null = |name: &String| {
                let column = table.columns.get(name);
                column.is_some_and(|column| !column.nullable) || table.primary_key.contains(name)
            };
            !set.is_empty() && set.iter().all(|name| planned(name) && never_null(name))
        };
        let key = Some(&table.primary_key)
            .filter(|key| sure(key))
            .or_else(|| table.uniques.iter().find(sure))?
            .clone();
        let columns = &job.program.tables[layout.table].columns;
        let fields: Vec<_> = layout
            .fields
            .iter()
            .filter(|field| {
                let password =
                    matches!(columns[field.column].operation, Operation::Password { .. });
                !password || key.contains(&field.name)
            })
            .cloned()
            .collect();
        let others = fields.iter().map(|field| field.name.clone());
        let others = others.filter(|name| !key.contains(name)).collect();
        let was = format!("rehearsal_was_{}", layout.table);
        Some(Self {
            layout: Layout {
                sql_name: was.clone(),
                fields,
                late: Vec::new(),
                skip: 0,
                ..layout.clone()
            },
            was,
            key,
            others,
            quote,
        })
    }

    fn columns(&self) -> String {
        let names = self.layout.fields.iter();
        let names = names.map(|field| (self.quote)(&field.name));
        names.collect::<Vec<_>>().join(", ")
    }

    /// Columns by which a row is found, each with something before it.
    pub(in crate::seed) fn keys(&self, prefix: &str) -> String {
        let names = self.key.iter();
        let names = names.map(|name| format!("{prefix}{}", (self.quote)(name)));
        names.collect::<Vec<_>>().join(", ")
    }

    /// `a."id" = e."id" AND …`
    pub(in crate::seed) fn same(&self, one: &str, other: &str) -> String {
        let each = self.key.iter().map(|name| {
            let name = (self.quote)(name);
            format!("{one}.{name} = {other}.{name}")
        });
        each.collect::<Vec<_>>().join(" AND ")
    }

    /// Makes and fills the table of rows as they were seeded, of `table`.
    pub(in crate::seed) async fn load_postgres(
        &self,
        transaction: &Transaction<'_>,
        table: &str,
        job: &Job,
        clock: Clock,
        progress: OnProgress<'_>,
    ) -> Result<(), SeedError> {
        let doing = || format!("computing the seeded rows of `{}`", self.layout.name);
        let was = &self.was;
        transaction
            .batch_execute(&format!(
                "CREATE TEMPORARY TABLE {was} ON COMMIT DROP AS SELECT {} FROM {table} WITH NO DATA",
                self.columns()
            ))
            .await
            .map_err(postgres(doing()))?;
        let mut meter = Meter::of_rows(clock, Stage::Compare, &self.layout);
        load::postgres::copy(transaction, job, &self.layout, &mut meter, progress).await?;
        transaction
            .batch_execute(&format!("ANALYZE {was}"))
            .await
            .map_err(postgres(doing()))
    }

    /// The same on SQLite.
    pub(in crate::seed) fn load_sqlite(
        &self,
        transaction: &SqliteTransaction<'_>,
        table: &str,
        job: &Job,
        clock: Clock,
        progress: OnProgress<'_>,
    ) -> Result<(), SeedError> {
        let doing = || format!("computing the seeded rows of `{}`", self.layout.name);
        let was = &self.was;
        transaction
            .execute_batch(&format!(
                "CREATE TEMPORARY TABLE {was} AS SELECT {} FROM {table} WHERE 0",
                self.columns()
            ))
            .map_err(sqlite(doing()))?;
        let mut meter = Meter::of_rows(clock, Stage::Compare, &self.layout);
        load::sqlite::insert(transaction, job, &self.layout, &mut meter, progress)
            .map_err(sqlite(doing()))?;
        transaction
            .execute_batch(&format!(
                "CREATE INDEX temp.{was}_key ON {was} ({})",
                self.keys("")
            ))
            .map_err(sqlite(doing()))
    }

    /// The same on MySQL and MariaDB, whose temporary tables are the session's, and are made
    /// without a commit.
    pub(in crate::seed) async fn load_mysql(
        &self,
        connection: &mut Conn,
        table: &str,
        job: &Job,
        clock: Clock,
        progress: OnProgress<'_>,
    ) -> Result<(), SeedError> {
        let rows = format!("SELECT {} FROM {table} WHERE FALSE", self.columns());
        make_mysql(connection, &self.was, &self.keys(""), &rows)
            .await
            .map_err(|error| temporary(&self.layout.name, error))?;
        let mut meter = Meter::of_rows(clock, Stage::Compare, &self.layout);
        load::mysql::write(connection, job, &self.layout, &mut meter, progress).await
    }
}

/// Makes a temporary table of a query's rows, with an index of its key where that can be: an
/// application's may be of the beginning of long texts only.
pub(in crate::seed) async fn make_mysql(
    connection: &mut Conn,
    name: &str,
    key: &str,
    rows: &str,
) -> Result<(), mysql_async::Error> {
    let drop = format!("DROP TEMPORARY TABLE IF EXISTS {name}");
    connection.query_drop(drop).await?;
    let make =
        |index: &str| format!("CREATE TEMPORARY TABLE {name} {index} ENGINE = InnoDB {rows}");
    let indexed = format!("(KEY rehearsal_key ({key}))");
    match connection.query_drop(make(&indexed)).await {
        Err(mysql_async::Error::Server(said)) if UNINDEXABLE.contains(&said.code) => {
            connection.query_drop(make("")).await
        }
        other => other,
    }
}

/// Keys without a length, and keys that are too long.
const UNINDEXABLE: [u16; 2] = [1170, 1071];

/// What cannot be looked at, and what to do when it is a right that is missing.
pub(in crate::seed) fn temporary(table: &str, error: mysql_async::Error) -> SeedError {
    let lacks = matches!(&error, mysql_async::Error::Server(said) if said.code == 1044);
    match error::mysql(format!("computing the seeded rows of `{table}`"))(error) {
        SeedError::Database { doing, reason } if lacks => SeedError::Database {
            doing,
            reason: format!("{reason} (the right CREATE TEMPORARY TABLES is needed)"),
        },
        other => other,
    }
}
