//! Pasting from the clipboard.

use crate::flow::Paste;
use crate::sample::Cause;

use super::attempt::Attempt;
use super::stop::Stop;

/// Pasting from the clipboard. Returns engine milliseconds.
pub(super) async fn paste(_attempt: &Attempt<'_>, _step: &Paste) -> Result<f64, Stop> {
    Err(Stop::failed(Cause::Flow, "not played yet"))
}
