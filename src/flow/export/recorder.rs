//! A flow as Recorder JSON of native steps, which Chrome DevTools and `@puppeteer/replay` 3.x and
//! 4.x load and run. What they cannot do stands in custom steps, which they pass over.

use serde_json::{Map, json};

use super::super::import::{Note, NotePlace};
use super::super::{
    Action, Expectation, Flow, FlowExtension, Group, Modifier, OWN_PREFIX, OwnStep, Repeat,
    Selector, SelectorPart, Selectors, Step, StepExtension,
};
use super::locators::{self, Kind};
use super::meta::{Fingerprints, META, Meta, WHOLE_STEP};
use super::{Exported, Options, locate_script};

/// Longest native timeout, ms.
const MAX_TIMEOUT: u64 = 30_000;
/// DevTools refuse larger flows; the last one is ours.
const MAX_STEPS: usize = 4_095;
/// Longest pause that fits into a step, ms.
const MAX_PAUSE: u64 = 29_000;

pub(super) fn export(flow: &Flow, options: Options) -> Exported {
    let mut portable = Portable {
        options,
        steps: Vec::new(),
        notes: Vec::new(),
        meta: Meta {
            version: 1,
            flow: flow.extension.clone(),
            ..Meta::default()
        },
        fingerprints: Fingerprints::default(),
        repeating: false,
        whole: false,
    };
    portable.flow(flow);
    let Portable {
        mut steps,
        notes,
        meta,
        whole,
        ..
    } = portable;
    let ours = meta.flow != FlowExtension::default()
        || !meta.steps.is_empty()
        || !meta.generated.is_empty()
        || !meta.selectors.is_empty()
        || whole;
    if ours {
        steps.push(Step::new(Action::CustomStep {
            name: format!("{OWN_PREFIX}{META}"),
            parameters: Some(json!(meta)),
        }));
    }
    let out = Flow {
        title: flow.title.clone(),
        timeout_ms: flow.timeout_ms,
        selector_attribute: flow.selector_attribute.clone(),
        steps,
        extension: FlowExtension::default(),
        other: Map::new(),
    };
    Exported {
        text: out.to_json(),
        notes,
    }
}

struct Portable {
    options: Options,
    steps: Vec<Step>,
    notes: Vec<Note>,
    meta: Meta,
    fingerprints: Fingerprints,
    /// Within a further pass of a group: all steps are generated, all notes were made.
    repeating: bool,
    /// A step stands whole in a custom step.
    whole: bool,
}

impl Portable {
    fn flow(&mut self, flow: &Flow) {
        let mut index = 0;
        while index < flow.steps.len() {
            let name = flow.steps[index].extension.group.as_deref();
            let same = |step: &&Step| name.is_some() && step.extension.group.as_deref() == name;
            let length = flow.steps[index..].iter().take_while(same).count().max(1);
            let group = name.and_then(|name| flow.extension.groups.get(name));
            let steps = &flow.steps[index..index + length];
            match group {
                None => self.steps(steps, index),
                Some(group) => self.group(group, steps, index),
            }
            index += length;
        }
        if self.steps.len() > MAX_STEPS {
            self.steps.truncate(MAX_STEPS);
            let what = format!("only the first {MAX_STEPS} steps: DevTools refuse more");
            self.notes.push(Note::lost(NotePlace::File, what));
        }
    }

    fn steps(&mut self, steps: &[Step], first: usize) {
        for (at, step) in steps.iter().enumerate() {
            self.step(step, first + at);
        }
    }

    fn group(&mut self, group: &Group, steps: &[Step], first: usize) {
        let times = match &group.repeat {
            _ if group.optional => 0,
            None => 1,
            Some(Repeat::Times(times)) => *times,
            Some(Repeat::Between([least, most])) => {
                let what = format!(
                    "repeated {least} times, not as often as is drawn from {least} to {most}"
                );
                self.note(Note::changed(NotePlace::Step(first), what));
                *least
            }
            Some(Repeat::While(_)) => 0,
        };
        if times == 0 {
            self.note(Note::lost(
                NotePlace::Step(first),
                "a group that depends on what the page shows is passed over",
            ));
            for step in steps {
                self.keep_whole(step);
            }
            return;
        }
        self.steps(steps, first);
        let before = self.repeating;
        self.repeating = true;
        for _ in 1..times {
            let before = self.steps.len();
            self.steps(steps, first);
            // Steps that are passed over add nothing, however often.
            if self.steps.len() == before || self.steps.len() > MAX_STEPS {
                break;
            }
        }
        self.repeating = before;
    }

