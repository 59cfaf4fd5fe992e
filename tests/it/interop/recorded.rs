//! What a person did while it was recorded, in the reference's own player: it comes to the same
//! end there. What counts is what pages and shop saw.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::routing::post;
use serde_json::{Value, json};

use super::replay::{filled, theirs};
use crate::person::display::Display;
use crate::person::hand::Pace;
use crate::person::recording::{Recording, story};
use crate::person::storefront::{self, CARD, Recorded};
use crate::person::{Person, SCREEN, free_port};
use crate::player::harness;
use crate::support::program::said;
use crate::support::site::Site;

/// Puts the secrets of a recording where the feeds left them.
fn with_secrets(flow: &mut Value, secrets: &[(&str, &str)]) {
    for step in flow["steps"].as_array_mut().unwrap() {
        let template = step["x-rehearsal"]["value"].as_str().map(str::to_owned);
        let known = secrets
            .iter()
            .find(|(name, _)| template == Some(format!("{{{{secret.{name}}}}}")));
        if let Some((_, value)) = known {
            step["value"] = json!(value);
            let own = step["x-rehearsal"].as_object_mut().unwrap();
            own.shift_remove("value");
        }
    }
}

#[test]
#[ignore = "needs Node: make test-interop"]
fn what_a_person_bought_is_bought_again_in_the_references_player() {
    let recorded: Recorded = storefront::recorded(Pace::FAST);
    let (folder, feeds) = (recorded.folder.path(), &recorded.feeds);
    let mut flow = recorded.recording.flow();
    with_secrets(&mut flow, &CARD);
    // The second customer: not the one who was recorded.
    let row = usize::from(recorded.customer.row == 1) + 1;
    let flow = filled(&flow, feeds, row);
    let file = folder.join("filled.json");
    std::fs::write(&file, flow.to_string()).unwrap();
    let before = storefront::newest_order(folder);
    let output = theirs(&file);
    assert!(output.status.success(), "{}", said(&output));
    let ordered = storefront::orders(folder, before);
    assert_eq!(ordered.len(), 1, "{ordered:?}");
    let customers = feeds.iter().find(|feed| &*feed.name == "customers");
    let customers = customers.unwrap();
    let street = &customers.rows[row][customers.column("street").unwrap()];
    assert!(ordered[0].1.contains(&**street), "{ordered:?}");
}

/// Asks the page for its hits, so that the site has them.
const TELL: &str = "fetch('/report', { method: 'POST', body: JSON.stringify(window.hits()) })\
                    .then((answer) => answer.ok)";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node: make test-interop"]
async fn what_a_person_dragged_is_dragged_in_the_references_player() {
    let reports: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let noted = reports.clone();
    let report = post(move |body: String| async move {
        noted
            .lock()
            .unwrap()
            .push(serde_json::from_str(&body).unwrap());
    });
    let site = Site::start(harness::routes().route("/report", report)).await;
    let url = site.url("/drag.html");
    let folder = tempfile::tempdir().unwrap();
    let (seen, flow) = tokio::task::block_in_place(|| drag_while_recorded(folder.path(), &url));

    let drags = |step: &&Value| !step["x-rehearsal"]["drag"].is_null();
    let steps = flow["steps"].as_array().unwrap();
    let told = story(&flow);
    assert_eq!(steps.iter().filter(drags).count(), 2, "{told}");
    let custom = |step: &Value| step["type"] == "customStep";
    assert!(!steps.iter().any(custom), "{told}");
    let mut flow = flow.clone();
    let end = json!({"type": "waitForExpression", "expression": TELL});
    flow["steps"].as_array_mut().unwrap().push(end);
    let file = folder.path().join("drags.json");
    std::fs::write(&file, flow.to_string()).unwrap();
    let output = tokio::task::block_in_place(|| theirs(&file));
    assert!(output.status.success(), "{}", said(&output));
    let reported = reports.lock().unwrap().pop().expect("it told its hits");
    assert_eq!(lasting(&reported), lasting(&seen));
    let told = lasting(&seen).join("; ");
    for part in ["inject on canvas", "slider"] {
        assert!(told.contains(part), "{told}");
    }
}

/// A person drags two things while it is recorded. Returns what the page saw, and the flow.
fn drag_while_recorded(folder: &Path, url: &str) -> (Vec<String>, Value) {
    let display = Display::start(SCREEN.0, SCREEN.1);
    let port = free_port();
    let arguments = [
        "--window=1280x800".to_owned(),
        "--trials=0".to_owned(),
        format!("--debugging-port={port}"),
    ];
    let mut recording = Recording::start(&display, folder, url, &arguments, &[]);
    let mut person = Person::sit_down(&display, port, Pace::FAST);
    person.drag("#inject", "#canvas", (0.5, 0.5));
    person.drag("#knob", "#track", (0.6, 0.5));
    person.click("#after");
    let seen = person.read("window.hits()");
    let seen = serde_json::from_value(seen).expect("hits are texts");
    person.press("ctrl+shift+w");
    let code = recording.wait();
    assert_eq!(code, Some(0), "{}", recording.told());
    (seen, recording.flow())
}

/// Hits without the places that a person's hand made, and without whose event it was.
fn lasting(hits: &[String]) -> Vec<String> {
    let plain = |hit: &String| match hit.split_whitespace().collect::<Vec<_>>()[..] {
        ["dragstart", _] => "dragstart".to_owned(),
        ["slider", _, kind] => format!("slider {kind}"),
        // A quick hand jumps.
        [node, on, what, _, _] => format!("{node} {on} {what}"),
        _ => hit.replace("untrusted ", ""),
    };
    hits.iter().map(plain).collect()
}
