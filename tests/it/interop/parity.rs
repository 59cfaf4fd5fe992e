//! Both parsers on the same flows: each member of each type of step is left out and replaced by
//! values of all kinds, and both accept the flow or both refuse it. What both accept, the
//! reference reads alike from the file and from what we write.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rehearsal::flow::Flow;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::node;
use crate::support::flows::{kinds, native_step};

/// A flow for both parsers.
struct Case {
    flow: Value,
    /// What was done to it, for messages.
    change: String,
    /// Why we refuse what the reference accepts, where we do.
    stricter: Option<&'static str>,
}

#[derive(Deserialize)]
struct Theirs {
    error: Option<String>,
    same: bool,
}

#[test]
#[ignore = "needs Node: make test-interop"]
fn both_parsers_accept_and_refuse_the_same_flows() {
    let mut cases = Vec::new();
    replaced(&mut cases);
    drawn(&mut cases);
    limits(&mut cases);
    assert!(cases.len() > 3000, "{}", cases.len());

    let ours = cases.iter().map(|case| {
        let read = Flow::parse("case.json", &case.flow.to_string());
        read.map(|flow| flow.to_value())
            .map_err(|error| error.to_string())
    });
    let ours: Vec<Result<Value, String>> = ours.collect();
    let theirs = theirs(&cases, &ours);

    let (mut wrong, mut refused, mut reasons) = (Vec::new(), 0, BTreeSet::new());
    for ((case, ours), theirs) in cases.iter().zip(&ours).zip(&theirs) {
        refused += usize::from(ours.is_err());
        let fault = match (ours, &theirs.error) {
            (Ok(_), None) if !theirs.same => "we write something else".to_owned(),
            (Ok(_), Some(error)) => format!("only the reference refuses it: {error}"),
            (Err(error), None) => match case.stricter {
                Some(reason) => {
                    reasons.insert(reason);
                    continue;
                }
                None => format!("only we refuse it: {error}"),
            },
            _ if case.stricter.is_some() => "listed as a difference, and is none".to_owned(),
            _ => continue,
        };
        wrong.push(format!("{}: {fault}", case.change));
    }
    let summary = format!(
        "{} of {} flows, {refused} refused",
        wrong.len(),
        cases.len()
    );
    assert!(wrong.is_empty(), "{summary}\n{}", wrong.join("\n"));
    assert!(refused > 1000, "{summary}");
    assert_eq!(reasons.len(), 6, "{reasons:?}");
}

const NO_NAMES: &str = "an array names no attributes: in JavaScript it is an object, too";

/// Where we refuse on purpose what the reference accepts, because it cannot be replayed.
fn stricter(key: &str, value: &Value) -> Option<&'static str> {
    let number = value.as_f64();
    match key {
        "count" if number.is_some_and(|count| count < 0.0 || count.fract() != 0.0) => {
            Some("a number of elements is whole: neither -1 nor 1.5 is ever reached")
        }
        "width" | "height" if number.is_some_and(|size| !(0.0..=1e7).contains(&size)) => {
            Some("Chromium takes sizes of 0 to 10,000,000")
        }
        "frame" if value.is_array() => {
            let negative = |index: &Value| index.as_f64().is_some_and(|index| index < 0.0);
            let any = value.as_array().is_some_and(|all| all.iter().any(negative));
            any.then_some("no frame has a negative index: the reference crashes on it")
        }
        "properties" if value.is_array() => Some(NO_NAMES),
        "attributes"
            if value
                .as_array()
                .is_some_and(|all| all.iter().all(Value::is_string)) =>
        {
            Some(NO_NAMES)
        }
        _ => None,
    }
}

/// Values that a member may have by mistake, and some that it may rightly have.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1.0),
        json!(30000),
        json!(30001),
        json!(1e9),
        json!(""),
        json!("x"),
        json!("9"),
        json!("primary"),
        json!("touch"),
        json!("=="),
        json!([]),
        json!([[]]),
        json!(["a"]),
        json!([["a"], "b"]),
        json!([["a", 1]]),
        json!([null]),
        json!([0, 1.0]),
        json!([0.5]),
        json!([-1]),
        json!([{"type": "navigation"}]),
        json!([{"type": "navigation", "url": 5}]),
        json!([{"type": "navigation", "title": null}]),
        json!([{"type": "other"}]),
        json!({}),
        json!({"a": "b"}),
        json!({"a": 1}),
        json!({"a": {"b": null}}),
    ]
}

