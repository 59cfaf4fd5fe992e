//! What the network did: every request of a user's tabs, frames and workers becomes a sample,
//! and those still under way can be waited for.
//!
//! Requests are told apart by Chromium's request id, which is unique across the sessions of a
//! user (a frame's document begins in its parent's session and ends in its own). Nothing is
//! intercepted: the events are a copy of what happened.

mod answers;
mod exchange;
mod fold;
mod kept;
mod polls;
mod rhythm;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub(crate) use self::answers::Answers;
use self::answers::Listeners;
use self::exchange::{Ending, Exchange};
pub(crate) use self::kept::{Kept, Record};
pub(crate) use self::polls::Polls;
use self::rhythm::Rhythms;
use super::Hosts;
use crate::clock::{Clock, Micros};
use crate::sample::{Origin, RequestClass, Sample, SampleSender};
use crate::url_template::Folder;

/// What all users of a pool learn together.
#[derive(Debug, Default)]
pub(crate) struct Lore {
    folder: Mutex<Folder>,
    polls: Polls,
}

/// Requests of one user.
#[derive(Debug)]
pub(crate) struct Network {
    clock: Clock,
    hosts: Arc<Hosts>,
    lore: Arc<Lore>,
    samples: SampleSender,
    state: Mutex<State>,
    /// Ended exchanges are kept for evidence.
    keeps: bool,
    changes: watch::Sender<u64>,
    listeners: Listeners,
}

/// A request that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingRequest {
    /// HTTP method.
    pub(crate) method: String,
    /// URL as sent.
    pub(crate) url: String,
    /// What was asked for.
    pub(crate) class: RequestClass,
    /// When it began.
    pub(crate) started: Micros,
}

#[derive(Debug)]
struct State {
    origin: Origin,
    /// A step is performed: what happens is the user's doing.
    acting: bool,
    /// When the last step ended.
    acted: Micros,
    /// The step that is performed has done what it does: what comes now may be its effect.
    done: bool,
    /// What documents ask for again and again.
    rhythms: Rhythms,
    /// When an awaited request of each tab ended last.
    answered: HashMap<Arc<str>, Micros>,
    open: HashMap<String, Exchange>,
    /// Ended, but the server's real answer is not known yet.
    unsure: VecDeque<(String, Exchange, Ending)>,
    /// Real answers whose exchange has not ended yet, oldest first.
    answers: HashMap<String, VecDeque<u16>>,
    /// What each document has asked for, for finding polls.
    asked: HashSet<(u64, u64)>,
    /// Documents of each tab so far.
    documents: HashMap<Arc<str>, u64>,
    /// Wall seconds minus Chromium's monotonic ones; fixed by the first request, so that a clock
    /// that is set during the run moves nothing.
    epoch_s: Option<f64>,
    /// The last exchanges, if they are kept.
    kept: VecDeque<Kept>,
}

impl State {
    /// Requests of a tab that are waited for and have not ended.
    fn pending(&self, tab: &str, which: impl Fn(&Exchange) -> bool) -> Vec<PendingRequest> {
        let open = self.open.values();
        let pending = open.filter(|open| open.awaited && *open.tab == *tab && which(open));
        pending
            .map(|open| PendingRequest {
                method: open.method.to_string(),
                url: open.url.to_string(),
                class: open.class,
                started: open.started,
            })
            .collect()
    }
}

impl Lore {
    fn fold(&self, url: &url::Url, hosts: &Hosts) -> Arc<str> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        folder.fold(url, hosts.is_target(url))
    }
}

impl Network {
    /// No requests yet.
    pub(super) fn new(
        clock: Clock,
        origin: Origin,
        hosts: Arc<Hosts>,
        lore: Arc<Lore>,
        samples: SampleSender,
        keeps: bool,
    ) -> Self {
        Self {
            clock,
            hosts,
            lore,
            samples,
            state: Mutex::new(State {
                origin,
                acting: false,
                acted: Micros(0),
                done: false,
                rhythms: Rhythms::default(),
                answered: HashMap::new(),
                open: HashMap::new(),
                unsure: VecDeque::new(),
                answers: HashMap::new(),
                asked: HashSet::new(),
                documents: HashMap::new(),
                epoch_s: None,
                kept: VecDeque::new(),
            }),
            keeps,
            changes: watch::Sender::new(0),
            listeners: Listeners::default(),
        }
    }

    /// See [`super::page::Page::in_flight`].
    pub(crate) fn in_flight(&self, tab: &str, since: Micros) -> Vec<PendingRequest> {
        self.state().pending(tab, |open| open.started >= since)
    }

    /// See [`super::page::Page::loading`].
    pub(crate) fn loading(&self, tab: &str) -> Vec<PendingRequest> {
        let state = self.state();
        let document = state.documents.get(tab).copied().unwrap_or_default();
        state.pending(tab, |open| open.document == document)
    }

