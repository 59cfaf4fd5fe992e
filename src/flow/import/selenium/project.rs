//! The file: lenient about what other versions and tools write, with the line of each command.

use std::cell::Cell;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use super::super::ImportError;

/// A project.
#[derive(Debug)]
pub(super) struct Project {
    /// Address against which `open` is read.
    pub(super) url: Option<Url>,
    pub(super) tests: Vec<Test>,
    pub(super) suites: usize,
    pub(super) plugins: usize,
    /// Commands that were read because a test runs another.
    pub(super) inlined: Cell<usize>,
}

/// A test.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) commands: Vec<Command>,
}

/// A command.
#[derive(Debug, Clone, Default)]
pub(super) struct Command {
    /// Line in the file, from 1.
    pub(super) line: usize,
    /// Name, without the slashes of a disabled one.
    pub(super) name: String,
    pub(super) target: String,
    pub(super) value: String,
    /// Recorded locators, each with its strategy.
    pub(super) targets: Vec<String>,
    /// The same, of older versions and of the value.
    pub(super) fallback_targets: Vec<String>,
    pub(super) disabled: bool,
    pub(super) opens_window: bool,
    pub(super) window: String,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(default)]
    version: Value,
    #[serde(default)]
    url: Value,
    #[serde(borrow)]
    tests: Vec<TestShape<'a>>,
    #[serde(default)]
    suites: Value,
    #[serde(default)]
    plugins: Value,
}

#[derive(Deserialize)]
struct TestShape<'a> {
    #[serde(default)]
    name: Value,
    #[serde(borrow, default)]
    commands: Vec<&'a RawValue>,
}

impl Project {
    pub(super) fn read(file: &str, text: &str) -> Result<Self, ImportError> {
        let shape: File<'_> = serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                let at = 0..0;
                let what = "not a project of Selenium IDE: expected an object with `tests`, each \
                            with `name` and an array of `commands`";
                ImportError::new(file, text, at, what)
            } else {
                ImportError::syntax(file, text, &error)
            }
            .with_help("save the project again in Selenium IDE, as .side")
        })?;
        let version = match &shape.version {
            Value::String(version) => version.split('.').next().unwrap_or_default().to_owned(),
            Value::Number(number) => (number.as_f64().unwrap_or_default() as i64).to_string(),
            _ => "1".to_owned(),
        };
        if !["1", "2", "3"].contains(&version.as_str()) {
            let what = "a project of a version that is not known, expected 1.0 to 3.0";
            let place = text.find("\"version\"").unwrap_or_default();
            return Err(ImportError::new(file, text, place..place + 9, what));
        }
        let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let tests = shape.tests.into_iter().map(|test| Test {
            name: string(Some(&test.name)),
            commands: test
                .commands
                .into_iter()
                .map(|raw| {
                    // The value is a part of the text.
                    let at = (raw.get().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
                    let line = lines.partition_point(|end| *end < at) + 1;
                    command(line, raw.get())
                })
                .collect(),
        });
        let length = |value: &Value| value.as_array().map_or(0, Vec::len);
        // Every project has a suite of the same name as its only test's.
        let suites = length(&shape.suites);
        Ok(Self {
            url: Url::parse(&string(Some(&shape.url)))
                .ok()
                .filter(Url::has_host),
            tests: tests.collect(),
            suites,
            plugins: length(&shape.plugins),
            inlined: Cell::new(0),
        })
    }
}

fn command(line: usize, raw: &str) -> Command {
    let map: Map<String, Value> = serde_json::from_str(raw).unwrap_or_default();
    let text = |key: &str| string(map.get(key));
    let flag = |key: &str| map.get(key).and_then(Value::as_bool).unwrap_or(false);
    let name = text("command");
    let slashes = name.trim_start().starts_with("//");
    let name = name.trim().trim_start_matches('/').trim().to_owned();
    Command {
        line,
        name,
        target: text("target"),
        value: text("value"),
        targets: locators(map.get("targets")),
        fallback_targets: locators(map.get("fallbackTargets")),
        disabled: slashes || flag("skip"),
        opens_window: flag("opensWindow"),
        window: text("windowHandleName"),
    }
}

/// `[["id=a", "id"], …]`.
fn locators(value: Option<&Value>) -> Vec<String> {
    let pairs = value.and_then(Value::as_array).into_iter().flatten();
    pairs
        .filter_map(|pair| match pair {
            Value::Array(pair) => pair.first()?.as_str().map(str::to_owned),
            Value::String(locator) => Some(locator.clone()),
            _ => None,
        })
        .take(32)
        .collect()
}

fn string(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(value)) => value.to_string(),
        _ => String::new(),
    }
}
