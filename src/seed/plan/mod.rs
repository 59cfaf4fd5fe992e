//! The plan: what to put into a database, as its author wrote it and as it is understood.
//! Reads text it is given; never connects anywhere.

mod generator;
mod model;
mod options;
mod parse;
mod read;
mod simple;

pub use model::Plan;
pub(super) use model::{
    ColumnPlan, Constant, Counts, FeedPlan, Generator, Moments, Person, Pick, Place, Popularity,
    Rows, Shape,
};
pub use read::PlanError;
pub(super) use read::did_you_mean;
pub(super) use simple::Simple;
