//! What is told of a watched browser.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::Micros;
use crate::flow::{
    Button, DialogKind, ElementState, Fingerprint, Modifier, PointerDevice, Selectors, Stroke,
    Viewport,
};

/// Something that happened, in the order in which it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// When it was told. Gestures began earlier: see [`Report::began_ago_ms`].
    pub at: Micros,
    /// What.
    pub what: What,
}

/// What happened. Tabs are numbered in the order in which they were opened; 0 is the first.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A tab came.
    TabOpened {
        /// Its number.
        tab: usize,
        /// The tab whose page opened it; none when the person did.
        opener: Option<usize>,
    },
    /// A tab went: the person or its page closed it.
    TabClosed {
        /// Its number.
        tab: usize,
    },
    /// The size of the page, at the start and whenever the person resizes the window.
    Viewport {
        /// Of which tab.
        tab: usize,
        /// The size.
        viewport: Viewport,
    },
    /// A document came, or the address changed within one.
    Went {
        /// In which tab.
        tab: usize,
        /// In which frame.
        frame: FrameAddress,
        /// Address, with fragment.
        url: String,
        /// By what.
        arrival: Arrival,
        /// The same document: a fragment, or the history API.
        same_document: bool,
    },
    /// The title of a tab's document, when it changed.
    Titled {
        /// Which tab.
        tab: usize,
        /// Its title.
        title: String,
    },
    /// The tab's document has loaded and what it asked for at once is there: a person can act.
    Ready {
        /// Which tab.
        tab: usize,
    },
    /// A request began.
    Began(Request),
    /// A request ended.
    Answered {
        /// Number of the request.
        request: u64,
        /// HTTP status; none when it failed, was blocked, or was given up before it was answered.
        status: Option<u16>,
    },
    /// A host got no traffic, since it is not allowed; told once.
    Blocked {
        /// With its port, when that is not the usual one.
        host: String,
    },
    /// A dialog opened.
    DialogOpened {
        /// In which tab.
        tab: usize,
        /// Kind of dialog.
        kind: DialogKind,
        /// Its text.
        message: String,
    },
    /// The dialog was answered.
    DialogClosed {
        /// In which tab.
        tab: usize,
        /// OK, or leave; not Cancel, or stay.
        accepted: bool,
        /// What was typed into a prompt.
        text: Option<Typed>,
    },
    /// A download began.
    Download {
        /// In which tab.
        tab: usize,
        /// Suggested name of the file.
        name: String,
    },
    /// A download ended well.
    Downloaded {
        /// In which tab.
        tab: usize,
        /// Suggested name of the file.
        name: String,
        /// Its size, bytes.
        bytes: u64,
    },
    /// The script in a page told something.
    Page {
        /// In which tab.
        tab: usize,
        /// In which frame.
        frame: FrameAddress,
        /// What.
        report: Report,
    },
    /// The person picked an element, after [`super::Watched::pick`].
    Picked {
        /// In which tab.
        tab: usize,
        /// In which frame.
        frame: FrameAddress,
        /// Which element.
        element: Element,
        /// What is there now, for expectations.
        reading: Reading,
    },
    /// The last tab was closed, or the browser is gone. Nothing comes after it.
    Ended,
}

/// Where a frame is in its tab; empty for the tab's own document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrameAddress {
    /// Index of the frame among its siblings, from the outermost.
    pub indexes: Vec<usize>,
    /// Selectors of the frames' elements, from the outermost.
    pub elements: Vec<Selectors>,
}

/// By what a document or an address came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Typed into the address bar, or chosen there or from bookmarks.
    Typed,
    /// Back or forward, by the browser's buttons or keys; negative is back.
    History(i32),
    /// Reloaded by the person.
    Reload,
    /// What the page did: a link, a form, a script.
    Page,
}

/// A request of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Number, in the order in which requests began.
    pub number: u64,
    /// Of which tab.
    pub tab: usize,
    /// HTTP method.
    pub method: String,
    /// Address.
    pub url: String,
    /// Chromium's word for what it is, in lower case: `document`, `fetch`, `xhr`, `image`, `ping`…
    pub kind: String,
    /// A timer of the page's led to it that fires again and again, whatever the person does.
    pub by_timer: bool,
}

/// What the script tells, with its times. `began_ago_ms` and `ended_ago_ms` count back from the
/// moment of telling, since a page's clock is not ours.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Number of the gesture in its document, from 1.
    pub number: u64,
    /// How long ago the gesture began (the button or first key went down), ms.
    pub began_ago_ms: f64,
    /// How long ago it ended, ms.
    pub ended_ago_ms: f64,
    /// What it was.
    pub event: PageEvent,
}

