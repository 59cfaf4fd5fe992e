//! What a server and a page's scripts see.

use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::{get, post};
use rehearsal::browser::{Driver, Profile};
use rehearsal::flow::Viewport;
use serde_json::{Value, json};

use super::harness::{Visitor, chromium, profile};
use crate::support::site::Site;

const PAGE: &str = r#"<!doctype html><title>who</title><link rel=icon href="data:,">
<meta name=viewport content="width=device-width"><script>
const worker = new Worker("/worker.js");
const fromWorker = new Promise((done) => { worker.onmessage = (event) => done(event.data); });
navigator.userAgentData.getHighEntropyValues(
  ["fullVersionList", "architecture", "bitness", "model", "platformVersion"]).then(async (hints) =>
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
  screen: [screen.width, screen.height, screen.orientation.type],
  touch: navigator.maxTouchPoints,
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  worker: await fromWorker,
  hints,
})})).then(() => { window.done = true; });
</script>"#;

/// A page that tells what it sees, in the document, a worker and a frame.
fn routes(told: tokio::sync::mpsc::UnboundedSender<Value>) -> Router {
    const WORKER: &str = "fetch('/from-worker').then(() => postMessage(navigator.userAgent + \
                          navigator.languages))";
    let page = || async { ([(header::CACHE_CONTROL, "no-store")], Html(PAGE)) };
    Router::new()
        .route("/", get(page))
        .route(
            "/worker.js",
            get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], WORKER) }),
        )
        .route("/from-worker", get(|| async { "ok" }))
        .route(
            "/told",
            post(move |body: String| async move {
                told.send(serde_json::from_str(&body).unwrap()).unwrap();
            }),
        )
}

/// What a user of this profile shows, and the site with its log.
async fn look(change: impl FnOnce(&mut Profile)) -> (Value, Site) {
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let site = Site::start(routes(sender)).await;
    let chromium = chromium().await;
    let mut profile = profile(site.host());
    change(&mut profile);
    let mut visitor = Visitor::open(&chromium, &profile).await;
    visitor.visit(&site.url("/")).await;
    visitor.until("window.done").await;
    let told = told.recv().await.unwrap();
    visitor.leave().await;
    chromium.shutdown().await;
    (told, site)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_and_a_page_see_a_desktop_chromium() {
    let (told, site) = look(|_| {}).await;
    let agent = told["agent"].as_str().unwrap().to_owned();
    assert!(
        agent.contains(" Chrome/") && !agent.contains("Headless"),
        "{agent}"
    );
    assert!(
        agent.contains(".0.0.0 Safari/"),
        "only the major version: {agent}"
    );
    let expect = json!({
        "webdriver": true, "languages": ["en-US", "en"], "locale": "en-US", "plugins": 5,
        "pdf": true, "notifications": "default", "chrome": "object", "hover": true, "fine": true,
        "anyHover": true, "width": 1280, "height": 800, "ratio": 1, "touch": 0,
        "screen": [1920, 1080, "landscape-primary"],
    });
    for (name, value) in expect.as_object().unwrap() {
        assert_eq!(&told[name], value, "{name}");
    }
    assert_eq!(told["hints"]["mobile"], false);
    assert_eq!(told["hints"]["brands"].as_array().unwrap().len(), 2);
    assert_eq!(told["worker"], format!("{agent}en-US,en"));
    for got in site.log() {
        assert_eq!(got.header("user-agent"), agent, "{}", got.path);
        assert_eq!(
            got.header("accept-language"),
            "en-US,en;q=0.9",
            "{}",
            got.path
        );
        let hint = got.header("sec-ch-ua");
        assert!(!hint.contains("Headless"), "{hint}");
    }
    let document = &site.log()[0];
    let hint = document.header("sec-ch-ua");
    assert!(hint.contains("\"Chromium\";v="), "{hint}");
    assert_eq!(document.header("sec-ch-ua-mobile"), "?0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_abroad_is_what_its_profile_says() {
    const AGENT: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like \
                         Gecko) Chrome/150.0.0.0 Mobile Safari/537.36";
    let (told, site) = look(|profile| {
        profile.user_agent = Some(AGENT.to_owned());
        profile.locale = "pt-BR".to_owned();
        profile.timezone = Some("America/Sao_Paulo".to_owned());
        profile.mark = Some(("x-rehearsal".to_owned(), "1".to_owned()));
        profile.viewport = Viewport {
            width: 412,
            height: 915,
            device_scale_factor: 2.625,
            is_mobile: true,
            has_touch: true,
            is_landscape: false,
        };
    })
    .await;
    let expect = json!({
        "agent": AGENT, "languages": ["pt-BR", "pt", "en-US", "en"], "locale": "pt-BR",
        "zone": "America/Sao_Paulo", "width": 412, "height": 915, "ratio": 2.625, "touch": 5,
        "hover": false, "fine": false, "screen": [412, 915, "portrait-primary"],
    });
    for (name, value) in expect.as_object().unwrap() {
        assert_eq!(&told[name], value, "{name}");
    }
    assert_eq!(told["hints"]["mobile"], true);
    assert_eq!(told["hints"]["model"], "Pixel 7");
    for got in site.log() {
        assert_eq!(got.header("x-rehearsal"), "1", "{}", got.path);
        assert_eq!(got.header("user-agent"), AGENT, "{}", got.path);
        let languages = got.header("accept-language");
        assert_eq!(
            languages, "pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7",
            "{}",
            got.path
        );
    }
    assert_eq!(site.log()[0].header("sec-ch-ua-mobile"), "?1");
}
