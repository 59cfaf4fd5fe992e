//! Iterations, in total and per flow.

use std::sync::Arc;

use super::distribution::Distribution;
use super::summary::{FlowRow, Iterations};
use super::table::{OTHER, Table};
use crate::sample::{IterationSample, Outcome};

const LIMIT: usize = 200;

/// Iterations of the whole run; durations and the rate after the warm-up.
#[derive(Debug)]
pub(super) struct Flows {
    table: Table<(Arc<str>, Arc<str>), Row>,
    pub(super) total: Iterations,
    /// Passed after the warm-up.
    pub(super) passed_judged: u64,
    /// Begun during the warm-up.
    pub(super) warmup: u64,
}

#[derive(Debug)]
struct Row {
    count: Iterations,
    duration_ms: Distribution,
}

impl Flows {
    pub(super) fn new() -> Self {
        Self {
            table: Table::new(LIMIT),
            total: Iterations::default(),
            passed_judged: 0,
            warmup: 0,
        }
    }

    pub(super) fn fold(&mut self, sample: &IterationSample, warmup: bool) {
        let key = (sample.origin.persona.clone(), sample.origin.flow.clone());
        let row = self.table.row(key, || Row {
            count: Iterations::default(),
            duration_ms: Distribution::milliseconds(),
        });
        self.total.add(&sample.outcome);
        row.count.add(&sample.outcome);
        self.warmup += u64::from(warmup);
        // A failed or interrupted iteration stopped half-way: its time is no pass through the flow.
        if !warmup && sample.outcome == Outcome::Passed {
            self.passed_judged += 1;
            row.duration_ms.record(sample.span.latency_ms());
        }
    }

    pub(super) fn rows(&self) -> Vec<FlowRow> {
        self.table
            .iter()
            .map(|(key, row)| FlowRow {
                persona: key.map_or(String::new(), |(persona, _)| persona.to_string()),
                flow: key.map_or(OTHER.to_owned(), |(_, flow)| flow.to_string()),
                iterations: row.count,
                duration_ms: row.duration_ms.statistics(),
            })
            .collect()
    }
}

impl Iterations {
    fn add(&mut self, outcome: &Outcome) {
        self.started += 1;
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Interrupted => self.interrupted += 1,
        }
    }
}
