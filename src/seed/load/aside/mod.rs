//! Sets indexes and references aside while their tables are filled, and puts them back as they
//! were. Keeping an index or a reference up row by row costs several times what building it once
//! afterwards does: the database sorts once instead of searching for every row, and checks a
//! reference by one join.
//!
//! There is no journal on disk, because none is needed: taking away, filling and putting back
//! stand in one transaction. Whatever ends us, a `kill -9`, a lost connection, the server's own
//! crash, ends in the database's roll-back, and the old indexes are there because they never
//! went. The price is one connection per database, which is measured to be enough: the rows are
//! made by other threads, and the database is the slower side.
//!
//! The other price is locks. What is set aside is locked against reading until the commit, and so
//! are the tables at the other end of a reference. An application that runs meanwhile waits; one
//! that holds such a lock for seconds is not waited for: then everything stays in place, and a
//! note says so. `--keep-indexes` keeps everything in place, and then readers are not hindered.
//!
//! Set aside is only what can be put back exactly; everything else stays in place and is kept up
//! row by row, which is slower and never wrong.

pub(super) mod postgres;
pub(super) mod sqlite;

/// Rows of a table from which on setting aside pays: below, taking away and putting back cost
/// about as much as they save.
pub(super) const WORTH_ROWS: u64 = 5_000;

/// An index, constraint or reference that is set aside.
#[derive(Debug)]
pub(super) struct Item {
    /// Its table, as the plan or the catalogue names it.
    pub(super) table: String,
    pub(super) name: String,
    /// Takes it away.
    take: String,
    /// Makes it again, with all that belongs to it.
    make: Vec<String>,
}
