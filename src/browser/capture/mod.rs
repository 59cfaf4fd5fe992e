//! A browser that a person uses while we watch: an ordinary window on the display, or a headless
//! one that is shown elsewhere and takes its input from there ([`Shown`], [`RemoteInput`]).
//!
//! Watching is passive: the page makes the same requests in the same order, and its handlers see
//! the same events, as without us. A script in our isolated world of every frame listens on the
//! window, in the capture phase, and tells gestures ([`PageEvent`]); the protocol tells the rest.
//! Everything comes out of one channel of [`Happening`]s, in order. This module knows nothing of
//! flows being made of it: that is `record`'s.

mod address;
mod arrival;
mod downloads;
mod files;
mod happening;
mod launch;
mod outbox;
mod pages;
mod panel;
mod picking;
mod readiness;
mod remote;
mod screen;
mod script;
mod size;
mod tab;
mod title;
mod traffic;
mod watch;
mod watched;
mod watcher;

pub use happening::*;
pub use screen::*;
pub use watched::*;
