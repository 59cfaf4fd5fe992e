//! The page of a trace: head, list of steps with a time line, and one section for each step.

use base64::Engine as _;

use super::panels;
use super::{Picture, Trace, TraceStep};
use crate::measure::units;
use crate::report::html::write::{Text, put, with_code};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("walk.js");

/// The whole page.
pub(super) fn page(trace: &Trace) -> String {
    let mut out = String::with_capacity(1024 * 1024);
    put!(
        out,
        "<!doctype html><html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <meta name=color-scheme content=\"light dark\">\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\
         <title>{} · Rehearsal trace</title><style>{STYLE}</style></head><body>",
        Text(&trace.name)
    );
    header(&mut out, trace);
    put!(out, "<div class=walk><nav aria-label=Steps><ol>");
    let end = trace
        .steps
        .iter()
        .map(|step| step.started_ms + step.duration_ms)
        .fold(1.0, f64::max);
    let mut flow = None;
    for (number, step) in trace.steps.iter().enumerate() {
        if flow != Some(&step.flow) {
            flow = Some(&step.flow);
            put!(out, "<li class=flow>{}</li>", Text(&step.flow));
        }
        entry(&mut out, number, step, end);
    }
    put!(out, "</ol></nav><main>");
    for (number, step) in trace.steps.iter().enumerate() {
        section(&mut out, number, step, trace.steps.len());
    }
    if trace.steps.is_empty() {
        put!(
            out,
            "<section class=step><p>No step was played.</p></section>"
        );
    }
    put!(
        out,
        "</main></div><script>{SCRIPT}</script></body></html>\n"
    );
    out
}

fn header(out: &mut String, trace: &Trace) {
    let failed = trace.steps.iter().find(|step| step.failure.is_some());
    let (class, word) = match failed {
        Some(_) => ("poor", "Failed"),
        None => ("good", "Passed"),
    };
    let ms: f64 = trace.steps.iter().map(|step| step.duration_ms).sum();
    put!(
        out,
        "<header><p class=brand>Rehearsal trace</p><h1>{} <span class=\"badge {class}\">{word}\
         </span></h1><p class=meta><span>{}</span> <span>{}</span> <span><time datetime=\"{}\">{} \
         UTC</time></span> <span>{}</span></p></header>",
        Text(&trace.name),
        units::plural(trace.steps.len() as u64, "step"),
        units::seconds(ms / 1_000.0),
        trace.started,
        trace.started.strftime("%-d %B %Y, %H:%M"),
        Text(&trace.browser)
    );
}

/// A step in the list.
fn entry(out: &mut String, number: usize, step: &TraceStep, end: f64) {
    let (class, mark) = step.mark();
    let left = step.started_ms / end * 100.0;
    let width = (step.duration_ms / end * 100.0).max(0.6);
    put!(
        out,
        "<li><a href=\"#step-{}\"><span class=\"mark {class}\" aria-hidden=true>{mark}</span>\
         <span class=index>{}</span><span class=name>{}</span><span class=took>{}</span>\
         <span class=line><i class={class} style=\"left:{left:.2}%;width:{width:.2}%\"></i></span>",
        number + 1,
        step.index + 1,
        Text(&step.name),
        units::milliseconds(step.duration_ms)
    );
    let mut notes = Vec::new();
    if step.healed.is_some() {
        notes.push("healed");
    }
    if step.repeated {
        notes.push("done twice");
    }
    if !notes.is_empty() {
        put!(out, "<span class=notes>{}</span>", notes.join(", "));
    }
    put!(out, "</a></li>");
}

fn section(out: &mut String, number: usize, step: &TraceStep, all: usize) {
    let (class, mark) = step.mark();
    put!(
        out,
        "<section class=step id=\"step-{0}\" aria-label=\"Step {0}\"><div class=title>\
         <h2><span class=\"mark {class}\">{mark}</span> {1}</h2><p class=pager>\
         <a class=back href=\"#step-{2}\" title=\"Step before (↑)\">↑</a>\
         <span>{0} of {all}</span><a class=on href=\"#step-{3}\" title=\"Next step (↓)\">↓</a></p></div>",
        number + 1,
        Text(&step.name),
        number.max(1),
        (number + 2).min(all)
    );
    if let Some(failure) = &step.failure {
        put!(out, "<p class=failure>{}</p>", with_code(failure));
    }
    pictures(out, step);
    panels::panels(out, number, step);
    put!(out, "</section>");
}

fn pictures(out: &mut String, step: &TraceStep) {
    let shots = [("before", &step.before), ("after", &step.after)];
    let there: Vec<_> = shots
        .into_iter()
        .filter_map(|(name, shot)| Some((name, shot.as_ref()?)))
        .collect();
    put!(
        out,
        "<div class=pictures><div class=bar><p class=address>{}</p>",
        Text(&step.url)
    );
    if there.len() > 1 {
        put!(
            out,
            "<p class=choice><button type=button data-shot=before aria-pressed=true>Before</button>\
             <button type=button data-shot=after aria-pressed=false>After</button></p>"
        );
    }
    put!(out, "</div>");
    for (name, shot) in &there {
        put!(
            out,
            "<figure data-shot={name}><img loading=lazy alt=\"The page {name} the step\" src=\"{}\">",
            data_url(shot)
        );
        if *name == "before" {
            aim(out, step);
        }
        put!(out, "</figure>");
    }
    if there.is_empty() {
        put!(out, "<p class=empty>The page could not be shown.</p>");
    }
    put!(out, "</div>");
}

/// The element and the point that were acted on, in parts of the picture.
fn aim(out: &mut String, step: &TraceStep) {
    let Some((width, height)) = step.viewport else {
        return;
    };
    let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
    if let Some([left, top, across, down]) = step.element {
        put!(
            out,
            "<span class=element style=\"left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%\"></span>",
            left / width * 100.0,
            top / height * 100.0,
            across / width * 100.0,
            down / height * 100.0
        );
    }
    if let Some([x, y]) = step.point {
        put!(
            out,
            "<span class=point style=\"left:{:.3}%;top:{:.3}%\"></span>",
            x / width * 100.0,
            y / height * 100.0
        );
    }
}

fn data_url(picture: &Picture) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(&picture.bytes);
    format!("data:{};base64,{encoded}", picture.mime)
}
