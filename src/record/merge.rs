//! Gestures to steps: which tellings are one deed, and which deeds are part of the next one (a
//! click that only put the caret into the field that was typed into). Nothing is thrown away here:
//! a deed that is part of another stands behind it, and comes back when that one goes.

use crate::browser::capture::{FieldValue, PageEvent, Report};
use crate::clock::Micros;
use crate::flow::Button;

use super::draft::{Deed, Gesture, is_same};
use super::window::Caused;

/// Clicks of one double click are no farther apart.
const DOUBLE: u64 = 1_500_000;

/// The same key again within so long is one deed.
const AGAIN: u64 = 1_500_000;

/// The beginning of an edit is told with so much play.
const TOLD: u64 = 3_000_000;

/// A key is pressed so often at most.
const TIMES: u32 = 50;

/// A box becomes ticked so soon after the press that ticks it.
const TICK: u64 = 1_500_000;

/// What a telling does to the deeds so far.
#[expect(clippy::large_enum_variant, reason = "nearly all are the large one")]
pub(super) enum Merged {
    /// It is told; nothing is new.
    Into(u64),
    /// It says nothing.
    Nothing,
    /// It is a deed of its own.
    New(PageEvent),
}

/// Takes a telling into the deeds of its frame, which are given with the last one first. The
/// document that is there came at `since`.
pub(super) fn merge(
    event: PageEvent,
    report: &Report,
    (began, ended): (Micros, Micros),
    since: Micros,
    earlier: &mut [&mut Deed],
) -> Merged {
    match event {
        PageEvent::Change { .. } => change(event, report.number, (began, ended), since, earlier),
        PageEvent::Click { .. } => click(event, (began, ended), earlier),
        PageEvent::Key { .. } => key(event, (began, ended), earlier),
        PageEvent::Scroll { .. } => scroll(event, ended, earlier),
        PageEvent::Hover { ref element } => {
            let last = earlier.first();
            let again = last.is_some_and(|last| {
                matches!(last.event(), Some(PageEvent::Hover { element: of }) if is_same(of, element))
            });
            match last {
                Some(last) if again => Merged::Into(last.id),
                _ => Merged::New(event),
            }
        }
        PageEvent::Effect { .. } => Merged::Nothing,
        PageEvent::Files { .. } => {
            // The click that opened the chooser turns out to be this.
            let opened = |deed: &Deed| {
                report.number != 0
                    && deed.number == report.number
                    && matches!(deed.event(), Some(PageEvent::Click { .. }))
            };
            match earlier.iter_mut().find(|deed| opened(deed)) {
                Some(deed) => {
                    deed.gesture = Gesture::Page(event);
                    deed.ended = deed.ended.max(ended);
                    deed.said.clear();
                    Merged::Into(deed.id)
                }
                None => Merged::New(event),
            }
        }
        PageEvent::Drag { .. } | PageEvent::Paste { .. } => Merged::New(event),
    }
}

