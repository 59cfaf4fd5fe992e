//! Which persona each virtual user is, and which feed row it draws.

use super::model::{Persona, Share, Workload};

/// A virtual user's part in the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Index in [`Workload::personas`].
    pub persona: usize,
    /// Row of the persona's feed, if it has one. No two users of a feed share a row, whatever
    /// their personas.
    pub row: Option<usize>,
}

impl Workload {
    /// Parts of all users, by number, up to the peak of the load.
    ///
    /// Users come and go in the order of their numbers, so every prefix has the right mix: first
    /// those of personas with a fixed number, then the others so that each persona is at every
    /// moment as near to its weight as whole users can be.
    pub fn parts(&self) -> Vec<Part> {
        let mut drawn: Vec<(&str, usize)> = Vec::new();
        let mut part = |persona: usize| {
            let row = self.personas[persona].feed.as_deref().map(|feed| {
                if !drawn.iter().any(|(name, _)| *name == feed) {
                    drawn.push((feed, 0));
                }
                let next = drawn.iter_mut().find(|(name, _)| *name == feed);
                let (_, next) = next.expect("invariant: just inserted");
                *next += 1;
                *next - 1
            });
            Part { persona, row }
        };
        let order = allot(&self.personas, self.load.peak());
        order.into_iter().map(&mut part).collect()
    }
}

/// Index of the persona of each of `users` users.
pub(super) fn allot(personas: &[Persona], users: u32) -> Vec<usize> {
    let shares: Vec<Share> = personas.iter().map(|persona| persona.share).collect();
    allot_shares(&shares, users)
}

fn allot_shares(shares: &[Share], users: u32) -> Vec<usize> {
    let mut counts = vec![0_u32; shares.len()];
    let mut order = Vec::new();
    for _ in 0..users {
        let Some(next) = next_fixed(shares, &counts).or_else(|| next_weighted(shares, &counts))
        else {
            break;
        };
        counts[next] += 1;
        order.push(next);
    }
    order
}

/// The fixed persona that lacks the largest part of its users; none when all are complete.
fn next_fixed(shares: &[Share], counts: &[u32]) -> Option<usize> {
    let lacking = |index: usize| match shares[index] {
        Share::Users(users) if users > counts[index] => {
            Some(f64::from(users - counts[index]) / f64::from(users))
        }
        _ => None,
    };
    first_largest((0..shares.len()).filter_map(|index| Some((index, lacking(index)?))))
}

/// The weighted persona that is farthest below its share once one user more is there. Unlike
/// dividing anew for each number of users (largest remainder), this never takes a user from a
/// persona when one is added; both keep every persona within one user of its exact share.
fn next_weighted(shares: &[Share], counts: &[u32]) -> Option<usize> {
    let weighted =
        || {
            shares.iter().zip(counts).enumerate().filter_map(
                |(index, (share, count))| match share {
                    Share::Weight(weight) => Some((index, *weight, f64::from(*count))),
                    Share::Users(_) => None,
                },
            )
        };
    let total: f64 = weighted().map(|(_, weight, _)| weight).sum();
    let next: f64 = weighted().map(|(_, _, count)| count).sum::<f64>() + 1.0;
    first_largest(weighted().map(|(index, weight, count)| (index, weight / total * next - count)))
}

fn first_largest(values: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
    values
        .fold(None, |best: Option<(usize, f64)>, (index, value)| {
            // Equal up to rounding counts as equal, so that the file's order decides.
            match best {
                Some((_, largest)) if value <= largest + 1e-9 => best,
                _ => Some((index, value)),
            }
        })
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_right_at_every_number_of_users() {
        let weights = [5.0, 3.0, 2.0];
        let order = allot_shares(&weights.map(Share::Weight), 100);
        for users in 1..=100 {
            for (persona, weight) in weights.iter().enumerate() {
                let count = order[..users].iter().filter(|p| **p == persona).count();
                let exact = weight / 10.0 * users as f64;
                assert!(
                    (count as f64 - exact).abs() < 1.0,
                    "persona {persona} has {count} of {users}, exactly {exact}"
                );
            }
        }
    }

    #[test]
    fn fixed_personas_come_first_and_keep_their_number() {
        let shares = [Share::Weight(1.0), Share::Users(2), Share::Weight(3.0)];
        assert_eq!(allot_shares(&shares, 6), [1, 1, 2, 0, 2, 2]);
        assert_eq!(allot_shares(&shares, 1), [1]);
    }

    #[test]
    fn fixed_personas_alone_end_when_complete() {
        let shares = [Share::Users(2), Share::Users(1)];
        assert_eq!(allot_shares(&shares, 9), [0, 1, 0]);
    }
}
