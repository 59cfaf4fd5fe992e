//! What the parts of a watched browser share: its tabs, its sessions, and what is told of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::outbox::Outbox;
use super::remote::Remote;
use super::tab::Tab;
use super::{WatchedOptions, What};
use crate::browser::Hosts;
use crate::browser::cdp::{Session, Wire};
use crate::browser::network::{Lore, Network};
use crate::browser::page::Page;
use crate::clock::Clock;
use crate::sample::Origin;

/// A watched browser, as its watcher and those who ask it see it.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) clock: Clock,
    pub(super) wire: Wire,
    pub(super) outbox: Outbox,
    /// The person is elsewhere; none when there is a window.
    pub(super) remote: Option<Remote>,
    /// Hosts that get traffic; all when absent.
    pub(super) hosts: Option<Arc<Hosts>>,
    /// Knows what is under way, and what of it comes again and again.
    network: Arc<Network>,
    tabs: Mutex<Vec<Arc<Tab>>>,
    changed: watch::Sender<usize>,
    /// Sessions of tabs and of frames in processes of their own, with their tab.
    sessions: Mutex<HashMap<String, (Session, Arc<Tab>)>>,
    picking: AtomicBool,
}

impl Watch {
    pub(super) fn new(
        options: &WatchedOptions,
        wire: Wire,
        outbox: Outbox,
        remote: Option<Remote>,
    ) -> Self {
        Self {
            clock: options.clock,
            wire,
            outbox,
            remote,
            hosts: options.hosts.clone(),
            network: Arc::new(network(options)),
            tabs: Mutex::default(),
            changed: watch::Sender::new(0),
            sessions: Mutex::default(),
            picking: AtomicBool::new(false),
        }
    }

    /// Requests that are under way.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// The person did something: what comes again and again is counted anew.
    pub(super) fn acted(&self) {
        self.network.set_done();
    }

    /// A tab by its number, while it is open.
    pub(super) fn tab(&self, number: usize) -> Option<Arc<Tab>> {
        let tabs = lock(&self.tabs);
        tabs.iter().find(|tab| tab.number == number).cloned()
    }

    /// A tab by Chromium's id.
    pub(super) fn tab_of(&self, target: &str) -> Option<Arc<Tab>> {
        let tabs = lock(&self.tabs);
        tabs.iter()
            .find(|tab| &**tab.page.target() == target)
            .cloned()
    }

    /// Open tabs, oldest first.
    pub(super) fn tabs(&self) -> Vec<Arc<Tab>> {
        lock(&self.tabs).clone()
    }

    /// How many tabs have been opened so far.
    pub(super) fn opened(&self) -> watch::Receiver<usize> {
        self.changed.subscribe()
    }

    /// A tab came.
    pub(super) fn open_tab(
        &self,
        session: &Session,
        info: &Value,
        opener: Option<usize>,
    ) -> Arc<Tab> {
        let target = info["targetId"].as_str().unwrap_or_default();
        let page = Page::new(
            target,
            opener.is_some(),
            session.clone(),
            self.network.clone(),
        );
        let number = *self.changed.borrow();
        let tab = Arc::new(Tab::new(number, page, opener));
        lock(&self.tabs).push(tab.clone());
        self.outbox.tell(What::TabOpened {
            tab: number,
            opener,
        });
        self.changed.send_modify(|opened| *opened += 1);
        tab
    }

    /// A tab went. It may have been the last one.
    pub(super) fn close_tab(&self, tab: &Tab) {
        tab.page.change(|state| state.closed = true);
        let mut tabs = lock(&self.tabs);
        tabs.retain(|other| other.number != tab.number);
        let last = tabs.is_empty();
        drop(tabs);
        self.outbox.tell(What::TabClosed { tab: tab.number });
        if last {
            self.outbox.tell(What::Ended);
        }
    }

    /// A session of a tab, or of a frame in it, came.
    pub(super) fn open_session(&self, session: &Session, tab: &Arc<Tab>) {
        let id = session.id().to_owned();
        lock(&self.sessions).insert(id, (session.clone(), tab.clone()));
    }

    /// A session went.
    pub(super) fn close_session(&self, session: &str) {
        lock(&self.sessions).remove(session);
    }

    /// All sessions of tabs and frames.
    pub(super) fn sessions(&self) -> Vec<Session> {
        let sessions = lock(&self.sessions);
        sessions
            .values()
            .map(|(session, _)| session.clone())
            .collect()
    }

    /// An element is being picked.
    pub(super) fn is_picking(&self) -> bool {
        self.picking.load(Ordering::Relaxed)
    }

    /// Whether an element is picked from now on. Gives what it was.
    pub(super) fn set_picking(&self, on: bool) -> bool {
        self.picking.swap(on, Ordering::Relaxed)
    }
}

/// Books of requests, of which nobody wants samples.
fn network(options: &WatchedOptions) -> Network {
    let origin = Origin {
        user: 0,
        persona: "".into(),
        flow: "".into(),
        iteration: 0,
        step: None,
    };
    let (samples, _nobody) = mpsc::unbounded_channel();
    let hosts = options.hosts.clone().unwrap_or_else(|| {
        Arc::new(Hosts {
            target: String::new(),
            allow: Vec::new(),
        })
    });
    let lore = Arc::<Lore>::default();
    let network = Network::new(options.clock, origin, hosts, lore, samples, false);
    // A person may be acting at any time.
    network.set_acting(true);
    network.set_done();
    network
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
