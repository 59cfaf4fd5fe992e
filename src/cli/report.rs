//! `rehearsal report`.

use std::path::PathBuf;

use super::{Exit, printer::Printer};

/// Which run.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of the run (`runs/…`).
    run: PathBuf,
}

pub(super) fn execute(args: &Args, printer: &Printer) -> miette::Result<Exit> {
    let rebuilt = rehearsal::report::rebuild(&args.run)?;
    if printer.is_json() {
        printer.document(&rebuilt.summary)?;
    } else {
        printer.line(rehearsal::report::text(
            &rebuilt.summary,
            printer.width(),
            printer.colour(),
        ));
        if rebuilt.read.truncated {
            printer.line(format!(
                "The samples end in mid-record: the run was killed. {} could be read.",
                rebuilt.read.samples
            ));
        }
        printer.line(format!("report: {}", rebuilt.folder.report().display()));
    }
    Ok(Exit::Pass)
}
