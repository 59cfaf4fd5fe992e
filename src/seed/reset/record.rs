//! The record of what was seeded: which functions gave how many rows of each table. It lies in
//! the database, is written in the transaction that writes the rows, and is in every snapshot of
//! them, so it cannot say anything else than what is there. In a schema of its own on PostgreSQL
//! (tools that compare the application's schema with its migrations do not look there; and it is
//! not called as the program, for a role of that name would then find it first), in a table on
//! SQLite and MySQL. Topping up, undoing and auditing go by it.

use indexmap::IndexMap;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_postgres::{Client, Transaction};

use crate::seed::data::DATA_VERSION;
use crate::seed::error::{SeedError, mysql, postgres, postgres_reason, sqlite};
use crate::seed::plan::Plan;
use crate::seed::program::Program;
use crate::seed::schema::Schema;

/// The record's table as the schema reader calls it, on PostgreSQL and on the others.
const TABLES: [&str; 2] = ["rehearsal_record.seeded", "rehearsal_seeded"];
const VERSION: u32 = 1;
const MAKE_POSTGRES: &str = "
    CREATE SCHEMA IF NOT EXISTS rehearsal_record;
    CREATE TABLE rehearsal_record.seeded (plan text PRIMARY KEY, record text NOT NULL);
    COMMENT ON SCHEMA rehearsal_record IS 'what rehearsal seeded; `rehearsal seed undo` removes it'";
const MAKE_MYSQL: &str = "
    CREATE TABLE IF NOT EXISTS rehearsal_seeded (plan VARCHAR(64) PRIMARY KEY, record LONGTEXT NOT NULL)
    ENGINE = InnoDB CHARACTER SET utf8mb4 COMMENT 'what rehearsal seeded; `rehearsal seed undo` removes it'";
const MAKE_SQLITE: &str = "
    CREATE TABLE IF NOT EXISTS rehearsal_seeded (plan TEXT PRIMARY KEY, record TEXT NOT NULL)";

/// What was seeded by one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::seed) struct Record {
    version: u32,
    /// Equal for plans whose rows are the same functions.
    pub(in crate::seed) shape: String,
    pub(in crate::seed) fingerprint: String,
    /// The first filling, and every time that tables grew.
    pub(in crate::seed) stages: Vec<Growth>,
    /// Rows of the tables outside of the plan, when it was filled.
    pub(in crate::seed) others: IndexMap<String, u64>,
}

/// Rows after a filling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::seed) struct Growth {
    /// Per table of the plan.
    pub(in crate::seed) rows: IndexMap<String, u64>,
    /// Starts of sequences (`table.column`) that had to make way for rows of the application.
    pub(in crate::seed) starts: IndexMap<String, i64>,
}

impl Growth {
    /// The rows that a program gives.
    pub(in crate::seed) fn of(program: &Program) -> Self {
        let tables = program.tables.iter();
        Self {
            rows: tables
                .map(|table| (table.name.clone(), table.rows))
                .collect(),
            starts: IndexMap::new(),
        }
    }
}

impl Record {
    pub(in crate::seed) fn new(
        shape: String,
        fingerprint: String,
        stages: Vec<Growth>,
        others: IndexMap<String, u64>,
    ) -> Self {
        Self {
            version: VERSION,
            shape,
            fingerprint,
            stages,
            others,
        }
    }

    /// The rows that are there, as far as they are seeded.
    pub(in crate::seed) fn rows(&self) -> IndexMap<String, u64> {
        self.stages
            .last()
            .map(|stage| stage.rows.clone())
            .unwrap_or_default()
    }

    /// Whether it speaks of one of the other's tables.
    fn overlaps(&self, other: &Self) -> bool {
        let theirs = other.rows();
        self.rows().keys().any(|table| theirs.contains_key(table))
    }

    fn text(&self) -> Result<String, SeedError> {
        serde_json::to_string(self).map_err(|error| SeedError::Database {
            doing: "writing the record of what was seeded".to_owned(),
            reason: error.to_string(),
        })
    }

    fn parse(text: &str) -> Result<Self, SeedError> {
        let refuse = |reason: String| SeedError::Database {
            doing: "reading the record of what was seeded".to_owned(),
            reason,
        };
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        let version = value["version"].as_u64().unwrap_or_default();
        if version > u64::from(VERSION) {
            return Err(refuse(format!(
                "it is of version {version}, and this program knows up to {VERSION}: use the \
                 program that seeded"
            )));
        }
        serde_json::from_value(value).map_err(|error| refuse(error.to_string()))
    }
}

