//! Snapshots of MySQL and MariaDB: a second database of the same server with a copy of each
//! table's rows. They are put back in one transaction, and only rows that differ are touched, so
//! applications stay connected, and tables keep their keys, grants and views. Those servers can
//! neither rename databases nor make one from another.

mod tables;

use indexmap::IndexMap;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Params};

use super::TOO_SMALL;
use crate::seed::Database;
use crate::seed::database::{Account, connect_mysql};
use crate::seed::error::{SeedError, mysql, mysql_is_full, mysql_reason};
use crate::seed::load::mysql::SESSION;
use crate::seed::schema::mysql::backticked;

use tables::Table;

/// Names of databases have at most so many characters.
const NAME_LIMIT: usize = 64;
/// By this table a database is known as a snapshot that may be dropped, and whether it is whole.
const MARK: &str = "rehearsal_snapshot";
/// Label of a snapshot that is not finished.
const PART: &str = "part";
/// How often a restore begins again after a deadlock with an application.
const TRIES: u32 = 5;

/// The server's side of snapshots.
pub(in crate::seed) struct Snapshots<'a> {
    url: &'a Database,
    connection: Conn,
    database: String,
}

impl<'a> Snapshots<'a> {
    /// Connects to the database.
    pub(in crate::seed) async fn open(
        url: &'a Database,
        account: &Account,
    ) -> Result<Self, SeedError> {
        let mut this = Self {
            url,
            connection: connect_mysql(url, account).await?,
            database: account.database.clone(),
        };
        for statement in SESSION {
            this.run(statement, "preparing the session").await?;
        }
        Ok(this)
    }

    fn refused(&self, reason: impl Into<String>) -> SeedError {
        SeedError::SnapshotRefused {
            url: self.url.to_string(),
            reason: reason.into(),
        }
    }

    /// Wraps an error; missing rights and a full disk are a refusal.
    fn failed(&self, doing: &str, error: Error) -> SeedError {
        if let Error::Server(said) = &error
            && matches!(said.code, 1044 | 1142 | 1143 | 1227)
        {
            return self.refused(mysql_reason(&error));
        }
        if mysql_is_full(&error) {
            return self.refused(format!("{TOO_SMALL}: {}", mysql_reason(&error)));
        }
        mysql(doing)(error)
    }

    async fn run(&mut self, statement: &str, doing: &str) -> Result<(), SeedError> {
        let done = self.connection.query_drop(statement).await;
        done.map_err(|error| self.failed(doing, error))
    }

    async fn ask<T>(
        &mut self,
        statement: &str,
        parameters: impl Into<Params> + Send,
        doing: &str,
    ) -> Result<Vec<T>, SeedError>
    where
        T: mysql_async::prelude::FromRow + Send + 'static,
    {
        let found = self.connection.exec(statement, parameters.into()).await;
        found.map_err(|error| self.failed(doing, error))
    }

    fn name(&self, label: &str) -> Result<String, SeedError> {
        let name = format!("{}_rehearsal_{label}", self.database);
        if name.chars().count() > NAME_LIMIT {
            return Err(self.refused(format!("the name `{name}` would be too long")));
        }
        Ok(name)
    }

    /// Whether the snapshot of a label is there, and whole.
    pub(in crate::seed) async fn exists(&mut self, label: &str) -> Result<bool, SeedError> {
        let name = self.name(label)?;
        if !self.is_marked(&name).await? {
            return Ok(false);
        }
        let statement = format!("SELECT whole FROM {}.{MARK}", backticked(&name));
        let whole: Vec<u8> = self.ask(&statement, (), "looking for snapshots").await?;
        Ok(whole == [1])
    }

    async fn is_marked(&mut self, name: &str) -> Result<bool, SeedError> {
        let statement =
            "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
        let found: Vec<u8> = self
            .ask(statement, (name, MARK), "looking for snapshots")
            .await?;
        Ok(!found.is_empty())
    }

