//! Tables of steps, requests and failures.

use super::plot::clock;
use super::write::{Text, bad, dash, ms, number, put, size, template, with_code};
use crate::measure::{
    FailureRow, HealingRow, RequestRow, Requests, Statistics, StepRow, Summary, describe, units,
};
use crate::sample::RequestClass;

/// Rows of the tables of slow and failing requests.
const TOP: usize = 8;

/// Steps by flow, with a bar from p50 to p95 on a common scale.
pub(super) fn steps(out: &mut String, steps: &[StepRow]) {
    let scale = steps
        .iter()
        .filter_map(|step| step.duration_ms.map(|all| all.p99))
        .fold(1.0_f64, f64::max);
    put!(
        out,
        "<div class=scroll><table class=numbers><thead><tr><th class=wide>Step<th>count\
         <th>failed<th>p50<th>p75<th>p90<th>p95<th>p99<th>max<th class=spread>\
         <span>p50 <span class=to>to</span> p99</span></thead>"
    );
    let mut flow = None;
    for step in steps {
        if flow != Some(&step.flow) {
            flow = Some(&step.flow);
            put!(
                out,
                "<tr class=group><th colspan=10 scope=rowgroup><span>{}</span></tr>",
                Text(&step.flow)
            );
        }
        let all = step.duration_ms.as_ref();
        put!(
            out,
            "<tr><td class=name><span class=index>{}</span>{}",
            step.index + 1,
            Text(&step.name)
        );
        put!(out, "<td>{}<td>{}", number(step.count), bad(step.failed));
        for value in STATISTICS {
            put!(out, "<td>{}", ms(all, value));
        }
        put!(out, "<td class=spread>{}</tr>", spread(all, scale));
    }
    put!(out, "</table></div>");
}

const STATISTICS: [fn(&Statistics) -> f64; 6] = [
    |s| s.p50,
    |s| s.p75,
    |s| s.p90,
    |s| s.p95,
    |s| s.p99,
    |s| s.max,
];

/// A bar from p50 to p95 and a fine one on to p99.
fn spread(statistics: Option<&Statistics>, scale: f64) -> String {
    let Some(all) = statistics else {
        return dash();
    };
    let [p50, p95, p99] = [all.p50, all.p95, all.p99].map(|v| (v / scale * 100.0).min(100.0));
    format!(
        "<span class=range><span class=tail style=\"left:{p50:.1}%;width:{:.1}%\"></span>\
         <span class=body style=\"left:{p50:.1}%;width:{:.1}%\"></span></span>",
        p99 - p50,
        (p95 - p50).max(0.5)
    )
}

/// Requests by class, with what the cache saved.
pub(super) fn classes(out: &mut String, requests: &Requests) {
    put!(
        out,
        "<div class=scroll><table class=numbers><thead><tr><th class=wide>Class<th>count<th>failed\
         <th>given up<th>from cache<th>revalidated<th>bytes<th>p50<th>p95<th>p99<th>max</thead>"
    );
    for (name, class) in &requests.by_class {
        if class.count == 0 {
            continue;
        }
        put!(out, "<tr><td class=name>{}", Text(name));
        put!(out, "<td>{}<td>{}", number(class.count), bad(class.failed));
        put!(
            out,
            "<td>{}<td>{}",
            number(class.aborted),
            number(class.from_cache)
        );
        put!(
            out,
            "<td>{}<td>{}",
            number(class.revalidated),
            size(class.bytes)
        );
        times(out, class.duration_ms.as_ref());
        put!(out, "</tr>");
    }
    put!(out, "<tfoot><tr><td class=name>all");
    put!(
        out,
        "<td>{}<td>{}",
        number(requests.total),
        bad(requests.failed)
    );
    put!(
        out,
        "<td>{}<td>{}",
        number(requests.aborted),
        number(requests.from_cache)
    );
    put!(
        out,
        "<td>{}<td>{}",
        number(requests.revalidated),
        size(requests.bytes)
    );
    times(out, requests.duration_ms.as_ref());
    put!(out, "</tfoot></table></div>");
    if requests.blocked > 0 {
        blocked(out, requests);
    }
}

fn times(out: &mut String, statistics: Option<&Statistics>) {
    let columns: [fn(&Statistics) -> f64; 4] = [|s| s.p50, |s| s.p95, |s| s.p99, |s| s.max];
    for value in columns {
        put!(out, "<td>{}", ms(statistics, value));
    }
}

fn blocked(out: &mut String, requests: &Requests) {
    put!(
        out,
        "<p class=note>{} to other hosts than the target’s were blocked; no server saw them: ",
        units::plural(requests.blocked, "request")
    );
    for (index, (host, count)) in requests.blocked_hosts.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        put!(
            out,
            "{separator}<code>{}</code> ({})",
            Text(host),
            units::count(*count)
        );
    }
    put!(
        out,
        ". Hosts that belong to the site go into <code>allow</code>.</p>"
    );
}

