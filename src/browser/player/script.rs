//! The script that runs in our isolated world of each document, and calls into it.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::browser::frame::Frame;

use super::stop::Stop;

/// Later parts use what earlier ones define.
const SCRIPT: &str = concat!(
    include_str!("script/names.js"),
    include_str!("script/find.js"),
    include_str!("script/ready.js"),
    include_str!("script/fields.js"),
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
    let answer = frame.evaluate(function, &[argument]).await?;
    serde_json::from_value(answer).map_err(|error| Stop::broken(&error))
}
