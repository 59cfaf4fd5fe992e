//! Random draws that need no state: a key and a row number give the same numbers on any thread,
//! in any order. Keys are made of names, so a new column leaves the others as they were.
//! Pure; knows nothing of tables.

/// Odd constant of the splitmix64 sequence (2⁶⁴ divided by the golden ratio).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Final mixing of splitmix64: every input bit reaches every output bit.
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Names a stream of draws: one per seed number, table, column and purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(u64);

impl Key {
    /// The root of all keys of a seed number.
    pub(super) const fn of_seed(seed: u64) -> Self {
        Self(mix(seed.wrapping_add(GOLDEN)))
    }

    /// A key below this one.
    pub(super) fn child(self, name: &str) -> Self {
        // FNV-1a over the name, then mixed with the parent: names of one letter's difference
        // must not give streams that run in step.
        let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(mix(self.0.rotate_left(23) ^ mix(hash)))
    }

    /// A key for a numbered child, such as one parent row.
    pub(super) const fn numbered(self, number: u64) -> Self {
        Self(mix(
            self.0 ^ mix(number.wrapping_mul(GOLDEN) ^ 0x5851_F42D_4C95_7F2D)
        ))
    }

    /// The draws of a row.
    pub(super) const fn row(self, row: u64) -> Draw {
        Draw {
            state: mix(self.0.wrapping_add(row.wrapping_mul(GOLDEN))),
        }
    }
}

/// A short sequence of random numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    state: u64,
}

impl Draw {
    /// 64 random bits.
    pub(super) const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `bound`; 0 when the bound is 0.
    pub(super) const fn below(&mut self, bound: u64) -> u64 {
        ((self.bits() as u128 * bound as u128) >> 64) as u64
    }

    /// An element of a slice that is not empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

impl Draw {
    /// A word of a list that is not empty.
    pub(super) fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}

/// A random one-to-one mapping of `0..size` onto itself, without a table.
///
/// A Feistel network over the smallest rectangle that holds the domain; values that fall outside
/// walk on until they are inside, which the network's being one-to-one makes safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Permutation {
    key: Key,
    size: u64,
    width: u64,
    height: u64,
    /// The first of the numbers; 0 but for rows that come after others.
    start: u64,
}

const ROUNDS: u64 = 4;

impl Permutation {
    /// A permutation of `0..size`.
    pub(super) fn new(key: Key, size: u64) -> Self {
        let width = ((size.max(1) as f64).sqrt().ceil() as u64).max(1);
        Self {
            key,
            size,
            width,
            height: size.max(1).div_ceil(width),
            start: 0,
        }
    }

    /// Another permutation of the same numbers.
    pub(super) const fn keyed(self, key: Key) -> Self {
        Self { key, ..self }
    }

    /// A permutation of the numbers from `start` on, which leaves those before it to another.
    pub(super) fn beyond(self, start: u64) -> Self {
        let size = self.size.saturating_sub(start);
        Self {
            start,
            ..Self::new(self.key, size)
        }
    }

    /// Where `index` goes.
    pub(super) fn apply(&self, index: u64) -> u64 {
        let mut at = index.saturating_sub(self.start);
        debug_assert!(at < self.size, "{index} outside of 0..{}", self.size);
        loop {
            at = self.forward(at);
            if at < self.size {
                return at + self.start;
            }
        }
    }

    /// What comes to `index`.
    pub(super) fn invert(&self, index: u64) -> u64 {
        let mut at = index.saturating_sub(self.start);
        debug_assert!(at < self.size, "{index} outside of 0..{}", self.size);
        loop {
            at = self.backward(at);
            if at < self.size {
                return at + self.start;
            }
        }
    }

    fn forward(&self, index: u64) -> u64 {
        let (mut column, mut row) = (index % self.width, index / self.width);
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                column = wrapped(column + self.round(round, row, self.width), self.width);
            } else {
                row = wrapped(row + self.round(round, column, self.height), self.height);
            }
        }
        row * self.width + column
    }

    fn backward(&self, index: u64) -> u64 {
        let (mut column, mut row) = (index % self.width, index / self.width);
        for round in (0..ROUNDS).rev() {
            if round % 2 == 0 {
                let shift = self.round(round, row, self.width);
                column = wrapped(column + self.width - shift, self.width);
            } else {
                let shift = self.round(round, column, self.height);
                row = wrapped(row + self.height - shift, self.height);
            }
        }
        row * self.width + column
    }

    fn round(&self, round: u64, half: u64, bound: u64) -> u64 {
        self.key.row(half ^ (round << 58)).below(bound)
    }
}

/// The remainder of a number below twice the bound. Dividing would cost most of a permutation.
const fn wrapped(number: u64, bound: u64) -> u64 {
    if number < bound {
        number
    } else {
        number - bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_are_one_to_one_and_invert() {
        for size in [1, 2, 3, 7, 8, 64, 1000, 4097] {
            let permutation = Permutation::new(Key::of_seed(size).child("test"), size);
            let mut seen = vec![false; size as usize];
            for index in 0..size {
                let image = permutation.apply(index);
                assert!(!std::mem::replace(&mut seen[image as usize], true));
                assert_eq!(permutation.invert(image), index);
            }
        }
    }

    #[test]
    fn later_rows_are_permuted_among_themselves() {
        let later = Permutation::new(Key::of_seed(1), 1000).beyond(400);
        let mut seen: Vec<u64> = (400..1000).map(|index| later.apply(index)).collect();
        assert!((400..1000).all(|index| later.invert(later.apply(index)) == index));
        seen.sort_unstable();
        assert_eq!(seen, (400..1000).collect::<Vec<_>>());
    }

    #[test]
    fn permutations_move_most_rows() {
        let permutation = Permutation::new(Key::of_seed(1), 1000);
        let fixed = (0..1000).filter(|&i| permutation.apply(i) == i).count();
        assert!(fixed < 10, "{fixed} of 1000 stayed");
    }

    #[test]
    fn draws_are_even() {
        let key = Key::of_seed(42).child("customers").child("city");
        let mut counts = [0_u32; 10];
        for row in 0..100_000 {
            counts[key.row(row).below(10) as usize] += 1;
        }
        assert!(
            counts.iter().all(|&count| (9_600..10_400).contains(&count)),
            "{counts:?}"
        );
    }

    #[test]
    fn keys_depend_on_every_name() {
        let root = Key::of_seed(42);
        let keys = [
            root.child("a").child("b"),
            root.child("b").child("a"),
            root.child("ab"),
            root.child("a"),
            Key::of_seed(43).child("a"),
            root.child("a").numbered(0),
            root.child("a").numbered(1),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{index}");
        }
    }
}
