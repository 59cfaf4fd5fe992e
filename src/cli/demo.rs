//! `rehearsal demo`: the whole story on a shop that is part of the binary.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use miette::{IntoDiagnostic, WrapErr, miette};
use rehearsal::workload::Overrides;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::run::{Order, rehearse};
use super::setup::{self, BrowserArgs};
use super::{Exit, printer::Printer};

/// How long the shop may take to start.
const SHOP_TIMEOUT: Duration = Duration::from_secs(30);

/// Files of the demo, as they stand in the repository.
const FILES: [(&str, &str); 6] = [
    ("rehearsal.toml", include_str!("../../fixtures/demo.toml")),
    ("shop.toml", include_str!("../../fixtures/shop.toml")),
    ("flows/browse.json", include_str!("../../flows/browse.json")),
    ("flows/search.json", include_str!("../../flows/search.json")),
    (
        "flows/checkout.json",
        include_str!("../../flows/checkout.json"),
    ),
    ("flows/idle.json", include_str!("../../flows/idle.json")),
];

/// How the demo runs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example, with the files kept to look at and to change:\n  \
    rehearsal demo --keep demo\n\n\
    The shop can be given a fault for Rehearsal to find:\n  \
    rehearsal demo --fault n-plus-one"
)]
pub(super) struct Args {
    /// Put the demo's files (workload, flows, seed plan, database) into this folder and keep them.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Database of the shop: a PostgreSQL URL; a SQLite file of its own when absent.
    #[arg(long, value_name = "URL")]
    database: Option<String>,

    /// A fault that real sites have.
    #[arg(long, value_enum)]
    fault: Option<Fault>,

    /// Users instead of 10.
    #[arg(long, value_name = "N")]
    users: Option<u32>,

    /// Do not open the report, even on a desktop.
    #[arg(long)]
    no_open: bool,

    /// Folder in which the run's folder is made.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    runs: PathBuf,

    #[command(flatten)]
    browser: BrowserArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Fault {
    /// A missing index.
    SlowQuery,
    /// A query for each row of a list.
    NPlusOne,
    /// 2 % of the requests answer 500.
    Errors,
    /// Memory grows and the shop slows down.
    Leak,
}

impl Fault {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::SlowQuery => &["--slow-query"],
            Self::NPlusOne => &["--n-plus-one"],
            Self::Errors => &["--error-rate", "2%"],
            Self::Leak => &["--leak"],
        }
    }
}

pub(super) async fn execute(args: Args, printer: &Printer) -> miette::Result<Exit> {
    // Before anything is started or written.
    rehearsal::browser::locate(args.browser.browser.as_deref(), false)?;
    let temporary = tempfile::tempdir().into_diagnostic()?;
    let folder = args.keep.as_deref().unwrap_or(temporary.path());
    write_files(folder)
        .into_diagnostic()
        .wrap_err_with(|| format!("could not write the demo's files to `{}`", folder.display()))?;
    let database = args
        .database
        .unwrap_or_else(|| folder.join("shop.db").display().to_string());

    let mut shop = Shop::start(folder, &database, args.fault).await?;
    printer.line(format!("shop: {}", shop.url));
    if args.keep.is_some() {
        printer.line(format!("files: {}", folder.display()));
    }
    let overrides = Overrides {
        users: args.users,
        url: Some(shop.url.clone()),
        ..Overrides::default()
    };
    let mut workload = setup::load_workload(&folder.join("rehearsal.toml"), &overrides)?;
    if let Some(seed) = &mut workload.seed {
        seed.database = database;
    }
    let done = rehearse(
        Order {
            workload,
            browser: args.browser.browser,
            runs: args.runs,
            evidence: true,
        },
        printer,
    )
    .await;
    shop.stop().await;
    let done = done?;
    if let Some(report) = &done.report
        && !args.no_open
        && printer.is_terminal()
        && has_desktop()
        && let Err(error) = opener::open(report)
    {
        tracing::warn!(%error, "could not open the report");
    }
    Ok(done.exit)
}

fn write_files(folder: &Path) -> io::Result<()> {
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        // In the repository the workload stands beside the folder of the flows.
        std::fs::write(path, text.replace("../flows/", "flows/"))?;
    }
    Ok(())
}

fn has_desktop() -> bool {
    cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some())
}

/// The shop as a process of its own, so that its cost is not counted as the generator's.
struct Shop {
    child: Child,
    url: url::Url,
}

impl Shop {
    async fn start(folder: &Path, database: &str, fault: Option<Fault>) -> miette::Result<Self> {
        let program = std::env::current_exe().into_diagnostic()?;
        let mut child = Command::new(program)
            .args(["storefront", "--port", "0", "--log"])
            .arg(folder.join("requests.ndjson"))
            .args(fault.map_or(&[][..], Fault::arguments))
            // Not an argument: its password would stand in the list of processes.
            .env("DATABASE_URL", database)
            // Ctrl-C is for the run, which stops the shop at its end.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .into_diagnostic()
            .wrap_err("could not start the shop")?;
        let stdout = child.stdout.take().ok_or_else(|| miette!("no stdout"))?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(SHOP_TIMEOUT, lines.next_line())
            .await
            .into_diagnostic()
            .wrap_err("the shop did not start in time")?
            .into_diagnostic()?
            .ok_or_else(|| miette!("the shop did not start; its message is above"))?;
        let url = line
            .strip_prefix("storefront listening on ")
            .and_then(|url| url.parse().ok())
            .ok_or_else(|| miette!("the shop said `{line}` instead of its address"))?;
        Ok(Self { child, url })
    }

    async fn stop(&mut self) {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            let pid = nix::unistd::Pid::from_raw(pid);
            // Gone already is as good.
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
            let _ = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
        }
    }
}