/// A field has another value: the same edit told again, or a further one.
fn change(
    event: PageEvent,
    number: u64,
    (began, ended): (Micros, Micros),
    since: Micros,
    earlier: &mut [&mut Deed],
) -> Merged {
    let PageEvent::Change {
        element,
        value,
        strokes,
        rich,
        live,
        pasted,
        ..
    } = &event
    else {
        return Merged::New(event);
    };
    if let FieldValue::Checked { .. } = value {
        return ticked(event, (began, ended), earlier);
    }
    let is_edit = |deed: &Deed| matches!(deed.event(), Some(PageEvent::Change { element: of, .. }) if is_same(of, element));
    // The same edit may be told last after other things have happened, even a new document.
    let same = |deed: &Deed| {
        let apart = began.0.abs_diff(deed.began.0);
        number != 0 && deed.number == number && is_edit(deed) && apart <= TOLD
    };
    let told = earlier.iter().position(|deed| same(deed));
    let further = || {
        let here = |deed: &Deed| is_edit(deed) || is_caret(deed, element);
        let mut others = earlier
            .iter()
            .take_while(|deed| deed.ended >= since && here(deed));
        others.position(|deed| is_edit(deed))
    };
    let (place, is_told) = match told {
        Some(place) => (Some(place), true),
        None => (further(), false),
    };
    let Some(deed) = place.and_then(|place| earlier.get_mut(place)) else {
        return Merged::New(event);
    };
    if let Gesture::Page(PageEvent::Change {
        value: old,
        strokes: old_strokes,
        rich: old_rich,
        live: old_live,
        pasted: old_pasted,
        ..
    }) = &mut deed.gesture
    {
        old.clone_from(value);
        *old_strokes = if is_told {
            (*old_strokes).max(*strokes)
        } else {
            old_strokes.saturating_add(*strokes)
        };
        // They begin with what the editor held before.
        old_rich.clone_from(rich);
        *old_live |= live;
        *old_pasted |= pasted;
    }
    // Its last telling may come long after the last key.
    deed.ended = deed.ended.max(ended).max(deed.began);
    if !is_told {
        deed.number = number;
    }
    Merged::Into(deed.id)
}

/// A press that only moved the caret within a field that is typed into further.
fn is_caret(deed: &Deed, field: &crate::browser::capture::Element) -> bool {
    let here = deed
        .element()
        .is_some_and(|element| is_same(element, field));
    here && !deed.showed_something()
        && match deed.event() {
            Some(PageEvent::Click {
                button: Button::Primary,
                modifiers,
                ..
            }) => modifiers.is_empty() && deed.field_kind() != "rich",
            Some(PageEvent::Key { keys, .. }) => edits(keys) && deed.field_kind() != "rich",
            _ => false,
        }
}

/// A box was ticked. The press that did it is the deed, where there was one.
fn ticked(event: PageEvent, (began, ended): (Micros, Micros), earlier: &mut [&mut Deed]) -> Merged {
    let PageEvent::Change { element, .. } = &event else {
        return Merged::New(event);
    };
    let as_click = || {
        let size = element.fingerprint.size.unwrap_or([2.0, 2.0]);
        PageEvent::Click {
            element: element.clone(),
            offset: size.map(|side| side / 2.0),
            at: [0.5, 0.5],
            button: Button::Primary,
            clicks: 1,
            modifiers: Vec::new(),
            device: crate::flow::PointerDevice::Mouse,
        }
    };
    if let Some(last) = earlier.first_mut() {
        let soon = began.0.saturating_sub(last.ended.0) <= TICK;
        match last.event() {
            Some(PageEvent::Click { .. }) if soon => return Merged::Into(last.id),
            // The press of a key depends on what had the focus; the click says which box.
            Some(PageEvent::Key { keys, .. }) if soon && (is_space(keys) || is_arrow(keys)) => {
                last.gesture = Gesture::Page(as_click());
                last.ended = last.ended.max(ended);
                last.assumed = true;
                return Merged::Into(last.id);
            }
            _ => {}
        }
    }
    Merged::New(as_click())
}

fn click(event: PageEvent, (began, ended): (Micros, Micros), earlier: &mut [&mut Deed]) -> Merged {
    let PageEvent::Click {
        element,
        button,
        clicks,
        ..
    } = &event
    else {
        return Merged::New(event);
    };
    let Some(last) = earlier.first_mut() else {
        return Merged::New(event);
    };
    let soon = began.0.saturating_sub(last.ended.0) <= DOUBLE;
    let id = last.id;
    let assumed = last.assumed;
    if let Gesture::Page(PageEvent::Click {
        element: of,
        button: with,
        clicks: before,
        ..
    }) = &mut last.gesture
    {
        let same = soon && is_same(of, element) && with == button;
        // Told by its consequence before it was told itself.
        if same && assumed && began <= last.ended {
            last.assumed = false;
            last.gesture = Gesture::Page(event);
            return Merged::Into(id);
        }
        // Each second click makes the one before it a double click.
        if same && *clicks % 2 == 0 && *clicks > 0 && *before == 1 {
            *before = 2;
            last.ended = last.ended.max(ended);
            return Merged::Into(id);
        }
    }
    let mut event = event;
    if let PageEvent::Click { clicks, .. } = &mut event {
        *clicks = 1;
    }
    Merged::New(event)
}

