//! What the rest of the program calls: fill, check, make the same data again.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use tokio_postgres::Client;
use tokio_postgres::config::Config;

use super::compile::compile;
use super::database::{Database, Server, connect, open_sqlite};
use super::error::SeedError;
use super::fit::{Fit, fit};
use super::load::{self, Job, Meter, OnProgress, Progress, Stage, Written};
use super::plan::Plan;
use super::program::Program;
use super::reset;
use super::schema::{self, Schema};
use crate::clock::Clock;
use crate::feed::Feed;

/// How to fill.
#[derive(Debug, Clone)]
pub struct Options {
    /// Multiplies the plan's numbers of rows.
    pub scale: f64,
    /// Used instead of the plan's seed number.
    pub seed: Option<u64>,
    /// Threads that make rows; the rows are the same with any number.
    pub threads: usize,
    /// Exact name of a database that looks like production.
    pub confirm: Option<String>,
    /// Rows that stand in the plan's tables are removed first, instead of being a reason to
    /// refuse.
    pub refill: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scale: 1.0,
            seed: None,
            threads: std::thread::available_parallelism()
                .map_or(2, usize::from)
                .min(4),
            confirm: None,
            refill: false,
        }
    }
}

/// How the database gets the same data before each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reset {
    /// Restore the snapshot taken after the first seeding; seed when there is none.
    #[default]
    Snapshot,
    /// Empty the plan's tables and fill them again.
    Refill,
    /// Leave what is there; seed only when the plan's tables are empty.
    Keep,
}

/// What is in the database now.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Filled {
    /// Rows per table of the plan.
    pub rows: IndexMap<String, u64>,
    /// Rows that virtual users draw.
    pub feeds: Vec<Feed>,
    /// What the data is made of: equal fingerprints mean equal rows.
    pub fingerprint: String,
    /// Seconds per table; empty when nothing was filled.
    pub took_s: IndexMap<String, f64>,
    /// Rows removed per table before filling.
    pub removed: IndexMap<String, u64>,
    /// Where the rows came from.
    pub origin: Origin,
    /// What should be known beside, for people.
    pub notes: Vec<String>,
}

/// Where rows came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// They were written now.
    Filled,
    /// A snapshot was put back.
    Restored,
    /// They were there.
    Kept,
}

/// What filling would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Rows per table, in the order of filling.
    pub rows: IndexMap<String, u64>,
    /// What the data would be made of.
    pub fingerprint: String,
    /// Tables outside of the plan that refer to its tables: they are emptied with them.
    pub referrers: Vec<String>,
}

/// A program that fits a database, and the way to it.
struct Prepared<'a> {
    plan: &'a Plan,
    url: &'a Database,
    program: Arc<Program>,
    fit: Arc<Fit>,
    schema: Schema,
    session: Session<'a>,
    options: &'a Options,
    fingerprint: String,
}

enum Session<'a> {
    Sqlite(&'a Path),
    Postgres(Client, &'a Config),
}

async fn prepare<'a>(
    plan: &'a Plan,
    url: &'a Database,
    options: &'a Options,
) -> Result<Prepared<'a>, SeedError> {
    url.guard(options.confirm.as_deref())?;
    let program = compile(plan, options.seed, options.scale)?;
    let (session, schema) = match &url.server {
        Server::Sqlite(path) => {
            let schema = schema::sqlite::read(&open_sqlite(url, path)?)?;
            (Session::Sqlite(path), schema)
        }
        Server::Postgres(config) => {
            let client = connect(url, config, None).await?;
            let schema = schema::postgres::read(&client).await?;
            (Session::Postgres(client, config), schema)
        }
    };
    let fit = fit(plan, &program, &schema)?;
    Ok(Prepared {
        plan,
        url,
        fingerprint: reset::fingerprint(plan, &program),
        program: Arc::new(program),
        fit: Arc::new(fit),
        schema,
        session,
        options,
    })
}

/// Fills the plan's tables.
///
/// All or nothing: an error, or the end of the process, leaves the database as it was.
///
/// # Errors
/// Everything that [`SeedError`] names.
pub async fn run(
    plan: &Plan,
    database: &Database,
    options: &Options,
    progress: OnProgress<'_>,
) -> Result<Filled, SeedError> {
    let mut prepared = prepare(plan, database, options).await?;
    prepared.fill(options.refill, progress).await
}

/// Connects, and holds the plan against the schema; writes nothing.
///
/// # Errors
/// As [`run`], before the first row.
pub async fn check(
    plan: &Plan,
    database: &Database,
    options: &Options,
) -> Result<Checked, SeedError> {
    let prepared = prepare(plan, database, options).await?;
    feeds::all(plan, &prepared.program)?;
    let rows = prepared.fit.layouts.iter();
    let referrers = prepared.fit.referrers.iter();
    Ok(Checked {
        rows: rows
            .map(|layout| (layout.name.clone(), layout.rows))
            .collect(),
        fingerprint: prepared.fingerprint.clone(),
        referrers: referrers.map(|referrer| referrer.name.clone()).collect(),
    })
}