/// What the functions of a plan are made of, without the numbers of rows: seed number, data
/// version, generators, and the rows outside of the plan that it refers to.
pub(in crate::seed) fn shape(plan: &Plan, program: &Program) -> String {
    let mut table: toml::Table = plan.canonical.parse().unwrap_or_default();
    for key in ["feeds", "empty", "seed"] {
        table.remove(key);
    }
    if let Some(toml::Value::Table(tables)) = table.get_mut("tables") {
        for (_, each) in tables.iter_mut() {
            if let toml::Value::Table(each) = each {
                each.remove("rows");
                each.remove("fixed");
            }
        }
    }
    let mut hash = Sha256::new();
    hash.update(format!(
        "rehearsal data {DATA_VERSION}\nseed {}\n",
        program.seed
    ));
    for source in &program.sources {
        hash.update(format!("{} {:?}\n", source.table, source.keys));
    }
    hash.update(table.to_string());
    crate::seed::password::hex(&hash.finalize()[..16])
}

/// Takes the record out of what was read: it is no table of the application.
pub(in crate::seed) fn hide(schema: &mut Schema) {
    schema
        .tables
        .retain(|name, _| !TABLES.contains(&name.as_str()));
}

/// All records of a database; none when they may not be read.
pub(in crate::seed) async fn read_postgres(client: &Client) -> Result<Vec<Record>, SeedError> {
    let doing = "reading the record of what was seeded";
    let there = client
        .query_opt(
            "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'rehearsal_record' AND c.relname = 'seeded'
                AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')",
            &[],
        )
        .await
        .map_err(postgres(doing))?;
    if there.is_none() {
        return Ok(Vec::new());
    }
    let rows = client
        .query(
            "SELECT record FROM rehearsal_record.seeded ORDER BY plan",
            &[],
        )
        .await
        .map_err(postgres(doing))?;
    rows.iter().map(|row| Record::parse(row.get(0))).collect()
}

/// Notes what a transaction writes. A role that may make no schema seeds all the same, and is
/// told what it cannot have.
pub(in crate::seed) async fn write_postgres(
    transaction: &Transaction<'_>,
    record: &Record,
) -> Result<Option<String>, SeedError> {
    let doing = "noting what is seeded";
    let run = async |statement: &str| {
        let done = transaction.batch_execute(statement).await;
        done.map_err(postgres(doing))
    };
    run("SAVEPOINT rehearsal_record").await?;
    match try_write(transaction, record).await? {
        None => {
            run("RELEASE SAVEPOINT rehearsal_record").await?;
            Ok(None)
        }
        Some(refusal) => {
            run("ROLLBACK TO SAVEPOINT rehearsal_record").await?;
            Ok(Some(format!(
                "what was seeded could not be noted in the schema `rehearsal_record` ({refusal}): no \
                 top-up, undo or audit"
            )))
        }
    }
}

/// Writes; gives what the server said when it refused.
async fn try_write(
    transaction: &Transaction<'_>,
    record: &Record,
) -> Result<Option<String>, SeedError> {
    let there = transaction
        .query_opt(
            "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'rehearsal_record' AND c.relname = 'seeded'",
            &[],
        )
        .await
        .map_err(postgres("noting what is seeded"))?;
    let text = record.text()?;
    let write = async {
        if there.is_none() {
            transaction.batch_execute(MAKE_POSTGRES).await?;
        }
        let others = transaction
            .query(
                "SELECT plan, record FROM rehearsal_record.seeded FOR UPDATE",
                &[],
            )
            .await?;
        for other in others {
            let replaced = Record::parse(other.get(1)).is_ok_and(|other| other.overlaps(record));
            if replaced {
                let plan: String = other.get(0);
                transaction
                    .execute(
                        "DELETE FROM rehearsal_record.seeded WHERE plan = $1",
                        &[&plan],
                    )
                    .await?;
            }
        }
        transaction
            .execute(
                "INSERT INTO rehearsal_record.seeded VALUES ($1, $2)",
                &[&record.shape, &text],
            )
            .await
    };
    match write.await {
        Ok(_) => Ok(None),
        Err(error) if error.as_db_error().is_some() => Ok(Some(postgres_reason(&error))),
        Err(error) => Err(postgres("noting what is seeded")(error)),
    }
}

