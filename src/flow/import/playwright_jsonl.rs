//! Recordings of `playwright codegen --target jsonl`, as it writes them now and as it did before
//! July 2026 (`framePath` and `pageAlias` spread into the action).

use std::collections::HashMap;

use serde_json::Value;

use crate::flow::{Button, Expectation};

use super::playwright_locator::{Locator, Match, Piece};
use super::playwright_selector::{from_object, parse};
use super::playwright_steps::{Builder, Check, Click, modifiers_of, title_of};
use super::{ImportError, Imported, Severity};

/// Reads one object per line: options first, then actions.
pub(super) fn import(file: &str, text: &str) -> Result<Vec<Imported>, ImportError> {
    let mut recording = Recording {
        builder: Builder::new(&title_of(file)),
        pages: HashMap::new(),
        expected: None,
    };
    let mut actions = 0_usize;
    let mut start = 0;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut closed: Vec<(usize, usize)> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let end = start + line.len();
        let range = start..end;
        start = end;
        if line.trim().is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(line).map_err(|error| {
            let at = range.start + error.column().saturating_sub(1).min(line.len());
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            ImportError::new(file, text, at..at + 1, format!("not JSON: {said}")).with_help(
                "a recording of `playwright codegen --target jsonl` has one object per line",
            )
        })?;
        recording.builder.at_line(index + 1);
        let Some(name) = value.get("name").and_then(Value::as_str) else {
            if value.is_object() {
                recording.options(&value);
                continue;
            }
            let error = ImportError::new(file, text, range, "this is no action of Playwright");
            return Err(error.with_help("each line is an object with a `name`"));
        };
        actions += 1;
        // A page that is closed at the end needs no step: the iteration closes it.
        if name == "closePage" {
            closed.push((recording.page(&value), index + 1));
            continue;
        }
        if !closed.is_empty() {
            recording.expect_appeared();
        }
        for (tab, line) in closed.drain(..) {
            recording.builder.at_line(line);
            recording.builder.close(tab);
        }
        recording.builder.at_line(index + 1);
        recording.action(name, &value);
        recording.signals(&value);
    }
    if actions == 0 {
        let error = ImportError::new(file, text, 0..0, "there is no action of Playwright in it");
        return Err(error.with_help("record with `playwright codegen --target jsonl`"));
    }
    recording.expect_appeared();
    Ok(vec![recording.builder.finish()])
}

struct Recording {
    builder: Builder,
    /// Tabs by the recorder's names of pages.
    pages: HashMap<String, usize>,
    /// What appeared after the action before, by the recorder's guess: where it stands, tab,
    /// selector.
    expected: Option<(usize, usize, String)>,
}

/// Options of a context that are not part of a flow, and where they belong.
const CONTEXT_OPTIONS: [&str; 15] = [
    "locale",
    "timezoneId",
    "userAgent",
    "geolocation",
    "permissions",
    "storageState",
    "colorScheme",
    "extraHTTPHeaders",
    "httpCredentials",
    "ignoreHTTPSErrors",
    "offline",
    "proxy",
    "serviceWorkers",
    "recordHar",
    "baseURL",
];

/// Takes the viewport of Playwright's context options; notes the others by name.
pub(super) fn context_options(builder: &mut Builder, options: &Value) {
    let number = |value: &Value, name: &str| value.get(name).and_then(Value::as_f64);
    if let Some(size) = options
        .get("viewport")
        .or_else(|| options.get("viewportSize"))
        && let (Some(width), Some(height)) = (number(size, "width"), number(size, "height"))
    {
        builder.set_viewport(0, width as u32, height as u32);
    }
    let viewport = builder.viewport_mut();
    if let Some(factor) = number(options, "deviceScaleFactor") {
        viewport.device_scale_factor = factor;
    }
    for (name, flag) in [
        ("isMobile", &mut viewport.is_mobile),
        ("hasTouch", &mut viewport.has_touch),
    ] {
        *flag |= options.get(name).and_then(Value::as_bool).unwrap_or(false);
    }
    for name in CONTEXT_OPTIONS {
        if options.get(name).is_some_and(|value| !value.is_null()) {
            builder.lost(format!(
                "the option `{name}` of the browser: what a user's browser is like is set in `rehearsal.toml`"
            ));
        }
    }
}

