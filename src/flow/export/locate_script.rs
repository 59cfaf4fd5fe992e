//! JavaScript that asks a page what an [`Expectation`] asks: for exports to tools that know no
//! expectations.

use super::super::{CountOperator, Expectation, SelectorPart, Selectors, WaitForElement};
use super::pattern;

/// Text of the element `e`, white space squashed.
const TEXT: &str = "(e.innerText ?? e.textContent ?? '').replace(/\\s+/g, ' ').trim()";

/// A JavaScript string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// JavaScript for the first element of a CSS or `XPath` alternative; nothing when there is none
/// (accessible names cannot be asked for from within a page).
pub(crate) fn element(selectors: &Selectors) -> Option<String> {
    let single = selectors.0.iter().filter_map(|selector| {
        let parts = selector.parts();
        match parts.as_slice() {
            [single] => Some(single.clone()),
            _ => None,
        }
    });
    let mut found = single.filter_map(|part| match part {
        SelectorPart::Css { value } => Some(format!("document.querySelector({})", quoted(&value))),
        SelectorPart::XPath { value } => Some(format!(
            "document.evaluate({}, document, null, 9, null).singleNodeValue",
            quoted(&value)
        )),
        _ => None,
    });
    found.next()
}

/// What of an expectation can be asked in JavaScript, joined by `&&`; the second value names the
/// members that cannot. Visibility and counts are left to `waitForElement`.
pub(super) fn condition(
    expectation: &Expectation,
    own: Option<&Selectors>,
) -> (Option<String>, Vec<&'static str>) {
    let mut parts = Vec::new();
    let mut lost = Vec::new();
    if let Some(url) = &expectation.url {
        let (subject, source) = pattern::address(url);
        parts.push(format!(
            "/{}/.test({subject})",
            pattern::in_slashes(&source)
        ));
    }
    if let Some(title) = &expectation.title {
        parts.push(format!("document.title === {}", quoted(title)));
    }
    if expectation.response.is_some() {
        lost.push("response");
    }
    let mut of_element: Vec<(&'static str, String)> = Vec::new();
    let mut ask = |name, script: String| of_element.push((name, script));
    if let Some(text) = &expectation.text {
        ask("text", format!("{TEXT} === {}", quoted(&squashed(text))));
    }
    if let Some(text) = &expectation.contains {
        let script = format!("{TEXT}.includes({})", quoted(&squashed(text)));
        ask("contains", script);
    }
    if let Some(source) = &expectation.matches {
        let script = format!("new RegExp({}).test({TEXT})", quoted(source));
        ask("matches", script);
    }
    if let Some(value) = &expectation.value {
        ask("value", format!("e.value === {}", quoted(value)));
    }
    if let Some(checked) = expectation.checked {
        ask("checked", format!("e.checked === {checked}"));
    }
    if let Some(enabled) = expectation.enabled {
        let not = if enabled { "!" } else { "" };
        ask("enabled", format!("{not}e.matches(':disabled')"));
    }
    if !of_element.is_empty() {
        let selectors = expectation.selectors.as_ref().or(own);
        if let Some(element) = selectors.and_then(element) {
            let scripts: Vec<String> = of_element.into_iter().map(|(_, script)| script).collect();
            parts.push(format!(
                "((e) => !!e && {})({element})",
                scripts.join(" && ")
            ));
        } else {
            lost.extend(of_element.into_iter().map(|(name, _)| name));
        }
    }
    let joined = (!parts.is_empty()).then(|| parts.join(" && "));
    (joined, lost)
}

/// The part of an expectation that `waitForElement` can wait for.
pub(super) fn wait(expectation: &Expectation, own: Option<&Selectors>) -> Option<WaitForElement> {
    let selectors = expectation.selectors.as_ref().or(own)?;
    if expectation.visible.is_none() && expectation.count.is_none() {
        return None;
    }
    Some(WaitForElement {
        selectors: selectors.clone(),
        operator: expectation.count.map(|_| CountOperator::Exactly),
        count: expectation.count,
        visible: expectation.visible,
        properties: None,
        attributes: None,
    })
}

fn squashed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::super::Selector;
    use super::*;

    fn selectors(list: &[&str]) -> Selectors {
        let one = |part: &&str| Selector {
            chain: vec![(*part).to_owned()],
            bare: false,
        };
        Selectors(list.iter().map(one).collect())
    }

    #[test]
    fn the_first_css_or_xpath_alternative_is_asked() {
        let found = element(&selectors(&["aria/Total", "#a\"b"])).unwrap();
        assert_eq!(found, r##"document.querySelector("#a\"b")"##);
        assert!(element(&selectors(&["aria/Total", "text/Total"])).is_none());
    }

    #[test]
    fn what_cannot_be_asked_is_named() {
        let expectation = Expectation {
            text: Some("a  b".into()),
            title: Some("Cart".into()),
            ..Expectation::default()
        };
        let (script, lost) = condition(&expectation, Some(&selectors(&["aria/Total"])));
        assert_eq!(script.as_deref(), Some("document.title === \"Cart\""));
        assert_eq!(lost, ["text"]);
        let (script, lost) = condition(&expectation, Some(&selectors(&["#t"])));
        assert!(script.unwrap().contains("=== \"a b\""), "squashed");
        assert!(lost.is_empty());
    }
}
