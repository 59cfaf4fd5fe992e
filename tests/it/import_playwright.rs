//! Recordings of Playwright to flows: every action, both shapes, three languages.

use std::path::Path;

use rehearsal::flow::Flow;
use rehearsal::flow::import::{Format, Imported, Note, NotePlace, Severity, import};
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

fn joined(lines: &[Value]) -> String {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn steps(imported: &Imported) -> Vec<Value> {
    imported.flow.to_value()["steps"]
        .as_array()
        .unwrap()
        .clone()
}

/// The one step between the opening of the page and the end, of one line of a recording.
fn step(line: &Value) -> Value {
    let text = format!(
        "{}\n{line}\n",
        json!({"name": "openPage", "url": "http://a.test/", "pageGuid": "p"})
    );
    let imported = one("a.jsonl", &text);
    assert_eq!(imported.flow.steps.len(), 3, "{line}: {imported:?}");
    steps(&imported).remove(2)
}

/// The same of a line of a script, with what was said of it.
fn statement(line: &str) -> (Vec<Value>, Vec<Note>) {
    let script = format!(
        "import {{ test, expect }} from '@playwright/test';\n\ntest('test', async ({{ page }}) => {{\n  \
         await page.goto('http://a.test/');\n  {line}\n}});\n"
    );
    let mut imported = one("a.spec.ts", &script);
    imported.notes.retain(|note| note.place != NotePlace::File);
    (steps(&imported).split_off(2), imported.notes)
}

fn on(id: &str) -> Value {
    json!([[format!("#{id}")], [format!("pierce/#{id}")]])
}

#[test]
fn a_recording_and_a_script_of_the_same_hour_are_the_same_flow() {
    let without_waits = |name: &str| {
        let mut steps = steps(&sample(name));
        steps.retain(|step| step["type"] != "waitForElement");
        steps
    };
    assert_eq!(without_waits("oscar.jsonl"), without_waits("oscar.spec.js"));
    assert_eq!(without_waits("oscar.jsonl").len(), 24);
    // Codegen wrote the shortcuts into the script alone.
    let mut script = without_waits("node-red.spec.js");
    script.retain(|step| step["type"] != "customStep");
    assert_eq!(without_waits("node-red.jsonl"), script);
    // What appeared after an action is waited for before the next one.
    let all = steps(&sample("oscar.jsonl"));
    assert_eq!(all[0]["type"], "setViewport");
    assert_eq!(all[0]["width"], 1280);
    assert_eq!(all[1]["url"], "http://127.0.0.1:8402/catalogue/");
    assert_eq!(
        all[2]["selectors"][0],
        json!(["aria/breadcrumb[role=\"navigation\"]"])
    );
    let last = all.len() - 1;
    assert_eq!(
        all[last - 1]["selectors"][0],
        json!(["aria/Address Change[role=\"heading\"]"])
    );
    assert_eq!(
        all[last]["selectors"][0],
        json!(["aria/Place order[role=\"button\"]"])
    );
}

#[test]
fn passwords_stay_out_and_holes_are_owned_up_to() {
    for name in ["node-red.jsonl", "node-red.spec.js"] {
        let imported = sample(name);
        let all = format!("{:?} {}", imported.notes, imported.flow.to_json());
        assert!(!all.contains("open-sesame-1"), "{all}");
        let password = steps(&imported)
            .into_iter()
            .find(|step| step["value"] == "-")
            .unwrap();
        assert_eq!(password["x-rehearsal"]["value"], "{{secret.PASSWORD}}");
        assert!(
            imported
                .notes
                .iter()
                .any(|note| note.what.contains("REHEARSAL_SECRET_PASSWORD"))
        );
        // The drag is missing in it, which nothing in it tells.
        let advice = imported
            .notes
            .iter()
            .filter(|note| note.severity == Severity::Advice);
        let advice: Vec<&str> = advice.map(|note| note.what.as_str()).collect();
        assert!(advice[0].contains("no drag and drop"), "{advice:?}");
        assert!(
            advice[1].contains("nothing checks how it ends"),
            "{advice:?}"
        );
    }
    for (line, kept) in [
        (
            "await page.getByLabel('Card number').fill('4242424242424242');",
            "CARD_NUMBER",
        ),
        (
            "await page.locator('#cvc').pressSequentially('4242');",
            "CVC",
        ),
        (
            "await page.getByPlaceholder('One-time code').fill('4242');",
            "ONE_TIME_CODE",
        ),
        (
            "await page.getByLabel('Password').click(); await page.keyboard.type('4242');",
            "PASSWORD",
        ),
        (
            "await page.getByLabel('Password').fill(process.env.SHOP_PASSWORD);",
            "SHOP_PASSWORD",
        ),
    ] {
        let (steps, notes) = statement(line);
        let last = steps.last().unwrap();
        assert_eq!(
            last["x-rehearsal"]["value"],
            format!("{{{{secret.{kept}}}}}"),
            "{line}"
        );
        assert!(
            !format!("{steps:?} {notes:?}").contains("4242"),
            "{line}: {steps:?} {notes:?}"
        );
    }
    let (steps, _) = statement(
        "await page.getByLabel('Password').press('a');\n  await expect(page.getByLabel('PIN')).toHaveValue('4242');",
    );
    assert!(!format!("{steps:?}").contains("4242"), "{steps:?}");
    assert_eq!(steps.len(), 1, "{steps:?}");
}

#[test]
fn every_recorded_action_is_a_step() {
    let action = |name: &str, more: Value| {
        let mut line = json!({"name": name, "selector": "#a", "signals": [], "pageGuid": "p"});
        line.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        step(&line)
    };
    let clicked = action(
        "click",
        json!({"button": "right", "modifiers": 11, "clickCount": 1}),
    );
    assert_eq!(clicked["type"], "click");
    assert_eq!(clicked["button"], "secondary");
    assert_eq!(
        clicked["x-rehearsal"]["modifiers"],
        json!(["Alt", "ControlOrMeta", "Shift"])
    );
    assert_eq!(clicked["selectors"], on("a"));
    let at = action(
        "click",
        json!({"button": "left", "modifiers": 0, "clickCount": 2, "position": {"x": 7, "y": 9}}),
    );
    assert_eq!(at["type"], "doubleClick");
    assert_eq!([&at["offsetX"], &at["offsetY"]], [&json!(7), &json!(9)]);
    assert_eq!(at.get("x-rehearsal"), None);
    assert_eq!(action("hover", json!({}))["type"], "hover");
    assert_eq!(action("check", json!({}))["value"], "true");
    assert_eq!(action("uncheck", json!({}))["value"], "false");
    assert_eq!(action("fill", json!({"text": "Tea"}))["value"], "Tea");
    let pressed = action("press", json!({"key": "Enter", "modifiers": 8}));
    assert_eq!(
        pressed["parameters"],
        json!({"selectors": on("a"), "keys": "Shift+Enter"})
    );
    assert_eq!(action("select", json!({"options": ["DE"]}))["value"], "DE");
    let several = action("select", json!({"options": ["DE", "GB"]}));
    assert_eq!(several["x-rehearsal"]["values"], json!(["DE", "GB"]));
    let upload = action("setInputFiles", json!({"files": ["cv.pdf"]}));
    assert_eq!(upload["name"], "rehearsal.upload");
    assert_eq!(upload["parameters"]["files"], json!(["cv.pdf"]));
    assert_eq!(
        action("navigate", json!({"url": "http://a.test/x?y=1"}))["url"],
        "http://a.test/x?y=1"
    );
    let expect = |step: Value| step["x-rehearsal"]["expect"].clone();
    for (name, more, expected) in [
        (
            "assertText",
            json!({"text": "Paid", "substring": true}),
            json!([{"contains": "Paid"}]),
        ),
        (
            "assertText",
            json!({"text": "Paid", "substring": false}),
            json!([{"text": "Paid"}]),
        ),
        (
            "assertValue",
            json!({"value": "7"}),
            json!([{"value": "7"}]),
        ),
        (
            "assertChecked",
            json!({"checked": false}),
            json!([{"checked": false}]),
        ),
        ("assertVisible", json!({}), Value::Null),
    ] {
        let step = action(name, more);
        assert_eq!(step["type"], "waitForElement", "{name}");
        assert_eq!(expect(step), expected, "{name}");
    }
    let snapshot = action(
        "assertSnapshot",
        json!({"ariaSnapshot": "- heading \"Paid\" [level=1]\n- text: Thanks"}),
    );
    let expected = expect(snapshot);
    assert_eq!(
        expected[0]["selectors"][0],
        json!(["#a", "aria/Paid[role=\"heading\"]"])
    );
    assert_eq!(expected[1], json!({"contains": "Thanks"}));
}

#[test]
fn signals_are_what_an_action_causes() {
    let lines = [
        json!({"browserName": "chromium", "contextOptions": {"viewport": {"width": 390, "height": 844}, "isMobile": true, "locale": "de-DE"}, "deviceName": "iPhone 13"}),
        json!({"name": "openPage", "url": "about:blank", "signals": [], "pageGuid": "p"}),
        json!({"name": "navigate", "url": "http://a.test/?a=1", "signals": [{"name": "navigation", "url": "http://a.test/?a=1"}], "pageGuid": "p"}),
        json!({"name": "click", "selector": "#next", "signals": [{"name": "navigation", "url": "http://a.test/2"}], "pageGuid": "p"}),
        json!({"name": "click", "selector": "#pop", "signals": [{"name": "popup", "popupPageGuid": "q"}], "pageGuid": "p"}),
        json!({"name": "click", "selector": "#in", "signals": [{"name": "dialog", "dialogAlias": ""}], "pageGuid": "q"}),
        json!({"name": "closePage", "signals": [], "pageGuid": "q"}),
        json!({"name": "click", "selector": "#get", "signals": [{"name": "download", "downloadAlias": ""}], "pageGuid": "p"}),
        json!({"name": "click", "selector": "#a", "signals": [{"name": "expect", "selector": "internal:role=heading[name=\"Order 17\"i]"}], "pageGuid": "p"}),
        json!({"name": "closePage", "signals": [], "pageGuid": "p"}),
    ];
    let text = joined(&lines);
    let imported = one("signals.jsonl", &text);
    let all = steps(&imported);
    assert_eq!(
        [&all[0]["width"], &all[0]["isMobile"]],
        [&json!(390), &json!(true)]
    );
    assert_eq!(all[1].get("assertedEvents"), None);
    assert_eq!(
        all[2]["assertedEvents"],
        json!([{"type": "navigation", "url": "http://a.test/2"}])
    );
    assert_eq!(all[3]["x-rehearsal"].get("tab"), None);
    assert_eq!(all[4]["x-rehearsal"]["tab"], 1);
    assert_eq!(
        [&all[5]["type"], &all[5]["x-rehearsal"]["tab"]],
        [&json!("close"), &json!(1)]
    );
    assert_eq!(all[6]["x-rehearsal"]["download"], json!({}));
    // Its name would be another one next time.
    assert_eq!(all.len(), 8, "{all:?}");
    let said: Vec<String> = imported.notes.iter().map(ToString::to_string).collect();
    for part in [
        "lost: line 1: the option `locale`",
        "lost: line 1: the device `iPhone 13`",
        "advice: line 6: a dialog opens here",
        "advice: line 9: what appeared here has a number in its name",
    ] {
        assert!(
            said.iter().any(|note| note.starts_with(part)),
            "{part}: {said:#?}"
        );
    }
}

#[test]
fn assertions_that_the_recorder_wrote_itself_are_not_waited_for_twice() {
    let heading = "internal:role=heading[name=\"Cart\"i]";
    let lines = [
        json!({"generateExpectSignal": true}),
        json!({"name": "navigate", "url": "http://a.test/", "signals": [{"name": "expect", "selector": heading}], "pageGuid": "p"}),
        json!({"name": "assertVisible", "selector": heading, "signals": [], "pageGuid": "p"}),
    ];
    let text = joined(&lines);
    assert_eq!(one("a.jsonl", &text).flow.steps.len(), 3);
}

#[test]
fn older_recordings_name_frames_and_pages_otherwise() {
    let lines = [
        json!({"browserName": "chromium", "launchOptions": {}, "contextOptions": {}}),
        json!({"name": "openPage", "url": "about:blank", "signals": [], "pageAlias": "page", "framePath": []}),
        json!({"name": "navigate", "url": "http://a.test/", "signals": [], "pageAlias": "page", "framePath": []}),
        json!({"name": "click", "selector": "internal:role=link[name=\"Help\"i]", "button": "left", "modifiers": 0, "clickCount": 1,
            "signals": [{"name": "popup", "popupAlias": "page1"}], "pageAlias": "page", "framePath": []}),
        json!({"name": "fill", "selector": "internal:role=textbox[name=\"Topic\"s]", "text": "x", "signals": [], "pageAlias": "page1",
            "framePath": ["iframe[name=\"outer\"]", "#inner"]}),
    ];
    let text = joined(&lines);
    let all = steps(&one("old.jsonl", &text));
    let own = &all[3]["x-rehearsal"];
    assert_eq!(own["tab"], 1);
    assert_eq!(own["frames"][0][0], json!(["iframe[name=\"outer\"]"]));
    assert_eq!(own["frames"][1], on("inner"));
    // Newer ones have the frames in the selector.
    let newer = step(&json!({"name": "fill", "text": "x", "pageGuid": "p",
        "selector": "iframe[name=\"outer\"] >> internal:control=enter-frame >> #inner >> internal:control=enter-frame >> internal:role=textbox[name=\"Topic\"s]"}));
    assert_eq!(newer["x-rehearsal"]["frames"], own["frames"]);
    assert_eq!(newer["selectors"], all[3]["selectors"]);
    // A line with the object alone means the same.
    let object = step(
        &json!({"name": "click", "pageGuid": "p", "locator": {"kind": "role", "body": "link",
        "options": {"attrs": [], "exact": false, "name": "Help"}, "next": {"kind": "nth", "body": "1"}}}),
    );
    assert_eq!(
        object["selectors"],
        json!([["aria/[name*=\"Help\"][role=\"link\"]", "only/[nth=\"1\"]"]])
    );
}

#[test]
fn statements_of_a_script_are_steps() {
    let first = |line: &str| statement(line).0.remove(0);
    let clicked = first(
        "await page.locator('#a').click({ button: 'middle', modifiers: ['ControlOrMeta'], position: { x: 3, y: 4 }, delay: 50 });",
    );
    assert_eq!(clicked["button"], "auxiliary");
    assert_eq!(
        [&clicked["offsetX"], &clicked["duration"]],
        [&json!(3), &json!(50)]
    );
    assert_eq!(
        clicked["x-rehearsal"]["modifiers"],
        json!(["ControlOrMeta"])
    );
    for (line, kind) in [
        ("await page.locator('#a').dblclick();", "doubleClick"),
        ("await page.locator('#a').hover();", "hover"),
        ("await page.dblclick('#a');", "doubleClick"),
        (
            "await page.setViewportSize({ width: 800, height: 600 });",
            "setViewport",
        ),
        ("await page.locator('#a').waitFor();", "waitForElement"),
        (
            "await page.locator('#a').scrollIntoViewIfNeeded();",
            "scroll",
        ),
    ] {
        assert_eq!(first(line)["type"], kind, "{line}");
    }
    assert_eq!(first("await page.fill(`#a`, \"it's\");")["value"], "it's");
    assert_eq!(
        first("await page.locator('#a').selectOption([{ label: 'Tea' }, 'x']);")["x-rehearsal"]["values"],
        json!(["Tea", "x"])
    );
    assert_eq!(
        first("await page.locator('#a').setInputFiles(['a.txt', 'b.txt']);")["parameters"]["files"],
        json!(["a.txt", "b.txt"])
    );
    assert_eq!(
        first("await page.goBack();")["parameters"],
        json!({"go": "back"})
    );
    assert_eq!(
        first("await page.reload();")["parameters"],
        json!({"go": "reload"})
    );
    assert_eq!(
        first("await page.locator('#a').dragTo(page.locator('#b'));")["x-rehearsal"]["drag"],
        json!({"selectors": on("a"), "to": on("b")})
    );
    assert_eq!(
        first("await page.keyboard.press('Escape');")["parameters"],
        json!({"keys": "Escape"})
    );
    let slow = statement("await page.waitForTimeout(1500);\n  await page.locator('#a').click();");
    assert_eq!(slow.0[0]["x-rehearsal"]["thinkMs"], 1500);
    let frame = first("await page.frameLocator('#f').getByRole('button').click();");
    assert_eq!(
        frame,
        first("await page.locator('#f').contentFrame().getByRole('button').click();")
    );
    assert_eq!(frame["x-rehearsal"]["frames"], json!([on("f")]));
    let accepted = first(
        "page.once('dialog', async dialog => { await dialog.accept('Ann'); });\n  await page.locator('#a').click();",
    );
    assert_eq!(
        accepted["x-rehearsal"]["dialogs"],
        json!([{"type": "prompt", "text": "Ann"}])
    );
    let named = statement(
        "const row = page.getByRole('row').nth(2);\n  await row.getByRole('button').click();",
    )
    .0
    .remove(0);
    assert_eq!(
        named["selectors"][0],
        json!([
            "aria/[role=\"row\"]",
            "only/[nth=\"2\"]",
            "aria/[role=\"button\"]"
        ])
    );
    let chosen = statement(
        "const chooser = page.waitForEvent('filechooser');\n  await page.locator('#a').click();\n  await (await chooser).setFiles('x');\n  const c = await chooser;\n  await c.setFiles('x.txt');",
    );
    assert_eq!(chosen.0[0]["name"], "rehearsal.upload");
}

#[test]
fn popups_and_downloads_of_scripts() {
    let (all, notes) = statement(
        "const page1Promise = page.waitForEvent('popup');\n  await page.locator('#open').click();\n  \
         const page1 = await page1Promise;\n  await page1.locator('#in').click();\n  \
         const downloadPromise = page.waitForEvent('download');\n  await page.locator('#get').click();\n  \
         const download = await downloadPromise;\n  \
         const [page2] = await Promise.all([\n    page.waitForEvent('popup'),\n    page.click('#more')\n  ]);\n  \
         await page2.close();",
    );
    assert_eq!(notes, []);
    assert_eq!(all[0].pointer("/x-rehearsal/tab"), None);
    assert_eq!(all[1]["x-rehearsal"]["tab"], 1);
    assert_eq!(all[2]["x-rehearsal"]["download"], json!({}));
    assert_eq!(all[3]["selectors"], on("more"));
    assert_eq!(
        [&all[4]["type"], &all[4]["x-rehearsal"]["tab"]],
        [&json!("close"), &json!(2)]
    );
}

#[test]
fn assertions_of_scripts_are_expectations() {
    for (line, visible, expected) in [
        ("toBeVisible()", Value::Null, Value::Null),
        ("not.toBeVisible()", json!(false), Value::Null),
        ("toBeHidden()", json!(false), Value::Null),
        (
            "toContainText('Paid')",
            Value::Null,
            json!([{"contains": "Paid"}]),
        ),
        ("toHaveText('Paid')", Value::Null, json!([{"text": "Paid"}])),
        (
            "toHaveText(/Order \\d+/)",
            Value::Null,
            json!([{"matches": "Order \\d+"}]),
        ),
        ("toHaveValue('7')", Value::Null, json!([{"value": "7"}])),
        ("toBeEmpty()", Value::Null, json!([{"value": ""}])),
        ("toBeChecked()", Value::Null, json!([{"checked": true}])),
        (
            "not.toBeChecked()",
            Value::Null,
            json!([{"checked": false}]),
        ),
        ("toBeDisabled()", Value::Null, json!([{"enabled": false}])),
    ] {
        let (mut all, notes) = statement(&format!("await expect(page.locator('#a')).{line};"));
        assert_eq!(notes, [], "{line}");
        let step = all.remove(0);
        assert_eq!(
            [&step["type"], &step["visible"]],
            [&json!("waitForElement"), &visible],
            "{line}"
        );
        assert_eq!(step["x-rehearsal"]["expect"], expected, "{line}");
    }
    let counted = statement("await expect(page.locator('#a')).toHaveCount(3);")
        .0
        .remove(0);
    assert_eq!(
        [&counted["operator"], &counted["count"]],
        [&json!("=="), &json!(3)]
    );
    let tree = statement(
        "await expect(page.locator('body')).toMatchAriaSnapshot(`\n    - heading \"Hi\"\n    `);",
    )
    .0
    .remove(0);
    assert_eq!(tree["x-rehearsal"]["expect"][0]["visible"], true);
    for (line, expected) in [
        (
            "toHaveURL('http://a.test/orders?x=1')",
            json!({"url": "/orders?x=1"}),
        ),
        (
            "toHaveURL('http://b.test/orders')",
            json!({"url": "http://b.test/orders"}),
        ),
        (
            "toHaveURL(/.*\\/orders\\/\\d+$/)",
            json!({"url": "**/orders/*"}),
        ),
        ("toHaveTitle('Shop')", json!({"title": "Shop"})),
    ] {
        let (all, notes) = statement(&format!(
            "await page.locator('#a').click();\n  await expect(page).{line};"
        ));
        assert_eq!(notes, [], "{line}");
        assert_eq!(all[0]["x-rehearsal"]["expect"], json!([expected]), "{line}");
    }
}

#[test]
fn what_is_not_known_is_said_with_its_line_and_without_its_values() {
    for (line, said) in [
        (
            "await page.evaluate(() => localStorage.setItem('a', 'hush'));",
            "lost: line 5: `page.evaluate(…)`",
        ),
        (
            "await page.route('**/hush', route => route.abort());",
            "lost: line 5: `page.route(…)`",
        ),
        (
            "await request.post('/hush', { data: 'hush' });",
            "lost: line 5: `request.post(…)`",
        ),
        (
            "await page.locator('#a').screenshot({ path: 'hush' });",
            "lost: line 5: `page.locator(…).screenshot(…)`",
        ),
        (
            "await page.mouse.move(1, 2);",
            "lost: line 5: `page.mouse.move(…)`",
        ),
        (
            "await expect(page.locator('#a')).toHaveCSS('color', 'hush');",
            "lost: line 5: `expect(…).toHaveCSS(…)`",
        ),
        ("await login(page, 'hush');", "lost: line 5: `login(…)`"),
        (
            "if (hush) { await page.locator('#a').click(); }",
            "changed: line 5: `if`",
        ),
        (
            "await page.locator('#a').fill(makeUp('hush'));",
            "lost: line 5: a value that the script computes",
        ),
        (
            "await page.locator('#a').pressSequentially('Tea');",
            "changed: line 5: typed text replaces",
        ),
    ] {
        let (_, notes) = statement(line);
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        assert!(
            notes.iter().any(|note| note.starts_with(said)),
            "{line}: {notes:?}"
        );
        assert!(!notes.iter().any(|note| note.contains("hush")), "{notes:?}");
    }
    // The body is there all the same.
    assert_eq!(
        statement("for (const x of y) { await page.locator('#a').click(); }")
            .0
            .len(),
        1
    );
}

#[test]
fn a_file_with_several_tests_gives_several_flows() {
    let script = r"
        import { test, expect } from '@playwright/test';
        test.use({ viewport: { width: 800, height: 600 }, testIdAttribute: 'data-pw', baseURL: 'http://a.test' });
        test.beforeEach(async ({ page }) => { await page.goto('/start'); });
        test.describe('orders', () => {
          test('first', { tag: '@x' }, async ({ page }) => { await page.getByTestId('go').click(); });
          test('second', async ({ page }) => {
            await test.step('Pay', async () => { await page.click('text=Pay'); });
          });
        });
        test('second', async ({ page }) => {});
    ";
    let all = import(Format::PlaywrightScript, "orders.spec.ts", script).unwrap();
    let titles: Vec<&str> = all.iter().map(|one| one.flow.title.as_str()).collect();
    assert_eq!(titles, ["first", "second", "second 2"]);
    let first = steps(&all[0]);
    assert_eq!(first[0]["width"], 800);
    assert_eq!(first[1]["url"], "http://a.test/start");
    assert_eq!(first[2]["selectors"][0], json!(["[data-pw=\"go\"]"]));
    assert_eq!(steps(&all[1])[2]["x-rehearsal"]["group"], "Pay");
}

const PYTHON: &str = r##"import re
import pytest
from playwright.sync_api import Page, expect


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args, playwright):
    return {"viewport": {"width": 800, "height": 600}}


