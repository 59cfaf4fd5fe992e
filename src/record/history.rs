//! The plan of a recording: which deeds stand in the flow, in which order, and what the person
//! made of each. Every change of it can be taken back and done again. It never forgets a deed.

use std::sync::Arc;

use super::draft::Edits;

/// So many changes can be taken back.
const MOST: usize = 500;

/// A deed that stands in the flow.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Entry {
    /// Of which deed.
    pub(super) id: u64,
    /// What the person made of it.
    pub(super) edits: Edits,
}

/// A plan, cheap to keep.
pub(super) type Plan = Vec<Arc<Entry>>;

/// The plan now, those before it, and those that were taken back.
#[derive(Debug, Default)]
pub(super) struct History {
    now: Plan,
    before: Vec<Plan>,
    after: Vec<Plan>,
}

impl History {
    /// The plan now.
    pub(super) fn now(&self) -> &Plan {
        &self.now
    }

    /// Where a deed stands in it.
    pub(super) fn place(&self, id: u64) -> Option<usize> {
        self.now.iter().position(|entry| entry.id == id)
    }

    /// Puts a deed in, as a change of its own; or, `with_last`, as part of the last one.
    pub(super) fn add(&mut self, place: usize, id: u64, with_last: bool) {
        if !with_last {
            self.keep();
        }
        let entry = Entry {
            id,
            edits: Edits::default(),
        };
        self.now.insert(place.min(self.now.len()), Arc::new(entry));
        self.after.clear();
    }

    /// Puts a deed in at the very beginning, of this plan and of all before it: it cannot be taken
    /// back.
    pub(super) fn add_first(&mut self, id: u64) {
        let plans = self.before.iter_mut().chain(&mut self.after);
        for plan in plans.chain([&mut self.now]) {
            let edits = Edits::default();
            plan.insert(0, Arc::new(Entry { id, edits }));
        }
    }

    /// Changes what the person made of a deed, as part of the last change.
    pub(super) fn amend(&mut self, id: u64, edit: impl FnOnce(&mut Edits)) {
        let mut entries = self.now.iter_mut();
        if let Some(entry) = entries.find(|entry| entry.id == id) {
            edit(&mut Arc::make_mut(entry).edits);
        }
    }

    /// Changes the plan; nothing is kept when nothing changed. Says whether something did.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        let mut plan = self.now.clone();
        change(&mut plan);
        if plan == self.now {
            return false;
        }
        self.keep();
        self.now = plan;
        self.after.clear();
        true
    }

    /// Takes a deed out of all plans, as if it had never been.
    pub(super) fn forget(&mut self, id: u64) {
        let plans = self.before.iter_mut().chain(&mut self.after);
        for plan in plans.chain([&mut self.now]) {
            plan.retain(|entry| entry.id != id);
        }
        self.before.dedup();
    }

    fn keep(&mut self) {
        if self.before.len() >= MOST {
            self.before.remove(0);
        }
        self.before.push(self.now.clone());
    }

    /// Takes the last change back. Says whether there was one.
    pub(super) fn undo(&mut self) -> bool {
        while let Some(plan) = self.before.pop() {
            if plan != self.now {
                self.after.push(std::mem::replace(&mut self.now, plan));
                return true;
            }
        }
        false
    }

    /// Does again what was taken back last. Says whether there was something.
    pub(super) fn redo(&mut self) -> bool {
        while let Some(plan) = self.after.pop() {
            if plan != self.now {
                self.before.push(std::mem::replace(&mut self.now, plan));
                return true;
            }
        }
        false
    }

    /// There is something to take back.
    pub(super) fn can_undo(&self) -> bool {
        self.before.iter().any(|plan| *plan != self.now)
    }

    /// There is something to do again.
    pub(super) fn can_redo(&self) -> bool {
        self.after.iter().any(|plan| *plan != self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(history: &History) -> Vec<u64> {
        history.now().iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn everything_can_be_taken_back_and_done_again() {
        let mut history = History::default();
        history.add(0, 1, false);
        history.add(1, 2, false);
        history.add(2, 3, true);
        assert!(history.change(|plan| plan.retain(|entry| entry.id != 1)));
        assert!(!history.change(|_| {}), "nothing changed");
        assert_eq!(ids(&history), [2, 3]);
        assert!(history.undo());
        assert_eq!(ids(&history), [1, 2, 3]);
        assert!(history.undo(), "two deeds that came as one go as one");
        assert_eq!(ids(&history), [1]);
        assert!(history.redo() && history.redo());
        assert_eq!(ids(&history), [2, 3]);
        assert!(!history.redo());
        history.undo();
        history.add(3, 4, false);
        assert!(!history.can_redo(), "another future has begun");
    }

    #[test]
    fn a_forgotten_deed_is_in_no_past() {
        let mut history = History::default();
        history.add(0, 1, false);
        history.add(1, 2, false);
        history.forget(2);
        assert_eq!(ids(&history), [1]);
        assert!(history.undo());
        assert_eq!(ids(&history), Vec::<u64>::new());
        assert!(!history.undo());
    }
}
