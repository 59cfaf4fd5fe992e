//! What the recorder makes of what a person does.

use crate::browser::capture::{Arrival, FieldValue, FrameAddress, PageEvent, Reading, Typed, What};
use crate::feed::Feed;
use crate::flow::{Action, Choose, DialogKind, Direction, ElementState, OwnStep, Stroke};

use super::testing::*;
use super::{Ask, Command, Purpose, State};

fn customers() -> Vec<Feed> {
    let text = "first_name,email,password\nAnn,ann@example.com,Rehearsal1!\n\
                Bob,bob@example.com,Rehearsal1!\n";
    vec![Feed::from_csv("customers", text).unwrap()]
}

#[test]
fn a_recording_begins_with_the_page_and_its_address() {
    let mut scene = Scene::start();
    scene
        .wait(1_500)
        .does(click(&element("link", "Log in", "login")));
    scene.page("/login", "Log in", Arrival::Page);
    let flow = scene.flow();
    let Action::SetViewport(viewport) = &flow.steps[0].action else {
        panic!("{:?}", flow.steps[0]);
    };
    assert_eq!((viewport.width, viewport.height), (1280, 720));
    let Action::Navigate { url } = &flow.steps[1].action else {
        panic!("{:?}", flow.steps[1]);
    };
    assert_eq!(url, "http://shop.test/?from=mail");
    let click = &flow.steps[2];
    assert_eq!(
        click.asserted_events[0].url.as_deref(),
        Some("http://shop.test/login")
    );
    assert_eq!(click.asserted_events[0].title.as_deref(), Some("Log in"));
    let effect = click.extension.effect.as_ref().unwrap();
    assert_eq!(effect.navigation.as_deref(), Some("/login"));
    assert_eq!(click.extension.think_ms, Some(1_500));
    let Action::Click(pointer) = &click.action else {
        panic!("{click:?}");
    };
    assert_eq!((pointer.offset_x, pointer.offset_y), (12.0, 8.0));
    assert_eq!(scene.story(), ["Click “Log in”"]);
}

#[test]
fn tellings_of_one_edit_are_one_change_and_its_focus_click_is_none() {
    let mut scene = Scene::start();
    let name = field("text", "First name", "first");
    scene.wait(1_000).does(click(&name));
    scene.wait(400);
    let mut told = |value: &str, strokes: u32, ago: f64, last: bool| {
        scene.wait(200);
        let mut event = change(&name, text(value), strokes);
        if let PageEvent::Change { final_value, .. } = &mut event {
            *final_value = last;
        }
        scene.tells(2, ago, 0.0, event);
    };
    told("A", 1, 0.0, false);
    told("An", 2, 200.0, false);
    told("Ann", 3, 400.0, false);
    let send = element("button", "Send", "send");
    scene.tells(3, 0.0, 0.0, click(&send));
    // The field tells its last value when it is left, after the press that leaves it.
    scene.wait(1);
    scene.tells(2, 401.0, 1.0, change(&name, text("Anna"), 3));
    assert_eq!(scene.names(), ["change Anna", "click"]);
    let steps = scene.steps();
    // 1,000 to the click on the field, its 60, 400 to the first key and 200; then 400 of typing.
    assert_eq!(steps[0].extension.think_ms, Some(2_060));
    assert_eq!(scene.story()[0], "Type “Anna” into “First name”");
    scene.recorder.command(Command::Undo).unwrap();
    assert_eq!(scene.names(), ["change Anna"], "the press is taken back");
    scene.recorder.command(Command::Undo).unwrap();
    assert_eq!(
        scene.names(),
        Vec::<String>::new(),
        "click and typing are one"
    );
}

#[test]
fn a_click_that_opens_something_stays_before_the_typing() {
    let mut scene = Scene::start();
    let day = field("text", "Day", "day");
    let number = scene.does(click(&day));
    scene.shows(number, &[element("dialog", "Calendar", "cal")], &[]);
    scene.wait(300).does(change(&day, text("soon"), 4));
    assert_eq!(scene.names(), ["click", "change soon"]);
    let mut scene = Scene::start();
    let editor = field("rich", "Body", "body");
    scene.does(click(&editor));
    scene.does(change(&editor, text("Hello"), 5));
    assert_eq!(scene.names(), ["click", "change Hello"]);
}

