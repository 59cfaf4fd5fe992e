//! Steps in the words of a story, for the toolbar.

use crate::browser::capture::{Element, FieldValue, PageEvent};
use crate::flow::{Button, Direction, Modifier, SelectorPart};

use super::compose::Piece;
use super::draft::{Deed, Gesture};
use super::secret::{DOTS, Secrets};
use super::view::StepView;

/// Longest text of a value or name.
const LONG: usize = 60;

/// A piece as the toolbar shows it; `number` is that of its step in the flow.
pub(super) fn step_view(piece: &Piece<'_>, number: usize, secrets: &Secrets) -> StepView {
    let shown = |text: &str| secrets.shown(text);
    let first = piece.steps.first();
    let act = piece.steps.get(piece.acts);
    let last = piece.steps.last();
    let edits = &piece.entry.edits;
    let selectors = piece.steps.iter().find_map(|step| step.action.selectors());
    let mut effects = Vec::new();
    if let Some(act) = act {
        let extension = &act.extension;
        for event in &act.asserted_events {
            effects.push(match &event.url {
                Some(url) => format!("leads to {url}"),
                None => "leads to another page".to_owned(),
            });
        }
        effects.extend(
            extension
                .effect
                .iter()
                .flat_map(crate::flow::Effect::in_words),
        );
        if extension
            .effect
            .as_ref()
            .is_some_and(|effect| effect.state.is_some())
        {
            effects.push("waits for its new state".to_owned());
        }
        for dialog in &extension.dialogs {
            let answer = if dialog.accept { "OK" } else { "Cancel" };
            effects.push(format!("answers a dialog: {answer}"));
        }
        let download = extension.download.as_ref();
        let file = download.map(|download| download.name.as_deref().unwrap_or("a file"));
        effects.extend(file.map(|name| format!("downloads {name}")));
    }
    let expects = last.into_iter().flat_map(|step| &step.extension.expect);
    let expects = expects.flat_map(crate::flow::Expectation::in_words);
    let chains = selectors.into_iter().flat_map(|selectors| &selectors.0);
    StepView {
        id: piece.deed.id,
        number,
        kind: kind(piece),
        text: shown(&text(piece)),
        value: if piece.secret {
            DOTS.to_owned()
        } else {
            shown(&value(piece.deed))
        },
        template: piece.template.clone(),
        name: shown(&edits.name),
        group: shown(&edits.group),
        think_ms: first.and_then(|step| step.extension.think_ms).unwrap_or(0),
        effects: effects.iter().map(|text| shown(text)).collect(),
        expects: expects.map(|text| shown(&text)).collect(),
        selectors: chains.map(|one| shown(&one.chain.join(" >>> "))).collect(),
        like: piece
            .deed
            .element()
            .and_then(|element| element.like.as_ref())
            .map_or(0, |like| like.count),
        any: edits.any,
        optional: edits.optional,
        doubts: piece.doubts.iter().map(|text| shown(text)).collect(),
    }
}

/// The native type, or the name of an own step.
fn kind(piece: &Piece<'_>) -> String {
    let step = piece.steps.get(piece.acts);
    step.map_or("", |step| match &step.action {
        crate::flow::Action::Own(own) => own.name(),
        crate::flow::Action::KeyUp { .. } => "keyDown",
        action => action.name(),
    })
    .to_owned()
}

/// What was done.
fn text(piece: &Piece<'_>) -> String {
    let deed = piece.deed;
    match &deed.gesture {
        Gesture::Open(url) => format!("Open {}", without_origin(url)),
        Gesture::Size(viewport) => {
            format!("Set the page to {}×{}", viewport.width, viewport.height)
        }
        Gesture::Go(direction, _) => match direction {
            Direction::Back => "Go back".to_owned(),
            Direction::Forward => "Go forward".to_owned(),
            Direction::Reload => "Reload the page".to_owned(),
        },
        Gesture::Close => "Close the tab".to_owned(),
        Gesture::Look(element) => format!("Look at {}", quoted(element)),
        Gesture::Page(event) => of_page(event, piece),
    }
}

