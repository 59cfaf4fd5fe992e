//! What a flow expects after a step: elements, the page, responses. Looked at again and again
//! until all of it holds, or the deadline.

use regex::Regex;

use crate::flow::{Expectation, UrlPattern};
use crate::sample::Cause;

use super::attempt::Attempt;
use super::effect::{in_words, since};
use super::look::{self, Facts};
use super::reason::seconds;
use super::stop::Stop;

/// Waits until the expectation holds.
pub(super) async fn holds(attempt: &Attempt<'_>, expected: &Expectation) -> Result<(), Stop> {
    let pattern = expected.matches.as_deref().map(Regex::new).transpose();
    let pattern = pattern.map_err(|error| {
        // The flow was refused when it was read.
        Stop::failed(
            Cause::Flow,
            format!("`matches` is no regular expression: {error}"),
        )
    })?;
    loop {
        let unmet = match look(attempt, expected, pattern.as_ref()).await {
            Ok(None) => return Ok(()),
            Ok(Some(unmet)) => unmet,
            // Another document is coming.
            Err(Stop::Again(failure)) => failure.message,
            Err(stop) => return Err(stop),
        };
        if attempt.left().is_zero() {
            let message = format!("{unmet} after {}", seconds(attempt.waited()));
            return Err(Stop::failed(Cause::Condition, message));
        }
        tokio::time::sleep(look::AGAIN.min(attempt.left())).await;
    }
}

/// The first thing that does not hold, in words.
async fn look(
    attempt: &Attempt<'_>,
    expected: &Expectation,
    pattern: Option<&Regex>,
) -> Result<Option<String>, Stop> {
    let secret = attempt.step.extension.rendered.secret;
    if let Some(url) = &expected.url {
        let at = attempt.page.url();
        if !UrlPattern::new(url).matches(&at) {
            return Ok(Some(if secret {
                "the page is not at the expected address".to_owned()
            } else {
                format!("expected the address `{url}`, and the page is at `{at}`")
            }));
        }
    }
    if let Some(wanted) = &expected.title {
        let title = look::title(attempt).await?;
        if title != squashed(wanted) {
            return Ok(Some(format!(
                "expected the title `{wanted}`, and the page has `{title}`"
            )));
        }
    }
    if let Some(response) = &expected.response
        && !attempt.answers.came(response, since(attempt))
    {
        return Ok(Some(format!(
            "expected {}, and none came",
            in_words(response)
        )));
    }
    if !of_element(expected) {
        return Ok(None);
    }
    let facts = look::facts(attempt, expected.selectors.as_ref(), None).await?;
    let name = look::named(attempt, expected.selectors.as_ref());
    Ok(unmet(expected, pattern, &facts, &name, secret))
}

fn of_element(expected: &Expectation) -> bool {
    let Expectation {
        visible,
        text,
        contains,
        matches,
        value,
        checked,
        enabled,
        count,
        ..
    } = expected;
    visible.is_some()
        || count.is_some()
        || [text, contains, matches, value]
            .iter()
            .any(|text| text.is_some())
        || [checked, enabled].iter().any(|state| state.is_some())
}

