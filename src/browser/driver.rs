//! The traits through which a crowd uses browsers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Evidence, Slowness};
use crate::clock::Micros;
use crate::flow::{EffectPart, Fingerprint, Selectors, Step, Viewport};
use crate::sample::{Cause, Failure, Healing, Origin, SampleSender};

/// Gives out browser users.
#[async_trait]
pub trait Driver: Send + Sync + 'static {
    /// Opens an isolated user: own cookies, storage and cache, one blank page.
    /// Samples of requests and pages go to `samples` until the user is closed.
    async fn open(
        &self,
        profile: &Profile,
        samples: SampleSender,
    ) -> Result<Box<dyn BrowserUser>, OpenError>;

    /// State of the browsers behind it, for the generator's health.
    fn vitals(&self) -> DriverVitals;

    /// Ends every browser. Users still open fail with [`crate::sample::Cause::BrowserLost`].
    async fn shutdown(&self);
}

/// State of the browsers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DriverVitals {
    /// Process ids of the browsers' main processes.
    pub pids: Vec<u32>,
    /// Browsers started again after a crash.
    pub restarts: u64,
}

/// One browser user: a context with its own cookies and cache, and its pages.
#[async_trait]
pub trait BrowserUser: Send {
    /// From now on samples belong to `origin` (its `step` is set by [`BrowserUser::perform`]).
    /// Called at the start of each iteration. Pages stay as they are.
    fn attribute(&mut self, origin: Origin);

    /// Performs the step with this index in the flow: waits for the element, acts, waits for the
    /// effect. Returns when the effect is there, the deadline has passed, or `timeout` has.
    async fn perform(&mut self, index: u32, step: &Step, timeout: Duration) -> Performed;

    /// Whether the renderer and browser are still there; a user that is not must be replaced.
    fn is_alive(&self) -> bool;

    /// Ends page views and requests still open (they become samples) and disposes the context.
    async fn close(self: Box<Self>);
}

/// How a step went.
#[derive(Debug, Clone, PartialEq)]
pub struct Performed {
    /// When the engine began to look for the element.
    pub started: Micros,
    /// When the effect was there, or the step was given up.
    pub ended: Micros,
    /// Milliseconds between the two that a person would not have spent.
    pub engine_ms: f64,
    /// Why it failed, if it did.
    pub result: Result<(), Failure>,
    /// Values that it read from the page, by the names that the flow gives them.
    pub extracted: Vec<(String, String)>,
    /// It was done once more, because the first time had no effect at all.
    pub repeated: bool,
    /// Its selectors no longer matched, and the element was found by what it looks like.
    pub healed: Option<Box<Healed>>,
    /// Which of its element's selectors, by index, did not find it, and it alone, when it was
    /// acted on.
    pub disagreed: Vec<usize>,
    /// Parts of its recorded effect that did not come.
    pub missing: Vec<EffectPart>,
    /// What the element looked like, when [`Replay::learn`] asks for it.
    pub element: Option<Box<Fingerprint>>,
    /// What the page showed when it failed, when [`Replay::capture`] asks for it.
    pub evidence: Option<Box<Evidence>>,
}

/// A step whose element was found by its fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Healed {
    /// Selectors that would have found it, best first; those of the flow that still do are kept.
    pub selectors: Selectors,
    /// What it looks like now.
    pub element: Fingerprint,
    /// For reports.
    pub note: Healing,
}

impl Performed {
    /// A step that went so, with nothing more to tell.
    pub fn new(
        started: Micros,
        ended: Micros,
        engine_ms: f64,
        result: Result<(), Failure>,
    ) -> Self {
        Self {
            started,
            ended,
            engine_ms,
            result,
            extracted: Vec::new(),
            repeated: false,
            healed: None,
            disagreed: Vec::new(),
            missing: Vec::new(),
            element: None,
            evidence: None,
        }
    }

    /// Whether nothing was there to act on, and the flow says that this may be: no step took place.
    pub fn is_skipped(&self, step: &Step) -> bool {
        let absent = |failure: &Failure| failure.cause == Cause::NotFound;
        step.extension.optional && self.result.as_ref().is_err_and(absent)
    }
}

/// What a user's browser is like. Everything that a server or a page can see is the same as a
/// person's desktop Chromium unless set here.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// To whom samples belong before the first [`BrowserUser::attribute`].
    pub origin: Origin,
    /// Size of the page.
    pub viewport: Viewport,
    /// BCP 47 tag: `Accept-Language`, `navigator.language`, number and date formats.
    pub locale: String,
    /// IANA time zone; the machine's when absent.
    pub timezone: Option<String>,
    /// User agent of an emulated device; a desktop Chromium's when absent.
    pub user_agent: Option<String>,
    /// Hosts that get traffic.
    pub hosts: Arc<Hosts>,
    /// Header that marks the traffic (`mark = true`).
    pub mark: Option<(String, String)>,
    /// How flows are replayed.
    pub replay: Replay,
}

/// How flows are replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// Elements whose selectors no longer match are found by their fingerprint.
    pub heal: bool,
    /// Every step tells what its element looks like.
    pub learn: bool,
    /// What is kept of steps for people to look at.
    pub capture: Capture,
    /// How much slower than this machine the browser is.
    pub slowness: Slowness,
}

impl Default for Replay {
    fn default() -> Self {
        Self {
            heal: true,
            learn: false,
            capture: Capture::Nothing,
            slowness: Slowness::default(),
        }
    }
}

/// Which steps leave [`Evidence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Capture {
    /// None.
    #[default]
    Nothing,
    /// Those that fail.
    Failures,
    /// All.
    EveryStep,
}

/// Hosts that may get traffic; requests to all others are blocked and counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hosts {
    /// Host of the target, with its port when it is not the scheme's default (`127.0.0.1:8000`).
    pub target: String,
    /// Further hosts (`cdn.example.com`, `*.example.com`), with or without a port;
    /// without one, any port.
    pub allow: Vec<String>,
}

/// A browser user could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("could not open a browser user: {message}")]
pub struct OpenError {
    /// What went wrong and what to do.
    pub message: String,
    /// Whether trying again can help (a browser crashed), or not (there is none).
    pub transient: bool,
}
