//! Fills a database by a prepared plan, or puts back the snapshot that was taken when it was
//! filled before.

use std::sync::Arc;

use super::Prepared;
use crate::clock::Clock;
use crate::seed::beside;
use crate::seed::error::SeedError;
use crate::seed::feeds;
use crate::seed::load::{self, Job, Meter, OnProgress, Stage, Written};
use crate::seed::reset::record::Record;
use crate::seed::reset::snapshots::Snapshots;
use crate::seed::reset::{self, signs};
use crate::seed::run::{Filled, Origin};
use crate::seed::session::on_thread;

impl Prepared<'_> {
    pub(in crate::seed) fn filled(
        &self,
        origin: Origin,
        written: Written,
    ) -> Result<Filled, SeedError> {
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

    pub(in crate::seed) async fn fill(
        &mut self,
        empty_first: bool,
        progress: OnProgress<'_>,
    ) -> Result<Filled, SeedError> {
        let clock = Clock::start();
        let grows = self.program.before.is_some();
        let beside = self.plan.has_beside();
        if beside && !grows {
            let records = self.record.iter().chain(&self.others);
            let refusal = beside::seeded_before(&self.url.to_string(), self.plan, records);
            refusal.map_or(Ok(()), Err)?;
        }
        // Beside others nothing is emptied: what was seeded was taken away row by row.
        let empty_first = empty_first && !beside;
        if empty_first {
            self.guard_rows().await?;
        }
        let record = Record::new(
            self.shape.clone(),
            self.fingerprint.clone(),
            self.stages.clone(),
            self.outside(empty_first).await?,
        );
        let job = Job {
            record: Some(record),
            empty_first,
            // Beside rows that are there, indexes would have to be built of these, too.
            keep_indexes: self.options.keep_indexes || grows,
            ..self.job()
        };
        // Feeds first: a wrong one must not come to light after minutes of filling.
        let mut filled = self.filled(Origin::Filled, Written::default())?;
        self.hash(clock, progress).await?;
        let (plan, schema, keys) = (self.plan, &self.schema, self.keys.as_ref());
        let trial = Some(()).filter(|()| self.session.can_try() && !grows && !beside);
        let trial = trial.and_then(|()| load::dry::small(plan, &self.program, schema, keys));
        let filling = self.session.fill(schema, &job, trial, clock, progress);
        let written = filling.await?;
        filled.took_s = written.took;
        filled.removed = written.removed;
        filled.notes.extend(written.notes);
        for layout in self.fit.layouts.iter().filter(|layout| layout.rows > 0) {
            for trigger in &self.schema.tables[&layout.name].triggers {
                let name = &layout.name;
                filled.notes.push(format!(
                    "the trigger `{trigger}` of `{name}` ran for what was written"
                ));
            }
        }
        Ok(filled)
    }

    /// Refuses to remove many rows of which nothing says that they were seeded.
    async fn guard_rows(&mut self) -> Result<(), SeedError> {
        let occupied = self.occupied().await?;
        let noted = |table: &str| {
            let mut records = self.record.iter().chain(&self.others);
            records.any(|record| record.rows().contains_key(table))
        };
        let not_noted =
            |(name, _): &(String, u64)| self.plan.tables.contains_key(name) && !noted(name);
        let rows: Vec<_> = occupied.into_iter().filter(not_noted).collect();
        let confirm = self.options.confirm.as_deref();
        match signs::not_ours(self.url, &rows, confirm) {
            Err(_) if self.recognises().await? => Ok(()),
            other => other,
        }
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

    pub(in crate::seed) async fn restore_or_fill(
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
        let mut snapshots = Snapshots::open(self.url).await?;
        let there = snapshots.exists(label).await?;
        if there {
            snapshots.restore(label, true).await?;
        }
        Ok(there)
    }

    /// Makes a spare of the snapshot of these data, if there is one.
    pub(in crate::seed) async fn spare(&self) -> Result<(), SeedError> {
        let label = reset::label(&self.fingerprint, &self.schema);
        let mut snapshots = Snapshots::open(self.url).await?;
        if snapshots.exists(&label).await? {
            snapshots.spare(&label, true).await?;
        }
        Ok(())
    }

    async fn take(&self, label: &str) -> Result<(), SeedError> {
        let mut snapshots = Snapshots::open(self.url).await?;
        snapshots.take(label).await?;
        snapshots.forget_others(label).await
    }
}
