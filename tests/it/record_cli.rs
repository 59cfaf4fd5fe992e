//! `rehearsal record` and what comes after it: what it refuses before anything is started, trial
//! replays that mend a flow or say why they cannot, and a recording that is ended by a signal.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use axum::response::Html;
use axum::routing::{get, post};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rehearsal::browser::{BrowserUser, Chromium, Driver, Hosts, Options, Profile, Replay};
use rehearsal::clock::Clock;
use rehearsal::flow::{Flow, Viewport};
use rehearsal::sample::Origin;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::program::{rehearsal, said};
use crate::support::site::Site;

/// Words of a message, however it was wrapped.
fn flat(output: &Output) -> String {
    let text = said(output).replace(['|', '│', '×'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `record` must refuse these arguments, say so, and write nothing.
#[track_caller]
fn refuses(folder: &Path, arguments: &[&str], expected: &[&str]) {
    let before = names(folder);
    let mut command = rehearsal(folder);
    command.arg("record").args(arguments);
    // Were there a display, a window would open.
    command.env_remove("WAYLAND_DISPLAY").env("DISPLAY", ":0");
    let output = command.output().unwrap();
    let text = flat(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    for part in expected {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert_eq!(names(folder), before, "{text}");
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

#[test]
fn a_mistyped_address_is_refused_with_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let refuses = |url: &str, expected: &[&str]| refuses(folder.path(), &[url], expected);
    refuses(
        "htps://shop.example",
        &["found `htps://`", "did you mean `http://`"],
    );
    refuses(
        "file:///etc/hosts",
        &["found `file://`", "https://shop.example"],
    );
    refuses("https://", &["is no address", "give an address such as"]);
    refuses(
        "http://ann:hunter2@a.test",
        &["user name and password in the address"],
    );
    let output = rehearsal(folder.path())
        .args(["record", "http://ann:hunter2@a.test"])
        .output()
        .unwrap();
    assert!(!said(&output).contains("hunter2"));
}

#[test]
fn a_flow_that_is_there_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.json"), "precious").unwrap();
    let arguments = ["http://127.0.0.1:1", "-o", "mine.json"];
    refuses(
        folder.path(),
        &arguments,
        &["there is a file `mine.json` already", "--force"],
    );
    let kept = std::fs::read_to_string(folder.path().join("mine.json")).unwrap();
    assert_eq!(kept, "precious");
    refuses(
        folder.path(),
        &["http://127.0.0.1:1", "-o", "."],
        &["`.` is a folder"],
    );
    refuses(
        folder.path(),
        &["http://127.0.0.1:1", "-o", "mine.json/flow.json"],
        &["cannot be written"],
    );
}

#[test]
fn what_is_taken_absent_or_unreadable_is_said_before_a_browser_starts() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let port = port.to_string();
    refuses(
        folder.path(),
        &[&url, "--remote", "--port", &port],
        &["cannot listen on 127.0.0.1:", "`--port`", "leave it out"],
    );
    refuses(
        folder.path(),
        &[&url, "--debugging-port", &port],
        &["cannot listen on 127.0.0.1:", "`--debugging-port`"],
    );
    refuses(
        folder.path(),
        &[&url, "--window", "big"],
        &["such as `1280x800`"],
    );
    refuses(
        folder.path(),
        &[&url, "--allow", "https://a.test/"],
        &["expected a host"],
    );
    refuses(folder.path(), &[&url, "--port", "7000"], &["--remote"]);
    refuses(
        folder.path(),
        &[&url, "--feed", "people"],
        &["not of the form NAME=FILE"],
    );
    refuses(
        folder.path(),
        &[&url, "--feed", "people=no.csv"],
        &["could not read the feed `no.csv`"],
    );
    refuses(
        folder.path(),
        &[&url, "--feed", "secret=no.csv"],
        &["no feed can be called so"],
    );
    refuses(
        folder.path(),
        &[&url, "--browser", "/nowhere/chromium"],
        &["no program at `/nowhere/chromium`"],
    );
    drop(taken);
    refuses(
        folder.path(),
        &[&url],
        &["cannot be reached", "correct the address"],
    );
}

#[test]
fn without_a_display_the_remote_view_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = rehearsal(folder.path())
        .args(["record", "http://127.0.0.1:1", "-o", "a.json"])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let text = flat(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("there is no display"), "{text}");
    assert!(text.contains("add `--remote`"), "{text}");
}

/// Pages that move between visits.
async fn moving() -> Site {
    // Visit 0 was the recording's.
    let visits = Arc::new(AtomicUsize::new(1));
    let page = |title: &'static str, body: String| {
        Html(format!("<!doctype html><title>{title}</title>{body}"))
    };
    let renamed = {
        let visits = Arc::clone(&visits);
        move || {
            let visit = visits.fetch_add(1, Ordering::Relaxed);
            async move {
                page(
                    "renamed",
                    format!(
                        "<button id='b-{visit}' onclick=\"fetch('/pressed', {{method: 'POST'}}).then(() => \
                     document.body.insertAdjacentHTML('beforeend', '<h1 id=done>Done</h1>'))\">Go</button>"
                    ),
                )
            }
        }
    };
    let save = "<input aria-label=Slug><button id=save onclick=\"fetch('/save', {method: 'POST'}).then((answer) => { \
        const toast = document.createElement('p'); toast.id = 'toast'; toast.textContent = answer.status; \
        document.body.append(toast) })\">Save</button>";
    let routes = Router::new()
        .route("/renamed", get(renamed))
        .route("/pressed", post(|| async { "" }))
        .route(
            "/saving",
            get(move || async move { page("saving", save.to_owned()) }),
        )
        .route("/save", post(|| async { StatusCode::CONFLICT }))
        .route(
            "/asks",
            get(move || async move { page("asks", "<button id=go>Go</button>".to_owned()) }),
        )
        .route(
            "/shared",
            get(|| async { ([(ACCESS_CONTROL_ALLOW_ORIGIN, "*")], "shared") }),
        );
    Site::start(routes).await
}

fn click(selectors: &[&str], extension: &Value) -> Value {
    let selectors: Vec<[&str; 1]> = selectors.iter().map(|&selector| [selector]).collect();
    json!({"type": "click", "selectors": selectors, "offsetX": 2, "offsetY": 2, "timeout": 3000,
        "x-rehearsal": extension})
}

/// Writes a flow that opens `path` and does `steps`; its text.
fn write(folder: &Path, site: &Site, path: &str, steps: &[Value]) -> String {
    let mut all = vec![json!({"type": "navigate", "url": site.url(path)})];
    all.extend(steps.iter().cloned());
    let text = format!("{:#}\n", json!({"title": "try", "steps": all}));
    std::fs::write(folder.join("flow.json"), &text).unwrap();
    text
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = rehearsal(folder);
    command.args(arguments);
    tokio::task::block_in_place(|| command.output().unwrap())
}

fn read(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("flow.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)))
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_drop_what_does_not_hold_and_keep_what_does() {
    let site = moving().await;
    let folder = tempfile::tempdir().unwrap();
    let effect = json!({"effect": {
        "responses": [{"method": "POST", "url": "/pressed"}],
        "appears": [[["#welcome"]], [["#done"]]],
    }});
    let step = click(&["#b-0", "aria/Go[role=\"button\"]", "text/Go"], &effect);
    write(folder.path(), &site, "/renamed", &[step]);
    let output = run(folder.path(), &["flow", "mend", "flow.json", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));

    let flow = read(folder.path());
    let step = &flow["steps"][1];
    let expected = json!([["aria/Go[role=\"button\"]"], ["text/Go"]]);
    assert_eq!(step["selectors"], expected, "{step:#}");
    let effect = &step["x-rehearsal"]["effect"];
    assert_eq!(effect["appears"], json!([[["#done"]]]), "{step:#}");
    assert_eq!(effect["responses"][0]["url"], "/pressed", "{step:#}");

    // Three and one more, as the site's own log has it.
    let told = document(&output);
    assert_eq!(site.count("/pressed"), 4, "{told:#}");
    assert_eq!(told["replays"]["passed"], 4, "{told:#}");
    assert_eq!(told["replays"]["all"], 4, "{told:#}");
    let kinds: Vec<&Value> = told["replays"]["trials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trial| &trial["kind"])
        .collect();
    assert_eq!(kinds, ["fast", "slowed down", "another visitor", "fast"]);
    let changes = told["changes"].to_string();
    assert!(
        changes.contains("#b-0") && changes.contains("#welcome"),
        "{changes}"
    );

    // What is mended needs no mending.
    let before = flow.clone();
    let output = run(
        folder.path(),
        &["flow", "mend", "flow.json", "--trials", "1"],
    );
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("1 of 1 replays passed, 2 steps"), "{text}");
    assert_eq!(read(folder.path()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_deed_is_no_pass_though_something_came() {
    let site = moving().await;
    let folder = tempfile::tempdir().unwrap();
    let typed = json!({"type": "change", "selectors": [["aria/Slug"]], "value": "news"});
    let effect = json!({"effect": {
        "responses": [{"method": "POST", "url": "/save"}],
        "appears": [[["#toast"]]],
    }});
    let steps = [typed, click(&["#save"], &effect)];
    let before = write(folder.path(), &site, "/saving", &steps);
    let output = run(
        folder.path(),
        &["flow", "mend", "flow.json", "--trials", "1"],
    );
    let text = flat(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "0 of 1 replays passed",
        "step 3 \"click #save\": `POST /save` was answered when it was recorded, and this time the \
         server refused: POST /save (409)",
        "value of step 2 \"change Slug\" only once",
        "{{iteration.unique}}",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let after = std::fs::read_to_string(folder.path().join("flow.json")).unwrap();
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_new_visitors_do_not_get_may_be_absent() {
    let site = moving().await;
    let folder = tempfile::tempdir().unwrap();
    let mut notice = click(&["aria/Accept cookies[role=\"button\"]"], &json!({}));
    notice["timeout"] = json!(1000);
    let steps = [notice, click(&["#go"], &json!({}))];
    write(folder.path(), &site, "/asks", &steps);
    let output = run(
        folder.path(),
        &["flow", "mend", "flow.json", "--trials", "2"],
    );
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("2 of 2 replays passed, after 1 change"),
        "{text}"
    );
    let flow = read(folder.path());
    assert_eq!(
        flow["steps"][1]["x-rehearsal"]["optional"], true,
        "{flow:#}"
    );
    let optional = &flow["steps"][2]["x-rehearsal"]["optional"];
    assert!(optional.is_null(), "{flow:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_never_replays_is_left_as_it_was_and_its_reason_told() {
    let site = moving().await;
    let folder = tempfile::tempdir().unwrap();
    let mut step = click(&["#nowhere"], &json!({}));
    step["timeout"] = json!(1000);
    let before = write(folder.path(), &site, "/asks", &[step]);
    let output = run(
        folder.path(),
        &["flow", "mend", "flow.json", "--trials", "1", "--json"],
    );
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let told = document(&output);
    let failure = &told["replays"]["trials"][0]["failure"];
    assert_eq!(failure["step"], 2, "{told:#}");
    assert_eq!(failure["cause"], "not_found", "{told:#}");
    let kept = folder.path().join(failure["evidence"].as_str().unwrap());
    assert!(kept.join("screenshot.png").exists(), "{told:#}");
    let after = std::fs::read_to_string(folder.path().join("flow.json")).unwrap();
    assert_eq!(after, before);

    // A secret that is not set is said before any browser starts.
    let typed = json!({"type": "change", "selectors": [["#go"]], "value": "-",
        "x-rehearsal": {"value": "{{secret.PASSWORD}}"}});
    write(folder.path(), &site, "/asks", &[typed]);
    let output = run(folder.path(), &["flow", "mend", "flow.json"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(flat(&output).contains("REHEARSAL_SECRET_PASSWORD"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_a_flow_was_recorded_with_are_let_through_and_checked() {
    let other = moving().await;
    let body = format!(
        "<!doctype html><title>a</title><script>fetch('{}').then((answer) => answer.text())\
         .then((text) => document.title = text, () => document.title = 'blocked')</script>",
        other.url("/shared")
    );
    let site = Site::start(Router::new().route("/", get(move || async move { Html(body) }))).await;
    let folder = tempfile::tempdir().unwrap();
    let titled = |title: &str| json!({"type": "waitForExpression", "expression": format!("document.title === '{title}'")});
    write(folder.path(), &site, "/", &[titled("blocked")]);
    let output = run(folder.path(), &["play", "flow.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(other.count("/shared"), 0);

    let mut flow = read(folder.path());
    flow["steps"][1] = titled("shared");
    flow["x-rehearsal"] = json!({"allow": [other.host()]});
    std::fs::write(folder.path().join("flow.json"), flow.to_string()).unwrap();
    let output = run(folder.path(), &["play", "flow.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(other.count("/shared"), 1);

    let workload = |allow: &str| {
        let text = format!(
            "[target]\nurl = \"{}\"\n{allow}\n[[persona]]\nname = \"v\"\nflows = [\"flow.json\"]\n\
             think = \"none\"\n[load]\nusers = [{{ to = 1, over = \"1s\" }}]\n",
            site.url("")
        );
        std::fs::write(folder.path().join("rehearsal.toml"), text).unwrap();
        let output = run(folder.path(), &["check"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        flat(&output)
    };
    let note = format!("was recorded with `{}`", other.host());
    let told = workload("");
    assert!(told.contains(&note), "{told}");
    let told = workload(&format!("allow = [\"{}\"]", other.host()));
    assert!(!told.contains(&note), "{told}");
}

/// A recording that goes on in a page elsewhere.
struct Recording {
    child: Child,
    /// Lines that it has not been asked for yet.
    said: BufReader<ChildStderr>,
    /// Where it is to be seen.
    view: String,
}

impl Recording {
    /// Begins to record this address into `flow.json`.
    fn start(folder: &Path, url: &str) -> Self {
        Self::start_in(folder, url, &std::env::temp_dir())
    }

    /// The same, with this folder for what is temporary.
    fn start_in(folder: &Path, url: &str, temporary: &Path) -> Self {
        let mut child = rehearsal(folder)
            .env("TMPDIR", temporary)
            .args(["record", url, "-o", "flow.json", "--remote"])
            .args(["--trials", "0", "--window", "800x600"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut all = String::new();
        let view = loop {
            let mut line = String::new();
            let read = said.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended: {all}");
            all.push_str(&line);
            let words = line.split_whitespace();
            if let Some(view) = words
                .into_iter()
                .find(|word| word.starts_with("http://127.0.0.1"))
                && line.contains("The browser is at")
            {
                break view.to_owned();
            }
        };
        Self { child, said, view }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, signal).unwrap();
    }

    /// Waits for its end; exit code and what it said since.
    fn end(mut self) -> (Option<i32>, String) {
        let mut text = String::new();
        self.said.read_to_string(&mut text).unwrap();
        (self.child.wait().unwrap().code(), text)
    }
}

/// A page that is one large button.
async fn one_button() -> Site {
    let body = "<!doctype html><title>Button</title><button style='position:fixed;inset:0' \
        onclick=\"fetch('/pressed', {method: 'POST'})\">Press here</button>";
    let routes = Router::new()
        .route("/", get(move || async move { Html(body) }))
        .route("/pressed", post(|| async { "" }));
    Site::start(routes).await
}

/// Presses the button, in a second browser that shows the first.
async fn press_elsewhere(view: &str, site: &Site) {
    let (chromium, mut user) = look(view).await;
    let press = json!({"type": "click", "selectors": ["#picture"], "offsetX": 100, "offsetY": 100,
        "x-rehearsal": {"at": [0.5, 0.5]}});
    perform(&mut *user, &[press]).await;
    until(|| site.count("/pressed") == 1).await;
    user.close().await;
    chromium.shutdown().await;
}

/// A second browser that shows the first.
async fn look(view: &str) -> (Chromium, Box<dyn BrowserUser>) {
    let chromium = Chromium::launch(Options::new(Clock::start()))
        .await
        .unwrap();
    let (samples, _nobody_reads) = mpsc::unbounded_channel();
    let host = view
        .trim_start_matches("http://")
        .split('/')
        .next()
        .unwrap();
    let profile = Profile {
        origin: Origin {
            user: 0,
            persona: "person".into(),
            flow: "".into(),
            iteration: 0,
            step: None,
        },
        viewport: Viewport {
            width: 1280,
            height: 800,
            device_scale_factor: 1.0,
            is_mobile: false,
            has_touch: false,
            is_landscape: true,
        },
        locale: "en-US".to_owned(),
        timezone: None,
        user_agent: None,
        hosts: Arc::new(Hosts {
            target: host.to_owned(),
            allow: Vec::new(),
        }),
        mark: None,
        replay: Replay::default(),
    };
    let mut user = chromium.open(&profile, samples).await.unwrap();
    let steps = [
        json!({"type": "navigate", "url": view}),
        // The picture of the page has come, and has its size; and the page is no blank one.
        json!({"type": "waitForExpression",
            "expression": "document.getElementById('picture').width >= 300"}),
        json!({"type": "waitForExpression", "expression": "Boolean(document.querySelector('[data-tab]')?.textContent.includes('Button'))"}),
    ];
    perform(&mut *user, &steps).await;
    (chromium, user)
}

async fn perform(user: &mut dyn BrowserUser, steps: &[Value]) {
    let flow = json!({"title": "t", "steps": steps});
    let flow = Flow::parse("t", &flow.to_string()).unwrap();
    for (index, step) in flow.steps.iter().enumerate() {
        let performed = user.perform(index as u32, step, PATIENCE).await;
        assert_eq!(performed.result, Ok(()), "step {index}");
    }
}

/// How long anything may take on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_secs(60);

async fn until(mut there: impl FnMut() -> bool) {
    let waiting = async {
        while !there() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("it comes in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_saves_what_was_recorded() {
    let site = one_button().await;
    let folder = tempfile::tempdir().unwrap();
    let url = site.url("/");
    let scraps = tempfile::tempdir().unwrap();
    let recording =
        tokio::task::block_in_place(|| Recording::start_in(folder.path(), &url, scraps.path()));
    // Who takes long to look does not think about the page meanwhile.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(site.count("/"), 0, "nobody looks yet");
    press_elsewhere(&recording.view, &site).await;
    recording.signal(Signal::SIGINT);
    let (code, told) = tokio::task::block_in_place(|| recording.end());
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("Press here"), "a line for the step: {told}");
    assert!(told.contains("Saved flow.json"), "{told}");
    assert!(told.contains("not replayed (`--trials 0`)"), "{told}");
    let flow = read(folder.path());
    let steps = flow["steps"].as_array().unwrap();
    assert_eq!(steps.last().unwrap()["type"], "click", "{flow:#}");
    let responses = &steps.last().unwrap()["x-rehearsal"]["effect"]["responses"];
    assert_eq!(responses[0]["url"], "/pressed", "{flow:#}");
    assert!(
        names(scraps.path()).is_empty(),
        "{:?}",
        names(scraps.path())
    );
    assert_eq!(names(folder.path()), [folder.path().join("flow.json")]);

    // What was recorded replays: the site's log has it.
    let output = run(folder.path(), &["play", "flow.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(site.count("/pressed"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_is_killed_leaves_the_flow_so_far() {
    let site = one_button().await;
    let folder = tempfile::tempdir().unwrap();
    let url = site.url("/");
    let recording = tokio::task::block_in_place(|| Recording::start(folder.path(), &url));
    press_elsewhere(&recording.view, &site).await;
    until(|| folder.path().join("flow.json").exists()).await;
    recording.signal(Signal::SIGKILL);
    let (code, told) = tokio::task::block_in_place(|| recording.end());
    assert_eq!(code, None, "{told}");
    let flow = std::fs::read_to_string(folder.path().join("flow.json")).unwrap();
    let flow = Flow::parse("flow.json", &flow).unwrap();
    assert_eq!(flow.steps.last().unwrap().action.name(), "click");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_was_done_nothing_is_saved() {
    let site = one_button().await;
    let folder = tempfile::tempdir().unwrap();
    let url = site.url("/");
    let recording = tokio::task::block_in_place(|| Recording::start(folder.path(), &url));
    recording.signal(Signal::SIGTERM);
    let (code, told) = tokio::task::block_in_place(|| recording.end());
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("no flow was saved"), "{told}");
    assert!(names(folder.path()).is_empty());
    assert_eq!(site.count("/"), 0, "nobody looked");

    let recording = tokio::task::block_in_place(|| Recording::start(folder.path(), &url));
    let (chromium, user) = look(&recording.view).await;
    until(|| site.count("/") == 1).await;
    recording.signal(Signal::SIGTERM);
    let (code, told) = tokio::task::block_in_place(|| recording.end());
    assert_eq!(code, Some(130), "{told}");
    assert!(names(folder.path()).is_empty());
    user.close().await;
    chromium.shutdown().await;
}
