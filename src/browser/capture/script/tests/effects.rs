//! What came of gestures.

use serde_json::json;

use super::harness::Person;
use super::story::label;
use crate::browser::capture::PageEvent;

fn brief(effects: Vec<PageEvent>) -> Vec<String> {
    let names = |all: &[crate::browser::capture::Element]| {
        let all: Vec<String> = all.iter().map(label).collect();
        all.join("|")
    };
    let say = |event| match event {
        PageEvent::Effect {
            of,
            appears,
            vanishes,
            state,
        } => {
            let state = serde_json::to_value(state).unwrap();
            format!("{of} +{} -{} {state}", names(&appears), names(&vanishes))
        }
        other => format!("{other:?}"),
    };
    effects.into_iter().map(say).collect()
}

/// A deed of which the page hears by a socket sends no request, and what it says has no role.
#[tokio::test(flavor = "multi_thread")]
async fn new_words_are_the_effect_where_nothing_else_is() {
    let person = Person::on(
        "<button id=deploy>Deploy</button><button id=state>State</button><button id=redraw>Redraw</button>
         <button id=ask>Ask</button><p id=out>Idle</p><ul id=list><li>First thing</li></ul>
         <script>const add = (html) => document.body.insertAdjacentHTML('beforeend', html);
           const soon = (work) => setTimeout(work, 100);
           deploy.onclick = () => soon(() => add('<div class=note>Successfully deployed</div>'));
           state.onclick = () => soon(() => { out.textContent = 'Under way'; });
           redraw.onclick = () => soon(() => { list.innerHTML = '<li>First thing</li>'; });
           ask.onclick = () => fetch('/asked').then(() => add('<div>Asked and answered</div>'));</script>",
    )
    .await;
    for button in ["#deploy", "#state", "#redraw", "#ask"] {
        person.click(button).await;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    }
    let effects = person.effects().await;
    person.leave().await;
    for event in &effects {
        let PageEvent::Effect { appears, .. } = event else {
            panic!("{event:?}");
        };
        let selectors = &appears[0].selectors.0;
        let says = |chain: &Vec<String>| chain.concat().contains(&appears[0].fingerprint.text);
        assert!(
            selectors.iter().all(|one| says(&one.chain)),
            "{selectors:?}"
        );
    }
    let told = |event: &PageEvent| match event {
        PageEvent::Effect { of, appears, .. } => format!("{of} {}", appears[0].fingerprint.text),
        other => format!("{other:?}"),
    };
    let told: Vec<String> = effects.iter().map(told).collect();
    assert_eq!(told, ["1 Successfully deployed", "2 Under way"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn named_things_that_came_and_stayed_are_the_effect() {
    let person = Person::on(
        "<button id=open>Open</button><button id=menu aria-expanded=false>Menu</button><button id=save>Save</button>
         <button id=toast>Toast</button><ul><li><h3>Quiet River</h3><button class=row>Details</button></li>
         <li><h3>Loud Sea</h3><button class=row>Details</button></li></ul>
         <script>const add = (html) => document.body.insertAdjacentHTML('beforeend', html);
           open.onclick = 1; document.querySelector('#open').onclick = () =>
             add('<div role=dialog aria-label=Address><h2>Where to</h2><button id=close onclick=\"this.parentNode.remove()\">Close</button></div>');
           menu.onclick = () => menu.setAttribute('aria-expanded', 'true');
           save.onclick = () => setTimeout(() => add('<div role=status>All saved</div><h2>Order 1234</h2>'), 100);
           toast.onclick = () => { add('<p role=alert id=t>Wait</p>'); setTimeout(() => t.remove(), 50); };
           document.querySelector('.row').onclick = () => add('<h2>Quiet River</h2><h2>Reviews</h2>');</script>",
    )
    .await;
    for button in ["#open", "#close", "#menu", "#save", "#toast", ".row"] {
        person.click(button).await;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    }
    assert_eq!(
        brief(person.effects().await),
        [
            "1 +Address - null",
            "2 + -Address null",
            "3 + - {\"expanded\":true}",
            "4 +All saved - null",
            "6 +Reviews - null"
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_and_vanishing_of_the_element_itself() {
    let person = Person::on(
        "<div id=banner>We use cookies <button onclick='banner.remove()'>Accept</button></div>
         <label><input type=checkbox> Gift</label>",
    )
    .await;
    person.click("#banner button").await;
    tokio::time::sleep(std::time::Duration::from_millis(350)).await;
    person.click("[type=checkbox]").await;
    assert_eq!(
        brief(person.effects().await),
        ["1 + -Accept null", "2 + - {\"checked\":true}"]
    );
    assert_eq!(person.run("() => 1").await, json!(1));
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_did_is_the_effect_of_the_key() {
    let person = Person::on(
        "<button onclick='box.showModal()'>Edit</button><dialog id=box aria-label=Editor><input aria-label=Title></dialog>",
    )
    .await;
    person.click("button").await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    person.type_text("abc").await;
    person.key("Escape").await;
    person.until("!box.open").await;
    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    assert_eq!(
        brief(person.effects().await),
        ["1 +Editor - null", "3 + -Editor null"]
    );
    person.leave().await;
}
