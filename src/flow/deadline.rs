//! How long a step may take.

use std::time::Duration;

use super::{Action, Flow, Step};

/// Deadline of a step that says none. The Recorder's is 5 s; under load a person waits longer, and
/// a slow site is to be measured, not to be given up.
const STEP: Duration = Duration::from_secs(15);
/// Deadline of a step that says none and opens a page, which a loaded site may serve slowly.
const NAVIGATION: Duration = Duration::from_secs(30);

impl Flow {
    /// Deadline of a step: its own (`x-rehearsal.timeoutMs` before the native `timeout`), else the
    /// flow's, else 30 s for steps that open a page and 15 s for all others.
    pub fn timeout(&self, step: &Step) -> Duration {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_the_steps_then_the_flows_then_usual() {
        let text = r##"{"title": "t", "steps": [
            {"type": "navigate", "url": "http://a.test/"},
            {"type": "click", "selectors": [["#a"]], "offsetX": 1, "offsetY": 1},
            {"type": "click", "selectors": [["#a"]], "offsetX": 1, "offsetY": 1, "timeout": 700},
            {"type": "click", "selectors": [["#a"]], "offsetX": 1, "offsetY": 1, "timeout": 700,
             "x-rehearsal": {"timeoutMs": 60000}},
            {"type": "click", "selectors": [["#a"]], "offsetX": 1, "offsetY": 1,
             "assertedEvents": [{"type": "navigation"}]}
        ]}"##;
        let mut flow = Flow::parse("t.json", text).unwrap();
        let deadlines = |flow: &Flow| -> Vec<u128> {
            let each = flow.steps.iter();
            each.map(|step| flow.timeout(step).as_millis()).collect()
        };
        assert_eq!(deadlines(&flow), [30_000, 15_000, 700, 60_000, 30_000]);
        flow.timeout_ms = Some(9_000);
        assert_eq!(deadlines(&flow), [9_000, 9_000, 700, 60_000, 9_000]);
    }
}
