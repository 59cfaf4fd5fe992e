//! Trial replays of a fresh recording: on this machine as it is, on a slower one, as another
//! visitor with other data. What they find out mends the flow; a change is kept when a further
//! trial got as far as before, or further.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use miette::{IntoDiagnostic, WrapErr, miette};
use rehearsal::browser::capture::Typed;
use rehearsal::browser::{Capture, Chromium, Driver, Options, Profile, Replay, Slowness};
use rehearsal::clock::Clock;
use rehearsal::feed::Feed;
use rehearsal::flow::template::{Needs, SECRET_VARIABLE_PREFIX, Secrets};
use rehearsal::flow::{Action, EffectPart, Flow, Step};
use rehearsal::record::repair::{self, Change, Stumble, Trial, TrialStep};
use rehearsal::record::{State, View, panel::Panel};
use rehearsal::report::Failures;
use rehearsal::sample::Cause;
use tokio_util::sync::CancellationToken;

use super::super::evidence;
use super::super::interrupt::Interrupts;
use super::super::printer::Printer;
use super::super::replay::{self, Learnt, Pass, PlayedStep, Script, Theatre, Visitor};
use super::super::setup::DESKTOP;
use super::draft;

/// How often the flow is mended and tried again.
const ROUNDS: usize = 3;

/// A slower machine and line: what four times slower is, and responses that overtake each other.
const SLOW: Slowness = Slowness {
    cpu: 4,
    latency: Duration::ZERO,
    jitter: Duration::from_millis(300),
    download: None,
    upload: None,
};

/// Folder for what failed steps showed, as of `play`.
const EVIDENCE: &str = "runs";

/// What is needed for trials.
pub(super) struct Trying<'a> {
    /// How many.
    pub(super) trials: u32,
    pub(super) browser: Option<PathBuf>,
    pub(super) file: &'a Path,
    pub(super) feeds: &'a [Feed],
    /// Secrets as they were typed in the recording, for those that the environment does not hold.
    pub(super) typed: &'a [(String, Typed)],
    pub(super) clock: Clock,
    /// Where one is open, with the last that it showed.
    pub(super) toolbar: Option<(&'a Panel, &'a View)>,
    pub(super) printer: &'a Printer,
}

/// What came of trials.
#[derive(Default)]
pub(super) struct Tried {
    /// Those of the last round.
    pub(super) trials: Vec<Ended>,
    /// What was changed in the flow.
    pub(super) changes: Vec<Change>,
    /// The changed flow.
    pub(super) mended: Option<Flow>,
    /// Why there were none.
    pub(super) not: Option<String>,
}

/// A trial that has ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) kind: Kind,
    pub(super) seconds: f64,
    pub(super) failure: Option<Broken>,
    trial: Trial,
}

/// Where a trial failed.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    /// Step, from 0.
    pub(super) step: usize,
    pub(super) name: String,
    pub(super) cause: Option<Cause>,
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
    pub(super) evidence: Option<PathBuf>,
}

/// What a trial is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Fast,
    Slow,
    OtherVisitor,
}

impl Kind {
    fn of(number: u32) -> Self {
        match number {
            0 => Self::Fast,
            1 => Self::Slow,
            _ => Self::OtherVisitor,
        }
    }

    /// For people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Slow => "slowed down",
            Self::OtherVisitor => "another visitor",
        }
    }
}

impl Tried {
    /// There were none.
    pub(super) fn not(why: impl Into<String>) -> Self {
        Self {
            not: Some(why.into()),
            ..Self::default()
        }
    }

    pub(super) fn passed(&self) -> usize {
        let passed = self.trials.iter().filter(|trial| trial.failure.is_none());
        passed.count()
    }
}

