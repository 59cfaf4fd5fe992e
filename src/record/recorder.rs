//! The recorder: folds happenings into a draft.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Zoned;

use crate::browser::capture::{
    Arrival, Element, FrameAddress, Happening, PageEvent, Report, Typed, What,
};
use crate::clock::Micros;
use crate::feed::Feed;
use crate::flow::{Direction, Flow, Viewport};

use super::compose::{Composed, Material, compose, secret_name};
use super::data::Data;
use super::draft::{Deed, Gesture, Said};
use super::facts::Facts;
use super::history::History;
use super::merge::{self, Merged};
use super::{Picked, Purpose, State, View, story};

/// A tab that goes so soon after a deed was closed by its page.
const BY_PAGE: u64 = 800_000;

/// A tab in which nothing was done and that lived no longer than this was the browser's or the
/// page's own (a download).
const SHORT_LIVED: u64 = 3_000_000;

/// Tabs that go so soon before the end go with the browser.
const GOING: u64 = 2_000_000;

/// So many elements are looked for again after a reload.
const RELOADED: usize = 10;

/// So many notes are shown.
const NOTES: usize = 5;

/// What a recording is begun with.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// Title of the flow.
    pub title: String,
    /// File to be written, for the view.
    pub file: String,
    /// First address.
    pub url: String,
    /// Feeds whose values become templates.
    pub feeds: Vec<Feed>,
    /// The moment, in the person's time zone: dates are counted from its day.
    pub now: Zoned,
}

/// What the recorder asks of the browser.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Begin or end picking an element.
    Pick(bool),
    /// Which of the element's selectors still find it; the answer comes by [`Recorder::answer`].
    Recheck {
        /// For the answer.
        step: u64,
        /// In which tab.
        tab: usize,
        /// In which frame.
        frame: FrameAddress,
        /// Which element.
        element: Box<Element>,
    },
    /// The person wants the recording to end.
    Stop,
}

/// Folds what happens into a draft, and the draft into a flow. Its `Debug` counts: what it holds
/// may be secret.
pub struct Recorder {
    pub(super) title: String,
    pub(super) file: String,
    pub(super) url: String,
    pub(super) moment: Zoned,
    pub(super) data: Data,
    pub(super) facts: Facts,
    /// In the order in which they began.
    pub(super) deeds: Vec<Deed>,
    pub(super) history: History,
    pub(super) state: State,
    pub(super) picking: Option<Purpose>,
    pub(super) picked: Option<Picked>,
    pub(super) notes: Vec<String>,
    blocked: Vec<String>,
    /// Secrets that were typed at any time, also while nothing was recorded.
    hushed: Vec<Typed>,
    /// Times in which the person was busy with the recorder.
    gaps: Vec<(Micros, Micros)>,
    /// Since when they are; and whether they are done, so that the next happening ends it.
    pub(super) gap: Option<(Micros, bool)>,
    /// When something happened last.
    pub(super) at: Micros,
    /// Where a replay would be, by tab of the flow: which tab of the browser, which address.
    replay: BTreeMap<usize, (usize, String)>,
    next: u64,
    opened: bool,
    ended: bool,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Recorder")
            .field("state", &self.state)
            .field("deeds", &self.deeds.len())
            .field("requests", &self.facts.requests.len())
            .finish_non_exhaustive()
    }
}

impl Recorder {
    /// Nothing recorded yet.
    pub fn new(setting: Setting) -> Self {
        let mut recorder = Self {
            title: setting.title,
            file: setting.file,
            url: setting.url.clone(),
            moment: setting.now,
            data: Data::new(setting.feeds),
            facts: Facts::default(),
            deeds: Vec::new(),
            history: History::default(),
            state: State::Recording,
            picking: None,
            picked: None,
            notes: Vec::new(),
            blocked: Vec::new(),
            hushed: Vec::new(),
            gaps: Vec::new(),
            gap: None,
            at: Micros(0),
            replay: BTreeMap::new(),
            next: 1,
            opened: false,
            ended: false,
        };
        recorder.facts.opened(Micros(0), 0, false);
        let open = recorder.deed(0, &FrameAddress::default(), Gesture::Open(setting.url));
        // The beginning cannot be taken back.
        recorder.put(open, true);
        recorder
    }

