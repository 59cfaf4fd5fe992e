//! Why no browser could be started, and what to do about it.

use std::path::PathBuf;
use std::time::Duration;

/// No browser could be started.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LaunchError {
    /// Chromium is in none of the usual places.
    #[error("no Chromium was found in the usual places or on the `PATH`")]
    #[diagnostic(help(
        "install it: Debian `apt-get install chromium-headless-shell`, Ubuntu `snap install chromium`, \
         Fedora `dnf install chromium-headless`, macOS `brew install --cask chromium`; \
         or name one with `--browser PATH` or the variable `REHEARSAL_BROWSER`"
    ))]
    Missing,
    /// What the user named is not there.
    #[error("there is no program at `{path}`, which `{setting}` names", path = path.display())]
    #[diagnostic(help(
        "name a Chromium, Chrome or headless shell, or leave the setting out to search the usual places"
    ))]
    NotThere {
        /// The path.
        path: PathBuf,
        /// `--browser` or the environment variable.
        setting: &'static str,
    },
    /// The operating system would not start it.
    #[error("could not start `{path}`", path = path.display())]
    #[diagnostic(help("check that it is a program for this machine and that you may run it"))]
    Start {
        /// The browser.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Its profile folder could not be made.
    #[error("could not make a folder for the browser's profile in `{parent}`", parent = parent.display())]
    #[diagnostic(help("free some space there, or set `TMPDIR` to a folder with space"))]
    Profile {
        /// Where.
        parent: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// It ended before its DevTools were ready.
    #[error("`{path}` ended at its start{said}", path = path.display())]
    #[diagnostic(help(
        "start it by hand with `--remote-debugging-port=0` to see why; in a container it needs \
         its libraries and fonts installed"
    ))]
    Ended {
        /// The browser.
        path: PathBuf,
        /// The end of what it wrote to stderr, with a lead-in; empty when it wrote nothing.
        said: String,
    },
    /// Its DevTools were not ready in time.
    #[error("`{path}` did not open its DevTools within {waited:?}{said}", path = path.display())]
    #[diagnostic(help("the machine may be too busy; try again with less going on"))]
    NotReady {
        /// The browser.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
        /// The end of what it wrote to stderr, with a lead-in; empty when it wrote nothing.
        said: String,
    },
    /// It started, but does not speak the DevTools protocol as expected.
    #[error("`{path}` cannot be driven: {message}", path = path.display())]
    #[diagnostic(help("use a Chromium of the last few years"))]
    Unusable {
        /// The browser.
        path: PathBuf,
        /// What went wrong.
        message: String,
    },
    /// There is no display for a window.
    #[error("there is no display for a window{said}")]
    #[diagnostic(help(
        "start it on a desktop or set `DISPLAY`; without a display use `--remote`, which shows the \
         browser on a page that you open elsewhere"
    ))]
    NoDisplay {
        /// What is wrong with the display, with a lead-in.
        said: String,
    },
    /// Somebody else listens on the port that the user named.
    #[error("port {port} on 127.0.0.1, which `--debugging-port` names, is taken")]
    #[diagnostic(help("name another port, or leave the option out to get one that is free"))]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The pool was shut down.
    #[error("the browsers were shut down")]
    ShutDown,
}