fn key(event: PageEvent, (began, ended): (Micros, Micros), earlier: &mut [&mut Deed]) -> Merged {
    let PageEvent::Key {
        keys,
        times,
        element,
    } = &event
    else {
        return Merged::New(event);
    };
    if says_nothing(keys) {
        return Merged::Nothing;
    }
    if let Some(last) = earlier.first_mut() {
        let soon = began.0.saturating_sub(last.ended.0) <= AGAIN;
        let submits = is_space(keys) || keys == "Enter";
        let quiet = last.said.is_empty();
        let id = last.id;
        if let Gesture::Page(PageEvent::Key {
            keys: before,
            times: so_often,
            element: on,
        }) = &mut last.gesture
        {
            let here = match (&on, &element) {
                (Some(one), Some(other)) => is_same(one, other),
                (None, None) => true,
                _ => false,
            };
            if before == keys && here && soon && !submits && quiet {
                *so_often = so_often.saturating_add((*times).max(1)).min(TIMES);
                last.ended = last.ended.max(ended);
                return Merged::Into(id);
            }
        }
    }
    let mut event = event;
    if let PageEvent::Key { times, .. } = &mut event {
        *times = (*times).clamp(1, TIMES);
    }
    Merged::New(event)
}

fn scroll(event: PageEvent, ended: Micros, earlier: &mut [&mut Deed]) -> Merged {
    let PageEvent::Scroll { element, .. } = &event else {
        return Merged::New(event);
    };
    if let Some(last) = earlier.first_mut()
        && let Gesture::Page(PageEvent::Scroll { element: of, .. }) = &last.gesture
    {
        let here = match (of, element) {
            (Some(one), Some(other)) => is_same(one, other),
            (None, None) => true,
            _ => false,
        };
        if here {
            last.gesture = Gesture::Page(event);
            last.ended = last.ended.max(ended);
            return Merged::Into(last.id);
        }
    }
    Merged::New(event)
}

/// Keys that do nothing by themselves, and shortcuts of the browser.
fn says_nothing(keys: &str) -> bool {
    const ALONE: [&str; 13] = [
        "",
        "Shift",
        "Control",
        "ControlOrMeta",
        "Alt",
        "Meta",
        "AltGraph",
        "CapsLock",
        "NumLock",
        "Dead",
        "Process",
        "Unidentified",
        "ContextMenu",
    ];
    const BROWSER: [&str; 18] = [
        "f5",
        "f6",
        "f11",
        "f12",
        "controlormeta+l",
        "controlormeta+t",
        "controlormeta+w",
        "controlormeta+n",
        "controlormeta+r",
        "controlormeta+tab",
        "controlormeta+shift+tab",
        "controlormeta+shift+t",
        "controlormeta+shift+n",
        "controlormeta+shift+r",
        "controlormeta+f5",
        "alt+arrowleft",
        "alt+arrowright",
        "alt+d",
    ];
    let lower = keys.to_lowercase();
    let lower = lower
        .strip_prefix("control+")
        .or_else(|| lower.strip_prefix("meta+"))
        .map_or_else(|| lower.clone(), |rest| format!("controlormeta+{rest}"));
    ALONE.contains(&keys) || BROWSER.contains(&lower.as_str())
}

pub(super) fn is_space(keys: &str) -> bool {
    matches!(keys, " " | "Space")
}

fn is_arrow(keys: &str) -> bool {
    matches!(keys, "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight")
}

/// A key that only moves the caret, selects or takes away: what comes of it is the field's value.
fn edits(keys: &str) -> bool {
    let key = keys.rsplit('+').next().unwrap_or_default();
    let command = keys.starts_with("Control") || keys.starts_with("Meta");
    matches!(
        key,
        "Backspace" | "Delete" | "ArrowLeft" | "ArrowRight" | "Home" | "End"
    ) || (command
        && matches!(
            key.to_ascii_lowercase().as_str(),
            "a" | "c" | "v" | "x" | "z"
        ))
}

