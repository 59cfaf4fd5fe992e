//! What a server and a page's scripts see.

use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use rehearsal::browser::Driver;
use serde_json::Value;

use super::harness::{Visitor, chromium, profile};
use crate::support::site::Site;

const PAGE: &str = r#"<!doctype html><title>who</title><script>
navigator.userAgentData.getHighEntropyValues(
  ["fullVersionList", "architecture", "bitness", "model", "platformVersion"]).then((hints) =>
fetch("/told", {method: "POST", body: JSON.stringify({
  webdriver: navigator.webdriver,
  agent: navigator.userAgent,
  platform: navigator.platform,
  languages: navigator.languages,
  locale: Intl.NumberFormat().resolvedOptions().locale,
  plugins: navigator.plugins.length,
  pdf: navigator.pdfViewerEnabled,
  notifications: Notification.permission,
  chrome: typeof window.chrome,
  hover: matchMedia("(hover: hover)").matches,
  fine: matchMedia("(pointer: fine)").matches,
  anyHover: matchMedia("(any-hover: hover)").matches,
  width: innerWidth, height: innerHeight, ratio: devicePixelRatio,
  touch: navigator.maxTouchPoints,
  hints,
})})).then(() => { window.done = true; });
</script>"#;

fn routes(told: tokio::sync::mpsc::UnboundedSender<Value>) -> Router {
    Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route(
            "/told",
            post(move |body: String| async move {
                told.send(serde_json::from_str(&body).unwrap()).unwrap();
            }),
        )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_and_a_page_see_a_desktop_chromium() {
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let site = Site::start(routes(sender)).await;
    let chromium = chromium().await;
    let mut visitor = Visitor::open(&chromium, &profile(site.host())).await;
    visitor.visit(&site.url("/")).await;
    visitor.until("window.done").await;
    let told = told.recv().await.unwrap();
    let document = site.log()[0].clone();
    visitor.leave().await;
    chromium.shutdown().await;
    println!("{told:#}\n{:#?}", document.headers);
}