/// The first thing about the element that does not hold, in words. Pure.
fn unmet(
    expected: &Expectation,
    pattern: Option<&Regex>,
    facts: &Facts,
    name: &str,
    secret: bool,
) -> Option<String> {
    if let Some(count) = expected.count
        && facts.visible != count
    {
        return Some(format!(
            "expected {count} visible elements that match {name}, and there are {}",
            facts.visible
        ));
    }
    if expected.visible == Some(false) {
        return (facts.visible > 0).then(|| {
            format!(
                "expected nothing visible that matches {name}, and there is `{}`",
                facts.element.as_deref().unwrap_or("more than one")
            )
        });
    }
    let Expectation {
        text,
        contains,
        value,
        checked,
        enabled,
        ..
    } = expected;
    let one = expected.visible.is_some()
        || pattern.is_some()
        || [text, contains, value].iter().any(|text| text.is_some())
        || [checked, enabled].iter().any(|state| state.is_some());
    if !one {
        return None;
    }
    let Some(element) = &facts.element else {
        return Some(match facts.present {
            0 => format!("nothing matches {name}"),
            many => format!("{many} elements match {name}, and none of them alone"),
        });
    };
    if expected.visible == Some(true) && !facts.seen {
        return Some(format!("expected `{element}` to be visible, and it is not"));
    }
    let hidden = secret || facts.secret;
    let unlike = |what: &str, wanted: &str, found: Option<&str>| {
        if hidden {
            return format!("`{element}` has not {what} that is expected");
        }
        let found = found.map_or("none".to_owned(), |found| format!("`{}`", clipped(found)));
        format!("expected `{element}` to have {what} `{wanted}`, and it has {found}")
    };
    let shown = facts.text.as_deref();
    // Upper case is often made by the style sheet; either form will do.
    let any = |holds: &dyn Fn(&str) -> bool| {
        let texts = [shown, facts.raw.as_deref()];
        texts.into_iter().flatten().any(holds)
    };
    if let Some(wanted) = text
        && !any(&|found| found == squashed(wanted))
    {
        return Some(unlike("the text", wanted, shown));
    }
    if let Some(wanted) = contains
        && !any(&|found| found.contains(&squashed(wanted)))
    {
        return Some(unlike("the text that contains", wanted, shown));
    }
    if let Some(pattern) = pattern
        && !any(&|found| pattern.is_match(found))
    {
        return Some(unlike("the text that matches", pattern.as_str(), shown));
    }
    if let Some(wanted) = value
        && facts.value.as_deref() != Some(wanted)
    {
        return Some(unlike("the value", wanted, facts.value.as_deref()));
    }
    let states = [
        ("checked", *checked, facts.checked),
        ("enabled", *enabled, facts.enabled),
    ];
    let wrong = |(_, wanted, found): &(&str, Option<bool>, Option<bool>)| {
        wanted.is_some_and(|wanted| *found != Some(wanted))
    };
    let (state, wanted, found) = states.into_iter().find(wrong)?;
    let not = if wanted == Some(true) { "" } else { "not " };
    let is = match found {
        Some(true) => "it is",
        Some(false) => "it is not",
        None => "it cannot be",
    };
    Some(format!("expected `{element}` to be {not}{state}, and {is}"))
}

fn squashed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a long text.
pub(super) fn clipped(text: &str) -> String {
    const LONGEST: usize = 120;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut clipped: String = text.chars().take(LONGEST).collect();
    clipped.push('…');
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            present: 1,
            visible: 1,
            seen: true,
            element: Some("b#total".to_owned()),
            text: Some("3 ITEMS".to_owned()),
            raw: Some("3 items".to_owned()),
            ..Facts::default()
        }
    }

    fn words(expected: &Expectation, facts: &Facts, secret: bool) -> Option<String> {
        let pattern = expected
            .matches
            .as_deref()
            .map(|text| Regex::new(text).unwrap());
        unmet(expected, pattern.as_ref(), facts, "`#total`", secret)
    }

    #[test]
    fn a_failure_says_what_was_expected_and_what_was_found() {
        let expected = |json: &str| serde_json::from_str::<Expectation>(json).unwrap();
        for (json, expect) in [
            (r#"{"text": " 3  items"}"#, None),
            (r#"{"contains": "ITEM"}"#, None),
            (r#"{"matches": "^\\d+ items$"}"#, None),
            (
                r#"{"text": "4 items"}"#,
                Some("expected `b#total` to have the text `4 items`, and it has `3 ITEMS`"),
            ),
            (
                r#"{"value": "4"}"#,
                Some("expected `b#total` to have the value `4`, and it has none"),
            ),
            (
                r#"{"checked": true}"#,
                Some("expected `b#total` to be checked, and it cannot be"),
            ),
            (
                r#"{"visible": false}"#,
                Some("expected nothing visible that matches `#total`, and there is `b#total`"),
            ),
            (
                r#"{"count": 2}"#,
                Some("expected 2 visible elements that match `#total`, and there are 1"),
            ),
        ] {
            let found = words(&expected(json), &facts(), false);
            assert_eq!(found.as_deref(), expect, "{json}");
        }
        let none = words(&expected(r#"{"text": "a"}"#), &Facts::default(), false);
        assert_eq!(none.as_deref(), Some("nothing matches `#total`"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let expected: Expectation = serde_json::from_str(r#"{"text": "hunter2"}"#).unwrap();
        let rendered = words(&expected, &facts(), true).unwrap();
        let field = Facts {
            secret: true,
            value: Some("hunter3".to_owned()),
            ..facts()
        };
        let held: Expectation = serde_json::from_str(r#"{"value": "x"}"#).unwrap();
        let held = words(&held, &field, false).unwrap();
        assert!(!rendered.contains("hunter") && !held.contains("hunter"));
    }
}
