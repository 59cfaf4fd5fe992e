//! A crowd of real browsers on a tiny site: what the site saw is what the crowd told.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::response::IntoResponse;
use axum::routing::get;
use rehearsal::browser::{Chromium, Driver, Options};
use rehearsal::clock::Clock;
use rehearsal::crowd::{self, Control, Ended, Rehearsal, SystemProbe};
use rehearsal::flow::template::Secrets;
use rehearsal::sample::{Outcome, Sample, UserEvent};
use tokio::sync::mpsc;

use crate::support::site::Site;
use crate::workload_sources::Files;

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(90);

const FORM: &str = r#"<!doctype html><title>Door</title><form action="/hello">
    <input name="email" id="email"><button id="go">Go</button></form>"#;

/// Gives every visitor without one a session, and greets who says their name.
fn door() -> Router {
    let sessions = Arc::new(AtomicU64::new(0));
    let page = move |headers: HeaderMap| async move {
        let known = headers.contains_key(COOKIE);
        let id = sessions.fetch_add(1, SeqCst);
        let mut response = ([(CONTENT_TYPE, "text/html")], FORM).into_response();
        if !known {
            let cookie = format!("session={id}; Path=/");
            response
                .headers_mut()
                .insert(SET_COOKIE, cookie.parse().unwrap());
        }
        response
    };
    let hello = || async { ([(CONTENT_TYPE, "text/html")], "<h1 id='hello'>Hello</h1>") };
    Router::new()
        .route("/", get(page))
        .route("/hello", get(hello))
}

fn files(site: &Site, users: u32) -> Files {
    let text = format!(
        r#"
        [target]
        url = "http://{}"
        [[feed]]
        name = "people"
        file = "people.csv"
        [[persona]]
        name = "guest"
        flows = "enter.json"
        feed = "people"
        think = {{ median = "50ms", spread = 0.5 }}
        [load]
        users = [{{ to = {users}, over = "1s" }}, {{ hold = "80s" }}]
        graceful_stop = "20s"
        "#,
        site.host()
    );
    let steps = r##"
        {"type": "navigate", "url": "http://door.test/"},
        {"type": "change", "selectors": [["#email"]], "value": "x@example.com",
         "x-rehearsal": {"value": "{{people.email}}"}},
        {"type": "click", "selectors": [["#go"]], "offsetX": 5, "offsetY": 5,
         "assertedEvents": [{"type": "navigation"}]},
        {"type": "waitForElement", "selectors": [["#hello"]]}"##;
    Files::with_workload(&text)
        .with("people.csv", "email\nann@a.test\nbob@a.test\ncem@a.test\n")
        .with_flow("enter.json", "Enter", steps)
}

struct Told {
    ended: Ended,
    samples: Vec<Sample>,
}

impl Told {
    fn events(&self, event: UserEvent) -> usize {
        let told = self.samples.iter();
        told.filter(|sample| matches!(sample, Sample::User(user) if user.event == event))
            .count()
    }
}

/// Runs the crowd until `enough` says so; `enough` sees each sample and the driver.
async fn run(
    site: &Site,
    users: u32,
    mut enough: impl FnMut(&Sample, &dyn Driver) -> bool,
) -> Told {
    let workload = files(site, users).load().unwrap();
    let clock = Clock::start();
    let driver = Arc::new(Chromium::launch(Options::new(clock)).await.unwrap());
    let control = Control::new(clock);
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let rehearsal = Rehearsal {
        feeds: workload.feeds.clone(),
        workload: Arc::new(workload),
        driver: driver.clone(),
        clock,
        starts: clock.now(),
        samples: sender,
        evidence: None,
        control: control.clone(),
        secrets: Secrets::default(),
    };
    let running = tokio::spawn(crowd::run(rehearsal, Box::new(SystemProbe::new())));
    let mut samples = Vec::new();
    let collecting = async {
        while let Some(sample) = receiver.recv().await {
            if enough(&sample, &*driver) {
                control.finish();
            }
            samples.push(sample);
        }
    };
    tokio::time::timeout(PATIENCE, collecting)
        .await
        .expect("the run ended by itself");
    let ended = running.await.unwrap();
    driver.shutdown().await;
    Told { ended, samples }
}

fn passed(sample: &Sample) -> bool {
    matches!(sample, Sample::Iteration(iteration) if iteration.outcome == Outcome::Passed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_user_is_one_visitor_and_every_request_is_told() {
    let site = Site::start(door()).await;
    let mut iterations = 0;
    let told = run(&site, 3, |sample, _| {
        iterations += u32::from(passed(sample));
        iterations >= 12
    })
    .await;

    let counts = told.ended.iterations;
    assert!(counts.passed >= 12, "{counts:?}");
    assert_eq!((counts.failed, counts.interrupted), (0, 0), "{counts:?}");
    assert_eq!(site.count("/") as u64, counts.passed);

    let mut sessions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for received in site.log() {
        if received.path.starts_with("/hello") {
            let of_person = sessions.entry(received.path.clone()).or_default();
            of_person.insert(received.header("cookie").to_owned());
        }
    }
    let people: Vec<&str> = sessions.keys().map(String::as_str).collect();
    let hello = |person| format!("/hello?email={person}%40a.test");
    assert_eq!(people, [hello("ann"), hello("bob"), hello("cem")]);
    assert!(
        sessions.values().all(|cookies| cookies.len() == 1),
        "one session each, through all iterations: {sessions:?}"
    );

    let requests = told
        .samples
        .iter()
        .filter(|sample| matches!(sample, Sample::Request(request) if &*request.method == "GET"));
    let pages = site.log().len();
    assert_eq!(requests.count(), pages, "the site's log agrees");
    let mut health = told.samples.iter().rev().filter_map(|sample| match sample {
        Sample::Generator(health) => Some(health),
        _ => None,
    });
    let last = health.next().unwrap();
    assert!(last.rss_bytes > 50_000_000, "the browsers count: {last:?}");
    assert!(last.browser_cpu_s > 0.1, "{last:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_browser_costs_iterations_not_the_run() {
    let site = Site::start(door()).await;
    let (mut before, mut after, mut killed) = (0, 0, false);
    let told = run(&site, 2, |sample, driver| {
        if killed {
            after += u32::from(passed(sample));
        } else {
            before += u32::from(passed(sample));
            if before >= 3 {
                killed = true;
                for pid in driver.vitals().pids {
                    let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
                    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
                }
            }
        }
        after >= 4
    })
    .await;
    let counts = told.ended.iterations;
    assert_eq!(
        counts.started,
        counts.passed + counts.failed + counts.interrupted
    );
    assert!(after >= 4, "users went on: {counts:?}");
    assert!(counts.failed <= 2, "one for each user at most: {counts:?}");
    assert_eq!(told.events(UserEvent::Started), 2);
    assert_eq!(told.events(UserEvent::Stopped), 2);
    assert_eq!(told.events(UserEvent::Restarted), 2);
}
