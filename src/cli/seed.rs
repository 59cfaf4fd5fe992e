//! `rehearsal seed`: plan, fill, snapshot, restore; and the seeding before a run.

use std::path::PathBuf;
use std::time::Duration;

use rehearsal::measure::{Changes, Data, RowCounts, TableChange, units};
use rehearsal::seed::{
    self, Audit, Database, Filled, Options, Origin, ProfileOptions, Progress, Reset,
};
use rehearsal::workload;
use serde_json::json;

use super::run::Seeded;
use super::setup::{self, Seeding};
use super::{Exit, printer::Printer};

/// Name of the snapshot that `rehearsal seed snapshot` takes when it is given none.
const SNAPSHOT: &str = "manual";

/// What to do with which database.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: SeedCommand,
}

#[derive(Debug, clap::Subcommand)]
enum SeedCommand {
    /// Read a schema and write a plan with a guess for each column.
    Plan(PlanArgs),
    /// Measure a database that is in use, read-only, and write a plan for another one like it.
    #[command(after_help = "Example:\n  \
        rehearsal seed profile --database postgres://reader@db.example.com/shop -o plan.toml\n\n\
        The plan holds counts, shares, lengths, rounded edges of bins, and values that --min-count \
        rows or more share; never a value of a column whose name speaks of people or secrets. \
        Read it before it leaves your hands.")]
    Profile(ProfileArgs),
    /// Fill the plan's tables.
    #[command(after_help = "Example:\n  \
        rehearsal seed run plan.toml --database postgres://me@127.0.0.1/shop --scale 10x")]
    Run(RunArgs),
    /// Remove what the plan seeded; rows of the application and of people stay.
    Undo(KnownArgs),
    /// Say what changed since the plan was seeded, row by row; changes nothing.
    Audit(KnownArgs),
    /// Keep the database as it is now, to be restored later.
    Snapshot(SnapshotArgs),
    /// Put a snapshot back.
    Restore(SnapshotArgs),
}

/// Which database.
#[derive(Debug, clap::Args)]
struct DatabaseArgs {
    /// `postgres://user:password@host:port/name`, `mysql://` of the same form, `sqlite:FILE`, or
    /// `env:NAME` for an environment variable that holds one of them.
    #[arg(long, value_name = "URL", default_value = "env:DATABASE_URL")]
    database: String,

    /// The database's exact name, for one that looks like production.
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

#[derive(Debug, clap::Args)]
struct PlanArgs {
    #[command(flatten)]
    database: DatabaseArgs,

    /// File to write; an existing one is not overwritten. Standard output when absent.
    #[arg(short, long, value_name = "PLAN")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ProfileArgs {
    /// `postgres://user:password@host:port/name`, `sqlite:FILE`, or `env:NAME` for an
    /// environment variable that holds one of them.
    #[arg(long, value_name = "URL", default_value = "env:DATABASE_URL")]
    database: String,

    /// File to write; an existing one is not overwritten. Standard output when absent.
    #[arg(short, long, value_name = "PLAN")]
    output: Option<PathBuf>,

    /// The longest that a statement may take: `30s`, `5m`. A sample is measured where it is not
    /// enough.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_timeout)]
    timeout: Duration,

    /// Rows that must share a value before the plan names it, or lie between two edges of a
    /// distribution.
    #[arg(long, value_name = "ROWS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(2..))]
    min_count: u64,

    /// Print each statement before it runs.
    #[arg(long)]
    show_queries: bool,
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// What to fill.
    plan: PathBuf,

    #[command(flatten)]
    database: DatabaseArgs,

    /// Multiplies the plan's numbers of rows: `10x`, `0.1`.
    #[arg(long, default_value = "1", value_parser = parse_scale)]
    scale: f64,

    /// Instead of the plan's seed number.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// What becomes of rows that are there: `refill` removes them, `snapshot` restores the one of
    /// this plan if there is one, `keep` leaves them, `top-up` adds what is missing to the plan's
    /// numbers. Without it they are a reason to refuse.
    #[arg(long, value_enum)]
    reset: Option<ResetArg>,

