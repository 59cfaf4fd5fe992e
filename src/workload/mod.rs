//! `rehearsal.toml`: what a run does. Parsing and validation into a [`Workload`] in which every
//! reference is resolved. Pure; runs nothing, reads nothing but the text it is given (flows and
//! feeds are loaded by a function that the caller passes in).

mod model;

pub use model::*;
