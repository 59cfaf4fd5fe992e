//! Flows for other tools. Owns the portable Recorder JSON, which the reference replayer runs and
//! from which we get all of our own data back, and code for Playwright and Locust.
//!
//! What the other tool cannot do is listed in [`Exported::notes`], never dropped silently.

mod actions;
mod code;
mod locate_script;
mod locators;
mod locust;
mod meta;
mod pattern;
mod playwright;
mod recorder;
mod story;
mod values;
mod writer;

pub(super) use locate_script::{element as element_script, quoted as quoted_script};
pub(super) use meta::{FROM_WHOLE, META, Meta, WHOLE_STEP, restore};

use super::Flow;
use super::import::Note;

/// A flow in another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub text: String,
    /// What of the flow is not in it, or in another way, in the order of the flow.
    pub notes: Vec<Note>,
}

/// What a flow is exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Recorder JSON of native steps only, for Chrome DevTools and `@puppeteer/replay`.
    Recorder,
    /// A test for `@playwright/test`, in TypeScript.
    Playwright,
    /// A user for Locust with locust-plugins, in Python.
    Locust,
}

/// How a flow is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Think time becomes a pause also where the other tool has no use for it.
    pub bake_think: bool,
}

/// Writes a flow for another tool.
pub fn export(flow: &Flow, target: Target, options: Options) -> Exported {
    let mut exported = match target {
        Target::Recorder => recorder::export(flow, options),
        Target::Playwright => playwright::export(flow, options),
        Target::Locust => locust::export(flow, options),
    };
    exported.notes.sort_by_key(|note| note.place);
    exported
}
