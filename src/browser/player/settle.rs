//! Readiness after the deed: waits for what it caused, and for nothing else.
//!
//! A document that it opened must come (hard, until the deadline). The load of its images and
//! the requests that a script started are waited for softly: they hold the step open until they
//! end or a bound passes, and never fail it. Polls, event streams and WebSockets are not among
//! them; there is no fixed pause, and no waiting for a silent network.

use std::time::Duration;

use serde_json::json;

use crate::browser::page::{DocumentState, Page};
use crate::browser::stage::Filled;
use crate::clock::Micros;
use crate::flow::{Action, AssertedEvent, EffectPart, method};
use crate::sample::Cause;

use super::Play;
use super::attempt::Attempt;
use super::effect;
use super::look;
use super::place::POLL;
use super::reason::seconds;
use super::script;
use super::shape::same_shape;
use super::stop::Stop;

/// How long `load` of a new document, and then its own requests, may hold a step open.
const LOAD: Duration = Duration::from_secs(3);

/// How long requests that the deed started may hold a step open.
const REQUESTS: Duration = Duration::from_secs(5);

/// What a handler starts within so long of the deed, by a timer or a frame, is its effect. The page
/// itself waits it out, so that a busy one does not fall short of it.
const TURN: Duration = Duration::from_millis(50);

/// Chromium's clock and ours may differ by so much about when a request began.
pub(super) const SKEW: Micros = Micros(20_000);

/// How long a tab that came without an address may take to begin its way to one.
const BLANK: Duration = Duration::from_millis(500);

/// Waits for what the deed caused. Returns engine milliseconds; `missing` gets the parts of the
/// recorded effect that did not come.
pub(super) async fn settle(
    attempt: &Attempt<'_>,
    missing: &mut Vec<EffectPart>,
) -> Result<f64, Stop> {
    let mut engine_ms = 0.0;
    // A step that only waits causes nothing.
    if !super::is_waiting(&attempt.step.action) {
        engine_ms += calm(attempt).await?;
        engine_ms += others(attempt).await;
    }
    let calmed = attempt.page.documents().borrow().navigation;
    for event in &attempt.step.asserted_events {
        expect(attempt, event).await?;
    }
    if let Some(effect) = &attempt.step.extension.effect {
        engine_ms += effect::arrive(attempt, effect, missing).await?;
    }
    let state = attempt.page.documents().borrow().clone();
    if !state.closed && (state.pending || state.navigation > calmed) {
        // It came late, and is to be as usable as one that comes at once.
        engine_ms += calm(attempt).await?;
    }
    Ok(engine_ms)
}

/// Waits softly until what the page saves since a field was filled has been answered, before a
/// press that may send the same: a draft that saves itself while it is published. A person sees
/// that it is being saved, and is slower. Returns engine milliseconds.
pub(super) async fn saved(play: &Play<'_>, page: &Page) -> f64 {
    let (stage, step) = (play.stage, play.step);
    let presses = matches!(
        step.action,
        Action::Click(_) | Action::DoubleClick(_) | Action::KeyDown { .. }
    );
    // With another document all that is over.
    let navigation = page.documents().borrow().navigation;
    let here = |filled: &Filled| presses && filled.navigation == navigation;
    let Some(filled) = stage.filled().filter(here) else {
        return 0.0;
    };
    let began = stage.clock().now();
    let saving = || {
        let open = page.in_flight(filled.at);
        open.iter().any(|request| method::does(&request.method))
    };
    if !saving() {
        return 0.0;
    }
    let mut requests = page.requests_changed();
    let answered = async {
        while saving() {
            if requests.changed().await.is_err() {
                break;
            }
        }
    };
    let left = Duration::from_micros(play.deadline.0.saturating_sub(began.0));
    let _soft = tokio::time::timeout(left.min(REQUESTS), answered).await;
    let took_ms = stage.clock().now().ms_since(began);
    tracing::debug!(
        step = step.label(),
        took_ms,
        "waited until the page had saved"
    );
    took_ms
}

/// Waits softly for what the deed sent through tabs that it opened (a form that posts into
/// another tab). Returns engine milliseconds.
async fn others(attempt: &Attempt<'_>) -> f64 {
    let mut engine_ms = 0.0;
    for tab in attempt.new_tabs() {
        let clock = attempt.stage.clock();
        let mut documents = tab.documents();
        let began = clock.now();
        let begins =
            documents.wait_for(|state| state.closed || state.pending || state.navigation > 0);
        let bound = attempt.left().min(BLANK);
        if tokio::time::timeout(bound, begins).await.is_err() {
            // It stays blank: a script writes into it.
            engine_ms += clock.now().ms_since(began);
        }
        let bound = attempt.left().min(REQUESTS);
        let _soft = tokio::time::timeout(bound, answered(&tab)).await;
    }
    engine_ms
}

/// The tab has its document, and its awaited requests have ended.
async fn answered(tab: &Page) {
    let mut requests = tab.requests_changed();
    let mut documents = tab.documents();
    loop {
        requests.borrow_and_update();
        let (closed, coming) = {
            let state = documents.borrow_and_update();
            (state.closed, state.pending || !state.dom_ready)
        };
        if closed || (!coming && tab.in_flight(Micros(0)).is_empty()) {
            return;
        }
        tokio::select! {
            _ = requests.changed() => {}
            _ = documents.changed() => {}
        }
    }
}

