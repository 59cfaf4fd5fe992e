//! Fills a database with realistic rows: schema introspection, the plan, generators (pure,
//! seeded), ordering, writers per database, snapshots, feeds. Knows nothing of browsers.

mod compile;
mod data;
mod draw;
mod error;
mod fan_out;
mod generate;
mod password;
mod plan;
mod program;
mod value;

pub use error::SeedError;
pub use plan::{Plan, PlanError};
