//! Native actions of deeds: what all players know, else steps of ours.

use url::Url;

use crate::browser::capture::{Element, FieldValue, PageEvent, Typed};
use crate::flow::{
    Action, Button, Direction, Drag, History, OwnStep, Paste, Pointer, PointerDevice, Press, Upload,
};

use super::draft::Gesture;
use super::merge::is_space;
use super::secret::PLACEHOLDER;
use super::selectors::selectors;
use super::steps::Making;

/// Buttons that are held longer than this are held on purpose, ms.
const HELD: u64 = 500;

/// Native actions of a deed, and which of them acts.
pub(super) fn actions(making: &Making<'_>) -> (Vec<Action>, usize) {
    let deed = making.deed;
    let one = |action: Action| (vec![action], 0);
    match &deed.gesture {
        Gesture::Open(url) => one(Action::Navigate {
            url: without_credentials(url),
        }),
        Gesture::Size(viewport) => {
            let mut viewport = *viewport;
            if !viewport.device_scale_factor.is_finite() {
                viewport.device_scale_factor = 1.0;
            }
            one(Action::SetViewport(viewport))
        }
        Gesture::Close => one(Action::Close),
        Gesture::Go(go, times) => {
            let step = Action::Own(OwnStep::History(History { go: *go }));
            let times = match go {
                Direction::Reload => 1,
                _ => (*times).clamp(1, 20) as usize,
            };
            (vec![step; times], times - 1)
        }
        Gesture::Look(element) => one(Action::WaitForElement(crate::flow::WaitForElement {
            selectors: selectors(element, making),
            operator: None,
            count: None,
            visible: None,
            properties: None,
            attributes: None,
        })),
        Gesture::Page(event) => of_page(event, making),
    }
}

fn of_page(event: &PageEvent, making: &Making<'_>) -> (Vec<Action>, usize) {
    let one = |action: Action| (vec![action], 0);
    let of = |element: &Element| selectors(element, making);
    match event {
        PageEvent::Click {
            element,
            offset,
            button,
            clicks,
            device,
            ..
        } => {
            let held = making.deed.ended.0.saturating_sub(making.deed.began.0) / 1_000;
            let size = element.fingerprint.size.unwrap_or([2.0, 2.0]);
            let side = |side: usize| match offset[side] {
                at if at.is_finite() && at >= 0.0 => at.round(),
                // Made by the keyboard or a label.
                _ => finite(size[side] / 2.0).max(0.0).round(),
            };
            let pointer = Pointer {
                selectors: of(element),
                offset_x: side(0),
                offset_y: side(1),
                button: (*button != Button::Primary).then_some(*button),
                device: (*device != PointerDevice::Mouse).then_some(*device),
                duration_ms: (*clicks < 2 && held > HELD).then_some(held.min(10_000) as f64),
            };
            one(if *clicks > 1 {
                Action::DoubleClick(pointer)
            } else {
                Action::Click(pointer)
            })
        }
        PageEvent::Change { element, value, .. } => one(Action::Change {
            selectors: of(element),
            value: match value {
                _ if making.secret => PLACEHOLDER.to_owned(),
                FieldValue::Text { text } => text.0.clone(),
                FieldValue::Options { values, .. } => values.first().cloned().unwrap_or_default(),
                FieldValue::Checked { checked } => checked.to_string(),
            },
        }),
        PageEvent::Key {
            element,
            keys,
            times,
        } => pressed(element.as_ref(), keys, *times, making),
        PageEvent::Hover { element } => one(Action::Hover {
            selectors: of(element),
        }),
        PageEvent::Drag {
            element,
            at,
            to,
            to_at,
            by,
            path,
            device,
        } => {
            let to = to.as_ref().map(|to| of(to));
            one(Action::Own(OwnStep::Drag(Drag {
                selectors: of(element),
                at: Some(fractions(*at)),
                to_at: to.is_some().then(|| fractions(*to_at)),
                by: to.is_none().then(|| by.map(|side| finite(side).round())),
                to,
                path: path
                    .iter()
                    .map(|point| point.map(|side| finite(side).round()))
                    .collect(),
                device: (*device != PointerDevice::Mouse).then_some(*device),
            })))
        }
        PageEvent::Scroll { element, x, y } => one(Action::Scroll {
            selectors: element.as_ref().map(of),
            x: Some(finite(*x).round()),
            y: Some(finite(*y).round()),
        }),
        PageEvent::Paste {
            element,
            text: Typed(text),
            html,
        } => one(Action::Own(OwnStep::Paste(Paste {
            selectors: element.as_ref().map(of),
            text: if making.secret {
                PLACEHOLDER.to_owned()
            } else {
                text.clone()
            },
            html: html
                .as_ref()
                .filter(|_| making.template.is_none())
                .map(|Typed(html)| html.clone()),
        }))),
        PageEvent::Files { element, files } => one(Action::Own(OwnStep::Upload(Upload {
            selectors: of(element),
            files: files
                .iter()
                .map(|file| file.to_string_lossy().into_owned())
                .collect(),
        }))),
        // Told of another deed; never one itself.
        PageEvent::Effect { .. } => one(Action::WaitForExpression {
            expression: "true".to_owned(),
        }),
    }
}

