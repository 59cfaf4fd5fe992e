//! Steps performed on real pages, each of which notes what was really hit.

mod acting;
mod dialogs;
mod drags;
mod effects;
mod files;
mod finding;
pub(crate) mod harness;
mod healing;
mod places;
mod pointing;
mod typing;
mod expecting;
mod hydration;
mod loops;
mod sending;
