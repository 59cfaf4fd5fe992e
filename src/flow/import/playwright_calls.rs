//! The calls of a test script: which of them make locators, which are steps, which are neither.

use serde_json::{Map, Value as Json, json};

use crate::flow::{Button, Dialog, DialogKind, Direction, Expectation, History, Modifier};

use super::playwright_assert::assert;
use super::playwright_locator::{Locator, Match, Piece};
use super::playwright_script::Script;
use super::playwright_selector::parse;
use super::playwright_steps::Click;
use super::playwright_syntax::{Chain, Expr, Link};
use super::playwright_tokens::Kind;

/// What a name in a script stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A tab.
    Page(usize),
    /// Elements in a tab, or a frame in which the next ones are looked for.
    Locator(usize, Locator),
    Keyboard,
    Mouse,
    /// A popup that an action will open.
    Popup,
    /// A file chooser that an action will open.
    Chooser,
    /// The results of several calls.
    Several(Vec<Value>),
    Text(String),
    /// An environment variable.
    Secret(String),
    /// Something that needs no step.
    Known,
    Other,
}

/// Arguments by name, as JSON.
pub(super) struct Arguments(pub(super) Json);

impl Arguments {
    pub(super) fn of(expr: &Expr) -> Self {
        Self(to_json(expr))
    }
}

