//! `rehearsal flow`: takes recordings of other tools in, writes flows for other tools, tells what
//! is in a flow.

mod lint;
mod show;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr, miette};
use rehearsal::flow::Flow;
use rehearsal::flow::export::{self, Options, Target};
use rehearsal::flow::import::{self, Format, Imported, Note, NotePlace, Severity};
use serde_json::{Value, json};

use super::{Exit, printer::Printer, record, setup};

/// What to do with a flow.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a flow of a recording: Recorder JSON, Playwright codegen, Selenium IDE, HAR.
    #[command(after_help = "Examples:\n  \
        rehearsal flow import shop.side -o flows/\n  \
        rehearsal flow import buy.spec.ts -o flows/buy.json\n  \
        rehearsal flow import buy.har --into flows/buy.json")]
    Import(ImportArgs),
    /// Write a flow for another tool, and list what is lost.
    #[command(after_help = "Examples:\n  \
        rehearsal flow export flows/buy.json --to playwright -o tests/buy.spec.ts\n  \
        rehearsal flow export flows/buy.json --to recorder --bake-think > buy.devtools.json")]
    Export(ExportArgs),
    /// Tell a flow as a short story: its steps, pauses, templates and expectations.
    Show(ShowArgs),
    /// Tell what will break or mislead in flows that are valid.
    #[command(after_help = "Exit code 1 when there is a warning, 0 with advice only.")]
    Lint(LintArgs),
    /// Replay a flow a few times, slowed down too, and mend what does not hold, as after a
    /// recording. Replays do on the site what the flow says.
    #[command(after_help = "Example:\n  \
        rehearsal flow mend flows/checkout.json --plan shop.toml\n\n\
        Exit code 1 when it does not replay reliably.")]
    Mend(record::MendArgs),
}

/// What to import, and where to.
#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// The recording.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Flow to write, or a folder when the recording holds several; stdout without it.
    #[arg(short, long, value_name = "FLOW", conflicts_with = "into")]
    output: Option<PathBuf>,

    /// Flow to which the requests of a HAR are added, as what its steps wait for.
    #[arg(long, value_name = "FLOW")]
    into: Option<PathBuf>,

    /// Format of the recording; told by its name and content without it.
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatName>,

    /// Overwrite what is there.
    #[arg(long)]
    force: bool,
}

/// What to export, and how.
#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// The flow.
    #[arg(value_name = "FLOW")]
    file: PathBuf,

    /// The tool.
    #[arg(long, value_name = "TOOL")]
    to: TargetName,

    /// File to write; stdout without it.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write think time as pauses also where the tool has no use for it.
    #[arg(long)]
    bake_think: bool,

    /// Overwrite what is there.
    #[arg(long)]
    force: bool,
}

/// What to tell.
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The flow.
    #[arg(value_name = "FLOW")]
    file: PathBuf,
}

/// What to look through.
#[derive(Debug, clap::Args)]
struct LintArgs {
    /// Flows.
    #[arg(required = true, value_name = "FLOW")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FormatName {
    /// JSON of the Chrome DevTools Recorder.
    Recorder,
    /// Playwright codegen, `--target jsonl`.
    PlaywrightJsonl,
    /// Playwright codegen, TypeScript or JavaScript.
    Playwright,
    /// Playwright codegen, Python.
    PlaywrightPython,
    /// Selenium IDE, `.side`.
    Selenium,
    /// HTTP archive.
    Har,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum TargetName {
    /// JSON that Chrome DevTools and @puppeteer/replay load and run.
    Recorder,
    /// A test for @playwright/test, in TypeScript.
    Playwright,
    /// A user for Locust with locust-plugins, in Python.
    Locust,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Recorder => Self::RecorderJson,
            FormatName::PlaywrightJsonl => Self::PlaywrightJsonl,
            FormatName::Playwright => Self::PlaywrightScript,
            FormatName::PlaywrightPython => Self::PlaywrightPython,
            FormatName::Selenium => Self::SeleniumSide,
            FormatName::Har => Self::Har,
        }
    }
}

impl From<TargetName> for Target {
    fn from(name: TargetName) -> Self {
        match name {
            TargetName::Recorder => Self::Recorder,
            TargetName::Playwright => Self::Playwright,
            TargetName::Locust => Self::Locust,
        }
    }
}

