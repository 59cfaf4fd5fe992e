//! Random choices that depend on what they are for, never on who asks first.
//!
//! Each value is a hash of the run's number, the purpose, the user, the user's iteration and the
//! step. So one seed number fixes all choices, whatever the order in which tasks run.

/// What a choice is for; keeps choices of the same user and step independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Flow = 1,
    Think = 2,
    Draw = 3,
    Row = 4,
}

/// A source of choices for one iteration of one user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choices {
    pub(super) random_seed: u64,
    pub(super) user: u32,
    /// Number of the iteration in the user's life, from 0.
    pub(super) iteration: u64,
}

impl Choices {
    /// 64 even bits.
    pub(super) fn bits(&self, purpose: Purpose, step: u64) -> u64 {
        let parts = [purpose as u64, u64::from(self.user), self.iteration, step];
        parts
            .iter()
            .fold(mix(self.random_seed), |hash, part| mix(hash ^ mix(*part)))
    }

    /// Evenly in the open interval from 0 to 1.
    pub(super) fn unit(&self, purpose: Purpose, step: u64) -> f64 {
        to_unit(self.bits(purpose, step))
    }

    /// Standard normal (Box and Muller's transform).
    pub(super) fn normal(&self, purpose: Purpose, step: u64) -> f64 {
        let first = self.bits(purpose, step);
        let (radius, angle) = (to_unit(first), to_unit(mix(first)));
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Index of one of the weights, each with a chance in proportion.
    pub(super) fn weighted(&self, purpose: Purpose, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut left = self.unit(purpose, 0) * total;
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }
}

/// 53 bits, moved to the middle of their step, so never 0 and never 1.
fn to_unit(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// One step of the `SplitMix64` generator: a bijection that spreads every bit over all.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(user: u32, iteration: u64) -> Choices {
        Choices {
            random_seed: 7,
            user,
            iteration,
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer() {
        let ask = || choices(3, 5).bits(Purpose::Think, 2);
        assert_eq!(ask(), ask());
        assert_ne!(ask(), choices(3, 5).bits(Purpose::Draw, 2));
        assert_ne!(ask(), choices(5, 3).bits(Purpose::Think, 2));
    }

    #[test]
    fn weights_are_met() {
        let mut counts = [0_u32; 3];
        for iteration in 0..10_000 {
            counts[choices(0, iteration).weighted(Purpose::Flow, &[6.0, 3.0, 1.0])] += 1;
        }
        for (count, expected) in counts.into_iter().zip([6_000, 3_000, 1_000]) {
            assert!(count.abs_diff(expected) < 200, "{counts:?}");
        }
    }

    #[test]
    fn normal_values_have_mean_0_and_deviation_1() {
        let values: Vec<f64> = (0..20_000)
            .map(|iteration| choices(1, iteration).normal(Purpose::Think, 0))
            .collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
