//! Archives of requests: pages as a flow of their own, and what the steps of a flow wait for.

use rehearsal::flow::import::{Format, Imported, Severity, attach, import};
use rehearsal::flow::{Action, Flow};
use serde_json::{Value, json};

struct Entry<'a> {
    at: u32,
    method: &'a str,
    url: &'a str,
    status: u16,
    mime: &'a str,
    redirect: &'a str,
}

const PAGE: Entry<'static> = Entry {
    at: 0,
    method: "GET",
    url: "",
    status: 200,
    mime: "text/html; charset=utf-8",
    redirect: "",
};

fn har(entries: &[Entry<'_>]) -> String {
    let entries: Vec<Value> = entries
        .iter()
        .map(|entry| {
            json!({
                "startedDateTime": format!("2026-11-21T10:00:{:02}.{:03}Z", entry.at / 1000, entry.at % 1000),
                "time": 100.0,
                "request": {"method": entry.method, "url": entry.url, "headers": [],
                    "postData": {"text": "password=geheim"}},
                "response": {"status": entry.status, "content": {"mimeType": entry.mime, "size": 1},
                    "redirectURL": entry.redirect}
            })
        })
        .collect();
    json!({"log": {"version": "1.2", "creator": {"name": "t"}, "entries": entries}}).to_string()
}

fn session() -> String {
    let data = Entry {
        mime: "application/json",
        ..PAGE
    };
    har(&[
        Entry {
            url: "http://a.test/",
            status: 302,
            redirect: "/shop",
            mime: "",
            ..PAGE
        },
        Entry {
            at: 110,
            url: "http://a.test/shop",
            ..PAGE
        },
        Entry {
            at: 300,
            url: "http://a.test/app.js",
            mime: "text/javascript",
            ..PAGE
        },
        Entry {
            at: 400,
            url: "http://a.test/api/v1/products/17?page=2",
            ..data
        },
        Entry {
            at: 500,
            url: "http://a.test/api/v1/products/18",
            ..data
        },
        Entry {
            at: 600,
            url: "http://other.test/t",
            method: "POST",
            ..data
        },
        Entry {
            at: 700,
            url: "http://a.test/api/broken",
            status: 500,
            ..data
        },
        Entry {
            at: 9_000,
            url: "http://a.test/api/cart",
            method: "POST",
            ..data
        },
        Entry {
            at: 12_000,
            url: "http://a.test/p/lamp-1",
            ..PAGE
        },
        Entry {
            at: 20_000,
            url: "http://a.test/order",
            method: "POST",
            ..PAGE
        },
    ])
}

fn read(text: &str) -> Imported {
    let mut all = import(Format::Har, "tmp/My shop.har", text).unwrap();
    assert_eq!(all.len(), 1);
    all.swap_remove(0)
}

fn lost(notes: &[rehearsal::flow::import::Note]) -> String {
    let lost = notes.iter().filter(|note| note.severity == Severity::Lost);
    let lines: Vec<String> = lost.map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn pages_are_opened_and_wait_for_their_own_requests() {
    let imported = read(&session());
    let flow = &imported.flow;
    assert_eq!(flow.title, "My shop");
    Flow::parse("x", &flow.to_json()).unwrap();
    let urls: Vec<&str> = flow
        .steps
        .iter()
        .map(|step| match &step.action {
            Action::Navigate { url } => url.as_str(),
            other => panic!("not a page: {other:?}"),
        })
        .collect();
    assert_eq!(urls, ["http://a.test/", "http://a.test/p/lamp-1"]);
    let effect = flow.steps[0].extension.effect.as_ref().unwrap();
    let waits: Vec<(&str, &str)> = effect
        .responses
        .iter()
        .map(|one| (one.method.as_deref().unwrap(), one.url.as_str()))
        .collect();
    assert_eq!(
        waits,
        [
            ("GET", "/api/v1/products/*"),
            ("POST", "http://other.test/t**")
        ]
    );
    // From the last of the first page's loading, at 0.8 s, to the next page.
    assert_eq!(flow.steps[1].extension.think_ms, Some(11_200));
    let lost = lost(&imported.notes);
    assert!(lost.contains("no clicks"), "{lost}");
    assert!(
        lost.contains("1 requests came after the page had loaded"),
        "{lost}"
    );
    assert!(lost.contains("a form was sent"), "{lost}");
    assert!(lost.contains("1 requests that failed"), "{lost}");
    assert!(!format!("{flow:?}{lost}").contains("geheim"));
}

#[test]
fn a_recorded_flow_learns_what_to_wait_for() {
    let text = r##"{"title": "Look", "steps": [
        {"type": "navigate", "url": "http://a.test/"},
        {"type": "click", "selectors": [["#shop"]], "offsetX": 1, "offsetY": 1},
        {"type": "click", "selectors": [["#lamp"]], "offsetX": 1, "offsetY": 1,
         "assertedEvents": [{"type": "navigation", "url": "http://a.test/p/chair-2"}]}
    ]}"##;
    let mut flow = Flow::parse("look.json", text).unwrap();
    let data = Entry {
        mime: "application/json",
        ..PAGE
    };
    // Recorded on another host than the archive.
    let archive = har(&[
        Entry {
            url: "http://live.test/",
            ..PAGE
        },
        Entry {
            at: 200,
            url: "http://live.test/api/start",
            ..data
        },
        Entry {
            at: 5_000,
            url: "http://live.test/p/lamp-1",
            ..PAGE
        },
        Entry {
            at: 5_200,
            url: "http://live.test/api/p/1",
            ..data
        },
        Entry {
            at: 9_000,
            url: "http://live.test/bye",
            ..PAGE
        },
    ]);
    let notes = attach(&mut flow, "look.har", &archive).unwrap();
    let waits = |index: usize| {
        let effect = flow.steps[index].extension.effect.as_ref();
        effect.map(|effect| effect.responses[0].url.clone())
    };
    assert_eq!(waits(0).as_deref(), Some("/api/start"));
    assert_eq!(waits(1), None);
    assert_eq!(waits(2).as_deref(), Some("/api/p/*"));
    assert!(lost(&notes).contains("no step of the flow opens this page"));
    let once = flow.clone();
    attach(&mut flow, "look.har", &archive).unwrap();
    assert_eq!(flow, once, "twice is once");
}

