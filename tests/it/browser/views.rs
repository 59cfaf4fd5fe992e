//! Page views and their vitals.

use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use rehearsal::browser::Driver;
use rehearsal::sample::Origin;

use super::harness::{Visitor, chromium, pages, profile};
use crate::support::site::Site;

/// Answers after 150 ms, paints late, and moves what is there by a third of the window.
const SHIFTY: &str = r#"<!doctype html><title>shifty</title><link rel=icon href="data:,">
<body style="margin:0"><div id=top></div><div style="height:800px;background:#eee">words</div>
<script>
setTimeout(() => {
  document.getElementById("top").style.height = "400px";
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => { window.moved = true; }, 50)));
}, 300);
window.seen = Object.keys(window).filter((name) => name.startsWith("rehearsal"));
</script>"#;

const CALM: &str = r#"<!doctype html><title>calm</title><link rel=icon href="data:,"><p>words"#;

fn routes() -> Router {
    Router::new()
        .route(
            "/product/{id}",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(150)).await;
                Html(SHIFTY)
            }),
        )
        .route("/calm", get(|| async { Html(CALM) }))
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_a_page_tells_its_vitals() {
    let site = Site::start(routes()).await;
    let chromium = chromium().await;
    let mut visitor = Visitor::open(&chromium, &profile(site.host())).await;
    let origin = |iteration| Origin {
        user: 3,
        persona: "shopper".into(),
        flow: "browse".into(),
        iteration,
        step: None,
    };
    visitor.user().attribute(origin(1));
    visitor.visit(&site.url("/product/17")).await;
    visitor
        .until("window.moved && window.seen.length === 0 && typeof rehearsalVitals === 'undefined'")
        .await;
    visitor.user().attribute(origin(2));
    visitor.visit(&site.url("/calm")).await;
    let samples = visitor.leave().await;
    chromium.shutdown().await;

    let pages = pages(&samples);
    let urls: Vec<&str> = pages.iter().map(|page| &*page.url).collect();
    assert_eq!(urls, ["/product/:id", "/calm"]);
    let (shifty, calm) = (pages[0], pages[1]);
    assert_eq!((shifty.origin.iteration, shifty.origin.step), (1, Some(0)));
    assert_eq!(calm.origin.iteration, 2);
    let ttfb = shifty.ttfb_ms.unwrap();
    let fcp = shifty.fcp_ms.unwrap();
    assert!((150.0..20_000.0).contains(&ttfb), "{shifty:?}");
    assert!(fcp > ttfb && shifty.lcp_ms.unwrap() >= fcp, "{shifty:?}");
    assert!(shifty.dom_ms.unwrap() >= ttfb, "{shifty:?}");
    assert!(
        shifty.load_ms.unwrap() >= shifty.dom_ms.unwrap(),
        "{shifty:?}"
    );
    let cls = shifty.cls.unwrap();
    assert!((0.1..1.0).contains(&cls), "{shifty:?}");
    assert_eq!(shifty.inp_ms, None);
    assert_eq!(calm.cls, Some(0.0));
    assert!(shifty.span.service_ms() > 300.0);
    assert!(shifty.span.ended <= calm.span.ended);
}
