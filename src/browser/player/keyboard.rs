//! The keyboard: keys of a flow, shortcuts, and typing of characters.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::stage::Input;
use crate::flow::{Modifier, Press};
use crate::sample::Cause;

use super::attempt::{Attempt, Demand};
use super::keys::{self, Key};
use super::stop::Stop;

/// Bits of `modifiers` in Chromium's input commands.
const MODIFIERS: [(&str, u32); 4] = [("Alt", 1), ("Control", 2), ("Meta", 4), ("Shift", 8)];

/// Editing commands behind shortcuts with the Command key, which only macOS's own key bindings
/// know. With the Control key Chromium finds them itself.
const MAC_COMMANDS: [(&str, bool, &str); 13] = [
    ("a", false, "selectAll"),
    ("b", false, "toggleBold"),
    ("c", false, "copy"),
    ("i", false, "toggleItalic"),
    ("u", false, "toggleUnderline"),
    ("v", false, "paste"),
    ("v", true, "pasteAndMatchStyle"),
    ("x", false, "cut"),
    ("z", false, "undo"),
    ("z", true, "redo"),
    ("ArrowLeft", false, "moveToLeftEndOfLine"),
    ("ArrowRight", false, "moveToRightEndOfLine"),
    ("Backspace", false, "deleteToBeginningOfLine"),
];

/// Modifier keys that are down, as Chromium wants them.
pub(super) fn modifiers(input: &Input) -> u32 {
    let down = |name: &str| input.pressed.iter().any(|key| key == name);
    let held = MODIFIERS.iter().filter(|(name, _)| down(name));
    held.map(|(_, bit)| bit).sum()
}

/// Presses a key of the flow; it stays down until the flow releases it.
pub(super) async fn down(attempt: &Attempt<'_>, name: &str) -> Result<(), Stop> {
    if !keys::is_known(name) {
        tracing::warn!(
            key = name,
            "no keyboard of ours has this key{}",
            keys::near(name)
        );
    }
    hold_key(attempt, &keys::of_name(name)).await
}

/// Releases a key of the flow, whether or not the flow pressed it.
pub(super) async fn up(attempt: &Attempt<'_>, name: &str) -> Result<(), Stop> {
    release_key(attempt, &keys::of_name(name)).await
}

async fn hold_key(attempt: &Attempt<'_>, key: &Key) -> Result<(), Stop> {
    let repeat = attempt.stage.input().pressed.contains(&key.name);
    attempt.stage.set_input(|input| {
        if !repeat {
            input.pressed.push(key.name.clone());
        }
    });
    let mut event = press(key, &attempt.stage.input());
    event["autoRepeat"] = json!(repeat);
    tolerate(attempt.input("Input.dispatchKeyEvent", event).await)
}

async fn release_key(attempt: &Attempt<'_>, key: &Key) -> Result<(), Stop> {
    attempt
        .stage
        .set_input(|input| input.pressed.retain(|pressed| *pressed != key.name));
    let event = release(key, modifiers(&attempt.stage.input()));
    tolerate(attempt.input("Input.dispatchKeyEvent", event).await)
}

/// Holds the modifier keys of a click. Returns those that were not held before.
pub(super) async fn hold(attempt: &Attempt<'_>, modifiers: &[Modifier]) -> Result<Vec<Key>, Stop> {
    let mut held = Vec::new();
    for modifier in modifiers {
        let name = match modifier {
            Modifier::Alt => "Alt",
            Modifier::Control => "Control",
            Modifier::Meta => "Meta",
            Modifier::Shift => "Shift",
            Modifier::ControlOrMeta => accelerator(attempt).await?,
        };
        if attempt.stage.input().pressed.iter().any(|key| key == name) {
            continue;
        }
        let key = keys::of_name(name);
        hold_key(attempt, &key).await?;
        held.push(key);
    }
    Ok(held)
}

/// Lets go what [`hold`] held.
pub(super) async fn let_go(attempt: &Attempt<'_>, held: &[Key]) -> Result<(), Stop> {
    for key in held.iter().rev() {
        release_key(attempt, key).await?;
    }
    Ok(())
}

