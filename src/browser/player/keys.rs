//! Keys of a US keyboard: what Chromium needs to know to make the events that a person's would.

use crate::flow::did_you_mean;

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// `KeyboardEvent.key`.
    pub(super) key: String,
    /// `KeyboardEvent.code`; empty for a key that no US keyboard has.
    pub(super) code: String,
    /// Windows virtual key code.
    pub(super) key_code: u32,
    /// What it types.
    pub(super) text: Option<String>,
    /// 1 for the left and 2 for the right of a pair.
    pub(super) location: u32,
}

/// Keys with names: `KeyboardEvent.key`, `code`, virtual key code.
const NAMED: [(&str, &str, u32); 41] = [
    ("Alt", "AltLeft", 18),
    ("AltGraph", "AltRight", 225),
    ("ArrowDown", "ArrowDown", 40),
    ("ArrowLeft", "ArrowLeft", 37),
    ("ArrowRight", "ArrowRight", 39),
    ("ArrowUp", "ArrowUp", 38),
    ("Backspace", "Backspace", 8),
    ("CapsLock", "CapsLock", 20),
    ("Clear", "NumpadClear", 12),
    ("ContextMenu", "ContextMenu", 93),
    ("Control", "ControlLeft", 17),
    ("Delete", "Delete", 46),
    ("End", "End", 35),
    ("Enter", "Enter", 13),
    ("Escape", "Escape", 27),
    ("F1", "F1", 112),
    ("F10", "F10", 121),
    ("F11", "F11", 122),
    ("F12", "F12", 123),
    ("F2", "F2", 113),
    ("F3", "F3", 114),
    ("F4", "F4", 115),
    ("F5", "F5", 116),
    ("F6", "F6", 117),
    ("F7", "F7", 118),
    ("F8", "F8", 119),
    ("F9", "F9", 120),
    ("Help", "Help", 47),
    ("Home", "Home", 36),
    ("Insert", "Insert", 45),
    ("Meta", "MetaLeft", 91),
    ("NumLock", "NumLock", 144),
    ("PageDown", "PageDown", 34),
    ("PageUp", "PageUp", 33),
    ("Pause", "Pause", 19),
    ("PrintScreen", "PrintScreen", 44),
    ("ScrollLock", "ScrollLock", 145),
    ("Shift", "ShiftLeft", 16),
    ("Tab", "Tab", 9),
    ("Dead", "", 0),
    ("Unidentified", "", 0),
];

/// Characters besides letters and digits: unshifted, shifted, `code`, virtual key code.
const SYMBOLS: [(char, char, &str, u32); 12] = [
    ('`', '~', "Backquote", 192),
    ('-', '_', "Minus", 189),
    ('=', '+', "Equal", 187),
    ('[', '{', "BracketLeft", 219),
    (']', '}', "BracketRight", 221),
    ('\\', '|', "Backslash", 220),
    (';', ':', "Semicolon", 186),
    ('\'', '"', "Quote", 222),
    (',', '<', "Comma", 188),
    ('.', '>', "Period", 190),
    ('/', '?', "Slash", 191),
    (' ', ' ', "Space", 32),
];

const SHIFTED_DIGITS: &str = ")!@#$%^&*(";

/// The key of this character on a US keyboard.
pub(super) fn of_character(character: char) -> Option<Key> {
    let (code, key_code) = match character {
        '\n' | '\r' => return named("Enter"),
        '\t' => return named("Tab"),
        'a'..='z' | 'A'..='Z' => {
            let upper = character.to_ascii_uppercase();
            (format!("Key{upper}"), u32::from(upper))
        }
        '0'..='9' => (format!("Digit{character}"), u32::from(character)),
        _ => {
            if let Some(digit) = SHIFTED_DIGITS.find(character) {
                (format!("Digit{digit}"), 48 + digit as u32)
            } else {
                let is_it = |(plain, shifted, ..): &&(char, char, &str, u32)| {
                    *plain == character || *shifted == character
                };
                let (_, _, code, key_code) = SYMBOLS.iter().find(is_it)?;
                ((*code).to_owned(), *key_code)
            }
        }
    };
    Some(Key {
        key: character.to_string(),
        code,
        key_code,
        text: Some(character.to_string()),
        location: 0,
    })
}

fn named(name: &str) -> Option<Key> {
    let (key, code, key_code) = NAMED.iter().find(|(key, ..)| *key == name)?;
    let text = match *key {
        "Enter" => Some("\r".to_owned()),
        _ => None,
    };
    Some(Key {
        key: (*key).to_owned(),
        code: (*code).to_owned(),
        key_code: *key_code,
        text,
        location: u32::from(code.ends_with("Left") && !code.starts_with("Arrow")),
    })
}

/// The key that a flow names: a name, or a character of any language.
///
/// # Errors
/// A name that no keyboard has, with a near one.
pub(super) fn of_name(name: &str) -> Result<Key, String> {
    if let Some(key) = named(name) {
        return Ok(key);
    }
    let mut characters = name.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return Ok(of_character(character).unwrap_or_else(|| Key {
            key: name.to_owned(),
            code: String::new(),
            key_code: 0,
            text: Some(name.to_owned()),
            location: 0,
        }));
    }
    let hint = did_you_mean(name, NAMED.iter().map(|(key, ..)| *key));
    Err(format!("there is no key `{name}`{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_the_key_that_types_them() {
        let code = |character| of_character(character).map(|key| (key.code, key.key_code));
        assert_eq!(code('a'), Some(("KeyA".to_owned(), 65)));
        assert_eq!(code('A'), Some(("KeyA".to_owned(), 65)));
        assert_eq!(code('@'), Some(("Digit2".to_owned(), 50)));
        assert_eq!(code(')'), Some(("Digit0".to_owned(), 48)));
        assert_eq!(code('?'), Some(("Slash".to_owned(), 191)));
        assert_eq!(code('ф'), None);
    }

    #[test]
    fn names_are_keys_and_typos_are_errors() {
        assert_eq!(of_name("Enter").unwrap().text.as_deref(), Some("\r"));
        assert_eq!(of_name("Shift").unwrap().location, 1);
        assert_eq!(of_name("ArrowLeft").unwrap().location, 0);
        assert_eq!(of_name("ф").unwrap().text.as_deref(), Some("ф"));
        assert_eq!(of_name("Dead").unwrap().text, None);
        let error = of_name("Entr").unwrap_err();
        assert_eq!(error, "there is no key `Entr`; did you mean `Enter`?");
    }
}
