//! Flows of ours in the reference's own player: they reach the same end as in ours. What counts
//! is what the site saw, not what the players say.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use axum::routing::post;
use rehearsal::flow::Flow;
use rehearsal::seed::{self, Options, Plan};
use serde_json::{Value, json};

use super::node;
use crate::player::harness;
use crate::support::program::{Shop, rehearsal, said};
use crate::support::site::Site;

/// Plays a file with `rehearsal play`.
fn ours(folder: &Path, file: &Path) -> Output {
    rehearsal(folder).arg("play").arg(file).output().unwrap()
}

/// Plays a file with the reference's player.
pub(super) fn theirs(file: &Path) -> Output {
    let browser = rehearsal::browser::locate(None, false).expect("a browser");
    let mut command: Command = node("replay.js");
    command.arg(file).arg(browser).output().unwrap()
}

/// Pages, steps on them, and an expression for what came of it, beside the hits that the page
/// noted. The reference clicks without looking, so its flows wait for what comes late.
fn page_flows() -> Vec<(&'static str, Vec<Value>, &'static str)> {
    let click = |selectors: Value| json!({"type": "click", "selectors": selectors, "offsetX": 4, "offsetY": 4});
    let double = json!({"type": "doubleClick", "selectors": [["aria/Twice[role=\"button\"]"], ["#double"]],
        "offsetX": 4, "offsetY": 4});
    let secondary = json!({"type": "click", "selectors": ["#right"], "offsetX": 4, "offsetY": 4,
        "button": "secondary", "duration": 30});
    let change = |selectors: Value, value: &str| json!({"type": "change", "selectors": selectors, "value": value});
    let key = |kind: &str, key: &str| json!({"type": kind, "key": key});
    let appears = |selectors: Value| json!({"type": "waitForElement", "selectors": selectors});
    vec![
        (
            "/pointer.html",
            vec![
                json!({"type": "hover", "selectors": [["#menu"]]}),
                click(json!(["#item"])),
                // It clicks without looking what is on top: here the header, after the jump to #item.
                json!({"type": "scroll", "x": 0, "y": 0}),
                // Chromium looks some time after a scroll what the mouse is over. Until then the menu
                // is open, and closes while it clicks what stands below.
                json!({"type": "hover", "selectors": [["header"]]}),
                click(json!([["aria/Buy now"], ["#plain"]])),
                double,
                secondary,
                json!({"type": "scroll", "x": 0, "y": 3000}),
                click(json!([["xpath///*[@id=\"far\"]"], ["text/Far down"]])),
                json!({"type": "scroll", "x": 0, "y": 0}),
            ],
            "[location.hash, scrollY]",
        ),
        (
            "/fields.html",
            vec![
                // It sets these without the focus, so that a text field before them would change later.
                change(json!(["#size"]), "l"),
                change(json!(["#day"]), "2026-11-21"),
                change(json!(["#volume"]), "7"),
                change(json!([["aria/Name"], ["#name"]]), "Ann Ångström 東"),
                change(json!(["#mail"]), "ann@shop.test"),
                change(json!(["#text"]), "two\nlines"),
                click(json!(["#red"])),
                click(json!(["#agree"])),
                click(json!([["aria/Send"], ["form button"]])),
            ],
            "[...document.querySelectorAll('input, select, textarea')].filter((e) => e.id !== 'file')\
             .map((e) => [e.id, e.value, e.checked])",
        ),
        (
            "/keys.html",
            vec![
                click(json!(["#field"])),
                key("keyDown", "a"),
                key("keyUp", "a"),
                key("keyDown", "Shift"),
                click(json!(["#field"])),
                key("keyDown", "B"),
                key("keyUp", "B"),
                key("keyUp", "Shift"),
                key("keyDown", "ArrowLeft"),
                key("keyUp", "ArrowLeft"),
                key("keyDown", "Backspace"),
                key("keyUp", "Backspace"),
            ],
            "[field.value, document.activeElement.id]",
        ),
        (
            "/keys.html",
            vec![
                click(json!(["#field"])),
                json!({"type": "keyDown", "key": "Enter", "assertedEvents": [{"type": "navigation", "title": "Pointer"}]}),
                key("keyUp", "Enter"),
                appears(json!(["#plain"])),
            ],
            "location.pathname",
        ),
        (
            "/frames.html",
            vec![
                appears(json!(["#late iframe"])),
                json!({"type": "click", "frame": [0], "selectors": [["aria/Outer"]], "offsetX": 4, "offsetY": 4}),
                json!({"type": "click", "frame": [0, 0], "selectors": ["#pay"], "offsetX": 4, "offsetY": 4}),
                json!({"type": "change", "frame": [1], "selectors": ["#card"], "value": "4242"}),
            ],
            "[frames[1].document.getElementById('card').value]",
        ),
        (
            "/shadow.html",
            vec![
                // It watches the document for mutations, and an attached shadow root is none.
                json!({"type": "waitForExpression", "expression": "!!document.querySelector('shop-card').shadowRoot"}),
                click(json!([
                    ["shop-card", "shop-buttons", "#more"],
                    ["pierce/#more"]
                ])),
                click(json!(["pierce/#less"])),
            ],
            "document.title",
        ),
        (
            "/spa.html",
            vec![
                json!({"type": "click", "selectors": ["#route"], "offsetX": 4, "offsetY": 4,
                    "assertedEvents": [{"type": "navigation"}]}),
                click(json!(["#pop"])),
                json!({"type": "click", "target": "BASE/inner.html?token=1", "selectors": ["#pay"],
                    "offsetX": 4, "offsetY": 4}),
                json!({"type": "close", "target": "BASE/inner.html?token=1"}),
                json!({"type": "customStep", "name": "other.tool", "parameters": {"any": [1]}}),
                click(json!(["#load"])),
                json!({"type": "waitForExpression", "expression": "document.getElementById('out').textContent === 'after 400'"}),
            ],
            "[location.pathname, out.textContent]",
        ),
        (
            "/choices.html",
            vec![
                json!({"type": "emulateNetworkConditions", "download": 100_000, "upload": 100_000, "latency": 5}),
                json!({"type": "waitForElement", "selectors": ["#right"], "operator": "==", "count": 1,
                    "attributes": {"id": "right"}, "properties": {"textContent": "Right"}}),
                json!({"type": "waitForElement", "selectors": [".item"], "operator": ">=", "count": 3}),
                json!({"type": "waitForElement", "selectors": ["#nowhere"], "visible": false}),
                click(json!([["text/Right"]])),
                click(json!([["aria/Close dialog"], ["#named"]])),
            ],
            "document.title",
        ),
        ("/drag.html", drags(), "0"),
        (
            "/typing.html",
            vec![
                editor("#rich", "two\nlines"),
                editor("#editor", "into nothing"),
                editor("#modelled", "with a model"),
                click(json!(["#bold"])),
            ],
            "[rich.innerText, editor.innerText, modelled.innerText]",
        ),
        (
            "/scroll.html",
            vec![
                json!({"type": "scroll", "selectors": ["#box"], "x": 0, "y": 700}),
                json!({"type": "scroll", "x": 0, "y": 300}),
            ],
            "[box.scrollTop, scrollY]",
        ),
    ]
}

