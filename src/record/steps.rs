//! Deeds to steps: what stands in the file. Native fields replay in other players; what they lack
//! is beside them in `x-rehearsal`.

use jiff::Zoned;
use url::Url;

use crate::browser::capture::{FieldValue, PageEvent};
use crate::flow::{Action, Choose, Expectation, Fingerprint, Step, Stroke};

use super::action::{actions, fractions};
use super::draft::{Deed, Edits, Gesture};
use super::effect::{self, Known, Learned};
use super::pace;
use super::pattern::{self, Varying, places};
use super::selectors::{lasting, usable};
use super::window::Caused;

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

/// What the field's own kind makes of a date.
pub(super) fn date(deed: &Deed, now: &Zoned) -> Option<String> {
    let typed = deed.typed()?;
    super::dates::template(deed.field_kind(), &typed.0, now)
}
