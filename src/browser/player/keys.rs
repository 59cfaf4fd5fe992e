//! Keys of a US keyboard: what Chromium needs to know to make the events that a person's would.

use crate::flow::did_you_mean;

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// `KeyboardEvent.key`.
    pub(super) name: String,
    /// `KeyboardEvent.code`; empty for a key that no US keyboard has.
    pub(super) code: String,
    /// Windows virtual key code.
    pub(super) virtual_code: u32,
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
        name: character.to_string(),
        code,
        virtual_code: key_code,
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
        name: (*key).to_owned(),
        code: (*code).to_owned(),
        virtual_code: *key_code,
        text,
        location: u32::from(code.ends_with("Left") && !code.starts_with("Arrow")),
    })
}

/// The key that a flow names. Any string is one: a name, a character of any language, or what a
/// keyboard of another country reports.
pub(super) fn of_name(name: &str) -> Key {
    if let Some(key) = named(name) {
        return key;
    }
    let mut characters = name.chars();
    if let (Some(character), None) = (characters.next(), characters.next())
        && let Some(key) = of_character(character)
    {
        return key;
    }
    // Names of keys are plain letters and digits; all else is text that a key types.
    let is_name = name.len() > 1 && name.chars().all(|each| each.is_ascii_alphanumeric());
    Key {
        name: name.to_owned(),
        code: String::new(),
        virtual_code: 0,
        text: (!is_name && !name.is_empty()).then(|| name.to_owned()),
        location: 0,
    }
}

/// Whether it is the name of a key of this keyboard, or text.
pub(super) fn is_known(name: &str) -> bool {
    named(name).is_some() || of_name(name).text.is_some()
}

/// `; did you mean …?` when a known name is near.
pub(super) fn near(name: &str) -> String {
    did_you_mean(name, NAMED.iter().map(|(key, ..)| *key))
}

/// The key of shortcuts: Command on a Mac, Control elsewhere.
pub(super) const ACCELERATOR: &str = "ControlOrMeta";

/// Other words for keys.
const ALIASES: [(&str, &str); 9] = [
    ("Cmd", "Meta"),
    ("Command", "Meta"),
    ("Ctrl", "Control"),
    ("Del", "Delete"),
    ("Esc", "Escape"),
    ("Option", "Alt"),
    ("Plus", "+"),
    ("Return", "Enter"),
    ("Space", " "),
];

/// Keys that are pressed together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chord {
    /// Held while the last one is pressed, in this order.
    pub(super) held: Vec<String>,
    /// The last one.
    pub(super) key: String,
}

/// Reads `ControlOrMeta+Shift+K`. The plus key is itself: `Control++`.
///
/// # Errors
/// A name that no keyboard has, with a near one.
pub(super) fn chord(text: &str) -> Result<Chord, String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let from = first.len_utf8();
        let end = rest[from..].find('+').map_or(rest.len(), |at| from + at);
        names.push(canonical(&rest[..end])?);
        match rest.get(end + 1..) {
            Some("") if end < rest.len() => {
                return Err(format!(
                    "`{text}` ends with a `+` and names no key after it"
                ));
            }
            after => rest = after.unwrap_or_default(),
        }
    }
    match names.pop() {
        Some(key) if key != ACCELERATOR => Ok(Chord { held: names, key }),
        _ => Err(format!("`{text}` names no key to press")),
    }
}

fn canonical(name: &str) -> Result<String, String> {
    let trimmed = if name == " " { name } else { name.trim() };
    let alias = ALIASES.iter().find(|(alias, _)| *alias == trimmed);
    let name = alias.map_or(trimmed, |(_, name)| name);
    // Codes of keys, as Playwright writes them: `KeyA`, `Digit1`.
    let coded = name
        .strip_prefix("Key")
        .or_else(|| name.strip_prefix("Digit"));
    if let Some(coded) = coded.filter(|coded| coded.len() == 1) {
        return Ok(coded.to_lowercase());
    }
    if name == ACCELERATOR || is_known(name) || is_further(name) {
        return Ok(name.to_owned());
    }
    let known = NAMED.iter().map(|(key, ..)| *key).chain([ACCELERATOR]);
    Err(format!(
        "there is no key `{name}`{}",
        did_you_mean(name, known)
    ))
}

