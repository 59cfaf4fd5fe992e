//! Thresholds, the generator, what was run, and how to read it all.

use super::write::{Text, dash, put, with_code};
use crate::measure::{Summary, TAINT_LIMIT, ThresholdRow, units};
use crate::report::RunInfo;

/// Thresholds with what was observed.
pub(super) fn thresholds(out: &mut String, thresholds: &[ThresholdRow]) {
    put!(
        out,
        "<div class=scroll><table class=thresholds><thead><tr><th>Rule<th class=number>observed\
         <th>result</thead>"
    );
    for row in thresholds {
        let observed = row
            .observed
            .map_or_else(dash, |value| units::value(value, row.unit));
        let result = if row.ok {
            "<span class=good>✓ held</span>"
        } else {
            "<span class=poor>✕ failed</span>"
        };
        put!(
            out,
            "<tr><td><code>{}</code><td class=number>{observed}<td>{result}",
            Text(&row.rule)
        );
        if let Some(reason) = &row.reason {
            put!(out, " <span class=note>{}</span>", with_code(reason));
        }
        put!(out, "</tr>");
    }
    put!(out, "</table></div>");
}

/// Health of the machine that made the load.
pub(super) fn generator(out: &mut String, summary: &Summary, info: &RunInfo) {
    let generator = &summary.generator;
    let host = &info.host;
    let steps: u64 = summary.steps.iter().map(|step| step.count).sum();
    let tainted = generator.tainted_samples as f64 / steps.max(1) as f64;
    put!(out, "<dl class=facts>");
    fact(
        out,
        "Machine",
        &format!(
            "{}, {}, {}, {}",
            host.os,
            host.architecture,
            units::plural(host.cores, "core"),
            units::bytes(host.memory_bytes)
        ),
    );
    fact(
        out,
        "CPU in use",
        &format!(
            "{} of all cores on average, {} at most",
            units::share(generator.cpu_share),
            units::share(generator.cpu_share_max)
        ),
    );
    let started = summary.iterations.started.max(1) as f64;
    fact(
        out,
        "CPU time",
        &format!(
            "browsers {:.1} s, driver {:.1} s; per iteration {:.2} s and {:.2} s",
            generator.browser_cpu_s,
            generator.driver_cpu_s,
            generator.browser_cpu_s / started,
            generator.driver_cpu_s / started
        ),
    );
    fact(
        out,
        "Memory",
        &format!(
            "{} at most, driver and browsers",
            units::bytes(generator.rss_bytes)
        ),
    );
    if let Some(lag) = &generator.loop_lag_ms {
        fact(
            out,
            "Event loop lag",
            &format!(
                "p50 {}, p95 {}, at most {}",
                units::milliseconds(lag.p50),
                units::milliseconds(lag.p95),
                units::milliseconds(lag.max)
            ),
        );
    }
    let mut starved = format!(
        "{} ({}) measured while the generator was starved; a run with more than {} is invalid",
        units::plural(generator.tainted_samples, "step"),
        units::share(tainted),
        units::share(TAINT_LIMIT)
    );
    if let Some(all) = &generator.tainted_ms {
        put!(
            starved,
            ". They are counted, but their times are kept apart: p50 {}, p95 {}",
            units::milliseconds(all.p50),
            units::milliseconds(all.p95)
        );
    }
    fact(out, "Starved steps", &starved);
    fact(
        out,
        "Restarts",
        &format!(
            "{} after a crash; {} got a new page or browser",
            units::plural(generator.browser_restarts, "browser"),
            units::plural(summary.users.restarted, "user")
        ),
    );
    put!(out, "</dl>");
}

