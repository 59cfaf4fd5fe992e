//! Writes rows: generation on threads of its own, beside the load; in order, in constant memory.

mod aside;
pub(super) mod constraints;
pub(super) mod dry;
pub(super) mod encode;
mod filling;
pub(super) mod hooks;
pub(super) mod mysql;
pub(super) mod postgres;
mod progress;
pub(super) mod sqlite;

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use tokio::sync::mpsc;

use super::fit::{Fit, Layout};
use super::plan::Hooks;
use super::program::Program;
use super::reset::record::Record;

pub(super) use progress::{Meter, TELL_EVERY, waiting};
pub use progress::{OnProgress, Progress, Stage, Whole};

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
