//! What is wrong with a workload, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::mask;

/// A workload could not be loaded.
#[derive(Debug)]
pub enum WorkloadError {
    /// The file could not be read.
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file says something that makes no sense. All problems found, never none.
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Its text, for pointing at the place; without the passwords of URLs.
        text: NamedSource<String>,
        /// What is wrong.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong: the place, what was found, what was expected, what to do.
#[derive(Debug)]
pub struct Problem {
    message: String,
    place: Option<Place>,
    help: Option<String>,
    cause: Option<Box<dyn Diagnostic + Send + Sync>>,
}

#[derive(Debug)]
struct Place {
    line: usize,
    span: Range<usize>,
    label: String,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            help: None,
            cause: None,
        }
    }

    /// Points at bytes of the file. The line is known when the file's text is
    /// ([`WorkloadError::invalid`]).
    pub(super) fn at(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.place = Some(Place {
            line: 0,
            span,
            label: label.into(),
        });
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn because(mut self, cause: impl Into<Box<dyn Diagnostic + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Line of the file, from 1, if the problem is at a place in it.
    pub fn line(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.line)
    }
}

impl WorkloadError {
    pub(super) fn invalid(path: &Path, text: &str, mut problems: Vec<Problem>) -> Self {
        for place in problems.iter_mut().filter_map(|p| p.place.as_mut()) {
            let before = text.get(..place.span.start).unwrap_or(text);
            place.line = before.matches('\n').count() + 1;
        }
        problems.sort_by_key(|problem| problem.line().unwrap_or(usize::MAX));
        Self::Invalid {
            path: path.to_owned(),
            text: NamedSource::new(path.display().to_string(), mask::passwords(text))
                .with_language("TOML"),
            problems,
        }
    }

    /// What is wrong inside the file; empty when it could not be read.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Read { .. } => &[],
            Self::Invalid { problems, .. } => problems,
        }
    }

    fn only_problem(&self) -> Option<&Problem> {
        match self.problems() {
            [problem] => Some(problem),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        let label = LabeledSpan::new_with_span(Some(place.label.clone()), place.span.clone());
        Some(Box::new(std::iter::once(label)))
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.cause.as_deref().map(|cause| cause as &dyn Diagnostic)
    }
}

impl fmt::Display for WorkloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, .. } => write!(f, "could not read `{}`", path.display()),
            Self::Invalid { path, problems, .. } => match problems.as_slice() {
                [problem] => match problem.line() {
                    Some(line) => write!(f, "`{}` line {line}: {problem}", path.display()),
                    None => write!(f, "`{}`: {problem}", path.display()),
                },
                several => write!(f, "`{}` has {} problems", path.display(), several.len()),
            },
        }
    }
}

impl std::error::Error for WorkloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::Invalid { .. } => None,
        }
    }
}

/// A single problem is shown as the error itself; several are shown one below the other.
impl Diagnostic for WorkloadError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match self {
            Self::Read { .. } => Some(Box::new(
                "name the workload's file, or run in the folder that has `rehearsal.toml`",
            )),
            Self::Invalid { .. } => self.only_problem()?.help(),
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.only_problem()?.labels()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            Self::Read { .. } => None,
            Self::Invalid { text, .. } => Some(text),
        }
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.problems().len() < 2 {
            return None;
        }
        let each = self.problems().iter();
        Some(Box::new(each.map(|problem| problem as &dyn Diagnostic)))
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.only_problem()?.diagnostic_source()
    }
}
