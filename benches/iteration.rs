//! What an iteration costs: the driver's CPU beside Chromium's, in one run against the built-in
//! shop. `cargo bench --bench iteration`; the shop and the program are processes of their own.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const USERS: &str = "4";

fn main() {
    let root = env!("CARGO_MANIFEST_DIR");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = env!("CARGO_BIN_EXE_rehearsal");
    let database = folder.path().join("shop.db");
    let mut shop = Command::new(program)
        .args(["storefront", "--port", "0", "--database"])
        .arg(&database)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the shop starts");
    let mut line = String::new();
    BufReader::new(shop.stdout.take().expect("stdout is piped"))
        .read_line(&mut line)
        .expect("the shop says where it listens");
    let url = line.trim().rsplit(' ').next().expect("an address");
    let workload = folder.path().join("rehearsal.toml");
    std::fs::write(
        &workload,
        format!(
            "[target]\nurl = \"{url}\"\n[seed]\nplan = \"{root}/fixtures/shop.toml\"\n\
             database = \"{}\"\n[[persona]]\nname = \"visitor\"\nthink = \"none\"\n\
             flows = [\"{root}/flows/browse.json\"]\n\
             [load]\nusers = [{{ to = {USERS}, over = \"1s\" }}, {{ hold = \"29s\" }}]\n\
             [thresholds]\n\"errors.rate\" = \"< 100%\"\n",
            database.display()
        ),
    )
    .expect("a workload");
    let output = Command::new(program)
        .args(["run", "--json", "--runs"])
        .arg(folder.path().join("runs"))
        .arg(&workload)
        .stderr(Stdio::inherit())
        .output();
    let _ = shop.kill();
    let _ = shop.wait();
    let summary: serde_json::Value =
        serde_json::from_slice(&output.expect("a run").stdout).expect("a summary");
    let number = |path: &str| summary.pointer(path).and_then(serde_json::Value::as_f64);
    let iterations = number("/iterations/passed").expect("iterations");
    let per_iteration = |path: &str| number(path).expect("CPU seconds") * 1000.0 / iterations;
    let driver = per_iteration("/generator/driver_cpu_s");
    let browser = per_iteration("/generator/browser_cpu_s");
    println!("{USERS} users without think time, {iterations} iterations of 11 steps");
    println!("  Chromium  {browser:>8.0} ms CPU per iteration");
    println!(
        "  driver    {driver:>8.0} ms CPU per iteration, {:.1} % of both",
        100.0 * driver / (driver + browser)
    );
}
