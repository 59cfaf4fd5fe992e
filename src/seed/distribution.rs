//! Distributions as inverse functions: from a number in `[0, 1)` to a value of a range. So a value
//! stays a pure function of the row's number. Pure; knows nothing of tables.

use super::plan::Shape;

/// How values spread over a range, ready to be computed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Distribution {
    Uniform,
    Log,
    /// A bell, cut at the range's ends; shares of the bell below each end.
    Normal {
        mean: f64,
        deviation: f64,
        ends: (f64, f64),
    },
    /// The logarithm's bell, cut at the range's ends.
    LogNormal {
        log_median: f64,
        spread: f64,
        ends: (f64, f64),
    },
    /// The first value is the most frequent.
    Zipf {
        exponent: f64,
    },
    /// Evenly between two neighbouring edges; equal edges are one value.
    Steps {
        edges: Vec<f64>,
        shares: Vec<f64>,
    },
}

impl Distribution {
    /// Prepares a shape for values from `low` to `high`.
    pub(super) fn new(shape: &Shape, low: f64, high: f64) -> Self {
        match *shape {
            Shape::Uniform => Self::Uniform,
            Shape::Log => Self::Log,
            Shape::Normal { mean, deviation } => Self::Normal {
                mean,
                deviation,
                ends: (
                    below((low - mean) / deviation),
                    below((high - mean) / deviation),
                ),
            },
            Shape::LogNormal { median, spread } => {
                let log_median = median.ln();
                let end = |value: f64| {
                    if value > 0.0 {
                        below((value.ln() - log_median) / spread)
                    } else {
                        0.0
                    }
                };
                Self::LogNormal {
                    log_median,
                    spread,
                    ends: (end(low), end(high)),
                }
            }
            Shape::Zipf { exponent } => Self::Zipf { exponent },
            Shape::Steps {
                ref edges,
                ref weights,
            } => Self::Steps {
                edges: edges.clone(),
                shares: super::program::cumulative(weights),
            },
        }
    }

    /// Which of `steps` equally wide steps from `min` a draw falls on, from 0.
    pub(super) fn step(&self, unit: f64, min: i64, step: i64, steps: u64) -> u64 {
        let low = min as f64;
        let width = step as f64;
        let index = match self {
            Self::Uniform => unit * steps as f64,
            Self::Log => {
                // Evenly over the logarithm; ranges that reach zero start at one step.
                let low = (low / width).max(1.0);
                ((low + steps as f64) / low).powf(unit) * low - low
            }
            Self::Normal {
                mean,
                deviation,
                ends,
            } => {
                let value = mean + deviation * bell(between(*ends, unit));
                ((value - low) / width).round()
            }
            Self::LogNormal {
                log_median,
                spread,
                ends,
            } => {
                let value = (log_median + spread * bell(between(*ends, unit))).exp();
                ((value - low) / width).round()
            }
            Self::Zipf { exponent } => return zipf(*exponent, steps, unit),
            Self::Steps { edges, shares } => {
                let bin = shares
                    .partition_point(|share| *share <= unit)
                    .min(shares.len() - 1);
                let before = if bin == 0 { 0.0 } else { shares[bin - 1] };
                let inside = (unit - before) / (shares[bin] - before).max(f64::MIN_POSITIVE);
                let (from, to) = (edges[bin], edges[bin + 1]);
                // The last bin has its upper edge within; a bin without width is its value.
                let to = if bin + 2 == edges.len() && to > from {
                    to + width
                } else {
                    to
                };
                (from + (to - from) * inside - low) / width
            }
        };
        (index.max(0.0) as u64).min(steps.saturating_sub(1))
    }
}

fn between((low, high): (f64, f64), unit: f64) -> f64 {
    low + (high - low) * unit
}

/// Rank, from 0, of a draw among `ranks` whose frequencies fall with rank^-exponent.
pub(super) fn zipf(exponent: f64, ranks: u64, unit: f64) -> u64 {
    let bound = (ranks + 1) as f64;
    let rank = if (exponent - 1.0).abs() < 1e-9 {
        bound.powf(unit)
    } else {
        let power = 1.0 - exponent;
        ((bound.powf(power) - 1.0) * unit + 1.0).powf(1.0 / power)
    };
    (rank as u64).clamp(1, ranks.max(1)) - 1
}

/// Share of all draws that [`zipf`] gives to a rank, up to a factor that all ranks share.
pub(super) fn zipf_weight(exponent: f64, rank: u64) -> f64 {
    let (from, to) = ((rank + 1) as f64, (rank + 2) as f64);
    if (exponent - 1.0).abs() < 1e-9 {
        (to / from).ln()
    } else {
        let power = 1.0 - exponent;
        (to.powf(power) - from.powf(power)) / power
    }
}

