//! What is told of tabs, frames, requests, dialogs and downloads, and in which order.

use std::net::TcpListener;
use std::sync::Arc;

use axum::http::header::CONTENT_DISPOSITION;
use axum::routing::get;
use rehearsal::browser::Hosts;
use rehearsal::browser::capture::{
    Arrival, FrameAddress, RemoteInput, Typed, WatchedOptions, What,
};
use rehearsal::flow::DialogKind;

use super::harness::{Person, and, options, page};

fn place<T>(heard: &[What], name: &str, wanted: impl Fn(&What) -> Option<T>) -> (usize, T) {
    let found = heard
        .iter()
        .enumerate()
        .find_map(|(at, what)| Some((at, wanted(what)?)));
    found.unwrap_or_else(|| panic!("never told: {name}; but {heard:#?}"))
}

fn began(path: &str) -> impl Fn(&What) -> Option<(u64, usize, String)> {
    move |what| match what {
        What::Began(request) if request.url.ends_with(path) => {
            Some((request.number, request.tab, request.kind.clone()))
        }
        _ => None,
    }
}

#[tokio::test]
async fn a_document_is_told_from_its_request_to_its_being_ready() {
    const PAGE: &str = "<!doctype html><title>Shop</title><script>\
        fetch('/first');\
        new Worker(URL.createObjectURL(new Blob(['fetch(\"' + location.origin + '/of-worker\")'])));\
        setInterval(() => fetch('/again'), 70);\
        new EventSource('/slow');</script>";
    let slow = get(|| async { std::future::pending::<String>().await });
    let mut person = Person::at(page(PAGE).route("/slow", slow)).await;
    let heard = std::mem::take(&mut person.heard);
    let (opened, opener) = place(&heard, "tab", |what| match what {
        What::TabOpened { tab: 0, opener } => Some(*opener),
        _ => None,
    });
    assert_eq!((opened, opener), (0, None));
    let (_, viewport) = place(&heard, "viewport", |what| match what {
        What::Viewport { tab: 0, viewport } => Some(*viewport),
        _ => None,
    });
    assert_eq!((viewport.width, viewport.height), (1000, 700));
    let (asked, (number, tab, kind)) = place(&heard, "document", began("/"));
    assert_eq!((tab, kind.as_str()), (0, "document"));
    let (went, frame) = place(&heard, "went", |what| match what {
        What::Went { frame, .. } => Some(frame.clone()),
        _ => None,
    });
    assert_eq!(frame, FrameAddress::default());
    let (answered, ()) = place(&heard, "answer", |what| {
        let status = Some(200);
        (*what
            == What::Answered {
                request: number,
                status,
            })
        .then_some(())
    });
    let (fetched, (_, _, kind)) = place(&heard, "fetch", began("/first"));
    assert_eq!(kind, "fetch");
    assert!(
        asked < went && went < fetched && went < answered,
        "{heard:#?}"
    );
    // Though it asks for more all the time.
    assert_eq!(heard.last(), Some(&What::Ready { tab: 0 }));
    let title = |what: &What| matches!(what, What::Titled { title, .. } if title == "Shop");
    if !heard.iter().any(title) {
        person.until("title", title).await;
    }
    if !heard.iter().any(|what| began("/of-worker")(what).is_some()) {
        person.find("worker", began("/of-worker")).await;
    }
    person.watched.end().await;
}

/// A poll that shares its function with the page's load and with a button, as pages do.
#[tokio::test]
async fn a_request_says_whether_a_timer_led_to_it() {
    const PAGE: &str = "<!doctype html><title>Shop</title><script>\
        const ask = async (by) => { await 0; await fetch('/' + by); };\
        ask('loaded'); setInterval(ask, 300, 'beat');\
        const again = () => ask('again').then(() => setTimeout(again, 300)); again();\
        </script><button style='position:absolute;left:0;top:0;width:100px;height:40px' \
        onclick=\"ask('pressed'); setTimeout(ask, 100, 'searched')\">ask</button>";
    let mut person = Person::at(page(PAGE)).await;
    person.click(20.0, 20.0).await;
    let asked = |path: &'static str, by_timer: bool| {
        move |what: &What| {
            let What::Began(request) = what else {
                return None;
            };
            (request.url.ends_with(path) && request.by_timer == by_timer).then_some(())
        }
    };
    let nobody_did = [("/beat", true), ("/again", true)];
    let somebody_did = [
        ("/loaded", false),
        ("/pressed", false),
        ("/searched", false),
    ];
    for (path, by_timer) in nobody_did.into_iter().chain(somebody_did) {
        if !person
            .heard
            .iter()
            .any(|what| asked(path, by_timer)(what).is_some())
        {
            person.find(path, asked(path, by_timer)).await;
        }
    }
    let wrong = |(path, by_timer): (&'static str, bool)| {
        person
            .heard
            .iter()
            .any(|what| asked(path, !by_timer)(what).is_some())
    };
    assert!(!wrong(nobody_did[0]) && !somebody_did.into_iter().any(wrong));
    person.watched.end().await;
}

