//! The toolbar in a real browser: each of its controls asks for the right thing, and it shows what
//! the recorder tells.

use rehearsal::record::{Command, Picked, Purpose, State, StepView, View};
use serde_json::json;

use super::harness::{Desk, Forward, PATIENCE, Page, step, view};
use crate::player::harness::parse;

#[tokio::test(flavor = "multi_thread")]
async fn each_button_asks_for_what_it_says() {
    let mut desk = Desk::start().await;
    let mut shown = view(2);
    shown.can_redo = true;
    // The size of the page has no row.
    shown.count = 3;
    desk.panel.show(&shown);
    let mut page = Page::open(&desk).await;
    page.reads("#state", "Recording").await;
    page.reads("#meta", "flows/checkout.json 3 steps 0.0 s of think time")
        .await;
    let pick = |purpose| Command::Pick { purpose };
    for (button, command) in [
        ("#tool-pause", Command::Pause),
        ("#tool-undo", Command::Undo),
        ("#tool-redo", Command::Redo),
        ("#tool-look", pick(Purpose::Look)),
        ("#tool-visible", pick(Purpose::Visible)),
        ("#tool-text", pick(Purpose::Text)),
        ("#tool-value", pick(Purpose::Value)),
        ("#tool-url", Command::ExpectUrl),
    ] {
        page.click(button).await;
        desk.expect(command).await;
    }

    shown.state = State::Paused;
    shown.can_undo = false;
    shown.picking = Some(Purpose::Text);
    desk.panel.show(&shown);
    page.reads("#state", "Paused: nothing is recorded").await;
    page.click("#tool-pause").await;
    desk.expect(Command::Resume).await;
    page.press("u").await; // nothing to take back: nothing is asked
    page.click("#tool-text").await;
    desk.expect(Command::CancelPick).await;
    page.click(".picking button").await;
    desk.expect(Command::CancelPick).await;

    // A stop can be taken back for a while, and hurried.
    page.click("#tool-stop").await;
    page.click("#stopping .main").await;
    page.click("#tool-stop").await;
    page.click("#stopping .plain").await;
    desk.expect(Command::Stop).await;
    desk.expect_nothing();
    page.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_is_left_alone_stops() {
    let mut desk = Desk::start().await;
    desk.panel.show(&view(1));
    let mut page = Page::open(&desk).await;
    page.click("#tool-stop").await;
    desk.expect(Command::Stop).await;
    page.leave().await;
}

fn full() -> View {
    let typed = StepView {
        kind: "change".to_owned(),
        text: "Type into “E-mail”".to_owned(),
        value: "alice@example.com".to_owned(),
        effects: vec!["POST /check".to_owned()],
        expects: vec![
            "expects “1 item” is visible".to_owned(),
            "URL /basket".to_owned(),
        ],
        like: 12,
        doubts: vec!["A generated id".to_owned()],
        ..step(7)
    };
    let mut full = view(0);
    full.steps = vec![step(3), typed, step(9)];
    full.data = vec!["customers.email".to_owned(), "customers.name".to_owned()];
    full
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_of_a_step_asks_for_what_it_says() {
    let mut desk = Desk::start().await;
    let mut shown = full();
    desk.panel.show(&shown);
    let mut page = Page::open(&desk).await;
    let step = 7;
    page.click("[data-step='7'] .head").await;
    page.change("[data-key=name]", "E-mail").await;
    page.press("Enter").await;
    let name = "E-mail".to_owned();
    desk.expect(Command::Name { step, name }).await;

    page.change("[data-key=group]", "Sign in").await;
    page.press("Enter").await;
    let name = "Sign in".to_owned();
    desk.expect(Command::Group {
        from: 7,
        to: 7,
        name,
    })
    .await;

    page.change("[data-key=data]", "customers.email").await;
    let template = "{{customers.email}}".to_owned();
    desk.expect(Command::Data { step, template }).await;

    // A name that no environment variable could have is made into one.
    page.change("[data-key=secret]", "my e-mail").await;
    page.press("Enter").await;
    let name = "MY_E_MAIL".to_owned();
    desk.expect(Command::Secret { step, name }).await;

    page.click("[data-key=any]").await;
    desk.expect(Command::Any { step, on: true }).await;
    page.click("[data-key=optional]").await;
    desk.expect(Command::Optional { step, on: true }).await;
    page.click("[data-key=unexpect-1]").await;
    desk.expect(Command::Unexpect { step, index: 1 }).await;

    // What the recorder made of it is shown, and can be made undone.
    shown.steps[1].template = "{{secret.MY_E_MAIL}}".to_owned();
    shown.steps[1].any = true;
    shown.steps[1].name = "E-mail".to_owned();
    desk.panel.show(&shown);
    page.reads("[data-step='7'] .what b", "E-mail").await;
    page.expect(
        "document.querySelector('[data-key=secret]').value === 'MY_E_MAIL'",
        "document.body.innerText",
    )
    .await;
    page.change("[data-key=data]", "").await;
    let template = String::new();
    desk.expect(Command::Data { step, template }).await;
    page.click("[data-key=any]").await;
    desk.expect(Command::Any { step, on: false }).await;

    page.click("[data-key=remove]").await;
    desk.expect(Command::Remove { step }).await;
    shown.steps.remove(1);
    desk.panel.show(&shown);
    page.expect(
        "!document.querySelector('[data-step=\"7\"]')",
        "document.body.innerText",
    )
    .await;
    page.expect(
        "document.activeElement.closest('[data-step]')?.dataset.step === '9'",
        "document.activeElement.outerHTML",
    )
    .await;
    desk.expect_nothing();
    page.leave().await;
}

/// Steps come while somebody types a name: neither the words nor the focus may go.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_typed_stays_when_the_view_changes() {
    let mut desk = Desk::start().await;
    let mut shown = full();
    desk.panel.show(&shown);
    let mut page = Page::open(&desk).await;
    page.click("[data-step='7'] .head").await;
    page.click("[data-key=name]").await;
    for key in ["N", "e"] {
        page.press(key).await;
    }
    shown.steps[1].effects.push("“Saved” appears".to_owned());
    shown.steps.push(step(11));
    desk.panel.show(&shown);
    page.expect(
        "document.querySelector('[data-step=\"7\"]').innerText.includes('“Saved” appears')",
        "document.body.innerText",
    )
    .await;
    page.focused("name").await;
    page.press("w").await;
    page.press("Enter").await;
    let name = "New".to_owned();
    desk.expect(Command::Name { step: 7, name }).await;
    desk.expect_nothing();
    page.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_what_the_recorder_tells() {
    let desk = Desk::start().await;
    let mut page = Page::open(&desk).await;
    desk.panel.show(&view(0));
    page.reads(
        "#none",
        "Do in the page what your users do. Each step appears here as you do it.",
    )
    .await;
    let mut shown = full();
    shown.steps[1].text = "<img src=x onerror=alert(1)> & <b>bold</b>".to_owned();
    shown.picked = Some(Picked {
        label: "button “Send”".to_owned(),
        selectors: vec!["aria/Send".to_owned(), "#send".to_owned()],
        text: "Send".to_owned(),
    });
    shown.blocked = vec!["cdn.example.net: rehearse with --allow cdn.example.net".to_owned()];
    shown.notes = vec!["A note.".to_owned()];
    desk.panel.show(&shown);
    page.reads(
        "[data-step='7'] .what > span",
        "<img src=x onerror=alert(1)> & <b>bold</b>",
    )
    .await;
    page.reads(
        "[data-step='7'] .chips",
        "alice@example.com “1 item” is visible URL /basket 1 doubt",
    )
    .await;
    page.reads(".picked h2", "button “Send”").await;
    page.reads(".picked code", "aria/Send").await;
    page.reads("#told summary", "1 host blocked").await;
    page.reads(".notes", "A note.").await;
    desk.panel.say("There is no feed “orders”.");
    page.reads("#errors p", "There is no feed “orders”.").await;
    page.click("#errors button").await;
    page.expect("!document.querySelector('.error')", "errors.innerText")
        .await;
    page.click(".picked > .quiet").await;
    page.expect("!document.querySelector('.picked')", "told.innerText")
        .await;

    shown.state = State::Stopped;
    desk.panel.show(&shown);
    page.reads("#state", "Stopped").await;
    let Desk { panel, .. } = desk;
    panel.end("3 of 3 replays passed.").await;
    page.reads("#state", "The recording is over").await;
    page.reads(".ended", "3 of 3 replays passed. This page can be closed.")
        .await;
    page.leave().await;
}

/// The newest step is in view, unless the person looks at older ones.
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_step_is_followed_unless_scrolled_up() {
    let desk = Desk::start().await;
    desk.panel.show(&view(60));
    let mut page = Page::open(&desk).await;
    let at_end = "list.scrollHeight - list.scrollTop - list.clientHeight < 5";
    page.expect(
        &format!("document.querySelectorAll('.step').length === 60 && {at_end}"),
        "list.scrollTop",
    )
    .await;
    desk.panel.show(&view(61));
    page.expect(
        &format!("document.querySelectorAll('.step').length === 61 && {at_end}"),
        "list.scrollTop",
    )
    .await;
    page.pass(json!({"type": "scroll", "selectors": ["#list"], "x": 0, "y": 100}))
        .await;
    page.expect("list.scrollTop === 100", "list.scrollTop")
        .await;
    desk.panel.show(&view(63));
    page.reads("#newer", "↓ 2 new steps").await;
    page.expect("list.scrollTop === 100", "list.scrollTop")
        .await;
    page.click("#newer").await;
    page.expect(&format!("newer.hidden && {at_end}"), "list.scrollTop")
        .await;
    // The page itself has nothing to scroll.
    page.expect(
        "document.scrollingElement.scrollHeight <= innerHeight",
        "document.scrollingElement.scrollHeight",
    )
    .await;
    page.leave().await;
}

/// A second tab of the same browser may, another browser may not.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_is_let_in_and_a_second_browser_is_not() {
    let desk = Desk::start().await;
    desk.panel.show(&view(2));
    let mut page = Page::open(&desk).await;
    page.reads("#state", "Recording").await;
    page.pass(json!({"type": "waitForExpression", "expression": "window.second ??= open(location.href), true"}))
        .await;
    page.expect(
        "second.document.querySelectorAll('.step').length === 2",
        "second.document.body.innerText",
    )
    .await;
    page.pass(json!({"type": "navigate", "url": desk.panel.url()}))
        .await;
    page.reads("#state", "Recording").await;

    let mut stranger = page.another(desk.host()).await;
    let open = json!({"type": "navigate", "url": desk.panel.url()});
    let opened = stranger.perform(0, &parse(&open), PATIENCE).await;
    let refused = json!({"type": "waitForExpression", "expression": "document.title.startsWith('This link was used') && !document.querySelector('.step')"});
    let seen = stranger.perform(1, &parse(&refused), PATIENCE).await;
    assert_eq!(seen.result, Ok(()), "{opened:?}");
    stranger.close().await;
    page.leave().await;
}

/// Through a port of another machine, whose line breaks and comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_line_is_said_and_comes_back() {
    let mut desk = Desk::start().await;
    desk.panel.show(&view(1));
    let mut forward = Forward::start(desk.host()).await;
    let host = forward.address.to_string();
    let url = desk.panel.url().replace(&desk.host(), &host);
    let mut page = Page::open_at(&url, host).await;
    page.reads("#state", "Recording").await;
    forward.cut().await;
    page.reads("#state", "Reconnecting…").await;
    page.click("#tool-pause").await;
    page.expect(
        "errors.innerText.includes('Not connected')",
        "errors.innerText",
    )
    .await;
    desk.panel.show(&view(4));
    forward.mend().await;
    page.reads("#state", "Recording").await;
    page.expect(
        "document.querySelectorAll('.step').length === 4",
        "steps.innerText",
    )
    .await;
    page.click("#tool-pause").await;
    desk.expect(Command::Pause).await;
    page.leave().await;
}
