//! `rehearsal record`: a person clicks through a site, and a flow comes of it.
//!
//! ```text
//!  checks ─► browser, panel ─► session (until it is ended) ─► saved ─► trials ─► summary
//!            nothing started    the flow is saved all along            mend the flow
//! ```

mod draft;
mod hosts;
mod mend;
mod place;
mod session;
mod signs;
mod summary;
mod trials;

use std::path::PathBuf;
use std::sync::Arc;

use miette::{IntoDiagnostic, WrapErr, miette};
use rehearsal::browser::capture::{Display, Watched, WatchedOptions};
use rehearsal::clock::Clock;
use rehearsal::feed::Feed;
use rehearsal::record::panel::{Panel, PanelOptions};
use rehearsal::record::{Recorder, Setting};

use super::interrupt::Interrupts;
use super::setup::{self, BrowserArgs};
use super::{Exit, printer::Printer};
use draft::Draft;
use hosts::Guests;
pub(super) use mend::{Args as MendArgs, execute as mend};
pub(super) use place::has_display;
use session::{Over, Session};
use summary::Summary;
use trials::Trying;

/// What to record, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rehearsal record https://shop.example -o flows/checkout.json\n  \
    rehearsal record http://127.0.0.1:8000 -o flows/order.json --plan shop.toml\n  \
    rehearsal record https://shop.example --allow cdn.example.net --feed customers=people.csv\n  \
    rehearsal record https://shop.example --remote --port 7000        no display: open it elsewhere\n\n\
    Closing the window, Stop in the toolbar and Ctrl-C all save and end. Then the flow is replayed \
    a few times, to mend what does not hold; replays do on the site what you did.")]
pub(super) struct Args {
    /// Address at which the recording begins.
    #[arg(value_name = "URL")]
    url: String,

    /// File of the flow. Without it, one is named after the host, in `flows`.
    #[arg(short, long, value_name = "FLOW")]
    output: Option<PathBuf>,

    /// Title of the flow; the file's name when absent.
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,

    /// Overwrite the file if it is there.
    #[arg(long)]
    force: bool,

    /// Further host that may get traffic: `cdn.example.net`, `*.example.net`. The URL's own host
    /// and its subdomains always may.
    #[arg(long, value_name = "HOST", value_parser = hosts::parse)]
    allow: Vec<String>,

    /// Let every host get traffic.
    #[arg(long, conflicts_with = "allow")]
    allow_all: bool,

    /// Replay so often when the recording is over, to mend what does not hold; 0 not at all.
    #[arg(long, value_name = "N", default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(..=20))]
    trials: u32,

    #[command(flatten)]
    data: Data,

    #[command(flatten)]
    window: Window,

    #[command(flatten)]
    browser: BrowserArgs,
}

/// Data with which typed values are matched.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Data")]
struct Data {
    /// Seed plan whose feeds hold what you type: a customer's address becomes
    /// `{{customers.email}}`.
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,

    /// Scale at which the plan was filled: `10x`, `0.1`.
    #[arg(long, default_value = "1", value_parser = super::seed::parse_scale)]
    scale: f64,

    /// The same from a CSV file, whose first line names the columns.
    #[arg(long, value_name = "NAME=FILE")]
    feed: Vec<String>,
}

/// The browser's window.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Window")]
struct Window {
    /// Size of the window, such as `1280x800`.
    #[arg(long = "window", value_name = "WxH", value_parser = place::parse_size)]
    size: Option<(u32, u32)>,

    /// No toolbar.
    #[arg(long, conflicts_with = "remote")]
    no_panel: bool,

    /// Show the browser in a page on loopback, for machines without a display.
    #[arg(long)]
    remote: bool,

    /// Port of that page.
    #[arg(long, value_name = "N", requires = "remote")]
    port: Option<u16>,

    /// Port on which others may talk to the browser by its protocol.
    #[arg(long, value_name = "N")]
    debugging_port: Option<u16>,
}

