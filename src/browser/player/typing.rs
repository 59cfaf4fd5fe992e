//! Typing into fields and rich-text editors, and making sure that the text stays there.

use std::time::Duration;

use serde_json::json;

use crate::flow::Stroke;
use crate::sample::Cause;

use super::attempt::Attempt;
use super::change::{Field, Taken, verify};
use super::keyboard;
use super::stop::Stop;

/// How long an editor may take to show what was typed.
const ECHO_MS: u64 = 1000;

/// Types into a field of HTML.
pub(super) async fn text(attempt: &Attempt<'_>, field: &Field, value: &str) -> Result<(), Stop> {
    let single;
    let value = if field.multiline {
        value
    } else {
        // Enter would submit the form; a person's field takes no line break either.
        single = value.replace(['\r', '\n'], "");
        &single
    };
    select_all(attempt, field).await?;
    if let Some(strokes) = &attempt.step.extension.keys {
        if !field.empty {
            keyboard::delete(attempt).await?;
        }
        strike(attempt, strokes).await?;
        return verify(attempt, field, value, &holds(attempt, value).await?);
    }
    if value.is_empty() {
        return empty(attempt, field).await;
    }
    keyboard::type_text(attempt, value, pause(attempt)).await?;
    if holds(attempt, value).await?.same {
        return Ok(());
    }
    // A script may have put its own text in between (an autocomplete, a late hydration).
    select_all(attempt, field).await?;
    keyboard::insert(attempt, value).await?;
    verify(attempt, field, value, &holds(attempt, value).await?)
}

/// Types into an editor (`contenteditable`). Returns the milliseconds that were spent on waiting
/// for what a person would not have noticed.
pub(super) async fn rich(attempt: &Attempt<'_>, field: &Field, value: &str) -> Result<f64, Stop> {
    select_all(attempt, field).await?;
    if let Some(strokes) = &attempt.step.extension.keys {
        // The first stroke may be a shortcut, which replaces nothing.
        if !field.empty {
            keyboard::delete(attempt).await?;
        }
        strike(attempt, strokes).await?;
        verify(attempt, field, value, &echoed(attempt, value).await?)?;
    } else if value.is_empty() {
        empty(attempt, field).await?;
    } else {
        keyboard::type_text(attempt, value, pause(attempt)).await?;
        if !echoed(attempt, value).await?.same {
            // Some editors handle no keys but those of input methods.
            select_all(attempt, field).await?;
            keyboard::insert(attempt, value).await?;
            verify(attempt, field, value, &echoed(attempt, value).await?)?;
        }
    }
    handed_over(attempt, value).await
}

async fn strike(attempt: &Attempt<'_>, strokes: &[Stroke]) -> Result<(), Stop> {
    for (at, stroke) in strokes.iter().enumerate() {
        let pause = pause(attempt);
        if at > 0 && !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        match stroke {
            Stroke::Text { text } => keyboard::type_text(attempt, text, pause).await?,
            Stroke::Press { press } => keyboard::shortcut(attempt, press).await?,
        }
    }
    Ok(())
}

fn pause(attempt: &Attempt<'_>) -> Duration {
    Duration::from_millis(attempt.step.extension.key_delay_ms.unwrap_or(0))
}

/// Gives an editor the time to hand its text to the form, which a person's next move would.
/// Returns the milliseconds that it took.
async fn handed_over(attempt: &Attempt<'_>, value: &str) -> Result<f64, Stop> {
    const PATIENCE_MS: u64 = 1000;
    let began = attempt.stage.clock().now();
    let argument = json!({"wanted": value, "timeoutMs": attempt.slice_ms().min(PATIENCE_MS)});
    let handed_over: bool = attempt
        .call("(text) => rehearsal.handedOver(text)", argument)
        .await?;
    if handed_over {
        // What the form sends from here on has the text.
        attempt.set_typed();
    }
    Ok(attempt.stage.clock().now().ms_since(began))
}

async fn select_all(attempt: &Attempt<'_>, field: &Field) -> Result<(), Stop> {
    let focused: bool = attempt
        .call("() => rehearsal.selectAll()", json!(null))
        .await?;
    if focused {
        return Ok(());
    }
    Err(Stop::again(
        Cause::NotActionable,
        format!("`{}` does not take the focus", field.element),
    ))
}

async fn empty(attempt: &Attempt<'_>, field: &Field) -> Result<(), Stop> {
    if !field.empty {
        keyboard::delete(attempt).await?;
    }
    // Deleting fires `input` by itself; in a field that was empty nothing fires.
    attempt
        .call::<()>(
            "(events) => { rehearsal.announceEmptied(events); return null; }",
            json!({"input": field.empty}),
        )
        .await?;
    verify(attempt, field, "", &holds(attempt, "").await?)
}

/// What the field holds, once the page has had a frame to put its own text there.
async fn holds(attempt: &Attempt<'_>, value: &str) -> Result<Taken, Stop> {
    let function = "async (wanted) => { await rehearsal.drawn(); return rehearsal.holds(wanted); }";
    attempt.call(function, json!(value)).await
}

/// What the editor shows, once it is the text or has had its time.
async fn echoed(attempt: &Attempt<'_>, value: &str) -> Result<Taken, Stop> {
    let argument = json!({"wanted": value, "timeoutMs": attempt.slice_ms().min(ECHO_MS)});
    attempt
        .call("(text) => rehearsal.echoed(text)", argument)
        .await
}
