//! A user on a slower machine and line than this one.

use std::time::Duration;

use rehearsal::browser::{Replay, Slowness};
use serde_json::json;

use crate::player::harness::{Player, Setup};

/// Measures in the page how long `count` requests took, one after the other, ms.
async fn requests_take(slowness: Slowness) -> Vec<f64> {
    let replay = Replay {
        slowness,
        ..Replay::default()
    };
    let setup = Setup {
        replay,
        ..Setup::default()
    };
    let mut player = Player::start_as(setup).await;
    player.open("/scroll.html").await;
    let script = "(async () => { const took = []; for (let i = 0; i < 6; i++) { \
        const began = performance.now(); await (await fetch('/slow/' + i)).text(); \
        took.push(performance.now() - began); } document.title = took.join(' '); return true; })()";
    player
        .pass(json!({"type": "waitForExpression", "expression": script}))
        .await;
    let failure = player
        .fail(json!({"type": "waitForExpression",
            "expression": "(() => { throw new Error(document.title) })()"}))
        .await;
    player.leave().await;
    let (_, told) = failure.message.rsplit_once("Error: ").unwrap();
    let numbers = told.split(|c: char| !c.is_ascii_digit() && c != '.');
    numbers.filter_map(|number| number.parse().ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_comes_later_and_each_by_another_time() {
    let slowness = Slowness {
        latency: Duration::from_millis(200),
        jitter: Duration::from_millis(200),
        cpu: 2,
        ..Slowness::default()
    };
    let took = requests_take(slowness).await;
    assert_eq!(took.len(), 6, "{took:?}");
    assert!(took.iter().all(|ms| *ms >= 195.0), "{took:?}");
    let least = took.iter().copied().fold(f64::MAX, f64::min);
    let most = took.iter().copied().fold(0.0, f64::max);
    assert!(most - least > 20.0, "{took:?}");
}
