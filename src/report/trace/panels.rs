//! What is known of a step beside its pictures: Action, Console, Network, DOM.

use super::{Exchange, TraceStep};
use crate::measure::units;
use crate::report::html::write::{Text, put, with_code};

/// Most characters of a document that a trace shows; it holds one for each step.
const LONGEST: usize = 400_000;

/// The panels, with what chooses among them.
pub(super) fn panels(out: &mut String, number: usize, step: &TraceStep) {
    let bad = |exchange: &&Exchange| is_bad(exchange);
    let errors = step.console.iter().filter(|line| line.level == "error");
    let tabs = [
        ("action", "Action", 0, false),
        ("console", "Console", step.console.len(), errors.count() > 0),
        (
            "network",
            "Network",
            step.requests.len(),
            step.requests.iter().any(|exchange| bad(&exchange)),
        ),
        ("dom", "DOM", 0, false),
    ];
    put!(out, "<div class=tabs role=tablist>");
    for (index, (id, name, count, alarm)) in tabs.into_iter().enumerate() {
        put!(
            out,
            "<button type=button role=tab data-tab={id} aria-selected={} aria-controls=\"{id}-{}\">\
             {name}",
            index == 0,
            number + 1
        );
        if count > 0 {
            let class = if alarm { "count poor" } else { "count" };
            put!(out, " <span class=\"{class}\">{count}</span>");
        }
        put!(out, "</button>");
    }
    put!(out, "</div>");
    for (id, title, write) in [
        ("action", "Action", action as fn(&mut String, &TraceStep)),
        ("console", "Console", console),
        ("network", "Network", network),
        ("dom", "DOM", dom),
    ] {
        put!(
            out,
            "<div class=panel role=tabpanel data-tab={id} id=\"{id}-{}\"><h3>{title}</h3>",
            number + 1
        );
        write(out, step);
        put!(out, "</div>");
    }
}

fn action(out: &mut String, step: &TraceStep) {
    put!(out, "<dl class=facts>");
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            put!(out, "<div><dt>{name}<dd>{value}</div>");
        }
    };
    fact("Action", &Text(&step.action).to_string());
    fact("Selectors", &with_code(&step.selectors));
    let engine = if step.engine_ms >= 1.0 {
        format!(
            ", of which {} a person would not have spent",
            units::milliseconds(step.engine_ms)
        )
    } else {
        String::new()
    };
    fact(
        "Time",
        &format!(
            "{}{engine}; began {} after the first step",
            units::milliseconds(step.duration_ms),
            units::milliseconds(step.started_ms)
        ),
    );
    if let Some([x, y]) = step.point {
        fact("Point", &format!("{x:.0}, {y:.0}"));
    }
    if let Some([left, top, width, height]) = step.element {
        fact(
            "Element",
            &format!("{width:.0} × {height:.0} at {left:.0}, {top:.0}"),
        );
    }
    if let Some(healed) = &step.healed {
        fact(
            "Healed",
            &format!(
                "{} → {}, likeness {}",
                with_code(&healed.from),
                with_code(&healed.to),
                units::share(healed.score)
            ),
        );
    }
    if step.repeated {
        fact(
            "Repeated",
            "done once more, since the first time had no effect",
        );
    }
    if step.skipped {
        fact("Skipped", "its element may be absent, and was");
    }
    fact("Page", &Text(&step.url).to_string());
    fact("Title", &Text(&step.title).to_string());
    put!(out, "</dl>");
}

fn console(out: &mut String, step: &TraceStep) {
    if step.console.is_empty() {
        put!(out, "<p class=empty>Nothing was written.</p>");
        return;
    }
    put!(out, "<ul class=console>");
    for line in &step.console {
        let class = match line.level.as_str() {
            "error" | "assert" => "poor",
            "warning" => "middling",
            _ => "soft",
        };
        put!(
            out,
            "<li><span class=\"level {class}\">{}</span><pre>{}</pre>",
            Text(&line.level),
            Text(&line.text)
        );
        if let Some(source) = &line.source {
            put!(out, "<span class=source>{}</span>", Text(source));
        }
        put!(out, "</li>");
    }
    put!(out, "</ul>");
}

fn network(out: &mut String, step: &TraceStep) {
    if step.requests.is_empty() {
        put!(out, "<p class=empty>Nothing was asked for.</p>");
        return;
    }
    let begin = step.requests.iter().map(|one| one.started_ms);
    let begin = begin.fold(0.0, f64::min);
    let ends = step
        .requests
        .iter()
        .map(|one| one.started_ms + one.duration_ms);
    let end = ends.fold(step.duration_ms, f64::max);
    let part = |ms: f64| ms / (end - begin).max(1.0) * 100.0;
    put!(
        out,
        "<div class=scroll><table><thead><tr><th>Request<th>answer<th>class<th class=number>bytes\
         <th class=number>time<th class=bars><span>{}</span></thead>",
        units::milliseconds(end - begin)
    );
    for one in &step.requests {
        let answer = match one.status {
            0 => one.error.clone(),
            status if one.delivery == "network" => status.to_string(),
            status => format!("{status} {}", one.delivery),
        };
        let class = if is_bad(one) { "poor" } else { "soft" };
        put!(
            out,
            "<tr><td class=url><b>{}</b> {}<td class={class}>{}<td class=soft>{}<td class=number>{}\
             <td class=number>{}<td class=bars><span class=bar style=\"left:{:.2}%;width:{:.2}%\">\
             <i style=\"width:{:.2}%\"></i></span></tr>",
            Text(&one.method),
            Text(&one.url),
            Text(&answer),
            Text(&one.class),
            units::bytes(one.bytes),
            units::milliseconds(one.duration_ms),
            part(one.started_ms - begin),
            part(one.duration_ms).max(0.5),
            (one.wait_ms / one.duration_ms.max(0.1) * 100.0).min(100.0)
        );
    }
    put!(out, "</table></div>");
}

fn dom(out: &mut String, step: &TraceStep) {
    let Some(html) = &step.dom else {
        put!(out, "<p class=empty>The document could not be read.</p>");
        return;
    };
    let end = html.char_indices().nth(LONGEST).map(|(end, _)| end);
    let shown = &html[..end.unwrap_or(html.len())];
    put!(out, "<pre class=dom tabindex=0>{}</pre>", Text(shown));
    if shown.len() < html.len() {
        put!(out, "<p class=empty>Cut off here.</p>");
    }
}

fn is_bad(exchange: &Exchange) -> bool {
    exchange.status >= 400 || (exchange.status == 0 && exchange.error != "net::ERR_ABORTED")
}
