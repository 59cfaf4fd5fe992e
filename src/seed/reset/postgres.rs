//! Snapshots of PostgreSQL: a second database made from the first as its template, and put in
//! its place by renaming, in one transaction. Applications lose their connections for a moment
//! and come back.
//!
//! Whatever ends the process, the database stands whole under its name, the old one or the new
//! one. What may be left over are copies under three names that are nobody else's (`part`, a
//! snapshot that is not finished; `next`, a copy that was not put in place; `old`, what was
//! replaced); the next command removes them.
//!
//! A *spare* (`LABEL_next`) is a copy of a snapshot that is made in advance, so that restoring is
//! only the renaming. Nobody can connect to it, so it is what the snapshot is; with the snapshot
//! it goes.

use std::time::Duration;

use tokio_postgres::config::Config;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use super::TOO_SMALL;
use crate::seed::Database;
use crate::seed::database::connect;
use crate::seed::error::{SeedError, postgres, postgres_is_full, postgres_reason};
use crate::seed::schema::quoted;

/// Names of databases have at most so many bytes.
const NAME_LIMIT: usize = 63;
/// How often a statement is tried again. Each time the server itself waits five seconds for
/// sessions to end, and lets no new one in meanwhile.
const TRIES: u32 = 3;
/// Between two looks for sessions to be ended, at first and when a statement takes long.
const PAUSES: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(200)];
/// Labels of copies that are only for a moment.
const MOMENTARY: [&str; 3] = ["part", "next", "old"];
/// Ending of the name of a spare.
const SPARE: &str = "_next";
/// How long the server is given to take up what it does while nobody waits.
const TAKE_UP: Duration = Duration::from_millis(100);
/// By this comment a database is known as a snapshot that may be dropped.
const COMMENT: &str = "rehearsal: snapshot before runs";

/// The server's side of snapshots, seen from another database of it.
pub(in crate::seed) struct Snapshots<'a> {
    url: &'a Database,
    client: Client,
    /// Ends sessions while the other waits for them.
    ender: Client,
    database: String,
}

impl<'a> Snapshots<'a> {
    /// Connects beside the database.
    pub(in crate::seed) async fn open(
        url: &'a Database,
        config: &Config,
    ) -> Result<Self, SeedError> {
        let (client, beside) = match connect(url, config, Some("postgres")).await {
            Ok(client) => (client, "postgres"),
            Err(first) => {
                let client = connect(url, config, Some("template1")).await;
                (client.map_err(|_| first)?, "template1")
            }
        };
        // One command at a time; and what the server still does for one that was killed is over
        // before its leftovers are removed.
        let database = url.name();
        client
            .execute(
                "SELECT pg_advisory_lock(hashtextextended('rehearsal ' || $1::text, 0))",
                &[&database],
            )
            .await
            .map_err(postgres("waiting for another command"))?;
        Ok(Self {
            url,
            client,
            ender: connect(url, config, Some(beside)).await?,
            database,
        })
    }

    fn refused(&self, reason: impl Into<String>) -> SeedError {
        SeedError::SnapshotRefused {
            url: self.url.to_string(),
            reason: reason.into(),
        }
    }

