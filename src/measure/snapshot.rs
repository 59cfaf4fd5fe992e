//! How a run stands at one moment, for the live view.

use std::sync::Arc;

use super::distribution::Distribution;
use super::summary::Iterations;
use crate::clock::Micros;

/// How a run stands. Everything that a live view shows; it computes nothing itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// What the schedule says.
    pub progress: Progress,
    /// When this is.
    pub now: Micros,
    /// Users who are there.
    pub users: u32,
    /// Iterations that ended so far.
    pub iterations: Iterations,
    /// Steps after the warm-up.
    pub steps: u64,
    /// Of these failed.
    pub steps_failed: u64,
    /// Requests so far, blocked ones not counted.
    pub requests: u64,
    /// Of these failed.
    pub requests_failed: u64,
    /// Steps per second over the last ten seconds.
    pub steps_per_s: f64,
    /// Requests per second over the last ten seconds.
    pub requests_per_s: f64,
    /// Bytes over the wire per second over the last ten seconds.
    pub bytes_per_s: f64,
    /// Failed steps / steps of the last ten seconds; absent without steps.
    pub recent_error_share: Option<f64>,
    /// Step latency of the last ten seconds.
    pub recent: Option<Quantiles>,
    /// Step latency since the warm-up.
    pub overall: Option<Quantiles>,
    /// Steps with the highest 95th percentile, slowest first.
    pub slowest: Vec<SlowStep>,
    /// Most frequent failures.
    pub errors: Vec<ErrorLine>,
    /// The generator's health.
    pub generator: Option<GeneratorNow>,
    /// Users at the end of each of the last buckets of time.
    pub users_history: Vec<u64>,
    /// 95th percentile of step latency (ms) in each of the last buckets of time.
    pub p95_history_ms: Vec<u64>,
}

/// What the schedule says; given by the one who runs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Name of the run.
    pub run: Arc<str>,
    /// The present part of the load, in words: `ramp to 10`.
    pub stage: Arc<str>,
    /// Users that should be there now.
    pub users_target: u32,
    /// Planned length of the run.
    pub total: Micros,
    /// This is the last snapshot.
    pub done: bool,
}

/// Middle and tail of a distribution, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the names are the field's")]
pub struct Quantiles {
    pub p50_ms: f64,
    pub p95_ms: f64,
}

impl Quantiles {
    /// Of a distribution; nothing when it is empty.
    pub(super) fn of(distribution: &Distribution) -> Option<Self> {
        Some(Self {
            p50_ms: distribution.percentile(50.0)?,
            p95_ms: distribution.percentile(95.0)?,
        })
    }
}

/// A step among the slowest.
#[derive(Debug, Clone, PartialEq)]
pub struct SlowStep {
    /// Title of its flow.
    pub flow: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// How often it was measured.
    pub count: u64,
    /// How long it took.
    pub duration: Quantiles,
}

/// A kind of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLine {
    /// How many iterations failed so.
    pub count: u64,
    /// Step at which they failed.
    pub step: String,
    /// Cause in a few words.
    pub cause: String,
    /// One line for people.
    pub message: String,
}

/// The generator's health at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneratorNow {
    /// Share of the machine's cores in use, 0 to 1.
    pub cpu_share: f64,
    /// Worst lag of the event loop in the last second, ms.
    pub loop_lag_ms: f64,
    /// Resident memory of driver and browsers, bytes.
    pub rss_bytes: u64,
    /// Steps so far that were measured on a starved generator.
    pub tainted: u64,
}
