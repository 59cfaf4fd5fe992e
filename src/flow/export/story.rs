//! A flow as [`Statement`]s that drive Playwright.

use std::collections::BTreeMap;

use super::super::import::{Note, NotePlace};
use super::super::{
    Action, Effect, Expectation, Extraction, Flow, Group, Repeat, Selectors, Source, Step,
    StepExtension,
};
use super::code::{Event, Expr, Statement, Times};
use super::values::Values;
use super::{locators, pattern};

/// A flow, told in statements.
pub(super) struct Story {
    pub(super) body: Vec<Statement>,
    pub(super) values: Values,
    pub(super) notes: Vec<Note>,
    /// Tab of each step.
    tabs: Vec<usize>,
    /// Tabs that each step opens.
    opens: BTreeMap<usize, Vec<usize>>,
    pub(super) origin: Option<String>,
}

/// Tells a flow.
pub(super) fn tell(flow: &Flow) -> Story {
    let tabs = tabs(flow);
    let mut story = Story {
        body: Vec::new(),
        values: Values::default(),
        notes: Vec::new(),
        opens: BTreeMap::new(),
        tabs,
        origin: flow
            .origin()
            .map(|origin| origin.origin().ascii_serialization()),
    };
    story.find_openers(flow);
    let mut body = Vec::new();
    let mut index = 0;
    while index < flow.steps.len() {
        let group = flow.steps[index].extension.group.as_deref();
        let mut end = index + 1;
        while end < flow.steps.len() && flow.steps[end].extension.group.as_deref() == group {
            end += 1;
        }
        let inside = story.steps(flow, index, end);
        match group {
            None => body.extend(inside),
            Some(name) => body.extend(story.group(flow, index, name, inside)),
        }
        index = end;
    }
    for reference in story.values.unknown() {
        story.note(Note::advice(
            NotePlace::File,
            format!("`{{{{{reference}}}}}` has no recorded sample: fill it in among the data"),
        ));
    }
    if story.values.feeds.contains_key("date") {
        story.note(Note::changed(
            NotePlace::File,
            "`{{date.…}}` stands still at the day of the recording",
        ));
    }
    if flow
        .steps
        .iter()
        .any(|step| step.extension.effect.is_some())
    {
        story.note(Note::lost(
            NotePlace::File,
            "what steps caused when they were recorded (`effect`) is not waited for, but for \
             navigations: Playwright waits for the next element instead",
        ));
    }
    story.body = body;
    story
}

/// Tab of each step: as the flow numbers them, else by the URL of its target.
fn tabs(flow: &Flow) -> Vec<usize> {
    let numbered = flow.steps.iter().filter_map(|step| step.extension.tab);
    let mut next = numbered.max().unwrap_or(0).saturating_add(1);
    let mut by_url: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tabs = Vec::new();
    for step in &flow.steps {
        let target = step.target.as_deref().filter(|target| *target != "main");
        tabs.push(match (step.extension.tab, target) {
            (Some(tab), _) => tab,
            (None, None) => 0,
            (None, Some(url)) => *by_url.entry(url).or_insert_with(|| {
                let tab = next;
                next = next.saturating_add(1);
                tab
            }),
        });
    }
    tabs
}

fn page_name(tab: usize) -> String {
    match tab {
        0 => "page".to_owned(),
        _ => format!("page{tab}"),
    }
}

impl Story {
    pub(super) fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn lost(&mut self, index: usize, what: impl Into<String>) {
        self.note(Note::lost(NotePlace::Step(index), what));
    }

    pub(super) fn changed(&mut self, index: usize, what: impl Into<String>) {
        self.note(Note::changed(NotePlace::Step(index), what));
    }