#[test]
fn a_choice_is_one_change_and_a_tick_one_click() {
    let mut scene = Scene::start();
    let country = field("select", "Country", "country");
    scene.does(click(&country));
    let chosen = FieldValue::Options {
        values: vec!["de".into()],
        labels: vec!["Germany".into()],
    };
    scene.does(change(&country, chosen, 0));
    let terms = field("checkbox", "Terms", "terms");
    scene.does(click(&element("label", "I agree", "label")));
    scene.does(change(&terms, FieldValue::Checked { checked: true }, 0));
    // By keyboard: the press of the key becomes a click on the box.
    let news = field("checkbox", "News", "news");
    scene.wait(2_000).does(key(Some(&news), " "));
    scene.does(change(&news, FieldValue::Checked { checked: true }, 0));
    assert_eq!(scene.names(), ["change de", "click", "click"]);
    let story = [
        "Choose “Germany” in “Country”",
        "Click “I agree”",
        "Click “News”",
    ];
    assert_eq!(scene.story(), story);
}

#[test]
fn clicks_in_a_row_are_double_clicks_in_pairs() {
    let mut scene = Scene::start();
    let plus = element("button", "More", "more");
    for clicks_so_far in 1..=5 {
        scene.wait(50).does(clicks(&plus, clicks_so_far));
    }
    assert_eq!(scene.names(), ["doubleClick", "doubleClick", "click"]);
}

#[test]
fn enter_is_a_native_key_with_its_navigation_on_the_press() {
    let mut scene = Scene::start();
    let search = field("search", "Search", "q");
    scene.does_for(900, change(&search, text("lamp"), 4));
    scene.wait(200).does(key(Some(&search), "Enter"));
    scene.page("/search?q=lamp", "Results", Arrival::Page);
    assert_eq!(scene.names(), ["change lamp", "down Enter", "up Enter"]);
    let steps = scene.steps();
    assert_eq!(steps[1].asserted_events.len(), 1);
    assert!(steps[2].asserted_events.is_empty() && steps[2].extension.effect.is_none());
    let effect = steps[1].extension.effect.as_ref().unwrap();
    assert_eq!(effect.navigation.as_deref(), Some("/search"));
}

#[test]
fn keys_that_say_nothing_are_left_out_and_others_are_counted() {
    let mut scene = Scene::start();
    for keys in ["Shift", "Control", "AltGraph", "ControlOrMeta+L", "F5"] {
        scene.does(key(None, keys));
    }
    for _ in 0..3 {
        scene.does(key(None, "ArrowDown"));
    }
    scene.does(key(None, "Shift+Enter"));
    scene.does(key(None, "ControlOrMeta+Shift+K"));
    scene.does(key(None, " "));
    let names = scene.names();
    assert_eq!(
        names[..4],
        [
            "down ArrowDown",
            "down ArrowDown",
            "down ArrowDown",
            "up ArrowDown"
        ]
    );
    assert_eq!(
        names[4..8],
        ["down Shift", "down Enter", "up Enter", "up Shift"]
    );
    assert_eq!(names[8..], ["press", "down  ", "up  "]);
}