/// The slowest and the failing requests, and all of them behind a click.
pub(super) fn templates(out: &mut String, requests: &Requests) {
    let mut slow: Vec<_> = requests
        .by_template
        .iter()
        .filter(|row| row.class != RequestClass::Websocket && row.duration_ms.is_some())
        .collect();
    let tail = |row: &RequestRow| row.duration_ms.map_or(0.0, |all| all.p95);
    slow.sort_by(|a, b| tail(b).total_cmp(&tail(a)));
    slow.truncate(TOP);
    if !slow.is_empty() {
        put!(out, "<h3>Slowest</h3>");
        template_table(out, &slow);
    }
    let mut failing: Vec<_> = requests
        .by_template
        .iter()
        .filter(|row| row.failed > 0)
        .collect();
    failing.sort_by_key(|row| std::cmp::Reverse(row.failed));
    failing.truncate(TOP);
    if !failing.is_empty() {
        put!(out, "<h3>Most failing</h3>");
        template_table(out, &failing);
    }
    let all: Vec<_> = requests.by_template.iter().collect();
    put!(
        out,
        "<details><summary>All {}</summary>",
        units::plural(all.len() as u64, "request template")
    );
    template_table(out, &all);
    put!(out, "</details>");
}

fn template_table(out: &mut String, rows: &[&RequestRow]) {
    put!(
        out,
        "<div class=scroll><table class=numbers><thead><tr><th class=wide>Request<th class=word>\
         class<th>count<th>failed<th class=word>statuses<th>from cache<th>bytes<th>p50<th>p95\
         <th>p99<th>max</thead>"
    );
    for row in rows {
        put!(
            out,
            "<tr><td class=\"name url\"><span class=method>{}</span>{}<td class=word>{}",
            Text(&row.method),
            template(&row.url),
            row.class.name()
        );
        put!(
            out,
            "<td>{}<td>{}<td class=word>",
            number(row.count),
            bad(row.failed)
        );
        for (index, (status, count)) in row.statuses.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            put!(
                out,
                "{separator}{} <span class=none>×</span> {}",
                status,
                units::count(*count)
            );
        }
        put!(out, "<td>{}<td>{}", number(row.from_cache), size(row.bytes));
        times(out, row.duration_ms.as_ref());
        put!(out, "</tr>");
    }
    put!(out, "</table></div>");
}

/// Iterations per persona and flow.
pub(super) fn flows(out: &mut String, summary: &Summary) {
    put!(
        out,
        "<div class=scroll><table class=numbers><thead><tr><th class=wide>Flow<th class=word>persona\
         <th>started<th>passed<th>failed<th>interrupted<th>p50<th>p95<th>max</thead>"
    );
    for row in &summary.flows {
        let all = row.duration_ms.as_ref();
        put!(
            out,
            "<tr><td class=name>{}<td class=word>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>",
            Text(&row.flow),
            Text(&row.persona),
            number(row.iterations.started),
            number(row.iterations.passed),
            bad(row.iterations.failed),
            number(row.iterations.interrupted),
            ms(all, |s| s.p50),
            ms(all, |s| s.p95),
            ms(all, |s| s.max)
        );
    }
    put!(out, "</table></div>");
}

/// Steps whose element was found by what it looks like.
pub(super) fn healings(out: &mut String, healings: &[HealingRow]) {
    put!(
        out,
        "<div class=scroll><table class=failures><thead><tr><th class=number>count<th>step\
         <th>selectors of the flow<th>found by<th class=number>likeness</thead>"
    );
    for row in healings {
        put!(
            out,
            "<tr><td class=number>{}<td>{}<br><span class=step>{} {}</span><td>{}<td>{}\
             <td class=number>{}</tr>",
            units::count(row.count),
            Text(&row.flow),
            row.step + 1,
            Text(&row.name),
            with_code(&row.from),
            with_code(&row.to),
            units::share(row.lowest_score)
        );
    }
    put!(out, "</table></div>");
}

/// Failures with one line each.
pub(super) fn failures(out: &mut String, failures: &[FailureRow]) {
    put!(
        out,
        "<div class=scroll><table class=failures><thead><tr><th class=number>count<th>what\
         <th>where<th class=number>first<th class=number>last</thead>"
    );
    for row in failures {
        put!(
            out,
            "<tr><td class=number><b class=poor>{}</b><td><b>{}</b><br>{}\
             {}<td>{}<br><span class=step>{}</span>\
             <td class=number>{}<td class=number>{}</tr>",
            units::count(row.count),
            row.cause.map_or("", describe),
            with_code(&row.message),
            evidence(&row.evidence),
            Text(&row.flow),
            Text(&row.step),
            clock(row.first_s as u32),
            clock(row.last_s as u32)
        );
    }
    put!(out, "</table></div>");
}

/// Links to what the pages showed, beside this file.
fn evidence(folders: &[String]) -> String {
    let mut out = String::new();
    for folder in folders {
        let folder = Text(folder);
        put!(
            out,
            "<span class=shown><a href=\"{folder}/screenshot.png\"><img loading=lazy alt=\"What the \
             page showed\" src=\"{folder}/screenshot.png\"></a><span><a href=\"{folder}/dom.html\">\
             document</a><a href=\"{folder}/console.json\">console</a><a href=\"{folder}/step.har\">\
             requests</a><a href=\"{folder}/failure.json\">last actions</a></span></span>"
        );
    }
    if out.is_empty() {
        return out;
    }
    format!("<span class=evidence>{out}</span>")
}
