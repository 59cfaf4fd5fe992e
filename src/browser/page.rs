//! A tab: its frames, its documents as they come and go, its requests in flight.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::sync::watch;

use super::cdp::{CdpError, Session};
use super::frame::Frame;
use super::network::{Network, PendingRequest};
use super::tree::Tree;
use crate::clock::Micros;

/// A tab of a user. Clones are cheap and mean the same tab.
#[derive(Clone)]
pub(crate) struct Page(Arc<Tab>);

struct Tab {
    target: Arc<str>,
    session: Session,
    popup: bool,
    tree: Mutex<Tree>,
    documents: watch::Sender<DocumentState>,
    network: Arc<Network>,
}

/// What is known of the document in the tab's main frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DocumentState {
    /// Number of documents that were committed so far; 0 for the blank page of a new tab.
    pub(crate) navigation: u64,
    /// Number of navigations within a document (fragment, history API) so far.
    pub(crate) same_document: u64,
    /// URL, with fragment.
    pub(crate) url: String,
    /// Chromium's id of the document's load.
    pub(crate) loader: String,
    /// A navigation of the main frame was asked for or started and is not committed yet.
    pub(crate) pending: bool,
    /// `DOMContentLoaded` has fired.
    pub(crate) dom_ready: bool,
    /// `load` has fired.
    pub(crate) loaded: bool,
    /// Why the last navigation failed (`net::ERR_…`), until another one commits.
    pub(crate) failed: Option<String>,
    /// The tab is gone: closed, crashed, or its browser lost.
    pub(crate) closed: bool,
}

/// A navigation that led to no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NavigationError {
    /// The network gave no document.
    #[error("`{url}` could not be opened: {reason}")]
    Failed {
        /// Where to.
        url: String,
        /// Chromium's reason (`net::ERR_…`).
        reason: String,
    },
    /// The browser did not answer.
    #[error(transparent)]
    Cdp(#[from] CdpError),
}

impl Page {
    /// A tab that was just attached, before its first document.
    pub(super) fn new(target: &str, popup: bool, session: Session, network: Arc<Network>) -> Self {
        const BLANK: &str = "about:blank";
        let state = DocumentState {
            url: BLANK.to_owned(),
            dom_ready: true,
            loaded: true,
            ..DocumentState::default()
        };
        Self(Arc::new(Tab {
            target: target.into(),
            popup,
            tree: Mutex::new(Tree::new(target, BLANK, session.clone())),
            session,
            documents: watch::Sender::new(state),
            network,
        }))
    }

    /// Chromium's id of the tab, which is also the id of its main frame.
    pub(crate) fn target(&self) -> &Arc<str> {
        &self.0.target
    }

    /// Whether another page opened it.
    pub(crate) fn is_popup(&self) -> bool {
        self.0.popup
    }

    /// Session of the top frame: `Input.*`, `Emulation.*`.
    pub(crate) fn session(&self) -> &Session {
        &self.0.session
    }

    /// The top frame.
    pub(crate) fn main_frame(&self) -> Frame {
        Frame::new(self.clone(), self.tree(|tree| tree.main().clone()))
    }

    /// A child frame by its place among its siblings, in the order in which they were attached
    /// (as Puppeteer counts), in whichever process it runs.
    pub(crate) fn child(&self, of: &Frame, index: usize) -> Option<Frame> {
        let id = self.tree(|tree| tree.get(of.id())?.children.get(index).cloned())?;
        Some(Frame::new(self.clone(), id))
    }

    /// How many frames a frame's document holds.
    pub(crate) fn children(&self, of: &Frame) -> usize {
        self.tree(|tree| tree.get(of.id()).map_or(0, |node| node.children.len()))
    }

    /// A frame by Chromium's id.
    pub(crate) fn frame(&self, id: &str) -> Option<Frame> {
        let id = self.tree(|tree| tree.known(id))?;
        Some(Frame::new(self.clone(), id))
    }

    /// Ids of the frames that a session speaks for.
    pub(crate) fn frames_of(&self, session: &Session) -> Vec<Arc<str>> {
        self.tree(|tree| tree.all(|node| node.session.id() == session.id()))
    }

