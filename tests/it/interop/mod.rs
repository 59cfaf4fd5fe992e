//! Rehearsal beside `@puppeteer/replay`, the reference for the format of flows. Needs Node and
//! the packages of `tests/interop`: `make test-interop` installs and runs.

mod conformance;
mod parity;
mod recorded;
mod replay;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folder of the scripts and their packages.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// Runs a script of the folder.
fn node(script: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("node");
    command.current_dir(folder()).arg(script);
    command
}
