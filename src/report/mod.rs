//! The run folder: `run.json`, `samples.ndjson.zst`, `summary.json`, `report.html`, `junit.xml`,
//! and `failures/` with what pages showed when steps failed.
//! Renders a summary; measures nothing.
//!
//! A run writes `run.json` and then appends samples; all else is made from these two, at the end
//! of the run or later by [`rebuild`]. No error in what is rendered touches the samples.

mod error;
mod failures;
mod folder;
mod host;
mod html;
mod info;
mod junit;
mod rebuild;
mod samples;
mod text;
pub mod trace;

pub use error::ReportError;
pub use failures::{FailureFiles, Failures};
pub use folder::RunFolder;
pub use host::Host;
pub use html::html;
pub use info::{PersonaInfo, RunInfo, SeedInfo};
pub use junit::junit;
pub use rebuild::{Rebuilt, rebuild};
pub use samples::{SampleWriter, SamplesRead, read_samples};
pub use text::text;
