//! Deeds to steps: what stands in the file. Native fields replay in other players; what they lack
//! is beside them in `x-rehearsal`.

use jiff::Zoned;
use url::Url;

use crate::browser::capture::{Element, FieldValue, PageEvent, Typed};
use crate::flow::{
    Action, Button, Choose, Direction, Drag, Expectation, Fingerprint, History, OwnStep, Paste,
    Pointer, PointerDevice, Press, Selector, Selectors, Step, Stroke, Upload,
};

use super::draft::{Deed, Edits, Gesture};
use super::effect::{self, Known, Learned, is_counted};
use super::merge::is_space;
use super::pace;
use super::pattern::{self, Varying, places};
use super::secret::PLACEHOLDER;
use super::window::Caused;

/// Buttons that are held longer than this are held on purpose, ms.
const HELD: u64 = 500;

/// A step whose effect took longer than this gets a deadline of its own, ms.
const SLOW: u64 = 4_000;

/// Longest deadline that the native field allows, ms.
const NATIVE_DEADLINE: u64 = 30_000;

/// All that is known when a deed becomes steps.
pub(super) struct Making<'a> {
    pub(super) deed: &'a Deed,
    pub(super) edits: &'a Edits,
    pub(super) caused: &'a Caused<'a>,
    /// Template of its value.
    pub(super) template: Option<&'a str>,
    /// The value is a secret.
    pub(super) secret: bool,
    /// Think time, ms; none where nobody thought.
    pub(super) think_ms: Option<u64>,
    /// Address of the tab of the flow in which it is done, when that is a popup.
    pub(super) popup: Option<&'a str>,
    /// Where the flow begins.
    pub(super) home: Option<&'a Url>,
    pub(super) varying: &'a Varying,
    /// Values of the person's rows of feeds, with their templates.
    pub(super) of_rows: &'a [(&'a str, String)],
    /// The deed right before it acted on the same element, or was a key.
    pub(super) has_focus: bool,
}

/// The steps of a deed, at least one. The second value: which of them acts (the others hold or
/// release keys).
pub(super) fn steps(making: &Making<'_>) -> (Vec<Step>, usize) {
    let (actions, acts) = actions(making);
    let mut steps: Vec<Step> = actions.into_iter().map(Step::new).collect();
    for step in &mut steps {
        place(step, making);
    }
    let learned = effect::learn(
        making.deed,
        making.edits.any,
        making.caused,
        &Known {
            home: making.home,
            varying: making.varying,
        },
    );
    let count = steps.len();
    for (index, step) in steps.iter_mut().enumerate() {
        if index == 0 {
            step.extension.think_ms = making.think_ms;
        }
        if index == acts.min(count - 1) {
            outcome(step, &learned, making);
        }
        if index + 1 == count {
            step.extension.expect = expectations(step, making);
        }
        let group = &making.edits.group;
        step.extension.group = (!group.is_empty()).then(|| group.clone());
        step.extension.optional = making.edits.optional && step.action.selectors().is_some();
    }
    (steps, acts.min(count - 1))
}

/// Where a step is done.
fn place(step: &mut Step, making: &Making<'_>) {
    if matches!(step.action, Action::SetViewport(_)) {
        return;
    }
    let deed = making.deed;
    let opens = matches!(step.action, Action::Navigate { .. });
    step.target = match making.popup {
        Some(url) => Some(url.to_owned()),
        None => (!opens).then(|| "main".to_owned()),
    };
    if deed.flow_tab > 0 {
        step.extension.tab = Some(deed.flow_tab);
    }
    if matches!(deed.gesture, Gesture::Page(_) | Gesture::Look(_)) {
        step.frame.clone_from(&deed.frame.indexes);
        let frames = deed.frame.elements.iter().map(usable).collect();
        step.extension.frames = Option::unwrap_or_default(frames);
    }
}

