//! Dialogs: answered as the step says, by habit where it says nothing, and missed when they do
//! not come.

use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, click, extended, own, with};

#[expect(clippy::needless_pass_by_value, reason = "so that calls read as steps")]
fn expecting(selector: &str, dialogs: Value) -> Value {
    extended(click(&[selector]), json!({"dialogs": dialogs}))
}

#[tokio::test(flavor = "multi_thread")]
async fn dialogs_are_answered_as_the_step_says() {
    let mut player = Player::start().await;
    player.open("/dialogs.html").await;
    // By habit: alerts are closed, questions answered with no.
    for button in ["#alert", "#confirm", "#prompt"] {
        player.click(button).await;
    }
    player
        .hits(&[
            "click button#alert",
            "alerted",
            "click button#confirm",
            "confirmed false",
            "click button#prompt",
            "named null",
        ])
        .await;
    let steps = [
        (
            "#confirm",
            json!([{"type": "confirm", "message": "Delete"}]),
        ),
        ("#prompt", json!([{"type": "prompt", "text": "Ann"}])),
        ("#prompt", json!([{"type": "prompt"}])),
        ("#prompt", json!([{"type": "prompt", "accept": false}])),
        (
            "#both",
            json!([{"type": "confirm"}, {"type": "alert", "message": "Gone"}]),
        ),
        // Opened later, by a timer of the step.
        ("#late", json!([{"type": "confirm"}])),
    ];
    for (button, dialogs) in steps {
        player.pass(expecting(button, dialogs)).await;
    }
    player
        .hits(&[
            "click button#confirm",
            "confirmed true",
            "click button#prompt",
            "named Ann",
            "click button#prompt",
            "named nobody",
            "click button#prompt",
            "named null",
            "click button#both",
            "both",
            "click button#late",
            "late true",
        ])
        .await;
    // One that a timer opened between two steps counts for the next.
    player.click("#timer").await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    player
        .pass(expecting(
            "#confirm",
            json!([{"type": "alert"}, {"type": "confirm"}]),
        ))
        .await;
    player.forget().await;
    let framed = with(
        expecting("#inner", json!([{"type": "confirm", "message": "frame"}])),
        json!({"frame": [0]}),
    );
    player.pass(framed).await;
    player.hits(&["click button#inner", "inner true"]).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dialogs_that_do_not_come_or_are_others_fail_the_step() {
    let mut player = Player::start().await;
    player.open("/dialogs.html").await;
    let none = player
        .fail(expecting("#guard", json!([{"type": "confirm"}])))
        .await;
    assert_eq!(none.cause, Cause::Condition);
    assert!(
        none.message
            .starts_with("expected a confirm dialog, none opened within"),
        "{none:?}"
    );
    let other = player
        .fail(expecting("#alert", json!([{"type": "confirm"}])))
        .await;
    assert!(
        other.message.starts_with(
            "expected a confirm dialog, and an alert dialog that says `Saved` opened within"
        ),
        "{other:?}"
    );
    let message = player
        .fail(expecting(
            "#confirm",
            json!([{"type": "confirm", "message": "Pay"}]),
        ))
        .await;
    assert!(
        message.message.contains("that says `Delete it?`"),
        "{message:?}"
    );
    // A step that fails for another reason says what was answered meanwhile.
    let gone = player
        .fail(with(
            click(&["#gone"]),
            json!({"assertedEvents": [{"type": "navigation"}]}),
        ))
        .await;
    assert!(
        gone.message
            .ends_with("; a confirm dialog was dismissed: `Sure?`"),
        "{gone:?}"
    );
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_a_page_is_answered_too() {
    let mut player = Player::start().await;
    player.open("/dialogs.html").await;
    player.click("#guard").await;
    let elsewhere = json!({"type": "navigate", "url": player.site.url("/pointer.html")});
    // Stays.
    let stay = extended(
        elsewhere.clone(),
        json!({"dialogs": [{"type": "beforeunload", "accept": false}]}),
    );
    player.pass(stay).await;
    player
        .expect("document.title === 'Dialogs'", "document.title")
        .await;
    // Leaves, asked for or not.
    player
        .pass(extended(
            elsewhere,
            json!({"dialogs": [{"type": "beforeunload"}]}),
        ))
        .await;
    player
        .expect("document.title === 'Pointer'", "document.title")
        .await;
    player.open("/dialogs.html").await;
    player.click("#guard").await;
    player.pass(own("history", json!({"go": "back"}))).await;
    player
        .expect("document.title === 'Pointer'", "document.title")
        .await;
    // A popup asks before it is closed, and its own dialogs are answered.
    player.open("/dialogs.html").await;
    player.click("#popup").await;
    let popup = json!({"target": player.site.url("/dialogs.html?popup")});
    player.forget().await;
    let confirm = expecting("#confirm", json!([{"type": "confirm"}]));
    player.pass(with(confirm, popup.clone())).await;
    player.pass(with(click(&["#guard"]), popup.clone())).await;
    let close = extended(
        json!({"type": "close"}),
        json!({"dialogs": [{"type": "beforeunload"}]}),
    );
    player.pass(with(close, popup)).await;
    player
        .hits(&[
            "click button#confirm",
            "confirmed true",
            "click button#guard",
            "guarded",
            "asked",
        ])
        .await;
    player.leave().await;
}
