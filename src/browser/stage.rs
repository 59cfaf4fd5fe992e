//! Where a user acts: its tabs with what is in them, and the state of its hands.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use futures::future::join_all;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, WeakUnboundedSender};
use tokio::sync::{oneshot, watch};

use super::cdp::{CdpError, Notice, Session};
use super::chromium::Shared;
use super::dialogs::Dialogs;
use super::downloads::Downloads;
use super::emulation::{self, Identity};
use super::evidence::Witness;
use super::intercepts::Intercepts;
use super::network::{Answers, Network};
use super::page::Page;
use super::remedies::Remedies;
use super::{Capture, Profile, Replay};
use crate::clock::{Clock, Micros};
use crate::flow::{Action, Selectors, Viewport};
use crate::sample::{Cause, SampleSender};

/// What the player and the observer share about one user.
#[derive(Debug)]
pub(crate) struct Stage {
    clock: Clock,
    identity: Identity,
    replay: Replay,
    witness: Witness,
    network: Arc<Network>,
    remedies: Arc<Remedies>,
    tabs: Mutex<Vec<Page>>,
    /// Ids of the tabs that the iteration has opened, in order, closed ones too.
    opened: Mutex<Vec<Arc<str>>>,
    tabs_changed: watch::Sender<u64>,
    viewport: Mutex<Viewport>,
    input: Mutex<Input>,
    dialogs: Dialogs,
    downloads: Downloads,
    intercepts: Intercepts,
    clipboard: Arc<tokio::sync::Mutex<()>>,
    /// Where the browser's notices come in.
    inbox: OnceLock<WeakUnboundedSender<Notice>>,
    /// The current step acts.
    acting: AtomicBool,
    /// Sessions of all tabs, frames and workers by id.
    sessions: Mutex<HashMap<String, Session>>,
    /// Network that is slower than the machine's, as Chromium wants it.
    conditions: Mutex<Option<Value>>,
    /// The last answer of the step before by which a server said no.
    refusal: Mutex<Option<String>>,
    /// Since when something may be under way because a field was filled.
    filled: Mutex<Option<Filled>>,
    fate: watch::Sender<Option<Cause>>,
    samples: SampleSender,
}

/// State of a user's pointer and keyboard; it lives across steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Input {
    /// Where the pointer is, CSS px in the viewport of the tab it was last used in.
    pub(crate) pointer: (f64, f64),
    /// Keys that are down (`KeyboardEvent.key`), oldest first.
    pub(crate) pressed: Vec<String>,
    /// What the pointer was moved over since it last pressed something, oldest first: menus are
    /// open because of it.
    pub(crate) hovered: Vec<Hovered>,
}

/// A page just before a field of it was filled. What comes of that may come during steps that
/// cause nothing themselves: a draft saves itself a while after the last key.
#[derive(Debug, Clone)]
pub(crate) struct Filled {
    /// Target id of the tab.
    pub(crate) tab: Arc<str>,
    /// Documents so far.
    pub(crate) navigation: u64,
    /// Navigations within a document so far.
    pub(crate) same_document: u64,
    /// When.
    pub(crate) at: Micros,
    /// Answers of servers since then.
    pub(crate) answers: Answers,
    /// A step has waited for what came of it.
    pub(crate) settled: bool,
}

/// An element that the pointer was moved over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hovered {
    /// As the flow names it.
    pub(crate) selectors: Selectors,
    /// In this frame, of this document of the tab.
    pub(crate) frame: String,
    /// Documents of the tab so far.
    pub(crate) navigation: u64,
}

impl Stage {
    /// An empty stage.
    pub(super) fn new(
        shared: &Shared,
        profile: &Profile,
        identity: Identity,
        samples: SampleSender,
    ) -> Self {
        let (clock, lore) = (shared.clock, shared.lore.clone());
        let origin = profile.origin.clone();
        let told = samples.clone();
        let capture = profile.replay.capture;
        let keeps = capture != Capture::Nothing;
        let network = Network::new(clock, origin, profile.hosts.clone(), lore, samples, keeps);
        Self {
            clock,
            identity,
            replay: profile.replay,
            remedies: shared.remedies.clone(),
            witness: Witness::new(capture),
            network: Arc::new(network),
            tabs: Mutex::default(),
            opened: Mutex::default(),
            tabs_changed: watch::Sender::new(0),
            viewport: Mutex::new(profile.viewport),
            input: Mutex::default(),
            dialogs: Dialogs::default(),
            downloads: Downloads::default(),
            intercepts: Intercepts::default(),
            clipboard: shared.clipboard.clone(),
            inbox: OnceLock::new(),
            acting: AtomicBool::new(false),
            sessions: Mutex::default(),
            conditions: Mutex::default(),
            refusal: Mutex::default(),
            filled: Mutex::default(),
            fate: watch::Sender::new(None),
            samples: told,
        }
    }

