//! `rehearsal play`: replays flows once and says how each step went.

use std::path::{Path, PathBuf};
use std::time::Duration;

use miette::{IntoDiagnostic, miette};
use rehearsal::browser::{BrowserUser, Chromium, Driver, Hosts, Options, Performed, Profile};
use rehearsal::clock::Clock;
use rehearsal::feed::Feed;
use rehearsal::flow::template::{Lookup, Needs, Secrets, render};
use rehearsal::flow::{Action, Flow, Step, iteration_feed};
use rehearsal::sample::{Delivery, Origin, RequestSample, Sample};
use serde::Serialize;
use tokio::sync::mpsc;
use url::Url;

use super::interrupt::Interrupts;
use super::setup::{self, BrowserArgs, DESKTOP};
use super::{Exit, printer::Printer};

/// What to replay, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rehearsal play flows/checkout.json\n  \
    rehearsal play checkout.json --url http://127.0.0.1:8000 --plan shop.toml --row 3\n  \
    rehearsal play checkout.json --headed --slow-mo 500")]
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

    /// Row of the feeds, from 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    row: usize,

    /// Show the browser's window.
    #[arg(long)]
    headed: bool,

    /// Pause before each step, ms.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    slow_mo: u64,

    /// Stop after this step, counted from 1.
    #[arg(long, value_name = "STEP")]
    until: Option<usize>,

    #[command(flatten)]
    browser: BrowserArgs,
}

/// How a flow went; what `--json` prints.
#[derive(Debug, Serialize)]
struct Played {
    flow: String,
    passed: bool,
    steps: Vec<PlayedStep>,
}

#[derive(Debug, Serialize)]
struct PlayedStep {
    index: usize,
    name: String,
    duration_ms: f64,
    requests: u64,
    passed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

pub(super) async fn execute(args: Args, printer: &Printer) -> miette::Result<Exit> {
    let mut flows = Vec::new();
    for path in &args.flows {
        flows.push(load(path, args.url.as_ref())?);
    }
    let feeds = match &args.plan {
        Some(plan) => {
            let plan = setup::load_plan(plan)?;
            let options = rehearsal::seed::Options {
                scale: args.scale,
                ..rehearsal::seed::Options::default()
            };
            rehearsal::seed::feeds(&plan, &options)?
        }
        None => Vec::new(),
    };
    let mut needs = Needs::default();
    for flow in &flows {
        needs.add(flow);
    }
    let secrets = setup::secrets_for(needs)?;
    if let Some(origin) = flows[0].origin() {
        setup::reach(&origin, "the flow's first address").await?;
    }
    let mut interrupts = Interrupts::listen().into_diagnostic()?;
    let clock = Clock::start();
    let chromium = Chromium::launch(Options {
        path: args.browser.browser.clone(),
        headed: args.headed,
        ..Options::new(clock)
    })
    .await?;
    let (samples, received) = mpsc::unbounded_channel();
    let profile = profile(&flows, &args)?;
    let user = chromium
        .open(&profile, samples)
        .await
        .map_err(|error| miette!("{error}"))?;
    let mut player = Player {
        args: &args,
        clock,
        feeds,
        secrets,
        user,
        received,
        printer,
    };
    let played = tokio::select! {
        played = player.play(&flows) => Some(played?),
        () = interrupts.next() => None,
    };
    player.user.close().await;
    chromium.shutdown().await;
    let Some(played) = played else {
        return Ok(Exit::Interrupted);
    };
    printer.document(&played)?;
    let passed = played.iter().all(|flow| flow.passed);
    Ok(if passed { Exit::Pass } else { Exit::Failed })
}

fn load(path: &Path, target: Option<&Url>) -> miette::Result<Flow> {
    let mut flow = setup::load_flow(path)?;
    if let Some(target) = target {
        flow.rebase(target);
    }
    Ok(flow)
}

/// A desktop visitor who may reach the hosts that the flows open.
fn profile(flows: &[Flow], args: &Args) -> miette::Result<Profile> {
    let mut hosts = Vec::new();
    for flow in flows {
        for step in &flow.steps {
            if let Action::Navigate { url } = &step.action
                && let Ok(url) = Url::parse(url)
                && let Some(host) = url.host_str()
            {
                hosts.push(match url.port() {
                    Some(port) => format!("{host}:{port}"),
                    None => host.to_owned(),
                });
            }
        }
    }
    let Some(target) = hosts.first().cloned() else {
        return Err(miette!(
            help = "record one that begins by opening a page",
            "`{}` has no `navigate` step with an address",
            args.flows[0].display()
        ));
    };
    hosts.extend(args.allow.iter().cloned());
    Ok(Profile {
        origin: origin("", 0),
        viewport: DESKTOP,
        locale: "en-US".to_owned(),
        timezone: None,
        user_agent: None,
        hosts: std::sync::Arc::new(Hosts {
            target,
            allow: hosts,
        }),
        mark: None,
        replay: rehearsal::browser::Replay::default(),
    })
}

fn origin(flow: &str, iteration: u64) -> Origin {
    Origin {
        user: 0,
        persona: "play".into(),
        flow: flow.into(),
        iteration,
        step: None,
    }
}

struct Player<'a> {
    args: &'a Args,
    clock: Clock,
    feeds: Vec<Feed>,
    secrets: Secrets,
    user: Box<dyn BrowserUser>,
    received: mpsc::UnboundedReceiver<Sample>,
    printer: &'a Printer,
}