#[test]
fn tab_between_fields_is_not_needed() {
    let mut scene = Scene::start();
    let (first, last) = (
        field("text", "First", "first"),
        field("text", "Last", "last"),
    );
    scene.does(change(&first, text("Ann"), 3));
    scene.does(key(Some(&first), "Tab"));
    scene.does(change(&last, text("Lee"), 3));
    scene.does(key(Some(&last), "Tab"));
    scene.does(key(Some(&element("button", "Send", "send")), "Enter"));
    let names = [
        "change Ann",
        "change Lee",
        "down Tab",
        "up Tab",
        "down Enter",
        "up Enter",
    ];
    assert_eq!(scene.names(), names);
}

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
fn steps_are_numbered_as_the_flow_numbers_them() {
    let mut scene = Scene::start();
    let PageEvent::Click {
        element,
        offset,
        at,
        button,
        clicks,
        device,
        ..
    } = click(&element("row", "Ann", "ann"))
    else {
        panic!("a click");
    };
    scene.wait(500).does(PageEvent::Click {
        element,
        offset,
        at,
        button,
        clicks,
        modifiers: vec![crate::flow::Modifier::Shift],
        device,
    });
    scene
        .wait(500)
        .does(click(&super::testing::element("button", "Buy", "buy")));
    let flow = scene.flow();
    let view = scene.recorder.view();
    for shown in &view.steps {
        let step = &flow.steps[shown.number - 1];
        assert_eq!(step.action.name(), shown.kind, "{shown:?}");
    }
    assert_eq!(view.steps[0].number, 2, "the page's size comes first");
    assert_eq!(view.steps.last().unwrap().number, flow.steps.len());
    assert_eq!(view.count, flow.steps.len());
    assert_eq!(Scene::unopened().recorder.view().count, 0);
}

#[test]
fn live_typing_keeps_its_cadence() {
    let mut scene = Scene::start();
    let city = field("combobox", "City", "city");
    let mut event = change(&city, text("Berlin"), 6);
    if let PageEvent::Change { live, .. } = &mut event {
        *live = true;
    }
    scene.wait(1_000).does_for(900, event);
    let step = &scene.steps()[0];
    assert_eq!(step.extension.key_delay_ms, Some(180));
    assert_eq!(
        step.extension.think_ms,
        Some(1_000),
        "typing takes its own time"
    );
}

#[test]
fn a_password_is_nowhere() {
    let mut scene = Scene::start();
    let secret = "hunter2!x";
    scene.does(change(
        &field("password", "Password", "pw"),
        text(secret),
        9,
    ));
    scene.does(change(&field("password", "Again", "pw2"), text(secret), 9));
    scene.does(change(
        &field("password", "Other", "pw3"),
        text("0ther!pass"),
        9,
    ));
    scene.does(click(&element("button", "Send", "send")));
    scene.page("/in?p=hunter2%21x", "Hello hunter2!x", Arrival::Page);
    let echo = element("status", "You are hunter2!x", "echo");
    let number = scene.does(click(&echo));
    scene.shows(number, &[element("note", "hunter2!x", "note")], &[]);
    scene.does(change(
        &field("text", "Note", "notes"),
        text("my hunter2!x"),
        9,
    ));
    scene.hear(What::DialogOpened {
        tab: 0,
        kind: DialogKind::Alert,
        message: format!("Kept {secret}"),
    });
    scene.page("/typed?q=hunter2!x", "T", Arrival::Typed);
    let json = scene.flow().to_json();
    let view = serde_json::to_string(&scene.recorder.view()).unwrap();
    for text in [&json, &view, &format!("{:?}", scene.recorder)] {
        assert!(
            !text.contains("hunter2") && !text.contains("0ther"),
            "{text}"
        );
    }
    let steps = scene.steps();
    let values: Vec<&str> = steps
        .iter()
        .filter_map(|step| step.extension.value.as_deref())
        .collect();
    assert_eq!(
        values,
        [
            "{{secret.PASSWORD}}",
            "{{secret.PASSWORD}}",
            "{{secret.PASSWORD_2}}",
            "my {{secret.PASSWORD}}"
        ]
    );
    assert!(matches!(&steps[0].action, Action::Change { value, .. } if value == "-"));
    assert_eq!(scene.story()[0], "Type •••• into “Password”");
}

#[test]
fn a_secret_typed_while_paused_is_masked_later() {
    let mut scene = Scene::start();
    scene.recorder.command(Command::Pause).unwrap();
    scene.does(change(
        &field("password", "Password", "pw"),
        text("hunter2!x"),
        9,
    ));
    scene.recorder.command(Command::Resume).unwrap();
    scene
        .wait(100)
        .does(click(&element("button", "hunter2!x", "b")));
    assert_eq!(scene.names(), ["click"]);
    assert!(!scene.flow().to_json().contains("hunter2"));
}

