//! Steps performed on real pages, each of which notes what was really hit.

mod acting;
mod effects;
mod finding;
pub(crate) mod harness;
mod healing;
mod places;
