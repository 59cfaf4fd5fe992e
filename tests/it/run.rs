//! `rehearsal run` against the shop: what it says is what the shop saw.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rehearsal::measure::Summary;
use serde_json::Value;

use crate::support::program::{Shop, rehearsal, said};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Writes a workload for the shop into `directory`.
fn workload(directory: &Path, shop: &Shop, body: &str) {
    std::fs::write(
        directory.join("rehearsal.toml"),
        format!(
            "name = \"shop\"\n[target]\nurl = \"{}\"\n\n[seed]\nplan = \"{}\"\ndatabase = \"{}\"\nscale = 0.05\n\n{}",
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
    (run, serde_json::from_str(&summary).expect("a summary"))
}

#[test]
fn the_summary_agrees_with_the_shops_log() {
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::start(directory.path(), &[]);
    workload(
        directory.path(),
        &shop,
        r#"
        [[persona]]
        name = "buyer"
        users = 1
        flows = ["FLOWS/checkout.json"]
        feed = "customers"
        think = "none"

        [[persona]]
        name = "looker"
        users = 1
        flows = ["FLOWS/browse.json"]
        think = "none"

        [[persona]]
        name = "idler"
        users = 1
        flows = ["FLOWS/idle.json"]
        think = "recorded"

        [load]
        users = [{ to = 3, over = "1s" }, { hold = "14s" }]

        [thresholds]
        "iterations.failed" = "< 1"
        "#,
    );
    let output = rehearsal(directory.path()).arg("run").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let (_, summary) = result(directory.path());
    let log = shop.stop();

    // Requests by method and path: what the shop answered is what the summary counts.
    let mut seen: BTreeMap<(String, String), u64> = BTreeMap::new();
    for line in &log {
        let template = rehearsal::url_template::fold(&format!(
            "{}{}",
            line["path"].as_str().unwrap(),
            query(line)
        ));
        let key = (line["method"].as_str().unwrap().to_owned(), template);
        *seen.entry(key).or_default() += 1;
    }
    let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in &summary.requests.by_url {
        let reached = row.count - row.from_cache - row.blocked;
        *counted
            .entry((row.method.to_string(), row.url.to_string()))
            .or_default() += reached;
    }
    counted.retain(|_, count| *count > 0);
    assert_eq!(counted, seen);

    // One session per user that logs in or not: no user has two, no two share one.
    let sessions = log
        .iter()
        .filter_map(|line| line["session"].as_str())
        .collect::<BTreeSet<_>>();
    assert!(sessions.len() >= 3, "{sessions:?}");
    assert!(
        log.iter().any(|line| line["conditional"] == Value::Bool(true)),
        "no conditional request from a returning user"
    );
}

fn query(line: &Value) -> String {
    match line["query"].as_str() {
        Some(query) if !query.is_empty() => format!("?{query}"),
        _ => String::new(),
    }
}
