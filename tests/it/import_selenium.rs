//! Projects of Selenium IDE become flows; what does not fit is noted with its line.

use rehearsal::flow::import::{Format, ImportError, Imported, NotePlace, Severity, import};
use rehearsal::flow::{Action, DialogKind, Flow, OwnStep, Repeat, Source, Step};
use serde_json::{Value, json};

fn read(text: &str) -> Result<Vec<Imported>, ImportError> {
    import(Format::SeleniumSide, "shop.side", text)
}

/// A project with one test of these commands: `[command, target, value]`.
fn project(commands: &[[&str; 3]]) -> String {
    let commands: Vec<Value> = commands
        .iter()
        .map(|[command, target, value]| {
            json!({"id": "x", "command": command, "target": target, "targets": [], "value": value})
        })
        .collect();
    let project = json!({
        "id": "p", "version": "2.0", "name": "Shop", "url": "http://shop.test/",
        "tests": [{"id": "t", "name": "Buy", "commands": commands}],
        "suites": [], "urls": [], "plugins": []
    });
    format!("{project:#}")
}

fn one(commands: &[[&str; 3]]) -> Imported {
    let mut all = read(&project(commands)).unwrap();
    assert_eq!(all.len(), 1);
    let imported = all.swap_remove(0);
    // What is imported is a flow that can be read.
    let text = imported.flow.to_json();
    Flow::parse("imported.json", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    imported
}

fn steps(commands: &[[&str; 3]]) -> Vec<Step> {
    one(commands).flow.steps
}

fn css(step: &Step) -> String {
    step.action.selectors().unwrap().0[0].chain.join(" >> ")
}

fn lost(imported: &Imported) -> Vec<&str> {
    let lost = imported.notes.iter();
    let lost = lost.filter(|note| note.severity == Severity::Lost);
    lost.map(|note| note.what.as_str()).collect()
}

#[test]
fn pages_fields_and_keys_become_steps() {
    let steps = steps(&[
        ["open", "/login?next=/", ""],
        ["setWindowSize", "1200x800", ""],
        ["type", "id=email", "ann@example.com"],
        ["sendKeys", "name=q", "lamp${KEY_ENTER}"],
        ["sendKeys", "name=q", "${KEY_CTRL}a"],
        ["select", "id=size", "label=Large"],
        ["check", "id=news", ""],
        ["uncheck", "id=news", ""],
        ["clickAt", "css=canvas", "12,7"],
        ["doubleClick", "linkText=Sum", ""],
        ["mouseOver", "css=.menu", ""],
        ["editContent", "id=note", "<b>Hi</b> &amp; bye"],
    ]);
    let Action::Navigate { url } = &steps[0].action else {
        panic!("open navigates");
    };
    assert_eq!(url, "http://shop.test/login?next=/");
    assert!(matches!(&steps[1].action, Action::SetViewport(size) if size.width == 1200));
    let changed = |step: &Step| match &step.action {
        Action::Change { value, .. } => (css(step), value.clone()),
        other => panic!("not a change: {other:?}"),
    };
    assert_eq!(
        changed(&steps[2]),
        ("#email".into(), "ann@example.com".into())
    );
    assert_eq!(changed(&steps[3]), ("[name=\"q\"]".into(), "lamp".into()));
    let pressed = |step: &Step| match &step.action {
        Action::Own(OwnStep::Press(press)) => press.keys.clone(),
        other => panic!("not a press: {other:?}"),
    };
    assert_eq!(pressed(&steps[4]), "Enter");
    assert_eq!(pressed(&steps[5]), "Control+a");
    assert_eq!(changed(&steps[6]).1, "Large");
    assert_eq!(changed(&steps[7]).1, "true");
    assert_eq!(changed(&steps[8]).1, "false");
    assert!(matches!(&steps[9].action, Action::Click(at) if at.offset_x as i64 == 12));
    assert!(steps[9].extension.at.is_none());
    assert!(matches!(&steps[10].action, Action::DoubleClick(_)));
    assert_eq!(css(&steps[10]), "aria/Sum[role=\"link\"]");
    assert_eq!(steps[10].extension.at, Some([0.5, 0.5]));
    assert!(matches!(&steps[11].action, Action::Hover { .. }));
    assert_eq!(changed(&steps[12]).1, "Hi & bye");
}

#[test]
fn a_press_a_way_and_a_release_are_a_drag_or_a_click() {
    let steps = steps(&[
        ["mouseDownAt", "id=card", "5,5"],
        ["mouseMoveAt", "id=lane", "9,9"],
        ["mouseUpAt", "id=lane", "9,9"],
        ["mouseDownAt", "id=slider", "5,5"],
        ["mouseUpAt", "id=slider", "45,5"],
        ["mouseDownAt", "id=a", "5,5"],
        ["mouseUpAt", "id=a", "6,5"],
        ["dragAndDropToObject", "id=x", "id=y"],
    ]);
    assert_eq!(steps.len(), 4);
    let drag = |step: &Step| match &step.action {
        Action::Own(OwnStep::Drag(drag)) => drag.clone(),
        other => panic!("not a drag: {other:?}"),
    };
    assert_eq!(css(&steps[0]), "#card");
    assert_eq!(drag(&steps[0]).to.unwrap().0[0].chain, ["#lane"]);
    assert_eq!(drag(&steps[1]).by, Some([40.0, 0.0]));
    assert!(matches!(&steps[2].action, Action::Click(_)));
    assert_eq!(drag(&steps[3]).to.unwrap().0[0].chain, ["#y"]);
}

#[test]
fn checks_become_expectations() {
    let imported = one(&[
        ["open", "/", ""],
        ["assertTitle", "Shop", ""],
        ["assertText", "id=total", "12 €"],
        ["verifyValue", "id=name", "Ann"],
        ["assertChecked", "id=news", ""],
        ["assertElementNotPresent", "id=error", ""],
        ["waitForElementVisible", "id=done", "40000"],
        ["assertNotText", "id=total", "0 €"],
        ["assertEditable", "id=name", ""],
        ["assertLocation", "http://shop.test/home?x=1", ""],
    ]);
    let steps = &imported.flow.steps;
    let expect = |index: usize| steps[index].extension.expect[0].clone();
    assert_eq!(expect(0).title.as_deref(), Some("Shop"));
    assert_eq!(expect(1).text.as_deref(), Some("12 €"));
    assert_eq!(expect(2).value.as_deref(), Some("Ann"));
    assert_eq!(expect(3).checked, Some(true));
    let Action::WaitForElement(wait) = &steps[4].action else {
        panic!("an absent element is waited for");
    };
    assert_eq!(wait.visible, Some(false));
    assert_eq!(steps[5].timeout_ms, Some(30_000));
    assert_eq!(steps[5].extension.timeout_ms, Some(40_000));
    assert!(
        matches!(&steps[6].action, Action::WaitForExpression { expression }
        if expression.contains("!== \"0 €\"") && expression.contains("#total"))
    );
    assert_eq!(expect(7).enabled, Some(true));
    assert_eq!(expect(7 /* the last step */).url, None);
    assert_eq!(
        steps[7].extension.expect[1].url.as_deref(),
        Some("/home?x=1")
    );
    assert!(lost(&imported).is_empty(), "{:?}", imported.notes);
}

#[test]
fn variables_become_templates() {
    let imported = one(&[
        ["open", "/", ""],
        ["store", "Ulm", "city"],
        ["storeText", "id=order", "order"],
        ["storeAttribute", "css=a[href]@href", "link"],
        ["storeTitle", "title", ""],
        ["type", "id=q", "${city} ${order}"],
        ["open", "/orders/${order}", ""],
        ["type", "id=q", "${made}"],
    ]);
    let steps = &imported.flow.steps;
    assert!(steps[1].extension.extract["order"].from.is_none());
    assert_eq!(css(&steps[2]), "a[href]");
    let reads = &steps[2].extension.extract;
    assert_eq!(reads["link"].attribute.as_deref(), Some("href"));
    assert_eq!(reads["title"].from, Some(Source::Title));
    let template = |index: usize| steps[index].extension.value.as_deref();
    assert_eq!(template(3), Some("Ulm {{flow.order}}"));
    assert_eq!(template(4), Some("http://shop.test/orders/{{flow.order}}"));
    assert_eq!(template(5), Some("{{variables.made}}"));
    let advice = imported.notes.iter();
    assert!(
        advice
            .into_iter()
            .any(|note| note.what.contains("feed `variables`"))
    );
}

#[test]
fn dialogs_belong_to_the_step_that_opens_them() {
    let steps = steps(&[
        ["chooseCancelOnNextConfirmation", "", ""],
        ["click", "id=delete", ""],
        ["assertConfirmation", "Sure?", ""],
        ["click", "id=name", ""],
        ["assertPrompt", "Name?", ""],
        ["answerPrompt", "Ann", ""],
        ["click", "id=a", ""],
        ["assertAlert", "Done", ""],
        ["acceptAlert", "", ""],
        ["click", "id=b", ""],
        ["webdriverChooseCancelOnVisibleConfirmation", "", ""],
    ]);
    assert_eq!(steps.len(), 4);
    let dialogs = |index: usize| steps[index].extension.dialogs.clone();
    let [first] = dialogs(0).try_into().unwrap();
    assert_eq!((first.kind, first.accept), (DialogKind::Confirm, false));
    assert_eq!(first.message.as_deref(), Some("Sure?"));
    let [prompt] = dialogs(1).try_into().unwrap();
    assert_eq!(prompt.text.as_deref(), Some("Ann"));
    assert_eq!(prompt.message.as_deref(), Some("Name?"));
    let [alert] = dialogs(2).try_into().unwrap();
    assert_eq!(alert.message.as_deref(), Some("Done"));
    let [last] = dialogs(3).try_into().unwrap();
    assert!(!last.accept);
}

#[test]
fn frames_and_windows_are_followed() {
    let mut project: Value = serde_json::from_str(&project(&[
        ["open", "/", ""],
        ["storeWindowHandle", "root", ""],
        ["selectFrame", "index=0", ""],
        ["selectFrame", "index=1", ""],
        ["click", "id=a", ""],
        ["selectFrame", "relative=parent", ""],
        ["selectFrame", "id=inner", ""],
        ["click", "id=b", ""],
        ["selectFrame", "relative=top", ""],
        ["click", "id=open", ""],
        ["selectWindow", "handle=${win1}", ""],
        ["click", "id=c", ""],
        ["close", "", ""],
        ["selectWindow", "handle=${root}", ""],
        ["click", "id=d", ""],
    ]))
    .unwrap();
    let opener = &mut project["tests"][0]["commands"][9];
    opener["opensWindow"] = true.into();
    opener["windowHandleName"] = "win1".into();
    let all = read(&project.to_string()).unwrap();
    let steps = &all[0].flow.steps;
    assert_eq!(steps[1].frame, [0, 1]);
    assert_eq!(steps[2].extension.frames.len(), 2);
    assert_eq!(steps[2].extension.frames[1].0[0].chain, ["#inner"]);
    assert!(steps[3].frame.is_empty() && steps[3].extension.frames.is_empty());
    let tabs: Vec<Option<usize>> = steps.iter().map(|step| step.extension.tab).collect();
    assert_eq!(tabs, [None, None, None, None, Some(1), Some(1), None]);
    assert!(matches!(steps[5].action, Action::Close));
}

#[test]
fn loops_and_branches_become_groups_where_they_map() {
    let imported = one(&[
        ["open", "/", ""],
        ["times", "3", ""],
        ["click", "id=more", ""],
        ["end", "", ""],
        ["if", "${x} === 1", ""],
        ["click", "id=banner", ""],
        ["else", "", ""],
        ["click", "id=never", ""],
        ["end", "", ""],
        ["while", "true", ""],
        ["click", "id=last", ""],
        ["end", "", ""],
    ]);
    let steps = &imported.flow.steps;
    let groups = &imported.flow.extension.groups;
    assert_eq!(steps.len(), 4, "the `else` is left out");
    let group = |index: usize| steps[index].extension.group.as_deref();
    assert_eq!(groups[group(1).unwrap()].repeat, Some(Repeat::Times(3)));
    assert!(groups[group(2).unwrap()].optional);
    assert_eq!(group(3), None);
    assert_eq!(lost(&imported), ["`else` and the commands in it"]);
}

#[test]
fn several_options_are_one_change_and_pauses_are_think_time() {
    let steps = steps(&[
        ["addSelection", "id=tags", "label=a"],
        ["addSelection", "id=tags", "label=b"],
        ["removeSelection", "id=tags", "label=a"],
        ["addSelection", "id=tags", "value=c"],
        ["pause", "1500", ""],
        ["clickAndWait", "id=save", ""],
    ]);
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].extension.values.as_deref().unwrap(), ["b", "c"]);
    assert!(matches!(&steps[0].action, Action::Change { value, .. } if value == "b"));
    assert_eq!(steps[1].extension.think_ms, Some(1500));
    assert_eq!(steps[1].asserted_events.len(), 1);
}

