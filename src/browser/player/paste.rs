//! Pasting from the clipboard.
//!
//! The text is put on the browser's clipboard and the shortcut for pasting pressed, so that the
//! page gets what it gets from a person: a trusted `paste` event with the texts in all formats,
//! then `beforeinput` and `input` of type `insertFromPaste`. All users of a browser share that
//! clipboard, so one user at a time copies and pastes. A synthetic event would be untrusted, and
//! fields of HTML do not act on those.

use serde::Deserialize;
use serde_json::json;

use crate::flow::Paste;
use crate::sample::Cause;

use super::attempt::{Attempt, Demand};
use super::keyboard;
use super::stop::Stop;

/// Answer of `rehearsal.pasted`.
#[derive(Debug, Deserialize)]
struct Pasted {
    /// The page got the event.
    arrived: bool,
    /// A script took it, or a field.
    taken: bool,
    /// What has the focus.
    element: String,
}

/// Pastes where the step says. Returns engine milliseconds.
pub(super) async fn paste(attempt: &Attempt<'_>, step: &Paste) -> Result<f64, Stop> {
    let mut engine_ms = 0.0;
    if let Some(selectors) = &step.selectors {
        let demand = Demand {
            enabled: true,
            editable: true,
            ..Demand::default()
        };
        engine_ms = attempt.ready(selectors, demand).await?.engine_ms;
        keyboard::focus(attempt).await?;
    }
    let mut texts = json!({"text/plain": step.text});
    if let Some(html) = &step.html {
        texts["text/html"] = json!(html);
    }
    attempt.mark();
    let taken = attempt.call::<()>("() => rehearsal.watchPaste()", json!(null));
    taken.await?;
    {
        let _alone = attempt.stage.clipboard().lock().await;
        let copied = attempt
            .frame
            .evaluate_as_user("(texts) => rehearsal.copy(texts)", &[texts])
            .await?;
        if copied != json!(true) {
            return Err(Stop::failed(
                Cause::NotActionable,
                "the page does not let anything be copied to the clipboard",
            ));
        }
        keyboard::shortcut(attempt, "ControlOrMeta+V").await?;
    }
    let pasted: Result<Pasted, Stop> = attempt.call("() => rehearsal.pasted()", json!(null)).await;
    match pasted {
        // Or pasting took the page elsewhere.
        Ok(Pasted { taken: true, .. }) | Err(Stop::Again(_)) => Ok(engine_ms),
        Err(stop) => Err(stop),
        Ok(Pasted {
            arrived, element, ..
        }) => Err(Stop::failed(
            Cause::NotActionable,
            if arrived {
                format!("`{element}` took nothing of what was pasted")
            } else {
                format!("`{element}` has the focus, and the paste did not arrive there")
            },
        )),
    }
}