    /// See [`super::page::Page::requests_changed`].
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Hears the answers to the user's requests from here on.
    pub(crate) fn listen(&self) -> Answers {
        self.listeners.listen(self.changes())
    }

    /// Whether a beacon or an awaited request that began at or after `since` is still open.
    pub(super) fn is_sending(&self, since: Micros) -> bool {
        let state = self.state();
        let mut open = state.open.values();
        open.any(|open| (open.awaited || open.beacon) && open.started >= since)
    }

    /// Whom samples belong to from now on.
    pub(super) fn set_origin(&self, change: impl FnOnce(&mut Origin)) {
        change(&mut self.state().origin);
    }

    /// The template of a URL, as samples have it.
    pub(super) fn template(&self, url: &str) -> Arc<str> {
        match url::Url::parse(url) {
            Ok(url) => self.lore.fold(&url, &self.hosts),
            Err(_) => url.into(),
        }
    }

    /// Whom samples belong to now.
    pub(super) fn origin(&self) -> Origin {
        self.state().origin.clone()
    }

    /// A step that acts begins (or ends).
    pub(super) fn set_acting(&self, acting: bool) {
        let mut state = self.state();
        state.acting = acting;
        state.acted = self.clock.now();
        state.done = false;
    }

    /// The step that is performed does now what it does.
    pub(super) fn set_done(&self) {
        let mut state = self.state();
        state.done = true;
        state.rhythms.rest();
    }

    /// See [`super::page::Page::answered`].
    pub(crate) fn answered(&self, tab: &str) -> Micros {
        self.state().answered.get(tab).copied().unwrap_or_default()
    }

    /// Another document is in the main frame of `tab`. What the document before the last one
    /// left open (a beacon of which nobody told the end) is over.
    pub(super) fn commit(&self, tab: &Arc<str>) {
        let mut state = self.state();
        let document = state.documents.entry(tab.clone()).or_default();
        *document += 1;
        let current = *document;
        let stale = |open: &Exchange| *open.tab == **tab && open.document + 2 <= current;
        self.abandon(&mut state, stale);
    }

    /// A session ended; its open requests end with it.
    pub(super) fn close_session(&self, session: &str) {
        let mut state = self.state();
        self.abandon(&mut state, |open| &*open.session == session);
        drop(state);
        self.changes.send_modify(|count| *count += 1);
    }

    /// The user leaves: all that is open ends.
    pub(super) fn close(&self) {
        let mut state = self.state();
        self.abandon(&mut state, |_| true);
        while let Some((_, exchange, ending)) = state.unsure.pop_front() {
            self.emit(&mut state, exchange, ending);
        }
        drop(state);
        self.changes.send_modify(|count| *count += 1);
    }

    fn abandon(&self, state: &mut State, over: impl Fn(&Exchange) -> bool) {
        let at = self.clock.now();
        let gone: Vec<Exchange> = state
            .open
            .extract_if(|_, open| over(open))
            .map(|(_, exchange)| exchange)
            .collect();
        for exchange in gone {
            // A WebSocket that lived until its page went did what it was there for.
            let lived = exchange.class == crate::sample::RequestClass::Websocket
                && exchange.response.status == Some(101);
            let ending = Ending {
                at,
                at_s: exchange.sent_s + at.ms_since(exchange.started) / 1_000.0,
                error: (!lived).then(|| exchange::ABORTED.to_owned()),
                ..Ending::default()
            };
            self.emit(state, exchange, ending);
        }
    }

    /// Exchanges that began at `since` or later and are still kept, and those under way `now`.
    pub(super) fn kept(&self, since: Micros, now: Micros) -> Vec<Kept> {
        let state = self.state();
        let ended = state.kept.iter().cloned();
        let open = state.open.values().filter_map(|open| {
            let record = *open.record.clone()?;
            let ending = Ending {
                at: now,
                at_s: open.sent_s + now.ms_since(open.started) / 1_000.0,
                ..Ending::default()
            };
            let mut sample = open.clone().end(ending)?;
            sample.error.get_or_insert_with(|| "still under way".into());
            Some(Kept { record, sample })
        });
        let all = ended.chain(open);
        all.filter(|kept| kept.sample.span.started >= since)
            .collect()
    }

    fn emit(&self, state: &mut State, mut exchange: Exchange, ending: Ending) {
        let record = exchange.record.take();
        if let Some(sample) = exchange.end(ending) {
            if let Some(record) = record {
                if state.kept.len() == kept::MOST {
                    state.kept.pop_front();
                }
                let sample = sample.clone();
                state.kept.push_back(Kept {
                    record: *record,
                    sample,
                });
            }
            let _nobody_listens = self.samples.send(Sample::Request(sample));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
