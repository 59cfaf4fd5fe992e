//! A page that is watched behaves as one that is not.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};

use super::harness::{CONTROL, Person, document};

/// A page that asks its site for things at every turn, and notes all that its handlers hear and
/// every change of its document.
const CURIOUS: &str = "<title>x</title><form onsubmit='return false'><label>Name <input id=name></label>\
    <select id=size><option>s<option>l</select><button id=go>Go</button></form>\
    <div id=drag draggable=true>Drag</div><div id=drop style='height:60px'>Drop</div><div style='height:2000px'></div>\
    <script>window.heard = []; window.changes = 0;\
    const note = (event) => heard.push([event.type, event.target.id ?? '', event.isTrusted, event.defaultPrevented, event.eventPhase].join());\
    for (const type of ['pointerdown','mousedown','pointerup','mouseup','click','dblclick','auxclick','contextmenu','keydown','keyup',\
      'beforeinput','input','change','focusin','focusout','submit','dragstart','dragover','drop','dragend','paste','copy'])\
      for (const phase of [true, false]) addEventListener(type, note, phase);\
    new MutationObserver((records) => { changes += records.length; }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });\
    go.onclick = () => fetch('/api?go'); name_ = document.querySelector('#name');\
    name_.oninput = () => fetch('/api?' + name_.value); size.onchange = () => fetch('/api?size');\
    addEventListener('scroll', () => { if (!window.far) { window.far = 1; fetch('/api?far'); } });</script>";

fn routes() -> Router {
    Router::new()
        .route("/", get(|| async { Html(document(CURIOUS)) }))
        .route("/api", get(|| async { "[]" }))
}

/// What a person does, and what page and site saw of it.
async fn seen(watched: bool) -> (Vec<String>, Value) {
    let person = Person::at(routes(), watched).await;
    let asked = async |number: usize| {
        let wait = async {
            while person.site.log().len() < number {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let there = tokio::time::timeout(std::time::Duration::from_secs(10), wait).await;
        assert!(there.is_ok(), "{:?}", person.site.log());
    };
    person.click("#name").await;
    for (at, letter) in ["a", "n", "n"].into_iter().enumerate() {
        person.key(letter).await;
        asked(at + 2).await;
    }
    person.chord("a", CONTROL).await;
    person.key("Backspace").await;
    asked(5).await;
    person.click("#go").await;
    asked(6).await;
    person.run("() => size.focus()").await;
    person.key("l").await;
    asked(7).await;
    person.click_with("#go", json!({"button": "right"})).await;
    person.click_with("#go", json!({"clickCount": 2})).await;
    asked(8).await;
    let (from, to) = (person.middle("#drag").await, person.middle("#drop").await);
    person.drag(from, to).await;
    person
        .mouse(
            "mouseWheel",
            (400.0, 300.0),
            json!({"deltaX": 0, "deltaY": 300}),
        )
        .await;
    asked(9).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let page = person
        .run("() => [heard, changes, document.documentElement.outerHTML, Object.keys(window).length, document.title]")
        .await;
    if watched {
        assert!(person.reports().await.len() > 5, "it was watched");
    }
    let log = person.site.log();
    let requests = log
        .iter()
        .map(|each| format!("{} {}", each.method, each.path));
    let requests = requests.collect();
    person.leave().await;
    (requests, page)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_sees_the_same_and_asks_for_the_same() {
    let (requests, page) = seen(true).await;
    let (requests_alone, page_alone) = seen(false).await;
    assert_eq!(requests, requests_alone);
    // How many moves a drag is told in depends on the pace of frames.
    let heard = |page: &Value| -> Vec<String> {
        let all = page[0].as_array().unwrap().iter();
        let mut all: Vec<String> = all.map(|each| each.as_str().unwrap().to_owned()).collect();
        all.dedup();
        all.retain(|each| !each.starts_with("dragover"));
        all
    };
    assert!(heard(&page).len() > 60, "{:?}", heard(&page));
    assert_eq!(heard(&page), heard(&page_alone));
    for index in 1..5 {
        assert_eq!(page[index], page_alone[index]);
    }
}
