//! Playwright's selector language (`internal:role=button[name="Buy"i] >> nth=0`), and the object
//! that its recorder writes beside it.

use serde_json::Value;

use super::playwright_locator::{Locator, Match, Piece, unquoted};

/// Selectors nested in selectors (`internal:has`) beyond this are not followed.
const MAX_DEPTH: usize = 4;

/// Reads a selector. What it does not know becomes [`Piece::Unknown`].
pub(super) fn parse(selector: &str) -> Locator {
    Locator(parse_within(selector, 0))
}

fn parse_within(selector: &str, depth: usize) -> Vec<Piece> {
    split(selector)
        .into_iter()
        .flat_map(|part| parse_part(part.trim(), depth))
        .collect()
}

/// Parts between `>>` that stand outside of quotes.
fn split(selector: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let mut quote = None;
    let mut characters = selector.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match quote {
            _ if character == '\\' => {
                characters.next();
            }
            Some(open) if open == character => quote = None,
            // An apostrophe in `text=Don't` opens nothing.
            None if "\"'`".contains(character) => {
                let before = selector[start..at].trim_start();
                let bare = before
                    .strip_prefix("text=")
                    .is_some_and(|rest| !rest.is_empty());
                quote = (!bare).then_some(character);
            }
            None if character == '>' && characters.peek().is_some_and(|(_, next)| *next == '>') => {
                characters.next();
                parts.push(&selector[start..at]);
                start = at + 2;
            }
            _ => {}
        }
    }
    parts.push(&selector[start..]);
    parts
}

fn parse_part(part: &str, depth: usize) -> Vec<Piece> {
    let (engine, body) = engine_of(part);
    let unknown = || Piece::Unknown(engine.to_owned());
    let nested = |make: fn(Locator) -> Piece| {
        let inner: Option<String> = serde_json::from_str::<Vec<Value>>(&format!("[{body}]"))
            .ok()
            .and_then(|values| values.first()?.as_str().map(str::to_owned));
        match inner {
            Some(inner) if depth < MAX_DEPTH => make(Locator(parse_within(&inner, depth + 1))),
            _ => unknown(),
        }
    };
    let piece = match engine {
        "css" | "css:light" => Piece::Css(body.to_owned()),
        "xpath" => Piece::XPath(body.to_owned()),
        "id" => Piece::Attribute {
            name: "id".to_owned(),
            value: Match::Exact(body.to_owned()),
        },
        "data-testid" | "data-test-id" | "data-test" => Piece::Attribute {
            name: engine.to_owned(),
            value: Match::Exact(body.to_owned()),
        },
        "text" | "internal:text" => Piece::Text(text_of(body)),
        "internal:label" => Piece::Label(text_of(body)),
        "internal:has-text" | "has-text" => Piece::HasText(text_of(body)),
        "internal:has-not-text" => Piece::HasNotText(text_of(body)),
        "internal:role" | "role" => role(body),
        "internal:testid" | "internal:attr" => {
            let (_, attributes) = attributes_of(body);
            match attributes.into_iter().next() {
                Some((name, Some(value))) => Piece::Attribute { name, value },
                _ => unknown(),
            }
        }
        "nth" => body.trim().parse().map_or_else(|_| unknown(), Piece::Nth),
        "visible" => Piece::Visible(body.trim() != "false"),
        "internal:has" => nested(Piece::Has),
        "internal:has-not" => nested(Piece::HasNot),
        "internal:and" => nested(Piece::And),
        "internal:or" => nested(Piece::Or),
        "internal:chain" => {
            return match nested(Piece::Has) {
                Piece::Has(inner) => inner.0,
                other => vec![other],
            };
        }
        "internal:control" if body == "enter-frame" => Piece::EnterFrame,
        // A name that somebody gave it.
        "internal:describe" => return Vec::new(),
        _ => unknown(),
    };
    vec![piece]
}

