//! Drags and scrolling.

use serde_json::json;

use super::harness::Person;
use crate::browser::capture::PageEvent;

#[tokio::test(flavor = "multi_thread")]
async fn what_scripts_drag_is_told() {
    let person = Person::on(
        "<div id=knob role=slider aria-label=Price tabindex=0 style='width:20px;height:20px;background:red;position:absolute;left:50px;top:20px'></div>
         <div id=card aria-label=Task style='position:absolute;left:20px;top:100px;width:80px;height:40px;background:gold;user-select:none'>Task</div>
         <section aria-label=Done style='position:absolute;left:300px;top:80px;width:200px;height:150px'></section>
         <p id=text style='position:absolute;top:300px;font-size:20px'>A text that is only marked with the mouse</p>
         <script>for (const thing of [knob, card]) thing.onpointerdown = (down) => {
           const move = (event) => { thing.style.transform = `translate(${event.x - down.x}px, ${event.y - down.y}px)`; };
           addEventListener('pointermove', move);
           addEventListener('pointerup', () => removeEventListener('pointermove', move), { once: true });
         };</script>",
    )
    .await;
    let (x, y) = person.middle("#knob").await;
    person.drag((x, y), (x + 60.0, y)).await;
    let from = person.middle("#card").await;
    person.drag(from, (400.0, 150.0)).await;
    let (x, y) = person.middle("#text").await;
    person.drag((x - 80.0, y), (x + 50.0, y)).await;
    assert_eq!(
        person.run("() => getSelection().type").await,
        json!("Range")
    );
    assert_eq!(
        person.story().await,
        ["drag Price by 60,0", "drag Task to Done"]
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_browser_drags_is_told_with_its_target() {
    let person = Person::on(
        "<ul><li draggable=true id=one>First</li><li draggable=true>Second</li></ul>
         <div id=bin aria-label=Bin role=region style='width:200px;height:100px;background:silver'></div>
         <script>bin.ondragover = (event) => event.preventDefault();
           bin.ondrop = (event) => { event.preventDefault(); document.querySelector('#one').remove(); };</script>",
    )
    .await;
    let session = person.page.session();
    session
        .call_raw("Input.setInterceptDrags", json!({"enabled": false}))
        .await
        .unwrap();
    let from = person.middle("#one").await;
    let to = person.middle("#bin").await;
    person.drag(from, to).await;
    person.until("!document.querySelector('#one')").await;
    assert_eq!(person.story().await, ["drag First to Bin"]);
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scrolling_is_told_when_it_brought_something() {
    let person = Person::on(
        "<div id=box style='height:100px;overflow:auto' aria-label=Log><p style='height:900px'>old</p></div>
         <button style='position:fixed;right:0;top:0' onclick='window.scrollTo(0, 100); list.append(\"x\")'>Up</button>
         <ul id=list></ul><div style='height:3000px'></div>
         <script>let more = 0; addEventListener('scroll', () => {
           if (scrollY > 800 && !more++) { fetch('/api?more'); list.append(document.createElement('li')); }
         })</script>",
    )
    .await;
    let wheel = |y: f64| json!({"deltaX": 0, "deltaY": y});
    let over = person.middle("#box").await;
    person.mouse("mouseWheel", over, wheel(200.0)).await;
    person.until("box.scrollTop > 100").await;
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    person
        .mouse("mouseWheel", (400.0, 500.0), wheel(500.0))
        .await;
    person
        .mouse("mouseWheel", (400.0, 500.0), wheel(500.0))
        .await;
    person.until("scrollY >= 900").await;
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    // By itself a page scrolls too.
    person.click("button").await;
    person.until("scrollY === 100").await;
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    assert_eq!(person.story().await, ["scroll page", "click Up"]);
    let rested = person
        .reports()
        .await
        .into_iter()
        .find_map(|report| match report.event {
            PageEvent::Scroll { y, .. } => Some(y),
            _ => None,
        });
    assert!(rested.is_some_and(|y| y >= 900.0), "{rested:?}");
    person.leave().await;
}
