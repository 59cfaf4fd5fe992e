//! What can go wrong with a run folder.

use std::io;
use std::path::{Path, PathBuf};

use crate::measure::SummaryError;

/// A run folder could not be read or written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ReportError {
    /// The system refused.
    #[error("could not {action} `{}`", path.display())]
    Io {
        /// What was tried: `write`.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The folder has no `run.json`.
    #[error("`{}` is no folder of a run: it has no `run.json`; give a folder of `runs/`", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// A file does not hold what it should.
    #[error("`{}` does not hold what a run writes there", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where it differs.
        #[source]
        source: serde_json::Error,
    },
    /// A file was written by a newer program.
    #[error("`{}` has version `{found}`, this program reads up to `{known}`: use a newer rehearsal", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest that this program reads.
        known: u32,
    },
    /// `summary.json` could not be read.
    #[error("could not read the summary `{}`", path.display())]
    Summary {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: SummaryError,
    },
}

impl ReportError {
    /// For `map_err`: the system refused to do `action` on `path`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
