//! Steps performed on real pages, each of which notes what was really hit.

mod acting;
mod dialogs;
mod drags;
mod effects;
mod environment;
mod expecting;
mod files;
mod finding;
pub(crate) mod harness;
mod healing;
mod hydration;
mod loops;
mod places;
mod pointing;
mod sending;
mod typing;