#[test]
fn typed_values_of_a_feed_become_its_columns() {
    let mut scene = Scene::with(customers());
    scene.does(change(
        &field("email", "E-mail", "email"),
        text("bob@example.com"),
        15,
    ));
    scene.does(change(
        &field("password", "Password", "pw"),
        text("Rehearsal1!"),
        11,
    ));
    scene.does(change(
        &field("text", "First name", "first"),
        text("Bob"),
        3,
    ));
    scene.does(change(
        &field("text", "Comment", "comment"),
        text("Ring twice"),
        10,
    ));
    scene.does(click(&element("button", "Log in", "send")));
    scene.page(
        "/account/bob%40example.com",
        "Hello bob@example.com",
        Arrival::Page,
    );
    let steps = scene.steps();
    let template = |index: usize| steps[index].extension.value.as_deref();
    assert_eq!(template(0), Some("{{customers.email}}"));
    assert_eq!(template(1), Some("{{customers.password}}"));
    assert_eq!(template(2), Some("{{customers.first_name}}"));
    assert_eq!(template(3), None);
    let names = [
        "change bob@example.com",
        "change -",
        "change Bob",
        "change Ring twice",
        "click",
    ];
    assert_eq!(scene.names(), names);
    let event = &steps[4].asserted_events[0];
    assert_eq!(
        (&event.url, &event.title),
        (&None, &None),
        "another customer, another page"
    );
    let effect = steps[4].extension.effect.as_ref().unwrap();
    assert_eq!(effect.navigation.as_deref(), Some("/account/*"));
    let view = scene.recorder.view();
    assert!(view.data.contains(&"customers.email".to_owned()));
    assert!(view.data.contains(&"iteration.unique".to_owned()));
}

#[test]
fn values_can_be_made_data_secret_or_fixed() {
    let mut scene = Scene::with(customers());
    scene.does(change(&field("text", "Slug", "slug"), text("my-page"), 7));
    scene.does(change(
        &field("text", "Mail", "email"),
        text("bob@example.com"),
        7,
    ));
    let ids: Vec<u64> = scene
        .recorder
        .view()
        .steps
        .iter()
        .map(|step| step.id)
        .collect();
    let mut data = |step: u64, template: &str| {
        let template = template.to_owned();
        scene.recorder.command(Command::Data { step, template })
    };
    data(ids[1], "page-{{iteration.unique}}").unwrap();
    data(ids[2], "").unwrap();
    for (template, why) in [
        ("customers.mail", "no column `mail`"),
        ("people.mail", "no feed `people`"),
        ("iteration.uniq", "no column `uniq`"),
        ("{{customers.email", "without `}}`"),
        ("unique", "has no dot"),
    ] {
        let error = data(ids[1], template).unwrap_err();
        assert!(error.contains(why), "{template}: {error}");
    }
    let steps = scene.steps();
    let template = |index: usize| steps[index].extension.value.as_deref();
    assert_eq!(template(0), Some("page-{{iteration.unique}}"));
    assert_eq!(template(1), None);
    let (step, name) = (ids[1], "Api key".to_owned());
    scene
        .recorder
        .command(Command::Secret { step, name })
        .unwrap();
    assert_eq!(
        scene.steps()[0].extension.value.as_deref(),
        Some("{{secret.API_KEY}}")
    );
    assert!(!scene.flow().to_json().contains("my-page"));
    scene.recorder.command(Command::Undo).unwrap();
    assert!(scene.flow().to_json().contains("my-page"));
}

#[test]
fn a_value_that_made_something_may_be_taken() {
    let mut scene = Scene::start();
    scene.does(change(&field("text", "Slug", "slug"), text("my-page"), 7));
    scene.does(click(&element("button", "Create", "create")));
    scene.calls("POST", "/api/pages", 201);
    scene.route("/pages/my-page");
    scene.does(change(&field("search", "Search", "q"), text("lamps"), 5));
    scene.does(key(None, "Enter"));
    scene.page("/search?q=lamps", "Results", Arrival::Page);
    let view = scene.recorder.view();
    assert!(
        view.steps[1].doubts[0].contains("may be taken"),
        "{:?}",
        view.steps[1]
    );
    assert_eq!(view.steps[3].doubts, Vec::<String>::new());
}

