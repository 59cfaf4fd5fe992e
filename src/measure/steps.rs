//! Steps: how long each took, how often it failed.

use std::sync::Arc;

use super::distribution::Distribution;
use super::summary::StepRow;
use super::table::{OTHER, Table};
use crate::sample::{Outcome, StepSample};

/// Steps of all flows that have a row of their own.
const LIMIT: usize = 500;

/// Statistics of steps after the warm-up.
#[derive(Debug)]
pub(super) struct Steps {
    table: Table<(Arc<str>, u32), Row>,
    /// Steps that passed or failed.
    pub(super) count: u64,
    pub(super) failed: u64,
    pub(super) tainted: u64,
    /// Latency of all steps that are not tainted.
    pub(super) all_ms: Distribution,
    pub(super) tainted_ms: Distribution,
}

/// One step of one flow.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: Arc<str>,
    pub(super) count: u64,
    failed: u64,
    tainted: u64,
    pub(super) duration_ms: Distribution,
    service_ms: Distribution,
    engine_ms: Distribution,
}

impl Steps {
    pub(super) fn new() -> Self {
        Self {
            table: Table::new(LIMIT),
            count: 0,
            failed: 0,
            tainted: 0,
            all_ms: Distribution::milliseconds(),
            tainted_ms: Distribution::milliseconds(),
        }
    }

    /// Takes a step. One of the warm-up only makes its name known.
    pub(super) fn fold(&mut self, sample: &StepSample, warmup: bool) {
        let key = (sample.origin.flow.clone(), sample.origin.step.unwrap_or(0));
        let row = self.table.row(key, || Row::new(sample.name.clone()));
        if warmup || sample.outcome == Outcome::Interrupted {
            return;
        }
        let failed = u64::from(matches!(sample.outcome, Outcome::Failed(_)));
        self.count += 1;
        self.failed += failed;
        row.count += 1;
        row.failed += failed;
        if sample.tainted {
            self.tainted += 1;
            row.tainted += 1;
            self.tainted_ms.record(sample.duration_ms());
        } else {
            self.all_ms.record(sample.duration_ms());
            row.duration_ms.record(sample.duration_ms());
            row.service_ms.record(sample.service_ms());
            row.engine_ms.record(sample.engine_ms);
        }
    }

    /// Name of a step that was seen.
    pub(super) fn name(&self, flow: &Arc<str>, index: u32) -> Option<Arc<str>> {
        self.table
            .get(&(flow.clone(), index))
            .map(|row| row.name.clone())
    }

    /// Rows with the flow they belong to; the shared row has none.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Option<&Arc<str>>, &Row)> {
        self.table
            .iter()
            .map(|(key, row)| (key.map(|(flow, _)| flow), row))
    }

    /// Rows by flow and index. Steps that were only seen in the warm-up are left out.
    pub(super) fn rows(&self) -> Vec<StepRow> {
        let mut rows: Vec<_> = self
            .table
            .iter()
            .filter(|(_, row)| row.count > 0)
            .map(|(key, row)| row.summary(key))
            .collect();
        // Flows stay in the order of their first step; `(other)` comes last.
        let mut order: Vec<String> = Vec::new();
        for row in &rows {
            if !order.contains(&row.flow) {
                order.push(row.flow.clone());
            }
        }
        rows.sort_by_key(|row| {
            let flow = order.iter().position(|flow| *flow == row.flow);
            (row.name == OTHER && row.flow.is_empty(), flow, row.index)
        });
        rows
    }
}

impl Row {
    fn new(name: Arc<str>) -> Self {
        Self {
            name,
            count: 0,
            failed: 0,
            tainted: 0,
            duration_ms: Distribution::milliseconds(),
            service_ms: Distribution::milliseconds(),
            engine_ms: Distribution::milliseconds(),
        }
    }

    fn summary(&self, key: Option<&(Arc<str>, u32)>) -> StepRow {
        StepRow {
            flow: key.map_or(String::new(), |(flow, _)| flow.to_string()),
            index: key.map_or(0, |(_, index)| *index),
            name: key.map_or_else(|| OTHER.to_owned(), |_| self.name.to_string()),
            count: self.count,
            failed: self.failed,
            tainted: self.tainted,
            duration_ms: self.duration_ms.statistics(),
            service_ms: self.service_ms.statistics(),
            engine_ms: self.engine_ms.statistics(),
        }
    }
}
