//! A plan that was held against its database: filling it (`fill`), knowing its rows again, removing
//! them, comparing them.

mod fill;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::seed::beside;
use crate::seed::compile::{Input, compile, compile_with};
use crate::seed::database::Database;
use crate::seed::error::SeedError;
use crate::seed::existing::{self, Keys};
use crate::seed::fit::{Fit, fit};
use crate::seed::letters;
use crate::seed::load::{Job, OnProgress};
use crate::seed::plan::Plan;
use crate::seed::program::{Operation, Program};
use crate::seed::reset;
use crate::seed::reset::audit::Audit;
use crate::seed::reset::record::{self, Growth, Record};
use crate::seed::reset::undo::Undone;
use crate::seed::run::Options;
use crate::seed::schema::Schema;
use crate::seed::session::Session;

/// A program that fits a database, and the way to it.
pub(in crate::seed) struct Prepared<'a> {
    pub(in crate::seed) plan: &'a Plan,
    pub(in crate::seed) url: &'a Database,
    pub(in crate::seed) program: Arc<Program>,
    pub(in crate::seed) fit: Arc<Fit>,
    pub(in crate::seed) schema: Schema,
    /// Rows outside of the plan that its rows refer to.
    keys: Option<Keys>,
    pub(in crate::seed) session: Session<'a>,
    options: &'a Options,
    pub(in crate::seed) fingerprint: String,
    /// What says how the rows were seeded that the plan's functions gave, if they did.
    pub(in crate::seed) record: Option<Record>,
    /// What other plans seeded here.
    others: Vec<Record>,
    /// What will be, or is, seeded.
    stages: Vec<Growth>,
    pub(in crate::seed) shape: String,
}

/// Which rows a plan is prepared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) enum View {
    /// Those that the plan says.
    Planned,
    /// Those that were seeded; those that the plan says when nothing was noted.
    Seeded,
    /// Those that were seeded, and what is missing to those that the plan says.
    Grown,
}

pub(in crate::seed) async fn prepare<'a>(
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
    let input = Input {
        seed: options.seed,
        scale: options.scale,
        keys: keys.as_ref(),
        most_rows: None,
        rows: None,
    };
    if let Some(record) = record.as_ref().filter(|_| view != View::Planned) {
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
    } else if plan.has_beside() {
        stages[0].starts = if let Some(record) = &record {
            record.stages[0].starts.clone()
        } else {
            let (none, schema) = (IndexMap::new(), beside::schema(plan, &schema));
            starts(&mut session, &program, &none, &schema).await?
        };
        if let Some(behind) = reset::grow::program(plan, &input, &stages)? {
            program = behind;
        }
    }
    letters::give(&mut program, &schema, &session.letters(&schema).await?);
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
    /// What a writer needs that writes nothing of the plan's tables.
    pub(in crate::seed) fn job(&self) -> Job {
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
    pub(in crate::seed) fn not_seeded(&self) -> SeedError {
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
    pub(in crate::seed) async fn occupied(&mut self) -> Result<IndexMap<String, u64>, SeedError> {
        self.session.occupied(&self.schema).await
    }

    /// Numbers of rows of the tables outside of the plan, as they will be.
    async fn outside(&mut self, empty_first: bool) -> Result<IndexMap<String, u64>, SeedError> {
        let mut counts = self.occupied().await?;
        let beside = |name: &str| self.plan.tables[name].beside;
        counts.retain(|name, _| !self.plan.tables.contains_key(name) || beside(name));
        for referrer in self.fit.referrers.iter().filter(|_| empty_first) {
            counts.insert(referrer.name.clone(), 0);
        }
        Ok(counts)
    }

    /// Whether the plan's tables hold no row; those whose rows stand beside others, none that was
    /// seeded.
    pub(in crate::seed) async fn is_empty(&mut self) -> Result<bool, SeedError> {
        let records = self.record.iter().chain(&self.others);
        if beside::seeded_before("", self.plan, records).is_some() {
            return Ok(false);
        }
        let alone = self.fit.layouts.iter().filter(|layout| !layout.beside);
        self.session.is_empty(alone).await
    }

    /// Whether the rows that are there are the seeder's own.
    async fn recognises(&mut self) -> Result<bool, SeedError> {
        let witnesses = reset::witnesses(&self.program, &self.fit.layouts);
        self.session.recognises(&witnesses).await
    }

    /// Removes what was seeded.
    pub(in crate::seed) async fn undo(
        &mut self,
        progress: OnProgress<'_>,
    ) -> Result<Undone, SeedError> {
        self.must_be_seeded().await?;
        let job = self.job();
        let shape = self.record.as_ref().map(|record| &*record.shape);
        self.session.undo(&self.schema, &job, shape, progress).await
    }

    /// Says what changed since the seeding.
    pub(in crate::seed) async fn audit(
        &mut self,
        most_compared: u64,
        progress: OnProgress<'_>,
    ) -> Result<Audit, SeedError> {
        self.must_be_seeded().await?;
        let job = self.job();
        let rows: u64 = job.fit.layouts.iter().map(|layout| layout.rows).sum();
        let exact = rows <= most_compared;
        let mut outside = self.outside(false).await?;
        outside.retain(|name, _| !self.plan.tables.contains_key(name));
        let before = self.record.as_ref().map(|record| &record.others);
        let mut tables = self
            .session
            .changes(&self.schema, &job, exact, progress)
            .await?;
        for name in beside::tables(self.plan) {
            let others = before.and_then(|before| before.get(name));
            if let (Some(change), Some(others)) = (tables.get_mut(name), others) {
                beside::without_others(change, *others);
            }
        }
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
        // Keys that start behind rows that were there are known from the record alone.
        let known = self.record.is_some() || !self.plan.has_beside() && self.recognises().await?;
        if known {
            Ok(())
        } else {
            Err(self.not_seeded())
        }
    }
}
