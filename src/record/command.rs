//! What the person asks of the recorder: by the toolbar, by a key, by the remote view.

use serde::{Deserialize, Serialize};

/// A wish, as the toolbar sends it (JSON).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Command {
    /// Takes back the last change of the draft: a recorded step, or an edit.
    Undo,
    /// Does again what was taken back.
    Redo,
    /// Nothing is recorded until [`Command::Resume`].
    Pause,
    /// Goes on.
    Resume,
    /// Names a step for reports; an empty name takes it away.
    Name {
        /// Which step.
        step: u64,
        /// Its name.
        name: String,
    },
    /// Takes a step out.
    Remove {
        /// Which step.
        step: u64,
    },
    /// Moves steps into a group; an empty name takes them out.
    Group {
        /// First step.
        from: u64,
        /// Last step.
        to: u64,
        /// Name of the group.
        name: String,
    },
    /// The next press picks an element, to expect something of it or to see its selectors.
    Pick {
        /// What it is picked for.
        purpose: Purpose,
    },
    /// No longer.
    CancelPick,
    /// Expects that the page stays at the address where it is now, after the last step.
    ExpectUrl,
    /// Takes an expectation away.
    Unexpect {
        /// Of which step.
        step: u64,
        /// Which of its expectations, from 0.
        index: usize,
    },
    /// The value of a step is a secret, by this name: `{{secret.NAME}}`.
    Secret {
        /// Which step.
        step: u64,
        /// Name of the secret, in capitals.
        name: String,
    },
    /// The value of a step is a template: `{{customers.email}}`.
    Data {
        /// Which step.
        step: u64,
        /// The template; an empty one makes the value fixed again.
        template: String,
    },
    /// Any of the like items, or just this one.
    Any {
        /// Which step.
        step: u64,
        /// Any.
        on: bool,
    },
    /// A step that may be absent.
    Optional {
        /// Which step.
        step: u64,
        /// It may.
        on: bool,
    },
    /// Ends the recording and saves it.
    Stop,
}

/// What an element is picked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// To see its selectors.
    Look,
    /// To expect that it is visible.
    Visible,
    /// To expect its text.
    Text,
    /// To expect its value, or that it is ticked.
    Value,
}
