//! Snapshots of a database, of whatever kind: what `sqlite`, `postgres` and `mysql` each do in
//! their own way.

use std::path::Path;

use super::{mysql, postgres, sqlite};
use crate::seed::database::{Database, Server};
use crate::seed::error::SeedError;

/// Where snapshots of a database are taken and put back.
pub(in crate::seed) enum Snapshots<'a> {
    Sqlite(&'a Database, &'a Path),
    Postgres(Box<postgres::Snapshots<'a>>),
    Mysql(mysql::Snapshots<'a>),
}

impl<'a> Snapshots<'a> {
    /// Connects, where there is a server.
    pub(in crate::seed) async fn open(url: &'a Database) -> Result<Self, SeedError> {
        Ok(match &url.server {
            Server::Sqlite(path) => Self::Sqlite(url, path),
            Server::Postgres(config) => {
                Self::Postgres(Box::new(postgres::Snapshots::open(url, config).await?))
            }
            Server::Mysql(account) => Self::Mysql(mysql::Snapshots::open(url, account).await?),
        })
    }

    /// Whether the snapshot of a label is there, and whole.
    pub(in crate::seed) async fn exists(&mut self, label: &str) -> Result<bool, SeedError> {
        match self {
            Self::Sqlite(_, path) => Ok(sqlite::snapshot_path(path, label).exists()),
            Self::Postgres(snapshots) => snapshots.exists(label).await,
            Self::Mysql(snapshots) => snapshots.exists(label).await,
        }
    }

    /// Copies the database.
    pub(in crate::seed) async fn take(&mut self, label: &str) -> Result<(), SeedError> {
        match self {
            Self::Sqlite(url, path) => sqlite::snapshot(url, path, label),
            Self::Postgres(snapshots) => snapshots.take(label).await,
            Self::Mysql(snapshots) => snapshots.take(label).await,
        }
    }

    /// Puts a snapshot back; what was replaced is removed, without `wait` by the server alone.
    pub(in crate::seed) async fn restore(
        &mut self,
        label: &str,
        wait: bool,
    ) -> Result<(), SeedError> {
        match self {
            Self::Sqlite(url, path) => sqlite::restore(url, path, label),
            Self::Postgres(snapshots) => snapshots.restore(label, wait).await,
            Self::Mysql(snapshots) => snapshots.restore(label).await,
        }
    }

    /// Makes a copy of a snapshot in advance, where that makes the next restoring quicker.
    pub(in crate::seed) async fn spare(
        &mut self,
        label: &str,
        wait: bool,
    ) -> Result<(), SeedError> {
        match self {
            Self::Postgres(snapshots) => snapshots.spare(label, wait).await,
            Self::Sqlite(..) | Self::Mysql(_) => Ok(()),
        }
    }

    /// Removes snapshots that were taken before runs, all but one.
    pub(in crate::seed) async fn forget_others(&mut self, label: &str) -> Result<(), SeedError> {
        match self {
            Self::Sqlite(_, path) => {
                sqlite::forget_others(path, label);
                Ok(())
            }
            Self::Postgres(snapshots) => snapshots.forget_others(label).await,
            Self::Mysql(snapshots) => snapshots.forget_others(label).await,
        }
    }
}
