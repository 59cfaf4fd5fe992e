//! `rehearsal run` against the shop: what it says is what the shop saw, and no accident costs
//! what was measured.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rehearsal::measure::{Summary, Verdict};
use rehearsal::sample::RequestClass;
use serde_json::Value;

use crate::support::postgres::Postgres;
use crate::support::program::{Shop, rehearsal, said};

const BUYER: &str = r#"
    [[persona]]
    name = "buyer"
    users = 1
    flows = ["FLOWS/checkout.json"]
    feed = "customers"
    think = "none"
"#;

const LOOKER: &str = r#"
    [[persona]]
    name = "looker"
    weight = 1
    flows = ["FLOWS/browse.json"]
    think = "none"
"#;

const IDLER: &str = r#"
    [[persona]]
    name = "idler"
    users = 1
    flows = ["FLOWS/idle.json"]
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Writes a workload for the shop into `directory`, with a small catalogue.
fn workload(directory: &Path, shop: &Shop, body: &str) {
    std::fs::write(
        directory.join("rehearsal.toml"),
        format!(
            "name = \"shop\"\n[target]\nurl = \"{}\"\n\n\
             [seed]\nplan = \"{}\"\ndatabase = \"{}\"\nscale = 0.4\n{}",
            shop.url,
            root().join("fixtures/shop.toml").display(),
            shop.database,
            body.replace("FLOWS", &root().join("flows").display().to_string()),
        ),
    )
    .unwrap();
}

/// The only run folder in `directory`, and its summary.
fn result(directory: &Path) -> (PathBuf, Summary) {
    let mut runs = std::fs::read_dir(directory.join("runs"))
        .expect("a run folder")
        .map(|entry| entry.unwrap().path())
        .collect::<Vec<_>>();
    assert_eq!(runs.len(), 1, "{runs:?}");
    let run = runs.remove(0);
    let summary = std::fs::read_to_string(run.join("summary.json")).expect("summary.json");
    (run, Summary::from_json(&summary).expect("a summary"))
}

fn adds_up(summary: &Summary) -> bool {
    let iterations = &summary.iterations;
    iterations.started == iterations.passed + iterations.failed + iterations.interrupted
}

/// The part of a path that is the same in the shop's log and in a folded URL.
fn place(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let depth = if matches!(parts[0], "api" | "images" | "checkout") {
        2
    } else {
        1
    };
    parts[..depth.min(parts.len())].join("/")
}

#[test]
fn the_summary_agrees_with_the_shops_log() {
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::start(directory.path(), &[]);
    let load = "[load]\nusers = [{ to = 3, over = \"1s\" }, { hold = \"22s\" }]\n\
                [thresholds]\n\"iterations.failed\" = \"< 1\"\n";
    workload(
        directory.path(),
        &shop,
        &[BUYER, LOOKER, IDLER, load].concat(),
    );
    let output = rehearsal(directory.path()).arg("run").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let (_, summary) = result(directory.path());
    assert!(adds_up(&summary), "{:?}", summary.iterations);
    assert!(summary.iterations.passed >= 3, "{:?}", summary.iterations);
    let log = shop.stop();
    assert!(!log.is_empty());

    // Requests by method and place: what the shop answered is what the summary counts.
    let mut seen = BTreeMap::new();
    for line in &log {
        let method = line["method"].as_str().unwrap();
        let key = (method.to_owned(), place(line["path"].as_str().unwrap()));
        *seen.entry(key).or_insert(0_u64) += 1;
    }
    let mut counted = BTreeMap::new();
    for row in &summary.requests.by_template {
        let reached = row.count - row.from_cache;
        if reached > 0 {
            *counted
                .entry((row.method.clone(), place(&row.url)))
                .or_insert(0) += reached;
        }
    }
    assert_eq!(
        counted, seen,
        "summary on the left, the shop's log on the right"
    );

    polls_keep_their_cadence(&log, &summary);
    users_are_apart(&log);
    // What was bought stands in the summary, and what is only there while one looks.
    let changes = summary.data.changes.as_ref().unwrap();
    assert!(changes.tables["orders"].inserted > Some(0), "{changes:?}");
    assert_eq!(changes.tables["categories"].inserted, Some(0));
    assert!(changes.outside["sessions"].now > 0, "{changes:?}");
    assert!(
        log.iter()
            .any(|line| line["conditional"] == Value::Bool(true)),
        "no conditional request from a returning user"
    );
    assert!(
        summary.requests.revalidated > 0,
        "no answer 304 was counted"
    );
}

/// The stock poller's own rhythm is 2 s, in a tab where nobody does anything too.
fn polls_keep_their_cadence(log: &[Value], summary: &Summary) {
    let mut polls: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for line in log {
        let path = line["path"].as_str().unwrap();
        if path.starts_with("/api/stock/") {
            let session = line["session"].as_str().unwrap_or_default();
            let times = polls.entry((session, path)).or_default();
            times.push(line["time_us"].as_u64().unwrap());
        }
    }
    // The idler's page: the one polled longest.
    let longest = polls.values().max_by_key(|times| times.len()).unwrap();
    assert!(longest.len() >= 6, "{} polls", longest.len());
    let span_us = longest[longest.len() - 1] - longest[0];
    let period_s = span_us as f64 / 1e6 / (longest.len() - 1) as f64;
    assert!((1.8..=2.2).contains(&period_s), "a poll every {period_s} s");
    let counted = summary.requests.by_class.get(RequestClass::Poll.name());
    assert!(
        counted.is_some_and(|row| row.count > 0),
        "no poll was told apart"
    );
}

