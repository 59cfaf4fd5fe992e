//! What can be wrong with a flow's text, with the place.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};

use super::locate::{Key, locate};
use super::template::TemplateError;

/// A flow that cannot be read. Its message names the file, the step and the field, what was found
/// and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("`{}`: {}{}", .0.file, .0.place, .0.problem)]
pub struct FlowError(Box<Details>);

#[derive(Debug)]
struct Details {
    file: String,
    place: Place,
    problem: Problem,
    text: NamedSource<Arc<str>>,
    span: SourceSpan,
}

/// Where in a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The flow itself.
    Flow,
    /// A step, by its index from 0; shown counted from 1.
    Step(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flow => Ok(()),
            Self::Step(index) => write!(formatter, "step {}: ", index + 1),
        }
    }
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    Syntax(#[source] serde_json::Error),
    /// A required field is absent.
    #[error("`{field}` is missing, expected {expected}")]
    Missing {
        /// Name of the field, with its path within the step.
        field: String,
        /// What is allowed.
        expected: String,
    },
    /// A field has a value that is not allowed.
    #[error("`{field}` is {found}, expected {expected}{hint}")]
    Invalid {
        /// Name of the field, with its path within the step.
        field: String,
        /// What was found.
        found: String,
        /// What is allowed.
        expected: String,
        /// A near name, if there is one.
        hint: String,
    },
    /// A value of ours is not of the type that it must have.
    #[error("`{field}`: {message}")]
    Mistyped {
        /// Path of the value within the step.
        field: String,
        /// What was found and what is allowed.
        message: String,
    },
    /// A key of ours that does not exist.
    #[error("`{field}` is unknown{hint}")]
    UnknownKey {
        /// Path of the key within the step.
        field: String,
        /// A near name, if there is one.
        hint: String,
    },
    /// A step of a type that the format does not have.
    #[error("unknown step type `{found}`{hint}")]
    UnknownStep {
        /// The type found.
        found: String,
        /// A near name, if there is one.
        hint: String,
    },
    /// A template that cannot be read.
    #[error("`x-rehearsal.value`: {0}")]
    Template(#[source] TemplateError),
    /// Written by a newer version.
    #[error("`x-rehearsal.version` is {found}, and this version reads up to {supported}")]
    TooNew {
        /// The version found.
        found: u32,
        /// The newest version that is understood.
        supported: u32,
    },
}

impl FlowError {
    /// The flow or the step at fault.
    pub fn place(&self) -> Place {
        self.0.place
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Line of the file at which it stands, from 1.
    pub fn line(&self) -> usize {
        let text: &str = self.0.text.inner();
        let before = text.get(..self.0.span.offset()).unwrap_or(text);
        before.matches('\n').count() + 1
    }
}

impl Diagnostic for FlowError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help: Box<dyn fmt::Display> = match &self.0.problem {
            Problem::Syntax(_) => {
                Box::new("export the recording again as JSON from the Recorder panel")
            }
            Problem::UnknownStep { .. } => Box::new(format!(
                "steps are {}",
                super::parse::STEP_TYPES
                    .map(|name| format!("`{name}`"))
                    .join(", ")
            )),
            Problem::TooNew { .. } => Box::new("install a newer version of Rehearsal"),
            Problem::UnknownKey { .. } => {
                Box::new("`docs/flows.md` lists the keys; one of your own may begin with `x-`")
            }
            Problem::Missing { .. }
            | Problem::Invalid { .. }
            | Problem::Mistyped { .. }
            | Problem::Template(_) => return None,
        };
        Some(help)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.0.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let label = match &self.0.problem {
            Problem::Missing { .. } => "in here",
            _ => "here",
        };
        let span = miette::LabeledSpan::new_with_span(Some(label.to_owned()), self.0.span);
        Some(Box::new(std::iter::once(span)))
    }
}

/// Text of a flow being read; makes errors that point into it.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Document<'_> {
    pub(super) fn error(self, place: Place, path: &[Key], problem: Problem) -> FlowError {
        let range = match &problem {
            Problem::Syntax(error) => offset_of(self.text, error.line(), error.column()),
            _ => locate(self.text, path),
        };
        // A whole step as label would bury the message.
        let length = self.text[range.clone()].find('\n').unwrap_or(range.len());
        FlowError(Box::new(Details {
            file: self.file.to_owned(),
            place,
            problem,
            text: NamedSource::new(self.file, Arc::from(self.text)),
            span: (range.start, length).into(),
        }))
    }
}

fn offset_of(text: &str, line: usize, column: usize) -> std::ops::Range<usize> {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at..at
}
