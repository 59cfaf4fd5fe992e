//! When a person can act: the document has loaded, and what it asked for at once is there. Soft: a
//! page that never rests is ready all the same.

use std::sync::Arc;
use std::time::Duration;

use super::What;
use super::outbox::Outbox;
use super::tab::Tab;
use crate::clock::Clock;

/// So long nothing new is asked for.
const QUIET: Duration = Duration::from_millis(150);

/// Longest time for which a document that has loaded, or can be used while it loads, is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells when the document that has just come is ready, unless another one comes first.
pub(super) fn watch(tab: &Arc<Tab>, outbox: &Outbox, clock: Clock) {
    let (tab, outbox) = (tab.clone(), outbox.clone());
    let mut documents = tab.page.documents();
    let number = documents.borrow().navigation;
    let since = clock.now();
    tokio::spawn(async move {
        let parsed = documents.wait_for(|state| state.dom_ready || state.navigation != number);
        if parsed.await.is_err() {
            return;
        }
        let quiet = async {
            let loaded = documents.wait_for(|state| state.loaded || state.navigation != number);
            if loaded.await.is_ok() {
                rest(&tab, since).await;
            }
        };
        let _soft = tokio::time::timeout(PATIENCE, quiet).await;
        // Nothing comes while this is held, so what is told is true.
        let documents = tab.page.documents();
        let state = documents.borrow();
        if state.navigation == number && !state.closed {
            tab.state().loading = false;
            outbox.tell(What::Ready { tab: tab.number });
        }
    });
}

/// Waits until nothing that began since then is under way, for a while. What comes again and again
/// is left out.
async fn rest(tab: &Tab, since: crate::clock::Micros) {
    let mut changes = tab.page.requests_changed();
    let mut quiet = std::pin::pin!(tokio::time::sleep(QUIET));
    loop {
        changes.borrow_and_update();
        let busy = !tab.page.in_flight(since).is_empty();
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
