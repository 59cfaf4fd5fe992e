//! What the rest of the program calls: fill, check, make the same data again.

use indexmap::IndexMap;

use super::beside;
use super::compile::compile;
use super::database::Database;
use super::error::SeedError;
use super::load::{OnProgress, Written};
use super::plan::Plan;
use super::prepared::{View, prepare};
use super::reset::audit::Audit;
use super::reset::snapshots::Snapshots;
use super::reset::undo::Undone;
use super::session::Session;
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
    /// Indexes and references stay in place while their tables are filled: slower, and the
    /// application may read meanwhile.
    pub keep_indexes: bool,
}

/// One core is the server's, or SQLite's writer's, which is the slower part: where makers of rows
/// take turns with it, a fill of two cores takes a quarter longer.
fn default_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    cores.saturating_sub(1).clamp(1, 4)
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scale: 1.0,
            seed: None,
            threads: default_threads(),
            confirm: None,
            refill: false,
            keep_indexes: false,
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
    /// Add what is missing to the plan's numbers of rows; the rows that are there stay.
    TopUp,
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
    /// Some were there, and the others were added.
    Grown,
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
    /// Statements of the plan that would run in the transaction, before the rows.
    pub sql_before: Vec<String>,
    /// The same, after the rows.
    pub sql_after: Vec<String>,
    /// Rows that stand in the plan's tables and in those that refer to them, at most a million
    /// each: a refill removes them.
    pub occupied: IndexMap<String, u64>,
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
    if options.refill {
        return refill(plan, database, options, progress).await;
    }
    let mut prepared = prepare(plan, database, options, View::Planned).await?;
    prepared.fill(false, progress).await
}

/// Empties the plan's tables and fills them again. Where rows stand beside others only what was
/// seeded is taken away first, row by row.
async fn refill(
    plan: &Plan,
    database: &Database,
    options: &Options,
    progress: OnProgress<'_>,
) -> Result<Filled, SeedError> {
    let removed = take_away(plan, database, options, progress).await?;
    let mut prepared = prepare(plan, database, options, View::Planned).await?;
    let mut filled = prepared.fill(true, progress).await?;
    filled.removed.extend(removed);
    Ok(filled)
}

