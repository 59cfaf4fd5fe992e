//! Flows as files: what is read comes out the same, and what is wrong is named with its place.

use miette::Diagnostic;
use rehearsal::flow::{Action, Flow, Place};
use serde_json::{Value, json};

fn one_step(step: &Value) -> String {
    json!({"title": "t", "steps": [{"type": "close"}, step]}).to_string()
}

fn error(step: &Value) -> String {
    Flow::parse("shop.json", &one_step(step))
        .expect_err("not a flow")
        .to_string()
}

/// Every type of step with every field, in an unusual order, with keys of other tools.
fn everything() -> Value {
    let pointer = json!({"offsetY": 1.5, "offsetX": 140, "selectors": [["aria/Buy", "a"], "#buy"],
        "type": "click", "button": "secondary", "deviceType": "touch", "duration": 400,
        "target": "main", "frame": [0, 2], "timeout": 30000,
        "assertedEvents": [{"title": "", "type": "navigation", "url": "http://a.test/", "x-other": 1}]});
    let mut double = pointer.clone();
    double["type"] = json!("doubleClick");
    json!({
        "$schema": "x", "steps": [
            {"type": "setViewport", "width": 1282, "height": 793, "deviceScaleFactor": 1.5,
             "isMobile": false, "hasTouch": true, "isLandscape": false},
            {"url": "http://a.test/p/1", "type": "navigate",
             "x-rehearsal": {"value": "http://a.test/p/{{products.id}}", "x-new": {"kept": true}}},
            pointer, double,
            {"type": "hover", "selectors": ["#menu"]},
            {"type": "change", "value": "", "selectors": [["#a"]], "x-rehearsal": {"thinkMs": 1240}},
            {"type": "keyDown", "key": "Dead", "note": null},
            {"type": "keyUp", "key": "Enter"},
            {"type": "scroll", "x": 0, "y": 100.25},
            {"type": "scroll", "selectors": ["#list"]},
            {"type": "waitForElement", "selectors": ["li"], "operator": "==", "count": 3,
             "visible": false, "properties": {"a": {"b": 1}}, "attributes": {"class": "x"}},
            {"type": "waitForExpression", "expression": "true", "frame": []},
            {"type": "emulateNetworkConditions", "download": 1e5, "upload": 2, "latency": 0.5},
            {"type": "customStep", "name": "tool.meta", "parameters": [1, {"x": null}]},
            {"type": "close", "target": "http://a.test/popup"}],
        "title": "All", "selectorAttribute": "data-test", "timeout": 5000,
        "x-rehearsal": {"version": 1}})
}

#[test]
fn what_is_read_is_written_back_in_the_same_order() {
    let text = everything().to_string();
    let flow = Flow::parse("all.json", &text).unwrap();
    assert_eq!(flow.steps.len(), 15);
    // `1e5` is the one value with two spellings.
    assert_eq!(
        flow.to_value().to_string(),
        text.replace("100000.0", "100000")
    );
    assert_eq!(Flow::parse("all.json", &flow.to_json()).unwrap(), flow);
}

#[test]
fn a_changed_field_is_written_in_its_place() {
    let mut flow = Flow::parse("all.json", &everything().to_string()).unwrap();
    flow.steps[5].action = match flow.steps[5].action.clone() {
        Action::Change { selectors, .. } => Action::Change {
            selectors,
            value: "new".into(),
        },
        other => panic!("{other:?}"),
    };
    flow.steps[5].timeout_ms = Some(9);
    let step = &flow.to_value()["steps"][5];
    let keys: Vec<&str> = step
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        ["type", "value", "selectors", "x-rehearsal", "timeout"]
    );
    assert_eq!(step["value"], "new");
}

#[test]
fn the_recorders_trailing_comment_is_no_part_of_the_flow() {
    let text = "\u{feff}{\"title\":\"t\",\n\"steps\":[]}\n//# recorderSourceMap=BBBB\n";
    assert!(Flow::parse("t.json", text).unwrap().steps.is_empty());
}

