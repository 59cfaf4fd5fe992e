//! `samples.ndjson.zst`: every sample, one JSON line each, readable after a crash.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use super::error::ReportError;
use crate::clock::Micros;
use crate::sample::Sample;

/// How much run time may pass before what was written can be read by others.
const FLUSH_AFTER: Micros = Micros(1_000_000);
const LEVEL: i32 = 3;
/// Lines are compressed in pieces of this size, or what a second left.
const PIECE: usize = 64 * 1024;

/// Appends samples to a file. What is older than a second is on its way to the disk, in blocks
/// that can be read without the rest; a process that is killed loses no more than that second.
pub struct SampleWriter {
    encoder: zstd::stream::write::Encoder<'static, File>,
    /// Lines that are not compressed yet.
    lines: Vec<u8>,
    path: PathBuf,
    flushed: Micros,
}

impl SampleWriter {
    /// Begins a file that is not there yet.
    pub(super) fn create(path: &Path) -> Result<Self, ReportError> {
        let encoder = File::create_new(path)
            .and_then(|file| zstd::stream::write::Encoder::new(file, LEVEL))
            .map_err(ReportError::io("create", path))?;
        Ok(Self {
            encoder,
            lines: Vec::with_capacity(PIECE * 2),
            path: path.to_owned(),
            flushed: Micros(0),
        })
    }

    /// Appends a sample; `now` is the run's time.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&mut self, sample: &Sample, now: Micros) -> Result<(), ReportError> {
        serde_json::to_writer(&mut self.lines, sample)
            .map_err(io::Error::from)
            .map_err(ReportError::io("write", &self.path))?;
        self.lines.push(b'\n');
        if self.lines.len() >= PIECE {
            self.compress()?;
        }
        self.flush_if_due(now)
    }

    /// Makes what was written readable, when that was not done for a second. To be called now and
    /// then while no samples come.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn flush_if_due(&mut self, now: Micros) -> Result<(), ReportError> {
        if now.0 < self.flushed.0 + FLUSH_AFTER.0 {
            return Ok(());
        }
        self.flushed = now;
        self.compress()?;
        self.encoder
            .flush()
            .map_err(ReportError::io("write", &self.path))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self) -> Result<(), ReportError> {
        self.compress()?;
        self.encoder
            .do_finish()
            .and_then(|()| self.encoder.get_ref().sync_all())
            .map_err(ReportError::io("write", &self.path))
    }

    fn compress(&mut self) -> Result<(), ReportError> {
        self.encoder
            .write_all(&self.lines)
            .map_err(ReportError::io("write", &self.path))?;
        self.lines.clear();
        Ok(())
    }
}

impl Drop for SampleWriter {
    /// A run that stops on an error keeps its last second too.
    fn drop(&mut self) {
        // There is no one to tell; whoever wants to know calls `finish`.
        let _ = self.compress();
        let _ = self.encoder.do_finish();
    }
}

/// How much of a file could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SamplesRead {
    /// Samples.
    pub samples: u64,
    /// Lines that were no sample: cut off in the middle, or damaged.
    pub lost_lines: u64,
    /// The file has no proper end: its writer was killed.
    pub truncated: bool,
}

/// Gives each sample of a file to `each`, in the order of writing. A file whose writer was killed
/// is read up to where it ends.
///
/// # Errors
/// When the file cannot be opened. What is wrong inside it is told in the result.
pub fn read_samples(path: &Path, mut each: impl FnMut(Sample)) -> Result<SamplesRead, ReportError> {
    let file = File::open(path).map_err(ReportError::io("read", path))?;
    let decoder = zstd::stream::read::Decoder::new(file).map_err(ReportError::io("read", path))?;
    let mut reader = BufReader::new(decoder);
    let mut read = SamplesRead::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let ended = reader.read_until(b'\n', &mut line);
        if !line.is_empty() {
            match serde_json::from_slice(&line) {
                Ok(sample) => {
                    read.samples += 1;
                    each(sample);
                }
                Err(_) => read.lost_lines += 1,
            }
        }
        match ended {
            Ok(0) => return Ok(read),
            Ok(_) => {}
            Err(_) => {
                read.truncated = true;
                return Ok(read);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::fixtures::{ms, step};

    fn sample(index: u32) -> Sample {
        Sample::Step(step(index, "Open the shop", u64::from(index) * 100, 50))
    }

    fn read(path: &Path) -> (Vec<Sample>, SamplesRead) {
        let mut samples = Vec::new();
        let read = read_samples(path, |sample| samples.push(sample)).unwrap();
        (samples, read)
    }

    #[test]
    fn what_was_written_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.ndjson.zst");
        let mut writer = SampleWriter::create(&path).unwrap();
        for index in 0..1_000 {
            writer
                .write(&sample(index), ms(u64::from(index) * 100))
                .unwrap();
        }
        writer.finish().unwrap();
        let (samples, read) = read(&path);
        assert_eq!(samples, (0..1_000).map(sample).collect::<Vec<_>>());
        assert_eq!((read.lost_lines, read.truncated), (0, false));
        assert!(
            SampleWriter::create(&path).is_err(),
            "results were overwritten"
        );
    }

    #[test]
    fn a_killed_writer_loses_no_more_than_the_last_second() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.ndjson.zst");
        let mut writer = SampleWriter::create(&path).unwrap();
        for index in 0..95 {
            writer
                .write(&sample(index), ms(u64::from(index) * 100))
                .unwrap();
        }
        // As the kernel does to a killed process: no destructor runs.
        std::mem::forget(writer);
        let (samples, read) = read(&path);
        assert!(read.truncated);
        assert!(samples.len() >= 90, "{} samples", samples.len());
        assert_eq!(
            samples,
            (0..samples.len() as u32).map(sample).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_writer_that_is_only_dropped_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.ndjson.zst");
        let mut writer = SampleWriter::create(&path).unwrap();
        writer.write(&sample(0), ms(0)).unwrap();
        drop(writer);
        assert_eq!(read(&path).0, [sample(0)]);
    }

    #[test]
    fn a_file_cut_anywhere_is_read_up_to_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.ndjson.zst");
        let mut writer = SampleWriter::create(&path).unwrap();
        for index in 0..300 {
            writer
                .write(&sample(index), ms(u64::from(index) * 200))
                .unwrap();
        }
        writer.finish().unwrap();
        let whole = std::fs::read(&path).unwrap();
        let mut most = 0;
        for length in (0..whole.len()).step_by(whole.len() / 40 + 1) {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (samples, read) = read(&path);
            assert!(length == 0 || read.truncated, "cut at {length}");
            assert!(read.lost_lines <= 1, "cut at {length}: {read:?}");
            assert!(samples.len() >= most, "cut at {length}");
            most = samples.len();
            assert_eq!(samples, (0..most as u32).map(sample).collect::<Vec<_>>());
        }
        assert!(most > 250, "{most}");
    }
}
