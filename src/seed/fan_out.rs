//! Children per parent: how many each parent has, and which parent a child belongs to.
//!
//! The number of children is a pure function of the parent's row. Sums are kept for every 16th
//! parent only, so ten million parents cost five megabytes and a look-up costs a binary search
//! and at most 16 draws.

use std::ops::Range;

use super::draw::Key;
use super::plan::Counts;
use super::program::cumulative;

/// Parents between two kept sums.
const BLOCK: u64 = 16;

/// Assignment of children to parents.
#[derive(Debug, Clone)]
pub(super) struct FanOut {
    /// Index of the parent table.
    pub(super) parent: usize,
    key: Key,
    counts: Counts,
    /// Base of the zipf distribution's exponential, found from its mean.
    base: f64,
    /// Cumulative shares of the histogram's buckets.
    shares: Vec<f64>,
    /// Children of all parents before each block; the last entry is the total.
    sums: Vec<u64>,
    parents: u64,
}

impl FanOut {
    /// Lays the children of `parents` rows out.
    pub(super) fn new(parent: usize, key: Key, counts: Counts, parents: u64) -> Self {
        let mut fan_out = Self {
            parent,
            key,
            base: zipf_base(&counts),
            shares: match &counts {
                Counts::Empirical { weights, .. } => cumulative(weights),
                _ => Vec::new(),
            },
            counts,
            sums: Vec::with_capacity((parents / BLOCK + 2) as usize),
            parents,
        };
        let mut sum = 0;
        for row in 0..parents {
            if row % BLOCK == 0 {
                fan_out.sums.push(sum);
            }
            sum = fan_out.count(row).saturating_add(sum);
        }
        fan_out.sums.push(sum);
        fan_out
    }

    /// Number of all children.
    pub(super) fn total(&self) -> u64 {
        self.sums.last().copied().unwrap_or(0)
    }

    /// The most children that a parent can have.
    pub(super) fn max(&self) -> u64 {
        match &self.counts {
            Counts::Constant(count) => *count,
            Counts::Uniform { max, .. } | Counts::Zipf { max, .. } => *max,
            Counts::Empirical { buckets, .. } => {
                buckets.iter().map(|(_, high)| *high).max().unwrap_or(0)
            }
        }
    }

    /// The fewest children that a parent can have.
    pub(super) fn min(&self) -> u64 {
        match &self.counts {
            Counts::Constant(count) => *count,
            Counts::Uniform { min, .. } | Counts::Zipf { min, .. } => *min,
            Counts::Empirical { buckets, .. } => {
                buckets.iter().map(|(low, _)| *low).min().unwrap_or(0)
            }
        }
    }

    /// Number of children of a parent.
    pub(super) fn count(&self, parent: u64) -> u64 {
        match self.counts {
            Counts::Constant(count) => count,
            Counts::Uniform { min, max } => min + self.key.row(parent).below(max - min + 1),
            Counts::Zipf { min, max, .. } => {
                min + zipf_quantile(self.base, max - min, self.key.row(parent).unit())
            }
            Counts::Empirical { ref buckets, .. } => {
                let mut draw = self.key.row(parent);
                let unit = draw.unit();
                let bucket = self.shares.partition_point(|share| *share <= unit);
                let (low, high) = buckets[bucket.min(buckets.len() - 1)];
                low + draw.below(high - low + 1)
            }
        }
    }

    /// Rows of a parent's children.
    pub(super) fn children(&self, parent: u64) -> Range<u64> {
        let block = parent / BLOCK;
        let before: u64 = (block * BLOCK..parent).map(|row| self.count(row)).sum();
        let start = self.sums[block as usize] + before;
        start..start + self.count(parent)
    }

    /// The parent of a child, and the child's position among its siblings, from 0.
    pub(super) fn locate(&self, child: u64) -> (u64, u64) {
        debug_assert!(child < self.total(), "child {child} of {}", self.total());
        let block = self.sums.partition_point(|sum| *sum <= child) - 1;
        let mut position = child - self.sums[block];
        let mut parent = block as u64 * BLOCK;
        while parent + 1 < self.parents {
            let count = self.count(parent);
            if position < count {
                break;
            }
            position -= count;
            parent += 1;
        }
        (parent, position)
    }
}

/// Number of children above the least, for a draw in `[0, 1)`: evenly spread over a logarithm.
fn zipf_quantile(base: f64, span: u64, unit: f64) -> u64 {
    let height = if base <= 1.0 + 1e-9 {
        unit
    } else {
        (base.powf(unit) - 1.0) / (base - 1.0)
    };
    ((height * (span + 1) as f64) as u64).min(span)
}

/// Finds the base that gives the wanted mean, by halving.
fn zipf_base(counts: &Counts) -> f64 {
    const STEPS: u32 = 2_000;
    let &Counts::Zipf { min, max, mean } = counts else {
        return 1.0;
    };
    let mean_of = |base: f64| {
        let sum: u64 = (0..STEPS)
            .map(|step| {
                let unit = (f64::from(step) + 0.5) / f64::from(STEPS);
                zipf_quantile(base, max - min, unit)
            })
            .sum();
        min as f64 + sum as f64 / f64::from(STEPS)
    };
    let (mut low, mut high) = (0.0_f64, 60.0_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if mean_of(middle.exp()) > mean {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(counts: Counts, parents: u64) -> FanOut {
        let fan_out = FanOut::new(0, Key::of_seed(3).child("orders"), counts, parents);
        let mut child = 0;
        for parent in 0..parents {
            let children = fan_out.children(parent);
            assert_eq!(children.start, child);
            for (position, row) in children.clone().enumerate() {
                assert_eq!(fan_out.locate(row), (parent, position as u64));
            }
            child = children.end;
        }
        assert_eq!(child, fan_out.total());
        fan_out
    }

    #[test]
    fn every_child_finds_its_parent() {
        check(Counts::Constant(3), 100);
        check(Counts::Constant(0), 10);
        check(Counts::Uniform { min: 0, max: 4 }, 1_000);
    }

    #[test]
    fn a_histogram_gives_its_shares() {
        let counts = Counts::Empirical {
            buckets: vec![(0, 0), (1, 1), (5, 9)],
            weights: vec![50.0, 30.0, 20.0],
        };
        let fan_out = check(counts, 20_000);
        let share = |wanted: std::ops::RangeInclusive<u64>| {
            let found = (0..20_000).filter(|&parent| wanted.contains(&fan_out.count(parent)));
            found.count() as f64 / 20_000.0
        };
        assert!((share(0..=0) - 0.5).abs() < 0.01);
        assert!((share(1..=1) - 0.3).abs() < 0.01);
        assert!((share(5..=9) - 0.2).abs() < 0.01);
        assert!((share(7..=7) - 0.04).abs() < 0.005);
        assert_eq!(fan_out.max(), 9);
    }

    #[test]
    fn zipf_has_the_wanted_mean_and_a_long_tail() {
        let counts = Counts::Zipf {
            min: 0,
            max: 60,
            mean: 7.5,
        };
        let fan_out = check(counts, 20_000);
        let mean = fan_out.total() as f64 / 20_000.0;
        assert!((mean - 7.5).abs() < 0.3, "{mean}");
        let most = (0..20_000).map(|parent| fan_out.count(parent)).max();
        assert!(most > Some(50), "{most:?}");
        let few = (0..20_000)
            .filter(|&parent| fan_out.count(parent) <= 3)
            .count();
        assert!(few > 8_000, "{few} of 20000 have at most three");
    }
}