fn of_page(event: &PageEvent, piece: &Piece<'_>) -> String {
    let any = piece.entry.edits.any;
    let on = |element: &Element| {
        if any {
            format!("any like {}", quoted(element))
        } else {
            quoted(element)
        }
    };
    match event {
        PageEvent::Click {
            element,
            button,
            clicks,
            modifiers,
            ..
        } => {
            let verb = match (button, clicks) {
                (Button::Secondary, _) => "Right-click",
                (Button::Auxiliary, _) => "Middle-click",
                (_, 2..) => "Double-click",
                _ => "Click",
            };
            let held: Vec<&str> = modifiers.iter().copied().map(held).collect();
            let with = if held.is_empty() {
                String::new()
            } else {
                format!(" with {}", held.join("+"))
            };
            format!("{verb} {}{with}", on(element))
        }
        PageEvent::Change { element, value, .. } => match value {
            FieldValue::Text { text } if text.0.is_empty() => format!("Empty {}", on(element)),
            FieldValue::Text { text } => {
                let shown = if piece.secret {
                    DOTS.to_owned()
                } else {
                    format!("“{}”", short(&text.0))
                };
                let verb = match piece.deed.field_kind() {
                    "date" | "datetime-local" | "month" | "week" | "time" | "color" | "range" => {
                        "Set"
                    }
                    _ => "Type",
                };
                match verb {
                    "Set" => format!("Set {} to {shown}", on(element)),
                    _ => format!("Type {shown} into {}", on(element)),
                }
            }
            FieldValue::Options { .. } => {
                format!("Choose “{}” in {}", value_of(piece.deed), on(element))
            }
            FieldValue::Checked { checked: true } => format!("Tick {}", on(element)),
            FieldValue::Checked { checked: false } => format!("Untick {}", on(element)),
        },
        PageEvent::Key {
            element,
            keys,
            times,
        } => {
            let keys = if super::merge::is_space(keys) {
                "Space"
            } else {
                keys
            };
            let times = if *times > 1 {
                format!(" {times} times")
            } else {
                String::new()
            };
            let place = element.as_ref().filter(|element| has_name(element));
            let place =
                place.map_or_else(String::new, |element| format!(" in {}", quoted(element)));
            format!("Press {keys}{times}{place}")
        }
        PageEvent::Hover { element } => format!("Point at {}", on(element)),
        PageEvent::Drag {
            element, to, by, ..
        } => match to {
            Some(to) => format!("Drag {} to {}", on(element), quoted(to)),
            None => format!("Drag {} by {:.0}, {:.0}", on(element), by[0], by[1]),
        },
        PageEvent::Scroll {
            element: Some(element),
            ..
        } => format!("Scroll {}", on(element)),
        PageEvent::Scroll { .. } => "Scroll the page".to_owned(),
        PageEvent::Paste { element, .. } => match element {
            Some(element) => format!("Paste into {}", on(element)),
            None => "Paste".to_owned(),
        },
        PageEvent::Files { element, files } => {
            let names: Vec<String> = files
                .iter()
                .map(|file| {
                    let name = file.file_name().unwrap_or(file.as_os_str());
                    name.to_string_lossy().into_owned()
                })
                .collect();
            format!("Give {} to {}", short(&names.join(", ")), on(element))
        }
        PageEvent::Effect { .. } => String::new(),
    }
}

fn held(modifier: Modifier) -> &'static str {
    match modifier {
        Modifier::Alt => "Alt",
        Modifier::Control | Modifier::ControlOrMeta => "Ctrl",
        Modifier::Meta => "Meta",
        Modifier::Shift => "Shift",
    }
}

/// Its value in brief.
fn value(deed: &Deed) -> String {
    match &deed.gesture {
        Gesture::Open(url) => short(&super::action::without_credentials(url)),
        _ => value_of(deed),
    }
}

fn value_of(deed: &Deed) -> String {
    match deed.event() {
        Some(PageEvent::Change { value, .. }) => match value {
            FieldValue::Text { text } => short(&text.0),
            FieldValue::Options { values, labels } => {
                let words = labels.iter().chain(values.iter().skip(labels.len()));
                short(&words.map(String::as_str).collect::<Vec<_>>().join(", "))
            }
            FieldValue::Checked { checked } => checked.to_string(),
        },
        Some(PageEvent::Paste { text, .. }) => short(&text.0),
        Some(PageEvent::Key { keys, .. }) => keys.clone(),
        _ => String::new(),
    }
}

/// `button “Send”`.
pub(super) fn label(element: &Element) -> String {
    let print = &element.fingerprint;
    let what = if print.role.is_empty() {
        &print.tag
    } else {
        &print.role
    };
    format!("{what} {}", quoted(element)).trim().to_owned()
}

fn has_name(element: &Element) -> bool {
    !name(element).is_empty()
}

/// What a person would call it.
fn name(element: &Element) -> String {
    let print = &element.fingerprint;
    let attribute = |name: &str| print.attributes.get(name).cloned().unwrap_or_default();
    // The text of a list of options or of an editor is what it holds.
    let text = if element.field.is_some() {
        String::new()
    } else {
        print.text.clone()
    };
    let names = [
        print.name.clone(),
        text,
        attribute("placeholder"),
        attribute("title"),
        attribute("alt"),
    ];
    let found = names.into_iter().find(|name| !name.trim().is_empty());
    short(&found.unwrap_or_default())
}

/// `“Send”`, or the kind of thing that it is.
fn quoted(element: &Element) -> String {
    let name = name(element);
    if !name.is_empty() {
        return format!("“{name}”");
    }
    let print = &element.fingerprint;
    let by_selector = element.selectors.0.iter().any(|selector| {
        let parts = selector.parts();
        parts
            .iter()
            .any(|part| matches!(part, SelectorPart::Css { .. } | SelectorPart::Pierce { .. }))
    });
    match (print.role.as_str(), print.tag.as_str()) {
        (_, _) if by_selector && !element.selectors.0.is_empty() => {
            format!("`{}`", short(&element.selectors.label()))
        }
        ("", "") => "an element".to_owned(),
        ("", tag) => format!("<{tag}>"),
        (role, _) => format!("the {role}"),
    }
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Path and query of an address.
fn without_origin(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}
