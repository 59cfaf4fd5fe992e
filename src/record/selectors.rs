//! Selectors of elements as the file has them.

use crate::browser::capture::Element;
use crate::flow::{Selector, Selectors};

use super::effect::is_counted;
use super::pattern;
use super::steps::Making;

/// Selectors of an element as the file has them: those that held first.
pub(super) fn selectors(element: &Element, making: &Making<'_>) -> Selectors {
    if making.edits.any
        && let Some(like) = element
            .like
            .as_ref()
            .and_then(|like| usable(&like.selectors))
    {
        return like;
    }
    let own = making.deed.element().is_some_and(|own| own == element);
    let found = making.deed.found.as_ref().filter(|_| own);
    let held = |index: usize| found.is_none_or(|found| found.get(index).copied().unwrap_or(true));
    let all: Vec<(&Selector, bool)> = element
        .selectors
        .0
        .iter()
        .enumerate()
        .filter(|(_, selector)| is_usable(selector))
        .map(|(index, selector)| (selector, held(index)))
        .collect();
    let holding = all.iter().filter(|(_, held)| *held).count();
    // A name may change by the very deed; a place that moved will move again.
    let kept = all
        .iter()
        .filter(|(selector, held)| *held || holding < 2 || is_name(selector));
    let (first, second): (Vec<_>, Vec<_>) = kept.partition(|(_, held)| *held || holding == 0);
    let ordered = first.into_iter().chain(second);
    let ordered: Vec<&Selector> = ordered.map(|one: &(&Selector, bool)| one.0).collect();
    if !ordered.is_empty() {
        return lasting(ordered.into_iter().cloned().collect(), making.of_rows);
    }
    // Nothing finds it; what it is called is the best guess.
    let print = &element.fingerprint;
    let guess = match (print.name.as_str(), print.tag.as_str()) {
        ("", "") => "body".to_owned(),
        ("", tag) => tag.to_owned(),
        (name, _) => format!("aria/{name}"),
    };
    Selectors(vec![Selector {
        chain: vec![guess],
        bare: false,
    }])
}

/// Those of the selectors that hold no value of the person's rows, which is another one for another
/// row; all where each does.
pub(super) fn lasting(all: Vec<Selector>, of_rows: &[(&str, String)]) -> Selectors {
    let varies = |selector: &&Selector| {
        let mut parts = selector.chain.iter();
        parts.any(|part| {
            of_rows
                .iter()
                .any(|(value, _)| pattern::holds_word(part, value))
        })
    };
    let kept: Vec<Selector> = all.iter().filter(|one| !varies(one)).cloned().collect();
    Selectors(if kept.is_empty() { all } else { kept })
}

/// Whether a selector goes by what a person reads.
fn is_name(selector: &Selector) -> bool {
    let last = selector.chain.last();
    last.is_some_and(|part| part.starts_with("aria/") || part.starts_with("text/"))
}

fn is_usable(selector: &Selector) -> bool {
    !selector.chain.is_empty() && selector.chain.iter().all(|part| !part.is_empty())
}

/// Selectors that a file can hold.
pub(super) fn usable(selectors: &Selectors) -> Option<Selectors> {
    let kept: Vec<Selector> = selectors
        .0
        .iter()
        .filter(|selector| is_usable(selector))
        .cloned()
        .collect();
    (!kept.is_empty()).then_some(Selectors(kept))
}

/// Whether nothing but places finds an element.
pub(super) fn is_fragile(selectors: &Selectors) -> bool {
    selectors.0.iter().all(is_counted)
}
