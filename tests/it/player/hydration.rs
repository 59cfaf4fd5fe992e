//! Presses that come before a page can hear them: done once more when nobody can have heard the
//! first, and never otherwise. What was pressed is counted by the server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::routing::post;
use serde_json::{Value, json};

use super::harness::{Player, SOON, Setup, click, with};

/// How often the server was told of each name.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, u32>>>);

impl Counts {
    fn routes(&self) -> Router {
        let counts = self.clone();
        Router::new().route(
            "/count/{name}",
            post(move |Path(name): Path<String>| {
                let counts = counts.clone();
                async move {
                    *counts.0.lock().unwrap().entry(name).or_default() += 1;
                    "counted"
                }
            }),
        )
    }

    /// What it was told so far, which it forgets.
    fn take(&self, name: &str) -> u32 {
        self.0.lock().unwrap().remove(name).unwrap_or_default()
    }
}

async fn start() -> (Player, Counts) {
    let counts = Counts::default();
    let player = Player::start_as(Setup {
        routes: counts.routes(),
        ..Setup::default()
    });
    (player.await, counts)
}

fn causing(name: &str, more: Value) -> Value {
    let effect = json!({"responses": [{"method": "POST", "url": format!("/count/{name}")}]});
    let extension = with(json!({"effect": effect}), more);
    with(
        click(&[&format!("#{name}")]),
        json!({"x-rehearsal": extension}),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_nobody_heard_is_done_once_more() {
    let (mut player, counts) = start().await;
    for (after, expecting) in [(1_000, true), (1_700, false), (2_400, true), (3_000, false)] {
        player.open(&format!("/hydration.html?after={after}")).await;
        let step = if expecting {
            causing("add", json!({}))
        } else {
            click(&["#add"])
        };
        let performed = player.performed(step).await;
        assert!(performed.repeated, "{after}: {performed:?}");
        // Waiting for the page is not the user's time.
        let waited = performed.ended.ms_since(performed.started);
        assert!(performed.engine_ms > waited * 0.5, "{performed:?}");
        player
            .expect("out.textContent === 'add'", "out.textContent")
            .await;
        assert_eq!(counts.take("add"), 1, "{after}");
    }
    // Even one that nobody wants twice, and where the handler is slow.
    player.open("/hydration.html?after=1500&slowly=700").await;
    assert!(player.performed(causing("order", json!({}))).await.repeated);
    assert_eq!(counts.take("order"), 1);
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_heard_is_never_done_twice() {
    let (mut player, counts) = start().await;
    for (page, name) in [
        ("/hydration.html?after=0&slowly=1500", "order"),
        ("/hydration.html?after=0&slowly=1500", "next"),
        ("/hydration.html?delegated=1&slowly=2000", "wide"),
        ("/hydration.html?whole=1&delegated=1&slowly=100", "wide"),
    ] {
        player.open(page).await;
        let performed = player.performed(causing(name, json!({}))).await;
        assert!(!performed.repeated, "{page} {name}");
        assert_eq!(counts.take(name), 1, "{page} {name}");
    }
    // The handlers come at about the moment of the press.
    for after in (0..240).step_by(12) {
        player
            .open(&format!("/hydration.html?after={after}&slowly=50"))
            .await;
        player.performed(causing("order", json!({}))).await;
        player.expect("out.textContent === 'order'", "''").await;
        assert_eq!(counts.take("order"), 1, "{after}");
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_only_watches_harmless_presses_are_repeated() {
    let (mut player, counts) = start().await;
    player.open("/hydration.html?watch=1&after=3500").await;
    assert!(player.performed(causing("next", json!({}))).await.repeated);
    assert_eq!(counts.take("next"), 1);

    let lost = async |player: &mut Player, page: &str, step: Value| {
        player.open(page).await;
        let performed = player.try_within(step, SOON * 4).await;
        assert!(!performed.repeated, "{performed:?}");
        performed.result.unwrap_err().message
    };
    let page = "/hydration.html?watch=1&after=3500";
    let order = lost(&mut player, page, causing("order", json!({}))).await;
    assert!(
        order.starts_with("nothing of what the step causes came within 4.")
            && order.ends_with("expected a response to POST `/count/order`"),
        "{order}"
    );
    // It may be a router, and the press heard.
    let page = "/hydration.html?whole=1&after=2500";
    lost(&mut player, page, causing("next", json!({}))).await;
    // A library that keeps early presses and plays them again.
    let page = "/hydration.html?whole=1&delegated=1";
    lost(&mut player, page, causing("kept", json!({}))).await;
    // The flow knows better.
    let never = causing("add", json!({"repeatable": false}));
    lost(&mut player, "/hydration.html?after=2500", never).await;
    assert_eq!(counts.take("add"), 0);
    player.open(page).await;
    let forced = causing("wide", json!({"repeatable": true}));
    assert!(!player.performed(forced).await.repeated);
    assert_eq!(counts.take("wide"), 1);
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_at_the_root_is_given_its_time() {
    let (mut player, _counts) = start().await;
    let routers = [
        ("root", 300, true),
        ("body", 1_100, false),
        ("document", 2_500, true),
        ("document capture", 300, false),
        ("window", 1_100, true),
        ("window capture", 300, true),
    ];
    for (at, after, own) in routers {
        let own = if own { "&own=1" } else { "" };
        let page = format!(
            "/root-router.html?after={after}{own}&at={}",
            at.replace(' ', "%20")
        );
        player.open(&page).await;
        // As the developer tools record it.
        let url = player.site.url("/wizard/2");
        let step = with(
            click(&["aria/Next", ".next"]),
            json!({"assertedEvents": [{"type": "navigation", "url": url, "title": ""}]}),
        );
        let performed = player.performed(step).await;
        assert!(!performed.repeated, "{page}");
        player
            .expect("document.title === 'Step 2' && presses === 1", "presses")
            .await;
        if !["body", "window capture"].contains(&at) {
            continue;
        }
        // Nor is another view with the same button pressed for the same one.
        player.open(&format!("{page}&silent=1")).await;
        let expected = json!({"x-rehearsal": {"effect": {"appears": [[["text/Step 2"]]]}}});
        let performed = player.performed(with(click(&[".next"]), expected)).await;
        assert!(!performed.repeated, "{page}, silent");
        player.expect("presses === 1", "presses").await;
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_on_what_does_nothing_ends() {
    let (mut player, _counts) = start().await;
    player.open("/hydration.html").await;
    let performed = player.performed(click(&["#dead"])).await;
    assert!(!performed.repeated);
    let took = performed.ended.ms_since(performed.started);
    assert!(
        took < 6_000.0 && performed.engine_ms > took * 0.5,
        "{performed:?}"
    );
    // It is no longer young.
    let took = player.pass(click(&["#dead"])).await;
    assert!(took < 2_000.0, "{took}");
    player.leave().await;
}