#[test]
fn frames_of_a_page_are_no_pages() {
    let mut archive: Value = serde_json::from_str(&har(&[
        Entry {
            url: "http://a.test/",
            ..PAGE
        },
        Entry {
            at: 200,
            url: "http://a.test/frame",
            ..PAGE
        },
        Entry {
            at: 900,
            url: "http://a.test/late",
            mime: "application/json",
            ..PAGE
        },
    ]))
    .unwrap();
    for entry in archive["log"]["entries"].as_array_mut().unwrap() {
        entry["pageref"] = "page_1".into();
    }
    archive["log"]["pages"] = json!([{"id": "page_1", "pageTimings": {"onLoad": 300.0}}]);
    archive["log"]["_browserEvents"] = json!([{"type": "click"}]);
    let imported = read(&archive.to_string());
    assert_eq!(imported.flow.steps.len(), 1);
    assert!(
        imported.flow.steps[0].extension.effect.is_none(),
        "load was before"
    );
    assert!(lost(&imported.notes).contains("k6 Studio"));
}

#[test]
fn other_files_are_refused_and_none_panics() {
    let error = |text: &str| import(Format::Har, "x.har", text).unwrap_err().to_string();
    assert!(error("{").contains("not JSON"));
    assert!(error("{\"log\": {}}").contains("log.entries"));
    assert!(error("{\"log\": {\"entries\": [1, {}]}}").contains("no page is opened"));
    for odd in [
        "data:,x",
        "http://a.test/%ff/ü?",
        "//",
        "",
        "http://[::1]:9/1",
    ] {
        let _result = import(Format::Har, odd, &har(&[Entry { url: odd, ..PAGE }]));
    }
}
