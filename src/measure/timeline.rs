//! The run over time, in at most 600 buckets.

use std::sync::Arc;

use indexmap::IndexSet;
use serde::{Deserialize, Serialize};

use super::distribution::{Distribution, rounded};
use super::requests::position;
use crate::clock::Micros;
use crate::sample::{Delivery, Outcome, RequestClass, Sample, UserEvent};

/// When there would be more, neighbours are merged and buckets become twice as wide.
const MOST_BUCKETS: usize = 600;
const FIRST_WIDTH: u64 = 1_000_000;
/// A 95th percentile of fewer values is their maximum.
const STEPS_PER_PERCENTILE: usize = 20;
/// Points of a latency curve, whatever the number of steps.
const FEWEST_PERCENTILES: usize = 10;
const MOST_PERCENTILES: usize = 100;
/// Personas with a series of their own; further ones share the last.
const MOST_PERSONAS: usize = 50;

/// The run over time, as charts draw it. Value `i` of a vector is of the time from `i` to `i + 1`
/// times `width_s` (percentiles: `latency_width_s`), by when things ended. The warm-up is in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Timeline {
    /// Width of a bucket in seconds.
    pub width_s: f64,
    /// Users at the end of each bucket, per persona.
    pub users: Vec<Series>,
    /// Iterations that passed.
    pub iterations_passed: Vec<u64>,
    /// Iterations that failed.
    pub iterations_failed: Vec<u64>,
    /// Steps that passed or failed.
    pub steps: Vec<u64>,
    /// Steps that failed.
    pub steps_failed: Vec<u64>,
    /// Width of what the percentiles are of, in seconds: a whole number of buckets that hold
    /// steps enough for a percentile to mean something.
    pub latency_width_s: f64,
    /// Latency of steps (tainted ones too), ms, within 1 %; absent where no step ended.
    pub step_p50_ms: Vec<Option<f64>>,
    /// See `step_p50_ms`.
    pub step_p95_ms: Vec<Option<f64>>,
    /// See `step_p50_ms`.
    pub step_p99_ms: Vec<Option<f64>>,
    /// Requests that were not blocked, per class that occurred.
    pub requests: Vec<Series>,
    /// Requests that failed.
    pub requests_failed: Vec<u64>,
    /// Bytes over the wire.
    pub bytes: Vec<u64>,
    /// Mean share of the generator's cores in use; absent where it was not sampled.
    pub cpu_share: Vec<Option<f64>>,
    /// Worst lag of the generator's event loop, ms.
    pub loop_lag_ms: Vec<Option<f64>>,
}

/// Numbers over time with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Persona or request class.
    pub name: String,
    /// One per bucket.
    pub values: Vec<u64>,
}

/// Folds samples into buckets.
#[derive(Debug)]
pub(super) struct TimelineTally {
    width: u64,
    buckets: Vec<Bucket>,
    personas: IndexSet<Arc<str>>,
}

#[derive(Debug, Default)]
struct Bucket {
    /// Users who came less those who left, per persona.
    arrivals: Vec<i64>,
    passed: u64,
    failed: u64,
    steps: u64,
    steps_failed: u64,
    latency_ms: Option<Distribution>,
    requests: [u64; RequestClass::ALL.len()],
    requests_failed: u64,
    bytes: u64,
    cpu_sum: f64,
    cpu_count: u64,
    lag_max: f64,
}

impl TimelineTally {
    pub(super) fn new() -> Self {
        Self {
            width: FIRST_WIDTH,
            buckets: Vec::new(),
            personas: IndexSet::new(),
        }
    }

