//! `rehearsal check`: validates everything a run needs; runs nothing.

use std::path::PathBuf;

use rehearsal::browser::{Chromium, Driver, Options};
use rehearsal::clock::Clock;
use rehearsal::measure::units;
use rehearsal::workload::Overrides;
use serde_json::json;
use url::Url;

use super::setup::{self, BrowserArgs, Seeding};
use super::{Exit, printer::Printer, seed};

/// What to check.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The workload.
    #[arg(default_value = "rehearsal.toml", value_name = "FILE")]
    file: PathBuf,

    /// Another address of the site than the file's.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,

    #[command(flatten)]
    browser: BrowserArgs,
}

pub(super) async fn execute(args: Args, printer: &Printer) -> miette::Result<Exit> {
    let overrides = Overrides {
        url: args.url,
        ..Overrides::default()
    };
    let workload = setup::load_workload(&args.file, &overrides)?;
    setup::secrets_for(workload.needs())?;
    let flows = workload.personas.iter().map(|persona| persona.flows.len());
    printer.line(format!(
        "workload  {}: {} personas, {} flows, {} thresholds",
        args.file.display(),
        workload.personas.len(),
        flows.sum::<usize>(),
        workload.thresholds.len()
    ));
    setup::reach(&workload.target.url, "`url` of `[target]` or --url").await?;
    printer.line(format!("target    {} answers", workload.target.url));
    if let Some(section) = &workload.seed {
        let seeding = Seeding::of(section)?;
        seed::check(section, &seeding).await?;
        printer.line(format!(
            "database  {} fits {}",
            seeding.database,
            section.plan.display()
        ));
    }
    let chromium = Chromium::launch(Options {
        path: args.browser.browser,
        ..Options::new(Clock::start())
    })
    .await?;
    printer.line(format!(
        "browser   {} ({})",
        chromium.version(),
        chromium.path().display()
    ));
    chromium.shutdown().await;
    for advice in workload.advice() {
        printer.line(format!("note      {advice}"));
    }
    let estimate = workload.estimate();
    printer.line(format!(
        "cost      up to {} users for {}: about {} of memory and {:.1} cores on ordinary pages",
        estimate.users,
        units::seconds(estimate.duration.as_secs_f64()),
        units::bytes(estimate.memory_bytes),
        estimate.cores
    ));
    printer.document(&json!({
        "version": 1,
        "users": estimate.users,
        "duration_s": estimate.duration.as_secs_f64(),
        "memory_bytes": estimate.memory_bytes,
        "cores": estimate.cores,
    }))?;
    Ok(Exit::Pass)
}
