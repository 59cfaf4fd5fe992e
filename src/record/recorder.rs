//! The recorder: folds happenings into a draft.

use crate::browser::capture::{Element, FrameAddress, Happening};
use crate::feed::Feed;
use crate::flow::Flow;

use super::{Command, View};

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

/// Folds what happens into a draft, and the draft into a flow.
#[derive(Debug)]
pub struct Recorder {
    // Owned by the helper that builds it.
}

impl Recorder {
    /// Nothing recorded yet.
    pub fn new(_setting: Setting) -> Self {
        unimplemented!("record")
    }

    /// Takes note of what happened.
    pub fn hear(&mut self, _happening: &Happening) -> Vec<Ask> {
        unimplemented!("record")
    }

    /// Does what the person asks.
    ///
    /// # Errors
    /// Why it cannot be done, in words for the person.
    pub fn command(&mut self, _command: Command) -> Result<Vec<Ask>, String> {
        unimplemented!("record")
    }

    /// The answer to [`Ask::Recheck`].
    pub fn answer(&mut self, _step: u64, _found: Option<Vec<bool>>) {
        unimplemented!("record")
    }

    /// What the toolbar shows.
    pub fn view(&self) -> View {
        unimplemented!("record")
    }

    /// The flow as it is now, ready to be written: values matched with feeds, effects learned.
    pub fn flow(&self) -> Flow {
        unimplemented!("record")
    }
}
