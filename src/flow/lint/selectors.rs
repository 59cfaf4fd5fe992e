//! Whether an element will be found again next month.

use super::Rule;
use super::volatile::is_volatile;
use crate::flow::{Action, Selector, SelectorPart, Step};

/// More steps down the tree than this say more of the layout than of the element.
const LONG_CHAIN: usize = 4;

pub(super) fn check(step: &Step) -> Vec<(Rule, String)> {
    let Some(selectors) = step.action.selectors() else {
        return Vec::new();
    };
    // What is waited for is read, not acted on: a wrong one is seen at once.
    let acts = !matches!(step.action, Action::WaitForElement(_));
    let known = step.extension.element.is_some();
    let weak: Vec<Option<String>> = selectors.0.iter().map(weakness).collect();
    if weak.iter().all(Option::is_some) && acts && !known {
        let why = weak.into_iter().flatten().collect::<Vec<_>>().join("; ");
        return vec![(Rule::FragileSelector, why)];
    }
    let mut found: Vec<(Rule, String)> = selectors
        .0
        .iter()
        .filter_map(generated)
        .map(|why| (Rule::StaleSoon, why))
        .collect();
    if selectors.0.len() == 1 && acts && !known && step.extension.choose.is_none() {
        let only = selectors.listed();
        found.push((Rule::SingleSelector, format!("{only} is its only selector")));
    }
    found
}

/// Why a selector will not last.
fn weakness(selector: &Selector) -> Option<String> {
    generated(selector).or_else(|| counted(selector))
}

fn shown(selector: &Selector) -> String {
    selector.chain.join(" >>> ")
}

/// It holds a generated id or class.
fn generated(selector: &Selector) -> Option<String> {
    let name = selector.parts().into_iter().find_map(|part| {
        let names = match part {
            SelectorPart::Css { value } | SelectorPart::Pierce { value } => css_names(&value),
            SelectorPart::XPath { value } => xpath_ids(&value),
            _ => Vec::new(),
        };
        names.into_iter().find(|name| is_volatile(name))
    })?;
    Some(format!(
        "`{}` holds the generated name `{name}`",
        shown(selector)
    ))
}

/// It counts positions, or goes down the tree step by step.
fn counted(selector: &Selector) -> Option<String> {
    selector.parts().iter().find_map(|part| {
        let why = match part {
            SelectorPart::Css { value } | SelectorPart::Pierce { value } => {
                if [":nth-", ":first-", ":last-"]
                    .iter()
                    .any(|word| value.contains(word))
                {
                    "counts positions"
                } else if value.matches('>').count() > LONG_CHAIN {
                    "describes the layout around the element"
                } else {
                    return None;
                }
            }
            SelectorPart::XPath { value } => {
                if value.contains("[@") && !value.starts_with("/html") {
                    return None;
                }
                "counts positions"
            }
            _ => return None,
        };
        Some(format!("`{}` {why}", shown(selector)))
    })
}

/// Ids and classes in CSS, attributes in brackets left out.
fn css_names(css: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_u32;
    let mut current: Option<String> = None;
    let mut characters = css.chars();
    while let Some(character) = characters.next() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '\\' => {
                let next = characters.next();
                if let Some(name) = &mut current {
                    name.extend(next);
                }
                continue;
            }
            _ => {}
        }
        let of_name = character.is_alphanumeric()
            || "-_«»".contains(character)
            // Recorders write React's `#:r1:` without a backslash now and then.
            || (character == ':' && current.as_deref().is_some_and(|name| name.is_empty() || name.starts_with(':')));
        if depth == 0 && matches!(character, '#' | '.') {
            names.extend(current.replace(String::new()));
        } else if depth == 0 && of_name {
            if let Some(name) = &mut current {
                name.push(character);
            }
        } else {
            names.extend(current.take());
        }
    }
    names.extend(current);
    names
}

/// `@id="…"` in an `XPath`.
fn xpath_ids(xpath: &str) -> Vec<String> {
    let ids = xpath.split("@id=").skip(1);
    ids.filter_map(|rest| {
        let quote = rest.chars().next().filter(|quote| "\"'".contains(*quote))?;
        rest[1..].split(quote).next().map(str::to_owned)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_out_of_css() {
        assert_eq!(
            css_names("form#login .btn.btn-primary > a"),
            ["login", "btn", "btn-primary"]
        );
        assert_eq!(css_names(r"#\:r1\: [href='#x.y']"), [":r1:"]);
        assert_eq!(css_names("#:r1:"), [":r1:"]);
        assert_eq!(css_names("a:hover"), Vec::<String>::new());
        assert_eq!(xpath_ids(r#"//*[@id="mui-3"]/div"#), ["mui-3"]);
    }
}
