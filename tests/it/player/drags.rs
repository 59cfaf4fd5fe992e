//! Drags: HTML's own and those that pages make of pointer events.

use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, click, own};

fn drag(from: &str, more: Value) -> Value {
    let mut parameters = json!({"selectors": [from]});
    if let (Value::Object(all), Value::Object(more)) = (&mut parameters, more) {
        all.extend(more);
    }
    own("drag", parameters)
}

#[tokio::test(flavor = "multi_thread")]
async fn html_drags_drop_their_data() {
    let mut player = Player::start().await;
    player.open("/drag.html").await;
    player.pass(drag("#card", json!({"to": ["#done"]}))).await;
    player
        .hits(&["dragstart true", "drop card on done", "dragend copy"])
        .await;
    // In a container that has to be scrolled first.
    player
        .pass(drag("#card", json!({"to": ["#far"], "toAt": [0.2, 0.5]})))
        .await;
    player
        .hits(&["dragstart true", "drop card on far", "dragend copy"])
        .await;
    let refused = player.fail(drag("#card", json!({"to": ["#closed"]}))).await;
    assert_eq!(refused.cause, Cause::NotActionable);
    assert!(
        refused
            .message
            .starts_with("the page did not take what was dropped"),
        "{refused:?}"
    );
    player.forget().await;
    // The hand is free again.
    player.click("#after").await;
    player.hits(&["click button#after"]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pointer_drags_move_step_by_step() {
    let mut player = Player::start().await;
    player.open("/drag.html").await;
    // Out of a palette onto a drawing, as Node-RED has it.
    player
        .pass(drag(
            "#inject",
            json!({"to": ["#canvas"], "toAt": [0.5, 0.5]}),
        ))
        .await;
    player.hits(&["inject on canvas 300,100 moved"]).await;
    player
        .pass(drag(
            "#last",
            json!({"to": ["#canvas"], "toAt": [0.1, 0.2], "path": [[40, 10], [80, -30]]}),
        ))
        .await;
    player.hits(&["last on canvas 60,40 moved"]).await;
    // Sliders have no target.
    player.pass(drag("#knob", json!({"by": [120, 0]}))).await;
    player.hits(&["slider 120 mouse", "click div#knob"]).await;
    player
        .pass(drag("#a", json!({"to": ["#c"], "toAt": [0.5, 0.9]})))
        .await;
    player.hits(&["order bcad"]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fingers_swipe() {
    let mut player = Player::start().await;
    let phone = json!({"type": "setViewport", "width": 700, "height": 700, "deviceScaleFactor": 1,
        "isMobile": true, "hasTouch": true, "isLandscape": false});
    player.pass(phone).await;
    player.open("/drag.html").await;
    player
        .pass(drag("#knob", json!({"by": [60, 0], "device": "touch"})))
        .await;
    player.hits(&["slider 60 touch"]).await;
    player
        .pass(drag("#strip", json!({"by": [-200, 0], "device": "touch"})))
        .await;
    player
        .expect("strip.scrollLeft > 100", "strip.scrollLeft")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_covered_source_or_target_gets_nothing() {
    let mut player = Player::start().await;
    player.open("/drag.html").await;
    let cover = |box_: &str| {
        json!({"type": "waitForExpression", "expression": format!(
            "document.body.insertAdjacentHTML('beforeend', `<div id=veil style=\"position:absolute;z-index:9;background:#fff9;left:${{{box_}.getBoundingClientRect().x}}px;top:${{{box_}.getBoundingClientRect().y}}px;width:130px;height:70px\"></div>`) ?? true")})
    };
    player.pass(cover("done")).await;
    let target = player.fail(drag("#card", json!({"to": ["#done"]}))).await;
    assert_eq!(target.cause, Cause::Covered);
    assert!(
        target
            .message
            .starts_with("where it is dropped: covered by `div#veil`"),
        "{target:?}"
    );
    player
        .expect(
            "!hits().some((hit) => hit.startsWith('drop'))",
            "hits().join()",
        )
        .await;
    let absent = player
        .fail(drag("#inject", json!({"to": ["#nowhere"]})))
        .await;
    assert_eq!(absent.cause, Cause::NotFound);
    player.forget().await;
    player
        .pass(json!({"type": "waitForExpression", "expression": "veil.remove() ?? true"}))
        .await;
    player.pass(cover("card")).await;
    let source = player.fail(drag("#card", json!({"to": ["#todo"]}))).await;
    assert!(
        source.message.starts_with("covered by `div#veil`"),
        "{source:?}"
    );
    player.hits(&[]).await;
    player.pass(click(&["#after"])).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drags_find_their_elements_where_the_page_has_moved_to() {
    let mut player = Player::start().await;
    player.open("/moving.html").await;
    // It moves between the press and the drag's start, and again over where it is dropped.
    player.pass(drag("#two", json!({"to": ["#bin"]}))).await;
    player
        .expect("place.children.length === 2", "place.outerHTML")
        .await;
    player.hits(&["drag two", "drop on bin"]).await;
    player.leave().await;
}
