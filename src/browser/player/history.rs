//! Going through the history of a tab.

use crate::flow::Direction;
use crate::sample::Cause;

use super::attempt::Attempt;
use super::stop::Stop;

/// Going through the history of a tab. Returns engine milliseconds.
pub(super) async fn go(_attempt: &Attempt<'_>, _step: Direction) -> Result<f64, Stop> {
    Err(Stop::failed(Cause::Flow, "not played yet"))
}
