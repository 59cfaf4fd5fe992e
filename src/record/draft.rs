//! What was recorded, and what the person made of it. A [`Deed`] is a fact: it may be told better
//! later, and is never taken back. What of it stands in the flow, under which name, is the plan of
//! [`super::history`], which can be undone.

use crate::browser::capture::{Element, FieldValue, FrameAddress, PageEvent, Typed};
use crate::clock::Micros;
use crate::flow::{Direction, ElementState, Expectation, Viewport};

/// Something that a person did.
#[derive(Clone)]
pub(super) struct Deed {
    /// Stays the same for the life of the recording.
    pub(super) id: u64,
    /// Tab in which it was done, as the browser numbers them.
    pub(super) tab: usize,
    /// Tab of the flow in which it is replayed.
    pub(super) flow_tab: usize,
    /// Frame in which it was done.
    pub(super) frame: FrameAddress,
    /// Number of the gesture in its document; 0 when no page told it.
    pub(super) number: u64,
    /// When it began.
    pub(super) began: Micros,
    /// When it ended.
    pub(super) ended: Micros,
    /// Address of its tab when it was done.
    pub(super) url: String,
    /// What was done.
    pub(super) gesture: Gesture,
    /// What the page's script says came of it.
    pub(super) said: Vec<Said>,
    /// Which of its element's selectors still found it afterwards.
    pub(super) found: Option<Vec<bool>>,
    /// That was asked.
    pub(super) rechecked: bool,
    /// A click that was made of the box having become ticked, for want of a better telling.
    pub(super) assumed: bool,
}

/// What a page's script says came of a gesture.
#[derive(Clone)]
pub(super) struct Said {
    /// Named things that came.
    pub(super) appears: Vec<Element>,
    /// Named things that went.
    pub(super) vanishes: Vec<Element>,
    /// State that the element took.
    pub(super) state: Option<ElementState>,
}

/// What was done.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "nearly all are the large one")]
pub(super) enum Gesture {
    /// In a page.
    Page(PageEvent),
    /// An address was opened.
    Open(String),
    /// Through the history, so many times.
    Go(Direction, u32),
    /// The page got another size.
    Size(Viewport),
    /// A tab was closed.
    Close,
    /// An element was picked in a frame in which the last step was not done.
    Look(Box<Element>),
}

/// What the person made of a deed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Edits {
    /// Name for reports.
    pub(super) name: String,
    /// Group.
    pub(super) group: String,
    /// Its value.
    pub(super) value: Value,
    /// Any of the like items.
    pub(super) any: bool,
    /// It may be absent.
    pub(super) optional: bool,
    /// What must hold after it, as it was read of the page.
    pub(super) expects: Vec<Expectation>,
}

/// What the person wants a value to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Value {
    /// What the recorder thinks best.
    #[default]
    Guessed,
    /// As it was typed.
    Fixed,
    /// This template.
    Template(String),
    /// A secret of this name.
    Secret(String),
}

impl Deed {
    /// The element that it acts on.
    pub(super) fn element(&self) -> Option<&Element> {
        match &self.gesture {
            Gesture::Page(event) => event_element(event),
            Gesture::Look(element) => Some(element),
            _ => None,
        }
    }

    /// The page's telling of it.
    pub(super) fn event(&self) -> Option<&PageEvent> {
        match &self.gesture {
            Gesture::Page(event) => Some(event),
            _ => None,
        }
    }

    /// Text that was typed or pasted.
    pub(super) fn typed(&self) -> Option<&Typed> {
        match self.event()? {
            PageEvent::Change {
                value: FieldValue::Text { text },
                ..
            }
            | PageEvent::Paste { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Kind of the field that it acts on; empty when it is none.
    pub(super) fn field_kind(&self) -> &str {
        let field = self.element().and_then(|element| element.field.as_ref());
        field.map_or("", |field| field.kind.as_str())
    }

    /// Whether the page answered with something that can be seen, as far as its script knows.
    pub(super) fn showed_something(&self) -> bool {
        self.said.iter().any(|said| {
            let opened = said.state.as_ref().and_then(|state| state.expanded);
            !said.appears.is_empty() || !said.vanishes.is_empty() || opened.is_some()
        })
    }

    /// Whether both happened in the same frame of the same tab.
    pub(super) fn is_beside(&self, other: &Deed) -> bool {
        self.tab == other.tab && self.frame.indexes == other.frame.indexes
    }
}

/// The element that an event is about.
pub(super) fn event_element(event: &PageEvent) -> Option<&Element> {
    match event {
        PageEvent::Click { element, .. }
        | PageEvent::Change { element, .. }
        | PageEvent::Hover { element }
        | PageEvent::Drag { element, .. }
        | PageEvent::Files { element, .. } => Some(element),
        PageEvent::Key { element, .. }
        | PageEvent::Scroll { element, .. }
        | PageEvent::Paste { element, .. } => element.as_ref(),
        PageEvent::Effect { .. } => None,
    }
}

/// Whether two tellings are of one element of one document.
pub(super) fn is_same(one: &Element, other: &Element) -> bool {
    (one.handle != 0 && one.handle == other.handle) || one.selectors == other.selectors
}
