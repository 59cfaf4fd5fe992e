//! Keeps a file's own order and spelling through reading and writing. `other` of a flow, step or
//! event holds its unknown keys as they were; for each native key that it had, `null` when we
//! write the value as the file did, else the value as it stood in the file.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What `other` holds of an object that was read: see above. `native` is what would be written.
/// A native key that the file has as `null` says nothing, and is left out.
pub(super) fn rest(
    map: &Map<String, Value>,
    native: &Map<String, Value>,
    keys: &[&str],
) -> Map<String, Value> {
    let mut rest = Map::new();
    for (key, value) in map {
        match native.get(key) {
            Some(written) if nested(key) || same(value, written) => {
                rest.insert(key.clone(), Value::Null);
            }
            None if value.is_null() && keys.contains(&key.as_str()) => {}
            _ => {
                rest.insert(key.clone(), value.clone());
            }
        }
    }
    rest
}

/// Puts native members where the file had them, unknown ones as they were, new ones at the end.
/// `reread` gives what we would write for a value of the file. As long as that is what is
/// written now, the value stays as the file spells it.
pub(super) fn arrange(
    mut native: Map<String, Value>,
    other: &Map<String, Value>,
    keys: &[&str],
    reread: impl Fn(&str, &Value) -> Option<Value>,
) -> Value {
    let mut out = Map::new();
    for (key, value) in other {
        if let Some(now) = native.shift_remove(key) {
            let before = match value {
                Value::Null => None,
                value => reread(key, value),
            };
            let merged = match before {
                Some(before) => merge(value, &before, now),
                None => now,
            };
            out.insert(key.clone(), merged);
        } else if !(value.is_null() && keys.contains(&key.as_str())) {
            out.insert(key.clone(), value.clone());
        }
    }
    out.extend(native);
    Value::Object(out)
}

/// What we write for a value of this type.
pub(super) fn reread<T: DeserializeOwned + Serialize>(value: &Value) -> Option<Value> {
    let typed = T::deserialize(value).ok()?;
    serde_json::to_value(typed).ok()
}

/// The file's value, `file`, brought to `now`: what did not change since it was read (`before`)
/// stays as the file has it.
fn merge(file: &Value, before: &Value, now: Value) -> Value {
    if *before == now {
        return file.clone();
    }
    match (file, before, now) {
        (Value::Object(file), Value::Object(before), Value::Object(mut now)) => {
            let mut out = Map::new();
            for (key, value) in file {
                match (before.get(key), now.shift_remove(key)) {
                    (Some(before), Some(now)) => {
                        out.insert(key.clone(), merge(value, before, now));
                    }
                    (None, Some(now)) => {
                        out.insert(key.clone(), now);
                    }
                    // Said what goes without saying.
                    (None, None) => {
                        out.insert(key.clone(), value.clone());
                    }
                    (Some(_), None) => {}
                }
            }
            out.extend(now);
            Value::Object(out)
        }
        (_, _, now) => now,
    }
}

/// Whether objects with an `other` of their own are the value.
fn nested(key: &str) -> bool {
    matches!(key, "steps" | "assertedEvents")
}

/// Whether two values are written alike. A whole number may have a fraction of zero: JavaScript
/// writes it without.
#[expect(
    clippy::cmp_owned,
    reason = "values are equal in any order of their keys, texts are not"
)]
fn same(file: &Value, written: &Value) -> bool {
    match (file, written) {
        (Value::Number(file), Value::Number(written)) => file.as_f64() == written.as_f64(),
        _ => file.to_string() == written.to_string(),
    }
}