#[test]
fn near_dates_are_relative() {
    let mut scene = Scene::start();
    scene.does(change(
        &field("date", "Arrival", "from"),
        text("2026-05-21"),
        0,
    ));
    scene.does(change(
        &field("text", "Departure", "to"),
        text("23.05.2026"),
        10,
    ));
    let steps = scene.steps();
    assert_eq!(
        steps[0].extension.value.as_deref(),
        Some("{{date.today+7d}}")
    );
    assert_eq!(steps[1].extension.value, None);
    let view = scene.recorder.view();
    assert!(
        view.data.contains(&"date.today+9d|%d.%m.%Y".to_owned()),
        "{:?}",
        view.data
    );
}

#[test]
fn any_of_like_items_leaves_out_what_only_this_one_has() {
    let mut scene = Scene::start();
    let product = one_of(element("link", "Quiet River", "p17"), "a.product", 12);
    scene.does(click(&product));
    scene.page("/product/quiet-river", "Quiet River", Arrival::Page);
    scene.does(click(&element("button", "Basket", "basket")));
    scene.page("/basket", "Basket", Arrival::Page);
    let step = scene.recorder.view().steps[1].id;
    assert_eq!(scene.recorder.view().steps[1].like, 12);
    scene
        .recorder
        .command(Command::Any { step, on: true })
        .unwrap();
    let steps = scene.steps();
    let any = &steps[0];
    assert_eq!(any.extension.choose, Some(Choose::Any));
    assert_eq!(any.action.selectors(), Some(&selectors(&["a.product"])));
    assert_eq!(any.extension.element, None);
    let effect = any.extension.effect.as_ref().unwrap();
    assert_eq!(effect.navigation.as_deref(), Some("/product/*"));
    assert_eq!(any.asserted_events[0].url, None);
    assert_eq!(
        steps[1].asserted_events[0].url.as_deref(),
        Some("http://shop.test/basket")
    );
    let step = scene.recorder.view().steps[2].id;
    let none = scene.recorder.command(Command::Any { step, on: true });
    assert!(none.unwrap_err().contains("nothing like it"));
}

#[test]
fn what_was_typed_into_the_address_bar_and_gone_back_to_is_recorded() {
    let mut scene = Scene::start();
    scene
        .wait(2_000)
        .page("/sale?week=20", "Sale", Arrival::Typed);
    scene.wait(1_000).page("/", "Shop", Arrival::History(-1));
    scene.wait(1_000).page("/", "Shop", Arrival::Reload);
    let steps = scene.steps();
    let Action::Navigate { url } = &steps[0].action else {
        panic!("{:?}", steps[0]);
    };
    assert_eq!(url, "http://shop.test/sale?week=20");
    assert_eq!(steps[0].extension.think_ms, Some(2_010));
    let gone = |index: usize| match &steps[index].action {
        Action::Own(OwnStep::History(history)) => history.go,
        other => panic!("{other:?}"),
    };
    assert_eq!((gone(1), gone(2)), (Direction::Back, Direction::Reload));
    assert_eq!(
        scene.story(),
        ["Open /sale?week=20", "Go back", "Reload the page"]
    );
}

