//! Flows for other tools: the portable file keeps all of ours, the code is code, and what is lost
//! is said.

use std::path::Path;
use std::process::Command;

use rehearsal::flow::export::{Exported, Options, Target, export};
use rehearsal::flow::import::{Note, NotePlace, Severity};
use rehearsal::flow::{Action, Flow, Step};
use serde_json::{Value, json};

/// A flow with everything that flows can have.
fn everything() -> Flow {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/flows/everything.json");
    Flow::parse("everything.json", &std::fs::read_to_string(path).unwrap()).unwrap()
}

fn flow(steps: &Value) -> Flow {
    let text = json!({"title": "t", "steps": steps}).to_string();
    Flow::parse("t.json", &text).unwrap()
}

fn to(target: Target, flow: &Flow) -> Exported {
    export(flow, target, Options::default())
}

fn said(exported: &Exported, severity: Severity, step: usize) -> Vec<&str> {
    let of = |note: &&Note| note.severity == severity && note.place == NotePlace::Step(step - 1);
    let notes = exported.notes.iter().filter(of);
    notes.map(|note| note.what.as_str()).collect()
}

/// What a step is, without the order of its keys and the forms of writing a selector.
fn bare(step: &Step) -> Step {
    let mut step = step.clone();
    step.other.clear();
    for event in &mut step.asserted_events {
        event.other.clear();
    }
    if let Some(selectors) = step.action.selectors_mut() {
        for selector in &mut selectors.0 {
            selector.bare = false;
            for part in &mut selector.chain {
                *part = part.trim_start_matches("css/").to_owned();
            }
        }
    }
    // The native deadline stands in for the longer one.
    step.timeout_ms = step
        .timeout_ms
        .filter(|_| step.extension.timeout_ms.is_none());
    step
}

#[test]
fn a_portable_file_gives_all_of_ours_back() {
    let flow = everything();
    let exported = to(Target::Recorder, &flow);
    let read = Flow::parse("portable.json", &exported.text).unwrap();
    assert_eq!(read.extension, flow.extension);
    let steps = |flow: &Flow| flow.steps.iter().map(bare).collect::<Vec<_>>();
    assert_eq!(steps(&read), steps(&flow));
    // What is read is an ordinary flow, and stays one.
    let again = Flow::parse("again.json", &read.to_json()).unwrap();
    assert_eq!(again.to_json(), read.to_json());
}

#[test]
fn a_portable_file_is_native() {
    let exported = to(Target::Recorder, &everything());
    let value: Value = serde_json::from_str(&exported.text).unwrap();
    let steps = value["steps"].as_array().unwrap();
    assert!(value.get("x-rehearsal").is_none());
    for step in steps {
        assert!(step.get("x-rehearsal").is_none(), "{step}");
        assert!(
            step["timeout"].as_u64().is_none_or(|ms| ms <= 30_000),
            "{step}"
        );
        for selector in step["selectors"].as_array().into_iter().flatten() {
            let parts = selector.as_array().expect("an array, as DevTools write it");
            for part in parts {
                let part = part.as_str().unwrap();
                assert!(
                    !part.starts_with("css/") && !part.starts_with("only/"),
                    "{part}"
                );
            }
        }
    }
    assert_eq!(steps.last().unwrap()["name"], "rehearsal.meta");
    let types: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["type"].as_str())
        .collect();
    // Shift is held around the click, whose expectations follow.
    let around = ["keyDown", "click", "keyUp", "waitForExpression"];
    assert!(types.windows(4).any(|window| window == around), "{types:?}");
}

#[test]
fn ours_comes_back_to_a_portable_file_that_was_edited() {
    let exported = to(Target::Recorder, &everything());
    let mut value: Value = serde_json::from_str(&exported.text).unwrap();
    let steps = value["steps"].as_array_mut().unwrap();
    // As somebody in DevTools would: a step more, a step less, another value.
    steps.insert(
        2,
        json!({"type": "waitForExpression", "expression": "true"}),
    );
    let at = steps
        .iter()
        .position(|step| step["value"] == "ann@example.com");
    steps[at.unwrap()]["value"] = "bob@example.com".into();
    let hover = steps
        .iter()
        .position(|step| step["type"] == "hover")
        .unwrap();
    steps.remove(hover);
    let read = Flow::parse("edited.json", &value.to_string()).unwrap();
    let mail = read.steps.iter().find_map(|step| match &step.action {
        Action::Change { value, .. } if value == "bob@example.com" => Some(&step.extension),
        _ => None,
    });
    assert_eq!(mail.unwrap().value.as_deref(), Some("{{customers.email}}"));
    assert_eq!(mail.unwrap().think_ms, Some(1200));
    // One more, one less, and none that only stood for ours.
    assert_eq!(read.steps.len(), everything().steps.len());
}