impl Recording {
    fn options(&mut self, options: &Value) {
        if let Some(context) = options.get("contextOptions") {
            context_options(&mut self.builder, context);
        }
        if let Some(device) = options.get("deviceName").and_then(Value::as_str)
            && !device.is_empty()
        {
            self.builder.lost(format!(
                "the device `{device}`: set its size in the first step if `viewport` did not say it"
            ));
        }
        if options.get("saveStorage").is_some_and(Value::is_string) {
            self.builder.lost("the option `saveStorage`");
        }
    }

    /// Number of the tab on which an action happens.
    fn page(&mut self, action: &Value) -> usize {
        let name = |key: &str| action.get(key).and_then(Value::as_str);
        let name = name("pageGuid")
            .or_else(|| name("pageAlias"))
            .unwrap_or("page");
        if let Some(&tab) = self.pages.get(name) {
            return tab;
        }
        let tab = if self.pages.is_empty() {
            0
        } else {
            // Nothing that was recorded opened it.
            self.builder
                .changed("a tab that the person opened is taken for one that the page opens");
            self.builder.open_tab()
        };
        self.pages.insert(name.to_owned(), tab);
        tab
    }

    /// What the last action made appear becomes a wait, unless the recording waits for it itself.
    fn expect_appeared(&mut self) {
        let Some((line, tab, selector)) = self.expected.take() else {
            return;
        };
        let locator = parse(&selector);
        let names = |piece: &Piece| match piece {
            Piece::Role { name, .. } => name.clone(),
            Piece::Text(text) | Piece::Label(text) => Some(text.clone()),
            _ => None,
        };
        let counted = locator.0.iter().filter_map(names);
        self.builder.at_line(line);
        if counted
            .flat_map(|name: Match| name.text().chars().collect::<Vec<_>>())
            .any(|character| character.is_ascii_digit())
        {
            self.builder.note(
                Severity::Advice,
                "what appeared here has a number in its name, and is not waited for: it may differ each time",
            );
            return;
        }
        self.builder.appeared(tab, &locator);
    }