impl Trying<'_> {
    /// Tries the flow, mends it, and writes what was mended. Ctrl-C ends the trials.
    ///
    /// # Errors
    /// There is no browser for it, or the file cannot be written.
    pub(super) async fn and_write(
        &self,
        flow: &Flow,
        interrupts: &mut Interrupts,
    ) -> miette::Result<Tried> {
        let tried = tokio::select! {
            tried = self.run(flow) => tried?,
            () = interrupts.next() => {
                self.printer.end_progress();
                Tried::not("interrupted")
            }
        };
        if let Some(mended) = &tried.mended {
            draft::write(self.file, mended)
                .into_diagnostic()
                .wrap_err_with(|| format!("could not write `{}`", self.file.display()))?;
        }
        Ok(tried)
    }

    /// Tries the flow, and mends it.
    ///
    /// # Errors
    /// There is no browser for it.
    async fn run(&self, flow: &Flow) -> miette::Result<Tried> {
        if self.trials == 0 {
            return Ok(Tried::not("`--trials 0`"));
        }
        let secrets = match self.secrets(flow) {
            Ok(secrets) => secrets,
            Err(why) => return Ok(Tried::not(why)),
        };
        let chromium = Chromium::launch(Options {
            path: self.browser.clone(),
            budget: Arc::new(evidence::budget()),
            ..Options::new(self.clock)
        })
        .await?;
        let tried = self.rounds(&chromium, flow, &secrets).await;
        self.printer.end_progress();
        chromium.shutdown().await;
        tried
    }

    /// The secrets of the flow, from the environment, else as they were typed; or what is missing,
    /// in words.
    fn secrets(&self, flow: &Flow) -> Result<Secrets, String> {
        let mut needs = Needs::default();
        needs.add(flow);
        let mut known = Vec::new();
        for name in needs.secrets {
            let variable = format!("{SECRET_VARIABLE_PREFIX}{name}");
            let typed = self.typed.iter().find(|(known, _)| *known == name);
            let typed = typed.map(|(_, value)| value.0.clone());
            match std::env::var(&variable).ok().or(typed) {
                Some(value) => known.push((name, value)),
                None => {
                    return Err(format!(
                        "the flow needs the secret `{name}`: export {variable}=…, then `rehearsal \
                         flow mend {}`",
                        self.file.display()
                    ));
                }
            }
        }
        Ok(Secrets::new(known))
    }

    /// Trials and changes, until nothing is left to change.
    async fn rounds(
        &self,
        chromium: &Chromium,
        recorded: &Flow,
        secrets: &Secrets,
    ) -> miette::Result<Tried> {
        let mut number = 0;
        let mut flow = recorded.clone();
        let all: Vec<Kind> = (0..self.trials).map(Kind::of).collect();
        let mut trials = self
            .round(chromium, &flow, secrets, &all, &mut number)
            .await?;
        let mut changes: Vec<Change> = Vec::new();
        for _round in 1..ROUNDS {
            let mut mended = flow.clone();
            let told: Vec<Trial> = trials.iter().map(|ended| ended.trial.clone()).collect();
            let new = repair::repair(&mut mended, &told);
            if new.is_empty() {
                break;
            }
            let passed = trials.iter().all(|trial| trial.failure.is_none());
            // What passed already needs to be seen once more, not from the beginning.
            let kinds = match (passed, new.iter().any(|change| change.slow)) {
                (false, _) => all.clone(),
                (true, true) => vec![Kind::Slow],
                (true, false) => vec![Kind::Fast],
            };
            let again = self
                .round(chromium, &mended, secrets, &kinds, &mut number)
                .await?;
            if furthest(&again) < furthest(&trials) {
                // No change for the better: everything stays as it was.
                break;
            }
            changes.extend(new);
            flow = mended;
            let done = again.iter().all(|trial| trial.failure.is_none());
            if passed {
                trials.extend(again);
            } else {
                trials = again;
            }
            if done {
                break;
            }
        }
        Ok(Tried {
            trials,
            mended: (!changes.is_empty()).then_some(flow),
            changes,
            not: None,
        })
    }

    /// Trials of these kinds, one after the other.
    async fn round(
        &self,
        chromium: &Chromium,
        flow: &Flow,
        secrets: &Secrets,
        kinds: &[Kind],
        number: &mut u64,
    ) -> miette::Result<Vec<Ended>> {
        let theatre = self.theatre(chromium, flow, secrets)?;
        let row = recorded_row(flow, self.feeds);
        let mut all = Vec::new();
        for (index, kind) in kinds.iter().enumerate() {
            *number += 1;
            let text = format!(
                "Replaying it: {} of {}, {}…",
                index + 1,
                kinds.len(),
                kind.name()
            );
            self.printer.progress(&format!("  {text}"));
            self.tell(&text);
            let visitor = Visitor {
                slot: 0,
                number: *number,
                row: match kind {
                    Kind::Fast | Kind::Slow => row,
                    Kind::OtherVisitor => other_row(flow, self.feeds, row, index),
                },
                slowness: match kind {
                    Kind::Slow => SLOW,
                    Kind::Fast | Kind::OtherVisitor => Slowness::default(),
                },
            };
            all.push(self.play(&theatre, flow, *kind, visitor).await?);
        }
        Ok(all)
    }

    async fn play(
        &self,
        theatre: &Theatre<'_>,
        flow: &Flow,
        kind: Kind,
        visitor: Visitor,
    ) -> miette::Result<Ended> {
        let mut pass = Pass::open(theatre, visitor).await?;
        let played = pass.play(false).await;
        let learnt = std::mem::take(&mut pass.learnt);
        pass.close().await;
        let steps = match played {
            Ok(played) => played.into_iter().flat_map(|flow| flow.steps).collect(),
            // A template that cannot be filled: of no step, and no replay can go on.
            Err(error) => {
                return Ok(Ended {
                    kind,
                    seconds: 0.0,
                    failure: Some(Broken {
                        step: learnt.len(),
                        name: flow
                            .steps
                            .get(learnt.len())
                            .map_or_else(String::new, Step::label),
                        cause: Some(Cause::Flow),
                        message: error.to_string(),
                        hint: None,
                        evidence: None,
                    }),
                    trial: Trial::default(),
                });
            }
        };
        Ok(ended(flow, kind, steps, &learnt))
    }

    fn theatre<'t>(
        &'t self,
        chromium: &'t Chromium,
        flow: &Flow,
        secrets: &Secrets,
    ) -> miette::Result<Theatre<'t>> {
        let mut flow = flow.clone();
        let folder = self.file.parent().unwrap_or(Path::new(""));
        // What is missing fails at its step, which says so.
        let _missing = flow.resolve_files(folder, |path| std::path::absolute(path).ok());
        let hosts = replay::hosts(std::iter::once(&flow), &[]);
        let hosts = hosts.ok_or_else(|| miette!("the flow opens no page"))?;
        Ok(Theatre {
            failures: Some(Mutex::new(Failures::of_play(
                Path::new(EVIDENCE),
                &flow.title,
                self.clock.started_at(),
            ))),
            scripts: vec![Script::whole(self.file.to_owned(), flow)],
            feeds: self.feeds.to_vec(),
            secrets: secrets.clone(),
            profile: Profile {
                origin: replay::origin("", 0, 0),
                viewport: DESKTOP,
                locale: "en-US".to_owned(),
                timezone: None,
                user_agent: None,
                hosts,
                mark: None,
                replay: Replay {
                    heal: true,
                    learn: true,
                    capture: Capture::Failures,
                    slowness: Slowness::default(),
                },
            },
            chromium,
            clock: self.clock,
            pause: Duration::ZERO,
            trace: false,
            stop: CancellationToken::new(),
            printer: self.printer,
        })
    }

    /// Tells the toolbar, where one is still open.
    fn tell(&self, text: &str) {
        if let Some((panel, view)) = self.toolbar {
            let mut view = view.clone();
            view.state = State::Stopped;
            view.notes = vec![text.to_owned()];
            panel.show(&view);
        }
    }
}

