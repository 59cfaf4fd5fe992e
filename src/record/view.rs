//! What the toolbar shows: the whole state of a recording, small enough to be sent anew whenever
//! something changes. Holds no secret.

use serde::Serialize;

use super::Purpose;

/// The state of a recording (JSON).
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// File to be written.
    pub file: String,
    /// What is going on.
    pub state: State,
    /// What an element is being picked for.
    pub picking: Option<Purpose>,
    /// What was picked last.
    pub picked: Option<Picked>,
    /// Steps so far, as a story.
    pub steps: Vec<StepView>,
    /// How many steps that are in the flow, as everything else counts them: with the size of the
    /// page, which is not shown, and each key of a shortcut.
    pub count: usize,
    /// Think time so far, ms.
    pub think_ms: u64,
    /// There is something to take back.
    pub can_undo: bool,
    /// There is something to do again.
    pub can_redo: bool,
    /// Templates that values can become: `customers.email`.
    pub data: Vec<String>,
    /// Hosts that got no traffic, with what to do about it.
    pub blocked: Vec<String>,
    /// What the person should know, newest last (at most a few).
    pub notes: Vec<String>,
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// What the person does is recorded.
    #[default]
    Recording,
    /// It is not, until the person goes on.
    Paused,
    /// The recording is over; trial replays may be going on.
    Stopped,
}

/// A step as the toolbar shows it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// For commands.
    pub id: u64,
    /// Its number in the flow, as everything else that speaks of steps counts: from 1, with the
    /// steps that are not shown.
    pub number: usize,
    /// Kind of step, for its picture: the native `type`, or the name of an own step.
    pub kind: String,
    /// What was done: `Click “Add to basket”`.
    pub text: String,
    /// Value in brief, masked when it is a secret.
    pub value: String,
    /// Template that the value became.
    pub template: String,
    /// Name for reports.
    pub name: String,
    /// Group.
    pub group: String,
    /// Think time before it, ms.
    pub think_ms: u64,
    /// What it caused, in words.
    pub effects: Vec<String>,
    /// What is expected after it, in words.
    pub expects: Vec<String>,
    /// Its selectors, best first.
    pub selectors: Vec<String>,
    /// How many like items there are, when it may become "any of these".
    pub like: u32,
    /// It is any of them.
    pub any: bool,
    /// It may be absent.
    pub optional: bool,
    /// What is doubtful about it: a fragile selector, a value that may not repeat.
    pub doubts: Vec<String>,
}

/// An element that was picked.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Picked {
    /// What it is: `button “Send”`.
    pub label: String,
    /// Selectors, best first.
    pub selectors: Vec<String>,
    /// Its text.
    pub text: String,
}
