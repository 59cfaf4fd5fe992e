//! A virtual display, and what is started on it; both end with their owner, by pid.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Numbers that are tried, so that displays of other work stay alone.
const NUMBERS: std::ops::Range<u32> = 80..100;

/// A virtual display; ended when dropped.
pub(crate) struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts one under the first number that is free. There is no window manager on it: a window
    /// is where its program puts it, and keys go where the pointer is.
    pub(crate) fn start(width: u32, height: u32) -> Self {
        for number in NUMBERS {
            let name = format!(":{number}");
            let mut server = Command::new("Xvfb")
                .args([&name, "-screen", "0", &format!("{width}x{height}x24")])
                .args(["-nolisten", "tcp", "-displayfd", "1"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("Xvfb, which `make setup-test` installs");
            // It tells its number when it can be used, and nothing when another has it.
            let mut line = String::new();
            let stdout = server.stdout.take().expect("stdout is piped");
            let _ = BufReader::new(stdout).read_line(&mut line);
            if line.trim() == number.to_string() {
                return Self { server, name };
            }
            let _ = server.kill();
            let _ = server.wait();
        }
        panic!("no display between :80 and :99 is free");
    }

    /// Its name, for `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A program in a process group of its own; the group is ended when dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    group: Pid,
}

impl Program {
    /// Starts it on a display.
    pub(crate) fn start(mut command: Command, display: &Display) -> Self {
        use std::os::unix::process::CommandExt as _;
        command.env("DISPLAY", display.name()).process_group(0);
        let child = command.spawn().expect("the program starts");
        let group = Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
        Self { child, group }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