    /// The step that opens a tab is the last one on another tab that a person did.
    fn find_openers(&mut self, flow: &Flow) {
        let mut known = vec![0];
        for (index, tab) in self.tabs.clone().into_iter().enumerate() {
            if known.contains(&tab) {
                continue;
            }
            known.push(tab);
            let opener = (0..index).rev().find(|before| {
                let action = &flow.steps[*before].action;
                self.tabs[*before] != tab
                    && matches!(
                        action,
                        Action::Click(_)
                            | Action::DoubleClick(_)
                            | Action::KeyDown { .. }
                            | Action::Change { .. }
                            | Action::Own(_)
                    )
            });
            match opener {
                Some(opener) => {
                    self.opens.entry(opener).or_default().push(tab);
                    if flow.steps[index].extension.tab.is_none() {
                        self.note(Note::advice(
                            NotePlace::Step(index),
                            "its target is taken for a popup; the Recorder writes frames of other \
                             processes in the same way",
                        ));
                    }
                    if flow.steps[opener].extension.group.is_some() {
                        self.note(Note::advice(
                            NotePlace::Step(opener),
                            "opens a tab within a group: its variable may have to be declared \
                             outside",
                        ));
                    }
                }
                None => self.lost(index, "no step before it opens its tab"),
            }
        }
    }

    /// Steps from `start` to before `end`.
    fn steps(&mut self, flow: &Flow, start: usize, end: usize) -> Vec<Statement> {
        let mut out = Vec::new();
        let mut index = start;
        while index < end {
            let step = &flow.steps[index];
            let next = flow.steps.get(index + 1).filter(|_| index + 1 < end);
            // A key that is pressed and released is one press.
            let release = next.filter(|next| {
                let same = match (&step.action, &next.action) {
                    (Action::KeyDown { key }, Action::KeyUp { key: up }) => key == up,
                    _ => false,
                };
                same && next.extension == StepExtension::default()
            });
            out.extend(self.step(flow, index, release));
            index += if release.is_some() { 2 } else { 1 };
        }
        out
    }

    /// One step; `release` is the release of the key that it presses.
    fn step(&mut self, flow: &Flow, index: usize, release: Option<&Step>) -> Vec<Statement> {
        let step = &flow.steps[index];
        let extension = &step.extension;
        let page = page_name(self.tabs[index]);
        let root = self.root(step, index, &page);
        let mut body = match (&step.action, release) {
            (Action::KeyDown { key }, Some(_)) => {
                let keyboard = Expr::name(format!("{page}.keyboard"));
                let key = vec![Expr::text(key.clone())];
                vec![Statement::Do(keyboard.call("press", key))]
            }
            _ => super::actions::action(self, step, index, &page, &root),
        };
        let acts = !body.is_empty();
        for response in responses(step) {
            body = vec![Statement::Catch {
                page: page.clone(),
                name: format!("response{}", index + 1),
                event: Event::Response {
                    pattern: response.clone(),
                    url: pattern::whole(&response.url),
                },
                body,
            }];
        }
        if let Some(download) = &extension.download {
            let name = format!("download{}", index + 1);
            body = vec![Statement::Catch {
                page: page.clone(),
                name: name.clone(),
                event: Event::Download,
                body,
            }];
            if let Some(file) = &download.name {
                let pattern = format!("^{}$", pattern::escaped(file).replace(r"\*", ".*"));
                body.push(Statement::FileName {
                    download: name,
                    pattern,
                });
            }
            if download.at_least_bytes.is_some() {
                self.lost(index, "the size of the download is not checked");
            }
        }
        for tab in self.opens.get(&index).cloned().unwrap_or_default() {
            body = vec![Statement::Catch {
                page: page.clone(),
                name: page_name(tab),
                event: Event::Popup,
                body,
            }];
        }
        if !extension.dialogs.is_empty() {
            let dialogs = extension.dialogs.clone();
            let page = page.clone();
            body.insert(0, Statement::Dialogs { page, dialogs });
        }
        Self::navigations(step, &page, &mut body);
        if let Some(release) = release {
            Self::navigations(release, &page, &mut body);
        }
        for expectation in &extension.expect {
            self.expectation(step, expectation, &page, &root, &mut body);
        }
        for (name, extraction) in &extension.extract {
            body.push(self.extraction(step, index, name, extraction, &page, &root));
        }
        if body.is_empty() {
            return body;
        }
        let quiet = matches!(
            step.action,
            Action::SetViewport(_) | Action::EmulateNetworkConditions { .. }
        ) || matches!(body.as_slice(), [Statement::Comment(_)]);
        if !quiet {
            body = vec![Statement::Part {
                name: step.label(),
                given: extension.name.is_some(),
                body,
            }];
        }
        if extension.optional && acts {
            if let Some(selectors) = step.action.selectors() {
                let element = extension.element.as_deref();
                let change = locators::is_change(step);
                let element = locators::locator(root, selectors, element, change);
                body = vec![Statement::IfThere { element, body }];
            } else {
                self.lost(index, "`optional`: it has no element that could be absent");
            }
        }
        if let Some(ms) = extension.think_ms.filter(|ms| *ms > 0) {
            body.insert(0, Statement::Pause(ms));
        }
        body
    }