pub(super) async fn execute(args: &Args, printer: &Printer) -> miette::Result<Exit> {
    match &args.command {
        Command::Import(args) => import_file(args, printer),
        Command::Export(args) => export_file(args, printer),
        Command::Lint(args) => lint::execute(&args.files, printer),
        Command::Mend(args) => record::mend(args, printer).await,
        Command::Show(args) => {
            let flow = setup::load_flow(&args.file)?;
            if printer.is_json() {
                printer.document(&show::document(&flow))?;
            } else {
                printer.raw(show::story(&flow).as_bytes())?;
            }
            Ok(Exit::Pass)
        }
    }
}

fn import_file(args: &ImportArgs, printer: &Printer) -> miette::Result<Exit> {
    let name = args.file.display().to_string();
    let text = read(&args.file)?;
    let format = args.format.map(Format::from);
    let format = format
        .or_else(|| Format::detect(&name, &text))
        .ok_or_else(|| {
            miette!(
                help = "say it by `--format`: recorder, playwright, playwright-jsonl, \
                    playwright-python, selenium or har",
                "`{name}`: its format is not known from its name or content"
            )
        })?;
    if let Some(into) = &args.into {
        return attach(args, into, format, &name, &text, printer);
    }
    let all = import::import(format, &name, &text)?;
    match (&args.output, all.as_slice()) {
        (_, []) => Err(miette!(
            help = "record at least one test",
            "`{name}`: there is no test in it"
        )),
        (None, [one]) => {
            if printer.is_json() {
                let flow = one.flow.to_value();
                printer.document(&document(&[with(entry(one, None), "flow", flow)]))?;
            } else {
                printer.raw(one.flow.to_json().as_bytes())?;
            }
            tell(&one.notes, printer);
            Ok(Exit::Pass)
        }
        (None, several) => Err(miette!(
            help = "name a folder: `-o flows/`",
            "`{name}` holds {} tests, and each is a flow of its own",
            several.len()
        )),
        (Some(output), all) => write_all(&all_paths(output, all)?, all, args.force, printer),
    }
}

/// Where each flow goes.
fn all_paths(output: &Path, all: &[Imported]) -> miette::Result<Vec<PathBuf>> {
    let text = output.to_string_lossy();
    let folder = output.is_dir() || text.ends_with(['/', '\\']) || all.len() > 1;
    if !folder {
        return Ok(vec![output.to_owned()]);
    }
    if output.is_file() {
        return Err(miette!(
            help = "name a folder: `-o flows/`",
            "`{}` is a file, and the recording holds {} tests",
            output.display(),
            all.len()
        ));
    }
    let mut taken = HashSet::new();
    let paths = all.iter().map(|imported| {
        let slug = slug(&imported.flow.title);
        let mut numbers = 1_usize..;
        let free = numbers.find_map(|number| {
            let name = match number {
                1 => slug.clone(),
                _ => format!("{slug}-{number}"),
            };
            taken.insert(name.clone()).then_some(name)
        });
        output.join(format!("{}.json", free.unwrap_or(slug)))
    });
    Ok(paths.collect())
}

fn write_all(
    paths: &[PathBuf],
    all: &[Imported],
    force: bool,
    printer: &Printer,
) -> miette::Result<Exit> {
    // All or none.
    for path in paths {
        refuse_overwriting(path, force)?;
    }
    let mut documents = Vec::new();
    for (path, imported) in paths.iter().zip(all) {
        write(path, &imported.flow.to_json())?;
        printer.line(format!(
            "wrote {}: {}, {} steps",
            path.display(),
            imported.flow.title,
            imported.flow.steps.len()
        ));
        tell(&imported.notes, printer);
        documents.push(entry(imported, Some(path)));
    }
    printer.document(&document(&documents))?;
    Ok(Exit::Pass)
}

