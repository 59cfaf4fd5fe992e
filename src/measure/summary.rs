//! `summary.json`: the results that others script against.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize, Serializer};

use super::distribution::Statistics;
use super::timeline::Timeline;
use crate::sample::{Cause, RequestClass};

/// Results of a run. Times in the names' unit; counts are of what [`crate::measure`] says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of the format: [`Summary::VERSION`].
    pub version: u32,
    /// What it comes to.
    pub verdict: Verdict,
    /// Why it is not "pass", one sentence each.
    pub reasons: Vec<String>,
    /// How the run came to its end.
    pub ended: Ended,
    /// Length of the run in seconds.
    pub duration_s: f64,
    /// What the statistics leave out.
    pub warmup: Warmup,
    /// Passes through flows.
    pub iterations: Iterations,
    /// Virtual users.
    pub users: Users,
    /// Iterations per persona and flow.
    pub flows: Vec<FlowRow>,
    /// Steps in the order of their flows.
    pub steps: Vec<StepRow>,
    /// Pages, most viewed first.
    pub pages: Vec<PageRow>,
    /// Traffic.
    pub requests: Requests,
    /// Failures by signature, most frequent first.
    pub failures: Vec<FailureRow>,
    /// Steps whose element was found by what it looks like, by flow and step.
    #[serde(default)]
    pub healings: Vec<HealingRow>,
    /// Thresholds in the order of the workload.
    pub thresholds: Vec<ThresholdRow>,
    /// Health of the machine that made the load.
    pub generator: Generator,
    /// What the database held.
    pub data: Data,
    /// The run over time.
    #[serde(serialize_with = "on_one_line")]
    pub timeline: Timeline,
}

impl Summary {
    /// Version that this program writes.
    pub const VERSION: u32 = 1;

    /// As JSON, indented, with the long series of the timeline on one line.
    pub fn to_json(&self) -> String {
        let mut json =
            serde_json::to_string_pretty(self).expect("invariant: a summary is always JSON");
        json.push('\n');
        json
    }

    /// From JSON.
    ///
    /// # Errors
    /// When it is no summary, or one of a newer version.
    pub fn from_json(json: &str) -> Result<Self, SummaryError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Version { version } = serde_json::from_str(json)?;
        if version > Self::VERSION {
            return Err(SummaryError::Newer {
                found: version,
                known: Self::VERSION,
            });
        }
        Ok(serde_json::from_str(json)?)
    }
}

/// A text is no summary that this program can read.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// Written by a newer program.
    #[error(
        "the summary has version `{found}`, this program reads up to `{known}`: use a newer rehearsal"
    )]
    Newer {
        /// Its version.
        found: u32,
        /// The newest that this program reads.
        known: u32,
    },
    /// No JSON, or not a summary's.
    #[error("the text is no summary of a run")]
    Malformed(#[from] serde_json::Error),
}

/// What a run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The site held.
    Pass,
    /// It did not.
    Fail,
    /// The generator was the limit: nothing can be said about the site.
    Invalid,
}

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// As planned.
    Completed,
    /// By the one who started it.
    Interrupted,
    /// The program went away; this summary was made from the samples it left.
    Lost,
}

/// What the statistics leave out.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Warmup {
    /// Length in seconds.
    pub duration_s: f64,
    /// Iterations that began in it.
    pub iterations: u64,
}

/// Numbers of iterations. `started` = `passed` + `failed` + `interrupted`, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Iterations {
    /// Begun.
    pub started: u64,
    /// All steps done.
    pub passed: u64,
    /// A step could not be done.
    pub failed: u64,
    /// The run ended first.
    pub interrupted: u64,
    /// Never begun, because the schedule could not be kept.
    pub dropped: u64,
}

/// Numbers of virtual users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Users {
    /// Most at the same time.
    pub peak: u32,
    /// All who came.
    pub started: u64,
    /// How often one lost its browser or renderer and got a new one.
    pub restarted: u64,
}

/// Iterations of one flow by one persona.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowRow {
    /// Persona.
    pub persona: String,
    /// Title of the flow.
    pub flow: String,
    /// How many.
    pub iterations: Iterations,
    /// First step to last with think time, of those that passed after the warm-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<Statistics>,
}

/// One step of one flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// Title of the flow.
    pub flow: String,
    /// Index in the flow, from 0.
    pub index: u32,
    /// Name.
    pub name: String,
    /// Passed and failed.
    pub count: u64,
    /// Failed.
    pub failed: u64,
    /// Measured on a starved generator; not in the durations.
    pub tainted: u64,
    /// Latency: from the intended time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<Statistics>,
    /// Service time: from the real beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_ms: Option<Statistics>,
    /// Time within it that a person would not have spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_ms: Option<Statistics>,
}

/// Views of one page. A statistic is absent when no view had the value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the field's")]
pub struct PageRow {
    /// URL template.
    pub url: String,
    /// Number of views.
    pub views: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttfb_ms: Option<Statistics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dom_ms: Option<Statistics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_ms: Option<Statistics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fcp_ms: Option<Statistics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lcp_ms: Option<Statistics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inp_ms: Option<Statistics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cls: Option<Statistics>,
}

