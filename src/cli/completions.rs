//! `rehearsal completions`.

use clap::CommandFactory;

use super::{Cli, Exit, printer::Printer};

/// Which shell.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Shell to complete for.
    shell: clap_complete::Shell,
}

pub(super) fn execute(args: &Args, printer: &Printer) -> miette::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rehearsal", &mut script);
    printer.raw(&script)?;
    Ok(Exit::Pass)
}
