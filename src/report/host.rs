//! What is known about the machine and the working copy in which a run takes place.

use std::process::Command;

use serde::{Deserialize, Serialize};

/// The machine that makes the load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Name and version of the system.
    pub os: String,
    /// Processor architecture.
    pub architecture: String,
    /// Logical cores that this process may use.
    pub cores: u64,
    /// Memory.
    pub memory_bytes: u64,
}

impl Host {
    /// This machine.
    pub fn current() -> Self {
        let system = sysinfo::System::new_with_specifics(
            sysinfo::RefreshKind::nothing()
                .with_memory(sysinfo::MemoryRefreshKind::nothing().with_ram()),
        );
        Self {
            os: sysinfo::System::long_os_version()
                .unwrap_or_else(|| std::env::consts::OS.to_owned()),
            architecture: std::env::consts::ARCH.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            memory_bytes: system.total_memory(),
        }
    }
}

/// The commit that is checked out in the current folder, with `+` when files differ from it;
/// nothing outside of a working copy or without git.
pub(super) fn git_commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if changed { commit + "+" } else { commit })
}