/// Waits until no document is coming and no awaited request is open.
async fn calm(attempt: &Attempt<'_>) -> Result<f64, Stop> {
    let clock = attempt.stage.clock();
    let mut requests = attempt.page.requests_changed();
    let mut documents = attempt.page.documents();
    let mark = attempt.marked();
    let since = Micros(mark.at.0.saturating_sub(SKEW.0));
    let mut seen = mark.navigation;
    let mut patience = attempt.left().min(REQUESTS);
    let mut turn = TURN;
    loop {
        let looked = clock.now();
        drawn(attempt, turn).await?;
        turn = Duration::ZERO;
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
        let waits = async {
            while !attempt.page.in_flight(since).is_empty() {
                requests.borrow_and_update();
                if attempt.page.in_flight(since).is_empty() {
                    break;
                }
                tokio::select! {
                    _ = requests.changed() => {}
                    _ = documents.changed() => break,
                }
            }
        };
        if attempt.page.in_flight(since).is_empty() || patience.is_zero() {
            // Since then nothing was there to wait for: a person would not have taken it.
            let last = attempt.page.answered().max(looked);
            return Ok(clock.now().ms_since(last).max(0.0));
        }
        let _soft = tokio::time::timeout(patience, waits).await;
        // Looking takes its time, too, on a busy machine.
        let took = clock.now().0.saturating_sub(looked.0);
        patience = patience.saturating_sub(Duration::from_micros(took));
        tracing::debug!(
            step = attempt.step.label(),
            took_ms = took / 1_000,
            in_flight = ?attempt.page.in_flight(since),
            "waited for requests"
        );
    }
}

/// The page has handled the input and drawn, and `turn` is over; what it has started by then is
/// known.
async fn drawn(attempt: &Attempt<'_>, turn: Duration) -> Result<(), Stop> {
    let frame = if attempt.frame.is_attached() {
        attempt.frame.clone()
    } else {
        attempt.page.main_frame()
    };
    let function = "async (turnMs) => { await rehearsal.drawn(turnMs); return null; }";
    let answer = script::call::<()>(&frame, function, json!(turn.as_millis() as u64)).await;
    attempt.stage.caught_up().await;
    match answer {
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
    // Another item leads elsewhere than the recorded one.
    let fixed = attempt.step.extension.choose.is_none();
    let url = event.url.as_deref().filter(|url| fixed && !url.is_empty());
    let title = event.title.as_deref();
    let title = title.filter(|title| fixed && !title.trim().is_empty());
    let there = |found: &str| url.is_none_or(|url| same_shape(url, found));
    // Recorders give the navigation of a key press to the key's release now and then.
    let earlier = matches!(attempt.step.action, Action::KeyUp { .. }) && url.is_some();
    let arrived = || {
        let state = attempt.page.documents().borrow().clone();
        state.closed || (earlier && there(&state.url)) || attempt.went_to(there)
    };
    while !arrived() {
        if attempt.left().is_zero() {
            return Err(astray(attempt, url, earlier));
        }
        tokio::time::sleep(POLL).await;
    }
    let mark = attempt.marked();
    let state = attempt.page.documents().borrow().clone();
    if state.navigation > mark.navigation && !state.dom_ready && !state.closed {
        document(attempt, mark.navigation).await?;
    }
    match title {
        // Where ids in the address differ, so may the title.
        Some(title) if url.is_none_or(|url| same_page(url, &attempt.page.url())) => {
            titled(attempt, title).await
        }
        _ => Ok(()),
    }
}

/// The asserted navigation did not come, or not to where it should.
fn astray(attempt: &Attempt<'_>, url: Option<&str>, earlier: bool) -> Stop {
    let target = url.map_or_else(String::new, |url| format!(" to `{url}`"));
    let waited = seconds(attempt.waited());
    let mark = attempt.marked();
    let frame = &attempt.frame;
    let at = if frame.parent().is_some() && frame.moves() > mark.frame_moves {
        frame.url()
    } else {
        attempt.page.url()
    };
    Stop::failed(
        Cause::Navigation,
        if earlier || attempt.went_to(|_| true) {
            format!("expected a navigation{target} within {waited}, and is at `{at}`")
        } else {
            format!("no navigation{target} within {waited}")
        },
    )
}

/// Whether two addresses differ in query and fragment at most.
fn same_page(expected: &str, actual: &str) -> bool {
    let page = |url: &str| -> String {
        let end = url.find(['?', '#']).unwrap_or(url.len());
        url[..end].trim_end_matches('/').to_owned()
    };
    page(expected) == page(actual)
}

/// Waits until the page has this title.
async fn titled(attempt: &Attempt<'_>, wanted: &str) -> Result<(), Stop> {
    let wanted = wanted.split_whitespace().collect::<Vec<_>>().join(" ");
    loop {
        let found = match look::title(attempt).await {
            Ok(found) if found == wanted => return Ok(()),
            Ok(found) => found,
            Err(Stop::Again(_)) => String::new(),
            Err(stop) => return Err(stop),
        };
        if attempt.left().is_zero() {
            return Err(Stop::failed(
                Cause::Navigation,
                format!(
                    "expected the title `{wanted}` within {}, and the page has `{found}`",
                    seconds(attempt.waited())
                ),
            ));
        }
        tokio::time::sleep(look::AGAIN.min(attempt.left())).await;
    }
}
