//! Readiness after the deed: waits for what it caused, and for nothing else.
//!
//! A document that it opened must come (hard, until the deadline). The load of its images and
//! the requests that a script started are waited for softly: they hold the step open until they
//! end or a bound passes, and never fail it. Polls, event streams and WebSockets are not among
//! them; there is no fixed pause, and no waiting for a silent network.

use std::time::Duration;

use serde_json::json;

use crate::browser::page::DocumentState;
use crate::clock::Micros;
use crate::flow::{Action, AssertedEvent};
use crate::sample::Cause;

use super::attempt::Attempt;
use super::reason::seconds;
use super::script;
use super::shape::same_shape;
use super::stop::Stop;

/// How long `load` of a new document, and then its own requests, may hold a step open.
const LOAD: Duration = Duration::from_secs(3);

/// How long requests that the deed started may hold a step open.
const REQUESTS: Duration = Duration::from_secs(5);

/// Chromium's clock and ours may differ by so much about when a request began.
const SKEW: Micros = Micros(20_000);

/// Waits for what the deed caused. Returns engine milliseconds.
pub(super) async fn settle(attempt: &Attempt<'_>) -> Result<f64, Stop> {
    let waits = matches!(
        attempt.step.action,
        Action::WaitForElement(_) | Action::WaitForExpression { .. }
    );
    // A step that only waits causes nothing.
    let engine_ms = if waits { 0.0 } else { calm(attempt).await? };
    for event in &attempt.step.asserted_events {
        expect(attempt, event).await?;
    }
    Ok(engine_ms)
}

/// Waits until no document is coming and no awaited request is open.
async fn calm(attempt: &Attempt<'_>) -> Result<f64, Stop> {
    let mut requests = attempt.page.requests_changed();
    let mut documents = attempt.page.documents();
    let mark = attempt.marked();
    let since = Micros(mark.at.0.saturating_sub(SKEW.0));
    let mut seen = mark.navigation;
    let mut patience = attempt.left().min(REQUESTS);
    loop {
        let looked = attempt.stage.clock().now();
        drawn(attempt).await?;
        let state = documents.borrow_and_update().clone();
        if state.closed {
            return Ok(0.0);
        }
        if state.pending || state.navigation > seen {
            document(attempt, seen).await?;
            seen = documents.borrow().navigation.max(seen);
            patience = patience.min(LOAD);
            continue;
        }
        if attempt.page.in_flight(since).is_empty() || patience.is_zero() {
            // The last look found nothing to wait for: a person would not have taken it.
            return Ok(attempt.stage.clock().now().ms_since(looked));
        }
        requests.borrow_and_update();
        if attempt.page.in_flight(since).is_empty() {
            continue;
        }
        let began = attempt.stage.clock().now();
        tokio::select! {
            _ = requests.changed() => {}
            _ = documents.changed() => {}
            () = tokio::time::sleep(patience) => {}
        }
        let waited = attempt.stage.clock().now().0.saturating_sub(began.0);
        patience = patience.saturating_sub(Duration::from_micros(waited));
    }
}

/// The page has handled the input and drawn; what it starts by then is known.
async fn drawn(attempt: &Attempt<'_>) -> Result<(), Stop> {
    let frame = if attempt.frame.is_attached() {
        attempt.frame.clone()
    } else {
        attempt.page.main_frame()
    };
    let function = "async () => { await rehearsal.drawn(); return null; }";
    match script::call::<()>(&frame, function, json!(null)).await {
        // Gone or going: that is what is looked at next.
        Ok(()) | Err(Stop::Again(_)) => Ok(()),
        Err(stop) => Err(stop),
    }
}

/// Waits until the coming document can be used, and softly until it has loaded.
async fn document(attempt: &Attempt<'_>, seen: u64) -> Result<(), Stop> {
    let mut documents = attempt.page.documents();
    // Without a commit nothing comes after all: a download, a 204, a navigation given up.
    let usable = documents.wait_for(|state| {
        state.closed || (!state.pending && (state.navigation <= seen || state.dom_ready))
    });
    let usable = async { usable.await.ok().map(|state| state.clone()) };
    let state = match tokio::time::timeout(attempt.left(), usable).await {
        Ok(Some(state)) => state,
        Ok(None) => return Ok(()),
        Err(_elapsed) => {
            return Err(Stop::failed(
                Cause::Navigation,
                format!(
                    "the next page did not come within {}",
                    seconds(attempt.waited())
                ),
            ));
        }
    };
    if let Some(reason) = failure_of(&state) {
        return Err(Stop::failed(
            Cause::Navigation,
            format!("the next page could not be opened: {reason}"),
        ));
    }
    loaded(attempt).await;
    Ok(())
}

/// Waits softly for `load`.
pub(super) async fn loaded(attempt: &Attempt<'_>) {
    let mut documents = attempt.page.documents();
    let bound = attempt.left().min(LOAD);
    let loaded = documents.wait_for(|state| state.closed || state.loaded || state.pending);
    let _late_images_are_no_failure = tokio::time::timeout(bound, loaded).await;
}

/// The network's reason, unless the page gave the navigation up itself.
fn failure_of(state: &DocumentState) -> Option<&str> {
    let failed = state.failed.as_deref();
    failed.filter(|reason| *reason != "net::ERR_ABORTED")
}

/// Waits until the asserted navigation has come and ended where it should.
async fn expect(attempt: &Attempt<'_>, event: &AssertedEvent) -> Result<(), Stop> {
    // Navigations inside frames are asserted on the frame, of which only the page is known.
    if !attempt.step.frame.is_empty() {
        return Ok(());
    }
    // Another item leads elsewhere than the recorded one.
    let fixed = attempt.step.extension.choose.is_none();
    let url = event.url.as_deref().filter(|url| fixed && !url.is_empty());
    let there = |state: &DocumentState| url.is_none_or(|url| same_shape(url, &state.url));
    // Recorders give the navigation of a key press to the key's release now and then.
    let earlier = matches!(attempt.step.action, Action::KeyUp { .. }) && url.is_some();
    let mark = attempt.marked();
    let come = |state: &DocumentState| {
        earlier || state.navigation > mark.navigation || state.same_document > mark.same_document
    };
    let mut documents = attempt.page.documents();
    let arrived = documents.wait_for(|state| state.closed || (come(state) && there(state)));
    let late = tokio::time::timeout(attempt.left(), arrived).await.is_err();
    if late {
        let state = documents.borrow().clone();
        let target = url.map_or_else(String::new, |url| format!(" to `{url}`"));
        let waited = seconds(attempt.waited());
        return Err(Stop::failed(
            Cause::Navigation,
            if come(&state) {
                format!(
                    "expected a navigation{target} within {waited}, and is at `{}`",
                    state.url
                )
            } else {
                format!("no navigation{target} within {waited}")
            },
        ));
    }
    let state = documents.borrow().clone();
    if state.navigation > mark.navigation && !state.dom_ready {
        document(attempt, mark.navigation).await?;
    }
    Ok(())
}
