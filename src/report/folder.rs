//! A folder of `runs/`: its name, its files.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::error::ReportError;
use super::failures::{self, Failures};
use super::html::html;
use super::info::RunInfo;
use super::junit::junit;
use super::samples::SampleWriter;
use crate::measure::Summary;

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes `<parent>/<utc-time>-<name>/`, with a number behind it when two runs begin in the same
    /// second. `parent` is made too.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(
        parent: &Path,
        name: &str,
        started: jiff::Timestamp,
    ) -> Result<Self, ReportError> {
        fs::create_dir_all(parent).map_err(ReportError::io("make the folder", parent))?;
        let time = started.strftime("%Y-%m-%dT%H-%M-%SZ");
        let base = format!("{time}-{}", file_name(name));
        for number in 1_u32.. {
            let path = match number {
                1 => parent.join(&base),
                number => parent.join(format!("{base}-{number}")),
            };
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(ReportError::io("make the folder", &path)(error)),
            }
        }
        unreachable!("2^32 runs cannot begin in one second")
    }

    /// A folder that a run made before.
    ///
    /// # Errors
    /// When it has no `run.json`.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        if !path.join("run.json").is_file() {
            return Err(ReportError::NotARun {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where failed steps are kept.
    pub fn failures(&self) -> Failures {
        Failures::new(&self.path.join(failures::FAILURES))
    }

    /// Tells the summary where the evidence of its failures is.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn link_evidence(&self, summary: &mut Summary) -> Result<(), ReportError> {
        let found = failures::find(&self.path)?;
        for row in &mut summary.failures {
            let own = found
                .iter()
                .filter(|(signature, _)| *signature == row.signature);
            row.evidence = own.map(|(_, folder)| folder.clone()).collect();
        }
        Ok(())
    }

    /// Where `report.html` is or will be.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_info(&self, info: &RunInfo) -> Result<(), ReportError> {
        self.write("run.json", info.to_json().as_bytes())
    }

    /// Reads `run.json`.
    ///
    /// # Errors
    /// When it is not there, not a run's, or of a newer version.
    pub fn read_info(&self) -> Result<RunInfo, ReportError> {
        let path = self.path.join("run.json");
        let json = fs::read_to_string(&path).map_err(ReportError::io("read", &path))?;
        RunInfo::from_json(&json, &path)
    }

    /// Reads `summary.json`; nothing when the run left none.
    ///
    /// # Errors
    /// When it cannot be read, or is of a newer version.
    pub fn read_summary(&self) -> Result<Option<Summary>, ReportError> {
        let path = self.path.join("summary.json");
        match fs::read_to_string(&path) {
            Ok(json) => Summary::from_json(&json)
                .map(Some)
                .map_err(|source| ReportError::Summary { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ReportError::io("read", &path)(error)),
        }
    }

    /// Where `samples.ndjson.zst` is.
    pub fn samples(&self) -> PathBuf {
        self.path.join("samples.ndjson.zst")
    }

    /// Begins `samples.ndjson.zst`. A folder has one writer in its life: an existing file is never
    /// overwritten.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn sample_writer(&self) -> Result<SampleWriter, ReportError> {
        SampleWriter::create(&self.samples())
    }

    /// Writes `summary.json`, `report.html` and `junit.xml`. Each is tried even when another fails.
    ///
    /// # Errors
    /// The first one, when the system refuses. Samples are not touched.
    pub fn write_results(&self, summary: &Summary, info: &RunInfo) -> Result<(), ReportError> {
        let results = [
            self.write("summary.json", summary.to_json().as_bytes()),
            self.write("report.html", html(summary, info).as_bytes()),
            self.write("junit.xml", junit(summary, info).as_bytes()),
        ];
        results.into_iter().collect()
    }

    /// Writes a whole file or none: beside it first, then under its name.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), ReportError> {
        let path = self.path.join(name);
        let draft = self.path.join(format!(".{name}.{}", std::process::id()));
        let written = fs::File::create(&draft)
            .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&draft, &path));
        if written.is_err() {
            // Best effort: the error that is told is the one above.
            let _ = fs::remove_file(&draft);
        }
        written.map_err(ReportError::io("write", &path))
    }
}

/// A name as part of a file name: letters, digits, `-`, `_` and dots inside.
pub(super) fn file_name(name: &str) -> String {
    let text: String = name
        .chars()
        .take(60)
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .collect();
    let text = text.trim_matches(['-', '.']);
    if text.is_empty() { "run" } else { text }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_in_the_same_second_get_two_folders() {
        let parent = tempfile::tempdir().unwrap();
        let started = "2026-03-01T10:20:30.5Z".parse().unwrap();
        let names: Vec<_> = (0..3)
            .map(|_| RunFolder::create(&parent.path().join("runs"), "my shop/../x", started))
            .map(|folder| {
                let folder = folder.unwrap();
                folder
                    .path()
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        assert_eq!(
            names,
            [
                "2026-03-01T10-20-30Z-my-shop-..-x",
                "2026-03-01T10-20-30Z-my-shop-..-x-2",
                "2026-03-01T10-20-30Z-my-shop-..-x-3"
            ]
        );
    }

    #[test]
    fn a_folder_that_is_no_run_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = RunFolder::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("no `run.json`"), "{error}");
    }

    #[test]
    fn names_become_file_names() {
        assert_eq!(file_name("../.."), "run");
        assert_eq!(file_name("Läden & Co"), "Läden---Co");
    }
}
