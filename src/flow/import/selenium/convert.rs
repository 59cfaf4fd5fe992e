//! A test to a flow, command by command.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Map;

use super::super::super::{
    Action, AssertedEvent, Flow, FlowExtension, OwnStep, Press, SelectorPart, Selectors, Step,
    Upload, Viewport, WaitForElement,
};
use super::super::{Imported, Note, NotePlace};
use super::control::Blocks;
use super::dialogs::Answers;
use super::keys::{self, Sent};
use super::locator;
use super::pointer::Held;
use super::project::{Command, Project, Test};
use super::variables::{FEED, Filled, Variables, is_name};

/// DevTools refuse larger flows.
const MAX_STEPS: usize = 4_096;
/// Commands that are read for one test, with those of tests that it runs.
const MAX_COMMANDS: usize = 20_000;
/// Commands that are read for tests that run others, in the whole file.
const MAX_INLINED: usize = 50_000;
/// Tests that run tests.
const MAX_DEPTH: usize = 8;
/// Longest native timeout, ms.
const MAX_TIMEOUT: u64 = 30_000;

/// One test on its way to a flow.
pub(super) struct Converter<'a> {
    project: &'a Project,
    pub(super) steps: Vec<Step>,
    notes: Vec<Note>,
    /// Notes that are made once.
    said: BTreeSet<String>,
    pub(super) extension: FlowExtension,
    pub(super) variables: Variables,
    pub(super) blocks: Blocks,
    pub(super) answers: Answers,
    pub(super) held: Option<Held>,
    /// Line of the command that is read.
    pub(super) line: usize,
    /// Pause before the next step, ms.
    pause: u64,
    /// Frames around what comes next, from the outermost.
    frames: Vec<Frame>,
    tab: usize,
    tabs: usize,
    /// Tabs by the names of their handles.
    windows: BTreeMap<String, usize>,
    commands: usize,
    /// Whether the page is said to load after the command (`clickAndWait`).
    loads: bool,
}

/// A frame, as it was chosen.
#[derive(Debug, Clone)]
enum Frame {
    Index(usize),
    Element(Selectors),
}

pub(super) fn flow(project: &Project, test: &Test, title: String) -> Imported {
    let mut converter = Converter {
        project,
        steps: Vec::new(),
        notes: Vec::new(),
        said: BTreeSet::new(),
        extension: FlowExtension::default(),
        variables: Variables::default(),
        blocks: Blocks::default(),
        answers: Answers::default(),
        held: None,
        line: 1,
        pause: 0,
        frames: Vec::new(),
        tab: 0,
        tabs: 1,
        windows: BTreeMap::new(),
        commands: 0,
        loads: false,
    };
    converter.commands(&test.commands, 0);
    converter.finish();
    if converter.steps.len() > MAX_STEPS {
        converter.steps.truncate(MAX_STEPS);
        let what = format!("steps after the first {MAX_STEPS}");
        converter.notes.push(Note::lost(NotePlace::File, what));
    }
    if converter.steps.is_empty() {
        let what = "the test has no command that a flow could have";
        converter.notes.push(Note::advice(NotePlace::File, what));
    }
    Imported {
        flow: Flow {
            title,
            timeout_ms: None,
            selector_attribute: None,
            steps: converter.steps,
            extension: converter.extension,
            other: Map::new(),
        },
        notes: converter.notes,
    }
}

