//! A change of a rich-text editor in the words of other players: an expression that replaces what
//! stands there. Our own player never reads it; it types.
//!
//! Other players empty an editor by changing its elements, behind the back of those that keep a
//! model of their own (Draft.js loses the first letter then). Here such an editor hears of the
//! selection and of the text by the events that a keyboard causes; what no editor handles itself,
//! the browser puts in.

use serde_json::json;

use super::find_script::{expression, known};
use super::{Action, Step};

/// What all changes have in common, after what finds the editor.
const SCRIPT: &str = concat!(
    "const e = find(editor); ",
    "if (!e?.isContentEditable) return false; ",
    "e.focus(); ",
    // Editors hear of the focus and of a selection a little later.
    "const soon = () => new Promise((done) => setTimeout(done, 100)); ",
    "await soon(); ",
    "getSelection().selectAllChildren(e); ",
    "await soon(); ",
    "const typed = document.createEvent('TextEvent'); ",
    "typed.initTextEvent('textInput', true, true, window, text); ",
    "if (!text) document.execCommand('delete'); ",
    "else if (e.dispatchEvent(typed)) document.execCommand('insertText', false, text); ",
    // An editor that saves by itself does so a little later; a page that is sent off meanwhile may
    // save twice (Wagtail). A person reads what they wrote; here, until the answers are in.
    "let heard = Date.now(); ",
    "const end = heard + 10000, watch = new PerformanceObserver(() => { heard = Date.now(); }); ",
    "watch.observe({ type: 'resource' }); ",
    "while (Date.now() < Math.min(heard + 2000, end)) await soon(); ",
    "watch.disconnect(); ",
    "return true; ",
);

/// The expression of a change; none where the step is none of a rich-text editor, or no script
/// finds it.
pub(super) fn of(step: &Step) -> Option<String> {
    let Action::Change { selectors, value } = &step.action else {
        return None;
    };
    let editor = known(selectors).filter(|_| is_rich(step))?;
    let values = [("editor", editor), ("text", json!(value))];
    Some(expression(&values, SCRIPT))
}

/// Whether its file says so, or it was an editor when it was recorded: a field that HTML has not,
/// and no list, box or slider that a page made itself.
fn is_rich(step: &Step) -> bool {
    let said = step.other.contains_key("expression");
    said || step.extension.element.as_deref().is_some_and(|element| {
        let fields = ["", "input", "textarea", "select"];
        let texts = ["", "textbox", "generic", "group", "document"];
        !fields.contains(&element.tag.as_str()) && texts.contains(&element.role.as_str())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::flow::Fingerprint;
    use crate::flow::find_script::tests::selectors;
    use crate::flow::{Flow, FlowExtension};

    fn change(tag: &str, role: &str) -> Step {
        let selectors = selectors(&[&["aria/Body"], &["div.editor"]]);
        let value = "Say \"hello\"\n".to_owned();
        let mut step = Step::new(Action::Change { selectors, value });
        step.extension.element = Some(Box::new(Fingerprint {
            tag: tag.to_owned(),
            role: role.to_owned(),
            ..Fingerprint::default()
        }));
        step
    }

    #[test]
    fn an_editor_is_told_its_text() {
        let script = of(&change("div", "textbox")).unwrap();
        let values =
            r#"(async () => { const editor = [["div.editor"]], text = "Say \"hello\"\n"; "#;
        assert!(script.starts_with(values), "{script}");
    }

    #[test]
    fn other_fields_are_changed_as_ever() {
        assert_eq!(of(&change("textarea", "textbox")), None);
        assert_eq!(of(&change("div", "combobox")), None);
        let mut unknown = change("div", "textbox");
        unknown.extension.element = None;
        assert_eq!(of(&unknown), None);
    }
    #[test]
    fn a_file_says_it_for_others_and_for_us() {
        let mut step = change("div", "textbox");
        step.extension.value = Some("{{iteration.unique}}".to_owned());
        let flow = Flow {
            title: "t".to_owned(),
            timeout_ms: None,
            selector_attribute: None,
            steps: vec![step],
            extension: FlowExtension::default(),
            other: serde_json::Map::new(),
        };
        let text = flow.to_json();
        let written = &flow.to_value()["steps"][0];
        assert_eq!(written["type"], "waitForExpression");
        assert_eq!(written["selectors"], Value::Null);
        let own = json!({"selectors": [["aria/Body"], ["div.editor"]], "value": "Say \"hello\"\n"});
        assert_eq!(written["x-rehearsal"]["change"], own);
        let mut read = Flow::parse("t.json", &text).unwrap();
        assert_eq!(read.steps[0].action, flow.steps[0].action);
        assert_eq!(read.to_json(), text);
        // A new value is new for all.
        let Action::Change { value, .. } = &mut read.steps[0].action else {
            panic!("{:?}", read.steps[0]);
        };
        "other".clone_into(value);
        let written = &read.to_value()["steps"][0];
        assert_eq!(written["x-rehearsal"]["change"]["value"], "other");
        let expression = written["expression"].as_str().unwrap();
        assert!(
            expression.contains(r#"], text = "other"; "#),
            "{expression}"
        );
    }

    #[test]
    fn a_native_change_stays_one() {
        let text = r#"{"title":"t","steps":[{"type":"change","selectors":["div.editor"],"value":"a",
            "x-rehearsal":{"element":{"tag":"div","role":"textbox"}}}]}"#;
        let flow = Flow::parse("t.json", text).unwrap();
        assert!(edit(&flow), "{flow:?}");
        let written = &flow.to_value()["steps"][0];
        assert_eq!(written["type"], "change");
        assert_eq!(written["x-rehearsal"]["change"], Value::Null);
        let text = r#"{"title":"t","steps":[{"type":"close","x-rehearsal":
            {"change":{"selectors":["div.editor"],"value":"a"}}}]}"#;
        let error = Flow::parse("t.json", text).unwrap_err().to_string();
        assert!(
            error.contains("only `waitForExpression` takes a change"),
            "{error}"
        );
    }

    fn edit(flow: &Flow) -> bool {
        matches!(flow.steps[0].action, Action::Change { .. })
    }
}
