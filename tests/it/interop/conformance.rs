//! The package's own test of a third-party runner: its page, its flow, and the events that the
//! page must have seen.

use std::process::{Command, Output};

use super::folder;
use crate::support::program::said;

/// `replay-extension-test` with a runner in the place of ours. It listens on port 8907.
fn conformance(runner: &str) -> Output {
    Command::new(folder().join("node_modules/.bin/replay-extension-test"))
        .current_dir(folder())
        .args(["--extension", "extension.js"])
        .env("REHEARSAL", runner)
        .output()
        .expect("the packages of tests/interop: make test-interop")
}

#[test]
#[ignore = "needs Node: make test-interop"]
fn the_references_conformance_test_passes() {
    let output = conformance(env!("CARGO_BIN_EXE_rehearsal"));
    assert!(output.status.success(), "{}", said(&output));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("Run matches the expectations"), "{stdout}");

    // It is no formality: a runner that does nothing does not pass.
    let output = conformance("/bin/true");
    assert!(!output.status.success(), "{}", said(&output));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("dblclick targetId=button"), "{stderr}");
}
