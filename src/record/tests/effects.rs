//! What a step is said to cause, and what is nobody's effect.

use crate::browser::capture::{Arrival, FrameAddress, PageEvent, What};
use crate::flow::{DialogKind, ElementState};

use super::super::testing::*;

#[test]
fn the_last_step_waits_for_what_it_sent() {
    let mut scene = Scene::start();
    let save = element("button", "Save", "save");
    scene.wait(900).does(click(&save));
    scene.calls("GET", "/api/draft/17", 200);
    scene.calls("POST", "/api/pages/17/publish?token=8f3a", 200);
    scene.hear(What::Ended);
    let steps = scene.steps();
    let responses = &steps[0].extension.effect.as_ref().unwrap().responses;
    assert_eq!(
        responses.len(),
        1,
        "what only asks is not waited for beside it"
    );
    assert_eq!(responses[0].method.as_deref(), Some("POST"));
    assert_eq!(responses[0].url, "/api/pages/*/publish");
}

#[test]
fn a_request_that_the_person_cuts_off_is_waited_for_at_a_replay() {
    let mut scene = Scene::start();
    scene.does(click(&element("button", "Save", "save")));
    scene.wait(11).begins("PUT", "/api/note", "fetch");
    scene.hear(What::TabClosed { tab: 0 });
    scene.hear(What::Ended);
    assert_eq!(scene.names(), ["click"]);
    let effect = scene.steps()[0].extension.effect.clone().unwrap();
    assert_eq!(effect.responses[0].url, "/api/note");
}

#[test]
fn a_draft_that_is_saved_when_the_keys_rest_is_waited_for_after_the_last_one() {
    let mut scene = Scene::start();
    scene.does(change(
        &element("textbox", "Title", "title"),
        text("News"),
        4,
    ));
    scene.wait(600).calls("POST", "/api/draft", 200);
    let effect = scene.steps()[0].extension.effect.clone().unwrap();
    assert_eq!(effect.responses.len(), 1);
    assert!(effect.responses[0].afterwards);

    // What a press sends is not typed.
    let mut scene = Scene::start();
    scene.does(click(&element("button", "Save", "save")));
    scene.wait(600).calls("POST", "/api/draft", 200);
    let effect = scene.steps()[0].extension.effect.clone().unwrap();
    assert!(!effect.responses[0].afterwards);
}

#[test]
fn polls_pings_and_counters_are_nobodys_effect() {
    let mut scene = Scene::start();
    scene.wait(6_000);
    scene.calls("POST", "/heartbeat", 200);
    scene
        .wait(5_000)
        .does(click(&element("tab", "Prices", "prices")));
    scene.calls("POST", "/heartbeat", 200);
    scene.begins("POST", "/stats", "ping");
    scene.begins(
        "POST",
        "https://www.google-analytics.com/g/collect",
        "fetch",
    );
    scene.calls("POST", "/telemetry", 204);
    let request = scene.begins("GET", "/a.png", "image");
    let status = Some(200);
    scene.hear(What::Answered { request, status });
    assert_eq!(scene.steps()[0].extension.effect, None);
    // In a steady beat, though the person was never idle for long.
    let mut scene = Scene::start();
    for _ in 0..6 {
        scene.wait(880);
        scene.calls("POST", "/state", 200);
    }
    scene.does(click(&element("tab", "Prices", "prices")));
    scene.wait(700);
    scene.calls("POST", "/state", 200);
    assert_eq!(scene.steps()[0].extension.effect, None);
}