impl Converter<'_> {
    fn note(&mut self, note: Note) {
        if self.notes.last() != Some(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn lost(&mut self, what: impl Into<String>) {
        self.note(Note::lost(NotePlace::Line(self.line), what));
    }

    pub(super) fn changed(&mut self, what: impl Into<String>) {
        self.note(Note::changed(NotePlace::Line(self.line), what));
    }

    pub(super) fn advice(&mut self, what: impl Into<String>) {
        self.note(Note::advice(NotePlace::Line(self.line), what));
    }

    /// Something that is the same for the whole test, said once.
    pub(super) fn once(&mut self, what: &str) {
        if self.said.insert(what.to_owned()) {
            self.notes.push(Note::changed(NotePlace::File, what));
        }
    }

    fn commands(&mut self, commands: &[Command], depth: usize) {
        for command in commands {
            self.commands += 1;
            if depth > 0 {
                let inlined = self.project.inlined.get() + 1;
                self.project.inlined.set(inlined);
                if inlined > MAX_INLINED {
                    return;
                }
            }
            if self.commands > MAX_COMMANDS || self.steps.len() > MAX_STEPS {
                if self.commands == MAX_COMMANDS + 1 {
                    self.lost("commands from here on: the test is too long");
                }
                return;
            }
            self.line = command.line;
            if command.disabled {
                self.advice(format!(
                    "`{}` is disabled in the recording, and left out",
                    shown(&command.name)
                ));
            } else if command.name == "run" {
                self.run(&command.target, depth);
            } else if !command.name.is_empty() && self.blocks.is_open(&command.name) {
                self.command(command);
            }
        }
    }

    fn run(&mut self, name: &str, depth: usize) {
        let project = self.project;
        let test = project.tests.iter().find(|test| test.name == name);
        match test {
            Some(_) if depth >= MAX_DEPTH || project.inlined.get() >= MAX_INLINED => {
                self.lost("tests that run tests go further than is followed");
            }
            Some(test) => {
                let line = self.line;
                self.commands(&test.commands, depth + 1);
                self.line = line;
            }
            None => self.lost("`run` of a test that is not in the file"),
        }
    }

    fn command(&mut self, command: &Command) {
        let (name, loads) = match command.name.strip_suffix("AndWait") {
            Some(name) => (name, true),
            None => (command.name.as_str(), false),
        };
        self.loads = loads;
        self.answers.next(name);
        match name {
            "open" => self.open(command),
            "click"
            | "clickAt"
            | "doubleClick"
            | "doubleClickAt"
            | "mouseOver"
            | "mouseOut"
            | "mouseDown"
            | "mouseDownAt"
            | "mouseMove"
            | "mouseMoveAt"
            | "mouseUp"
            | "mouseUpAt"
            | "dragAndDropToObject"
            | "dragAndDropToObjectAt" => {
                self.pointer(name, command);
            }
            "type" | "editContent" => self.give_text(name, command),
            "sendKeys" | "typeKeys" => self.send_keys(command),
            "select" | "addSelection" | "removeSelection" => self.select(name, command),
            "check" | "uncheck" => {
                let value = if name == "check" { "true" } else { "false" };
                self.change(command, value.to_owned(), None);
            }
            "selectFrame" => self.select_frame(command),
            "selectWindow" | "selectPopUp" => self.select_window(command),
            "storeWindowHandle" => {
                self.windows.insert(command.target.clone(), self.tab);
            }
            "setWindowSize" => self.set_window_size(command),
            "pause" => {
                let ms = command.target.trim().parse::<u64>();
                let ms = ms.or_else(|_| command.value.trim().parse());
                self.pause = self
                    .pause
                    .saturating_add(ms.unwrap_or_default())
                    .min(600_000);
            }
            "close" => {
                self.push(Action::Close);
            }
            "echo" | "debugger" | "setSpeed" => {
                self.lost(format!("`{name}` does nothing to the page"));
            }
            "executeScript" | "executeAsyncScript" | "runScript" => self.script(name, command),
            _ if self.control(name, command) => {}
            _ if self.dialog(name, command) => {}
            _ if self.check(name, command) => {}
            _ => self.lost(format!("`{}` has no like in a flow", shown(name))),
        }
    }

    /// Adds a step in the tab and frame that are chosen.
    pub(super) fn push(&mut self, action: Action) -> &mut Step {
        let mut step = Step::new(action);
        if self.pause > 0 {
            step.extension.think_ms = Some(std::mem::take(&mut self.pause));
        }
        if self.tab > 0 {
            step.extension.tab = Some(self.tab);
        }
        let page = matches!(
            step.action,
            Action::Navigate { .. } | Action::Close | Action::SetViewport(_)
        );
        if !page {
            self.put_in_frame(&mut step);
        }
        if self.loads {
            step.asserted_events.push(AssertedEvent {
                url: None,
                title: None,
                other: Map::new(),
            });
        }
        step.extension.group = self.blocks.group();
        let acts = !matches!(
            step.action,
            Action::WaitForElement(_) | Action::WaitForExpression { .. } | Action::SetViewport(_)
        );
        if acts {
            self.answers.give(&mut step, self.steps.len());
        }
        self.steps.push(step);
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }

    fn put_in_frame(&self, step: &mut Step) {
        let indexes: Option<Vec<usize>> = self
            .frames
            .iter()
            .map(|frame| match frame {
                Frame::Index(index) => Some(*index),
                Frame::Element(_) => None,
            })
            .collect();
        match indexes {
            Some(indexes) => step.frame = indexes,
            None => {
                let frames = self.frames.iter().map(|frame| match frame {
                    Frame::Element(selectors) => selectors.clone(),
                    Frame::Index(index) => nth_frame(*index),
                });
                step.extension.frames = frames.collect();
            }
        }
    }

    /// Selectors of a command's target, with a note when there are none.
    pub(super) fn target(&mut self, command: &Command) -> Option<Selectors> {
        let filled = self.fill(&command.target);
        let mut own = command.clone();
        if filled.template != command.target {
            // Recorded alternatives hold what was there when it was recorded.
            own.targets.clear();
            own.fallback_targets.clear();
            own.target.clone_from(&filled.sample);
        }
        if filled.has_template {
            self.lost(format!(
                "`{}`: a selector cannot hold a variable of the replay",
                shown(&command.name)
            ));
            return None;
        }
        let found = locator::of_target(&own);
        match &found {
            None => self.lost(format!(
                "`{}`: its locator is of no kind that is known",
                shown(&command.name)
            )),
            Some((_, true)) => self.changed(
                "the recorded alternatives are left out: the target is not among them, so it was \
                 changed by hand",
            ),
            Some(_) => {}
        }
        found.map(|(selectors, _)| selectors)
    }

    /// Selectors of a locator that stands elsewhere.
    pub(super) fn locate(&mut self, locator: &str) -> Option<Selectors> {
        let filled = self.fill(locator);
        let found = locator::selectors(&filled.sample).filter(|_| !filled.has_template);
        if found.is_none() {
            self.lost("a locator of no kind that is known");
        }
        found
    }

    /// Text with its variables, with a note on those that nothing gives a value.
    pub(super) fn fill(&mut self, text: &str) -> Filled {
        let filled = self.variables.fill(text);
        for name in &filled.unknown {
            self.advice(format!(
                "`${{{name}}}` comes of a script: give it as column `{name}` of a feed `{FEED}`"
            ));
        }
        filled
    }

    fn open(&mut self, command: &Command) {
        self.frames.clear();
        let filled = self.fill(&command.target);
        let base = self.project.url.as_ref();
        let absolute = |text: &str| {
            if text.starts_with("http://") || text.starts_with("https://") {
                return Some(text.to_owned());
            }
            // A template is no URL yet: joined as text.
            let base = base?;
            if text.contains("{{") {
                let origin = base.origin().ascii_serialization();
                return Some(format!("{origin}/{}", text.trim_start_matches('/')));
            }
            base.join(text).ok().map(String::from)
        };
        let Some(url) = absolute(&filled.sample) else {
            return self.lost("`open`: the address is relative, and the project has no address");
        };
        let template = filled.template().and_then(|text| absolute(&text));
        let step = self.push(Action::Navigate { url });
        step.extension.value = template;
    }

    fn give_text(&mut self, name: &str, command: &Command) {
        if command.value.contains("${KEY_") {
            return self.send_keys(command);
        }
        let mut filled = self.fill(&command.value);
        if name == "editContent" && filled.sample.contains('<') {
            self.changed("the formats of the rich text are left out");
            filled.sample = without_tags(&filled.sample);
            filled.template = without_tags(&filled.template);
        }
        let path = filled.sample.starts_with('/') || filled.sample.get(1..3) == Some(":\\");
        if path && looks_like_file(command) {
            let Some(selectors) = self.target(command) else {
                return;
            };
            self.changed("gives a file: put it beside the flow, and its path there into `files`");
            let files = vec![filled.sample];
            let upload = OwnStep::Upload(Upload { selectors, files });
            self.push(Action::Own(upload));
            return;
        }
        self.change(command, filled.sample.clone(), filled.template());
    }

    pub(super) fn change(&mut self, command: &Command, value: String, template: Option<String>) {
        if let Some(selectors) = self.target(command) {
            let step = self.push(Action::Change { selectors, value });
            step.extension.value = template;
        }
    }

    fn send_keys(&mut self, command: &Command) {
        let sent = keys::read(&command.value);
        let texts = sent.iter().filter(|sent| matches!(sent, Sent::Text(_)));
        if texts.count() > 1 {
            self.changed("text after a key replaces what is in the field, like the text before");
        }
        let Some(selectors) = self.target(command) else {
            return;
        };
        for part in sent {
            match part {
                Sent::Text(text) => {
                    let filled = self.fill(&text);
                    let action = Action::Change {
                        selectors: selectors.clone(),
                        value: filled.sample.clone(),
                    };
                    self.push(action).extension.value = filled.template();
                    self.once("`sendKeys` adds to what is in a field; a flow replaces it");
                }
                Sent::Press(keys) => {
                    let press = OwnStep::Press(Press {
                        selectors: Some(selectors.clone()),
                        keys,
                    });
                    self.push(Action::Own(press));
                }
                Sent::Unknown(name) => {
                    self.lost(format!("`{}` is no key that is known", shown(&name)));
                }
            }
            self.pause = 0;
        }
    }

    fn select(&mut self, name: &str, command: &Command) {
        let filled = self.fill(&command.value);
        let option = |text: &str| {
            let kind = text.split_once('=');
            match kind {
                Some(("label" | "value", option)) if !option.starts_with("regexp:") => {
                    let exact = option.strip_prefix("exact:").unwrap_or(option);
                    Some(exact.to_owned())
                }
                Some(("label" | "value" | "index" | "id", _)) => None,
                _ => Some(text.to_owned()),
            }
        };
        let Some(value) = option(&filled.sample) else {
            return self.lost(format!(
                "`{name}`: options are chosen by their value or label, not by index or pattern"
            ));
        };
        let template = filled.template().and_then(|text| option(&text));
        if name == "select" {
            return self.change(command, value, template);
        }
        let Some(selectors) = self.target(command) else {
            return;
        };
        // Options that are chosen in a row are chosen at once.
        if let Some(step) = self.steps.last_mut()
            && let Action::Change {
                selectors: same,
                value: first,
            } = &mut step.action
            && *same == selectors
            && let Some(values) = &mut step.extension.values
        {
            if name == "addSelection" {
                if !values.contains(&value) {
                    values.push(value);
                }
            } else {
                values.retain(|known| *known != value);
                *first = values.first().cloned().unwrap_or_default();
            }
            return;
        }
        if name == "removeSelection" {
            return self.lost("`removeSelection` of an option that was not added just before");
        }
        let values = Some(vec![value.clone()]);
        let step = self.push(Action::Change { selectors, value });
        step.extension.values = values;
    }

    fn select_frame(&mut self, command: &Command) {
        let target = command.target.trim();
        match target.split_once('=') {
            Some(("relative", "parent")) => {
                self.frames.pop();
            }
            Some(("relative", "top")) => self.frames.clear(),
            Some(("index", places)) => {
                for place in places.split('\\').take(32) {
                    match place.parse::<usize>() {
                        Ok(index) => self.frames.push(Frame::Index(index)),
                        Err(_) if place == ".." => {
                            self.frames.pop();
                        }
                        Err(_) => self.lost("`selectFrame`: its index is no number"),
                    }
                }
            }
            _ => {
                if let Some(selectors) = self.target(command) {
                    self.frames.push(Frame::Element(selectors));
                }
            }
        }
    }

    /// Notes that a step opens a window, if the recording says so.
    pub(super) fn opens(&mut self, command: &Command) {
        if command.opens_window {
            self.windows.insert(command.window.clone(), self.tabs);
            self.tabs += 1;
        }
    }

    fn select_window(&mut self, command: &Command) {
        let target = command.target.trim();
        let name = match target.split_once('=') {
            Some(("handle" | "name", name)) => name,
            _ => target,
        };
        let name = name
            .strip_prefix("${")
            .and_then(|name| name.strip_suffix('}'))
            .unwrap_or(name);
        let numbered = name.strip_prefix("win_ser_");
        let known = self.windows.get(name).copied();
        let tab = known.or_else(|| match (name, numbered) {
            ("root" | "" | "null", _) | (_, Some("local")) => Some(0),
            (_, Some(number)) => number.parse::<usize>().ok().filter(|tab| *tab < 100),
            _ => None,
        });
        match tab {
            Some(tab) => {
                self.tab = tab;
                self.tabs = self.tabs.max(tab + 1);
                self.frames.clear();
            }
            None => self.lost("`selectWindow`: no command before it opened this window"),
        }
    }

    fn set_window_size(&mut self, command: &Command) {
        let size = command.target.trim().split_once(['x', 'X', ',']);
        let number = |text: &str| {
            let number = text.trim().parse::<f64>().ok();
            number.filter(|size| (1.0..=20_000.0).contains(size))
        };
        let size = size.and_then(|(width, height)| Some((number(width)?, number(height)?)));
        let Some((width, height)) = size else {
            return self.lost("`setWindowSize`: its size is not of the form `1280x800`");
        };
        self.once("`setWindowSize` counts the window's own bars; a flow sets the page's size");
        self.push(Action::SetViewport(Viewport {
            width: width.round() as u32,
            height: height.round() as u32,
            device_scale_factor: 1.0,
            is_mobile: false,
            has_touch: false,
            is_landscape: width > height,
        }));
    }

    fn script(&mut self, name: &str, command: &Command) {
        let variable = command.value.trim();
        if name == "executeScript" && is_name(variable) && !command.target.contains("${") {
            let script = (command.target.clone(), self.line, false);
            self.variables.scripts.insert(variable.to_owned(), script);
            return;
        }
        self.lost(format!("`{name}`: flows run no scripts"));
    }

    /// Notes on what was begun and never came to anything.
    fn finish(&mut self) {
        self.end_blocks();
        if let Some(held) = self.held.take() {
            self.line = held.line;
            self.lost("`mouseDown` without `mouseUp`");
        }
        let scripts = std::mem::take(&mut self.variables.scripts);
        for (_, line, asserted) in scripts.into_values() {
            if !asserted {
                self.line = line;
                self.lost("`executeScript`: flows run no scripts");
            }
        }
        if self.answers.is_waiting() {
            let what = "an answer to a dialog that no later command opens";
            self.notes.push(Note::lost(NotePlace::File, what));
        }
    }

    /// Waits for an element; what is known of it comes from the caller.
    pub(super) fn wait(&mut self, selectors: Selectors, visible: Option<bool>) -> &mut Step {
        self.push(Action::WaitForElement(WaitForElement {
            selectors,
            operator: None,
            count: None,
            visible,
            properties: None,
            attributes: None,
        }))
    }

    /// The project's address, for comparing addresses.
    pub(super) fn is_own(&self, url: &url::Url) -> bool {
        let own = self.project.url.as_ref();
        own.is_some_and(|own| own.origin() == url.origin())
    }
}

/// Puts a deadline on a step.
pub(super) fn deadline(step: &mut Step, ms: u64) {
    step.timeout_ms = Some(ms.clamp(1, MAX_TIMEOUT));
    if ms > MAX_TIMEOUT {
        step.extension.timeout_ms = Some(ms);
    }
}

/// A name from the file, as messages show it.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(60).collect()
}

/// A frame by its place in its page.
fn nth_frame(index: usize) -> Selectors {
    Selectors(vec![crate::flow::Selector {
        chain: vec![
            "iframe, frame".to_owned(),
            format!("only/[nth=\"{index}\"]"),
        ],
        bare: false,
    }])
}

fn looks_like_file(command: &Command) -> bool {
    let locators = command.targets.iter().chain([&command.target]);
    let mut parts = locators.filter_map(|locator| locator::selectors(locator));
    parts.any(|selectors| {
        selectors.0.iter().any(|selector| {
            selector.parts().iter().any(|part| match part {
                SelectorPart::Css { value } | SelectorPart::XPath { value } => {
                    let value = value.to_lowercase();
                    ["file", "upload", "attach", "image", "photo"]
                        .iter()
                        .any(|word| value.contains(word))
                }
                _ => false,
            })
        })
    })
}

/// The text of HTML.
fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if !inside => out.push(letter),
            _ => {}
        }
    }
    let out = out.replace("&nbsp;", " ").replace("&lt;", "<");
    out.replace("&gt;", ">").replace("&amp;", "&")
}
