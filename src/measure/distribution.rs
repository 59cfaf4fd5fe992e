//! Distributions: a histogram with an exact mean and maximum beside it.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize, Serializer};

use super::summary::on_one_line;
use crate::workload::Statistic;

/// Ticks beyond which values are clamped in the histogram: 10 minutes at a tick per microsecond.
/// Mean and maximum stay exact.
const LARGEST_TICK: u64 = 600_000_000;

/// Values of one kind: how many, how large, how spread. Mean and maximum are exact, percentiles
/// are within 0.1 % (1 % when [coarse](Distribution::coarse)).
#[derive(Debug, Clone)]
pub struct Distribution {
    histogram: Histogram<u32>,
    ticks_per_unit: f64,
    sum: f64,
    max: f64,
}

impl Distribution {
    /// Of times in milliseconds, to the microsecond.
    pub fn milliseconds() -> Self {
        Self::new(1_000.0, 3)
    }

    /// Of times in milliseconds, small: for one of the many buckets of a timeline.
    pub fn coarse() -> Self {
        Self::new(10.0, 2)
    }

    /// Of layout shift scores (no unit, mostly below 1).
    pub fn scores() -> Self {
        Self::new(100_000.0, 3)
    }

    fn new(ticks_per_unit: f64, digits: u8) -> Self {
        Self {
            histogram: Histogram::new(digits).expect("invariant: 1 to 5 digits are allowed"),
            ticks_per_unit,
            sum: 0.0,
            max: 0.0,
        }
    }

    /// Adds a value. What is not a number is left out; what is below zero counts as zero.
    pub fn record(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        let value = value.max(0.0);
        let ticks = ((value * self.ticks_per_unit).round() as u64).min(LARGEST_TICK);
        self.histogram
            .record(ticks)
            .expect("invariant: the histogram grows to the largest tick");
        self.sum += value;
        self.max = self.max.max(value);
    }

    /// Adds all values of `other`, which must be of the same kind.
    pub fn merge(&mut self, other: &Self) {
        self.histogram
            .add(&other.histogram)
            .expect("invariant: the histogram grows to the largest tick");
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The value that `percent` of the values do not exceed; nothing without values.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        if self.count() == 0 {
            return None;
        }
        let ticks = self
            .histogram
            .value_at_quantile((percent / 100.0).clamp(0.0, 1.0));
        // Past the largest tick only the maximum is known; and no percentile exceeds it.
        if ticks >= LARGEST_TICK {
            return Some(self.max);
        }
        Some((ticks as f64 / self.ticks_per_unit).min(self.max))
    }

    /// One statistic; nothing without values.
    pub fn statistic(&self, statistic: Statistic) -> Option<f64> {
        match statistic {
            _ if self.count() == 0 => None,
            Statistic::Mean => Some(self.sum / self.count() as f64),
            Statistic::Max => Some(self.max),
            Statistic::Percentile(percent) => self.percentile(percent),
        }
    }

    /// The statistics that summaries hold; nothing without values.
    pub fn statistics(&self) -> Option<Statistics> {
        let at = |percent| self.percentile(percent).map(rounded);
        Some(Statistics {
            count: self.count(),
            mean: rounded(self.statistic(Statistic::Mean)?),
            p50: at(50.0)?,
            p75: at(75.0)?,
            p90: at(90.0)?,
            p95: at(95.0)?,
            p99: at(99.0)?,
            max: rounded(self.max),
        })
    }
}

/// Statistics of a distribution, in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the names are the field's")]
pub struct Statistics {
    /// Number of values behind them.
    pub count: u64,
    pub mean: f64,
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

/// On one line inside an indented document.
impl Serialize for Statistics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(remote = "Statistics")]
        struct Fields {
            count: u64,
            mean: f64,
            p50: f64,
            p75: f64,
            p90: f64,
            p95: f64,
            p99: f64,
            max: f64,
        }
        #[derive(Serialize)]
        struct Line<'a>(#[serde(with = "Fields")] &'a Statistics);
        on_one_line(&Line(self), serializer)
    }
}

/// Four decimals for output: finer than the clock (1 µs) and than any layout shift that matters.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the values are exact")]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= expected * 0.001 + 1e-9,
            "{found} is not within 0.1 % of {expected}"
        );
    }

    #[test]
    fn percentiles_of_known_data() {
        let mut distribution = Distribution::milliseconds();
        // 1..=1000 ms in an order that is not sorted: 7 and 1000 have no common factor.
        for i in 0..1000_u32 {
            distribution.record(f64::from((i * 7) % 1000 + 1));
        }
        let statistics = distribution.statistics().unwrap();
        assert_eq!(statistics.count, 1000);
        close(statistics.mean, 500.5);
        close(statistics.p50, 500.0);
        close(statistics.p75, 750.0);
        close(statistics.p90, 900.0);
        close(statistics.p95, 950.0);
        close(statistics.p99, 990.0);
        assert!((statistics.max - 1000.0).abs() < f64::EPSILON);
    }

    #[test]
    fn halves_merge_to_the_whole() {
        let (mut whole, mut left, mut right) = (
            Distribution::milliseconds(),
            Distribution::milliseconds(),
            Distribution::milliseconds(),
        );
        for i in 0..500_u32 {
            let value = f64::from(i * i) / 10.0;
            whole.record(value);
            if i % 3 == 0 {
                left.record(value);
            } else {
                right.record(value);
            }
        }
        left.merge(&right);
        assert_eq!(
            left.statistics().unwrap().p99,
            whole.statistics().unwrap().p99
        );
        assert_eq!(left.count(), whole.count());
        close(
            left.statistics().unwrap().mean,
            whole.statistics().unwrap().mean,
        );
    }

    #[test]
    fn an_hour_keeps_its_maximum_and_a_single_value_is_every_percentile() {
        let mut distribution = Distribution::milliseconds();
        distribution.record(3_600_000.0);
        assert_eq!(distribution.percentile(50.0), Some(3_600_000.0));
        assert_eq!(distribution.statistics().unwrap().max, 3_600_000.0);
    }

    #[test]
    fn scores_below_one_keep_three_digits_and_nothing_has_no_statistics() {
        let mut scores = Distribution::scores();
        assert_eq!(scores.statistics(), None);
        scores.record(f64::NAN);
        assert_eq!(scores.count(), 0);
        for value in [0.01, 0.0523, 0.31] {
            scores.record(value);
        }
        close(scores.percentile(50.0).unwrap(), 0.0523);
    }
}