/// Which of the deeds are part of another: for each its place, if any. Each comes with what it
/// caused, and whether the person has made something of it.
pub(super) fn absorbed(deeds: &[(&Deed, &Caused<'_>, bool)]) -> Vec<Option<usize>> {
    let mut into: Vec<Option<usize>> = vec![None; deeds.len()];
    for at in (0..deeds.len()).rev() {
        let (deed, caused, edited) = deeds[at];
        if edited {
            continue;
        }
        let next = (at + 1..deeds.len()).find(|next| into[*next].is_none());
        if let Some(next) = next
            && is_part(deed, caused, deeds[next].0)
        {
            into[at] = Some(next);
        }
    }
    // A change that only tells what a paste into an editor did.
    for at in 1..deeds.len() {
        let (deed, _, edited) = deeds[at];
        let before = deeds[at - 1].0;
        if !edited && into[at].is_none() && into[at - 1].is_none() && is_echo(deed, before) {
            into[at] = Some(at - 1);
        }
    }
    into
}

/// Whether a deed is only the beginning of the next one.
fn is_part(deed: &Deed, caused: &Caused<'_>, next: &Deed) -> bool {
    if !deed.is_beside(next) || !caused.moves.is_empty() {
        return false;
    }
    let quiet = !deed.showed_something()
        && caused.requests.is_empty()
        && caused.popups.is_empty()
        && caused.dialogs.is_empty();
    let (Some(this), Some(then)) = (deed.event(), next.event()) else {
        return false;
    };
    let same = match (deed.element(), next.element()) {
        (Some(one), Some(other)) => is_same(one, other),
        _ => false,
    };
    let kind = next.field_kind();
    match (this, then) {
        (
            PageEvent::Click {
                button: Button::Primary,
                modifiers,
                ..
            },
            PageEvent::Change { element, .. },
        ) if same && modifiers.is_empty() => match kind {
            "select" | "select-multiple" | "date" | "datetime-local" | "month" | "week"
            | "time" | "color" | "range" | "file" => true,
            "rich" => false,
            _ => quiet && !element.area,
        },
        (PageEvent::Click { .. }, PageEvent::Files { .. }) => same || quiet,
        (PageEvent::Drag { .. }, PageEvent::Change { .. }) => same && kind == "range",
        (PageEvent::Key { keys, .. }, PageEvent::Change { .. }) if same => match kind {
            "rich" => false,
            "select" | "select-multiple" => keys != "Tab",
            _ => quiet && edits(keys),
        },
        // The next field takes the focus by itself.
        (PageEvent::Key { keys, .. }, PageEvent::Change { .. }) => {
            quiet && kind != "rich" && matches!(keys.as_str(), "Tab" | "Shift+Tab")
        }
        (PageEvent::Key { keys, .. }, PageEvent::Paste { .. }) => {
            let command = keys.starts_with("Control") || keys.starts_with("Meta");
            command && keys.to_ascii_lowercase().ends_with("+v")
        }
        (PageEvent::Hover { .. }, PageEvent::Click { .. } | PageEvent::Hover { .. }) => same,
        (PageEvent::Paste { .. }, PageEvent::Change { pasted, .. }) => {
            *pasted && same && kind != "rich"
        }
        _ => false,
    }
}

/// Whether a change only tells what the paste before it did.
fn is_echo(deed: &Deed, before: &Deed) -> bool {
    let same = match (deed.element(), before.element()) {
        (Some(one), Some(other)) => is_same(one, other),
        _ => false,
    };
    same && deed.field_kind() == "rich"
        && matches!(before.event(), Some(PageEvent::Paste { .. }))
        && matches!(deed.event(), Some(PageEvent::Change { pasted: true, strokes, .. }) if *strokes <= 2)
}
