//! Tabs and frames in a real browser, below the traits.

use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::frame::{EvaluateError, Frame};
use super::page::{DocumentState, Page};
use super::user::ChromiumUser;
use super::{BrowserUser, Chromium, Driver, Hosts, Options, Profile};
use crate::clock::{Clock, Micros};
use crate::flow::Viewport;
use crate::sample::{Origin, Sample};

#[path = "../../tests/it/support/site.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
pub(super) mod site;

use site::Site;

const PATIENCE: Duration = Duration::from_secs(30);

/// A desktop visitor who may reach these hosts.
pub(super) fn profile(hosts: Hosts) -> Profile {
    Profile {
        origin: Origin {
            user: 0,
            persona: "p".into(),
            flow: "".into(),
            iteration: 0,
            step: None,
        },
        viewport: Viewport {
            width: 800,
            height: 600,
            device_scale_factor: 1.0,
            is_mobile: false,
            has_touch: false,
            is_landscape: true,
        },
        locale: "en-US".to_owned(),
        timezone: None,
        user_agent: None,
        hosts: std::sync::Arc::new(hosts),
        mark: None,
        replay: crate::browser::Replay::default(),
    }
}

/// A user with a browser of its own.
struct Scene {
    chromium: Chromium,
    user: ChromiumUser,
    page: Page,
    samples: mpsc::UnboundedReceiver<Sample>,
}

impl Scene {
    async fn open(host: &str, arguments: &[&str]) -> Self {
        let mut options = Options::new(Clock::start());
        options.arguments = arguments.iter().map(ToString::to_string).collect();
        let chromium = Chromium::launch(options).await.unwrap();
        let profile = profile(Hosts {
            target: host.to_owned(),
            allow: vec!["127.0.0.2".to_owned()],
        });
        let (sender, samples) = mpsc::unbounded_channel();
        let user = chromium.user(&profile, sender).await.unwrap();
        let page = user.stage().page(None).unwrap();
        Self {
            chromium,
            user,
            page,
            samples,
        }
    }

    /// Waits until the document is as wanted.
    async fn until(&self, wanted: impl FnMut(&DocumentState) -> bool) -> DocumentState {
        let mut documents = self.page.documents();
        let there = tokio::time::timeout(PATIENCE, documents.wait_for(wanted)).await;
        let Ok(state) = there else {
            panic!("never: {:?}", self.page.documents().borrow());
        };
        state.unwrap().clone()
    }

    async fn visit(&self, url: &str) {
        self.page.navigate(url).await.unwrap();
        self.until(|state| state.loaded).await;
    }

    async fn run(&self, script: &str) -> Value {
        let frame = self.page.main_frame();
        frame.evaluate_main(script, &[]).await.unwrap()
    }

    /// Leaves, and tells the samples.
    async fn leave(mut self) -> Vec<Sample> {
        Box::new(self.user).close().await;
        self.chromium.shutdown().await;
        let mut samples = Vec::new();
        while let Ok(sample) = self.samples.try_recv() {
            samples.push(sample);
        }
        samples
    }
}

