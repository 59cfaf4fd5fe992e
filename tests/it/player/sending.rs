//! A step ends when what it sent was answered, and for nothing that never ends; what the last step
//! sent reaches the server though the user leaves at once.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse};
use axum::routing::{any, get, post};
use rehearsal::sample::Cause;
use serde_json::json;

use super::harness::{Player, Setup, change, click, with};

/// What the server was told, each 300 ms after it came.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn routes(&self) -> Router {
        let log = self.clone();
        let note = move |Path(name): Path<String>| {
            let log = log.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(300)).await;
                log.0.lock().unwrap().push(name);
                Html("<title>Noted</title>")
            }
        };
        Router::new()
            .route("/log/{name}", post(note))
            .route("/events", get(events))
            .route("/socket", any(socket))
            .route("/silent", post(std::future::pending::<()>))
            .route("/broken", get(broken))
            .route("/attachment", get(attachment))
            .route("/file.bin", get(attachment))
    }

    fn told(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

async fn events() -> impl IntoResponse {
    let never = futures::stream::pending::<Result<Event, Infallible>>();
    Sse::new(never)
}

async fn socket(upgrade: WebSocketUpgrade) -> impl IntoResponse {
    upgrade.on_upgrade(|socket| async move {
        let _open = socket;
        std::future::pending::<()>().await;
    })
}

async fn broken() -> impl IntoResponse {
    let page = Html("<title>Error</title><h1>Sorry</h1>");
    (StatusCode::INTERNAL_SERVER_ERROR, page)
}

async fn attachment() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CONTENT_DISPOSITION, "attachment; filename=a.bin"),
    ];
    (headers, "bytes")
}

