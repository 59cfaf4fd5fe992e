//! Steps that the Recorder's format lacks and no native one can carry. In a file they are custom
//! steps named `rehearsal.NAME`, which other tools keep and pass over:
//! `{ "type": "customStep", "name": "rehearsal.upload", "parameters": { … } }`.

use serde::{Deserialize, Serialize};

use super::{PointerDevice, Selectors};

/// Prefix of the names of our custom steps.
pub const OWN_PREFIX: &str = "rehearsal.";

/// A step of ours.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnStep {
    /// Gives files to a file field, or to the chooser that a button opens.
    Upload(Upload),
    /// Drags an element by pointer, or swipes by finger.
    Drag(Drag),
    /// Pastes from the clipboard.
    Paste(Paste),
    /// Presses and releases a key or shortcut.
    Press(Press),
    /// Goes through the tab's history.
    History(History),
}

/// `x-rehearsal.change` of a file: the change of a rich-text editor
/// ([`super::Action::Change`]), of which the native step is an expression for other players.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// The editor.
    pub selectors: Selectors,
    /// Its text, or a sample of it.
    pub value: String,
}

/// `rehearsal.upload`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Upload {
    /// File field, or the button that opens the chooser.
    pub selectors: Selectors,
    /// Paths, relative to the flow's file.
    pub files: Vec<String>,
}

/// `rehearsal.drag`. Ends on `to`, or `by` so far from where it was grabbed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drag {
    /// What is grabbed.
    pub selectors: Selectors,
    /// Where in its box, as fractions; its middle when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<[f64; 2]>,
    /// Element on which it is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Selectors>,
    /// Where in that element's box, as fractions; its middle when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_at: Option<[f64; 2]>,
    /// Distance from where it was grabbed, CSS px, where there is no element to drop on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<[f64; 2]>,
    /// Points on the way, CSS px from where it was grabbed; a straight line when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<[f64; 2]>,
    /// Mouse when absent; `touch` swipes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<PointerDevice>,
}

/// `rehearsal.paste`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Paste {
    /// Field that takes it; whatever has the focus when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selectors: Option<Selectors>,
    /// Plain text. `x-rehearsal.value` may hold its template.
    pub text: String,
    /// The same with formats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

/// `rehearsal.press`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Press {
    /// Element that gets the focus first; whatever has it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selectors: Option<Selectors>,
    /// Names of keys (`KeyboardEvent.key`) joined by `+`: `Enter`, `ControlOrMeta+Shift+K`.
    pub keys: String,
}

/// `rehearsal.history`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct History {
    /// Which way.
    pub go: Direction,
}

/// A way through a tab's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Direction {
    Back,
    Forward,
    Reload,
}

impl OwnStep {
    /// Names, as they stand behind [`OWN_PREFIX`].
    pub const NAMES: [&'static str; 5] = ["upload", "drag", "paste", "press", "history"];

    /// Name behind [`OWN_PREFIX`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Upload(_) => "upload",
            Self::Drag(_) => "drag",
            Self::Paste(_) => "paste",
            Self::Press(_) => "press",
            Self::History(_) => "history",
        }
    }

    /// Selectors of the element it acts on, if it has one.
    pub fn selectors(&self) -> Option<&Selectors> {
        match self {
            Self::Upload(upload) => Some(&upload.selectors),
            Self::Drag(drag) => Some(&drag.selectors),
            Self::Paste(paste) => paste.selectors.as_ref(),
            Self::Press(press) => press.selectors.as_ref(),
            Self::History(_) => None,
        }
    }

    /// The same, to change them.
    pub fn selectors_mut(&mut self) -> Option<&mut Selectors> {
        match self {
            Self::Upload(upload) => Some(&mut upload.selectors),
            Self::Drag(drag) => Some(&mut drag.selectors),
            Self::Paste(paste) => paste.selectors.as_mut(),
            Self::Press(press) => press.selectors.as_mut(),
            Self::History(_) => None,
        }
    }
}