/// A change of a rich-text editor: what others make of the step, and what ours does.
fn editor(selector: &str, value: &str) -> Value {
    let change = json!({"selectors": [["aria/Nothing"], [selector]], "value": value});
    json!({"type": "waitForExpression", "expression": "written by us", "x-rehearsal": {"change": change}})
}

/// Drags of all kinds: what others make of the step, and what ours does.
fn drags() -> Vec<Value> {
    let drag = |from: &str, more: Value| {
        let mut drag = json!({"selectors": [[from]]});
        let more = more.as_object().unwrap().clone();
        drag.as_object_mut().unwrap().extend(more);
        json!({"type": "waitForExpression", "expression": "written by us", "x-rehearsal": {"drag": drag}})
    };
    vec![
        drag("#card", json!({"to": [["aria/Done"], ["#done"]]})),
        drag("#inject", json!({"to": ["#canvas"], "toAt": [0.5, 0.5]})),
        drag(
            "xpath///div[@id='debug']",
            json!({"at": [0.25, 0.5], "to": ["#canvas"], "toAt": [0.1, 0.2], "path": [[40, 10], [80, -30]]}),
        ),
        drag("#knob", json!({"by": [120, 0]})),
        drag("#a", json!({"to": ["#c"], "toAt": [0.5, 0.9]})),
    ]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node: make test-interop"]
async fn flows_on_our_pages_do_the_same_in_both_players() {
    let reports: Arc<Mutex<Vec<Value>>> = Arc::default();
    let noted = reports.clone();
    let report = post(move |body: String| async move {
        let report = serde_json::from_str(&body).unwrap();
        noted.lock().unwrap().push(report);
    });
    let site = Site::start(harness::routes().route("/report", report)).await;
    let folder = tempfile::tempdir().unwrap();
    let mut differences = Vec::new();
    for (number, (page, steps, state)) in page_flows().into_iter().enumerate() {
        let end = format!(
            "fetch('/report', {{ method: 'POST', body: JSON.stringify([{state}, window.hits?.()]) }})\
             .then((answer) => answer.ok)"
        );
        let mut all = vec![
            json!({"type": "setViewport", "width": 1000, "height": 700, "deviceScaleFactor": 1,
                "isMobile": false, "hasTouch": false, "isLandscape": true}),
            json!({"type": "navigate", "url": format!("BASE{page}")}),
        ];
        all.extend(steps);
        all.push(json!({"type": "waitForExpression", "expression": end}));
        let flow = json!({"title": page, "timeout": 10_000, "steps": all}).to_string();
        // As we write it.
        let flow = Flow::parse(page, &flow).unwrap().to_json();
        let file = folder.path().join(format!("{number}.json"));
        std::fs::write(&file, flow.replace("BASE", &site.url(""))).unwrap();

        let played = [ours(folder.path(), &file), theirs(&file)];
        for output in &played {
            assert!(output.status.success(), "{page}: {}", said(output));
        }
        let mut seen = std::mem::take(&mut *reports.lock().unwrap());
        // Whose event it was differs.
        for hit in seen
            .iter_mut()
            .filter_map(|seen| seen[1].as_array_mut())
            .flatten()
        {
            let told = hit.as_str().unwrap_or_default();
            let told = told.replace("dragstart false", "dragstart true");
            *hit = json!(told.replace("untrusted ", ""));
        }
        assert_eq!(seen.len(), 2, "{page}: {seen:?}");
        if seen[0] != seen[1] {
            differences.push(format!(
                "{page}\n  ours   {}\n  theirs {}",
                seen[0], seen[1]
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The flow for a row of each feed: other players know no templates.
pub(super) fn filled(flow: &Value, feeds: &[rehearsal::feed::Feed], row: usize) -> Value {
    let mut flow = flow.clone();
    for step in flow["steps"].as_array_mut().unwrap() {
        let Some(template) = step["x-rehearsal"]["value"].as_str() else {
            continue;
        };
        let mut text = template.to_owned();
        for feed in feeds {
            // Some feeds are shorter.
            let row = &feed.rows[row.min(feed.rows.len() - 1)];
            for (column, value) in feed.columns.iter().zip(row) {
                text = text.replace(&format!("{{{{{}.{column}}}}}", feed.name), value);
            }
        }
        assert!(!text.contains("{{"), "{text}");
        step["x-rehearsal"]
            .as_object_mut()
            .unwrap()
            .shift_remove("value");
        let key = if step["type"] == "navigate" {
            "url"
        } else {
            "value"
        };
        step[key] = json!(text);
    }
    flow
}

/// What a visit did, from the shop's own log: documents and all that changed something, in
/// order. Which product or category it was is left out, since `choose: "any"` may differ.
fn visit(log: &[Value]) -> Vec<String> {
    let told = log.iter().filter_map(|line| {
        let (method, path) = (line["method"].as_str()?, line["path"].as_str()?);
        let polled = path.starts_with("/api/") && method == "GET";
        let part = path.starts_with("/assets") || path.starts_with("/images");
        if line["kind"] != "http" || polled || part || path == "/favicon.ico" {
            return None;
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let path = match parts[..] {
            [kind @ ("product" | "category"), _] => format!("/{kind}/…"),
            ["orders" | "checkout", "confirmation" | "done", _] => format!("/{}/…", parts[0]),
            _ => path
                .split('/')
                .map(|part| {
                    if part.contains(|c: char| c.is_ascii_digit()) {
                        "…"
                    } else {
                        part
                    }
                })
                .collect::<Vec<_>>()
                .join("/"),
        };
        Some(format!(
            "{method} {path} {} user {}",
            line["status"], line["user"]
        ))
    });
    told.collect()
}

#[test]
#[ignore = "needs Node: make test-interop"]
fn flows_on_the_shop_reach_the_same_end_in_both_players() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plan = std::fs::read_to_string(root.join("fixtures/shop.toml")).unwrap();
    let plan = Plan::parse(&plan, "shop.toml").unwrap();
    let options = Options {
        scale: 0.4,
        ..Options::default()
    };
    let feeds = seed::feeds(&plan, &options).unwrap();
    let visits = ["ours", "theirs"].map(|player| {
        let folder = tempfile::tempdir().unwrap();
        let shop = Shop::start(folder.path(), &[]);
        let seeded = rehearsal(folder.path())
            .args(["seed", "run"])
            .arg(root.join("fixtures/shop.toml"))
            .args(["--database", &shop.database, "--scale", "0.4"])
            .output()
            .unwrap();
        assert!(seeded.status.success(), "{}", said(&seeded));
        let database = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
        let newest = "select max(id) from orders";
        let seeded: i64 = database.query_row(newest, [], |row| row.get(0)).unwrap();
        for name in ["browse", "search", "checkout", "idle"] {
            let text = std::fs::read_to_string(root.join(format!("flows/{name}.json"))).unwrap();
            let flow = filled(&serde_json::from_str(&text).unwrap(), &feeds, 1);
            let file = folder.path().join(format!("{name}.json"));
            let text = flow.to_string().replace("http://127.0.0.1:8000", &shop.url);
            std::fs::write(&file, text).unwrap();
            let output = match player {
                "ours" => ours(folder.path(), &file),
                _ => theirs(&file),
            };
            assert!(
                output.status.success(),
                "{name}, {player}: {}",
                said(&output)
            );
        }
        (visit(&shop.stop()), orders_since(&database, seeded))
    });
    let [ours, theirs] = visits;
    assert_eq!(ours, theirs, "ours on the left, theirs on the right");
    // All of it happened: the last page of the checkout, and one order with the typed address.
    let steps = ours.0.join("\n");
    for step in [
        "POST /login",
        "POST /checkout/review",
        "POST /logout",
        "GET /search",
    ] {
        assert!(steps.contains(step), "{steps}");
    }
    let customers = feeds
        .iter()
        .find(|feed| &*feed.name == "customers")
        .unwrap();
    let street = &customers.rows[1][customers.column("street").unwrap()];
    assert_eq!(ours.1.len(), 1, "{:?}", ours.1);
    assert!(ours.1[0].contains(&**street), "{:?}", ours.1);
}

/// Orders after the one with this id: who bought, how many pieces, and where they go.
fn orders_since(database: &rusqlite::Connection, id: i64) -> Vec<String> {
    let mut query = database
        .prepare(
            "select customer_id, (select sum(quantity) from order_lines where order_id = orders.id), \
             ship_name || ', ' || ship_street || ', ' || ship_postcode || ' ' || ship_city || ', ' || ship_country \
             from orders where id > ?1",
        )
        .unwrap();
    let told = query.query_map([id], |row| {
        let (customer, pieces): (i64, i64) = (row.get(0)?, row.get(1)?);
        let address: String = row.get(2)?;
        Ok(format!("customer {customer}: {pieces} pieces to {address}"))
    });
    told.unwrap().map(Result::unwrap).collect()
}
