//! The README's examples, run in its order, as a user who follows it would.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::program::{Shop, said};

const README: &str = include_str!("../../README.md");

/// Blocks of the README in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let rest = README.split(&fence).skip(1);
    rest.map(|block| block.split("```").next().expect("a block"))
        .collect()
}

#[test]
fn its_examples_work_in_its_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = tempfile::tempdir().unwrap();
    for folder in ["flows", "fixtures"] {
        std::os::unix::fs::symlink(root.join(folder), directory.path().join(folder)).unwrap();
    }
    let shop = Shop::start(directory.path(), &[]);
    let here = |text: &str| text.replace("http://127.0.0.1:8000", &shop.url);
    let workload = blocks("toml")
        .into_iter()
        .find(|block| block.contains("[target]"))
        .expect("a workload");
    std::fs::write(directory.path().join("rehearsal.toml"), here(workload)).unwrap();

    let program = Path::new(env!("CARGO_BIN_EXE_rehearsal"));
    let path = std::env::join_paths(std::iter::once(program.parent().unwrap().to_owned()).chain(
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()),
    ))
    .unwrap();
    let commands: Vec<&str> = blocks("sh")
        .iter()
        .flat_map(|block| block.lines())
        .collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let output = Command::new("sh")
            .args(["-c", &here(command)])
            .current_dir(directory.path())
            .env("PATH", &path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        // On a slow machine the run may miss the example's thresholds; it must not fail otherwise.
        let allowed = if command.starts_with("rehearsal run") {
            0..=1
        } else {
            0..=0
        };
        let code = output.status.code().unwrap_or(-1);
        assert!(allowed.contains(&code), "{command}\n{}", said(&output));
        if command.starts_with("rehearsal run") {
            let text = said(&output);
            assert!(
                text.contains(" 0 failed") && text.contains("report: runs/"),
                "{text}"
            );
        }
    }
}
