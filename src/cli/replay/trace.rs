//! `--trace`: what was seen of each step, as an HTML file.

use std::path::Path;

use jiff::Timestamp;
use miette::{IntoDiagnostic, WrapErr};
use rehearsal::browser::{Evidence, Performed, Screenshot};
use rehearsal::flow::Step;
use rehearsal::report::trace::{Exchange, Picture, Trace, TraceStep, Written};
use serde_json::Value;

use super::pass::PlayedStep;
use super::{Theatre, shown};

/// What was seen of a step; its moments are since the clock's start.
pub(in crate::cli) struct Seen {
    started_s: f64,
    evidence_har: Option<Value>,
    step: TraceStep,
}

impl Seen {
    pub(super) fn new(
        flow: &str,
        step: &Step,
        performed: &Performed,
        played: &PlayedStep,
        evidence: Evidence,
    ) -> Self {
        let selectors = step.action.selectors();
        let sight = evidence.sight.unwrap_or_default();
        let aimed = sight.screenshot.is_some();
        Self {
            started_s: performed.started.seconds(),
            evidence_har: evidence.har,
            step: TraceStep {
                flow: flow.to_owned(),
                index: played.index,
                name: played.name.clone(),
                action: step.action.name().to_owned(),
                selectors: selectors.map_or_else(String::new, rehearsal::flow::Selectors::listed),
                started_ms: 0.0,
                duration_ms: played.duration_ms,
                engine_ms: played.engine_ms,
                skipped: played.skipped,
                failure: played.failure.clone(),
                repeated: played.repeated,
                healed: played.healed.clone(),
                url: evidence.url,
                title: evidence.title,
                viewport: evidence
                    .viewport
                    .map(|viewport| (viewport.width, viewport.height)),
                point: aimed.then_some(sight.point),
                element: sight.element,
                before: sight.screenshot.map(picture),
                after: evidence.screenshot.map(picture),
                dom: evidence.dom,
                console: evidence
                    .console
                    .into_iter()
                    .map(|message| Written {
                        level: message.level,
                        text: message.text,
                        source: message.source,
                    })
                    .collect(),
                requests: Vec::new(),
            },
        }
    }
}

fn picture(screenshot: Screenshot) -> Picture {
    Picture {
        mime: screenshot.mime,
        bytes: screenshot.bytes,
    }
}

/// Writes the file, and says so.
pub(in crate::cli) fn write(
    theatre: &Theatre<'_>,
    file: &Path,
    seen: Vec<Seen>,
) -> miette::Result<()> {
    let started = theatre.clock.started_at();
    let first = seen.first().map_or(0.0, |seen| seen.started_s);
    let steps = seen
        .into_iter()
        .map(|seen| {
            let mut step = seen.step;
            step.started_ms = (seen.started_s - first) * 1_000.0;
            step.requests = exchanges(seen.evidence_har.as_ref(), started, seen.started_s);
            step
        })
        .collect();
    let trace = Trace {
        name: theatre.scripts[0].flow.title.clone(),
        started,
        browser: theatre.chromium.version().to_owned(),
        steps,
    };
    std::fs::write(file, trace.html())
        .into_diagnostic()
        .wrap_err_with(|| format!("could not write the trace `{}`", file.display()))?;
    theatre.printer.line(format!("trace: {}", shown(file)));
    Ok(())
}

/// Entries of a HAR, with their times since the step's beginning.
fn exchanges(har: Option<&Value>, run: Timestamp, step_s: f64) -> Vec<Exchange> {
    let entries = har.and_then(|har| har["log"]["entries"].as_array());
    let step_s = run.as_microsecond() as f64 / 1e6 + step_s;
    let exchange = |entry: &Value| {
        let text = |pointer: &str| {
            let value = entry.pointer(pointer).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let began: Option<Timestamp> = text("/startedDateTime").parse().ok();
        let began_s = began.map_or(step_s, |began| began.as_microsecond() as f64 / 1e6);
        Exchange {
            method: text("/request/method"),
            url: text("/request/url"),
            class: text("/_class"),
            status: entry["response"]["status"].as_u64().unwrap_or_default(),
            error: text("/_error"),
            delivery: text("/_delivery"),
            bytes: entry["response"]["_transferSize"]
                .as_u64()
                .unwrap_or_default(),
            started_ms: (began_s - step_s) * 1_000.0,
            wait_ms: entry["timings"]["wait"]
                .as_f64()
                .unwrap_or_default()
                .max(0.0),
            duration_ms: entry["time"].as_f64().unwrap_or_default(),
        }
    };
    entries.into_iter().flatten().map(exchange).collect()
}