    /// The same as `--reset top-up`.
    #[arg(long, conflicts_with = "reset")]
    top_up: bool,

    /// Threads that make rows; the rows are the same with any number. When absent, all cores but
    /// the one that writes, at most 4.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,

    /// Keep indexes and references in place while filling: slower, but the application may read
    /// the tables meanwhile.
    #[arg(long)]
    keep_indexes: bool,

    /// Say what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A plan that was seeded.
#[derive(Debug, clap::Args)]
struct KnownArgs {
    /// What was seeded.
    plan: PathBuf,

    #[command(flatten)]
    database: DatabaseArgs,

    /// The seed number, if it was another than the plan's.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

#[derive(Debug, clap::Args)]
struct SnapshotArgs {
    #[command(flatten)]
    database: DatabaseArgs,

    /// Name of the snapshot.
    #[arg(long, default_value = SNAPSHOT)]
    name: String,

    /// Leave no copy for the next restore. It makes restoring PostgreSQL a matter of renaming,
    /// and takes as much disk as the database.
    #[arg(long)]
    no_spare: bool,
}

/// Has the server copy the snapshot for the next time, while nobody waits.
async fn spare(args: &SnapshotArgs, database: &Database, printer: &Printer) {
    if args.no_spare {
        return;
    }
    if let Err(error) = seed::spare(database, &args.name, false).await {
        printer.line(format!("note: the next restore will have to copy: {error}"));
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ResetArg {
    Snapshot,
    Refill,
    Keep,
    TopUp,
}

pub(super) fn parse_scale(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('x').unwrap_or(text);
    match number.parse::<f64>() {
        Ok(scale) if scale > 0.0 && scale.is_finite() => Ok(scale),
        _ => Err("expected a number such as `10x` or `0.1`".to_owned()),
    }
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => match text.strip_suffix('m') {
            Some(number) => (number, 60.0),
            None => (text.strip_suffix('s').unwrap_or(text), 1.0),
        },
    };
    let seconds = number.parse::<f64>().ok().map(|number| number * factor);
    seconds
        .filter(|seconds| (0.001..=86_400.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected a time such as `30s` or `5m`".to_owned())
}

pub(super) async fn execute(args: Args, printer: &Printer) -> miette::Result<Exit> {
    match args.command {
        SeedCommand::Plan(args) => plan(args, printer).await,
        SeedCommand::Profile(args) => profile(args, printer).await,
        SeedCommand::Run(args) => fill(args, printer).await,
        SeedCommand::Undo(args) => undo(args, printer).await,
        SeedCommand::Audit(args) => audit(args, printer).await,
        SeedCommand::Snapshot(args) => {
            let database = Database::parse(&args.database.database)?;
            seed::snapshot(&database, &args.name).await?;
            printer.line(format!("snapshot `{}` of {database} taken", args.name));
            spare(&args, &database, printer).await;
            Ok(Exit::Pass)
        }
        SeedCommand::Restore(args) => {
            let database = Database::parse(&args.database.database)?;
            let confirm = args.database.confirm.as_deref();
            seed::restore_and_leave(&database, &args.name, confirm, !args.no_spare).await?;
            printer.line(format!("snapshot `{}` of {database} restored", args.name));
            Ok(Exit::Pass)
        }
    }
}

async fn plan(args: PlanArgs, printer: &Printer) -> miette::Result<Exit> {
    let database = Database::parse(&args.database.database)?;
    let text = seed::plan_for(&database).await?;
    write_plan(&text, args.output, &database, printer)
}

async fn profile(args: ProfileArgs, printer: &Printer) -> miette::Result<Exit> {
    let database = Database::parse(&args.database)?;
    let options = ProfileOptions {
        timeout: args.timeout,
        min_count: args.min_count,
    };
    let show = args.show_queries;
    let mut on_query = |query: &str| {
        if show {
            printer.line(format!("{query};"));
        }
    };
    let profiled = seed::profile(&database, &options, &mut on_query).await?;
    for note in &profiled.notes {
        printer.line(format!("note: {note}"));
    }
    write_plan(&profiled.plan, args.output, &database, printer)
}

fn write_plan(
    text: &str,
    output: Option<PathBuf>,
    database: &Database,
    printer: &Printer,
) -> miette::Result<Exit> {
    let Some(path) = output else {
        printer.raw(text.as_bytes())?;
        return Ok(Exit::Pass);
    };
    std::fs::File::create_new(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .map_err(|error| {
            let help = match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    "a plan that is there is not overwritten: name another file, or remove it"
                }
                _ => "name a file in a folder that is there and may be written",
            };
            miette::miette!(
                help = help,
                "could not write the plan `{}`: {error}",
                path.display()
            )
        })?;
    printer.line(format!(
        "plan for {database} written to {}: read the guesses, then  rehearsal seed run {} --database …",
        path.display(),
        path.display()
    ));
    Ok(Exit::Pass)
}

impl KnownArgs {
    fn options(&self) -> Options {
        Options {
            seed: self.seed,
            confirm: self.database.confirm.clone(),
            ..Options::default()
        }
    }
}

async fn undo(args: KnownArgs, printer: &Printer) -> miette::Result<Exit> {
    let plan = setup::load_plan(&args.plan)?;
    let database = Database::parse(&args.database.database)?;
    let mut progress = |progress| tell(&progress, printer);
    let undone = seed::undo(&plan, &database, &args.options(), &mut progress).await;
    printer.end_progress();
    let undone = undone?;
    let rows: u64 = undone.removed.values().sum();
    printer.line(format!(
        "removed {} seeded rows of {database}",
        units::count(rows)
    ));
    for (table, removed) in &undone.removed {
        let kept = match undone.kept.get(table) {
            Some(kept) if *kept > 0 => {
                format!("  ({} that were not seeded stay)", units::count(*kept))
            }
            _ => String::new(),
        };
        printer.line(format!("  {:>12}  {table}{kept}", units::count(*removed)));
    }
    printer.document(&json!({"version": 1, "removed": undone.removed, "kept": undone.kept}))?;
    Ok(Exit::Pass)
}

async fn audit(args: KnownArgs, printer: &Printer) -> miette::Result<Exit> {
    let plan = setup::load_plan(&args.plan)?;
    let database = Database::parse(&args.database.database)?;
    let mut progress = |progress| tell(&progress, printer);
    let audit = seed::audit(&plan, &database, &args.options(), u64::MAX, &mut progress).await;
    printer.end_progress();
    let audit = audit?;
    say_changes(&audit, printer);
    let Changes { tables, outside } = changes(&audit);
    printer.document(&json!({"version": 1, "tables": tables, "outside": outside}))?;
    Ok(Exit::Pass)
}

/// An audit as machines read it.
fn changes(audit: &Audit) -> Changes {
    let tables = audit.tables.iter().map(|(table, change)| {
        let change = TableChange {
            seeded: change.seeded,
            now: change.now,
            inserted: change.rows.map(|rows| rows.inserted),
            deleted: change.rows.map(|rows| rows.deleted),
            updated: change.rows.map(|rows| rows.updated),
        };
        (table.clone(), change)
    });
    let outside = audit.outside.iter();
    let outside = outside.map(|(table, &(before, now))| (table.clone(), RowCounts { before, now }));
    Changes {
        tables: tables.collect(),
        outside: outside.collect(),
    }
}

/// What changed, table by table; those that did not change in one line.
fn say_changes(audit: &Audit, printer: &Printer) {
    let mut quiet = Vec::new();
    for (table, change) in &audit.tables {
        if change.is_none() {
            quiet.push(table.as_str());
            continue;
        }
        let what = match change.rows {
            Some(rows) => {
                let parts = [
                    (rows.inserted, "inserted"),
                    (rows.deleted, "deleted"),
                    (rows.updated, "updated"),
                ];
                let parts = parts.iter().filter(|(count, _)| *count > 0);
                let parts = parts.map(|(count, what)| format!("{} {what}", units::count(*count)));
                parts.collect::<Vec<_>>().join(", ")
            }
            None => format!(
                "{} rows, {} were seeded",
                units::count(change.now),
                units::count(change.seeded)
            ),
        };
        printer.line(format!("changed: {table}: {what}"));
    }
    for (table, (before, now)) in &audit.outside {
        if before == now {
            quiet.push(table);
        } else {
            printer.line(format!(
                "changed: {table}: {} rows, {} when it was seeded (outside of the plan)",
                units::count(*now),
                units::count(*before)
            ));
        }
    }
    if !quiet.is_empty() {
        printer.line(format!("not changed: {}", quiet.join(", ")));
    }
}

/// Rows of a plan that are compared one by one after a run; more are only counted.
const MOST_COMPARED: u64 = 2_000_000;

/// Says what a run changed in what was seeded for it; gives it for the summary. That it cannot be
/// said fails no run.
pub(super) async fn after_run(
    section: Option<&workload::SeedSection>,
    seeding: Option<&Seeding>,
    printer: &Printer,
) -> Option<Changes> {
    let (section, seeding) = (section.filter(|section| !section.skip)?, seeding?);
    let (plan, database) = (&seeding.plan, &seeding.database);
    let mut progress = |progress| tell(&progress, printer);
    let options = options(section);
    let audit = seed::audit(plan, database, &options, MOST_COMPARED, &mut progress).await;
    printer.end_progress();
    match audit {
        Ok(audit) => {
            say_changes(&audit, printer);
            Some(changes(&audit))
        }
        Err(error) => {
            printer.line(format!(
                "what the run changed in {database} is not known: {error}"
            ));
            None
        }
    }
}

/// Makes the next run's restoring quicker, now that nothing is measured any more.
pub(super) async fn before_next_run(
    section: Option<&workload::SeedSection>,
    seeding: Option<&Seeding>,
) {
    let (Some(section), Some(seeding)) = (section, seeding) else {
        return;
    };
    if section.skip || section.reset != workload::Reset::Snapshot {
        return;
    }
    let spare = seed::spare_for(&seeding.plan, &seeding.database, &options(section)).await;
    if let Err(error) = spare {
        tracing::warn!(%error, "no spare copy of the snapshot was made");
    }
}

async fn fill(args: RunArgs, printer: &Printer) -> miette::Result<Exit> {
    let plan = setup::load_plan(&args.plan)?;
    let database = Database::parse(&args.database.database)?;
    let default = Options::default();
    let options = Options {
        scale: args.scale,
        seed: args.seed,
        confirm: args.database.confirm,
        keep_indexes: args.keep_indexes,
        threads: args.threads.map_or(default.threads, usize::from),
        ..default
    };
    if args.dry_run {
        let checked = seed::check(&plan, &database, &options).await?;
        printer.line(format!("would fill {database}:"));
        for (table, rows) in &checked.rows {
            printer.line(format!("  {:>12}  {table}", units::count(*rows)));
        }
        let occupied = checked.occupied.iter();
        let occupied = occupied.map(|(table, rows)| format!("{table} {}", units::count(*rows)));
        let occupied = occupied.collect::<Vec<_>>().join(", ");
        if args
            .reset
            .is_some_and(|reset| matches!(reset, ResetArg::Refill))
        {
            printer.line(format!("would remove before: {occupied}"));
        } else if !occupied.is_empty() {
            printer.line(format!("rows that are there: {occupied}"));
        }
        for (when, statements) in [
            ("before", &checked.sql_before),
            ("after", &checked.sql_after),
        ] {
            for statement in statements {
                printer.line(format!("  and run {when} the rows: {statement}"));
            }
        }
        printer.document(&json!({
            "version": 1,
            "rows": checked.rows,
            "fingerprint": checked.fingerprint,
            "sql_before": checked.sql_before,
            "sql_after": checked.sql_after,
            "occupied": checked.occupied,
        }))?;
        return Ok(Exit::Pass);
    }
    let mut progress = |progress| tell(&progress, printer);
    let reset = args.reset.or(args.top_up.then_some(ResetArg::TopUp));
    let filled = match reset {
        None => seed::run(&plan, &database, &options, &mut progress).await,
        Some(reset) => {
            let reset = match reset {
                ResetArg::Snapshot => Reset::Snapshot,
                ResetArg::Refill => Reset::Refill,
                ResetArg::Keep => Reset::Keep,
                ResetArg::TopUp => Reset::TopUp,
            };
            seed::ensure(&plan, &database, reset, &options, &mut progress).await
        }
    };
    printer.end_progress();
    let filled = filled?;
    say(&filled, &database, printer);
    printer.document(&json!({
        "version": 1,
        "rows": filled.rows,
        "fingerprint": filled.fingerprint,
        "took_s": filled.took_s,
        "removed": filled.removed,
    }))?;
    Ok(Exit::Pass)
}

/// Options for the `[seed]` section of a workload.
fn options(section: &workload::SeedSection) -> Options {
    Options {
        scale: section.scale,
        confirm: section.confirm.clone(),
        ..Options::default()
    }
}

/// Whether the plan fits the database; writes nothing.
pub(super) async fn check(
    section: &workload::SeedSection,
    seeding: &Seeding,
) -> miette::Result<()> {
    seed::check(&seeding.plan, &seeding.database, &options(section)).await?;
    Ok(())
}

/// Makes the data of a run, and the feeds that go with them.
pub(super) async fn before_run(
    section: Option<&workload::SeedSection>,
    seeding: Option<&Seeding>,
    printer: &Printer,
) -> miette::Result<Seeded> {
    let (Some(section), Some(seeding)) = (section, seeding) else {
        return Ok(Seeded::default());
    };
    let options = options(section);
    if section.skip {
        return Ok(Seeded {
            feeds: seed::feeds(&seeding.plan, &options)?,
            data: Data::default(),
        });
    }
    let reset = match section.reset {
        workload::Reset::Snapshot => Reset::Snapshot,
        workload::Reset::Refill => Reset::Refill,
        workload::Reset::Keep => Reset::Keep,
        workload::Reset::TopUp => Reset::TopUp,
    };
    let mut progress = |progress| tell(&progress, printer);
    let filled = seed::ensure(
        &seeding.plan,
        &seeding.database,
        reset,
        &options,
        &mut progress,
    )
    .await;
    printer.end_progress();
    let filled = filled?;
    say(&filled, &seeding.database, printer);
    Ok(Seeded {
        feeds: filled.feeds,
        data: Data {
            fingerprint: filled.fingerprint,
            rows: filled.rows,
            changes: None,
        },
    })
}

fn tell(progress: &Progress, printer: &Printer) {
    printer.progress(&super::seed_progress::line(progress, printer.width()));
}

fn say(filled: &Filled, database: &Database, printer: &Printer) {
    let rows: u64 = filled.rows.values().sum();
    let took_s: f64 = filled.took_s.values().sum();
    let how = match filled.origin {
        Origin::Filled => format!("filled in {}", units::seconds(took_s)),
        Origin::Restored => "restored from the snapshot".to_owned(),
        Origin::Kept => "left as they were".to_owned(),
        Origin::Grown => format!("topped up in {}", units::seconds(took_s)),
    };
    let tables = filled
        .rows
        .iter()
        .map(|(table, rows)| format!("{table} {}", units::count(*rows)))
        .collect::<Vec<_>>()
        .join(", ");
    printer.line(format!(
        "data: {} rows in {database} {how} ({tables})",
        units::count(rows)
    ));
    if !filled.removed.is_empty() {
        let removed = filled.removed.iter();
        let removed = removed.map(|(table, rows)| format!("{table} {}", units::count(*rows)));
        let removed = removed.collect::<Vec<_>>().join(", ");
        printer.line(format!("removed before: {removed}"));
    }
    for note in &filled.notes {
        printer.line(format!("note: {note}"));
    }
}