    /// Takes note of what happened.
    pub fn hear(&mut self, happening: &Happening) -> Vec<Ask> {
        if self.ended {
            return Vec::new();
        }
        let at = happening.at.max(self.at);
        self.at = at;
        if let Some((from, true)) = self.gap {
            self.gaps.push((from, at));
            self.gap = None;
        }
        match &happening.what {
            What::TabOpened { tab, opener } => {
                let recorded = self.state == State::Recording;
                self.facts.opened(at, *tab, opener.is_some() && recorded);
            }
            What::TabClosed { tab } => self.tab_closed(at, *tab),
            What::Viewport { tab, viewport } => self.sized(*tab, *viewport),
            What::Went {
                tab,
                frame,
                url,
                arrival,
                same_document,
            } => return self.went(at, *tab, frame, (url, *arrival, *same_document)),
            What::Titled { tab, title } => self.facts.titled(*tab, title),
            What::Ready { tab } => {
                self.facts.ready.push((at, *tab));
                return self.rechecks_after_reload(*tab);
            }
            What::Began(request) => self.facts.began(at, request),
            What::Answered { request, status } => self.facts.answered(at, *request, *status),
            What::Blocked { host } => {
                let line = format!(
                    "{host} got no traffic, since it is not allowed: end, and record again with \
                     `--allow {host}` if the page needs it"
                );
                if !self.blocked.contains(&line) {
                    self.blocked.push(line);
                }
            }
            What::DialogOpened { tab, kind, message } => {
                if self.state == State::Recording {
                    self.facts.dialogs.push(super::facts::Asking {
                        at,
                        tab: *tab,
                        kind: *kind,
                        message: message.clone(),
                        answer: None,
                    });
                }
            }
            What::DialogClosed {
                tab,
                accepted,
                text,
            } => {
                let text = text.as_ref().map(|Typed(text)| text.as_str());
                self.facts.dialog_closed(at, *tab, *accepted, text);
            }
            What::Download { tab, name } => {
                if self.state == State::Recording {
                    self.facts.downloads.push((at, *tab, name.clone()));
                }
            }
            What::Downloaded { .. } => {}
            What::Page { tab, frame, report } => return self.told(at, *tab, frame, report),
            What::Picked {
                tab,
                frame,
                element,
                reading,
            } => return self.picked(*tab, frame, element, reading),
            What::Ended => self.ended(at),
        }
        Vec::new()
    }

    /// The answer to [`Ask::Recheck`].
    pub fn answer(&mut self, step: u64, found: Option<Vec<bool>>) {
        let Some(found) = found else {
            return;
        };
        let Some(deed) = self.deeds.iter_mut().find(|deed| deed.id == step) else {
            return;
        };
        deed.found = Some(match deed.found.take() {
            // What was lost once is not to be trusted.
            Some(before) => {
                let later = found.into_iter().chain(std::iter::repeat(true));
                before.into_iter().zip(later).map(|(a, b)| a && b).collect()
            }
            None => found,
        });
    }

    /// Secrets that the flow refers to by name (`{{secret.NAME}}`), as they were typed: for trial
    /// replays, and for nothing that is shown or written.
    pub fn secrets(&self) -> Vec<(String, Typed)> {
        self.composed().secrets.named()
    }

    /// What the toolbar shows.
    pub fn view(&self) -> View {
        let composed = self.composed();
        let shown = |text: &str| composed.secrets.shown(text);
        let mut steps = Vec::new();
        let mut before = 0;
        for piece in &composed.pieces {
            if !matches!(piece.deed.gesture, Gesture::Size(_)) {
                let number = before + piece.acts + 1;
                steps.push(story::step_view(piece, number, &composed.secrets));
            }
            before += piece.steps.len();
        }
        let mut data: Vec<String> = self.data.references().collect();
        let own = crate::flow::ITERATION_COLUMNS.iter().rev();
        data.extend(own.map(|column| format!("{}.{column}", crate::flow::ITERATION)));
        data.extend(composed.dates.iter().cloned());
        View {
            file: self.file.clone(),
            state: self.state,
            picking: self.picking,
            picked: self.picked.as_ref().map(|picked| Picked {
                label: shown(&picked.label),
                selectors: picked.selectors.iter().map(|one| shown(one)).collect(),
                text: shown(&picked.text),
            }),
            think_ms: steps.iter().map(|step| step.think_ms).sum(),
            count: if steps.is_empty() { 0 } else { before },
            steps,
            can_undo: self.history.can_undo(),
            can_redo: self.history.can_redo(),
            data,
            blocked: self.blocked.clone(),
            notes: self.notes.iter().map(|note| shown(note)).collect(),
        }
    }