#[test]
fn broken_data_of_ours_is_an_error_with_its_place() {
    let file = |meta: Value| {
        let steps = json!([{"type": "customStep", "name": "rehearsal.meta", "parameters": meta}]);
        json!({"title": "t", "steps": steps}).to_string()
    };
    let error = |meta| Flow::parse("f.json", &file(meta)).unwrap_err().to_string();
    assert!(error(json!({"version": "x"})).contains("parameters.version"));
    let template = json!({"version": 1, "steps": {"a.0": {"value": "{{"}}});
    assert!(error(template).contains("`{{` without `}}`"));
    let step = json!({"title": "t", "steps": [
        {"type": "customStep", "name": "rehearsal.step", "parameters": {"type": "clack"}}]});
    let error = Flow::parse("f.json", &step.to_string())
        .unwrap_err()
        .to_string();
    assert!(error.contains("unknown step type `clack`"), "{error}");
}

#[test]
fn repeated_steps_are_unrolled_and_pauses_are_written_when_asked_for() {
    let text = json!({"title": "t", "x-rehearsal": {"groups": {"g": {"repeat": 3}}}, "steps": [
        {"type": "click", "selectors": [["#more"]], "offsetX": 1, "offsetY": 1,
         "x-rehearsal": {"group": "g", "thinkMs": 700}}]});
    let flow = Flow::parse("t.json", &text.to_string()).unwrap();
    let native = |exported: &Exported| -> Vec<String> {
        let value: Value = serde_json::from_str(&exported.text).unwrap();
        let steps = value["steps"].as_array().unwrap().iter();
        steps
            .map(|step| step["type"].as_str().unwrap().to_owned())
            .collect()
    };
    let plain = to(Target::Recorder, &flow);
    assert_eq!(native(&plain), ["click", "click", "click", "customStep"]);
    let baked = export(&flow, Target::Recorder, Options { bake_think: true });
    assert_eq!(native(&baked)[..2], ["waitForExpression", "click"]);
    assert!(baked.text.contains("setTimeout(() => done(true), 700)"));
    for exported in [plain, baked] {
        let read = Flow::parse("p.json", &exported.text).unwrap();
        assert_eq!(read.steps.len(), 1);
        assert_eq!(read.extension, flow.extension);
        assert_eq!(read.steps[0].extension, flow.steps[0].extension);
    }
}

#[test]
fn what_the_recorder_cannot_do_is_said() {
    let exported = to(Target::Recorder, &everything());
    assert!(said(&exported, Severity::Lost, 3)[0].contains("optional"));
    assert!(
        said(&exported, Severity::Lost, 8)
            .iter()
            .any(|what| what.contains("dialog"))
    );
    assert!(
        said(&exported, Severity::Lost, 8)
            .iter()
            .any(|what| what.contains("`response`"))
    );
    assert!(said(&exported, Severity::Lost, 12)[0].contains("rehearsal.upload"));
    assert!(said(&exported, Severity::Changed, 4)[0].contains("sample"));
    assert!(
        said(&exported, Severity::Changed, 9)
            .iter()
            .any(|what| what.contains("first"))
    );
    assert!(said(&exported, Severity::Changed, 26).is_empty());
    assert!(said(&exported, Severity::Lost, 26)[0].contains("frame"));
}

#[test]
fn a_playwright_test_is_javascript_too() {
    let text = to(Target::Playwright, &everything()).text;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.mjs");
    std::fs::write(&path, &text).unwrap();
    let checked = Command::new("node").arg("--check").arg(&path).output();
    let checked = checked.expect("`node` checks the exported test: install Node.js 18 or newer");
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}\n{text}");
}

#[test]
fn a_locust_file_is_python() {
    for flow in [
        everything(),
        flow(&json!([{"type": "customStep", "name": "other"}])),
        flow(&json!([])),
    ] {
        let text = to(Target::Locust, &flow).text;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locustfile.py");
        std::fs::write(&path, &text).unwrap();
        let checked = Command::new("python3")
            .args(["-m", "py_compile"])
            .arg(&path)
            .output();
        let checked = checked.expect("`python3` checks the exported user: install Python 3");
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{said}\n{text}");
    }
}

/// Lines that stand in the text in this order.
#[track_caller]
fn in_order(text: &str, lines: &[&str]) {
    let mut all = text.lines().map(str::trim);
    for line in lines {
        assert!(
            all.any(|own| own == *line),
            "`{line}` is not (there) in\n{text}"
        );
    }
}

