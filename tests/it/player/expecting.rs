//! What steps are known to cause, what flows expect of pages, and what they read from them.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, Setup, click, with};

async fn start() -> Player {
    let routes = Router::new()
        .route("/api/orders", post(|| async { "{}" }))
        .route(
            "/api/refused",
            post(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "no") }),
        );
    Player::start_as(Setup {
        routes,
        ..Setup::default()
    })
    .await
}

/// A click with this extension.
fn pressing(selector: &str, extension: &Value) -> Value {
    with(click(&[selector]), json!({"x-rehearsal": extension}))
}

/// Looks at the page without doing anything.
fn looking(expect: &Value) -> Value {
    json!({"type": "waitForElement", "selectors": ["#number"], "visible": false, "count": 9,
        "x-rehearsal": {"expect": expect}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_done_when_what_it_causes_is_there() {
    let mut player = start().await;
    player.open("/expecting.html").await;
    let all = json!({"effect": {"navigation": "/orders/*", "appears": [["#toast"]],
        "responses": [{"method": "POST", "url": "/api/orders"}]}});
    player.pass(pressing("#place", &all)).await;
    let there = json!({"type": "waitForExpression", "expression": "!toast.hidden"});
    let performed = player.try_within(there, std::time::Duration::ZERO).await;
    assert_eq!(performed.result, Ok(()));

    player.open("/expecting.html").await;
    let state = json!({"effect": {"state": {"expanded": true}}});
    let took = player.pass(pressing("#menu", &state)).await;
    assert!(took >= 200.0, "{took}");
    // One that came is enough, and the others are not waited for until the deadline.
    let partly = json!({"effect": {"state": {"expanded": true}, "appears": [["#never"]]}});
    let took = player.pass(pressing("#menu", &partly)).await;
    assert!(took < 8_000.0, "{took}");
    let gone = json!({"effect": {"vanishes": [["#toast"], ["#menu"]]}});
    player.pass(pressing("#nothing", &gone)).await;

    let none = json!({"effect": {"navigation": "/paid", "vanishes": [["#menu"]],
        "responses": [{"method": "POST", "url": "/api/pay", "status": 201}],
        "state": {"pressed": true}}});
    let none = player.fail(pressing("#nothing", &none)).await;
    assert_eq!(none.cause, Cause::Condition);
    assert!(
        none.message
            .starts_with("nothing of what the step causes came within 1.")
            && none.message.ends_with(
                "expected a navigation to `/paid`, a response 201 to POST `/api/pay`, \
                 that `#menu` went away, the state pressed of its element"
            ),
        "{none:?}"
    );
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expectations_are_waited_for_and_named_when_they_fail() {
    let mut player = start().await;
    player.open("/expecting.html").await;
    let holds = json!({"expect": [
        {"selectors": [["#number"]], "text": "No. 1017", "matches": "^No\\. \\d+$", "visible": true},
        {"url": "/orders/*?new=1", "title": "Orders (1)"},
        {"response": {"url": "/api/orders", "status": 200}},
        {"enabled": true, "contains": "Pl"},
    ]});
    player.pass(pressing("#place", &holds)).await;
    let now = json!([
        {"selectors": [["#agree"]], "checked": false},
        {"selectors": [["#code"]], "value": "A-1"},
        {"selectors": [["#shout"]], "text": "Ready to go"},
        {"selectors": [["#shout"]], "text": "READY TO GO"},
        {"selectors": [["li"]], "count": 0, "visible": false},
    ]);
    player.pass(looking(&now)).await;
    for (expect, message) in [
        (
            json!({"selectors": [["#number"]], "text": "No. 1018"}),
            "expected `b#number` to have the text `No. 1018`, and it has `No. 1017` after 1.",
        ),
        (
            json!({"selectors": [["#agree"]], "checked": true}),
            "expected `input#agree` to be checked, and it is not",
        ),
        (
            json!({"selectors": [["button"]], "text": "More"}),
            "4 elements match `button`, and none of them alone",
        ),
        (
            json!({"selectors": [["li"]], "count": 2}),
            "expected 2 visible elements that match `li`, and there are 0",
        ),
        (
            json!({"url": "/cart"}),
            "expected the address `/cart`, and the page is at",
        ),
        (
            json!({"title": "Cart"}),
            "expected the title `Cart`, and the page has `Orders (1)`",
        ),
        (
            json!({"response": {"method": "PUT", "url": "/api/**"}}),
            "expected a response to PUT `/api/**`, and none came",
        ),
    ] {
        let failure = player.fail(looking(&json!([expect]))).await;
        assert_eq!(failure.cause, Cause::Condition);
        assert!(failure.message.starts_with(message), "{failure:?}");
    }
    let secret = json!([{"selectors": [["#password"]], "value": "other"}]);
    let secret = player.fail(looking(&secret)).await;
    assert!(!secret.message.contains("hunter2"), "{secret:?}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_names_what_the_server_refused() {
    let mut player = start().await;
    player.open("/expecting.html").await;
    let saved = json!({"expect": [{"selectors": [["#toast"]], "visible": true}]});
    let failure = player.fail(pressing("#refuse", &saved)).await;
    let refused = "; response 500 for POST /api/refused";
    assert!(failure.message.ends_with(refused), "{failure:?}");
    assert!(!failure.message.contains("t0p"));
    // Also that of the step before.
    player.click("#refuse").await;
    let failure = player.fail(click(&["#missing"])).await;
    assert!(failure.message.ends_with(refused), "{failure:?}");
    player.click("#nothing").await;
    let failure = player.fail(click(&["#missing"])).await;
    assert!(!failure.message.contains("response"), "{failure:?}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_read_as_soon_as_they_are_there() {
    let mut player = start().await;
    player.open("/expecting.html").await;
    let reads = json!({"extract": {
        "order": {"selectors": [["#number"]], "pattern": "No\\. (\\d+)"},
        "id": {"selectors": [["#number"]], "attribute": "data-id"},
        "code": {"selectors": [["#code"]], "from": "value"},
        "path": {"from": "url", "pattern": "/orders/.*"},
        "title": {"from": "title", "pattern": ".*1.*"},
        "own": {},
    }});
    let performed = player.performed(pressing("#place", &reads)).await;
    let read: Vec<(&str, &str)> = performed
        .extracted
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(
        read,
        [
            ("code", "A-1"),
            ("id", "o-1017"),
            ("order", "1017"),
            ("own", "Place"),
            ("path", "/orders/1017?new=1"),
            ("title", "Orders (1)"),
        ]
    );
    for (extraction, why) in [
        (
            json!({"selectors": [["#number"]], "pattern": "^\\d+$"}),
            "`No. 1017` does not match `^\\d+$`",
        ),
        (json!({"selectors": [["#none"]]}), "nothing matches `#none`"),
        (json!({"selectors": [["#list"]]}), "`ul#list` has no text"),
        (
            json!({"selectors": [["#list"]], "attribute": "lang"}),
            "`ul#list` has no attribute `lang`",
        ),
    ] {
        let reads = json!({"extract": {"order": extraction}});
        let failure = player.fail(pressing("#nothing", &reads)).await;
        assert_eq!(failure.cause, Cause::Condition);
        assert!(
            failure
                .message
                .starts_with("`order` could not be read within 1.")
                && failure.message.ends_with(why),
            "{failure:?}"
        );
    }
    player.leave().await;
}
