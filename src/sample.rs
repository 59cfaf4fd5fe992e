//! Samples: the facts that a run produces, one value per thing that happened.
//!
//! This is the vocabulary between those who act (`browser`, `crowd`) and those who tell
//! (`measure`, `live`, `report`). It is pure data: it imports only [`crate::clock`].
//! A run folder's `samples.ndjson.zst` is one [`Sample`] as JSON per line.
//!
//! Times are [`Micros`] since the run's start. Every timed sample carries a [`Span`] with intended,
//! started and ended times: latency counts from `intended`, service time from `started`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Micros;

/// Where samples go. Sending never waits; the receiver writes and folds them.
pub type SampleSender = tokio::sync::mpsc::UnboundedSender<Sample>;

/// One fact of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Sample {
    /// A network request that ended (or was blocked).
    Request(RequestSample),
    /// A page view that ended: the user left the page or the run ended.
    Page(PageSample),
    /// A step of a flow.
    Step(StepSample),
    /// One pass through a flow.
    Iteration(IterationSample),
    /// A virtual user arrived or left.
    User(UserSample),
    /// The generator's own health, about once a second.
    Generator(GeneratorSample),
}

/// To whom and to which part of their flow a sample belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Number of the virtual user, from 0.
    pub user: u32,
    /// Name of the persona.
    pub persona: Arc<str>,
    /// Title of the flow; empty outside an iteration.
    pub flow: Arc<str>,
    /// Number of the iteration in the run, from 1; 0 outside an iteration.
    pub iteration: u64,
    /// Index of the step in the flow, from 0; absent between steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
}

/// When something should have begun, began, and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When the schedule wanted it to begin.
    pub intended: Micros,
    /// When it began.
    pub started: Micros,
    /// When it ended.
    pub ended: Micros,
}

impl Span {
    /// Latency in milliseconds: from the intended beginning to the end.
    pub fn latency_ms(&self) -> f64 {
        self.ended.ms_since(self.intended)
    }

    /// Service time in milliseconds: from the real beginning to the end.
    pub fn service_ms(&self) -> f64 {
        self.ended.ms_since(self.started)
    }
}

/// How a step or an iteration ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// As recorded.
    Passed,
    /// It could not be done.
    Failed(Failure),
    /// The run ended first; says nothing about the site.
    Interrupted,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Kind, for counting.
    pub cause: Cause,
    /// One line for people: what was expected, what was found. Never holds a secret.
    pub message: String,
}

/// Kinds of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No selector matched in time.
    NotFound,
    /// A selector matched several elements and none could be told apart.
    Ambiguous,
    /// The element was never visible, stable and enabled in time.
    NotActionable,
    /// Another element would have received the click.
    Covered,
    /// A navigation failed, or ended elsewhere than the flow asserts.
    Navigation,
    /// An expression or element that the flow waits for did not come.
    Condition,
    /// The deadline of the step passed while the browser was busy.
    Timeout,
    /// The renderer of the page crashed.
    RendererCrashed,
    /// The browser went away.
    BrowserLost,
    /// The flow asks for what cannot be done (a missing feed column, an unknown key).
    Flow,
    /// The browser refused a command.
    Protocol,
}

/// An element that was found by what it looks like, because the flow's selectors no longer match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Healing {
    /// Selectors of the flow, as messages list them.
    pub from: String,
    /// The best selector that finds it now.
    pub to: String,
    /// How alike it is to the recorded element, 0 to 1.
    pub score: f64,
}

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestClass {
    /// A document of the main frame or of an iframe.
    Document,
    /// `fetch` or `XMLHttpRequest` that the user or the page's load caused.
    Fetch,
    /// `fetch` or `XMLHttpRequest` that the page repeats by itself.
    Poll,
    /// A script.
    Script,
    /// A style sheet.
    Stylesheet,
    /// An image.
    Image,
    /// A font.
    Font,
    /// A WebSocket, from its handshake to its end.
    Websocket,
    /// Anything else: media, manifests, beacons, event streams, preflights.
    Other,
}

impl RequestClass {
    /// All classes in the order in which reports show them.
    pub const ALL: [Self; 9] = [
        Self::Document,
        Self::Fetch,
        Self::Poll,
        Self::Script,
        Self::Stylesheet,
        Self::Image,
        Self::Font,
        Self::Websocket,
        Self::Other,
    ];

    /// Name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Fetch => "fetch",
            Self::Poll => "poll",
            Self::Script => "script",
            Self::Stylesheet => "stylesheet",
            Self::Image => "image",
            Self::Font => "font",
            Self::Websocket => "websocket",
            Self::Other => "other",
        }
    }
}

/// How the body of a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// From the server, whole.
    #[default]
    Network,
    /// The server confirmed the cached copy (304).
    Revalidated,
    /// From the browser's cache; the server saw nothing.
    Cache,
    /// Stopped by Rehearsal: the host is not one of `[target]`. No server saw it.
    Blocked,
}

