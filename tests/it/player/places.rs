//! Frames by the selectors of their elements, tabs by the order in which they came.

use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, SOON, click, with};

fn framed(frames: &Value, index: &[u32]) -> Value {
    with(
        click(&["aria/Pay"]),
        json!({"frame": index, "x-rehearsal": {"frames": frames}}),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_are_known_by_their_elements_however_many_come_before() {
    let mut player = Player::start().await;
    let titled = json!([[["#frame-x1y2z3"], ["iframe[title=\"Card payment\"]"]]]);
    for ads in [0, 2] {
        player.open(&format!("/places.html?ads={ads}")).await;
        player.pass(framed(&titled, &[0])).await;
        player.hits(&["click button#pay"]).await;
    }
    player.open("/places.html?ads=1&nested").await;
    let nested = json!([[["iframe[title='Card payment']"]], [["iframe"]]]);
    player.pass(framed(&nested, &[0, 0])).await;
    player.hits(&["click button#pay"]).await;

    // Selectors that find nothing: the number is taken when there is one frame, and only then.
    let renamed = json!([[["iframe[title='Payment']"]]]);
    player.open("/places.html").await;
    player.pass(framed(&renamed, &[0])).await;
    player.hits(&["click button#pay"]).await;
    player.open("/places.html?ads=1").await;
    let missing = player.fail(framed(&renamed, &[0])).await;
    assert_eq!(missing.cause, Cause::NotFound);
    assert_eq!(
        missing.message,
        "the frame `iframe[title='Payment']`, number 1 from the page, is not there"
    );
    let several = player.fail(framed(&json!([[["iframe"]]]), &[1])).await;
    assert!(several.message.ends_with("matches several"), "{several:?}");
    player.hits(&[]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_of_another_process_are_known_by_their_elements_too() {
    let mut player = Player::start_with(&["--site-per-process"]).await;
    let port = player.site.address.port();
    player
        .open(&format!("/places.html?ads=2&host=localhost:{port}"))
        .await;
    let titled = json!([[["iframe[title='Card payment']"]]]);
    player.pass(framed(&titled, &[0])).await;
    player.hits(&["click button#pay"]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_are_known_by_the_order_in_which_the_iteration_opened_them() {
    let mut player = Player::start().await;
    let on = |tab: usize, step: Value| with(step, json!({"x-rehearsal": {"tab": tab}}));
    for _ in 0..2 {
        player.next_iteration();
        player.open("/places.html").await;
        player
            .expect("localStorage.clear() === undefined", "''")
            .await;
        // Twice the same page, then one without an address, then one that does not know its opener.
        for opener in ["#open", "#open", "#blank", "#quiet"] {
            player.pass(on(0, click(&[opener]))).await;
        }
        player.pass(on(2, click(&["aria/Inside"]))).await;
        player.pass(on(3, click(&["aria/Made"]))).await;
        player.pass(on(4, click(&["aria/Inside"]))).await;
        player.pass(on(1, json!({"type": "close"}))).await;
        // The others keep their numbers.
        player.pass(on(2, click(&["aria/Inside"]))).await;
        player
            .hits(&[
                "click button#open",
                "click button#open",
                "click button#blank",
                "click a#quiet",
                "click button#inside-2",
                "click made",
                "click button#inside-3",
                "click button#inside-2",
            ])
            .await;
        let closed = player.fail(on(1, click(&["aria/Inside"]))).await;
        assert_eq!(closed.message, "tab 1 was closed");
        let absent = player
            .try_within(on(5, click(&["aria/Inside"])), SOON / 2)
            .await;
        assert_eq!(
            absent.result.expect_err("never opened").message,
            "there is no tab 5: the iteration has opened 4"
        );
    }
    player.leave().await;
}
