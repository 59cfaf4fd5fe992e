//! The recorder's panel: who may use it, what goes over its line, and its pages in a real browser
//! beside a recorder that is played by the test.

mod guard;
mod harness;
mod keyboard;
mod line;
mod remote;
mod toolbar;