    /// The run's clock.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// The user's tabs, oldest first. The first one is the user's own (`main` in a flow), until
    /// it is closed.
    pub(crate) fn pages(&self) -> Vec<Page> {
        lock(&self.tabs).clone()
    }

    /// The tab that a step's `target` names: `main` (or none) for the user's own, else the
    /// newest one that shows this URL.
    pub(crate) fn page(&self, target: Option<&str>) -> Option<Page> {
        let tabs = lock(&self.tabs);
        match target {
            None | Some("main") => tabs.iter().find(|page| !page.is_popup()).cloned(),
            Some(url) => tabs.iter().rev().find(|page| page.url() == url).cloned(),
        }
    }

    /// A tab by the order in which the iteration opened them: 0 is the user's own. `Err` with the
    /// number of tabs so far when it has not come yet, or is closed again.
    pub(crate) fn tab(&self, number: usize) -> Result<Page, usize> {
        let Some(popup) = number.checked_sub(1) else {
            return self.page(None).ok_or(0);
        };
        let opened = lock(&self.opened);
        let find = |id: &Arc<str>| self.pages().into_iter().find(|page| page.target() == id);
        opened.get(popup).and_then(find).ok_or(opened.len())
    }

    /// An iteration begins: tabs are counted anew.
    pub(super) fn forget_opened(&self) {
        lock(&self.opened).clear();
    }

    /// What users of the run have learned of stale selectors.
    pub(super) fn remedies(&self) -> &Remedies {
        &self.remedies
    }

    /// Changes whenever a tab comes or goes.
    pub(crate) fn pages_changed(&self) -> watch::Receiver<u64> {
        self.tabs_changed.subscribe()
    }

    /// Size of the user's pages.
    pub(crate) fn viewport(&self) -> Viewport {
        *lock(&self.viewport)
    }

    /// Gives all of the user's tabs, and those it opens later, another size.
    pub(crate) async fn set_viewport(&self, viewport: Viewport) -> Result<(), CdpError> {
        let before = std::mem::replace(&mut *lock(&self.viewport), viewport);
        for page in self.pages() {
            emulation::resize(page.session(), before, viewport).await?;
        }
        Ok(())
    }

