//! Runs the `rehearsal` binary as a user would.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The binary, without the environment that would change what it does.
pub(crate) fn rehearsal(directory: &Path) -> Command {
    clean(Command::new(PROGRAM), directory)
}

/// The same, where its files may grow to so many bytes and no further, as on a full disk.
pub(crate) fn rehearsal_with_room(directory: &Path, bytes: u64) -> Command {
    let mut command = clean(Command::new("prlimit"), directory);
    command
        .arg(format!("--fsize={bytes}:"))
        // Writing more is an error then, and no signal that ends the program.
        .args(["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", PROGRAM]);
    command
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_rehearsal");

fn clean(mut command: Command, directory: &Path) -> Command {
    command.current_dir(directory).stdin(Stdio::null());
    for name in ["DATABASE_URL", "RUST_LOG", "NO_COLOR", "CI"] {
        command.env_remove(name);
    }
    command
}

/// Everything it said, for messages of failed assertions.
pub(crate) fn said(output: &Output) -> String {
    format!(
        "exit {:?}\n--- stdout\n{}\n--- stderr\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The built-in shop as a process of its own; ended when dropped.
pub(crate) struct Shop {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
    /// Its database, as `rehearsal seed` takes it.
    pub(crate) database: String,
    /// What each request really was.
    pub(crate) log: std::path::PathBuf,
}

impl Shop {
    /// Starts a shop on SQLite in `directory`, with extra arguments (`--n-plus-one`).
    pub(crate) fn start(directory: &Path, arguments: &[&str]) -> Self {
        let database = directory.join("shop.db").display().to_string();
        Self::on(directory, database, arguments)
    }

    /// Starts a shop on any database.
    pub(crate) fn on(directory: &Path, database: String, arguments: &[&str]) -> Self {
        let log = directory.join("requests.ndjson");
        let mut child = rehearsal(directory)
            .args([
                "storefront",
                "--port",
                "0",
                "--database",
                &database,
                "--log",
            ])
            .arg(&log)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the shop starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the shop says where it listens");
        let url = line
            .trim()
            .strip_prefix("storefront listening on ")
            .unwrap_or_else(|| panic!("the shop said {line:?}"))
            .to_owned();
        Self {
            child,
            url,
            database,
            log,
        }
    }

    /// Ends the shop and returns its log, one JSON value per request.
    pub(crate) fn stop(mut self) -> Vec<serde_json::Value> {
        self.end();
        std::fs::read_to_string(&self.log)
            .expect("the shop's log")
            .lines()
            .map(|line| serde_json::from_str(line).expect("a log line is JSON"))
            .collect()
    }

    fn end(&mut self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"));
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}
