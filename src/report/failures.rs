//! Folders with what pages showed when steps failed: `failures/<signature>/` of a run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::ReportError;
use super::folder::file_name;

/// Name of the folder in a run's.
pub(super) const FAILURES: &str = "failures";

/// Examples of one signature that are kept, and signatures.
const EXAMPLES: usize = 3;
const SIGNATURES: usize = 30;

/// What is kept of one failed step.
#[derive(Debug, Clone, Default)]
pub struct FailureFiles {
    /// `failure.json`: where it failed and why, and what was done before.
    pub failure: Value,
    /// `screenshot.png`.
    pub screenshot: Option<Vec<u8>>,
    /// `dom.html`.
    pub dom: Option<String>,
    /// `console.json`.
    pub console: Value,
    /// `step.har`.
    pub har: Option<Value>,
}

/// A folder for failed steps; made when the first comes.
#[derive(Debug, Clone)]
pub struct Failures {
    path: PathBuf,
    signatures: Vec<(String, usize)>,
}

impl Failures {
    /// Into this folder.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            signatures: Vec::new(),
        }
    }

    /// For a replay that began at `started`: `<parent>/<utc-time>-play-<name>/`.
    pub fn of_play(parent: &Path, name: &str, started: jiff::Timestamp) -> Self {
        let time = started.strftime("%Y-%m-%dT%H-%M-%SZ");
        Self::new(&parent.join(format!("{time}-play-{}", file_name(name))))
    }

    /// Writes a failed step: the first of a signature to `<signature>/`, the next to
    /// `<signature>-2/`. Nothing when there are enough of them.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn keep(
        &mut self,
        signature: &str,
        files: &FailureFiles,
    ) -> Result<Option<PathBuf>, ReportError> {
        let all = self.signatures.len();
        let known = self
            .signatures
            .iter_mut()
            .find(|(name, _)| name == signature);
        let number = match known {
            Some((_, count)) if *count >= EXAMPLES => return Ok(None),
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None if all >= SIGNATURES => return Ok(None),
            None => {
                self.signatures.push((signature.to_owned(), 1));
                1
            }
        };
        let folder = self.path.join(match number {
            1 => signature.to_owned(),
            number => format!("{signature}-{number}"),
        });
        fs::create_dir_all(&folder).map_err(ReportError::io("make the folder", &folder))?;
        let write = |name: &str, content: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, content).map_err(ReportError::io("write", &path))
        };
        let json = |value: &Value| format!("{value:#}\n");
        if let Some(screenshot) = &files.screenshot {
            write("screenshot.png", screenshot)?;
        }
        if let Some(dom) = &files.dom {
            write("dom.html", dom.as_bytes())?;
        }
        write("console.json", json(&files.console).as_bytes())?;
        if let Some(har) = &files.har {
            write("step.har", json(har).as_bytes())?;
        }
        // Last: who finds it finds the others.
        write("failure.json", json(&files.failure).as_bytes())?;
        Ok(Some(folder))
    }
}

/// Folders of a run's failures by signature, relative to the run's folder.
pub(super) fn find(run: &Path) -> Result<Vec<(String, String)>, ReportError> {
    let folder = run.join(FAILURES);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ReportError::io("read", &folder)(error)),
    };
    let mut found: Vec<(String, String)> = entries
        .flatten()
        .filter(|entry| entry.path().join("failure.json").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .map(|name| {
            let signature = name.split('-').next().unwrap_or_default().to_owned();
            (signature, format!("{FAILURES}/{name}"))
        })
        .collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_examples_of_a_signature_are_kept_and_found() {
        let run = tempfile::tempdir().unwrap();
        let mut failures = Failures::new(&run.path().join(FAILURES));
        for _ in 0..5 {
            failures.keep("aa11", &FailureFiles::default()).unwrap();
        }
        failures.keep("bb22", &FailureFiles::default()).unwrap();
        let found: Vec<_> = find(run.path()).unwrap();
        let folders: Vec<_> = found.iter().map(|(_, folder)| folder.as_str()).collect();
        assert_eq!(
            folders,
            [
                "failures/aa11",
                "failures/aa11-2",
                "failures/aa11-3",
                "failures/bb22"
            ]
        );
        assert!(found[..3].iter().all(|(signature, _)| signature == "aa11"));
    }

    #[test]
    fn signatures_have_a_limit() {
        let run = tempfile::tempdir().unwrap();
        let mut failures = Failures::new(run.path());
        let mut kept = 0;
        for number in 0..40 {
            let folder = failures.keep(&format!("s{number}"), &FailureFiles::default());
            kept += usize::from(folder.unwrap().is_some());
        }
        assert_eq!(kept, SIGNATURES);
    }
}
