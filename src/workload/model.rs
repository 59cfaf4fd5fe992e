//! The validated workload. `raw.rs` holds the file as typed; this is what it means.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::feed::Feed;
use crate::flow::template::Needs;
use crate::flow::{Flow, Viewport};

/// Everything a run needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Name of the run folder's suffix: the file's `name`, else its folder's.
    pub name: String,
    /// The site under test.
    pub target: Target,
    /// What to put into the database first.
    pub seed: Option<SeedSection>,
    /// Rows from CSV files (`[[feed]]`). Those that the seeder writes come with its result.
    pub feeds: Vec<Feed>,
    /// Kinds of users; never empty.
    pub personas: Vec<Persona>,
    /// How many users, when.
    pub load: Load,
    /// What must hold for the verdict "pass".
    pub thresholds: Vec<Threshold>,
    /// Number that fixes all random choices.
    pub random_seed: u64,
}

impl Workload {
    /// Columns and secrets that the templates of all flows refer to.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for persona in &self.personas {
            for entry in &persona.flows {
                needs.add(&entry.flow);
            }
        }
        needs
    }
}

impl Workload {
    /// What is allowed and probably not meant, for people.
    pub fn advice(&self) -> Vec<String> {
        let unpaced = |persona: &&Persona| {
            let pauses = persona.flows.iter().flat_map(|entry| &entry.flow.steps);
            persona.think == Think::Recorded
                && pauses.clone().all(|step| step.extension.think_ms.is_none())
        };
        let personas = self.personas.iter().filter(unpaced);
        let advice = personas.map(|persona| {
            format!(
                "the flows of persona `{name}` have no recorded pauses, so its users never stop to \
                 think: `think = {{ median = \"2s\", spread = 0.6 }}` gives them some, \
                 `think = \"none\"` says that this is meant",
                name = persona.name
            )
        });
        advice.chain(self.unnamed_hosts()).collect()
    }

    /// Hosts that flows were recorded with and that `[target]` does not let through.
    fn unnamed_hosts(&self) -> Vec<String> {
        let mut advice = Vec::new();
        for entry in self.personas.iter().flat_map(|persona| &persona.flows) {
            let needed = entry.flow.extension.allow.iter();
            let unnamed = needed.filter(|host| !self.target.lets_through(host));
            let unnamed: Vec<String> = unnamed.map(|host| format!("`{host}`")).collect();
            let text = format!(
                "the flow `{}` was recorded with {}, which `allow` of `[target]` does not name: \
                 requests there are blocked",
                entry.file.display(),
                unnamed.join(", ")
            );
            if !unnamed.is_empty() && !advice.contains(&text) {
                advice.push(text);
            }
        }
        advice
    }
}

impl Target {
    /// Whether what this host, or pattern of hosts, stands for may get traffic.
    fn lets_through(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let own = self.url.host_str().unwrap_or_default();
        let with_port = match self.url.port() {
            Some(port) => format!("{own}:{port}"),
            None => own.to_owned(),
        };
        let covers = |pattern: &String| {
            let pattern = pattern.to_ascii_lowercase();
            let below = pattern.strip_prefix('*');
            pattern == host || below.is_some_and(|suffix| host.ends_with(suffix))
        };
        host == with_port || self.allow.iter().any(covers)
    }
}

/// The site under test.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Flows recorded elsewhere are re-based onto its origin.
    pub url: Url,
    /// Further hosts that may get traffic.
    pub allow: Vec<String>,
    /// Adds a header by which logs can tell the traffic apart.
    pub mark: bool,
    /// Elements whose selectors no longer match are found by what they look like.
    pub heal: bool,
}

/// What to put into the database before the run. Its `Debug` hides the database's password.
#[derive(Clone, PartialEq)]
pub struct SeedSection {
    /// Path of the plan, relative to the workload's folder already resolved.
    pub plan: PathBuf,
    /// Database URL; a reference `env:NAME` is kept as a reference until it is used.
    pub database: String,
    /// How the next run gets the same data.
    pub reset: Reset,
    /// Multiplies the plan's row counts.
    pub scale: f64,
    /// Exact name of a database that looks like production.
    pub confirm: Option<String>,
    /// Leave the database as it is (`--no-seed`). The plan still tells which feeds there are.
    pub skip: bool,
}

impl fmt::Debug for SeedSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeedSection")
            .field("plan", &self.plan)
            .field("confirm", &self.confirm)
            .field("database", &super::mask::passwords(&self.database))
            .field("reset", &self.reset)
            .field("scale", &self.scale)
            .field("skip", &self.skip)
            .finish()
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
    /// Add what is missing to the plan's numbers of rows.
    TopUp,
}

