//! The keyboard: keys of a flow, and typing of text.

use serde_json::{Value, json};

use crate::browser::stage::Input;
use crate::flow::Press;
use crate::sample::Cause;

use super::attempt::Attempt;
use super::keys::{self, Key};
use super::stop::Stop;

/// Bits of `modifiers` in Chromium's input commands.
const MODIFIERS: [(&str, u32); 4] = [("Alt", 1), ("Control", 2), ("Meta", 4), ("Shift", 8)];

/// Modifier keys that are down, as Chromium wants them.
pub(super) fn modifiers(input: &Input) -> u32 {
    let down = |name: &str| input.pressed.iter().any(|key| key == name);
    let held = MODIFIERS.iter().filter(|(name, _)| down(name));
    held.map(|(_, bit)| bit).sum()
}

/// Presses a key of the flow; it stays down until the flow releases it.
pub(super) async fn down(attempt: &Attempt<'_>, name: &str) -> Result<(), Stop> {
    let key = keys::of_name(name).map_err(|message| Stop::failed(Cause::Flow, message))?;
    let repeat = attempt.stage.input().pressed.contains(&key.name);
    attempt.stage.set_input(|input| {
        if !repeat {
            input.pressed.push(key.name.clone());
        }
    });
    let modifiers = modifiers(&attempt.stage.input());
    let mut event = press(&key, modifiers);
    event["autoRepeat"] = json!(repeat);
    tolerate(attempt.input("Input.dispatchKeyEvent", event).await)
}

/// Releases a key of the flow.
pub(super) async fn up(attempt: &Attempt<'_>, name: &str) -> Result<(), Stop> {
    let key = keys::of_name(name).map_err(|message| Stop::failed(Cause::Flow, message))?;
    attempt
        .stage
        .set_input(|input| input.pressed.retain(|pressed| *pressed != key.name));
    let event = release(&key, modifiers(&attempt.stage.input()));
    tolerate(attempt.input("Input.dispatchKeyEvent", event).await)
}

/// Presses a shortcut. Returns engine milliseconds.
pub(super) async fn chord(_attempt: &Attempt<'_>, _press: &Press) -> Result<f64, Stop> {
    Err(Stop::failed(Cause::Flow, "not played yet"))
}

/// Types text where the focus is: key by key what a US keyboard has, the rest inserted.
pub(super) async fn type_text(attempt: &Attempt<'_>, text: &str) -> Result<(), Stop> {
    for character in text.chars().filter(|character| *character != '\r') {
        match keys::of_character(character) {
            Some(key) => stroke(attempt, &key).await?,
            None => insert(attempt, &character.to_string()).await?,
        }
    }
    Ok(())
}

/// Puts text in at once, as an input method or a paste does.
pub(super) async fn insert(attempt: &Attempt<'_>, text: &str) -> Result<(), Stop> {
    let sent = attempt
        .input("Input.insertText", json!({"text": text}))
        .await;
    Ok(sent?)
}

/// Empties what is selected.
pub(super) async fn delete(attempt: &Attempt<'_>) -> Result<(), Stop> {
    let key = keys::of_name("Delete").map_err(|message| Stop::failed(Cause::Flow, message))?;
    stroke(attempt, &key).await
}

/// Presses and releases one key. Both are sent before the first answer: order is kept.
async fn stroke(attempt: &Attempt<'_>, key: &Key) -> Result<(), Stop> {
    let down = attempt.input("Input.dispatchKeyEvent", press(key, 0));
    let up = attempt.input("Input.dispatchKeyEvent", release(key, 0));
    let (down, up) = futures::join!(down, up);
    down?;
    Ok(up?)
}

fn press(key: &Key, modifiers: u32) -> Value {
    // Alt, Control and Meta make shortcuts of keys: nothing is typed.
    const SHORTCUT: u32 = 1 | 2 | 4;
    let text = key.text.as_ref().filter(|_| modifiers & SHORTCUT == 0);
    let mut event = event(key, modifiers);
    match text {
        Some(text) => {
            event["type"] = json!("keyDown");
            event["text"] = json!(text);
            event["unmodifiedText"] = json!(text);
        }
        None => event["type"] = json!("rawKeyDown"),
    }
    event
}

fn release(key: &Key, modifiers: u32) -> Value {
    let mut event = event(key, modifiers);
    event["type"] = json!("keyUp");
    event
}

fn event(key: &Key, modifiers: u32) -> Value {
    json!({
        "key": key.name,
        "code": key.code,
        "windowsVirtualKeyCode": key.virtual_code,
        "location": key.location,
        "modifiers": modifiers,
    })
}

/// A key may take the page with it (Enter in a form), and its answer too.
fn tolerate(sent: Result<(), crate::browser::cdp::CdpError>) -> Result<(), Stop> {
    match sent {
        Err(error) if error.is_fatal() => Err(error.into()),
        Err(error) => {
            tracing::debug!(%error, "input was not answered");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