/// How far trials came: steps that passed, of the one that came least far.
fn furthest(trials: &[Ended]) -> usize {
    let steps = |ended: &Ended| {
        let passed = ended.trial.steps.iter();
        passed.filter(|step| step.stumble.is_none()).count()
    };
    trials.iter().map(steps).min().unwrap_or(0)
}

fn ended(flow: &Flow, kind: Kind, played: Vec<PlayedStep>, learnt: &[Learnt]) -> Ended {
    let seconds = played.iter().map(|step| step.duration_ms).sum::<f64>() / 1_000.0;
    let mut failure = None;
    let mut steps = Vec::new();
    for (played, learnt) in played.into_iter().zip(learnt) {
        let mut step = told(flow, &played, learnt);
        if let Some(message) = played.failure {
            failure = Some(broken(flow, &step, played.name, played.cause, message));
        } else if let Some(message) = unanswered(flow, &step) {
            // It went on all the same; what the person did was not done.
            step.stumble = Some(Stumble::Other);
            failure = Some(broken(flow, &step, played.name, None, message));
        }
        if let Some(failure) = &mut failure {
            failure.evidence = played.evidence;
        }
        steps.push(step);
        if failure.is_some() {
            break;
        }
    }
    Ended {
        kind,
        seconds,
        failure,
        trial: Trial {
            slow: kind == Kind::Slow,
            steps,
        },
    }
}