    /// The page, or the frame in it, where a step looks for its element.
    fn root(&mut self, step: &Step, index: usize, page: &str) -> Expr {
        let mut root = Expr::name(page);
        if !step.extension.frames.is_empty() {
            for frame in &step.extension.frames {
                root = locators::locator(root, frame, None, false).call("contentFrame", Vec::new());
            }
        } else if !step.frame.is_empty() {
            for place in &step.frame {
                root = root
                    .call("locator", vec![Expr::text("iframe, frame")])
                    .call("nth", vec![Expr::Number(*place as f64)])
                    .call("contentFrame", Vec::new());
            }
            let what = "its frame is known by its place only; a selector would last longer";
            self.note(Note::advice(NotePlace::Step(index), what));
        }
        root
    }

    fn navigations(step: &Step, page: &str, body: &mut Vec<Statement>) {
        let opened = match &step.action {
            Action::Navigate { url } => pattern::alike(url),
            _ => None,
        };
        let page = Expr::name(page);
        let effect = step.extension.effect.as_ref();
        let caused = effect.and_then(|Effect { navigation, .. }| navigation.as_deref());
        if let Some(caused) = caused.filter(|_| step.asserted_events.is_empty()) {
            let url = Expr::Regex(pattern::whole(caused));
            body.push(Statement::Do(page.clone().call("waitForURL", vec![url])));
        }
        for event in &step.asserted_events {
            match event.url.as_deref().filter(|url| !url.is_empty()) {
                Some(url) => {
                    let alike = pattern::alike(url).filter(|alike| opened.as_ref() != Some(alike));
                    if let Some(alike) = alike {
                        let url = vec![Expr::Regex(alike)];
                        body.push(Statement::Do(page.clone().call("waitForURL", url)));
                    }
                }
                None if opened.is_none() => {
                    let load = page.clone().call("waitForLoadState", Vec::new());
                    body.push(Statement::Do(load));
                }
                None => {}
            }
            if let Some(title) = event.title.as_deref().filter(|title| !title.is_empty()) {
                let title = Expr::text(title);
                body.push(Statement::Do(Expr::expect(
                    page.clone(),
                    "toHaveTitle",
                    vec![title],
                )));
            }
        }
    }

    fn expectation(
        &mut self,
        step: &Step,
        expectation: &Expectation,
        page: &str,
        root: &Expr,
        body: &mut Vec<Statement>,
    ) {
        let mut push = |expect| body.push(Statement::Do(expect));
        if let Some(url) = &expectation.url {
            let url = Expr::Regex(pattern::whole(url));
            push(Expr::expect(Expr::name(page), "toHaveURL", vec![url]));
        }
        if let Some(title) = &expectation.title {
            let title = self.values.text(title);
            push(Expr::expect(Expr::name(page), "toHaveTitle", vec![title]));
        }
        let Some(selectors) = expectation.selectors.as_ref().or(step.action.selectors()) else {
            return;
        };
        let own = expectation.selectors.is_none();
        let element = step.extension.element.as_deref().filter(|_| own);
        let change = own && locators::is_change(step);
        let found = locators::locator(root.clone(), selectors, element, change);
        let mut is = |matcher, arguments| push(Expr::expect(found.clone(), matcher, arguments));
        match expectation.visible {
            Some(true) => is("toBeVisible", Vec::new()),
            Some(false) => is("toBeHidden", Vec::new()),
            None => {}
        }
        if let Some(text) = &expectation.text {
            is("toHaveText", vec![self.values.text(text)]);
        }
        if let Some(text) = &expectation.contains {
            is("toContainText", vec![self.values.text(text)]);
        }
        if let Some(source) = &expectation.matches {
            is("toHaveText", vec![Expr::Pattern(source.clone())]);
        }
        if let Some(value) = &expectation.value {
            is("toHaveValue", vec![self.values.text(value)]);
        }
        if let Some(checked) = expectation.checked {
            let expect = Expr::expect(found.clone(), "toBeChecked", Vec::new());
            push(if checked {
                expect
            } else {
                expect.with("checked", Expr::Bool(false))
            });
        }
        match expectation.enabled {
            Some(true) => push(Expr::expect(found.clone(), "toBeEnabled", Vec::new())),
            Some(false) => push(Expr::expect(found.clone(), "toBeDisabled", Vec::new())),
            None => {}
        }
        if let Some(count) = expectation.count {
            let all = visible(locators::list(root, selectors));
            let count = vec![Expr::Number(count as f64)];
            push(Expr::expect(all, "toHaveCount", count));
        }
    }

