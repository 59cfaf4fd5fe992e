//! The page: head, verdict, key figures, and the order of what follows.

use super::charts::charts;
use super::details;
use super::page_table;
use super::tables;
use super::write::{Text, put, with_code};
use crate::measure::{Ended, Statistics, Summary, Verdict, units};
use crate::report::RunInfo;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("hover.js");

/// The whole page.
pub(super) fn page(summary: &Summary, info: &RunInfo) -> String {
    let mut out = String::with_capacity(256 * 1024);
    head(&mut out, summary, info);
    title(&mut out, summary, info);
    verdict(&mut out, summary);
    figures(&mut out, summary);
    if !summary.thresholds.is_empty() {
        section(&mut out, "thresholds", "Thresholds", "", |out| {
            details::thresholds(out, &summary.thresholds);
        });
    }
    if !summary.failures.is_empty() {
        let note = "Iterations that did not come to the end of their flow, by cause.";
        section(&mut out, "failures", "Failures", note, |out| {
            tables::failures(out, &summary.failures);
        });
    }
    put!(
        out,
        "<section id=time aria-label=\"Over time\"><h2>Over time</h2><div class=charts>"
    );
    for chart in charts(summary) {
        chart.write(&mut out);
    }
    put!(out, "</div>");
    if summary.warmup.duration_s > 0.0 {
        put!(
            out,
            "<p class=note><span class=\"key shade\"></span>Shaded: the warm-up of {}. It is drawn, \
             but left out of the times in the tables and of the thresholds.</p>",
            units::seconds(summary.warmup.duration_s)
        );
    }
    put!(out, "</section>");
    let note = "Time from the moment the user meant to act until its effect was there.";
    section(&mut out, "steps", "Steps", note, |out| {
        tables::steps(out, &summary.steps);
    });
    if !summary.pages.is_empty() {
        let note = "What the browsers measured while a page was open.";
        section(&mut out, "pages", "Pages", note, |out| {
            page_table::pages(out, &summary.pages);
        });
    }
    let note = "What the site was asked. Times are of requests that reached a server.";
    section(&mut out, "requests", "Requests", note, |out| {
        tables::classes(out, &summary.requests);
        tables::templates(out, &summary.requests);
    });
    if !summary.healings.is_empty() {
        let note = "Elements whose selectors no longer match, found by what they look like. \
                    The flow is older than the site: rehearsal play --fix mends it.";
        section(&mut out, "healed", "Healed steps", note, |out| {
            tables::healings(out, &summary.healings);
        });
    }
    let note = "Passes through a flow, with think time.";
    section(&mut out, "flows", "Iterations", note, |out| {
        tables::flows(out, summary);
    });
    let note = "Whether the machine that made the load could keep up with it.";
    section(&mut out, "generator", "Generator", note, |out| {
        details::generator(out, summary, info);
    });
    section(&mut out, "run", "What was run", "", |out| {
        details::run(out, summary, info);
    });
    details::how_to_read(&mut out);
    put!(
        out,
        "</main><footer>Rehearsal {} · this file is complete, it loads nothing</footer>\
         <div id=tip hidden></div><script>{SCRIPT}</script></body></html>\n",
        Text(&info.rehearsal)
    );
    out
}

fn head(out: &mut String, summary: &Summary, info: &RunInfo) {
    put!(
        out,
        "<!doctype html><html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <meta name=color-scheme content=\"light dark\">\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src 'self' file:\">\
         <title>{} · {} · Rehearsal</title><style>{STYLE}</style></head><body>",
        word(summary.verdict),
        Text(&info.name)
    );
}

fn title(out: &mut String, summary: &Summary, info: &RunInfo) {
    put!(
        out,
        "<header><p class=brand>Rehearsal</p><h1>{}</h1><p class=meta>\
         <span>{}</span> <span><time datetime=\"{}\">{} UTC</time></span> <span>{}</span> \
         <span>{}</span></p></header><main>",
        Text(&info.name),
        Text(&info.target),
        info.started,
        info.started.strftime("%-d %B %Y, %H:%M"),
        units::seconds(summary.duration_s),
        Text(&info.browser)
    );
}