/// Keys as presses and releases, which all players know; as a step of ours where they would need
/// the focus somewhere else, or are a shortcut of several keys.
fn pressed(
    element: Option<&Element>,
    keys: &str,
    times: u32,
    making: &Making<'_>,
) -> (Vec<Action>, usize) {
    let down = |key: &str| Action::KeyDown {
        key: key.to_owned(),
    };
    let up = |key: &str| Action::KeyUp {
        key: key.to_owned(),
    };
    let times = times.max(1) as usize;
    // A control that got the focus by itself or by a key that said nothing is pressed as by the
    // pointer: the same comes of it in every player.
    if let Some(element) =
        element.filter(|element| !making.has_focus && is_activated(element, keys))
    {
        let size = element.fingerprint.size.unwrap_or([2.0, 2.0]);
        let middle = |side: usize| finite(size[side] / 2.0).max(0.0).round();
        let pointer = Pointer {
            selectors: selectors(element, making),
            offset_x: middle(0),
            offset_y: middle(1),
            button: None,
            device: None,
            duration_ms: None,
        };
        return (vec![Action::Click(pointer); times], times - 1);
    }
    let field = element.is_some_and(|element| element.field.is_some());
    let focused = making.has_focus || !field;
    let key = if is_space(keys) { " " } else { keys };
    let parts: Vec<&str> = match key {
        "+" | " " => vec![key],
        _ => key.split('+').collect(),
    };
    match parts.as_slice() {
        [key] if focused && !key.is_empty() => {
            let mut out = vec![down(key); times];
            out.push(up(key));
            // A button is pressed by the space bar when that is let go.
            let acts = if *key == " " {
                out.len() - 1
            } else {
                times - 1
            };
            (out, acts)
        }
        ["Shift", key] if focused && key.chars().count() > 1 => {
            let mut out = vec![down("Shift")];
            out.extend(vec![down(key); times]);
            out.extend([up(key), up("Shift")]);
            (out, times)
        }
        _ => {
            let press = Action::Own(OwnStep::Press(Press {
                selectors: element.map(|element| selectors(element, making)),
                keys: if is_space(keys) { " " } else { keys }.to_owned(),
            }));
            (vec![press; times], times - 1)
        }
    }
}

/// Whether a key does with a control what a click does.
fn is_activated(element: &Element, keys: &str) -> bool {
    const PRESSED: [&str; 8] = [
        "button",
        "link",
        "tab",
        "option",
        "menuitem",
        "menuitemcheckbox",
        "menuitemradio",
        "treeitem",
    ];
    const TICKED: [&str; 3] = ["checkbox", "radio", "switch"];
    let role = element.fingerprint.role.as_str();
    let ticked = TICKED.contains(&role);
    (PRESSED.contains(&role) && (keys == "Enter" || is_space(keys))) || (ticked && is_space(keys))
}

fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

pub(super) fn fractions(pair: [f64; 2]) -> [f64; 2] {
    pair.map(|number| (finite(number).clamp(0.0, 1.0) * 1_000.0).round() / 1_000.0)
}

/// `http://ann:secret@host/` is `http://host/`.
pub(super) fn without_credentials(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) if url.password().is_some() || !url.username().is_empty() => {
            let _none = url.set_password(None).and_then(|()| url.set_username(""));
            url.into()
        }
        _ => address.to_owned(),
    }
}
