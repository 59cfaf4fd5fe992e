//! What the script found missing, as one line for people.

use std::time::Duration;

use serde::Deserialize;

use crate::flow::{Fingerprint, Selectors};
use crate::sample::{Cause, Failure};

/// Answer of `rehearsal.ready`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Readiness {
    pub(super) ready: bool,
    pub(super) point: Option<Point>,
    pub(super) engine_ms: f64,
    /// What the element looks like, if it was asked for or healed.
    pub(super) print: Option<Box<Fingerprint>>,
    /// It was found by what it looks like.
    pub(super) healed: Option<Amended>,
    /// Alternatives that match nothing though the element is there.
    pub(super) missing: Option<Vec<usize>>,
    /// Alternatives that do not find it, and it alone.
    pub(super) disagreed: Option<Vec<usize>>,
    /// There is an element that looks like it, if the page is complete.
    #[serde(default)]
    pub(super) proposed: bool,
    /// It is out of sight, and the pointer has left what it was moved over before.
    #[serde(default)]
    pub(super) unhovered: bool,
    cause: Option<Missing>,
    why: Option<String>,
    /// Matches of each alternative; -1 for one that is not valid.
    counts: Option<Vec<i64>>,
    contradicting: Option<Vec<String>>,
    /// Named by nothing but its place.
    doubted: Option<String>,
    element: Option<String>,
}

/// What a healed step's selectors would be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Amended {
    /// How alike it is to the recorded element, 0 to 1.
    pub(super) score: f64,
    /// The flow's alternatives that still find it, by index.
    pub(super) strong: Vec<usize>,
    /// Those that only say where it stands, or by what passing name it goes.
    pub(super) weak: Vec<usize>,
    /// New ones, best first.
    pub(super) made: Vec<String>,
}

/// A point in a viewport, CSS px.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl From<(f64, f64)> for Point {
    fn from((x, y): (f64, f64)) -> Self {
        Self { x, y }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Missing {
    NotFound,
    Ambiguous,
    NotActionable,
    Covered,
}

/// `5.0 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

impl Readiness {
    /// Whether nothing on the page is, or looks like, the element.
    pub(super) fn finds_nothing(&self) -> bool {
        !self.proposed && matches!(self.cause, Some(Missing::NotFound))
    }

    /// Why the element could not be acted on within `waited`.
    pub(super) fn failure(&self, selectors: &Selectors, waited: Duration) -> Failure {
        let after = seconds(waited);
        let why = self.why.as_deref().unwrap_or("not ready");
        let element = self.element.as_deref().unwrap_or("element");
        let (cause, message) = match self.cause {
            Some(Missing::Ambiguous) => (Cause::Ambiguous, self.ambiguity(selectors, &after)),
            Some(Missing::Covered) => (
                Cause::Covered,
                format!("covered by `{why}` for {after}: `{element}`"),
            ),
            Some(Missing::NotActionable) => (
                Cause::NotActionable,
                format!("{why} for {after}: `{element}`"),
            ),
            Some(Missing::NotFound) | None => (Cause::NotFound, self.absence(selectors, &after)),
        };
        Failure { cause, message }
    }

    fn absence(&self, selectors: &Selectors, after: &str) -> String {
        let counts = self.counts.as_deref().unwrap_or_default();
        let matching = counts.iter().filter(|count| **count > 0).count();
        let invalid = selectors.0.iter().zip(counts);
        let invalid: Vec<String> = invalid
            .filter(|(_, count)| **count < 0)
            .map(|(selector, _)| format!("`{}`", selector.chain.join(" >>> ")))
            .collect();
        let noun = if selectors.0.len() == 1 {
            "selector matches"
        } else {
            "selectors match"
        };
        let mut message = format!(
            "{matching} of {} {noun} after {after}: {}",
            selectors.0.len(),
            selectors.listed()
        );
        if let Some(doubted) = &self.doubted {
            message.extend([
                "; `",
                doubted,
                "` stands in its place and does not look like it",
            ]);
        }
        if !invalid.is_empty() {
            message.extend(["; not valid: ", &invalid.join(", ")]);
        }
        message
    }

    fn ambiguity(&self, selectors: &Selectors, after: &str) -> String {
        if let Some(elements) = &self.contradicting {
            let elements: Vec<String> = elements.iter().map(|name| format!("`{name}`")).collect();
            return format!(
                "selectors contradict each other for {after}: they match {}; {}",
                elements.join(" and "),
                selectors.listed()
            );
        }
        let counts = self.counts.as_deref().unwrap_or_default();
        let counted = selectors.0.iter().zip(counts);
        let counted: Vec<String> = counted
            .filter(|(_, count)| **count > 1)
            .map(|(selector, count)| format!("`{}` matches {count}", selector.chain.join(" >>> ")))
            .collect();
        format!(
            "no selector matches one element alone after {after}: {}",
            counted.join(", ")
        )
    }
}
