//! Virtual users in time: schedule, pacing, think time, feeds, the life of a user, and the
//! generator's own health. Knows no CDP: it drives [`crate::browser::Driver`], with a scripted
//! fake in tests.
//!
//! ```text
//! stages ─► Schedule ─► one task per virtual user ──► iteration ──► step ──► BrowserUser::perform
//!                          │  open, leave, replace      │ flow       │ think, render
//!                          └─ Admission ◄─ Pulse        └────────────┴──► samples
//! ```

mod admission;
mod control;
mod health;
mod iteration;
mod leave;
mod pulse;
mod random;
mod run;
mod schedule;
mod think;
mod user;

pub use control::{Control, Phase, Progress};
pub use health::{Probe, SystemProbe, Usage};
pub use run::{Caught, Ended, IterationCounts, Rehearsal, run};
pub use schedule::{Presence, Schedule};