def test_example(page: Page) -> None:
    page.goto("http://a.test/")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Delete", exact=True).click(modifiers=["Shift"])
    with page.expect_popup() as page1_info:
        page.get_by_role("link", name=re.compile(r"^Help\.$")).click()
    page1 = page1_info.value
    page1.locator("#topic").fill("x")
    with page.expect_download() as download_info:
        page.locator("#get").click()
    download = download_info.value
    page.locator("#f").content_frame.get_by_label("Size").select_option("L")
    page.get_by_text("Rows").nth(1).dblclick()
    page.locator("#pin_code").fill("4242")
    expect(page.locator("#a")).not_to_be_checked()
    expect(page).to_have_url("http://a.test/end")
"##;

#[test]
fn python_says_the_same() {
    let imported = one("test_example.py", PYTHON);
    assert_eq!(imported.flow.title, "example");
    let all = steps(&imported);
    assert_eq!(all[0]["width"], 800);
    assert_eq!(
        all[2]["selectors"],
        json!([["aria/Delete[role=\"button\"]"]])
    );
    assert_eq!(all[2]["x-rehearsal"]["modifiers"], json!(["Shift"]));
    assert_eq!(all[3]["selectors"], json!([["aria/Help.[role=\"link\"]"]]));
    assert_eq!(all[4]["x-rehearsal"]["tab"], 1);
    assert_eq!(all[5]["x-rehearsal"]["download"], json!({}));
    assert_eq!(all[6]["x-rehearsal"]["frames"], json!([on("f")]));
    assert_eq!(all[7]["type"], "doubleClick");
    assert_eq!(all[8]["value"], "-");
    assert_eq!(
        all[9]["x-rehearsal"]["expect"],
        json!([{"checked": false}, {"url": "/end"}])
    );
    assert_eq!(all.len(), 10, "{all:#?}");
    // The library's forms, with and without `await`.
    for (asynchronous, wait) in [("", ""), ("async ", "await ")] {
        let body: String = PYTHON
            .lines()
            .skip_while(|line| !line.contains("page.goto"))
            .map(|line| {
                let indent = line.len() - line.trim_start().len();
                let (indent, line) = line.split_at(indent);
                match line.split_once("with ") {
                    Some(("", with)) => format!("{indent}{asynchronous}with {with}\n"),
                    _ if line.contains(" = ") && !line.contains("_info.value") => {
                        format!("{indent}{line}\n")
                    }
                    _ => format!(
                        "{indent}{}\n",
                        line.replacen("page.", &format!("{wait}page."), 1).replacen(
                            &format!("expect({wait}"),
                            &format!("{wait}expect("),
                            1
                        )
                    ),
                }
            })
            .collect();
        let script = format!(
            "import re\nfrom playwright.sync_api import Playwright, sync_playwright, expect\n\n\n\
             {asynchronous}def run(playwright: Playwright) -> None:\n    \
             browser = {wait}playwright.chromium.launch(headless=False)\n    \
             context = {wait}browser.new_context(viewport={{\"width\":800,\"height\":600}})\n    \
             page = {wait}context.new_page()\n{body}    page.close()\n\n    # ---------------------\n    \
             {wait}context.close()\n    {wait}browser.close()\n\n\n\
             with sync_playwright() as playwright:\n    run(playwright)\n"
        );
        let library = one("example.py", &script);
        assert_eq!(steps(&library), all, "{script}");
        let lost = library
            .notes
            .iter()
            .filter(|note| note.severity == Severity::Lost);
        assert_eq!(lost.collect::<Vec<_>>(), Vec::<&Note>::new());
    }
}

