//! `rehearsal flow lint`: what to mend in flows that are valid.

use std::path::{Path, PathBuf};

use rehearsal::flow::lint::Finding;
use rehearsal::flow::{Flow, Place};
use serde_json::{Value, json};

use super::super::{Exit, printer::Printer, setup};

/// Looks through flows. Files that they upload need not be there.
pub(super) fn execute(files: &[PathBuf], printer: &Printer) -> miette::Result<Exit> {
    // All or none: what cannot be read is told before anything else.
    let flows: Vec<(&PathBuf, Flow)> = files
        .iter()
        .map(|file| Ok((file, setup::read_flow(file)?)))
        .collect::<miette::Result<_>>()?;
    let mut warned = false;
    let mut documents = Vec::new();
    for (file, flow) in &flows {
        let findings = flow.lint();
        warned |= findings.iter().any(|finding| finding.rule.is_warning());
        if !printer.is_json() {
            tell(file, flow, &findings, printer);
        }
        documents.push(document(file, flow, &findings));
    }
    printer.document(&json!({ "version": 1, "flows": documents }))?;
    Ok(if warned { Exit::Failed } else { Exit::Pass })
}

fn tell(file: &Path, flow: &Flow, findings: &[Finding], printer: &Printer) {
    if findings.is_empty() {
        printer.line(format!("{}: nothing to mend", file.display()));
        return;
    }
    printer.line(format!("{}:", file.display()));
    for finding in findings {
        let kind = if finding.rule.is_warning() {
            "warning"
        } else {
            "advice"
        };
        let place = match label(flow, finding) {
            Some((number, label)) => format!("step {number} \"{label}\": "),
            None => String::new(),
        };
        let rule = finding.rule.name();
        printer.line(format!("  {kind}[{rule}] {place}{}", finding.message));
        printer.line(format!("      {}", finding.rule.advice()));
    }
}

/// Number from 1 and name of the step that a finding is about.
fn label(flow: &Flow, finding: &Finding) -> Option<(usize, String)> {
    match finding.place {
        Place::Step(index) => Some((index + 1, flow.steps.get(index)?.label())),
        Place::Flow => None,
    }
}

fn document(file: &Path, flow: &Flow, findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        let (step, name) = label(flow, finding).unzip();
        json!({
            "rule": finding.rule.name(),
            "warning": finding.rule.is_warning(),
            "step": step,
            "name": name,
            "message": finding.message,
            "advice": finding.rule.advice(),
        })
    };
    json!({
        "file": file,
        "title": flow.title,
        "findings": findings.iter().map(one).collect::<Vec<_>>(),
    })
}