    /// Wraps an error; missing rights and a full disk are a refusal.
    fn failed(&self, doing: &str, error: Error) -> SeedError {
        if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return self.refused(postgres_reason(&error));
        }
        if postgres_is_full(&error) {
            return self.refused(format!("{TOO_SMALL}: {}", postgres_reason(&error)));
        }
        postgres(doing.to_owned())(error)
    }

    fn name(&self, label: &str) -> Result<String, SeedError> {
        if MOMENTARY.contains(&label) || label.ends_with(SPARE) {
            return Err(self.refused(format!("`{label}` is the name of something else")));
        }
        let name = format!("{}_rehearsal_{label}", self.database);
        if name.len() > NAME_LIMIT {
            return Err(self.refused(format!("the name `{name}` would be too long")));
        }
        Ok(name)
    }

    /// Whether the snapshot of a label is there.
    pub(in crate::seed) async fn exists(&self, label: &str) -> Result<bool, SeedError> {
        let name = self.name(label)?;
        let found = self
            .client
            .query_opt(
                "SELECT 1 FROM pg_database
                  WHERE datname = $1 AND shobj_description(oid, 'pg_database') = $2",
                &[&name, &COMMENT],
            )
            .await;
        let found = found.map_err(|error| self.failed("looking for snapshots", error))?;
        Ok(found.is_some())
    }

    /// Name of a copy that is only for a moment.
    fn momentary(&self, label: &str) -> String {
        format!("{}_rehearsal_{label}", self.database)
    }

    /// Removes what an interrupted command left.
    async fn tidy(&self) -> Result<(), SeedError> {
        for label in MOMENTARY {
            let name = self.momentary(label);
            if self.database_exists(&name).await? {
                self.drop(&name).await?;
            }
        }
        Ok(())
    }

    async fn database_exists(&self, name: &str) -> Result<bool, SeedError> {
        let found = self
            .client
            .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
            .await;
        let found = found.map_err(|error| self.failed("looking for snapshots", error))?;
        Ok(found.is_some())
    }

    /// Copies the database. Its sessions are ended for it.
    pub(in crate::seed) async fn take(&self, label: &str) -> Result<(), SeedError> {
        let doing = "taking a snapshot";
        self.refuse_what_a_copy_would_lose().await?;
        let name = self.name(label)?;
        self.tidy().await?;
        let part = self.momentary("part");
        self.copy(&self.database, &part, doing).await?;
        let (part, whole) = (quoted(&part), quoted(&name));
        let closed = format!("ALTER DATABASE {part} ALLOW_CONNECTIONS false");
        let done = self.client.batch_execute(&closed).await;
        done.map_err(|error| self.failed(doing, error))?;
        self.drop(&format!("{name}{SPARE}")).await?;
        // An earlier one of the name stays until this one is whole.
        let earlier = self.database_exists(&name).await?;
        let old = self.momentary("old");
        let away = if earlier {
            format!("ALTER DATABASE {whole} RENAME TO {};", quoted(&old))
        } else {
            String::new()
        };
        let rename = format!(
            "BEGIN; {away} ALTER DATABASE {part} RENAME TO {whole};
             COMMENT ON DATABASE {whole} IS '{COMMENT}'; COMMIT"
        );
        let part = self.momentary("part");
        self.without_sessions(&part, &rename, doing).await?;
        self.drop(&old).await
    }

    /// Grants and settings of a database are not part of a copy of it.
    async fn refuse_what_a_copy_would_lose(&self) -> Result<(), SeedError> {
        let own = self
            .client
            .query_opt(
                "SELECT 1 FROM pg_database d WHERE d.datname = $1 AND (d.datacl IS NOT NULL
                    OR EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setdatabase = d.oid))",
                &[&self.database],
            )
            .await
            .map_err(|error| self.failed("taking a snapshot", error))?;
        match own {
            Some(_) => Err(self.refused("it has grants or settings that a copy would lose")),
            None => Ok(()),
        }
    }

    /// Puts a snapshot in the database's place. What was replaced is removed; without `wait` by
    /// the server alone.
    pub(in crate::seed) async fn restore(&self, label: &str, wait: bool) -> Result<(), SeedError> {
        let doing = "restoring a snapshot";
        let name = self.name(label)?;
        if !self.exists(label).await? {
            return Err(SeedError::NoSnapshot {
                url: self.url.to_string(),
                label: label.to_owned(),
            });
        }
        self.tidy().await?;
        let (next, old) = (self.momentary("next"), self.momentary("old"));
        let spare = format!("{name}{SPARE}");
        if self.is_spare(&spare).await? {
            self.swap(&spare, &old, doing).await?;
        } else {
            self.copy(&name, &next, doing).await?;
            self.swap(&next, &old, doing).await?;
        }
        if wait {
            return self.drop(&old).await;
        }
        let statement = format!("DROP DATABASE IF EXISTS {}", quoted(&old));
        let dropping = self.ender.batch_execute(&statement);
        let taken_up = tokio::time::timeout(TAKE_UP, dropping).await;
        let dropped = taken_up.unwrap_or(Ok(()));
        dropped.map_err(|error| self.failed("dropping an old copy", error))
    }

    async fn is_spare(&self, name: &str) -> Result<bool, SeedError> {
        let found = self
            .client
            .query_opt(
                "SELECT 1 FROM pg_database WHERE datname = $1 AND NOT datallowconn",
                &[&name],
            )
            .await;
        let found = found.map_err(|error| self.failed("looking for spares", error))?;
        Ok(found.is_some())
    }

    /// Makes a copy of a snapshot in advance, if there is none. Without `wait` the server goes on
    /// alone, also when this process has ended; the next command waits for it.
    pub(in crate::seed) async fn spare(&self, label: &str, wait: bool) -> Result<(), SeedError> {
        let doing = "making a spare copy of a snapshot";
        let name = self.name(label)?;
        let spare = format!("{name}{SPARE}");
        if spare.len() > NAME_LIMIT || self.database_exists(&spare).await? {
            return Ok(());
        }
        let statement = self.copying(&name, &spare, doing).await?;
        let statement = format!("{statement} ALLOW_CONNECTIONS false");
        let copying = self.client.batch_execute(&statement);
        let copied = if wait {
            copying.await
        } else {
            let taken_up = tokio::time::timeout(TAKE_UP, copying).await;
            taken_up.unwrap_or(Ok(()))
        };
        copied.map_err(|error| self.failed(doing, error))
    }

    async fn copy(&self, from: &str, to: &str, doing: &str) -> Result<(), SeedError> {
        let statement = self.copying(from, to, doing).await?;
        self.without_sessions(from, &statement, doing).await
    }

    /// The statement that copies a database.
    async fn copying(&self, from: &str, to: &str, doing: &str) -> Result<String, SeedError> {
        let strategy = if self.version().await? >= 150_000 {
            " STRATEGY FILE_COPY"
        } else {
            ""
        };
        let owner: String = self
            .client
            .query_one(
                "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1",
                &[&from],
            )
            .await
            .map_err(|error| self.failed(doing, error))?
            .get(0);
        Ok(format!(
            "CREATE DATABASE {} TEMPLATE {} OWNER {}{strategy}",
            quoted(to),
            quoted(from),
            quoted(&owner)
        ))
    }

    async fn version(&self) -> Result<i32, SeedError> {
        let row = self
            .client
            .query_one("SELECT current_setting('server_version_num')::int", &[])
            .await
            .map_err(|error| self.failed("asking for the server's version", error))?;
        Ok(row.get(0))
    }

    /// Renames both databases in one transaction: there is never none of the name.
    async fn swap(&self, next: &str, old: &str, doing: &str) -> Result<(), SeedError> {
        let (live, next, old) = (quoted(&self.database), quoted(next), quoted(old));
        let statement = format!(
            "BEGIN; ALTER DATABASE {live} RENAME TO {old}; ALTER DATABASE {next} RENAME TO {live};
             ALTER DATABASE {live} ALLOW_CONNECTIONS true; COMMIT"
        );
        self.without_sessions(&self.database, &statement, doing)
            .await
    }

    async fn drop(&self, name: &str) -> Result<(), SeedError> {
        let statement = format!("DROP DATABASE IF EXISTS {}", quoted(name));
        self.without_sessions(name, &statement, "dropping an old copy")
            .await
    }

    /// Ends the sessions of a database and runs a statement before they are back.
    async fn without_sessions(
        &self,
        database: &str,
        statement: &str,
        doing: &str,
    ) -> Result<(), SeedError> {
        for _ in 0..TRIES {
            self.end_sessions(database).await?;
            // The server locks the database first, so that nobody comes in, and waits then for
            // those that are there.
            let mut pause = PAUSES[0];
            let mut working = std::pin::pin!(self.client.batch_execute(statement));
            let done = loop {
                tokio::select! {
                    done = &mut working => break done,
                    () = tokio::time::sleep(pause) => {
                        self.end_sessions(database).await?;
                        pause = (pause * 2).min(PAUSES[1]);
                    }
                }
            };
            let Err(error) = done else {
                return Ok(());
            };
            // A failed statement of `swap` leaves its transaction open.
            let _nothing_open = self.client.batch_execute("ROLLBACK").await;
            if error.code() != Some(&SqlState::OBJECT_IN_USE) {
                return Err(self.failed(doing, error));
            }
        }
        Err(self.refused("its sessions do not end"))
    }

    async fn end_sessions(&self, database: &str) -> Result<(), SeedError> {
        self.ender
            .query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = $1 AND pid <> pg_backend_pid()",
                &[&database],
            )
            .await
            .map_err(|error| self.failed("ending the database's sessions", error))?;
        Ok(())
    }

    /// Drops snapshots that were taken before runs, all but one.
    pub(in crate::seed) async fn forget_others(&self, label: &str) -> Result<(), SeedError> {
        let prefix = format!("{}_rehearsal_", self.database);
        let keep = self.name(label)?;
        let found = self
            .client
            .query(
                "SELECT datname::text FROM pg_database
                  WHERE starts_with(datname::text, $1) AND datname <> $2
                    AND shobj_description(oid, 'pg_database') = $3",
                &[&prefix, &keep, &COMMENT],
            )
            .await
            .map_err(|error| self.failed("looking for old snapshots", error))?;
        for row in found {
            let name: String = row.get(0);
            let automatic =
                |label: &str| label.len() == 16 && label.bytes().all(|b| b.is_ascii_hexdigit());
            if name.strip_prefix(&prefix).is_some_and(automatic) {
                self.drop(&format!("{name}{SPARE}")).await?;
                self.drop(&name).await?;
            }
        }
        Ok(())
    }
}
