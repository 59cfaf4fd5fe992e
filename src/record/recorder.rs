//! The recorder: folds happenings into a draft.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Zoned;

use crate::browser::capture::{Element, FrameAddress, Happening, PageEvent, Report, Typed, What};
use crate::clock::Micros;
use crate::feed::Feed;
use crate::flow::Flow;

use super::compose::{Composed, Material, compose, secret_name};
use super::data::Data;
use super::draft::{Deed, Gesture, Said};
use super::facts::Facts;
use super::history::History;
use super::merge::{self, Merged};
use super::{Picked, Purpose, State, View, story};

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
    pub(super) replay: BTreeMap<usize, (usize, String)>,
    next: u64,
    /// The first address has been opened.
    pub(super) opened: bool,
    /// Nothing more will happen.
    pub(super) ended: bool,
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
            count: before,
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
}
