//! When a user leaves: first it begins nothing new, later it is cut off.

use std::future::Future;
use std::time::Duration;

use super::control::{Control, Phase};
use crate::clock::Micros;

/// The end of one presence of a user.
#[derive(Debug, Clone)]
pub(super) struct Leave {
    pub(super) control: Control,
    /// When the schedule wants the user gone.
    pub(super) until: Micros,
    /// How long an iteration under way may take from then on.
    pub(super) grace: Duration,
}

impl Leave {
    /// Whether the user begins nothing new.
    pub(super) fn is_due(&self) -> bool {
        self.control.phase() != Phase::Running || self.control.clock().now() >= self.until
    }

    /// Runs `work` until the user begins nothing new; none if that came first.
    pub(super) async fn or_due<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let clock = self.control.clock();
        tokio::select! {
            biased;
            _ = self.control.stopped() => None,
            () = tokio::time::sleep_until(clock.instant(self.until)) => None,
            value = work => Some(value),
        }
    }

    /// Runs `work` until the user is cut off; none if that came first.
    pub(super) async fn or_cut<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.control.aborted() => None,
            value = work => Some(value),
            () = self.cut() => None,
        }
    }

    async fn cut(&self) {
        let clock = self.control.clock();
        let last_iteration_ends = |from: Micros| clock.instant(from) + self.grace;
        tokio::select! {
            () = tokio::time::sleep_until(last_iteration_ends(self.until)) => {}
            phase = self.control.stopped() => {
                if let Phase::Finishing { since } = phase {
                    let end = last_iteration_ends(since.min(self.until));
                    tokio::time::sleep_until(end).await;
                }
            }
        }
    }
}
