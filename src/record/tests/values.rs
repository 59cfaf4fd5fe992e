//! What becomes of typed values: data, secrets, dates, any of like things.

use crate::browser::capture::{Arrival, What};
use crate::feed::Feed;
use crate::flow::{Action, Choose, DialogKind};

use super::super::Command;
use super::super::testing::*;

fn customers() -> Vec<Feed> {
    let text = "first_name,email,password\nAnn,ann@example.com,Rehearsal1!\n\
                Bob,bob@example.com,Rehearsal1!\n";
    vec![Feed::from_csv("customers", text).unwrap()]
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
