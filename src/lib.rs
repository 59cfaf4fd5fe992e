//! Rehearsal: real Chromium users rehearse a launch.
//!
//! `record` what people do, `seed` what they need, `run` a crowd, `tell` what happened.
//! The library holds everything but arguments, printing and exit codes, which are the binary's.
//! `ARCHITECTURE.md` has the map; each module's first lines say what it owns and what it never does.

pub mod browser;
pub mod clock;
pub mod crowd;
pub mod feed;
pub mod flow;
pub mod live;
pub mod measure;
pub mod record;
pub mod report;
pub mod sample;
pub mod seed;
pub mod url_template;
pub mod workload;
