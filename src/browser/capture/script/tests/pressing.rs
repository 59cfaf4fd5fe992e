//! Presses of the pointer.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::json;

use super::harness::{CONTROL, Person};
use crate::browser::capture::PageEvent;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_would_name_was_clicked() {
    let person = Person::on(
        "<button id=buy><svg width=20 height=20><path d='M0 0h20v20H0z'/></svg> Buy</button>
         <a href='#x'><b>More</b></a>
         <label id=terms><input type=checkbox> I agree</label>
         <div style='cursor:pointer' class=card onmouseup='1'><p>Quiet <i>River</i></p></div>
         <div id=host></div>
         <script>document.getElementById('host').attachShadow({mode: 'open'}).innerHTML =
           '<button><span>Inner</span></button>'</script>",
    )
    .await;
    for target in [
        "#buy path",
        "a b",
        "#terms",
        "input",
        ".card i",
        "#host >>> button >>> span",
    ] {
        let selector = target.replace(" >>> button >>> span", " >>> span");
        person.click(&selector).await;
    }
    person
        .run("() => document.querySelector('#buy').click()")
        .await;
    assert_eq!(
        person.story().await,
        [
            "click Buy",
            "click More",
            "click I agree",
            "click I agree",
            "click div.card",
            "click Inner"
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_modifiers_and_double_clicks_are_told_apart() {
    let person = Person::on("<button>Open</button>").await;
    person.click("button").await;
    person.click_with("button", json!({"clickCount": 2})).await;
    person
        .click_with("button", json!({"button": "middle", "buttons": 4}))
        .await;
    person
        .click_with("button", json!({"button": "right", "buttons": 2}))
        .await;
    person
        .click_with("button", json!({"modifiers": CONTROL}))
        .await;
    assert_eq!(
        person.story().await,
        [
            "click Open",
            "click Open x2",
            "click Open auxiliary",
            "click Open secondary",
            "ControlOrMeta+click Open"
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_is_told_whose_element_went_away_at_once() {
    let person = Person::on(
        "<button id=a onpointerdown='this.remove()'>Going</button><br>
         <button id=b onmousedown='this.outerHTML = \"<button>New</button>\"'>Replaced</button><br>
         <p id=plain>nothing</p>
         <a href='/next' onmousedown='location.href = this.href'>Leaving</a>",
    )
    .await;
    person.click("#a").await;
    person.until("!document.querySelector('#a')").await;
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    person.click("#b").await;
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    person.click("a").await;
    person.loaded(2).await;
    assert_eq!(
        person.story().await,
        ["click Going", "click Replaced", "click Leaving"]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_told_where_they_matter() {
    let person = Person::on(
        "<canvas width=200 height=100 aria-label=Board></canvas><button style='width:100px;height:40px'>Go</button>",
    )
    .await;
    let (x, y) = person.middle("canvas").await;
    person.click_at((x + 50.0, y - 25.0), json!({})).await;
    person.click("button").await;
    person.settle().await;
    let told: Vec<_> = person
        .reports()
        .await
        .into_iter()
        .filter_map(|report| match report.event {
            PageEvent::Click {
                element,
                offset,
                at,
                ..
            } => Some((element.area, offset, at)),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            (true, [150.0, 25.0], [0.75, 0.25]),
            (false, [50.0, 20.0], [0.5, 0.5])
        ]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hovering_is_told_when_it_opened_what_was_pressed() {
    let menu = "<style>nav ul ul { display: none; position: absolute } nav li:hover > ul { display: block }
        nav li { width: 200px }</style>
        <button id=other>Other</button>
        <nav><ul><li id=products><a href='#p'>Products</a><ul><li><a href='#l'>Laptops</a></li></ul></li></ul></nav>";
    let person = Person::on(menu).await;
    person.rest_on("#other").await;
    person.rest_on("#products > a").await;
    person.rest_on("#products li a").await;
    person.click("#products li a").await;
    person.rest_on("#other").await;
    person.click("#other").await;
    assert_eq!(
        person.story().await,
        ["hover Products", "click Laptops", "click Other"]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_act_when_the_button_goes_down_are_told() {
    let person = Person::on(
        "<div id=control><div id=value>Pick</div><input id=field aria-label=Fruit></div><div id=menu></div>
         <script>control.onmousedown = (event) => { event.preventDefault(); field.focus(); show(['Apple', 'Pear']); };
         field.oninput = () => show(['Pear']);
         const show = (fruits) => {
           menu.innerHTML = fruits.map((fruit) => `<div style='position:absolute;cursor:pointer'>${fruit}</div>`).join('');
           for (const each of menu.children) each.onmousedown = () => { value.textContent = each.textContent; menu.innerHTML = ''; };
         };</script>",
    )
    .await;
    person.click("#value").await;
    person.type_text("pe").await;
    person.click("#menu div").await;
    assert_eq!(person.run("() => value.textContent").await, json!("Pear"));
    assert_eq!(
        person.story().await,
        ["click Pick", "change Fruit=pe live", "click Pear"]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hovering_is_no_step_where_something_else_brought_it() {
    let person = Person::on(
        "<style>tr button { visibility: hidden } tr:hover button { visibility: visible }</style>
         <button id=edit onclick='dialog.showModal()'>Edit</button>
         <dialog id=dialog aria-label=Editor><p>Text</p><form method=dialog><button>OK</button></form></dialog>
         <table><tr><td>Ann<td><button>Delete</button><tr><td>Bob<td><button>Delete</button></table>",
    )
    .await;
    person.rest_on("#edit").await;
    person.click("#edit").await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    person.rest_on("dialog p").await;
    person.rest_on("dialog button").await;
    person.click("dialog button").await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    person.rest_on("tr + tr td").await;
    person.rest_on("tr + tr button").await;
    person.click("tr + tr button").await;
    assert_eq!(
        person.story().await,
        ["click Edit", "click OK", "hover Bob", "click Delete"]
    );
    person.leave().await;
}

/// A page that comes piece by piece, under a pointer that is on its way already.
#[tokio::test(flavor = "multi_thread")]
async fn hovering_is_no_step_where_the_page_was_still_coming() {
    const LATE: &str = "<!doctype html><title>Late</title><script defer src=/late.js></script>
        <section><div><p id=picture style='width:200px;height:100px'>Picture</p></div><div id=place></div></section>";
    let late = || async {
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        "place.innerHTML = '<button>More</button>'"
    };
    let routes = Router::new()
        .route(
            "/",
            get(|| async { Html("<!doctype html><title>First</title>") }),
        )
        .route("/late", get(|| async { Html(LATE) }))
        .route("/late.js", get(late));
    let person = Person::at(routes, true).await;
    let coming = person.page.documents().borrow().navigation + 1;
    let address = person.site.url("/late");
    person.page.navigate(&address).await.unwrap();
    person.until("globalThis.picture").await;
    person.rest_on("#picture").await;
    person.until("document.querySelector('button')").await;
    person.rest_on("button").await;
    person.loaded(coming).await;
    person.click("button").await;
    assert_eq!(person.story().await, ["click More"]);
    person.leave().await;
}