fn broken(
    flow: &Flow,
    step: &TrialStep,
    name: String,
    cause: Option<Cause>,
    message: String,
) -> Broken {
    // A refusal of an earlier step is told in the message.
    let sent = ["POST", "PUT", "PATCH", "DELETE"];
    let says = |method: &&str| message.contains(&format!(" for {method} "));
    let earlier = message.contains("; response 4") && sent.iter().any(says);
    let refused = !step.refused.is_empty() || earlier;
    Broken {
        step: step.index,
        name,
        cause,
        message,
        hint: repair::hint(flow, step.index, refused),
        evidence: None,
    }
}

fn told(flow: &Flow, played: &PlayedStep, learnt: &Learnt) -> TrialStep {
    let effect = flow
        .steps
        .get(played.index)
        .and_then(|step| step.extension.effect.as_ref());
    let nothing_came = effect.is_some_and(|effect| {
        let parts = effect.parts();
        !parts.is_empty() && parts.iter().all(|part| learnt.missing.contains(part))
    });
    TrialStep {
        index: played.index,
        skipped: played.skipped,
        disagreed: learnt.disagreed.clone(),
        missing: learnt.missing.clone(),
        healed: learnt
            .healed
            .as_ref()
            .map(|healed| healed.selectors.clone()),
        refused: played.refused.clone(),
        stumble: played.cause.map(|cause| match cause {
            Cause::NotFound => Stumble::Absent,
            Cause::Condition if nothing_came => Stumble::NoEffect,
            Cause::NotActionable
            | Cause::Covered
            | Cause::Navigation
            | Cause::Timeout
            | Cause::Ambiguous => Stumble::Late,
            Cause::Condition
            | Cause::RendererCrashed
            | Cause::BrowserLost
            | Cause::Flow
            | Cause::Protocol => Stumble::Other,
        }),
    }
}

/// What the step sent when it was recorded was refused this time, though something else of its
/// effect came.
fn unanswered(flow: &Flow, step: &TrialStep) -> Option<String> {
    let effect = flow.steps.get(step.index)?.extension.effect.as_ref()?;
    step.missing.iter().find_map(|part| {
        let EffectPart::Response(at) = part else {
            return None;
        };
        let response = effect.responses.get(*at)?;
        let method = response.method.as_deref()?;
        let refused = step.refused.iter();
        let mut refused = refused.filter(|text| text.starts_with(&format!("{method} ")));
        let refused = refused.next()?;
        Some(format!(
            "`{method} {}` was answered when it was recorded, and this time the server refused: \
             {refused}",
            response.url
        ))
    })
}