    fn note(&mut self, note: Note) {
        if !self.repeating && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn lost(&mut self, index: usize, what: impl Into<String>) {
        self.note(Note::lost(NotePlace::Step(index), what));
    }

    fn changed(&mut self, index: usize, what: impl Into<String>) {
        self.note(Note::changed(NotePlace::Step(index), what));
    }

    /// A native step; `ours` is what comes back to it. Returns its fingerprint.
    fn push(&mut self, step: Step, ours: Option<&StepExtension>) -> String {
        let fingerprint = self.fingerprints.next(&step);
        match ours.filter(|_| !self.repeating) {
            None => {
                self.meta.generated.insert(fingerprint.clone());
            }
            Some(extension) if *extension != StepExtension::default() => {
                self.meta
                    .steps
                    .insert(fingerprint.clone(), extension.clone());
            }
            Some(_) => {}
        }
        self.steps.push(step);
        fingerprint
    }

    /// A native step that stands for something of ours, beside `like`.
    fn generate(&mut self, action: Action, like: &Step) {
        let step = Step {
            target: like.target.clone(),
            frame: like.frame.clone(),
            timeout_ms: native_timeout(like),
            ..Step::new(action)
        };
        self.push(step, None);
    }

    /// The step as it is, in a custom step that others pass over.
    fn keep_whole(&mut self, step: &Step) {
        if self.repeating {
            return;
        }
        self.whole = true;
        let flow = Flow {
            title: String::new(),
            timeout_ms: None,
            selector_attribute: None,
            steps: vec![step.clone()],
            extension: FlowExtension::default(),
            other: Map::new(),
        };
        let parameters = flow.to_value()["steps"][0].take();
        self.steps.push(Step::new(Action::CustomStep {
            name: format!("{OWN_PREFIX}{WHOLE_STEP}"),
            parameters: Some(parameters),
        }));
    }

    fn step(&mut self, step: &Step, index: usize) {
        let scripted = step.as_expression(None);
        let step = scripted.as_ref().unwrap_or(step);
        let extension = &step.extension;
        if let Some(ms) = extension.think_ms.filter(|ms| *ms > 0)
            && self.options.bake_think
        {
            self.pause(step, ms, index);
        }
        if let Some(why) = impossible(step) {
            self.lost(index, why);
            self.keep_whole(step);
            return;
        }
        if let Action::Own(OwnStep::Press(press)) = &step.action {
            self.changed(
                index,
                match press.selectors {
                    None => "presses its keys one by one (`keyDown`, `keyUp`)",
                    Some(_) => "presses its keys one by one, where the focus is",
                },
            );
            self.keep_whole(step);
            self.chord(&press.keys, step);
            return;
        }
        self.notes_on(step, index);
        for modifier in &extension.modifiers {
            let key = modifier_key(*modifier).to_owned();
            self.generate(Action::KeyDown { key }, step);
        }
        let mut native = Step {
            action: step.action.clone(),
            timeout_ms: native_timeout(step),
            asserted_events: step.asserted_events.clone(),
            target: step.target.clone(),
            frame: step.frame.clone(),
            extension: StepExtension::default(),
            other: Map::new(),
        };
        for event in &mut native.asserted_events {
            event.other.clear();
        }
        let mut all = None;
        if let Some(selectors) = native.action.selectors_mut() {
            let own = native_selectors(selectors);
            let fewer = own.0.len() < selectors.0.len();
            let before = std::mem::replace(selectors, own);
            all = fewer.then_some(before);
        }
        let fingerprint = self.push(native, Some(extension));
        if let Some(all) = all.filter(|_| !self.repeating) {
            self.meta.selectors.insert(fingerprint, all);
        }
        for modifier in extension.modifiers.iter().rev() {
            let key = modifier_key(*modifier).to_owned();
            self.generate(Action::KeyUp { key }, step);
        }
        for expectation in &extension.expect {
            self.expect(step, expectation, index);
        }
    }

    fn pause(&mut self, step: &Step, ms: u64, index: usize) {
        if ms > MAX_PAUSE {
            self.changed(
                index,
                format!("a pause of {MAX_PAUSE} ms instead of {ms} ms"),
            );
        }
        let ms = ms.min(MAX_PAUSE);
        let expression = format!("new Promise((done) => setTimeout(() => done(true), {ms}))");
        let pause = Step {
            timeout_ms: Some((ms + 5_000).min(MAX_TIMEOUT)),
            target: step.target.clone(),
            ..Step::new(Action::WaitForExpression { expression })
        };
        self.push(pause, None);
    }

    fn chord(&mut self, keys: &str, step: &Step) {
        let keys: Vec<&str> = chord(keys).collect();
        for key in &keys {
            let key = native_key(key);
            self.generate(Action::KeyDown { key }, step);
        }
        for key in keys.iter().rev() {
            let key = native_key(key);
            self.generate(Action::KeyUp { key }, step);
        }
    }

    fn expect(&mut self, step: &Step, expectation: &Expectation, index: usize) {
        let own = step.action.selectors();
        if let Some(mut wait) = locate_script::wait(expectation, own) {
            wait.selectors = native_selectors(&wait.selectors);
            if wait.selectors.0.is_empty() {
                self.lost(
                    index,
                    "an expectation is not checked: its selectors are ours alone",
                );
            } else {
                self.generate(Action::WaitForElement(wait), step);
            }
        }
        if holds_template(expectation) {
            self.lost(index, "an expectation with a template is not checked");
            return;
        }
        let (script, lost) = locate_script::condition(expectation, own);
        if let Some(expression) = script {
            self.generate(Action::WaitForExpression { expression }, step);
        }
        for member in lost {
            let why = match member {
                "response" => "responses cannot be waited for",
                _ => "it needs a CSS or XPath selector",
            };
            self.lost(
                index,
                format!("`{member}` of `expect` is not checked: {why}"),
            );
        }
    }

    /// What of a step stays behind while the step itself goes.
    fn notes_on(&mut self, step: &Step, index: usize) {
        let extension = &step.extension;
        if extension.choose.is_some() {
            self.changed(
                index,
                "takes the first of the like elements, not any of them",
            );
        }
        if extension.value.is_some() {
            self.changed(index, "types the recorded sample, not the template");
        }
        if extension.values.is_some() {
            self.lost(index, "of several chosen options only the first is chosen");
        }
        if extension.keys.is_some() {
            self.changed(index, "sets the text, without its keys and formats");
        }
        if extension.timeout_ms.is_some_and(|ms| ms > MAX_TIMEOUT) {
            self.changed(index, format!("waits {MAX_TIMEOUT} ms at most"));
        }
        if !extension.dialogs.is_empty() {
            self.lost(index, "the dialog is not answered: a replay hangs there");
        }
        if extension.download.is_some() {
            self.lost(index, "the download is not waited for");
        }
        if extension.wheel {
            self.changed(index, "sets the position without turning the wheel");
        }
        if !extension.extract.is_empty() {
            self.lost(
                index,
                "no value is read from the page: later steps type their samples",
            );
        }
        if extension.effect.is_some() {
            self.note(Note::lost(
                NotePlace::File,
                "what steps caused when they were recorded (`effect`) is not waited for",
            ));
        }
        if extension.think_ms.is_some_and(|ms| ms > 0) && !self.options.bake_think {
            let what = "think time: the replay does not pause (`--bake-think` writes pauses)";
            self.note(Note::lost(NotePlace::File, what));
        }
        if extension.tab.is_some_and(|tab| tab > 0) || !extension.frames.is_empty() {
            self.changed(
                index,
                "finds its tab or frame by `target` and `frame` alone",
            );
        }
        if let Action::Change { value, .. } = &step.action {
            match locators::kind(step) {
                Kind::Box => self.lost(index, "a box is not ticked by `change` there: click it"),
                _ if value.is_empty() => {
                    self.lost(index, "an emptied field fires no event there");
                }
                _ => {}
            }
            let element = extension.element.as_deref();
            let editor = element.is_some_and(|element| {
                !["", "input", "textarea", "select"].contains(&element.tag.as_str())
            });
            if editor {
                self.lost(
                    index,
                    "a rich-text editor cannot be changed there: the step fails",
                );
            }
        }
    }
}

/// Why the reference replayer cannot do this step at all.
fn impossible(step: &Step) -> Option<String> {
    let extension = &step.extension;
    if extension.optional {
        let why = "an optional step is passed over: an absent element would be a failure";
        return Some(why.to_owned());
    }
    if !extension.frames.is_empty() && step.frame.is_empty() {
        return Some("its frame is known by selectors only: passed over".to_owned());
    }
    let main = step.target.as_deref().is_none_or(|target| target == "main");
    if extension.tab.is_some_and(|tab| tab > 0) && main {
        return Some("its tab is known by its number only: passed over".to_owned());
    }
    if let Some(selectors) = step.action.selectors()
        && native_selectors(selectors).0.is_empty()
    {
        return Some(
            "its selectors are of forms that only Rehearsal knows: passed over".to_owned(),
        );
    }
    match &step.action {
        Action::Own(OwnStep::Press(press)) => {
            let unknown = chord(&press.keys).find(|key| !is_known_key(key));
            unknown.map(|key| format!("the key `{key}` is not on its keyboard: passed over"))
        }
        Action::Own(own) => Some(format!("`{OWN_PREFIX}{}` is passed over", own.name())),
        Action::KeyDown { key } | Action::KeyUp { key } if !is_known_key(key) => Some(format!(
            "the key `{key}` is not on its keyboard: passed over"
        )),
        _ => None,
    }
}

/// Puppeteer's keyboard is a US one.
fn is_known_key(key: &str) -> bool {
    let mut letters = key.chars();
    match (letters.next(), letters.next()) {
        (Some(only), None) => only.is_ascii_graphic() || matches!(only, ' ' | '\r' | '\n'),
        (Some(_), Some(_)) => {
            key != "Dead"
                && key != "Unidentified"
                && key != "Process"
                && key.chars().all(|letter| letter.is_ascii_alphanumeric())
        }
        _ => false,
    }
}

/// Selectors as DevTools write them: arrays, CSS without a prefix, and none of the forms that are
/// ours. May be empty.
pub(super) fn native_selectors(selectors: &Selectors) -> Selectors {
    let native = |selector: &&Selector| {
        let ours = |part: &SelectorPart| match part {
            SelectorPart::Only { .. } => true,
            SelectorPart::Aria {
                description, loose, ..
            } => *loose || description.is_some(),
            _ => false,
        };
        !selector.chain.is_empty() && !selector.parts().iter().any(ours)
    };
    let one = |selector: &Selector| Selector {
        chain: selector
            .chain
            .iter()
            .map(|part| part.strip_prefix("css/").unwrap_or(part).to_owned())
            .collect(),
        bare: false,
    };
    Selectors(selectors.0.iter().filter(native).map(one).collect())
}

fn native_timeout(step: &Step) -> Option<u64> {
    let wanted = step.extension.timeout_ms.or(step.timeout_ms);
    wanted.map(|ms| ms.clamp(1, MAX_TIMEOUT))
}

fn modifier_key(modifier: Modifier) -> &'static str {
    match modifier {
        Modifier::Alt => "Alt",
        Modifier::Control | Modifier::ControlOrMeta => "Control",
        Modifier::Meta => "Meta",
        Modifier::Shift => "Shift",
    }
}

