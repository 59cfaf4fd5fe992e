//! Recordings of Playwright to flows: every action, both shapes, three languages.

use std::path::Path;

use rehearsal::flow::import::{Format, Imported, Note, Severity, import};
use rehearsal::flow::{Action, Flow, OwnStep, Step};
use serde_json::{Value, json};

/// A recording of `fixtures/recordings`.
fn sample(name: &str) -> Imported {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/recordings")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap();
    one(name, &text)
}

fn one(name: &str, text: &str) -> Imported {
    let format = Format::detect(name, text).unwrap();
    let mut all = import(format, name, text).unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    let imported = all.remove(0);
    // What is written can be read again, and says the same.
    let written = imported.flow.to_json();
    let read = Flow::parse(name, &written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(read.to_value(), imported.flow.to_value());
    imported
}

#[test]
fn show() {
    for name in [
        "oscar.jsonl",
        "oscar.spec.js",
        "node-red.jsonl",
        "node-red.spec.js",
    ] {
        let imported = sample(name);
        println!("== {name} {}", imported.flow.title);
        for step in imported.flow.to_value()["steps"].as_array().unwrap() {
            println!("{step}");
        }
        for note in &imported.notes {
            println!("{note}");
        }
    }
}