#[test]
fn a_mistyped_step_is_named_with_a_suggestion_and_its_line() {
    let text = "{\"title\":\"t\",\"steps\":[\n{\"type\":\"close\"},\n{\"type\":\"close\"},\n{\"type\":\"clik\"}]}";
    let error = Flow::parse("flows/buy.json", text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`flows/buy.json`: step 3: unknown step type `clik`; did you mean `click`?"
    );
    assert_eq!((error.place(), error.line()), (Place::Step(2), 4));
    let label = error.labels().unwrap().next().unwrap();
    assert_eq!(
        &text[label.offset()..label.offset() + label.len()],
        "\"clik\""
    );
    assert!(
        error
            .help()
            .unwrap()
            .to_string()
            .contains("`waitForElement`")
    );
}

#[test]
fn fields_are_strict_where_the_reference_is() {
    let click = |key: &str, value: Value| {
        let mut step = json!({"type": "click", "selectors": ["#a"], "offsetX": 1, "offsetY": 1});
        match value {
            Value::Null => step.as_object_mut().unwrap().remove(key),
            value => step.as_object_mut().unwrap().insert(key.to_owned(), value),
        };
        error(&step)
    };
    assert_eq!(
        click("button", json!("secundary")),
        "`shop.json`: step 2: `button` is `\"secundary\"`, expected one of `primary`, \
         `auxiliary`, `secondary`, `back`, `forward`; did you mean `secondary`?"
    );
    assert!(click("button", json!("left")).contains("`button` is `\"left\"`"));
    assert!(click("offsetX", Value::Null).contains("`offsetX` is missing, expected a number"));
    assert!(
        click("timeout", json!(30001))
            .contains("`timeout` is `30001`, expected a number from 1 to 30000")
    );
    assert!(click("timeout", json!(0)).contains("step 2: `timeout`"));
    assert!(click("selectors", json!([])).contains("`selectors` is an empty array"));
    assert!(click("selectors", json!([["a", 1]])).contains("`selectors[0][1]` is `1`"));
    assert!(click("frame", json!(["a"])).contains("`frame` is an array"));
    assert!(click("assertedEvents", json!([{"type": "x"}])).contains("`assertedEvents[0].type`"));
    let change = json!({"type": "change", "selectors": ["#a"], "value": 5});
    assert!(error(&change).contains("`value` is `5`, expected a string"));
    let wait = json!({"type": "waitForElement", "selectors": ["#a"], "operator": ">"});
    assert!(error(&wait).contains("expected one of `>=`, `==`, `<=`"));
    let wait = json!({"type": "waitForElement", "selectors": ["#a"], "attributes": {"a": 1}});
    assert!(error(&wait).contains("`attributes.a` is `1`, expected a string"));
    assert!(error(&json!({"url": "x"})).contains("`type` is missing"));
}

#[test]
fn the_flow_itself_is_checked() {
    let message = |flow: Value| {
        Flow::parse("f.json", &flow.to_string())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message(json!({"steps": []})),
        "`f.json`: `title` is missing, expected a string"
    );
    assert!(message(json!({"title": "t"})).contains("`steps` is missing"));
    assert!(message(json!({"title": "t", "steps": [1]})).contains("`steps[0]` is `1`"));
    assert!(message(json!({"title": "t", "steps": [], "timeout": 0})).contains("`timeout` is `0`"));
    assert!(message(json!([])).contains("an object with `title` and `steps`"));
    let newer = json!({"title": "t", "steps": [], "x-rehearsal": {"version": 2}});
    assert!(message(newer).contains("`x-rehearsal.version` is 2"));
    let error = Flow::parse("f.json", "{\"title\": \"t\",\n oops}").unwrap_err();
    assert!(error.to_string().contains("not JSON"));
    assert_eq!(error.line(), 2);
}

#[test]
fn what_the_reference_ignores_is_ignored_and_kept() {
    let step = json!({"type": "close", "timeout": "9", "target": 5, "assertedEvents": "x"});
    let flow = Flow::parse("f.json", &one_step(&step)).unwrap();
    assert_eq!(
        (flow.steps[1].timeout_ms, &flow.steps[1].target),
        (None, &None)
    );
    assert_eq!(flow.to_value()["steps"][1], step);
}

#[test]
fn a_bad_template_is_found_when_the_flow_is_read() {
    let step = json!({"type": "change", "selectors": ["#a"], "value": "x",
        "x-rehearsal": {"value": "{{email}}"}});
    assert!(error(&step).contains("step 2: `x-rehearsal.value`: `email` has no dot"));
    let step = json!({"type": "close", "x-rehearsal": {"value": "x"}});
    assert!(
        error(&step).contains("only `change`, `navigate` and `rehearsal.paste` take a template")
    );
    let step = json!({"type": "close", "x-rehearsal": {"choose": "first"}});
    assert!(error(&step).contains("`x-rehearsal.choose`: unknown variant `first`"));
}

