//! One pass through a flow: think, render, perform, tell.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;

use super::leave::Leave;
use super::random::{Choices, Purpose};
use super::run::{Caught, Crowd};
use super::think;
use crate::browser::{BrowserUser, Performed};
use crate::clock::Micros;
use crate::flow::iteration_feed;
use crate::flow::template::{self, Lookup};
use crate::flow::{Flow, Step};
use crate::sample::{Cause, Failure, IterationSample, Origin, Outcome, Sample, Span, StepSample};
use crate::workload::{Part, Persona};

/// A browser that has not answered so long after the deadline is not going to.
/// It may take 4 s to show a failure.
const HANGING: Duration = Duration::from_secs(8);

/// A flow with names that every sample shares.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) flow: Arc<Flow>,
    pub(super) title: Arc<str>,
    pub(super) names: Vec<Arc<str>>,
}

impl Script {
    pub(super) fn new(flow: &Arc<Flow>) -> Self {
        Self {
            flow: flow.clone(),
            title: flow.title.as_str().into(),
            names: flow.steps.iter().map(|step| step.label().into()).collect(),
        }
    }
}

/// What an iteration needs beside its browser.
pub(super) struct Iteration<'a> {
    pub(super) crowd: &'a Crowd,
    pub(super) persona: &'a Persona,
    pub(super) part: Part,
    pub(super) script: &'a Script,
    pub(super) choices: Choices,
    /// Number in the run, from 1.
    pub(super) number: u64,
    pub(super) leave: &'a Leave,
    /// When it should have begun.
    pub(super) intended: Micros,
}

/// How an iteration ended, for what the user does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Passed,
    Failed {
        /// The browser user cannot be used any more.
        browser_lost: bool,
    },
    Interrupted,
}

impl Iteration<'_> {
    /// Plays the flow. Exactly one iteration sample comes of it, whatever happens.
    pub(super) async fn play(self, browser: &mut dyn BrowserUser) -> Ending {
        let mut record = Record::begin(&self);
        browser.attribute(record.origin.clone());
        let mut due = self.intended;
        for (index, step) in self.script.flow.steps.iter().enumerate() {
            if index > 0 {
                due = add(due, self.pause(index));
                let clock = self.crowd.clock;
                let thinking = tokio::time::sleep_until(clock.instant(due));
                if self.leave.or_cut(thinking).await.is_none() {
                    return record.end(Outcome::Interrupted, None);
                }
            }
            match self.act(browser, &record.origin, index, step, due).await {
                Acted::Done(ended) => due = ended,
                Acted::Failed(failure) => {
                    return record.end(Outcome::Failed(failure), Some(index as u32));
                }
                Acted::Cut => return record.end(Outcome::Interrupted, Some(index as u32)),
            }
        }
        record.end(Outcome::Passed, None)
    }

    fn pause(&self, index: usize) -> Duration {
        think::pause(self.persona.think, &self.script.flow, index, &self.choices)
    }

    /// Performs one step and tells about it.
    async fn act(
        &self,
        browser: &mut dyn BrowserUser,
        origin: &Origin,
        index: usize,
        step: &Step,
        intended: Micros,
    ) -> Acted {
        let began = self.crowd.clock.now();
        let work = self.perform(browser, index as u32, step);
        let mut performed = self.leave.or_cut(work).await;
        let (started, ended, engine_ms, outcome) = match &performed {
            None => (began, self.crowd.clock.now(), 0.0, Outcome::Interrupted),
            Some(done) => {
                let outcome = match &done.result {
                    Ok(()) => Outcome::Passed,
                    Err(failure) => Outcome::Failed(failure.clone()),
                };
                (done.started, done.ended, done.engine_ms, outcome)
            }
        };
        if performed.as_ref().is_some_and(|done| done.is_skipped(step)) {
            return Acted::Done(ended);
        }
        let origin = Origin {
            step: Some(index as u32),
            ..origin.clone()
        };
        self.show(&origin, performed.as_mut());
        self.crowd.tell(Sample::Step(StepSample {
            origin,
            name: self.script.names[index].clone(),
            span: Span {
                intended,
                started: started.max(intended),
                ended: ended.max(intended),
            },
            engine_ms,
            outcome: outcome.clone(),
            tainted: self.crowd.pulse.was_starved(intended, ended),
            repeated: performed.as_ref().is_some_and(|done| done.repeated),
            healed: performed.and_then(|done| Some(done.healed?.note)),
        }));
        match outcome {
            Outcome::Passed => Acted::Done(ended),
            Outcome::Failed(failure) => Acted::Failed(failure),
            Outcome::Interrupted => Acted::Cut,
        }
    }

    /// Hands on what the page of a failed step showed.
    fn show(&self, origin: &Origin, performed: Option<&mut Performed>) {
        let Some(evidence) = &self.crowd.evidence else {
            return;
        };
        if let Some(performed) = performed
            && let Err(failure) = &performed.result
            && let Some(shown) = performed.evidence.take()
        {
            let index = origin.step.unwrap_or_default() as usize;
            let _nobody_keeps_it = evidence.send(Caught {
                origin: origin.clone(),
                step: self.script.names[index].clone(),
                at: performed.ended,
                failure: failure.clone(),
                evidence: shown,
            });
        }
    }

    async fn perform(&self, browser: &mut dyn BrowserUser, index: u32, step: &Step) -> Performed {
        let clock = self.crowd.clock;
        let started = clock.now();
        let failed = |cause, message| {
            Performed::new(started, clock.now(), 0.0, Err(Failure { cause, message }))
        };
        let rendered = match self.render(step) {
            Ok(rendered) => rendered,
            Err(error) => return failed(Cause::Flow, error.to_string()),
        };
        let deadline = self.script.flow.timeout(step);
        let performing = AssertUnwindSafe(browser.perform(index, &rendered, deadline));
        // A defect in the driver ends this browser user, not the virtual user.
        match tokio::time::timeout(deadline + HANGING, performing.catch_unwind()).await {
            Ok(Ok(performed)) => performed,
            Ok(Err(_)) => failed(Cause::BrowserLost, "the driver panicked".to_owned()),
            Err(_) => failed(
                Cause::BrowserLost,
                format!("the browser did not answer within {:?}", deadline + HANGING),
            ),
        }
    }

    fn render(&self, step: &Step) -> Result<Step, template::RenderError> {
        let drawn = self
            .part
            .row
            .and_then(|row| Some((self.crowd.feed(self.persona)?, row)));
        let run = self.crowd.clock.started_at().as_second();
        let own = iteration_feed(run, self.number, self.choices.user);
        let rows: Vec<_> = drawn.into_iter().chain([(&own, 0)]).collect();
        let lookup = Lookup {
            rows: &rows,
            secrets: &self.crowd.secrets,
            draw: self.choices.bits(Purpose::Draw, 0),
        };
        template::render(step, &lookup)
    }
}