/// A picture that never comes holds up the `load` event, and nobody who wants to act; code that
/// never comes is waited for, for a while.
#[tokio::test]
async fn a_page_is_ready_without_its_pictures() {
    let never = || async { std::future::pending::<&str>().await };
    let routes = and(
        page("<!doctype html><title>Picture</title><img src=/never alt=Late><button>Go</button>"),
        "/code",
        "<!doctype html><title>Code</title><script async src=/never></script><button>Go</button>",
    );
    let options = options();
    let clock = options.clock;
    let mut person = Person::start(routes.route("/never", get(never)), options).await;
    let begun = clock.now();
    person.open("/").await;
    let without_picture = clock.now().ms_since(begun);
    let begun = clock.now();
    person.open("/code").await;
    let without_code = clock.now().ms_since(begun);
    assert!(
        without_picture < without_code,
        "{without_picture} ms, {without_code} ms"
    );
    person.watched.end().await;
}

#[tokio::test]
async fn tabs_are_numbered_and_know_who_opened_them() {
    const PAGE: &str = "<!doctype html><style>*{position:absolute;left:0;width:100px;height:40px}</style>\
        <a style='top:0' target=_blank href=/other>other</a>\
        <button style='top:50px' onclick=\"window.open('/popup', '', 'width=300')\">popup</button>";
    let routes = and(
        and(page(PAGE), "/other", "<title>O</title>"),
        "/popup",
        "<title>P</title>",
    );
    let mut person = Person::at(routes).await;
    for (number, y, path) in [(1, 20.0, "/other"), (2, 70.0, "/popup")] {
        person.input(RemoteInput::Front { tab: 0 }).await;
        person.click(20.0, y).await;
        let opener = Some(0);
        let opened = What::TabOpened {
            tab: number,
            opener,
        };
        person.until("tab", |what| *what == opened).await;
        let went = person.went(path).await;
        let expected = What::Went {
            tab: number,
            frame: FrameAddress::default(),
            url: person.site.url(path),
            arrival: Arrival::Page,
            same_document: false,
        };
        assert_eq!(went, expected);
    }
    for tab in [1, 2] {
        person.input(RemoteInput::CloseTab { tab }).await;
        person
            .until("closed", |what| *what == What::TabClosed { tab })
            .await;
    }
    person.input(RemoteInput::CloseTab { tab: 0 }).await;
    person.until("end", |what| *what == What::Ended).await;
    person.watched.end().await;
}

#[tokio::test]
async fn a_browser_that_is_gone_ends_the_watching() {
    let person = Person::at(page("<title>x</title>")).await;
    person.watched.end().await;
    let mut told = person.told;
    let mut last = None;
    while let Some(happening) = told.recv().await {
        last = Some(happening.what);
    }
    assert_eq!(last, Some(What::Ended));
}