#[test]
fn tabs_of_pages_are_the_flows_and_tabs_of_the_person_are_not() {
    let mut scene = Scene::start();
    // Opened by hand, so numbers of the flow and of the browser differ from here on.
    scene.hear(What::TabOpened {
        tab: 1,
        opener: None,
    });
    scene.tab = 1;
    scene.wait(500).page("/help", "Help", Arrival::Typed);
    scene
        .wait(500)
        .does(click(&element("link", "Contact", "contact")));
    scene.tab = 0;
    scene
        .wait(5_000)
        .does(click(&element("link", "Terms", "terms")));
    scene.hear(What::TabOpened {
        tab: 2,
        opener: Some(0),
    });
    scene.tab = 2;
    scene.page("/terms/7", "Terms", Arrival::Page);
    scene
        .wait(2_000)
        .does(click(&element("button", "Accept", "accept")));
    scene.wait(2_000).hear(What::TabClosed { tab: 2 });
    let names = ["navigate", "click", "navigate", "click", "click", "close"];
    assert_eq!(scene.names(), names);
    let steps = scene.steps();
    let Action::Navigate { url } = &steps[2].action else {
        panic!("{:?}", steps[2]);
    };
    assert_eq!(
        url, "http://shop.test/?from=mail",
        "back to where the first tab is"
    );
    let opener = steps[3].extension.effect.as_ref().unwrap();
    assert_eq!(opener.navigation.as_deref(), Some("/terms/*"));
    assert!(steps[3].asserted_events.is_empty());
    assert_eq!(steps[4].extension.tab, Some(1));
    assert_eq!(steps[4].target.as_deref(), Some("http://shop.test/terms/7"));
    assert_eq!(steps[5].extension.tab, Some(1));
}

#[test]
fn a_tab_that_its_page_closes_is_no_step() {
    let mut scene = Scene::start();
    scene.does(click(&element("button", "Pay", "pay")));
    scene.hear(What::TabOpened {
        tab: 1,
        opener: Some(0),
    });
    scene.tab = 1;
    scene.page("/pay", "Pay", Arrival::Page);
    scene
        .wait(2_000)
        .does(click(&element("button", "Approve", "approve")));
    scene.wait(200).hear(What::TabClosed { tab: 1 });
    assert_eq!(scene.names(), ["click", "click"]);
}

