//! `rehearsal.toml`: what a run does. Parsing and validation into a [`Workload`] in which every
//! reference is resolved. Pure; runs nothing, reads nothing but the text it is given (flows and
//! feeds are read through [`Sources`], which the caller passes in).

mod allotment;
mod device;
mod document;
mod error;
mod estimate;
mod load;
mod mask;
mod model;
mod overrides;
mod persona;
mod quantity;
mod raw;
mod resolve;
mod rows;
mod target;
mod threshold;

pub use allotment::Part;
pub use error::{Problem, WorkloadError};
pub use estimate::Estimate;
pub use model::*;
pub use overrides::Overrides;
pub use quantity::duration;
pub use resolve::Sources;
pub use rows::FeedShape;
