//! The last ten seconds, for the live view.

use std::collections::VecDeque;

use super::distribution::Distribution;
use super::snapshot::Quantiles;
use crate::clock::Micros;
use crate::sample::{Delivery, Outcome, Sample};

/// Seconds that rates and percentiles of the live view look back.
const WINDOW_S: u64 = 10;

/// What ended in the last seconds, warm-up or not.
#[derive(Debug, Default)]
pub(super) struct Recent {
    seconds: VecDeque<Second>,
}

#[derive(Debug)]
struct Second {
    at: u64,
    steps: u64,
    steps_failed: u64,
    requests: u64,
    requests_failed: u64,
    bytes: u64,
    latency_ms: Distribution,
}

/// Rates and percentiles over the window.
#[derive(Debug, Default)]
pub(super) struct Rates {
    pub(super) steps_per_s: f64,
    pub(super) requests_per_s: f64,
    pub(super) bytes_per_s: f64,
    pub(super) steps_failed: u64,
    pub(super) steps: u64,
    pub(super) requests_failed_per_s: f64,
    pub(super) latency: Option<Quantiles>,
}

impl Recent {
    pub(super) fn fold(&mut self, sample: &Sample) {
        match sample {
            Sample::Step(step) if step.outcome != Outcome::Interrupted => {
                if let Some(second) = self.second(step.span.ended) {
                    second.steps += 1;
                    second.steps_failed += u64::from(matches!(step.outcome, Outcome::Failed(_)));
                    second.latency_ms.record(step.duration_ms());
                }
            }
            Sample::Request(request) if request.delivery != Delivery::Blocked => {
                if let Some(second) = self.second(request.span.ended) {
                    second.requests += 1;
                    second.requests_failed += u64::from(request.failed());
                    second.bytes += request.bytes;
                }
            }
            _ => {}
        }
    }

    /// Over the last seconds before `now`.
    pub(super) fn rates(&self, now: Micros) -> Rates {
        let from = (now.0 / 1_000_000).saturating_sub(WINDOW_S);
        let length_s = (now.seconds() - from as f64).max(1.0);
        let mut rates = Rates::default();
        let mut latency = Distribution::coarse();
        for second in self.seconds.iter().filter(|second| second.at >= from) {
            rates.steps += second.steps;
            rates.steps_failed += second.steps_failed;
            rates.steps_per_s += second.steps as f64 / length_s;
            rates.requests_per_s += second.requests as f64 / length_s;
            rates.requests_failed_per_s += second.requests_failed as f64 / length_s;
            rates.bytes_per_s += second.bytes as f64 / length_s;
            latency.merge(&second.latency_ms);
        }
        rates.latency = Quantiles::of(&latency);
        rates
    }

    /// The second of `at`, unless it has left the window. Seconds are in order, newest last.
    fn second(&mut self, at: Micros) -> Option<&mut Second> {
        let at = at.0 / 1_000_000;
        let newest = self.seconds.back().map_or(0, |second| second.at);
        if at + WINDOW_S < newest {
            return None;
        }
        let index = self.seconds.partition_point(|second| second.at < at);
        if self.seconds.get(index).is_none_or(|second| second.at != at) {
            self.seconds.insert(index, Second::new(at));
        }
        let newest = newest.max(at);
        let expired = self
            .seconds
            .partition_point(|second| second.at + WINDOW_S < newest);
        self.seconds.drain(..expired);
        self.seconds.get_mut(index - expired)
    }
}

impl Second {
    fn new(at: u64) -> Self {
        Self {
            at,
            steps: 0,
            steps_failed: 0,
            requests: 0,
            requests_failed: 0,
            bytes: 0,
            latency_ms: Distribution::coarse(),
        }
    }
}
