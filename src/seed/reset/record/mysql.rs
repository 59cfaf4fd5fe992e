//! The record in MySQL and MariaDB: a table. Making and dropping it commit, so both stand outside
//! of the transaction that writes; an empty one says nothing.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::Record;
use crate::seed::error::{SeedError, mysql, mysql_reason};

const MAKE: &str = "
    CREATE TABLE IF NOT EXISTS rehearsal_seeded (plan VARCHAR(64) PRIMARY KEY, record LONGTEXT NOT NULL)
    ENGINE = InnoDB CHARACTER SET utf8mb4 COMMENT 'what rehearsal seeded; `rehearsal seed undo` removes it'";

/// All records of a database.
pub(in crate::seed) async fn read(connection: &mut Conn) -> Result<Vec<Record>, SeedError> {
    let doing = "reading the record of what was seeded";
    if !is_there(connection).await? {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = connection
        .query("SELECT record FROM rehearsal_seeded ORDER BY plan")
        .await
        .map_err(mysql(doing))?;
    texts.iter().map(|text| Record::parse(text)).collect()
}

/// Makes the table of the record, before the transaction. Who may make no table seeds all the
/// same, and is told what cannot be had.
pub(in crate::seed) async fn make(connection: &mut Conn) -> Result<Option<String>, SeedError> {
    if is_there(connection).await? {
        return Ok(None);
    }
    match connection.query_drop(MAKE).await {
        Ok(()) => Ok(None),
        Err(error @ mysql_async::Error::Server(_)) => Ok(Some(format!(
            "what was seeded could not be noted in the table `rehearsal_seeded` ({}): no top-up, \
             undo or audit",
            mysql_reason(&error)
        ))),
        Err(error) => Err(mysql("noting what is seeded")(error)),
    }
}

async fn is_there(connection: &mut Conn) -> Result<bool, SeedError> {
    let there = connection.query_first::<u8, _>(
        "SELECT 1 FROM information_schema.TABLES
          WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'rehearsal_seeded'",
    );
    let there = there.await;
    Ok(there
        .map_err(mysql("looking for the record of what was seeded"))?
        .is_some())
}

/// Notes what a transaction writes, into the table that [`make`] made.
pub(in crate::seed) async fn write(
    connection: &mut Conn,
    record: &Record,
) -> Result<(), SeedError> {
    let doing = "noting what is seeded";
    for other in read(connection).await? {
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

/// Removes a record.
pub(in crate::seed) async fn forget(connection: &mut Conn, shape: &str) -> Result<(), SeedError> {
    let doing = "removing the record of what was seeded";
    let statement = "DELETE FROM rehearsal_seeded WHERE plan = ?";
    let removed = connection.exec_drop(statement, (shape,)).await;
    removed.map_err(mysql(doing))
}

/// Removes the table of the record if nothing stands in it, after the transaction.
pub(in crate::seed) async fn tidy(connection: &mut Conn) -> Result<(), SeedError> {
    if !read(connection).await?.is_empty() {
        return Ok(());
    }
    let dropped = connection.query_drop("DROP TABLE IF EXISTS rehearsal_seeded");
    let doing = "removing the record of what was seeded";
    dropped.await.map_err(mysql(doing))
}
