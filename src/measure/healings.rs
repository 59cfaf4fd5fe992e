//! Steps whose element was found by what it looks like.

use std::sync::Arc;

use super::summary::HealingRow;
use super::table::{OTHER, Table};
use crate::sample::StepSample;

const LIMIT: usize = 500;

/// Healings of the whole run, the warm-up included: each says that a flow is out of date.
#[derive(Debug)]
pub(super) struct Healings {
    table: Table<Key, Row>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    flow: Arc<str>,
    step: u32,
    to: String,
}

#[derive(Debug)]
struct Row {
    name: Arc<str>,
    from: String,
    lowest_score: f64,
    count: u64,
}

impl Healings {
    pub(super) fn new() -> Self {
        Self {
            table: Table::new(LIMIT),
        }
    }

    /// Takes a step, which need not have been healed.
    pub(super) fn fold(&mut self, sample: &StepSample) {
        let Some(healing) = &sample.healed else {
            return;
        };
        let key = Key {
            flow: sample.origin.flow.clone(),
            step: sample.origin.step.unwrap_or(0),
            to: healing.to.clone(),
        };
        let row = self.table.row(key, || Row {
            name: sample.name.clone(),
            from: healing.from.clone(),
            lowest_score: healing.score,
            count: 0,
        });
        row.count += 1;
        row.lowest_score = row.lowest_score.min(healing.score);
    }

    /// Rows by flow and step.
    pub(super) fn rows(&self) -> Vec<HealingRow> {
        let mut rows: Vec<_> = self
            .table
            .iter()
            .map(|(key, row)| HealingRow {
                flow: key.map_or(String::new(), |key| key.flow.to_string()),
                step: key.map_or(0, |key| key.step),
                name: key.map_or(OTHER.to_owned(), |_| row.name.to_string()),
                from: key.map_or(String::new(), |_| row.from.clone()),
                to: key.map_or(String::new(), |key| key.to.clone()),
                lowest_score: row.lowest_score,
                count: row.count,
            })
            .collect();
        rows.sort_by(|a, b| (&a.flow, a.step).cmp(&(&b.flow, b.step)));
        rows
    }
}
