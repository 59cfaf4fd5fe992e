//! What `sendKeys` sends: text, and keys written as `${KEY_ENTER}`.

/// A part of what is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    Text(String),
    /// A key or shortcut, as `rehearsal.press` takes it.
    Press(String),
    /// A key that is not known, by its name.
    Unknown(String),
}

/// Reads a sequence. A modifier is held until the end, as `WebDriver` does.
pub(super) fn read(sequence: &str) -> Vec<Sent> {
    let mut out = Vec::new();
    let mut held: Vec<&'static str> = Vec::new();
    let mut rest = sequence;
    while !rest.is_empty() {
        let key = rest
            .strip_prefix("${KEY_")
            .and_then(|inside| inside.split_once('}'));
        if let Some((name, after)) = key {
            rest = after;
            match (modifier(name), named(name)) {
                (Some(modifier), _) => held.push(modifier),
                (None, Some("")) => held.clear(),
                (None, Some(key)) => out.push(Sent::Press(chord(&held, key))),
                (None, None) => out.push(Sent::Unknown(format!("KEY_{name}"))),
            }
            continue;
        }
        // A key that is not closed is text.
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let next = rest[first..].find("${KEY_");
        let end = next.map_or(rest.len(), |at| at + first);
        let (text, after) = rest.split_at(end);
        rest = after;
        if held.is_empty() {
            out.push(Sent::Text(text.to_owned()));
        } else {
            let mut buffer = [0; 4];
            let presses = text
                .chars()
                .map(|letter| Sent::Press(chord(&held, letter.encode_utf8(&mut buffer))));
            out.extend(presses);
        }
    }
    out
}

fn chord(held: &[&str], key: &str) -> String {
    let mut keys = held.to_vec();
    keys.push(key);
    keys.join("+")
}

fn modifier(name: &str) -> Option<&'static str> {
    Some(match name {
        "CTRL" | "CONTROL" | "LEFT_CONTROL" => "Control",
        "SHIFT" | "LEFT_SHIFT" => "Shift",
        "ALT" | "LEFT_ALT" => "Alt",
        "META" | "COMMAND" => "Meta",
        _ => return None,
    })
}

/// `KeyboardEvent.key`; empty for the one that releases all.
fn named(name: &str) -> Option<&'static str> {
    Some(match name {
        "NULL" => "",
        "ENTER" | "RETURN" => "Enter",
        "TAB" => "Tab",
        "BACKSPACE" | "BKSP" | "BACK_SPACE" => "Backspace",
        "DELETE" | "DEL" => "Delete",
        "ESC" | "ESCAPE" => "Escape",
        "SPACE" => " ",
        "UP" | "ARROW_UP" => "ArrowUp",
        "DOWN" | "ARROW_DOWN" => "ArrowDown",
        "LEFT" | "ARROW_LEFT" => "ArrowLeft",
        "RIGHT" | "ARROW_RIGHT" => "ArrowRight",
        "HOME" => "Home",
        "END" => "End",
        "PAGE_UP" | "PGUP" => "PageUp",
        "PAGE_DOWN" | "PGDN" => "PageDown",
        "INSERT" | "INS" => "Insert",
        "PAUSE" => "Pause",
        "SEMICOLON" => ";",
        "EQUALS" => "=",
        "MULTIPLY" | "MUL" | "NUM_MULTIPLY" => "*",
        "ADD" | "PLUS" | "NUM_PLUS" => "+",
        "SUBTRACT" | "MINUS" | "NUM_MINUS" => "-",
        "DECIMAL" | "PERIOD" | "NUM_PERIOD" => ".",
        "DIVIDE" | "DIV" | "NUM_DIVISION" => "/",
        "COMMA" | "SEPARATOR" | "SEP" => ",",
        "F1" => "F1",
        "F2" => "F2",
        "F3" => "F3",
        "F4" => "F4",
        "F5" => "F5",
        "F6" => "F6",
        "F7" => "F7",
        "F8" => "F8",
        "F9" => "F9",
        "F10" => "F10",
        "F11" => "F11",
        "F12" => "F12",
        _ => return digit(name),
    })
}

fn digit(name: &str) -> Option<&'static str> {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let number = name.strip_prefix("NUMPAD").or(name.strip_prefix("NUM"))?;
    let number = number.trim_start_matches(['_', 'N']);
    DIGITS.into_iter().find(|digit| *digit == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_text_are_told_apart() {
        let press = |keys: &str| Sent::Press(keys.into());
        assert_eq!(
            read("lamp${KEY_ENTER}"),
            [Sent::Text("lamp".into()), press("Enter")]
        );
        assert_eq!(
            read("${KEY_CTRL}aC${KEY_NULL}ü"),
            [
                press("Control+a"),
                press("Control+C"),
                Sent::Text("ü".into())
            ]
        );
        assert_eq!(read("${KEY_NUM_3}"), [press("3")]);
        assert_eq!(read("${KEY_WAT}"), [Sent::Unknown("KEY_WAT".into())]);
        assert_eq!(read("ü${"), [Sent::Text("ü${".into())]);
        assert!(read("").is_empty());
    }
}