#[test]
fn the_library_form_of_javascript_is_one_flow() {
    let script = "const { chromium, devices } = require('playwright');\n\n(async () => {\n  \
        const browser = await chromium.launch({\n    headless: false\n  });\n  \
        const context = await browser.newContext({\n    ...devices['iPhone 13'],\n    viewport: { width: 390, height: 844 }\n  });\n  \
        const page = await context.newPage();\n  await page.goto('http://a.test/?q=1');\n  \
        await page.getByRole('link', { name: 'Buy' }).click();\n  \
        // await expect(page.getByText('Thanks')).toBeVisible();\n  await page.close();\n\n  \
        // ---------------------\n  await context.close();\n  await browser.close();\n})();\n";
    let imported = one("buy.js", script);
    let all = steps(&imported);
    assert_eq!(all[0]["width"], 390);
    assert_eq!(all[1]["url"], "http://a.test/?q=1");
    assert_eq!(all[3]["selectors"], json!([["text/Thanks"]]));
    assert_eq!(all.len(), 4, "{all:#?}");
    let lost: Vec<&Note> = imported
        .notes
        .iter()
        .filter(|note| note.severity == Severity::Lost)
        .collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert!(lost[0].what.contains("device"));
}

#[test]
fn formats_are_known_by_name_and_by_what_is_in_them() {
    for (file, text, format) in [
        ("a.jsonl", "", Some(Format::PlaywrightJsonl)),
        ("a.spec.ts", "", Some(Format::PlaywrightScript)),
        ("a.py", "", Some(Format::PlaywrightPython)),
        ("a.side", "", Some(Format::SeleniumSide)),
        ("a.har", "", Some(Format::Har)),
        (
            "a.json",
            "{\"title\":\"t\",\"steps\":[]}",
            Some(Format::RecorderJson),
        ),
        ("a.json", "{\"log\":{\"entries\":[]}}", Some(Format::Har)),
        (
            "a.json",
            "{\"id\":\"x\",\"tests\":[]}",
            Some(Format::SeleniumSide),
        ),
        (
            "-",
            "{\"browserName\":\"chromium\"}\n{\"name\":\"openPage\"}\n",
            Some(Format::PlaywrightJsonl),
        ),
        (
            "-",
            "await page.goto('http://a.test')",
            Some(Format::PlaywrightScript),
        ),
        (
            "-",
            "def test_a(page):\n    page.goto('http://a.test')",
            Some(Format::PlaywrightPython),
        ),
        ("a.json", "{}", None),
        ("a.txt", "hello", None),
    ] {
        assert_eq!(Format::detect(file, text), format, "{file} {text}");
    }
    for name in ["oscar.jsonl", "oscar.spec.js"] {
        let title = sample(name).flow.title;
        assert_eq!(title, "oscar");
    }
}

