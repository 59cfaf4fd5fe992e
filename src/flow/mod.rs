//! The recorded flow: what one person did, step by step.
//!
//! Owns the model, parsing, validation, templates, importers and exporters of Recorder JSON
//! (Chrome DevTools Recorder, `@puppeteer/replay` 3.x/4.x). Pure: it does no I/O beyond the text
//! it is given, and knows nothing of CDP.

mod model;

pub use model::*;