/// No session is used by two users (customers), and everybody has one.
fn users_are_apart(log: &[Value]) {
    let mut customers: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for line in log {
        if let Some(session) = line["session"].as_str() {
            customers
                .entry(session)
                .or_default()
                .extend(line["user"].as_u64());
        }
    }
    assert!(customers.len() >= 3, "{} sessions", customers.len());
    for (session, users) in customers {
        assert!(users.len() <= 1, "session {session} was used by {users:?}");
    }
}

#[tokio::test]
async fn a_shop_on_postgres_is_seeded_and_walked_through() {
    let cluster = Postgres::start().await;
    let database = cluster.database("shop", "").await;
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::on(directory.path(), database.clone(), &[]);
    let load = "[load]\nusers = [{ to = 1, over = \"1s\" }, { hold = \"60s\" }]\n";
    workload(directory.path(), &shop, &[BUYER, load].concat());
    let run = || {
        let output = rehearsal(directory.path())
            .args(["run", "--iterations", "1"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    };
    let orders = async || {
        let client = cluster.client("shop").await;
        let row = client.query_one("select count(*) from orders", &[]).await;
        row.unwrap().get::<_, i64>(0)
    };
    run();
    let after_first = orders().await;
    run();
    // The second run began with the same rows as the first, so it ended with as many.
    assert_eq!(orders().await, after_first);
    let client = cluster.client("shop").await;
    let placed = client
        .query_one(
            "select count(*) from orders where status = 'placed' and id > 1",
            &[],
        )
        .await
        .unwrap();
    assert!(placed.get::<_, i64>(0) >= 1);
}

#[test]
fn faults_of_the_shop_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::start(directory.path(), &["--error-rate", "20%"]);
    let load = "[load]\nusers = [{ to = 2, over = \"1s\" }, { hold = \"8s\" }]\n\
                [thresholds]\n\"requests.failed.rate\" = \"< 1%\"\n";
    workload(directory.path(), &shop, &[LOOKER, load].concat());
    let output = rehearsal(directory.path()).arg("run").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let (_, summary) = result(directory.path());
    assert_eq!(summary.verdict, Verdict::Fail);
    assert!(summary.requests.failed > 0);
    assert!(adds_up(&summary), "{:?}", summary.iterations);
}

/// A run of two lookers that would take a minute, once a user has a page.
fn long_run(directory: &Path) -> (Shop, Child) {
    let shop = Shop::start(directory, &[]);
    let load = "[load]\nusers = [{ to = 2, over = \"0s\" }, { hold = \"60s\" }]\n";
    workload(directory, &shop, &[LOOKER, load].concat());
    let child = rehearsal(directory)
        .arg("run")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("a user reads a page", || {
        std::fs::read_to_string(&shop.log).is_ok_and(|log| log.contains("\"/category/"))
    });
    (shop, child)
}

fn until(what: &str, done: impl Fn() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("waited 30 s until {what}");
}

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal).unwrap();
}

/// Browsers that the process started.
fn browsers(parent: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).unwrap();
    let children = tasks
        .filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).ok());
    children
        .flat_map(|text| {
            text.split_whitespace()
                .map(|pid| pid.parse().unwrap())
                .collect::<Vec<u32>>()
        })
        .filter(|pid| {
            std::fs::read_to_string(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| line.contains("remote-debugging"))
        })
        .collect()
}

#[test]
fn a_killed_browser_costs_its_iterations_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let (_shop, child) = long_run(directory.path());
    let killed = browsers(child.id());
    assert!(!killed.is_empty());
    for pid in &killed {
        signal(*pid, Signal::SIGKILL);
    }
    let own = child.id();
    until("a new browser is there", || {
        browsers(own).iter().any(|pid| !killed.contains(pid))
    });
    // It goes on by itself; this test does not wait for its minute.
    std::thread::sleep(Duration::from_secs(3));
    signal(own, Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    let (run, summary) = result(directory.path());
    assert!(adds_up(&summary), "{:?}", summary.iterations);
    assert!(summary.iterations.failed >= 1, "{:?}", summary.iterations);
    assert!(summary.iterations.passed >= 1, "{:?}", summary.iterations);
    assert!(summary.generator.browser_restarts >= 1);
    assert!(run.join("report.html").is_file());
}

#[test]
fn interrupting_twice_stops_at_once_and_still_reports() {
    let directory = tempfile::tempdir().unwrap();
    let (_shop, child) = long_run(directory.path());
    signal(child.id(), Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(100));
    signal(child.id(), Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    let (run, summary) = result(directory.path());
    assert!(adds_up(&summary), "{:?}", summary.iterations);
    assert!(
        summary.iterations.interrupted >= 1,
        "{:?}",
        summary.iterations
    );
    assert!(run.join("report.html").is_file());
    // A report can be made again from the samples alone.
    std::fs::remove_file(run.join("summary.json")).unwrap();
    let output = rehearsal(directory.path())
        .arg("report")
        .arg(&run)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(result(directory.path()).1.iterations, summary.iterations);
}