/// A gesture, or what came of one.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum PageEvent {
    /// A button was pressed and released over one element. A second click of a double click has
    /// `clicks` 2 and comes after the first.
    Click {
        /// What was pressed: what a person would name, not the icon in it.
        element: Element,
        /// From the element's left and top border edge, CSS px.
        offset: [f64; 2],
        /// The same as fractions of its box.
        at: [f64; 2],
        /// Which button.
        button: Button,
        /// As `UIEvent.detail`.
        clicks: u32,
        /// Keys held.
        modifiers: Vec<Modifier>,
        /// Which device.
        device: PointerDevice,
    },
    /// A field has a new value. Told again with each further change until the field is left;
    /// `final_value` is true on the last one.
    Change {
        /// Which field.
        element: Element,
        /// Its value.
        value: FieldValue,
        /// Keys that were pressed for it; 0 for what is chosen.
        strokes: u32,
        /// The keys matter beyond the text that comes of them: a rich-text editor.
        rich: Vec<Stroke>,
        /// A list, a pop-up or requests came while it was typed: key by key is part of the flow.
        live: bool,
        /// It was pasted.
        pasted: bool,
        /// No further change of the same edit follows.
        final_value: bool,
    },
    /// A key or shortcut that does more than type.
    Key {
        /// What had the focus; none when the page itself had.
        element: Option<Element>,
        /// Names of keys joined by `+`: `Enter`, `ControlOrMeta+Shift+K`.
        keys: String,
        /// How often, when it was held or pressed again at once.
        times: u32,
    },
    /// The pointer rested on something and the page answered, or what it opened was used.
    Hover {
        /// What it rested on.
        element: Element,
    },
    /// Something was dragged.
    Drag {
        /// What was grabbed.
        element: Element,
        /// Where in its box, as fractions.
        at: [f64; 2],
        /// Where it was let go, if there is more to say of it than that it is somewhere else.
        to: Option<Box<Element>>,
        /// Where in that element's box, as fractions.
        to_at: [f64; 2],
        /// Distance from where it was grabbed, CSS px.
        by: [f64; 2],
        /// Some points on the way, CSS px from where it was grabbed.
        path: Vec<[f64; 2]>,
        /// Which device.
        device: PointerDevice,
    },
    /// The person scrolled, and it had an effect (something loaded or came into being).
    Scroll {
        /// What; the window when absent.
        element: Option<Element>,
        /// Where it came to rest, CSS px.
        x: f64,
        /// Where it came to rest, CSS px.
        y: f64,
    },
    /// Something was pasted where no field holds it (an editor of the page's own, a canvas).
    Paste {
        /// What had the focus.
        element: Option<Element>,
        /// Plain text.
        text: Typed,
        /// With formats.
        html: Option<Typed>,
    },
    /// Files were given to a field or dropped on something.
    Files {
        /// The file field, or the button that opened its chooser.
        element: Element,
        /// Where the files are; names only where that cannot be known.
        files: Vec<PathBuf>,
    },
    /// What came of a gesture: told when the page was quiet after it, or the next one began.
    Effect {
        /// Number of the gesture.
        of: u64,
        /// Named things that came and stayed: a dialog, a message, a heading. Best first.
        appears: Vec<Element>,
        /// Named things that went: a dialog, the element itself.
        vanishes: Vec<Element>,
        /// State that the element took.
        state: Option<ElementState>,
    },
}

/// An element as it was at the first moment of a gesture.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Element {
    /// Handle in its document, for [`super::Watched::recheck`].
    pub handle: u64,
    /// Selectors that were tried and find it alone, best first, of different kinds.
    pub selectors: Selectors,
    /// What it looks like.
    pub fingerprint: Fingerprint,
    /// When it is a field: which kind, and whether what it holds is a secret.
    #[serde(default)]
    pub field: Option<Field>,
    /// When it is one of several like items (a product in a list).
    #[serde(default)]
    pub like: Option<Like>,
    /// Where in it matters (a canvas, a map, an image).
    #[serde(default)]
    pub area: bool,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// `type` of an `input`; else `textarea`, `select`, `select-multiple`, `rich` or, of a control
    /// made of other elements, its role.
    pub kind: String,
    /// `autocomplete`, in lower case.
    #[serde(default)]
    pub autocomplete: String,
    /// Name of the secret that it takes (`PASSWORD`, `CARD_NUMBER`, `ONE_TIME_CODE`), if any.
    #[serde(default)]
    pub secret: Option<String>,
}

/// Things like an element.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Like {
    /// Selectors that find all of them and nothing else.
    pub selectors: Selectors,
    /// How many there are.
    pub count: u32,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum FieldValue {
    /// Text, a date, a number, a colour.
    Text {
        /// It.
        text: Typed,
    },
    /// Options of a list.
    Options {
        /// Their values.
        values: Vec<String>,
        /// Their words.
        labels: Vec<String>,
    },
    /// A box that is ticked or not.
    Checked {
        /// Whether it is.
        checked: bool,
    },
}

/// What a person typed. Its `Debug` hides it: it may be a secret.
#[derive(Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Typed(pub String);

impl fmt::Debug for Typed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Typed({} characters)", self.0.chars().count())
    }
}

/// What can be read of an element.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reading {
    /// Its text, white space squashed.
    pub text: String,
    /// Its value, when it is a field that holds no secret.
    pub value: Option<Typed>,
    /// Whether it is ticked, when it can be.
    pub checked: Option<bool>,
    /// Whether it can be seen.
    pub visible: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_in_no_debug_output() {
        let typed = || Typed("hunter2".to_owned());
        let paste = PageEvent::Paste {
            element: None,
            text: typed(),
            html: Some(typed()),
        };
        let answer = What::DialogClosed {
            tab: 0,
            accepted: true,
            text: Some(typed()),
        };
        let change = FieldValue::Text { text: typed() };
        let told = format!("{paste:?} {answer:?} {change:?}");
        assert!(!told.contains("hunter2"), "{told}");
        assert_eq!(told.matches("Typed(7 characters)").count(), 4, "{told}");
    }
}
