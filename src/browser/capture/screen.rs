//! The face of a watched browser that has no display: pictures out, input in. The types are what
//! goes over the wire to the page that shows it, as JSON (pictures apart).

use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Typed;
use crate::flow::DialogKind;

/// What the screen shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Shown {
    /// A picture of the front tab.
    Picture {
        /// JPEG.
        #[serde(skip)]
        jpeg: Bytes,
        /// Size of the page that it shows, CSS px.
        width: f64,
        /// Size of the page that it shows, CSS px.
        height: f64,
    },
    /// The tabs, whenever one comes, goes or changes.
    Tabs {
        /// In their order.
        tabs: Vec<TabShown>,
    },
    /// The pointer's shape over the page, as CSS `cursor` has it.
    Cursor {
        /// `default`, `pointer`, `text`, …
        cursor: String,
    },
    /// A dialog of the page waits for [`RemoteInput::Dialog`].
    Dialog {
        /// Kind of dialog.
        kind: DialogKind,
        /// Its text.
        message: String,
        /// What a prompt holds at first.
        default: String,
    },
    /// The page waits for files.
    Chooser {
        /// Several may be given.
        multiple: bool,
        /// As the field's `accept`.
        accept: String,
    },
    /// A drop-down list was opened, which no picture shows.
    Options {
        /// Where its field is in the page, CSS px: left, top, width, height.
        field: [f64; 4],
        /// Its options, in their order.
        options: Vec<OptionShown>,
        /// Several may be chosen.
        multiple: bool,
    },
    /// What was waited for is answered or gone: a dialog, a chooser, a list.
    Closed,
}

/// A tab of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TabShown {
    /// Its number.
    pub tab: usize,
    /// Title of its page.
    pub title: String,
    /// Address of its page.
    pub url: String,
    /// It is the one that is shown.
    pub front: bool,
    /// Its document is loading.
    pub loading: bool,
}

/// An option of a drop-down list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OptionShown {
    /// Its words.
    pub label: String,
    /// Name of the group that it is in; empty when in none.
    pub group: String,
    /// It cannot be chosen.
    pub disabled: bool,
    /// It is chosen.
    pub selected: bool,
}

/// What the person does, elsewhere. Places are in CSS px of the page. Its `Debug` hides what was
/// typed, pasted and chosen: it may be a secret.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum RemoteInput {
    /// The pointer moved, or a button went down or up.
    Mouse {
        /// `move`, `down`, `up`.
        action: MouseAction,
        /// Place.
        x: f64,
        /// Place.
        y: f64,
        /// As `MouseEvent.button`.
        button: u8,
        /// As `MouseEvent.buttons`.
        buttons: u8,
        /// As `UIEvent.detail`, of `down` and `up`.
        clicks: u32,
        /// Alt 1, Control 2, Meta 4, Shift 8.
        modifiers: u8,
    },
    /// The wheel was turned.
    Wheel {
        /// Place.
        x: f64,
        /// Place.
        y: f64,
        /// CSS px.
        delta_x: f64,
        /// CSS px.
        delta_y: f64,
        /// Alt 1, Control 2, Meta 4, Shift 8.
        modifiers: u8,
    },
    /// A key went down or up.
    Key {
        /// Down, or up.
        down: bool,
        /// As `KeyboardEvent.key`.
        key: Typed,
        /// As `KeyboardEvent.code`.
        code: String,
        /// As `KeyboardEvent.keyCode`.
        key_code: u32,
        /// As `KeyboardEvent.location`.
        location: u8,
        /// Alt 1, Control 2, Meta 4, Shift 8.
        modifiers: u8,
        /// It is held.
        repeat: bool,
    },
    /// Text that an input method composed.
    Text {
        /// It.
        text: Typed,
    },
    /// The person pasted.
    Paste {
        /// Plain text.
        text: Typed,
        /// With formats.
        html: Option<String>,
    },
    /// The view has another size.
    Resize {
        /// CSS px.
        width: u32,
        /// CSS px.
        height: u32,
    },
    /// Another tab is to be shown.
    Front {
        /// Its number.
        tab: usize,
    },
    /// A tab is to be closed.
    CloseTab {
        /// Its number.
        tab: usize,
    },
    /// An address was typed.
    Navigate {
        /// It; `https://` is added when it has no scheme.
        url: String,
    },
    /// Back, forward, or reload.
    History {
        /// -1, 1, or 0.
        by: i32,
    },
    /// The answer to a dialog.
    Dialog {
        /// OK, or leave; not Cancel, or stay.
        accept: bool,
        /// What a prompt is given.
        text: Option<String>,
    },
    /// Options that were chosen in a list; none closes it as it was.
    Choose {
        /// Their places among the options.
        chosen: Option<Vec<usize>>,
    },
    /// Files for the chooser; none closes it.
    #[serde(skip)]
    Files {
        /// Where they are, on this machine.
        files: Vec<PathBuf>,
    },
}

impl fmt::Debug for RemoteInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mouse {
                action,
                x,
                y,
                button,
                ..
            } => write!(formatter, "Mouse({action:?} {button} at {x}, {y})"),
            Self::Wheel { x, y, .. } => write!(formatter, "Wheel(at {x}, {y})"),
            Self::Key { down, .. } => {
                let way = if *down { "down" } else { "up" };
                write!(formatter, "Key({way})")
            }
            Self::Text { text } => write!(formatter, "Text({text:?})"),
            Self::Paste { text, html } => {
                let formats = if html.is_some() { ", with formats" } else { "" };
                write!(formatter, "Paste({text:?}{formats})")
            }
            Self::Resize { width, height } => write!(formatter, "Resize({width}×{height})"),
            Self::Front { tab } => write!(formatter, "Front({tab})"),
            Self::CloseTab { tab } => write!(formatter, "CloseTab({tab})"),
            Self::Navigate { .. } => formatter.write_str("Navigate"),
            Self::History { by } => write!(formatter, "History({by})"),
            Self::Dialog { accept, text } => {
                let typed = if text.is_some() { ", with text" } else { "" };
                write!(formatter, "Dialog({accept}{typed})")
            }
            Self::Choose { chosen } => {
                let count = chosen.as_ref().map_or(0, Vec::len);
                write!(formatter, "Choose({count} options)")
            }
            Self::Files { files } => write!(formatter, "Files({})", files.len()),
        }
    }
}

/// What the pointer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum MouseAction {
    Move,
    Down,
    Up,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_in_no_debug() {
        let inputs = [
            r#"{"type": "key", "down": true, "key": "hunter2", "code": "hunter2", "keyCode": 72,
                "location": 0, "modifiers": 0, "repeat": false}"#,
            r#"{"type": "text", "text": "hunter2"}"#,
            r#"{"type": "paste", "text": "hunter2", "html": "<b>hunter2</b>"}"#,
            r#"{"type": "navigate", "url": "http://ann:hunter2@a.test/"}"#,
            r#"{"type": "dialog", "accept": true, "text": "hunter2"}"#,
        ];
        for input in inputs {
            let read: RemoteInput = serde_json::from_str(input).unwrap();
            let shown = format!("{read:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(!shown.contains("72"), "{shown}");
        }
    }
}
