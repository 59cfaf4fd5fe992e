//! When a person can act: the document is parsed, and the code, the styles, the frames and the data
//! that it asked for at once are there. Pictures and fonts may come later, and nobody waits for
//! what is asked of a host that gets no traffic, so the `load` event says nothing. Soft: a page that
//! never rests is ready all the same.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::What;
use super::tab::Tab;
use super::watch::Watch;
use crate::browser::network::PendingRequest;
use crate::sample::RequestClass;

/// So long nothing new is asked for.
const QUIET: Duration = Duration::from_millis(150);

/// Longest time for which a document that is parsed is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells when the document that has just come is ready, unless another one comes first.
pub(super) fn watch(watch: &Arc<Watch>, tab: &Arc<Tab>) {
    let (watch, tab) = (watch.clone(), tab.clone());
    let mut documents = tab.page.documents();
    let number = documents.borrow().navigation;
    tokio::spawn(async move {
        let parsed = documents.wait_for(|state| state.dom_ready || state.navigation != number);
        if parsed.await.is_err() {
            return;
        }
        let _soft = tokio::time::timeout(PATIENCE, rest(&watch, &tab)).await;
        // Nothing comes while this is held, so what is told is true.
        let documents = tab.page.documents();
        let state = documents.borrow();
        if state.navigation == number && !state.closed {
            tab.state().loading = false;
            watch.outbox.tell(What::Ready { tab: tab.number });
        }
    });
}

/// Waits until nothing that a person waits for and that the document asked for is under way, for a
/// while. What comes again and again is left out.
async fn rest(watch: &Watch, tab: &Tab) {
    let mut changes = tab.page.requests_changed();
    let mut quiet = std::pin::pin!(tokio::time::sleep(QUIET));
    loop {
        changes.borrow_and_update();
        let pending = tab.page.loading();
        let busy = pending.iter().any(|request| holds_up(watch, request));
        tokio::select! {
            () = &mut quiet, if !busy => return,
            changed = changes.changed() => if changed.is_err() {
                return;
            },
        }
        if busy {
            quiet.set(tokio::time::sleep(QUIET));
        }
    }
}

/// Whether a page can be used only when this has come.
fn holds_up(watch: &Watch, request: &PendingRequest) -> bool {
    use RequestClass::{Document, Fetch, Script, Stylesheet};
    let matters = matches!(request.class, Document | Fetch | Script | Stylesheet);
    let answers = watch.hosts.as_ref().is_none_or(|hosts| {
        let url = Url::parse(&request.url);
        url.is_ok_and(|url| hosts.allows(&url))
    });
    matters && answers
}