/// Writes a plan for the tables of a database: a commented guess for every column.
///
/// # Errors
/// As connecting; [`SeedError::Circle`] when the tables cannot be put in order.
pub async fn plan_for(database: &Database) -> Result<String, SeedError> {
    let schema = match &database.server {
        Server::Sqlite(path) => schema::sqlite::read(&open_sqlite(database, path)?)?,
        Server::Postgres(config) => {
            schema::postgres::read(&connect(database, config, None).await?).await?
        }
    };
    let today = Clock::start().started_at().strftime("%Y-%m-%d").to_string();
    super::guess::plan(&schema, &database.to_string(), &today)
}

/// The plan's feeds, without a database.
///
/// # Errors
/// The place in the plan that cannot be.
pub fn feeds(plan: &Plan, options: &Options) -> Result<Vec<Feed>, SeedError> {
    let program = compile(plan, options.seed, options.scale)?;
    Ok(feeds::all(plan, &program)?)
}

mod feeds {
    pub(super) use super::super::feeds::feeds as all;
}

/// Makes the data of the plan be there, before a run.
///
/// # Errors
/// Everything that [`SeedError`] names. A server that allows no snapshots is no error: the tables
/// are filled again each time, and a note says so.
pub async fn ensure(
    plan: &Plan,
    database: &Database,
    reset: Reset,
    options: &Options,
    progress: OnProgress<'_>,
) -> Result<Filled, SeedError> {
    let mut prepared = prepare(plan, database, options).await?;
    match reset {
        Reset::Refill => prepared.fill(true, progress).await,
        Reset::Keep if prepared.is_empty().await? => prepared.fill(false, progress).await,
        Reset::Keep => prepared.filled(Origin::Kept, Written::default()),
        Reset::Snapshot => prepared.restore_or_fill(progress).await,
    }
}

/// Takes a snapshot of the whole database under a label of letters, digits and `_`.
///
/// # Errors
/// [`SeedError::SnapshotRefused`] when the server does not allow it.
pub async fn snapshot(database: &Database, label: &str) -> Result<(), SeedError> {
    match &database.server {
        Server::Sqlite(path) => reset::sqlite::snapshot(database, path, label),
        Server::Postgres(config) => {
            // Says that the database is not there in the words for it.
            drop(connect(database, config, None).await?);
            let snapshots = reset::postgres::Snapshots::open(database, config).await?;
            snapshots.take(label).await
        }
    }
}

/// Puts a snapshot back. Applications may stay connected to SQLite; PostgreSQL ends their
/// sessions, and they connect again.
///
/// # Errors
/// [`SeedError::NoSnapshot`], [`SeedError::SnapshotRefused`], [`SeedError::Production`].
pub async fn restore(
    database: &Database,
    label: &str,
    confirm: Option<&str>,
) -> Result<(), SeedError> {
    database.guard(confirm)?;
    match &database.server {
        Server::Sqlite(path) => reset::sqlite::restore(database, path, label),
        Server::Postgres(config) => {
            let snapshots = reset::postgres::Snapshots::open(database, config).await?;
            snapshots.restore(label).await
        }
    }
}

