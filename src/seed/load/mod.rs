//! Writes rows: generation on threads of its own, beside the load; in order, in constant memory.

mod aside;
pub(super) mod constraints;
pub(super) mod dry;
pub(super) mod encode;
pub(super) mod hooks;
pub(super) mod mysql;
pub(super) mod postgres;
pub(super) mod sqlite;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use tokio::sync::mpsc;

use super::fit::{Fit, Layout};
use super::plan::Hooks;
use super::program::Program;
use super::reset::record::Record;
use crate::clock::{Clock, Micros};

/// How far filling is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// The table, or the column whose passwords are hashed; empty for the whole database.
    pub table: String,
    /// Rows (or hashes) done.
    pub done: u64,
    /// Rows (or hashes) to do.
    pub total: u64,
    /// Rows (or hashes) per second since the table was begun.
    pub rows_per_s: f64,
    /// Seconds since this was begun. It is told a few times per second also while nothing can be
    /// counted, so that a long step is seen to go on.
    pub elapsed_s: f64,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Passwords are hashed.
    Hash,
    /// Old rows are removed.
    Empty,
    /// Rows are written.
    Fill,
    /// Indexes that were set aside are built; `done` and `total` count them.
    Index,
    /// References that wait for rows are written.
    Late,
    /// Statistics are refreshed.
    Analyze,
    /// References that were set aside are made again, and checked.
    Reference,
    /// What is left is checked, and everything committed.
    Finish,
    /// A snapshot is taken.
    Snapshot,
    /// A snapshot is put back.
    Restore,
    /// Seeded rows are computed again and compared with those that are there.
    Compare,
}

/// Who is told how far filling is.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Everything that a writer needs.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) program: Arc<Program>,
    pub(super) fit: Arc<Fit>,
    pub(super) threads: usize,
    /// Indexes and references stay in place while their tables are filled.
    pub(super) keep_indexes: bool,
    /// Rows that are there are removed first; otherwise they are a reason to refuse.
    pub(super) empty_first: bool,
    /// Statements of the author's, around the rows.
    pub(super) sql: Hooks,
    /// What is noted in the database about these rows, with them; none in a trial.
    pub(super) record: Option<Record>,
}

/// What a writer did.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    /// Seconds per table.
    pub(super) took: IndexMap<String, f64>,
    /// Rows removed per table.
    pub(super) removed: IndexMap<String, u64>,
    /// What people should know beside.
    pub(super) notes: Vec<String>,
}

/// Counts rows of one table and tells of them, a few times per second.
pub(super) struct Meter {
    clock: Clock,
    begun: Micros,
    told: Micros,
    table: String,
    stage: Stage,
    total: u64,
}

/// Time between two reports of progress.
pub(super) const TELL_EVERY: Duration = Duration::from_millis(100);

impl Meter {
    pub(super) fn begin(clock: Clock, stage: Stage, table: &str, total: u64) -> Self {
        let now = clock.now();
        Self {
            clock,
            begun: now,
            told: now,
            table: table.to_owned(),
            stage,
            total,
        }
    }

    pub(super) fn tell(&mut self, done: u64, progress: OnProgress<'_>) {
        let now = self.clock.now();
        if done < self.total && now.ms_since(self.told) < TELL_EVERY.as_millis() as f64 {
            return;
        }
        self.announce(done, progress);
    }

    /// Tells at once.
    pub(super) fn announce(&mut self, done: u64, progress: OnProgress<'_>) {
        self.told = self.clock.now();
        let elapsed_s = self.seconds();
        progress(Progress {
            stage: self.stage,
            table: self.table.clone(),
            done,
            total: self.total,
            rows_per_s: done as f64 / elapsed_s.max(1e-6),
            elapsed_s,
        });
    }

    /// Tells that all of `total`, which was not known before, is done.
    pub(super) fn tell_all(&mut self, total: u64, progress: OnProgress<'_>) {
        self.total = total;
        self.tell(total, progress);
    }

    pub(super) fn seconds(&self) -> f64 {
        self.clock.now().ms_since(self.begun) / 1_000.0
    }
}

/// Waits for what cannot say how far it is, and tells meanwhile that it goes on.
pub(super) async fn waiting<T>(
    work: impl Future<Output = T>,
    done: u64,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = tokio::time::sleep(TELL_EVERY) => meter.announce(done, progress),
        }
    }
}

/// Chunks that wait for the writer, per thread: two megabytes, so that a thread that the system
/// lets wait for a moment does not make the database wait.
const WAITING_CHUNKS: usize = 8;

/// Rows as a writer takes them, in order, made by several threads.
///
/// Chunk `k` is made by thread `k % threads`, so the order of the chunks needs no sorting and is
/// the same for any number of threads.
pub(super) struct Chunks<T> {
    lanes: Vec<mpsc::Receiver<T>>,
    next: usize,
}

impl<T: Send + 'static> Chunks<T> {
    /// Starts the threads. `make` gets the places of the rows of a chunk.
    pub(super) fn start<M>(layout: &Layout, threads: usize, chunk_rows: u64, make: M) -> Self
    where
        M: Fn(Range<u64>) -> T + Send + Sync + 'static,
    {
        let (skip, rows) = (layout.skip, layout.rows);
        let threads = threads.clamp(1, (rows - skip).div_ceil(chunk_rows).max(1) as usize);
        let make = Arc::new(make);
        let lanes = (0..threads as u64)
            .map(|lane| {
                let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
                let make = Arc::clone(&make);
                let step = chunk_rows * threads as u64;
                std::thread::spawn(move || {
                    let mut start = skip + lane * chunk_rows;
                    while start < rows {
                        let chunk = make(start..rows.min(start + chunk_rows));
                        if sender.blocking_send(chunk).is_err() {
                            // The writer gave up.
                            return;
                        }
                        start += step;
                    }
                });
                receiver
            })
            .collect();
        Self { lanes, next: 0 }
    }

    /// The next chunk.
    pub(super) async fn next(&mut self) -> Option<T> {
        let lane = self.next;
        self.next = (self.next + 1) % self.lanes.len();
        self.lanes[lane].recv().await
    }

    /// The next chunk, for a writer on a thread of its own.
    pub(super) fn blocking_next(&mut self) -> Option<T> {
        let lane = self.next;
        self.next = (self.next + 1) % self.lanes.len();
        self.lanes[lane].blocking_recv()
    }
}
