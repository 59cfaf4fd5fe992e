//! Which element is meant, and whether it can be acted on: never the wrong one.

use rehearsal::flow::Flow;
use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, SOON, click, with};

#[tokio::test(flavor = "multi_thread")]
async fn every_selector_language_finds_its_element() {
    let mut player = Player::start().await;
    player.open("/choices.html").await;
    for (selector, hit) in [
        ("aria/Close dialog", "button#named"),
        ("aria/Close dialog[role=\"button\"]", "button#named"),
        ("aria/Save all", "button#iconic"),
        ("aria/Quantity:", "input#quantity"),
        ("aria/Send it[role=\"button\"]", "input#sent"),
        ("text/Three", "a#c"),
        ("xpath///a[@id='b']", "a#b"),
        ("pierce/#c", "a#c"),
        ("css/#a", "a#a"),
        // Of two buttons with one name, a person sees one.
        ("aria/Checkout", "button#large"),
    ] {
        player
            .pass(with(
                click(&[selector]),
                json!({"offsetX": 1, "offsetY": 1}),
            ))
            .await;
        player.hits(&[&format!("click {hit}")]).await;
    }
    // A chain looks for the next part inside the one before.
    let chain = json!({"type": "click", "offsetX": 1, "offsetY": 1,
        "selectors": [["aria/Title with link[role=\"heading\"]", "aria/[role=\"link\"]"]]});
    player.pass(chain).await;
    player.hits(&["click a#inhead"]).await;
    // Alternatives may name the button and the words in it.
    player
        .pass(click(&["aria/Save all", "#iconic > #inner"]))
        .await;
    player
        .expect(
            "hits().length === 1 && /iconic|inner/.test(hits()[0])",
            "hits().join()",
        )
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_agreed_is_not_clicked() {
    let mut player = Player::start().await;
    player.open("/choices.html").await;
    let several = player.fail(click(&[".d"])).await;
    assert_eq!(several.cause, Cause::Ambiguous);
    assert!(several.message.ends_with("`.d` matches 2"), "{several:?}");
    let contradiction = player.fail(click(&["#wrong", "aria/Close dialog"])).await;
    assert_eq!(contradiction.cause, Cause::Ambiguous);
    assert!(
        contradiction
            .message
            .contains("`button#wrong.d` and `button#named`"),
        "{contradiction:?}"
    );
    let missing = player.fail(click(&["#nowhere", "aria/Nowhere"])).await;
    assert_eq!(missing.cause, Cause::NotFound);
    assert!(
        missing
            .message
            .starts_with("0 of 2 selectors match after 1."),
        "{missing:?}"
    );
    assert!(
        missing.message.ends_with(": `#nowhere`, `aria/Nowhere`"),
        "{missing:?}"
    );
    let invalid = player.fail(click(&["a["])).await;
    assert!(invalid.message.ends_with("not valid: `a[`"), "{invalid:?}");
    player.hits(&[]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_selector_does_not_win_against_the_right_one_that_comes_later() {
    let mut player = Player::start().await;
    for _ in 0..3 {
        player.open("/choices.html").await;
        // The first match is there at once, and wrong; they contradict from then on.
        let stale = player.fail(click(&["#wrong", "aria/Right"])).await;
        assert_eq!(stale.cause, Cause::Ambiguous);
        player.open("/choices.html").await;
        player
            .pass(click(&["ul li:nth-child(1) a", "#right", "aria/Right"]))
            .await;
        player.hits(&["click button#right"]).await;
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_like_items_is_drawn_by_number() {
    let mut player = Player::start().await;
    player.open("/choices.html").await;
    let any = with(
        click(&["#none", ".item"]),
        json!({"x-rehearsal": {"choose": "any"}}),
    );
    for draw in 0..12 {
        player.pass_drawn(any.clone(), draw).await;
    }
    player
        .expect(
            "hits().length === 12 && new Set(hits()).size === 3",
            "hits().join()",
        )
        .await;
    // The same number draws the same item.
    player
        .expect("localStorage.clear() === undefined", "''")
        .await;
    for _ in 0..3 {
        player.pass_drawn(any.clone(), 5).await;
    }
    player
        .expect("new Set(hits()).size === 1", "hits().join()")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn obstacles_are_waited_for_and_named() {
    let mut player = Player::start().await;
    for kind in ["overlay", "moving", "hydrate", "jump"] {
        player.open(&format!("/obstacles.html?{kind}")).await;
        player.click("#buy").await;
        player.hits(&["click button#buy"]).await;
    }
    let failure = |cause, message: &str| (cause, message.to_owned());
    for (page, selector, (cause, start)) in [
        (
            "overlay-stays",
            "#buy",
            failure(Cause::Covered, "covered by `div#cover.modal` for 1."),
        ),
        (
            "restless",
            "#buy",
            failure(Cause::NotActionable, "moving for 1."),
        ),
        (
            "",
            "#inside",
            failure(Cause::NotActionable, "disabled for 1."),
        ),
        (
            "",
            "#greyed",
            failure(Cause::NotActionable, "disabled for 1."),
        ),
        (
            "",
            "#inert",
            failure(Cause::NotActionable, "disabled for 1."),
        ),
        (
            "",
            "#hidden",
            failure(Cause::NotActionable, "not visible for 1."),
        ),
    ] {
        player.open(&format!("/obstacles.html?{page}")).await;
        let failure = player.fail(click(&[selector])).await;
        assert_eq!(failure.cause, cause, "{selector}: {failure:?}");
        assert!(
            failure.message.starts_with(&start),
            "{selector}: {failure:?}"
        );
        player.hits(&[]).await;
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_absent_is_no_failure() {
    let mut player = Player::start().await;
    player.open("/choices.html").await;
    let banner = with(
        click(&["#cookie-banner"]),
        json!({"x-rehearsal": {"optional": true}}),
    );
    let performed = player.try_within(banner.clone(), SOON * 5).await;
    let step = Flow::parse(
        "t.json",
        &json!({"title": "t", "steps": [banner]}).to_string(),
    );
    let step = &step.unwrap().steps[0];
    assert!(performed.is_skipped(step), "{performed:?}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shadow_roots_are_searched() {
    let mut player = Player::start().await;
    player.open("/shadow.html").await;
    let chain =
        |parts: Value| json!({"type": "click", "selectors": [parts], "offsetX": 3, "offsetY": 3});
    player
        .pass(chain(json!(["shop-card", "shop-buttons", "#more"])))
        .await;
    player.pass(click(&["pierce/#less"])).await;
    player.pass(click(&["aria/More"])).await;
    player.pass(click(&["text/in a slot"])).await;
    player
        .hits(&[
            "click button#more",
            "click button#less",
            "click button#more",
            "click i#note",
        ])
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_shadow_roots_are_reached_by_their_host_and_the_place_in_it() {
    let mut player = Player::start().await;
    player.open("/shadow.html").await;
    player
        .pass(with(
            click(&["shop-safe"]),
            json!({"offsetX": 30, "offsetY": 12}),
        ))
        .await;
    // To the page's listeners the host is what was hit; the button inside has noted it too.
    player.hits(&["click shop-safe", "click closed"]).await;
    let inside = player.fail(click(&["pierce/#closed", "aria/Closed"])).await;
    assert_eq!(inside.cause, Cause::NotFound);
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_the_page_and_the_same_in_a_shadow_root_are_two() {
    let mut player = Player::start().await;
    player.open("/shadow.html").await;
    let twice = player.fail(click(&["aria/Twice"])).await;
    assert_eq!(twice.cause, Cause::Ambiguous);
    // A component and the button that it is made of are one.
    player.pass(click(&["aria/Once"])).await;
    player.hits(&["click button#once"]).await;
    player.leave().await;
}

async fn in_frames(player: &mut Player) {
    let pay = |frame: Value| with(click(&["aria/Pay"]), json!({"frame": frame}));
    player
        .pass(with(click(&["#outer"]), json!({"frame": [0]})))
        .await;
    player.pass(pay(json!([0, 0]))).await;
    player.pass(pay(json!([1]))).await;
    player
        .hits(&["click button#outer", "click button#pay", "click button#pay"])
        .await;
    let card = json!({"type": "change", "selectors": ["aria/Card"], "value": "4242", "frame": [1]});
    player.pass(card).await;
    player
        .pass(json!({"type": "waitForExpression", "expression": "card.value === '4242'", "frame": [1]}))
        .await;
    let missing = player.fail(pay(json!([0, 3]))).await;
    assert_eq!(missing.cause, Cause::NotFound);
    assert_eq!(missing.message, "there is no frame [0, 3]");
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_are_reached_by_index_though_they_come_late() {
    let mut player = Player::start().await;
    player.open("/frames.html").await;
    in_frames(&mut player).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_of_another_process_are_reached_too() {
    let mut player = Player::start_with(&["--site-per-process"]).await;
    let port = player.site.address.port();
    player
        .open(&format!("/frames.html?host=localhost:{port}"))
        .await;
    in_frames(&mut player).await;
    player.leave().await;
}
