//! How far filling is, and who is told. What is told is counted, never guessed; how long the rest
//! takes is [`filling`](super::filling)'s.

use std::time::Duration;

use super::filling::Share;
use crate::clock::{Clock, Micros};
use crate::seed::fit::Layout;

/// How far filling is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// The table, or the column whose passwords are hashed; empty for the whole database.
    pub table: String,
    /// Which of the stage's tables it is, from 1 (of references that are made again: which of
    /// these); 0 where it is no table of several.
    pub nth: usize,
    /// Of so many.
    pub of: usize,
    /// Rows (or hashes) done, of this table.
    pub done: u64,
    /// Rows (or hashes) to do, of this table.
    pub total: u64,
    /// Rows (or hashes) per second since the table was begun.
    pub rows_per_s: f64,
    /// All tables together, while rows are written.
    pub whole: Option<Whole>,
    /// Seconds since this was begun. It is told a few times per second also while nothing can be
    /// counted, so that a long step is seen to go on.
    pub elapsed_s: f64,
}

/// How far the rows of all tables are.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Whole {
    /// Rows written now; those that were there before are not counted.
    pub done: u64,
    /// Rows to write.
    pub total: u64,
    /// Rows per second since the first table was begun.
    pub rows_per_s: f64,
    /// Seconds, as estimated, until the rows of all tables are written; none before there is
    /// something to go by. What comes after the rows (indexes, references, the commit) is not in it.
    pub left_s: Option<f64>,
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
    /// References are checked; those that were set aside are made again.
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

/// Counts rows of one table and tells of them, a few times per second.
pub(in crate::seed) struct Meter {
    clock: Clock,
    begun: Micros,
    told: Micros,
    table: String,
    stage: Stage,
    /// Which table of how many.
    place: (usize, usize),
    /// So many were done before it was begun.
    before: u64,
    total: u64,
    share: Option<Share>,
}

/// Time between two reports of progress.
pub(in crate::seed) const TELL_EVERY: Duration = Duration::from_millis(100);

impl Meter {
    pub(in crate::seed) fn begin(clock: Clock, stage: Stage, table: &str, total: u64) -> Self {
        let now = clock.now();
        Self {
            clock,
            begun: now,
            told: now,
            table: table.to_owned(),
            stage,
            place: (0, 0),
            before: 0,
            total,
            share: None,
        }
    }

    /// Begins with the rows of a table; told is the place of the last row that is done.
    pub(in crate::seed) fn of_rows(clock: Clock, stage: Stage, layout: &Layout) -> Self {
        Self {
            before: layout.skip,
            ..Self::begin(clock, stage, &layout.name, layout.rows)
        }
    }

    /// Which table it is, from 1, of how many.
    pub(super) fn place(self, nth: usize, of: usize) -> Self {
        Self {
            place: (nth, of),
            ..self
        }
    }

    /// Tells with it how far all tables are.
    pub(super) fn within(self, share: Share) -> Self {
        let share = Some(share);
        Self { share, ..self }
    }

    pub(in crate::seed) fn tell(&mut self, done: u64, progress: OnProgress<'_>) {
        let now = self.clock.now();
        if done < self.total && now.ms_since(self.told) < TELL_EVERY.as_millis() as f64 {
            return;
        }
        self.announce(done, progress);
    }

    /// Tells at once.
    pub(in crate::seed) fn announce(&mut self, done: u64, progress: OnProgress<'_>) {
        self.told = self.clock.now();
        let elapsed_s = self.seconds();
        let now_done = done.saturating_sub(self.before);
        let whole = |share: &Share| share.whole(now_done, self.told, elapsed_s);
        progress(Progress {
            stage: self.stage,
            table: self.table.clone(),
            nth: self.place.0,
            of: self.place.1,
            done,
            total: self.total,
            rows_per_s: now_done as f64 / elapsed_s.max(1e-6),
            whole: self.share.as_ref().map(whole),
            elapsed_s,
        });
    }

    /// Tells that all of `total`, which was not known before, is done.
    pub(in crate::seed) fn tell_all(&mut self, total: u64, progress: OnProgress<'_>) {
        self.total = total;
        self.tell(total, progress);
    }

    pub(in crate::seed) fn seconds(&self) -> f64 {
        self.clock.now().ms_since(self.begun) / 1_000.0
    }
}

/// Waits for what cannot say how far it is, and tells meanwhile that it goes on.
pub(in crate::seed) async fn waiting<T>(
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
