//! The fold from samples to results.

use std::sync::Arc;

use super::distribution::rounded;
use super::failures::{Failures, describe};
use super::flows::Flows;
use super::generator::Generator;
use super::healings::Healings;
use super::pages::Pages;
use super::recent::Recent;
use super::requests::Requests;
use super::snapshot::{ErrorLine, GeneratorNow, Progress, Quantiles, SlowStep, Snapshot};
use super::steps::Steps;
use super::summary::{Data, Ended, Iterations, Summary, Users, Warmup};
use super::timeline::TimelineTally;
use super::verdict;
use crate::clock::Micros;
use crate::sample::{IterationSample, Outcome, Sample, UserEvent, UserSample};
use crate::workload::Threshold;

/// Rows of the live view's tables.
const SLOWEST: usize = 5;
const TOP_ERRORS: usize = 5;
/// Points of the live view's charts.
const HISTORY: usize = 120;

/// Folds samples, in any order, into what a run comes to.
#[derive(Debug)]
pub struct Tally {
    warmup: Micros,
    last: Micros,
    users_now: u32,
    users: Users,
    pub(super) flows: Flows,
    pub(super) steps: Steps,
    pub(super) pages: Pages,
    pub(super) requests: Requests,
    failures: Failures,
    healings: Healings,
    generator: Generator,
    timeline: TimelineTally,
    recent: Recent,
}

/// What a tally cannot know from samples.
#[derive(Debug)]
pub struct FinishInput<'a> {
    /// When the run ended; [`Tally::last`] when nobody knows.
    pub at: Micros,
    /// How it ended.
    pub ended: Ended,
    /// What must hold.
    pub thresholds: &'a [Threshold],
    /// Iterations that the schedule wanted and nobody began.
    pub dropped: u64,
    /// What the database held.
    pub data: Data,
}

impl Tally {
    /// An empty tally of a run whose warm-up lasts so long.
    pub fn new(warmup: Micros) -> Self {
        Self {
            warmup,
            last: Micros(0),
            users_now: 0,
            users: Users::default(),
            flows: Flows::new(),
            steps: Steps::new(),
            pages: Pages::new(),
            requests: Requests::new(),
            failures: Failures::new(),
            healings: Healings::new(),
            generator: Generator::new(),
            timeline: TimelineTally::new(),
            recent: Recent::default(),
        }
    }

    /// Takes a sample.
    pub fn fold(&mut self, sample: &Sample) {
        self.last = self.last.max(ended(sample));
        self.timeline.fold(sample);
        self.recent.fold(sample);
        match sample {
            Sample::Request(request) => {
                let warmup = self.is_warmup(request.span.intended);
                self.requests.fold(request, warmup);
            }
            Sample::Page(page) => {
                if !self.is_warmup(page.span.intended) {
                    self.pages.fold(page);
                }
            }
            Sample::Step(step) => {
                let warmup = self.is_warmup(step.span.intended);
                self.steps.fold(step, warmup);
                self.healings.fold(step);
            }
            Sample::Iteration(iteration) => self.iteration(iteration),
            Sample::User(user) => self.user(user),
            Sample::Generator(generator) => self.generator.fold(generator),
        }
    }

    /// The latest moment that a sample spoke of.
    pub fn last(&self) -> Micros {
        self.last
    }

    /// How the run stands.
    pub fn snapshot(&self, now: Micros, progress: Progress) -> Snapshot {
        let rates = self.recent.rates(now);
        Snapshot {
            progress,
            now,
            users: self.users_now,
            iterations: self.flows.total,
            steps: self.steps.count,
            steps_failed: self.steps.failed,
            requests: self.requests.count(),
            requests_failed: self.requests.failed(),
            steps_per_s: rates.steps_per_s,
            requests_per_s: rates.requests_per_s,
            bytes_per_s: rates.bytes_per_s,
            recent_error_share: (rates.steps > 0)
                .then(|| rates.steps_failed as f64 / rates.steps as f64),
            recent: rates.latency,
            overall: Quantiles::of(&self.steps.all_ms),
            slowest: self.slowest(),
            errors: self.top_errors(),
            generator: self.generator.last.as_ref().map(|last| GeneratorNow {
                cpu_share: last.cpu_share,
                loop_lag_ms: last.loop_lag_ms,
                rss_bytes: last.rss_bytes,
                tainted: self.steps.tainted,
            }),
            users_history: self.timeline.recent_users(HISTORY),
            p95_history_ms: self.timeline.recent_p95_ms(HISTORY),
        }
    }

