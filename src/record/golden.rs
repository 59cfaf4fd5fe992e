//! A whole checkout, and the flow that it becomes: `golden/checkout.json`.

use crate::browser::capture::{Arrival, FieldValue, PageEvent, Reading, What};
use crate::feed::Feed;
use crate::flow::{Action, Flow};

use super::testing::*;
use super::{Command, Purpose};

const EXPECTED: &str = include_str!("golden/checkout.json");

fn customers() -> Feed {
    let text = "first_name,last_name,email,password,street,city\n\
                Bob,Ray,bob@example.com,Rehearsal1!,3 High Road,Leeds\n\
                Ann,Lee,ann@example.com,Rehearsal1!,12 Mill Lane,York\n";
    Feed::from_csv("customers", text).unwrap()
}

/// A person logs in, searches, puts two of one thing into the basket, and pays.
fn checkout() -> Scene {
    let mut scene = Scene::with(vec![customers()]);
    scene
        .wait(2_100)
        .does(click(&element("link", "Log in", "login")));
    scene.page("/login", "Log in", Arrival::Page);

    let email = field("email", "E-mail", "email");
    scene.wait(900).does(click(&email));
    scene
        .wait(300)
        .does_for(2_400, change(&email, text("ann@example.com"), 15));
    let password = field("password", "Password", "password");
    scene
        .wait(500)
        .does_for(1_800, change(&password, text("Rehearsal1!"), 12));
    scene.wait(400).does(key(Some(&password), "Enter"));
    scene.wait(15);
    let sent = scene.begins("POST", "/login", "document");
    scene.arrives(sent, "/account", "Hello Ann", Arrival::Page);

    let search = field("search", "Search", "q");
    let mut query = change(&search, text("lamp"), 4);
    if let PageEvent::Change { live, .. } = &mut query {
        *live = true;
    }
    scene.wait(1_700).does_for(640, query);
    scene.calls("GET", "/api/suggest?q=lamp", 200);
    let product = one_of(element("option", "Tall Lamp", "s-1"), "[role=option]", 6);
    scene.wait(1_100).does(click(&product));
    scene.route("/product/tall-lamp");
    scene.calls("GET", "/api/products/tall-lamp", 200);
    let step = scene.recorder.view().steps.last().map(|step| step.id);
    let step = step.unwrap();
    scene
        .recorder
        .command(Command::Any { step, on: true })
        .unwrap();

    let amount = field("select", "Quantity", "qty");
    let two = FieldValue::Options {
        values: vec!["2".into()],
        labels: vec!["2".into()],
    };
    scene.wait(1_400).does(change(&amount, two, 0));
    let add = element("button", "Add to basket", "add");
    let added = scene.wait(800).does(click(&add));
    scene.calls("POST", "/api/basket/items", 201);
    scene.wait(400).shows(
        added,
        &[element("status", "Added to your basket", "toast")],
        &[],
    );
    scene
        .wait(1_500)
        .does(click(&element("link", "Checkout", "checkout")));
    scene.page("/checkout", "Checkout", Arrival::Page);

    let name = field("text", "Full name", "name");
    scene
        .wait(1_000)
        .does_for(1_500, change(&name, text("Ann Lee"), 7));
    let street = field("text", "Street", "street");
    scene
        .wait(300)
        .does_for(1_900, change(&street, text("12 Mill Lane"), 12));
    let day = field("date", "Delivery", "day");
    scene.wait(600).does(change(&day, text("2026-05-21"), 0));
    let mut card = field("text", "Card number", "card");
    card.field.as_mut().unwrap().secret = Some("CARD_NUMBER".into());
    scene
        .wait(700)
        .does_for(5_200, change(&card, text("4242 4242 4242 4242"), 19));
    scene
        .wait(900)
        .does(click(&element("button", "Place order", "place")));
    scene.wait(10);
    let placed = scene.begins("POST", "/orders", "document");
    scene.arrives(placed, "/orders/1042/thanks", "Thank you", Arrival::Page);

    scene
        .recorder
        .command(Command::Pick {
            purpose: Purpose::Text,
        })
        .unwrap();
    let (tab, frame) = (0, scene.frame.clone());
    let reading = Reading {
        text: "Thank you, Ann".into(),
        visible: true,
        ..Reading::default()
    };
    let element = element("heading", "Thank you, Ann", "thanks");
    scene.wait(3_000).hear(What::Picked {
        tab,
        frame,
        element,
        reading,
    });
    scene.wait(2_000).hear(What::Ended);
    scene
}

#[test]
fn a_checkout_becomes_this_flow() {
    let flow = checkout().flow();
    let json = flow.to_json();
    assert_eq!(json, EXPECTED, "the flow that was recorded:\n{json}");
    let again = Flow::parse("checkout.json", EXPECTED).unwrap();
    assert_eq!(again.steps.len(), flow.steps.len());
}

#[test]
fn a_checkout_tells_its_story_without_a_secret() {
    let scene = checkout();
    let story = [
        "Click “Log in”",
        "Type “ann@example.com” into “E-mail”",
        "Type •••• into “Password”",
        "Press Enter in “Password”",
        "Type “lamp” into “Search”",
        "Click any like “Tall Lamp”",
        "Choose “2” in “Quantity”",
        "Click “Add to basket”",
        "Click “Checkout”",
        "Type “Ann Lee” into “Full name”",
        "Type “12 Mill Lane” into “Street”",
        "Set “Delivery” to “2026-05-21”",
        "Type •••• into “Card number”",
        "Click “Place order”",
    ];
    assert_eq!(scene.story(), story);
    let view = scene.recorder.view();
    let doubts: Vec<&String> = view.steps.iter().flat_map(|step| &step.doubts).collect();
    assert!(doubts.is_empty(), "{doubts:?}");
    let view = serde_json::to_string(&view).unwrap();
    let json = scene.flow().to_json();
    for secret in ["Rehearsal1", "4242"] {
        assert!(!view.contains(secret) && !json.contains(secret), "{secret}");
    }
}

#[test]
fn native_fields_hold_what_replays_elsewhere() {
    for step in &checkout().flow().steps {
        if let Action::Change { value, .. } = &step.action {
            assert!(!value.contains("{{"), "{value}");
        }
        assert!(!matches!(step.action, Action::Own(_)), "{step:?}");
    }
}