#[test]
fn frames_have_their_place_and_their_elements() {
    let mut scene = Scene::start();
    scene.frame = FrameAddress {
        indexes: vec![1, 0],
        elements: vec![selectors(&["#outer"]), selectors(&["#inner"])],
    };
    scene.does(click(&element("button", "Pay", "pay")));
    let step = &scene.steps()[0];
    assert_eq!(step.frame, [1, 0]);
    assert_eq!(step.extension.frames.len(), 2);
    assert_eq!(step.target.as_deref(), Some("main"));
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
fn after_a_pause_the_flow_goes_where_the_person_is() {
    let mut scene = Scene::start();
    scene.does(click(&element("button", "One", "one")));
    scene.recorder.command(Command::Pause).unwrap();
    scene
        .wait(60_000)
        .does(click(&element("link", "Away", "away")));
    scene.page("/away?x=1", "Away", Arrival::Page);
    assert_eq!(scene.recorder.view().state, State::Paused);
    scene.recorder.command(Command::Resume).unwrap();
    scene.wait(500).hear(What::Ready { tab: 0 });
    scene
        .wait(800)
        .does(click(&element("button", "Two", "two")));
    assert_eq!(scene.names(), ["click", "navigate", "click"]);
    let steps = scene.steps();
    assert!(
        steps[1].extension.think_ms.unwrap() < 2_000,
        "a pause is no thinking"
    );
}

#[test]
fn what_is_picked_is_expected_after_the_last_step() {
    let mut scene = Scene::start();
    scene.does(click(&element("button", "Send", "send")));
    let pick = |scene: &mut Scene, purpose: Purpose, element, reading| {
        let asks = scene.recorder.command(Command::Pick { purpose }).unwrap();
        assert_eq!(asks, [Ask::Pick(true)]);
        assert_eq!(scene.recorder.view().picking, Some(purpose));
        let (tab, frame) = (0, scene.frame.clone());
        scene.hear(What::Picked {
            tab,
            frame,
            element,
            reading,
        });
        assert_eq!(scene.recorder.view().picking, None);
    };
    let reading = |text: &str| Reading {
        text: text.into(),
        visible: true,
        ..Reading::default()
    };
    let total = element("status", "Total", "total");
    pick(
        &mut scene,
        Purpose::Visible,
        total.clone(),
        reading("12.00"),
    );
    pick(
        &mut scene,
        Purpose::Text,
        total.clone(),
        reading(" 12.00  € "),
    );
    pick(
        &mut scene,
        Purpose::Text,
        total.clone(),
        reading("Order 10432 is placed"),
    );
    let ticked = Reading {
        checked: Some(true),
        ..reading("")
    };
    pick(&mut scene, Purpose::Value, total.clone(), ticked);
    let value = Reading {
        value: Some(Typed("7".into())),
        ..reading("")
    };
    pick(&mut scene, Purpose::Value, total.clone(), value);
    pick(&mut scene, Purpose::Look, total.clone(), reading("x"));
    scene.recorder.command(Command::ExpectUrl).unwrap();
    let expects = scene.steps()[0].extension.expect.clone();
    assert_eq!(expects.len(), 6);
    assert_eq!(expects[0].visible, Some(true));
    assert_eq!(expects[1].text.as_deref(), Some("12.00 €"));
    assert_eq!(
        expects[2].matches.as_deref(),
        Some(r"^Order \d+ is placed$")
    );
    assert_eq!(expects[3].checked, Some(true));
    assert_eq!(expects[4].value.as_deref(), Some("7"));
    assert_eq!(expects[5].url.as_deref(), Some("/"));
    let view = scene.recorder.view();
    assert_eq!(view.picked.unwrap().label, "status “Total”");
    assert_eq!(view.steps[1].expects.len(), 6);
    let step = view.steps[1].id;
    scene
        .recorder
        .command(Command::Unexpect { step, index: 0 })
        .unwrap();
    assert_eq!(scene.steps()[0].extension.expect.len(), 5);
    scene.recorder.command(Command::Undo).unwrap();
    assert_eq!(scene.steps()[0].extension.expect.len(), 6);
    // In another frame than the last step's it is looked at by a step of its own.
    scene.frame.indexes = vec![0];
    pick(&mut scene, Purpose::Visible, total, reading("12.00"));
    assert_eq!(scene.names(), ["click", "waitForElement"]);
    scene.recorder.command(Command::Undo).unwrap();
    assert_eq!(scene.names(), ["click"]);
}

#[test]
fn steps_are_named_grouped_made_optional_and_removed() {
    let mut scene = Scene::start();
    for name in ["One", "Two", "Three"] {
        scene
            .wait(3_000)
            .does(click(&element("button", name, name)));
    }
    let ids: Vec<u64> = scene
        .recorder
        .view()
        .steps
        .iter()
        .map(|step| step.id)
        .collect();
    let commands = [
        Command::Name {
            step: ids[1],
            name: " First ".into(),
        },
        Command::Group {
            from: ids[3],
            to: ids[2],
            name: "Rest".into(),
        },
        Command::Optional {
            step: ids[1],
            on: true,
        },
        Command::Remove { step: ids[2] },
    ];
    for command in commands {
        scene.recorder.command(command).unwrap();
    }
    let steps = scene.steps();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].extension.name.as_deref(), Some("First"));
    assert!(steps[0].extension.optional);
    assert_eq!(steps[1].extension.group.as_deref(), Some("Rest"));
    let gone = scene.recorder.command(Command::Remove { step: ids[2] });
    assert!(gone.is_err());
    let open = scene.recorder.command(Command::Optional {
        step: ids[0],
        on: true,
    });
    assert!(open.unwrap_err().contains("no element"));
    for _ in 0..4 {
        scene.recorder.command(Command::Undo).unwrap();
    }
    assert_eq!(scene.names().len(), 3);
    for _ in 0..4 {
        scene.recorder.command(Command::Redo).unwrap();
    }
    assert_eq!(scene.steps(), steps);
}

#[test]
fn selectors_that_were_lost_stand_behind_or_fall() {
    let mut scene = Scene::start();
    let mut button = element("button", "Follow", "x");
    button.selectors = selectors(&["#mui-106", "aria/Follow", "#follow", "[data-testid=f]"]);
    let number = scene.does(click(&button));
    scene.shows(number, &[], &[]);
    let asked = scene.asks.iter().find_map(|ask| match ask {
        Ask::Recheck { step, element, .. } => Some((*step, element.clone())),
        _ => None,
    });
    let (step, asked) = asked.expect("it is looked for again");
    assert_eq!(*asked, button);
    scene.recorder.answer(step, None);
    assert_eq!(scene.steps()[0].action.selectors(), Some(&button.selectors));
    scene
        .recorder
        .answer(step, Some(vec![false, false, true, true]));
    let kept = selectors(&["#follow", "[data-testid=f]", "aria/Follow"]);
    assert_eq!(scene.steps()[0].action.selectors(), Some(&kept));
}

