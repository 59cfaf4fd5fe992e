//! Fills a database with realistic rows: schema introspection, the plan, generators (pure,
//! seeded), ordering, writers per database, snapshots, feeds. Knows nothing of browsers.
//!
//! ```text
//!  plan ──► compile ──► program ──► fit ──► load ──► database
//!                          │         ▲                  │
//!                          ▼       schema ◄─────────────┤
//!                        feeds                    reset ┘
//! ```
//! A plan is written by hand, from a schema (`guess`), or from a database in use (`profile`).
//! A column is a pure function of a key (seed number, table, column) and the row's number. That
//! alone makes rows equal in every database and with any number of threads, references possible
//! without look-ups, and feeds possible without a database.

#![expect(
    clippy::cast_possible_wrap,
    reason = "numbers of rows are far below 2^63"
)]

mod beside;
mod compile;
mod data;
mod database;
mod distribution;
mod draw;
mod error;
mod existing;
mod fakers;
mod fan_out;
mod feeds;
mod fit;
mod generate;
mod guess;
mod letters;
mod load;
mod order;
mod password;
mod pattern;
mod plan;
mod prepared;
mod profile;
mod program;
mod reset;
mod rhythm;
mod run;
mod schema;
mod session;
mod value;

pub use database::Database;
pub use error::SeedError;
pub use load::{OnProgress, Progress, Stage, Whole};
pub use plan::{Plan, PlanError};
pub use profile::{OnQuery, ProfileOptions, Profiled, profile};
pub use reset::audit::{Audit, Change, Rows};
pub use reset::undo::Undone;
pub use run::{
    Checked, Filled, Options, Origin, Reset, audit, check, ensure, feeds, plan_for, restore,
    restore_and_leave, run, snapshot, spare, spare_for, undo,
};