/// The row of the feeds that the person typed, as far as samples in the flow tell.
fn recorded_row(flow: &Flow, feeds: &[Feed]) -> usize {
    let samples: Vec<(&str, &str)> = flow.steps.iter().filter_map(sample).collect();
    let typed = |feed: &Feed, row: &[Arc<str>]| {
        let hits = samples.iter().filter(|(template, value)| {
            let column = template.strip_prefix(&*feed.name);
            let column = column.and_then(|rest| rest.strip_prefix('.'));
            let at = column.and_then(|column| feed.column(column));
            at.and_then(|at| row.get(at))
                .is_some_and(|cell| **cell == **value)
        });
        hits.count()
    };
    let mut best = (0, 0);
    for feed in feeds {
        for (row, cells) in feed.rows.iter().enumerate() {
            let hits = typed(feed, cells);
            if hits > best.0 {
                best = (hits, row);
            }
        }
    }
    best.1
}

/// The reference of a template that is nothing else, with the value that was typed.
fn sample(step: &Step) -> Option<(&str, &str)> {
    let Action::Change { value, .. } = &step.action else {
        return None;
    };
    let template = step.extension.value.as_deref()?;
    let inside = template.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    Some((inside, value))
}

/// Another row that all feeds of the flow have; the same when there is none.
fn other_row(flow: &Flow, feeds: &[Feed], row: usize, further: usize) -> usize {
    let mut needs = Needs::default();
    needs.add(flow);
    let used: BTreeSet<&String> = needs.feeds.keys().collect();
    let used = feeds
        .iter()
        .filter(|feed| used.iter().any(|name| ***name == *feed.name));
    let rows = used.map(|feed| feed.rows.len()).min().unwrap_or(0);
    if rows == 0 {
        return row;
    }
    let other = (row + further.max(1)) % rows;
    if other == row && rows > 1 {
        return (row + 1) % rows;
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Flow {
        let text = r##"{"title": "t", "steps": [
            {"type": "navigate", "url": "http://a.test/"},
            {"type": "change", "selectors": [["#e"]], "value": "bob@b.test",
             "x-rehearsal": {"value": "{{people.email}}"}}]}"##;
        Flow::parse("t", text).unwrap()
    }

    #[test]
    fn the_row_that_was_typed_is_known_and_another_one_is_another() {
        let csv = "email,city\nann@b.test,Bern\nbob@b.test,Basel\n";
        let feeds = [Feed::from_csv("people", csv).unwrap()];
        let flow = typed();
        assert_eq!(recorded_row(&flow, &feeds), 1);
        assert_eq!(other_row(&flow, &feeds, 1, 2), 0);
        assert_eq!(other_row(&flow, &feeds, 1, 1), 0);
        assert_eq!(other_row(&flow, &[], 0, 2), 0);
        assert_eq!(recorded_row(&flow, &[]), 0);
    }

    #[test]
    fn a_refused_request_fails_a_step_that_went_on() {
        let text = r##"{"title": "t", "steps": [
            {"type": "click", "selectors": [["#save"]], "offsetX": 1, "offsetY": 1,
             "x-rehearsal": {"effect": {"responses": [{"method": "POST", "url": "/save"}],
                "appears": [[["#toast"]]]}}}]}"##;
        let flow = Flow::parse("t", text).unwrap();
        let mut step = TrialStep {
            missing: vec![EffectPart::Response(0)],
            ..TrialStep::default()
        };
        assert_eq!(unanswered(&flow, &step), None);
        step.refused = vec!["POST /save (409)".to_owned()];
        let told = unanswered(&flow, &step).unwrap();
        assert!(
            told.contains("`POST /save`") && told.contains("409"),
            "{told}"
        );
    }
}
