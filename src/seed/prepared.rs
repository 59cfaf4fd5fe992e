//! A plan that was held against its database: filling it, knowing it again, resetting it.

use std::path::Path;
use std::sync::Arc;

use mysql_async::prelude::Queryable;
use tokio_postgres::Client;
use tokio_postgres::config::Config;

use super::compile::{Input, compile, compile_with};
use super::database::{Account, Database, Server, connect, connect_mysql, open_sqlite};
use super::error::SeedError;
use super::existing::{self, Keys, Wanted};
use super::fit::{Fit, fit};
use super::load::{self, Job, Meter, OnProgress, Progress, Stage, Written};
use super::plan::Plan;
use super::program::Program;
use super::run::{Filled, Options, Origin};
use super::schema::{self, Schema};
use super::{feeds, reset};
use crate::clock::Clock;

/// A program that fits a database, and the way to it.
pub(super) struct Prepared<'a> {
    plan: &'a Plan,
    url: &'a Database,
    pub(super) program: Arc<Program>,
    pub(super) fit: Arc<Fit>,
    schema: Schema,
    /// Rows outside of the plan that its rows refer to.
    keys: Option<Keys>,
    session: Session<'a>,
    options: &'a Options,
    pub(super) fingerprint: String,
}

enum Session<'a> {
    Sqlite(&'a Path),
    Postgres(Client, &'a Config),
    Mysql(&'a Account),
}

pub(super) async fn prepare<'a>(
    plan: &'a Plan,
    url: &'a Database,
    options: &'a Options,
) -> Result<Prepared<'a>, SeedError> {
    url.guard(options.confirm.as_deref())?;
    // What is wrong in the plan itself is told before a connection is tried.
    let mut program = compile(plan, options.seed, options.scale)?;
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
        Server::Mysql(account) => {
            let schema = schema::mysql::read(&mut connect_mysql(url, account).await?).await?;
            (Session::Mysql(account), schema)
        }
    };
    let mut keys = None;
    if !program.sources.is_empty() {
        let found = read_keys(&session, url, &existing::wanted(plan, &schema), &schema).await?;
        let input = Input {
            seed: options.seed,
            scale: options.scale,
            keys: Some(keys.insert(found)),
            most_rows: None,
        };
        program = compile_with(plan, &input)?;
    }
    let fit = fit(plan, &program, &schema)?;
    if let Session::Mysql(_) = session {
        load::mysql::refuse_untransactional(&schema, &fit)?;
        load::hooks::refuse_commits(&plan.sql)?;
    }
    Ok(Prepared {
        keys,
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

/// Reads the keys of rows outside of the plan that it refers to.
async fn read_keys(
    session: &Session<'_>,
    url: &Database,
    wanted: &[Wanted],
    schema: &Schema,
) -> Result<Keys, SeedError> {
    let mut keys = Keys::default();
    for wanted in wanted {
        let doing = format!("reading the keys of `{}`", wanted.table);
        let statement = existing::statement(schema, wanted);
        let kinds: Vec<_> = wanted
            .columns
            .iter()
            .map(|column| &schema.tables[&wanted.table].columns[column].kind)
            .collect();
        let constants = |cell: &dyn Fn(usize) -> String| -> Vec<_> {
            let cells = kinds.iter().enumerate();
            cells
                .map(|(index, kind)| existing::constant(kind, cell(index)))
                .collect()
        };
        let rows = match session {
            Session::Postgres(client, _) => {
                let rows = client.query(&statement, &[]).await;
                let rows = rows.map_err(super::error::postgres(doing))?;
                rows.iter()
                    .map(|row| constants(&|index| row.get(index)))
                    .collect()
            }
            Session::Mysql(account) => {
                let mut connection = connect_mysql(url, account).await?;
                let statement = existing::mysql_statement(schema, wanted);
                let rows: Result<Vec<mysql_async::Row>, _> = connection.query(statement).await;
                let rows = rows.map_err(super::error::mysql(doing))?;
                let cell = |row: &mysql_async::Row, index| row.get(index).unwrap_or_default();
                rows.iter()
                    .map(|row| constants(&|index| cell(row, index)))
                    .collect()
            }
            Session::Sqlite(path) => {
                let read = || -> rusqlite::Result<Vec<_>> {
                    let connection = open_sqlite(url, path);
                    let connection = connection.map_err(|_| rusqlite::Error::InvalidQuery)?;
                    let mut statement = connection.prepare(&statement)?;
                    let rows = statement.query_map([], |row| {
                        let cells = (0..kinds.len()).map(|index| row.get::<_, String>(index));
                        let cells = cells.collect::<rusqlite::Result<Vec<_>>>()?;
                        Ok(constants(&|index| cells[index].clone()))
                    })?;
                    rows.collect()
                };
                read().map_err(super::error::sqlite(doing))?
            }
        };
        keys.add(wanted.clone(), rows);
    }
    Ok(keys)
}

impl Prepared<'_> {
    pub(super) fn filled(&self, origin: Origin, written: Written) -> Result<Filled, SeedError> {
        let tables = self.program.tables.iter();
        Ok(Filled {
            rows: tables
                .map(|table| (table.name.clone(), table.rows))
                .collect(),
            feeds: feeds::feeds(self.plan, &self.program)?,
            fingerprint: self.fingerprint.clone(),
            took_s: written.took,
            removed: written.removed,
            origin,
            notes: written.notes,
        })
    }

    pub(super) async fn fill(
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
            sql: self.plan.sql.clone(),
            keep_indexes: self.options.keep_indexes,
        };
        // Feeds first: a wrong one must not come to light after minutes of filling.
        let mut filled = self.filled(Origin::Filled, Written::default())?;
        self.hash(clock, progress).await?;
        let url = self.url.to_string();
        let written = match &mut self.session {
            Session::Postgres(client, _) => {
                let small =
                    load::dry::small(self.plan, &self.program, &self.schema, self.keys.as_ref());
                let filling = async {
                    if let Some(small) = small {
                        load::dry::fill(&url, client, small, empty_first, &job.sql).await?;
                    }
                    load::postgres::fill(&url, client, &job, clock, progress).await
                };
                match filling.await {
                    Ok(written) => written,
                    Err(error) => return Err(load::constraints::explain(client, error).await),
                }
            }
            Session::Mysql(account) => {
                let mut connection = connect_mysql(self.url, account).await?;
                let schema = &self.schema;
                load::mysql::fill(&url, &mut connection, schema, &job, clock, progress).await?
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
        filled.notes.extend(written.notes);
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

    pub(super) async fn is_empty(&self) -> Result<bool, SeedError> {
        for layout in &self.fit.layouts {
            let statement = format!("SELECT EXISTS (SELECT 1 FROM {})", layout.sql_name);
            let doing = format!("looking into `{}`", layout.name);
            let occupied: bool = match &self.session {
                Session::Postgres(client, _) => {
                    let row = client.query_one(&statement, &[]).await;
                    row.map_err(super::error::postgres(doing))?.get(0)
                }
                Session::Mysql(account) => {
                    let mut connection = connect_mysql(self.url, account).await?;
                    let found: Result<Option<bool>, _> = connection.query_first(&statement).await;
                    found.map_err(super::error::mysql(doing))? == Some(true)
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
            Session::Mysql(account) => {
                let mut connection = connect_mysql(self.url, account).await?;
                reset::mysql::recognises(&mut connection, &witnesses).await
            }
            Session::Sqlite(path) => {
                reset::sqlite::recognises(&open_sqlite(self.url, path)?, &witnesses)
            }
        }
    }

    pub(super) async fn restore_or_fill(
        &mut self,
        progress: OnProgress<'_>,
    ) -> Result<Filled, SeedError> {
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
            Session::Mysql(account) => {
                let mut snapshots = reset::mysql::Snapshots::open(self.url, account).await?;
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
            Session::Mysql(account) => {
                let mut snapshots = reset::mysql::Snapshots::open(self.url, account).await?;
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
    // What cannot say how far it is says at least that it goes on.
    let (clock, mut last) = (Clock::start(), None);
    loop {
        tokio::select! {
            told = receiver.recv() => match told {
                Some(told) => {
                    last = Some((clock.now(), told.clone()));
                    progress(told);
                }
                None => break,
            },
            () = tokio::time::sleep(load::TELL_EVERY) => {
                if let Some((since, told)) = &last {
                    let elapsed_s = told.elapsed_s + clock.now().ms_since(*since) / 1_000.0;
                    progress(Progress { elapsed_s, ..told.clone() });
                }
            }
        }
    }
    handle
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
