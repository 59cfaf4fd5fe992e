//! Reads generators that hold generators: `by` (another column decides) and `json`.

use toml::Spanned;
use toml::de::DeValue;

use super::column::{Generator, JsonPart};
use super::generator::{self, names};
use super::read::{PlanError, Section, did_you_mean};

/// `{ gen = "by", column = "status", cases = { shipped = {…} }, otherwise = {…} }`
pub(super) fn by(section: &Section<'_>) -> Result<Generator, PlanError> {
    let path = section.required("column")?;
    let Some(value) = section.get("cases") else {
        return Err(section.missing("cases"));
    };
    let open = section.open(format!("`cases` of {}", section.what), value)?;
    let name = section.what.trim_start_matches("column ").replace('`', "");
    let cases = open
        .entries()
        .into_iter()
        .map(|(case, span, value)| {
            let what = format!("{name} (case {case})");
            let column = generator::column(&open, &what, span, value)?;
            Ok((case.to_owned(), column))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if cases.is_empty() {
        return Err(section.invalid("cases", "is empty"));
    }
    let otherwise = match section.get("otherwise") {
        None => None,
        Some(value) => {
            let what = format!("{name} (otherwise)");
            Some(Box::new(generator::column(
                section,
                &what,
                value.span(),
                value,
            )?))
        }
    };
    Ok(Generator::By {
        path,
        cases,
        otherwise,
    })
}

/// `{ gen = "json", value = {…} }` or `{ gen = "json", text = "{…{column}…}" }`
pub(super) fn json(section: &Section<'_>) -> Result<Generator, PlanError> {
    let text = section.string("text")?;
    let mut parts = Vec::new();
    match (section.get("value"), text) {
        (Some(value), None) => object(section, value, &mut parts)?,
        (None, Some(text)) => {
            template(&text, &mut parts);
            check(section, &parts)?;
        }
        _ => {
            return Err(section.error(
                section.span.clone(),
                format!("{} needs `value` or `text`", section.what),
                Some(
                    "value = { theme = { gen = \"one_of\", values = [\"dark\", \"light\"] } }, or \
                     text = '{\"city\": {city}}'"
                        .to_owned(),
                ),
            ));
        }
    }
    Ok(Generator::Json(parts))
}

fn literal(parts: &mut Vec<JsonPart>, text: &str) {
    match parts.last_mut() {
        Some(JsonPart::Literal(before)) => before.push_str(text),
        _ => parts.push(JsonPart::Literal(text.to_owned())),
    }
}

/// A value of the document: numbers and booleans stand for themselves, words and tables with
/// `gen` are generators, other tables and lists are objects and arrays.
fn object<'a>(
    section: &Section<'a>,
    value: &'a Spanned<DeValue<'a>>,
    parts: &mut Vec<JsonPart>,
) -> Result<(), PlanError> {
    match value.get_ref() {
        DeValue::Integer(_) | DeValue::Float(_) => {
            let number = super::read::number(value.get_ref()).filter(|number| number.is_finite());
            let text = match super::read::integer(value.get_ref()) {
                Some(whole) => whole.to_string(),
                None => number.map(|number| number.to_string()).ok_or_else(|| {
                    section.error(value.span(), "no number that JSON knows".to_owned(), None)
                })?,
            };
            literal(parts, &text);
        }
        DeValue::Boolean(yes) => literal(parts, &yes.to_string()),
        DeValue::Array(items) => {
            literal(parts, "[");
            for (index, item) in items.iter().enumerate() {
                literal(parts, if index > 0 { "," } else { "" });
                object(section, item, parts)?;
            }
            literal(parts, "]");
        }
        DeValue::Table(table) if !table.contains_key("gen") => {
            literal(parts, "{");
            let inner = section.open(section.what.clone(), value)?;
            for (index, (key, _, item)) in inner.entries().into_iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                let key = serde_json::Value::from(key);
                literal(parts, &format!("{comma}{key}:"));
                object(section, item, parts)?;
            }
            literal(parts, "}");
        }
        DeValue::String(word) if !names().any(|name| name == word.as_ref()) => {
            let help = did_you_mean(word, names()).unwrap_or_default();
            return Err(section.error(
                value.span(),
                format!("`{word}` inside of {} is no generator", section.what),
                Some(format!(
                    "{help}{}for a fixed text: {{ gen = \"constant\", value = \"{word}\" }}",
                    if help.is_empty() { "" } else { "; " }
                )),
            ));
        }
        _ => {
            let name = section.what.trim_start_matches("column ").replace('`', "");
            let column = generator::column(section, &name, value.span(), value)?;
            parts.push(JsonPart::Made(Box::new(column)));
        }
    }
    Ok(())
}

/// `{column}` is a piece; any other brace is JSON's.
fn template(text: &str, parts: &mut Vec<JsonPart>) {
    let mut inside = false;
    let mut escaped = false;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if letter == '{'
            && let Some((name, tail)) = rest[1..].split_once('}')
            && is_path(name)
        {
            parts.push(JsonPart::Path {
                text: name.to_owned(),
                inside,
            });
            rest = tail;
            continue;
        }
        if letter == '"' && !escaped {
            inside = !inside;
        }
        escaped = letter == '\\' && !escaped;
        let (first, tail) = rest.split_at(letter.len_utf8());
        literal(parts, first);
        rest = tail;
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

/// The text is a document once its pieces are there.
fn check(section: &Section<'_>, parts: &[JsonPart]) -> Result<(), PlanError> {
    let sample: String = parts
        .iter()
        .map(|part| match part {
            JsonPart::Literal(text) => text.as_str(),
            JsonPart::Path { .. } | JsonPart::Made(_) => "0",
        })
        .collect();
    match serde_json::from_str::<serde::de::IgnoredAny>(&sample) {
        Ok(_) => Ok(()),
        Err(error) => {
            let why = format!("is no JSON with its pieces filled in: {error}");
            Err(section.invalid("text", &why))
        }
    }
}
