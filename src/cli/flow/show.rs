//! A flow as a short story. Values that were typed are not told, only their templates.

use std::fmt::Write;

use rehearsal::flow::template::Needs;
use rehearsal::flow::{
    Choose, DialogKind, Effect, Expectation, Flow, Group, Repeat, Selectors, Step,
};
use serde_json::{Value, json};

/// The story as text.
pub(super) fn story(flow: &Flow) -> String {
    let mut out = format!("{}\n", flow.title);
    let origin = flow.origin();
    let origin = origin.map(|url| url.origin().ascii_serialization());
    let pause: u64 = flow
        .steps
        .iter()
        .filter_map(|step| step.extension.think_ms)
        .sum();
    let mut head = vec![format!("{} steps", flow.steps.len())];
    head.extend(origin);
    if pause > 0 {
        head.push(format!("{} of think time", seconds(pause)));
    }
    let needs = needs(flow);
    for (feed, columns) in needs.feeds.iter().filter(|(feed, _)| is_a_feed(feed)) {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        head.push(format!("feed {feed} ({})", columns.join(", ")));
    }
    head.extend(needs.secrets.iter().map(|name| format!("secret {name}")));
    let _ = writeln!(out, "{}\n", head.join(" · "));
    let mut group = None;
    for (index, step) in flow.steps.iter().enumerate() {
        if group != step.extension.group.as_deref() {
            group = step.extension.group.as_deref();
            if let Some(name) = group {
                let how = flow.extension.groups.get(name).map(how_often);
                let _ = writeln!(out, "     {name}{}", how.unwrap_or_default());
            }
        }
        let indent = if group.is_some() { "  " } else { "" };
        let _ = writeln!(out, "{:>3}  {indent}{}", index + 1, step.label());
        for detail in details(step) {
            let detail = detail.split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(out, "       {indent}{detail}");
        }
    }
    out
}

/// The same for machines.
pub(super) fn document(flow: &Flow) -> Value {
    let mut needs = needs(flow);
    needs.feeds.retain(|feed, _| is_a_feed(feed));
    let steps = flow.steps.iter().enumerate().map(|(index, step)| {
        json!({
            "index": index + 1,
            "name": step.label(),
            "action": step.action.name(),
            "group": step.extension.group,
            "think_ms": step.extension.think_ms,
            "template": step.extension.value,
            "details": details(step),
        })
    });
    json!({
        "version": 1,
        "title": flow.title,
        "origin": flow.origin().map(|url| url.origin().ascii_serialization()),
        "feeds": needs.feeds,
        "secrets": needs.secrets,
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn needs(flow: &Flow) -> Needs {
    let mut needs = Needs::default();
    needs.add(flow);
    needs
}

/// What a seed plan gives, and not Rehearsal itself.
fn is_a_feed(name: &str) -> bool {
    !["flow", "iteration", "date"].contains(&name)
}

fn how_often(group: &Group) -> String {
    let mut out = match &group.repeat {
        None => String::new(),
        Some(Repeat::Times(times)) => format!(", {times} times"),
        Some(Repeat::Between([least, most])) => format!(", {least} to {most} times"),
        Some(Repeat::While(repeat)) => format!(
            ", while {} is visible, at most {} times",
            repeat.visible.label(),
            repeat.at_most
        ),
    };
    if group.optional {
        out.push_str(", if its first element is there");
    }
    out
}

fn details(step: &Step) -> Vec<String> {
    let extension = &step.extension;
    let mut out = Vec::new();
    if let Some(ms) = extension.think_ms {
        out.push(format!("after {}", seconds(ms)));
    }
    if let Some(template) = &extension.value {
        out.push(format!("value {template}"));
    }
    if extension.choose == Some(Choose::Any) {
        out.push("any one of several".to_owned());
    }
    if extension.optional {
        out.push("if it is there".to_owned());
    }
    if let Some(tab) = extension.tab.filter(|tab| *tab > 0) {
        out.push(format!("in tab {tab}"));
    } else if let Some(target) = step.target.as_deref().filter(|target| *target != "main") {
        out.push(format!("on {target}"));
    }
    if !extension.frames.is_empty() {
        let frames = extension.frames.iter().map(Selectors::label);
        out.push(format!(
            "in frame {}",
            frames.collect::<Vec<_>>().join(" > ")
        ));
    } else if !step.frame.is_empty() {
        let frames = step.frame.iter().map(ToString::to_string);
        out.push(format!(
            "in frame {}",
            frames.collect::<Vec<_>>().join(" > ")
        ));
    }
    for dialog in &extension.dialogs {
        let kind = match dialog.kind {
            DialogKind::Alert => "alert",
            DialogKind::Confirm => "confirm",
            DialogKind::Prompt => "prompt",
            DialogKind::Beforeunload => "beforeunload",
        };
        let answer = if dialog.accept { "OK" } else { "Cancel" };
        out.push(format!("dialog {kind}: {answer}"));
    }
    for what in step.left_out_elsewhere() {
        out.push(format!("other players leave out {what}"));
    }
    if let Some(download) = &extension.download {
        let name = download.name.as_deref().unwrap_or("any file");
        out.push(format!("downloads {name}"));
    }
    for event in &step.asserted_events {
        out.push(match &event.url {
            Some(url) => format!("leads to {url}"),
            None => "leads to another page".to_owned(),
        });
    }
    out.extend(extension.effect.iter().flat_map(Effect::in_words));
    out.extend(extension.expect.iter().flat_map(Expectation::in_words));
    for name in extension.extract.keys() {
        out.push(format!("reads {{{{flow.{name}}}}}"));
    }
    out
}

fn seconds(ms: u64) -> String {
    format!("{:.1} s", ms as f64 / 1000.0)
}
