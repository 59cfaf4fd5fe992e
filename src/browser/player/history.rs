//! Going through the history of a tab.

use serde_json::json;

use crate::flow::Direction;
use crate::sample::Cause;

use super::attempt::Attempt;
use super::reason::seconds;
use super::settle;
use super::stop::Stop;

/// Goes back, forward, or loads the page anew, and waits until the page there can be used.
/// Returns engine milliseconds.
pub(super) async fn go(attempt: &Attempt<'_>, way: Direction) -> Result<f64, Stop> {
    attempt.mark();
    let mark = attempt.marked();
    let session = attempt.page.session();
    let step = match way {
        Direction::Reload => 0,
        Direction::Back => -1,
        Direction::Forward => 1,
    };
    if step == 0 {
        attempt.input("Page.reload", json!({})).await?;
    } else {
        let history = session
            .call_raw("Page.getNavigationHistory", json!({}))
            .await?;
        let current = history["currentIndex"].as_i64().unwrap_or_default();
        let entries = history["entries"].as_array().cloned().unwrap_or_default();
        let entry = usize::try_from(current + step)
            .ok()
            .and_then(|index| entries.get(index));
        let Some(entry) = entry else {
            let word = if step < 0 { "back" } else { "forward" };
            let side = if step < 0 { "before" } else { "after" };
            return Err(Stop::failed(
                Cause::Navigation,
                format!("cannot go {word}: the tab has shown no page {side} this one"),
            ));
        };
        let entry = json!({"entryId": entry["id"]});
        attempt.input("Page.navigateToHistoryEntry", entry).await?;
    }
    let mut documents = attempt.page.documents();
    let there = documents.wait_for(|state| {
        state.closed
            || state.failed.is_some()
            || state.same_document > mark.same_document
            || (state.navigation > mark.navigation && state.dom_ready)
    });
    if tokio::time::timeout(attempt.left(), there).await.is_err() {
        return Err(Stop::failed(
            Cause::Navigation,
            format!("the page did not come within {}", seconds(attempt.waited())),
        ));
    }
    settle::loaded(attempt).await;
    Ok(0.0)
}
