//! Requests as samples, against the log of the site that received them.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use futures::StreamExt;
use rehearsal::browser::Driver;
use rehearsal::sample::{Delivery, RequestClass, RequestSample, Sample};
use rehearsal::url_template::template;
use url::Url;

use super::harness::{Visitor, chromium, chromium_with, profile, requests};
use crate::support::site::Site;

const PIXEL: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>"#;

/// An asset that may be kept for an hour.
#[expect(clippy::unused_async, reason = "handlers are futures")]
async fn kept(kind: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, body).into_response()
}

/// An asset that must be asked for again each time.
async fn checked(headers: HeaderMap) -> Response {
    const TAG: &str = "\"v1\"";
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|tag| tag == TAG)
    {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, TAG)]).into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, TAG),
    ];
    (headers, "body{margin:0}").into_response()
}

fn html(body: String) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Html(body))
}

fn busy_page() -> String {
    let images: Vec<String> = ('a'..='t')
        .map(|name| format!(r#"<img src="/img/{name}.svg">"#))
        .collect();
    let images = images.concat();
    format!(
        r#"<!doctype html><title>busy</title><link rel=icon href="data:,">
<link rel=stylesheet href=/checked.css><script src=/app.js></script>{images}
<img src=/missing.svg><img src=/moved.svg>
<script>
const worker = new Worker("/worker.js");
const told = new Promise((done) => {{ worker.onmessage = done; }});
const socket = new WebSocket(`ws://${{location.host}}/chat`);
const chat = new Promise((done) => {{ socket.onmessage = done; }});
const loaded = new Promise((done) => addEventListener("load", done));
const sent = fetch("/cart", {{method: "POST", body: "x"}}).then((r) => r.text());
Promise.all([told, chat, loaded, sent]).then(() => {{ window.done = true; }});
</script>"#
    )
}

fn busy_routes() -> Router {
    const WORKER: &str = "Promise.all(['one','two','three'].map((n) => \
                          fetch('/work/' + n).then((r) => r.text()))).then(() => postMessage(1));";
    let mut routes = Router::new()
        .route("/", get(|| async { html(busy_page()) }))
        .route("/old", get(|| async { Redirect::to("/") }))
        .route("/checked.css", get(checked))
        .route(
            "/app.js",
            get(|| kept("text/javascript", "window.app = 1;")),
        )
        .route("/worker.js", get(|| kept("text/javascript", WORKER)))
        .route("/moved.svg", get(|| async { Redirect::to("/img/a.svg") }))
        .route("/cart", post(|| async { "ok" }))
        .route("/work/{name}", get(|| async { "done" }))
        .route(
            "/chat",
            get(|upgrade: WebSocketUpgrade| async {
                upgrade.on_upgrade(async |mut socket| {
                    let _gone = socket.send(Message::Text("hello".into())).await;
                    while let Some(Ok(_)) = socket.recv().await {}
                })
            }),
        );
    for name in 'a'..='t' {
        let path = format!("/img/{name}.svg");
        routes = routes.route(&path, get(|| kept("image/svg+xml", PIXEL)));
    }
    routes
}

/// What the site received, by method and folded URL.
fn received(site: &Site) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for request in site.log() {
        let url = Url::parse(&site.url(&request.path)).unwrap();
        let key = (request.method.to_string(), template(&url, true));
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// What the samples say the site received.
fn told(samples: &[Sample]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for request in reached(samples) {
        let key = (request.method.to_string(), request.url.to_string());
        *counts.entry(key).or_default() += 1;
    }
    counts
}

fn reached(samples: &[Sample]) -> Vec<&RequestSample> {
    let reached = |request: &&RequestSample| {
        matches!(request.delivery, Delivery::Network | Delivery::Revalidated)
    };
    requests(samples).into_iter().filter(reached).collect()
}

fn find<'a>(samples: &'a [Sample], url: &str) -> Vec<&'a RequestSample> {
    let all = requests(samples).into_iter();
    all.filter(|request| &*request.url == url).collect()
}

/// Waits until the site was asked for a path.
async fn arrived(site: &Site, path: &str) {
    for _ in 0..1_000 {
        if site.count(path) > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody asked for {path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_agree_with_the_sites_log() {
    let site = Site::start(busy_routes()).await;
    let chromium = chromium().await;
    let mut visitor = Visitor::open(&chromium, &profile(site.host())).await;
    visitor.visit(&site.url("/old")).await;
    visitor.until("window.done").await;
    let samples = visitor.leave().await;
    chromium.shutdown().await;

    assert_eq!(told(&samples), received(&site));
    let document = find(&samples, "/");
    assert_eq!(document.len(), 1);
    assert_eq!(document[0].class, RequestClass::Document);
    assert_eq!(document[0].status, Some(200));
    assert!(document[0].bytes as usize > busy_page().len());
    let timing = document[0].timing.unwrap();
    assert!(
        timing.wait_ms > 0.0 && timing.wait_ms < 40_000.0,
        "{timing:?}"
    );
    let hop = find(&samples, "/old");
    assert_eq!(
        (hop[0].status, hop[0].class),
        (Some(303), RequestClass::Document)
    );
    let missing = find(&samples, "/missing.svg");
    assert_eq!(missing[0].status, Some(404));
    assert!(missing[0].failed());
    let chat = find(&samples, "/chat");
    assert_eq!(chat[0].class, RequestClass::Websocket);
    assert_eq!(
        (chat[0].status, chat[0].error.as_deref()),
        (Some(101), None)
    );
    assert_eq!(find(&samples, "/cart")[0].class, RequestClass::Fetch);
    assert_eq!(&*find(&samples, "/cart")[0].method, "POST");
    assert_eq!(find(&samples, "/work/two")[0].class, RequestClass::Fetch);
    for (url, class) in [
        ("/app.js", RequestClass::Script),
        ("/checked.css", RequestClass::Stylesheet),
        ("/img/b.svg", RequestClass::Image),
    ] {
        assert_eq!(find(&samples, url)[0].class, class, "{url}");
    }
    let failed: Vec<_> = requests(&samples)
        .into_iter()
        .filter(|request| request.failed())
        .collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    for request in requests(&samples) {
        assert!(request.span.ended >= request.span.started, "{request:?}");
        assert_eq!(
            request.origin.step.is_some(),
            request.origin.step == Some(0)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returning_visitor_asks_for_what_changed() {
    let site = Site::start(busy_routes()).await;
    let chromium = chromium().await;
    let mut visitor = Visitor::open(&chromium, &profile(site.host())).await;
    visitor.visit(&site.url("/")).await;
    visitor.until("window.done").await;
    let first = site.log().len();
    visitor.visit(&site.url("/")).await;
    visitor.until("window.done").await;
    let samples = visitor.leave().await;
    chromium.shutdown().await;

    assert_eq!(told(&samples), received(&site));
    let again = site.log()[first..].to_vec();
    let style = again.iter().find(|got| got.path == "/checked.css").unwrap();
    assert_eq!(style.header("if-none-match"), "\"v1\"");
    assert!(
        !again.iter().any(|got| got.path == "/img/a.svg"),
        "{again:#?}"
    );
    assert!(!again.iter().any(|got| got.path == "/app.js"));
    let styles = find(&samples, "/checked.css");
    let deliveries: Vec<_> = styles.iter().map(|style| style.delivery).collect();
    assert_eq!(deliveries, [Delivery::Network, Delivery::Revalidated]);
    assert!(styles[1].bytes > 0 && styles[1].bytes < styles[0].bytes + 100);
    let images = find(&samples, "/img/b.svg");
    let deliveries: Vec<_> = images.iter().map(|image| image.delivery).collect();
    assert_eq!(deliveries, [Delivery::Network, Delivery::Cache]);
    assert_eq!(images[1].bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_share_nothing() {
    const PAGE: &str = r#"<!doctype html><title>c</title><link rel=icon href="data:,">
        <script>localStorage.seen = Number(localStorage.seen ?? 0) + 1;</script>"#;
    let cookie = [(header::SET_COOKIE, "visitor=known; Path=/; Max-Age=999")];
    let routes = Router::new().route("/", get(move || async move { (cookie, Html(PAGE)) }));
    let site = Site::start(routes).await;
    let chromium = chromium().await;
    let profile = profile(site.host());
    let mut one = Visitor::open(&chromium, &profile).await;
    one.visit(&site.url("/")).await;
    one.visit(&site.url("/")).await;
    one.until("localStorage.seen === '2'").await;
    let mut two = Visitor::open(&chromium, &profile).await;
    two.visit(&site.url("/")).await;
    two.until("localStorage.seen === '1'").await;
    assert_eq!(chromium.vitals().pids.len(), 1, "both live in one browser");
    let cookies: Vec<_> = site
        .log()
        .iter()
        .map(|got| got.header("cookie").to_owned())
        .collect();
    assert_eq!(cookies, ["", "visitor=known", ""]);
    one.leave().await;
    two.leave().await;
    chromium.shutdown().await;
}

fn framing_routes(other: &str, popup: bool) -> Router {
    // Last: while a new popup is held until we observe it, Chromium also holds its opener.
    let popup = if popup {
        r#"window.open("/popup");"#
    } else {
        ""
    };
    let outer = format!(
        r#"<!doctype html><title>outer</title><link rel=icon href="data:,">
        <script>
        const told = new Promise((done) => addEventListener("message", done));
        const loaded = new Promise((done) => addEventListener("load", done));
        Promise.all([told, loaded]).then(() => {{ window.done = true; {popup} }});
        </script>
        <iframe src="{other}/inner"></iframe>"#
    );
    let inner = r#"<!doctype html><link rel=icon href="data:,"><img src=/inner.svg><script>
        fetch("/deep").then((r) => r.text()).then(() => parent.postMessage(1, "*"));</script>"#;
    let popup = r#"<!doctype html><link rel=icon href="data:,"><script src=/popup.js></script>"#;
    Router::new()
        .route("/", get(move || async move { html(outer) }))
        .route("/inner", get(move || async move { html(inner.to_owned()) }))
        .route("/popup", get(move || async move { html(popup.to_owned()) }))
        .route(
            "/popup.js",
            get(|| kept("text/javascript", "fetch('/late')")),
        )
        .route("/late", get(|| async { "late" }))
        .route("/deep", get(|| async { "deep" }))
        .route("/inner.svg", get(|| kept("image/svg+xml", PIXEL)))
}

/// Frames of another site, in the page's process and in their own, and popups.
async fn check_frames(arguments: &[&str]) {
    let inner = Site::start_on("127.0.0.2", framing_routes("", false)).await;
    let other = format!("http://{}", inner.host());
    let site = Site::start(framing_routes(&other, true)).await;
    // A popup that nobody clicked for.
    let arguments = [arguments, &["--disable-popup-blocking"]].concat();
    let arguments = arguments.iter().map(ToString::to_string).collect();
    let chromium = chromium_with(|options| options.arguments = arguments).await;
    let mut profile = profile(site.host());
    std::sync::Arc::get_mut(&mut profile.hosts)
        .unwrap()
        .allow
        .push("127.0.0.2".to_owned());
    let mut visitor = Visitor::open(&chromium, &profile).await;
    visitor.visit(&site.url("/")).await;
    visitor.until("window.done").await;
    arrived(&site, "/late").await;
    let samples = visitor.leave().await;
    chromium.shutdown().await;
    let mut expect = received(&site);
    for ((method, path), count) in received(&inner) {
        expect.insert((method, format!("{}{path}", inner.host())), count);
    }
    assert_eq!(told(&samples), expect);
    let deep = find(&samples, &format!("{}/deep", inner.host()));
    assert_eq!(deep[0].class, RequestClass::Fetch);
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_in_the_same_process_and_popups_are_seen() {
    check_frames(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_in_processes_of_their_own_are_seen() {
    check_frames(&["--site-per-process"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_get_nothing_and_are_counted() {
    let stranger = Site::start_on("127.0.0.2", busy_routes()).await;
    let neighbour = Site::start(busy_routes()).await;
    let page = format!(
        r#"<!doctype html><title>b</title><link rel=icon href="data:,">
        <link rel=preconnect href="http://{stranger}"><link rel=prefetch href="http://{stranger}/p">
        <script src="http://{stranger}/app.js"></script><img src="http://{neighbour}/img/a.svg">
        <img src=/away><img src="http://shop.invalid/x.png">
        <script>
        const socket = new WebSocket("ws://{stranger}/chat");
        const ended = new Promise((done) => {{ socket.onclose = done; }});
        const asked = fetch("http://{neighbour}/cart", {{method: "POST"}}).catch(() => 1);
        const loaded = new Promise((done) => addEventListener("load", done));
        Promise.all([ended, asked, loaded]).then(() => {{ window.done = true; }});
        </script>"#,
        stranger = stranger.host(),
        neighbour = neighbour.host(),
    );
    let away = stranger.url("/img/b.svg");
    let routes = Router::new()
        .route("/", get(move || async move { html(page) }))
        .route("/away", get(move || async move { Redirect::to(&away) }));
    let site = Site::start(routes).await;
    let chromium = chromium().await;
    let mut visitor = Visitor::open(&chromium, &profile(site.host())).await;
    visitor.visit(&site.url("/")).await;
    visitor.until("window.done").await;
    let samples = visitor.leave().await;
    chromium.shutdown().await;

    assert_eq!(stranger.log().len(), 0);
    assert_eq!(neighbour.log().len(), 0);
    assert_eq!(told(&samples), received(&site));
    let blocked: Vec<_> = requests(&samples)
        .into_iter()
        .filter(|request| request.delivery == Delivery::Blocked)
        .collect();
    for url in [
        format!("{}/app.js", stranger.host()),
        format!("{}/chat", stranger.host()),
        format!("{}/img/b.svg", stranger.host()),
        format!("{}/img/a.svg", neighbour.host()),
        format!("{}/cart", neighbour.host()),
        "shop.invalid/x.png".to_owned(),
    ] {
        let found = blocked.iter().find(|request| *request.url == *url);
        assert!(found.is_some_and(|request| !request.failed()), "{url}");
    }
}

/// Streams, beacons, preflights, prefetches: what neither the page's markup nor a plain `fetch`
/// asks for.
#[tokio::test(flavor = "multi_thread")]
async fn unusual_requests_are_seen_too() {
    const PAGE: &str = r#"<!doctype html><title>u</title><link rel=icon href="data:,">
        <link rel=prefetch href=/ahead><script>
        const stream = new EventSource("/events");
        const event = new Promise((done) => { stream.onmessage = done; });
        const asked = fetch("http://API/order", {method: "PUT", body: "{}",
          headers: {"content-type": "application/json"}}).then((r) => r.text());
        const form = new XMLHttpRequest();
        const xhr = new Promise((done) => { form.onload = done; });
        form.open("POST", "/form"); form.send("a=1");
        fetch("/given-up", {signal: AbortSignal.timeout(50)}).catch(() => 1);
        addEventListener("pagehide", () => navigator.sendBeacon("/bye", "x"));
        Promise.all([event, asked, xhr]).then(() => { window.done = true; });
        </script>"#;
    let cors = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "PUT"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
    ];
    let preflight = cors.clone();
    let order = put(async move || (cors, "ok")).options(async move || (preflight, ""));
    let api = Site::start_on("127.0.0.2", Router::new().route("/order", order)).await;
    let page = PAGE.replace("API", &api.host());
    let events = || async {
        let first = futures::stream::iter([Ok::<_, std::io::Error>("data: hello\n\n")]);
        let body = first.chain(futures::stream::pending());
        let headers = [(header::CONTENT_TYPE, "text/event-stream")];
        (headers, axum::body::Body::from_stream(body))
    };
    let routes = Router::new()
        .route("/", get(move || async move { html(page) }))
        .route("/next", get(|| async { html("next".to_owned()) }))
        .route("/events", get(events))
        .route("/form", post(|| async { "ok" }))
        .route("/ahead", get(|| kept("text/plain", "ahead")))
        .route(
            "/given-up",
            get(|| async { std::future::pending::<()>().await }),
        )
        .route("/bye", post(|| async { "bye" }));
    let site = Site::start(routes).await;
    let chromium = chromium().await;
    let mut profile = profile(site.host());
    let hosts = std::sync::Arc::get_mut(&mut profile.hosts).unwrap();
    hosts.allow.push(api.host());
    let mut visitor = Visitor::open(&chromium, &profile).await;
    visitor.visit(&site.url("/")).await;
    visitor.until("window.done").await;
    visitor.visit(&site.url("/next")).await;
    for path in ["/bye", "/ahead", "/given-up"] {
        arrived(&site, path).await;
    }
    let samples = visitor.leave().await;
    chromium.shutdown().await;

    let mut expect = received(&site);
    for ((method, path), count) in received(&api) {
        expect.insert((method, format!("{}{path}", api.host())), count);
    }
    // A page without an icon of its own: Chromium asks for it beside the protocol.
    expect.remove(&("GET".to_owned(), "/favicon.ico".to_owned()));
    assert_eq!(told(&samples), expect);
    let order = find(&samples, &format!("{}/order", api.host()));
    let classes: BTreeMap<&str, RequestClass> = order
        .iter()
        .map(|request| (&*request.method, request.class))
        .collect();
    assert_eq!(classes["OPTIONS"], RequestClass::Other);
    assert_eq!(classes["PUT"], RequestClass::Fetch);
    assert_eq!(find(&samples, "/events")[0].class, RequestClass::Other);
    let given_up = find(&samples, "/given-up")[0];
    assert_eq!(given_up.error.as_deref(), Some("net::ERR_ABORTED"));
    assert!(requests(&samples).iter().all(|request| !request.failed()));
}

#[tokio::test(flavor = "multi_thread")]
async fn service_workers_are_seen_once() {
    const PAGE: &str = r#"<!doctype html><title>s</title><link rel=icon href="data:,"><script>
        navigator.serviceWorker.register("/service.js");
        navigator.serviceWorker.ready.then(async () => {
          if (!navigator.serviceWorker.controller) await new Promise((done) => {
            navigator.serviceWorker.oncontrollerchange = done; });
          await (await fetch("/through")).text();
          await (await fetch("/stored")).text();
          window.done = true;
        });
        </script>"#;
    const SERVICE: &str = r#"
        addEventListener("install", (event) => event.waitUntil(
          caches.open("c").then((cache) => cache.add("/stored")).then(() => skipWaiting())));
        addEventListener("activate", (event) => event.waitUntil(clients.claim()));
        addEventListener("fetch", (event) => {
          if (event.request.url.endsWith("/stored")) event.respondWith(caches.match("/stored"));
          if (event.request.url.endsWith("/through")) event.respondWith(fetch(event.request));
        });"#;
    let routes = Router::new()
        .route("/", get(|| async { html(PAGE.to_owned()) }))
        .route("/service.js", get(|| kept("text/javascript", SERVICE)))
        .route("/stored", get(|| async { "stored" }))
        .route("/through", get(|| async { "through" }));
    let site = Site::start(routes).await;
    let chromium = chromium().await;
    let mut visitor = Visitor::open(&chromium, &profile(site.host())).await;
    visitor.visit(&site.url("/")).await;
    visitor.until("window.done").await;
    let samples = visitor.leave().await;
    chromium.shutdown().await;
    assert_eq!(told(&samples), received(&site));
    let stored = find(&samples, "/stored");
    let caches = stored.iter().filter(|r| r.delivery == Delivery::Cache);
    assert_eq!(caches.count(), 1, "{stored:#?}");
}
