//! The plan: what to put into a database, as its author wrote it and as it is understood.
//! Reads text it is given and the files that it names; never connects anywhere.

mod column;
mod feed;
mod generator;
mod hooks;
mod lists;
mod model;
mod nested;
mod options;
mod parse;
mod read;
mod reference;
mod shape;
mod simple;
mod swing;

pub(super) use column::{
    ColumnPlan, Constant, Generator, JsonPart, Moments, Person, Pick, Place, Popularity,
    SameColumn, Shape, Swing,
};
pub use model::Plan;
pub(super) use model::{Counts, FeedPlan, Hooks, Rows, Statement};
pub use read::PlanError;
pub(super) use read::did_you_mean;
pub(super) use simple::Simple;
