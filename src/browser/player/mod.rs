//! Performing a step of a flow on a page: find the element, wait until a person could act on it,
//! act with trusted input, wait for what that caused.
//!
//! ```text
//!  place ─► ready (in the page, until the deadline) ─► deed (CDP input) ─► check ─► settle
//!    ▲                                                     │                          │
//!    └──────────── again, while nothing was done ◄─────────┘       expect ─► extract ◄┘
//! ```
//! It takes no first match: an element must be the only one that the selectors agree on. It
//! knows one step at a time, and nothing of load or personas.

mod attempt;
mod change;
mod drag;
mod effect;
mod element;
mod expect;
mod extract;
mod history;
mod keyboard;
mod keys;
mod look;
mod outcome;
mod paste;
mod place;
mod pointer;
mod reason;
mod repeat;
mod script;
mod settle;
mod shape;
mod stop;
#[cfg(test)]
mod tests;
mod typing;
mod upload;
mod wait;
mod wheel;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::browser::Performed;
use crate::browser::network::Answers;
use crate::browser::stage::{Filled, Stage};
use crate::clock::Micros;
use crate::flow::{Action, EffectPart, OwnStep, ResponsePattern, Step};
use crate::sample::{Cause, Failure};

use self::attempt::Attempt;
use self::element::Sighting;
use self::reason::seconds;
pub(crate) use self::script::{GUARD, LISTENERS};
use self::stop::Stop;

/// How long an element that may be absent is waited for when the step does not say.
const OPTIONAL: Duration = Duration::from_secs(1);

/// What a browser that has stopped answering may take beyond the deadline.
const GRACE: Duration = Duration::from_secs(2);

/// Performs a step: waits for its element, acts, waits for the effect. `index` is its place in
/// the flow. Ends at `timeout` at the latest, and at once when the browser or renderer is gone.
pub(crate) async fn perform(
    stage: &Stage,
    index: u32,
    step: &Step,
    timeout: Duration,
) -> Performed {
    let started = stage.clock().now();
    let timeout = patience(step, timeout);
    let mut fate = stage.fate();
    let mut play = Play {
        stage,
        step,
        index,
        started,
        deadline: Micros(started.0 + Micros::from(timeout).0),
        answers: stage.listen(),
        tabs: stage
            .pages()
            .iter()
            .map(|tab| tab.target().clone())
            .collect(),
        engine_ms: 0.0,
        sighting: Sighting::default(),
        extracted: Vec::new(),
        repeated: false,
        missing: Vec::new(),
    };
    let result = tokio::select! {
        biased;
        lost = fate.wait_for(Option::is_some) => {
            let cause = lost.ok().and_then(|cause| *cause).unwrap_or(Cause::BrowserLost);
            Err(gone(cause))
        }
        result = tokio::time::timeout(timeout + GRACE, play.until_done()) => {
            result.unwrap_or_else(|_elapsed| Err(Failure {
                cause: Cause::Timeout,
                message: format!("the page did not answer within {}", seconds(timeout)),
            }))
        }
    };
    let refusal = play.answers.last_refusal();
    let result = result.map_err(|failure| explained(failure, refusal.clone().or(stage.refusal())));
    // A step that only waits does not make up for what was refused before it.
    if refusal.is_some() || !is_waiting(&step.action) {
        stage.set_refusal(refusal);
    }
    if result.is_ok() {
        play.sighting.teach(stage);
    }
    let healed = play.sighting.healed.take().filter(|_| result.is_ok());
    Performed {
        element: play.sighting.element.take(),
        healed,
        extracted: play.extracted,
        repeated: play.repeated,
        disagreed: play.sighting.disagreed(),
        missing: play.missing,
        ..Performed::new(started, stage.clock().now(), play.engine_ms, result)
    }
}

/// Whether a step only waits, and causes nothing.
fn is_waiting(action: &Action) -> bool {
    matches!(
        action,
        Action::WaitForElement(_) | Action::WaitForExpression { .. }
    )
}

/// With what a server refused meanwhile, which may be why.
fn explained(mut failure: Failure, refusal: Option<String>) -> Failure {
    let may_be_why = matches!(
        failure.cause,
        Cause::NotFound
            | Cause::Ambiguous
            | Cause::NotActionable
            | Cause::Covered
            | Cause::Navigation
            | Cause::Condition
            | Cause::Timeout
    );
    if let Some(refusal) = refusal.filter(|_| may_be_why) {
        failure.message = format!("{}; {refusal}", failure.message);
    }
    failure
}