/// Removes a record, and its table with the last one.
pub(in crate::seed) async fn forget_postgres(
    transaction: &Transaction<'_>,
    shape: &str,
) -> Result<(), SeedError> {
    let doing = "removing the record of what was seeded";
    transaction
        .execute(
            "DELETE FROM rehearsal_record.seeded WHERE plan = $1",
            &[&shape],
        )
        .await
        .map_err(postgres(doing))?;
    let left = transaction
        .query_one(
            "SELECT EXISTS (SELECT FROM rehearsal_record.seeded),
                    EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                             WHERE n.nspname = 'rehearsal_record' AND c.relname NOT LIKE 'seeded%')",
            &[],
        )
        .await
        .map_err(postgres(doing))?;
    if !left.get::<_, bool>(0) && !left.get::<_, bool>(1) {
        transaction
            .batch_execute("DROP TABLE rehearsal_record.seeded; DROP SCHEMA rehearsal_record")
            .await
            .map_err(postgres(doing))?;
    }
    Ok(())
}

/// All records of a database.
pub(in crate::seed) fn read_sqlite(connection: &Connection) -> Result<Vec<Record>, SeedError> {
    let doing = "reading the record of what was seeded";
    let read = || -> rusqlite::Result<Vec<String>> {
        let there = connection
            .prepare("SELECT 1 FROM sqlite_master WHERE name = 'rehearsal_seeded'")?
            .exists([])?;
        if !there {
            return Ok(Vec::new());
        }
        let mut statement =
            connection.prepare("SELECT record FROM rehearsal_seeded ORDER BY plan")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    };
    let texts = read().map_err(sqlite(doing))?;
    texts.iter().map(|text| Record::parse(text)).collect()
}

/// Notes what a transaction writes.
pub(in crate::seed) fn write_sqlite(
    connection: &Connection,
    record: &Record,
) -> Result<(), SeedError> {
    let doing = "noting what is seeded";
    connection
        .execute_batch(MAKE_SQLITE)
        .map_err(sqlite(doing))?;
    for other in read_sqlite(connection)? {
        if other.overlaps(record) {
            connection
                .execute(
                    "DELETE FROM rehearsal_seeded WHERE plan = ?1",
                    [&other.shape],
                )
                .map_err(sqlite(doing))?;
        }
    }
    connection
        .execute(
            "INSERT INTO rehearsal_seeded VALUES (?1, ?2)",
            [&record.shape, &record.text()?],
        )
        .map_err(sqlite(doing))?;
    Ok(())
}

/// Removes a record, and its table with the last one.
pub(in crate::seed) fn forget_sqlite(
    connection: &Connection,
    shape: &str,
) -> Result<(), SeedError> {
    let doing = "removing the record of what was seeded";
    connection
        .execute("DELETE FROM rehearsal_seeded WHERE plan = ?1", [shape])
        .map_err(sqlite(doing))?;
    if read_sqlite(connection)?.is_empty() {
        connection
            .execute_batch("DROP TABLE rehearsal_seeded")
            .map_err(sqlite(doing))?;
    }
    Ok(())
}

/// All records of a database.
pub(in crate::seed) async fn read_mysql(connection: &mut Conn) -> Result<Vec<Record>, SeedError> {
    let doing = "reading the record of what was seeded";
    let there: Option<u8> = connection
        .query_first(
            "SELECT 1 FROM information_schema.TABLES
              WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'rehearsal_seeded'",
        )
        .await
        .map_err(mysql(doing))?;
    if there.is_none() {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = connection
        .query("SELECT record FROM rehearsal_seeded ORDER BY plan")
        .await
        .map_err(mysql(doing))?;
    texts.iter().map(|text| Record::parse(text)).collect()
}

/// Makes the table of the record. It commits, as every `CREATE` of MySQL's does, so it comes before
/// the transaction; an empty one says nothing.
pub(in crate::seed) async fn make_mysql(connection: &mut Conn) -> Result<(), SeedError> {
    let made = connection.query_drop(MAKE_MYSQL).await;
    made.map_err(mysql("noting what is seeded"))
}

/// Notes what a transaction writes, into the table that [`make_mysql`] made.
pub(in crate::seed) async fn write_mysql(
    connection: &mut Conn,
    record: &Record,
) -> Result<(), SeedError> {
    let doing = "noting what is seeded";
    for other in read_mysql(connection).await? {
        if other.overlaps(record) {
            connection
                .exec_drop(
                    "DELETE FROM rehearsal_seeded WHERE plan = ?",
                    (other.shape,),
                )
                .await
                .map_err(mysql(doing))?;
        }
    }
    connection
        .exec_drop(
            "INSERT INTO rehearsal_seeded VALUES (?, ?)",
            (&record.shape, record.text()?),
        )
        .await
        .map_err(mysql(doing))
}
