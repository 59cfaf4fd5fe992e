//! Polls told from what users cause.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use rehearsal::browser::Driver;
use rehearsal::sample::RequestClass;

use super::harness::{Visitor, chromium, profile, requests};
use crate::support::site::Site;

const PAGE: &str = r#"<!doctype html><title>p</title><link rel=icon href="data:,"><script>
window.ticks = 0;
const ask = (path) => fetch(path).then((answer) => answer.text());
ask("/menu");
setInterval(() => ask("/stock").then(() => { window.ticks += 1; }), 400);
window.asked = 0;
addEventListener("hashchange", () => ask("/search").then(() => { window.asked += 1; }));
</script>"#;

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_page_repeats_by_itself_is_a_poll() {
    let routes = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/menu", get(|| async { "menu" }))
        .route("/stock", get(|| async { "7" }))
        .route("/search", get(|| async { "found" }));
    let site = Site::start(routes).await;
    let chromium = chromium().await;
    let mut visitor = Visitor::open(&chromium, &profile(site.host())).await;
    visitor.visit(&site.url("/")).await;
    for number in 1..=3 {
        visitor.visit(&site.url(&format!("/#{number}"))).await;
        visitor.until(&format!("window.asked === {number}")).await;
    }
    // More than a second of nobody doing anything.
    visitor.until("window.ticks >= 8").await;
    let first = visitor.leave().await;
    // Another user of the pool, on a new document: what is known holds at once.
    let mut visitor = Visitor::open(&chromium, &profile(site.host())).await;
    visitor.visit(&site.url("/")).await;
    visitor.until("window.ticks >= 2").await;
    let second = visitor.leave().await;
    chromium.shutdown().await;

    let classes = |samples, url: &str| -> Vec<RequestClass> {
        let all = requests(samples).into_iter();
        all.filter(|request| &*request.url == url)
            .map(|request| request.class)
            .collect()
    };
    assert_eq!(classes(&first, "/menu"), [RequestClass::Fetch]);
    assert_eq!(classes(&first, "/search"), [RequestClass::Fetch; 3]);
    let stock = classes(&first, "/stock");
    let polls = stock
        .iter()
        .skip_while(|class| **class == RequestClass::Fetch);
    assert!(polls.clone().count() >= 3, "{stock:?}");
    assert!(
        polls.clone().all(|class| *class == RequestClass::Poll),
        "{stock:?}"
    );
    let stock = classes(&second, "/stock");
    assert!(stock.len() >= 2 && stock.iter().all(|class| *class == RequestClass::Poll));
    assert_eq!(classes(&second, "/menu"), [RequestClass::Fetch]);
}
