//! How much evidence a run keeps: asked before the browser is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::sample::Cause;

/// Flow, step and cause.
type Kind = (Arc<str>, u32, Cause);

/// How many failures of a kind (flow, step and cause) leave evidence, and how many kinds.
#[derive(Debug)]
pub struct Budget {
    of_a_kind: u32,
    kinds: usize,
    spent: Mutex<HashMap<Kind, u32>>,
}

impl Budget {
    /// At most so many of each kind, and so many kinds.
    pub fn new(of_a_kind: u32, kinds: usize) -> Self {
        Self {
            of_a_kind,
            kinds,
            spent: Mutex::default(),
        }
    }

    /// No limit.
    pub fn unlimited() -> Self {
        Self::new(u32::MAX, usize::MAX)
    }

    /// Whether one more of this kind is kept; it counts as kept then.
    pub(crate) fn admits(&self, flow: &Arc<str>, step: u32, cause: Cause) -> bool {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (flow.clone(), step, cause);
        let known = spent.len();
        match spent.get_mut(&kind) {
            Some(count) if *count >= self.of_a_kind => false,
            Some(count) => {
                *count += 1;
                true
            }
            None if known >= self.kinds || self.of_a_kind == 0 => false,
            None => {
                spent.insert(kind, 1);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_and_the_kinds_have_a_limit() {
        let budget = Budget::new(2, 2);
        let flow: Arc<str> = "buy".into();
        let ask = |step| budget.admits(&flow, step, Cause::NotFound);
        assert_eq!([ask(0), ask(0), ask(0)], [true, true, false]);
        assert_eq!([ask(1), ask(2), ask(1)], [true, false, true]);
        assert!(!budget.admits(&flow, 0, Cause::Covered));
    }
}
