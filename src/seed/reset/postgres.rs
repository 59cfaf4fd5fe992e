//! Snapshots of PostgreSQL: a second database made from the first as its template, and put in
//! its place by renaming, in one transaction. Applications lose their connections for a moment
//! and come back.

use std::time::Duration;

use tokio_postgres::config::Config;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error};

use super::Witness;
use crate::seed::Database;
use crate::seed::database::connect;
use crate::seed::error::{SeedError, postgres, postgres_reason};
use crate::seed::schema::quoted;

/// Names of databases have at most so many bytes.
const NAME_LIMIT: usize = 63;
/// How often sessions are ended again when applications come back too quickly.
const TRIES: u32 = 40;
/// By this comment a database is known as a snapshot that may be dropped.
const COMMENT: &str = "rehearsal: snapshot before runs";

/// The server's side of snapshots, seen from another database of it.
pub(in crate::seed) struct Snapshots<'a> {
    url: &'a Database,
    client: Client,
    database: String,
}

impl<'a> Snapshots<'a> {
    /// Connects beside the database.
    pub(in crate::seed) async fn open(
        url: &'a Database,
        config: &Config,
    ) -> Result<Self, SeedError> {
        let client = match connect(url, config, Some("postgres")).await {
            Ok(client) => client,
            Err(first) => connect(url, config, Some("template1"))
                .await
                .map_err(|_| first)?,
        };
        Ok(Self {
            url,
            client,
            database: url.name(),
        })
    }

    fn refused(&self, reason: impl Into<String>) -> SeedError {
        SeedError::SnapshotRefused {
            url: self.url.to_string(),
            reason: reason.into(),
        }
    }

    /// Wraps an error; missing rights are a refusal.
    fn failed(&self, doing: &str, error: Error) -> SeedError {
        if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return self.refused(postgres_reason(&error));
        }
        postgres(doing.to_owned())(error)
    }

    fn name(&self, label: &str) -> Result<String, SeedError> {
        let name = format!("{}_rehearsal_{label}", self.database);
        if name.len() > NAME_LIMIT {
            return Err(self.refused(format!("the name `{name}` would be too long")));
        }
        Ok(name)
    }

    /// Whether the snapshot of a label is there.
    pub(in crate::seed) async fn exists(&self, label: &str) -> Result<bool, SeedError> {
        let name = self.name(label)?;
        self.database_exists(&name).await
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
        if self.database_exists(&name).await? {
            self.drop(&name).await?;
        }
        self.copy(&self.database, &name, doing).await?;
        let comment = format!("COMMENT ON DATABASE {} IS '{COMMENT}'", quoted(&name));
        let closed = format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", quoted(&name));
        for statement in [comment, closed] {
            let done = self.client.batch_execute(&statement).await;
            done.map_err(|error| self.failed(doing, error))?;
        }
        Ok(())
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

    /// Puts a snapshot in the database's place.
    pub(in crate::seed) async fn restore(&self, label: &str) -> Result<(), SeedError> {
        let doing = "restoring a snapshot";
        let name = self.name(label)?;
        if !self.database_exists(&name).await? {
            return Err(SeedError::NoSnapshot {
                url: self.url.to_string(),
                label: label.to_owned(),
            });
        }
        let next = format!("{}_rehearsal_next", self.database);
        let old = format!("{}_rehearsal_old", self.database);
        for left_over in [&next, &old] {
            if self.database_exists(left_over).await? {
                self.drop(left_over).await?;
            }
        }
        self.copy(&name, &next, doing).await?;
        self.swap(&next, &old, doing).await?;
        self.drop(&old).await
    }

    async fn copy(&self, from: &str, to: &str, doing: &str) -> Result<(), SeedError> {
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
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {} OWNER {}{strategy}",
            quoted(to),
            quoted(from),
            quoted(&owner)
        );
        self.without_sessions(from, &statement, doing).await
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
            "BEGIN; ALTER DATABASE {live} RENAME TO {old}; ALTER DATABASE {next} RENAME TO {live}; COMMIT"
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
            self.client
                .query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                      WHERE datname = $1 AND pid <> pg_backend_pid()",
                    &[&database],
                )
                .await
                .map_err(|error| self.failed("ending the database's sessions", error))?;
            let error = match self.client.batch_execute(statement).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            // A failed statement of `swap` leaves its transaction open.
            let _nothing_open = self.client.batch_execute("ROLLBACK").await;
            if error.code() != Some(&SqlState::OBJECT_IN_USE) {
                return Err(self.failed(doing, error));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(self.refused("applications reconnect faster than their sessions can be ended"))
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
                self.drop(&name).await?;
            }
        }
        Ok(())
    }
}

/// Whether one of the rows is there.
pub(in crate::seed) async fn recognises(
    client: &Client,
    witnesses: &[Witness],
) -> Result<bool, SeedError> {
    for witness in witnesses {
        let conditions = witness.values.iter().enumerate();
        let conditions: Vec<_> = conditions
            .map(|(index, (name, _))| {
                format!("coalesce({}::text, '') = ${}", quoted(name), index + 1)
            })
            .collect();
        let statement = format!(
            "SELECT 1 FROM {} WHERE {} LIMIT 1",
            witness.sql_name,
            conditions.join(" AND ")
        );
        let values: Vec<&(dyn ToSql + Sync)> = witness
            .values
            .iter()
            .map(|(_, value)| value as &(dyn ToSql + Sync))
            .collect();
        let found = client
            .query_opt(&statement, &values)
            .await
            .map_err(postgres("looking for seeded rows"))?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
