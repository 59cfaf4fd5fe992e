//! A person with trusted mouse and keyboard on a page that is watched by the script alone.

use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::super::SCRIPT;
use super::story::say;
use crate::browser::capture::{PageEvent, Report};
use crate::browser::frame::WORLD;
use crate::browser::page::Page;
use crate::browser::tests::{profile, site::Site};
use crate::browser::user::ChromiumUser;
use crate::browser::{BrowserUser, Chromium, Driver, Hosts, Options};
use crate::clock::Clock;

const PATIENCE: Duration = Duration::from_secs(20);

/// Keeps what is told where the next document of the site finds it.
const TELL: &str = "globalThis.rehearsalTell = (text) => { \
    const all = JSON.parse(sessionStorage.told ?? '[]'); all.push(text); \
    sessionStorage.told = JSON.stringify(all); };";

pub(super) struct Person {
    pub(super) site: Site,
    pub(super) page: Page,
    chromium: Chromium,
    user: ChromiumUser,
}

/// What Chromium wants to know of a key.
fn key_event(name: &str, modifiers: u32) -> Value {
    let (key, code, number, text) = match name {
        "Enter" => ("Enter", "Enter".to_owned(), 13, "\r".to_owned()),
        "Tab" => ("Tab", "Tab".to_owned(), 9, String::new()),
        "Escape" => ("Escape", "Escape".to_owned(), 27, String::new()),
        "Backspace" => ("Backspace", "Backspace".to_owned(), 8, String::new()),
        "Delete" => ("Delete", "Delete".to_owned(), 46, String::new()),
        "ArrowDown" => ("ArrowDown", "ArrowDown".to_owned(), 40, String::new()),
        "ArrowLeft" => ("ArrowLeft", "ArrowLeft".to_owned(), 37, String::new()),
        "PageDown" => ("PageDown", "PageDown".to_owned(), 34, String::new()),
        "Shift" => ("Shift", "ShiftLeft".to_owned(), 16, String::new()),
        "Control" => ("Control", "ControlLeft".to_owned(), 17, String::new()),
        "F5" => ("F5", "F5".to_owned(), 116, String::new()),
        other => {
            let upper = other.to_uppercase();
            let number = u32::from(upper.chars().next().unwrap());
            (other, format!("Key{upper}"), number, other.to_owned())
        }
    };
    let text = if modifiers & !8 == 0 {
        text
    } else {
        String::new()
    };
    json!({"key": key, "code": code, "windowsVirtualKeyCode": number, "nativeVirtualKeyCode": number,
        "text": text, "unmodifiedText": text, "modifiers": modifiers,
        "type": if text.is_empty() { "rawKeyDown" } else { "keyDown" }})
}

pub(super) const CONTROL: u32 = 2;
pub(super) const SHIFT: u32 = 8;

impl Person {
    /// On a page with this body.
    pub(super) async fn on(body: &str) -> Self {
        Self::at(one_page(body), true).await
    }

    /// On the first page of a site; unwatched ones are for comparison.
    pub(super) async fn at(routes: Router, watched: bool) -> Self {
        let site = Site::start(routes).await;
        let chromium = Chromium::launch(Options::new(Clock::start()))
            .await
            .unwrap();
        let hosts = Hosts {
            target: site.host(),
            ..Hosts::default()
        };
        let (samples, _nobody_reads) = mpsc::unbounded_channel();
        let user = chromium.user(&profile(hosts), samples).await.unwrap();
        let page = user.stage().page(None).unwrap();
        if watched {
            let script = json!({"source": format!("{TELL}{SCRIPT}"), "worldName": WORLD});
            page.session()
                .call_raw("Page.addScriptToEvaluateOnNewDocument", script)
                .await
                .unwrap();
        }
        let person = Self {
            site,
            page,
            chromium,
            user,
        };
        person.open("/").await;
        person
    }

    pub(super) async fn open(&self, path: &str) {
        let before = self.page.documents().borrow().navigation;
        self.page.navigate(&self.site.url(path)).await.unwrap();
        self.loaded(before + 1).await;
    }

    /// Until so many documents came and the last has loaded.
    pub(super) async fn loaded(&self, number: u64) {
        let mut documents = self.page.documents();
        let there = documents.wait_for(|state| state.loaded && state.navigation >= number);
        tokio::time::timeout(PATIENCE, there)
            .await
            .unwrap()
            .unwrap();
    }

    pub(super) async fn run(&self, function: &str) -> Value {
        let frame = self.page.main_frame();
        frame.evaluate_main(function, &[]).await.unwrap()
    }

    /// In our world.
    pub(super) async fn ask(&self, function: &str) -> Value {
        let frame = self.page.main_frame();
        frame.evaluate(function, &[]).await.unwrap()
    }

