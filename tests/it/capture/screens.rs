//! The screen and the hands of a person elsewhere.

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use rehearsal::browser::capture::{FieldValue, PageEvent, RemoteInput, Shown, Typed, What};
use serde_json::json;
use tokio::sync::mpsc;

use super::harness::{PATIENCE, Person, page};

async fn shown(screen: &mut mpsc::Receiver<Shown>, wanted: impl Fn(&Shown) -> bool) -> Shown {
    let mut seen = Vec::new();
    let found = async {
        loop {
            let shown = screen.recv().await.expect("a screen");
            if wanted(&shown) {
                return shown;
            }
            seen.push(shown);
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await.ok();
    found.unwrap_or_else(|| panic!("never shown; but {}", json!(seen)))
}

fn is_picture(shown: &Shown) -> bool {
    matches!(shown, Shown::Picture { .. })
}

/// Pages that say what their handlers saw, one request for each.
fn saying(html: &'static str) -> Router {
    page(html).route("/say/{*what}", post(|| async {}))
}

#[tokio::test]
async fn a_screen_shows_pictures_tabs_and_the_pointers_shape() {
    const PAGE: &str = "<!doctype html><title>Red</title><body style='margin:0;background:#f00'>\
        <a href=/x style='position:absolute;left:0;top:0;width:100px;height:40px'>link</a>\
        <input style='position:absolute;left:0;top:50px;width:100px;height:40px'>\
        <iframe style='position:absolute;left:0;top:100px;border:0' srcdoc='<body style=margin:0>\
        <button style=\"cursor:help;width:100px;height:40px\">b</button>'></iframe>";
    let mut person = Person::at(page(PAGE)).await;
    let mut screen = person.watched.shown();
    let is_red = |shown: &Shown| match shown {
        Shown::Tabs { tabs } => tabs
            .iter()
            .any(|tab| tab.title == "Red" && tab.front && !tab.loading),
        _ => false,
    };
    shown(&mut screen, is_red).await;
    // Nobody takes them for a while: the newest is there all the same.
    for y in [20.0, 70.0, 120.0, 400.0] {
        person.click(300.0, y).await;
    }
    let picture = shown(&mut screen, is_picture).await;
    let Shown::Picture {
        jpeg,
        width,
        height,
    } = picture
    else {
        unreachable!("a picture");
    };
    assert_eq!((width, height), (1000.0, 700.0));
    assert_eq!(jpeg[..2], [0xff, 0xd8]);
    for (y, shape) in [
        (20.0, "pointer"),
        (70.0, "text"),
        (120.0, "help"),
        (400.0, "default"),
    ] {
        person
            .mouse(rehearsal::browser::capture::MouseAction::Move, 20.0, y)
            .await;
        let wanted = |shown: &Shown| matches!(shown, Shown::Cursor { cursor } if cursor == shape);
        shown(&mut screen, wanted).await;
    }
    let (width, height) = (640, 480);
    person.input(RemoteInput::Resize { width, height }).await;
    let resized = person.find("viewport", |what| match what {
        What::Viewport { viewport, .. } => Some((viewport.width, viewport.height)),
        _ => None,
    });
    assert_eq!(resized.await, (640, 480));
    let smaller = |shown: &Shown| matches!(shown, Shown::Picture { width, .. } if (*width - 640.0).abs() < 0.5);
    shown(&mut screen, smaller).await;
    person.watched.end().await;
    while let Ok(Some(_)) = tokio::time::timeout(Duration::from_secs(5), screen.recv()).await {}
    assert!(screen.recv().await.is_none());
}

const FIELDS: &str = "<!doctype html><style>body>*{position:absolute;left:0;width:200px;height:40px}</style>\
    <select style='top:0' name=size><option>Small<optgroup label=More><option disabled>Medium<option>Large\
    </optgroup><option>Huge</select>\
    <input style='top:50px' name=text><input style='top:100px' type=file multiple accept='.txt' name=files>\
    <div style='top:150px' contenteditable></div>\
    <script>\
    const say = (what) => fetch('/say/' + what, { method: 'POST', keepalive: true });\
    for (const type of ['input', 'change', 'paste', 'compositionend', 'keydown']) addEventListener(type, (event) => {\
      const target = event.target;\
      const value = target.type === 'file' ? [...target.files].map((file) => file.name).join('+')\
        : type === 'paste' ? event.clipboardData.getData('text/html') || event.clipboardData.getData('text/plain')\
        : type === 'keydown' ? event.key : target.value ?? target.textContent;\
      say(`${event.isTrusted}/${type}/${target.localName}/${encodeURIComponent(value)}`);\
    }, true);</script>";

#[tokio::test]
async fn a_drop_down_list_is_shown_and_chosen_from() {
    let mut person = Person::at(saying(FIELDS)).await;
    let mut screen = person.watched.shown();
    let is_list = |shown: &Shown| matches!(shown, Shown::Options { .. });
    person.click(20.0, 20.0).await;
    let list = shown(&mut screen, is_list).await;
    let Shown::Options {
        field,
        options,
        multiple,
    } = list
    else {
        unreachable!("a list");
    };
    assert_eq!((field, multiple), ([0.0, 0.0, 200.0, 40.0], false));
    let seen: Vec<_> = options
        .iter()
        .map(|option| {
            (
                option.label.as_str(),
                option.group.as_str(),
                option.disabled,
                option.selected,
            )
        })
        .collect();
    let expected = [
        ("Small", "", false, true),
        ("Medium", "More", true, false),
        ("Large", "More", false, false),
        ("Huge", "", false, false),
    ];
    assert_eq!(seen, expected);
    person.input(RemoteInput::Choose { chosen: None }).await;
    shown(&mut screen, |shown| *shown == Shown::Closed).await;

    for (place, name) in [(3, "Huge"), (2, "Large"), (0, "Small")] {
        person.click(20.0, 20.0).await;
        shown(&mut screen, is_list).await;
        let chosen = Some(vec![place]);
        person.input(RemoteInput::Choose { chosen }).await;
        person
            .asked(&format!("/say/true/input/select/{name}"))
            .await;
        person
            .asked(&format!("/say/true/change/select/{name}"))
            .await;
        let (_, _, report) = person.report("change").await;
        let PageEvent::Change {
            value: FieldValue::Options { labels, .. },
            ..
        } = report.event
        else {
            panic!("{report:?}");
        };
        assert_eq!(labels, [name]);
    }
    // One that cannot be chosen, and one that is closed by a press elsewhere.
    person.click(20.0, 20.0).await;
    shown(&mut screen, is_list).await;
    let chosen = Some(vec![1]);
    assert!(
        person
            .watched
            .input(RemoteInput::Choose { chosen })
            .await
            .is_err()
    );
    person.click(20.0, 20.0).await;
    shown(&mut screen, is_list).await;
    person.click(500.0, 500.0).await;
    shown(&mut screen, |shown| *shown == Shown::Closed).await;
    person.watched.end().await;
}

#[tokio::test]
async fn keys_composed_text_and_pastes_arrive_as_trusted_events() {
    let person = Person::at(saying(FIELDS)).await;
    person.click(20.0, 70.0).await;
    person.key("a", "KeyA", 65).await;
    person.asked("/say/true/keydown/input/a").await;
    person.asked("/say/true/input/input/a").await;
    let text = Typed("日本".to_owned());
    person.input(RemoteInput::Text { text }).await;
    person
        .asked("/say/true/input/input/a%E6%97%A5%E6%9C%AC")
        .await;
    // Chromium itself does not call these trusted, whoever composes.
    person
        .asked("/say/false/compositionend/input/a%E6%97%A5%E6%9C%AC")
        .await;
    let paste = |text: &str, html: Option<&str>| RemoteInput::Paste {
        text: Typed(text.to_owned()),
        html: html.map(str::to_owned),
    };
    person.input(paste("plain", None)).await;
    person.asked("/say/true/paste/input/plain").await;
    person
        .asked("/say/true/input/input/a%E6%97%A5%E6%9C%ACplain")
        .await;
    person.click(20.0, 170.0).await;
    person.input(paste("bold", Some("<b>bold</b>"))).await;
    person.asked("/say/true/input/div/bold").await;
    let pasted = person
        .site
        .log()
        .into_iter()
        .filter(|seen| seen.path.contains("/paste/div/"));
    assert_eq!(
        pasted
            .map(|seen| seen.path.contains("%3Cb%3Ebold"))
            .collect::<Vec<_>>(),
        [true]
    );
    let copies = person
        .site
        .log()
        .into_iter()
        .filter(|seen| seen.path.contains("untrusted"));
    assert_eq!(copies.count(), 0);
    person.watched.end().await;
}

#[tokio::test]
async fn files_are_chosen_elsewhere_and_told_with_their_places() {
    let mut person = Person::at(saying(FIELDS)).await;
    let mut screen = person.watched.shown();
    let folder = tempfile::tempdir().unwrap();
    let files = ["a.txt", "b.txt"].map(|name| folder.path().join(name));
    for file in &files {
        std::fs::write(file, "x").unwrap();
    }
    person.click(20.0, 120.0).await;
    let chooser = shown(&mut screen, |shown| matches!(shown, Shown::Chooser { .. })).await;
    let accept = ".txt".to_owned();
    assert_eq!(
        chooser,
        Shown::Chooser {
            multiple: true,
            accept
        }
    );
    let given = files.to_vec();
    person.input(RemoteInput::Files { files: given }).await;
    person.asked("/say/true/change/input/a.txt%2Bb.txt").await;
    let (_, _, report) = person.report("files").await;
    let PageEvent::Files { files: told, .. } = report.event else {
        panic!("{report:?}");
    };
    assert_eq!(told, files);
    person.watched.end().await;
}
