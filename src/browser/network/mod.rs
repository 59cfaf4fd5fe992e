//! What the network did: every request of a user's tabs, frames and workers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::cdp::Event;
use crate::clock::{Clock, Micros};

/// Requests of one user.
#[derive(Debug)]
pub(crate) struct Network {
    clock: Clock,
    open: Mutex<HashMap<String, Open>>,
    changes: watch::Sender<u64>,
}

/// A request that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingRequest {
    /// HTTP method.
    pub(crate) method: String,
    /// URL as sent.
    pub(crate) url: String,
    /// When it began.
    pub(crate) started: Micros,
}

#[derive(Debug)]
struct Open {
    tab: Arc<str>,
    request: PendingRequest,
    awaited: bool,
}

impl Network {
    /// No requests yet.
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            open: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// See [`super::page::Page::in_flight`].
    pub(crate) fn in_flight(&self, tab: &str, since: Micros) -> Vec<PendingRequest> {
        self.open()
            .values()
            .filter(|open| open.awaited && *open.tab == *tab && open.request.started >= since)
            .map(|open| open.request.clone())
            .collect()
    }

    /// See [`super::page::Page::requests_changed`].
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Folds an event of the `Network` domain.
    pub(super) fn fold(&self, tab: &Arc<str>, event: &Event) {
        let Some(id) = event.str("/requestId") else {
            return;
        };
        match event.method.as_str() {
            "Network.requestWillBeSent" => {
                let kind = event.str("/type").unwrap_or_default();
                let open = Open {
                    tab: tab.clone(),
                    awaited: !matches!(kind, "EventSource" | "WebSocket" | "Ping"),
                    request: PendingRequest {
                        method: event.str("/request/method").unwrap_or_default().to_owned(),
                        url: event.str("/request/url").unwrap_or_default().to_owned(),
                        started: self.clock.now(),
                    },
                };
                self.open().insert(id.to_owned(), open);
            }
            "Network.loadingFinished" | "Network.loadingFailed" => {
                self.open().remove(id);
            }
            _ => return,
        }
        self.changes.send_modify(|count| *count += 1);
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
