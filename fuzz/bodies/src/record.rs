//! The recorder, without what serves its toolbar and mends its flows.

#[path = "../../../src/record/action.rs"]
mod action;
#[path = "../../../src/record/command.rs"]
mod command;
#[path = "../../../src/record/compose.rs"]
mod compose;
#[path = "../../../src/record/data.rs"]
mod data;
#[path = "../../../src/record/dates.rs"]
mod dates;
#[path = "../../../src/record/doubt.rs"]
mod doubt;
#[path = "../../../src/record/draft.rs"]
mod draft;
#[path = "../../../src/record/edit.rs"]
mod edit;
#[path = "../../../src/record/effect.rs"]
mod effect;
#[path = "../../../src/record/facts.rs"]
mod facts;
#[path = "../../../src/record/history.rs"]
mod history;
#[path = "../../../src/record/merge.rs"]
mod merge;
#[path = "../../../src/record/pace.rs"]
mod pace;
#[path = "../../../src/record/pattern.rs"]
mod pattern;
#[path = "../../../src/record/recheck.rs"]
mod recheck;
#[path = "../../../src/record/recorder.rs"]
mod recorder;
#[path = "../../../src/record/secret.rs"]
mod secret;
#[path = "../../../src/record/selectors.rs"]
mod selectors;
#[path = "../../../src/record/steps.rs"]
mod steps;
#[path = "../../../src/record/story.rs"]
mod story;
#[path = "../../../src/record/view.rs"]
mod view;
#[path = "../../../src/record/whereabouts.rs"]
mod whereabouts;
#[path = "../../../src/record/window.rs"]
mod window;

pub use command::*;
pub use recorder::*;
pub use view::*;
