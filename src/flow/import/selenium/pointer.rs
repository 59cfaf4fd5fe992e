//! Commands of the mouse. A press, a way and a release are one drag.

use super::super::super::{Action, Drag, OwnStep, Pointer, Selectors};
use super::convert::Converter;
use super::project::Command;

/// Near the element's corner: the native offset, where the middle is meant.
const NEAR_CORNER: f64 = 1.0;
/// A release so near is a click, CSS px.
const STILL: f64 = 3.0;

/// A button that is held.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) line: usize,
    command: Command,
    at: Option<[f64; 2]>,
}

impl Converter<'_> {
    pub(super) fn pointer(&mut self, name: &str, command: &Command) {
        let place = place(&command.value);
        match name {
            "click" | "clickAt" | "doubleClick" | "doubleClickAt" => {
                self.held = None;
                let twice = name.starts_with("double");
                let place = place.filter(|_| name.ends_with("At"));
                self.press(command, place, twice);
            }
            "mouseOver" => {
                if let Some(selectors) = self.target(command) {
                    self.push(Action::Hover { selectors });
                }
            }
            "mouseOut" => self.lost("`mouseOut`: the pointer leaves with the next step"),
            "mouseDown" | "mouseDownAt" => {
                if let Some(held) = self.held.take() {
                    self.line = held.line;
                    self.lost("`mouseDown` without `mouseUp`");
                    self.line = command.line;
                }
                self.held = Some(Held {
                    line: command.line,
                    command: command.clone(),
                    at: place,
                });
            }
            // The way of a drag is drawn straight.
            "mouseMove" | "mouseMoveAt" if self.held.is_some() => {}
            "mouseMove" | "mouseMoveAt" => {
                if let Some(selectors) = self.target(command) {
                    self.push(Action::Hover { selectors });
                }
            }
            "mouseUp" | "mouseUpAt" => self.release(command, place),
            _ => {
                let (Some(selectors), Some(to)) =
                    (self.target(command), self.locate(&command.value))
                else {
                    return;
                };
                self.drag(selectors, Some(to), None);
            }
        }
    }

    fn press(&mut self, command: &Command, place: Option<[f64; 2]>, twice: bool) {
        let Some(selectors) = self.target(command) else {
            return;
        };
        let [offset_x, offset_y] = place.unwrap_or([NEAR_CORNER; 2]);
        let pointer = Pointer {
            selectors,
            offset_x,
            offset_y,
            button: None,
            device: None,
            duration_ms: None,
        };
        let step = self.push(if twice {
            Action::DoubleClick(pointer)
        } else {
            Action::Click(pointer)
        });
        step.extension.at = place.is_none().then_some([0.5, 0.5]);
        self.opens(command);
    }

    fn release(&mut self, command: &Command, place: Option<[f64; 2]>) {
        let Some(held) = self.held.take() else {
            return self.lost("`mouseUp` without `mouseDown`");
        };
        if held.command.target != command.target {
            let to = self.target(command);
            self.line = held.line;
            if let (Some(selectors), Some(to)) = (self.target(&held.command), to) {
                self.drag(selectors, Some(to), None);
            }
            return;
        }
        let way = held
            .at
            .zip(place)
            .map(|(from, to)| [to[0] - from[0], to[1] - from[1]]);
        match way.filter(|way| way.iter().any(|part| part.abs() > STILL)) {
            Some(way) => {
                if let Some(selectors) = self.target(command) {
                    self.drag(selectors, None, Some(way));
                }
            }
            None => self.press(&held.command, held.at, false),
        }
    }

    fn drag(&mut self, selectors: Selectors, to: Option<Selectors>, by: Option<[f64; 2]>) {
        self.push(Action::Own(OwnStep::Drag(Drag {
            selectors,
            at: None,
            to,
            to_at: None,
            by,
            path: Vec::new(),
            device: None,
        })));
    }
}

/// `12,34`.
fn place(text: &str) -> Option<[f64; 2]> {
    let (x, y) = text.split_once(',')?;
    let number = |text: &str| {
        let number = text.trim().parse::<f64>().ok();
        number.filter(|number| number.is_finite() && number.abs() < 1e6)
    };
    Some([number(x)?, number(y)?])
}
