//! Takes a run's samples: each is written to the run's folder and folded into the tally; what
//! they come to is published for the live view.

use std::time::Duration;

use rehearsal::clock::{Clock, Micros};
use rehearsal::crowd::{self, Caught};
use rehearsal::measure::{Progress, Snapshot, Tally};
use rehearsal::report::{Failures, ReportError, RunFolder, SampleWriter};
use rehearsal::sample::Sample;
use rehearsal::workload::Workload;
use tokio::sync::{mpsc, watch};

use super::evidence;

/// How often the live view gets something new.
const PUBLISH_EVERY: Duration = Duration::from_millis(250);

/// Where samples go.
pub(super) struct Ledger {
    writer: SampleWriter,
    tally: Tally,
    clock: Clock,
    name: std::sync::Arc<str>,
    total: Micros,
    progress: watch::Receiver<crowd::Progress>,
    snapshots: watch::Sender<Snapshot>,
    failures: Failures,
}

/// What remains when the last sample was taken.
pub(super) struct Kept {
    pub(super) tally: Tally,
    /// Whether all samples were written; the first error, if not. The tally has them all.
    pub(super) written: Result<(), ReportError>,
}

impl Ledger {
    /// Begins the samples' file in `folder`.
    pub(super) fn open(
        folder: &RunFolder,
        workload: &Workload,
        (clock, starts): (Clock, Micros),
        progress: watch::Receiver<crowd::Progress>,
    ) -> Result<(Self, watch::Receiver<Snapshot>), ReportError> {
        let mut ledger = Self {
            writer: folder.sample_writer()?,
            tally: Tally::new(Micros(starts.0 + Micros::from(workload.load.warmup).0)),
            clock,
            name: workload.name.as_str().into(),
            total: workload.load.duration().into(),
            progress,
            snapshots: watch::Sender::default(),
            failures: folder.failures(),
        };
        ledger.publish(false);
        let receiver = ledger.snapshots.subscribe();
        Ok((ledger, receiver))
    }

    /// Takes samples until all senders are gone. A disk that fails stops the writing, not the run.
    /// Evidence of failures is written as it comes; a disk that has no room for it costs only that.
    pub(super) async fn keep(
        mut self,
        mut samples: mpsc::UnboundedReceiver<Sample>,
        mut evidence: mpsc::UnboundedReceiver<Caught>,
    ) -> Kept {
        let mut written = Ok(());
        let mut due = tokio::time::interval(PUBLISH_EVERY);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                sample = samples.recv() => match sample {
                    Some(sample) => {
                        self.tally.fold(&sample);
                        if written.is_ok() {
                            written = self.writer.write(&sample, self.clock.now());
                        }
                    }
                    None => break,
                },
                Some(caught) = evidence.recv() => self.show(&caught),
                _ = due.tick() => {
                    self.publish(false);
                    if written.is_ok() {
                        written = self.writer.flush_if_due(self.clock.now());
                    }
                }
            }
        }
        while let Ok(caught) = evidence.try_recv() {
            self.show(&caught);
        }
        self.publish(true);
        let finished = self.writer.finish();
        Kept {
            tally: self.tally,
            written: written.and(finished),
        }
    }

    fn show(&mut self, caught: &Caught) {
        if let Err(error) = evidence::keep(&mut self.failures, caught) {
            tracing::warn!(%error, "evidence of a failure was not kept");
        }
    }

    fn publish(&mut self, done: bool) {
        let progress = self.progress.borrow();
        let stage = if progress.starved {
            format!("{} (this machine is the limit)", progress.stage).into()
        } else {
            progress.stage.clone()
        };
        let progress = Progress {
            run: self.name.clone(),
            stage,
            users_target: progress.wanted,
            total: self.total,
            done,
        };
        self.snapshots
            .send_replace(self.tally.snapshot(self.clock.now(), progress));
    }
}
