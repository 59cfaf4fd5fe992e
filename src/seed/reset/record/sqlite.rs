//! The record in SQLite: a table.

use rusqlite::Connection;

use super::Record;
use crate::seed::error::{SeedError, sqlite};

const MAKE: &str = "
    CREATE TABLE IF NOT EXISTS rehearsal_seeded (plan TEXT PRIMARY KEY, record TEXT NOT NULL)";

/// All records of a database.
pub(in crate::seed) fn read(connection: &Connection) -> Result<Vec<Record>, SeedError> {
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
pub(in crate::seed) fn write(connection: &Connection, record: &Record) -> Result<(), SeedError> {
    let doing = "noting what is seeded";
    connection.execute_batch(MAKE).map_err(sqlite(doing))?;
    for other in read(connection)? {
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
pub(in crate::seed) fn forget(connection: &Connection, shape: &str) -> Result<(), SeedError> {
    let doing = "removing the record of what was seeded";
    connection
        .execute("DELETE FROM rehearsal_seeded WHERE plan = ?1", [shape])
        .map_err(sqlite(doing))?;
    if read(connection)?.is_empty() {
        connection
            .execute_batch("DROP TABLE rehearsal_seeded")
            .map_err(sqlite(doing))?;
    }
    Ok(())
}
