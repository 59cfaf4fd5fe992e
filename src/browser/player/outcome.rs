//! What a step says it starts outside the page: dialogs and a download. Both are waited for when
//! the deed is done and before its other effects are.

use crate::sample::Cause;

use super::attempt::Attempt;
use super::reason::seconds;
use super::stop::Stop;

/// Waits until the step's dialogs have been answered and its download is complete.
///
/// # Errors
/// What did not come, or came otherwise, at the step's deadline. The deed is not repeated.
pub(super) async fn awaited(attempt: &Attempt<'_>) -> Result<(), Stop> {
    let extension = &attempt.step.extension;
    let failed = |message: String| {
        let within = seconds(attempt.waited());
        Stop::failed(Cause::Condition, format!("{message} within {within}"))
    };
    if !extension.dialogs.is_empty() {
        let dialogs = attempt.stage.dialogs();
        let answered = dialogs.all_answered(attempt.left()).await;
        answered.map_err(failed)?;
    }
    if let Some(download) = &extension.download {
        let downloads = attempt.stage.downloads();
        let complete = downloads.complete(download, attempt.left()).await;
        complete.map_err(failed)?;
    }
    Ok(())
}
