//! A recording that cannot be read, with the place.

use std::fmt;
use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};

use crate::flow::FlowError;

/// A recording that is not of the format that it was taken for.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Recorder JSON with a mistake in it.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// Another format.
    #[error("`{}`, line {}: {}", .0.file, .0.line, .0.problem)]
    Unreadable(Box<Details>),
}

/// What is wrong, and where.
#[derive(Debug)]
pub struct Details {
    file: String,
    line: usize,
    problem: String,
    help: Option<String>,
    text: NamedSource<String>,
    span: SourceSpan,
}

impl ImportError {
    /// `problem` at these bytes of the text, said in a sentence without a full stop. Of the text
    /// only the line itself is kept, without what stands in quotes: it may be a password.
    pub(super) fn new(
        file: &str,
        text: &str,
        place: Range<usize>,
        problem: impl Into<String>,
    ) -> Self {
        let start = floor(text, place.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = &text[line_start..];
        let line_end = line_start + rest.find('\n').unwrap_or(rest.len());
        let lines_before = before.matches('\n').count();
        let shown = "\n".repeat(lines_before) + &masked(&text[line_start..line_end]);
        let end = floor(text, place.end).clamp(start, line_end.max(start));
        Self::Unreadable(Box::new(Details {
            file: file.to_owned(),
            line: lines_before + 1,
            problem: problem.into(),
            help: None,
            text: NamedSource::new(file, shown),
            span: (lines_before + start - line_start, end - start).into(),
        }))
    }

    /// The same, with what to do next.
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        if let Self::Unreadable(details) = &mut self {
            details.help = Some(help.into());
        }
        self
    }

    /// At the line and column of an error of `serde_json`.
    pub(super) fn syntax(file: &str, text: &str, error: &serde_json::Error) -> Self {
        let start: usize = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = start + error.column().saturating_sub(1);
        // Its own place would be said twice.
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        Self::new(file, text, at..at, format!("not JSON: {said}"))
    }

    /// Line of the recording, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::Flow(error) => error.line(),
            Self::Unreadable(details) => details.line,
        }
    }
}

/// The nearest start of a character at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The line with asterisks for what stands in quotes, byte by byte.
fn masked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut open = None;
    let mut escaped = false;
    for character in line.chars() {
        match open {
            Some(quote) if character == quote && !escaped => {
                open = None;
                out.push(character);
            }
            Some(_) => {
                escaped = character == '\\' && !escaped;
                out.extend(std::iter::repeat_n('*', character.len_utf8()));
            }
            None => {
                open = matches!(character, '"' | '\'' | '`').then_some(character);
                out.push(character);
            }
        }
    }
    out
}

impl Diagnostic for ImportError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match self {
            Self::Flow(error) => error.help(),
            Self::Unreadable(details) => {
                let help = details.help.as_ref()?;
                Some(Box::new(help))
            }
        }
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        match self {
            Self::Flow(error) => error.source_code(),
            Self::Unreadable(details) => Some(&details.text),
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        match self {
            Self::Flow(error) => error.labels(),
            Self::Unreadable(details) => {
                let label = Some("here".to_owned());
                let span = miette::LabeledSpan::new_with_span(label, details.span);
                Some(Box::new(std::iter::once(span)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_quotes_is_not_shown() {
        let text = "first\n{\"text\":\"geheim-ü\", oops}\nlast \"geheim\"";
        let at = text.find("oops").unwrap();
        let error = ImportError::new("a.jsonl", text, at..at + 4, "oops is wrong").with_help("do");
        assert_eq!(error.to_string(), "`a.jsonl`, line 2: oops is wrong");
        let report = format!("{:?}", miette::Report::new(error));
        assert!(report.contains("oops}"), "{report}");
        assert!(!report.contains("geheim"), "{report}");
    }

    #[test]
    fn any_place_is_taken() {
        for place in [0..0, 1..2, 1..99, 99..100, 2..3] {
            let _error = ImportError::new("a", "äöü\n\"", place, "x");
        }
    }
}
