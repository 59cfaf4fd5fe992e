//! A replay as one HTML file to walk through: each step with what the page showed before and
//! after, what was clicked, written to the console, asked of the network, and in the document.
//! It asks the network for nothing. Without JavaScript all steps stand below each other.

mod page;
mod panels;

use jiff::Timestamp;

use crate::sample::Healing;

/// A replay.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Title of the first flow.
    pub name: String,
    /// When it began.
    pub started: Timestamp,
    /// Product and version of the browser.
    pub browser: String,
    /// Steps in the order in which they were played.
    pub steps: Vec<TraceStep>,
}

/// A step that was played.
#[derive(Debug, Clone, Default)]
pub struct TraceStep {
    /// Title of its flow.
    pub flow: String,
    /// Index in the flow, from 0.
    pub index: usize,
    /// Name of the step.
    pub name: String,
    /// The Recorder's name of what was done.
    pub action: String,
    /// Selectors of its element.
    pub selectors: String,
    /// Since the first step, ms.
    pub started_ms: f64,
    /// How long it took, ms.
    pub duration_ms: f64,
    /// Of which a person would not have spent, ms.
    pub engine_ms: f64,
    /// Its element may be absent, and was.
    pub skipped: bool,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// It was done once more, because the first time had no effect.
    pub repeated: bool,
    /// Its element was found by what it looks like.
    pub healed: Option<Healing>,
    /// Address of the page when it ended.
    pub url: String,
    /// Title of the page.
    pub title: String,
    /// Width and height of the page's viewport, CSS px.
    pub viewport: Option<(u32, u32)>,
    /// Where the pointer acted, CSS px in the viewport.
    pub point: Option<[f64; 2]>,
    /// Left, top, width and height of its element's box there.
    pub element: Option<[f64; 4]>,
    /// What the page showed just before the pointer acted.
    pub before: Option<Picture>,
    /// What it showed when the step had ended.
    pub after: Option<Picture>,
    /// The document as HTML.
    pub dom: Option<String>,
    /// What was written to the console, oldest first.
    pub console: Vec<Written>,
    /// Requests, oldest first.
    pub requests: Vec<Exchange>,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/webp`, `image/png`.
    pub mime: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A line of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `log`, `warning`, `error` …
    pub level: String,
    /// What it says.
    pub text: String,
    /// URL and line.
    pub source: Option<String>,
}

/// A request with its answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exchange {
    /// HTTP method.
    pub method: String,
    /// URL.
    pub url: String,
    /// What it was for.
    pub class: String,
    /// HTTP status, 0 without an answer.
    pub status: u64,
    /// The browser's reason without an answer.
    pub error: String,
    /// How the body came: `network`, `cache` …
    pub delivery: String,
    /// Bytes over the wire.
    pub bytes: u64,
    /// Since the step began, ms; negative when it began before.
    pub started_ms: f64,
    /// Sent to first byte, ms.
    pub wait_ms: f64,
    /// To its end, ms.
    pub duration_ms: f64,
}

impl Trace {
    /// The file.
    pub fn html(&self) -> String {
        page::page(self)
    }
}

impl TraceStep {
    /// Class and mark of how it went.
    fn mark(&self) -> (&'static str, char) {
        if self.failure.is_some() {
            ("poor", '✕')
        } else if self.skipped {
            ("none", '–')
        } else {
            ("good", '✓')
        }
    }
}