    /// The flow as it is now, ready to be written: values matched with feeds, effects learned.
    pub fn flow(&self) -> Flow {
        self.composed().flow(&self.title)
    }

    pub(super) fn composed(&self) -> Composed<'_> {
        compose(&Material {
            deeds: &self.deeds,
            plan: self.history.now(),
            facts: &self.facts,
            data: &self.data,
            hushed: &self.hushed,
            gaps: &self.gaps,
            url: &self.url,
            now: &self.moment,
        })
    }

    /// Tells the person something.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        self.notes.retain(|known| *known != note);
        self.notes.push(note);
        if self.notes.len() > NOTES {
            self.notes.remove(0);
        }
    }

    /// A deed that begins and ends now.
    pub(super) fn deed(&mut self, tab: usize, frame: &FrameAddress, gesture: Gesture) -> Deed {
        let id = self.next;
        self.next += 1;
        Deed {
            id,
            tab,
            flow_tab: self.facts.in_flow(tab).unwrap_or(0),
            frame: frame.clone(),
            number: 0,
            began: self.at,
            ended: self.at,
            url: self.facts.url(tab).to_owned(),
            gesture,
            said: Vec::new(),
            found: None,
            rechecked: false,
            assumed: false,
        }
    }

    /// Puts a deed among the others, and into the plan.
    pub(super) fn put(&mut self, deed: Deed, with_last: bool) {
        let place = self
            .deeds
            .partition_point(|other| other.began <= deed.began);
        let mut before = self.deeds[..place].iter().rev();
        let before = before.find_map(|other| self.history.place(other.id));
        let planned = before.map_or(0, |before| before + 1);
        self.history.add(planned, deed.id, with_last);
        self.deeds.insert(place, deed);
    }

    /// The person closed a tab, or its page did, or the browser goes.
    fn tab_closed(&mut self, at: Micros, tab: usize) {
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
    fn sized(&mut self, tab: usize, viewport: Viewport) {
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
    fn went(
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

    /// A page's script told something.
    fn told(&mut self, at: Micros, tab: usize, frame: &FrameAddress, report: &Report) -> Vec<Ask> {
        let ago = |ms: f64| {
            let ms = if ms.is_finite() { ms.max(0.0) } else { 0.0 };
            Micros(at.0.saturating_sub((ms * 1_000.0) as u64))
        };
        let ended = ago(report.ended_ago_ms);
        let began = ago(report.began_ago_ms).min(ended);
        if let PageEvent::Effect {
            of,
            appears,
            vanishes,
            state,
        } = &report.event
        {
            let said = Said {
                appears: appears.clone(),
                vanishes: vanishes.clone(),
                state: state.clone(),
            };
            return self.said(tab, frame, *of, said);
        }
        let mut deed = self.deed(tab, frame, Gesture::Page(report.event.clone()));
        let paused = self.state != State::Recording;
        let over = paused
            || matches!(
                report.event,
                PageEvent::Change {
                    final_value: true,
                    ..
                }
            );
        if over
            && secret_name(&deed).is_some()
            && let Some(typed) = deed.typed()
            && !self.hushed.contains(typed)
        {
            // It may be shown again when another one stands in the field, or after the pause.
            self.hushed.push(typed.clone());
        }
        if paused {
            return Vec::new();
        }
        let since = self.document_since(tab, frame);
        let mut earlier: Vec<&mut Deed> = self
            .deeds
            .iter_mut()
            .rev()
            .filter(|other| self.history.place(other.id).is_some())
            .collect();
        // What was done elsewhere meanwhile ends what belongs together; an edit may be told late.
        if matches!(report.event, PageEvent::Change { .. }) {
            earlier.retain(|other| other.is_beside(&deed));
        } else {
            let here = |other: &&&mut Deed| other.ended >= since && other.is_beside(&deed);
            let beside = earlier.iter().take_while(here).count();
            earlier.truncate(beside);
        }
        let ticked = matches!(
            report.event,
            PageEvent::Change {
                value: crate::browser::capture::FieldValue::Checked { .. },
                ..
            }
        );
        match merge::merge(
            report.event.clone(),
            report,
            (began, ended),
            since,
            &mut earlier,
        ) {
            Merged::Nothing => Vec::new(),
            Merged::Into(id) => {
                if let Some(deed) = self.deeds.iter_mut().find(|deed| deed.id == id)
                    && !ticked
                    && report.number != 0
                {
                    deed.number = report.number;
                }
                self.recheck_when_final(id, &report.event)
            }
            Merged::New(event) => {
                self.go_there(tab, began);
                deed.assumed = ticked;
                deed.gesture = Gesture::Page(event);
                deed.number = report.number;
                deed.began = began;
                deed.ended = ended;
                let id = deed.id;
                let with_last = self.belongs_to_last(&deed);
                let before = self.deeds.last().map(|deed| deed.id);
                self.put(deed, with_last);
                // By now what came of the deed before has come.
                let mut asks: Vec<Ask> =
                    before.and_then(|id| self.recheck(id)).into_iter().collect();
                asks.extend(self.recheck_when_final(id, &report.event));
                asks
            }
        }
    }

    /// Whether a new deed makes the last one a part of itself, so that both are taken back as one.
    fn belongs_to_last(&self, deed: &Deed) -> bool {
        let planned = self.history.now().last().map(|entry| entry.id);
        let Some(last) = self.deeds.last().filter(|last| Some(last.id) == planned) else {
            return false;
        };
        let nothing = super::window::Caused::default();
        let pair = [(last, &nothing, false), (deed, &nothing, false)];
        last.began <= deed.began && merge::absorbed(&pair)[0].is_some()
    }

    /// When the document came that is in a frame now.
    fn document_since(&self, tab: usize, frame: &FrameAddress) -> Micros {
        let mut moves = self.facts.moves.iter().rev();
        let came = moves.find(|moved| {
            let around = frame.indexes.starts_with(&moved.frame);
            moved.tab == tab && !moved.same_document && around
        });
        came.map_or(Micros(0), |moved| moved.at)
    }

    /// Lets the flow go where the person is, when a replay would be elsewhere: after a pause, or
    /// in a tab that no replay opens.
    fn go_there(&mut self, tab: usize, began: Micros) {
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

    /// What came of a gesture.
    fn said(&mut self, tab: usize, frame: &FrameAddress, of: u64, said: Said) -> Vec<Ask> {
        let mut deeds = self.deeds.iter_mut().rev();
        let deed = deeds.find(|deed| {
            deed.number == of && of != 0 && deed.tab == tab && deed.frame.indexes == frame.indexes
        });
        let Some(deed) = deed else {
            return Vec::new();
        };
        deed.said.push(said);
        let id = deed.id;
        self.recheck(id).into_iter().collect()
    }

    fn recheck_when_final(&mut self, id: u64, event: &PageEvent) -> Vec<Ask> {
        match event {
            PageEvent::Change {
                final_value: true, ..
            } => self.recheck(id).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Asks once whether the element of a deed is still found, unless its document has gone.
    fn recheck(&mut self, id: u64) -> Option<Ask> {
        let deed = self.deeds.iter_mut().find(|deed| deed.id == id)?;
        let element = Box::new(deed.element()?.clone());
        let gone = self.facts.moves.iter().rev().any(|moved| {
            moved.tab == deed.tab && !moved.same_document && moved.there >= deed.began
        });
        if gone || deed.rechecked {
            return None;
        }
        deed.rechecked = true;
        Some(Ask::Recheck {
            step: id,
            tab: deed.tab,
            frame: deed.frame.clone(),
            element,
        })
    }

    /// After a reload the page shows which of its names are made anew each time.
    fn rechecks_after_reload(&mut self, tab: usize) -> Vec<Ask> {
        let last = self.facts.moves.iter().rev();
        let mut last = last.filter(|moved| moved.tab == tab && moved.frame.is_empty());
        let reloaded = last.next().filter(|moved| moved.arrival == Arrival::Reload);
        let Some(url) = reloaded.map(|moved| moved.url.clone()) else {
            return Vec::new();
        };
        let deeds = self.deeds.iter().rev();
        let here = deeds.filter(|deed| deed.tab == tab && deed.url == url);
        let asks = here.filter_map(|deed| {
            Some(Ask::Recheck {
                step: deed.id,
                tab,
                frame: deed.frame.clone(),
                element: Box::new(deed.element()?.clone()),
            })
        });
        asks.take(RELOADED).collect()
    }

    /// The browser is gone. What went with it was no deed.
    fn ended(&mut self, at: Micros) {
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
