//! The handle on a run: ending it early, and seeing how far it is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::{Clock, Micros};

/// Handle on a run; clones are the same handle.
#[derive(Debug, Clone)]
pub struct Control {
    clock: Clock,
    phase: Arc<watch::Sender<Phase>>,
    progress: Arc<watch::Sender<Progress>>,
}

/// Whether users may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// The schedule decides.
    #[default]
    Running,
    /// No new iterations; those under way may end within the graceful stop.
    Finishing {
        /// When this was asked for.
        since: Micros,
    },
    /// Everything under way is interrupted at once.
    Aborted,
}

/// How far a run is, about five times a second.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Name of the stage (`ramp to 10`); empty before the run.
    pub stage: Arc<str>,
    /// Since the first stage began.
    pub elapsed: Duration,
    /// All stages together.
    pub total: Duration,
    /// Users that the schedule wants now.
    pub wanted: u32,
    /// Users that have a browser.
    pub present: u32,
    /// Users that should have arrived and have no browser yet: the generator is the limit.
    pub waiting: u32,
    /// The generator is starved: it cannot keep its own time.
    pub starved: bool,
    /// Whether users may go on.
    pub phase: Phase,
}

impl Control {
    /// A handle for a run that has not begun.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            phase: Arc::new(watch::Sender::new(Phase::Running)),
            progress: Arc::new(watch::Sender::new(Progress::default())),
        }
    }

    /// Ends the run in good order: users finish their iteration within the graceful stop.
    pub fn finish(&self) {
        let since = self.clock.now();
        self.phase.send_if_modified(|phase| {
            let running = *phase == Phase::Running;
            if running {
                *phase = Phase::Finishing { since };
            }
            running
        });
    }

    /// Ends the run at once: iterations under way are interrupted.
    pub fn abort(&self) {
        self.phase.send_replace(Phase::Aborted);
    }

    /// Whether users may go on.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// How far the run is.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) fn publish(&self, progress: Progress) {
        self.progress.send_replace(progress);
    }

    /// Waits until the run is ended early in one of the two ways.
    pub(super) async fn stopped(&self) -> Phase {
        let mut phase = self.phase.subscribe();
        let stopped = phase.wait_for(|phase| *phase != Phase::Running).await;
        *stopped.expect("invariant: the handle itself holds the sender")
    }

    /// Waits until everything must end at once.
    pub(super) async fn aborted(&self) {
        let mut phase = self.phase.subscribe();
        let aborted = phase.wait_for(|phase| *phase == Phase::Aborted).await;
        aborted.expect("invariant: the handle itself holds the sender");
    }
}
