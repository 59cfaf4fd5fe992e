//! A browser process with its helpers: started, watched, ended. Nothing of it outlives us.
//!
//! The browser leads a process group of its own, so that the group can be killed as one (also
//! when the program is a script that does not `exec`). Our own end by a signal that nobody can
//! handle is covered by a guard: a shell that waits for its standard input to close, which it
//! does when we are gone however that happened, and then kills the group and removes the profile.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::oneshot;

use super::LaunchError;
use super::flags::{self, Surroundings};

/// How long a browser may take to start. A busy machine with a cold disk takes many seconds.
const START: Duration = Duration::from_secs(45);

/// Lines of stderr that are kept for a crash report.
const KEPT_LINES: usize = 40;

/// What the guard's shell does: `$0` is the process group, `$1` the profile.
const GUARD: &str =
    r#"trap '' INT TERM HUP; read -r _; kill -s KILL -- "-$0"; sleep 0.2; rm -rf -- "$1""#;

/// A running browser. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    guard: Child,
    group: Pid,
    profile: Option<TempDir>,
    tail: Tail,
    socket: String,
}

/// The last lines that a browser wrote to stderr.
#[derive(Debug, Clone, Default)]
struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Process {
    /// Starts a browser and waits until its DevTools listen.
    pub(super) async fn start(
        path: &Path,
        surroundings: &Surroundings,
        further: &[String],
    ) -> Result<Self, LaunchError> {
        let arguments = |profile: &Path| flags::arguments(profile, surroundings, further);
        Self::start_as(path, arguments).await
    }

    /// The same with a command line that the profile's folder gives.
    pub(super) async fn start_as(
        path: &Path,
        arguments: impl FnOnce(&Path) -> Vec<String>,
    ) -> Result<Self, LaunchError> {
        let failed = |source| LaunchError::Start {
            path: path.to_owned(),
            source,
        };
        let profile = profile_folder()?;
        let mut command = Command::new(path);
        if let Some(folder) = folder_for_scraps(profile.path()) {
            command.env("TMPDIR", folder);
        }
        let mut child = command
            .args(arguments(profile.path()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let id = child.id().unwrap_or_default();
        let group = Pid::from_raw(id.cast_signed());
        let guard = guard(id, profile.path()).map_err(failed)?;
        let tail = Tail::default();
        let (found, socket) = oneshot::channel();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(drain(stderr, tail.clone(), found));
        }
        let mut process = Self {
            child,
            guard,
            group,
            profile: Some(profile),
            tail,
            socket: String::new(),
        };
        match tokio::time::timeout(START, socket).await {
            Ok(Ok(socket)) => {
                process.socket = socket;
                Ok(process)
            }
            Ok(Err(_)) => Err(LaunchError::Ended {
                path: path.to_owned(),
                said: process.said(),
            }),
            Err(_) => Err(LaunchError::NotReady {
                path: path.to_owned(),
                waited: START,
                said: process.said(),
            }),
        }
    }

    /// URL of its DevTools websocket.
    pub(super) fn socket(&self) -> &str {
        &self.socket
    }

    /// Process id of its main process.
    pub(super) fn id(&self) -> u32 {
        self.group.as_raw().cast_unsigned()
    }

    /// Its profile folder.
    pub(super) fn profile(&self) -> Option<&Path> {
        self.profile.as_ref().map(TempDir::path)
    }

    /// The end of what it wrote to stderr, as the end of a sentence.
    pub(super) fn said(&self) -> String {
        let lines = self.tail.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() {
            return String::new();
        }
        let text = lines.iter().cloned().collect::<Vec<_>>().join("\n  ");
        format!("; it wrote:\n  {text}")
    }

    /// Kills the browser with all its helpers, and waits until they are gone.
    pub(super) async fn end(mut self) {
        self.kill();
        let _reaped = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
        let _reaped = tokio::time::timeout(Duration::from_secs(5), self.guard.wait()).await;
        if let Some(profile) = self.profile.take() {
            let _done = tokio::task::spawn_blocking(move || remove(profile)).await;
        }
    }

    fn kill(&mut self) {
        let _gone = killpg(self.group, Signal::SIGKILL);
        let _gone = self.guard.start_kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(profile) = self.profile.take() {
            self.kill();
            remove(profile);
        }
    }
}

/// Starts the guard of a process group and its profile.
fn guard(group: u32, profile: &Path) -> io::Result<Child> {
    Command::new("sh")
        .args(["-c", GUARD, &group.to_string()])
        .arg(profile)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// Removes a profile. Processes that were just killed may still be writing, so it tries again.
fn remove(profile: TempDir) {
    let path = profile.keep();
    for _ in 0..50 {
        match std::fs::remove_dir_all(&path) {
            Ok(()) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    tracing::warn!(path = %path.display(), "could not remove the browser's profile");
}

fn profile_folder() -> Result<TempDir, LaunchError> {
    tempfile::Builder::new()
        .prefix("rehearsal-chromium-")
        .tempdir()
        .map_err(|source| LaunchError::Profile {
            parent: std::env::temp_dir(),
            source,
        })
}

/// What the browser leaves in its temporary folder goes with the profile: it is killed, and clears
/// nothing away. None where the name of the socket that it makes there would be too long for one.
fn folder_for_scraps(profile: &Path) -> Option<PathBuf> {
    /// Longest name of a socket, with what the strictest system takes of it for itself.
    const LONGEST: usize = 103;
    const SOCKET: &str = "org.chromium.Chromium.scoped_dir.XXXXXX/SingletonSocket";
    let folder = profile.join("tmp");
    let fits = folder.join(SOCKET).as_os_str().len() <= LONGEST;
    (fits && std::fs::create_dir(&folder).is_ok()).then_some(folder)
}

/// Reads stderr to its end, so that the browser never blocks on it.
async fn drain(stderr: ChildStderr, tail: Tail, found: oneshot::Sender<String>) {
    const MARK: &str = "DevTools listening on ";
    let mut found = Some(found);
    let mut of_page = false;
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(socket) = line.trim().strip_prefix(MARK) {
            if let Some(found) = found.take() {
                let _gone = found.send(socket.to_owned());
            }
            continue;
        }
        // What pages write to their consoles may be what was typed; it can have several lines.
        if line.starts_with('[') {
            of_page = line.contains(":CONSOLE");
        }
        if of_page {
            continue;
        }
        tracing::trace!(target: "rehearsal::browser::stderr", "{line}");
        let mut kept = tail.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}
