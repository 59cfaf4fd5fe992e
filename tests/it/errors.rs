//! Mistakes of users: each gives an error that names the place and the remedy, exit code 2, and
//! starts nothing.

use std::net::TcpListener;
use std::path::Path;

use crate::support::program::{rehearsal, said};

const FLOW: &str = r#"{"title":"Look","steps":[{"type":"navigate","url":"http://127.0.0.1:1/"}]}"#;

/// A folder with a workload; `target` listens but never answers, so a run that starts would hang.
fn workload(directory: &Path, target: &str, more: &str) {
    std::fs::write(directory.join("look.json"), FLOW).unwrap();
    std::fs::write(
        directory.join("rehearsal.toml"),
        format!(
            "[target]\nurl = \"{target}\"\n\n[[persona]]\nname = \"visitor\"\nflows = [\"look.json\"]\n\n\
             [load]\nusers = [{{ to = 1, over = \"1s\" }}]\n{more}"
        ),
    )
    .unwrap();
}

/// Runs `rehearsal run` with `arguments`; it must end with 2, say all of `expected`, and leave no run.
fn refuses(directory: &Path, arguments: &[&str], expected: &[&str]) {
    let output = rehearsal(directory)
        .arg("run")
        .args(arguments)
        .output()
        .unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    // Words may be wrapped at the width of the message.
    let flat = text
        .replace(['|', '│', '×'], " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for part in expected {
        assert!(flat.contains(part), "no {part:?} in {text}");
    }
    assert!(
        !directory.join("runs").exists(),
        "a run was started: {text}"
    );
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[test]
fn a_missing_workload() {
    let directory = tempfile::tempdir().unwrap();
    refuses(directory.path(), &[], &["rehearsal.toml"]);
}

#[test]
fn a_typo_in_a_key() {
    let directory = tempfile::tempdir().unwrap();
    let (_listener, url) = listener();
    workload(directory.path(), &url, "warmpu = \"1s\"\n");
    refuses(
        directory.path(),
        &[],
        &["rehearsal.toml", "warmpu", "did you mean `warmup`"],
    );
}

#[test]
fn a_flow_with_an_unknown_step() {
    let directory = tempfile::tempdir().unwrap();
    let (_listener, url) = listener();
    workload(directory.path(), &url, "");
    std::fs::write(
        directory.path().join("look.json"),
        FLOW.replace("navigate", "navigat"),
    )
    .unwrap();
    refuses(
        directory.path(),
        &[],
        &["look.json", "navigat", "did you mean `navigate`"],
    );
}

#[test]
fn an_unreachable_target() {
    let directory = tempfile::tempdir().unwrap();
    let (listener, url) = listener();
    drop(listener);
    workload(directory.path(), &url, "");
    refuses(directory.path(), &[], &[&url, "[target]"]);
}

#[test]
fn a_missing_chromium() {
    let directory = tempfile::tempdir().unwrap();
    let (_listener, url) = listener();
    workload(directory.path(), &url, "");
    refuses(
        directory.path(),
        &["--browser", "/nowhere/chromium"],
        &["/nowhere/chromium", "--browser"],
    );
}

#[tokio::test]
async fn a_wrong_database_password() {
    let directory = tempfile::tempdir().unwrap();
    let (_listener, url) = listener();
    let cluster = crate::support::postgres::Postgres::start().await;
    std::fs::write(
        directory.path().join("plan.toml"),
        "seed = 1\n\n[tables.notes]\nrows = 3\n\n[tables.notes.columns]\nid = \"sequence\"\n",
    )
    .unwrap();
    let database = cluster.url_of("rehearsal", "wrong-battery", "postgres");
    workload(
        directory.path(),
        &url,
        &format!("\n[seed]\nplan = \"plan.toml\"\ndatabase = \"{database}\"\n"),
    );
    refuses(directory.path(), &[], &["password"]);
    let output = rehearsal(directory.path()).arg("run").output().unwrap();
    assert!(
        !said(&output).contains("wrong-battery"),
        "{}",
        said(&output)
    );
}
