//! The feed that every flow has: what is different in each iteration.

use crate::feed::Feed;

/// Name by which templates refer to it: `{{iteration.unique}}`.
pub const ITERATION: &str = "iteration";

/// Its columns: the iteration's number in the run, the user's, and a word that no other iteration
/// of any run has (for names and slugs that the site wants to be unique).
pub const ITERATION_COLUMNS: [&str; 3] = ["number", "user", "unique"];

/// The feed for one iteration; its one row is row 0. `run` makes the unique word differ between
/// runs: the run's start, seconds since the Unix epoch.
pub fn iteration_feed(run: i64, number: u64, user: u32) -> Feed {
    let row = [
        number.to_string(),
        user.to_string(),
        format!("{run:x}-{number}"),
    ];
    Feed {
        name: ITERATION.into(),
        columns: ITERATION_COLUMNS.map(Into::into).to_vec(),
        secret: vec![false; ITERATION_COLUMNS.len()],
        rows: vec![row.map(Into::into).to_vec()],
        weights: Vec::new(),
    }
}
