//! The tables of a snapshot and of its database: reading what they are, and the statements that
//! make the rows of one those of the other.

use std::fmt::Write as _;

use indexmap::IndexMap;
use mysql_async::prelude::Queryable;

use super::{MARK, Snapshots};
use crate::seed::error::SeedError;
use crate::seed::schema::mysql::backticked;

/// Table, name, type, collation, what is special.
type Column = (String, String, String, String, String);

/// A table, as far as copying its rows goes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Columns that can be written, and whether two of their values must be compared byte by
    /// byte, as their collation takes different ones for equal.
    pub(super) columns: IndexMap<String, bool>,
    pub(super) primary_key: Vec<String>,
    /// All that must be the same in both databases for rows to fit.
    pub(super) shape: String,
    /// The next number of `AUTO_INCREMENT`.
    pub(super) next: Option<u64>,
}

impl Table {
    pub(super) fn column_list(&self, prefix: &str) -> String {
        let names: Vec<_> = self
            .columns
            .keys()
            .map(|name| format!("{prefix}{}", backticked(name)))
            .collect();
        names.join(", ")
    }

    fn same_key(&self) -> String {
        let pairs: Vec<_> = self
            .primary_key
            .iter()
            .map(|name| backticked(name))
            .map(|name| format!("kept.{name} = live.{name}"))
            .collect();
        pairs.join(" AND ")
    }

    /// Removes rows that the snapshot has not, or has otherwise.
    pub(super) fn removal(&self, live: &str, copy: &str) -> String {
        let Some(first) = self.primary_key.first() else {
            return format!("DELETE FROM {live}");
        };
        let same: Vec<_> = self
            .columns
            .iter()
            .map(|(name, by_byte)| (backticked(name), *by_byte))
            .map(|(name, by_byte)| {
                if by_byte {
                    format!("CAST(live.{name} AS BINARY) <=> CAST(kept.{name} AS BINARY)")
                } else {
                    format!("live.{name} <=> kept.{name}")
                }
            })
            .collect();
        format!(
            "DELETE live FROM {live} live LEFT JOIN {copy} kept ON {} WHERE kept.{} IS NULL OR NOT ({})",
            self.same_key(),
            backticked(first),
            same.join(" AND ")
        )
    }

    /// Adds rows that only the snapshot has.
    pub(super) fn addition(&self, live: &str, copy: &str) -> String {
        let (into, from) = (self.column_list(""), self.column_list("kept."));
        let Some(first) = self.primary_key.first() else {
            return format!("INSERT INTO {live} ({into}) SELECT {from} FROM {copy} kept");
        };
        format!(
            "INSERT INTO {live} ({into}) SELECT {from} FROM {copy} kept LEFT JOIN {live} live ON {} WHERE live.{} IS NULL",
            self.same_key(),
            backticked(first)
        )
    }
}

impl Snapshots<'_> {
    /// Triggers would run again while rows are put back, and engines without transactions could
    /// be left half restored.
    pub(super) async fn refuse_what_cannot_be_put_back(&mut self) -> Result<(), SeedError> {
        let doing = "looking at the tables";
        let database = self.database.clone();
        let statement = "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS
                          WHERE TRIGGER_SCHEMA = ? LIMIT 1";
        let triggers: Vec<String> = self.ask(statement, (&database,), doing).await?;
        if let Some(trigger) = triggers.first() {
            return Err(self.refused(format!(
                "its trigger `{trigger}` would run again while rows are put back"
            )));
        }
        let statement = "
            SELECT t.TABLE_NAME, coalesce(t.ENGINE, '')
              FROM information_schema.TABLES t
              LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
             WHERE t.TABLE_SCHEMA = ? AND (t.TABLE_TYPE = 'SYSTEM VERSIONED'
                OR t.TABLE_TYPE = 'BASE TABLE' AND coalesce(e.TRANSACTIONS, 'NO') <> 'YES') LIMIT 1";
        let stray: Vec<(String, String)> = self.ask(statement, (&database,), doing).await?;
        match stray.first() {
            Some((table, engine)) if engine.eq_ignore_ascii_case("innodb") => Err(self.refused(
                format!("its table `{table}` keeps a history, which would grow"),
            )),
            Some((table, engine)) => Err(self.refused(format!(
                "its table `{table}` is kept by {engine}, which has no transactions"
            ))),
            None => Ok(()),
        }
    }

    /// Tables of a database, the mark apart.
    pub(super) async fn tables(
        &mut self,
        database: &str,
    ) -> Result<IndexMap<String, Table>, SeedError> {
        let doing = "reading the tables";
        let mut tables: IndexMap<String, Table> = IndexMap::new();
        let statement = "
            SELECT c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, coalesce(c.COLLATION_NAME, ''), lower(c.EXTRA)
              FROM information_schema.COLUMNS c
              JOIN information_schema.TABLES t
                ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
             WHERE c.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE'
             ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";
        let columns: Vec<Column> = self.ask(statement, (database,), doing).await?;
        for (table, column, kind, collation, extra) in columns {
            if table == MARK {
                continue;
            }
            let table = tables.entry(table).or_default();
            writeln!(table.shape, "{column} {kind} {collation} {extra}")
                .expect("invariant: writing to a string");
            let computed = ["virtual", "stored", "persistent"];
            if !computed
                .iter()
                .any(|word| extra.contains(&format!("{word} generated")))
            {
                table.columns.insert(column, !collation.is_empty());
            }
        }
        let statement = "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS
              WHERE TABLE_SCHEMA = ? AND INDEX_NAME = 'PRIMARY' ORDER BY TABLE_NAME, SEQ_IN_INDEX";
        let keys: Vec<(String, String)> = self.ask(statement, (database,), doing).await?;
        for (table, column) in keys {
            if let Some(table) = tables.get_mut(&table) {
                table.primary_key.push(column);
            }
        }
        for (table, next) in self.counters(database).await? {
            if let Some(table) = tables.get_mut(&table) {
                table.next = Some(next);
            }
        }
        Ok(tables)
    }

    /// The next numbers of tables that count.
    pub(super) async fn counters(
        &mut self,
        database: &str,
    ) -> Result<Vec<(String, u64)>, SeedError> {
        let doing = "reading the tables";
        // MySQL remembers old numbers for a day unless told otherwise; MariaDB knows no such thing.
        let _mysql_only = self
            .connection
            .query_drop("SET SESSION information_schema_stats_expiry = 0")
            .await;
        let statement = "SELECT TABLE_NAME, AUTO_INCREMENT FROM information_schema.TABLES
              WHERE TABLE_SCHEMA = ? AND AUTO_INCREMENT IS NOT NULL";
        self.ask(statement, (database,), doing).await
    }
}