/// Every member of every type of step and of the flow, left out and replaced.
fn replaced(cases: &mut Vec<Case>) {
    let mut runner = TestRunner::deterministic();
    let common = [
        ("timeout", json!(500)),
        ("target", json!("main")),
        ("frame", json!([0])),
        (
            "assertedEvents",
            json!([{"type": "navigation", "url": "http://a.test/", "title": ""}]),
        ),
        // Of other types of steps; wherever they are unknown, both ignore them.
        ("selectors", json!(["#a"])),
        ("value", json!("x")),
        ("unknown", json!("x")),
    ];
    for (kind, members) in kinds() {
        let mut step = Map::from_iter([("type".to_owned(), json!(kind))]);
        for (key, value) in &common {
            step.insert((*key).to_owned(), value.clone());
        }
        for member in &members {
            let drawn = member.value.new_tree(&mut runner).unwrap().current();
            step.insert(member.key.to_owned(), drawn);
        }
        let flow = |step: &Map<String, Value>| json!({"title": "t", "steps": [step]});
        for key in step.keys() {
            let mut without = step.clone();
            without.shift_remove(key);
            cases.push(Case {
                flow: flow(&without),
                change: format!("{kind} without `{key}`"),
                stricter: None,
            });
            for value in values() {
                let mut with = step.clone();
                with.insert(key.clone(), value.clone());
                let known = ["attributes", "properties", "count", "width", "height"];
                let own = members.iter().any(|member| member.key == key);
                let framed = !matches!(
                    kind,
                    "navigate"
                        | "setViewport"
                        | "emulateNetworkConditions"
                        | "keyDown"
                        | "keyUp"
                        | "close"
                );
                let looked_at = match key.as_str() {
                    "frame" => framed,
                    key => own && known.contains(&key),
                };
                cases.push(Case {
                    flow: flow(&with),
                    change: format!("{kind} with `{key}` {value}"),
                    stricter: stricter(key, &value).filter(|_| looked_at),
                });
            }
        }
    }
    let whole = json!({"title": "t", "timeout": 500, "selectorAttribute": "id", "other": 1,
        "steps": [{"type": "close"}]});
    for key in whole.as_object().unwrap().keys() {
        let mut without = whole.clone();
        without.as_object_mut().unwrap().shift_remove(key);
        cases.push(Case {
            flow: without,
            change: format!("a flow without `{key}`"),
            stricter: None,
        });
        for value in values() {
            let mut with = whole.clone();
            with[key] = value.clone();
            cases.push(Case {
                flow: with,
                change: format!("a flow with `{key}` {value}"),
                stricter: None,
            });
        }
    }
    for flow in values() {
        let change = format!("no flow: {flow}");
        cases.push(Case {
            flow,
            change,
            stricter: None,
        });
    }
}

/// Flows of all types of steps that both must accept.
fn drawn(cases: &mut Vec<Case>) {
    let mut runner = TestRunner::deterministic();
    for _ in 0..500 {
        let step = native_step().new_tree(&mut runner).unwrap().current();
        cases.push(Case {
            change: step.to_string(),
            flow: json!({"title": "t", "steps": [step]}),
            stricter: None,
        });
    }
}

/// What the newest DevTools refuse, and the package does not.
fn limits(cases: &mut Vec<Case>) {
    let step = json!({"type": "close"});
    for (steps, title, stricter) in [
        (4096, 300, None),
        (4097, 1, Some("DevTools refuse more than 4096 steps")),
        (
            1,
            301,
            Some("DevTools refuse titles of more than 300 characters"),
        ),
    ] {
        cases.push(Case {
            flow: json!({"title": "t".repeat(title), "steps": vec![step.clone(); steps]}),
            change: format!("{steps} steps, a title of {title}"),
            stricter,
        });
    }
}

fn theirs(cases: &[Case], ours: &[Result<Value, String>]) -> Vec<Theirs> {
    let mut child = node("parse.js")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = cases.iter().zip(ours).map(|(case, ours)| {
        let written = ours.as_ref().ok();
        format!("{}\n", json!({"flow": case.flow, "written": written}))
    });
    let lines: String = lines.collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Theirs> = output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), cases.len());
    answers
}
