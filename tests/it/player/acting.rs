//! Pointer, fields and keys: what arrives in the page is what a person would have caused.

use rehearsal::sample::Cause;
use serde_json::json;

use super::harness::{Player, change, click, own, with};

#[tokio::test(flavor = "multi_thread")]
async fn pointers_hit_what_the_flow_names() {
    let mut player = Player::start().await;
    player.open("/pointer.html").await;
    player.click("#plain").await;
    player.hits(&["click button#plain"]).await;
    player
        .pass(json!({"type": "doubleClick", "selectors": ["#double"], "offsetX": 5, "offsetY": 5}))
        .await;
    player
        .hits(&[
            "click button#double",
            "click button#double",
            "dblclick button#double",
        ])
        .await;
    player
        .pass(with(click(&["#right"]), json!({"button": "secondary"})))
        .await;
    // A click of another button is `auxclick`, and asks for the menu.
    player
        .expect(
            "hits().includes('contextmenu button#right')",
            "hits().join()",
        )
        .await;
    player
        .expect("localStorage.clear() === undefined", "''")
        .await;

    // The item is there only while the pointer is over the menu.
    player
        .pass(json!({"type": "hover", "selectors": ["#menu"]}))
        .await;
    player.click("#item").await;
    player.hits(&["click a#item"]).await;

    // The middle of its box is no part of a link that breaks across lines.
    player
        .pass(with(
            click(&["#broken"]),
            json!({"offsetX": 500, "offsetY": 500}),
        ))
        .await;
    player.hits(&["click a#broken"]).await;

    // Far below, under a bar that stays on top, and up again.
    player.click("#far").await;
    player.click("#double").await;
    player
        .hits(&["click button#far", "click button#double"])
        .await;

    player.pass(change("#boxed", "true")).await;
    player.expect("boxed.checked", "'unchecked'").await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn modifiers_are_held_from_key_down_to_key_up() {
    let mut player = Player::start().await;
    player.open("/keys.html").await;
    player.click("#field").await;
    for key in ["a", "Shift"] {
        player.pass(json!({"type": "keyDown", "key": key})).await;
    }
    player.click("#field").await;
    for key in ["Shift", "a"] {
        player.pass(json!({"type": "keyUp", "key": key})).await;
    }
    player
        .hits(&[
            "click input#field",
            "keydown a",
            "keydown Shift shiftKey",
            "click input#field shiftKey",
            "keyup Shift",
            "keyup a",
        ])
        .await;
    player.expect("field.value === 'a'", "field.value").await;
    for key in ["End", "ф"] {
        player.pass(json!({"type": "keyDown", "key": key})).await;
        player.pass(json!({"type": "keyUp", "key": key})).await;
    }
    player.expect("field.value === 'aф'", "field.value").await;
    let typo = player.fail(own("press", json!({"keys": "Entr"}))).await;
    assert_eq!(typo.cause, Cause::Flow);
    assert!(typo.message.contains("did you mean `Enter`?"), "{typo:?}");
    // Enter sends the form: the step ends on the next page.
    let url = player.site.url("/pointer.html");
    player
        .pass(json!({"type": "keyDown", "key": "Enter",
            "assertedEvents": [{"type": "navigation", "url": url, "title": ""}]}))
        .await;
    player
        .expect("document.title === 'Pointer'", "document.title")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_typed_and_verified() {
    let mut player = Player::start().await;
    player.open("/fields.html").await;
    player.change("aria/Name", "Ann Ångström 東").await;
    player
        .expect("name_.value === 'Ann Ångström 東'", "name_.value")
        .await;
    player.expect("inputs === 14", "inputs").await;
    // Emptying fires what typing would have.
    player.change("#name", "").await;
    player
        .expect("name_.value === '' && inputs === 15", "inputs")
        .await;
    player.expect("hits().length >= 1", "hits().join()").await;
    player.change("#mail", "ann@shop.test").await;
    player
        .expect("mail.value === 'ann@shop.test'", "mail.value")
        .await;
    // A mask may put its own characters in between.
    player.change("#phone", "123456").await;
    player
        .expect("phone.value === '123-456'", "phone.value")
        .await;
    player.change("#text", "two\nlines").await;
    player
        .expect("text.value === 'two\\nlines'", "text.value")
        .await;
    player.change("#rich", "new\nwords").await;
    player
        .expect(
            "rich.innerText.replace(/\\s+/g, ' ').trim() === 'new words'",
            "rich.innerText",
        )
        .await;
    // A line break in a single line would have sent the form.
    player.change("#name", "one\nline").await;
    player
        .expect(
            "name_.value === 'oneline' && !hits().includes('submit')",
            "name_.value",
        )
        .await;

    let cut = player.fail(change("#secret", "too-long")).await;
    assert_eq!(cut.cause, Cause::NotActionable);
    assert_eq!(
        cut.message,
        "`input#secret` did not take the value it was given"
    );
    let cut = player.fail(change("#phone", "1234567")).await;
    assert_eq!(
        cut.message,
        "`input#phone` holds `123-456` after it was given `1234567`"
    );
    let locked = player.fail(change("#locked", "y")).await;
    assert!(locked.message.starts_with("read-only for"), "{locked:?}");
    let file = player.fail(change("#file", "C:\\fakepath\\a.png")).await;
    assert_eq!(file.cause, Cause::Flow);
    assert!(file.message.contains("`rehearsal.upload`"), "{file:?}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rich_text_is_with_the_form_before_the_next_step() {
    let mut player = Player::start().await;
    player.open("/rich.html").await;
    player.change("aria/Body", "First line\nlast line").await;
    player.click("#save").await;
    player
        .hits(&[
            "click button#save",
            r#"sent {"blocks":["First line","last line"]}"#,
        ])
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_without_a_keyboard_take_their_values() {
    let mut player = Player::start().await;
    player.open("/fields.html").await;
    player.change("#size", "l").await;
    player.expect("size.value === 'l'", "size.value").await;
    player.change("#size", "Small").await;
    player.expect("size.value === 's'", "size.value").await;
    // Its option comes late.
    player.change("#late", "n").await;
    player.expect("late.value === 'n'", "late.value").await;
    player.change("#agree", "true").await;
    player.change("#agree", "on").await;
    player.expect("agree.checked", "'off'").await;
    player.change("#agree", "false").await;
    player.expect("!agree.checked", "'on'").await;
    player.change("#red", "red").await;
    player.expect("red.checked", "'off'").await;
    player.change("#day", "2024-02-29").await;
    player
        .expect("day.value === '2024-02-29'", "day.value")
        .await;
    player.change("#volume", "7").await;
    player.expect("volume.value === '7'", "volume.value").await;

    let missing = player.fail(change("#size", "XL")).await;
    assert_eq!(
        missing.message,
        "option `XL` is missing in `select#size`; it has `s`, `l`"
    );
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_and_elements_scroll_and_viewports_change() {
    let mut player = Player::start().await;
    player.open("/scroll.html").await;
    player
        .pass(json!({"type": "scroll", "x": 0, "y": 900}))
        .await;
    player.expect("scrollY === 900", "scrollY").await;
    player
        .pass(json!({"type": "scroll", "selectors": ["#box"], "y": 50}))
        .await;
    player.expect("box.scrollTop === 50", "box.scrollTop").await;
    player
        .pass(
            json!({"type": "setViewport", "width": 500, "height": 400, "deviceScaleFactor": 2,
            "isMobile": false, "hasTouch": false, "isLandscape": false}),
        )
        .await;
    player
        .expect("innerWidth === 500 && devicePixelRatio === 2", "innerWidth")
        .await;
    player
        .pass(json!({"type": "emulateNetworkConditions", "download": 100_000, "upload": 100_000, "latency": 300}))
        .await;
    let took = player
        .pass(
            json!({"type": "waitForExpression", "expression": "fetch('/slow/0').then(() => true)"}),
        )
        .await;
    assert!(took >= 300.0, "{took}");
    player
        .pass(json!({"type": "customStep", "name": "other.tool", "parameters": {}}))
        .await;
    player.leave().await;
}