/// What is waited for after a step.
fn outcome(step: &mut Step, learned: &Learned, making: &Making<'_>) {
    let extension = &mut step.extension;
    let name = &making.edits.name;
    extension.name = (!name.is_empty()).then(|| name.clone());
    step.asserted_events.clone_from(&learned.asserted);
    extension.dialogs.clone_from(&learned.dialogs);
    for dialog in &mut extension.dialogs {
        dialog.text = dialog.text.take().filter(|text| !text.contains("{{"));
    }
    extension.download.clone_from(&learned.download);
    extension.effect.clone_from(&learned.effect);
    if let Some(effect) = &mut extension.effect {
        for all in [&mut effect.appears, &mut effect.vanishes] {
            *all = all.iter().filter_map(usable).collect();
        }
        if step.action.selectors().is_none() {
            effect.state = None;
        }
    }
    if extension.effect == Some(crate::flow::Effect::default()) {
        extension.effect = None;
    }
    let deed = making.deed;
    let took = making.caused.ready.0.saturating_sub(deed.ended.0) / 1_000;
    if took > SLOW && !matches!(deed.gesture, Gesture::Size(_)) {
        let patience = took.saturating_mul(4).clamp(15_000, 300_000);
        step.timeout_ms = Some(patience.min(NATIVE_DEADLINE));
        step.extension.timeout_ms = (patience > NATIVE_DEADLINE).then_some(patience);
    }
}

