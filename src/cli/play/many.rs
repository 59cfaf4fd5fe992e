//! Many passes: how often a flow passes, and how it fails otherwise.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rehearsal::measure::units;
use rehearsal::sample::Cause;
use serde::Serialize;

use super::super::replay::{Pass, Played, PlayedStep, shown};
use super::Play;

/// How all passes went; what `--json` prints.
#[derive(Debug, Default, Serialize)]
struct Often {
    /// Passed, failed and interrupted ones.
    plays: u64,
    passed: u64,
    /// The user wanted to stop before they had ended: they say nothing about the flow.
    interrupted: u64,
    healed_steps: u64,
    repeated_steps: u64,
    /// Most frequent first.
    failures: Vec<Kind>,
    #[serde(skip)]
    seconds: Vec<f64>,
}

/// Passes that failed in the same way.
#[derive(Debug, Serialize)]
struct Kind {
    signature: String,
    flow: String,
    step: usize,
    name: String,
    cause: Option<Cause>,
    /// Of the first of them.
    message: String,
    count: u64,
    evidence: Vec<PathBuf>,
}

impl Play<'_> {
    /// Plays `--repeat` times for each of the `--users`. Says whether all passed.
    pub(super) async fn play_often(&self) -> miette::Result<bool> {
        let (users, all) = (self.args.users, u64::from(self.args.repeat));
        // At least once each.
        let all = all.max(u64::from(users));
        let stop = &self.theatre.stop;
        let next = AtomicU64::new(1);
        let often = Mutex::new(Often::default());
        let walking = (0..users).map(|slot| {
            let (next, often) = (&next, &often);
            async move {
                while !stop.is_cancelled() {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number > all {
                        break;
                    }
                    let opening = Pass::open(&self.theatre, self.visitor(slot, number));
                    let Some(pass) = stop.run_until_cancelled(opening).await else {
                        break;
                    };
                    let mut pass = pass?;
                    let played = pass.play(false).await;
                    stop.run_until_cancelled(pass.close()).await;
                    let mut often = often.lock().unwrap_or_else(PoisonError::into_inner);
                    self.count(&mut often, number, &played?);
                    self.theatre.printer.progress(&format!(
                        "  {} of {all} played, {} passed",
                        often.plays, often.passed
                    ));
                }
                Ok::<(), miette::Report>(())
            }
        });
        futures::future::try_join_all(walking).await?;
        self.theatre.printer.end_progress();
        let often = often.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.conclude(&often);
        self.theatre.printer.document(&often)?;
        Ok(often.passed == often.plays)
    }

    fn count(&self, often: &mut Often, number: u64, played: &[Played]) {
        often.plays += 1;
        if played.iter().any(|flow| flow.interrupted) {
            often.interrupted += 1;
            return;
        }
        let steps = || played.iter().flat_map(|flow| &flow.steps);
        often.healed_steps += steps().filter(|step| step.healed.is_some()).count() as u64;
        often.repeated_steps += steps().filter(|step| step.repeated).count() as u64;
        let failed = played
            .iter()
            .find_map(|flow| Some((flow, flow.steps.iter().find(|step| !step.passed)?)));
        let Some((flow, step)) = failed else {
            often.passed += 1;
            let ms: f64 = steps().map(|step| step.duration_ms).sum();
            often.seconds.push(ms / 1_000.0);
            return;
        };
        if often.failed(flow, step) {
            self.theatre.printer.end_progress();
            self.theatre.printer.line(format!(
                "  ✗ play {number}: {} {}\n        {}",
                step.index + 1,
                step.name,
                step.failure.as_deref().unwrap_or_default()
            ));
        }
    }

    fn conclude(&self, often: &Often) {
        let mut seconds = often.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        let time = match (
            seconds.first(),
            seconds.get(seconds.len() / 2),
            seconds.last(),
        ) {
            (Some(least), Some(median), Some(most)) => format!(
                "; steps took {}, {} and {} (least, median, most)",
                units::seconds(*least),
                units::seconds(*median),
                units::seconds(*most)
            ),
            _ => String::new(),
        };
        let interrupted = match often.interrupted {
            0 => String::new(),
            count => format!(", {count} interrupted"),
        };
        self.theatre.printer.line(format!(
            "{} of {} passed{interrupted}{time}",
            often.passed, often.plays
        ));
        for (count, what) in [
            (often.healed_steps, "were found by what they look like"),
            (often.repeated_steps, "were done twice"),
        ] {
            if count > 0 {
                let steps = units::plural(count, "step");
                self.theatre.printer.line(format!("  {steps} {what}"));
            }
        }
        for kind in &often.failures {
            self.theatre.printer.line(format!(
                "  {:>4} × {}: {} {}\n         {}",
                kind.count,
                kind.flow,
                kind.step + 1,
                kind.name,
                kind.message
            ));
            for folder in &kind.evidence {
                self.theatre
                    .printer
                    .line(format!("         {}", shown(folder)));
            }
        }
    }
}

impl Often {
    /// Counts a failure; whether it is the first of its kind.
    fn failed(&mut self, flow: &Played, step: &PlayedStep) -> bool {
        let signature = step.signature.clone().unwrap_or_default();
        let known = self
            .failures
            .iter()
            .position(|kind| kind.signature == signature);
        let first = known.is_none();
        let place = known.unwrap_or_else(|| {
            self.failures.push(Kind {
                signature,
                flow: flow.flow.clone(),
                step: step.index,
                name: step.name.clone(),
                cause: step.cause,
                message: step.failure.clone().unwrap_or_default(),
                count: 0,
                evidence: Vec::new(),
            });
            self.failures.len() - 1
        });
        let kind = &mut self.failures[place];
        kind.count += 1;
        kind.evidence.extend(step.evidence.clone());
        self.failures
            .sort_by_key(|kind| std::cmp::Reverse(kind.count));
        first
    }
}