/// Traffic of the whole run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Requests {
    /// All but the blocked ones.
    pub total: u64,
    /// Status of 400 or more, or a network error.
    pub failed: u64,
    /// Given up by the page itself.
    pub aborted: u64,
    /// Over the wire.
    pub bytes: u64,
    /// Answered by the browser's cache; the server saw nothing.
    pub from_cache: u64,
    /// The server confirmed the cached copy.
    pub revalidated: u64,
    /// Stopped by Rehearsal: not a host of the target. No server saw them.
    pub blocked: u64,
    /// Of those that reached a server, WebSockets left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<Statistics>,
    /// By the name of the class; all classes are there.
    pub by_class: IndexMap<String, RequestClassRow>,
    /// By method, URL template and class, most requested first.
    pub by_template: Vec<RequestRow>,
    /// Blocked requests by host.
    pub blocked_hosts: IndexMap<String, u64>,
}

/// Requests of one class. Fields as in [`Requests`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `Requests`")]
pub struct RequestClassRow {
    pub count: u64,
    pub failed: u64,
    pub aborted: u64,
    pub bytes: u64,
    pub from_cache: u64,
    pub revalidated: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<Statistics>,
}

/// Requests of one URL template. The server saw `count` - `from_cache` of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `Requests`")]
pub struct RequestRow {
    pub method: String,
    pub url: String,
    pub class: RequestClass,
    pub count: u64,
    pub failed: u64,
    pub aborted: u64,
    /// Number by status; `none` when no response came.
    #[serde(serialize_with = "on_one_line")]
    pub statuses: BTreeMap<String, u64>,
    pub bytes: u64,
    pub from_cache: u64,
    pub revalidated: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<Statistics>,
}

/// Iterations that failed in the same way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailureRow {
    /// The same for the same failure in another run.
    pub signature: String,
    /// Kind; absent in the row of all others.
    pub cause: Option<Cause>,
    /// Title of the flow.
    pub flow: String,
    /// Name of the step; empty when it was between steps.
    pub step: String,
    /// Message of the first of them.
    pub message: String,
    /// How many.
    pub count: u64,
    /// Seconds from the run's start to the first.
    pub first_s: f64,
    /// Seconds from the run's start to the last.
    pub last_s: f64,
    /// Folders with what the page showed, relative to the run's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// A step whose selectors are out of date, and whose element was found all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealingRow {
    /// Title of the flow.
    pub flow: String,
    /// Index of the step in the flow, from 0.
    pub step: u32,
    /// Name of the step.
    pub name: String,
    /// Selectors of the flow.
    pub from: String,
    /// The best selector that finds it now.
    pub to: String,
    /// How alike it was to the recorded element, 0 to 1: the lowest of all times.
    pub lowest_score: f64,
    /// How often.
    pub count: u64,
}

/// A threshold and what was observed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRow {
    /// As typed.
    pub rule: String,
    /// In `unit`; absent when there was no data.
    pub observed: Option<f64>,
    /// Unit of the observed value.
    pub unit: Unit,
    /// Whether it held.
    pub ok: bool,
    /// Why it did not, when the number does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Unit of an observed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// 0 to 1.
    Share,
    /// A number of things.
    Count,
    /// Per second.
    PerSecond,
    /// No unit.
    Score,
}

/// Health of the machine that made the load.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Generator {
    /// Mean share of all cores in use, 0 to 1.
    pub cpu_share: f64,
    /// Highest share in one sample.
    pub cpu_share_max: f64,
    /// Most resident memory of driver and browsers.
    pub rss_bytes: u64,
    /// CPU seconds of the driver.
    pub driver_cpu_s: f64,
    /// CPU seconds of the browsers.
    pub browser_cpu_s: f64,
    /// Worst lag of the event loop in each sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_lag_ms: Option<Statistics>,
    /// Steps measured while it was starved.
    pub tainted_samples: u64,
    /// Their latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tainted_ms: Option<Statistics>,
    /// Browsers started again after a crash.
    pub browser_restarts: u64,
}

/// What the database held when the run began.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Data {
    /// The same for the same data; empty when nothing was seeded.
    pub fingerprint: String,
    /// Rows per table.
    pub rows: IndexMap<String, u64>,
    /// What the run changed in it, when that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

/// What changed in a seeded database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Changes {
    /// Tables that were seeded.
    pub tables: IndexMap<String, TableChange>,
    /// The others.
    pub outside: IndexMap<String, RowCounts>,
}

/// What changed in a table that was seeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableChange {
    /// Rows that were seeded.
    pub seeded: u64,
    /// Rows that are there.
    pub now: u64,
    /// Rows that were not seeded. None, as the next ones, where rows were only counted.
    pub inserted: Option<u64>,
    /// Seeded rows that are gone.
    pub deleted: Option<u64>,
    /// Seeded rows that hold something else.
    pub updated: Option<u64>,
}

/// Rows of a table at two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RowCounts {
    /// When the database was seeded.
    pub before: u64,
    /// After the run.
    pub now: u64,
}

/// Writes a value without line breaks inside an indented document.
pub(super) fn on_one_line<T: Serialize, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serde_json::value::to_raw_value(value)
        .map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}
