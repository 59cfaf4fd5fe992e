//! The live browser in a real browser: what it shows, and what goes through.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rehearsal::browser::capture::{MouseAction, OptionShown, RemoteInput, Shown, TabShown, Typed};
use rehearsal::flow::DialogKind;
use rehearsal::record::Command;
use rehearsal::record::panel::{PanelInput, PanelOptions};
use serde_json::json;

use super::harness::{Desk, Forward, Page, view};

/// A red picture.
const RED: &str = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVt\
     VkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8\
     fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAGAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAA\
     AAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAABAX/xAAUEQEAAAAAAAAAAAAAAAAA\
     AAAA/9oADAMBAAIRAxEAPwCeAGuP/9k=";

fn red(width: f64, height: f64) -> Shown {
    Shown::Picture {
        jpeg: BASE64_STANDARD.decode(RED).unwrap().into(),
        width,
        height,
    }
}

/// A remote view of a page that stays 1256 px wide: twice the room that it has beside the toolbar.
async fn desk() -> Desk {
    let desk = Desk::start_with(PanelOptions {
        remote: true,
        window: Some((1256, 800)),
        ..PanelOptions::default()
    })
    .await;
    desk.panel.show(&view(2));
    desk.panel.screen(red(1256.0, 800.0));
    desk
}

async fn opened(desk: &Desk) -> Page {
    let mut page = Page::open(desk).await;
    drawn(&mut page).await;
    page
}

async fn drawn(page: &mut Page) {
    let pixel = "picture.getContext('2d').getImageData(2, 2, 1, 1).data";
    page.expect(
        &format!("(([r, g]) => r > 150 && g < 90)({pixel})"),
        &format!("[...{pixel}].join()"),
    )
    .await;
}

impl Desk {
    /// The next input that is no mere movement of the pointer.
    async fn deed(&mut self) -> RemoteInput {
        loop {
            match self.input().await {
                PanelInput::Remote(RemoteInput::Mouse {
                    action: MouseAction::Move,
                    ..
                }) => {}
                PanelInput::Remote(input) => return input,
                PanelInput::Command(command) => panic!("{command:?}"),
            }
        }
    }

    async fn expect_mouse(&mut self, wanted: MouseAction, at: (f64, f64), button: u8, clicks: u32) {
        let deed = self.deed().await;
        let RemoteInput::Mouse {
            action,
            x,
            y,
            button: pressed,
            clicks: counted,
            ..
        } = deed
        else {
            panic!("{deed:?}");
        };
        assert_eq!((action, pressed, counted), (wanted, button, clicks));
        assert!(
            (x - at.0).abs() < 2.0 && (y - at.1).abs() < 2.0,
            "{x}, {y} for {at:?}"
        );
    }

