//! `rehearsal play`: what it says of a failure, what it leaves on the disk, and its options.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path as UrlPath;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use base64::Engine as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::evidence::is_har;
use crate::support::program::{rehearsal, said};
use crate::support::site::Site;

const SECRET: &str = "tr0ub4dor&three-times";

async fn cause(UrlPath(name): UrlPath<String>) -> Html<String> {
    let body = match name.as_str() {
        "covered" => {
            "<button id=go>Go</button><div class=modal style='position:fixed;inset:0'></div>"
        }
        "disabled" => "<button id=go disabled>Go</button>",
        "frame" => "<iframe srcdoc='<button id=go>Go</button>'></iframe>",
        "twins" => "<button class=go>One</button><button class=go>Two</button>",
        "refused" => {
            "<button id=go onclick=\"fetch('/pay', {method: 'POST'}).then(async (answer) => {
               if (!answer.ok) throw new Error('refused: ' + answer.status);
               document.title = 'paid' })\">Go</button>"
        }
        "secret" => {
            "<input id=field oninput=\"out.textContent = value; console.warn('typed', value);
               document.title = value; fetch('/suggest?q=' + encodeURIComponent(value))\"><p id=out></p>"
        }
        _ => "<button id=go onclick='document.title = \"done\"'>Go</button>",
    };
    Html(format!("<!doctype html><title>{name}</title>{body}"))
}

/// A site on which every third visit to `/sometimes` has no button.
async fn site() -> Site {
    let visits = Arc::new(AtomicUsize::new(0));
    let sometimes = move || {
        let visit = visits.fetch_add(1, Ordering::Relaxed);
        async move {
            let there = if visit % 3 == 2 { "absent" } else { "go" };
            Html(format!(
                "<!doctype html><title>x</title><button id={there}>Go</button>"
            ))
        }
    };
    let refuse = || async { StatusCode::INTERNAL_SERVER_ERROR };
    let routes = Router::new()
        .route("/cause/{name}", get(cause))
        .route("/sometimes", get(sometimes))
        .route("/suggest", get(|| async { "nothing" }))
        .route("/pay", post(refuse));
    Site::start(routes).await
}

fn click(selectors: &[&str]) -> Value {
    json!({"type": "click", "selectors": selectors, "offsetX": 2, "offsetY": 2, "timeout": 1000})
}

/// Writes a flow that opens `path` and does `steps`.
fn flow(folder: &Path, site: &Site, path: &str, steps: &[Value]) -> PathBuf {
    let mut all = vec![json!({"type": "navigate", "url": site.url(path),
        "x-rehearsal": {"name": "Open it"}})];
    all.extend(steps.iter().cloned());
    let file = folder.join("flow.json");
    let flow = json!({"title": "try", "steps": all});
    std::fs::write(&file, flow.to_string()).unwrap();
    file
}

