//! Mimesis and Faker, each by `COPY` into the same table, where Python is at hand.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::print_rates;

/// Rows of each: its rate does not depend on their number, and people do not wait for minutes.
const RIVALS: [(&str, &str, u64); 2] = [("Mimesis", "mimesis", 50_000), ("Faker", "faker", 5_000)];

/// Prints rates of ours (indexes in place, and built after) beside theirs.
pub(super) fn compare(url: &str, rows: u64, [in_place, after]: [f64; 2]) {
    let python = match environment() {
        Ok(python) => python,
        Err(reason) => {
            println!("Mimesis and Faker: skipped, {reason}");
            return;
        }
    };
    for (name, tool, most) in RIVALS {
        let rows = most.min(rows);
        match seconds(&python, tool, url, rows) {
            Ok(seconds) => {
                let theirs = rows as f64 / seconds;
                let what = |how| format!("PostgreSQL, {how}: {name} → COPY, indexes in place");
                print_rates(&what("indexes in place"), in_place, theirs, None);
                print_rates(&what("empty table"), after, theirs, None);
            }
            Err(reason) => println!("{name}: skipped, {reason}"),
        }
    }
}

/// A Python with what the rivals need, kept under `target/` for the next time.
fn environment() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-python");
    let python = folder.join("bin/python");
    if done(Command::new(&python).args(["-c", "import faker, mimesis, psycopg, pytz"])).is_ok() {
        return Ok(python);
    }
    done(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .map_err(|reason| format!("no Python environment: {reason}"))?;
    done(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "psycopg[binary]",
        "mimesis",
        "pytz",
        "faker",
    ]))
    .map_err(|reason| format!("packages cannot be installed: {reason}"))?;
    Ok(python)
}

fn done(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(said.lines().last().unwrap_or("no reason given").to_owned())
}

fn seconds(python: &Path, tool: &str, url: &str, rows: u64) -> Result<f64, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/seed/rivals.py");
    let mut command = Command::new(python);
    let said = done(command.arg(script).args([tool, url, &rows.to_string()]))?;
    said.trim().parse().map_err(|_| format!("it said {said:?}"))
}
