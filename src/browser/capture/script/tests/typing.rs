//! Values of fields.

use serde_json::json;

use super::harness::{CONTROL, Person, SHIFT};
use crate::browser::capture::{FieldValue, PageEvent};

#[tokio::test(flavor = "multi_thread")]
async fn one_edit_is_one_change_with_its_final_value() {
    let person = Person::on(
        "<form action='/next'><label>Name <input name=name></label><label>Town <input name=town value=Rome></label>
         <label>Notes <textarea name=notes></textarea></label><button>Send</button></form>",
    )
    .await;
    person.click("[name=name]").await;
    person.type_text("Ann").await;
    person.key("Backspace").await;
    person.type_text("a").await;
    person.key("Tab").await;
    person.chord("a", CONTROL).await;
    person.key("Delete").await;
    person.click("[name=notes]").await;
    person.type_text("a").await;
    person.key("Enter").await;
    person.type_text("b").await;
    person.click("[name=name]").await;
    person.type_text("x").await;
    person.key("Enter").await;
    person.loaded(2).await;
    assert_eq!(
        person.story().await,
        [
            "click Name",
            "change Name=Ana",
            "change Town=",
            "click Notes",
            "change Notes=a\nb",
            "click Name",
            "change Name=Anax",
            "key Enter on Name"
        ]
    );
    let strokes = person
        .reports()
        .await
        .into_iter()
        .find_map(|report| match report.event {
            PageEvent::Change {
                strokes,
                final_value: true,
                ..
            } => Some(strokes),
            _ => None,
        });
    assert_eq!(strokes, Some(5));
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_values_are_told_once() {
    let person = Person::on(
        "<label>Size <select><option value=s>Small<option value=l>Large</select></label>
         <label>Day <input type=date></label>
         <label><input type=checkbox> Gift</label>
         <label><input type=radio name=r value=1> One</label>
         <label>Volume <input type=range style='width:100px'></label>",
    )
    .await;
    person.click("[type=checkbox]").await;
    person.click("[type=radio]").await;
    person.key("Tab").await;
    person
        .run("() => document.querySelector('select').focus()")
        .await;
    person.key("l").await;
    person
        .run("() => document.querySelector('[type=date]').focus()")
        .await;
    person.type_text("02032026").await;
    let (x, y) = person.middle("[type=range]").await;
    person.drag((x, y), (x + 30.0, y)).await;
    let volume = person
        .run("() => document.querySelector('[type=range]').value")
        .await;
    assert_eq!(
        person.story().await,
        [
            "click Gift".to_owned(),
            "click One".to_owned(),
            "change Size=Large".to_owned(),
            "change Day=2026-02-03".to_owned(),
            format!("change Volume={}", volume.as_str().unwrap())
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_of_input_methods_and_pastes_is_told() {
    let person = Person::on("<input aria-label=City><input aria-label=Code>").await;
    person.click("[aria-label=City]").await;
    let session = person.page.session();
    let composing = json!({"text": "に", "selectionStart": 1, "selectionEnd": 1});
    session
        .call_raw("Input.imeSetComposition", composing)
        .await
        .unwrap();
    session
        .call_raw("Input.insertText", json!({"text": "日本"}))
        .await
        .unwrap();
    person.click("[aria-label=Code]").await;
    person
        .ask("() => { document.execCommand('insertText', false, ''); return null; }")
        .await;
    // As the clipboard does it.
    let event = json!({"key": "v", "code": "KeyV", "modifiers": 2, "type": "rawKeyDown",
        "windowsVirtualKeyCode": 86, "commands": ["paste"]});
    person.run("() => { const t = document.createElement('textarea'); t.value = 'A-1'; document.body.append(t); \
        t.select(); document.execCommand('copy'); t.remove(); document.querySelector('[aria-label=Code]').focus(); }").await;
    session
        .call_raw("Input.dispatchKeyEvent", event)
        .await
        .unwrap();
    let story = person.story().await;
    assert_eq!(
        story,
        [
            "click City",
            "change City=日本",
            "click Code",
            "change Code=A-1 pasted"
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rich_editor_has_its_keys() {
    let person = Person::on(
        "<div contenteditable role=textbox aria-label=Story style='min-height:80px'></div>",
    )
    .await;
    person.click("[contenteditable]").await;
    person.type_text("Hi").await;
    person.chord("Enter", SHIFT).await;
    person.type_text("x").await;
    person.key("Backspace").await;
    person.type_text("yo").await;
    person.key("Backspace").await;
    person.key("Enter").await;
    person.chord("b", CONTROL).await;
    person.type_text("fat").await;
    assert_eq!(
        person.story().await,
        [
            "click Story",
            "change Story=Hi\ny\nfat ['Hi' Shift+Enter 'x' Backspace 'y' Enter ControlOrMeta+B 'fat']"
        ]
    );
    let html = person
        .run("() => document.querySelector('[contenteditable]').innerHTML")
        .await;
    assert!(html.as_str().unwrap().contains("<b>fat</b>"), "{html}");
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_that_sends_a_message_is_a_key() {
    let person = Person::on(
        "<div contenteditable role=textbox aria-label=Message></div><textarea aria-label=Chat></textarea><ol></ol>
         <script>for (const field of document.querySelectorAll('div,textarea')) field.addEventListener('keydown', (event) => {
           if (event.key !== 'Enter' || event.shiftKey) return;
           event.preventDefault();
           const item = document.createElement('li');
           item.textContent = field.value ?? field.textContent;
           document.querySelector('ol').append(item);
           if ('value' in field) field.value = ''; else field.textContent = '';
         });</script>",
    )
    .await;
    for field in ["div", "textarea"] {
        person.click(field).await;
        person.type_text("hey").await;
        person.key("Enter").await;
    }
    assert_eq!(
        person
            .run("() => document.querySelectorAll('li').length")
            .await,
        json!(2)
    );
    assert_eq!(
        person.story().await,
        [
            "click Message",
            "change Message=hey",
            "key Enter on Message",
            "click Chat",
            "change Chat=hey",
            "key Enter on Chat"
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_that_something_answers_is_live() {
    let person = Person::on(
        "<label>Find <input id=search></label><label>Plain <input id=plain></label>
         <div id=list role=listbox hidden><div role=option tabindex=-1>Berlin</div></div>
         <label>Ask <input id=ask></label>
         <script>search.oninput = () => { list.hidden = false; };
           list.onclick = () => { search.value = 'Berlin'; list.hidden = true; };
           ask.oninput = () => fetch('/api?q=' + ask.value);</script>",
    )
    .await;
    person.click("#search").await;
    person.type_text("ber").await;
    person.click("[role=option]").await;
    person.click("#plain").await;
    person.type_text("abc").await;
    person.click("#ask").await;
    person.type_text("q").await;
    person
        .until("performance.getEntriesByType('resource').some((e) => e.name.includes('/api'))")
        .await;
    assert_eq!(
        person.story().await,
        [
            "click Find",
            "change Find=ber live",
            "click Berlin",
            "click Plain",
            "change Plain=abc",
            "click Ask",
            "change Ask=q live"
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_known_and_stand_nowhere_else() {
    let person = Person::on(
        "<label>User <input id=user></label><label>Geheim <input id=word type=password></label>
         <button id=show onclick=\"word.type = 'text'\">Show</button>
         <label>Card number <input id=card></label><input id=once autocomplete=one-time-code>
         <p id=echo></p><button id=end>End</button>
         <script>word.oninput = () => { end.textContent = 'Use ' + word.value; end.title = word.value; }</script>",
    )
    .await;
    person.click("#word").await;
    person.type_text("hunter").await;
    person.click("#show").await;
    person.click("#word").await;
    person.type_text("seven").await;
    person.click("#card").await;
    person.type_text("4111").await;
    person.click("#once").await;
    person.type_text("987").await;
    person.click("#user").await;
    person.type_text("ann").await;
    person.click("#end").await;
    person.settle().await;
    let mut secrets = Vec::new();
    for report in person.reports().await {
        let shown = serde_json::to_value(&report).unwrap();
        if let PageEvent::Change {
            element,
            value: FieldValue::Text { text },
            final_value,
            ..
        } = &report.event
        {
            let secret = element.field.as_ref().unwrap().secret.clone();
            if *final_value {
                secrets.push((secret, text.0.clone()));
            }
            assert!(!format!("{element:?}").contains("hunter"));
        } else {
            assert!(!shown.to_string().contains("hunter"), "{shown}");
        }
    }
    let secret = |name: &str| Some(name.to_owned());
    let wanted = [
        (secret("PASSWORD"), "hunter".to_owned()),
        (secret("PASSWORD"), "hunterseven".to_owned()),
        (secret("CARD_NUMBER"), "4111".to_owned()),
        (secret("ONE_TIME_CODE"), "987".to_owned()),
        (None, "ann".to_owned()),
    ];
    // Where in the text the second click put the caret is the browser's.
    assert_eq!(secrets.len(), wanted.len());
    for ((secret, text), (wanted_secret, wanted_text)) in secrets.iter().zip(&wanted) {
        assert_eq!((secret, text.len()), (wanted_secret, wanted_text.len()));
    }
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_stood_in_an_editor_is_part_of_what_is_typed_again() {
    let person = Person::on(
        "<div contenteditable role=textbox aria-label=Post>Old</div><button>Save</button>",
    )
    .await;
    person.click("[contenteditable]").await;
    person.run("() => { const all = getSelection(); all.selectAllChildren(document.querySelector('div')); all.collapseToEnd(); }").await;
    person.type_text("er").await;
    person.key("Enter").await;
    person.type_text("b").await;
    person.click("button").await;
    person.click("[contenteditable]").await;
    person.chord("a", CONTROL).await;
    person.type_text("New").await;
    person.click("button").await;
    assert_eq!(
        person.story().await,
        [
            "click Post",
            "change Post=Older\nb ['Older' Enter 'b']",
            "click Save",
            "click Post",
            "change Post=New [ControlOrMeta+A 'New']",
            "click Save"
        ]
    );
    person.leave().await;
}
