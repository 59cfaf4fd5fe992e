//! How long a step may take.

use std::time::Duration;

use super::{Action, Flow, Step};

/// Deadline of a step that says none; the Recorder's.
const STEP: Duration = Duration::from_secs(5);
/// Deadline of a step that says none and opens a page, which a loaded site may serve slowly.
const NAVIGATION: Duration = Duration::from_secs(30);

impl Flow {
    /// Deadline of a step: its own (`x-rehearsal.timeoutMs` before the native `timeout`), else the
    /// flow's, else 30 s for steps that open a page and 5 s for all others.
    pub fn timeout_of(&self, step: &Step) -> Duration {
        let typed = step.extension.timeout_ms.or(step.timeout_ms);
        let opens_page =
            matches!(step.action, Action::Navigate { .. }) || !step.asserted_events.is_empty();
        match typed.or(self.timeout_ms) {
            Some(timeout_ms) => Duration::from_millis(timeout_ms),
            None if opens_page => NAVIGATION,
            None => STEP,
        }
    }
}
