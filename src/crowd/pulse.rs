//! The generator's heartbeat: a 50 ms timer whose lateness tells whether times can be trusted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::clock::{Clock, Micros};

const BEAT: Duration = Duration::from_millis(50);

/// A timer this late means that the generator is starved: what it measured meanwhile is tainted.
pub(super) const STARVED: Duration = Duration::from_millis(200);

/// State of the heartbeat. Written by one task, read by all users.
#[derive(Debug)]
pub(super) struct Pulse {
    clock: Clock,
    /// When the next beat is due, µs.
    due: AtomicU64,
    /// Worst lateness since it was last taken, µs.
    worst: AtomicU64,
    /// The latest time of starvation, µs.
    starved_from: AtomicU64,
    starved_to: AtomicU64,
}

impl Pulse {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            due: AtomicU64::new(u64::MAX),
            worst: AtomicU64::new(0),
            starved_from: AtomicU64::new(0),
            starved_to: AtomicU64::new(0),
        }
    }

    /// Beats until it is dropped.
    pub(super) async fn beat(&self) {
        loop {
            let due = Micros(self.clock.now().0 + Micros::from(BEAT).0);
            self.due.store(due.0, Relaxed);
            tokio::time::sleep_until(self.clock.instant(due)).await;
            self.note(due, self.clock.now());
        }
    }

    fn note(&self, due: Micros, now: Micros) {
        let late = now.0.saturating_sub(due.0);
        self.worst.fetch_max(late, Relaxed);
        if late > Micros::from(STARVED).0 {
            self.starved_from.store(due.0, Relaxed);
            self.starved_to.store(now.0, Relaxed);
        }
    }

    /// The worst lateness since this was last asked, ms.
    pub(super) fn take_worst_ms(&self) -> f64 {
        let overdue = self.clock.now().0.saturating_sub(self.due.load(Relaxed));
        let worst = self.worst.swap(0, Relaxed);
        worst.max(overdue) as f64 / 1_000.0
    }

    /// Whether the generator was starved at some moment between the two.
    pub(super) fn was_starved(&self, started: Micros, ended: Micros) -> bool {
        // The beat itself may still be stuck behind the same work.
        let due = self.due.load(Relaxed);
        let stuck = self.clock.now().0.saturating_sub(due) > Micros::from(STARVED).0;
        if stuck && ended.0 >= due {
            return true;
        }
        let (from, to) = (
            self.starved_from.load(Relaxed),
            self.starved_to.load(Relaxed),
        );
        to > 0 && started.0 <= to && ended.0 >= from
    }

    /// Whether it was starved within the last second.
    pub(super) fn is_starved(&self) -> bool {
        let now = self.clock.now();
        self.was_starved(Micros(now.0.saturating_sub(1_000_000)), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_late_beat_taints_what_was_measured_meanwhile() {
        let clock = Clock::start();
        let pulse = Pulse::new(clock);
        pulse.note(Micros(1_000_000), Micros(1_300_000));
        assert!(pulse.was_starved(Micros(900_000), Micros(1_100_000)));
        assert!(pulse.was_starved(Micros(1_200_000), Micros(9_000_000)));
        assert!(!pulse.was_starved(Micros(0), Micros(999_999)));
        assert!(!pulse.was_starved(Micros(1_300_001), Micros(2_000_000)));
        assert!((pulse.take_worst_ms() - 300.0).abs() < f64::EPSILON);
        assert!(pulse.take_worst_ms() < f64::EPSILON);
    }

    #[tokio::test(start_paused = true)]
    async fn a_beat_on_time_taints_nothing() {
        let clock = Clock::start();
        let pulse = Pulse::new(clock);
        tokio::select! {
            () = pulse.beat() => {}
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
        assert!(!pulse.was_starved(Micros(0), clock.now()));
        assert!(pulse.take_worst_ms() < 5.0);
    }
}
