//! What the browser tells of failed steps, as the files of a failure's folder.

use rehearsal::browser::{Budget, Evidence, Screenshot};
use rehearsal::crowd::Caught;
use rehearsal::measure::{describe, signature};
use rehearsal::report::{FailureFiles, Failures, ReportError};
use serde_json::{Value, json};
use std::path::PathBuf;

/// How much evidence is gathered: examples of the same step and cause, and how many of those.
pub(super) fn budget() -> Budget {
    Budget::new(3, 30)
}

/// Writes what was caught; where to, if it is kept.
pub(super) fn keep(
    failures: &mut Failures,
    caught: &Caught,
) -> Result<Option<PathBuf>, ReportError> {
    let signature = signature(&caught.failure, &caught.origin.flow, &caught.step);
    failures.keep(&signature, &files(caught, &signature))
}

fn files(caught: &Caught, signature: &str) -> FailureFiles {
    let evidence = &caught.evidence;
    FailureFiles {
        failure: failure(caught, signature),
        screenshot: evidence.screenshot.as_ref().map(png).unwrap_or_default(),
        dom: evidence.dom.clone(),
        console: json!(evidence.console),
        har: evidence.har.clone(),
    }
}

/// Failures are taken as PNG.
fn png(screenshot: &Screenshot) -> Option<Vec<u8>> {
    (screenshot.mime == "image/png").then(|| screenshot.bytes.clone())
}

fn failure(caught: &Caught, signature: &str) -> Value {
    let Caught {
        origin,
        step,
        at,
        failure,
        evidence,
    } = caught;
    let Evidence {
        url,
        title,
        viewport,
        sight,
        actions,
        ..
    } = &**evidence;
    json!({
        "version": 1,
        "signature": signature,
        "flow": origin.flow,
        "step": origin.step,
        "name": step,
        "cause": failure.cause,
        "kind": describe(failure.cause),
        "message": failure.message,
        "persona": origin.persona,
        "user": origin.user,
        "iteration": origin.iteration,
        "at_s": at.seconds(),
        "url": url,
        "title": title,
        "viewport": viewport,
        "point": sight.as_ref().map(|sight| sight.point),
        "last_actions": actions,
    })
}
