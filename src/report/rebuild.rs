//! The results of a run from what it left on the disk.

use std::path::Path;

use super::error::ReportError;
use super::folder::RunFolder;
use super::info::RunInfo;
use super::samples::{SamplesRead, read_samples};
use crate::clock::Micros;
use crate::measure::{Data, Ended, FinishInput, Summary, Tally};

/// What [`rebuild`] made.
#[derive(Debug)]
pub struct Rebuilt {
    /// The folder, with new results in it.
    pub folder: RunFolder,
    /// What was run.
    pub info: RunInfo,
    /// What it came to.
    pub summary: Summary,
    /// How much of the samples could be read.
    pub read: SamplesRead,
}

/// Makes `summary.json`, `report.html` and `junit.xml` again from `run.json` and the samples.
/// A run that was killed before it could write them gets them now.
///
/// # Errors
/// When the folder is no run's, or the system refuses.
pub fn rebuild(path: &Path) -> Result<Rebuilt, ReportError> {
    let folder = RunFolder::open(path)?;
    let info = folder.read_info()?;
    let mut tally = Tally::new(Micros((info.warmup_s * 1e6).round() as u64));
    let read = read_samples(&folder.samples(), |sample| tally.fold(&sample))?;
    // What no sample tells stands in the summary, if the run came to write one. A summary that
    // cannot be read is no reason to leave the run without a report.
    let earlier = folder.read_summary().ok().flatten();
    let at = earlier.as_ref().map_or(tally.last(), |summary| {
        Micros((summary.duration_s * 1e6).round() as u64)
    });
    let mut summary = tally.finish(FinishInput {
        at,
        ended: earlier
            .as_ref()
            .map_or(Ended::Lost, |summary| summary.ended),
        thresholds: &info.thresholds,
        dropped: earlier
            .as_ref()
            .map_or(0, |summary| summary.iterations.dropped),
        data: Data {
            changes: earlier.and_then(|summary| summary.data.changes),
            ..info.data.clone()
        },
    });
    folder.link_evidence(&mut summary)?;
    folder.write_results(&summary, &info)?;
    Ok(Rebuilt {
        folder,
        info,
        summary,
        read,
    })
}