fn verdict(out: &mut String, summary: &Summary) {
    let (class, mark) = match summary.verdict {
        Verdict::Pass => ("good", '✓'),
        Verdict::Fail => ("poor", '✕'),
        Verdict::Invalid => ("middling", '!'),
    };
    put!(
        out,
        "<section class=\"verdict {class}\" aria-label=Verdict><p class=mark aria-hidden=true>\
         {mark}</p><div><p class=word>{}</p><p>{}</p>",
        word(summary.verdict),
        sentence(summary)
    );
    if !summary.reasons.is_empty() {
        put!(out, "<ul>");
        for reason in &summary.reasons {
            put!(out, "<li>{}</li>", with_code(reason));
        }
        put!(out, "</ul>");
    }
    put!(out, "</div></section>");
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Pass",
        Verdict::Fail => "Fail",
        Verdict::Invalid => "Invalid",
    }
}

/// What happened, in one or two sentences.
fn sentence(summary: &Summary) -> String {
    let iterations = &summary.iterations;
    let mut text = format!(
        "{} did {}: {} passed, {} failed",
        units::plural(u64::from(summary.users.peak), "user"),
        units::plural(iterations.started, "iteration"),
        units::count(iterations.passed),
        units::count(iterations.failed)
    );
    if iterations.interrupted > 0 {
        put!(
            text,
            ", {} cut off by the end of the run",
            units::count(iterations.interrupted)
        );
    }
    if iterations.dropped > 0 {
        put!(text, ", {} dropped", units::count(iterations.dropped));
    }
    text.push('.');
    if !summary.thresholds.is_empty() {
        let held = summary.thresholds.iter().filter(|row| row.ok).count() as u64;
        let all = units::plural(summary.thresholds.len() as u64, "threshold");
        put!(text, " {} of {all} held.", units::count(held));
    }
    match summary.ended {
        Ended::Completed => {}
        Ended::Interrupted => text.push_str(" The run was interrupted before its planned end."),
        Ended::Lost => text.push_str(
            " The run’s process ended before it could write this report; it was made from the \
             samples that were left.",
        ),
    }
    text
}

/// The key figures.
fn figures(out: &mut String, summary: &Summary) {
    let judged = (summary.duration_s - summary.warmup.duration_s).max(0.001);
    let steps: u64 = summary.steps.iter().map(|step| step.count).sum();
    let failed: u64 = summary.steps.iter().map(|step| step.failed).sum();
    let worst = |value: fn(&crate::measure::PageRow) -> Option<Statistics>| {
        summary
            .pages
            .iter()
            .filter_map(|page| value(page).map(|all| (all.p75, page.url.as_str())))
            .max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let slowest = summary
        .steps
        .iter()
        .filter_map(|step| step.duration_ms.map(|all| (all.p95, step.name.as_str())))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    put!(out, "<dl class=figures>");
    figure(
        out,
        "Users at most",
        &units::count(u64::from(summary.users.peak)),
        "at the same time",
    );
    figure(
        out,
        "Steps",
        &units::count(steps),
        &format!("{}/s", units::rate(steps as f64 / judged)),
    );
    let share = if steps == 0 {
        0.0
    } else {
        failed as f64 / steps as f64
    };
    figure(
        out,
        "Steps failed",
        &units::share(share),
        &units::plural(failed, "step"),
    );
    if let Some((p95, name)) = slowest {
        figure(out, "Slowest step, p95", &units::milliseconds(p95), name);
    }
    if let Some((p75, url)) = worst(|page| page.lcp_ms) {
        figure(out, "Slowest LCP, p75", &units::milliseconds(p75), url);
    }
    let requests = &summary.requests;
    let rate = requests.total as f64 / summary.duration_s.max(0.001);
    figure(
        out,
        "Requests",
        &units::count(requests.total),
        &format!("{}/s", units::rate(rate)),
    );
    let cached = format!("{} from cache", units::count(requests.from_cache));
    figure(out, "Transferred", &units::bytes(requests.bytes), &cached);
    let cpu = format!("{} at most", units::share(summary.generator.cpu_share_max));
    figure(
        out,
        "Generator CPU",
        &units::share(summary.generator.cpu_share),
        &cpu,
    );
    put!(out, "</dl>");
}

fn figure(out: &mut String, name: &str, value: &str, note: &str) {
    put!(
        out,
        "<div><dt>{}<dd>{}<p title=\"{}\">{}</p></div>",
        Text(name),
        Text(value),
        Text(note),
        Text(note)
    );
}

fn section(out: &mut String, id: &str, title: &str, note: &str, body: impl FnOnce(&mut String)) {
    put!(out, "<section id={id}><h2>{title}</h2>");
    if !note.is_empty() {
        put!(out, "<p class=note>{note}</p>");
    }
    body(out);
    put!(out, "</section>");
}
