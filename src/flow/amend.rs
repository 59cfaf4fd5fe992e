//! Mends a flow where a replay found that its page has changed.

use super::{Fingerprint, Flow, Selectors};

impl Flow {
    /// Gives the step with this index (from 0) other selectors, and what its element looks like.
    /// What is absent stays as it was, and so does a step that has no element.
    pub fn amend(
        &mut self,
        index: usize,
        selectors: Option<Selectors>,
        element: Option<Fingerprint>,
    ) {
        let Some(step) = self.steps.get_mut(index) else {
            return;
        };
        let Some(own) = step.action.selectors_mut() else {
            return;
        };
        if let Some(selectors) = selectors {
            *own = selectors;
        }
        if let Some(element) = element {
            step.extension.element = Some(Box::new(element));
        }
    }
}