#[test]
fn an_editor_keeps_the_keys_that_say_more_than_its_text() {
    let mut scene = Scene::start();
    let editor = field("rich", "Body", "body");
    let press = |press: &str| Stroke::Press {
        press: press.into(),
    };
    let stroke = |text: &str| Stroke::Text { text: text.into() };
    let typed = |value: &str, keys: &[Stroke]| {
        let mut event = change(&editor, text(value), 10);
        if let PageEvent::Change { rich, .. } = &mut event {
            *rich = keys.to_vec();
        }
        event
    };
    scene.does(typed("Hello", &[stroke("Hello")]));
    let keys = [stroke("Hello "), press("ControlOrMeta+B"), stroke("you")];
    scene.does(typed("Hello you", &keys));
    let steps = scene.steps();
    assert_eq!(
        scene.names(),
        ["change Hello you"],
        "one edit after another"
    );
    assert_eq!(steps[0].extension.keys.as_deref(), Some(&keys[..]));
    scene.does(typed("Hello you", &[stroke("Hello you")]));
    assert_eq!(
        scene.steps()[0].extension.keys,
        None,
        "the text says it all"
    );
}

#[test]
fn a_key_on_a_control_that_got_the_focus_unseen_is_a_click() {
    let mut scene = Scene::start();
    scene.does(change(&field("text", "Name", "name"), text("Ann"), 3));
    // The browser's own Tab is not told.
    let send = element("button", "Send", "send");
    scene.does(key(Some(&send), "Enter"));
    scene.does(key(Some(&send), "Enter"));
    assert_eq!(
        scene.names(),
        ["change Ann", "click", "down Enter", "up Enter"]
    );
    assert_eq!(scene.story()[1], "Press Enter in “Send”");
}

#[test]
fn files_drags_pastes_and_scrolls_are_steps() {
    let mut scene = Scene::start();
    let upload = element("button", "Choose a file", "file");
    scene.does(click(&upload));
    let files = vec!["/home/ann/a.png".into()];
    let chosen = PageEvent::Files {
        element: upload,
        files,
    };
    // Told of the very click that opened the chooser.
    scene.wait(4_000).tells(1, 4_100.0, 0.0, chosen);
    let (card, done) = (
        element("listitem", "Card", "card"),
        element("list", "Done", "done"),
    );
    scene.does(PageEvent::Drag {
        element: card,
        at: [0.5, 0.5],
        to: Some(Box::new(done)),
        to_at: [0.5, 0.1],
        by: [300.0, 10.0],
        path: vec![[10.0, 1.0]],
        device: crate::flow::PointerDevice::Mouse,
    });
    scene.does(key(None, "ControlOrMeta+V"));
    let html = Some(Typed("<b>x</b>".to_owned()));
    scene.does(PageEvent::Paste {
        element: None,
        text: Typed("x".into()),
        html,
    });
    for y in [300.4, 900.0] {
        scene.does(PageEvent::Scroll {
            element: None,
            x: 0.0,
            y,
        });
    }
    let menu = element("menuitem", "Menu", "menu");
    scene.does(PageEvent::Hover {
        element: menu.clone(),
    });
    scene.does(PageEvent::Hover { element: menu });
    scene.does(click(&element("menuitem", "Entry", "entry")));
    assert_eq!(
        scene.names(),
        ["upload", "drag", "paste", "scroll", "hover", "click"]
    );
    let story = [
        "Give a.png to “Choose a file”",
        "Drag “Card” to “Done”",
        "Paste",
        "Scroll the page",
        "Point at “Menu”",
        "Click “Entry”",
    ];
    assert_eq!(scene.story(), story);
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
