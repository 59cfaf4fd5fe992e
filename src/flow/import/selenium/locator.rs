//! Selenium's locators as selectors.

use crate::flow::{Selector, Selectors};

use super::project::Command;

/// More alternatives only slow a replay down.
const MAX_ALTERNATIVES: usize = 6;

/// Selectors for one locator; nothing when it is of an unknown kind.
pub(super) fn selectors(locator: &str) -> Option<Selectors> {
    let found: Vec<Selector> = one(locator).into_iter().map(selector).collect();
    (!found.is_empty()).then_some(Selectors(found))
}

/// Selectors for a command's target with its recorded alternatives, the best first. The second
/// value says that alternatives were left out: the target is not among them, so somebody has
/// changed it since.
pub(super) fn of_target(command: &Command) -> Option<(Selectors, bool)> {
    let own = one(&command.target);
    if own.is_empty() {
        return None;
    }
    let lists = [&command.targets, &command.fallback_targets];
    let recorded = lists
        .into_iter()
        .find(|list| list.contains(&command.target));
    let stale = recorded.is_none() && lists.iter().any(|list| !list.is_empty());
    let mut all: Vec<(u32, String)> = own
        .into_iter()
        .map(|selector| (rank(&selector).saturating_sub(2), selector))
        .collect();
    for locator in recorded.into_iter().flatten() {
        for selector in one(locator) {
            if !all.iter().any(|(_, known)| *known == selector) {
                all.push((rank(&selector), selector));
            }
        }
    }
    all.sort_by_key(|(rank, _)| *rank);
    all.truncate(MAX_ALTERNATIVES);
    let all = all.into_iter().map(|(_, part)| selector(part));
    Some((Selectors(all.collect()), stale))
}

/// Lower is better.
fn rank(selector: &str) -> u32 {
    let is_xpath = selector.starts_with("xpath/");
    if selector.starts_with("[data-") {
        0
    } else if selector.starts_with("aria/") {
        2
    } else if selector.contains("nth-") || is_xpath && counts(selector) {
        9
    } else if is_xpath {
        6
    } else if selector.starts_with('#') || selector.starts_with("[id=") {
        1
    } else if selector.starts_with("[name=") {
        3
    } else {
        5
    }
}

/// Whether an `XPath` counts positions (`div[2]`).
fn counts(xpath: &str) -> bool {
    xpath
        .split('[')
        .skip(1)
        .any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn selector(part: String) -> Selector {
    Selector {
        chain: vec![part],
        bare: false,
    }
}

/// What a locator means, in our forms.
fn one(locator: &str) -> Vec<String> {
    let locator = locator.trim();
    if locator.is_empty() {
        return Vec::new();
    }
    if locator.starts_with("//") || locator.starts_with("(//") {
        return vec![format!("xpath/{locator}")];
    }
    let kind = locator.split_once('=').filter(|(kind, rest)| {
        !rest.is_empty() && kind.chars().all(|letter| letter.is_ascii_alphabetic())
    });
    let Some((kind, rest)) = kind else {
        // Of the oldest versions: without a kind.
        return vec![by_attribute("id", locator)];
    };
    match kind {
        "id" => vec![by_attribute("id", rest)],
        "name" => vec![by_attribute("name", rest)],
        "class" | "className" => vec![by_attribute("class~", rest)],
        "identifier" => vec![format!(
            "{}, {}",
            by_attribute("id", rest),
            by_attribute("name", rest)
        )],
        "css" => vec![rest.to_owned()],
        "xpath" => vec![format!("xpath/{rest}")],
        "link" | "linkText" => {
            let text = rest.strip_prefix("exact:").unwrap_or(rest);
            vec![
                format!("aria/{}[role=\"link\"]", in_aria(text)),
                format!("xpath///a[normalize-space(.)={}]", in_xpath(text)),
            ]
        }
        "partialLinkText" => vec![format!(
            "xpath///a[contains(normalize-space(.), {})]",
            in_xpath(rest)
        )],
        _ => Vec::new(),
    }
}

/// `#x` where that is an identifier, else `[id="x"]`.
fn by_attribute(name: &str, value: &str) -> String {
    let simple = value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    if name == "id" && simple {
        return format!("#{value}");
    }
    format!("[{name}=\"{}\"]", in_css(value))
}

fn in_css(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\a "),
            _ => out.push(letter),
        }
    }
    out
}

/// Names with brackets in them are written as an attribute.
fn in_aria(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.contains('[') {
        return format!(
            "[name=\"{}\"]",
            text.replace('\\', "\\\\").replace('"', "\\\"")
        );
    }
    text
}

/// A string of `XPath`, which knows no escapes.
fn in_xpath(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
    format!("concat({})", parts.join(", '\"', "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_become_selectors() {
        for (locator, expected) in [
            ("id=login", "#login"),
            ("id=a.b:c", "[id=\"a.b:c\"]"),
            ("name=user[name]", "[name=\"user[name]\"]"),
            ("css=.row:nth-child(2) > a", ".row:nth-child(2) > a"),
            (
                "xpath=//a[contains(., 'x=1')]",
                "xpath///a[contains(., 'x=1')]",
            ),
            ("(//a)[2]", "xpath/(//a)[2]"),
            ("login", "#login"),
            (
                "partialLinkText=say \"hi\"",
                "xpath///a[contains(normalize-space(.), 'say \"hi\"')]",
            ),
            (
                "linkText=Rows [2]",
                "aria/[name=\"Rows [2]\"][role=\"link\"]",
            ),
        ] {
            assert_eq!(
                selectors(locator).unwrap().0[0].chain,
                [expected],
                "{locator}"
            );
        }
        assert!(selectors("dom=document.forms[0]").is_none());
        assert!(selectors("").is_none());
        assert_eq!(
            in_xpath("it's \"x\""),
            "concat(\"it's \", '\"', \"x\", '\"', \"\")"
        );
    }

    #[test]
    fn the_best_alternative_is_first_and_a_stale_list_is_left_out() {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        let mut command = Command {
            target: "css=div:nth-child(2) > a".into(),
            targets: list(&["css=div:nth-child(2) > a", "id=buy", "xpath=//div[2]/a"]),
            ..Command::default()
        };
        let (found, stale) = of_target(&command).unwrap();
        let chains: Vec<&str> = found.0.iter().map(|one| one.chain[0].as_str()).collect();
        assert_eq!(chains, ["#buy", "div:nth-child(2) > a", "xpath///div[2]/a"]);
        assert!(!stale);
        command.target = "id=other".into();
        let (found, stale) = of_target(&command).unwrap();
        assert_eq!(found.0.len(), 1);
        assert!(stale, "the list is of another element");
    }
}
