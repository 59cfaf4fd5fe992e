//! Whatever flow is read is written back as it was: parse → write → parse, on flows drawn at
//! random and on those of the repository.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rehearsal::flow::{Fingerprint, Flow};
use serde_json::{Value, json};

use crate::support::flows;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every value, every unknown key and the order of all keys.
    #[test]
    fn a_flow_is_written_as_it_was_read(flow in flows::flow()) {
        let text = flow.to_string();
        let read = Flow::parse("drawn.json", &text)
            .map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
        prop_assert_eq!(read.to_value().to_string(), text);
        let again = Flow::parse("again.json", &read.to_json());
        prop_assert_eq!(again.map_err(|error| error.to_string()), Ok(read));
    }
}

#[test]
fn the_flows_of_the_repository_come_out_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["flows", "fixtures/apps"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let Ok(flow) = Flow::parse(&file.display().to_string(), &text) else {
            assert!(!text.contains("\"steps\""), "{} is a flow", file.display());
            continue;
        };
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            flow.to_value().to_string(),
            value.to_string(),
            "{}",
            file.display()
        );
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
}

#[test]
fn only_what_is_mended_changes_in_the_file() {
    let step = json!({"x-rehearsal": {"thinkMs": 5, "optional": false, "at": [0, 1], "name": "Buy",
            "element": {"role": "button", "tag": "a", "text": "Buy"}, "x-mine": 1},
        "offsetX": 1, "type": "click", "selectors": ["#a"], "offsetY": 1, "timeout": 1500.5});
    let text = json!({"steps": [step], "title": "t"}).to_string();
    let mut flow = Flow::parse("t.json", &text).unwrap();
    let element = Fingerprint {
        tag: "button".to_owned(),
        text: "Buy".to_owned(),
        name: "Buy now".to_owned(),
        ..Fingerprint::default()
    };
    flow.amend(0, None, Some(element));
    let mended = text.replace(
        r#"{"role":"button","tag":"a","text":"Buy"}"#,
        r#"{"tag":"button","text":"Buy","name":"Buy now"}"#,
    );
    assert_eq!(flow.to_value().to_string(), mended);
    flow.steps[0].timeout_ms = Some(1502);
    flow.steps[0].extension.name = None;
    let changed = mended
        .replace("1500.5", "1502")
        .replace(r#","name":"Buy","#, ",");
    assert_eq!(flow.to_value().to_string(), changed);
}