fn document(body: &str) -> Html<String> {
    Html(format!(
        r#"<!doctype html><link rel=icon href="data:,"><body style="margin:0">{body}"#
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn our_world_sees_the_document_and_not_the_pages_names() {
    const LIBRARY: &str = "globalThis.installed = (globalThis.installed ?? 0) + 1";
    let body = "<p id=a>text</p><script>window.theirs = 7</script>";
    let site = Site::start(Router::new().route("/", get(|| async { document(body) }))).await;
    let scene = Scene::open(&site.host(), &[]).await;
    scene.visit(&site.url("/")).await;
    let frame = scene.page.main_frame();
    let sum = frame
        .evaluate("async (a, b) => a + b.n", &[json!(1), json!({"n": 2})])
        .await;
    assert_eq!(sum, Ok(json!(3)));
    let text = "() => [document.getElementById('a').textContent, typeof theirs]";
    let seen = frame.evaluate(text, &[]).await;
    assert_eq!(seen, Ok(json!(["text", "undefined"])));
    let main = frame.evaluate_main("() => window.theirs", &[]).await;
    assert_eq!(main, Ok(json!(7)));
    let thrown = frame.evaluate("() => { throw new Error('no') }", &[]).await;
    let message = "Error: no".to_owned();
    assert_eq!(thrown, Err(EvaluateError::Exception { message }));
    for _ in 0..2 {
        frame.inject(LIBRARY).await.unwrap();
    }
    let count = frame.evaluate("() => globalThis.installed", &[]).await;
    assert_eq!(count, Ok(json!(1)), "once per document");
    scene.visit(&site.url("/?again")).await;
    let count = frame.evaluate("() => typeof installed", &[]).await;
    assert_eq!(count, Ok(json!("undefined")), "a new document, a new world");
    frame.inject(LIBRARY).await.unwrap();
    let main = frame.evaluate_main("() => typeof installed", &[]).await;
    assert_eq!(main, Ok(json!("undefined")));
    scene.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_navigation_ends_evaluations_at_once() {
    let routes = Router::new().route("/{name}", get(|| async { document("x") }));
    let site = Site::start(routes).await;
    let scene = Scene::open(&site.host(), &[]).await;
    scene.visit(&site.url("/a")).await;
    let frame = scene.page.main_frame();
    let url = site.url("/c");
    let (ended, left) = tokio::join!(
        tokio::time::timeout(PATIENCE, frame.evaluate("() => new Promise(() => {})", &[])),
        async {
            frame.evaluate("() => 1", &[]).await.unwrap();
            scene.page.navigate(&url).await
        }
    );
    assert_eq!(left, Ok(()));
    assert_eq!(ended.unwrap(), Err(EvaluateError::Navigated));
    assert_eq!(
        frame.evaluate("() => location.pathname", &[]).await,
        Ok(json!("/c"))
    );
    scene.leave().await;
}

fn nested(inner: &str) -> Router {
    let outer = format!(
        r#"<iframe src="/plain" style="position:absolute;left:10px;top:500px;border:0"></iframe>
        <iframe src="{inner}/middle" style="position:absolute;left:100px;top:50px;border:5px solid"></iframe>"#
    );
    let middle = r#"<p style="margin:0;height:20px">m</p><iframe src="/leaf" style="border:2px solid;margin-left:30px"></iframe>"#;
    Router::new()
        .route("/", get(move || async move { document(&outer) }))
        .route("/plain", get(|| async { document("plain") }))
        .route("/middle", get(move || async move { document(middle) }))
        .route("/leaf", get(|| async { document("<b id=leaf>leaf</b>") }))
}

async fn check_frames(arguments: &[&str]) {
    let other = Site::start_on("127.0.0.2", nested("")).await;
    let site = Site::start(nested(&format!("http://{}", other.host()))).await;
    let scene = Scene::open(&site.host(), arguments).await;
    scene.visit(&site.url("/")).await;
    let main = scene.page.main_frame();
    let child = |of: &Frame, index| scene.page.child(of, index).unwrap();
    let plain = child(&main, 0);
    assert_eq!(plain.url(), site.url("/plain"));
    let middle = child(&main, 1);
    assert_eq!(middle.url(), other.url("/middle"));
    let leaf = child(&middle, 0);
    let text = "() => document.getElementById('leaf').textContent";
    assert_eq!(leaf.evaluate(text, &[]).await, Ok(json!("leaf")));
    assert_eq!(leaf.evaluate_main(text, &[]).await, Ok(json!("leaf")));
    let begin = |placement: super::placement::Placement| placement.outward((0.0, 0.0));
    assert_eq!(plain.placement().await.map(begin), Ok((10.0, 500.0)));
    assert_eq!(middle.placement().await.map(begin), Ok((105.0, 55.0)));
    assert_eq!(leaf.placement().await.map(begin), Ok((137.0, 77.0)));
    assert!(scene.page.child(&main, 2).is_none());
    assert!(scene.page.frame_at(&other.url("/leaf")).is_some());
    scene
        .run("() => document.querySelectorAll('iframe')[1].remove()")
        .await;
    tokio::time::timeout(PATIENCE, async {
        while middle.is_attached() || leaf.is_attached() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(
        leaf.evaluate(text, &[]).await,
        Err(EvaluateError::Navigated)
    );
    scene.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_in_the_same_process() {
    check_frames(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_in_processes_of_their_own() {
    check_frames(&["--site-per-process"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_the_document_follows_what_links_do() {
    let routes = Router::new()
        .route("/", get(|| async { document("start") }))
        .route("/next", get(|| async { document("next") }))
        .route("/nothing", get(|| async { StatusCode::NO_CONTENT }))
        .route(
            "/file",
            get(|| async { ([(header::CONTENT_DISPOSITION, "attachment")], "bytes") }),
        );
    let site = Site::start(routes).await;
    let scene = Scene::open(&site.host(), &[]).await;
    scene.visit(&site.url("/")).await;
    let first = scene.page.documents().borrow().clone();
    assert_eq!((first.navigation, first.same_document), (1, 0));

    scene.run("() => { location.hash = 'part' }").await;
    let state = scene.until(|state| state.same_document == 1).await;
    assert_eq!((state.navigation, &*state.url), (1, &*site.url("/#part")));
    scene
        .run("() => { history.pushState(1, '', '/pushed') }")
        .await;
    scene.until(|state| state.same_document == 2).await;

    // What leads to no document leaves nothing pending.
    for target in ["/nothing", "/file", "mailto:someone@example.com"] {
        let go = format!("() => {{ location.href = '{target}' }}");
        scene.run(&go).await;
        if target.starts_with('/') {
            let mut tries = 0;
            while site.count(target) == 0 && tries < 1_000 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                tries += 1;
            }
            assert_eq!(site.count(target), 1);
        }
        let state = scene.until(|state| !state.pending).await;
        assert_eq!(state.navigation, 1, "{target}");
    }

    scene
        .run("() => { setTimeout(() => { location.href = '/next' }) }")
        .await;
    let state = scene
        .until(|state| state.navigation == 2 && state.loaded)
        .await;
    assert_eq!(state.url, site.url("/next"));
    assert!(!state.pending && state.dom_ready && state.failed.is_none());

    scene
        .run("() => { location.href = 'http://127.0.0.2:9/' }")
        .await;
    let state = scene.until(|state| state.navigation == 3).await;
    assert!(state.failed.is_some(), "{state:?}");
    scene.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_known_until_it_ends() {
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let held = gate.clone();
    let routes = Router::new()
        .route("/", get(|| async { document("x") }))
        .route(
            "/slow",
            get(move || async move {
                let _passed = held.acquire().await;
                "slow"
            }),
        );
    let site = Site::start(routes).await;
    let scene = Scene::open(&site.host(), &[]).await;
    scene.visit(&site.url("/")).await;
    let clock = scene.user.stage().clock();
    let before = clock.now();
    let mut changes = scene.page.requests_changed();
    scene
        .run("() => { fetch('/slow').then((r) => r.text()) }")
        .await;
    let started = changes.wait_for(|_| !scene.page.in_flight(before).is_empty());
    tokio::time::timeout(PATIENCE, started)
        .await
        .unwrap()
        .unwrap();
    let pending = scene.page.in_flight(Micros(0));
    assert_eq!(pending.len(), 1, "{pending:?}");
    assert_eq!(
        (&*pending[0].method, &*pending[0].url),
        ("GET", &*site.url("/slow"))
    );
    assert!(scene.page.in_flight(clock.now()).is_empty());
    gate.add_permits(1);
    let ended = changes.wait_for(|_| scene.page.in_flight(before).is_empty());
    tokio::time::timeout(PATIENCE, ended)
        .await
        .unwrap()
        .unwrap();
    scene.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dialogs_are_answered() {
    let site = Site::start(Router::new().route("/", get(|| async { document("x") }))).await;
    let scene = Scene::open(&site.host(), &[]).await;
    scene.visit(&site.url("/")).await;
    let answers = "() => [alert('hello'), confirm('sure?'), prompt('name?')]";
    let answers = tokio::time::timeout(PATIENCE, scene.run(answers)).await;
    assert_eq!(answers.unwrap(), json!([null, false, null]));
    scene.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interaction_is_measured_until_its_next_paint() {
    const BODY: &str = r#"<button style="width:200px;height:100px">go</button><script>
        document.querySelector("button").onclick = (event) => {
          const end = performance.now() + 120;
          while (performance.now() < end);
          event.target.textContent = "done";
          requestAnimationFrame(() => setTimeout(() => { window.painted = true; }, 100));
        };</script>"#;
    let site = Site::start(Router::new().route("/", get(|| async { document(BODY) }))).await;
    let scene = Scene::open(&site.host(), &[]).await;
    scene.visit(&site.url("/")).await;
    for kind in ["mousePressed", "mouseReleased"] {
        let press = json!({"type": kind, "x": 50, "y": 50, "button": "left", "clickCount": 1});
        let session = scene.page.session();
        session
            .call_raw("Input.dispatchMouseEvent", press)
            .await
            .unwrap();
    }
    while scene.run("() => !!window.painted").await != json!(true) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let samples = scene.leave().await;
    let view = samples.iter().find_map(|sample| match sample {
        Sample::Page(page) => Some(page),
        _ => None,
    });
    let inp = view.unwrap().inp_ms.unwrap();
    assert!((112.0..20_000.0).contains(&inp), "{view:?}");
}
