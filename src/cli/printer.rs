//! All text that the program prints: for people on stderr, for machines on stdout.

use std::io::{IsTerminal, Write};

use miette::IntoDiagnostic;
use serde::Serialize;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Prints for people and machines. Colour only on a terminal without `NO_COLOR` and `CI`.
#[derive(Debug, Clone)]
pub(super) struct Printer {
    json: bool,
    terminal: bool,
    colour: bool,
}

#[expect(
    clippy::unused_self,
    reason = "who prints needs a printer, so that nothing is printed elsewhere"
)]
impl Printer {
    /// `json`: the document on stdout replaces the text for people (progress is still shown).
    pub(super) fn new(json: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let terminal = std::io::stderr().is_terminal() && !set("CI");
        let colour = terminal && !set("NO_COLOR");
        // An error of the hook means that one is set already, which is as good.
        let _ = miette::set_hook(Box::new(move |_| {
            Box::new(
                miette::MietteHandlerOpts::new()
                    .color(colour)
                    .unicode(colour)
                    .terminal_links(false)
                    .width(columns().clamp(60, 120))
                    .build(),
            )
        }));
        Self {
            json,
            terminal,
            colour,
        }
    }

    /// Whether people watch: stderr is a terminal and this is no CI.
    pub(super) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// How the progress of a run is shown.
    pub(super) fn live(&self) -> rehearsal::live::Mode {
        rehearsal::live::Mode::detect()
    }

    /// Whether colour may be used.
    pub(super) fn colour(&self) -> bool {
        self.colour
    }

    /// Whether the result goes to stdout as JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Width of the terminal, or 100.
    pub(super) fn width(&self) -> usize {
        if self.terminal { columns() } else { 100 }
    }

    /// A line for people.
    #[expect(clippy::print_stderr, reason = "the one place for it")]
    pub(super) fn line(&self, text: impl std::fmt::Display) {
        eprintln!("{text}");
    }

    /// A line that the next one replaces; on a terminal only.
    pub(super) fn progress(&self, text: &str) {
        if self.terminal {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "\r\x1b[2K{text}").and_then(|()| stderr.flush());
        }
    }

    /// Removes the line of [`Printer::progress`].
    pub(super) fn end_progress(&self) {
        self.progress("");
    }

    /// An error, with what to do about it.
    #[expect(clippy::print_stderr, reason = "the one place for it")]
    pub(super) fn error(&self, error: &miette::Report) {
        eprintln!("{error:?}");
    }

    /// The result as JSON, where it was asked for.
    pub(super) fn document(&self, value: &impl Serialize) -> miette::Result<()> {
        if !self.json {
            return Ok(());
        }
        let mut text = serde_json::to_vec_pretty(value).into_diagnostic()?;
        text.push(b'\n');
        self.raw(&text)
    }

    /// Bytes on stdout, as they are. A reader that went away (`| head`) is no error.
    pub(super) fn raw(&self, bytes: &[u8]) -> miette::Result<()> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(error).into_diagnostic()
            }
            _ => Ok(()),
        }
    }
}

fn columns() -> usize {
    crossterm::terminal::size().map_or(100, |(columns, _)| usize::from(columns))
}

/// Libraries whose fine logs hold whole messages, and with them what people type.
const TALKATIVE: [&str; 4] = [
    "async_tungstenite",
    "chromiumoxide",
    "tokio_tungstenite",
    "tungstenite",
];

fn holds_messages(about: &Metadata<'_>) -> bool {
    let library = about.target().split("::").next().unwrap_or_default();
    *about.level() > Level::INFO && TALKATIVE.contains(&library)
}

/// Sends the log to stderr: `RUST_LOG` if set, else by the number of `-v`.
pub(super) fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "rehearsal=info,warn",
        2 => "rehearsal=debug,warn",
        _ => "rehearsal=trace,info",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(|about| !holds_messages(about)))
        .with(lines)
        .init();
}
