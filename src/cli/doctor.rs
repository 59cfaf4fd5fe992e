//! `rehearsal doctor`: what this machine has and lacks for rehearsing.

use std::path::Path;

use rehearsal::browser::{Chromium, Driver, Options};
use rehearsal::clock::Clock;
use rehearsal::measure::units;
use rehearsal::report::Host;

use super::record::has_display;
use super::setup::BrowserArgs;
use super::{Exit, printer::Printer};

/// Which browser to try.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    browser: BrowserArgs,
}

/// Users that a core carries on ordinary pages with human pauses, and memory for each.
const USERS_PER_CORE: u64 = 8;
const USER_BYTES: u64 = 100_000_000;

pub(super) async fn execute(args: &Args, printer: &Printer) -> miette::Result<Exit> {
    let host = Host::current();
    printer.line(format!(
        "machine   {} cores, {} of memory, {}",
        host.cores,
        units::bytes(host.memory_bytes),
        host.os
    ));
    let users = (host.cores * USERS_PER_CORE).min(host.memory_bytes / USER_BYTES);
    printer.line(format!(
        "carries   about {users} users on ordinary pages with human pauses; `rehearsal check` \
         estimates your workload"
    ));
    printer.line(if has_font() {
        "fonts     found"
    } else {
        "fonts     none found: text has no shape and no size; install fonts-liberation"
    });
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    printer.line(if has_display(set) {
        "display   there: `rehearsal record URL` opens a window"
    } else {
        "display   none: `rehearsal record URL --remote` shows the browser in a page that you open \
         elsewhere"
    });
    if rehearsal::browser::locate(args.browser.browser.as_deref(), true).is_err() {
        printer.line(
            "recording needs a whole browser for its window: Debian `apt-get install chromium`",
        );
    }
    let chromium = Chromium::launch(Options {
        path: args.browser.browser.clone(),
        ..Options::new(Clock::start())
    })
    .await?;
    printer.line(format!(
        "browser   {} ({})",
        chromium.version(),
        chromium.path().display()
    ));
    chromium.shutdown().await;
    Ok(Exit::Pass)
}

fn has_font() -> bool {
    [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/System/Library/Fonts",
    ]
    .iter()
    .any(|folder| {
        Path::new(folder)
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
    })
}
