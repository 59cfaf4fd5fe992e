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
use crate::flow::template::{self, Lookup};
use crate::flow::{Extracted, Flow, Look, Next, Step, Walk, draw_of_pass, iteration_feed};
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
        let mut extracted = Extracted::default();
        let mut walk = Walk::new(&self.script.flow, self.choices.bits(Purpose::Draw, 1));
        let mut first = true;
        loop {
            let (acted, index) = match walk.advance() {
                Next::End => return record.end(Outcome::Passed, None),
                Next::Look(look) => {
                    let acted = match self.look(browser, &look).await {
                        Looked::Answer(visible) => {
                            walk.answer(visible);
                            // What depends on the look begins after it; nobody waited for it.
                            Acted::Done(self.crowd.clock.now())
                        }
                        Looked::Failed(failure) => Acted::Failed(failure),
                        Looked::Cut => Acted::Cut,
                    };
                    (acted, look.index)
                }
                Next::Step { index, pass } => {
                    // The pause before an iteration is the user's.
                    if !std::mem::take(&mut first) {
                        due = add(due, self.pause(index, pass));
                        let clock = self.crowd.clock;
                        let thinking = tokio::time::sleep_until(clock.instant(due));
                        if self.leave.or_cut(thinking).await.is_none() {
                            return record.end(Outcome::Interrupted, None);
                        }
                    }
                    let turn = Turn {
                        index,
                        pass,
                        intended: due,
                    };
                    let acted = self.act(browser, &record.origin, turn, &mut extracted);
                    (acted.await, index)
                }
            };
            match acted {
                Acted::Done(ended) => due = due.max(ended),
                Acted::Failed(failure) => {
                    return record.end(Outcome::Failed(failure), Some(index as u32));
                }
                Acted::Cut => return record.end(Outcome::Interrupted, Some(index as u32)),
            }
        }
    }

    fn pause(&self, index: usize, pass: u32) -> Duration {
        think::pause(
            self.persona.think,
            &self.script.flow,
            index,
            pass,
            &self.choices,
        )
    }

    /// Looks whether something is there on which the way through the flow depends. No sample
    /// comes of it.
    async fn look(&self, browser: &mut dyn BrowserUser, look: &Look) -> Looked {
        let work = self.drive(browser, look.index as u32, &look.step, look.patience);
        let Some(performed) = self.leave.or_cut(work).await else {
            return Looked::Cut;
        };
        match performed.result {
            Ok(()) => Looked::Answer(true),
            Err(failure) => match failure.cause {
                Cause::Condition | Cause::NotFound | Cause::Timeout => Looked::Answer(false),
                _ => Looked::Failed(failure),
            },
        }
    }

    /// Performs one step and tells about it.
    async fn act(
        &self,
        browser: &mut dyn BrowserUser,
        origin: &Origin,
        turn: Turn,
        extracted: &mut Extracted,
    ) -> Acted {
        let Turn {
            index,
            pass,
            intended,
        } = turn;
        let step = &self.script.flow.steps[index];
        let began = self.crowd.clock.now();
        let work = async {
            match self.render(step, pass, extracted) {
                Ok(rendered) => {
                    let deadline = self.script.flow.timeout(step);
                    self.drive(browser, index as u32, &rendered, deadline).await
                }
                Err(error) => self.undone(began, Cause::Flow, error.to_string()),
            }
        };
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
        if let Some(done) = &performed {
            extracted.keep(done.extracted.iter().cloned());
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

    /// A step that could not be done.
    fn undone(&self, started: Micros, cause: Cause, message: String) -> Performed {
        let failure = Failure { cause, message };
        Performed::new(started, self.crowd.clock.now(), 0.0, Err(failure))
    }

    async fn drive(
        &self,
        browser: &mut dyn BrowserUser,
        index: u32,
        step: &Step,
        deadline: Duration,
    ) -> Performed {
        let started = self.crowd.clock.now();
        let failed = |cause, message| self.undone(started, cause, message);
        let performing = AssertUnwindSafe(browser.perform(index, step, deadline));
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

    /// Who a user is does not change from iteration to iteration.
    fn own_row_bits(&self) -> u64 {
        let whole_life = Choices {
            iteration: 0,
            ..self.choices
        };
        whole_life.bits(Purpose::Row, u64::MAX)
    }

    fn render(
        &self,
        step: &Step,
        pass: u32,
        extracted: &Extracted,
    ) -> Result<Step, template::RenderError> {
        let drawn = self.part.row.and_then(|row| {
            let feed = self.crowd.feed(self.persona)?;
            Some((feed, feed.row_for(row, self.own_row_bits())))
        });
        let run = self.crowd.clock.started_at().as_second();
        let own = iteration_feed(run, self.number, self.choices.user);
        let read = extracted.feed();
        let shared = self.crowd.weighted_feeds().enumerate();
        let shared = shared.map(|(index, feed)| {
            let bits = self.choices.bits(Purpose::Row, index as u64);
            (feed, feed.row_for(0, bits))
        });
        let given = drawn.into_iter().chain([(&own, 0), (&read, 0)]);
        let rows: Vec<_> = given.chain(shared).collect();
        let clock = self.crowd.clock;
        let lookup = Lookup {
            rows: &rows,
            secrets: &self.crowd.secrets,
            draw: draw_of_pass(self.choices.bits(Purpose::Draw, 0), pass),
            now: clock.zoned(clock.now(), self.persona.timezone.as_deref()),
        };
        template::render(step, &lookup)
    }
}

/// When a step is due.
#[derive(Debug, Clone, Copy)]
struct Turn {
    index: usize,
    /// How often its group was walked before.
    pass: u32,
    intended: Micros,
}

/// What a look told.
enum Looked {
    Answer(bool),
    Failed(Failure),
    Cut,
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
