//! `rehearsal record` with a person in front of it, and what is done with what it wrote.

#![expect(clippy::format_push_string, reason = "a story is short")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::{Display, Program, until};
use crate::support::program::{rehearsal, said};
use rehearsal::clock::Clock;

/// A recording that goes on. Everything that it writes is below one folder.
pub(crate) struct Recording {
    program: Program,
    folder: PathBuf,
    /// The flow.
    pub(crate) file: PathBuf,
}

impl Recording {
    /// Starts one, with every word of the log kept.
    pub(crate) fn start(
        display: &Display,
        folder: &Path,
        url: &str,
        arguments: &[String],
        secrets: &[(&str, &str)],
    ) -> Self {
        let folder = folder.join("recording");
        let temporary = folder.join("tmp");
        std::fs::create_dir_all(&temporary).unwrap();
        let file = folder.join("flow.json");
        let mut command = rehearsal(&folder);
        command
            .args(["record", url, "-o", "flow.json"])
            .args(arguments)
            .env("RUST_LOG", "trace")
            .env("TMPDIR", &temporary)
            .stdout(File::create(folder.join("stdout.txt")).unwrap())
            .stderr(File::create(folder.join("stderr.txt")).unwrap());
        for (name, value) in secrets {
            command.env(format!("REHEARSAL_SECRET_{name}"), value);
        }
        let program = Program::start(command, display);
        Self {
            program,
            folder,
            file,
        }
    }

    /// What it has said to the person so far; the log, which goes the same way, is left out.
    pub(crate) fn told(&self) -> String {
        let said = std::fs::read_to_string(self.folder.join("stderr.txt")).unwrap_or_default();
        let is_log = |line: &str| line.starts_with("20") && line.contains("Z ");
        let lines = said.lines().filter(|line| !is_log(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The address that it says a browser elsewhere is to open.
    pub(crate) fn address(&self) -> String {
        until(Clock::start(), "the address of the remote view", || {
            let said = self.told();
            let from = said.split("The browser is at").nth(1)?;
            Some(from.split_whitespace().next()?.to_owned())
        })
    }

    /// Waits for it to end, its trial replays too. Says its exit code. What it wrote is kept where
    /// `PERSON_PICTURES` says, for whoever looks why a test failed.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let code = self.program.child.wait().expect("it ends").code();
        if let Some(kept) = std::env::var_os("PERSON_PICTURES") {
            let _ = std::process::Command::new("cp")
                .args(["-r", "--"])
                .arg(&self.folder)
                .arg(kept)
                .status();
        }
        code
    }

    /// The flow as it stands in the file.
    pub(crate) fn flow(&self) -> Value {
        let text = std::fs::read_to_string(&self.file)
            .unwrap_or_else(|error| panic!("no flow ({error}): {}", self.told()));
        serde_json::from_str(&text).expect("a flow is JSON")
    }

    /// Files below its folder with one of these words in them, as bytes or as UTF-16.
    pub(crate) fn files_with(&self, words: &[&str]) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        let mut looked = 0;
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(folder) else {
                continue; // It was removed meanwhile.
            };
            for entry in entries.flatten() {
                let path = entry.path();
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                    continue;
                }
                let Ok(bytes) = std::fs::read(&path) else {
                    continue;
                };
                looked += 1;
                for word in words {
                    let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
                    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
                    if has(word.as_bytes()) || has(&wide) {
                        found.push((path.clone(), (*word).to_owned()));
                    }
                }
            }
        }
        assert!(looked > 2, "the log and the flow at least");
        found
    }
}

/// Replays a flow so often, and says what `--json` says.
pub(crate) fn replay(file: &Path, arguments: &[&str], secrets: &[(&str, &str)]) -> (Value, Output) {
    let folder = file.parent().expect("a folder");
    let mut command = rehearsal(folder);
    command.arg("play").arg(file).arg("--json").args(arguments);
    for (name, value) in secrets {
        command.env(format!("REHEARSAL_SECRET_{name}"), value);
    }
    let output = command.output().unwrap();
    let document = serde_json::from_slice(&output.stdout);
    (
        document.unwrap_or_else(|_| panic!("{}", said(&output))),
        output,
    )
}

/// A flow as a story of one line for each step: what was done to what, with which data, and what
/// came of it. Places, times and addresses' ports are left out: they differ from recording to
/// recording.
pub(crate) fn story(flow: &Value) -> String {
    let steps = flow["steps"].as_array().expect("steps");
    let lines = steps.iter().map(|step| {
        let own = &step["x-rehearsal"];
        let mut line = match step["type"].as_str() {
            Some("customStep") => step["name"].as_str().unwrap_or("?").to_owned(),
            kind => kind.unwrap_or("?").to_owned(),
        };
        if let Some(frame) = step.get("frame") {
            line.push_str(&format!(" in frame {frame}"));
        }
        let element = &own["element"];
        let role = element["role"].as_str().or(element["tag"].as_str());
        let name = element["name"].as_str().or(element["text"].as_str());
        if let Some(role) = role {
            line.push_str(&format!(" {role} “{}”", name.unwrap_or_default()));
        }
        let keys = step.get("key").or_else(|| step.pointer("/parameters/keys"));
        if let Some(key) = keys.and_then(Value::as_str) {
            line.push_str(&format!(" {key}"));
        }
        let value = own.get("value").or_else(|| step.get("value"));
        if let Some(value) = value.and_then(Value::as_str) {
            line.push_str(&format!(" = {value}"));
        }
        if let Some(url) = step["url"].as_str() {
            // That it leads there is no news.
            return format!("{line} {}", path(url));
        }
        let effect = &own["effect"];
        let asserted = step.pointer("/assertedEvents/0/url");
        if let Some(url) = effect["navigation"].as_str() {
            line.push_str(&format!(" → {url}"));
        } else if let Some(url) = asserted.and_then(Value::as_str) {
            line.push_str(&format!(" → {}", path(url)));
        }
        for response in effect["responses"].as_array().into_iter().flatten() {
            let method = response["method"].as_str().unwrap_or("GET");
            line.push_str(&format!(
                " → {method} {}",
                response["url"].as_str().unwrap_or("?")
            ));
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// An address without its origin.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |slash| &rest[slash..])
}