#[test]
fn a_first_beat_beside_a_deed_is_nobodys_and_the_same_question_by_the_deed_is_its_effect() {
    let viewing = "/api/viewing?path=%2Fcheckout";
    let country = || change(&field("text", "Country", "country"), text("DE"), 0);
    // The page asks as it loads, and first asks again while the person is busy.
    let mut scene = Scene::start();
    scene.calls("GET", viewing, 200);
    scene.wait(2_000).does(country());
    scene.beats("GET", viewing, 200);
    assert_eq!(scene.steps()[0].extension.effect, None);
    // A list that is there from the beginning, and is asked for again by what was done.
    let mut scene = Scene::start();
    scene.calls("GET", "/api/list", 200);
    scene.wait(2_000).does(country());
    scene.calls("GET", "/api/list", 200);
    let effect = scene.steps()[0].extension.effect.clone().unwrap();
    assert_eq!(effect.responses[0].url, "/api/list");
    // What is saved now and then comes of what was changed.
    let mut scene = Scene::start();
    scene.wait(2_000).does(country());
    scene.beats("POST", "/api/draft", 200);
    let effect = scene.steps()[0].extension.effect.clone().unwrap();
    assert_eq!(effect.responses[0].url, "/api/draft");
}

#[test]
fn what_a_document_asks_for_as_it_loads_is_of_what_led_to_it() {
    let mut scene = Scene::start();
    scene.does(click(&element("link", "Lamp", "lamp")));
    let document = scene.begins("GET", "/lamp", "document");
    scene.arrives_unready(document, "/lamp", "Lamp", Arrival::Page);
    // The person is faster than the page.
    let picture = element("img", "Lamp", "picture");
    scene.does(PageEvent::Hover { element: picture });
    scene.calls("GET", "/api/viewing", 200);
    scene.wait(200);
    scene.hear(What::Ready { tab: 0 });
    let more = element("button", "More", "more");
    scene.does(click(&more));
    scene.calls("GET", "/api/more", 200);
    let steps = scene.steps();
    assert_eq!(steps[1].extension.effect, None);
    let effect = steps[2].extension.effect.as_ref().unwrap();
    assert_eq!(effect.responses[0].url, "/api/more");
}

#[test]
fn what_came_into_sight_is_waited_for_unless_it_is_data() {
    let mut scene = Scene::start();
    let open = element("button", "Open", "open");
    let number = scene.does(click(&open));
    let shown = [
        element("alert", "Order 4711 placed", "order"),
        element("heading", "Hello Ann", "hello"),
        element("dialog", "Thank you", "thanks"),
        element("heading", "Another", "other"),
    ];
    scene.shows(number, &shown, &[]);
    scene.does(change(&field("text", "Name", "name"), text("Ann"), 3));
    let effect = scene.steps()[0].extension.effect.clone().unwrap();
    assert_eq!(effect.appears, [shown[2].selectors.clone()]);
    assert!(effect.vanishes.is_empty() && effect.responses.is_empty());
}

#[test]
fn a_route_of_a_single_page_is_an_effect_and_no_native_navigation() {
    let mut scene = Scene::start();
    scene.does(click(&element("link", "Orders", "orders")));
    scene.route("/orders/1042#top");
    scene.calls("GET", "/api/orders/1042", 200);
    let step = &scene.steps()[0];
    assert!(step.asserted_events.is_empty());
    let effect = step.extension.effect.as_ref().unwrap();
    assert_eq!(effect.navigation.as_deref(), Some("/orders/*"));
    assert!(effect.responses.is_empty());
}

#[test]
fn a_navigation_belongs_to_the_press_that_asked_for_it() {
    let mut scene = Scene::start();
    scene.does(click(&element("button", "Buy", "buy")));
    scene.wait(10);
    let request = scene.begins("POST", "/buy", "document");
    // While the server thinks, the person presses another key.
    scene.wait(400).does(key(None, "ArrowDown"));
    scene.arrives(request, "/thanks", "Thanks", Arrival::Page);
    let steps = scene.steps();
    assert_eq!(steps[0].asserted_events.len(), 1, "{:?}", steps[0]);
    assert!(steps[1].asserted_events.is_empty());
}