/// `text=Buy` is (`text`, `Buy`); what names no engine is CSS, `XPath` or a text.
fn engine_of(part: &str) -> (&str, &str) {
    let part = part
        .strip_prefix('*')
        .filter(|rest| rest.contains('='))
        .unwrap_or(part);
    if let Some((engine, body)) = part.split_once('=') {
        let is_engine =
            |character: char| character.is_ascii_alphanumeric() || "_-+:".contains(character);
        let engine = engine.trim();
        if !engine.is_empty() && engine.chars().all(is_engine) {
            return (engine, body);
        }
    }
    let quoted = part.len() > 1
        && ["\"", "'"]
            .iter()
            .any(|quote| part.starts_with(quote) && part.ends_with(quote));
    if quoted {
        ("text", part)
    } else if part.trim_start_matches('(').starts_with("//") || part.starts_with("..") {
        ("xpath", part)
    } else {
        ("css", part)
    }
}

/// `"Buy"i` is a part, `"Buy"s` and `"Buy"` exact, `/Bu./i` a pattern.
fn text_of(body: &str) -> Match {
    let body = body.trim();
    if let Some(regex) = regex_of(body) {
        return regex;
    }
    let exact = |text: &str| unquoted(text).map(Match::Exact);
    let part = |text: &str| unquoted(text).map(Match::Part);
    if body.ends_with(['"', '\'']) {
        exact(body)
    } else if let Some(text) = body
        .strip_suffix('s')
        .filter(|text| text.ends_with(['"', '\'']))
    {
        exact(text)
    } else if let Some(text) = body
        .strip_suffix('i')
        .filter(|text| text.ends_with(['"', '\'']))
    {
        part(text)
    } else {
        None
    }
    .unwrap_or_else(|| Match::Part(body.to_owned()))
}

