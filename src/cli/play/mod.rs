//! `rehearsal play`: replays flows and says how each step went.

mod fix;
mod many;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use miette::{IntoDiagnostic, miette};
use rehearsal::browser::{Capture, Chromium, Driver, Options, Profile, Replay, Slowness};
use rehearsal::clock::Clock;
use rehearsal::flow::template::Needs;
use rehearsal::report::Failures;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::interrupt::Interrupts;
use super::replay::{self, Pass, Script, Theatre, Visitor};
use super::setup::{self, BrowserArgs, DESKTOP};
use super::{Exit, evidence, printer::Printer};

/// What to replay, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rehearsal play flows/checkout.json\n  \
    rehearsal play checkout.json --url http://127.0.0.1:8000 --plan shop.toml --row 3\n  \
    rehearsal play checkout.json --trace trace.html       every step, to walk through\n  \
    rehearsal play checkout.json --repeat 100 --users 5 --cpu-slowdown 4\n  \
    rehearsal play checkout.json --headed --slow-mo 500 --keep-open")]
pub(super) struct Args {
    /// Flows, in the order in which one user walks through them.
    #[arg(required = true, value_name = "FLOW")]
    flows: Vec<PathBuf>,

    /// Address of the site, instead of the one that the flow was recorded on.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,

    /// Further host that may get traffic. The hosts that the flows open always may.
    #[arg(long, value_name = "HOST")]
    allow: Vec<String>,

    /// Seed plan whose feeds fill the templates. Without it the recorded values are typed.
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,

    /// Scale at which the plan was filled: `10x`, `0.1`.
    #[arg(long, default_value = "1", value_parser = super::seed::parse_scale)]
    scale: f64,

    /// Row of the feeds, from 0; of the first user, if there are several.
    #[arg(long, value_name = "N", default_value_t = 0)]
    row: usize,

    /// Stop after this step: its number from 1, or its name.
    #[arg(long, value_name = "STEP")]
    until: Option<String>,

    /// Play so often, each time as a new visitor, and say how often it passed.
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,

    /// Users who play at the same time, each with a row of the feeds.
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,

    /// Fail a step whose selectors no longer match, instead of finding its element by what it
    /// looks like.
    #[arg(long)]
    no_heal: bool,

    /// When the flow has passed, write into its file how elements were found whose selectors no
    /// longer match, and what elements look like.
    #[arg(long, conflicts_with_all = ["no_heal", "repeat", "users"])]
    fix: bool,

    #[command(flatten)]
    browser: BrowserArgs,

    #[command(flatten)]
    looking: Looking,

    #[command(flatten)]
    slow: Slow,
}

/// What to show and keep.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Looking")]
struct Looking {
    /// Show the browser's window.
    #[arg(long)]
    headed: bool,

    /// Pause before each step, ms.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    slow_mo: u64,

    /// At the end, leave the browser open until Enter is pressed.
    #[arg(long)]
    keep_open: bool,

    /// Write an HTML file with which each step can be looked at.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["repeat", "users"])]
    trace: Option<PathBuf>,

    /// Folder in which a folder with what the page showed is made when a step fails.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    evidence: PathBuf,

    /// Keep nothing of what the page showed when a step failed.
    #[arg(long)]
    no_evidence: bool,
}

/// A slower machine and line.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Slowness")]
struct Slow {
    /// So many times slower pages.
    #[arg(long, value_name = "TIMES", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=100))]
    cpu_slowdown: u32,

    /// A line as Chromium's developer tools have it.
    #[arg(long, value_name = "LINE", value_parser = Slowness::LINES)]
    network: Option<String>,

    /// Delay responses by up to so much, such as `300ms`; they overtake each other.
    #[arg(long, value_name = "TIME", value_parser = super::run::parse_duration)]
    network_jitter: Option<Duration>,
}

impl Slow {
    fn slowness(&self) -> Slowness {
        let line = self.network.as_deref().and_then(Slowness::line);
        Slowness {
            cpu: self.cpu_slowdown,
            jitter: self.network_jitter.unwrap_or_default(),
            ..line.unwrap_or_default()
        }
    }
}

/// What is played, and what was asked for.
struct Play<'a> {
    args: &'a Args,
    theatre: Theatre<'a>,
}

pub(super) async fn execute(args: Args, printer: &Printer) -> miette::Result<Exit> {
    let scripts = load(&args)?;
    let feeds = match &args.plan {
        Some(plan) => setup::plan_feeds(plan, args.scale)?,
        None => Vec::new(),
    };
    let mut needs = Needs::default();
    for script in &scripts {
        needs.add(&script.flow);
    }
    let secrets = setup::secrets_for(needs)?;
    if let Some(origin) = scripts[0].flow.origin() {
        setup::reach(&origin, "the flow's first address or --url").await?;
    }
    let profile = profile(&scripts, &args)?;
    let mut interrupts = Interrupts::listen().into_diagnostic()?;
    let clock = Clock::start();
    let chromium = Chromium::launch(Options {
        path: args.browser.browser.clone(),
        headed: args.looking.headed,
        budget: Arc::new(evidence::budget()),
        ..Options::new(clock)
    })
    .await?;
    let name = &scripts[0].flow.title;
    let folder = &args.looking.evidence;
    let failures = Failures::of_play(folder, name, clock.started_at());
    let play = Play {
        theatre: Theatre {
            failures: (!args.looking.no_evidence).then(|| Mutex::new(failures)),
            profile,
            scripts,
            feeds,
            secrets,
            chromium: &chromium,
            clock,
            pause: Duration::from_millis(args.looking.slow_mo),
            trace: args.looking.trace.is_some(),
            stop: CancellationToken::new(),
            printer,
        },
        args: &args,
    };
    let played = play.until_interrupted(&mut interrupts).await;
    printer.end_progress();
    chromium.shutdown().await;
    Ok(match played.transpose()? {
        _ if play.theatre.stop.is_cancelled() => Exit::Interrupted,
        Some(true) => Exit::Pass,
        _ => Exit::Failed,
    })
}

