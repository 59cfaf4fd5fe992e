//! A user on the pages of `fixtures/pages`, which note what was really hit.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Path as UrlPath;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use rehearsal::browser::{
    BrowserUser, Chromium, Driver, Hosts, Options, Performed, Profile, Replay,
};
use rehearsal::clock::Clock;
use rehearsal::flow::template::{Lookup, Secrets, render};
use rehearsal::flow::{Extracted, Flow, Next, Step, Viewport, Walk, draw_of_pass};
use rehearsal::sample::{Failure, Origin, Sample};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::site::Site;

/// Deadline of steps that pass: far more than they need on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Deadline of steps that must fail.
pub(crate) const SOON: Duration = Duration::from_millis(1200);

pub(crate) struct Player {
    pub(crate) site: Site,
    chromium: Chromium,
    user: Box<dyn BrowserUser>,
    samples: mpsc::UnboundedReceiver<Sample>,
}

/// What differs from the usual user on the usual pages.
#[derive(Default)]
pub(crate) struct Setup<'a> {
    /// Further arguments for the browser.
    pub(crate) arguments: &'a [&'a str],
    /// Further routes of the site.
    pub(crate) routes: Router,
    /// How flows are replayed.
    pub(crate) replay: Replay,
}

impl Player {
    pub(crate) async fn start() -> Self {
        Self::start_as(Setup::default()).await
    }

    /// With further arguments for the browser.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        let setup = Setup {
            arguments,
            ..Setup::default()
        };
        Self::start_as(setup).await
    }

    /// With what differs.
    pub(crate) async fn start_as(setup: Setup<'_>) -> Self {
        let _already = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_test_writer()
            .try_init();
        let site = Site::start(routes().merge(setup.routes)).await;
        let options = Options {
            arguments: setup
                .arguments
                .iter()
                .map(|&argument| argument.into())
                .collect(),
            ..Options::new(Clock::start())
        };
        let chromium = Chromium::launch(options).await.expect("a browser");
        let (sender, samples) = mpsc::unbounded_channel();
        let profile = Profile {
            replay: setup.replay,
            ..profile_for(site.host())
        };
        let user = chromium.open(&profile, sender).await.expect("a user");
        Self {
            site,
            chromium,
            user,
            samples,
        }
    }

    /// Another user of the same run takes the place of this one.
    pub(crate) async fn change_user(&mut self, replay: Replay) {
        let (sender, samples) = mpsc::unbounded_channel();
        let profile = Profile {
            replay,
            ..profile_for(self.site.host())
        };
        let user = self.chromium.open(&profile, sender).await.expect("a user");
        self.samples = samples;
        std::mem::replace(&mut self.user, user).close().await;
    }

    /// Another iteration of the user begins.
    pub(crate) fn next_iteration(&mut self) {
        self.user.attribute(profile_for(self.site.host()).origin);
    }

    /// Another user in the same browser.
    pub(crate) async fn another(&self) -> Box<dyn BrowserUser> {
        let (sender, _nobody_reads) = mpsc::unbounded_channel();
        let profile = profile_for(self.site.host());
        self.chromium.open(&profile, sender).await.expect("a user")
    }

    /// The user itself, for what needs two.
    pub(crate) fn user(&mut self) -> &mut Box<dyn BrowserUser> {
        &mut self.user
    }

    /// Opens a page of the site.
    pub(crate) async fn open(&mut self, path: &str) {
        let url = self.site.url(path);
        self.pass(json!({"type": "navigate", "url": url})).await;
    }

    pub(crate) async fn try_within(&mut self, step: Value, timeout: Duration) -> Performed {
        self.user.perform(0, &parse(&step), timeout).await
    }

    /// A step for one iteration, which has drawn this number.
    pub(crate) async fn pass_drawn(&mut self, step: Value, draw: u64) {
        let mut step = parse(&step);
        step.extension.rendered.draw = draw;
        assert_eq!(self.user.perform(3, &step, PATIENCE).await.result, Ok(()));
    }

    /// A step that must pass, whose value is a secret.
    pub(crate) async fn pass_secret(&mut self, step: Value) {
        let mut step = parse(&step);
        step.extension.rendered.secret = true;
        assert_eq!(self.user.perform(2, &step, PATIENCE).await.result, Ok(()));
    }

    /// A step that must pass. Returns how long it took, engine time included, ms.
    pub(crate) async fn pass(&mut self, step: Value) -> f64 {
        let shown = step.to_string();
        let performed = self.try_within(step, PATIENCE).await;
        assert_eq!(performed.result, Ok(()), "{shown}");
        let took = performed.ended.ms_since(performed.started);
        assert!(performed.engine_ms <= took, "{performed:?}");
        took
    }

    /// A step that must pass, with all that it tells.
    pub(crate) async fn performed(&mut self, step: Value) -> Performed {
        let shown = step.to_string();
        let performed = self.try_within(step, PATIENCE).await;
        assert_eq!(performed.result, Ok(()), "{shown}");
        performed
    }

    /// A step that must fail.
    pub(crate) async fn fail(&mut self, step: Value) -> Failure {
        let shown = step.to_string();
        let performed = self.try_within(step, SOON).await;
        performed.result.expect_err(&shown)
    }

    /// Walks a flow as `play` and a crowd do, whose steps must all pass. Gives their indexes.
    pub(crate) async fn walk(&mut self, flow: &Value) -> Vec<usize> {
        let flow = Flow::parse("test.json", &flow.to_string()).expect("a flow");
        let mut extracted = Extracted::default();
        let mut walk = Walk::new(&flow, 0);
        let mut walked = Vec::new();
        loop {
            match walk.advance() {
                Next::End => return walked,
                Next::Look(look) => {
                    let index = look.index as u32;
                    let seen = self.user.perform(index, &look.step, look.patience).await;
                    walk.answer(seen.result.is_ok());
                }
                Next::Step { index, pass } => {
                    let read = extracted.feed();
                    let lookup = Lookup {
                        rows: &[(&read, 0)],
                        secrets: &Secrets::default(),
                        draw: draw_of_pass(0, pass),
                        now: "2026-05-14T10:00[UTC]".parse().expect("a time"),
                    };
                    let step = render(&flow.steps[index], &lookup).expect("all there");
                    let performed = self.user.perform(index as u32, &step, PATIENCE).await;
                    assert_eq!(performed.result, Ok(()), "{step:?}");
                    extracted.keep(performed.extracted);
                    walked.push(index);
                }
            }
        }
    }

    pub(crate) async fn click(&mut self, selector: &str) {
        self.pass(click(&[selector])).await;
    }

    pub(crate) async fn change(&mut self, selector: &str, value: &str) {
        self.pass(change(selector, value)).await;
    }

    /// An expression must become true; if it does not, the failure says what `shown` was.
    pub(crate) async fn expect(&mut self, condition: &str, shown: &str) {
        let expression = format!("({condition}) || (() => {{ throw new Error({shown}) }})()");
        let step = json!({"type": "waitForExpression", "expression": expression});
        let performed = self.try_within(step, PATIENCE / 2).await;
        assert_eq!(performed.result, Ok(()));
    }

    /// What the page noted so far must be this, and is forgotten.
    pub(crate) async fn hits(&mut self, expected: &[&str]) {
        let expected = json!(expected).to_string();
        let condition = format!("JSON.stringify(hits()) === {}", json!(expected));
        self.expect(&condition, "JSON.stringify(hits())").await;
        self.expect("localStorage.clear() === undefined", "''")
            .await;
    }

    /// What the page noted, forgotten from now on.
    pub(crate) async fn forget(&mut self) {
        self.expect("localStorage.clear() === undefined", "''")
            .await;
    }

    pub(crate) async fn leave(self) {
        self.user.close().await;
        self.chromium.shutdown().await;
    }
}

