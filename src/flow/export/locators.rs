//! Selectors as Playwright's locators: a test id before role and name, before a label, before
//! text, before CSS.

use super::super::{Action, Filter, Fingerprint, Selector, SelectorPart, Selectors, Step};
use super::code::Expr;
use super::pattern;

/// What the field or element of a step is, as far as the recording says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Select,
    Box,
    File,
    Canvas,
    Button,
    Unknown,
}

/// What the recorded element tells of itself, if it does.
fn known(element: Option<&Fingerprint>, part: fn(&Fingerprint) -> &String) -> Option<String> {
    element.map(part).filter(|part| !part.is_empty()).cloned()
}

/// The element that selectors find, on a page or in a frame. `change`: it is a field.
pub(super) fn locator(
    on: Expr,
    selectors: &Selectors,
    element: Option<&Fingerprint>,
    change: bool,
) -> Expr {
    let tag = known(element, |element| &element.tag).or_else(|| tag_of(selectors));
    let role = known(element, |element| &element.role)
        .or_else(|| tag.as_deref().and_then(role_of_tag).map(str::to_owned));
    let best = selectors
        .0
        .iter()
        .enumerate()
        .filter(|(_, selector)| !selector.chain.is_empty())
        .min_by_key(|(place, selector)| (rank(selector, role.as_deref(), change), *place));
    let Some((_, best)) = best else {
        return on.call("locator", vec![Expr::text(":root")]);
    };
    let parts = best.parts();
    // Filters behind it belong to the element.
    let is_filter = |part: &SelectorPart| matches!(part, SelectorPart::Only { .. });
    let last = parts.iter().rposition(|part| !is_filter(part)).unwrap_or(0);
    let root = on.clone();
    parts.into_iter().enumerate().fold(on, |on, (index, part)| {
        let role = role.as_deref().filter(|_| index == last);
        of_part(&root, on, part, role, change && index == last)
    })
}

/// Several like elements: those that the first alternative finds.
pub(super) fn list(on: &Expr, selectors: &Selectors) -> Expr {
    let parts = selectors.0.first().map(Selector::parts).unwrap_or_default();
    parts.into_iter().fold(on.clone(), |found, part| {
        of_part(on, found, part, None, false)
    })
}

/// Lower is better.
fn rank(selector: &Selector, role: Option<&str>, change: bool) -> u32 {
    let of = |part: SelectorPart| match part {
        SelectorPart::Css { value } | SelectorPart::Pierce { value } => {
            if test_id(&value).is_some() {
                0
            } else if value.contains(":nth") {
                8
            } else {
                5
            }
        }
        SelectorPart::Only { .. } => 0,
        SelectorPart::Aria {
            name: Some(_),
            role: Some(_),
            ..
        } => 1,
        SelectorPart::Aria { name: Some(_), .. } => match (change, role) {
            (false, None) => 6,
            _ => 2,
        },
        SelectorPart::Text { .. } => 4,
        SelectorPart::Aria { .. } => 7,
        SelectorPart::XPath { .. } => 9,
    };
    selector.parts().into_iter().map(of).max().unwrap_or(10)
}

/// `part` of what is found so far; `root` is the page or frame.
fn of_part(root: &Expr, on: Expr, part: SelectorPart, role: Option<&str>, change: bool) -> Expr {
    match part {
        SelectorPart::Css { value } | SelectorPart::Pierce { value } => match test_id(&value) {
            Some(id) => on.call("getByTestId", vec![Expr::text(id)]),
            None => on.call("locator", vec![Expr::text(value)]),
        },
        SelectorPart::Text { value } => on.call("getByText", vec![Expr::text(value)]),
        SelectorPart::XPath { value } => {
            on.call("locator", vec![Expr::text(format!("xpath={value}"))])
        }
        SelectorPart::Aria {
            name,
            role: own_role,
            description,
            loose,
        } => {
            let found = match (name, own_role.as_deref().or(role.filter(|_| !change))) {
                (Some(name), None) => {
                    let by = if change { "getByLabel" } else { "getByText" };
                    on.call(by, vec![Expr::Text(name)])
                }
                (name, role) => {
                    let role = Expr::text(role.unwrap_or("generic"));
                    let found = on.call("getByRole", vec![role]);
                    let found = match name {
                        Some(name) => found.with("name", Expr::Text(name)),
                        None if description.is_none() => return found,
                        None => found,
                    };
                    match description {
                        Some(text) => found.with("description", Expr::Text(text)),
                        None => found,
                    }
                }
            };
            if loose {
                found
            } else {
                found.with("exact", Expr::Bool(true))
            }
        }
        SelectorPart::Only {
            by,
            value,
            loose,
            part,
        } => {
            let inner = |part: Option<Box<SelectorPart>>| match part {
                Some(part) => of_part(root, root.clone(), *part, None, false),
                None => root
                    .clone()
                    .call("locator", vec![Expr::text(value.clone())]),
            };
            let text = || {
                if loose {
                    Expr::text(value.clone())
                } else {
                    Expr::Regex(format!(r"^\s*{}\s*$", pattern::escaped(&value)))
                }
            };
            let filter = |option, value| on.clone().call("filter", Vec::new()).with(option, value);
            match by {
                Filter::Nth => match value.parse::<i32>() {
                    Ok(0) => on.call("first", Vec::new()),
                    place => {
                        let place = f64::from(place.unwrap_or_default());
                        on.call("nth", vec![Expr::Number(place)])
                    }
                },
                Filter::Text => filter("hasText", text()),
                Filter::NotText => filter("hasNotText", text()),
                Filter::Visible => filter("visible", Expr::Bool(value == "true")),
                Filter::Has => filter("has", inner(part)),
                Filter::HasNot => filter("hasNot", inner(part)),
                Filter::Is => on.clone().call("and", vec![inner(part)]),
            }
        }
    }
}

