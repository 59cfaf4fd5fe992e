//! The recorded flow: what one person did, step by step.
//!
//! Owns the model, parsing, validation, templates, importers and exporters of Recorder JSON
//! (Chrome DevTools Recorder, `@puppeteer/replay` 3.x/4.x). Pure: it does no I/O beyond the text
//! it is given, and knows nothing of CDP.

mod amend;
mod deadline;
mod error;
mod extension;
mod fields;
mod files;
mod fingerprint;
mod iteration_feed;
mod label;
pub mod lint;
mod locate;
mod model;
mod own_step;
mod parse;
mod rebase;
mod selector;
mod suggest;
pub mod template;
mod write;

pub use error::{FlowError, Place, Problem};
pub use extension::*;
pub use fingerprint::Fingerprint;
pub use iteration_feed::{ITERATION, ITERATION_COLUMNS, iteration_feed};
pub use model::*;
pub use own_step::*;
pub use parse::EXTENSION_KEY;
pub use selector::SelectorPart;
pub(crate) use suggest::did_you_mean;