/// How a step went.
enum Acted {
    Done(Micros),
    Failed(Failure),
    Cut,
}

fn add(moment: Micros, pause: Duration) -> Micros {
    Micros(moment.0.saturating_add(Micros::from(pause).0))
}

/// An iteration begun. However its task ends, it is told.
struct Record<'a> {
    crowd: &'a Crowd,
    origin: Origin,
    intended: Micros,
    started: Micros,
    told: bool,
}

impl<'a> Record<'a> {
    fn begin(iteration: &Iteration<'a>) -> Self {
        let crowd = iteration.crowd;
        Self {
            crowd,
            origin: Origin {
                user: iteration.choices.user,
                persona: iteration.persona.name.clone(),
                flow: iteration.script.title.clone(),
                iteration: iteration.number,
                step: None,
            },
            intended: iteration.intended,
            started: crowd.clock.now(),
            told: false,
        }
    }

    fn end(&mut self, outcome: Outcome, step: Option<u32>) -> Ending {
        let ending = match &outcome {
            Outcome::Passed => Ending::Passed,
            Outcome::Interrupted => Ending::Interrupted,
            Outcome::Failed(failure) => Ending::Failed {
                browser_lost: matches!(failure.cause, Cause::RendererCrashed | Cause::BrowserLost),
            },
        };
        self.told = true;
        self.crowd.count(ending);
        self.crowd.tell(Sample::Iteration(IterationSample {
            origin: Origin {
                step,
                ..self.origin.clone()
            },
            span: Span {
                intended: self.intended,
                started: self.started,
                ended: self.crowd.clock.now(),
            },
            outcome,
            warmup: self.started < self.crowd.warm_from,
        }));
        ending
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.end(Outcome::Interrupted, None);
        }
    }
}
