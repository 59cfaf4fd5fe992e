//! What a connected database is told to do with a plan's rows: filling, removing, comparing. Each
//! is one transaction.

use indexmap::IndexMap;

use super::{Connected, Session};
use crate::clock::Clock;
use crate::seed::database::open_sqlite;
use crate::seed::error::SeedError;
use crate::seed::fit::Fit;
use crate::seed::load::{self, Job, OnProgress, Progress, Written};
use crate::seed::program::Program;
use crate::seed::reset::{audit, undo};
use crate::seed::schema::Schema;

impl Session<'_> {
    /// Whether a small version of a fill can be tried first and taken back whole.
    pub(in crate::seed) const fn can_try(&self) -> bool {
        matches!(self.connected, Connected::Postgres(_))
    }

    /// Fills; `trial` is taken back before.
    pub(in crate::seed) async fn fill(
        &mut self,
        schema: &Schema,
        job: &Job,
        trial: Option<(Program, Fit)>,
        clock: Clock,
        progress: OnProgress<'_>,
    ) -> Result<Written, SeedError> {
        let url = self.url.to_string();
        match &mut self.connected {
            Connected::Sqlite(path) => {
                let (mut connection, job) = (open_sqlite(self.url, path)?, job.clone());
                on_thread(progress, move |progress| {
                    load::sqlite::fill(&url, &mut connection, &job, clock, progress)
                })
                .await
            }
            Connected::Postgres(client) => {
                let filling = async {
                    if let Some(trial) = trial {
                        load::dry::fill(&url, client, trial, job.empty_first, &job.sql).await?;
                    }
                    load::postgres::fill(&url, client, job, clock, progress).await
                };
                match filling.await {
                    Ok(written) => Ok(written),
                    Err(error @ SeedError::Full { .. }) => {
                        load::postgres::give_room_back(client, &job.fit).await;
                        Err(error)
                    }
                    Err(error) => Err(load::constraints::explain(client, error).await),
                }
            }
            Connected::Mysql(connection) => {
                load::mysql::fill(&url, connection, schema, job, clock, progress).await
            }
        }
    }

    /// Removes the rows of a job, and what is noted of a shape.
    pub(in crate::seed) async fn undo(
        &mut self,
        schema: &Schema,
        job: &Job,
        shape: Option<&str>,
        progress: OnProgress<'_>,
    ) -> Result<undo::Undone, SeedError> {
        let url = self.url.to_string();
        match &mut self.connected {
            Connected::Sqlite(path) => {
                let (mut connection, job) = (open_sqlite(self.url, path)?, job.clone());
                let (schema, shape) = (schema.clone(), shape.map(str::to_owned));
                on_thread(progress, move |progress| {
                    let shape = shape.as_deref();
                    undo::sqlite::undo(&url, &mut connection, &job, &schema, shape, progress)
                })
                .await
            }
            Connected::Postgres(client) => {
                undo::postgres::undo(&url, client, job, schema, shape, progress).await
            }
            Connected::Mysql(connection) => {
                undo::mysql::undo(&url, connection, job, schema, shape, progress).await
            }
        }
    }

    /// Compares the rows of a job with those that are there, one by one where `exact`.
    pub(in crate::seed) async fn changes(
        &mut self,
        schema: &Schema,
        job: &Job,
        exact: bool,
        progress: OnProgress<'_>,
    ) -> Result<IndexMap<String, audit::Change>, SeedError> {
        match &mut self.connected {
            Connected::Sqlite(path) => {
                let (mut connection, job) = (open_sqlite(self.url, path)?, job.clone());
                let schema = schema.clone();
                on_thread(progress, move |progress| {
                    audit::sqlite_changes(&mut connection, &job, &schema, exact, progress)
                })
                .await
            }
            Connected::Postgres(client) => {
                audit::postgres_changes(client, job, schema, exact, progress).await
            }
            Connected::Mysql(connection) => {
                audit::mysql_changes(connection, job, schema, exact, progress).await
            }
        }
    }
}

/// Runs blocking work on a thread of its own and passes its progress on.
pub(in crate::seed) async fn on_thread<T: Send + 'static>(
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