/// A request that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestSample {
    /// Whose request.
    pub origin: Origin,
    /// When it was sent and ended (`intended` = `started`).
    pub span: Span,
    /// HTTP method.
    pub method: Arc<str>,
    /// Folded URL: path template and names of query parameters for hosts of the target
    /// (`/product/:id?page`), with the host in front for others.
    pub url: Arc<str>,
    /// What it was for.
    pub class: RequestClass,
    /// HTTP status; absent when no response came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes over the wire: headers and encoded body. Zero from the cache.
    pub bytes: u64,
    /// How the body came.
    pub delivery: Delivery,
    /// The browser's reason when no response came (`net::ERR_…`). A request that the page itself
    /// gave up (`net::ERR_ABORTED`) is no failure; see [`RequestSample::failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// Parts of its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<RequestTiming>,
}

impl RequestSample {
    /// Whether the site failed to answer: a status of 400 or more, or a network error
    /// other than an abort by the page or a block by us.
    pub fn failed(&self) -> bool {
        if self.delivery == Delivery::Blocked {
            return false;
        }
        match (self.status, self.error.as_deref()) {
            (Some(status), _) if status >= 400 => true,
            (_, Some(error)) => error != "net::ERR_ABORTED",
            _ => false,
        }
    }
}

/// Parts of a request's time, in milliseconds. A part that did not take place is zero
/// (no DNS look-up or connection on a reused connection).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct RequestTiming {
    /// Queued in the browser, waiting for a connection.
    pub queued_ms: f64,
    /// DNS look-up.
    pub dns_ms: f64,
    /// TCP (and TLS) connection.
    pub connect_ms: f64,
    /// Request sent to first byte of the response.
    pub wait_ms: f64,
    /// First to last byte.
    pub receive_ms: f64,
}

/// A page view that ended. Vitals follow <https://web.dev/articles/vitals>.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageSample {
    /// Whose page.
    pub origin: Origin,
    /// Folded URL, as in [`RequestSample::url`].
    pub url: Arc<str>,
    /// Navigation start to the moment the user left.
    pub span: Span,
    /// Time to first byte, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttfb_ms: Option<f64>,
    /// `DOMContentLoaded`, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dom_ms: Option<f64>,
    /// `load`, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_ms: Option<f64>,
    /// First contentful paint, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fcp_ms: Option<f64>,
    /// Largest contentful paint, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lcp_ms: Option<f64>,
    /// Interaction to next paint, ms; absent without an interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inp_ms: Option<f64>,
    /// Cumulative layout shift (no unit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cls: Option<f64>,
}

/// A step of a flow that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepSample {
    /// Whose step; `origin.step` is set.
    pub origin: Origin,
    /// Name of the step, as [`crate::flow::Step::label`] gives it.
    pub name: Arc<str>,
    /// When the user meant to act, the engine began, and the effect was there.
    pub span: Span,
    /// Milliseconds within the span that a person would not have spent: retries and engine waits.
    pub engine_ms: f64,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Measured while the generator was starved; shown apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tainted: bool,
    /// It was done once more, because the first time had no effect at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// Its element was found by what it looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healed: Option<Healing>,
}

impl StepSample {
    /// What the user waited, ms: from the intended beginning to the end, without engine time.
    pub fn duration_ms(&self) -> f64 {
        (self.span.latency_ms() - self.engine_ms).max(0.0)
    }

    /// The same from the real beginning.
    pub fn service_ms(&self) -> f64 {
        (self.span.service_ms() - self.engine_ms).max(0.0)
    }
}

/// One pass through a flow that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IterationSample {
    /// Whose iteration; `origin.step` is the step it failed at, if it did.
    pub origin: Origin,
    /// First step to last, with think time.
    pub span: Span,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Began during warm-up: counted, but not part of the statistics.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warmup: bool,
}

/// A virtual user arrived or left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSample {
    /// Number of the user.
    pub user: u32,
    /// Persona.
    pub persona: Arc<str>,
    /// When.
    pub at: Micros,
    /// What happened.
    pub event: UserEvent,
}

/// What happened to a virtual user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserEvent {
    /// Has a browser and begins.
    Started,
    /// Left for good.
    Stopped,
    /// Lost its browser or renderer and got a new one.
    Restarted,
}

/// The generator's own health.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratorSample {
    /// When.
    pub at: Micros,
    /// Share of all cores of the machine in use since the last sample, 0 to 1.
    pub cpu_share: f64,
    /// Resident memory of driver and browsers, bytes.
    pub rss_bytes: u64,
    /// CPU seconds of the driver since the run began.
    pub driver_cpu_s: f64,
    /// CPU seconds of all browsers since the run began.
    pub browser_cpu_s: f64,
    /// How late a 50 ms timer fired, worst since the last sample, ms.
    pub loop_lag_ms: f64,
    /// Browsers started again after a crash since the run began.
    pub browser_restarts: u64,
}