/// A kind of user.
#[derive(Debug, Clone, PartialEq)]
pub struct Persona {
    /// Name, unique.
    pub name: Arc<str>,
    /// Share of the users, or a fixed number of them.
    pub share: Share,
    /// Flows with weights; never empty.
    pub flows: Vec<WeightedFlow>,
    /// Pauses before steps.
    pub think: Think,
    /// Name of the feed of which each user of the persona gets one row.
    pub feed: Option<String>,
    /// Size of the page when the flow does not set it.
    pub viewport: Viewport,
    /// User agent of an emulated device.
    pub user_agent: Option<String>,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// Whether cookies and cache live across iterations.
    pub visits: Visits,
}

/// How many of the users are of a persona.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Share {
    /// In proportion to the weights of all weighted personas.
    Weight(f64),
    /// Exactly so many, before the rest is shared by weight.
    Users(u32),
}

/// A flow and how often it is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedFlow {
    /// Where it was read from, for messages.
    pub file: PathBuf,
    /// The flow, re-based onto the target.
    pub flow: Arc<Flow>,
    /// Relative weight, > 0.
    pub weight: f64,
}

/// Pauses before steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Think {
    /// As recorded in the flow; steps without a recorded pause have none.
    Recorded,
    /// Log-normal with this median; `spread` is the standard deviation of the logarithm.
    LogNormal {
        /// Half of the pauses are shorter.
        median: Duration,
        /// 0 makes every pause the median; people have about 0.6.
        spread: f64,
    },
    /// No pauses.
    None,
}

/// Whether a user's cookies and cache live across iterations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Visits {
    /// The same visitor comes back: cookies and cache live on.
    #[default]
    Returning,
    /// Each iteration is a new visitor.
    New,
}

/// How many users, when (closed model).
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// One after the other; never empty.
    pub stages: Vec<Stage>,
    /// Iterations that start before this are counted but not part of the statistics.
    pub warmup: Duration,
    /// How long users may finish their iteration after the last stage.
    pub graceful_stop: Duration,
    /// The run ends when so many iterations have ended, if not before.
    pub iterations: Option<u64>,
}

impl Load {
    /// Time from the first stage's beginning to the last one's end, without the graceful stop.
    pub fn duration(&self) -> Duration {
        self.stages.iter().map(Stage::duration).sum()
    }

    /// Largest number of users at a time.
    pub fn peak(&self) -> u32 {
        let peak = self.stages.iter().map(|stage| match stage {
            Stage::Ramp { to, .. } | Stage::Spike { to, .. } => *to,
            Stage::Hold { .. } => 0,
        });
        peak.max().unwrap_or(0)
    }
}

impl Stage {
    /// How long it takes.
    pub fn duration(&self) -> Duration {
        match self {
            Self::Ramp { over, .. } => *over,
            Self::Hold { duration } | Self::Spike { duration, .. } => *duration,
        }
    }
}

/// A part of the load shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stage {
    /// From the current number of users to `to`, evenly.
    Ramp {
        /// Number at the end.
        to: u32,
        /// How long it takes.
        over: Duration,
    },
    /// The current number stays.
    Hold {
        /// How long.
        duration: Duration,
    },
    /// At once to `to`, and back to the number before at its end.
    Spike {
        /// Number during the spike.
        to: u32,
        /// How long.
        duration: Duration,
    },
}

/// A condition on the results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The rule as typed, for reports: `step[Checkout].duration.p95 < 3s`.
    pub rule: String,
    /// What is observed.
    pub metric: Metric,
    /// Which side is good.
    pub comparison: Comparison,
    /// Bound in the metric's unit (ms for times, share 0 to 1 for rates, 1/s for throughput).
    pub limit: f64,
}

/// What a threshold observes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// `step.duration.*`, or of the steps with this name.
    StepDuration(Option<String>, Statistic),
    /// `page.load.*` (ms), or of pages with this URL template.
    PageLoad(Option<String>, Statistic),
    /// `vitals.lcp.p75` and so on, or of pages with this URL template.
    Vital(Vital, Option<String>, Statistic),
    /// `request.duration.*`, or of a class (`request[fetch].duration.p95`).
    RequestDuration(Option<crate::sample::RequestClass>, Statistic),
    /// `errors.rate`: failed steps / steps.
    ErrorRate,
    /// `requests.failed.rate`: failed requests / requests.
    RequestFailureRate,
    /// `iterations.failed`: number.
    IterationsFailed,
    /// `iterations.rate`: passed iterations per second.
    IterationRate,
}

/// A Web Vital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the field's names")]
pub enum Vital {
    Ttfb,
    Fcp,
    Lcp,
    Inp,
    Cls,
}

/// A statistic of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Arithmetic mean.
    Mean,
    /// Largest value.
    Max,
    /// Percentile, 0 to 100.
    Percentile(f64),
}

/// Comparison of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