    /// Places of a frame and of those around it among their siblings, from the outermost, with
    /// their ids; empty for the main frame, none when it is gone.
    pub(crate) fn path_to(&self, id: &str) -> Option<Vec<(usize, Arc<str>)>> {
        self.tree(|tree| tree.path_to(id))
    }

    /// A frame other than the main one that shows this URL.
    pub(crate) fn frame_at(&self, url: &str) -> Option<Frame> {
        let id = self.tree(|tree| tree.find(|node| node.parent.is_some() && node.url == url))?;
        Some(Frame::new(self.clone(), id))
    }

    /// Ids of its frames that run in another process than the frame around them.
    pub(crate) fn frames_elsewhere(&self) -> Vec<String> {
        self.tree(|tree| tree.elsewhere())
    }

    /// URL of the document in the main frame.
    pub(crate) fn url(&self) -> String {
        self.0.documents.borrow().url.clone()
    }

    /// Opens a URL and waits until its document is committed (or, for a fragment of the current
    /// document, reached). Has no deadline but the one of the call (see [`Session::call_raw`]).
    pub(crate) async fn navigate(&self, url: &str) -> Result<(), NavigationError> {
        let mut documents = self.documents();
        let before = documents.borrow().navigation;
        let answer = self
            .session()
            .call_raw("Page.navigate", json!({"url": url}))
            .await?;
        if let Some(reason) = answer["errorText"].as_str() {
            // A renderer that crashed on the way looks like an aborted navigation; it does not
            // answer any more.
            let still_there = json!({"expression": "1"});
            let renderer = self.session();
            match renderer.call_raw("Runtime.evaluate", still_there).await {
                Err(error) if error.is_fatal() => return Err(error.into()),
                _ => {}
            }
            return Err(NavigationError::Failed {
                url: url.to_owned(),
                reason: reason.to_owned(),
            });
        }
        let Some(loader) = answer["loaderId"].as_str() else {
            return Ok(());
        };
        // The answer may overtake the event, or come when a further document is already there.
        let there = documents
            .wait_for(|state| {
                state.closed || state.loader == loader || state.navigation >= before + 2
            })
            .await;
        match there.map(|state| state.closed) {
            Ok(false) => Ok(()),
            Ok(true) | Err(_) => Err(CdpError::Detached {
                method: "Page.navigate".to_owned(),
            }
            .into()),
        }
    }

    /// State of the main frame's document, as it changes.
    pub(crate) fn documents(&self) -> watch::Receiver<DocumentState> {
        self.0.documents.subscribe()
    }

    /// Whether the tab is still there.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.documents.borrow().closed
    }

    /// Requests of this tab (with its frames and workers) that began at or after `since` and have
    /// not ended. Leaves out what never ends or is nobody's doing: polls, what its document has
    /// asked for again and again, event streams, `WebSocket`s, beacons.
    pub(crate) fn in_flight(&self, since: Micros) -> Vec<PendingRequest> {
        self.0.network.in_flight(&self.0.target, since)
    }

    /// As [`Self::in_flight`], of what was asked for since the document came. By the order of what
    /// the browser told, as its clock may be ahead of who hears of it.
    pub(crate) fn loading(&self) -> Vec<PendingRequest> {
        self.0.network.loading(&self.0.target)
    }

    /// Changes whenever a request of the user begins or ends.
    pub(crate) fn requests_changed(&self) -> watch::Receiver<u64> {
        self.0.network.changes()
    }

    /// When a request that a step waits for ended last; 0 before the first.
    pub(crate) fn answered(&self) -> Micros {
        self.0.network.answered(&self.0.target)
    }

    /// Reads or changes the tree of frames. `work` must not block.
    pub(super) fn tree<T>(&self, work: impl FnOnce(&mut Tree) -> T) -> T {
        work(&mut self.0.tree.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state of the document and wakes those who wait for it.
    pub(super) fn change(&self, change: impl FnOnce(&mut DocumentState)) {
        self.0.documents.send_modify(change);
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Page")
            .field("target", &self.0.target)
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
