//! Pauses: how long a person looks before acting.
//!
//! Recorded pauses are replayed as they are. Log-normal ones stand where a person decides to act,
//! not where the recorder or the browser does something:
//!
//! - before the first step of an iteration, whatever it is: the pause between two visits (not
//!   before a user's very first iteration: the schedule says when that begins);
//! - before clicks, hovers, changes, scrolls and keys;
//! - not before opening a URL, setting the viewport, waiting or closing;
//! - not inside one gesture: a key after a key, releasing a key, filling the field just clicked.

use std::time::Duration;

use super::random::{Choices, Purpose};
use crate::flow::{Action, Flow};
use crate::workload::Think;

/// Pause before the step with this index, when its group was walked `pass` times before.
pub(super) fn pause(
    think: Think,
    flow: &Flow,
    index: usize,
    pass: u32,
    choices: &Choices,
) -> Duration {
    let Some(step) = flow.steps.get(index) else {
        return Duration::ZERO;
    };
    match think {
        Think::None => Duration::ZERO,
        Think::Recorded => Duration::from_millis(step.extension.think_ms.unwrap_or(0)),
        Think::LogNormal { median, spread } => {
            let between_visits = index == 0 && pass == 0 && choices.iteration > 0;
            if between_visits || (index > 0 && decides(flow, index)) {
                let place = index as u64 + (u64::from(pass) << 32);
                let deviation = choices.normal(Purpose::Think, place);
                median.mul_f64((spread * deviation).exp().min(LONGEST))
            } else {
                Duration::ZERO
            }
        }
    }
}

/// No pause is longer than so many medians, whatever the spread.
const LONGEST: f64 = 100.0;

/// Whether a person makes up their mind before this step.
fn decides(flow: &Flow, index: usize) -> bool {
    let before = index
        .checked_sub(1)
        .map(|before| &flow.steps[before].action);
    match &flow.steps[index].action {
        Action::Click(_)
        | Action::DoubleClick(_)
        | Action::Hover { .. }
        | Action::Scroll { .. }
        | Action::Own(_) => true,
        Action::Change { selectors, .. } => {
            !matches!(before, Some(Action::Click(click)) if click.selectors == *selectors)
        }
        Action::KeyDown { .. } => {
            !matches!(before, Some(Action::KeyDown { .. } | Action::KeyUp { .. }))
        }
        Action::KeyUp { .. }
        | Action::Navigate { .. }
        | Action::SetViewport(_)
        | Action::EmulateNetworkConditions { .. }
        | Action::WaitForElement(_)
        | Action::WaitForExpression { .. }
        | Action::Close
        | Action::CustomStep { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        let text = r##"{"title": "t", "steps": [
            {"type": "setViewport", "width": 800, "height": 600, "deviceScaleFactor": 1,
             "isMobile": false, "hasTouch": false, "isLandscape": true},
            {"type": "navigate", "url": "http://a.test/", "x-rehearsal": {"thinkMs": 700}},
            {"type": "click", "selectors": [["#q"]], "offsetX": 1, "offsetY": 1},
            {"type": "change", "selectors": [["#q"]], "value": "x"},
            {"type": "keyDown", "key": "Enter"},
            {"type": "keyUp", "key": "Enter"},
            {"type": "waitForElement", "selectors": [["#r"]]},
            {"type": "change", "selectors": [["#other"]], "value": "y"}
        ]}"##;
        Flow::parse("t.json", text).unwrap()
    }

    fn pauses(think: Think, iteration: u64) -> Vec<Duration> {
        let choices = Choices {
            random_seed: 1,
            user: 0,
            iteration,
        };
        let flow = flow();
        (0..flow.steps.len())
            .map(|index| pause(think, &flow, index, 0, &choices))
            .collect()
    }

    #[test]
    fn recorded_pauses_are_replayed() {
        let ms: Vec<u128> = pauses(Think::Recorded, 3)
            .iter()
            .map(Duration::as_millis)
            .collect();
        assert_eq!(ms, [0, 700, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn people_pause_where_they_decide() {
        let think = Think::LogNormal {
            median: Duration::from_secs(4),
            spread: 0.0,
        };
        let seconds = |iteration| -> Vec<u64> {
            pauses(think, iteration)
                .iter()
                .map(Duration::as_secs)
                .collect()
        };
        assert_eq!(seconds(0), [0, 0, 4, 0, 4, 0, 0, 4]);
        assert_eq!(seconds(1), [4, 0, 4, 0, 4, 0, 0, 4]);
    }

    #[test]
    fn half_of_the_pauses_are_shorter_than_the_median() {
        let think = Think::LogNormal {
            median: Duration::from_secs(4),
            spread: 0.6,
        };
        let shorter = (0..4_000)
            .filter(|iteration| pauses(think, *iteration)[2] < Duration::from_secs(4))
            .count();
        assert!((1_850..2_150).contains(&shorter), "{shorter} of 4000");
        assert_eq!(pauses(think, 9), pauses(think, 9));
        assert_ne!(pauses(think, 9), pauses(think, 10));
    }
}