pub(crate) fn click(selectors: &[&str]) -> Value {
    json!({"type": "click", "selectors": selectors, "offsetX": 4, "offsetY": 4})
}

pub(crate) fn change(selector: &str, value: &str) -> Value {
    json!({"type": "change", "selectors": [selector], "value": value})
}

/// A step of ours.
#[expect(clippy::needless_pass_by_value, reason = "so that calls read as steps")]
pub(crate) fn own(name: &str, parameters: Value) -> Value {
    json!({"type": "customStep", "name": format!("rehearsal.{name}"), "parameters": parameters})
}

/// The step with this under `x-rehearsal`.
#[expect(clippy::needless_pass_by_value, reason = "so that calls read as steps")]
pub(crate) fn extended(step: Value, extension: Value) -> Value {
    with(step, json!({"x-rehearsal": extension}))
}

/// The step with further members.
pub(crate) fn with(mut step: Value, more: Value) -> Value {
    if let (Value::Object(step), Value::Object(more)) = (&mut step, more) {
        step.extend(more);
    }
    step
}

pub(crate) fn parse(step: &Value) -> Step {
    let flow = json!({"title": "test", "steps": [step]}).to_string();
    let mut flow = Flow::parse("test.json", &flow).expect("a step");
    flow.steps.remove(0)
}

pub(crate) fn profile_for(host: String) -> Profile {
    Profile {
        origin: Origin {
            user: 0,
            persona: "tester".into(),
            flow: "".into(),
            iteration: 0,
            step: None,
        },
        viewport: Viewport {
            width: 1000,
            height: 700,
            device_scale_factor: 1.0,
            is_mobile: false,
            has_touch: false,
            is_landscape: true,
        },
        locale: "en-US".to_owned(),
        timezone: None,
        user_agent: None,
        hosts: Arc::new(Hosts {
            target: host,
            allow: vec!["localhost".to_owned(), "127.0.0.1:1".to_owned()],
        }),
        mark: None,
        replay: Replay::default(),
    }
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/slow/{ms}", get(slow))
        .route("/slow-page/{ms}", get(slow_page))
        .route("/heavy", get(heavy))
        .route("/{file}", get(file))
}

async fn slow(UrlPath(ms): UrlPath<u64>) -> String {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("after {ms}")
}

async fn slow_page(UrlPath(ms): UrlPath<u64>) -> Html<&'static str> {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    Html("<!doctype html><title>Slow</title><script src=/log.js></script><h1>Arrived</h1>")
}

/// A page whose image never comes.
async fn heavy() -> Html<&'static str> {
    Html("<!doctype html><title>Heavy</title><img src=/slow/60000><h1 id=heavy>Here</h1>")
}

async fn file(UrlPath(name): UrlPath<String>) -> axum::response::Response {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pages");
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript",
        _ => "text/html",
    };
    match tokio::fs::read_to_string(folder.join(name)).await {
        Ok(text) => ([(CONTENT_TYPE, kind)], text).into_response(),
        Err(_) => axum::http::StatusCode::NOT_FOUND.into_response(),
    }
}
