//! By what documents and addresses come: typed, back and forward, reloaded, or the page's doing.

use rehearsal::browser::capture::{Arrival, RemoteInput, What};

use super::harness::{Person, and, page};

/// Buttons of 100 px, one below the other.
const START: &str = "<!doctype html><title>Start</title><style>button,a{position:absolute;left:0;width:100px;\
height:40px;display:block}</style>\
<a style='top:0' href=/next>next</a>\
<button style='top:50px' onclick=\"history.pushState(1,'','/pushed')\">push</button>\
<a style='top:100px' href='#part'>part</a>\
<button style='top:150px' onclick='location.reload()'>reload</button>\
<form action=/sent><button style='top:200px' name=by value=form>send</button></form>\
<button style='top:250px' onclick='setTimeout(() => location = \"/next\", 100)'>later</button>";

const NEXT: &str = "<!doctype html><title>Next</title><button style='position:absolute;left:0;top:0;\
width:100px;height:40px' onclick='history.back()'>back</button>";

fn arrival(what: &What) -> (Arrival, bool) {
    match what {
        What::Went {
            arrival,
            same_document,
            ..
        } => (*arrival, *same_document),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_arrival_says_by_what_it_came() {
    let routes = and(and(page(START), "/next", NEXT), "/sent", NEXT);
    let mut person = Person::at(routes).await;
    let first = person
        .heard
        .iter()
        .find(|what| matches!(what, What::Went { .. }));
    assert_eq!(arrival(first.unwrap()), (Arrival::Typed, false));

    person.click(20.0, 20.0).await;
    assert_eq!(arrival(&person.went("/next").await), (Arrival::Page, false));
    person
        .until("ready", |what| matches!(what, What::Ready { .. }))
        .await;
    person.input(RemoteInput::History { by: -1 }).await;
    assert_eq!(
        arrival(&person.went("/").await),
        (Arrival::History(-1), false)
    );
    person.input(RemoteInput::History { by: 1 }).await;
    assert_eq!(
        arrival(&person.went("/next").await),
        (Arrival::History(1), false)
    );
    // The page's own button for it.
    person.click(20.0, 20.0).await;
    assert_eq!(arrival(&person.went("/").await), (Arrival::Page, false));

    person.click(20.0, 70.0).await;
    assert_eq!(
        arrival(&person.went("/pushed").await),
        (Arrival::Page, true)
    );
    person.input(RemoteInput::History { by: -1 }).await;
    assert_eq!(
        arrival(&person.went("/").await),
        (Arrival::History(-1), true)
    );
    person.click(20.0, 120.0).await;
    assert_eq!(arrival(&person.went("/#part").await), (Arrival::Page, true));

    person.input(RemoteInput::History { by: 0 }).await;
    assert_eq!(
        arrival(&person.went("/#part").await),
        (Arrival::Reload, false)
    );
    person
        .until("ready", |what| matches!(what, What::Ready { .. }))
        .await;
    person.click(20.0, 170.0).await;
    assert_eq!(
        arrival(&person.went("/#part").await),
        (Arrival::Page, false)
    );
    person
        .until("ready", |what| matches!(what, What::Ready { .. }))
        .await;
    person.click(20.0, 270.0).await;
    assert_eq!(arrival(&person.went("/next").await), (Arrival::Page, false));
    let url = person.site.url("/#typed");
    person.input(RemoteInput::Navigate { url }).await;
    assert_eq!(
        arrival(&person.went("/#typed").await),
        (Arrival::Typed, false)
    );
    let url = person.site.url("/#other");
    person.input(RemoteInput::Navigate { url }).await;
    assert_eq!(
        arrival(&person.went("/#other").await),
        (Arrival::Typed, true)
    );
    person.watched.end().await;
}

#[tokio::test]
async fn a_press_that_leaves_the_page_is_told_before_it_is_left() {
    let routes = and(and(page(START), "/next", NEXT), "/sent", NEXT);
    let mut person = Person::at(routes).await;
    for (y, path) in [(20.0, "/next"), (220.0, "/sent?by=form")] {
        person.open("/").await;
        person.heard.clear();
        person.click(20.0, y).await;
        let went = person.went(path).await;
        assert_eq!(arrival(&went), (Arrival::Page, false));
        let mut heard = person.heard.iter();
        let click = heard.position(|what| matches!(what, What::Page { .. }));
        assert!(click.is_some(), "{path}: {:#?}", person.heard);
    }
    person.watched.end().await;
}