/// `/source/flags`.
fn regex_of(text: &str) -> Option<Match> {
    let (source, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
    let is_flag = |flag: char| "dgimsuvy".contains(flag);
    (!source.is_empty() && flags.chars().all(is_flag)).then(|| Match::Regex(source.to_owned()))
}

fn role(body: &str) -> Piece {
    let (role, attributes) = attributes_of(body);
    let (mut name, mut description, mut states) = (None, None, Vec::new());
    for (attribute, value) in attributes {
        match (attribute.as_str(), value) {
            ("name", value) => name = value,
            ("description", value) => description = value,
            // Hidden ones are left out: ours never counts them.
            ("include-hidden", Some(Match::Exact(no))) if no == "false" => {}
            (_, _) => states.push(attribute),
        }
    }
    Piece::Role {
        role,
        name,
        description,
        states,
    }
}

/// `button[name="Buy"i][checked]`: what stands in front, and attributes with their values.
fn attributes_of(body: &str) -> (String, Vec<(String, Option<Match>)>) {
    let Some(open) = body.find('[') else {
        return (body.trim().to_owned(), Vec::new());
    };
    let (mut found, mut rest) = (Vec::new(), &body[open..]);
    while let Some(inside) = rest.trim_start().strip_prefix('[') {
        let Some(close) = closing(inside) else { break };
        let (attribute, after) = (&inside[..close], &inside[close + 1..]);
        match attribute.split_once('=') {
            Some((name, value)) => {
                let name = name
                    .trim()
                    .trim_matches(['"', '\''])
                    .trim_end_matches(['*', '^', '$', '|', '~']);
                found.push((name.to_owned(), Some(value_of(value.trim()))));
            }
            None => found.push((attribute.trim().to_owned(), None)),
        }
        rest = after;
    }
    (body[..open].trim().to_owned(), found)
}

/// A quoted value is exact unless an `i` follows.
fn value_of(value: &str) -> Match {
    if value.starts_with('/') {
        return regex_of(value).unwrap_or_else(|| Match::Part(value.to_owned()));
    }
    let part = value.strip_suffix(['i', 'I']);
    if let Some(text) = part.and_then(|text| unquoted(text.trim_end())) {
        return Match::Part(text);
    }
    let plain = value.strip_suffix(['s', 'S']).unwrap_or(value);
    let text = unquoted(plain.trim_end()).or_else(|| unquoted(value));
    Match::Exact(text.unwrap_or_else(|| value.to_owned()))
}

/// Byte of the bracket that closes, outside of quotes and patterns.
fn closing(inside: &str) -> Option<usize> {
    let mut open: Option<char> = None;
    let mut characters = inside.char_indices();
    let mut before = ' ';
    while let Some((at, character)) = characters.next() {
        match open {
            _ if character == '\\' => {
                characters.next();
            }
            Some(quote) if quote == character => open = None,
            None if "\"'".contains(character) => open = Some(character),
            None if character == '/' && before == '=' => open = Some('/'),
            None if character == ']' => return Some(at),
            _ => {}
        }
        before = character;
    }
    None
}

/// The object that newer recorders write beside the selector, for files without it.
pub(super) fn from_object(locator: &Value) -> Option<Locator> {
    let mut pieces = Vec::new();
    let mut next = Some(locator);
    while let Some(link) = next {
        pieces.extend(from_link(link, 0)?);
        next = link.get("next");
    }
    Some(Locator(pieces))
}

fn from_link(link: &Value, depth: usize) -> Option<Vec<Piece>> {
    let options = link.get("options");
    let option = |name: &str| options.and_then(|options| options.get(name));
    let exact = option("exact").and_then(Value::as_bool).unwrap_or(false);
    let compared = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        regex_of(text).unwrap_or_else(|| {
            let text = text.to_owned();
            if exact {
                Match::Exact(text)
            } else {
                Match::Part(text)
            }
        })
    };
    let body = link.get("body").unwrap_or(&Value::Null);
    let text = || compared(body);
    let attribute = |name: &str| Piece::Attribute {
        name: name.to_owned(),
        value: text(),
    };
    let inner = || {
        let inner = match body {
            Value::String(selector) => parse(selector),
            object if depth < MAX_DEPTH => {
                let mut pieces = Vec::new();
                let mut next = Some(object);
                while let Some(link) = next {
                    pieces.extend(from_link(link, depth + 1)?);
                    next = link.get("next");
                }
                Locator(pieces)
            }
            _ => return None,
        };
        Some(inner)
    };
    let first = match link.get("kind")?.as_str()? {
        "default" => {
            let mut pieces = parse_within(body.as_str()?, 0);
            pieces.extend(option("hasText").map(|text| Piece::HasText(compared(text))));
            pieces.extend(option("hasNotText").map(|text| Piece::HasNotText(compared(text))));
            return Some(pieces);
        }
        "frame-locator" => {
            let mut pieces = parse_within(body.as_str()?, 0);
            pieces.push(Piece::EnterFrame);
            return Some(pieces);
        }
        "role" => Piece::Role {
            role: body.as_str()?.to_owned(),
            name: option("name").map(compared),
            description: option("description").map(compared),
            states: option("attrs")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|state| state.get("name")?.as_str().map(str::to_owned))
                .collect(),
        },
        "text" => Piece::Text(text()),
        "label" => Piece::Label(text()),
        "placeholder" => attribute("placeholder"),
        "alt" => attribute("alt"),
        "title" => attribute("title"),
        "test-id" => Piece::Attribute {
            name: "data-testid".to_owned(),
            value: Match::Exact(body.as_str()?.to_owned()),
        },
        "nth" => Piece::Nth(match body {
            Value::String(at) => at.parse().ok()?,
            at => at.as_i64()?,
        }),
        "first" => Piece::Nth(0),
        "last" => Piece::Nth(-1),
        "visible" => Piece::Visible(body.as_str() != Some("false")),
        "has-text" => Piece::HasText(text()),
        "has-not-text" => Piece::HasNotText(text()),
        "has" => Piece::Has(inner()?),
        "hasNot" => Piece::HasNot(inner()?),
        "and" => Piece::And(inner()?),
        "or" => Piece::Or(inner()?),
        "chain" => return inner().map(|inner| inner.0),
        "frame" => Piece::EnterFrame,
        other => Piece::Unknown(other.to_owned()),
    };
    Some(vec![first])
}
