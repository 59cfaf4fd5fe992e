//! Arguments as typed, one file per command, composition, printing and exit codes.
//! Holds no logic that a user of the library would need.

mod check;
mod completions;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod evidence;
mod flow;
mod interrupt;
mod ledger;
mod play;
mod printer;
mod record;
mod replay;
mod report;
mod run;
mod seed;
mod seed_progress;
mod setup;

use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};
use miette::{IntoDiagnostic, WrapErr};

use printer::Printer;

/// Rehearse a launch: real Chromium users walk recorded flows through your site, on a database
/// filled like production.
#[derive(Debug, Parser)]
#[command(
    name = "rehearsal",
    version,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        rehearsal demo                       see it all on a built-in shop\n  \
        rehearsal record https://shop.example -o flows/checkout.json\n  \
        rehearsal play flows/checkout.json   replay a recorded flow once\n  \
        rehearsal run --users 20 --for 2m    send in a crowd, as rehearsal.toml says\n\n\
        Exit codes: 0 pass, 1 thresholds or a played flow failed, 2 usage, file or environment \
        error, 3 invalid run (this machine was the limit, not the site), 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Log more to stderr: -v what happens, -vv each request, -vvv the protocol.
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = "Output")]
    verbose: u8,

    /// Print one JSON document on stdout instead of text for people.
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole story on a built-in shop: seed, run a crowd, write a report.
    #[cfg(feature = "demo")]
    Demo(demo::Args),
    /// Record a flow by clicking through a site.
    Record(record::Args),
    /// Replay flows once and say how each step went.
    Play(play::Args),
    /// Seed, run the crowd that rehearsal.toml describes, judge, report.
    Run(run::Args),
    /// Fill a database with realistic rows, or plan to.
    Seed(seed::Args),
    /// Validate rehearsal.toml and all it names, reach the database and Chromium; run nothing.
    Check(check::Args),
    /// Import recordings of other tools, export flows for them, tell what is in one.
    Flow(flow::Args),
    /// Make the reports of a run again from its samples.
    Report(report::Args),
    /// Say what this machine has and lacks for rehearsing.
    Doctor(doctor::Args),
    /// Print completions for a shell.
    Completions(completions::Args),
    /// The built-in shop by itself, to try things on.
    #[cfg(feature = "demo")]
    Storefront(storefront::Options),
}

/// How the program ends. The numbers are promised to users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// All thresholds hold; the command did what was asked.
    Pass,
    /// A threshold or a played flow failed.
    Failed,
    /// Usage, file or environment error; nothing was started.
    Error,
    /// The generator was the limit, so nothing can be said of the site.
    Invalid,
    /// Stopped by the user; results so far are saved.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Pass => 0,
            Exit::Failed => 1,
            Exit::Error => 2,
            Exit::Invalid => 3,
            Exit::Interrupted => 130,
        })
    }
}

/// Parses the arguments, runs the command, prints its error.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    printer::log_to_stderr(cli.verbose);
    let printer = Printer::new(cli.json);
    let ended = run(cli.command, &printer);
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            printer.error(&error);
            Exit::Error.into()
        }
    }
}

fn run(command: Command, printer: &Printer) -> miette::Result<Exit> {
    #[cfg(feature = "demo")]
    if let Command::Storefront(options) = command {
        storefront::run(options).into_diagnostic()?;
        return Ok(Exit::Pass);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .into_diagnostic()
        .wrap_err("could not start the async runtime")?;
    let ended = runtime.block_on(dispatch(command, printer));
    // A thread that still reads the terminal must not hold up the exit.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    ended
}

async fn dispatch(command: Command, printer: &Printer) -> miette::Result<Exit> {
    match command {
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::execute(args, printer).await,
        Command::Record(args) => record::execute(args, printer).await,
        Command::Play(args) => play::execute(args, printer).await,
        Command::Run(args) => run::execute(args, printer).await,
        Command::Seed(args) => seed::execute(args, printer).await,
        Command::Check(args) => check::execute(args, printer).await,
        Command::Flow(args) => flow::execute(&args, printer).await,
        Command::Report(args) => report::execute(&args, printer),
        Command::Doctor(args) => doctor::execute(&args, printer).await,
        Command::Completions(args) => completions::execute(&args, printer),
        #[cfg(feature = "demo")]
        Command::Storefront(_) => unreachable!("it has a runtime of its own"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