    pub(super) fn fold(&mut self, sample: &Sample) {
        match sample {
            Sample::Request(request) if request.delivery != Delivery::Blocked => {
                let bucket = self.bucket(request.span.ended);
                bucket.requests[position(request.class)] += 1;
                bucket.requests_failed += u64::from(request.failed());
                bucket.bytes += request.bytes;
            }
            Sample::Step(step) if step.outcome != Outcome::Interrupted => {
                let bucket = self.bucket(step.span.ended);
                bucket.steps += 1;
                bucket.steps_failed += u64::from(matches!(step.outcome, Outcome::Failed(_)));
                bucket
                    .latency_ms
                    .get_or_insert_with(Distribution::coarse)
                    .record(step.duration_ms());
            }
            Sample::Iteration(iteration) => {
                let bucket = self.bucket(iteration.span.ended);
                bucket.passed += u64::from(iteration.outcome == Outcome::Passed);
                bucket.failed += u64::from(matches!(iteration.outcome, Outcome::Failed(_)));
            }
            Sample::User(user) => {
                let change = match user.event {
                    UserEvent::Started => 1,
                    UserEvent::Stopped => -1,
                    UserEvent::Restarted => 0,
                };
                let persona = self.persona(&user.persona);
                let arrivals = &mut self.bucket(user.at).arrivals;
                if arrivals.len() <= persona {
                    arrivals.resize(persona + 1, 0);
                }
                arrivals[persona] += change;
            }
            Sample::Generator(generator) => {
                let bucket = self.bucket(generator.at);
                bucket.cpu_sum += generator.cpu_share;
                bucket.cpu_count += 1;
                bucket.lag_max = bucket.lag_max.max(generator.loop_lag_ms);
            }
            Sample::Request(_) | Sample::Page(_) | Sample::Step(_) => {}
        }
    }

    /// The timeline so far.
    pub(super) fn timeline(&self) -> Timeline {
        let of = |value: fn(&Bucket) -> u64| self.buckets.iter().map(value).collect::<Vec<u64>>();
        let group = self.latency_group();
        let latency: Vec<Option<Distribution>> =
            self.buckets.chunks(group).map(merged_latency).collect();
        Timeline {
            width_s: Micros(self.width).seconds(),
            users: self.users(),
            iterations_passed: of(|bucket| bucket.passed),
            iterations_failed: of(|bucket| bucket.failed),
            steps: of(|bucket| bucket.steps),
            steps_failed: of(|bucket| bucket.steps_failed),
            latency_width_s: Micros(self.width * group as u64).seconds(),
            step_p50_ms: percentiles(&latency, 50.0),
            step_p95_ms: percentiles(&latency, 95.0),
            step_p99_ms: percentiles(&latency, 99.0),
            requests: self.requests(),
            requests_failed: of(|bucket| bucket.requests_failed),
            bytes: of(|bucket| bucket.bytes),
            cpu_share: self.health(|bucket| bucket.cpu_sum / bucket.cpu_count as f64),
            loop_lag_ms: self.health(|bucket| bucket.lag_max),
        }
    }

    /// Users at the end of each of the last `count` buckets, all personas together.
    pub(super) fn recent_users(&self, count: usize) -> Vec<u64> {
        let mut total = 0;
        let all: Vec<i64> = self
            .buckets
            .iter()
            .map(|bucket| {
                total += bucket.arrivals.iter().sum::<i64>();
                total
            })
            .collect();
        let from = all.len().saturating_sub(count);
        all[from..]
            .iter()
            .map(|users| (*users).max(0) as u64)
            .collect()
    }

    /// The 95th percentile of step latency in each of the last `count` buckets; zero without steps.
    pub(super) fn recent_p95_ms(&self, count: usize) -> Vec<u64> {
        let from = self.buckets.len().saturating_sub(count);
        self.buckets[from..]
            .iter()
            .map(|bucket| {
                let p95 = bucket
                    .latency_ms
                    .as_ref()
                    .and_then(|all| all.percentile(95.0));
                p95.unwrap_or(0.0) as u64
            })
            .collect()
    }

    fn bucket(&mut self, at: Micros) -> &mut Bucket {
        while at.0 / self.width >= MOST_BUCKETS as u64 {
            self.halve();
        }
        let index = (at.0 / self.width) as usize;
        if self.buckets.len() <= index {
            self.buckets.resize_with(index + 1, Bucket::default);
        }
        &mut self.buckets[index]
    }

