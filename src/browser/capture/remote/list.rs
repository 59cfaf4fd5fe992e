//! Drop-down lists: the browser draws them in a window of their own, which no picture shows. The
//! list stays open as it is for a person; what it holds is told, and the choice is made by keys in
//! it, so that the page hears what it hears from a person.

use std::time::Duration;

use serde::Deserialize;

use super::{Remote, keys};
use crate::browser::capture::tab::Tab;
use crate::browser::capture::{OptionShown, Shown};
use crate::browser::frame::Frame;

/// How long a list may take to open, or to take what was chosen.
const SETTLES: Duration = Duration::from_millis(60);

/// A list that is open.
#[derive(Debug, Clone)]
pub(super) struct List {
    /// The tab in which it is.
    pub(super) tab: usize,
    frame: Frame,
    options: Vec<OptionShown>,
}

/// What the page says of an open list.
#[derive(Debug, Deserialize)]
struct Opened {
    /// Left, top, width, height in the frame's viewport.
    field: [f64; 4],
    options: Vec<OptionShown>,
}

/// The focused list, when it is open, also inside open shadow roots.
const OPENED: &str = r#"() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!(element instanceof HTMLSelectElement) || !element.matches(":open")) return null;
    const box = element.getBoundingClientRect();
    const group = (option) => option.closest("optgroup");
    return {
        field: [box.x, box.y, box.width, box.height],
        options: [...element.options].map((option) => ({
            label: option.label, group: group(option)?.label ?? "", selected: option.selected,
            disabled: option.disabled || Boolean(group(option)?.disabled),
        })),
    };
}"#;

/// Looks whether what was just pressed has opened a list, or closed one.
pub(super) async fn look(remote: &Remote, tab: &Tab) {
    let before = remote.state().list.is_some();
    for frame in all_frames(tab) {
        let Ok(opened) = frame.evaluate(OPENED, &[]).await else {
            continue;
        };
        let Ok(Some(opened)) = serde_json::from_value::<Option<Opened>>(opened) else {
            continue;
        };
        let [x, y, width, height] = opened.field;
        let field = match frame.placement().await {
            Ok(placement) => {
                let (left, top) = placement.outward((x, y));
                [left, top, width, height]
            }
            Err(_) => opened.field,
        };
        remote.state().list = Some(List {
            tab: tab.number,
            frame,
            options: opened.options.clone(),
        });
        remote.screen.show(Shown::Options {
            field,
            options: opened.options,
            multiple: false,
        });
        return;
    }
    if before {
        remote.state().list = None;
        remote.close();
    }
}

/// Chooses in the open list, or closes it as it was.
pub(super) async fn choose(
    remote: &Remote,
    tab: &Tab,
    chosen: Option<Vec<usize>>,
) -> Result<(), String> {
    let list = remote.state().list.take();
    remote.close();
    let list = list.ok_or("the list is closed")?;
    let session = tab.page.session();
    let Some(wanted) = chosen.and_then(|chosen| chosen.first().copied()) else {
        keys::strike(session, "Escape", "Escape", 27, 0);
        return Ok(());
    };
    if list
        .options
        .get(wanted)
        .is_none_or(|option| option.disabled)
    {
        keys::strike(session, "Escape", "Escape", 27, 0);
        return Err("this option cannot be chosen".to_owned());
    }
    let (name, code, times) = way(&list.options, wanted);
    for _ in 0..times {
        keys::strike(session, name, name, code, 0);
    }
    let press = keys::event("rawKeyDown", "Enter", "Enter", 13, 0);
    let _handled = session.call_raw("Input.dispatchKeyEvent", press).await;
    let up = keys::event("keyUp", "Enter", "Enter", 13, 0);
    let _handled = session.call_raw("Input.dispatchKeyEvent", up).await;
    tokio::time::sleep(SETTLES).await;
    let still = list.frame.evaluate(OPENED, &[]).await;
    if still.is_ok_and(|still| !still.is_null()) {
        keys::strike(session, "Escape", "Escape", 27, 0);
        return Err("the list did not take the choice".to_owned());
    }
    Ok(())
}

/// Which arrow key leads to an option from the chosen one, and how often.
fn way(options: &[OptionShown], wanted: usize) -> (&'static str, u32, usize) {
    let enabled = |from: usize, to: usize| {
        let between = options.iter().take(to).skip(from);
        between.filter(|option| !option.disabled).count()
    };
    match options.iter().position(|option| option.selected) {
        None => ("ArrowDown", 40, enabled(0, wanted + 1)),
        Some(now) if now <= wanted => ("ArrowDown", 40, enabled(now + 1, wanted + 1)),
        Some(now) => ("ArrowUp", 38, enabled(wanted, now)),
    }
}

/// The frames of a tab, the main one first.
fn all_frames(tab: &Tab) -> Vec<Frame> {
    let mut frames = vec![tab.page.main_frame()];
    let mut at = 0;
    while let Some(frame) = frames.get(at).cloned() {
        let count = tab.page.children(&frame);
        frames.extend((0..count).filter_map(|index| tab.page.child(&frame, index)));
        at += 1;
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_cannot_be_chosen_are_stepped_over() {
        let option = |letter: &str| OptionShown {
            label: String::new(),
            group: String::new(),
            disabled: letter == "d",
            selected: letter == "s",
        };
        let all = |letters: &str| {
            let letters = letters.split(' ').map(option);
            letters.collect::<Vec<_>>()
        };
        assert_eq!(way(&all("s o d o"), 3), ("ArrowDown", 40, 2));
        assert_eq!(way(&all("o d o s"), 0), ("ArrowUp", 38, 2));
        assert_eq!(way(&all("o o"), 1), ("ArrowDown", 40, 2));
        assert_eq!(way(&all("o s"), 1), ("ArrowDown", 40, 0));
    }
}
