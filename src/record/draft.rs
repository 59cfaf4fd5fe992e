//! The flow while it is made: steps with what is known of them beside what the file will say, and
//! the history for undo.

use crate::browser::capture::{FrameAddress, Like, Typed};
use crate::flow::Step;

/// A step of the draft.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftStep {
    /// Stays the same for the life of the step.
    pub id: u64,
    /// As it will be written. Never holds a secret.
    pub step: Step,
    /// Tab in which it was done.
    pub tab: usize,
    /// Frame in which it was done.
    pub frame: FrameAddress,
    /// What was typed, for feeds to be matched with; hidden in `Debug`.
    pub typed: Option<Typed>,
    /// Like items, when it may become any of them.
    pub like: Option<Like>,
    /// What is doubtful about it.
    pub doubts: Vec<String>,
}