#[tokio::test]
async fn presses_in_frames_say_where_they_were() {
    const PAGE: &str = "<!doctype html><style>body{margin:0}iframe{position:absolute;left:0;border:0;\
        width:200px;height:200px}</style>\
        <iframe style='top:0' src=/empty></iframe>\
        <iframe style='top:200px' title='Near' src=/frame></iframe>\
        <iframe style='top:400px' title='Far'></iframe>\
        <script>document.querySelector('[title=Far]').src = `http://localhost:${location.port}/outer`</script>";
    const FRAME: &str = "<!doctype html><style>body{margin:0}</style>\
        <button style='width:100px;height:40px'>inner</button>";
    const OUTER: &str = "<!doctype html><style>body{margin:0}</style>\
        <iframe style='border:0' name=nested src=/frame></iframe>";
    let routes = and(and(page(PAGE), "/frame", FRAME), "/outer", OUTER);
    let mut person = Person::at(and(routes, "/empty", "")).await;
    let shown = |frame: &FrameAddress| {
        let name = |selectors: &rehearsal::flow::Selectors| {
            selectors
                .0
                .iter()
                .map(|each| each.chain.join(" "))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let names: Vec<_> = frame.elements.iter().map(name).collect();
        (frame.indexes.clone(), names)
    };
    person.click(20.0, 220.0).await;
    let (tab, frame, _) = person.report("click").await;
    let (indexes, names) = shown(&frame);
    assert_eq!((tab, indexes), (0, vec![1]));
    assert!(names[0].contains("Near"), "{names:?}");
    // In another process, and a frame in it.
    person.click(20.0, 420.0).await;
    let (_, frame, report) = person.report("click").await;
    let (indexes, names) = shown(&frame);
    assert_eq!(indexes, [2, 0]);
    assert!(
        names[0].contains("Far") && names[1].contains("nested"),
        "{names:?}"
    );

    let rehearsal::browser::capture::PageEvent::Click { element, .. } = report.event else {
        panic!("{report:?}");
    };
    let found = person.watched.recheck(0, &frame, &element).await.unwrap();
    assert!(
        !found.is_empty() && found.iter().all(|found| *found),
        "{found:?}"
    );
    let read = person
        .watched
        .read(0, &frame, &element.selectors)
        .await
        .unwrap();
    assert_eq!((read.text.as_str(), read.visible), ("inner", true));
    let elsewhere = FrameAddress::default();
    assert_eq!(person.watched.recheck(0, &elsewhere, &element).await, None);
    assert_eq!(
        person.watched.read(0, &elsewhere, &element.selectors).await,
        None
    );
    person.open("/").await;
    assert_eq!(person.watched.recheck(0, &frame, &element).await, None);

    // Picking instead of pressing.
    person.watched.pick(true).await;
    person.click(20.0, 420.0).await;
    let picked = person
        .until("picked", |what| matches!(what, What::Picked { .. }))
        .await;
    let What::Picked {
        frame,
        element,
        reading,
        ..
    } = picked
    else {
        panic!("{picked:?}");
    };
    assert_eq!(frame.indexes, [2, 0]);
    assert_eq!(
        (reading.text.as_str(), element.fingerprint.tag.as_str()),
        ("inner", "button")
    );
    let is_press = |what: &What| matches!(what, What::Page { .. });
    let told = person.heard.iter().filter(|what| is_press(what)).count();
    person.click(20.0, 220.0).await;
    person.report("click").await;
    let now = person.heard.iter().filter(|what| is_press(what)).count();
    assert_eq!(
        now,
        told + 1,
        "the press that picked was told: {:#?}",
        person.heard
    );
    person.watched.end().await;
}

#[tokio::test]
async fn dialogs_and_downloads_are_told() {
    const PAGE: &str = "<!doctype html><style>*{position:absolute;left:0;width:100px;height:40px}</style>\
        <button style='top:0' onclick=\"fetch('/got?' + prompt('Name?', 'you'))\">ask</button>\
        <a style='top:50px' href=/file>file</a>";
    let file = get(|| async {
        (
            [(CONTENT_DISPOSITION, "attachment; filename=plan.txt")],
            "12345",
        )
    });
    let mut person = Person::at(page(PAGE).route("/file", file)).await;
    person.click(20.0, 20.0).await;
    let opened = What::DialogOpened {
        tab: 0,
        kind: DialogKind::Prompt,
        message: "Name?".to_owned(),
    };
    person.until("dialog", |what| *what == opened).await;
    let text = Some("Ann".to_owned());
    let answer = RemoteInput::Dialog {
        accept: true,
        text: text.clone(),
    };
    person.input(answer).await;
    let closed = What::DialogClosed {
        tab: 0,
        accepted: true,
        text: text.map(Typed),
    };
    person.until("answer", |what| *what == closed).await;
    person.asked("/got?Ann").await;

    person.click(20.0, 70.0).await;
    let name = "plan.txt".to_owned();
    let began = What::Download {
        tab: 0,
        name: name.clone(),
    };
    person.until("download", |what| *what == began).await;
    let ended = What::Downloaded {
        tab: 0,
        name,
        bytes: 5,
    };
    person.until("its end", |what| *what == ended).await;
    person.watched.end().await;
}

#[tokio::test]
async fn hosts_that_are_not_named_get_nothing_and_are_told_once() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = elsewhere.local_addr().unwrap();
    let html = format!(
        "<!doctype html><script>for (const n of [1, 2]) fetch('http://{address}/' + n).catch(() => {{}});</script>"
    );
    let html: &'static str = Box::leak(html.into_boxed_str());
    let site = crate::support::site::Site::start(page(html)).await;
    let hosts = Hosts {
        target: site.host(),
        allow: Vec::new(),
    };
    let limited = WatchedOptions {
        hosts: Some(Arc::new(hosts)),
        ..options()
    };
    let mut person = Person::start(axum::Router::new(), limited).await;
    person.site = site;
    person.open("/").await;
    let host = address.to_string();
    let is_blocked = |what: &What| *what == What::Blocked { host: host.clone() };
    if !person.heard.iter().any(is_blocked) {
        person.until("blocked", is_blocked).await;
    }
    assert_eq!(
        person.heard.iter().filter(|what| is_blocked(what)).count(),
        1
    );
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "traffic passed");
    person.watched.end().await;
}
