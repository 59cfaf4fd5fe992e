//! One pass of one visitor through the flows.

use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::Duration;

use miette::{IntoDiagnostic, miette};
use rehearsal::browser::{
    BrowserUser, Driver, Evidence, Healed, Performed, Profile, Replay, Slowness,
};
use rehearsal::crowd::Caught;
use rehearsal::flow::template::{Lookup, RenderError, render};
use rehearsal::flow::{
    EffectPart, Extracted, Fingerprint, Flow, Look, Next, Step, Walk, draw_of_pass, iteration_feed,
    method,
};
use rehearsal::measure::signature;
use rehearsal::sample::{Cause, Healing, RequestSample, Sample};
use serde::Serialize;
use tokio::sync::mpsc;

use super::show::{Show, Told};
use super::trace::Seen;
use super::{Theatre, evidence, origin};

/// How often a step that goes on is shown.
const FRAME: Duration = Duration::from_millis(100);

/// How a flow went; what `--json` prints.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Played {
    pub(in crate::cli) flow: String,
    pub(in crate::cli) passed: bool,
    /// The user wanted to stop before it had ended: it neither passed nor failed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::cli) interrupted: bool,
    pub(in crate::cli) steps: Vec<PlayedStep>,
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct PlayedStep {
    pub(in crate::cli) index: usize,
    pub(in crate::cli) name: String,
    pub(in crate::cli) duration_ms: f64,
    pub(in crate::cli) engine_ms: f64,
    pub(in crate::cli) requests: u64,
    pub(in crate::cli) passed: bool,
    /// It was under way when the user wanted to stop.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::cli) interrupted: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::cli) skipped: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::cli) repeated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) healed: Option<Healing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) cause: Option<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) failure: Option<String>,
    /// The same for the same failure in another pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) signature: Option<String>,
    /// Folder with what the page showed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) evidence: Option<PathBuf>,
    /// Requests that change something and that the server refused: `POST /orders (409)`.
    #[serde(skip)]
    pub(in crate::cli) refused: Vec<String>,
}

impl PlayedStep {
    /// A step that was under way for so long, ms, when the user wanted to stop.
    fn interrupted(index: usize, step: &Step, duration_ms: f64) -> Self {
        Self {
            index,
            name: step.label(),
            duration_ms,
            engine_ms: 0.0,
            requests: 0,
            passed: false,
            interrupted: true,
            skipped: false,
            repeated: false,
            healed: None,
            cause: None,
            failure: None,
            signature: None,
            evidence: None,
            refused: Vec::new(),
        }
    }
}

/// What a replay found out about a step.
pub(in crate::cli) struct Learnt {
    /// Which flow, and which of its steps.
    pub(in crate::cli) script: usize,
    pub(in crate::cli) step: usize,
    pub(in crate::cli) healed: Option<Healed>,
    pub(in crate::cli) element: Option<Fingerprint>,
    /// Selectors, by index, that did not find its element, and it alone.
    pub(in crate::cli) disagreed: Vec<usize>,
    /// Parts of its effect that did not come.
    pub(in crate::cli) missing: Vec<EffectPart>,
}

/// Who walks.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Visitor {
    /// In which of the places for users.
    pub(in crate::cli) slot: u32,
    /// Number of the visitor, from 1.
    pub(in crate::cli) number: u64,
    /// Row of the feeds.
    pub(in crate::cli) row: usize,
    /// How much slower than this machine its browser is.
    pub(in crate::cli) slowness: Slowness,
}

/// A visitor on the way.
pub(in crate::cli) struct Pass<'a> {
    theatre: &'a Theatre<'a>,
    user: Box<dyn BrowserUser>,
    received: mpsc::UnboundedReceiver<Sample>,
    visitor: Visitor,
    /// What was found out, if the profile says to learn.
    pub(in crate::cli) learnt: Vec<Learnt>,
    /// For a trace.
    pub(in crate::cli) seen: Vec<Seen>,
}

