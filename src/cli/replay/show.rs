//! How a replay is told to people: each step as it happens, and what is known of a failure.

use rehearsal::browser::Evidence;
use rehearsal::flow::{Flow, Step};
use rehearsal::measure::units;
use rehearsal::sample::{Delivery, RequestSample};

use super::pass::{Played, PlayedStep};
use super::shown;
use crate::cli::printer::Printer;

/// Engine time that is worth telling: a person would not have spent it, ms.
const NOTABLE_MS: f64 = 500.0;

/// Lines of the console and requests that a failure shows.
const MOST: usize = 5;

/// What the browser's evidence says of a request that has not ended.
const UNDER_WAY: &str = "still under way";

/// Width of names.
const NAME: usize = 48;

/// A step that ended.
pub(super) struct Told<'a> {
    pub(super) played: &'a PlayedStep,
    pub(super) requests: &'a [RequestSample],
    pub(super) evidence: Option<&'a Evidence>,
}

/// Tells, if it is to be told at all.
pub(super) struct Show<'a> {
    printer: &'a Printer,
    aloud: bool,
}

impl<'a> Show<'a> {
    pub(super) fn new(printer: &'a Printer, aloud: bool) -> Self {
        Self { printer, aloud }
    }

    /// A flow begins.
    pub(super) fn begin(&self, flow: &Flow) {
        if self.aloud {
            self.printer.line(&flow.title);
        }
    }

    /// A step goes on.
    pub(super) fn running(&self, index: usize, step: &Step, ms: f64) {
        const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
        if self.aloud && self.printer.is_terminal() {
            let frame = FRAMES[(ms / 100.0) as usize % FRAMES.len()];
            let line = format!(
                "  {frame} {}{:>7.1} s",
                named(index, &step.label()),
                ms / 1_000.0
            );
            self.printer
                .progress(&clipped(&line, self.printer.width() - 1));
        }
    }

    /// A step has ended.
    pub(super) fn ended(&self, told: &Told<'_>) {
        if !self.aloud {
            return;
        }
        let step = told.played;
        self.printer.end_progress();
        let (mark, colour) = match (step.skipped || step.interrupted, step.passed) {
            (true, _) => ("–", "2"),
            (_, true) => ("✓", "32"),
            (_, false) => ("✗", "31"),
        };
        let notes = notes(told);
        self.printer.line(format!(
            "  {} {}{:>7.0} ms  {}",
            self.painted(mark, colour),
            named(step.index, &step.name),
            step.duration_ms,
            notes.join(", ")
        ));
        if let Some(healed) = &step.healed {
            self.detail("healed", &format!("{} → {}", healed.from, healed.to));
        }
        if step.failure.is_some() {
            self.failure(told);
        }
    }

    /// A flow has ended.
    pub(super) fn end(&self, flow: &Flow, played: &Played) {
        if !self.aloud {
            return;
        }
        let ms: f64 = played.steps.iter().map(|step| step.duration_ms).sum();
        let (word, colour) = match (played.passed, played.interrupted) {
            (true, _) => ("passed:", "32"),
            (_, true) => ("interrupted:", "33"),
            (_, false) => ("FAILED:", "31"),
        };
        self.printer.line(format!(
            "  {} {} of {} steps in {:.1} s",
            self.painted(word, colour),
            played.steps.iter().filter(|step| step.passed).count(),
            flow.steps.len(),
            ms / 1_000.0
        ));
    }