/// Keys of a shortcut: `Control++` is Control and the plus.
fn chord(keys: &str) -> impl Iterator<Item = &str> {
    let (front, plus) = match keys.strip_suffix('+') {
        Some("") => ("", Some("+")),
        Some(front) => (front.strip_suffix('+').unwrap_or(front), Some("+")),
        None => (keys, None),
    };
    let front = front.split('+').filter(|key| !key.is_empty());
    front.chain(plus)
}

fn native_key(key: &str) -> String {
    match key {
        "ControlOrMeta" => "Control".to_owned(),
        other => other.to_owned(),
    }
}

fn holds_template(expectation: &Expectation) -> bool {
    let texts = [
        &expectation.text,
        &expectation.contains,
        &expectation.value,
        &expectation.title,
        &expectation.url,
    ];
    texts.into_iter().flatten().any(|text| text.contains("{{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_other_keyboards_are_known() {
        for key in ["a", "?", " ", "Enter", "ArrowDown", "F5"] {
            assert!(is_known_key(key), "{key}");
        }
        for key in ["ф", "Dead", "", "é", "Key+A"] {
            assert!(!is_known_key(key), "{key}");
        }
    }

    #[test]
    fn shortcuts_are_taken_apart() {
        let keys = |text| chord(text).collect::<Vec<_>>();
        assert_eq!(
            keys("ControlOrMeta+Shift+K"),
            ["ControlOrMeta", "Shift", "K"]
        );
        assert_eq!(keys("Control++"), ["Control", "+"]);
        assert_eq!(keys("+"), ["+"]);
    }

    #[test]
    fn selectors_lose_the_prefix_that_never_matches() {
        let selectors = Selectors(vec![Selector {
            chain: vec!["css/shop-card".into(), "aria/Buy".into()],
            bare: true,
        }]);
        let plain = native_selectors(&selectors);
        assert_eq!(plain.0[0].chain, ["shop-card", "aria/Buy"]);
        assert!(!plain.0[0].bare);
    }
}