#[test]
fn passwords_stay_out_of_flows_and_notes() {
    let imported = one(&[
        ["store", "geheim-1", "pw"],
        ["type", "id=password", "${pw}"],
        ["type", "css=input[type=password]", "geheim-2"],
        ["assertValue", "id=password", "geheim-1"],
        ["sendKeys", "name=passwd", "geheim-3${KEY_ENTER}"],
    ]);
    let all = format!("{} {:?}", imported.flow.to_json(), imported.notes);
    assert!(!all.contains("geheim"), "{all}");
    let steps = &imported.flow.steps;
    assert_eq!(
        steps[0].extension.value.as_deref(),
        Some("{{secret.PASSWORD}}")
    );
    assert_eq!(
        lost(&imported),
        ["the value of what looks like a secret is not compared"]
    );
}

#[test]
fn what_is_not_carried_over_is_said_with_its_line() {
    let text = project(&[
        ["open", "/", ""],
        ["executeScript", "return 1", "one"],
        ["assert", "one", "1"],
        ["runScript", "alert(1)", ""],
        ["executeScript", "return 2", "two"],
        ["executeScript", "return 3", "two"],
        ["//click", "id=off", ""],
        ["conjure", "id=x", ""],
        ["select", "id=x", "index=3"],
        ["click", "dom=document.forms[0]", ""],
    ]);
    let imported = read(&text).unwrap().swap_remove(0);
    let notes: Vec<(usize, &str)> = imported
        .notes
        .iter()
        .filter_map(|note| match note.place {
            NotePlace::Line(line) => Some((line, note.what.as_str())),
            _ => None,
        })
        .collect();
    let line_of = |what: &str| {
        let found = notes.iter().find(|(_, note)| note.contains(what));
        let (line, _) = found.unwrap_or_else(|| panic!("{what} is in {notes:?}"));
        // The command's object begins there.
        let block: Vec<&str> = text.lines().skip(line - 1).take(7).collect();
        block.join("\n")
    };
    assert!(line_of("a script:").contains("alert(1)"));
    let scripts = notes.iter().filter(|(_, note)| note.contains("a script:"));
    assert_eq!(
        scripts.count(),
        3,
        "also the one whose result was overwritten"
    );
    let lines: Vec<usize> = notes.iter().map(|(line, _)| *line).collect();
    assert!(
        lines.is_sorted(),
        "in the order of the recording: {lines:?}"
    );
    assert!(line_of("disabled").contains("//click"));
    assert!(line_of("`conjure`").contains("conjure"));
    assert!(line_of("by index or pattern").contains("index=3"));
    assert!(line_of("its locator").contains("dom="));
    let Action::WaitForExpression { expression } = &imported.flow.steps[1].action else {
        panic!("a script that is asserted is waited for");
    };
    assert_eq!(expression, "String((() => { return 1 })()) === \"1\"");
}

