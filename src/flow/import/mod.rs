//! Recordings of other tools to flows. Owns the result that all importers share, and the choice
//! of an importer. Pure: text in, flows and notes out; no file is read.
//!
//! What a recording holds and a flow cannot is listed in [`Imported::notes`], never dropped
//! silently. Values typed into fields that look like passwords never reach a flow.

mod error;
mod har;
mod playwright_assert;
mod playwright_calls;
mod playwright_expect;
mod playwright_jsonl;
mod playwright_locator;
mod playwright_script;
mod playwright_selector;
mod playwright_steps;
mod playwright_syntax;
mod playwright_tokens;
mod playwright_values;
mod recorder;
mod secret;
mod selenium;

pub use error::ImportError;
pub use har::attach;
pub(crate) use secret::secret_in;

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

use self::playwright_tokens::Language;
use super::Flow;

/// A flow, and what became of the parts of its recording that do not fit into one.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The flow.
    pub flow: Flow,
    /// What was lost or changed, and what to look at, in the order of the recording.
    pub notes: Vec<Note>,
}

/// One thing to know about an imported flow. Holds no value that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub place: NotePlace,
    /// What became of it, as a sentence without a full stop.
    pub what: String,
    /// How bad it is.
    pub severity: Severity,
}

/// Where in a recording, or in the flow that came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotePlace {
    /// The recording as a whole.
    File,
    /// A line of the recording, from 1.
    Line(usize),
    /// A step of the imported flow, by its index from 0; shown counted from 1.
    Step(usize),
}

/// How bad a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Of the recording this is not in the flow.
    Lost,
    /// It is in the flow, in another way.
    Changed,
    /// All is there; this is worth a look.
    Advice,
}

/// A kind of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON of the Chrome DevTools Recorder.
    RecorderJson,
    /// Playwright codegen, `--target jsonl`.
    PlaywrightJsonl,
    /// Playwright codegen, TypeScript or JavaScript.
    PlaywrightScript,
    /// Playwright codegen, Python.
    PlaywrightPython,
    /// Selenium IDE, `.side`.
    SeleniumSide,
    /// HTTP archive: requests without clicks.
    Har,
}

/// Reads a recording. `file` names the text in errors, and the flow when the recording has no
/// title. A file with several tests gives several flows.
///
/// # Errors
/// [`ImportError`] when the text is not of this format. A part of it that is not understood is a
/// note, no error.
pub fn import(format: Format, file: &str, text: &str) -> Result<Vec<Imported>, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut all = match format {
        Format::RecorderJson => recorder::import(file, text),
        Format::SeleniumSide => selenium::import(file, text),
        Format::Har => har::import(file, text),
        Format::PlaywrightJsonl => playwright_jsonl::import(file, text),
        Format::PlaywrightScript => playwright_script::import(file, text, Language::Script),
        Format::PlaywrightPython => playwright_script::import(file, text, Language::Python),
    }?;
    for imported in &mut all {
        secret::hide(imported);
    }
    Ok(all)
}

impl Format {
    /// The format of a file, by its name and, where that says too little, by what is in it.
    pub fn detect(file: &str, text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let extension = file
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_lowercase());
        match extension.as_deref() {
            Some("side") => Some(Self::SeleniumSide),
            Some("har") => Some(Self::Har),
            Some("jsonl" | "ndjson") => Some(Self::PlaywrightJsonl),
            Some("py") => Some(Self::PlaywrightPython),
            Some("ts" | "js" | "mts" | "mjs" | "cts" | "cjs" | "tsx" | "jsx") => {
                Some(Self::PlaywrightScript)
            }
            _ if text.starts_with('{') => Self::of_json(text),
            _ if text.contains("page.goto(") => {
                // Only Python gives names of functions so.
                let python = text
                    .lines()
                    .any(|line| line.trim_start().starts_with("def "))
                    || text.contains("get_by_");
                Some(if python {
                    Self::PlaywrightPython
                } else {
                    Self::PlaywrightScript
                })
            }
            _ => None,
        }
    }

    fn of_json(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Shape {
            steps: Option<IgnoredAny>,
            log: Option<IgnoredAny>,
            tests: Option<IgnoredAny>,
            #[serde(rename = "browserName", alias = "pageGuid", alias = "signals")]
            playwright: Option<IgnoredAny>,
        }
        let shape = serde_json::Deserializer::from_str(text)
            .into_iter::<Shape>()
            .next()?
            .ok();
        // A Recorder's file that is broken further down is still one.
        let Some(shape) = shape else {
            return text.contains("\"steps\"").then_some(Self::RecorderJson);
        };
        if shape.steps.is_some() {
            Some(Self::RecorderJson)
        } else if shape.log.is_some() {
            Some(Self::Har)
        } else if shape.tests.is_some() {
            Some(Self::SeleniumSide)
        } else {
            shape.playwright.map(|_| Self::PlaywrightJsonl)
        }
    }
}

impl Note {
    /// Something that is not in the flow.
    pub fn lost(place: NotePlace, what: impl Into<String>) -> Self {
        Self {
            place,
            what: what.into(),
            severity: Severity::Lost,
        }
    }

    /// Something that is in the flow in another way.
    pub fn changed(place: NotePlace, what: impl Into<String>) -> Self {
        Self {
            place,
            what: what.into(),
            severity: Severity::Changed,
        }
    }

    /// Something to look at.
    pub fn advice(place: NotePlace, what: impl Into<String>) -> Self {
        Self {
            place,
            what: what.into(),
            severity: Severity::Advice,
        }
    }
}

impl fmt::Display for NotePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => write!(formatter, "recording"),
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Step(index) => write!(formatter, "step {}", index + 1),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Lost => "lost",
            Self::Changed => "changed",
            Self::Advice => "advice",
        })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: {}: {}",
            self.severity, self.place, self.what
        )
    }
}
