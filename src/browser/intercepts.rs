//! What the browser hands to the player instead of doing it itself: file choosers, which nobody
//! sees, and drags, which would take the machine's own pointer.

use serde_json::Value;
use tokio::sync::watch;

use super::cdp::{Event, Session};

/// The latest of each kind, for one user.
#[derive(Debug, Default)]
pub(crate) struct Intercepts {
    chooser: watch::Sender<Option<Chooser>>,
    drag: watch::Sender<Option<Value>>,
}

/// A file chooser that a page opened.
#[derive(Debug, Clone)]
pub(crate) struct Chooser {
    /// Session of the frame that opened it.
    pub(crate) session: Session,
    /// The file field behind it; absent when a script opened it without one.
    pub(crate) node: Option<i64>,
    /// Several files may be chosen.
    pub(crate) several: bool,
}

impl Intercepts {
    /// Forgets the last chooser, and waits for the next one.
    pub(crate) fn choosers(&self) -> watch::Receiver<Option<Chooser>> {
        self.chooser.send_replace(None);
        self.chooser.subscribe()
    }

    /// Forgets the last drag, and waits for the next one: `Input.DragData`.
    pub(crate) fn drags(&self) -> watch::Receiver<Option<Value>> {
        self.drag.send_replace(None);
        self.drag.subscribe()
    }

    /// Folds `Page.fileChooserOpened`.
    pub(super) fn chooser_opened(&self, session: &Session, event: &Event) {
        self.chooser.send_replace(Some(Chooser {
            session: session.clone(),
            node: event.params["backendNodeId"].as_i64(),
            several: event.str("/mode") == Some("selectMultiple"),
        }));
    }

    /// Folds `Input.dragIntercepted`.
    pub(super) fn drag_began(&self, event: &Event) {
        self.drag.send_replace(event.params.get("data").cloned());
    }
}