    /// Copies the rows of all tables into a database beside. An earlier snapshot of the label
    /// stays until this one is whole.
    pub(in crate::seed) async fn take(&mut self, label: &str) -> Result<(), SeedError> {
        if label == PART {
            return Err(self.refused(format!("`{label}` is the name of something else")));
        }
        let doing = "taking a snapshot";
        self.refuse_what_cannot_be_put_back().await?;
        let (name, part) = (self.name(label)?, self.name(PART)?);
        self.make_room(&part).await?;
        let live = self.database.clone();
        let tables = self.tables(&live).await?;
        if let Err(error) = self.copy(&part, &tables).await {
            // It is in the way of others, above all on a full disk.
            let _nothing_open = self.connection.query_drop("ROLLBACK").await;
            let _goes_with_the_next = self.make_room(&part).await;
            return Err(error);
        }
        self.make_room(&name).await?;
        let (part, whole) = (backticked(&part), backticked(&name));
        self.run(&format!("CREATE DATABASE {whole}"), doing).await?;
        let mark = backticked(MARK);
        let moved = tables.keys().map(|table| backticked(table));
        let moved: Vec<_> = moved
            .chain([mark])
            .map(|table| format!("{part}.{table} TO {whole}.{table}"))
            .collect();
        let statement = format!("RENAME TABLE {}", moved.join(", "));
        self.run(&statement, doing).await?;
        self.run(&format!("DROP DATABASE {part}"), doing).await
    }

    /// Makes a database with a copy of each table, marked as whole at the end.
    async fn copy(
        &mut self,
        name: &str,
        tables: &IndexMap<String, Table>,
    ) -> Result<(), SeedError> {
        let doing = "taking a snapshot";
        let (copy, live) = (backticked(name), backticked(&self.database));
        self.run(&format!("CREATE DATABASE {copy}"), doing).await?;
        self.run(
            &format!(
                "CREATE TABLE {copy}.{MARK} (whole TINYINT NOT NULL) ENGINE = InnoDB
                 COMMENT 'made by rehearsal: may be dropped'"
            ),
            doing,
        )
        .await?;
        for (table, found) in tables {
            self.make_copy(name, table, found).await?;
        }
        self.run("START TRANSACTION", doing).await?;
        for (table, found) in tables {
            let columns = found.column_list("");
            let statement = format!(
                "INSERT INTO {copy}.{0} ({columns}) SELECT {columns} FROM {live}.{0}",
                backticked(table)
            );
            self.run(&statement, &format!("{doing} of `{table}`"))
                .await?;
        }
        self.run(&format!("INSERT INTO {copy}.{MARK} VALUES (1)"), doing)
            .await?;
        self.run("COMMIT", doing).await
    }

    /// Drops an earlier snapshot of the name, or what an interrupted one left.
    async fn make_room(&mut self, name: &str) -> Result<(), SeedError> {
        let doing = "looking for snapshots";
        let statement = "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?";
        let there: Vec<u8> = self.ask(statement, (name,), doing).await?;
        if there.is_empty() {
            return Ok(());
        }
        let statement = "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?";
        let tables: Vec<u64> = self.ask(statement, (name,), doing).await?;
        if tables != [0] && !self.is_marked(name).await? {
            return Err(self.refused(format!("the database `{name}` is there and no snapshot")));
        }
        let statement = format!("DROP DATABASE {}", backticked(name));
        self.run(&statement, "dropping an old snapshot").await
    }

    /// An empty copy of a table, without the indexes that nobody will search.
    async fn make_copy(&mut self, name: &str, table: &str, found: &Table) -> Result<(), SeedError> {
        let doing = format!("taking a snapshot of `{table}`");
        let copy = format!("{}.{}", backticked(name), backticked(table));
        let statement = format!(
            "CREATE TABLE {copy} LIKE {}.{}",
            backticked(&self.database),
            backticked(table)
        );
        self.run(&statement, &doing).await?;
        let mut changes: Vec<String> = Vec::new();
        if let Some(next) = found.next {
            changes.push(format!("AUTO_INCREMENT = {next}"));
        } else if !found.primary_key.is_empty() {
            let statement = "SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS
                  WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME <> 'PRIMARY'";
            let indexes: Vec<String> = self.ask(statement, (name, table), &doing).await?;
            let drops = indexes.iter();
            changes.extend(drops.map(|index| format!("DROP INDEX {}", backticked(index))));
        }
        if changes.is_empty() {
            return Ok(());
        }
        let statement = format!("ALTER TABLE {copy} {}", changes.join(", "));
        self.run(&statement, &doing).await
    }