    /// Merges neighbours.
    fn halve(&mut self) {
        self.width *= 2;
        let mut merged = Vec::with_capacity(MOST_BUCKETS);
        let mut buckets = std::mem::take(&mut self.buckets).into_iter();
        while let Some(mut bucket) = buckets.next() {
            if let Some(next) = buckets.next() {
                bucket.merge(next);
            }
            merged.push(bucket);
        }
        self.buckets = merged;
    }

    fn persona(&mut self, name: &Arc<str>) -> usize {
        match self.personas.get_index_of(name) {
            Some(index) => index,
            None if self.personas.len() < MOST_PERSONAS => {
                self.personas.insert_full(name.clone()).0
            }
            None => MOST_PERSONAS - 1,
        }
    }

    fn users(&self) -> Vec<Series> {
        let series = |(index, name): (usize, &Arc<str>)| {
            let mut users = 0;
            let values = self.buckets.iter().map(|bucket| {
                users += bucket.arrivals.get(index).copied().unwrap_or(0);
                users.max(0) as u64
            });
            Series {
                name: name.to_string(),
                values: values.collect(),
            }
        };
        self.personas.iter().enumerate().map(series).collect()
    }

    fn requests(&self) -> Vec<Series> {
        RequestClass::ALL
            .into_iter()
            .map(|class| Series {
                name: class.name().to_owned(),
                values: self
                    .buckets
                    .iter()
                    .map(|bucket| bucket.requests[position(class)])
                    .collect(),
            })
            .filter(|series| series.values.iter().any(|count| *count > 0))
            .collect()
    }

    /// How many buckets one percentile is of.
    fn latency_group(&self) -> usize {
        let buckets = self.buckets.len();
        let steps: u64 = self.buckets.iter().map(|bucket| bucket.steps).sum();
        let for_meaning = (buckets * STEPS_PER_PERCENTILE).div_ceil(steps.max(1) as usize);
        for_meaning
            .min(buckets / FEWEST_PERCENTILES)
            .max(buckets.div_ceil(MOST_PERCENTILES))
            .max(1)
    }

    fn health(&self, value: fn(&Bucket) -> f64) -> Vec<Option<f64>> {
        self.buckets
            .iter()
            .map(|bucket| (bucket.cpu_count > 0).then(|| rounded(value(bucket))))
            .collect()
    }
}

fn merged_latency(buckets: &[Bucket]) -> Option<Distribution> {
    let mut all: Option<Distribution> = None;
    for latency in buckets
        .iter()
        .filter_map(|bucket| bucket.latency_ms.as_ref())
    {
        all.get_or_insert_with(Distribution::coarse).merge(latency);
    }
    all
}

fn percentiles(latency: &[Option<Distribution>], percent: f64) -> Vec<Option<f64>> {
    latency
        .iter()
        .map(|all| all.as_ref()?.percentile(percent).map(rounded))
        .collect()
}

impl Bucket {
    fn merge(&mut self, other: Self) {
        if self.arrivals.len() < other.arrivals.len() {
            self.arrivals.resize(other.arrivals.len(), 0);
        }
        for (mine, theirs) in self.arrivals.iter_mut().zip(other.arrivals) {
            *mine += theirs;
        }
        for (mine, theirs) in self.requests.iter_mut().zip(other.requests) {
            *mine += theirs;
        }
        match (&mut self.latency_ms, other.latency_ms) {
            (Some(mine), Some(theirs)) => mine.merge(&theirs),
            (mine @ None, theirs) => *mine = theirs,
            (Some(_), None) => {}
        }
        self.passed += other.passed;
        self.failed += other.failed;
        self.steps += other.steps;
        self.steps_failed += other.steps_failed;
        self.requests_failed += other.requests_failed;
        self.bytes += other.bytes;
        self.cpu_sum += other.cpu_sum;
        self.cpu_count += other.cpu_count;
        self.lag_max = self.lag_max.max(other.lag_max);
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the values are exact")]
mod tests;
