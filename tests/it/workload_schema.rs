//! The JSON Schema for editors against what the program itself understands.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;

use serde_json::Value;

use crate::workload::{WHOLE, whole};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/rehearsal.schema.json")).unwrap()
}

/// Keys of a table: those that the program lists when it meets one that is like none of them.
fn understood(place: &str, with_stranger: &str) -> BTreeSet<String> {
    assert!(WHOLE.contains(place), "{place}");
    let text = WHOLE.replacen(place, with_stranger, 1);
    let error = whole().with("rehearsal.toml", &text).error();
    assert!(error.contains("unknown key `zzzzzzzzzzzz`"), "{error}");
    let help = error.split("help: one of").nth(1).unwrap();
    help.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Keys that the schema has at these places, together.
fn described(pointers: &[&str]) -> BTreeSet<String> {
    let schema = schema();
    let tables = pointers.iter().map(|pointer| {
        let table = schema.pointer(pointer);
        table.unwrap_or_else(|| panic!("{pointer} is in the schema"))
    });
    tables
        .flat_map(|table| {
            assert_eq!(table["additionalProperties"], false, "{table}");
            table["properties"].as_object().unwrap().keys().cloned()
        })
        .collect()
}

#[test]
fn the_schema_has_the_keys_that_are_understood() {
    let check = |place: &str, pointers: &[&str]| {
        let stranger = "zzzzzzzzzzzz = 1";
        let text = if place.ends_with('{') || place.ends_with("{ ") {
            format!("{place} {stranger}, ")
        } else {
            format!("{place}\n{stranger}\n")
        };
        assert_eq!(understood(place, &text), described(pointers), "{place}");
    };
    check("random_seed = 42", &[""]);
    check("[target]", &["/properties/target"]);
    check("[seed]", &["/properties/seed"]);
    check("[[feed]]", &["/properties/feed/items"]);
    check("[[persona]]", &["/properties/persona/items"]);
    check("[load]", &["/properties/load"]);
    check("flows = [{", &["/definitions/flow/oneOf/1"]);
    check(
        "think = {",
        &["/properties/persona/items/properties/think/oneOf/1"],
    );
    check(
        "users = [{",
        &[0, 1, 2]
            .map(|stage| format!("/properties/load/properties/users/items/oneOf/{stage}"))
            .each_ref()
            .map(String::as_str),
    );
    check(
        "\"step[Enter e-mail].duration.p95\" = {",
        &["/properties/thresholds/additionalProperties/oneOf/1"],
    );
}

#[test]
fn the_schema_has_the_devices_that_are_known() {
    let text = WHOLE.replace("Pixel 7", "zzzzzzzzzzzz");
    let error = whole().with("rehearsal.toml", &text).error();
    let help = error.split("help: one of").nth(1).unwrap();
    let known: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
    let device = schema()["properties"]["persona"]["items"]["properties"]["device"].clone();
    let described: Vec<&str> = device["enum"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    // The handler breaks lines inside names, too.
    let known: Vec<String> = known.iter().map(|name| one_line(name)).collect();
    assert_eq!(known, described);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