/// Native actions of a deed, and which of them acts.
fn actions(making: &Making<'_>) -> (Vec<Action>, usize) {
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

/// What of a deed's element and value stands in `x-rehearsal`.
pub(super) fn furnish(step: &mut Step, making: &Making<'_>) {
    let deed = making.deed;
    let extension = &mut step.extension;
    extension.value = making.template.map(str::to_owned);
    if step.action.selectors().is_some()
        && let Some(element) = deed.element()
        && !making.edits.any
    {
        let typed = deed.typed().map_or("", |typed| typed.0.as_str());
        let print = clean(&element.fingerprint, typed);
        extension.element = (print != Fingerprint::default()).then(|| Box::new(print));
    }
    if making.edits.any {
        extension.choose = Some(Choose::Any);
    }
    match deed.event() {
        Some(PageEvent::Click {
            element,
            at,
            modifiers,
            ..
        }) => {
            extension.modifiers.clone_from(modifiers);
            if element.area {
                extension.at = Some(fractions(*at));
            } else if making.edits.any {
                extension.at = Some([0.5, 0.5]);
            }
        }
        Some(PageEvent::Change { value, rich, .. }) => {
            if let FieldValue::Options { values, .. } = value {
                let all = values.len() > 1 && !values.iter().any(|value| value.contains("{{"));
                extension.values = (all && !making.secret).then(|| values.clone());
            }
            let plain = making.template.is_none() && !making.secret;
            extension.keys = strokes(deed, rich).filter(|_| plain);
            extension.key_delay_ms = pace::key_delay_ms(deed);
        }
        _ => {}
    }
}

/// Keys that say more than the text that came of them.
fn strokes(deed: &Deed, rich: &[Stroke]) -> Option<Vec<Stroke>> {
    let text = deed.typed().map_or("", |typed| typed.0.as_str());
    let says_more = match rich {
        [] => false,
        [Stroke::Text { text: only }] => only.trim() != text.trim(),
        _ => true,
    };
    let readable = rich.iter().all(|stroke| match stroke {
        Stroke::Text { text } => !text.contains("{{"),
        Stroke::Press { press } => !press.is_empty(),
    });
    (says_more && readable).then(|| rich.to_vec())
}

/// What must hold after a step: as it was read of the page, with templates for what is data.
fn expectations(step: &Step, making: &Making<'_>) -> Vec<Expectation> {
    let templated = |text: &Option<String>| -> Option<String> {
        let text = text.as_ref()?;
        let mut out = text.clone();
        for (value, template) in making.of_rows {
            let found: Vec<usize> = places(&out, value).collect();
            for at in found.into_iter().rev() {
                out.replace_range(at..at + value.len(), template);
            }
        }
        Some(out)
    };
    let mut all = Vec::new();
    for raw in &making.edits.expects {
        let mut made = raw.clone();
        // What the page shows would be read as a template.
        for text in [&mut made.text, &mut made.contains, &mut made.value] {
            *text = text.take().filter(|text| !text.contains("{{"));
        }
        made.text = templated(&made.text);
        made.contains = templated(&made.contains);
        made.value = templated(&made.value);
        if let Some(url) = &raw.url {
            made.url = pattern::of(url, making.home, making.varying);
        }
        made.selectors = raw.selectors.as_ref().and_then(usable);
        made.selectors = made.selectors.map(|all| lasting(all.0, making.of_rows));
        let lost = raw.selectors.is_some() && made.selectors.is_none();
        let own = made.selectors.is_none() && step.action.selectors().is_none();
        let of_page = made.url.is_some();
        let of_element = Expectation {
            url: None,
            selectors: None,
            ..made.clone()
        } != Expectation::default();
        if (of_page || of_element) && !(of_element && (own || lost)) {
            all.push(made);
        }
    }
    all
}

/// Selectors of an element as the file has them: those that held first.
fn selectors(element: &Element, making: &Making<'_>) -> Selectors {
    if making.edits.any
        && let Some(like) = element
            .like
            .as_ref()
            .and_then(|like| usable(&like.selectors))
    {
        return like;
    }
    let own = making.deed.element().is_some_and(|own| own == element);
    let found = making.deed.found.as_ref().filter(|_| own);
    let held = |index: usize| found.is_none_or(|found| found.get(index).copied().unwrap_or(true));
    let all: Vec<(&Selector, bool)> = element
        .selectors
        .0
        .iter()
        .enumerate()
        .filter(|(_, selector)| is_usable(selector))
        .map(|(index, selector)| (selector, held(index)))
        .collect();
    let holding = all.iter().filter(|(_, held)| *held).count();
    // A name may change by the very deed; a place that moved will move again.
    let kept = all
        .iter()
        .filter(|(selector, held)| *held || holding < 2 || is_name(selector));
    let (first, second): (Vec<_>, Vec<_>) = kept.partition(|(_, held)| *held || holding == 0);
    let ordered = first.into_iter().chain(second);
    let ordered: Vec<&Selector> = ordered.map(|one: &(&Selector, bool)| one.0).collect();
    if !ordered.is_empty() {
        return lasting(ordered.into_iter().cloned().collect(), making.of_rows);
    }
    // Nothing finds it; what it is called is the best guess.
    let print = &element.fingerprint;
    let guess = match (print.name.as_str(), print.tag.as_str()) {
        ("", "") => "body".to_owned(),
        ("", tag) => tag.to_owned(),
        (name, _) => format!("aria/{name}"),
    };
    Selectors(vec![Selector {
        chain: vec![guess],
        bare: false,
    }])
}

/// Those of the selectors that hold no value of the person's rows, which is another one for another
/// row; all where each does.
fn lasting(all: Vec<Selector>, of_rows: &[(&str, String)]) -> Selectors {
    let varies = |selector: &&Selector| {
        let mut parts = selector.chain.iter();
        parts.any(|part| {
            of_rows
                .iter()
                .any(|(value, _)| pattern::holds_word(part, value))
        })
    };
    let kept: Vec<Selector> = all.iter().filter(|one| !varies(one)).cloned().collect();
    Selectors(if kept.is_empty() { all } else { kept })
}

/// Whether a selector goes by what a person reads.
fn is_name(selector: &Selector) -> bool {
    let last = selector.chain.last();
    last.is_some_and(|part| part.starts_with("aria/") || part.starts_with("text/"))
}

fn is_usable(selector: &Selector) -> bool {
    !selector.chain.is_empty() && selector.chain.iter().all(|part| !part.is_empty())
}

/// Selectors that a file can hold.
fn usable(selectors: &Selectors) -> Option<Selectors> {
    let kept: Vec<Selector> = selectors
        .0
        .iter()
        .filter(|selector| is_usable(selector))
        .cloned()
        .collect();
    (!kept.is_empty()).then_some(Selectors(kept))
}

/// Whether nothing but places finds an element.
pub(super) fn is_fragile(selectors: &Selectors) -> bool {
    selectors.0.iter().all(is_counted)
}

/// A fingerprint without numbers that no file can hold, and without what was typed.
fn clean(print: &Fingerprint, typed: &str) -> Fingerprint {
    let mut print = print.clone();
    let numbers = |pair: &[f64; 2]| pair.iter().all(|number| number.is_finite());
    print.position = print.position.filter(numbers);
    print.size = print.size.filter(numbers);
    if typed.chars().count() > 2 && print.text.contains(typed) {
        print.text.clear();
    }
    print
}

fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

fn fractions(pair: [f64; 2]) -> [f64; 2] {
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

/// What the field's own kind makes of a date.
pub(super) fn date(deed: &Deed, now: &Zoned) -> Option<String> {
    let typed = deed.typed()?;
    super::dates::template(deed.field_kind(), &typed.0, now)
}