/// Keys that some keyboards have, by what their names begin with.
fn is_further(name: &str) -> bool {
    const FAMILIES: [&str; 7] = [
        "Audio",
        "Browser",
        "F",
        "Launch",
        "Media",
        "Brightness",
        "Numpad",
    ];
    let rest = FAMILIES.iter().find_map(|family| name.strip_prefix(family));
    rest.is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_uppercase()) || rest.parse::<u8>().is_ok()
    })
}

/// What the key types while Shift is down; without it, what a shortcut of other modifiers names.
pub(super) fn with_shift(key: &str, shift: bool, others: bool) -> String {
    let mut characters = key.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return key.to_owned();
    };
    if !shift {
        let lower = others && character.is_ascii_uppercase();
        return if lower {
            key.to_lowercase()
        } else {
            key.to_owned()
        };
    }
    if let Some(digit) = character.to_digit(10)
        && let Some(symbol) = SHIFTED_DIGITS.chars().nth(digit as usize)
    {
        return symbol.to_string();
    }
    let symbol = SYMBOLS.iter().find(|(plain, ..)| *plain == character);
    symbol.map_or_else(
        || key.to_uppercase(),
        |(_, shifted, ..)| shifted.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_the_key_that_types_them() {
        let code = |character| of_character(character).map(|key| (key.code, key.virtual_code));
        assert_eq!(code('a'), Some(("KeyA".to_owned(), 65)));
        assert_eq!(code('A'), Some(("KeyA".to_owned(), 65)));
        assert_eq!(code('@'), Some(("Digit2".to_owned(), 50)));
        assert_eq!(code(')'), Some(("Digit0".to_owned(), 48)));
        assert_eq!(code('?'), Some(("Slash".to_owned(), 191)));
        assert_eq!(code('ф'), None);
    }

    #[test]
    fn any_name_is_a_key() {
        assert_eq!(of_name("Enter").text.as_deref(), Some("\r"));
        assert_eq!(of_name("Shift").location, 1);
        assert_eq!(of_name("ArrowLeft").location, 0);
        for text in ["ф", "ß", "€", "e\u{301}"] {
            assert_eq!(of_name(text).text.as_deref(), Some(text));
            assert!(is_known(text));
        }
        for silent in ["Dead", "Process", "BrowserBack"] {
            assert_eq!(of_name(silent).text, None, "{silent}");
        }
        assert!(!is_known("Entr"));
        assert_eq!(near("Entr"), "; did you mean `Enter`?");
    }

    #[test]
    fn chords_are_names_joined_by_plus() {
        let read = |text: &str| chord(text).map(|chord| (chord.held.join(" "), chord.key));
        let ok = |held: &str, key: &str| Ok((held.to_owned(), key.to_owned()));
        assert_eq!(read("Enter"), ok("", "Enter"));
        assert_eq!(
            read("ControlOrMeta+Shift+K"),
            ok("ControlOrMeta Shift", "K")
        );
        assert_eq!(read("Ctrl+KeyZ"), ok("Control", "z"));
        assert_eq!(read("Control++"), ok("Control", "+"));
        assert_eq!(read("+"), ok("", "+"));
        assert_eq!(read("Alt+ф"), ok("Alt", "ф"));
        assert_eq!(read("F13"), ok("", "F13"));
        let wrong = |text: &str| chord(text).unwrap_err();
        assert_eq!(
            wrong("Entr"),
            "there is no key `Entr`; did you mean `Enter`?"
        );
        assert_eq!(
            wrong("Control+"),
            "`Control+` ends with a `+` and names no key after it"
        );
        assert_eq!(wrong(""), "`` names no key to press");
    }

    #[test]
    fn shift_makes_the_other_character_of_a_key() {
        assert_eq!(with_shift("k", true, true), "K");
        assert_eq!(with_shift("1", true, false), "!");
        assert_eq!(with_shift("/", true, false), "?");
        assert_eq!(with_shift("K", false, true), "k");
        assert_eq!(with_shift("K", false, false), "K");
        assert_eq!(with_shift("Tab", true, false), "Tab");
    }
}
