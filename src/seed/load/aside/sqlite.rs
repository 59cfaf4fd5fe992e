//! Indexes of SQLite. Those that a table's own statement makes (its primary key, its unique
//! constraints) cannot go; those of statements of their own are made again by the very statement
//! that the database keeps.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Item, WORTH_ROWS};
use crate::clock::Clock;
use crate::seed::error::{SeedError, sqlite};
use crate::seed::load::{Job, Meter, OnProgress, Stage, Written};
use crate::seed::schema::quoted;

/// What is set aside in a transaction.
#[derive(Debug, Default)]
pub(in crate::seed::load) struct Aside {
    indexes: Vec<Item>,
    /// Why nothing was set aside although it would have paid.
    pub(in crate::seed::load) note: Option<String>,
}

impl Aside {
    /// Drops the indexes of the large tables of a job, which are empty.
    pub(in crate::seed::load) fn take(
        connection: &Connection,
        job: &Job,
    ) -> Result<Self, SeedError> {
        let doing = "setting indexes aside";
        let mut aside = Self::default();
        if job.keep_indexes {
            return Ok(aside);
        }
        for layout in &job.fit.layouts {
            if layout.rows >= WORTH_ROWS && !layout.fields.is_empty() {
                let found = indexes(connection, &layout.name).map_err(sqlite(doing))?;
                aside.indexes.extend(found);
            }
        }
        if aside.indexes.is_empty() {
            return Ok(aside);
        }
        // A trigger may look rows up, once per row that is written.
        for layout in &job.fit.layouts {
            let trigger = trigger(connection, &layout.name).map_err(sqlite(doing))?;
            if let Some(trigger) = trigger {
                let note = format!(
                    "indexes stayed in place while filling, which is slower: the trigger \
                     `{trigger}` of `{}` runs for every row and may need them",
                    layout.name
                );
                return Ok(Self {
                    note: Some(note),
                    ..Self::default()
                });
            }
        }
        for item in &aside.indexes {
            connection
                .execute_batch(&item.take)
                .map_err(sqlite(doing))?;
        }
        Ok(aside)
    }

    /// Builds the indexes again, in the order in which they were made.
    pub(in crate::seed::load) fn build(
        &self,
        connection: &Connection,
        clock: Clock,
        written: &mut Written,
        progress: OnProgress<'_>,
    ) -> Result<(), SeedError> {
        let tables = self.indexes.chunk_by(|one, next| one.table == next.table);
        for (index, of_table) in tables.clone().enumerate() {
            let table = &of_table[0].table;
            let meter = Meter::begin(clock, Stage::Index, table, of_table.len() as u64);
            let mut meter = meter.place(index + 1, tables.clone().count());
            for (done, item) in of_table.iter().enumerate() {
                meter.announce(done as u64, progress);
                for statement in &item.make {
                    connection.execute_batch(statement).map_err(sqlite(format!(
                        "putting the index `{}` of `{table}` back",
                        item.name
                    )))?;
                }
            }
            meter.tell(of_table.len() as u64, progress);
            *written.took.entry(table.clone()).or_default() += meter.seconds();
        }
        Ok(())
    }
}

fn indexes(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Item>> {
    let mut statement = connection.prepare(
        "SELECT name, sql FROM sqlite_master
          WHERE type = 'index' AND tbl_name = ?1 COLLATE NOCASE AND sql IS NOT NULL ORDER BY rowid",
    )?;
    let found = statement.query_map([table], |row| {
        let name: String = row.get(0)?;
        Ok(Item {
            table: table.to_owned(),
            take: format!("DROP INDEX {}", quoted(&name)),
            make: vec![row.get(1)?],
            name,
        })
    })?;
    found.collect()
}

fn trigger(connection: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    connection
        .query_row(
            "SELECT name FROM sqlite_master
              WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE LIMIT 1",
            [table],
            |row| row.get(0),
        )
        .optional()
}
