//! `rehearsal run`: seed → warm up → load → verdict → report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use miette::IntoDiagnostic;
use rehearsal::browser::{Chromium, Driver, Options};
use rehearsal::clock::Clock;
use rehearsal::crowd::{self, Control, Phase, Rehearsal, SystemProbe};
use rehearsal::feed::Feed;
use rehearsal::flow::template::Secrets;
use rehearsal::live;
use rehearsal::measure::{Data, Ended, FinishInput, Summary, Verdict};
use rehearsal::report::{self, RunFolder, RunInfo};
use rehearsal::workload::{Overrides, Workload};
use tokio::sync::mpsc;
use url::Url;

use super::interrupt::Interrupts;
use super::setup::{self, BrowserArgs, Seeding};
use super::{Exit, evidence, ledger::Ledger, printer::Printer, seed};

/// What to run, and what to change in it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rehearsal run\n  \
    rehearsal run load/checkout.toml --users 20 --for 2m\n  \
    rehearsal run --url http://127.0.0.1:8000 --no-seed --json > summary.json")]
pub(super) struct Args {
    /// The workload.
    #[arg(default_value = "rehearsal.toml", value_name = "FILE")]
    file: PathBuf,

    /// Ramp to so many users and hold, instead of the file's stages.
    #[arg(long, value_name = "N")]
    users: Option<u32>,

    /// Length of the run, such as `90s` or `2m`.
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,

    /// End after so many iterations.
    #[arg(long, value_name = "N")]
    iterations: Option<u64>,

    /// Another address of the site than the file's.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,

    /// Leave the database as it is; feeds of the plan are still there.
    #[arg(long)]
    no_seed: bool,

    /// Fail steps whose selectors no longer match, instead of finding their elements by what they
    /// look like.
    #[arg(long)]
    no_heal: bool,

    /// Folder in which the run's folder is made.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    runs: PathBuf,

    /// Keep nothing of what pages showed when steps failed.
    #[arg(long)]
    no_evidence: bool,

    #[command(flatten)]
    browser: BrowserArgs,
}

pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as `90s` or `2m`".to_owned();
    rehearsal::workload::duration(text).ok_or_else(expected)
}

pub(super) async fn execute(args: Args, printer: &Printer) -> miette::Result<Exit> {
    let overrides = Overrides {
        users: args.users,
        duration: args.duration,
        url: args.url,
        no_seed: args.no_seed,
        no_heal: args.no_heal,
    };
    let mut workload = setup::load_workload(&args.file, &overrides)?;
    workload.load.iterations = args.iterations.or(workload.load.iterations);
    let order = Order {
        workload,
        browser: args.browser.browser,
        runs: args.runs,
        evidence: !args.no_evidence,
    };
    Ok(rehearse(order, printer).await?.exit)
}

/// A run to be done.
pub(super) struct Order {
    pub(super) workload: Workload,
    pub(super) browser: Option<PathBuf>,
    pub(super) runs: PathBuf,
    /// Whether what pages showed when steps failed is kept.
    pub(super) evidence: bool,
}

/// A run that was done.
pub(super) struct Done {
    pub(super) exit: Exit,
    /// The report, if the run came so far.
    pub(super) report: Option<PathBuf>,
}

/// Checks everything, then seeds, runs, judges and reports.
pub(super) async fn rehearse(order: Order, printer: &Printer) -> miette::Result<Done> {
    let Order {
        workload,
        browser,
        runs,
        evidence,
    } = order;
    let workload = Arc::new(workload);
    let secrets = setup::secrets_for(workload.needs())?;
    let seeding = workload.seed.as_ref().map(Seeding::of).transpose()?;
    setup::reach(&workload.target.url, "`url` of `[target]` or --url").await?;
    if let (Some(section), Some(seeding)) = (&workload.seed, &seeding)
        && !section.skip
    {
        seed::check(section, seeding).await?;
    }
    rehearsal::browser::locate(browser.as_deref(), false)?;

    let mut interrupts = Interrupts::listen().into_diagnostic()?;
    let seeded = tokio::select! {
        seeded = seed::before_run(workload.seed.as_ref(), seeding.as_ref(), printer) => seeded?,
        () = interrupts.next() => {
            printer.end_progress();
            printer.line("Interrupted while seeding; nothing was run.");
            return Ok(Done { exit: Exit::Interrupted, report: None });
        }
    };
    for advice in workload.advice() {
        printer.line(format!("note: {advice}"));
    }
    let stage = Stage {
        workload,
        seeded,
        secrets,
        evidence,
        printer,
        seeding: seeding.as_ref(),
    };
    let section = stage.workload.seed.clone();
    let done = stage.run(browser, &runs, interrupts).await?;
    seed::before_next_run(section.as_ref(), seeding.as_ref()).await;
    Ok(done)
}