/// The workload, the versions and the data.
pub(super) fn run(out: &mut String, summary: &Summary, info: &RunInfo) {
    put!(out, "<dl class=facts>");
    fact(out, "Target", &info.target);
    if !info.allow.is_empty() {
        fact(out, "Further hosts", &info.allow.join(", "));
    }
    fact(out, "Load", &info.stages.join(", then "));
    if info.warmup_s > 0.0 {
        let iterations = units::plural(summary.warmup.iterations, "iteration");
        let length = units::seconds(info.warmup_s);
        fact(
            out,
            "Warm-up",
            &format!("{length}, in which {iterations} began"),
        );
    }
    for persona in &info.personas {
        let flows: Vec<_> = persona
            .flows
            .iter()
            .map(|(flow, weight)| match persona.flows.len() {
                1 => flow.clone(),
                _ => format!("{flow} (weight {weight})"),
            })
            .collect();
        let feed = persona
            .feed
            .as_ref()
            .map_or(String::new(), |feed| format!("; data from {feed}"));
        fact(
            out,
            &format!("Persona {}", persona.name),
            &format!(
                "{}: {}; think time {}{feed}; {}",
                persona.share,
                flows.join(", "),
                persona.think,
                persona.browser
            ),
        );
    }
    data(out, summary, info);
    fact(out, "Random seed", &info.random_seed.to_string());
    let commit = info
        .git_commit
        .as_ref()
        .map_or(String::new(), |commit| format!("; commit {commit}"));
    fact(
        out,
        "Versions",
        &format!("Rehearsal {}, {}{commit}", info.rehearsal, info.browser),
    );
    put!(out, "</dl>");
}

fn data(out: &mut String, summary: &Summary, info: &RunInfo) {
    if let Some(seed) = &info.seed {
        fact(
            out,
            "Seeded",
            &format!("{} into {}, scale {}", seed.plan, seed.database, seed.scale),
        );
    }
    if summary.data.rows.is_empty() {
        return;
    }
    let rows: Vec<_> = summary
        .data
        .rows
        .iter()
        .map(|(table, rows)| format!("{table} {}", units::count(*rows)))
        .collect();
    let total = units::plural(summary.data.rows.values().sum(), "row");
    fact(out, "Rows", &format!("{total}: {}", rows.join(", ")));
    if !summary.data.fingerprint.is_empty() {
        fact(out, "Data fingerprint", &summary.data.fingerprint);
    }
}

fn fact(out: &mut String, name: &str, value: &str) {
    put!(out, "<div><dt>{}<dd>{}</div>", Text(name), Text(value));
}

/// What the numbers mean.
pub(super) fn how_to_read(out: &mut String) {
    put!(
        out,
        "<section id=read><details><summary><h2>How to read this</h2></summary><dl class=facts>"
    );
    for (name, text) in [
        (
            "Percentiles",
            "p95 is the time that 95 of 100 did not exceed. They are exact to 0.1 %, in the charts to 1 %.",
        ),
        (
            "Step latency",
            "Counts from the moment the user meant to act, not from when the tool got round to it, \
             and ends when the effect was there. Failed steps keep their time.",
        ),
        (
            "Warm-up",
            "What was meant to begin in the warm-up is left out of times, rates and thresholds. \
             Numbers of iterations, requests and bytes are of the whole run, so that they can be \
             compared with the server’s log.",
        ),
        (
            "Requests",
            "“From cache” never reached the server; “revalidated” is a 304. “Given up” means that the \
             page itself aborted it, by leaving for example. “Poll” is what a page repeats by itself. \
             The time of a WebSocket is its life, and is in no other row.",
        ),
        (
            "Starved steps",
            "When the machine that makes the load cannot keep up, what it measures is its own \
             slowness. Such steps are counted, but their times are kept apart.",
        ),
        (
            "Verdict",
            "Fail: a threshold did not hold (no data is not holding), nothing passed, or an iteration \
             failed that no threshold on errors.rate or iterations.failed allows. Invalid: too many \
             starved steps; nothing can then be said about the site.",
        ),
    ] {
        fact(out, name, text);
    }
    put!(out, "</dl></details></section>");
}
