//! What a user remembers while its steps pass: little, and bounded.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::console::Console;
use super::mask::{Mask, secrets_of};
use super::screenshot::Screenshot;
use crate::browser::driver::{Capture, Performed};
use crate::clock::Micros;
use crate::flow::Step;

/// So many steps are remembered.
const ACTIONS: usize = 10;

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LastAction {
    /// Index in the flow, from 0.
    pub step: u32,
    /// Name of the step.
    pub name: String,
    /// The Recorder's name of what was done.
    pub action: String,
    /// Selectors of its element, if it has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub selectors: String,
    /// When it began, since the run's start.
    #[serde(rename = "started_us")]
    pub started: Micros,
    /// How long it took, ms.
    pub duration_ms: f64,
    /// Of which a person would not have spent, ms.
    pub engine_ms: f64,
    /// Where the pointer acted, CSS px in the viewport of the tab.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<[f64; 2]>,
    /// Address of the page when it ended.
    pub url: String,
    /// It was done once more, because the first time had no effect.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// Its element was found by what it looks like.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub healed: bool,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What was aimed at, just before it was acted on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sight {
    /// Where the pointer acts, CSS px in the viewport of the tab.
    pub point: [f64; 2],
    /// Left, top, width and height of the element's box there.
    pub element: Option<[f64; 4]>,
    /// What the viewport showed; only of a replay of which every step is captured.
    pub screenshot: Option<Screenshot>,
}

/// A user's memory for evidence.
#[derive(Debug)]
pub(crate) struct Witness {
    capture: Capture,
    console: Console,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    mask: Mask,
    actions: VecDeque<LastAction>,
    /// When the last steps began, the newest last.
    begun: VecDeque<Micros>,
    /// When the step before this one ended.
    ended: Micros,
    sight: Option<Sight>,
}

impl Witness {
    /// Remembers nothing yet.
    pub(crate) fn new(capture: Capture) -> Self {
        Self {
            capture,
            console: Console::default(),
            state: Mutex::default(),
        }
    }

    /// What pages write.
    pub(crate) fn console(&self) -> &Console {
        &self.console
    }

    /// A step begins.
    pub(crate) fn begin(&self, step: &Step, at: Micros) {
        if self.capture == Capture::Nothing {
            return;
        }
        let mut state = self.state();
        state.sight = None;
        // Traffic between two steps is told with the later one.
        let since = state.ended.min(at);
        if state.begun.len() == ACTIONS {
            state.begun.pop_front();
        }
        state.begun.push_back(since);
        if step.extension.rendered.secret {
            for secret in secrets_of(step) {
                state.mask.learn(&secret);
            }
        }
    }

    /// The step is about to act on this.
    pub(crate) fn aimed(&self, sight: Sight) {
        if self.capture != Capture::Nothing {
            self.state().sight = Some(sight);
        }
    }

    /// A step has ended, on the page with this address.
    pub(super) fn end(&self, index: u32, step: &Step, performed: &Performed, url: &str) {
        let mut state = self.state();
        let point = state.sight.as_ref().map(|sight| sight.point);
        if state.actions.len() == ACTIONS {
            state.actions.pop_front();
        }
        state.ended = performed.ended;
        let failure = performed.result.as_ref().err();
        state.actions.push_back(LastAction {
            step: index,
            name: step.label(),
            action: step.action.name().to_owned(),
            selectors: step
                .action
                .selectors()
                .map_or_else(String::new, crate::flow::Selectors::listed),
            started: performed.started,
            duration_ms: performed.ended.ms_since(performed.started),
            engine_ms: performed.engine_ms,
            point,
            url: url.to_owned(),
            repeated: performed.repeated,
            healed: performed.healed.is_some(),
            failure: failure.map(|failure| failure.message.clone()),
        });
    }

    /// The last steps, oldest first.
    pub(super) fn actions(&self) -> Vec<LastAction> {
        self.state().actions.iter().cloned().collect()
    }

    /// What the step acted on.
    pub(super) fn take_sight(&self) -> Option<Sight> {
        self.state().sight.take()
    }

    /// When the last `steps` steps began (the first of them).
    pub(super) fn since(&self, steps: usize) -> Micros {
        let state = self.state();
        let first = state.begun.len().saturating_sub(steps);
        state.begun.get(first).copied().unwrap_or_default()
    }

    /// What must not be shown.
    pub(super) fn mask(&self) -> Mask {
        self.state().mask.clone()
    }

    /// Further values that must not be shown.
    pub(super) fn learn<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let mut state = self.state();
        for secret in secrets {
            state.mask.learn(secret);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