fn attach(
    args: &ImportArgs,
    into: &Path,
    format: Format,
    name: &str,
    text: &str,
    printer: &Printer,
) -> miette::Result<Exit> {
    if format != Format::Har {
        return Err(miette!(
            help = "to make a flow of another recording, use `-o FLOW`",
            "`--into` takes a HAR, and `{}` is none",
            args.file.display()
        ));
    }
    let mut flow = setup::load_flow(into)?;
    let notes = import::attach(&mut flow, name, text)?;
    write(into, &flow.to_json())?;
    let waits = |flow: &Flow| -> usize {
        let effects = flow.steps.iter();
        let effects = effects.filter_map(|step| step.extension.effect.as_ref());
        effects.map(|effect| effect.responses.len()).sum()
    };
    printer.line(format!(
        "wrote {}: its steps wait for {} responses",
        into.display(),
        waits(&flow)
    ));
    tell(&notes, printer);
    let imported = Imported { flow, notes };
    printer.document(&document(&[entry(&imported, Some(into))]))?;
    Ok(Exit::Pass)
}

fn export_file(args: &ExportArgs, printer: &Printer) -> miette::Result<Exit> {
    let flow = setup::load_flow(&args.file)?;
    let options = Options {
        bake_think: args.bake_think,
    };
    let exported = export::export(&flow, args.to.into(), options);
    match &args.output {
        Some(output) => {
            refuse_overwriting(output, args.force)?;
            write(output, &exported.text)?;
            printer.line(format!("wrote {}", output.display()));
        }
        None if printer.is_json() => {}
        None => printer.raw(exported.text.as_bytes())?,
    }
    tell(&exported.notes, printer);
    printer.document(&json!({
        "version": 1,
        "title": flow.title,
        "file": args.output,
        "text": args.output.is_none().then_some(exported.text),
        "notes": notes(&exported.notes),
    }))?;
    Ok(Exit::Pass)
}

/// Notes for people, the worst first.
fn tell(all: &[Note], printer: &Printer) {
    if printer.is_json() {
        return;
    }
    for (severity, head) in [
        (Severity::Lost, "not carried over"),
        (Severity::Changed, "changed"),
        (Severity::Advice, "advice"),
    ] {
        let of_kind: Vec<&Note> = all
            .iter()
            .filter(|note| note.severity == severity)
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        printer.line(format!("{head}:"));
        for note in of_kind {
            match note.place {
                NotePlace::File => printer.line(format!("  {}", note.what)),
                place => printer.line(format!("  {place}: {}", note.what)),
            }
        }
    }
}

fn document(flows: &[Value]) -> Value {
    json!({ "version": 1, "flows": flows })
}

fn entry(imported: &Imported, file: Option<&Path>) -> Value {
    json!({
        "title": imported.flow.title,
        "file": file,
        "steps": imported.flow.steps.len(),
        "notes": notes(&imported.notes),
    })
}

fn with(mut value: Value, key: &str, member: Value) -> Value {
    value[key] = member;
    value
}

fn notes(all: &[Note]) -> Vec<Value> {
    let one = |note: &Note| {
        let (line, step) = match note.place {
            NotePlace::File => (None, None),
            NotePlace::Line(line) => (Some(line), None),
            NotePlace::Step(index) => (None, Some(index + 1)),
        };
        json!({
            "severity": note.severity.to_string(),
            "line": line,
            "step": step,
            "what": note.what,
        })
    };
    all.iter().map(one).collect()
}

fn read(path: &Path) -> miette::Result<String> {
    let bytes = fs::read(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("could not read `{}`", path.display()))?;
    String::from_utf8(bytes).map_err(|_| {
        miette!(
            help = "recordings are text; a compressed one must be unpacked first",
            "`{}` is no UTF-8 text",
            path.display()
        )
    })
}

fn refuse_overwriting(path: &Path, force: bool) -> miette::Result<()> {
    if path.exists() && !force {
        return Err(miette!(
            help = "give another name, or `--force`",
            "`{}` is there already",
            path.display()
        ));
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> miette::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text))
        .into_diagnostic()
        .wrap_err_with(|| format!("could not write `{}`", path.display()))
}

/// A title as the name of a file.
fn slug(title: &str) -> String {
    let plain = deunicode::deunicode(title).to_lowercase();
    let words = plain.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(80).collect();
    match slug.trim_matches('-') {
        "" => "flow".to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_names_of_files() {
        assert_eq!(slug("Größe: wählen & kaufen!"), "grosse-wahlen-kaufen");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("???"), "flow");
    }
}
