//! Templates as expressions: feeds become an object with the recorded samples, secrets the
//! environment, values read from the page variables.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::code::Expr;
use super::writer::Writer;

/// What the templates of a flow refer to.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Samples by feed and column; nothing where the recording shows none.
    pub(super) feeds: IndexMap<String, IndexMap<String, Option<String>>>,
    /// Names of variables by the name under which the flow extracts them.
    variables: BTreeMap<String, String>,
}

/// A part of a template.
enum Part<'a> {
    Text(&'a str),
    Reference(&'a str),
}

impl Values {
    /// A native value, or the template in its place, of which `sample` is what was recorded.
    pub(super) fn value(&mut self, template: Option<&str>, sample: &str) -> Expr {
        match template {
            None => Expr::text(sample),
            Some(template) => self.template(template, Some(sample)),
        }
    }

    /// Writes the samples as members of an object: names by `key`, values by `text`.
    pub(super) fn write_samples(
        &self,
        out: &mut Writer,
        key: impl Fn(&str) -> String,
        text: impl Fn(&str) -> String,
    ) {
        for (feed, columns) in &self.feeds {
            out.line(format!("{}: {{", key(feed)));
            out.deeper(|out| {
                for (column, sample) in columns {
                    let sample = sample.as_deref().unwrap_or_default();
                    out.line(format!("{}: {},", key(column), text(sample)));
                }
            });
            out.line("},");
        }
    }

    /// Text that may hold templates, without a sample.
    pub(super) fn text(&mut self, text: &str) -> Expr {
        self.template(text, None)
    }

    fn template(&mut self, template: &str, sample: Option<&str>) -> Expr {
        let parts = parts(template);
        let samples = sample.and_then(|sample| samples(&parts, sample));
        let mut samples = samples.into_iter().flatten();
        let mut out = Vec::new();
        for part in parts {
            out.push(match part {
                Part::Text(text) => Expr::text(text),
                Part::Reference(name) => self.reference(name, samples.next()),
            });
        }
        match out.len() {
            0 => Expr::text(""),
            1 => out.swap_remove(0),
            _ => Expr::Join(out),
        }
    }

    fn reference(&mut self, name: &str, sample: Option<&str>) -> Expr {
        let (feed, column) = name.split_once('.').unwrap_or(("data", name));
        match (feed, column) {
            ("secret", name) => Expr::Environment(format!("REHEARSAL_SECRET_{name}")),
            ("iteration", "unique") => Expr::Unique,
            ("flow", name) if self.variables.contains_key(name) => {
                Expr::name(self.variables[name].clone())
            }
            _ => {
                let columns = self.feeds.entry(feed.to_owned()).or_default();
                let known = columns.entry(column.to_owned()).or_default();
                if known.is_none() {
                    *known = sample.map(str::to_owned);
                }
                Expr::Data {
                    feed: feed.to_owned(),
                    column: column.to_owned(),
                }
            }
        }
    }

    /// A variable for a value that is read from the page, and whether it is a new one.
    pub(super) fn variable(&mut self, name: &str) -> (String, bool) {
        if let Some(variable) = self.variables.get(name) {
            return (variable.clone(), false);
        }
        let mut variable = String::new();
        for character in name.chars() {
            if character.is_ascii_alphanumeric() || character == '_' {
                variable.push(character);
            } else {
                variable.push('_');
            }
        }
        if !variable.starts_with(|first: char| first.is_ascii_alphabetic())
            || RESERVED.contains(&variable.as_str())
        {
            variable = format!("value_{variable}");
        }
        while self.variables.values().any(|taken| *taken == variable) {
            variable.push('_');
        }
        self.variables.insert(name.to_owned(), variable.clone());
        (variable, true)
    }

    /// References that have no sample.
    pub(super) fn unknown(&self) -> Vec<String> {
        let columns = self.feeds.iter().flat_map(|(feed, columns)| {
            columns
                .iter()
                .filter(|(_, sample)| sample.is_none())
                .map(move |(column, _)| format!("{feed}.{column}"))
        });
        columns.collect()
    }
}

/// Words and names that a variable cannot have, in either language.
const RESERVED: &[&str] = &[
    "anyOf", "any_of", "appears", "asyncio", "os", "part", "random", "re", "step", "unique",
    "uuid", "and", "as", "assert", "async", "await", "box", "break", "case", "catch", "class",
    "const", "continue", "data", "debugger", "def", "default", "del", "delete", "do", "elif",
    "else", "enum", "event", "except", "expect", "export", "extends", "false", "finally", "for",
    "from", "function", "global", "if", "import", "in", "is", "lambda", "let", "new", "nonlocal",
    "not", "null", "or", "page", "pass", "process", "raise", "return", "self", "static", "test",
    "this", "true", "try", "typeof", "var", "while", "with", "yield",
];

fn parts(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find("{{") {
        let Some(length) = rest[open..].find("}}") else {
            break;
        };
        if open > 0 {
            parts.push(Part::Text(&rest[..open]));
        }
        parts.push(Part::Reference(rest[open + 2..open + length].trim()));
        rest = &rest[open + length + 2..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// What of the sample stands where the template has references; nothing when it does not fit.
fn samples<'a>(parts: &[Part<'_>], sample: &'a str) -> Option<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut rest = sample;
    let mut open = false;
    for part in parts {
        match part {
            Part::Reference(_) if open => return None,
            Part::Reference(_) => open = true,
            Part::Text(text) if open => {
                let at = rest.find(text)?;
                found.push(&rest[..at]);
                rest = &rest[at + text.len()..];
                open = false;
            }
            Part::Text(text) => rest = rest.strip_prefix(text)?,
        }
    }
    if open {
        found.push(rest);
        rest = "";
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_taken_out_of_the_recorded_value() {
        let mut values = Values::default();
        values.value(Some("/p/{{products.slug}}?v={{p.v}}"), "/p/lamp?v=2");
        values.value(Some("{{a.b}}{{c.d}}"), "xy");
        assert_eq!(values.feeds["products"]["slug"].as_deref(), Some("lamp"));
        assert_eq!(values.feeds["p"]["v"].as_deref(), Some("2"));
        assert_eq!(values.unknown(), ["a.b", "c.d"]);
    }

    #[test]
    fn variables_have_names_that_languages_take() {
        let mut values = Values::default();
        assert_eq!(values.variable("order-id"), ("order_id".into(), true));
        assert_eq!(values.variable("order-id"), ("order_id".into(), false));
        assert_eq!(values.variable("order.id").0, "order_id_");
        assert_eq!(values.variable("class").0, "value_class");
        assert_eq!(values.variable("1ä").0, "value_1_");
        assert_eq!(values.text("{{flow.class}}"), Expr::name("value_class"));
    }
}
