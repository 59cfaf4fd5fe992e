//! What does not fit together is named with its place.

use super::*;

/// The error about a flow of two clicks with these extensions.
fn error(groups: &str, first: &str, second: &str) -> String {
    let step = |extension: &str| {
        format!(
            r##"{{"type": "click", "selectors": [["#a"]], "offsetX": 1, "offsetY": 1,
            "x-rehearsal": {{{extension}}}}}"##
        )
    };
    let text = format!(
        r#"{{"title": "t", "x-rehearsal": {{"groups": {groups}}},
        "steps": [{{"type": "navigate", "url": "http://a.test/"}}, {}, {}]}}"#,
        step(first),
        step(second)
    );
    match Flow::parse("t.json", &text) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn values_are_read_before_they_are_used() {
    let reads = r#""extract": {"order": {"from": "text"}}"#;
    let uses = r#""expect": [{"contains": "No. {{flow.order}}"}]"#;
    assert_eq!(error("{}", reads, uses), "");
    let early = error("{}", uses, reads);
    assert!(
        early.contains(
            "step 2: `x-rehearsal.expect[0].contains`: `{{flow.order}}`: no earlier step extracts \
             `order`; a later one does"
        ),
        "{early}"
    );
    let misspelt = uses.replace("flow.order", "flow.ordr");
    let misspelt = error("{}", reads, &misspelt);
    assert!(
        misspelt.ends_with("extracts `ordr`; did you mean `order`?"),
        "{misspelt}"
    );
}

#[test]
fn groups_have_steps_and_something_to_look_at() {
    let of = r#""group": "pages""#;
    assert_eq!(error(r#"{"pages": {"repeat": 2}}"#, of, of), "");
    let nobody = error(r#"{"page": {"repeat": 2}}"#, of, of);
    assert!(
        nobody.ends_with(
            "`x-rehearsal.groups.page`: no step is in this group; did you mean `pages`?"
        ),
        "{nobody}"
    );
    let backwards = error(r#"{"pages": {"repeat": [3, 1]}}"#, of, of);
    assert!(
        backwards.ends_with("[3, 1] ends before it begins"),
        "{backwards}"
    );
    let text = r#"{"title": "t", "x-rehearsal": {"groups": {"g": {"optional": true}}}, "steps": [
        {"type": "keyDown", "key": "a", "x-rehearsal": {"group": "g"}}]}"#;
    let blind = Flow::parse("t.json", text).unwrap_err().to_string();
    assert!(
        blind.contains("has no element whose absence could be seen"),
        "{blind}"
    );
}

#[test]
fn patterns_and_names_are_checked() {
    for (extension, expect) in [
        (
            r#""expect": [{"matches": "a("}]"#,
            "`a(` is no regular expression",
        ),
        (r#""expect": [{"url": "cart"}]"#, "`cart` fits no address"),
        (r#""expect": [{}]"#, "expects nothing"),
        (r#""expect": [{"text": "{{x}}"}]"#, "`x` has no dot"),
        (
            r#""effect": {"responses": [{"url": "api"}]}"#,
            "`api` fits no address",
        ),
        (r#""extract": {"a b": {}}"#, "no name for a template"),
        (
            r#""extract": {"a": {"pattern": "["}}"#,
            "is no regular expression",
        ),
        (
            r#""extract": {"a": {"from": "text", "attribute": "b"}}"#,
            "either `from` or `attribute`",
        ),
    ] {
        let found = error("{}", extension, "");
        assert!(found.contains(expect), "{extension}: {found}");
    }
    let text = r#"{"title": "t", "steps": [{"type": "navigate", "url": "http://a.test/",
        "x-rehearsal": {"expect": [{"text": "a"}]}}]}"#;
    let none = Flow::parse("t.json", text).unwrap_err().to_string();
    assert!(
        none.contains("`x-rehearsal.expect[0].text`: the step has no element"),
        "{none}"
    );
}
