//! What an element of the page is like, asked without changing anything.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::browser::frame::Frame;
use crate::flow::{Action, Choose, Selectors};

use super::attempt::Attempt;
use super::script;
use super::stop::Stop;

/// How often something is looked at again.
pub(super) const AGAIN: std::time::Duration = std::time::Duration::from_millis(40);

/// Answer of `rehearsal.facts`. Without `element` none was found, or not one alone.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    /// Elements that match, and those of them that are visible.
    pub(super) present: u64,
    pub(super) visible: u64,
    /// The element is visible.
    pub(super) seen: bool,
    pub(super) element: Option<String>,
    /// A password or payment field: what it holds is never shown.
    pub(super) secret: bool,
    /// Its text as people see it, runs of white space as one space.
    pub(super) text: Option<String>,
    /// The same as it stands in the document (`text-transform` is not applied).
    pub(super) raw: Option<String>,
    pub(super) value: Option<String>,
    pub(super) checked: Option<bool>,
    pub(super) enabled: Option<bool>,
    pub(super) attribute: Option<String>,
}

/// The frame in which a step's consequences are looked for: its own, or the page's when that is
/// gone.
pub(super) fn frame(attempt: &Attempt<'_>) -> Frame {
    if attempt.frame.is_attached() {
        attempt.frame.clone()
    } else {
        attempt.page.main_frame()
    }
}

/// What names an element in the script: `selectors`, or the step's own element.
pub(super) fn wanted(attempt: &Attempt<'_>, selectors: Option<&Selectors>) -> Value {
    let step = attempt.step;
    let own = selectors.is_none();
    let alternatives = selectors.or_else(|| step.action.selectors());
    let alternatives = alternatives.map(|selectors| {
        let chains = selectors.0.iter().map(crate::flow::Selector::parts);
        chains.collect::<Vec<_>>()
    });
    json!({
        "alternatives": alternatives.unwrap_or_default(),
        // A step that only waits has found no element that the script could have kept.
        "own": own && !matches!(step.action, Action::WaitForElement(_)),
        "choose": own && step.extension.choose == Some(Choose::Any),
        "number": attempt.draw(),
    })
}

/// What the element is like now.
pub(super) async fn facts(
    attempt: &Attempt<'_>,
    selectors: Option<&Selectors>,
    attribute: Option<&str>,
) -> Result<Facts, Stop> {
    let mut argument = wanted(attempt, selectors);
    argument["attribute"] = json!(attribute);
    let function = "(wanted) => rehearsal.facts(wanted)";
    script::call(&frame(attempt), function, argument).await
}

/// Title of the page.
pub(super) async fn title(attempt: &Attempt<'_>) -> Result<String, Stop> {
    let frame = attempt.page.main_frame();
    script::call(&frame, "() => rehearsal.title()", json!(null)).await
}

/// The selectors that a message names.
pub(super) fn named(attempt: &Attempt<'_>, selectors: Option<&Selectors>) -> String {
    let selectors = selectors.or_else(|| attempt.step.action.selectors());
    selectors.map_or_else(|| "the page".to_owned(), Selectors::listed)
}