fn to_json(expr: &Expr) -> Json {
    match expr {
        Expr::Text(text) => json!(text),
        Expr::Number(number) => json!(number),
        Expr::Flag(flag) => json!(flag),
        Expr::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Expr::Object(members) => {
            let member = |(key, value): &(String, Expr)| (key.clone(), to_json(value));
            Json::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        _ => Json::Null,
    }
}

/// Text of an argument, or why there is none.
pub(super) enum Typed {
    Plain(String),
    Secret(String),
    Unknown,
}

/// Names of objects that Playwright's scripts begin with, and that are no page.
const ROOTS: [&str; 13] = [
    "require",
    "context",
    "browser",
    "playwright",
    "chromium",
    "firefox",
    "webkit",
    "console",
    "asyncio",
    "syncPlaywright",
    "asyncPlaywright",
    "sync_playwright",
    "async_playwright",
];

/// Calls that do nothing a flow would have to do.
const NEEDLESS: [&str; 12] = [
    "bringToFront",
    "pause",
    "highlight",
    "waitForFunction",
    "newContext",
    "launch",
    "close",
    "log",
    "run",
    "catch",
    "then",
    "dispose",
];

impl Script<'_> {
    /// Carries out a chain from left to right.
    pub(super) fn call_chain(&mut self, chain: &Chain, depth: usize) -> Value {
        let root = chain.root.as_str();
        if root == "test" || root == "it" {
            if self.test_call(&chain.links, depth).is_none() {
                let what = shown(root, &chain.links);
                self.builder.lost(format!("`{what}`"));
            }
            return Value::Other;
        }
        if root == "expect" {
            return self.expectation(chain, depth);
        }
        if root == "Promise" || root == "asyncio" {
            return self.several(chain, depth);
        }
        if root == "process" || root == "os" {
            return environment(&chain.links).map_or(Value::Other, Value::Secret);
        }
        let mut value = match self.names.get(root) {
            Some(value) => value.clone(),
            None if root == "page" => Value::Page(0),
            None if ROOTS.contains(&root) => Value::Known,
            None if root.is_empty() => Value::Other,
            None => {
                if chain.links.iter().any(|link| link.args.is_some()) {
                    let what = shown(root, &chain.links);
                    self.builder.lost(format!("`{what}`"));
                }
                return Value::Other;
            }
        };
        for (at, link) in chain.links.iter().enumerate() {
            if link.line > 0 {
                self.builder.at_line(link.line);
            }
            let called = self.link(&value, link, depth);
            value = match called {
                Some(value) => value,
                None => {
                    let what = shown(root, &chain.links[..=at]);
                    self.builder.lost(format!("`{what}`"));
                    return Value::Other;
                }
            };
        }
        // `const page1 = await page1Promise`
        if chain.links.is_empty() {
            self.settled(value)
        } else {
            value
        }
    }

    /// The popup itself, once it is awaited.
    pub(super) fn settled(&mut self, value: Value) -> Value {
        match value {
            Value::Popup => Value::Page(self.builder.open_tab()),
            other => other,
        }
    }

    /// `Promise.all([page.waitForEvent('popup'), page.click('a')])`
    fn several(&mut self, chain: &Chain, depth: usize) -> Value {
        let args = chain
            .links
            .iter()
            .filter_map(|link| link.args.as_deref())
            .flatten();
        let mut values = Vec::new();
        for arg in args {
            let items = match arg {
                Expr::List(items) => items.as_slice(),
                other => std::slice::from_ref(other),
            };
            for item in items {
                values.push(match item {
                    Expr::Chain(chain) => self.call_chain(chain, depth),
                    _ => Value::Other,
                });
            }
        }
        Value::Several(values)
    }

    /// One link. `None` when it is not known.
    fn link(&mut self, value: &Value, link: &Link, depth: usize) -> Option<Value> {
        let name = link.name.as_str();
        let args = link.args.as_deref().unwrap_or_default();
        match value {
            Value::Page(tab) => self.page_call(*tab, name, args, depth),
            Value::Locator(tab, locator) => self.locator_call(*tab, locator, name, args, depth),
            Value::Keyboard => self.keyboard_call(name, args),
            // Python's `info.value`.
            Value::Popup if name == "value" => Some(Value::Page(self.builder.open_tab())),
            Value::Chooser if name == "value" => Some(Value::Chooser),
            Value::Chooser if name == "setFiles" => {
                let files = self.strings(args.first());
                self.builder.upload_by_chooser(&files);
                Some(Value::Other)
            }
            Value::Known => match name {
                "newPage" if self.builder.is_empty() => Some(Value::Page(0)),
                "newPage" => {
                    self.builder.changed(
                        "a page that the script opens is taken for a tab that the site opens",
                    );
                    Some(Value::Page(self.builder.open_tab()))
                }
                "newContext" => {
                    for options in args {
                        self.apply_options(options);
                    }
                    Some(Value::Known)
                }
                "waitForEvent" | "expectPage" | "expectEvent" => Some(Value::Popup),
                "storageState" | "routeFromHar" | "routeFromHAR" | "route" | "addCookies"
                | "grantPermissions" | "addInitScript" | "tracing" | "clearCookies"
                | "setGeolocation" => None,
                _ => Some(Value::Known),
            },
            Value::Mouse => None,
            Value::Other if name.is_empty() => None,
            _ => Some(Value::Other),
        }
    }

    fn page_call(&mut self, tab: usize, name: &str, args: &[Expr], depth: usize) -> Option<Value> {
        if let Some(pieces) = self.pieces(name, args, depth) {
            return Some(Value::Locator(tab, Locator(pieces)));
        }
        let text = |script: &mut Self| script.text(args.first());
        match name {
            "goto" => {
                let url = text(self)?;
                let url = self.absolute(&url);
                self.builder.navigate(tab, &url);
            }
            "goBack" | "goForward" | "reload" => {
                let go = match name {
                    "goBack" => Direction::Back,
                    "goForward" => Direction::Forward,
                    _ => Direction::Reload,
                };
                self.builder.history(tab, History { go });
            }
            "close" => {
                // The user's own tab is closed by the end of the iteration.
                if tab > 0 {
                    self.builder.close(tab);
                }
            }
            "setViewportSize" => {
                let Arguments(size) = Arguments::of(args.first()?);
                let number = |name: &str| size.get(name).and_then(Json::as_f64);
                let (width, height) = (number("width")?, number("height")?);
                self.builder.set_viewport(tab, width as u32, height as u32);
            }
            "waitForTimeout" => {
                let ms = args.first()?.number()?.clamp(0.0, 3_600_000.0);
                self.builder.pause(ms as u64);
            }
            "waitForLoadState" => {}
            "waitForURL" | "waitForUrl" => {
                let expectation = self.url_expectation(args.first())?;
                self.builder.expect_page(expectation);
            }
            "waitForSelector" => {
                let locator = parse(&text(self)?);
                self.wait(tab, &locator, args.get(1));
            }
            "waitForEvent" | "expectEvent" | "expectPopup" | "expectDownload"
            | "expectFileChooser" => {
                let event = if name.ends_with("Event") {
                    text(self)?
                } else {
                    name.to_owned()
                };
                return match event.as_str() {
                    "popup" | "expectPopup" => Some(Value::Popup),
                    "filechooser" | "expectFileChooser" => Some(Value::Chooser),
                    "download" | "expectDownload" => {
                        self.builder.will_download();
                        Some(Value::Known)
                    }
                    _ => None,
                };
            }
            "on" | "once" => {
                let event = text(self)?;
                if event != "dialog" {
                    return None;
                }
                self.dialog(args.get(1), name == "on");
            }
            "keyboard" => return Some(Value::Keyboard),
            "mouse" | "touchscreen" => return Some(Value::Mouse),
            "mainFrame" => return Some(Value::Page(tab)),
            "context" => return Some(Value::Known),
            // What other test runners hand out.
            "" => return None,
            name if NEEDLESS.contains(&name) => {}
            // `page.click('#buy')` is `page.locator('#buy').click()`.
            name if DEEDS.contains(&name) => {
                let locator = parse(&text(self)?);
                return self.locator_call(tab, &locator, name, &args[1..], depth);
            }
            _ => return None,
        }
        Some(Value::Other)
    }

    fn keyboard_call(&mut self, name: &str, args: &[Expr]) -> Option<Value> {
        let text = self.text(args.first())?;
        match name {
            "press" => self.builder.press(0, None, &text),
            "type" | "insertText" => self.builder.type_on(&text, delay(args)),
            _ => return None,
        }
        Some(Value::Other)
    }

    fn locator_call(
        &mut self,
        tab: usize,
        locator: &Locator,
        name: &str,
        args: &[Expr],
        depth: usize,
    ) -> Option<Value> {
        if let Some(pieces) = self.pieces(name, args, depth) {
            let mut all = locator.clone();
            all.0.extend(pieces);
            if all.is_excessive() {
                return None;
            }
            return Some(Value::Locator(tab, all));
        }
        let options = args.iter().find(|arg| matches!(arg, Expr::Object(_)));
        match name {
            "click" | "dblclick" | "tap" => {
                let mut click = click_of(options);
                if name == "dblclick" {
                    click.count = Some(2);
                }
                self.builder.click(tab, locator, &click);
                if name == "tap" {
                    self.builder.changed("a tap became a click");
                }
            }
            "hover" => self.builder.hover(tab, locator, click_of(options).position),
            "fill" | "type" | "pressSequentially" | "clear" => self.fill(tab, locator, name, args),
            "press" => {
                let keys = self.text(args.first())?;
                self.builder.press(tab, Some(locator), &keys);
            }
            "check" => self.builder.check(tab, locator, true),
            "uncheck" => self.builder.check(tab, locator, false),
            "setChecked" => {
                let Some(Expr::Flag(on)) = args.first() else {
                    return None;
                };
                self.builder.check(tab, locator, *on);
            }
            "selectOption" => self.select(tab, locator, args.first())?,
            "setInputFiles" => {
                let files = self.strings(args.first());
                if files.is_empty() {
                    self.builder.changed(
                        "files that the script makes itself, or none: name them in `files`",
                    );
                }
                self.builder.upload(tab, locator, &files);
            }
            "dragTo" => {
                let target = self.locator_of(args.first(), depth)?;
                if options.is_some() {
                    self.builder.changed("the drag goes from middle to middle");
                }
                self.builder.drag(tab, locator, &target);
            }
            // The old form names the target.
            "dragAndDrop" => {
                let target = parse(&self.text(args.first())?);
                self.builder.drag(tab, locator, &target);
            }
            "scrollIntoViewIfNeeded" => self.builder.scroll_to(tab, locator),
            "waitFor" => self.wait(tab, locator, options),
            "focus" => self
                .builder
                .changed("a focus without a step: the next key press gives it"),
            name if NEEDLESS.contains(&name) => {}
            _ => return None,
        }
        Some(Value::Other)
    }

    /// Pieces that a call adds to a locator; `None` when it makes none.
    fn pieces(&mut self, name: &str, args: &[Expr], depth: usize) -> Option<Vec<Piece>> {
        if depth > 20 {
            return None;
        }
        let options = args.iter().find(|arg| matches!(arg, Expr::Object(_)));
        let option = |name: &str| options.and_then(|options| options.member(name));
        let exact = matches!(option("exact"), Some(Expr::Flag(true)));
        let first = args.first();
        let attribute = |name: &str, value: Match| Piece::Attribute {
            name: name.to_owned(),
            value,
        };
        Some(match name {
            "getByRole" => {
                let role = self.text(first)?;
                let known = ["name", "description", "exact", "includeHidden"];
                let states = match options {
                    Some(Expr::Object(members)) => {
                        let others = members.iter().map(|(key, _)| key.clone());
                        others
                            .filter(|key| !known.contains(&key.as_str()))
                            .collect()
                    }
                    _ => Vec::new(),
                };
                vec![Piece::Role {
                    role,
                    name: option("name").map(|text| self.compared(text, exact)),
                    description: option("description").map(|text| self.compared(text, exact)),
                    states,
                }]
            }
            "getByText" => vec![Piece::Text(self.compared(first?, exact))],
            "getByLabel" => vec![Piece::Label(self.compared(first?, exact))],
            "getByPlaceholder" => vec![attribute("placeholder", self.compared(first?, exact))],
            "getByAltText" => vec![attribute("alt", self.compared(first?, exact))],
            "getByTitle" => vec![attribute("title", self.compared(first?, exact))],
            "getByTestId" => {
                let name = self.test_id.clone();
                vec![attribute(&name, self.compared(first?, true))]
            }
            "locator" | "frameLocator" | "filter" => {
                let mut out = match first {
                    Some(Expr::Chain(_)) => match self.text(first) {
                        Some(selector) => parse(&selector).0,
                        None => self.locator_of(first, depth)?.0,
                    },
                    Some(Expr::Text(selector)) => parse(selector).0,
                    _ if name == "filter" => Vec::new(),
                    _ => return None,
                };
                if let Some(text) = option("hasText") {
                    out.push(Piece::HasText(self.compared(text, false)));
                }
                if let Some(text) = option("hasNotText") {
                    out.push(Piece::HasNotText(self.compared(text, false)));
                }
                if let Some(inner) = option("has") {
                    out.push(Piece::Has(self.locator_of(Some(inner), depth)?));
                }
                if let Some(inner) = option("hasNot") {
                    out.push(Piece::HasNot(self.locator_of(Some(inner), depth)?));
                }
                if let Some(Expr::Flag(visible)) = option("visible") {
                    out.push(Piece::Visible(*visible));
                }
                if name == "frameLocator" {
                    out.push(Piece::EnterFrame);
                }
                out
            }
            "frame" => {
                let name = match option("name").or(first) {
                    Some(Expr::Text(name)) => name.clone(),
                    _ => return None,
                };
                let css = format!("iframe[name=\"{}\"]", name.replace(['"', '\\'], ""));
                vec![Piece::Css(css), Piece::EnterFrame]
            }
            "contentFrame" => vec![Piece::EnterFrame],
            "first" => vec![Piece::Nth(0)],
            "last" => vec![Piece::Nth(-1)],
            "nth" => vec![Piece::Nth(first?.number()? as i64)],
            "and" => vec![Piece::And(self.locator_of(first, depth)?)],
            "or" => vec![Piece::Or(self.locator_of(first, depth)?)],
            "describe" | "owner" | "pierceFrames" => Vec::new(),
            _ => return None,
        })
    }

    fn locator_of(&mut self, expr: Option<&Expr>, depth: usize) -> Option<Locator> {
        let Some(Expr::Chain(chain)) = expr else {
            return None;
        };
        match self.call_chain(chain, depth + 1) {
            Value::Locator(_, locator) => Some(locator),
            _ => None,
        }
    }

    fn compared(&mut self, expr: &Expr, exact: bool) -> Match {
        match expr {
            Expr::Pattern(source) => Match::Regex(source.clone()),
            other => {
                let text = self.text(Some(other)).unwrap_or_else(|| {
                    self.builder.lost("a name that the script computes");
                    String::new()
                });
                if exact {
                    Match::Exact(text)
                } else {
                    Match::Part(text)
                }
            }
        }
    }

    /// A text that stands in the script.
    pub(super) fn text(&self, expr: Option<&Expr>) -> Option<String> {
        match expr? {
            Expr::Text(text) => Some(text.clone()),
            Expr::Number(number) => Some(number.to_string()),
            Expr::Chain(chain) if chain.links.is_empty() => match self.names.get(&chain.root) {
                Some(Value::Text(text)) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    fn typed(&self, expr: Option<&Expr>) -> Typed {
        if let Some(text) = self.text(expr) {
            return Typed::Plain(text);
        }
        let Some(Expr::Chain(chain)) = expr else {
            return Typed::Unknown;
        };
        match self.names.get(&chain.root) {
            Some(Value::Secret(name)) if chain.links.is_empty() => Typed::Secret(name.clone()),
            _ if chain.root == "process" || chain.root == "os" => {
                environment(&chain.links).map_or(Typed::Unknown, Typed::Secret)
            }
            _ => Typed::Unknown,
        }
    }

    /// One text or a list of them.
    fn strings(&self, expr: Option<&Expr>) -> Vec<String> {
        match expr {
            Some(Expr::List(items)) => items
                .iter()
                .filter_map(|item| self.text(Some(item)))
                .collect(),
            other => self.text(other).into_iter().collect(),
        }
    }

    fn fill(&mut self, tab: usize, locator: &Locator, name: &str, args: &[Expr]) {
        let typed = if name == "clear" {
            Typed::Plain(String::new())
        } else {
            self.typed(args.first())
        };
        match (typed, name) {
            (Typed::Plain(text), "fill" | "clear") => self.builder.fill(tab, locator, &text),
            (Typed::Plain(text), _) => self.builder.type_into(tab, locator, &text, delay(args)),
            (Typed::Secret(variable), _) => {
                self.builder.fill(tab, locator, "-");
                self.builder.template(&format!("{{{{secret.{variable}}}}}"));
            }
            (Typed::Unknown, _) => {
                self.builder.lost(
                    "a value that the script computes: write a template into `x-rehearsal.value`",
                );
                self.builder.fill(tab, locator, "-");
            }
        }
    }

    fn select(&mut self, tab: usize, locator: &Locator, choice: Option<&Expr>) -> Option<()> {
        let items = match choice? {
            Expr::List(items) => items.clone(),
            other => vec![other.clone()],
        };
        let mut options = Vec::new();
        for item in &items {
            let text = match item {
                Expr::Object(_) => self.text(item.member("value").or_else(|| item.member("label"))),
                other => self.text(Some(other)),
            };
            match text {
                Some(text) => options.push(text),
                None => self
                    .builder
                    .lost("an option that is chosen by its place or by a computed value"),
            }
        }
        if !options.is_empty() || items.is_empty() {
            self.builder.select(tab, locator, &options);
        }
        Some(())
    }

    fn wait(&mut self, tab: usize, locator: &Locator, options: Option<&Expr>) {
        let state = options.and_then(|options| self.text(options.member("state")));
        let gone = matches!(state.as_deref(), Some("hidden" | "detached"));
        if state.as_deref() == Some("attached") {
            self.builder
                .changed("waits until it is visible, not only there");
        }
        self.builder.wait(tab, locator, !gone);
    }

    /// Address with the base that the script is given.
    fn absolute(&mut self, url: &str) -> String {
        if url.contains("://") || url.starts_with("about:") || url.starts_with("data:") {
            return url.to_owned();
        }
        let base = self.base.clone().unwrap_or_else(|| {
            self.builder
                .changed("the address has no host: `http://localhost` was taken, give `--url`");
            "http://localhost".to_owned()
        });
        url::Url::parse(&base)
            .and_then(|base| base.join(url))
            .map_or_else(|_| url.to_owned(), String::from)
    }

    /// An address that the page must have. A pattern's `.*` is `**`.
    pub(super) fn url_expectation(&mut self, expr: Option<&Expr>) -> Option<Expectation> {
        let url = match expr? {
            Expr::Pattern(source) => pattern_of(source)?,
            other => {
                let url = self.text(Some(other))?;
                let url = if url.starts_with('*') {
                    url
                } else {
                    self.absolute(&url)
                };
                self.builder.url_pattern(&url)
            }
        };
        Some(Expectation {
            url: Some(url),
            ..Expectation::default()
        })
    }

    /// How a handler of dialogs answers.
    fn dialog(&mut self, handler: Option<&Expr>, always: bool) {
        let Some(Expr::Function(body)) = handler else {
            self.builder.dialog_closed();
            return;
        };
        let inside: Vec<Kind> = self.kinds(body.clone());
        let accepted = inside
            .iter()
            .position(|kind| *kind == Kind::Word("accept".to_owned()));
        let Some(at) = accepted else {
            self.builder.dialog_closed();
            return;
        };
        let text = inside[at..].iter().take(3).find_map(|kind| match kind {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        });
        let kind = if text.is_some() {
            DialogKind::Prompt
        } else {
            DialogKind::Confirm
        };
        self.builder.changed(if always {
            "only the next dialog is answered as here, and taken for the kind that fits the answer"
        } else {
            "the script does not say which kind of dialog it is: taken for the one that fits the answer"
        });
        self.builder.will_open(Dialog {
            kind,
            accept: true,
            text,
            message: None,
        });
    }

    /// `expect(locator).toBeVisible()`
    fn expectation(&mut self, chain: &Chain, depth: usize) -> Value {
        let mut links = chain.links.as_slice();
        // `expect.soft(…)`, `expect.poll(…)`
        let subject = links
            .first()
            .filter(|link| link.name.is_empty() || link.name == "soft");
        let subject = subject.and_then(|link| link.args.as_deref()?.first().cloned());
        links = links.get(1..).unwrap_or_default();
        let value = match &subject {
            Some(Expr::Chain(chain)) => self.call_chain(chain, depth + 1),
            _ => Value::Other,
        };
        let mut not = false;
        let mut understood = false;
        for link in links {
            self.builder.at_line(link.line);
            match (link.name.as_str(), link.args.as_deref()) {
                ("not", None) => not = true,
                (name, Some(args)) => {
                    let (name, negative) = match name.strip_prefix("notTo") {
                        Some(rest) => (format!("to{rest}"), !not),
                        None => (name.to_owned(), not),
                    };
                    understood = assert(self, &value, &name, args, negative).is_some();
                }
                _ => {}
            }
        }
        if !understood {
            let what = shown("expect", &chain.links);
            self.builder.lost(format!("`{what}`"));
        }
        Value::Other
    }
}

/// Calls of a locator that a page has too, with a selector in front.
const DEEDS: [&str; 14] = [
    "click",
    "dblclick",
    "tap",
    "hover",
    "fill",
    "type",
    "press",
    "check",
    "uncheck",
    "setChecked",
    "selectOption",
    "setInputFiles",
    "focus",
    "dragAndDrop",
];

fn click_of(options: Option<&Expr>) -> Click {
    let Some(options) = options else {
        return Click::default();
    };
    let Arguments(value) = Arguments::of(options);
    let number = |value: &Json, name: &str| value.get(name).and_then(Json::as_f64);
    let held = value.get("modifiers").and_then(Json::as_array);
    let held = held.into_iter().flatten().filter_map(Json::as_str);
    Click {
        button: match value.get("button").and_then(Json::as_str) {
            Some("right") => Some(Button::Secondary),
            Some("middle") => Some(Button::Auxiliary),
            _ => None,
        },
        modifiers: held
            .filter_map(|name| match name {
                "Alt" => Some(Modifier::Alt),
                "Control" => Some(Modifier::Control),
                "ControlOrMeta" => Some(Modifier::ControlOrMeta),
                "Meta" => Some(Modifier::Meta),
                "Shift" => Some(Modifier::Shift),
                _ => None,
            })
            .collect(),
        count: number(&value, "clickCount").map(|count| count as u64),
        position: value
            .get("position")
            .and_then(|position| Some((number(position, "x")?, number(position, "y")?))),
        hold_ms: number(&value, "delay"),
    }
}

fn delay(args: &[Expr]) -> Option<u64> {
    let delay = args.iter().find_map(|arg| arg.member("delay")?.number())?;
    Some(delay.clamp(0.0, 60_000.0) as u64)
}

/// `process.env.NAME`, `os.environ["NAME"]`, `os.getenv("NAME")`.
fn environment(links: &[Link]) -> Option<String> {
    let from = links
        .iter()
        .position(|link| ["env", "environ", "getenv"].contains(&link.name.as_str()))?;
    let texts = |link: &Link| match link.args.as_deref()?.first()? {
        Expr::Text(text) => Some(text.clone()),
        _ => None,
    };
    let name = links[from..].iter().find_map(texts).or_else(|| {
        let next = links.get(from + 1)?;
        // `camel` has read the name of a member, whose words were parted by `_`.
        next.args.is_none().then(|| next.name.clone())
    })?;
    let is_name = |character: char| character.is_alphanumeric() || "_-".contains(character);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// `/.*\/orders\/\d+/` is `**/orders/*`; `None` when it says more than that.
pub(super) fn pattern_of(source: &str) -> Option<String> {
    let open = source.strip_prefix('^');
    let body = open.unwrap_or(source);
    let (body, closed) = match body.strip_suffix('$') {
        Some(body) if !body.ends_with('\\') => (body, true),
        _ => (body, false),
    };
    let mut out = String::from(if open.is_some() { "" } else { "**" });
    let mut rest = body;
    while let Some(character) = rest.chars().next() {
        let any = ["\\d+", "[^/]+", "[^/]*", "\\w+", "[a-z0-9-]+", "\\d*"];
        if let Some(after) = rest.strip_prefix(".*").or_else(|| rest.strip_prefix(".+")) {
            out.push_str("**");
            rest = after;
        } else if let Some(after) = any.iter().find_map(|any| rest.strip_prefix(any)) {
            out.push('*');
            rest = after;
        } else if character == '\\' {
            let next = rest[1..]
                .chars()
                .next()
                .filter(|next| !next.is_alphanumeric())?;
            out.push(next);
            rest = &rest[1 + next.len_utf8()..];
        } else if "[](){}+*?|^$".contains(character) {
            return None;
        } else {
            // A dot that stands for any character nearly always means a dot.
            out.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    if !closed {
        out.push_str("**");
    }
    Some(out.replace("****", "**"))
}

/// A chain as notes show it: names only, since arguments may be secrets.
fn shown(root: &str, links: &[Link]) -> String {
    let mut out: String = root.chars().take(40).collect();
    for link in links.iter().take(8) {
        if !link.name.is_empty() {
            out.push('.');
            out.extend(link.name.chars().take(40));
        }
        match link.args.as_deref() {
            Some([]) => out.push_str("()"),
            Some(_) => out.push_str("(…)"),
            None => {}
        }
    }
    out
}