    /// Makes the network of all the user's tabs, frames and workers slower, also of those that come
    /// later.
    pub(crate) async fn set_conditions(&self, conditions: Value) -> Result<(), CdpError> {
        *lock(&self.conditions) = Some(conditions.clone());
        let sessions: Vec<Session> = lock(&self.sessions).values().cloned().collect();
        let all = sessions
            .iter()
            .map(|session| session.call_raw(emulation::CONDITIONS, conditions.clone()));
        for answer in join_all(all).await {
            match answer {
                // One that went meanwhile needs none.
                Ok(_) | Err(CdpError::Detached { .. }) => {}
                // A worker knows none of its own; those of its page reach it.
                Err(CdpError::Refused { message, .. }) if message == "Not supported" => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What [`Stage::set_conditions`] was told last.
    pub(super) fn conditions(&self) -> Option<Value> {
        lock(&self.conditions).clone()
    }

    /// A session came.
    pub(super) fn open_session(&self, session: &Session) {
        lock(&self.sessions).insert(session.id().to_owned(), session.clone());
    }

    /// A session went.
    pub(super) fn close_session(&self, session: &str) {
        lock(&self.sessions).remove(session);
    }

    /// Hears the answers to the user's requests from here on.
    pub(crate) fn listen(&self) -> Answers {
        self.network.listen()
    }

    /// By what a server said no in the step before, in words.
    pub(crate) fn refusal(&self) -> Option<String> {
        lock(&self.refusal).clone()
    }

    /// Keeps it for the next step.
    pub(crate) fn set_refusal(&self, refusal: Option<String>) {
        *lock(&self.refusal) = refusal;
    }

    /// The first field that was filled since the last press, or since it was waited for what came
    /// of those before.
    pub(crate) fn filled(&self) -> Option<Filled> {
        lock(&self.filled).clone()
    }

    /// Keeps it for the next steps.
    pub(crate) fn set_filled(&self, filled: Option<Filled>) {
        *lock(&self.filled) = filled;
    }

    /// State of pointer and keyboard.
    pub(crate) fn input(&self) -> Input {
        lock(&self.input).clone()
    }

    /// Changes the state of pointer and keyboard.
    pub(crate) fn set_input(&self, change: impl FnOnce(&mut Input)) {
        change(&mut lock(&self.input));
    }

    /// Dialogs of the user's pages.
    pub(crate) fn dialogs(&self) -> &Dialogs {
        &self.dialogs
    }

    /// What the user's pages download.
    pub(crate) fn downloads(&self) -> &Downloads {
        &self.downloads
    }

    /// File choosers and drags.
    pub(crate) fn intercepts(&self) -> &Intercepts {
        &self.intercepts
    }

    /// The clipboard, which all users of a browser share: who holds this has it alone.
    pub(crate) fn clipboard(&self) -> &tokio::sync::Mutex<()> {
        &self.clipboard
    }

    /// Why the user cannot go on: its renderer crashed or its browser is gone. A step should
    /// wait for this beside whatever it waits for.
    pub(crate) fn fate(&self) -> watch::Receiver<Option<Cause>> {
        self.fate.subscribe()
    }

    /// What the user's browser says of itself.
    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// How the user replays flows.
    pub(crate) fn replay(&self) -> &Replay {
        &self.replay
    }

    /// What the user remembers for evidence.
    pub(crate) fn witness(&self) -> &Witness {
        &self.witness
    }

    /// Where the user's samples go.
    pub(super) fn samples(&self) -> &SampleSender {
        &self.samples
    }

    /// Where the browser's notices come in, for [`Stage::caught_up`].
    pub(super) fn set_inbox(&self, inbox: &UnboundedSender<Notice>) {
        let _set_once = self.inbox.set(inbox.downgrade());
    }

    /// Waits until all that the browser has told so far is known here: an answer to a call may
    /// overtake what was told before it.
    pub(crate) async fn caught_up(&self) {
        let (word, came) = oneshot::channel();
        let inbox = self.inbox.get().and_then(WeakUnboundedSender::upgrade);
        if inbox.is_some_and(|inbox| inbox.send(Notice::Mark(word)).is_ok()) {
            let _user_is_gone = came.await;
        }
    }

    /// Requests of the user.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// A step begins. What a page does while a step acts may be the user's doing; while one only
    /// waits, it is the page's own.
    pub(super) fn begin_step(&self, index: u32, action: &Action) {
        self.network.set_origin(|origin| origin.step = Some(index));
        let waits = matches!(
            action,
            Action::WaitForElement(_) | Action::WaitForExpression { .. }
        );
        if !waits {
            self.network.set_acting(true);
            self.acting.store(true, Ordering::Relaxed);
        }
    }

    /// The step has ended.
    pub(super) fn end_step(&self) {
        self.network.set_origin(|origin| origin.step = None);
        if self.acting.swap(false, Ordering::Relaxed) {
            self.network.set_acting(false);
        }
    }

    /// The user cannot go on.
    pub(super) fn lost(&self, cause: Cause) {
        self.fate.send_if_modified(|fate| {
            let first = fate.is_none();
            fate.get_or_insert(cause);
            first
        });
    }

    /// A tab was attached.
    pub(super) fn open_tab(&self, target: &str, info: &Value, session: Session) -> Page {
        let popup = info["openerId"].is_string();
        let page = Page::new(target, popup, session, self.network.clone());
        if popup {
            lock(&self.opened).push(page.target().clone());
        }
        lock(&self.tabs).push(page.clone());
        self.tabs_changed.send_modify(|count| *count += 1);
        page
    }

    /// A tab is gone.
    pub(super) fn close_tab(&self, page: &Page) {
        lock(&self.tabs).retain(|tab| tab.target() != page.target());
        self.tabs_changed.send_modify(|count| *count += 1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