/// The value of `[data-testid="x"]`, Playwright's own test id.
fn test_id(css: &str) -> Option<&str> {
    let inside = css.strip_prefix("[data-testid=")?.strip_suffix(']')?;
    let quote = inside
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''));
    let id = match quote {
        Some(quote) => inside.strip_prefix(quote)?.strip_suffix(quote)?,
        None => inside,
    };
    (!id.is_empty() && !id.contains(['"', '\'', '\\', '[', ']'])).then_some(id)
}

/// The tag that a CSS or `XPath` alternative ends with.
fn tag_of(selectors: &Selectors) -> Option<String> {
    let last = selectors
        .0
        .iter()
        .filter_map(|selector| selector.parts().pop());
    let mut tags = last.filter_map(|part| {
        let end = match &part {
            SelectorPart::Css { value } | SelectorPart::Pierce { value } => {
                value.rsplit([' ', '>', '+', '~']).next()?
            }
            SelectorPart::XPath { value } => value.rsplit('/').next()?,
            _ => return None,
        };
        let tag: String = end
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        (!tag.is_empty()).then(|| tag.to_ascii_lowercase())
    });
    tags.next()
}

fn role_of_tag(tag: &str) -> Option<&'static str> {
    Some(match tag {
        "a" => "link",
        "button" => "button",
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => "heading",
        "option" => "option",
        "img" => "img",
        _ => return None,
    })
}

/// What a step's element is.
pub(super) fn kind(step: &Step) -> Kind {
    let element = step.extension.element.as_deref();
    if step.extension.values.is_some() {
        return Kind::Select;
    }
    if step.extension.keys.is_some() {
        return Kind::Text;
    }
    let Some(selectors) = step.action.selectors() else {
        return Kind::Unknown;
    };
    let attribute = |name: &str| {
        let of_element = element.and_then(|element| element.attributes.get(name).cloned());
        of_element.or_else(|| {
            let mut parts = selectors.0.iter().flat_map(|selector| &selector.chain);
            parts.find_map(|part| attribute_in(part, name))
        })
    };
    let tag = known(element, |element| &element.tag).or_else(|| tag_of(selectors));
    let role = known(element, |element| &element.role).or_else(|| {
        let parts = selectors.0.iter().filter_map(|one| one.parts().pop());
        let mut roles = parts.filter_map(|part| match part {
            SelectorPart::Aria { role, .. } => role,
            _ => None,
        });
        roles.next()
    });
    let input = attribute("type");
    match (tag.as_deref(), input.as_deref(), role.as_deref()) {
        (Some("select"), ..) => Kind::Select,
        (_, Some("checkbox" | "radio"), _) | (_, _, Some("checkbox" | "radio" | "switch")) => {
            Kind::Box
        }
        (_, Some("file"), _) => Kind::File,
        (Some("canvas" | "svg" | "img" | "video"), ..) => Kind::Canvas,
        (Some("button" | "a"), ..) | (_, _, Some("button" | "link")) => Kind::Button,
        (Some("textarea"), ..) | (_, Some(_), _) | (_, _, Some("textbox" | "searchbox")) => {
            Kind::Text
        }
        _ => Kind::Unknown,
    }
}

/// `[type="x"]` in a CSS selector.
fn attribute_in(css: &str, name: &str) -> Option<String> {
    let after = css.split(&format!("[{name}=")).nth(1)?;
    let value = after.split(']').next()?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

/// Whether a `change` gives a box the state "on".
pub(super) fn is_on(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "on" | "checked" | "1" | "yes" => Some(true),
        "false" | "off" | "unchecked" | "0" | "no" | "" => Some(false),
        _ => None,
    }
}

/// Whether the step gives a field its value.
pub(super) fn is_change(step: &Step) -> bool {
    matches!(step.action, Action::Change { .. })
}
