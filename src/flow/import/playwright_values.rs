//! Values in the calls of a test script: options of clicks, addresses, environment variables, and
//! how a chain of calls is shown.

use serde_json::Value as Json;

use crate::flow::{Button, Modifier};

use super::playwright_calls::Arguments;
use super::playwright_steps::Click;
use super::playwright_syntax::{Expr, Link};

pub(super) fn click_of(options: Option<&Expr>) -> Click {
    let Some(options) = options else {
        return Click::default();
    };
    let Arguments(value) = Arguments::of(options);
    let number = |value: &Json, name: &str| value.get(name).and_then(Json::as_f64);
    let held = value.get("modifiers").and_then(Json::as_array);
    let held = held.into_iter().flatten().filter_map(Json::as_str);
    Click {
        button: match value.get("button").and_then(Json::as_str) {
            Some("right") => Some(Button::Secondary),
            Some("middle") => Some(Button::Auxiliary),
            _ => None,
        },
        modifiers: held
            .filter_map(|name| match name {
                "Alt" => Some(Modifier::Alt),
                "Control" => Some(Modifier::Control),
                "ControlOrMeta" => Some(Modifier::ControlOrMeta),
                "Meta" => Some(Modifier::Meta),
                "Shift" => Some(Modifier::Shift),
                _ => None,
            })
            .collect(),
        count: number(&value, "clickCount").map(|count| count as u64),
        position: value
            .get("position")
            .and_then(|position| Some((number(position, "x")?, number(position, "y")?))),
        hold_ms: number(&value, "delay"),
    }
}

pub(super) fn delay(args: &[Expr]) -> Option<u64> {
    let delay = args.iter().find_map(|arg| arg.member("delay")?.number())?;
    Some(delay.clamp(0.0, 60_000.0) as u64)
}

/// `process.env.NAME`, `os.environ["NAME"]`, `os.getenv("NAME")`.
pub(super) fn environment(links: &[Link]) -> Option<String> {
    let from = links
        .iter()
        .position(|link| ["env", "environ", "getenv"].contains(&link.name.as_str()))?;
    let texts = |link: &Link| match link.args.as_deref()?.first()? {
        Expr::Text(text) => Some(text.clone()),
        _ => None,
    };
    let name = links[from..].iter().find_map(texts).or_else(|| {
        let next = links.get(from + 1)?;
        // `camel` has read the name of a member, whose words were parted by `_`.
        next.args.is_none().then(|| next.name.clone())
    })?;
    let is_name = |character: char| character.is_alphanumeric() || "_-".contains(character);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// `/.*\/orders\/\d+/` is `**/orders/*`; `None` when it says more than that.
pub(super) fn pattern_of(source: &str) -> Option<String> {
    let open = source.strip_prefix('^');
    let body = open.unwrap_or(source);
    let (body, closed) = match body.strip_suffix('$') {
        Some(body) if !body.ends_with('\\') => (body, true),
        _ => (body, false),
    };
    let mut out = String::from(if open.is_some() { "" } else { "**" });
    let mut rest = body;
    while let Some(character) = rest.chars().next() {
        let any = ["\\d+", "[^/]+", "[^/]*", "\\w+", "[a-z0-9-]+", "\\d*"];
        if let Some(after) = rest.strip_prefix(".*").or_else(|| rest.strip_prefix(".+")) {
            out.push_str("**");
            rest = after;
        } else if let Some(after) = any.iter().find_map(|any| rest.strip_prefix(any)) {
            out.push('*');
            rest = after;
        } else if character == '\\' {
            let next = rest[1..]
                .chars()
                .next()
                .filter(|next| !next.is_alphanumeric())?;
            out.push(next);
            rest = &rest[1 + next.len_utf8()..];
        } else if "[](){}+*?|^$".contains(character) {
            return None;
        } else {
            // A dot that stands for any character nearly always means a dot.
            out.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    if !closed {
        out.push_str("**");
    }
    Some(out.replace("****", "**"))
}

/// A chain as notes show it: names only, since arguments may be secrets.
pub(super) fn shown(root: &str, links: &[Link]) -> String {
    let mut out: String = root.chars().take(40).collect();
    for link in links.iter().take(8) {
        if !link.name.is_empty() {
            out.push('.');
            out.extend(link.name.chars().take(40));
        }
        match link.args.as_deref() {
            Some([]) => out.push_str("()"),
            Some(_) => out.push_str("(…)"),
            None => {}
        }
    }
    out
}
