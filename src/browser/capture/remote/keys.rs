//! The keyboard of the person elsewhere.

use std::time::Duration;

use serde_json::{Value, json};

use super::Remote;
use crate::browser::capture::{RemoteInput, Typed};
use crate::browser::cdp::Session;

/// Bits of `modifiers`.
const ALT: u8 = 1;
const CONTROL: u8 = 2;
const META: u8 = 4;

/// What an input method reports while it composes.
const COMPOSING: u32 = 229;

/// How long a page may think about a key before the next input follows.
const HANDLED: Duration = Duration::from_secs(1);

/// Passes a key on. Says whether it may open a drop-down list.
pub(super) async fn press(remote: &Remote, session: &Session, input: RemoteInput) -> bool {
    let RemoteInput::Key {
        down,
        key,
        code,
        key_code,
        location,
        modifiers,
        repeat,
    } = input
    else {
        return false;
    };
    let key = key.0;
    if ["Alt", "AltGraph", "Control", "Meta", "Shift"].contains(&key.as_str()) {
        let mut state = remote.state();
        state.held.retain(|held| *held != key);
        if down {
            state.held.push(key.clone());
        }
    }
    // What comes of these is told as text.
    if key_code == COMPOSING || key == "Process" || key == "Dead" {
        return false;
    }
    let text = down.then(|| text_of(&key, modifiers)).flatten();
    let types_with_both = text.is_some() && modifiers & (ALT | CONTROL) == ALT | CONTROL;
    let modifiers = if types_with_both {
        modifiers & !(ALT | CONTROL)
    } else {
        modifiers
    };
    let mut event = json!({
        "type": match (down, &text) {
            (false, _) => "keyUp",
            (true, Some(_)) => "keyDown",
            (true, None) => "rawKeyDown",
        },
        "key": key,
        "code": code,
        "windowsVirtualKeyCode": key_code,
        "nativeVirtualKeyCode": key_code,
        "location": location,
        "isKeypad": location == 3,
        "modifiers": modifiers,
        "autoRepeat": repeat,
    });
    if let Some(text) = &text {
        event["text"] = json!(text);
        event["unmodifiedText"] = json!(text);
    }
    let opens = down && matches!(key.as_str(), " " | "Enter" | "ArrowDown" | "ArrowUp" | "F4");
    if opens || remote.state().list.is_some() {
        let handled = session.call_within("Input.dispatchKeyEvent", event, HANDLED);
        let _handled = handled.await;
    } else {
        session.send("Input.dispatchKeyEvent", event);
    }
    opens
}

/// What a key types. Alt, Control and Meta make shortcuts of keys; both of the first together are
/// the `AltGr` key of some systems, which types.
fn text_of(key: &str, modifiers: u8) -> Option<String> {
    let is_shortcut = modifiers & META != 0
        || (modifiers & (ALT | CONTROL) != 0 && modifiers & (ALT | CONTROL) != ALT | CONTROL);
    if is_shortcut {
        return None;
    }
    match key {
        "Enter" => Some("\r".to_owned()),
        _ if key.chars().count() == 1 => Some(key.to_owned()),
        _ => None,
    }
}

/// Text that was composed elsewhere arrives as it does from an input method here.
pub(super) async fn compose(session: &Session, text: &Typed) {
    let length = text.0.encode_utf16().count();
    let composition = json!({"text": text.0, "selectionStart": length, "selectionEnd": length});
    session.send("Input.imeSetComposition", composition);
    let _handled = session
        .call_within("Input.insertText", json!({"text": text.0}), HANDLED)
        .await;
}

/// Presses and releases a key with these modifiers held.
pub(super) fn strike(session: &Session, key: &str, code: &str, key_code: u32, modifiers: u8) {
    for kind in ["rawKeyDown", "keyUp"] {
        session.send(
            "Input.dispatchKeyEvent",
            event(kind, key, code, key_code, modifiers),
        );
    }
}

/// A key event without text.
pub(super) fn event(kind: &str, key: &str, code: &str, key_code: u32, modifiers: u8) -> Value {
    json!({"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": key_code,
        "nativeVirtualKeyCode": key_code, "modifiers": modifiers})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_type_nothing_and_the_alt_gr_key_does() {
        assert_eq!(text_of("a", 0).as_deref(), Some("a"));
        assert_eq!(text_of("A", 8).as_deref(), Some("A"));
        assert_eq!(text_of("@", ALT | CONTROL).as_deref(), Some("@"));
        assert_eq!(text_of("c", CONTROL), None);
        assert_eq!(text_of("c", META), None);
        assert_eq!(text_of("Enter", 0).as_deref(), Some("\r"));
        assert_eq!(text_of("ArrowDown", 0), None);
        assert_eq!(text_of("ф", 0).as_deref(), Some("ф"));
    }
}