impl Prepared<'_> {
    fn filled(&self, origin: Origin, written: Written) -> Result<Filled, SeedError> {
        let tables = self.program.tables.iter();
        Ok(Filled {
            rows: tables
                .map(|table| (table.name.clone(), table.rows))
                .collect(),
            feeds: feeds::all(self.plan, &self.program)?,
            fingerprint: self.fingerprint.clone(),
            took_s: written.took,
            removed: written.removed,
            origin,
            notes: Vec::new(),
        })
    }

    async fn fill(
        &mut self,
        empty_first: bool,
        progress: OnProgress<'_>,
    ) -> Result<Filled, SeedError> {
        let clock = Clock::start();
        let job = Job {
            program: Arc::clone(&self.program),
            fit: Arc::clone(&self.fit),
            threads: self.options.threads.max(1),
            empty_first,
        };
        // Feeds first: a wrong one must not come to light after minutes of filling.
        let mut filled = self.filled(Origin::Filled, Written::default())?;
        self.hash(clock, progress).await?;
        let url = self.url.to_string();
        let written = match &mut self.session {
            Session::Postgres(client, _) => {
                load::postgres::fill(&url, client, &job, clock, progress).await?
            }
            Session::Sqlite(path) => {
                let mut connection = open_sqlite(self.url, path)?;
                on_thread(progress, move |progress| {
                    load::sqlite::fill(&url, &mut connection, &job, clock, progress)
                })
                .await?
            }
        };
        filled.took_s = written.took;
        filled.removed = written.removed;
        Ok(filled)
    }

    /// Hashes the passwords, on all cores.
    async fn hash(&self, clock: Clock, progress: OnProgress<'_>) -> Result<(), SeedError> {
        let program = Arc::clone(&self.program);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        on_thread(progress, move |progress| {
            let (sender, receiver) = std::sync::mpsc::channel();
            std::thread::scope(|scope| {
                let program = &program;
                let hashing = scope.spawn(move || {
                    program.fill_pools(threads, &|column, done, total| {
                        let _nobody_listens = sender.send((column.to_owned(), done, total));
                    })
                });
                let mut meter: Option<(String, Meter)> = None;
                for (column, done, total) in receiver {
                    if meter.as_ref().is_none_or(|(current, _)| *current != column) {
                        let begun = Meter::begin(clock, Stage::Hash, &column, total as u64);
                        meter = Some((column, begun));
                    }
                    if let Some((_, meter)) = &mut meter {
                        meter.tell(done as u64, progress);
                    }
                }
                hashing
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })
        .await
    }

    async fn is_empty(&self) -> Result<bool, SeedError> {
        for layout in &self.fit.layouts {
            let statement = format!("SELECT EXISTS (SELECT 1 FROM {})", layout.sql_name);
            let doing = format!("looking into `{}`", layout.name);
            let occupied: bool = match &self.session {
                Session::Postgres(client, _) => {
                    let row = client.query_one(&statement, &[]).await;
                    row.map_err(super::error::postgres(doing))?.get(0)
                }
                Session::Sqlite(path) => open_sqlite(self.url, path)?
                    .query_row(&statement, [], |row| row.get(0))
                    .map_err(super::error::sqlite(doing))?,
            };
            if occupied {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the rows that are there are the seeder's own.
    async fn recognises(&self) -> Result<bool, SeedError> {
        let witnesses = reset::witnesses(&self.program, &self.fit.layouts);
        match &self.session {
            Session::Postgres(client, _) => reset::postgres::recognises(client, &witnesses).await,
            Session::Sqlite(path) => {
                reset::sqlite::recognises(&open_sqlite(self.url, path)?, &witnesses)
            }
        }
    }

    async fn restore_or_fill(&mut self, progress: OnProgress<'_>) -> Result<Filled, SeedError> {
        let label = reset::label(&self.fingerprint, &self.schema);
        let clock = Clock::start();
        let mut restoring = Meter::begin(clock, Stage::Restore, "", 1);
        match self.try_restore(&label).await {
            Ok(true) => {
                restoring.tell(1, progress);
                return self.filled(Origin::Restored, Written::default());
            }
            Ok(false) | Err(SeedError::SnapshotRefused { .. }) => {}
            Err(other) => return Err(other),
        }
        // Rows of an earlier seeding may go; anything else is somebody's.
        let empty_first = !self.is_empty().await? && self.recognises().await?;
        let mut filled = self.fill(empty_first, progress).await?;
        let mut meter = Meter::begin(clock, Stage::Snapshot, "", 1);
        match self.take(&label).await {
            Ok(()) => meter.tell(1, progress),
            Err(refused @ SeedError::SnapshotRefused { .. }) => filled.notes.push(format!(
                "{refused}; the tables are filled again before every run instead"
            )),
            Err(other) => return Err(other),
        }
        Ok(filled)
    }

    async fn try_restore(&self, label: &str) -> Result<bool, SeedError> {
        match &self.session {
            Session::Sqlite(path) => {
                if !reset::sqlite::snapshot_path(path, label).exists() {
                    return Ok(false);
                }
                reset::sqlite::restore(self.url, path, label)?;
            }
            Session::Postgres(_, config) => {
                let snapshots = reset::postgres::Snapshots::open(self.url, config).await?;
                if !snapshots.exists(label).await? {
                    return Ok(false);
                }
                snapshots.restore(label).await?;
            }
        }
        Ok(true)
    }

    async fn take(&self, label: &str) -> Result<(), SeedError> {
        match &self.session {
            Session::Sqlite(path) => {
                reset::sqlite::snapshot(self.url, path, label)?;
                reset::sqlite::forget_others(path, label);
                Ok(())
            }
            Session::Postgres(_, config) => {
                let snapshots = reset::postgres::Snapshots::open(self.url, config).await?;
                snapshots.take(label).await?;
                snapshots.forget_others(label).await
            }
        }
    }
}

/// Runs blocking work on a thread of its own and passes its progress on.
async fn on_thread<T: Send + 'static>(
    progress: OnProgress<'_>,
    work: impl FnOnce(OnProgress<'_>) -> Result<T, SeedError> + Send + 'static,
) -> Result<T, SeedError> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel::<Progress>();
    let handle = tokio::task::spawn_blocking(move || {
        work(&mut |told| {
            let _nobody_listens = sender.send(told);
        })
    });
    while let Some(told) = receiver.recv().await {
        progress(told);
    }
    handle
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
