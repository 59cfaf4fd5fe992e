//! Everything by keys alone.

use rehearsal::record::{Command, Purpose};

use super::harness::{Desk, Page, view};

#[tokio::test(flavor = "multi_thread")]
async fn every_wish_has_a_key() {
    let mut desk = Desk::start().await;
    let mut shown = view(3);
    shown.can_redo = true;
    shown.steps[2].like = 5;
    desk.panel.show(&shown);
    let mut page = Page::open(&desk).await;
    page.reads("#state", "Recording").await;
    let pick = |purpose| Command::Pick { purpose };
    let on = true;
    for (key, command) in [
        ("p", Command::Pause),
        ("u", Command::Undo),
        ("r", Command::Redo),
        ("e", pick(Purpose::Look)),
        ("v", pick(Purpose::Visible)),
        ("t", pick(Purpose::Text)),
        ("a", pick(Purpose::Value)),
        ("l", Command::ExpectUrl),
        // Of the newest step, as none is chosen.
        ("y", Command::Any { step: 3, on }),
        ("o", Command::Optional { step: 3, on }),
        ("Delete", Command::Remove { step: 3 }),
    ] {
        page.press(key).await;
        desk.expect(command).await;
    }
    page.press("x").await; // a click has no value
    page.expect("errors.innerText.includes('no value')", "errors.innerText")
        .await;
    // Shortcuts of the browser are not ours.
    page.press("Control+U").await;

    page.press("s").await;
    page.press("Escape").await;
    page.press("s").await;
    page.press("u").await;
    page.press("s").await;
    page.press("s").await;
    desk.expect(Command::Stop).await;
    shown.picking = Some(Purpose::Look);
    desk.panel.show(&shown);
    page.reads(
        ".picking p",
        "Press an element in the page to see its selectors.",
    )
    .await;
    page.press("Escape").await;
    desk.expect(Command::CancelPick).await;
    desk.expect_nothing();
    page.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_walked_and_edited_by_keys() {
    let mut desk = Desk::start().await;
    desk.panel.show(&view(4));
    let mut page = Page::open(&desk).await;
    page.reads("#state", "Recording").await;

    // Tab comes to each tool, then to one step, not to each.
    let stops = [
        "help-button",
        "tool-pause",
        "tool-undo",
        "tool-redo",
        "tool-look",
        "tool-stop",
        "tool-visible",
        "tool-text",
        "tool-value",
        "tool-url",
    ];
    for stop in stops {
        page.press("Tab").await;
        page.focused(stop).await;
        page.expect(
            "getComputedStyle(document.activeElement).outlineStyle !== 'none'",
            "getComputedStyle(document.activeElement).outlineStyle",
        )
        .await;
    }
    page.press("Tab").await;
    let on = "document.activeElement.closest('[data-step]')?.dataset.step";
    page.expect(&format!("{on} === '4'"), on).await;
    page.press("ArrowUp").await;
    page.press("ArrowUp").await;
    page.expect(&format!("{on} === '2'"), on).await;

    // Its name: letters are text there, and Escape leaves it.
    page.press("n").await;
    page.focused("name").await;
    for key in ["p", "u"] {
        page.press(key).await;
    }
    page.press("Escape").await;
    page.expect(&format!("{on} === '2'"), on).await;
    page.press("n").await;
    for key in ["s", "o"] {
        page.press(key).await;
    }
    page.press("Enter").await;
    let name = "so".to_owned();
    desk.expect(Command::Name { step: 2, name }).await;
    page.press("Escape").await;
    page.expect("!document.querySelector('.step.open')", "steps.innerText")
        .await;

    // Several steps into a group.
    page.press("Shift+ArrowDown").await;
    page.press("g").await;
    page.focused("range").await;
    page.press("B").await;
    page.press("Enter").await;
    let name = "B".to_owned();
    desk.expect(Command::Group {
        from: 2,
        to: 3,
        name,
    })
    .await;

    page.press("Home").await;
    page.press("Backspace").await;
    desk.expect(Command::Remove { step: 1 }).await;
    page.press("?").await;
    page.expect(
        "help.open && help.contains(document.activeElement)",
        "help.open",
    )
    .await;
    page.press("p").await; // not while it is open
    page.press("Escape").await;
    page.expect("!help.open", "help.open").await;
    desk.expect_nothing();
    page.leave().await;
}

/// What a screen reader is told.
#[tokio::test(flavor = "multi_thread")]
async fn everything_has_a_name() {
    let desk = Desk::remote().await;
    let mut shown = view(3);
    shown.data = vec!["customers.email".to_owned()];
    shown.steps[2].kind = "change".to_owned();
    shown.steps[2].value = "x".to_owned();
    shown.steps[2].expects = vec!["URL /".to_owned()];
    desk.panel.show(&shown);
    let mut page = Page::open(&desk).await;
    page.press("d").await;
    page.focused("data").await;
    let nameless = "[...document.querySelectorAll('button, input, select, textarea')].filter((one) => \
        one.checkVisibility() && !one.ariaLabel && !one.innerText.trim() && !one.labels?.length).map((one) => one.outerHTML).join()";
    page.expect(&format!("{nameless} === ''"), nameless).await;
    page.expect(
        "document.querySelectorAll('[data-key]').length > 5",
        "document.body.innerText",
    )
    .await;

    shown.steps.push(super::harness::step(9));
    desk.panel.show(&shown);
    page.reads("#announce", "Step 9: Click “Thing 9”").await;
    page.leave().await;
}