    fn failure(&self, told: &Told<'_>) {
        let message = told.played.failure.as_deref().unwrap_or_default();
        self.printer
            .line(format!("        {}", self.painted(message, "1")));
        let Some(evidence) = told.evidence else {
            return;
        };
        if !evidence.url.is_empty() {
            let title = match evidence.title.as_str() {
                "" => String::new(),
                title => format!(" ({title})"),
            };
            self.detail("page", &format!("{}{title}", evidence.url));
        }
        let before = evidence.actions.len().saturating_sub(1);
        for action in &evidence.actions[before.saturating_sub(3)..before] {
            let at = action
                .point
                .map_or_else(String::new, |[x, y]| format!(" at {x:.0}, {y:.0}"));
            let took = units::milliseconds(action.duration_ms);
            self.detail("before", &format!("{}{at} ({took})", action.name));
        }
        let bad = ["error", "assert", "warning"];
        let written = evidence.console.iter().rev();
        let mut written: Vec<_> = written
            .filter(|message| bad.contains(&message.level.as_str()))
            .take(MOST)
            .collect();
        written.reverse();
        for message in written {
            let first = message.text.lines().next().unwrap_or_default();
            let source = message
                .source
                .as_deref()
                .map_or_else(String::new, |at| format!(" ({at})"));
            self.detail("console", &format!("{}: {first}{source}", message.level));
        }
        for request in failed_requests(evidence).iter().take(MOST) {
            self.detail("request", request);
        }
        if let Some(folder) = &told.played.evidence {
            self.detail("evidence", &shown(folder));
        }
    }

    fn detail(&self, what: &str, text: &str) {
        let what = self.painted(&format!("{what:<9}"), "2");
        self.printer.line(format!("        {what} {text}"));
    }

    fn painted(&self, text: &str, colour: &str) -> String {
        if self.printer.colour() {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

fn named(index: usize, name: &str) -> String {
    format!("{:>2}  {:<NAME$}", index + 1, clipped(name, NAME))
}

/// What is notable of a step beside its time.
fn notes(told: &Told<'_>) -> Vec<String> {
    let step = told.played;
    if step.skipped {
        return vec!["absent, skipped".to_owned()];
    }
    if step.interrupted {
        return vec!["interrupted".to_owned()];
    }
    let mut notes = traffic(told.requests);
    if let Some(slowest) = slowest(told) {
        notes.push(slowest);
    }
    if step.engine_ms >= NOTABLE_MS {
        notes.push(format!("engine {:.0} ms", step.engine_ms));
    }
    if step.repeated {
        notes.push("done twice".to_owned());
    }
    notes
}

fn traffic(requests: &[RequestSample]) -> Vec<String> {
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
        .collect()
}

/// The request that took most of a slow step.
fn slowest(told: &Told<'_>) -> Option<String> {
    let took = |request: &RequestSample| request.span.service_ms();
    let awaited = told.requests.iter().filter(|request| {
        !matches!(request.class.name(), "poll" | "websocket") && request.delivery != Delivery::Cache
    });
    let slowest = awaited.max_by(|a, b| took(a).total_cmp(&took(b)))?;
    let ms = took(slowest);
    let much = ms >= NOTABLE_MS && ms >= told.played.duration_ms / 2.0;
    much.then(|| {
        format!(
            "{} {} took {}",
            slowest.method,
            slowest.url,
            units::milliseconds(ms)
        )
    })
}

/// Requests of the step and those before it that were not answered well.
fn failed_requests(evidence: &Evidence) -> Vec<String> {
    let entries = evidence
        .har
        .as_ref()
        .and_then(|har| har["log"]["entries"].as_array());
    let mut failed = Vec::new();
    for entry in entries.into_iter().flatten() {
        let status = entry["response"]["status"].as_u64().unwrap_or_default();
        let error = entry["_error"].as_str().unwrap_or_default();
        // What never ends is under way at any time.
        let lasting = matches!(
            entry["_class"].as_str(),
            Some("websocket" | "poll" | "other")
        );
        let expected =
            error.is_empty() || error == "net::ERR_ABORTED" || (error == UNDER_WAY && lasting);
        if status >= 400 || !expected {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let answer = if status >= 400 {
                status.to_string()
            } else {
                error.to_owned()
            };
            failed.push(format!(
                "{} {} → {answer}",
                text(&entry["request"]["method"]),
                text(&entry["request"]["url"]),
            ));
        }
    }
    failed.reverse();
    failed
}

fn clipped(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut clipped = text.chars().take(width.max(1) - 1).collect::<String>();
    clipped.push('…');
    clipped
}