/// What the seeding left behind.
#[derive(Default)]
pub(super) struct Seeded {
    pub(super) feeds: Vec<Feed>,
    pub(super) data: Data,
}

/// All is set: the crowd may come.
struct Stage<'a> {
    workload: Arc<Workload>,
    seeded: Seeded,
    secrets: Secrets,
    evidence: bool,
    printer: &'a Printer,
    seeding: Option<&'a Seeding>,
}

impl Stage<'_> {
    async fn run(
        self,
        browser: Option<PathBuf>,
        runs: &Path,
        interrupts: Interrupts,
    ) -> miette::Result<Done> {
        let clock = Clock::start();
        let chromium = Chromium::launch(Options {
            path: browser,
            budget: Arc::new(evidence::budget()),
            ..Options::new(clock)
        })
        .await?;
        let folder = RunFolder::create(runs, &self.workload.name, clock.started_at())?;
        let info = RunInfo::new(
            &self.workload,
            clock.started_at(),
            chromium.version(),
            self.seeded.data.clone(),
        );
        folder.write_info(&info)?;

        let starts = clock.now();
        let control = Control::new(clock);
        let (samples, received) = mpsc::unbounded_channel();
        let (caught, shown) = mpsc::unbounded_channel();
        let (ledger, snapshots) =
            Ledger::open(&folder, &self.workload, (clock, starts), control.progress())?;
        let keys = interrupts.sender();
        let live = tokio::spawn(live::show(snapshots, self.printer.live(), keys));
        let keeping = tokio::spawn(ledger.keep(received, shown));
        let obeying = tokio::spawn(obey(interrupts, control.clone(), self.printer.clone()));

        let chromium = Arc::new(chromium);
        let ended = crowd::run(
            Rehearsal {
                workload: self.workload.clone(),
                starts,
                feeds: [self.workload.feeds.clone(), self.seeded.feeds].concat(),
                driver: chromium.clone(),
                clock,
                samples,
                control,
                secrets: self.secrets,
                evidence: self.evidence.then_some(caught),
            },
            Box::new(SystemProbe::new()),
        )
        .await;
        chromium.shutdown().await;
        let kept = keeping.await.into_diagnostic()?;
        // A view that could not be drawn has cost nothing.
        if let Err(error) = live.await.into_diagnostic()? {
            tracing::warn!(%error, "the live view ended early");
        }
        obeying.abort();

        let mut summary = kept.tally.finish(FinishInput {
            at: ended.ended,
            ended: how(ended.phase),
            thresholds: &self.workload.thresholds,
            dropped: 0,
            data: self.seeded.data,
        });
        let linked = folder.link_evidence(&mut summary);
        // Told after the results are safe.
        let mut written = folder.write_results(&summary, &info);
        if let Some(error) = ended.error {
            self.printer.line(error);
        }
        if let Some((users, why)) = ended.left_out {
            self.printer
                .line(format!("{users} users had no browser: {why}"));
        }
        if !self.printer.is_json() {
            let text = report::text(&summary, self.printer.width(), self.printer.colour());
            self.printer.line(text);
        }
        let section = self.workload.seed.as_ref();
        summary.data.changes = seed::after_run(section, self.seeding, self.printer).await;
        if summary.data.changes.is_some() {
            written = written.and(folder.write_results(&summary, &info));
        }
        if self.printer.is_json() {
            self.printer.document(&summary)?;
        }
        written?;
        linked?;
        kept.written?;
        self.printer
            .line(format!("report: {}", folder.report().display()));
        Ok(Done {
            exit: exit(&summary),
            report: Some(folder.report()),
        })
    }
}

/// Ctrl-C once finishes in good order, twice stops at once.
async fn obey(mut interrupts: Interrupts, control: Control, printer: Printer) {
    interrupts.next().await;
    control.finish();
    if !printer.is_terminal() {
        printer.line("Finishing the iterations under way; interrupt again to stop at once.");
    }
    interrupts.next().await;
    control.abort();
}

fn how(phase: Phase) -> Ended {
    match phase {
        Phase::Running => Ended::Completed,
        Phase::Finishing { .. } | Phase::Aborted => Ended::Interrupted,
    }
}

fn exit(summary: &Summary) -> Exit {
    match (summary.ended, summary.verdict) {
        (Ended::Interrupted, _) => Exit::Interrupted,
        (_, Verdict::Pass) => Exit::Pass,
        (_, Verdict::Fail) => Exit::Failed,
        (_, Verdict::Invalid) => Exit::Invalid,
    }
}
