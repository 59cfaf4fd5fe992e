//! Steps that change where a user is: its network, its tabs.

use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, click, with};

/// True when an answer of the site takes at least so many ms.
fn slow(ms: u32) -> Value {
    let expression = format!(
        "(async () => {{ const began = performance.now(); \
         await fetch('/slow/0', {{ cache: 'no-store' }}); \
         return performance.now() - began >= {ms}; }})()"
    );
    json!({"type": "waitForExpression", "expression": expression})
}

/// The same in a worker of the page, which it starts by now or had before.
fn slow_in_worker(ms: u32) -> Value {
    let expression = format!(
        "new Promise((resolve) => {{ window.worker ??= new Worker(URL.createObjectURL(new Blob([`\
         onmessage = async () => {{ const began = performance.now(); \
         await fetch('${{location.origin}}/slow/0', {{ cache: 'no-store' }}); \
         postMessage(performance.now() - began); }}`]))); \
         window.worker.onmessage = (event) => resolve(event.data >= {ms}); \
         window.worker.postMessage('go'); }})"
    );
    json!({"type": "waitForExpression", "expression": expression})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_network_is_slow_everywhere() {
    let mut player = Player::start_with(&["--site-per-process"]).await;
    player.open("/spa.html").await;
    // One worker is there before, and asks; the network is fast.
    player.pass(slow_in_worker(0)).await;
    let port = player.site.host().rsplit(':').next().unwrap().to_owned();
    let foreign = format!("http://localhost:{port}/inner-link.html");
    let add = format!(
        "document.querySelector('iframe') !== null || \
         (document.body.append(Object.assign(document.createElement('iframe'), \
         {{ src: '{foreign}' }})), true)"
    );
    player
        .pass(json!({"type": "waitForExpression", "expression": add}))
        .await;
    let in_frame = |step: Value| with(step, json!({"frame": [0]}));
    player.pass(in_frame(slow(0))).await;

    let conditions = |latency: u32| {
        json!({"type": "emulateNetworkConditions",
        "download": 1_000_000, "upload": 1_000_000, "latency": latency})
    };
    player.pass(conditions(700)).await;
    player.pass(slow(600)).await;
    player.pass(in_frame(slow(600))).await;
    player.pass(slow_in_worker(600)).await;
    // What comes later is slow too.
    player.click("#pop").await;
    let popup = json!({"target": player.site.url("/inner.html?token=1")});
    player.pass(with(slow(600), popup)).await;
    player.open("/spa.html").await;
    player.pass(slow_in_worker(600)).await;
    player.pass(conditions(0)).await;
    let fast = player.fail(slow(600)).await;
    assert_eq!(fast.cause, Cause::Condition);
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_page_may_close_before_its_popups() {
    let mut player = Player::start().await;
    player.open("/spa.html").await;
    player.click("#pop").await;
    let popup = json!({"target": player.site.url("/inner.html?token=1")});
    player.pass(json!({"type": "close"})).await;
    let gone = player.fail(click(&["#nothing"])).await;
    assert_eq!(gone.message, "the flow has closed its page");
    player.pass(with(click(&["#pay"]), popup.clone())).await;
    let elsewhere = json!({"type": "navigate", "url": player.site.url("/titled.html?x=1")});
    player.pass(with(elsewhere, popup)).await;
    let popup = json!({"target": player.site.url("/titled.html?x=1")});
    let titled = json!({"x-rehearsal": {"expect": [{"title": "Your cart"}]}});
    let look = json!({"type": "waitForElement", "selectors": ["h1"]});
    player.pass(with(with(look, titled), popup.clone())).await;
    player.pass(with(json!({"type": "close"}), popup)).await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_are_counted_and_compared_as_the_reference_does() {
    let mut player = Player::start().await;
    player.open("/choices.html").await;
    let wait = |more: Value| {
        with(
            json!({"type": "waitForElement", "selectors": ["button"]}),
            more,
        )
    };
    // All that match must be alike, not only so many of them.
    let unlike = json!({"attributes": {"id": "right"}});
    let failure = player.fail(wait(unlike.clone())).await;
    assert_eq!(failure.cause, Cause::Condition);
    player
        .pass(with(wait(unlike), json!({"visible": false})))
        .await;
    let deep = json!({"selectors": ["#right"], "properties":
        {"ownerDocument": {"body": {"localName": "body"}}}});
    player.pass(wait(deep)).await;
    let deep = json!({"selectors": ["#right"], "properties":
        {"ownerDocument": {"body": {"localName": "div"}}}});
    player.fail(wait(deep)).await;
    player
        .pass(wait(
            json!({"selectors": ["#none"], "operator": "<=", "count": 0}),
        ))
        .await;
    player.leave().await;
}
