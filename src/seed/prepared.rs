//! A plan that was held against its database: filling it, knowing it again, resetting it.

use std::sync::Arc;

use indexmap::IndexMap;

use super::compile::{Input, compile, compile_with};
use super::database::Database;
use super::error::SeedError;
use super::existing::{self, Keys};
use super::fit::{Fit, fit};
use super::load::{self, Job, Meter, OnProgress, Stage, Written};
use super::plan::Plan;
use super::program::{Operation, Program};
use super::reset::audit::Audit;
use super::reset::record::{self, Growth, Record};
use super::reset::snapshots::Snapshots;
use super::reset::undo::Undone;
use super::run::{Filled, Options, Origin};
use super::schema::Schema;
use super::session::{Session, on_thread};
use super::{feeds, reset};
use crate::clock::Clock;

/// A program that fits a database, and the way to it.
pub(super) struct Prepared<'a> {
    pub(super) plan: &'a Plan,
    pub(super) url: &'a Database,
    pub(super) program: Arc<Program>,
    pub(super) fit: Arc<Fit>,
    pub(super) schema: Schema,
    /// Rows outside of the plan that its rows refer to.
    keys: Option<Keys>,
    pub(super) session: Session<'a>,
    options: &'a Options,
    pub(super) fingerprint: String,
    /// What says how the rows were seeded that the plan's functions gave, if they did.
    pub(super) record: Option<Record>,
    /// What other plans seeded here.
    others: Vec<Record>,
    /// What will be, or is, seeded.
    stages: Vec<Growth>,
    pub(super) shape: String,
}

/// Which rows a plan is prepared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// Those that the plan says.
    Planned,
    /// Those that were seeded; those that the plan says when nothing was noted.
    Seeded,
    /// Those that were seeded, and what is missing to those that the plan says.
    Grown,
}

pub(super) async fn prepare<'a>(
    plan: &'a Plan,
    url: &'a Database,
    options: &'a Options,
    view: View,
) -> Result<Prepared<'a>, SeedError> {
    url.guard(options.confirm.as_deref())?;
    // What is wrong in the plan itself is told before a connection is tried.
    let mut program = compile(plan, options.seed, options.scale)?;
    let mut session = Session::guarded(url, options.confirm.as_deref()).await?;
    let schema = session.schema().await?;
    let mut keys = None;
    if !program.sources.is_empty() {
        let wanted = existing::wanted(plan, &schema);
        let found = session.keys(&wanted, &schema).await?;
        let input = Input {
            seed: options.seed,
            scale: options.scale,
            keys: Some(keys.insert(found)),
            most_rows: None,
            rows: None,
        };
        program = compile_with(plan, &input)?;
    }
    let shape = record::shape(plan, &program);
    let mut others = session.records().await?;
    let record = others.iter().position(|record| record.shape == shape);
    let record = record.map(|index| others.remove(index));
    let mut stages = vec![Growth::of(&program)];
    if let Some(record) = record.as_ref().filter(|_| view != View::Planned) {
        let input = Input {
            seed: options.seed,
            scale: options.scale,
            keys: keys.as_ref(),
            most_rows: None,
            rows: None,
        };
        stages.clone_from(&record.stages);
        if view == View::Grown {
            let there = record.rows();
            let rows = reset::grow::target(&program, &there);
            let wanted = Input {
                rows: Some(&rows),
                ..input
            };
            let wanted = compile_with(plan, &wanted)?;
            let mut next = Growth::of(&wanted);
            if next.rows != there {
                next.starts = starts(&mut session, &wanted, &there, &schema).await?;
                stages.push(next);
            }
        }
        if let Some(grown) = reset::grow::program(plan, &input, &stages)? {
            program = grown;
        }
    }
    let fit = fit(plan, &program, &schema)?;
    session.refuse(plan, &schema, &fit)?;
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
        record,
        others,
        stages,
        shape,
    })
}

