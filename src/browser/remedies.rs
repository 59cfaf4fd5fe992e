//! What users of a run have learned of steps whose selectors are stale: shared, so that one of
//! them pays for it and the others do not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::flow::Selectors;

/// Most steps that are remembered: a bound, far above what the flows of a run have.
const MOST: usize = 10_000;

/// Misses in a row after which an alternative counts as stale.
const STALE_AFTER: u32 = 2;

/// A step on a kind of page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Ailment {
    /// Title of the flow.
    pub(super) flow: Arc<str>,
    /// Index of the step.
    pub(super) step: u32,
    /// Template of the page's address.
    pub(super) page: String,
    /// The flow's selectors, as messages list them.
    pub(super) selectors: String,
}

/// What is known of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Remedy {
    /// Selectors that found its element when the flow's did not.
    pub(super) selectors: Option<Selectors>,
    /// For each of the flow's alternatives, how often it has matched nothing since it last did,
    /// while the step was done all the same.
    misses: Vec<u32>,
}

impl Remedy {
    /// Which alternatives are stale.
    pub(super) fn stale(&self) -> Vec<bool> {
        let stale = |misses: &u32| *misses >= STALE_AFTER;
        self.misses.iter().map(stale).collect()
    }
}

/// Remedies of a run, for all its users.
#[derive(Debug, Default)]
pub(super) struct Remedies(Mutex<HashMap<Ailment, Remedy>>);

impl Remedies {
    /// What is known of a step; nothing at first.
    pub(super) fn of(&self, ailment: &Ailment) -> Remedy {
        self.lock().get(ailment).cloned().unwrap_or_default()
    }

    /// A step was done with these selectors instead of the flow's.
    pub(super) fn healed(&self, ailment: &Ailment, selectors: Selectors) {
        self.change(ailment, |remedy| remedy.selectors = Some(selectors));
    }

    /// A step was done while these of `count` alternatives matched nothing.
    pub(super) fn missed(&self, ailment: &Ailment, missing: &[usize], count: usize) {
        if missing.is_empty() && !self.lock().contains_key(ailment) {
            return;
        }
        self.change(ailment, |remedy| {
            remedy.misses.resize(count, 0);
            for (at, misses) in remedy.misses.iter_mut().enumerate() {
                *misses = if missing.contains(&at) {
                    misses.saturating_add(1)
                } else {
                    0
                };
            }
        });
    }

    fn change(&self, ailment: &Ailment, change: impl FnOnce(&mut Remedy)) {
        let mut all = self.lock();
        if all.len() < MOST || all.contains_key(ailment) {
            change(all.entry(ailment.clone()).or_default());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Ailment, Remedy>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alternative_is_stale_until_it_matches_again() {
        let remedies = Remedies::default();
        let step = Ailment {
            flow: "f".into(),
            step: 1,
            page: "/".to_owned(),
            selectors: "`#a`, `#b`".to_owned(),
        };
        let stale = || remedies.of(&step).stale();
        remedies.missed(&step, &[], 2);
        assert!(stale().is_empty());
        remedies.missed(&step, &[1], 2);
        assert_eq!(stale(), [false, false]);
        remedies.missed(&step, &[1], 2);
        assert_eq!(stale(), [false, true]);
        remedies.missed(&step, &[0], 2);
        assert_eq!(stale(), [false, false]);
    }
}
