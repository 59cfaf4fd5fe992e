//! What the recorder makes of what a person does.

use crate::browser::capture::{Arrival, FieldValue, FrameAddress, PageEvent, Reading, Typed, What};
use crate::flow::{Action, Direction, OwnStep, Stroke};

use super::testing::*;
use super::{Ask, Command, Purpose, State};

mod effects;
mod values;

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
