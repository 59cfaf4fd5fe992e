//! Time of a run. The only place that asks the system what time it is.
//!
//! A [`Clock`] starts once per run; every sample carries [`Micros`] since that start, so that
//! samples of users, pages and requests can be laid side by side. It is built on tokio's clock,
//! so a paused test runtime makes whole runs exact.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Microseconds since the run's clock started (monotonic).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub u64);

impl Micros {
    /// Milliseconds from `earlier` to this moment; zero when `earlier` is later.
    pub fn ms_since(self, earlier: Micros) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1_000.0
    }

    /// Seconds since the clock started.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1_000_000.0
    }
}

impl From<Duration> for Micros {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }
}

/// A run's clock: monotonic time since its start, and the wall time of that start.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: tokio::time::Instant,
    wall: jiff::Timestamp,
}

impl Clock {
    /// Starts a clock at zero.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    pub fn start() -> Self {
        Self {
            origin: tokio::time::Instant::now(),
            wall: jiff::Timestamp::now(),
        }
    }

    /// Time since the start.
    pub fn now(&self) -> Micros {
        self.origin.elapsed().into()
    }

    /// The wall-clock time at which the clock started (UTC).
    pub fn started_at(&self) -> jiff::Timestamp {
        self.wall
    }

    /// The moment `at` as an instant that tokio's timers can sleep until.
    pub fn instant(&self, at: Micros) -> tokio::time::Instant {
        self.origin + Duration::from_micros(at.0)
    }

    /// The wall-clock time at the moment `at`, in an IANA time zone; the machine's when there is
    /// none, or none of this name.
    pub fn zoned(&self, at: Micros, zone: Option<&str>) -> jiff::Zoned {
        let zone = zone.and_then(|zone| jiff::tz::TimeZone::get(zone).ok());
        let since = jiff::SignedDuration::from_micros(i64::try_from(at.0).unwrap_or(i64::MAX));
        let then = self.wall.saturating_add(since).unwrap_or(self.wall);
        then.to_zoned(zone.unwrap_or_else(jiff::tz::TimeZone::system))
    }

    /// Converts seconds since the Unix epoch (as Chromium reports them) into run time.
    /// Moments before the start become zero.
    pub fn from_wall_seconds(&self, epoch_s: f64) -> Micros {
        let start_us = self.wall.as_microsecond() as f64;
        Micros((epoch_s * 1_000_000.0 - start_us).max(0.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_follows_the_paused_clock() {
        let clock = Clock::start();
        tokio::time::advance(Duration::from_millis(1500)).await;
        assert_eq!(clock.now(), Micros(1_500_000));
        assert!((clock.now().ms_since(Micros(500_000)) - 1000.0).abs() < f64::EPSILON);
    }

    #[tokio::test]
    async fn wall_seconds_become_run_time() {
        let clock = Clock::start();
        let epoch_s = clock.started_at().as_microsecond() as f64 / 1e6 + 2.5;
        let micros = clock.from_wall_seconds(epoch_s);
        assert!(micros.0.abs_diff(2_500_000) < 1_000, "{micros:?}");
    }
}