/// The deadline of the step; a short one for what may be absent.
fn patience(step: &Step, timeout: Duration) -> Duration {
    let own = step.timeout_ms.is_some() || step.extension.timeout_ms.is_some();
    if step.extension.optional && !own {
        timeout.min(OPTIONAL)
    } else {
        timeout
    }
}

fn gone(cause: Cause) -> Failure {
    let message = match cause {
        Cause::RendererCrashed => "the renderer of the page crashed",
        _ => "the browser went away",
    };
    Failure {
        cause,
        message: message.to_owned(),
    }
}

/// A step being performed.
struct Play<'a> {
    stage: &'a Stage,
    step: &'a Step,
    index: u32,
    started: Micros,
    deadline: Micros,
    /// Answers of servers since the step began.
    answers: Answers,
    /// Tabs that were there when it began.
    tabs: Vec<Arc<str>>,
    engine_ms: f64,
    sighting: Sighting,
    extracted: Vec<(String, String)>,
    repeated: bool,
    /// Parts of the recorded effect that did not come.
    missing: Vec<EffectPart>,
}

impl Play<'_> {
    async fn until_done(&mut self) -> Result<(), Failure> {
        loop {
            match self.once().await {
                Ok(()) => return Ok(()),
                Err(Stop::Again(_)) if self.stage.clock().now() < self.deadline => {
                    tokio::time::sleep(place::POLL).await;
                }
                Err(stop) => return Err(stop.into_failure()),
            }
        }
    }

    /// One attempt: up to the deed it may be repeated, after it only its effect is waited for.
    async fn once(&mut self) -> Result<(), Stop> {
        if matches!(self.step.action, Action::CustomStep { .. }) {
            tracing::debug!(step = self.step.label(), "kept for other tools, not played");
            return Ok(());
        }
        let (page, frame) = place::find(self).await?;
        if self.step.acts() && !is_waiting(&self.step.action) {
            self.engine_ms += settle::saved(self, &page).await;
            let filled = self.stage.filled();
            self.stage.set_filled(filled.map(|filled| Filled {
                settled: true,
                ..filled
            }));
        }
        let attempt = Attempt::new(self, page, frame);
        let (watch, engine_ms) = repeat::watch(&attempt).await?;
        self.engine_ms += engine_ms;
        self.engine_ms += deed(&attempt).await?;
        self.sighting = attempt.seen();
        if let Some(watch) = watch.filter(|_| !self.repeated) {
            let (again, engine_ms) = watch.wants_repeat(&attempt).await;
            self.engine_ms += engine_ms;
            if again {
                self.repeated = true;
                // Should it fail before it acts, it is tried again like any other.
                self.engine_ms += deed(&attempt).await?;
                self.engine_ms += repeat::begins(&attempt).await;
            }
        }
        outcome::awaited(&attempt).await?;
        // The deed is done; it is not done twice.
        let after = self.after(&attempt).await;
        self.remember(&attempt);
        after.map_err(|stop| Stop::Failed(stop.into_failure()))
    }

    /// What comes of a field that was filled may come during the next steps, until one of them
    /// has waited for it.
    fn remember(&self, attempt: &Attempt<'_>) {
        let effect = self.step.extension.effect.as_ref();
        let waited = effect.is_some_and(|effect| {
            effect.navigation.is_some() || effect.responses.iter().any(ResponsePattern::does)
        });
        let fills = matches!(self.step.action, Action::Change { .. });
        let mut filled = attempt.filled.clone();
        if fills && filled.is_none() {
            filled = Some(attempt.as_filled());
        }
        if let Some(mut filled) = filled {
            filled.settled |= waited;
            self.stage.set_filled(Some(filled));
        }
    }

    /// Waits for what the deed caused, looks whether it is as expected, reads values.
    async fn after(&mut self, attempt: &Attempt<'_>) -> Result<(), Stop> {
        self.engine_ms += settle::settle(attempt, &mut self.missing).await?;
        for expected in &self.step.extension.expect {
            expect::holds(attempt, expected).await?;
        }
        for (name, extraction) in &self.step.extension.extract {
            let value = extract::read(attempt, name, extraction).await?;
            self.extracted.push((name.clone(), value));
        }
        Ok(())
    }
}

