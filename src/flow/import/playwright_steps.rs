//! What Playwright's actions become: one place for recordings and scripts in all languages.

use serde_json::{Map, Value};
use url::Url;

use crate::flow::parse::MAX_STEPS;
use crate::flow::{
    Action, AssertedEvent, Button, CountOperator, Dialog, Download, Drag, Expectation, Flow,
    FlowExtension, History, Modifier, OwnStep, Pointer, Press, Selectors, Step, Upload, Viewport,
    WaitForElement,
};

use super::playwright_expect::snapshot;
use super::playwright_locator::{Located, Locator};
use super::secret::secret_of;
use super::{Imported, Note, NotePlace, Severity};

/// Playwright's viewport when nothing else is said.
const USUAL_SIZE: (u32, u32) = (1280, 720);

/// Sizes beyond this are no viewport, CSS px.
const MAX_SIZE: u32 = 10_000_000;

/// Where a page is clicked by tools that do not know of `x-rehearsal.at`, CSS px from its corner.
const NEAR_CORNER: f64 = 1.0;

/// A flow being made.
#[derive(Debug)]
pub(super) struct Builder {
    title: String,
    viewport: Viewport,
    steps: Vec<Step>,
    notes: Vec<Note>,
    /// Tabs opened so far, the user's own included.
    tabs: usize,
    /// Line of the recording that is being read.
    line: usize,
    /// What the next action does beside itself.
    next: Pending,
    /// Name of the group that steps belong to.
    pub(super) group: Option<String>,
    /// Whether something was said that a script can say and a recorder does not.
    asserted: bool,
}

/// What was announced for the action that comes.
#[derive(Debug, Default)]
struct Pending {
    dialogs: Vec<Dialog>,
    download: bool,
    think_ms: Option<u64>,
}

/// How a click is made.
#[derive(Debug, Clone, Default)]
pub(super) struct Click {
    pub(super) button: Option<Button>,
    pub(super) modifiers: Vec<Modifier>,
    /// 1 when absent.
    pub(super) count: Option<u64>,
    /// CSS px from the element's corner.
    pub(super) position: Option<(f64, f64)>,
    pub(super) hold_ms: Option<f64>,
}

/// What an expectation looks at.
#[derive(Debug, Clone, Default)]
pub(super) struct Check {
    pub(super) expectation: Expectation,
    /// So many elements, exactly.
    pub(super) count: Option<u64>,
    /// Attributes that it must have.
    pub(super) attributes: Option<Map<String, Value>>,
}

impl Builder {
    pub(super) fn new(title: &str) -> Self {
        Self {
            title: title.chars().take(300).collect(),
            viewport: viewport(USUAL_SIZE.0, USUAL_SIZE.1),
            steps: Vec::new(),
            notes: Vec::new(),
            tabs: 1,
            line: 1,
            next: Pending::default(),
            group: None,
            asserted: false,
        }
    }