async fn start() -> (Player, Log) {
    let log = Log::default();
    let player = Player::start_as(Setup {
        routes: log.routes(),
        ..Setup::default()
    });
    (player.await, log)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_holds_nothing_open() {
    let (mut player, _log) = start().await;
    player.open("/noisy.html").await;
    for _ in 0..3 {
        let took = player.pass(click(&["#nothing"])).await;
        assert!(took < 3_000.0, "{took}");
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_last_step_sent_arrives() {
    for name in ["keep", "beacon", "form", "later"] {
        let (mut player, log) = start().await;
        player.open("/noisy.html").await;
        let step = match name {
            "form" => click(&["#post"]),
            "later" => {
                let effect = json!({"responses": [{"url": "/log/later"}]});
                with(
                    click(&["#later"]),
                    json!({"x-rehearsal": {"effect": effect}}),
                )
            }
            _ => click(&[&format!("#{name}")]),
        };
        player.pass(step).await;
        player.leave().await;
        assert_eq!(log.told(), [name]);
    }
}

/// What a person saw after a deed: the draft was saved.
fn saved(afterwards: bool) -> serde_json::Value {
    let response = json!({"method": "POST", "url": "/log/draft", "afterwards": afterwards});
    json!({"x-rehearsal": {"effect": {"responses": [response]}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_was_saved_before_it() {
    let (mut player, log) = start().await;
    for late in [false, true] {
        player.open("/autosave.html").await;
        player.pass(change("#title", "News")).await;
        if late {
            // The draft is saved before the key that it followed in the recording.
            tokio::time::sleep(Duration::from_millis(1_200)).await;
        }
        let escape = json!({"type": "keyDown", "key": "Escape"});
        player.pass(with(escape, saved(false))).await;
        assert_eq!(log.told().len(), 1);
        // The second one is under way when the next field is typed into, and has not its text.
        player.pass(change("#title", "More news")).await;
        tokio::time::sleep(Duration::from_millis(550)).await;
        let body = change("#body", "It is told that there are news.");
        player.pass(with(body, saved(true))).await;
        player.pass(click(&["#publish"])).await;
        player
            .expect("out.textContent === 'published '", "out.textContent")
            .await;
        log.0.lock().unwrap().clear();
    }

    // A page that never saves it fails nothing; a press that sends nothing still does.
    let never = json!({"effect": {"responses": [{"method": "POST", "url": "/log/never",
        "afterwards": true}]}});
    let step = with(change("#title", "No news"), json!({"x-rehearsal": never}));
    player.pass(step).await;
    let step = with(click(&["#publish"]), json!({"x-rehearsal": never}));
    let performed = player.try_within(step, Duration::from_secs(1)).await;
    assert_eq!(performed.result.unwrap_err().cause, Cause::Condition);

    // Nothing says that it is saved; what is under way at the press is waited for.
    player.open("/autosave.html").await;
    player.pass(change("#title", "News")).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    player.pass(click(&["#publish"])).await;
    player
        .expect("out.textContent === 'published '", "out.textContent")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_and_errors_of_the_server_are_no_failures_by_themselves() {
    let (mut player, _log) = start().await;
    player.open("/noisy.html").await;
    player.click("#file").await;
    player.click("#attachment").await;
    let attachment = player.site.url("/attachment");
    player
        .pass(json!({"type": "navigate", "url": attachment}))
        .await;
    player
        .expect("document.title === 'Noisy'", "document.title")
        .await;
    player.click("#broken").await;
    let failure = player.fail(click(&["#pay"])).await;
    assert_eq!(failure.cause, Cause::NotFound);
    assert!(
        failure
            .message
            .ends_with("`#pay`; response 500 for GET /broken"),
        "{failure:?}"
    );
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_are_compared_once_they_have_settled() {
    let (mut player, _log) = start().await;
    let titled = player.site.url("/titled.html");
    let asserting = |title: &str| {
        let event = json!({"type": "navigation", "url": titled, "title": title});
        with(click(&["#next"]), json!({"assertedEvents": [event]}))
    };
    player.open("/noisy.html").await;
    player.pass(asserting("Your cart")).await;
    player.open("/noisy.html").await;
    let failure = player.fail(asserting("Your basket")).await;
    assert_eq!(failure.cause, Cause::Navigation);
    assert!(
        failure
            .message
            .starts_with("expected the title `Your basket` within 1.")
            && failure.message.ends_with("and the page has `Your cart`"),
        "{failure:?}"
    );
    // One that the back button brings back, and one that never left.
    let back = json!({"assertedEvents": [{"type": "navigation",
        "url": player.site.url("/noisy.html"), "title": "Noisy"}]});
    player.pass(with(click(&["#back"]), back.clone())).await;
    let hash = json!({"assertedEvents": [{"type": "navigation",
        "url": player.site.url("/noisy.html#there")}]});
    player.pass(with(click(&["#hash"]), hash)).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn navigations_inside_frames_are_asserted_of_the_frame() {
    let (mut player, _log) = start().await;
    let url = |player: &Player, path: &str| player.site.url(path);
    let asserting = |selector: &str, url: String| {
        let event = json!({"type": "navigation", "url": url});
        with(
            click(&[selector]),
            json!({"frame": [0], "assertedEvents": [event]}),
        )
    };
    player.open("/noisy.html").await;
    let pushed = url(&player, "/pushed/1");
    player.pass(asserting("#push", pushed.clone())).await;
    player.open("/noisy.html").await;
    let next = url(&player, "/slow-page/200");
    player.pass(asserting("#go", next)).await;
    player.open("/noisy.html").await;
    let titled = url(&player, "/titled.html");
    player.pass(asserting("#up", titled)).await;
    player.open("/noisy.html").await;
    let none = player.fail(asserting("#idle", pushed.clone())).await;
    assert!(
        none.message
            .starts_with(&format!("no navigation to `{pushed}` within 1.")),
        "{none:?}"
    );
    let cart = url(&player, "/cart");
    let astray = player.fail(asserting("#push", cart)).await;
    assert!(
        astray.message.ends_with(&format!("is at `{pushed}`")),
        "{astray:?}"
    );
    player.leave().await;
}
