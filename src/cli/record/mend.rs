//! `rehearsal flow mend`: the trials of a recording, for a flow that is there already.

use std::path::PathBuf;

use miette::IntoDiagnostic;
use rehearsal::clock::Clock;
use rehearsal::flow::template::Needs;

use super::super::interrupt::Interrupts;
use super::super::setup::{self, BrowserArgs};
use super::super::{Exit, printer::Printer};
use super::Data;
use super::summary::Summary;
use super::trials::Trying;

/// Which flow to try.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The flow; its file is changed where that helps.
    #[arg(value_name = "FLOW")]
    file: PathBuf,

    /// Replay so often: as it is, slowed down, then as other visitors.
    #[arg(long, value_name = "N", default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..=20))]
    trials: u32,

    #[command(flatten)]
    data: Data,

    #[command(flatten)]
    browser: BrowserArgs,
}

pub(in crate::cli) async fn execute(args: &Args, printer: &Printer) -> miette::Result<Exit> {
    // As it is in the file, which is to be written again; trials find the files that it uploads.
    let flow = setup::read_flow(&args.file)?;
    let _all_files_are_there = setup::load_flow(&args.file)?;
    let mut needs = Needs::default();
    needs.add(&flow);
    let _all_secrets_are_set = setup::secrets_for(needs)?;
    let feeds = args.data.feeds()?;
    if let Some(origin) = flow.origin() {
        setup::reach(&origin, "the flow's first address").await?;
    }
    let mut interrupts = Interrupts::listen().into_diagnostic()?;
    let trying = Trying {
        trials: args.trials,
        browser: args.browser.browser.clone(),
        file: &args.file,
        feeds: &feeds,
        typed: &[],
        clock: Clock::start(),
        toolbar: None,
        printer,
    };
    let mut summary = Summary::of_flow(&flow, &args.file);
    summary.add(trying.and_write(&flow, &mut interrupts).await?);
    summary.tell_tried(printer);
    printer.document(&summary.document())?;
    Ok(summary.exit())
}