/// The key with which this machine, as the page sees it, makes shortcuts.
async fn accelerator(attempt: &Attempt<'_>) -> Result<&'static str, Stop> {
    let mac: bool = attempt.call("() => rehearsal.isMac()", json!(null)).await?;
    Ok(if mac { "Meta" } else { "Control" })
}

/// Presses the keys of a step. Returns engine milliseconds.
pub(super) async fn chord(attempt: &Attempt<'_>, step: &Press) -> Result<f64, Stop> {
    keys::chord(&step.keys).map_err(|message| Stop::failed(Cause::Flow, message))?;
    let mut engine_ms = 0.0;
    if let Some(selectors) = &step.selectors {
        let demand = Demand {
            enabled: true,
            ..Demand::default()
        };
        engine_ms = attempt.ready(selectors, demand).await?.engine_ms;
        focus(attempt).await?;
    }
    attempt.mark();
    shortcut(attempt, &step.keys).await?;
    Ok(engine_ms)
}

/// Gives the step's element the focus.
pub(super) async fn focus(attempt: &Attempt<'_>) -> Result<(), Stop> {
    let focused: bool = attempt.call("() => rehearsal.focus()", json!(null)).await?;
    if focused {
        return Ok(());
    }
    Err(Stop::again(
        Cause::NotActionable,
        "the element does not take the focus",
    ))
}

/// Presses and releases a key or shortcut where the focus is.
pub(super) async fn shortcut(attempt: &Attempt<'_>, chord: &str) -> Result<(), Stop> {
    let chord = keys::chord(chord).map_err(|message| Stop::failed(Cause::Flow, message))?;
    let mut held = Vec::new();
    for name in &chord.held {
        let name = if name == keys::ACCELERATOR {
            accelerator(attempt).await?
        } else {
            name
        };
        let key = keys::of_name(name);
        hold_key(attempt, &key).await?;
        held.push(key);
    }
    let input = attempt.stage.input();
    let down = |name: &str| input.pressed.iter().any(|key| key == name);
    let others = ["Alt", "Control", "Meta"].into_iter().any(down);
    let key = keys::of_name(&keys::with_shift(&chord.key, down("Shift"), others));
    let sent = strike(attempt, &key).await;
    let_go(attempt, &held).await?;
    sent
}

/// Types text where the focus is: key by key what a US keyboard has, the rest inserted.
pub(super) async fn type_text(
    attempt: &Attempt<'_>,
    text: &str,
    pause: Duration,
) -> Result<(), Stop> {
    for (at, character) in text
        .chars()
        .filter(|&character| character != '\r')
        .enumerate()
    {
        if at > 0 && !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        attempt.set_typed();
        match keys::of_character(character) {
            Some(key) => strike(attempt, &key).await?,
            None => insert(attempt, &character.to_string()).await?,
        }
    }
    Ok(())
}

/// Puts text in at once, as an input method or a paste does.
pub(super) async fn insert(attempt: &Attempt<'_>, text: &str) -> Result<(), Stop> {
    attempt.set_typed();
    let sent = attempt
        .input("Input.insertText", json!({"text": text}))
        .await;
    Ok(sent?)
}

/// Empties what is selected.
pub(super) async fn delete(attempt: &Attempt<'_>) -> Result<(), Stop> {
    strike(attempt, &keys::of_name("Delete")).await
}

/// Presses and releases one key. Both are sent before the first answer: order is kept.
async fn strike(attempt: &Attempt<'_>, key: &Key) -> Result<(), Stop> {
    let input = attempt.stage.input();
    let down = attempt.input("Input.dispatchKeyEvent", press(key, &input));
    let up = attempt.input("Input.dispatchKeyEvent", release(key, modifiers(&input)));
    let (down, up) = futures::join!(down, up);
    tolerate(down)?;
    tolerate(up)
}

fn press(key: &Key, input: &Input) -> Value {
    // Alt, Control and Meta make shortcuts of keys: nothing is typed. The AltGr key of other
    // layouts types, even where a system reports it as Control and Alt.
    const SHORTCUT: u32 = 1 | 2 | 4;
    const CONTROL_AND_ALT: u32 = 1 | 2;
    const META: u32 = 4;
    const SHIFT: u32 = 8;
    let mut modifiers = modifiers(input);
    if input.pressed.iter().any(|key| key == "AltGraph") {
        modifiers &= !CONTROL_AND_ALT;
    }
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
    if modifiers & META != 0 {
        let name = key.name.to_lowercase();
        let shift = modifiers & SHIFT != 0;
        let command = MAC_COMMANDS
            .iter()
            .find(|(key, with_shift, _)| key.to_lowercase() == name && *with_shift == shift);
        if let Some((_, _, command)) = command {
            event["commands"] = json!([command]);
        }
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
