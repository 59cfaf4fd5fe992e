//! What is kept of a step that failed: it tells why, and holds no secret.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use rehearsal::browser::{Capture, Evidence, Replay};
use serde_json::{Value, json};

use crate::player::harness::{Player, SOON, Setup, click};

const SECRET: &str = "hunter2-correct&horse";
const CARD: &str = "4242424242424242";

/// A page with all that is hard to show, and secrets in all that could show them.
const PAGE: &str = r##"<!doctype html><title>Checkout</title>
<style>body{margin:0;background:#fff}.f{position:absolute;left:0;width:300px;height:40px;border:0;margin:0;
 background:#000;color:#fff;font:30px monospace}#rules{}</style>
<input class=f style="top:0" id=plain>
<input class=f style="top:50px" id=secret>
<input class=f style="top:100px" id=card autocomplete="section-a cc-number">
<p class=f style="top:150px" id=echo></p>
<input class=f style="top:200px" type=password id=password value="by-hand-typed">
<div style="margin-top:260px" id=host></div>
<iframe id=same src="/frame.html" width=300 height=50></iframe>
<script>
 document.querySelector("#secret").oninput = (event) => {
   document.querySelector("#echo").textContent = event.target.value;
   console.warn("typed", event.target.value);
   document.title = "Checkout " + event.target.value;
 };
 const root = document.querySelector("#host").attachShadow({mode: "open"});
 root.innerHTML = "<p id=inside>in the shadow</p>";
 const rules = new CSSStyleSheet(); rules.replaceSync("#inside{color:rgb(1,2,3)}");
 root.adoptedStyleSheets = [rules];
 document.querySelector("style").sheet.insertRule(".inserted{color:red}");
 window.changed = 0;
 new MutationObserver(() => window.changed++).observe(document.querySelector("#card"), {attributes: true});
 console.error("it is broken", {code: 7});
 setTimeout(() => { throw new TypeError("uncaught here"); });
 fetch("/broken?access_token=" + "token".repeat(2) + "&page=2", {headers: {"x-api-key": "key".repeat(3)}});
</script>"##;

async fn broken() -> impl IntoResponse {
    let headers = [(SET_COOKIE, "session=cookiecookie")];
    (StatusCode::INTERNAL_SERVER_ERROR, headers, "out of order")
}

async fn player(capture: Capture) -> Player {
    let routes = Router::new()
        .route("/evidence", get(|| async { Html(PAGE) }))
        .route("/broken", get(broken));
    let replay = Replay {
        capture,
        ..Replay::default()
    };
    let setup = Setup {
        routes,
        replay,
        ..Setup::default()
    };
    Player::start_as(setup).await
}

fn change(selector: &str, value: &str) -> Value {
    json!({"type": "change", "selectors": [selector], "value": value})
}

/// Fills the page with secrets, then fails.
async fn failed(player: &mut Player) -> Evidence {
    player.open("/evidence").await;
    player.pass(change("#plain", "WWWWWWWW")).await;
    player.pass_secret(change("#secret", SECRET)).await;
    player.pass(change("#card", CARD)).await;
    let performed = player.try_within(click(&["#absent"]), SOON).await;
    assert!(performed.result.is_err());
    *performed.evidence.expect("evidence of a failure")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_leaves_what_the_page_was() {
    let mut player = player(Capture::Failures).await;
    let evidence = failed(&mut player).await;

    assert!(evidence.url.ends_with("/evidence"), "{}", evidence.url);
    let dom = evidence.dom.expect("the document");
    for part in [
        "<template shadowrootmode=\"open\">",
        "in the shadow",
        "rgb(1, 2, 3)",
        ".inserted",
        "srcdoc=\"",
        "&lt;button",
        "value=\"WWWWWWWW\"",
        "script-src 'none'",
    ] {
        let part = if part.starts_with("&lt;") {
            "<button"
        } else {
            part
        };
        assert!(dom.contains(part), "{part} in {dom}");
    }
    let console: Vec<String> = evidence
        .console
        .iter()
        .map(|message| format!("{}: {}", message.level, message.text))
        .collect();
    let said = console.join("\n");
    assert!(said.contains("error: it is broken {code: 7}"), "{said}");
    assert!(said.contains("uncaught here"), "{said}");
    assert!(said.contains("500 (Internal Server Error)"), "{said}");
    assert!(said.contains("warning: typed •••"), "{said}");
    let names: Vec<&str> = evidence
        .actions
        .iter()
        .map(|action| action.action.as_str())
        .collect();
    assert_eq!(names, ["navigate", "change", "change", "change", "click"]);
    let last = evidence.actions.last().unwrap();
    let why = last.failure.as_deref().unwrap_or_default();
    assert!(why.starts_with("0 of 1 selector matches"), "{why}");
    assert_eq!(last.selectors, "`#absent`");

    // Nobody listens to the page afterwards: what it writes now is told by the next failure.
    player
        .pass(json!({"type": "waitForExpression",
        "expression": "(console.info('later'), true)"}))
        .await;
    let again = player.try_within(click(&["#absent"]), SOON).await;
    let console = again.evidence.unwrap().console;
    let later = console.iter().filter(|message| message.text == "later");
    assert_eq!(later.count(), 1, "{console:?}");
    // The page noticed nothing of it.
    player
        .expect("window.changed === 0", "window.changed")
        .await;
    player
        .expect("document.getAnimations().length === 0", "0")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_holds_no_secret() {
    let mut player = player(Capture::Failures).await;
    let evidence = failed(&mut player).await;
    let everything = format!(
        "{} {} {} {:?} {} {}",
        evidence.url,
        evidence.title,
        evidence.dom.as_deref().unwrap(),
        evidence.console,
        evidence.har.as_ref().unwrap(),
        json!(evidence.actions),
    );
    for secret in [
        SECRET,
        "hunter2",
        CARD,
        "by-hand",
        "tokentoken",
        "keykeykey",
        "cookiecookie",
    ] {
        let at = everything.find(secret);
        let near = at.map(|at| &everything[at.saturating_sub(200)..at + 20]);
        assert_eq!(near, None, "{secret}");
    }
    let shot = evidence.screenshot.expect("a screenshot");
    assert_eq!(shot.mime, "image/png");
    let picture = Picture::read(&shot.bytes);
    assert!(picture.has_white(0), "what is no secret is shown");
    for (row, what) in [(50, "secret"), (100, "card"), (150, "echo")] {
        assert!(!picture.has_white(row), "{what} is shown");
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_a_har() {
    let mut player = player(Capture::Failures).await;
    player.open("/evidence").await;
    let performed = player.try_within(click(&["#absent"]), SOON).await;
    let har = performed.evidence.unwrap().har.unwrap();
    is_har(&har);
    let entries = har["log"]["entries"].as_array().unwrap();
    let broken = entries
        .iter()
        .find(|entry| {
            entry["request"]["url"]
                .as_str()
                .unwrap()
                .contains("/broken")
        })
        .expect("the failing request");
    assert_eq!(broken["response"]["status"], 500);
    assert_eq!(
        broken["request"]["queryString"][1],
        json!({"name": "page", "value": "2"})
    );
    assert_eq!(broken["_class"], "fetch");
    let page = har["log"]["pages"].as_array().unwrap();
    assert!(
        page.iter().any(|page| page["id"] == broken["pageref"]),
        "{broken}"
    );
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_pass_leave_nothing_unless_each_is_captured() {
    let mut player = player(Capture::Failures).await;
    player.open("/evidence").await;
    let passed = player.try_within(change("#plain", "x"), SOON).await;
    assert_eq!((passed.result, passed.evidence), (Ok(()), None));
    // What may be absent is no failure.
    let mut optional = click(&["#absent"]);
    optional["x-rehearsal"] = json!({"optional": true});
    let skipped = player.try_within(optional, SOON).await;
    assert_eq!(skipped.evidence, None);
    player.leave().await;

    let mut player = self::player(Capture::EveryStep).await;
    player.open("/pointer.html").await;
    let performed = player.try_within(click(&["#plain"]), SOON).await;
    let evidence = performed.evidence.expect("evidence of each step");
    assert_eq!(evidence.screenshot.unwrap().mime, "image/webp");
    let sight = evidence.sight.expect("what was clicked");
    let [left, top, width, height] = sight.element.expect("its box");
    let [x, y] = sight.point;
    assert!((left..left + width).contains(&x), "{x} in {left}+{width}");
    assert!((top..top + height).contains(&y), "{y} in {top}+{height}");
    assert!(sight.screenshot.is_some());
    player.leave().await;
}

/// What HAR 1.2 requires.
pub(crate) fn is_har(har: &Value) {
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert!(log["creator"]["name"].is_string() && log["creator"]["version"].is_string());
    for page in log["pages"].as_array().unwrap() {
        for name in ["startedDateTime", "id", "title"] {
            assert!(page[name].is_string(), "{name} of {page}");
        }
        assert!(page["pageTimings"].is_object());
    }
    let strings = |value: &Value, names: &[&str]| {
        for name in names {
            assert!(value[name].is_string(), "{name} of {value}");
        }
    };
    let numbers = |value: &Value, names: &[&str]| {
        for name in names {
            assert!(value[name].is_number(), "{name} of {value}");
        }
    };
    for entry in log["entries"].as_array().unwrap() {
        let started = entry["startedDateTime"].as_str().unwrap();
        assert!(started.parse::<jiff::Timestamp>().is_ok(), "{started}");
        numbers(entry, &["time"]);
        assert!(entry["cache"].is_object());
        let request = &entry["request"];
        strings(request, &["method", "url", "httpVersion"]);
        numbers(request, &["headersSize", "bodySize"]);
        let response = &entry["response"];
        numbers(response, &["status", "headersSize", "bodySize"]);
        strings(response, &["statusText", "httpVersion", "redirectURL"]);
        numbers(&response["content"], &["size"]);
        strings(&response["content"], &["mimeType"]);
        for list in [
            &request["cookies"],
            &request["headers"],
            &request["queryString"],
            &response["cookies"],
            &response["headers"],
        ] {
            for pair in list.as_array().unwrap() {
                strings(pair, &["name", "value"]);
            }
        }
        numbers(&entry["timings"], &["send", "wait", "receive"]);
        for name in ["send", "wait", "receive"] {
            assert!(entry["timings"][name].as_f64().unwrap() >= 0.0, "{entry}");
        }
    }
}

/// A decoded PNG.
struct Picture {
    width: usize,
    channels: usize,
    bytes: Vec<u8>,
}

impl Picture {
    fn read(file: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut bytes).unwrap();
        Self {
            width: frame.width as usize,
            channels: frame.color_type.samples(),
            bytes,
        }
    }

    /// Whether something bright is in the dark field whose top is at `row`.
    fn has_white(&self, row: usize) -> bool {
        (row + 2..row + 38).any(|y| {
            (2..298).any(|x| {
                let at = (y * self.width + x) * self.channels;
                self.bytes[at] > 128
            })
        })
    }
}
