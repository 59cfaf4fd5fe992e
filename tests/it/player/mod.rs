//! Steps performed on real pages, each of which notes what was really hit.

mod acting;
mod dialogs;
mod drags;
mod effects;
mod files;
mod finding;
mod harness;
mod pointing;
mod typing;
