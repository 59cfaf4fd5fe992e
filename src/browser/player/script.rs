//! The script that runs in our isolated world of each document, and calls into it.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::browser::frame::{EvaluateError, Frame};

use super::stop::Stop;

/// Runs in each document before the page's own scripts: who listens first decides.
pub(crate) const GUARD: &str = include_str!("script/guard.js");

/// Runs in the page's own world before its scripts: tells who listens to presses.
pub(crate) const LISTENERS: &str = include_str!("script/listeners.js");

/// Later parts use what earlier ones define. Once per document, even if injected again.
const SCRIPT: &str = concat!(
    include_str!("script/guard.js"),
    "if (!globalThis.rehearsal.ready) {",
    include_str!("script/names.js"),
    include_str!("script/only.js"),
    include_str!("script/find.js"),
    include_str!("script/fingerprint.js"),
    include_str!("script/selectors.js"),
    include_str!("script/heal.js"),
    include_str!("script/ready.js"),
    include_str!("script/choices.js"),
    include_str!("script/acts.js"),
    include_str!("script/fields.js"),
    include_str!("script/look.js"),
    include_str!("script/watch.js"),
    "}",
);

/// Longest time that one call waits inside the page: below the deadline of a CDP call.
pub(super) const SLICE: Duration = Duration::from_secs(10);

/// Calls `rehearsal.NAME(argument)` in the frame's document. `function` is that call's source:
/// `"(argument) => rehearsal.ready(argument)"`.
pub(super) async fn call<T: DeserializeOwned>(
    frame: &Frame,
    function: &str,
    argument: Value,
) -> Result<T, Stop> {
    frame.inject(SCRIPT).await?;
    // Another document may have come between the two, in which only the guard is there yet.
    let guarded = format!(
        "async (argument) => globalThis.rehearsal?.ready ? [await ({function})(argument)] : []"
    );
    match frame.evaluate(&guarded, &[argument]).await? {
        Value::Array(answer) if answer.is_empty() => Err(EvaluateError::Navigated.into()),
        Value::Array(mut answer) => {
            serde_json::from_value(answer.remove(0)).map_err(|error| Stop::broken(&error))
        }
        other => serde_json::from_value(other).map_err(|error| Stop::broken(&error)),
    }
}