/// Where sequences of tables that grow must begin so that the new rows come after those that the
/// application made meanwhile.
async fn starts(
    session: &mut Session<'_>,
    wanted: &Program,
    there: &IndexMap<String, u64>,
    schema: &Schema,
) -> Result<IndexMap<String, i64>, SeedError> {
    let mut starts = IndexMap::new();
    for table in &wanted.tables {
        let old = there.get(&table.name).copied().unwrap_or(0);
        let Some(described) = schema.tables.get(&table.name).filter(|_| table.rows > old) else {
            continue;
        };
        for column in &table.columns {
            let Operation::Sequence { start } = column.operation else {
                continue;
            };
            let last = session.greatest(&table.name, described, &column.name);
            let next = start + old as i64;
            if let Some(last) = last.await?.filter(|last| *last >= next) {
                let start = last + 1 - old as i64;
                starts.insert(format!("{}.{}", table.name, column.name), start);
            }
        }
    }
    Ok(starts)
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
        if empty_first {
            self.guard_rows().await?;
        }
        let grows = self.program.before.is_some();
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
        let trial = Some(()).filter(|()| self.session.can_try() && !grows);
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

    /// What a writer needs that writes nothing of the plan's tables.
    pub(super) fn job(&self) -> Job {
        Job {
            program: Arc::clone(&self.program),
            fit: Arc::clone(&self.fit),
            threads: self.options.threads.max(1),
            empty_first: false,
            keep_indexes: true,
            record: None,
            sql: self.plan.sql.clone(),
        }
    }

    /// Why what was seeded cannot be spoken of.
    pub(super) fn not_seeded(&self) -> SeedError {
        let (reason, remedy) = if self.others.is_empty() {
            (
                "nothing is noted in it, and its rows are not the plan's",
                "seed it first: `rehearsal seed run`",
            )
        } else {
            (
                "what is noted in it was seeded by another plan, or by this one with another \
                 seed number or other columns",
                "use the plan and the seed number of then; numbers of rows may differ",
            )
        };
        SeedError::NotSeeded {
            url: self.url.to_string(),
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// Numbers of rows of all tables, at most a million each.
    pub(super) async fn occupied(&mut self) -> Result<IndexMap<String, u64>, SeedError> {
        self.session.occupied(&self.schema).await
    }

    /// Numbers of rows of the tables outside of the plan, as they will be.
    async fn outside(&mut self, empty_first: bool) -> Result<IndexMap<String, u64>, SeedError> {
        let mut counts = self.occupied().await?;
        counts.retain(|name, _| !self.plan.tables.contains_key(name));
        for referrer in self.fit.referrers.iter().filter(|_| empty_first) {
            counts.insert(referrer.name.clone(), 0);
        }
        Ok(counts)
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
        match reset::signs::not_ours(self.url, &rows, confirm) {
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

    pub(super) async fn is_empty(&mut self) -> Result<bool, SeedError> {
        self.session.is_empty(&self.fit.layouts).await
    }

    /// Whether the rows that are there are the seeder's own.
    async fn recognises(&mut self) -> Result<bool, SeedError> {
        let witnesses = reset::witnesses(&self.program, &self.fit.layouts);
        self.session.recognises(&witnesses).await
    }

    /// Removes what was seeded.
    pub(super) async fn undo(&mut self, progress: OnProgress<'_>) -> Result<Undone, SeedError> {
        self.must_be_seeded().await?;
        let job = self.job();
        let shape = self.record.as_ref().map(|record| &*record.shape);
        self.session.undo(&self.schema, &job, shape, progress).await
    }

    /// Says what changed since the seeding.
    pub(super) async fn audit(
        &mut self,
        most_compared: u64,
        progress: OnProgress<'_>,
    ) -> Result<Audit, SeedError> {
        self.must_be_seeded().await?;
        let job = self.job();
        let rows: u64 = job.fit.layouts.iter().map(|layout| layout.rows).sum();
        let exact = rows <= most_compared;
        let outside = self.outside(false).await?;
        let before = self.record.as_ref().map(|record| &record.others);
        let tables = self
            .session
            .changes(&self.schema, &job, exact, progress)
            .await?;
        let outside = outside.into_iter().filter_map(|(name, now)| {
            let before = before?.get(&name).copied()?;
            Some((name, (before, now)))
        });
        Ok(Audit {
            tables,
            outside: outside.collect(),
        })
    }

    async fn must_be_seeded(&mut self) -> Result<(), SeedError> {
        if self.record.is_none() && !self.recognises().await? {
            return Err(self.not_seeded());
        }
        Ok(())
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
        let mut snapshots = Snapshots::open(self.url).await?;
        let there = snapshots.exists(label).await?;
        if there {
            snapshots.restore(label, true).await?;
        }
        Ok(there)
    }

    /// Makes a spare of the snapshot of these data, if there is one.
    pub(super) async fn spare(&self) -> Result<(), SeedError> {
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
