//! Groups on real pages: repeated, left out, with values that one step reads and another uses.

use serde_json::json;

use super::harness::{Player, click, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_group_goes_on_while_something_is_visible() {
    let mut player = Player::start().await;
    let page = player.site.url("/expecting.html");
    let of = |selector: &str, group: &str, more| {
        let extension = with(json!({"group": group}), more);
        with(click(&[selector]), json!({"x-rehearsal": extension}))
    };
    let flow = json!({
        "title": "Groups",
        "x-rehearsal": {"groups": {
            "banner": {"optional": true},
            "more": {"repeat": {"while": [["#more"]], "atMost": 10}},
            "twice": {"repeat": 2},
        }},
        "steps": [
            {"type": "navigate", "url": page},
            of("#no-banner", "banner", json!({})),
            of("#nothing", "banner", json!({})),
            of("#more", "more", json!({"extract": {"last": {"selectors": [["li:last-child"]]}}})),
            of("#nothing", "twice", json!({})),
            {"type": "change", "selectors": [["#code"]], "value": "-", "x-rehearsal": {
                "value": "{{flow.last}} until {{date.today+1m|%d.%m.%Y}}",
                "expect": [{"value": "Item 3 until {{date.today+1m|%d.%m.%Y}}"}]}},
        ],
    });
    assert_eq!(player.walk(&flow).await, [0, 3, 3, 3, 4, 4, 5]);
    player
        .expect("code.value === 'Item 3 until 14.06.2026'", "code.value")
        .await;
    player
        .hits(&[
            "click button#more",
            "click button#more",
            "click button#more",
            "click button#nothing",
            "click button#nothing",
        ])
        .await;
    player.leave().await;
}
