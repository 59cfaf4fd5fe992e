//! When a step is done: its effect is there, and nothing else was waited for.

use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, click, with};

fn asserting(step: Value, url: &str) -> Value {
    with(
        step,
        json!({"assertedEvents": [{"type": "navigation", "url": url, "title": ""}]}),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_is_done_when_the_next_page_is_there() {
    let mut player = Player::start().await;
    player.open("/spa.html").await;
    let took = player.pass(click(&["#link"])).await;
    assert!(took >= 400.0, "{took}");
    // No waiting here: the page is the next one already.
    let there = json!({"type": "waitForExpression", "expression": "document.title === 'Slow'"});
    let performed = player.try_within(there, std::time::Duration::ZERO).await;
    assert_eq!(performed.result, Ok(()));

    // A request first, then a page.
    player.open("/spa.html").await;
    let took = player.pass(click(&["#chain"])).await;
    assert!(took >= 400.0, "{took}");
    player
        .expect("document.title === 'Slow'", "document.title")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_the_deed_are_waited_for_and_polls_are_not() {
    let mut player = Player::start().await;
    player.open("/spa.html").await;
    let took = player.pass(click(&["#load"])).await;
    assert!(took >= 400.0, "{took}");
    let there =
        json!({"type": "waitForExpression", "expression": "out.textContent === 'after 400'"});
    let performed = player.try_within(there, std::time::Duration::ZERO).await;
    assert_eq!(performed.result, Ok(()));

    player.pass(click(&["#poll"])).await;
    let took = player.pass(click(&["#nothing"])).await;
    assert!(took < 3_000.0, "polls must not hold a step: {took}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_begin_a_little_later_are_waited_for() {
    let mut player = Player::start().await;
    player.open("/begins.html").await;
    let there =
        json!({"type": "waitForExpression", "expression": "out.textContent === 'after 150'"});
    for round in 0..30 {
        for button in ["timer", "promise", "frame", "debounce"] {
            player
                .expect("(out.textContent = '') === ''", "out.textContent")
                .await;
            player.click(&format!("#{button}")).await;
            let performed = player
                .try_within(there.clone(), std::time::Duration::ZERO)
                .await;
            assert_eq!(performed.result, Ok(()), "{button}, round {round}");
        }
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_poller_holds_no_step_once_it_is_known() {
    let mut player = Player::start().await;
    player.open("/background.html").await;
    // Known by now: it has asked while the page was looked at and nobody acted.
    let ever = json!({"type": "waitForExpression",
        "expression": "performance.now() > 4000"});
    player.pass(ever).await;
    for _ in 0..5 {
        let performed = player.performed(click(&["#nothing"])).await;
        let took = performed.ended.ms_since(performed.started);
        assert!(took < 2_500.0, "{took}");
        player.pass(click(&["#load"])).await;
        let there =
            json!({"type": "waitForExpression", "expression": "out.textContent === 'after 300'"});
        let performed = player.try_within(there, std::time::Duration::ZERO).await;
        assert_eq!(performed.result, Ok(()));
        player.expect("(out.textContent = '') === ''", "''").await;
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_does_not_come_fails_nothing() {
    let mut player = Player::start().await;
    player.open("/spa.html").await;
    let took = player.pass(click(&["#image"])).await;
    assert!(took < 9_000.0, "{took}");
    player
        .expect("!!document.getElementById('heavy')", "''")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asserted_navigations_must_come_and_lead_where_they_should() {
    let mut player = Player::start().await;
    let url = |player: &Player, path: &str| player.site.url(path);
    // The history API counts, also when it comes a little later; ids may differ.
    player.open("/spa.html").await;
    let item = url(&player, "/item/1");
    player.pass(asserting(click(&["#route"]), &item)).await;
    player
        .expect("location.pathname === '/item/7'", "location.pathname")
        .await;

    player.open("/spa.html").await;
    let none = player.fail(asserting(click(&["#nothing"]), &item)).await;
    assert_eq!(none.cause, Cause::Navigation);
    assert!(
        none.message
            .starts_with(&format!("no navigation to `{item}` within 1.")),
        "{none:?}"
    );

    let cart = url(&player, "/cart");
    let elsewhere = player.fail(asserting(click(&["#login"]), &cart)).await;
    assert_eq!(elsewhere.cause, Cause::Navigation);
    let login = url(&player, "/pointer.html");
    assert!(
        elsewhere.message.ends_with(&format!("is at `{login}`")),
        "{elsewhere:?}"
    );

    player.open("/spa.html").await;
    let refused = player.fail(click(&["#gone"])).await;
    assert_eq!(refused.cause, Cause::Navigation);
    assert!(
        refused.message.contains("could not be opened"),
        "{refused:?}"
    );
    let refused = player
        .fail(json!({"type": "navigate", "url": "http://127.0.0.1:1/"}))
        .await;
    assert_eq!(refused.cause, Cause::Navigation);
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_and_expressions_are_waited_for() {
    let mut player = Player::start().await;
    player.open("/choices.html").await;
    let wait = |more: Value| with(json!({"type": "waitForElement"}), more);
    player.pass(wait(json!({"selectors": ["#right"]}))).await;
    player
        .pass(wait(
            json!({"selectors": [".item"], "operator": "==", "count": 3}),
        ))
        .await;
    player
        .pass(wait(json!({"selectors": ["#small"], "visible": false})))
        .await;
    player
        .pass(wait(
            json!({"selectors": ["#quantity"], "properties": {"type": "number"},
            "attributes": {"id": "quantity"}}),
        ))
        .await;
    let hidden = player.fail(wait(json!({"selectors": ["#small"]}))).await;
    assert_eq!(hidden.cause, Cause::Condition);
    assert!(
        hidden
            .message
            .starts_with("expected >= 1 elements, and 0 of 1 that match `#small` fit"),
        "{hidden:?}"
    );
    let fails = player
        .fail(json!({"type": "waitForExpression", "expression": "missing.thing === 1;"}))
        .await;
    assert_eq!(fails.cause, Cause::Condition);
    assert!(
        fails.message.contains("missing is not defined"),
        "{fails:?}"
    );
    let never = player
        .fail(json!({"type": "waitForExpression", "expression": "false // x"}))
        .await;
    assert!(never.message.starts_with("not true after 1."), "{never:?}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn popups_are_pages_too_and_can_be_closed() {
    let mut player = Player::start().await;
    player.open("/spa.html").await;
    player.click("#pop").await;
    let popup = player.site.url("/inner.html?token=2");
    player
        .pass(with(click(&["#pay"]), json!({"target": popup})))
        .await;
    player.hits(&["click button#pop", "click button#pay"]).await;
    player.pass(json!({"type": "close", "target": popup})).await;
    let gone = player
        .fail(with(click(&["#pay"]), json!({"target": popup})))
        .await;
    assert_eq!(gone.cause, Cause::NotFound);
    player.click("#nothing").await;
    player.hits(&["click button#nothing"]).await;
    player.leave().await;
}
