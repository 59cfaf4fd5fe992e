//! What comes from elsewhere: files, pastes; and documents that are written anew.

use serde_json::json;

use super::harness::Person;
use crate::browser::capture::PageEvent;

#[tokio::test(flavor = "multi_thread")]
async fn files_stand_for_the_click_that_opened_their_chooser() {
    let person = Person::on(
        "<input type=file id=f aria-label=Photo><button onclick='g.click()'>Upload</button><input type=file id=g hidden>",
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "a").unwrap();
    let session = person.page.session();
    session
        .call_raw(
            "Page.setInterceptFileChooserDialog",
            json!({"enabled": true}),
        )
        .await
        .unwrap();
    for (press, field) in [("#f", "f"), ("button", "g")] {
        person.click(press).await;
        let handle = person.page.main_frame().handle(field).await.unwrap();
        let files = json!({"objectId": handle, "files": [path]});
        session
            .call_raw("DOM.setFileInputFiles", files)
            .await
            .unwrap();
    }
    let story = person.story().await;
    assert_eq!(story, ["files a.txt to Photo", "files a.txt to Upload"]);
    let last = person.reports().await;
    let number = last
        .iter()
        .rfind(|report| matches!(report.event, PageEvent::Files { .. }))
        .map(|report| report.number);
    let name = format!("() => rehearsal.fileOf({}, 0).name", number.unwrap());
    assert_eq!(person.ask(&name).await, json!("a.txt"));
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_that_no_field_takes_is_told_when_the_page_does() {
    let person = Person::on(
        "<div id=board tabindex=0 role=application aria-label=Board style='height:50px'></div>
         <script>board.onpaste = (event) => { if (!window.deaf) board.append(event.clipboardData.getData('text/plain')); }</script>",
    )
    .await;
    let paste = async || {
        let event = json!({"key": "v", "code": "KeyV", "modifiers": 2, "type": "rawKeyDown",
            "windowsVirtualKeyCode": 86, "commands": ["paste"]});
        let session = person.page.session();
        session
            .call_raw("Input.dispatchKeyEvent", event)
            .await
            .unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    };
    // Who has pressed something may copy.
    person.click("#board").await;
    person
        .run(
            "() => { const t = document.createElement('textarea'); t.value = 'clip'; document.body.append(t); \
             t.select(); document.execCommand('copy'); t.remove(); }",
        )
        .await;
    person.click("#board").await;
    person.run("() => { window.deaf = true; }").await;
    paste().await;
    person.run("() => { window.deaf = false; }").await;
    paste().await;
    assert_eq!(
        person.story().await,
        ["click Board", "click Board", "paste clip on Board"]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_written_anew_is_watched_on() {
    let person = Person::on(
        "<button onclick='setTimeout(() => { document.open(); document.write(\"<button>Second</button>\"); \
         document.close(); })'>First</button>",
    )
    .await;
    person.click("button").await;
    person
        .until("document.querySelector('button')?.textContent === 'Second'")
        .await;
    person.click("button").await;
    assert_eq!(person.story().await, ["click First", "click Second"]);
    person.leave().await;
}
