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

mod command;
mod draft;
pub mod panel;
mod recorder;
pub mod repair;
mod view;

pub use command::*;
pub use draft::*;
pub use recorder::*;
pub use view::*;