#[test]
fn load_time_is_no_think_time() {
    let mut scene = Scene::start();
    scene
        .wait(700)
        .does(click(&element("link", "Slow", "slow")));
    let request = scene.begins("GET", "/slow", "document");
    scene.wait(6_000);
    scene.arrives(request, "/slow", "Slow", Arrival::Page);
    scene
        .wait(1_300)
        .does(click(&element("link", "Next", "next")));
    let steps = scene.steps();
    assert_eq!(steps[0].extension.think_ms, Some(700));
    assert_eq!(steps[1].extension.think_ms, Some(1_300));
    assert_eq!(
        steps[0].timeout_ms,
        Some(25_200),
        "and the step may take so long"
    );
}

#[test]
fn a_page_that_takes_very_long_is_waited_for() {
    let mut scene = Scene::start();
    scene
        .wait(700)
        .does(click(&element("link", "Slow", "slow")));
    let request = scene.begins("GET", "/slow", "document");
    scene.wait(100).hear(What::Went {
        tab: 0,
        frame: FrameAddress::default(),
        url: "http://shop.test/slow".into(),
        arrival: Arrival::Page,
        same_document: false,
    });
    let status = Some(200);
    scene.hear(What::Answered { request, status });
    // Something that blocks it, of a host that does not answer.
    scene.wait(20_000).hear(What::Ready { tab: 0 });
    scene
        .wait(1_300)
        .does(click(&element("link", "Next", "next")));
    assert_eq!(scene.steps()[1].extension.think_ms, Some(1_300));
}

#[test]
fn however_late_the_first_page_comes_it_is_the_effect_of_its_opening() {
    let mut scene = Scene::unopened();
    // The browser starts, or nobody looks yet.
    scene.wait(60_000);
    scene.page("/?from=mail", "Shop", Arrival::Typed);
    scene.calls("POST", "/api/session", 201);
    scene
        .wait(1_500)
        .does(click(&element("button", "Buy", "buy")));
    let flow = scene.flow();
    let open = &flow.steps[1];
    assert_eq!(open.action.name(), "navigate");
    assert_eq!(open.asserted_events[0].title.as_deref(), Some("Shop"));
    let effect = open.extension.effect.as_ref().unwrap();
    assert_eq!(effect.responses[0].url, "/api/session");
    assert_eq!(open.timeout_ms, None, "nobody waited for it so long");
    assert_eq!(flow.steps[2].extension.think_ms, Some(1_500));
}

#[test]
fn dialogs_and_downloads_belong_to_the_step_that_opened_them() {
    let mut scene = Scene::start();
    scene.does(click(&element("button", "Delete", "delete")));
    scene.hear(What::DialogOpened {
        tab: 0,
        kind: DialogKind::Confirm,
        message: "Really delete it?".into(),
    });
    scene.wait(900).hear(What::DialogClosed {
        tab: 0,
        accepted: false,
        text: None,
    });
    scene
        .wait(500)
        .does(click(&element("link", "Invoice", "invoice")));
    scene.hear(What::Download {
        tab: 0,
        name: "invoice-2026-0042.pdf".into(),
    });
    let steps = scene.steps();
    let dialog = &steps[0].extension.dialogs[0];
    assert_eq!((dialog.kind, dialog.accept), (DialogKind::Confirm, false));
    assert_eq!(dialog.message.as_deref(), Some("Really delete it?"));
    let download = steps[1].extension.download.as_ref().unwrap();
    assert_eq!(download.name.as_deref(), Some("invoice-*-*.pdf"));
}

#[test]
fn the_state_of_a_control_is_waited_for_but_no_value() {
    let mut scene = Scene::start();
    let number = scene.does(click(&element("button", "More", "more")));
    let state = ElementState {
        expanded: Some(true),
        value: Some("hidden".into()),
        ..ElementState::default()
    };
    let event = PageEvent::Effect {
        of: number,
        appears: Vec::new(),
        vanishes: Vec::new(),
        state: Some(state),
    };
    scene.tells(0, 0.0, 0.0, event);
    let effect = scene.steps()[0].extension.effect.clone().unwrap();
    assert_eq!(effect.state.unwrap().value, None);
    assert!(!scene.flow().to_json().contains("hidden"));
}
