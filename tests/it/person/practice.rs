//! What the person can do, on a browser that nothing of ours watches.

use std::time::Duration;

use serde_json::json;

use super::{Display, Person, SCREEN, free_port, plain_browser};
use crate::person::hand::Pace;

const PAGE: &str = "data:text/html,<!doctype html><title>Practice</title>
<body style='margin:0;height:3000px'>
<label>Name <input id=name value=old></label>
<label>Size <select id=size><option>Small<option>Medium<option>Large</select></label>
<button id=ask onclick=\"document.title = confirm('Really?') ? 'yes' : 'no'\">Ask</button>
<div id=thing style='width:60px;height:40px;background:tan'>Thing</div>
<div id=goal style='position:absolute;left:500px;top:300px;width:200px;height:200px;background:tan'></div>
<button style='position:absolute;top:2500px' onclick=\"window.open('data:text/html,<p>Second page')\">Far down</button>
<script>
window.seen = [];
for (const type of ['mousedown', 'mouseup', 'keydown', 'dblclick', 'contextmenu'])
  addEventListener(type, (event) => seen.push([type, event.target.id, event.key ?? '', event.isTrusted].join(' ')), true);
</script>";

#[test]
fn a_person_clicks_types_chooses_drags_scrolls_and_answers() {
    let display = Display::start(SCREEN.0, SCREEN.1);
    let profile = tempfile::tempdir().unwrap();
    let port = free_port();
    let page = PAGE.replace('\n', " ").replace('#', "%23");
    let browser = plain_browser(&display, (1280, 800), profile.path(), port, &page);
    let mut person = Person::sit_down(&display, port, Pace::FAST);

    person.type_into(":label('Name')", "Ann Lee+2");
    person.choose(":label('Size')", "Large");
    assert_eq!(
        person.read("[document.getElementById('name').value, size.value]"),
        json!(["Ann Lee+2", "Large"])
    );

    // The page stands still while its dialog is open.
    person.click("button:text('Ask')");
    person.linger(Duration::from_millis(700));
    person.press("Escape");
    person.linger(Duration::from_millis(300));
    assert_eq!(person.read("document.title"), "no");
    person.click("button:text('Ask')");
    person.linger(Duration::from_millis(700));
    person.press("Enter");
    person.linger(Duration::from_millis(300));
    assert_eq!(person.read("document.title"), "yes");

    person.read("seen.length = 0");
    person.drag("div:text('Thing')", "#goal", (0.5, 0.5));
    person.double_click("#goal");
    person.right_click("#goal");
    person.press("Escape");
    let seen = person.read("seen.filter((event) => !event.startsWith('keydown')).join('; ')");
    assert_eq!(
        seen,
        "mousedown thing  true; mouseup goal  true; \
         mousedown goal  true; mouseup goal  true; mousedown goal  true; mouseup goal  true; \
         dblclick goal  true; mousedown goal  true; contextmenu goal  true"
    );

    // It is not on the screen at first; and it opens a tab that comes to the front.
    person.click("button:text('Far down')");
    person.see_tabs(2);
    person.open_address("data:text/html,<p>Typed page");
    person.see("Typed page");
    person.press("ctrl+w");
    person.see_tabs(1);
    assert!(person.read("scrollY").as_f64().unwrap() > 1000.0);
    drop(browser);
}
