//! Giving files to a field or to a file chooser.

use crate::flow::Upload;
use crate::sample::Cause;

use super::attempt::Attempt;
use super::stop::Stop;

/// Giving files to a field or to a file chooser. Returns engine milliseconds.
pub(super) async fn upload(_attempt: &Attempt<'_>, _step: &Upload) -> Result<f64, Stop> {
    Err(Stop::failed(Cause::Flow, "not played yet"))
}