impl Player<'_> {
    async fn play(&mut self, flows: &[Flow]) -> miette::Result<Vec<Played>> {
        let mut all = Vec::new();
        for (number, flow) in (1..).zip(flows) {
            self.user.attribute(origin(&flow.title, number));
            let played = self.flow(flow).await?;
            let passed = played.passed;
            all.push(played);
            if !passed {
                break;
            }
        }
        Ok(all)
    }

    async fn flow(&mut self, flow: &Flow) -> miette::Result<Played> {
        self.printer.line(&flow.title);
        let last = self.args.until.unwrap_or(flow.steps.len());
        let mut steps = Vec::new();
        for (index, step) in flow.steps.iter().enumerate().take(last) {
            tokio::time::sleep(Duration::from_millis(self.args.slow_mo)).await;
            let step = self.render(step)?;
            let timeout = flow.timeout(&step);
            let performed = self.user.perform(index as u32, &step, timeout).await;
            let played = self.told(index, &step, &performed);
            let passed = played.passed;
            steps.push(played);
            if !passed {
                break;
            }
        }
        let passed = steps.iter().all(|step| step.passed);
        let seconds: f64 = steps.iter().map(|step| step.duration_ms / 1000.0).sum();
        self.printer.line(format!(
            "  {} {} of {} steps in {seconds:.1} s",
            if passed { "passed:" } else { "FAILED:" },
            steps.iter().filter(|step| step.passed).count(),
            flow.steps.len(),
        ));
        Ok(Played {
            flow: flow.title.clone(),
            passed,
            steps,
        })
    }

    /// The step with its template filled; as recorded where there is no feed to fill it.
    fn render(&self, step: &Step) -> miette::Result<Step> {
        let own = iteration_feed(self.clock.started_at().as_second(), 1, 0);
        let drawn = self.feeds.iter().map(|feed| (feed, self.args.row));
        let rows = drawn.chain([(&own, 0)]).collect::<Vec<_>>();
        let lookup = Lookup {
            rows: &rows,
            secrets: &self.secrets,
            draw: self.args.row as u64,
            now: self.clock.zoned(self.clock.now(), None),
        };
        match render(step, &lookup) {
            Err(rehearsal::flow::template::RenderError::UnknownFeed { .. })
                if self.args.plan.is_none() =>
            {
                Ok(step.clone())
            }
            rendered => rendered.into_diagnostic(),
        }
    }

    /// Prints a step as it ended.
    fn told(&mut self, index: usize, step: &Step, performed: &Performed) -> PlayedStep {
        let mut requests = Vec::new();
        while let Ok(sample) = self.received.try_recv() {
            if let Sample::Request(request) = sample {
                requests.push(request);
            }
        }
        let skipped = performed.is_skipped(step);
        let failure = performed.result.as_ref().err().filter(|_| !skipped);
        let duration_ms = performed.ended.ms_since(performed.started);
        let mark = match (skipped, failure) {
            (true, _) => "–",
            (_, None) => "✓",
            (_, Some(_)) => "✗",
        };
        self.printer.line(format!(
            "  {mark} {:>2}  {:<48} {duration_ms:>7.0} ms  {}",
            index + 1,
            clipped(&step.label(), 48),
            if skipped {
                "absent, skipped".to_owned()
            } else {
                traffic(&requests)
            }
        ));
        if let Some(failure) = failure {
            self.printer.line(format!("        {}", failure.message));
        }
        PlayedStep {
            index,
            name: step.label(),
            duration_ms,
            requests: requests.len() as u64,
            passed: failure.is_none(),
            failure: failure.map(|failure| failure.message.clone()),
        }
    }
}

fn traffic(requests: &[RequestSample]) -> String {
    let of = |delivery| {
        requests
            .iter()
            .filter(|request| request.delivery == delivery)
            .count()
    };
    let failed = requests.iter().filter(|request| request.failed()).count();
    let counts = [
        (requests.len(), "requests"),
        (of(Delivery::Cache), "cached"),
        (of(Delivery::Blocked), "blocked"),
        (failed, "failed"),
    ];
    let parts = counts.iter().filter(|(count, _)| *count > 0);
    parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn clipped(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut clipped = text.chars().take(width - 1).collect::<String>();
    clipped.push('…');
    clipped
}