    /// The line that the following steps come from.
    pub(super) fn at_line(&mut self, line: usize) {
        self.line = line;
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn viewport_mut(&mut self) -> &mut Viewport {
        &mut self.viewport
    }

    pub(super) fn note(&mut self, severity: Severity, what: impl Into<String>) {
        self.notes.push(Note {
            place: NotePlace::Line(self.line),
            what: what.into(),
            severity,
        });
    }

    pub(super) fn lost(&mut self, what: impl Into<String>) {
        self.note(Severity::Lost, what);
    }

    pub(super) fn changed(&mut self, what: impl Into<String>) {
        self.note(Severity::Changed, what);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// A tab that the page opens. Its number.
    pub(super) fn open_tab(&mut self) -> usize {
        self.tabs += 1;
        self.tabs - 1
    }

    fn push(&mut self, tab: usize, action: Action) -> &mut Step {
        let mut step = Step::new(action);
        step.extension.tab = (tab > 0).then_some(tab);
        step.extension.group.clone_from(&self.group);
        let pending = std::mem::take(&mut self.next);
        step.extension.dialogs = pending.dialogs;
        step.extension.download = pending.download.then(Download::default);
        step.extension.think_ms = pending.think_ms;
        self.steps.push(step);
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }

    /// A step on an element; nothing when the locator says nothing that a selector can.
    fn push_on(
        &mut self,
        tab: usize,
        locator: &Locator,
        action: impl FnOnce(Selectors) -> Action,
    ) -> Option<&mut Step> {
        let located = self.locate(locator)?;
        let step = self.push(tab, action(located.selectors));
        step.extension.frames = located.frames;
        Some(step)
    }

    fn locate(&mut self, locator: &Locator) -> Option<Located> {
        let Some(located) = locator.locate() else {
            self.lost("a step whose locator cannot be written as a selector");
            return None;
        };
        for (severity, what) in &located.notes {
            self.note(*severity, what.clone());
        }
        Some(located)
    }

    pub(super) fn navigate(&mut self, tab: usize, url: &str) {
        let url = url.to_owned();
        self.push(tab, Action::Navigate { url });
    }

    pub(super) fn click(&mut self, tab: usize, locator: &Locator, click: &Click) {
        let count = click.count.unwrap_or(1);
        if count > 2 {
            self.changed(format!("{count} clicks in a row became a double click"));
        }
        let pointer = |selectors| Pointer {
            selectors,
            offset_x: click.position.map_or(NEAR_CORNER, |(x, _)| x),
            offset_y: click.position.map_or(NEAR_CORNER, |(_, y)| y),
            button: click.button,
            device: None,
            duration_ms: click.hold_ms,
        };
        let step = self.push_on(tab, locator, |selectors| match count {
            0 | 1 => Action::Click(pointer(selectors)),
            _ => Action::DoubleClick(pointer(selectors)),
        });
        if let Some(step) = step {
            step.extension.modifiers.clone_from(&click.modifiers);
            step.extension.at = click.position.is_none().then_some([0.5, 0.5]);
        }
    }

    pub(super) fn hover(&mut self, tab: usize, locator: &Locator, position: Option<(f64, f64)>) {
        if position.is_some() {
            self.changed("the pointer rests on the middle of the element, not on a point of it");
        }
        self.push_on(tab, locator, |selectors| Action::Hover { selectors });
    }

    pub(super) fn check(&mut self, tab: usize, locator: &Locator, on: bool) {
        self.fill(tab, locator, &on.to_string());
    }

    pub(super) fn fill(&mut self, tab: usize, locator: &Locator, text: &str) {
        let value = text.to_owned();
        self.push_on(tab, locator, |selectors| Action::Change {
            selectors,
            value,
        });
    }

    /// Template for the value of the step before.
    pub(super) fn template(&mut self, template: &str) {
        if let Some(step) = self.steps.last_mut() {
            step.extension.value = Some(template.to_owned());
        }
    }

    /// Key by key, after what the field holds.
    pub(super) fn type_into(
        &mut self,
        tab: usize,
        locator: &Locator,
        text: &str,
        delay_ms: Option<u64>,
    ) {
        self.changed("typed text replaces what the field holds, instead of being added to it");
        let value = text.to_owned();
        let step = self.push_on(tab, locator, |selectors| Action::Change {
            selectors,
            value,
        });
        if let Some(step) = step {
            step.extension.key_delay_ms = delay_ms.filter(|delay| *delay > 0);
        }
    }

    /// Typed where the focus is: into the element of the step before.
    pub(super) fn type_on(&mut self, text: &str, delay_ms: Option<u64>) {
        let before = self.steps.last().and_then(|step| {
            let selectors = step.action.selectors()?.clone();
            Some((selectors, step.extension.frames.clone(), step.extension.tab))
        });
        let Some((selectors, frames, tab)) = before else {
            self.lost("text that was typed into no known element");
            return;
        };
        self.changed("text typed by keyboard goes to the element of the step before");
        let value = text.to_owned();
        let step = self.push(tab.unwrap_or(0), Action::Change { selectors, value });
        step.extension.frames = frames;
        step.extension.key_delay_ms = delay_ms.filter(|delay| *delay > 0);
    }

    pub(super) fn press(&mut self, tab: usize, locator: Option<&Locator>, keys: &str) {
        let press = |selectors| {
            let keys = keys.to_owned();
            Action::Own(OwnStep::Press(Press { selectors, keys }))
        };
        match locator {
            // A key typed into a field of secrets is a part of the secret.
            Some(locator) if keys.chars().count() == 1 && Self::is_secret(locator) => {
                self.lost("a key pressed in what looks like a field of secrets");
            }
            Some(locator) => {
                self.push_on(tab, locator, |selectors| press(Some(selectors)));
            }
            None => {
                self.push(tab, press(None));
            }
        }
    }

    fn is_secret(locator: &Locator) -> bool {
        locator
            .locate()
            .is_some_and(|located| secret_of(&located.selectors).is_some())
    }

    pub(super) fn select(&mut self, tab: usize, locator: &Locator, options: &[String]) {
        let value = options.first().cloned().unwrap_or_default();
        let step = self.push_on(tab, locator, |selectors| Action::Change {
            selectors,
            value,
        });
        if let Some(step) = step
            && options.len() != 1
        {
            step.extension.values = Some(options.to_vec());
        }
    }

    pub(super) fn upload(&mut self, tab: usize, locator: &Locator, files: &[String]) {
        let files = files.to_vec();
        if !files.is_empty() {
            let listed = files.join("`, `");
            self.note(
                Severity::Advice,
                format!("put `{listed}` beside the flow: paths are relative to its file"),
            );
        }
        self.push_on(tab, locator, |selectors| {
            Action::Own(OwnStep::Upload(Upload { selectors, files }))
        });
    }

    /// Files given to the chooser that the click before opened.
    pub(super) fn upload_by_chooser(&mut self, files: &[String]) {
        let opener = self.steps.last_mut().filter(|step| {
            matches!(step.action, Action::Click(_)) && step.action.selectors().is_some()
        });
        let Some(opener) = opener else {
            self.lost("files for a chooser that no click before opened");
            return;
        };
        if let Some(selectors) = opener.action.selectors().cloned() {
            let files = files.to_vec();
            opener.action = Action::Own(OwnStep::Upload(Upload { selectors, files }));
            opener.extension.at = None;
            opener.extension.modifiers.clear();
        }
    }

    pub(super) fn drag(&mut self, tab: usize, from: &Locator, to: &Locator) {
        let Some(target) = self.locate(to) else {
            return;
        };
        self.push_on(tab, from, |selectors| {
            Action::Own(OwnStep::Drag(Drag {
                selectors,
                at: None,
                to: Some(target.selectors),
                to_at: None,
                by: None,
                path: Vec::new(),
                device: None,
            }))
        });
    }

    pub(super) fn scroll_to(&mut self, tab: usize, locator: &Locator) {
        self.push_on(tab, locator, |selectors| Action::Scroll {
            selectors: Some(selectors),
            x: None,
            y: None,
        });
    }

    pub(super) fn history(&mut self, tab: usize, history: History) {
        self.push(tab, Action::Own(OwnStep::History(history)));
    }

    pub(super) fn set_viewport(&mut self, tab: usize, width: u32, height: u32) {
        // Before anything is opened it is the size of the first page.
        if self.steps.is_empty() {
            self.viewport = viewport(width, height);
        } else {
            self.push(tab, Action::SetViewport(viewport(width, height)));
        }
    }

    pub(super) fn close(&mut self, tab: usize) {
        self.push(tab, Action::Close);
    }

    pub(super) fn wait(&mut self, tab: usize, locator: &Locator, visible: bool) {
        self.expect(tab, locator, visible, Check::default());
    }

    /// Waits for what the recorder saw appear.
    pub(super) fn appeared(&mut self, tab: usize, locator: &Locator) {
        let asserted = self.asserted;
        self.wait(tab, locator, true);
        self.asserted = asserted;
    }

    /// Waits for an element, and looks at it.
    pub(super) fn expect(&mut self, tab: usize, locator: &Locator, visible: bool, check: Check) {
        self.asserted = true;
        let wait = |selectors| {
            Action::WaitForElement(WaitForElement {
                selectors,
                operator: check.count.map(|_| CountOperator::Exactly),
                count: check.count,
                visible: (!visible).then_some(false),
                properties: None,
                attributes: check.attributes,
            })
        };
        if let Some(step) = self.push_on(tab, locator, wait)
            && check.expectation != Expectation::default()
        {
            step.extension.expect.push(check.expectation);
        }
    }

    /// Waits for an element, and for what a snapshot names in it.
    pub(super) fn expect_snapshot(&mut self, tab: usize, outer: &Locator, yaml: &str) {
        let found = snapshot(yaml);
        if found.left_out > 0 {
            self.changed(format!(
                "of the snapshot, {} lines without a name are not compared",
                found.left_out
            ));
        }
        let mut expectations = Vec::new();
        for one in found.nodes {
            let mut all = outer.clone();
            all.0.extend(one.0);
            if let Some(located) = all.locate() {
                expectations.push(Expectation {
                    selectors: Some(located.selectors),
                    visible: Some(true),
                    ..Expectation::default()
                });
            }
        }
        expectations.extend(found.texts.into_iter().map(|text| Expectation {
            contains: Some(text),
            ..Expectation::default()
        }));
        let before = self.steps.len();
        self.wait(tab, outer, true);
        if let Some(step) = self.steps.get_mut(before) {
            step.extension.expect = expectations;
        }
    }

    /// What must hold of the page after the step before.
    pub(super) fn expect_page(&mut self, expectation: Expectation) {
        self.asserted = true;
        match self.steps.last_mut() {
            Some(step) => step.extension.expect.push(expectation),
            None => self.lost("an assertion before the first step"),
        }
    }

    /// The step before went to this address.
    pub(super) fn navigated(&mut self, url: &str) {
        if let Some(step) = self.steps.last_mut()
            && !matches!(step.action, Action::Navigate { .. })
            && step.asserted_events.is_empty()
        {
            step.asserted_events.push(AssertedEvent {
                url: Some(url.to_owned()),
                title: None,
                other: Map::new(),
            });
        }
    }

    /// The step before started a download.
    pub(super) fn downloaded(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step.extension.download = Some(Download::default());
        }
    }

    /// The next action starts a download.
    pub(super) fn will_download(&mut self) {
        self.next.download = true;
    }

    /// The next action opens this dialog.
    pub(super) fn will_open(&mut self, dialog: Dialog) {
        self.next.dialogs.push(dialog);
    }

    /// A dialog that Playwright closed, of a kind that the recording does not tell.
    pub(super) fn dialog_closed(&mut self) {
        self.note(
            Severity::Advice,
            "a dialog opens here, and is closed as Playwright does (`confirm` and `prompt` are \
             cancelled): write `x-rehearsal.dialogs` to say more",
        );
    }

    /// The next action comes after a pause.
    pub(super) fn pause(&mut self, ms: u64) {
        self.changed(format!(
            "a pause of {ms} ms became the think time of the next step"
        ));
        self.next.think_ms = Some(self.next.think_ms.unwrap_or(0).saturating_add(ms));
    }

    /// An address as [`Expectation::url`] has it: without the site that the flow begins on.
    pub(super) fn url_pattern(&self, url: &str) -> String {
        let first = self.steps.iter().find_map(|step| match &step.action {
            Action::Navigate { url } => Url::parse(url).ok(),
            _ => None,
        });
        match (first, Url::parse(url)) {
            (Some(first), Ok(parsed)) if first.origin() == parsed.origin() => {
                let query = parsed
                    .query()
                    .map_or_else(String::new, |query| format!("?{query}"));
                format!("{}{query}", parsed.path())
            }
            _ => url.to_owned(),
        }
    }

    /// The flow, with what is to be said of it as a whole.
    pub(super) fn finish(mut self) -> Imported {
        let first = Step::new(Action::SetViewport(self.viewport));
        self.steps.insert(0, first);
        if self.steps.len() > MAX_STEPS {
            let lost = self.steps.len() - MAX_STEPS;
            self.lost(format!(
                "the last {lost} steps: a flow has at most {MAX_STEPS}"
            ));
            self.steps.truncate(MAX_STEPS);
        }
        if self.steps.len() > 1 && !self.steps.iter().any(|step| is_drag(&step.action)) {
            self.notes.push(Note::advice(
                NotePlace::File,
                "Playwright's recorder writes down no drag and drop, no wheel, no pasting and no \
                 pauses: where something appears in the site that no step makes, a step is \
                 missing. Play the flow, and look in the site's data whether all of it is there",
            ));
        }
        if self.steps.len() > 1 && !self.asserted {
            self.notes.push(Note::advice(
                NotePlace::File,
                "nothing checks how it ends: add `x-rehearsal.expect` to the last step",
            ));
        }
        Imported {
            flow: Flow {
                title: self.title,
                timeout_ms: None,
                selector_attribute: None,
                steps: self.steps,
                extension: FlowExtension::default(),
                other: Map::new(),
            },
            notes: self.notes,
        }
    }
}

fn is_drag(action: &Action) -> bool {
    matches!(action, Action::Own(OwnStep::Drag(_)))
}

fn viewport(width: u32, height: u32) -> Viewport {
    let (width, height) = (width.min(MAX_SIZE), height.min(MAX_SIZE));
    Viewport {
        width,
        height,
        device_scale_factor: 1.0,
        is_mobile: false,
        has_touch: false,
        is_landscape: width > height,
    }
}

/// Modifiers of a bit mask: Alt 1, Control 2, Meta 4, Shift 8. Control and Meta are what they are
/// on the machine of whoever recorded it.
pub(super) fn modifiers_of(mask: u64) -> Vec<Modifier> {
    let held = [
        (1, Modifier::Alt),
        (6, Modifier::ControlOrMeta),
        (8, Modifier::Shift),
    ];
    let held = held.into_iter().filter(|(bits, _)| mask & bits != 0);
    held.map(|(_, modifier)| modifier).collect()
}

/// A flow's title by its file's name: `oscar.spec.ts` is `oscar`.
pub(super) fn title_of(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let mut stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    for suffix in [".spec", ".test", ".e2e"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    let stem = stem.strip_prefix("test_").unwrap_or(stem);
    if stem.is_empty() { "recording" } else { stem }.to_owned()
}