    fn action(&mut self, name: &str, action: &Value) {
        let tab = self.page(action);
        let text = |key: &str| action.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = |key: &str| action.get(key).and_then(Value::as_u64);
        if name == "assertVisible"
            && self
                .expected
                .as_ref()
                .is_some_and(|(_, _, selector)| selector == text("selector"))
        {
            self.expected = None;
        }
        let line = self.builder.line();
        self.expect_appeared();
        self.builder.at_line(line);
        match name {
            "openPage" => {
                let url = text("url");
                if !url.is_empty() && !url.starts_with("about:") && !url.starts_with("chrome://") {
                    self.builder.navigate(tab, url);
                }
                return;
            }
            "navigate" => {
                self.builder.navigate(tab, text("url"));
                return;
            }
            _ => {}
        }
        let known = [
            "click",
            "hover",
            "check",
            "uncheck",
            "fill",
            "press",
            "select",
            "setInputFiles",
            "assertText",
            "assertValue",
            "assertChecked",
            "assertVisible",
            "assertSnapshot",
        ];
        if !known.contains(&name) {
            self.builder
                .lost(format!("the action `{name}`, which is unknown"));
            return;
        }
        let Some(locator) = locator_of(action) else {
            self.builder
                .lost(format!("the action `{name}`, which names no element"));
            return;
        };
        let position = action.get("position").and_then(|position| {
            Some((position.get("x")?.as_f64()?, position.get("y")?.as_f64()?))
        });
        let strings = |key: &str| -> Vec<String> {
            let items = action.get(key).and_then(Value::as_array);
            let items = items.into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let builder = &mut self.builder;
        let check = |expectation| Check {
            expectation,
            ..Check::default()
        };
        match name {
            "click" => builder.click(
                tab,
                &locator,
                &Click {
                    button: match text("button") {
                        "right" => Some(Button::Secondary),
                        "middle" => Some(Button::Auxiliary),
                        _ => None,
                    },
                    modifiers: modifiers_of(number("modifiers").unwrap_or(0)),
                    count: number("clickCount"),
                    position,
                    hold_ms: None,
                },
            ),
            "hover" => builder.hover(tab, &locator, position),
            "check" | "uncheck" => builder.check(tab, &locator, name == "check"),
            "fill" => builder.fill(tab, &locator, text("text")),
            "press" => {
                let held = modifiers_of(number("modifiers").unwrap_or(0));
                let held = held.iter().map(|modifier| format!("{modifier:?}+"));
                let keys: String = held.chain([text("key").to_owned()]).collect();
                builder.press(tab, Some(&locator), &keys);
            }
            "select" => builder.select(tab, &locator, &strings("options")),
            "setInputFiles" => builder.upload(tab, &locator, &strings("files")),
            "assertText" => {
                let said = Some(text("text").to_owned());
                let whole = !action
                    .get("substring")
                    .and_then(Value::as_bool)
                    .unwrap_or(true);
                let (whole, part) = if whole { (said, None) } else { (None, said) };
                let expectation = Expectation {
                    text: whole,
                    contains: part,
                    ..Expectation::default()
                };
                builder.expect(tab, &locator, true, check(expectation));
            }
            "assertValue" => {
                let value = Some(text("value").to_owned());
                let expectation = Expectation {
                    value,
                    ..Expectation::default()
                };
                builder.expect(tab, &locator, true, check(expectation));
            }
            "assertChecked" => {
                let checked = action
                    .get("checked")
                    .and_then(Value::as_bool)
                    .or(Some(true));
                let expectation = Expectation {
                    checked,
                    ..Expectation::default()
                };
                builder.expect(tab, &locator, true, check(expectation));
            }
            "assertSnapshot" => builder.expect_snapshot(tab, &locator, text("ariaSnapshot")),
            _ => builder.wait(tab, &locator, true),
        }
    }

    /// What an action caused.
    fn signals(&mut self, action: &Value) {
        let tab = self.page(action);
        let signals = action.get("signals").and_then(Value::as_array);
        for signal in signals.into_iter().flatten() {
            let text = |key: &str| signal.get(key).and_then(Value::as_str);
            match text("name") {
                Some("navigation") => {
                    if let Some(url) = text("url") {
                        self.builder.navigated(url);
                    }
                }
                Some("popup") => {
                    let page = text("popupPageGuid").or_else(|| text("popupAlias"));
                    if let Some(page) = page {
                        let opened = self.builder.open_tab();
                        self.pages.insert(page.to_owned(), opened);
                    }
                }
                Some("download") => self.builder.downloaded(),
                Some("dialog") => self.builder.dialog_closed(),
                Some("expect") => {
                    if let Some(selector) = text("selector") {
                        self.expected = Some((self.builder.line(), tab, selector.to_owned()));
                    }
                }
                other => {
                    let what = other.unwrap_or("without a name");
                    self.builder
                        .lost(format!("a signal `{what}`, which is unknown"));
                }
            }
        }
    }
}

/// The element, with the frames around it in the way of older files.
fn locator_of(action: &Value) -> Option<Locator> {
    let selector = action.get("selector").and_then(Value::as_str);
    let found = match selector.filter(|selector| !selector.is_empty()) {
        Some(selector) => parse(selector),
        None => from_object(action.get("locator")?)?,
    };
    let path = action.get("framePath").and_then(Value::as_array);
    let mut pieces = Vec::new();
    for frame in path.into_iter().flatten().filter_map(Value::as_str) {
        pieces.extend(parse(frame).0);
        pieces.push(Piece::EnterFrame);
    }
    pieces.extend(found.0);
    Some(Locator(pieces))
}