#[test]
fn playwright_code_is_what_a_person_would_write() {
    let exported = to(Target::Playwright, &everything());
    in_order(
        &exported.text,
        &[
            "import { test, expect } from '@playwright/test';",
            "email: 'ann@example.com',",
            "test.use({ baseURL: process.env.BASE_URL ?? 'http://127.0.0.1:8000' });",
            "test('Buy a \"lamp\"', async ({ page }) => {",
            "await test.step('Open the login', async () => {",
            "await page.goto('/login');",
            "await expect(page).toHaveTitle('Log in');",
            "if (await appears(page.locator('#cookies-ok'))) {",
            "await page.getByLabel('E-mail', { exact: true }).fill(data.customers.email);",
            "await page.getByLabel('Password', { exact: true })\
             .fill(process.env.REHEARSAL_SECRET_PASSWORD ?? '');",
            "await page.keyboard.press('Enter');",
            "await page.waitForURL(/^https?:\\/\\/[^/]+\\/users\\/[^/?#]+\\/?([?#]|$)/);",
            "await page.getByRole('button', { name: 'Log in', exact: true })\
             .click({ modifiers: ['Shift'] });",
            "await expect(page.locator('#total')).toHaveText('12 €');",
            "const order_id = part(await page.locator('#order').innerText(), \
             new RegExp('(\\\\d+)'));",
            "await page.keyboard.press('ControlOrMeta+Shift+K');",
            "await page.locator('#file').setInputFiles(['a.png']);",
            "await chooser13.setFiles(['a.png']);",
            "await page.locator('#card').dragTo(page.locator('#lane'));",
            "await page.goBack();",
            "await page.getByRole('combobox', { name: 'Country', exact: true })\
             .selectOption(['de', 'fr']);",
            "await page.locator('input[type=\\'checkbox\\']').check();",
            "const page1 = await page1Promise;",
            "await page1.close();",
            "await page.locator('iframe.pay').contentFrame()\
             .getByRole('button', { name: 'Pay', exact: true }).click();",
            "await page.getByRole('row', { name: 'Row', exact: true }).nth(1).click();",
        ],
    );
    assert!(!exported.text.contains("waitForTimeout"));
    let baked = export(
        &everything(),
        Target::Playwright,
        Options { bake_think: true },
    );
    assert!(baked.text.contains("await page.waitForTimeout(1200);"));
}

#[test]
fn locust_measures_each_step_and_pauses_between() {
    let exported = to(Target::Locust, &everything());
    in_order(
        &exported.text,
        &[
            "class BuyALamp(PlaywrightUser):",
            "host = \"http://127.0.0.1:8000\"",
            "weight = 1",
            "@task(1)",
            "@pw",
            "async def walk_buy_a_lamp(self, page: PageWithRetry):",
            "async with step(self, \"Open the login\"):",
            "await page.goto(\"/login\")",
            "await asyncio.sleep(1.2)",
            "async with step(self, \"change E-mail\"):",
            "await page.get_by_label(\"E-mail\", exact=True)\
             .fill(DATA[\"customers\"][\"email\"])",
            "async with page.expect_popup() as page1_info:",
            "page1 = await page1_info.value",
        ],
    );
}

#[test]
fn strange_text_stays_text() {
    let title = "*/ `${process.exit()}` \"\"\" '); //\n\u{2028}\\";
    let text = json!({"title": title, "steps": [
        {"type": "change", "selectors": [["aria/a\nb' \\"], ["#x\\"]], "value": "'\"\\\n\u{2029}${1}`",
         "x-rehearsal": {"name": title, "value": "{{a.b}}\\`${x}'"}},
        {"type": "waitForElement", "selectors": [["text/]/"]],
         "x-rehearsal": {"expect": [{"url": "/a/[b]\\**?x=(1"}, {"matches": "(?i)a/b[/]"}]}}]});
    let flow = Flow::parse("t.json", &text.to_string()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (target, name, program, arguments) in [
        (Target::Playwright, "t.mjs", "node", &["--check"][..]),
        (Target::Locust, "t.py", "python3", &["-m", "py_compile"][..]),
    ] {
        let text = to(target, &flow).text;
        let path = folder.path().join(name);
        std::fs::write(&path, &text).unwrap();
        let checked = Command::new(program).args(arguments).arg(&path).output();
        let checked = checked.unwrap_or_else(|_| panic!("`{program}` is needed"));
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{said}\n{text}");
    }
}
