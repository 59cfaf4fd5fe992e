//! Progress while a run goes on: the terminal view, and plain lines when there is no terminal.
//! Computes no statistics of its own: it shows what [`crate::measure`] gives it.
//!
//! The view takes the terminal's other screen and leaves the first as it was, on every way out.
//! It draws on standard error, so that standard output stays free for machines.

mod lines;
mod screen;
mod view;

use std::io::{self, IsTerminal as _};

use tokio::sync::{mpsc, watch};

use crate::measure::Snapshot;

pub use lines::Lines;
pub use screen::restore;
pub use view::View;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A view that is drawn again and again.
    Terminal {
        /// Whether it has colour.
        colour: bool,
    },
    /// A line every five seconds.
    Lines,
    /// Not at all.
    Quiet,
}

impl Mode {
    /// What standard error and the environment (`CI`, `NO_COLOR`, `TERM`) allow.
    pub fn detect() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if !io::stderr().is_terminal() || set("CI") || dumb {
            return Self::Lines;
        }
        Self::Terminal {
            colour: !set("NO_COLOR"),
        }
    }
}

/// What the person at the terminal wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Ctrl-C, which does not become a signal while the view has the terminal: once to finish and
    /// report, twice to stop at once.
    Interrupt,
}

/// Shows snapshots until one is [done](crate::measure::Progress::done) or their sender is gone.
/// To be run beside the run, as a task of its own; it is drawn as often as snapshots come, so ten
/// times a second are plenty. What the person wants goes to `events`.
///
/// # Errors
/// When the terminal refuses in the middle of the run. It is given back first, also on a panic
/// anywhere. A terminal that refuses from the beginning gets [`Lines`].
pub async fn show(
    mut snapshots: watch::Receiver<Snapshot>,
    mode: Mode,
    events: mpsc::UnboundedSender<Event>,
) -> io::Result<()> {
    if let Mode::Terminal { colour } = mode
        && screen::show(&mut snapshots, colour, &events).await? == screen::Left::Ended
    {
        return Ok(());
    }
    if mode == Mode::Quiet {
        while snapshots.changed().await.is_ok() {
            if snapshots.borrow_and_update().progress.done {
                break;
            }
        }
        return Ok(());
    }
    let mut lines = Lines::new(io::stderr());
    loop {
        let snapshot = snapshots.borrow_and_update().clone();
        lines.snapshot(&snapshot)?;
        if snapshot.progress.done || snapshots.changed().await.is_err() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Progress;

    #[tokio::test]
    async fn showing_ends_with_the_last_snapshot_or_without_a_sender() {
        for last in [true, false] {
            let (sender, receiver) = watch::channel(Snapshot::default());
            let (events, _pressed) = mpsc::unbounded_channel();
            let shown = tokio::spawn(show(receiver, Mode::Quiet, events));
            if last {
                sender.send_replace(Snapshot {
                    progress: Progress {
                        done: true,
                        ..Progress::default()
                    },
                    ..Snapshot::default()
                });
                shown.await.unwrap().unwrap();
            } else {
                drop(sender);
                shown.await.unwrap().unwrap();
            }
        }
    }
}
