//! Where the pointer goes: parts of canvases and maps, odd boxes, menus, the wheel; and the
//! history of a tab.

use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, change, click, extended, own, with};

fn hover(selector: &str) -> Value {
    json!({"type": "hover", "selectors": [selector]})
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_boxes_are_hit() {
    let mut player = Player::start().await;
    player.open("/pointing.html").await;
    player
        .pass(extended(click(&["#canvas"]), json!({"at": [0.25, 0.9]})))
        .await;
    player.hits(&["click canvas#canvas", "canvas 50,90"]).await;
    for part in ["#left", "#right", "#contents", "#outer", "#turned"] {
        player.click(part).await;
    }
    player
        .hits(&[
            "click area#left",
            "click area#right",
            "click span#word",
            "click div#spill",
            "click div#turned",
        ])
        .await;
    player
        .pass(with(
            click(&["#pen"]),
            json!({"deviceType": "pen", "duration": 30}),
        ))
        .await;
    player.hits(&["pointer pen", "click button#pen"]).await;
    player
        .pass(with(click(&["#pen"]), json!({"deviceType": "touch"})))
        .await;
    player.hits(&["pointer touch", "click button#pen"]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn modifiers_and_other_buttons_do_what_they_do() {
    let mut player = Player::start().await;
    player.open("/pointing.html").await;
    player
        .pass(extended(
            click(&["#next"]),
            json!({"modifiers": ["Shift", "ControlOrMeta"]}),
        ))
        .await;
    player.click("#next").await;
    player
        .hits(&["click button#next shiftKey+ctrlKey", "click button#next"])
        .await;
    // The middle button opens links in tabs.
    player
        .pass(with(click(&["#link"]), json!({"button": "auxiliary"})))
        .await;
    player.hits(&["auxclick a#link"]).await;
    let tab = json!({"target": player.site.url("/pointer.html")});
    player.pass(with(click(&["#plain"]), tab)).await;
    player.hits(&["click button#plain"]).await;
    // As DevTools records a choice: the list is opened by a click, then changed.
    player.click("#size").await;
    player.change("#size", "l").await;
    player.click("#next").await;
    player.expect("size.value === 'l'", "size.value").await;
    player
        .expect("hits().includes('click button#next')", "hits().join()")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn menus_stay_open_on_the_way() {
    let mut player = Player::start().await;
    player.open("/pointing.html").await;
    player.pass(hover("#file_")).await;
    player.pass(hover("#export")).await;
    // Straight on, the way would leave the menu.
    player.click("#pdf").await;
    player.hits(&["click li#pdf"]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wheel_turns_what_is_under_it() {
    let mut player = Player::start().await;
    player.open("/wheel.html").await;
    let wheel = |step: Value| extended(step, json!({"wheel": true}));
    player
        .pass(wheel(json!({"type": "scroll", "x": 0, "y": 1000})))
        .await;
    player
        .expect(
            "Math.abs(scrollY - 1000) <= 1 && wheels.window > 0",
            "scrollY",
        )
        .await;
    player
        .pass(wheel(json!({"type": "scroll", "x": 0, "y": 0})))
        .await;
    player.expect("scrollY === 0", "scrollY").await;
    // The list grows at its end, until it has what the flow scrolled to.
    player
        .pass(wheel(
            json!({"type": "scroll", "selectors": ["#list"], "y": 1500}),
        ))
        .await;
    player
        .expect(
            "list.scrollTop === 1500 && wheels.list > 0",
            "list.scrollTop",
        )
        .await;
    // And beyond its last row it stands.
    player
        .pass(wheel(
            json!({"type": "scroll", "selectors": ["#list"], "y": 9000}),
        ))
        .await;
    player
        .expect("list.scrollTop === 1800 && scrollY === 0", "list.scrollTop")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_goes_back_and_forth() {
    let mut player = Player::start().await;
    let go = |way: &str| own("history", json!({"go": way}));
    player.open("/history.html?1").await;
    player.open("/history.html?2").await;
    player.pass(go("back")).await;
    player
        .expect("location.search === '?1'", "location.search")
        .await;
    player
        .pass(change("#typed", "on a page that came back"))
        .await;
    player.pass(go("forward")).await;
    player
        .expect("location.search === '?2'", "location.search")
        .await;
    player.click("#push").await;
    player.pass(go("back")).await;
    player
        .expect("hits().includes('popped ?2')", "hits().join()")
        .await;
    player.forget().await;
    player.pass(go("reload")).await;
    player.hits(&["shown ?2 false"]).await;
    player.pass(go("forward")).await;
    let nowhere = player.fail(go("forward")).await;
    assert_eq!(nowhere.cause, Cause::Navigation);
    assert_eq!(
        nowhere.message,
        "cannot go forward: the tab has shown no page after this one"
    );
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_away_during_a_press_is_pressed_again() {
    let mut player = Player::start().await;
    player.open("/shifting.html").await;
    player.click("#pay").await;
    player.hits(&["up pay", "click button#pay"]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_scaled_are_hit_where_they_are() {
    let mut player = Player::start().await;
    player.open("/scaled.html").await;
    let inner = |step: Value| with(step, json!({"frame": [0]}));
    player.pass(inner(click(&["#plain"]))).await;
    player.pass(inner(click(&["#far"]))).await;
    player.pass(inner(hover("#menu"))).await;
    player.pass(inner(click(&["#item"]))).await;
    player
        .hits(&["click button#plain", "click button#far", "click a#item"])
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_moves_under_the_pointer_is_aimed_at_again() {
    let mut player = Player::start().await;
    player.open("/moving.html").await;
    player
        .pass(extended(click(&["#map"]), json!({"at": [0.25, 0.5]})))
        .await;
    player.hits(&["click canvas#map", "map 50,50"]).await;
    // The menu moves away from under the pointer, and closes with its next movement.
    player.pass(hover("#menu")).await;
    player
        .expect("place.children.length === 4", "place.outerHTML")
        .await;
    player.click("#item").await;
    player.hits(&["click button#item"]).await;
    player.leave().await;
}