/// Every value in the flow, replaced by every kind of value, and the text cut at every place:
/// a flow or an error that can be shown, never a panic.
#[test]
fn damaged_flows_give_errors_that_can_be_shown() {
    let whole = everything();
    let mut paths = Vec::new();
    collect(&whole, String::new(), &mut paths);
    let mut refused = 0;
    for path in &paths {
        for value in [
            json!(null),
            json!(-1.5),
            json!("ä\"\\"),
            json!([[]]),
            json!({"a": [1]}),
        ] {
            let mut damaged = whole.clone();
            *damaged.pointer_mut(path).unwrap() = value;
            match Flow::parse("damaged.json", &format!("{damaged:#}")) {
                Ok(flow) => {
                    let again = Flow::parse("again.json", &flow.to_json()).unwrap();
                    assert_eq!(again, flow, "{path}");
                }
                Err(error) => {
                    refused += 1;
                    assert!(error.line() > 0);
                    let shown = format!("{:?}", miette::Report::new(error));
                    assert!(shown.contains("damaged.json"), "{shown}");
                }
            }
        }
    }
    assert!(refused > 300, "{refused} of {} refused", paths.len() * 5);
    let text = whole.to_string();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        Flow::parse("cut.json", &text[..end]).unwrap_err();
    }
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect(value, format!("{path}/{key}"), paths);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{path}/{index}"), paths);
            }
        }
        _ => {}
    }
    paths.push(path);
}

#[test]
fn our_own_keys_are_checked_with_their_place() {
    let step = |extension: &str| {
        format!(
            r##"{{"type":"click","selectors":["#a"],"offsetX":1,"offsetY":1,"x-rehearsal":{extension}}}"##
        )
    };
    let error = |extension: &str| error(&serde_json::from_str(&step(extension)).unwrap());
    let message = error(r#"{"thinkms": 3}"#);
    let expected = "`x-rehearsal.thinkms` is unknown; did you mean `thinkMs`?";
    assert!(message.contains(expected), "{message}");
    let message = error(r#"{"expect": [{"text": "a"}, {"cuont": 3}]}"#);
    assert!(
        message.contains("`x-rehearsal.expect[1].cuont`: unknown field `cuont`"),
        "{message}"
    );
    let message = error(r#"{"dialogs": [{"type": "confrim"}]}"#);
    assert!(
        message
            .contains("`x-rehearsal.dialogs[0].type`: unknown variant `confrim`, expected one of"),
        "{message}"
    );
}

#[test]
fn our_own_steps_and_keys_come_out_as_they_went_in() {
    let text = r##"{"title":"t","steps":[
        {"type":"customStep","name":"rehearsal.drag","parameters":{"selectors":[["#a"]],"to":["#b",["c","#d"]],"toAt":[0.5,0.25]}},
        {"type":"customStep","name":"rehearsal.upload","parameters":{"selectors":["#f"],"files":["a.pdf"]}},
        {"type":"customStep","name":"rehearsal.history","parameters":{"go":"back"}},
        {"type":"customStep","name":"other.thing","parameters":{"any":[1,null]}},
        {"type":"click","selectors":["#a"],"offsetX":1,"offsetY":1,"x-rehearsal":{
            "group":"Add","at":[0.25,0.5],"modifiers":["ControlOrMeta"],"frames":[[["#outer"]],["iframe[name=x]"]],
            "dialogs":[{"type":"prompt","text":"Ann"},{"type":"confirm","accept":false}],
            "download":{"name":"*.pdf"},"element":{"tag":"a","attributes":{"id":"x"},"size":[10.0,20.5]},
            "effect":{"navigation":"/orders/*","responses":[{"method":"POST","url":"/api"}]},
            "expect":[{"selectors":["#t"],"text":"Hi"}],"extract":{"order":{"pattern":"\\d+"}},
            "x-mine":{"kept":true}}}
    ],"x-rehearsal":{"version":1,"groups":{"Add":{"repeat":{"while":[["#more"]],"atMost":3}}}}}"##;
    let flow = Flow::parse("t.json", text).unwrap();
    let before: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(flow.to_value(), before);
    assert_eq!(Flow::parse("t.json", &flow.to_json()).unwrap(), flow);
}