fn play(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = rehearsal(folder);
    command.args(["play", "flow.json"]).args(arguments);
    command.env("REHEARSAL_SECRET_WORD", SECRET);
    tokio::task::block_in_place(|| command.output().unwrap())
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cause_is_one_line_and_leaves_evidence() {
    let site = site().await;
    let mut in_frame = click(&["#go"]);
    in_frame["frame"] = json!([1]);
    let titled = json!({"type": "waitForExpression", "expression": "document.title === 'paid'",
        "timeout": 1000});
    let cases = [
        (
            "covered",
            vec![click(&["#go"])],
            "covered",
            "covered by `div.modal`",
        ),
        (
            "disabled",
            vec![click(&["#go"])],
            "not_actionable",
            "disabled for",
        ),
        (
            "plain",
            vec![click(&["#no", "text/Nothing"])],
            "not_found",
            "0 of 2 selectors match",
        ),
        ("frame", vec![in_frame], "not_found", "frame [1]"),
        (
            "twins",
            vec![click(&[".go"])],
            "ambiguous",
            "`.go` matches 2",
        ),
        (
            "refused",
            vec![click(&["#go"]), titled],
            "condition",
            "document.title === 'paid'",
        ),
    ];
    for (page, steps, cause, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        flow(folder.path(), &site, &format!("/cause/{page}"), &steps);
        let output = play(folder.path(), &["--json"]);
        assert_eq!(output.status.code(), Some(1), "{page}: {}", said(&output));
        let document = document(&output);
        let step = document[0]["steps"].as_array().unwrap().last().unwrap();
        assert_eq!(step["cause"], cause, "{step}");
        let told = step["failure"].as_str().unwrap();
        assert!(told.contains(message) && !told.contains('\n'), "{told}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(told), "{stderr}");
        assert!(stderr.contains("page      http"), "{stderr}");

        let kept = folder.path().join(step["evidence"].as_str().unwrap());
        let names: Vec<_> = files(&kept)
            .iter()
            .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        let expected = [
            "console.json",
            "dom.html",
            "failure.json",
            "screenshot.png",
            "step.har",
        ];
        assert_eq!(names, expected, "{page}");
        let read = |name: &str| std::fs::read_to_string(kept.join(name)).unwrap();
        let failure: Value = serde_json::from_str(&read("failure.json")).unwrap();
        assert_eq!(failure["cause"], cause);
        assert_eq!(failure["message"], told);
        assert_eq!(failure["last_actions"][0]["name"], "Open it");
        let har = serde_json::from_str(&read("step.har")).unwrap();
        is_har(&har);
        if page == "refused" {
            assert!(
                stderr.contains("console   error: Uncaught (in promise) Error: refused: 500"),
                "{stderr}"
            );
            assert!(stderr.contains("/pay → 500"), "{stderr}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_holds_a_secret() {
    let site = site().await;
    let folder = tempfile::tempdir().unwrap();
    let typed = json!({"type": "change", "selectors": ["#field"], "value": "sample",
        "x-rehearsal": {"value": "{{secret.WORD}}"}});
    flow(
        folder.path(),
        &site,
        "/cause/secret",
        &[typed, click(&["#absent"])],
    );
    let output = play(folder.path(), &["--trace", "trace.html"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!said(&output).contains("tr0ub4dor"), "{}", said(&output));
    // Nor does the log, however much of it is asked for.
    let mut loud = rehearsal(folder.path());
    loud.args(["play", "flow.json"]).env("RUST_LOG", "trace");
    loud.env("REHEARSAL_SECRET_WORD", SECRET);
    let loud = tokio::task::block_in_place(|| loud.output().unwrap());
    assert!(said(&loud).contains("TRACE"), "{}", said(&loud));
    assert!(!said(&loud).contains("tr0ub4dor"), "it is in the log");
    let all = files(folder.path());
    assert!(all.len() >= 7, "{all:?}");
    let encoded = regex::Regex::new("base64,([A-Za-z0-9+/=]+)").unwrap();
    for file in all {
        let mut bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for data in encoded.captures_iter(&text) {
            let decoder = base64::engine::general_purpose::STANDARD;
            bytes.extend(decoder.decode(&data[1]).unwrap());
        }
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("tr0ub4dor"), "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_play_ends_after_a_step_by_number_or_name() {
    let site = site().await;
    let folder = tempfile::tempdir().unwrap();
    let mut named = click(&["#go"]);
    named["x-rehearsal"] = json!({"name": "Press the button"});
    flow(
        folder.path(),
        &site,
        "/cause/plain",
        &[named, click(&["#absent"])],
    );
    for until in ["2", "press the BUTTON", "button"] {
        let output = play(folder.path(), &["--until", until, "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(document(&output)[0]["steps"].as_array().unwrap().len(), 2);
    }
    assert!(
        !folder.path().join("runs").exists(),
        "a pass leaves nothing"
    );
    let output = play(folder.path(), &["--until", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    let told = said(&output);
    assert!(told.contains("no step is called `nowhere`"), "{told}");
    assert!(told.contains("Press the button"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_plays_tell_how_often_and_how_they_failed() {
    let site = site().await;
    let folder = tempfile::tempdir().unwrap();
    flow(folder.path(), &site, "/sometimes", &[click(&["#go"])]);
    let output = play(folder.path(), &["--repeat", "6", "--users", "2", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let document = document(&output);
    assert_eq!(
        (&document["plays"], &document["passed"]),
        (&json!(6), &json!(4))
    );
    let failures = document["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{document}");
    assert_eq!(failures[0]["count"], 2);
    assert_eq!(failures[0]["evidence"].as_array().unwrap().len(), 2);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("4 of 6 passed"), "{stderr}");
    assert_eq!(site.count("/sometimes"), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_failed_or_has_nothing_to_mend_keeps_its_file() {
    let site = site().await;
    let folder = tempfile::tempdir().unwrap();
    let file = flow(folder.path(), &site, "/cause/plain", &[click(&["#absent"])]);
    let before = std::fs::read(&file).unwrap();
    let output = play(folder.path(), &["--fix", "--no-evidence"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("did not pass"), "{}", said(&output));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert!(!folder.path().join("runs").exists(), "{}", said(&output));

    let file = flow(folder.path(), &site, "/cause/plain", &[]);
    let before = std::fs::read(&file).unwrap();
    let output = play(folder.path(), &["--fix"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).contains("nothing to fix"),
        "{}",
        said(&output)
    );
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healed_flow_is_mended_in_its_file_and_nothing_else_of_it_changes() {
    let id = Arc::new(std::sync::Mutex::new("go"));
    let now = id.clone();
    let shop = move || {
        let id = *now.lock().unwrap();
        async move {
            Html(format!(
                "<!doctype html><title>Shop</title><main><h1>Tea</h1><input type=file id=photo>\
                 <button id={id} onclick='document.title = \"done\"'>Show offers</button></main>"
            ))
        }
    };
    let site = Site::start(Router::new().route("/shop", get(shop))).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("photo.txt"), "a photo").unwrap();
    let file = folder.path().join("flow.json");
    let mut press = click(&["#go"]);
    press["timeout"] = json!(10_000);
    let mut steps = vec![
        json!({"type": "navigate", "url": "http://recorded.test/shop"}),
        json!({"type": "customStep", "name": "rehearsal.upload",
            "parameters": {"selectors": ["#photo"], "files": ["photo.txt"]}}),
        press,
    ];
    let written = json!({"title": "try", "steps": steps});
    std::fs::write(&file, written.to_string()).unwrap();
    let read = || -> Value { serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap() };
    let target = site.url("/");
    let fix = || play(folder.path(), &["--fix", "--url", &target]);

    let output = fix();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let learnt = read();
    assert_eq!(
        learnt["steps"][2]["x-rehearsal"]["element"]["tag"],
        "button"
    );
    assert_eq!(learnt["steps"][2]["selectors"], json!(["#go"]));

    *id.lock().unwrap() = "offers";
    let output = fix();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let told = said(&output);
    assert!(told.contains("- `#go`"), "{told}");
    assert!(told.contains("#offers"), "{told}");
    let mended = read();
    let text = mended.to_string();
    assert!(!text.contains("#go") && text.contains("#offers"), "{text}");
    assert_eq!(mended["steps"][0], steps[0], "the recorded address stays");
    let files = mended["steps"][1]["parameters"]["files"].clone();
    assert_eq!(files, json!(["photo.txt"]), "the path stays relative");

    let output = play(folder.path(), &["--json", "--url", &target]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let step = document(&output)[0]["steps"][2].clone();
    assert!(step.get("healed").is_none(), "{step}");

    // Healed, but the flow fails later: nothing says that the right element was found.
    *id.lock().unwrap() = "deals";
    steps = mended["steps"].as_array().unwrap().clone();
    steps.push(click(&["#absent"]));
    let written = json!({"title": "try", "steps": steps}).to_string();
    std::fs::write(&file, &written).unwrap();
    let output = fix();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("did not pass"), "{}", said(&output));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_keeps_three_examples_of_each_failure_and_links_them() {
    let site = site().await;
    let folder = tempfile::tempdir().unwrap();
    flow(folder.path(), &site, "/cause/covered", &[click(&["#go"])]);
    let workload = format!(
        "name = \"broken\"\n[target]\nurl = \"{}\"\n[[persona]]\nname = \"p\"\nusers = 2\n\
         flows = [\"flow.json\"]\nthink = \"none\"\n[load]\nusers = [{{ to = 2, over = \"1s\" }}, {{ hold = \"60s\" }}]\n",
        site.url("/")
    );
    std::fs::write(folder.path().join("rehearsal.toml"), workload).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = rehearsal(folder.path());
        command.args(["run", "--users", "2", "--for", "40s", "--iterations", "5"]);
        command.args(arguments);
        tokio::task::block_in_place(|| command.output().unwrap())
    };
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let folder_of = |runs: &str| {
        let mut entries = std::fs::read_dir(folder.path().join(runs)).unwrap();
        entries.next().unwrap().unwrap().path()
    };
    let kept = folder_of("runs");
    let check = || {
        let summary = std::fs::read_to_string(kept.join("summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&summary).unwrap();
        let report = std::fs::read_to_string(kept.join("report.html")).unwrap();
        let failures = summary["failures"].as_array().unwrap();
        assert_eq!(failures.len(), 1, "{summary}");
        assert_eq!(failures[0]["count"], 5);
        let evidence = failures[0]["evidence"].as_array().unwrap();
        assert_eq!(evidence.len(), 3, "{summary}");
        for path in evidence {
            let path = path.as_str().unwrap();
            assert!(kept.join(path).join("screenshot.png").is_file(), "{path}");
            assert!(kept.join(path).join("failure.json").is_file(), "{path}");
            assert!(
                report.contains(&format!("src=\"{path}/screenshot.png\"")),
                "{path}"
            );
        }
    };
    check();
    // Reports made again find them.
    std::fs::remove_file(kept.join("report.html")).unwrap();
    let output = rehearsal(folder.path())
        .arg("report")
        .arg(&kept)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    check();

    let output = run(&["--no-evidence", "--runs", "bare"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!folder_of("bare").join("failures").exists());
}

/// Plays until the site was asked for `path` so often, then sends a signal.
async fn interrupted(
    folder: &Path,
    site: &Site,
    (path, times): (&str, usize),
    arguments: &[&str],
    by: Signal,
) -> Output {
    let mut command = rehearsal(folder);
    command
        .args(["--json", "play", "flow.json"])
        .args(arguments);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = async {
        while site.count(path) < times {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(60), asked).await;
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), by).unwrap();
    let output = tokio::task::block_in_place(|| child.wait_with_output().unwrap());
    assert!(asked.is_ok(), "never asked: {}", said(&output));
    output
}

/// A step that asks for `/suggest` and then waits for what never comes.
fn waits() -> [Value; 2] {
    let asks = json!({"type": "waitForExpression", "expression": "fetch('/suggest').then(() => true)",
        "x-rehearsal": {"name": "Ask"}});
    let never = json!({"type": "waitForElement", "selectors": ["#never"], "timeout": 30_000,
        "x-rehearsal": {"name": "Wait"}});
    [asks, never]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_step_under_way_and_tells_what_there_is() {
    let site = site().await;
    let folder = tempfile::tempdir().unwrap();
    flow(folder.path(), &site, "/cause/plain", &waits());
    let trace = ["--trace", "trace.html"];
    let output = interrupted(
        folder.path(),
        &site,
        ("/suggest", 1),
        &trace,
        Signal::SIGINT,
    )
    .await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(told.contains("interrupted: "), "{told}");
    assert!(!told.contains("FAILED"), "{told}");
    assert!(folder.path().join("trace.html").exists(), "{told}");
    let played = &document(&output)[0];
    assert_eq!(played["interrupted"], true, "{played:#}");
    assert_eq!(played["passed"], false, "{played:#}");
    let steps = played["steps"].as_array().unwrap();
    assert_eq!(steps[0]["passed"], true, "{played:#}");
    // The signal may come between two steps.
    let ended = steps.iter().filter(|step| step["passed"] == true).count();
    let under_way = steps.iter().filter(|step| step["interrupted"] == true);
    assert_eq!(ended + under_way.count(), steps.len(), "{played:#}");
    assert!(
        steps.iter().all(|step| step["failure"].is_null()),
        "{played:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_many_plays_and_tells_their_numbers() {
    let site = site().await;
    let folder = tempfile::tempdir().unwrap();
    flow(folder.path(), &site, "/sometimes", &[click(&["#go"])]);
    let often = ["--repeat", "500", "--users", "2"];
    let output = interrupted(
        folder.path(),
        &site,
        ("/sometimes", 6),
        &often,
        Signal::SIGTERM,
    )
    .await;
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    let told = document(&output);
    let number = |name: &str| told[name].as_u64().unwrap();
    let failures = told["failures"].as_array().unwrap();
    let failed: u64 = failures
        .iter()
        .map(|kind| kind["count"].as_u64().unwrap())
        .sum();
    assert!(number("passed") > 0, "{told:#}");
    assert!(
        (number("passed")..500).contains(&number("plays")),
        "{told:#}"
    );
    assert_eq!(
        number("plays"),
        number("passed") + failed + number("interrupted"),
        "{told:#}"
    );
    let text = String::from_utf8_lossy(&output.stderr);
    let said_so = format!("{} of {} passed", number("passed"), number("plays"));
    assert!(text.contains(&said_so), "{text}");
}