    /// Puts a snapshot back.
    pub(in crate::seed) async fn restore(&mut self, label: &str) -> Result<(), SeedError> {
        let name = self.name(label)?;
        if !self.exists(label).await? {
            return Err(SeedError::NoSnapshot {
                url: self.url.to_string(),
                label: label.to_owned(),
            });
        }
        self.refuse_what_cannot_be_put_back().await?;
        let live = self.database.clone();
        let (tables, kept) = (self.tables(&live).await?, self.tables(&name).await?);
        let names = tables.keys().chain(kept.keys());
        for table in names {
            let shape = |tables: &IndexMap<String, Table>| {
                tables.get(table).map(|table| table.shape.clone())
            };
            if shape(&tables) != shape(&kept) {
                return Err(self.refused(format!(
                    "the table `{table}` is not what it was when the snapshot was taken"
                )));
            }
        }
        let mut tries = 1;
        let changed = loop {
            match self.put_back(&name, &tables).await {
                Ok(changed) => break changed,
                Err(error) => {
                    let _nothing_open = self.connection.query_drop("ROLLBACK").await;
                    let deadlock = matches!(&error, Error::Server(said) if said.code == 1213);
                    if !deadlock || tries == TRIES {
                        return Err(self.failed("restoring a snapshot", error));
                    }
                    tries += 1;
                }
            }
        };
        let doing = "restoring a snapshot";
        for (table, next) in self.counters(&live).await? {
            let kept = kept.get(&table).and_then(|table| table.next);
            if let Some(kept) = kept.filter(|kept| *kept != next) {
                let table = backticked(&table);
                self.run(
                    &format!("ALTER TABLE {table} AUTO_INCREMENT = {kept}"),
                    doing,
                )
                .await?;
            }
        }
        if !changed.is_empty() {
            let statement = format!("ANALYZE LOCAL TABLE {}", changed.join(", "));
            self.run(&statement, "refreshing the statistics").await?;
        }
        Ok(())
    }

    /// Makes the rows of all tables those of the snapshot, in one transaction; gives the tables
    /// that differed.
    async fn put_back(
        &mut self,
        name: &str,
        tables: &IndexMap<String, Table>,
    ) -> Result<Vec<String>, Error> {
        let mut changed = Vec::new();
        self.connection.query_drop("START TRANSACTION").await?;
        for (table, found) in tables {
            let quoted = backticked(table);
            let copy = format!("{}.{quoted}", backticked(name));
            let mut rows = 0;
            for statement in [
                found.removal(&quoted, &copy),
                found.addition(&quoted, &copy),
            ] {
                self.connection.query_drop(statement).await?;
                rows += self.connection.affected_rows();
            }
            if rows > 0 {
                changed.push(quoted);
            }
        }
        self.connection.query_drop("COMMIT").await?;
        Ok(changed)
    }

    /// Drops snapshots that were taken before runs, all but one.
    pub(in crate::seed) async fn forget_others(&mut self, label: &str) -> Result<(), SeedError> {
        let doing = "looking for old snapshots";
        let prefix = format!("{}_rehearsal_", self.database);
        let keep = self.name(label)?;
        let statement = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA";
        let names: Vec<String> = self.ask(statement, (), doing).await?;
        for name in names {
            let automatic =
                |label: &str| label.len() == 16 && label.bytes().all(|b| b.is_ascii_hexdigit());
            if name != keep
                && name.strip_prefix(&prefix).is_some_and(automatic)
                && self.is_marked(&name).await?
            {
                let statement = format!("DROP DATABASE {}", backticked(&name));
                self.run(&statement, "dropping an old snapshot").await?;
            }
        }
        Ok(())
    }
}