#[test]
fn tests_run_tests_and_each_is_a_flow() {
    let text = json!({
        "version": "3.0", "url": "http://shop.test",
        "tests": [
            {"name": "login", "commands": [{"command": "open", "target": "/login"}]},
            {"name": "buy", "commands": [{"command": "run", "target": "login"},
                                          {"command": "run", "target": "buy"}]},
            {"name": "buy", "commands": []}
        ],
        "suites": [{"name": "all", "tests": []}]
    });
    let all = read(&text.to_string()).unwrap();
    let titles: Vec<&str> = all.iter().map(|one| one.flow.title.as_str()).collect();
    assert_eq!(titles, ["login", "buy", "buy (2)"]);
    assert!(!all[1].flow.steps.is_empty());
    assert!(
        lost(&all[1])
            .iter()
            .any(|what| what.contains("further than"))
    );
    assert!(lost(&all[0]).iter().any(|what| what.contains("suites")));
}

#[test]
fn other_files_are_refused_and_none_panics() {
    for (text, expected) in [
        ("{", "not JSON"),
        ("[]", "not a project"),
        ("{\"tests\": 1}", "not a project"),
        ("{\"version\": \"9.0\", \"tests\": []}", "version"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let odd = [
        "ü",
        "${",
        "${}",
        "${KEY_",
        "//",
        "=",
        "index=",
        "index=ü\\..",
        "label=",
        "@",
        ",",
        "x",
        "handle=${",
        "${a}${a}",
        "9999999999999999999999",
    ];
    let names = [
        "open",
        "type",
        "sendKeys",
        "select",
        "addSelection",
        "selectFrame",
        "selectWindow",
        "setWindowSize",
        "mouseDownAt",
        "mouseUpAt",
        "clickAt",
        "storeAttribute",
        "store",
        "storeTitle",
        "assertText",
        "assert",
        "times",
        "end",
        "else",
        "repeatIf",
        "run",
        "answerPrompt",
        "assertLocation",
        "waitForElementVisible",
        "executeScript",
        "pause",
        "é",
    ];
    for name in names {
        for first in odd {
            for second in odd {
                let commands = [[name, first, second], ["click", "id=a", ""]];
                let _imported = read(&project(&commands)).unwrap();
            }
        }
    }
}
