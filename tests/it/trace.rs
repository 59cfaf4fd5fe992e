//! The trace of a replay: one file, that asks for nothing and can be walked through.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use rehearsal::report::trace::{Exchange, Picture, Trace, TraceStep, Written};
use serde_json::json;

use crate::player::harness::{Player, Setup};

fn step(index: usize, name: &str) -> TraceStep {
    TraceStep {
        flow: "Buy".to_owned(),
        index,
        name: name.to_owned(),
        action: "click".to_owned(),
        selectors: "`#go`".to_owned(),
        started_ms: index as f64 * 100.0,
        duration_ms: 80.0,
        url: "http://shop.test/<b>".to_owned(),
        viewport: Some((1000, 500)),
        point: Some([250.0, 125.0]),
        element: Some([200.0, 100.0, 100.0, 50.0]),
        before: Some(picture(b"before")),
        after: Some(picture(b"after")),
        dom: Some("<script>document.title = 'run'</script><p>in the page</p>".to_owned()),
        console: vec![Written {
            level: "error".to_owned(),
            text: "it </pre><img src=x onerror=\"document.title='run'\"> broke".to_owned(),
            source: Some("http://shop.test/app.js:7".to_owned()),
        }],
        requests: vec![Exchange {
            method: "POST".to_owned(),
            url: "http://shop.test/pay".to_owned(),
            status: 500,
            delivery: "network".to_owned(),
            duration_ms: 40.0,
            wait_ms: 20.0,
            ..Exchange::default()
        }],
        ..TraceStep::default()
    }
}

fn picture(bytes: &[u8]) -> Picture {
    Picture {
        mime: "image/webp",
        bytes: bytes.to_vec(),
    }
}

fn trace() -> Trace {
    let mut failed = step(2, "Pay");
    failed.failure = Some("covered by `div.modal` for 5.0 s: `button#pay`".to_owned());
    failed.before = None;
    failed.after = None;
    Trace {
        name: "Buy & pay".to_owned(),
        started: "2026-03-01T10:20:30Z".parse().unwrap(),
        browser: "HeadlessChrome/156.0.0.0".to_owned(),
        steps: vec![step(0, "Open"), step(1, "Add to cart"), failed],
    }
}

#[test]
fn a_trace_is_complete_in_itself() {
    let html = trace().html();
    for (tag, allowed) in [("src=\"", "data:"), ("href=\"", "#step-")] {
        for place in html.split(tag).skip(1) {
            assert!(
                place.starts_with(allowed),
                "{tag}{}",
                &place[..40.min(place.len())]
            );
        }
    }
    assert!(html.contains("default-src 'none'; img-src data:;"));
    assert!(!html.contains("<link") && !html.contains("@import") && !html.contains("url("));
    assert!(html.contains("Buy &amp; pay"));
    assert!(html.contains("covered by <code>div.modal</code>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_walked_by_keys_and_its_content_is_only_shown() {
    let html = trace().html();
    let setup = Setup {
        routes: Router::new().route("/trace", get(move || async move { Html(html) })),
        ..Setup::default()
    };
    let mut player = Player::start_as(setup).await;
    player.open("/trace").await;
    // It begins where it failed.
    let shown = "[...document.querySelectorAll('section.step')].filter((s) => !s.hidden).map((s) => s.id).join()";
    let is = |id: &str| format!("{shown} === '{id}'");
    player.expect(&is("step-3"), shown).await;
    for (key, step) in [
        ("ArrowUp", "step-2"),
        ("ArrowUp", "step-1"),
        ("ArrowUp", "step-1"),
        ("ArrowDown", "step-2"),
    ] {
        player.pass(json!({"type": "keyDown", "key": key})).await;
        player.pass(json!({"type": "keyUp", "key": key})).await;
        player.expect(&is(step), shown).await;
    }
    player.click("#step-2 [role=tab][data-tab=network]").await;
    let panel = "[...document.querySelectorAll('#step-2 .panel')].filter((p) => !p.hidden).map((p) => p.id).join()";
    player
        .expect(&format!("{panel} === 'network-2'"), panel)
        .await;
    // The point is where it was: a quarter of the picture from the left and from the top.
    let point = "document.querySelector('#step-2 .point').style.cssText";
    player
        .expect(&format!("{point} === 'left: 25%; top: 25%;'"), point)
        .await;
    // Nothing of what a page held is run.
    player
        .expect(
            "document.title === 'Buy & pay · Rehearsal trace'",
            "document.title",
        )
        .await;
    let narrow = json!({"type": "setViewport", "width": 400, "height": 800, "deviceScaleFactor": 1,
        "isMobile": false, "hasTouch": false, "isLandscape": false});
    player.pass(narrow).await;
    let width = "document.documentElement.scrollWidth";
    player.expect(&format!("{width} <= 400"), width).await;
    player.leave().await;
}
