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
