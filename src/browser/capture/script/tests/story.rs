//! What was told, in a line each, as tests compare it.

use crate::browser::capture::{Element, FieldValue, PageEvent};
use crate::flow::{Button, Stroke};

/// What a person calls an element.
pub(super) fn label(element: &Element) -> String {
    element.selectors.label()
}

/// A gesture in a line; nothing of an effect.
pub(super) fn say(event: &PageEvent) -> Option<String> {
    let of = |element: &Option<Element>| element.as_ref().map_or("page".to_owned(), label);
    Some(match event {
        PageEvent::Click {
            element,
            button,
            clicks,
            modifiers,
            ..
        } => {
            let held: Vec<String> = modifiers.iter().map(|held| format!("{held:?}+")).collect();
            let count = if *clicks > 1 {
                format!(" x{clicks}")
            } else {
                String::new()
            };
            let button = match button {
                Button::Primary => String::new(),
                other => format!(" {other:?}").to_lowercase(),
            };
            format!("{}click {}{button}{count}", held.concat(), label(element))
        }
        PageEvent::Change {
            element,
            value,
            rich,
            live,
            pasted,
            final_value,
            ..
        } => {
            let value = match value {
                FieldValue::Text { text } => text.0.clone(),
                FieldValue::Options { labels, .. } => labels.join("|"),
                FieldValue::Checked { checked } => checked.to_string(),
            };
            let flag = |name: &str, on: bool| {
                if on {
                    format!(" {name}")
                } else {
                    String::new()
                }
            };
            let rich: Vec<String> = rich
                .iter()
                .map(|stroke| match stroke {
                    Stroke::Text { text } => format!("'{text}'"),
                    Stroke::Press { press } => press.clone(),
                })
                .collect();
            let rich = if rich.is_empty() {
                String::new()
            } else {
                format!(" [{}]", rich.join(" "))
            };
            format!(
                "change {}={value}{rich}{}{}{}",
                label(element),
                flag("live", *live),
                flag("pasted", *pasted),
                flag("unfinished", !final_value)
            )
        }
        PageEvent::Key {
            element,
            keys,
            times,
        } => {
            let times = if *times > 1 {
                format!(" x{times}")
            } else {
                String::new()
            };
            format!("key {keys} on {}{times}", of(element))
        }
        PageEvent::Hover { element } => format!("hover {}", label(element)),
        PageEvent::Drag {
            element, to, by, ..
        } => match to {
            Some(to) => format!("drag {} to {}", label(element), label(to)),
            None => format!("drag {} by {},{}", label(element), by[0], by[1]),
        },
        PageEvent::Scroll { element, .. } => format!("scroll {}", of(element)),
        PageEvent::Paste { element, text, .. } => format!("paste {} on {}", text.0, of(element)),
        PageEvent::Files { element, files } => {
            let names: Vec<String> = files
                .iter()
                .map(|file| file.display().to_string())
                .collect();
            format!("files {} to {}", names.join("|"), label(element))
        }
        PageEvent::Effect { .. } => return None,
    })
}
