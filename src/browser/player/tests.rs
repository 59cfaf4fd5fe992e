//! The guard of a press, where the traits do not reach.

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::browser::tests::profile;
use crate::browser::{BrowserUser, Chromium, Driver, Hosts, Options};
use crate::clock::Clock;

const PAGE: &str = "data:text/html,<button style='position:fixed;inset:0'>x</button><script>\
    var notes = []; for (const type of ['pointerdown', 'mousedown', 'click']) \
    addEventListener(type, () => notes.push(type), true)</script>";

#[tokio::test(flavor = "multi_thread")]
async fn a_press_on_the_wrong_element_never_reaches_the_page() {
    let chromium = Chromium::launch(Options::new(Clock::start()))
        .await
        .unwrap();
    let (samples, _all) = mpsc::unbounded_channel();
    let user = chromium
        .user(&profile(Hosts::default()), samples)
        .await
        .unwrap();
    let page = user.stage().page(None).unwrap();
    page.navigate(PAGE).await.unwrap();
    let frame = page.main_frame();
    let press = async || {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": 50, "y": 50, "button": "left", "clickCount": 1});
            let session = page.session();
            session
                .call_raw("Input.dispatchMouseEvent", event)
                .await
                .unwrap();
        }
    };
    let notes = async || frame.evaluate_main("() => notes", &[]).await.unwrap();
    // The page's own listeners, first in the capture phase, came after ours.
    let arm = "(accepted) => { rehearsal.guard.armed = { reached: null, by: null, \
        accepts: () => accepted, describe: () => 'x' }; return null; }";
    let disarm = "() => rehearsal.disarm()";

    frame.evaluate(arm, &[json!(false)]).await.unwrap();
    press().await;
    assert_eq!(notes().await, json!([]));
    let outcome = frame.evaluate(disarm, &[]).await.unwrap();
    assert_eq!(outcome, json!({"reached": false, "by": "x"}));

    frame.evaluate(arm, &[json!(true)]).await.unwrap();
    press().await;
    assert_eq!(notes().await, json!(["pointerdown", "mousedown", "click"]));
    let outcome = frame.evaluate(disarm, &[]).await.unwrap();
    assert_eq!(outcome, json!({"reached": true, "by": null}));
    assert_eq!(frame.evaluate(disarm, &[]).await.unwrap(), Value::Null);

    press().await;
    assert_eq!(notes().await.as_array().unwrap().len(), 6);
    Box::new(user).close().await;
    chromium.shutdown().await;
}

const LISTENING: &str = "data:text/html,<button id=bare>x</button><button id=own>x</button>\
    <div id=around><button id=inside type=button>x</button></div>\
    <form id=form><button id=late type=button>x</button><button id=submit>x</button></form>\
    <span id=keeps jsaction=a>x</span><script>own.onclick = () => 1; \
    around.addEventListener('pointerdown', () => 1); form.onsubmit = () => false</script>";

#[tokio::test(flavor = "multi_thread")]
async fn who_would_hear_a_press_is_known_without_a_press() {
    let chromium = Chromium::launch(Options::new(Clock::start()))
        .await
        .unwrap();
    let (samples, _all) = mpsc::unbounded_channel();
    let user = chromium
        .user(&profile(Hosts::default()), samples)
        .await
        .unwrap();
    let page = user.stage().page(None).unwrap();
    page.navigate(LISTENING).await.unwrap();
    let frame = page.main_frame();
    let hearing = async |id: &str| {
        let wanted = json!({"alternatives": [[{"kind": "css", "value": id}]]});
        let function = "(wanted) => rehearsal.hearing(wanted)";
        let heard: Value = super::script::call(&frame, function, wanted).await.unwrap();
        let kinds = ["own", "whole", "native", "kept"].into_iter();
        kinds
            .filter(|kind| heard[*kind] == true)
            .collect::<Vec<_>>()
    };
    assert!(hearing("#bare").await.is_empty());
    assert_eq!(hearing("#own").await, ["own"]);
    assert_eq!(hearing("#inside").await, ["own"]);
    assert_eq!(hearing("#late").await, ["own"]);
    assert_eq!(hearing("#submit").await, ["own", "native"]);
    assert_eq!(hearing("#keeps").await, ["kept"]);
    let all = "() => { addEventListener('click', () => 1); return Object.keys(window)\
               .filter((name) => name.includes('rehearsal')).length; }";
    assert_eq!(frame.evaluate_main(all, &[]).await.unwrap(), 0);
    assert_eq!(hearing("#bare").await, ["whole"]);
    Box::new(user).close().await;
    chromium.shutdown().await;
}
