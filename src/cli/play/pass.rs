//! One pass of one visitor through the flows.

use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::Duration;

use miette::{IntoDiagnostic, miette};
use rehearsal::browser::{BrowserUser, Driver, Evidence, Healed, Performed, Profile};
use rehearsal::crowd::Caught;
use rehearsal::flow::template::{Lookup, RenderError, render};
use rehearsal::flow::{
    Extracted, Fingerprint, Flow, Look, Next, Step, Walk, draw_of_pass, iteration_feed,
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
pub(super) struct Played {
    pub(super) flow: String,
    pub(super) passed: bool,
    pub(super) steps: Vec<PlayedStep>,
}

#[derive(Debug, Serialize)]
pub(super) struct PlayedStep {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) duration_ms: f64,
    pub(super) engine_ms: f64,
    pub(super) requests: u64,
    pub(super) passed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) skipped: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) repeated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) healed: Option<Healing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<String>,
    /// The same for the same failure in another pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<String>,
    /// Folder with what the page showed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<PathBuf>,
}

/// What a replay found out about a step's element.
pub(super) struct Learnt {
    /// Which flow, and which of its steps.
    pub(super) script: usize,
    pub(super) step: usize,
    pub(super) healed: Option<Healed>,
    pub(super) element: Option<Fingerprint>,
}

/// A visitor on the way.
pub(super) struct Pass<'a> {
    theatre: &'a Theatre<'a>,
    user: Box<dyn BrowserUser>,
    received: mpsc::UnboundedReceiver<Sample>,
    number: u64,
    slot: u32,
    /// For `--fix`.
    pub(super) learnt: Vec<Learnt>,
    /// For `--trace`.
    pub(super) seen: Vec<Seen>,
}

impl<'a> Pass<'a> {
    /// A new visitor: the one of this number, in this of the places for users.
    pub(super) async fn open(
        theatre: &'a Theatre<'a>,
        slot: u32,
        number: u64,
    ) -> miette::Result<Pass<'a>> {
        let (samples, received) = mpsc::unbounded_channel();
        let profile = Profile {
            origin: origin("", slot, number),
            ..theatre.profile.clone()
        };
        let opened = theatre.chromium.open(&profile, samples).await;
        Ok(Self {
            theatre,
            user: opened.map_err(|error| miette!("{error}"))?,
            received,
            number,
            slot,
            learnt: Vec::new(),
            seen: Vec::new(),
        })
    }

    pub(super) async fn close(self) {
        self.user.close().await;
    }

    /// Walks through the flows until one fails. `aloud` says how each step goes.
    pub(super) async fn play(&mut self, aloud: bool) -> miette::Result<Vec<Played>> {
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
            .attribute(origin(&flow.title, self.slot, self.number));
        let show = Show::new(theatre.printer, aloud);
        show.begin(flow);
        let mut steps = Vec::new();
        let mut extracted = Extracted::default();
        let mut walk = Walk::new(flow, self.draw());
        loop {
            match walk.advance() {
                Next::End => break,
                Next::Look(look) => walk.answer(self.look(&look).await),
                Next::Step { index, .. } if index >= theatre.scripts[script].steps => break,
                Next::Step { index, pass } => {
                    let pause = Duration::from_millis(theatre.args.looking.slow_mo);
                    tokio::time::sleep(pause).await;
                    let step = self.render(&flow.steps[index], pass, &extracted)?;
                    let step = self.step(script, (index, &step), &mut extracted, &show);
                    let step = step.await;
                    let passed = step.passed;
                    steps.push(step);
                    if !passed {
                        break;
                    }
                }
            }
        }
        let played = Played {
            flow: flow.title.clone(),
            passed: steps.iter().all(|step| step.passed),
            steps,
        };
        show.end(flow, &played);
        Ok(played)
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
        let mut performed = loop {
            tokio::select! {
                performed = &mut performing => break performed,
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
        let row = self.theatre.args.row + self.slot as usize;
        (row as u64).wrapping_add((self.number - 1) << 20)
    }

    fn learn(&mut self, script: usize, step: usize, performed: &mut Performed) {
        if !self.theatre.args.fix {
            return;
        }
        self.learnt.push(Learnt {
            script,
            step,
            healed: performed.healed.as_deref().cloned(),
            element: performed.element.take().map(|element| *element),
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
            skipped,
            repeated: performed.repeated,
            healed: performed.healed.as_ref().map(|healed| healed.note.clone()),
            cause: failure.as_ref().map(|failure| failure.cause),
            failure: failure.as_ref().map(|failure| failure.message.clone()),
            signature: failure.as_ref().map(|failure| {
                signature(failure, &flow.title.as_str().into(), &name.as_str().into())
            }),
            evidence: None,
            name,
        };
        if let (Some(failure), Some(shown)) = (failure, &shown) {
            let mut origin = origin(&flow.title, self.slot, self.number);
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
        if self.theatre.args.looking.no_evidence {
            return None;
        }
        let failures = &self.theatre.failures;
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
        if self.theatre.args.looking.trace.is_some() {
            self.seen
                .push(Seen::new(&flow.title, step, performed, played, evidence));
        }
    }

    /// The step with its template filled; as recorded where there is no feed to fill it.
    fn render(&self, step: &Step, pass: u32, extracted: &Extracted) -> miette::Result<Step> {
        let theatre = self.theatre;
        let row = theatre.args.row + self.slot as usize;
        let run = theatre.clock.started_at().as_second();
        let own = iteration_feed(run, self.number, self.slot);
        let drawn = theatre.feeds.iter().map(|feed| (feed, row));
        let read = extracted.feed();
        let rows = drawn.chain([(&own, 0), (&read, 0)]).collect::<Vec<_>>();
        let lookup = Lookup {
            rows: &rows,
            secrets: &theatre.secrets,
            draw: draw_of_pass(self.draw(), pass),
            now: theatre.clock.zoned(theatre.clock.now(), None),
        };
        match render(step, &lookup) {
            Err(RenderError::UnknownFeed { .. }) if theatre.args.plan.is_none() => Ok(step.clone()),
            rendered => rendered.into_diagnostic(),
        }
    }
}