    /// Until something is so in the page.
    pub(super) async fn until(&self, condition: &str) {
        let wait = async {
            while self.run(&format!("() => Boolean({condition})")).await != json!(true) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let there = tokio::time::timeout(PATIENCE, wait).await;
        assert!(there.is_ok(), "never: {condition}");
    }

    /// The middle of an element.
    pub(super) async fn middle(&self, selector: &str) -> (f64, f64) {
        let find = format!(
            "() => {{ let found = document; for (const part of '{selector}'.split(' >>> ')) \
             found = (found.shadowRoot ?? found).querySelector(part); \
             const box = found.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }}"
        );
        let place = self.run(&find).await;
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    pub(super) async fn mouse(&self, kind: &str, (x, y): (f64, f64), extra: Value) {
        let mut event = json!({"type": kind, "x": x, "y": y});
        if let (Some(event), Value::Object(extra)) = (event.as_object_mut(), extra) {
            event.extend(extra);
        }
        let session = self.page.session();
        session
            .call_raw("Input.dispatchMouseEvent", event)
            .await
            .unwrap();
    }

    pub(super) async fn move_to(&self, place: (f64, f64)) {
        self.mouse("mouseMoved", place, json!({})).await;
    }

    /// Moves to an element and rests there, as a hand does.
    pub(super) async fn rest_on(&self, selector: &str) {
        let place = self.middle(selector).await;
        self.move_to(place).await;
        tokio::time::sleep(Duration::from_millis(120)).await;
    }

    pub(super) async fn click(&self, selector: &str) {
        self.click_with(selector, json!({})).await;
    }

    pub(super) async fn click_with(&self, selector: &str, extra: Value) {
        let place = self.middle(selector).await;
        self.click_at(place, extra).await;
    }

    pub(super) async fn click_at(&self, place: (f64, f64), extra: Value) {
        let button = extra.get("button").cloned().unwrap_or(json!("left"));
        let mut press = json!({"button": button, "clickCount": 1});
        if let (Some(press), Value::Object(extra)) = (press.as_object_mut(), extra) {
            press.extend(extra);
        }
        self.move_to(place).await;
        self.mouse("mousePressed", place, press.clone()).await;
        self.mouse("mouseReleased", place, press).await;
    }

    /// Drags from one place to another, in steps.
    pub(super) async fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let held = json!({"button": "left", "buttons": 1});
        self.move_to(from).await;
        let press = json!({"button": "left", "clickCount": 1});
        self.mouse("mousePressed", from, press.clone()).await;
        for step in 1..=10 {
            let part = f64::from(step) / 10.0;
            let at = (
                from.0 + (to.0 - from.0) * part,
                from.1 + (to.1 - from.1) * part,
            );
            self.mouse("mouseMoved", at, held.clone()).await;
        }
        self.mouse("mouseReleased", to, press).await;
    }

    pub(super) async fn key(&self, name: &str) {
        self.chord(name, 0).await;
    }

    pub(super) async fn chord(&self, name: &str, modifiers: u32) {
        let session = self.page.session();
        let down = key_event(name, modifiers);
        let mut up = down.clone();
        up["type"] = json!("keyUp");
        up["text"] = json!("");
        for event in [down, up] {
            session
                .call_raw("Input.dispatchKeyEvent", event)
                .await
                .unwrap();
        }
    }

    pub(super) async fn type_text(&self, text: &str) {
        for character in text.chars() {
            self.key(&character.to_string()).await;
        }
    }

    /// Everything that was told so far.
    pub(super) async fn reports(&self) -> Vec<Report> {
        let broken = self.ask("() => rehearsal.capture?.broken ?? null").await;
        assert_eq!(broken, Value::Null, "the script failed");
        let told = self
            .ask("() => JSON.parse(sessionStorage.told ?? '[]')")
            .await;
        let told = told.as_array().unwrap().iter();
        told.map(|text| serde_json::from_str(text.as_str().unwrap()).expect("a report"))
            .collect()
    }

    /// Ends what is under way, as the next gesture would.
    pub(super) async fn settle(&self) {
        self.ask("() => { rehearsal.capture.settle('press'); return null; }")
            .await;
    }

    /// What was told, once all is settled: gestures as they ended, without effects.
    pub(super) async fn story(&self) -> Vec<String> {
        tokio::time::sleep(Duration::from_millis(250)).await;
        self.settle().await;
        let mut last: Vec<(u64, String)> = Vec::new();
        for report in self.reports().await {
            let Some(text) = say(&report.event) else {
                continue;
            };
            match last.iter_mut().find(|(number, _)| *number == report.number) {
                Some((_, before)) => *before = text,
                None => last.push((report.number, text)),
            }
        }
        last.into_iter().map(|(_, text)| text).collect()
    }

    /// Effects, once all is settled.
    pub(super) async fn effects(&self) -> Vec<PageEvent> {
        self.settle().await;
        let reports = self.reports().await.into_iter();
        reports
            .map(|report| report.event)
            .filter(|event| matches!(event, PageEvent::Effect { .. }))
            .collect()
    }

    pub(super) async fn leave(self) {
        Box::new(self.user).close().await;
        self.chromium.shutdown().await;
    }
}

pub(super) fn one_page(body: &str) -> Router {
    let html = document(body);
    Router::new()
        .route("/", get(move || async move { Html(html) }))
        .route("/next", get(|| async { Html(document("<h1>Next</h1>")) }))
        .route("/api", get(|| async { "[]" }))
}

pub(super) fn document(body: &str) -> String {
    format!("<!doctype html><link rel=icon href='data:,'><body>{body}")
}