/// Does what the step says. Returns engine milliseconds.
async fn deed(attempt: &Attempt<'_>) -> Result<f64, Stop> {
    if !is_late(&attempt.step.action) {
        attempt.stage.network().set_done();
    }
    match &attempt.step.action {
        Action::Navigate { url } => navigate(attempt, url).await,
        Action::SetViewport(viewport) => {
            attempt.stage.set_viewport(*viewport).await?;
            Ok(0.0)
        }
        Action::EmulateNetworkConditions {
            download,
            upload,
            latency,
        } => {
            let conditions = json!({"offline": false, "latency": latency,
                "downloadThroughput": download, "uploadThroughput": upload});
            attempt.stage.set_conditions(conditions).await?;
            Ok(0.0)
        }
        Action::Click(pointer) => pointer::click(attempt, pointer, 1).await,
        Action::DoubleClick(pointer) => pointer::click(attempt, pointer, 2).await,
        Action::Hover { selectors } => pointer::hover(attempt, selectors).await,
        Action::Change { selectors, value } => change::change(attempt, selectors, value).await,
        Action::KeyDown { key } => keyboard::down(attempt, key).await.map(|()| 0.0),
        Action::KeyUp { key } => keyboard::up(attempt, key).await.map(|()| 0.0),
        Action::Scroll { selectors, x, y } if attempt.step.extension.wheel => {
            wheel::turn(attempt, selectors.as_ref(), (*x, *y)).await
        }
        Action::Scroll { selectors, x, y } => {
            wait::scroll(attempt, selectors.as_ref(), (*x, *y)).await
        }
        Action::WaitForElement(wait) => wait::element(attempt, wait).await.map(|()| 0.0),
        Action::WaitForExpression { expression } => {
            wait::expression(attempt, expression).await.map(|()| 0.0)
        }
        // Asks the page whether it may go, which the step expects.
        Action::Close if !attempt.step.extension.dialogs.is_empty() => {
            attempt.input("Page.close", json!({})).await?;
            Ok(0.0)
        }
        Action::Close => {
            let target = json!({"targetId": &**attempt.page.target()});
            attempt.input("Target.closeTarget", target).await?;
            Ok(0.0)
        }
        Action::Own(own) => match own {
            OwnStep::Upload(upload) => upload::upload(attempt, upload).await,
            OwnStep::Drag(drag) => drag::drag(attempt, drag).await,
            OwnStep::Paste(paste) => paste::paste(attempt, paste).await,
            OwnStep::Press(press) => keyboard::chord(attempt, press).await,
            OwnStep::History(history) => history::go(attempt, history.go).await,
        },
        Action::CustomStep { .. } => Ok(0.0),
    }
}

/// Whether it first waits for an element, and marks the moment at which it acts itself.
fn is_late(action: &Action) -> bool {
    matches!(
        action,
        Action::Click(_)
            | Action::DoubleClick(_)
            | Action::Hover { .. }
            | Action::Change { .. }
            | Action::Own(_)
            | Action::WaitForElement(_)
            | Action::WaitForExpression { .. }
    )
}

async fn navigate(attempt: &Attempt<'_>, url: &str) -> Result<f64, Stop> {
    let shown = if attempt.step.extension.rendered.secret {
        "the page"
    } else {
        url
    };
    match tokio::time::timeout(attempt.left(), attempt.page.navigate(url)).await {
        Ok(Ok(())) => {
            settle::loaded(attempt).await;
            Ok(0.0)
        }
        Ok(Err(crate::browser::page::NavigationError::Failed { reason, .. })) => {
            // A download is no page, and no failure either.
            if reason == "net::ERR_ABORTED" {
                return Ok(0.0);
            }
            let message = format!("`{shown}` could not be opened: {reason}");
            Err(Stop::failed(Cause::Navigation, message))
        }
        Ok(Err(crate::browser::page::NavigationError::Cdp(error))) => Err(error.into()),
        Err(_elapsed) => {
            let waited = seconds(attempt.waited());
            let message = format!("`{shown}` did not answer within {waited}");
            Err(Stop::failed(Cause::Navigation, message))
        }
    }
}