    fn extraction(
        &mut self,
        step: &Step,
        index: usize,
        name: &str,
        extraction: &Extraction,
        page: &str,
        root: &Expr,
    ) -> Statement {
        let (variable, new) = self.values.variable(name);
        if !new {
            self.changed(index, format!("`{name}` is read a second time"));
        }
        let selectors: Option<&Selectors> =
            extraction.selectors.as_ref().or(step.action.selectors());
        let own = extraction.selectors.is_none();
        let element = step.extension.element.as_deref().filter(|_| own);
        let change = own && locators::is_change(step);
        let page = Expr::name(page);
        let value = match (extraction.from, selectors) {
            (Some(Source::Url), _) => page.call("evaluate", vec![Expr::Script(LOCATION.into())]),
            (Some(Source::Title), _) | (_, None) => page.call("title", Vec::new()),
            (from, Some(selectors)) => {
                let found = locators::locator(root.clone(), selectors, element, change);
                match (&extraction.attribute, from) {
                    (Some(attribute), _) => {
                        found.call("getAttribute", vec![Expr::text(attribute.clone())])
                    }
                    (None, Some(Source::Value)) => found.call("inputValue", Vec::new()),
                    _ => found.call("innerText", Vec::new()),
                }
            }
        };
        Statement::Let {
            name: variable,
            value,
            pattern: extraction.pattern.clone(),
        }
    }

    fn group(
        &mut self,
        flow: &Flow,
        first: usize,
        name: &str,
        inside: Vec<Statement>,
    ) -> Vec<Statement> {
        let group = flow.extension.groups.get(name).cloned();
        let Group { repeat, optional } = group.unwrap_or_default();
        let step = &flow.steps[first];
        let page = page_name(self.tabs[first]);
        let root = self.root(step, first, &page);
        let mut body = inside;
        if let Some(repeat) = repeat {
            let times = match repeat {
                Repeat::Times(times) => Times::Fixed(times),
                Repeat::Between([least, most]) => Times::Between(least, most),
                Repeat::While(while_) => Times::While {
                    visible: locators::list(&root, &while_.visible).call("first", Vec::new()),
                    at_most: while_.at_most,
                },
            };
            body = vec![Statement::Loop { times, body }];
        }
        if optional {
            if let Some(selectors) = step.action.selectors() {
                let found = locators::locator(
                    root,
                    selectors,
                    step.extension.element.as_deref(),
                    locators::is_change(step),
                );
                body = vec![Statement::IfThere {
                    element: found,
                    body,
                }];
            } else {
                let what = format!("group `{name}` is optional, and its first step has no element");
                self.lost(first, what);
            }
        }
        vec![Statement::Part {
            name: name.to_owned(),
            given: true,
            body,
        }]
    }
}

const LOCATION: &str = "() => location.href";

/// Only what is visible.
pub(super) fn visible(found: Expr) -> Expr {
    found
        .call("filter", Vec::new())
        .with("visible", Expr::Bool(true))
}

/// Responses that a step is expected to cause.
fn responses(step: &Step) -> impl Iterator<Item = &super::super::ResponsePattern> {
    let expected = step.extension.expect.iter();
    expected.filter_map(|expectation| expectation.response.as_ref())
}