/// Removes what this plan seeded beside other rows, if it did; gives the numbers of rows.
async fn take_away(
    plan: &Plan,
    database: &Database,
    options: &Options,
    progress: OnProgress<'_>,
) -> Result<IndexMap<String, u64>, SeedError> {
    if !plan.has_beside() {
        return Ok(IndexMap::new());
    }
    let mut prepared = prepare(plan, database, options, View::Seeded).await?;
    if prepared.record.is_none() {
        return Ok(IndexMap::new());
    }
    Ok(prepared.undo(progress).await?.removed)
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
    let mut prepared = prepare(plan, database, options, View::Planned).await?;
    super::feeds::feeds(plan, &prepared.program)?;
    let kind = prepared.session.kind();
    let sql = |statements: &[super::plan::Statement]| {
        let own = statements.iter().filter_map(|statement| statement.of(kind));
        own.map(str::to_owned).collect()
    };
    let mut occupied = prepared.occupied().await?;
    let rows = prepared.fit.layouts.iter();
    let referrers = prepared.fit.referrers.iter();
    occupied.retain(|name, rows| {
        let refers = || referrers.clone().any(|referrer| referrer.name == *name);
        *rows > 0 && (plan.tables.contains_key(name) || refers())
    });
    Ok(Checked {
        sql_before: sql(&plan.sql.before),
        sql_after: sql(&plan.sql.after),
        occupied,
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
    let mut session = Session::open(database).await?;
    let mut schema = session.schema().await?;
    super::guess::implied::add(&mut schema);
    let occupied = session.occupied(&schema).await?;
    let observed = session.observed(&schema, &occupied).await?;
    let today = Clock::start().started_at().strftime("%Y-%m-%d").to_string();
    super::guess::plan(&super::guess::Input {
        schema: &schema,
        url: &database.to_string(),
        today: &today,
        occupied: &occupied,
        observed: &observed,
        profile: None,
    })
}

/// The plan's feeds, without a database.
///
/// # Errors
/// The place in the plan that cannot be.
pub fn feeds(plan: &Plan, options: &Options) -> Result<Vec<Feed>, SeedError> {
    beside::refuse_keys(plan)?;
    let program = compile(plan, options.seed, options.scale)?;
    Ok(super::feeds::feeds(plan, &program)?)
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
    match reset {
        Reset::Refill => refill(plan, database, options, progress).await,
        Reset::Snapshot => {
            let mut prepared = prepare(plan, database, options, View::Planned).await?;
            prepared.restore_or_fill(progress).await
        }
        Reset::Keep | Reset::TopUp => {
            let mut prepared = prepare(plan, database, options, View::Planned).await?;
            if prepared.is_empty().await? {
                return prepared.fill(false, progress).await;
            }
            if reset == Reset::TopUp {
                return top_up(plan, database, options, progress).await;
            }
            // Rows and feeds of what was seeded, which may be other numbers than the plan's.
            let kept = prepare(plan, database, options, View::Seeded).await?;
            kept.filled(Origin::Kept, Written::default())
        }
    }
}

async fn top_up(
    plan: &Plan,
    database: &Database,
    options: &Options,
    progress: OnProgress<'_>,
) -> Result<Filled, SeedError> {
    let mut prepared = prepare(plan, database, options, View::Grown).await?;
    let Some(record) = &prepared.record else {
        return Err(prepared.not_seeded());
    };
    let there = record.rows();
    let grows = prepared
        .program
        .tables
        .iter()
        .any(|table| there.get(&table.name) != Some(&table.rows));
    if !grows {
        return prepared.filled(Origin::Kept, Written::default());
    }
    let mut filled = prepared.fill(false, progress).await?;
    filled.origin = Origin::Grown;
    Ok(filled)
}

/// Removes the rows that the plan seeded, and leaves those of the application and of people.
///
/// All or nothing.
///
/// # Errors
/// [`SeedError::NotSeeded`], [`SeedError::Hanging`], [`SeedError::Unknown`], and those of
/// connecting.
pub async fn undo(
    plan: &Plan,
    database: &Database,
    options: &Options,
    progress: OnProgress<'_>,
) -> Result<Undone, SeedError> {
    let mut prepared = prepare(plan, database, options, View::Seeded).await?;
    prepared.undo(progress).await
}

/// Says what changed since the plan was seeded; changes nothing. Row by row when the plan has at
/// most `most_compared` rows; else rows are counted.
///
/// # Errors
/// [`SeedError::NotSeeded`], and those of connecting.
pub async fn audit(
    plan: &Plan,
    database: &Database,
    options: &Options,
    most_compared: u64,
    progress: OnProgress<'_>,
) -> Result<Audit, SeedError> {
    let mut prepared = prepare(plan, database, options, View::Seeded).await?;
    prepared.audit(most_compared, progress).await
}

/// Takes a snapshot of the whole database under a label of letters, digits and `_`.
///
/// # Errors
/// [`SeedError::SnapshotRefused`] when the server does not allow it.
pub async fn snapshot(database: &Database, label: &str) -> Result<(), SeedError> {
    // Says that the database is not there in the words for it.
    drop(Session::open(database).await?);
    Snapshots::open(database).await?.take(label).await
}

/// Puts a snapshot back. Applications may stay connected to SQLite and MySQL; PostgreSQL ends their
/// sessions, and they connect again.
///
/// # Errors
/// [`SeedError::NoSnapshot`], [`SeedError::SnapshotRefused`], [`SeedError::Production`].
pub async fn restore(
    database: &Database,
    label: &str,
    confirm: Option<&str>,
) -> Result<(), SeedError> {
    put_back(database, label, confirm, true, false).await
}

/// As [`restore`], but does not wait for what people need not wait for: the server alone removes
/// what was replaced and, with `spare`, makes a copy for the next time.
///
/// # Errors
/// As [`restore`].
pub async fn restore_and_leave(
    database: &Database,
    label: &str,
    confirm: Option<&str>,
    spare: bool,
) -> Result<(), SeedError> {
    put_back(database, label, confirm, false, spare).await
}

async fn put_back(
    database: &Database,
    label: &str,
    confirm: Option<&str>,
    wait: bool,
    spare: bool,
) -> Result<(), SeedError> {
    drop(Session::guarded(database, confirm).await?);
    let mut snapshots = Snapshots::open(database).await?;
    snapshots.restore(label, wait).await?;
    // It is restored; the next time, copying will take longer.
    if spare && let Err(error) = snapshots.spare(label, wait).await {
        tracing::warn!(%error, "no spare copy of the snapshot was made");
    }
    Ok(())
}

/// Makes a copy of a snapshot in advance, so that restoring it is only putting the copy in place.
/// It takes as much disk as the database. SQLite and MySQL need none.
///
/// Without `wait` the server is left alone with it.
///
/// # Errors
/// [`SeedError::SnapshotRefused`] when the server does not allow it.
pub async fn spare(database: &Database, label: &str, wait: bool) -> Result<(), SeedError> {
    let mut snapshots = Snapshots::open(database).await?;
    snapshots.spare(label, wait).await
}

/// Makes a spare of the snapshot of a plan, if there is that snapshot, for the next run.
///
/// # Errors
/// As [`ensure`], before the first row; and [`spare`].
pub async fn spare_for(
    plan: &Plan,
    database: &Database,
    options: &Options,
) -> Result<(), SeedError> {
    let prepared = prepare(plan, database, options, View::Planned).await?;
    prepared.spare().await
}
