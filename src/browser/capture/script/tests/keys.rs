//! Keys that do more than type.

use serde_json::json;

use super::harness::{CONTROL, Person, SHIFT};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_presses_a_button_is_told_as_the_key() {
    let person = Person::on(
        "<button onclick='count.value++'>Go</button><input type=checkbox aria-label=Gift><output id=count>0</output>
         <form onsubmit='return false'><input aria-label=Name><button>Send</button></form>",
    )
    .await;
    person
        .run("() => document.querySelector('button').focus()")
        .await;
    person.key("Enter").await;
    person.key(" ").await;
    person
        .run("() => document.querySelector('[type=checkbox]').focus()")
        .await;
    person.key(" ").await;
    person
        .run("() => document.querySelector('form input').focus()")
        .await;
    person.type_text("a").await;
    person.key("Enter").await;
    assert_eq!(
        person.story().await,
        [
            "key Enter on Go",
            "key Space on Go",
            "key Space on Gift",
            "change Name=a",
            "key Enter on Name"
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shortcuts_are_told_and_noise_is_not() {
    let person = Person::on(
        "<input aria-label=Name><script>addEventListener('keydown', (event) => {
           if (event.ctrlKey && event.key === 'k') { event.preventDefault(); document.title = 'palette'; }
           if (event.ctrlKey && event.key === 's') { event.preventDefault(); }
           if (event.key === 'j') { document.body.append('next'); }
         })</script>",
    )
    .await;
    person.key("Shift").await;
    person.chord("k", CONTROL).await;
    person.chord("s", CONTROL).await;
    person.chord("l", CONTROL).await;
    person.chord("t", CONTROL).await;
    person.key("F5").await;
    person.key("Escape").await;
    person.key("Tab").await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    person.run("() => document.activeElement.blur()").await;
    person.key("j").await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    person.key("x").await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    person.click("input").await;
    person.chord("A", SHIFT).await;
    person.chord("a", CONTROL).await;
    person.chord("m", CONTROL | SHIFT).await;
    assert_eq!(
        person.story().await,
        [
            "key ControlOrMeta+K on page",
            "key ControlOrMeta+S on page",
            "key j on page",
            "click Name",
            "change Name=A",
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arrows_in_a_list_are_one_gesture() {
    let person = Person::on(
        "<input role=combobox aria-label=Town aria-expanded=false aria-controls=list>
         <ul id=list role=listbox hidden><li role=option>Berlin<li role=option>Bern<li role=option>Bergen</ul>
         <script>const box = document.querySelector('input'); let at = -1;
           box.oninput = () => { list.hidden = false; box.ariaExpanded = 'true'; };
           box.onkeydown = (event) => {
             if (event.key === 'ArrowDown') { event.preventDefault(); list.children[++at].ariaSelected = 'true'; box.value = list.children[at].textContent; }
             if (event.key === 'Enter') { event.preventDefault(); list.hidden = true; box.ariaExpanded = 'false'; }
           };</script>",
    )
    .await;
    person.click("input").await;
    person.type_text("ber").await;
    person.key("ArrowDown").await;
    person.key("ArrowDown").await;
    person.key("Enter").await;
    assert_eq!(
        person.story().await,
        [
            "click Town",
            "change Town=ber live",
            "key ArrowDown on Town x2",
            "key Enter on Town"
        ]
    );
    assert_eq!(person.run("() => box.value").await, json!("Bern"));
    person.leave().await;
}
