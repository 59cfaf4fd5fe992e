//! Recording: what a person does in a watched browser becomes a flow.
//!
//! ```text
//!  browser::capture ──Happening──► Recorder ──► Draft ──► Flow ──► file
//!                        ▲            │ ▲          │
//!                        └────Ask─────┘ └─Command──┤
//!                                                  └─View─► panel (the toolbar), remote view
//! ```
//! [`Recorder`] is pure: it hears happenings and commands, changes its draft, and asks the browser
//! by [`Ask`]s whose answers come back as happenings or by [`Recorder::answer`]. Whoever owns the
//! browser carries them. This room records and never replays; trial replays are the command's.

mod action;
mod command;
mod compose;
mod data;
mod dates;
mod doubt;
mod draft;
mod edit;
mod effect;
mod facts;
#[cfg(test)]
mod golden;
mod history;
mod merge;
mod pace;
pub mod panel;
mod pattern;
mod recheck;
mod recorder;
pub mod repair;
mod secret;
mod selectors;
mod steps;
mod story;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod view;
mod whereabouts;
mod window;

pub use command::*;
pub use recorder::*;
pub use view::*;
