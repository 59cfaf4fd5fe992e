//! From samples to statistics: histograms, timelines, page and request tables, thresholds, the
//! verdict. Pure folds over [`crate::sample::Sample`]; prints nothing, writes nothing.
//!
//! A [`Tally`] takes samples one by one in memory that does not grow with the length of the run:
//! distributions are histograms (3 digits, up to 10 minutes), time is kept in at most 600 buckets,
//! and every table has a limit on its names, past which they share the row `(other)`.
//!
//! # What counts where
//! - **Warm-up.** A sample whose *intended* time lies before the end of the warm-up is warm-up.
//!   The tables of steps and pages, all distributions and the rates that thresholds judge leave it
//!   out. Counts of iterations and of traffic (requests, bytes, statuses) and the timeline hold the
//!   whole run, so that they can be laid beside the server's own log.
//! - **Taint.** A step measured while the generator was starved is counted, and its failure is a
//!   failure, but its time goes to a distribution of its own ([`Generator::tainted_ms`]).
//! - **Interrupted** steps and iterations say nothing about the site; they are only counted.
//! - **Durations of requests** are of those that reached a server: neither cached nor blocked. The
//!   life of a WebSocket is in its own class only.
//! - **Failures** are of iterations, one each, so their counts add up to the failed iterations.
//!
//! # Verdict
//! [`Verdict::Invalid`] when more than [`TAINT_LIMIT`] of the steps were measured on a starved
//! generator: what the site did is then unknown, whatever the other rules say. Otherwise
//! [`Verdict::Fail`] when a threshold does not hold (having no data for it is not holding), when no
//! iteration passed, or when an iteration failed and no threshold on `errors.rate` or
//! `iterations.failed` says how many may. Otherwise [`Verdict::Pass`].

mod distribution;
mod failures;
mod flows;
mod generator;
mod healings;
mod pages;
mod recent;
mod requests;
mod snapshot;
mod steps;
mod summary;
mod table;
mod tally;
mod timeline;
pub mod units;
mod verdict;

pub use distribution::{Distribution, Statistics};
pub use failures::{describe, signature};
pub use snapshot::{ErrorLine, GeneratorNow, Progress, Quantiles, SlowStep, Snapshot};
pub use summary::{
    Changes, Data, Ended, FailureRow, FlowRow, Generator, HealingRow, Iterations, PageRow,
    RequestClassRow, RequestRow, Requests, RowCounts, StepRow, Summary, SummaryError, TableChange,
    ThresholdRow, Unit, Users, Verdict, Warmup,
};
pub use table::OTHER;
pub use tally::{FinishInput, Tally};
pub use timeline::{Series, Timeline};
pub use verdict::TAINT_LIMIT;

#[cfg(test)]
pub(crate) mod fixtures;