#[test]
fn a_recorders_file_is_taken_as_it_is_but_for_its_passwords() {
    let text = json!({"title": "t", "steps": [
        {"type": "navigate", "url": "http://ann:hush@a.test/"},
        {"type": "change", "value": "hush", "selectors": [["aria/Password:"], ["#p"]]},
        {"type": "change", "value": "ann", "selectors": [["#user"]]},
    ]});
    let imported = one("a.json", &text.to_string());
    let all = steps(&imported);
    assert_eq!(all[0]["url"], "http://a.test/");
    assert_eq!(all[1]["x-rehearsal"]["value"], "{{secret.PASSWORD}}");
    assert_eq!(all[2]["value"], "ann");
    assert!(!imported.flow.to_json().contains("hush"));
}

#[test]
fn what_is_no_recording_is_an_error_that_quotes_nothing() {
    for (format, text, message) in [
        (
            Format::PlaywrightJsonl,
            "{\"name\":\"fill\",\"text\":\"hush\"}\n{\"name\":\"fill\",\"text\":\"hush\" oops}",
            "`x`, line 2: not JSON: expected `,` or `}`",
        ),
        (
            Format::PlaywrightJsonl,
            "[1]",
            "`x`, line 1: this is no action of Playwright",
        ),
        (
            Format::PlaywrightJsonl,
            "{}",
            "`x`, line 1: there is no action of Playwright in it",
        ),
        (
            Format::PlaywrightScript,
            "console.log('hush')",
            "`x`, line 1: there is no step of Playwright in it",
        ),
        (
            Format::PlaywrightPython,
            "",
            "`x`, line 1: there is no step of Playwright in it",
        ),
    ] {
        let error = import(format, "x", text).unwrap_err();
        assert_eq!(error.to_string(), message);
        let report = format!("{:?}", miette::Report::new(error));
        assert!(!report.contains("hush"), "{report}");
    }
}

