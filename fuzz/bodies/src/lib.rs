//! What each fuzz target does with its input. Here, in the workspace, every seed goes through
//! its target in a plain `cargo test`; `fuzz/` puts a fuzzer in front.
//!
//! The room `flow` is pure and imports `feed` alone (`tests/it/rooms.rs` holds that), and so is the
//! recorder of `record`, so they are compiled here by themselves: a fuzzer instruments all that it
//! links, and the whole program with its browser protocol and databases would take it twenty times
//! as long.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "they lead into rooms that are not compiled here"
)]

#[path = "../../../src/feed.rs"]
pub mod feed;
#[path = "../../../src/flow/mod.rs"]
#[allow(dead_code, unused_imports, reason = "some of it is for other rooms")]
pub mod flow;

pub mod browser;
#[path = "../../../src/clock.rs"]
#[allow(dead_code, reason = "most of it is for those who measure")]
pub mod clock;
pub mod record;
mod recording;
#[path = "../../../src/url_template.rs"]
#[allow(dead_code, reason = "some of it is for those who measure")]
pub mod url_template;

pub use recording::recording;

use flow::import::{Format, import};
use flow::template::{Lookup, Needs, Secrets, Template, render};
use flow::{Flow, FlowError, Selector, SelectorPart, Selectors, Step, iteration_feed};
use serde_json::json;
use url::Url;

/// A target: its name, which is the name of its seeds' folder, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 10] = [
    ("flow_parse", flow_parse),
    ("import_recorder", import_recorder),
    ("import_playwright_jsonl", import_playwright_jsonl),
    ("import_playwright_script", import_playwright_script),
    ("import_playwright_python", import_playwright_python),
    ("import_selenium", import_selenium),
    ("import_har", import_har),
    ("template", template),
    ("selector", selector),
    ("recording", recording),
];

/// A flow or an error that can be shown; and a flow is written as it was read.
pub fn flow_parse(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Flow::parse("fuzz.json", text) {
        Ok(flow) => {
            let again = written(&flow);
            assert_eq!(again, flow, "parse, write, parse");
            look_at(flow);
        }
        Err(error) => shown(&error, text),
    }
}

/// Chrome DevTools Recorder.
pub fn import_recorder(data: &[u8]) {
    imported(Format::RecorderJson, "fuzz.json", data);
}

/// Playwright codegen, a line of JSON for each action.
pub fn import_playwright_jsonl(data: &[u8]) {
    imported(Format::PlaywrightJsonl, "fuzz.jsonl", data);
}

/// Playwright codegen, TypeScript.
pub fn import_playwright_script(data: &[u8]) {
    imported(Format::PlaywrightScript, "fuzz.spec.ts", data);
}

/// Playwright codegen, Python.
pub fn import_playwright_python(data: &[u8]) {
    imported(Format::PlaywrightPython, "fuzz.py", data);
}

/// Selenium IDE.
pub fn import_selenium(data: &[u8]) {
    imported(Format::SeleniumSide, "fuzz.side", data);
}

/// HTTP archive.
pub fn import_har(data: &[u8]) {
    imported(Format::Har, "fuzz.har", data);
}

/// A template, by itself and in a flow.
pub fn template(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let read = Template::parse(text);
    if let Err(error) = &read {
        assert!(
            (1..=text.chars().count()).contains(&error.position),
            "{error}"
        );
    }
    let flow = json!({"title": "t", "steps": [{"type": "change", "selectors": ["#a"],
        "value": "", "x-rehearsal": {"value": text}}]});
    let flow = Flow::parse("fuzz.json", &flow.to_string());
    // A flow may refuse more: values that no step has read.
    assert!(read.is_ok() || flow.is_err(), "{text}");
    if let Ok(flow) = flow {
        let mut needs = Needs::default();
        needs.add(&flow);
        let _ = needs.check(&[], &Secrets::default());
        let rows = iteration_feed(0, 1, 0);
        let lookup = Lookup {
            rows: &[(&rows, 0)],
            secrets: &Secrets::new([("PIN".to_owned(), "1".to_owned())]),
            draw: 7,
            now: jiff::Zoned::default(),
        };
        let rendered = render(&flow.steps[0], &lookup);
        assert!(rendered.is_ok() || text.contains("{{"), "{text}");
    }
}

/// A part of a selector, and a selector of lines as its parts.
pub fn selector(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let part = SelectorPart::parse(text);
    serde_json::to_string(&part).expect("a part for the page's script");
    let selector = Selector {
        chain: text.lines().map(str::to_owned).collect(),
        bare: false,
    };
    assert_eq!(selector.parts().len(), selector.chain.len());
    let selectors = Selectors(vec![selector]);
    let json = serde_json::to_string(&selectors).expect("selectors are JSON");
    let again: Selectors = serde_json::from_str(&json).expect("selectors are read again");
    assert_eq!(again, selectors);
    let _ = (selectors.label(), selectors.listed());
}

/// Flows that our own parser reads, with notes that can be shown, or an error.
fn imported(format: Format, file: &str, data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let _ = Format::detect(file, text);
    match import(format, file, text) {
        Ok(all) => {
            for imported in all {
                for note in &imported.notes {
                    assert!(!note.to_string().is_empty());
                }
                let again = written(&imported.flow);
                assert_eq!(again.to_json(), imported.flow.to_json());
                look_at(imported.flow);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The flow as it is read from what is written of it.
fn written(flow: &Flow) -> Flow {
    let text = flow.to_json();
    match Flow::parse("again.json", &text) {
        Ok(again) => again,
        Err(error) => panic!("a written flow is refused: {error}\n{text}"),
    }
}

/// What every command does with a flow before a step is played.
fn look_at(mut flow: Flow) {
    let labels: Vec<String> = flow.steps.iter().map(Step::label).collect();
    assert_eq!(labels.len(), flow.steps.len());
    Needs::default().add(&flow);
    let target = Url::parse("http://127.0.0.1:8000/shop/").expect("a URL");
    flow.rebase(&target);
    let moved = written(&flow);
    assert_eq!(moved.to_json(), flow.to_json());
}

/// The error has a place in the text, and a message.
fn shown(error: &FlowError, text: &str) {
    assert!((1..=text.lines().count() + 1).contains(&error.line()));
    assert!(!error.to_string().is_empty());
}
