//! Failures of iterations, grouped by signature: cause, step and message.

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::summary::FailureRow;
use super::table::{OTHER, Table};
use crate::clock::Micros;
use crate::sample::{Cause, Failure};

const LIMIT: usize = 500;

/// Failures of the whole run.
#[derive(Debug)]
pub(super) struct Failures {
    table: Table<Key, Row>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    cause: Cause,
    flow: Arc<str>,
    step: Arc<str>,
    /// With each number replaced, so that ids and times do not make each failure its own.
    message: String,
}

#[derive(Debug)]
struct Row {
    example: String,
    count: u64,
    first: Micros,
    last: Micros,
}

impl Failures {
    pub(super) fn new() -> Self {
        Self {
            table: Table::new(LIMIT),
        }
    }

    /// Takes a failure at `step` (a label; empty between steps) of `flow`.
    pub(super) fn fold(&mut self, failure: &Failure, flow: &Arc<str>, step: &Arc<str>, at: Micros) {
        let key = Key::new(failure, flow, step);
        let row = self.table.row(key, || Row {
            example: failure.message.clone(),
            count: 0,
            first: at,
            last: at,
        });
        row.count += 1;
        row.first = row.first.min(at);
        row.last = row.last.max(at);
    }

    /// Rows, most frequent first.
    pub(super) fn rows(&self) -> Vec<FailureRow> {
        let mut rows: Vec<_> = self
            .table
            .iter()
            .map(|(key, row)| FailureRow {
                signature: key.map_or(String::new(), Key::signature),
                cause: key.map(|key| key.cause),
                flow: key.map_or(String::new(), |key| key.flow.to_string()),
                step: key.map_or(String::new(), |key| key.step.to_string()),
                message: key.map_or(OTHER.to_owned(), |_| row.example.clone()),
                count: row.count,
                first_s: row.first.seconds(),
                last_s: row.last.seconds(),
                evidence: Vec::new(),
            })
            .collect();
        rows.sort_by(|a, b| b.count.cmp(&a.count).then(a.first_s.total_cmp(&b.first_s)));
        rows
    }
}

/// The signature of a failure at `step` (a label) of `flow`, as [`FailureRow::signature`] has it.
pub fn signature(failure: &Failure, flow: &Arc<str>, step: &Arc<str>) -> String {
    Key::new(failure, flow, step).signature()
}

impl Key {
    fn new(failure: &Failure, flow: &Arc<str>, step: &Arc<str>) -> Self {
        Self {
            cause: failure.cause,
            flow: flow.clone(),
            step: step.clone(),
            message: without_numbers(&failure.message),
        }
    }

    /// Short and stable across runs, fit for a folder's name.
    fn signature(&self) -> String {
        let text = format!(
            "{:?}\n{}\n{}\n{}",
            self.cause, self.flow, self.step, self.message
        );
        let mut name = String::with_capacity(12);
        for byte in Sha256::digest(text.as_bytes()).iter().take(6) {
            write!(name, "{byte:02x}").expect("invariant: writing to a string succeeds");
        }
        name
    }
}

/// The cause in a few words for people.
pub fn describe(cause: Cause) -> &'static str {
    match cause {
        Cause::NotFound => "element not found",
        Cause::Ambiguous => "several elements match",
        Cause::NotActionable => "element not ready",
        Cause::Covered => "element covered",
        Cause::Navigation => "navigation failed",
        Cause::Condition => "condition not met",
        Cause::Timeout => "timed out",
        Cause::RendererCrashed => "page crashed",
        Cause::BrowserLost => "browser lost",
        Cause::Flow => "flow cannot be done",
        Cause::Protocol => "browser refused",
    }
}

fn without_numbers(message: &str) -> String {
    let mut folded = String::with_capacity(message.len());
    let mut in_number = false;
    for character in message.chars() {
        if character.is_ascii_digit() {
            if !in_number {
                folded.push('#');
            }
            in_number = true;
        } else {
            folded.push(character);
            in_number = false;
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_do_not_split_a_failure() {
        let mut failures = Failures::new();
        let (flow, step): (Arc<str>, Arc<str>) = ("buy".into(), "Pay".into());
        for (second, id) in [(3, 17), (1, 240), (9, 3)] {
            let failure = Failure {
                cause: Cause::NotFound,
                message: format!("no element matched `#order-{id}` in 5000 ms"),
            };
            failures.fold(&failure, &flow, &step, Micros(second * 1_000_000));
        }
        let rows = failures.rows();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].count, 3);
        assert_eq!((rows[0].first_s, rows[0].last_s), (1.0, 9.0));
        assert_eq!(rows[0].message, "no element matched `#order-17` in 5000 ms");
        assert_eq!(rows[0].signature.len(), 12);
    }
}
