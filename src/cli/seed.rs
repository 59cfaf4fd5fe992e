//! `rehearsal seed`: plan, fill, snapshot, restore; and the seeding before a run.

use std::path::PathBuf;

use miette::{IntoDiagnostic, WrapErr};
use rehearsal::measure::{Data, units};
use rehearsal::seed::{self, Database, Filled, Options, Origin, Progress, Reset, Stage};
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
    /// Fill the plan's tables.
    #[command(after_help = "Example:\n  \
        rehearsal seed run plan.toml --database postgres://me@127.0.0.1/shop --scale 10x")]
    Run(RunArgs),
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
    /// this plan if there is one, `keep` leaves them. Without it they are a reason to refuse.
    #[arg(long, value_enum)]
    reset: Option<ResetArg>,

    /// Say what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
struct SnapshotArgs {
    #[command(flatten)]
    database: DatabaseArgs,

    /// Name of the snapshot.
    #[arg(long, default_value = SNAPSHOT)]
    name: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ResetArg {
    Snapshot,
    Refill,
    Keep,
}

pub(super) fn parse_scale(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('x').unwrap_or(text);
    match number.parse::<f64>() {
        Ok(scale) if scale > 0.0 && scale.is_finite() => Ok(scale),
        _ => Err("expected a number such as `10x` or `0.1`".to_owned()),
    }
}

pub(super) async fn execute(args: Args, printer: &Printer) -> miette::Result<Exit> {
    match args.command {
        SeedCommand::Plan(args) => plan(args, printer).await,
        SeedCommand::Run(args) => fill(args, printer).await,
        SeedCommand::Snapshot(args) => {
            let database = Database::parse(&args.database.database)?;
            seed::snapshot(&database, &args.name).await?;
            printer.line(format!("snapshot `{}` of {database} taken", args.name));
            Ok(Exit::Pass)
        }
        SeedCommand::Restore(args) => {
            let database = Database::parse(&args.database.database)?;
            seed::restore(&database, &args.name, args.database.confirm.as_deref()).await?;
            printer.line(format!("snapshot `{}` of {database} restored", args.name));
            Ok(Exit::Pass)
        }
    }
}

async fn plan(args: PlanArgs, printer: &Printer) -> miette::Result<Exit> {
    let database = Database::parse(&args.database.database)?;
    let text = seed::plan_for(&database).await?;
    let Some(path) = args.output else {
        printer.raw(text.as_bytes())?;
        return Ok(Exit::Pass);
    };
    std::fs::File::create_new(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .into_diagnostic()
        .wrap_err_with(|| format!("could not write the plan `{}`", path.display()))?;
    printer.line(format!(
        "plan for {database} written to {}: read the guesses, then  rehearsal seed run {} --database …",
        path.display(),
        path.display()
    ));
    Ok(Exit::Pass)
}

async fn fill(args: RunArgs, printer: &Printer) -> miette::Result<Exit> {
    let plan = setup::load_plan(&args.plan)?;
    let database = Database::parse(&args.database.database)?;
    let options = Options {
        scale: args.scale,
        seed: args.seed,
        confirm: args.database.confirm,
        ..Options::default()
    };
    if args.dry_run {
        let checked = seed::check(&plan, &database, &options).await?;
        printer.line(format!("would fill {database}:"));
        for (table, rows) in &checked.rows {
            printer.line(format!("  {:>12}  {table}", units::count(*rows)));
        }
        printer.document(
            &json!({"version": 1, "rows": checked.rows, "fingerprint": checked.fingerprint}),
        )?;
        return Ok(Exit::Pass);
    }
    let mut progress = |progress| tell(&progress, printer);
    let filled = match args.reset {
        None => seed::run(&plan, &database, &options, &mut progress).await,
        Some(reset) => {
            let reset = match reset {
                ResetArg::Snapshot => Reset::Snapshot,
                ResetArg::Refill => Reset::Refill,
                ResetArg::Keep => Reset::Keep,
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
        },
    })
}

fn tell(progress: &Progress, printer: &Printer) {
    let what = match progress.stage {
        Stage::Hash => "hashing passwords of",
        Stage::Empty => "emptying",
        Stage::Fill => "filling",
        Stage::Finish => "checking",
        Stage::Snapshot => "keeping a snapshot",
        Stage::Restore => "restoring the snapshot",
        _ => "working on",
    };
    let left_s = progress.total.saturating_sub(progress.done) as f64 / progress.rows_per_s;
    let left = if left_s.is_finite() && left_s >= 1.0 {
        format!(", {} left", units::seconds(left_s.ceil()))
    } else {
        String::new()
    };
    printer.progress(&format!(
        "{what} {}  {} of {}  {}/s{left}",
        progress.table,
        units::count(progress.done),
        units::count(progress.total),
        units::count(progress.rows_per_s as u64),
    ));
}

fn say(filled: &Filled, database: &Database, printer: &Printer) {
    let rows: u64 = filled.rows.values().sum();
    let took_s: f64 = filled.took_s.values().sum();
    let how = match filled.origin {
        Origin::Filled => format!("filled in {}", units::seconds(took_s)),
        Origin::Restored => "restored from the snapshot".to_owned(),
        Origin::Kept => "left as they were".to_owned(),
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
    for note in &filled.notes {
        printer.line(format!("note: {note}"));
    }
}
