//! Where the person is: tabs that come and go, addresses and sizes of pages become deeds, and the
//! flow goes along where a replay would be elsewhere.

use crate::browser::capture::{Arrival, FrameAddress};
use crate::clock::Micros;
use crate::flow::{Direction, Viewport};

use super::draft::{Deed, Gesture};
use super::{Ask, Recorder, State};

/// A tab that goes so soon after a deed was closed by its page.
const BY_PAGE: u64 = 800_000;

/// A tab in which nothing was done and that lived no longer than this was the browser's or the
/// page's own (a download).
const SHORT_LIVED: u64 = 3_000_000;

/// Tabs that go so soon before the end go with the browser.
const GOING: u64 = 2_000_000;

impl Recorder {
    /// The person closed a tab, or its page did, or the browser goes.
    pub(super) fn tab_closed(&mut self, at: Micros, tab: usize) {
        let Some(known) = self.facts.tabs.get(&tab) else {
            return;
        };
        if known.closed {
            return;
        }
        let done = self.deeds.iter().any(|deed| deed.tab == tab);
        let brief = !done && at.0.saturating_sub(known.opened.0) < SHORT_LIVED;
        let last = self.deeds.last().map_or(Micros(0), |deed| deed.ended);
        let by_page = brief || at.0.saturating_sub(last.0) < BY_PAGE;
        let in_flow = known.in_flow.is_some();
        let others = self.facts.open_tabs() > 1;
        if self.state == State::Recording && in_flow && others && !by_page {
            let close = self.deed(tab, &FrameAddress::default(), Gesture::Close);
            self.put(close, false);
        }
        if let Some(tab) = self.facts.tabs.get_mut(&tab) {
            tab.closed = true;
        }
    }

    /// The page has a size. Until something was done it is the one with which the flow begins.
    pub(super) fn sized(&mut self, tab: usize, viewport: Viewport) {
        // Popups have the size that their page gives them.
        if tab != 0 || self.state != State::Recording || viewport.width == 0 || viewport.height == 0
        {
            return;
        }
        let sizes = self
            .deeds
            .iter()
            .rposition(|deed| matches!(deed.gesture, Gesture::Size(_)));
        let last = sizes.and_then(|place| self.deeds.get(place));
        if last.is_some_and(|deed| matches!(&deed.gesture, Gesture::Size(old) if *old == viewport))
        {
            return;
        }
        let acted = |deed: &Deed| !matches!(deed.gesture, Gesture::Size(_) | Gesture::Open(_));
        let since = sizes.map_or(0, |place| place + 1);
        let unused = !self.deeds[since..].iter().any(acted);
        if let Some(place) = sizes.filter(|_| unused) {
            if let Some(deed) = self.deeds.get_mut(place) {
                deed.gesture = Gesture::Size(viewport);
            }
            return;
        }
        let mut size = self.deed(0, &FrameAddress::default(), Gesture::Size(viewport));
        if sizes.is_none() {
            // The very first thing, before the first address.
            size.began = Micros(0);
            size.ended = Micros(0);
            self.history.add_first(size.id);
            self.deeds.insert(0, size);
        } else {
            self.put(size, true);
        }
    }

    /// A tab or frame is elsewhere.
    pub(super) fn went(
        &mut self,
        at: Micros,
        tab: usize,
        frame: &FrameAddress,
        (url, arrival, same_document): (&str, Arrival, bool),
    ) -> Vec<Ask> {
        self.facts
            .went(at, tab, &frame.indexes, (url, arrival, same_document));
        let is_page = !url.is_empty() && !url.starts_with("about:") && !url.starts_with("chrome");
        if !frame.indexes.is_empty() || !is_page || self.state != State::Recording {
            return Vec::new();
        }
        if !self.opened && tab == 0 {
            // The answer to the opening of the first address.
            self.opened = true;
            self.opened_at(self.facts.moves.last().map_or(at, |moved| moved.at));
            self.replay.insert(0, (tab, url.to_owned()));
            return Vec::new();
        }
        let flow_tab = self.facts.in_flow(tab);
        let replayed = flow_tab.unwrap_or(0);
        let is_there = self.replay.get(&replayed).is_some_and(|(of, _)| *of == tab);
        let gesture = match arrival {
            Arrival::Page => None,
            Arrival::Typed => Some(Gesture::Open(url.to_owned())),
            // A replay has no such history.
            Arrival::Reload | Arrival::History(_) if !is_there => {
                Some(Gesture::Open(url.to_owned()))
            }
            Arrival::Reload => Some(Gesture::Go(Direction::Reload, 1)),
            Arrival::History(by) if by < 0 => Some(Gesture::Go(Direction::Back, by.unsigned_abs())),
            Arrival::History(by) => Some(Gesture::Go(Direction::Forward, by.unsigned_abs())),
        };
        if gesture.is_some() || is_there || flow_tab.is_some() {
            self.replay.insert(replayed, (tab, url.to_owned()));
        }
        if let Some(gesture) = gesture {
            let asked = self.facts.moves.last().map_or(at, |moved| moved.at);
            let mut deed = self.deed(tab, frame, gesture);
            // It began with its request; but no earlier than what was done before.
            let before = self.deeds.last().map_or(Micros(0), |deed| deed.ended);
            deed.began = asked.max(before).min(at);
            deed.ended = deed.began;
            self.put(deed, false);
        }
        Vec::new()
    }

    /// The first address is opened when its document is asked for, which may be long after the
    /// recording began: until then the browser starts, or nobody looks.
    fn opened_at(&mut self, asked: Micros) {
        let is_open = |deed: &Deed| matches!(deed.gesture, Gesture::Open(_));
        let Some(place) = self.deeds.iter().position(is_open) else {
            return;
        };
        let next = self.deeds.get(place + 1).map_or(asked, |next| next.began);
        if let Some(open) = self.deeds.get_mut(place) {
            open.began = asked.min(next);
            open.ended = open.began;
        }
    }

    /// Lets the flow go where the person is, when a replay would be elsewhere: after a pause, or
    /// in a tab that no replay opens.
    pub(super) fn go_there(&mut self, tab: usize, began: Micros) {
        let url = self.facts.url(tab).to_owned();
        if !url.starts_with("http") || !self.opened {
            return;
        }
        let replayed = self.facts.in_flow(tab).unwrap_or(0);
        let page = |url: &str| url.split('#').next().unwrap_or_default().to_owned();
        let there = self.replay.get(&replayed);
        if there.is_none_or(|(of, at)| *of == tab && page(at) == page(&url)) {
            return;
        }
        self.replay.insert(replayed, (tab, url.clone()));
        let mut open = self.deed(tab, &FrameAddress::default(), Gesture::Open(url));
        open.began = began;
        open.ended = began;
        self.put(open, false);
    }

    /// The browser is gone. What went with it was no deed.
    pub(super) fn ended(&mut self, at: Micros) {
        self.ended = true;
        self.state = State::Stopped;
        let closed = |deed: &Deed| {
            matches!(deed.gesture, Gesture::Close) && at.0.saturating_sub(deed.began.0) < GOING
        };
        let gone: Vec<u64> = self
            .deeds
            .iter()
            .filter(|deed| closed(deed))
            .map(|deed| deed.id)
            .collect();
        for id in gone {
            self.history.forget(id);
            self.deeds.retain(|deed| deed.id != id);
        }
    }
}
