//! Text, keys, pastes and choices.

use rehearsal::browser::BrowserUser;
use serde_json::{Value, json};

use super::harness::{PATIENCE, Player, change, click, extended, own, parse};

fn press(selector: &str, keys: &str) -> Value {
    own("press", json!({"selectors": [selector], "keys": keys}))
}

#[tokio::test(flavor = "multi_thread")]
async fn shortcuts_and_keys_of_any_keyboard() {
    let mut player = Player::start().await;
    player.open("/typing.html").await;
    for keys in [
        "Enter",
        "ControlOrMeta+Shift+K",
        "Control+K",
        "Alt+ф",
        "Shift+1",
        "Control++",
        "F13",
    ] {
        player.pass(press("#terminal", keys)).await;
    }
    for key in ["Dead", "é", "€", "Process"] {
        player.pass(json!({"type": "keyDown", "key": key})).await;
        player.pass(json!({"type": "keyUp", "key": key})).await;
    }
    // What was never pressed can be released.
    player.pass(json!({"type": "keyUp", "key": "Shift"})).await;
    player
        .hits(&[
            "+Enter:Enter",
            "cs+K:KeyK",
            "c+k:KeyK",
            "a+ф:",
            "s+!:Digit1",
            "c++:Equal",
            "+F13:",
            "+Dead:",
            "+é:",
            "+€:",
            "+Process:",
        ])
        .await;
    // Chromium's own editing commands.
    player.pass(press("#rich", "ControlOrMeta+A")).await;
    player.pass(press("#rich", "ControlOrMeta+B")).await;
    player
        .expect(
            "rich.querySelector('b')?.textContent === 'old words'",
            "rich.innerHTML",
        )
        .await;
    player.pass(press("#rich", "ControlOrMeta+Z")).await;
    player
        .expect("!rich.querySelector('b')", "rich.innerHTML")
        .await;
    player.pass(press("#plain", "ControlOrMeta+A")).await;
    player.pass(press("#plain", "ControlOrMeta+X")).await;
    player.expect("plain.value === ''", "plain.value").await;
    // A layout's third level types, though it is reported with Control and Alt.
    for key in ["Control", "Alt", "AltGraph", "@"] {
        player.pass(json!({"type": "keyDown", "key": key})).await;
    }
    for key in ["@", "AltGraph", "Alt", "Control"] {
        player.pass(json!({"type": "keyUp", "key": key})).await;
    }
    player.expect("plain.value === '@'", "plain.value").await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pastes_are_what_a_person_s_are() {
    let mut player = Player::start().await;
    player.open("/typing.html").await;
    let paste = |selector: &str, more: Value| {
        let mut parameters = json!({"selectors": [selector]});
        if let (Value::Object(all), Value::Object(more)) = (&mut parameters, more) {
            all.extend(more);
        }
        own("paste", parameters)
    };
    player
        .pass(paste("#plain", json!({"text": " and new"})))
        .await;
    player
        .expect("plain.value === 'old and new'", "plain.value")
        .await;
    // The page sees a paste, and nothing of how the text came to the clipboard.
    player
        .expect(
            "events.join() === 'paste,beforeinput insertFromPaste,input insertFromPaste'",
            "events.join()",
        )
        .await;
    player
        .pass(paste("#area", json!({"text": "two\nlines\tand a tab"})))
        .await;
    player
        .expect("area.value === 'two\\nlines\\tand a tab'", "area.value")
        .await;
    player.forget().await;
    player
        .pass(paste(
            "#editor",
            json!({"text": "bold", "html": "<b>bold</b>"}),
        ))
        .await;
    player
        .hits(&["change textarea#area", "pasted true text/plain,text/html"])
        .await;
    player
        .expect(
            "editor.innerHTML.includes('<b>bold</b>')",
            "editor.innerHTML",
        )
        .await;
    // Where the focus is.
    player.pass(press("#rich", "End")).await;
    player.pass(own("paste", json!({"text": "!"}))).await;
    player
        .expect("rich.innerText === 'old words!'", "rich.innerText")
        .await;
    let deaf = player.fail(paste("#terminal", json!({"text": "x"}))).await;
    assert!(deaf.message.starts_with("`div#terminal` "), "{deaf:?}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rich_text_is_typed_with_its_shortcuts() {
    let mut player = Player::start().await;
    player.open("/typing.html").await;
    let keys = json!([{"text": "plain "}, {"press": "ControlOrMeta+B"}, {"text": "bold"},
        {"press": "ControlOrMeta+B"}, {"press": "Shift+Enter"}, {"text": "next"}]);
    player
        .pass(extended(
            change("#rich", "plain bold\nnext"),
            json!({"keys": keys, "keyDelayMs": 1}),
        ))
        .await;
    player
        .expect(
            "rich.querySelector('b').textContent === 'bold' && rich.innerHTML.includes('<br>')",
            "rich.innerHTML",
        )
        .await;
    let wrong = extended(
        change("#rich", "other"),
        json!({"keys": [{"text": "this"}]}),
    );
    let wrong = player.fail(wrong).await;
    assert_eq!(
        wrong.message,
        "`div#rich` holds `this` after it was given `other`"
    );
    player.change("#rich", "").await;
    player
        .expect("rich.innerText.trim() === ''", "rich.innerText")
        .await;
    // A framework that wakes up while one types.
    player.change("#reset", "kept").await;
    player.expect("reset.value === 'kept'", "reset.value").await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn choices_are_made_as_people_make_them() {
    let mut player = Player::start().await;
    player.open("/typing.html").await;
    player
        .pass(extended(
            change("#many", "a"),
            json!({"values": ["a", "Plum"]}),
        ))
        .await;
    player
        .expect(
            "[...many.selectedOptions].map((each) => each.value).join() === 'a,c'",
            "many.value",
        )
        .await;
    player.change("#medium", "l").await;
    player
        .expect(
            "document.querySelector('[name=size]:checked').value === 'l'",
            "'another'",
        )
        .await;
    player.change("#medium", "on").await;
    player.expect("medium.checked", "'off'").await;
    player.forget().await;
    // A box that is not to be seen is pressed by its label.
    player.change("#terms", "true").await;
    player.expect("terms.checked", "'off'").await;
    player.hits(&["change input#terms"]).await;
    for (id, value) in [
        ("#box", "true"),
        ("#box", "true"),
        ("#switch", "off"),
        ("#bold", "on"),
    ] {
        player.change(id, value).await;
    }
    player
        .hits(&["toggled box", "toggled switch", "toggled bold"])
        .await;
    player.change("#fruit", "Pear").await;
    player.change("#colours", "Green").await;
    player.change("#colours", "Green").await;
    player.hits(&["picked Pear", "colour Green"]).await;

    let stuck = player.fail(change("#stuck", "on")).await;
    assert_eq!(
        stuck.message,
        "`div#stuck` did not change when it was pressed"
    );
    let missing = player.fail(change("#colours", "Blue")).await;
    assert_eq!(
        missing.message,
        "option `Blue` is missing in `div#colours`; it has `Red`, `Green`"
    );
    let date = player.fail(change("#day", "31.12.2026")).await;
    assert_eq!(
        date.message,
        "`input#day` takes a date such as 2026-12-31, not `31.12.2026`"
    );
    player.click("#plain").await;
    player.pass(click(&["#terms_label"])).await;
    player.expect("!terms.checked", "'on'").await;
    player.leave().await;
}

/// Pastes a text of its own again and again; each time the field holds that and nothing else.
async fn paste_over_and_over(user: &mut Box<dyn BrowserUser>, page: &str, text: &str) {
    let go = json!({"type": "navigate", "url": page});
    let paste = own("paste", json!({"selectors": ["#plain"], "text": text}));
    let holds =
        json!({"type": "waitForExpression", "expression": format!("plain.value === '{text}'")});
    let mut steps = vec![go];
    for _ in 0..10 {
        steps.extend([change("#plain", ""), paste.clone(), holds.clone()]);
    }
    for step in steps {
        let performed = user.perform(0, &parse(&step), PATIENCE).await;
        assert_eq!(performed.result, Ok(()), "{text}: {step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_one_browser_paste_their_own() {
    let mut player = Player::start().await;
    let mut other = player.another().await;
    let page = player.site.url("/typing.html");
    tokio::join!(
        paste_over_and_over(player.user(), &page, "mine"),
        paste_over_and_over(&mut other, &page, "theirs"),
    );
    other.close().await;
    player.leave().await;
}
