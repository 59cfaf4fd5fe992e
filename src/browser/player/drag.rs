//! Dragging an element by pointer, or swiping by finger.

use crate::flow::Drag;
use crate::sample::Cause;

use super::attempt::Attempt;
use super::stop::Stop;

/// Dragging an element by pointer, or swiping by finger. Returns engine milliseconds.
pub(super) async fn drag(_attempt: &Attempt<'_>, _step: &Drag) -> Result<f64, Stop> {
    Err(Stop::failed(Cause::Flow, "not played yet"))
}