pub(super) async fn execute(args: Args, printer: &Printer) -> miette::Result<Exit> {
    let url = place::parse_url(&args.url)?;
    let place = place::Place::of(&args, &url)?;
    let feeds = args.data.feeds()?;
    place::check_display(args.window.remote)?;
    place::check_port(args.window.debugging_port, "--debugging-port")?;
    place::check_port(args.window.port, "--port")?;
    rehearsal::browser::locate(args.browser.browser.as_deref(), !args.window.remote)?;
    setup::reach(&url, "the address").await?;

    let mut interrupts = Interrupts::listen().into_diagnostic()?;
    let clock = Clock::start();
    let guests = Guests::new(&url, &args.allow, args.allow_all);
    let (watched, mut happenings) = Watched::launch(WatchedOptions {
        path: args.browser.browser.clone(),
        window: args.window.size,
        display: if args.window.remote {
            Display::Remote
        } else {
            Display::Window
        },
        debugging_port: args.window.debugging_port,
        hosts: guests.hosts().map(Arc::new),
        clock,
    })
    .await?;
    let (panel, inputs) = if args.window.no_panel {
        (None, None)
    } else {
        let options = PanelOptions {
            remote: args.window.remote,
            port: args.window.port,
            window: args.window.size,
        };
        let (panel, inputs) = Panel::start(options).await?;
        (Some(panel), Some(inputs))
    };
    let recorder = Recorder::new(Setting {
        title: place.title.clone(),
        file: place.file.display().to_string(),
        url: url.to_string(),
        feeds: feeds.clone(),
        now: clock.zoned(clock.now(), None),
    });
    let mut session = Session::new(
        watched,
        recorder,
        panel,
        Draft::new(place.file.clone()),
        guests,
        printer,
    );
    let begun = session.begin(&url, &place, &args, &mut happenings, &mut interrupts);
    let over = match begun.await? {
        Some(over) => over,
        None => session.run(&mut happenings, inputs, &mut interrupts).await,
    };
    let recorded = session
        .finish(over, &mut happenings, &mut interrupts)
        .await?;
    let Some(recorded) = recorded else {
        return Ok(nothing(over, printer));
    };
    let mut summary = Summary::of_recording(&recorded, &place.file);
    summary.tell_saved(printer);
    let trying = Trying {
        trials: args.trials,
        browser: args.browser.browser.clone(),
        file: &place.file,
        feeds: &feeds,
        typed: &recorded.secrets,
        clock,
        toolbar: recorded.panel.as_ref().map(|panel| (panel, &recorded.view)),
        printer,
    };
    summary.add(trying.and_write(&recorded.flow, &mut interrupts).await?);
    summary.tell_tried(printer);
    if let Some(panel) = recorded.panel {
        panel.end(&summary.sentence()).await;
    }
    printer.document(&summary.document())?;
    Ok(summary.exit())
}

/// The person did nothing: there is nothing to save.
fn nothing(over: Over, printer: &Printer) -> Exit {
    printer.line(match over {
        Over::Lost => "The browser went away before anything was done; no flow was saved.",
        Over::Closed | Over::Stopped | Over::Interrupted => {
            "Nothing was done but to open the page; no flow was saved."
        }
    });
    Exit::Interrupted
}

impl Data {
    /// Feeds of the plan and of CSV files, in the order in which they are matched.
    fn feeds(&self) -> miette::Result<Vec<Feed>> {
        let mut feeds = match &self.plan {
            Some(plan) => setup::plan_feeds(plan, self.scale)?,
            None => Vec::new(),
        };
        for typed in &self.feed {
            let feed = csv(typed)?;
            if feeds.iter().any(|known| known.name == feed.name) {
                return Err(miette!(
                    help = "each feed has a name of its own, as templates use it",
                    "there are two feeds called `{}`",
                    feed.name
                ));
            }
            feeds.push(feed);
        }
        Ok(feeds)
    }
}

/// `customers=people.csv`.
fn csv(typed: &str) -> miette::Result<Feed> {
    let usable = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
    let parts = typed.split_once('=');
    let parts = parts.filter(|(name, _)| !name.is_empty() && name.chars().all(usable));
    let Some((name, file)) = parts else {
        return Err(miette!(
            help = "write `--feed customers=people.csv`: the name stands in templates",
            "`--feed {typed}` is not of the form NAME=FILE"
        ));
    };
    if ["secret", "date", "iteration", "flow"].contains(&name) {
        return Err(miette!(
            help = "give it another name",
            "`{name}` means something of its own in templates, so no feed can be called so"
        ));
    }
    let text = std::fs::read_to_string(file)
        .into_diagnostic()
        .wrap_err_with(|| format!("could not read the feed `{file}`"))?;
    Feed::from_csv(name, &text)
        .into_diagnostic()
        .wrap_err_with(|| format!("the feed `{file}` cannot be used"))
}
