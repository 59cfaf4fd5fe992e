//! Steps performed on real pages, each of which notes what was really hit.

mod acting;
mod effects;
mod environment;
mod expecting;
mod finding;
mod harness;
mod hydration;
mod loops;
mod sending;