#[test]
fn no_text_makes_it_panic_or_hang() {
    let samples = ["oscar.spec.js", "node-red.jsonl"].map(|name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/recordings")
            .join(name);
        std::fs::read_to_string(path).unwrap()
    });
    let formats = [
        Format::PlaywrightJsonl,
        Format::PlaywrightScript,
        Format::PlaywrightPython,
    ];
    let mut texts: Vec<String> = vec![
        "test('é', () => {".repeat(5000),
        "a=page.locator('a');".to_owned() + &"a=a.and(a);".repeat(60),
        "test.describe('a',()=>{test.beforeEach(()=>{page.goto('x')});".repeat(300),
        "x.filter({has:page".repeat(5000),
        "page.locator('a')".to_owned() + &".locator('a')".repeat(5000) + ".click()",
        "def f():\n ".repeat(3000),
        "const [".repeat(5000),
        "expect(".repeat(5000),
        "Promise.all([".repeat(5000),
        format!("page.click('{}')", "a >> ".repeat(5000)),
        "`${".repeat(5000),
        "page.goto('x');".repeat(5000),
        "page.goto('x').setViewportSize({width:1e99,height:-1});page.setViewportSize({width:1e99,height:-1})"
            .to_owned(),
        format!(
            "{{\"name\":\"click\",\"selector\":\"{}\"}}",
            "[a=".repeat(9000)
        ),
    ];
    for text in samples.iter().map(String::as_str).chain([PYTHON]) {
        // Each cut, and each character doubled or gone.
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(37).collect();
        for at in places {
            texts.push(text[..at].to_owned());
            texts.push(format!(
                "{}{}",
                &text[..at],
                text[at..].chars().skip(1).collect::<String>()
            ));
            texts.push(format!("{}'{}", &text[..at], &text[at..]));
        }
    }
    for text in &texts {
        for format in formats {
            // Whatever comes of it is a flow that can be read.
            for imported in import(format, "x", text).into_iter().flatten() {
                let written = imported.flow.to_json();
                Flow::parse("x", &written).unwrap_or_else(|error| {
                    panic!(
                        "{error}
{text}"
                    )
                });
            }
        }
    }
}