impl<'a> Pass<'a> {
    /// A new visitor arrives.
    pub(in crate::cli) async fn open(
        theatre: &'a Theatre<'a>,
        visitor: Visitor,
    ) -> miette::Result<Pass<'a>> {
        let (samples, received) = mpsc::unbounded_channel();
        let profile = Profile {
            origin: origin("", visitor.slot, visitor.number),
            replay: Replay {
                slowness: visitor.slowness,
                ..theatre.profile.replay
            },
            ..theatre.profile.clone()
        };
        let opened = theatre.chromium.open(&profile, samples).await;
        Ok(Self {
            theatre,
            user: opened.map_err(|error| miette!("{error}"))?,
            received,
            visitor,
            learnt: Vec::new(),
            seen: Vec::new(),
        })
    }

    pub(in crate::cli) async fn close(self) {
        self.user.close().await;
    }

    /// Walks through the flows until one fails or the user wants to stop. `aloud` says how each step goes.
    pub(in crate::cli) async fn play(&mut self, aloud: bool) -> miette::Result<Vec<Played>> {
        let mut all = Vec::new();
        for script in 0..self.theatre.scripts.len() {
            let played = self.flow(script, aloud).await?;
            let passed = played.passed;
            all.push(played);
            if !passed {
                break;
            }
        }
        Ok(all)
    }

    async fn flow(&mut self, script: usize, aloud: bool) -> miette::Result<Played> {
        let theatre = self.theatre;
        let flow = &theatre.scripts[script].flow;
        self.user
            .attribute(origin(&flow.title, self.visitor.slot, self.visitor.number));
        let show = Show::new(theatre.printer, aloud);
        show.begin(flow);
        let mut steps = Vec::new();
        let ended = self.walk(script, &show, &mut steps).await?;
        let played = Played {
            flow: flow.title.clone(),
            passed: ended && steps.iter().all(|step| step.passed),
            interrupted: !ended,
            steps,
        };
        show.end(flow, &played);
        Ok(played)
    }

    /// Plays steps until one fails. Whether it came to its end, and was not interrupted.
    async fn walk(
        &mut self,
        script: usize,
        show: &Show<'_>,
        steps: &mut Vec<PlayedStep>,
    ) -> miette::Result<bool> {
        let theatre = self.theatre;
        let stop = &theatre.stop;
        let flow = &theatre.scripts[script].flow;
        let mut extracted = Extracted::default();
        let mut walk = Walk::new(flow, self.draw());
        loop {
            match walk.advance() {
                Next::End => return Ok(true),
                Next::Look(look) => match stop.run_until_cancelled(self.look(&look)).await {
                    Some(there) => walk.answer(there),
                    None => return Ok(false),
                },
                Next::Step { index, .. } if index >= theatre.scripts[script].steps => {
                    return Ok(true);
                }
                Next::Step { index, pass } => {
                    let pause = tokio::time::sleep(theatre.pause);
                    if stop.run_until_cancelled(pause).await.is_none() {
                        return Ok(false);
                    }
                    let step = self.render(&flow.steps[index], pass, &extracted)?;
                    let step = self.step(script, (index, &step), &mut extracted, show);
                    let step = step.await;
                    let (passed, interrupted) = (step.passed, step.interrupted);
                    steps.push(step);
                    if !passed {
                        return Ok(!interrupted);
                    }
                }
            }
        }
    }

    /// Plays one step, and tells how it went.
    async fn step(
        &mut self,
        script: usize,
        (index, step): (usize, &Step),
        extracted: &mut Extracted,
        show: &Show<'_>,
    ) -> PlayedStep {
        let theatre = self.theatre;
        let flow = &theatre.scripts[script].flow;
        let timeout = flow.timeout(step);
        let clock = theatre.clock;
        let began = clock.now();
        let mut frames = tokio::time::interval(FRAME);
        let mut performing = self.user.perform(index as u32, step, timeout);
        let performed = loop {
            tokio::select! {
                performed = &mut performing => break Some(performed),
                () = theatre.stop.cancelled() => break None,
                _ = frames.tick() => show.running(index, step, clock.now().ms_since(began)),
            }
        };
        drop(performing);
        let mut requests: Vec<RequestSample> = Vec::new();
        while let Ok(sample) = self.received.try_recv() {
            if let Sample::Request(request) = sample {
                requests.push(request);
            }
        }
        let Some(mut performed) = performed else {
            let played = PlayedStep::interrupted(index, step, clock.now().ms_since(began));
            show.ended(&Told {
                played: &played,
                requests: &requests,
                evidence: None,
            });
            return played;
        };
        extracted.keep(performed.extracted.drain(..));
        self.learn(script, index, &mut performed);
        self.tell(flow, (index, step), performed, &requests, show)
    }

    /// Looks whether something is there on which the way through the flow depends.
    async fn look(&mut self, look: &Look) -> bool {
        let looking = self
            .user
            .perform(look.index as u32, &look.step, look.patience);
        looking.await.result.is_ok()
    }

    /// Number that decides what the flow leaves to chance.
    fn draw(&self) -> u64 {
        let Visitor { row, number, .. } = self.visitor;
        (row as u64).wrapping_add((number - 1) << 20)
    }

    fn learn(&mut self, script: usize, step: usize, performed: &mut Performed) {
        if !self.theatre.profile.replay.learn {
            return;
        }
        self.learnt.push(Learnt {
            script,
            step,
            healed: performed.healed.as_deref().cloned(),
            element: performed.element.take().map(|element| *element),
            disagreed: std::mem::take(&mut performed.disagreed),
            missing: std::mem::take(&mut performed.missing),
        });
    }

    fn tell(
        &mut self,
        flow: &Flow,
        (index, step): (usize, &Step),
        mut performed: Performed,
        requests: &[RequestSample],
        show: &Show<'_>,
    ) -> PlayedStep {
        let skipped = performed.is_skipped(step);
        let failure = performed.result.clone().err().filter(|_| !skipped);
        let shown = performed.evidence.take();
        let name = step.label();
        let mut played = PlayedStep {
            index,
            duration_ms: performed.ended.ms_since(performed.started),
            engine_ms: performed.engine_ms,
            requests: requests.len() as u64,
            passed: failure.is_none(),
            interrupted: false,
            skipped,
            repeated: performed.repeated,
            healed: performed.healed.as_ref().map(|healed| healed.note.clone()),
            cause: failure.as_ref().map(|failure| failure.cause),
            failure: failure.as_ref().map(|failure| failure.message.clone()),
            signature: failure.as_ref().map(|failure| {
                signature(failure, &flow.title.as_str().into(), &name.as_str().into())
            }),
            evidence: None,
            refused: refused(requests),
            name,
        };
        if let (Some(failure), Some(shown)) = (failure, &shown) {
            let mut origin = origin(&flow.title, self.visitor.slot, self.visitor.number);
            origin.step = Some(index as u32);
            let caught = Caught {
                origin,
                step: played.name.as_str().into(),
                at: performed.ended,
                failure,
                evidence: shown.clone(),
            };
            played.evidence = self.keep(&caught);
        }
        show.ended(&Told {
            played: &played,
            requests,
            evidence: shown.as_deref(),
        });
        if let Some(shown) = shown {
            self.see(flow, step, &performed, &played, *shown);
        }
        played
    }

    fn keep(&self, caught: &Caught) -> Option<PathBuf> {
        let failures = self.theatre.failures.as_ref()?;
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        evidence::keep(&mut failures, caught).unwrap_or_else(|error| {
            self.theatre.printer.line(format!("  note: {error}"));
            None
        })
    }

    fn see(
        &mut self,
        flow: &Flow,
        step: &Step,
        performed: &Performed,
        played: &PlayedStep,
        evidence: Evidence,
    ) {
        if self.theatre.trace {
            self.seen
                .push(Seen::new(&flow.title, step, performed, played, evidence));
        }
    }

    /// The step with its template filled; as recorded where there is no feed to fill it.
    fn render(&self, step: &Step, pass: u32, extracted: &Extracted) -> miette::Result<Step> {
        let theatre = self.theatre;
        let Visitor {
            slot, number, row, ..
        } = self.visitor;
        let run = theatre.clock.started_at().as_second();
        let own = iteration_feed(run, number, slot);
        let bits = self.draw();
        let drawn = theatre.feeds.iter();
        let drawn = drawn.map(|feed| (feed, feed.row_for(row, bits)));
        let read = extracted.feed();
        let rows = drawn.chain([(&own, 0), (&read, 0)]).collect::<Vec<_>>();
        let lookup = Lookup {
            rows: &rows,
            secrets: &theatre.secrets,
            draw: draw_of_pass(self.draw(), pass),
            now: theatre.clock.zoned(theatre.clock.now(), None),
        };
        match render(step, &lookup) {
            Err(RenderError::UnknownFeed { .. }) if theatre.feeds.is_empty() => Ok(step.clone()),
            rendered => rendered.into_diagnostic(),
        }
    }
}

/// Requests that change something and that the server refused.
fn refused(requests: &[RequestSample]) -> Vec<String> {
    let requests = requests
        .iter()
        .filter(|request| method::does(&request.method));
    let refused = requests.filter_map(|request| {
        let status = request.status.filter(|status| *status >= 400)?;
        Some(format!("{} {} ({status})", request.method, request.url))
    });
    refused.collect()
}