    /// What the run comes to.
    pub fn finish(&self, input: FinishInput<'_>) -> Summary {
        let thresholds: Vec<_> = input
            .thresholds
            .iter()
            .map(|threshold| verdict::evaluate(threshold, self, input.at))
            .collect();
        let (verdict, reasons) = verdict::judge(self, input.thresholds, &thresholds);
        Summary {
            version: Summary::VERSION,
            verdict,
            reasons,
            ended: input.ended,
            duration_s: rounded(input.at.seconds()),
            warmup: Warmup {
                duration_s: rounded(self.warmup.seconds()),
                iterations: self.flows.warmup,
            },
            iterations: Iterations {
                dropped: input.dropped,
                ..self.flows.total
            },
            users: self.users,
            flows: self.flows.rows(),
            steps: self.steps.rows(),
            pages: self.pages.rows(),
            requests: self.requests.summary(),
            failures: self.failures.rows(),
            healings: self.healings.rows(),
            thresholds,
            generator: self.generator.summary(&self.steps),
            data: input.data,
            timeline: self.timeline.timeline(),
        }
    }

    /// Seconds from the end of the warm-up to `at`.
    pub(super) fn judged_seconds(&self, at: Micros) -> f64 {
        at.seconds() - self.warmup.seconds()
    }

    fn is_warmup(&self, intended: Micros) -> bool {
        intended < self.warmup
    }

    fn iteration(&mut self, sample: &IterationSample) {
        let warmup = sample.warmup || self.is_warmup(sample.span.intended);
        self.flows.fold(sample, warmup);
        if let Outcome::Failed(failure) = &sample.outcome {
            let flow = &sample.origin.flow;
            let step: Arc<str> = match sample.origin.step {
                Some(index) => self
                    .steps
                    .name(flow, index)
                    .unwrap_or_else(|| format!("step {}", index + 1).into()),
                None => "".into(),
            };
            self.failures.fold(failure, flow, &step, sample.span.ended);
        }
    }

    fn user(&mut self, sample: &UserSample) {
        match sample.event {
            UserEvent::Started => {
                self.users.started += 1;
                self.users_now += 1;
                self.users.peak = self.users.peak.max(self.users_now);
            }
            UserEvent::Stopped => self.users_now = self.users_now.saturating_sub(1),
            UserEvent::Restarted => self.users.restarted += 1,
        }
    }

    fn slowest(&self) -> Vec<SlowStep> {
        let mut rows: Vec<_> = self
            .steps
            .iter()
            .filter_map(|(flow, row)| {
                Some(SlowStep {
                    flow: flow?.clone(),
                    name: row.name.clone(),
                    count: row.count,
                    duration: Quantiles::of(&row.duration_ms)?,
                })
            })
            .collect();
        rows.sort_by(|a, b| b.duration.p95_ms.total_cmp(&a.duration.p95_ms));
        rows.truncate(SLOWEST);
        rows
    }

    fn top_errors(&self) -> Vec<ErrorLine> {
        self.failures
            .rows()
            .into_iter()
            .take(TOP_ERRORS)
            .map(|row| ErrorLine {
                count: row.count,
                step: row.step,
                cause: row
                    .cause
                    .map_or(String::new(), |cause| describe(cause).to_owned()),
                message: row.message,
            })
            .collect()
    }
}

/// When what a sample tells was over.
fn ended(sample: &Sample) -> Micros {
    match sample {
        Sample::Request(request) => request.span.ended,
        Sample::Page(page) => page.span.ended,
        Sample::Step(step) => step.span.ended,
        Sample::Iteration(iteration) => iteration.span.ended,
        Sample::User(user) => user.at,
        Sample::Generator(generator) => generator.at,
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the values are exact")]
mod tests;