impl Play<'_> {
    /// Plays until it is done. The first wish to stop ends what is under way, and what there is so
    /// far is told; nothing is returned when there is a second one.
    async fn until_interrupted(&self, interrupts: &mut Interrupts) -> Option<miette::Result<bool>> {
        let mut playing = std::pin::pin!(self.play());
        tokio::select! {
            played = &mut playing => return Some(played),
            () = interrupts.next() => self.theatre.stop.cancel(),
        }
        tokio::select! {
            played = &mut playing => Some(played),
            () = interrupts.next() => None,
        }
    }

    /// Plays. Says whether all passed.
    async fn play(&self) -> miette::Result<bool> {
        if self.args.repeat > 1 || self.args.users > 1 {
            return self.play_often().await;
        }
        let theatre = &self.theatre;
        let stop = &theatre.stop;
        let opening = Pass::open(theatre, self.visitor(0, 1));
        let Some(pass) = stop.run_until_cancelled(opening).await else {
            theatre.printer.line("interrupted before the first step");
            theatre.printer.document(&[(); 0])?;
            return Ok(false);
        };
        let mut pass = pass?;
        let played = pass.play(true).await;
        if let Some(file) = &self.args.looking.trace {
            // What was seen until something broke is told too.
            replay::write_trace(theatre, file, std::mem::take(&mut pass.seen))?;
        }
        let played = played?;
        let passed = played.iter().all(|flow| flow.passed);
        if self.args.fix {
            fix::fix(theatre, passed, &pass.learnt)?;
        }
        if self.args.looking.keep_open && !stop.is_cancelled() {
            theatre.printer.line("Enter closes the browser.");
            stop.run_until_cancelled(wait_for_enter()).await;
        }
        stop.run_until_cancelled(pass.close()).await;
        theatre.printer.document(&played)?;
        Ok(passed)
    }

    /// The visitor of this number, in this of the places for users.
    fn visitor(&self, slot: u32, number: u64) -> Visitor {
        Visitor {
            slot,
            number,
            row: self.args.row + slot as usize,
            slowness: self.theatre.profile.replay.slowness,
        }
    }
}

/// Waits for a line or the end of what is typed.
async fn wait_for_enter() {
    let (sender, entered) = tokio::sync::oneshot::channel();
    // A thread of its own: nothing waits for it when the program is interrupted.
    std::thread::spawn(move || {
        let _read = std::io::stdin().read_line(&mut String::new());
        let _gone = sender.send(());
    });
    let _closed = entered.await;
}

fn load(args: &Args) -> miette::Result<Vec<Script>> {
    let mut scripts = Vec::new();
    for path in &args.flows {
        let mut flow = setup::load_flow(path)?;
        if let Some(target) = &args.url {
            flow.rebase(target);
        }
        scripts.push(Script::whole(path.clone(), flow));
    }
    if let Some(until) = &args.until {
        stop_after(&mut scripts, until)?;
    }
    Ok(scripts)
}

/// Ends scripts after the step that has this number or name.
fn stop_after(scripts: &mut [Script], until: &str) -> miette::Result<()> {
    if let Ok(number) = until.parse::<usize>() {
        for script in scripts {
            script.steps = script.steps.min(number);
        }
        return Ok(());
    }
    let wanted = until.to_lowercase();
    let mut names = Vec::new();
    for (index, script) in scripts.iter_mut().enumerate() {
        let labels = script.flow.steps.iter().map(rehearsal::flow::Step::label);
        let labels: Vec<String> = labels.collect();
        let found =
            |hit: &dyn Fn(&str) -> bool| labels.iter().position(|label| hit(&label.to_lowercase()));
        let step =
            found(&|label| label == wanted).or_else(|| found(&|label| label.contains(&wanted)));
        if let Some(step) = step {
            script.steps = step + 1;
            for later in &mut scripts[index + 1..] {
                later.steps = 0;
            }
            return Ok(());
        }
        names.extend(labels);
    }
    Err(miette!(
        help = format!("steps: {}", names.join(", ")),
        "no step is called `{until}`"
    ))
}

/// A desktop visitor who may reach the hosts that the flows open and were recorded with.
fn profile(scripts: &[Script], args: &Args) -> miette::Result<Profile> {
    let flows = scripts.iter().map(|script| &script.flow);
    let Some(hosts) = replay::hosts(flows, &args.allow) else {
        return Err(miette!(
            help = "record one that begins by opening a page",
            "`{}` has no `navigate` step with an address",
            args.flows[0].display()
        ));
    };
    Ok(Profile {
        origin: replay::origin("", 0, 0),
        viewport: DESKTOP,
        locale: "en-US".to_owned(),
        timezone: None,
        user_agent: None,
        hosts,
        mark: None,
        replay: Replay {
            heal: !args.no_heal,
            learn: args.fix,
            capture: capture(&args.looking),
            slowness: args.slow.slowness(),
        },
    })
}

fn capture(looking: &Looking) -> Capture {
    match (&looking.trace, looking.no_evidence) {
        (Some(_), _) => Capture::EveryStep,
        (None, false) => Capture::Failures,
        (None, true) => Capture::Nothing,
    }
}
