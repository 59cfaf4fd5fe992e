//! The recorded flow: what one person did, step by step.
//!
//! Owns the model, parsing, validation, templates, importers and exporters of Recorder JSON
//! (Chrome DevTools Recorder, `@puppeteer/replay` 3.x/4.x). Pure: it does no I/O beyond the text
//! it is given, and knows nothing of CDP.

mod amend;
mod arrange;
mod check;
mod date;
mod deadline;
mod drag_script;
mod edit_script;
mod elsewhere;
mod error;
pub mod export;
mod extension;
mod extracted;
mod fields;
mod files;
mod find_script;
mod fingerprint;
pub mod import;
mod iteration_feed;
mod label;
pub mod lint;
mod locate;
pub mod method;
mod model;
mod own_step;
mod parse;
mod pattern;
mod rebase;
mod selector;
mod suggest;
pub mod template;
mod walk;
mod words;
mod write;

pub use amend::EffectPart;
pub use error::{FlowError, Place, Problem};
pub use extension::*;
pub use extracted::{EXTRACTED, Extracted};
pub use fingerprint::Fingerprint;
pub use iteration_feed::{ITERATION, ITERATION_COLUMNS, iteration_feed};
pub use model::*;
pub use own_step::*;
pub use parse::EXTENSION_KEY;
pub use pattern::UrlPattern;
pub use selector::{Filter, SelectorPart};
pub(crate) use suggest::did_you_mean;
pub use walk::{Look, Next, Walk, draw_of_pass};
