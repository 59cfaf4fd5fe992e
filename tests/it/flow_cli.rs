//! `rehearsal flow`, as a person types it.

use std::fs;
use std::path::Path;
use std::process::Output;

use rehearsal::flow::Flow;
use serde_json::{Value, json};

use crate::support::program::{rehearsal, said};

const FLOW: &str = r##"{"title": "Look around", "steps": [
    {"type": "navigate", "url": "http://a.test/"},
    {"type": "change", "selectors": [["#mail"]], "value": "ann@example.com",
     "x-rehearsal": {"name": "Give the mail", "value": "{{customers.email}}", "thinkMs": 1500,
                     "expect": [{"url": "/home"}]}}
]}"##;

fn side(tests: usize) -> String {
    let test = |number| {
        json!({"name": format!("Test {number}"), "commands": [
            {"command": "open", "target": "/"},
            {"command": "conjure", "target": "id=x"},
            {"command": "verifyText", "target": "id=x", "value": "y"}]})
    };
    let tests: Vec<Value> = (1..=tests).map(test).collect();
    json!({"version": "2.0", "url": "http://a.test", "tests": tests}).to_string()
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    rehearsal(folder)
        .arg("flow")
        .args(arguments)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn import_writes_a_flow_and_tells_what_it_lost() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("shop.side"), side(1)).unwrap();
    let output = run(folder, &["import", "shop.side", "-o", "flows/shop.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = fs::read_to_string(folder.join("flows/shop.json")).unwrap();
    assert_eq!(Flow::parse("shop.json", &text).unwrap().title, "Test 1");
    let told = stderr(&output);
    let lost = told.find("not carried over:").unwrap();
    let changed = told.find("changed:").unwrap();
    assert!(lost < changed, "the worst first: {told}");
    assert!(told.contains("line 1: `conjure`"), "{told}");

    let again = run(folder, &["import", "shop.side", "-o", "flows/shop.json"]);
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
    assert!(stderr(&again).contains("--force"));
    let forced = ["import", "shop.side", "-o", "flows/shop.json", "--force"];
    assert_eq!(run(folder, &forced).status.code(), Some(0));
}

#[test]
fn several_tests_need_a_folder_and_stdout_takes_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("one.side"), side(1)).unwrap();
    fs::write(folder.join("two.side"), side(2)).unwrap();
    let output = run(folder, &["import", "one.side"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(Flow::parse("stdout", &text).unwrap().title, "Test 1");

    let output = run(folder, &["import", "two.side"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(stderr(&output).contains("-o flows/"));
    let output = run(folder, &["import", "two.side", "-o", "flows", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let flows = document["flows"].as_array().unwrap();
    assert_eq!(flows.len(), 2);
    let notes = flows[0]["notes"].as_array().unwrap();
    let lost = notes
        .iter()
        .find(|note| note["severity"] == "lost")
        .unwrap();
    assert_eq!((&lost["line"], &lost["step"]), (&json!(1), &Value::Null));
    for name in ["test-1", "test-2"] {
        assert!(folder.join(format!("flows/{name}.json")).is_file());
    }
}

#[test]
fn a_har_is_added_to_a_flow() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let entry = |at: &str, url: &str, mime: &str| {
        json!({"startedDateTime": format!("2026-11-21T10:00:{at}Z"), "time": 10,
            "request": {"method": "GET", "url": url},
            "response": {"status": 200, "content": {"mimeType": mime}}})
    };
    let har = json!({"log": {"entries": [
        entry("00.000", "http://a.test/", "text/html"),
        entry("00.100", "http://a.test/api/items", "application/json")]}});
    fs::write(folder.join("a.har"), har.to_string()).unwrap();
    fs::write(folder.join("a.json"), FLOW).unwrap();
    let output = run(folder, &["import", "a.har", "--into", "a.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = fs::read_to_string(folder.join("a.json")).unwrap();
    let flow = Flow::parse("a.json", &text).unwrap();
    let effect = flow.steps[0].extension.effect.as_ref().unwrap();
    assert_eq!(effect.responses[0].url, "/api/items");

    fs::write(folder.join("one.side"), side(1)).unwrap();
    let output = run(folder, &["import", "one.side", "--into", "a.json"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("notes.txt"), "hello").unwrap();
    fs::write(folder.join("bad.side"), "{\n\"tests\": [,]}").unwrap();
    fs::write(folder.join("bytes.har"), [0xff, 0xfe]).unwrap();
    for (file, expected) in [
        ("notes.txt", "--format"),
        ("bad.side", "line 2"),
        ("bytes.har", "UTF-8"),
        ("absent.side", "absent.side"),
    ] {
        let output = run(folder, &["import", file, "-o", "out.json"]);
        assert_eq!(output.status.code(), Some(2), "{file}: {}", said(&output));
        assert!(
            stderr(&output).contains(expected),
            "{file}: {}",
            said(&output)
        );
        assert!(!folder.join("out.json").exists());
    }
}

#[test]
fn export_writes_to_stdout_or_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("a.json"), FLOW).unwrap();
    let output = run(folder, &["export", "a.json", "--to", "playwright"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("test('Look around'"), "{text}");
    assert!(stderr(&output).contains("think time"), "{}", said(&output));

    let to_file = ["export", "a.json", "--to", "recorder", "-o", "b.json"];
    assert_eq!(run(folder, &to_file).status.code(), Some(0));
    assert_eq!(
        run(folder, &to_file).status.code(),
        Some(2),
        "it is there already"
    );
    // What was exported is imported with all of ours.
    let output = run(folder, &["import", "b.json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let step = &Flow::parse("c.json", &text).unwrap().steps[1];
    assert_eq!(step.label(), "Give the mail");

    let json = ["export", "a.json", "--to", "locust", "--json"];
    let document: Value = serde_json::from_slice(&run(folder, &json).stdout).unwrap();
    assert!(
        document["text"]
            .as_str()
            .unwrap()
            .contains("PlaywrightUser")
    );
}

#[test]
fn show_tells_the_story() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("a.json"), FLOW).unwrap();
    let output = run(folder, &["show", "a.json"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = "Look around\n\
        2 steps · http://a.test · 1.5 s of think time · feed customers (email)\n\n  \
        1  open /\n  \
        2  Give the mail\n       \
        after 1.5 s\n       \
        value {{customers.email}}\n       \
        expects address \"/home\"\n";
    assert_eq!(text, expected);
    assert!(!text.contains("ann@example.com"), "values are not told");
    let output = run(folder, &["show", "a.json", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["steps"][1]["think_ms"], 1500);
}

#[test]
fn lint_tells_what_to_mend_and_fails_on_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("good.json"), FLOW).unwrap();
    let output = run(folder, &["lint", "good.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let told = stderr(&output);
    let line = "advice[single-selector] step 2 \"Give the mail\": `#mail` is its only selector";
    assert!(told.contains(line), "{told}");

    let secret = FLOW
        .replace("#mail", "#password")
        .replace("\"value\": \"{{customers.email}}\", ", "");
    fs::write(folder.join("bad.json"), secret).unwrap();
    let output = run(folder, &["lint", "good.json", "bad.json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let told = stderr(&output);
    assert!(told.find("good.json:") < told.find("bad.json:"), "{told}");
    assert!(told.contains("warning[clear-secret] step 2"), "{told}");
    assert!(told.contains("{{secret.NAME}}"), "what to do: {told}");
    assert!(!told.contains("ann@example.com"), "{told}");

    let output = run(folder, &["lint", "bad.json", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = document["flows"][0]["findings"].as_array().unwrap();
    let secret = findings.iter().find(|one| one["rule"] == "clear-secret");
    let secret = secret.unwrap();
    assert_eq!(
        (&secret["step"], &secret["warning"]),
        (&json!(2), &json!(true))
    );

    let output = run(folder, &["lint", "good.json", "absent.json"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

#[test]
fn the_flows_of_the_repository_have_no_warnings_but_a_card_for_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let flows = ["browse", "checkout", "idle", "search"].map(|name| format!("flows/{name}.json"));
    let arguments = ["lint", "--json"].into_iter();
    let arguments: Vec<&str> = arguments.chain(flows.iter().map(String::as_str)).collect();
    let output = run(root, &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = document["flows"].as_array().unwrap();
    let warnings: Vec<&Value> = all
        .iter()
        .flat_map(|flow| flow["findings"].as_array().unwrap())
        .filter(|finding| finding["warning"] == true)
        .map(|finding| &finding["name"])
        .collect();
    assert_eq!(warnings, ["Card number", "Security code"]);
}