    /// A key: down, code, modifiers.
    async fn expect_key(&mut self, wanted: (bool, &str, u8)) {
        let deed = self.deed().await;
        let RemoteInput::Key {
            down,
            code,
            modifiers,
            ..
        } = &deed
        else {
            panic!("{deed:?} for {wanted:?}");
        };
        assert_eq!((*down, &**code, *modifiers), wanted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pressed_is_pressed_there() {
    let mut desk = desk().await;
    let mut page = opened(&desk).await;
    page.expect("picture.clientWidth === 628", "picture.clientWidth")
        .await;
    let at = (200.0, 100.0);
    page.pass(json!({"type": "click", "selectors": ["#picture"], "offsetX": 100, "offsetY": 50}))
        .await;
    desk.expect_mouse(MouseAction::Down, at, 0, 1).await;
    desk.expect_mouse(MouseAction::Up, at, 0, 1).await;
    page.pass(
        json!({"type": "doubleClick", "selectors": ["#picture"], "offsetX": 100, "offsetY": 50}),
    )
    .await;
    for clicks in [1, 2] {
        desk.expect_mouse(MouseAction::Down, at, 0, clicks).await;
        desk.expect_mouse(MouseAction::Up, at, 0, clicks).await;
    }
    page.pass(json!({"type": "click", "selectors": ["#picture"], "offsetX": 100, "offsetY": 50, "button": "secondary"})).await;
    desk.expect_mouse(MouseAction::Down, at, 2, 1).await;
    desk.expect_mouse(MouseAction::Up, at, 2, 1).await;
    // Pressed here and let go outside: the page must hear of it.
    let drag = "(async () => { const mouse = (type, x, y, buttons) => (type === 'mousedown' ? picture : window).dispatchEvent(new MouseEvent(type, {clientX: x, clientY: y, buttons, bubbles: true, detail: 1})); \
        const box = picture.getBoundingClientRect(); mouse('mousedown', box.left + 10, box.top + 10, 1); mouse('mouseup', box.right + 50, box.top + 10, 0); return true; })()";
    page.pass(json!({"type": "waitForExpression", "expression": drag}))
        .await;
    desk.expect_mouse(MouseAction::Down, (20.0, 20.0), 0, 1)
        .await;
    desk.expect_mouse(MouseAction::Up, (1356.0, 20.0), 0, 1)
        .await;

    let wheel = "picture.dispatchEvent(new WheelEvent('wheel', {clientX: picture.getBoundingClientRect().left + 100, clientY: picture.getBoundingClientRect().top + 50, deltaY: 3, deltaMode: 1, bubbles: true, cancelable: true})) === false";
    page.pass(json!({"type": "waitForExpression", "expression": wheel}))
        .await;
    let deed = desk.deed().await;
    let RemoteInput::Wheel { x, delta_y, .. } = deed else {
        panic!("{deed:?}");
    };
    assert!(
        (x - 200.0).abs() < 2.0 && (delta_y - 99.0).abs() < 0.1,
        "{deed:?}"
    );
    page.leave().await;
}

/// Keys that a browser would act on itself go to the page; one chord leads out and back.
#[tokio::test(flavor = "multi_thread")]
async fn keys_go_to_the_page_until_the_way_out() {
    let mut desk = desk().await;
    let mut page = opened(&desk).await;
    page.click("#picture").await;
    page.focused("keys").await;
    for _ in 0..2 {
        desk.deed().await;
    }
    for (keys, code) in [
        ("Tab", "Tab"),
        ("F5", "F5"),
        ("Backspace", "Backspace"),
        ("p", "KeyP"),
    ] {
        page.press(keys).await;
        desk.expect_key((true, code, 0)).await;
        desk.expect_key((false, code, 0)).await;
    }
    page.press("Control+R").await;
    desk.expect_key((true, "ControlLeft", 2)).await;
    desk.expect_key((true, "KeyR", 2)).await;
    desk.expect_key((false, "KeyR", 2)).await;
    desk.expect_key((false, "ControlLeft", 0)).await;
    page.focused("keys").await;

    page.press("Control+Shift+.").await;
    desk.expect_key((true, "ControlLeft", 2)).await;
    desk.expect_key((true, "ShiftLeft", 10)).await;
    // Let go before the focus leaves.
    desk.expect_key((false, "ControlLeft", 0)).await;
    desk.expect_key((false, "ShiftLeft", 0)).await;
    page.expect(
        "panel.contains(document.activeElement)",
        "document.activeElement.outerHTML",
    )
    .await;
    page.press("p").await;
    desk.expect(Command::Pause).await;
    page.press("Control+Shift+.").await;
    page.focused("keys").await;
    page.press("p").await;
    desk.expect_key((true, "KeyP", 0)).await;
    page.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn composed_and_pasted_text_goes_through() {
    let mut desk = desk().await;
    let mut page = opened(&desk).await;
    page.click("#picture").await;
    for _ in 0..2 {
        desk.deed().await;
    }
    let compose = "keys.dispatchEvent(new CompositionEvent('compositionend', {data: '日本'}))";
    page.pass(json!({"type": "waitForExpression", "expression": compose}))
        .await;
    let text = Typed("日本".to_owned());
    assert_eq!(desk.deed().await, RemoteInput::Text { text });

    page.pass(json!({"type": "customStep", "name": "rehearsal.paste", "parameters": {"text": "bold", "html": "<b>bold</b>"}})).await;
    loop {
        match desk.deed().await {
            RemoteInput::Key { .. } => {} // Control
            RemoteInput::Paste { text, html } => {
                assert_eq!(text.0, "bold");
                assert!(html.unwrap().contains("<b>bold</b>"));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    // What was copied in the page is pasted by the page.
    page.press("Control+C").await;
    page.press("Control+V").await;
    let mut codes = Vec::new();
    while codes.last().is_none_or(|code| code != "KeyV") {
        match desk.deed().await {
            RemoteInput::Key {
                down: true, code, ..
            } => codes.push(code),
            RemoteInput::Key { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    page.leave().await;
}

fn tab(tab: usize, title: &str, front: bool) -> TabShown {
    TabShown {
        tab,
        title: title.to_owned(),
        url: format!("https://shop.example/{title}"),
        front,
        loading: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_and_addresses() {
    let mut desk = desk().await;
    let mut page = opened(&desk).await;
    desk.panel.screen(Shown::Tabs {
        tabs: vec![tab(4, "Lamps", true), tab(9, "Invoice", false)],
    });
    page.reads(".tab.front", "Lamps").await;
    page.expect(
        "address.value === 'https://shop.example/Lamps'",
        "address.value",
    )
    .await;
    page.click("[data-tab='9'] [role=tab]").await;
    assert_eq!(desk.deed().await, RemoteInput::Front { tab: 9 });
    page.click("[data-tab='4'] .quiet").await;
    assert_eq!(desk.deed().await, RemoteInput::CloseTab { tab: 4 });
    for by in [-1, 1, 0] {
        page.click(&format!("[data-history='{by}']")).await;
        assert_eq!(desk.deed().await, RemoteInput::History { by });
    }
    page.change("#address", "shop.example/sale").await;
    page.press("Enter").await;
    let url = "shop.example/sale".to_owned();
    assert_eq!(desk.deed().await, RemoteInput::Navigate { url });
    desk.panel.screen(Shown::Cursor {
        cursor: "pointer".to_owned(),
    });
    page.expect("picture.style.cursor === 'pointer'", "picture.style.cursor")
        .await;
    page.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dialogs_are_answered() {
    let mut desk = desk().await;
    let mut page = opened(&desk).await;
    let dialog = |kind, message: &str, default: &str| Shown::Dialog {
        kind,
        message: message.to_owned(),
        default: default.to_owned(),
    };
    desk.panel
        .screen(dialog(DialogKind::Prompt, "Your <b>name</b>?", "Ann"));
    page.reads(".sheet p", "Your <b>name</b>?").await;
    page.change(".sheet input", "Bob").await;
    page.press("Enter").await;
    let text = Some("Bob".to_owned());
    assert_eq!(
        desk.deed().await,
        RemoteInput::Dialog { accept: true, text }
    );

    desk.panel.screen(Shown::Closed);
    desk.panel.screen(dialog(DialogKind::Confirm, "Sure?", ""));
    page.reads(".sheet p", "Sure?").await;
    page.press("Escape").await;
    let refuse = RemoteInput::Dialog {
        accept: false,
        text: None,
    };
    assert_eq!(desk.deed().await, refuse);

    desk.panel.screen(dialog(DialogKind::Beforeunload, "", ""));
    page.reads(".sheet h2", "Leave the page?").await;
    page.click(".sheet .main").await;
    assert_eq!(
        desk.deed().await,
        RemoteInput::Dialog {
            accept: true,
            text: None
        }
    );

    // Answered elsewhere, in another tab of this page.
    desk.panel.screen(dialog(DialogKind::Alert, "Saved.", ""));
    page.reads(".sheet p", "Saved.").await;
    desk.panel.screen(Shown::Closed);
    page.expect("!document.querySelector('.sheet')", "view.innerText")
        .await;
    page.focused("keys").await;
    page.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_chosen_from() {
    let mut desk = desk().await;
    let mut page = opened(&desk).await;
    let option = |label: &str, group: &str, selected| OptionShown {
        label: label.to_owned(),
        group: group.to_owned(),
        disabled: false,
        selected,
    };
    let list = |multiple| Shown::Options {
        field: [200.0, 100.0, 400.0, 40.0],
        options: vec![
            option("Choose…", "", true),
            option("Austria", "Europe", false),
            option("Belgium", "Europe", false),
            option("Brazil", "America", false),
        ],
        multiple,
    };
    desk.panel.screen(list(false));
    page.expect(
        "document.activeElement.matches('.options select')",
        "view.innerText",
    )
    .await;
    let place = "(({style}) => `${parseInt(style.left)} ${parseInt(style.top) - picture.offsetTop}`)(document.querySelector('.options'))";
    page.expect(&format!("{place} === '100 72'"), place).await;
    page.press("ArrowDown").await;
    page.press("ArrowDown").await;
    page.press("Enter").await;
    let chosen = Some(vec![2]);
    assert_eq!(desk.deed().await, RemoteInput::Choose { chosen });

    desk.panel.screen(list(false));
    page.click(".options option:nth-of-type(1)").await;
    let first = desk.deed().await;
    assert!(
        matches!(first, RemoteInput::Choose { chosen: Some(_) }),
        "{first:?}"
    );

    desk.panel.screen(list(true));
    page.expect(
        "document.querySelector('.options select')?.multiple",
        "view.innerText",
    )
    .await;
    page.press("Escape").await;
    assert_eq!(desk.deed().await, RemoteInput::Choose { chosen: None });
    page.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_handed_over() {
    let mut desk = desk().await;
    let mut page = opened(&desk).await;
    let chooser = || Shown::Chooser {
        multiple: true,
        accept: ".txt".to_owned(),
    };
    desk.panel.screen(chooser());
    page.reads(".sheet h2", "The page asks for files").await;
    page.expect(
        "document.querySelector('.sheet').innerText.includes('100 MB')",
        "view.innerText",
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let files = ["a.txt", "b.txt"].map(|name| folder.path().join(name));
    for file in &files {
        std::fs::write(file, file.file_name().unwrap().as_encoded_bytes()).unwrap();
    }
    page.pass(json!({"type": "customStep", "name": "rehearsal.upload", "parameters": {"selectors": ["#over-view input"], "files": files}})).await;
    let deed = desk.deed().await;
    let RemoteInput::Files { files } = deed else {
        panic!("{deed:?}");
    };
    let contents: Vec<_> = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    assert_eq!(contents, ["a.txt", "b.txt"]);
    page.expect("!document.querySelector('.sheet')", "view.innerText")
        .await;

    desk.panel.screen(chooser());
    page.click(".sheet .plain").await;
    let files = Vec::new();
    assert_eq!(desk.deed().await, RemoteInput::Files { files });
    page.leave().await;
}

/// Without a fixed size the page there is as large as the room for it here.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_follows_the_size_of_the_view() {
    let mut desk = Desk::remote().await;
    desk.panel.show(&view(0));
    let mut page = Page::open(&desk).await;
    let RemoteInput::Resize { width, height } = desk.deed().await else {
        panic!("a size");
    };
    assert_eq!(width, 628);
    desk.panel.screen(red(f64::from(width), f64::from(height)));
    drawn(&mut page).await;
    page.expect(
        "picture.clientWidth === view.clientWidth && picture.clientHeight === view.clientHeight",
        "picture.style.cssText",
    )
    .await;
    page.pass(json!({"type": "setViewport", "width": 400, "height": 800, "deviceScaleFactor": 1, "isMobile": false, "hasTouch": false, "isLandscape": false})).await;
    loop {
        match desk.deed().await {
            RemoteInput::Resize { width: 400, height } if height > 300 => break,
            RemoteInput::Resize { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    page.expect(
        "panel.getBoundingClientRect().top >= browser.getBoundingClientRect().bottom",
        "'beside'",
    )
    .await;
    page.expect("document.scrollingElement.scrollWidth <= 400 && document.scrollingElement.scrollHeight <= 800", "'it scrolls'").await;
    page.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_view_comes_back_and_an_ended_one_says_so() {
    let mut desk = desk().await;
    let mut forward = Forward::start(desk.host()).await;
    let host = forward.address.to_string();
    let mut page = Page::open_at(&desk.panel.url().replace(&desk.host(), &host), host).await;
    drawn(&mut page).await;
    forward.cut().await;
    page.reads(".sheet h2", "Connection lost").await;
    // Meanwhile a dialog came.
    desk.panel.screen(Shown::Dialog {
        kind: DialogKind::Alert,
        message: "Saved.".to_owned(),
        default: String::new(),
    });
    forward.mend().await;
    page.reads(".sheet p", "Saved.").await;
    page.press("Enter").await;
    assert_eq!(
        desk.deed().await,
        RemoteInput::Dialog {
            accept: true,
            text: None
        }
    );
    let Desk { panel, .. } = desk;
    panel.end("Saved flows/checkout.json.").await;
    page.reads(".sheet", "The recording is over Saved flows/checkout.json.")
        .await;
    page.leave().await;
}
