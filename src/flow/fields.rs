//! Reads typed fields from a JSON object, with errors that name the field.

use serde_json::{Map, Value};

use super::error::{Document, FlowError, Place, Problem};
use super::locate::Key;
use super::suggest::did_you_mean;

/// An object of a flow: the flow, a step, an asserted event.
pub(super) struct Fields<'a> {
    pub(super) map: &'a Map<String, Value>,
    pub(super) document: Document<'a>,
    pub(super) place: Place,
    /// Path of the object in the document.
    pub(super) path: Vec<Key>,
    /// The same as shown in front of a field (`assertedEvents[0].`).
    pub(super) prefix: String,
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    pub(super) fn invalid(&self, key: &str, expected: impl Into<String>) -> FlowError {
        self.invalid_at(&[key.into()], expected, String::new())
    }

    /// An error about the value at `path` below this object.
    pub(super) fn invalid_at(
        &self,
        path: &[Key],
        expected: impl Into<String>,
        hint: String,
    ) -> FlowError {
        let mut found = None;
        let mut field = self.prefix.clone();
        for (depth, key) in path.iter().enumerate() {
            match key {
                Key::Name(name) => {
                    if depth > 0 {
                        field.push('.');
                    }
                    field.push_str(name);
                    found = match depth {
                        0 => self.map.get(name),
                        _ => found.and_then(|value: &Value| value.get(name)),
                    };
                }
                Key::Index(index) => {
                    field.extend(["[", &index.to_string(), "]"]);
                    found = found.and_then(|value: &Value| value.get(*index));
                }
            }
        }
        let expected = expected.into();
        let problem = match found {
            None => Problem::Missing { field, expected },
            Some(value) => Problem::Invalid {
                field,
                found: describe(value),
                expected,
                hint,
            },
        };
        self.error(path, problem)
    }

    pub(super) fn error(&self, path: &[Key], problem: Problem) -> FlowError {
        let path: Vec<Key> = self.path.iter().chain(path).cloned().collect();
        self.document.error(self.place, &path, problem)
    }

    pub(super) fn string(&self, key: &str) -> Result<String, FlowError> {
        let text = self.get(key).and_then(Value::as_str);
        text.map(str::to_owned)
            .ok_or_else(|| self.invalid(key, "a string"))
    }

    pub(super) fn optional_string(&self, key: &str) -> Result<Option<String>, FlowError> {
        self.get(key).map(|_| self.string(key)).transpose()
    }

    /// A string. Like the reference, a value of another type is ignored.
    pub(super) fn word(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Value::as_str).map(str::to_owned)
    }

    pub(super) fn number(&self, key: &str) -> Result<f64, FlowError> {
        let number = self.get(key).and_then(Value::as_f64);
        number.ok_or_else(|| self.invalid(key, "a number"))
    }

    pub(super) fn optional_number(&self, key: &str) -> Result<Option<f64>, FlowError> {
        self.get(key).map(|_| self.number(key)).transpose()
    }

    pub(super) fn boolean(&self, key: &str) -> Result<bool, FlowError> {
        let value = self.get(key).and_then(Value::as_bool);
        value.ok_or_else(|| self.invalid(key, "true or false"))
    }

    pub(super) fn optional_boolean(&self, key: &str) -> Result<Option<bool>, FlowError> {
        self.get(key).map(|_| self.boolean(key)).transpose()
    }

    pub(super) fn object(&self, key: &str) -> Result<Option<Map<String, Value>>, FlowError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map.clone())),
            Some(_) => Err(self.invalid(key, "an object")),
        }
    }

    /// One of a few words.
    pub(super) fn optional_word<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, FlowError> {
        // The reference ignores an empty string here.
        let Some(found) = self.optional_string(key)?.filter(|word| !word.is_empty()) else {
            return Ok(None);
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == found) {
            return Ok(Some(*value));
        }
        let names: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let hint = did_you_mean(&found, words.iter().map(|(word, _)| *word));
        Err(self.invalid_at(&[key.into()], format!("one of {}", names.join(", ")), hint))
    }

    /// The native timeout, ms. Like the reference, a value that is no number is ignored.
    pub(super) fn timeout(&self) -> Result<Option<u64>, FlowError> {
        match self.get("timeout").and_then(Value::as_f64) {
            None => Ok(None),
            Some(ms) if (1.0..=30_000.0).contains(&ms) => Ok(Some(ms.round() as u64)),
            Some(_) => Err(self.invalid(
                "timeout",
                "a number from 1 to 30000 (ms; longer ones go to `x-rehearsal.timeoutMs`)",
            )),
        }
    }
}

/// A value as an error shows it.
fn describe(value: &Value) -> String {
    match value {
        Value::Array(items) if items.is_empty() => "an empty array".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > 60 => {
            let short: String = text.chars().take(60).collect();
            format!("`\"{short}…\"`")
        }
        other => format!("`{other}`"),
    }
}
