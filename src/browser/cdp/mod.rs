//! The session layer on `chromiumoxide::Connection`: commands out, events in.
//!
//! ```text
//!  Session::call_raw ► commands┐                         ┌─► inbox of user 1 (arrival order)
//!                             ├─ router ⇄ websocket ────┼─► inbox of user 2
//!  replies ◄── oneshot ◄──────┘  (one task per browser) └─► …
//! ```
//! The router is the only reader of the socket. It knows which session belongs to which user
//! and never waits for anything but the socket and new commands. Every waiter fails at once when
//! its target crashes or goes, or when the socket closes. What events mean is not decided here.

mod error;
mod event;
mod router;
mod session;

pub(crate) use error::CdpError;
pub(crate) use event::Event;
pub(crate) use router::{Notice, Wire};
pub(crate) use session::Session;
