//! Steps performed on real pages, each of which notes what was really hit.

mod acting;
mod effects;
mod expecting;
mod finding;
pub(crate) mod harness;
mod hydration;
mod loops;
mod sending;