/// Share of the standard normal distribution below a value (Abramowitz and Stegun, 26.2.17).
fn below(value: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * value.abs());
    let tail = (-value * value / 2.0).exp() / std::f64::consts::TAU.sqrt()
        * t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    if value < 0.0 { tail } else { 1.0 - tail }
}

/// The value below which a share of the standard normal distribution lies: Abramowitz and Stegun,
/// 26.2.23, off by less than 0.0005, and one step of Newton's method.
fn bell(share: f64) -> f64 {
    let share = share.clamp(1e-15, 1.0 - 1e-15);
    let (tail, sign) = if share < 0.5 {
        (share, -1.0)
    } else {
        (1.0 - share, 1.0)
    };
    let t = (-2.0 * tail.ln()).sqrt();
    let first = sign
        * (t - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308))));
    let density = (-first * first / 2.0).exp() / std::f64::consts::TAU.sqrt();
    if density < 1e-6 {
        return first;
    }
    first - (below(first) - share) / density
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::draw::Key;

    const ROWS: u64 = 100_000;

    fn values(shape: &Shape, min: i64, max: i64) -> Vec<f64> {
        let distribution = Distribution::new(shape, min as f64, max as f64);
        let key = Key::of_seed(11);
        let steps = (max - min) as u64 + 1;
        (0..ROWS)
            .map(|row| distribution.step(key.row(row).unit(), min, 1, steps))
            .map(|step| (min + step as i64) as f64)
            .collect()
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn a_bell_has_its_mean_and_deviation() {
        let shape = Shape::Normal {
            mean: 5_000.0,
            deviation: 700.0,
        };
        let values = values(&shape, 0, 10_000);
        let middle = mean(&values);
        assert!((middle - 5_000.0).abs() < 10.0, "{middle}");
        let squares: Vec<f64> = values.iter().map(|v| (v - middle).powi(2)).collect();
        let deviation = mean(&squares).sqrt();
        assert!((deviation - 700.0).abs() < 10.0, "{deviation}");
    }

    #[test]
    fn a_bell_is_cut_at_the_ends_and_does_not_pile_up_there() {
        let shape = Shape::Normal {
            mean: 10.0,
            deviation: 5.0,
        };
        let values = values(&shape, 8, 12);
        let at = |wanted: f64| values.iter().filter(|v| (**v - wanted).abs() < 0.5).count();
        assert!(at(8.0) < at(10.0) && at(12.0) < at(10.0));
        assert_eq!(
            (8..=12).map(|v| at(f64::from(v))).sum::<usize>(),
            ROWS as usize
        );
    }

    #[test]
    fn half_of_a_log_normal_lies_below_its_median() {
        let shape = Shape::LogNormal {
            median: 300.0,
            spread: 0.8,
        };
        let values = values(&shape, 0, 100_000);
        let low = values.iter().filter(|v| **v < 300.0).count() as f64 / ROWS as f64;
        assert!((low - 0.5).abs() < 0.01, "{low}");
        assert!(mean(&values) > 380.0);
    }

    #[test]
    fn steps_keep_their_shares_and_single_values() {
        let shape = Shape::Steps {
            edges: vec![0.0, 0.0, 10.0, 100.0],
            weights: vec![30.0, 50.0, 20.0],
        };
        let values = values(&shape, 0, 100);
        let share = |from: f64, to: f64| {
            values.iter().filter(|v| **v >= from && **v <= to).count() as f64 / ROWS as f64
        };
        assert!((share(0.0, 0.0) - 0.35).abs() < 0.01, "{}", share(0.0, 0.0));
        assert!((share(0.0, 9.0) - 0.8).abs() < 0.01);
        assert!((share(10.0, 100.0) - 0.2).abs() < 0.01);
        assert!(values.contains(&100.0));
    }

    #[test]
    fn zipf_ranks_fall_off_and_their_weights_are_known() {
        let key = Key::of_seed(5);
        for exponent in [0.7, 1.0, 1.4] {
            let mut counts = vec![0_u32; 1000];
            for row in 0..ROWS {
                counts[zipf(exponent, 1000, key.row(row).unit()) as usize] += 1;
            }
            assert!(counts[0] > counts[9] && counts[9] > counts[99]);
            let total: f64 = (0..1000).map(|rank| zipf_weight(exponent, rank)).sum();
            for rank in [0, 1, 5] {
                let expected = zipf_weight(exponent, rank) / total * ROWS as f64;
                let found = f64::from(counts[rank as usize]);
                assert!(
                    (found / expected - 1.0).abs() < 0.05,
                    "{exponent} {rank}: {found} {expected}"
                );
            }
        }
    }
}
