//! A flow as a user for Locust, by `PlaywrightUser` of locust-plugins.

use std::collections::BTreeSet;

use super::super::import::{Note, NotePlace};
use super::super::{Dialog, Flow};
use super::code::{self, Call, Event, Expr, Statement, Times};
use super::writer::{Writer, comment, number};
use super::{Exported, Options, story};

pub(super) fn export(flow: &Flow, _options: Options) -> Exported {
    let mut story = story::tell(flow);
    let mut code = Code {
        out: Writer::new("    ", 2),
        uses: BTreeSet::new(),
        count: 0,
    };
    code.statements(&story.body);
    let (uses, body) = (code.uses, code.out.into_text());
    if !story.values.feeds.is_empty() {
        story.note(Note::advice(
            NotePlace::File,
            "every user types the recorded samples: give each a row of its own in `DATA`",
        ));
    }
    if story.origin.is_none() {
        let what = "the flow opens no page: set `host`";
        story.note(Note::advice(NotePlace::File, what));
    }
    let (class, task) = names(&flow.title);
    let mut out = Writer::new("    ", 0);
    out.line(format!(
        "# Exported by Rehearsal from the flow {}.",
        comment(&quoted(&flow.title))
    ));
    out.line("#");
    out.line("#   pip install \"locust-plugins[playwright]\" && playwright install chromium");
    out.line("#   locust -f THIS_FILE");
    for module in ["asyncio", "os", "random", "re", "uuid"] {
        if uses.contains(module) {
            out.line(format!("import {module}"));
        }
    }
    out.line("from contextlib import asynccontextmanager");
    out.line("");
    out.line("from locust import constant, run_single_user, task");
    out.line("from locust.exception import RescheduleTask");
    out.line(
        "from locust_plugins.users.playwright import PageWithRetry, PlaywrightUser, event, pw",
    );
    let timeout = if uses.contains("appears") {
        "from playwright.async_api import TimeoutError as PlaywrightTimeoutError, expect"
    } else {
        "from playwright.async_api import expect"
    };
    out.line(timeout);
    out.line("");
    out.line("expect.set_options(timeout=15_000)");
    if !story.values.feeds.is_empty() {
        out.line("");
        out.line("# What differs between users, as it was recorded.");
        out.line("DATA = {");
        out.deeper(|out| story.values.write_samples(out, quoted, quoted));
        out.line("}");
    }
    out.line("");
    out.line("");
    out.lines(STEP);
    for (name, text) in HELPERS {
        if uses.contains(name) {
            out.line("");
            out.line("");
            out.lines(text);
        }
    }
    out.line("");
    out.line("");
    out.line(format!("class {class}(PlaywrightUser):"));
    out.enter();
    if let Some(origin) = &story.origin {
        out.line(format!("host = {}", quoted(origin)));
    }
    out.line("weight = 1");
    out.line("# Between two walks; the pauses within one are in the task.");
    out.line("wait_time = constant(0)");
    out.line("");
    out.line("@task(1)");
    out.line("@pw");
    out.line(format!("async def {task}(self, page: PageWithRetry):"));
    out.leave();
    let mut text = out.into_text();
    if uses.contains("uuid") {
        text.push_str("        # A word that no other walk has.\n");
        text.push_str("        unique = uuid.uuid4().hex[:12]\n");
    }
    text.push_str(&body);
    if body.lines().all(|line| line.trim_start().starts_with('#')) {
        text.push_str("        pass\n");
    }
    text.push_str("\n\nif __name__ == \"__main__\":\n");
    text.extend(["    run_single_user(", &class, ")\n"]);
    Exported {
        text,
        notes: story.notes,
    }
}

const STEP: &str = r#"@asynccontextmanager
async def step(user, name):
    """An event. When it fails the walk ends: the steps after it would only fail too."""
    done = False
    async with event(user, name):
        yield
        done = True
    if not done:
        raise RescheduleTask()"#;

/// Functions that are written when they are used.
const HELPERS: [(&str, &str); 3] = [
    (
        "appears",
        r#"async def appears(element):
    """Whether an element comes that need not be there."""
    try:
        await element.first.wait_for(timeout=1000)
        return True
    except PlaywrightTimeoutError:
        return False"#,
    ),
    (
        "any_of",
        r#"async def any_of(elements):
    """Any one of like elements."""
    await elements.first.wait_for()
    return elements.nth(random.randrange(await elements.count()))"#,
    ),
    (
        "part",
        r#"def part(text, pattern):
    """The first group of a match, or all of it."""
    found = re.search(pattern, text or "")
    assert found, f"{pattern} is not in {text!r}"
    return found.group(1 if found.lastindex else 0)"#,
    ),
];

/// Names for the class and the task, from the flow's title.
fn names(title: &str) -> (String, String) {
    let words = title
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut class = String::new();
    let mut task = String::new();
    for word in words.take(8) {
        let (first, rest) = word.split_at(1);
        class.push_str(&first.to_ascii_uppercase());
        class.push_str(rest);
        if !task.is_empty() {
            task.push('_');
        }
        task.push_str(&word.to_ascii_lowercase());
    }
    let taken = ["PlaywrightUser", "PageWithRetry", "RescheduleTask", "DATA"];
    if !class.starts_with(|first: char| first.is_ascii_alphabetic())
        || taken.contains(&class.as_str())
        || ["None", "True", "False"].contains(&class.as_str())
    {
        class = format!("Flow{class}");
    }
    (
        class,
        format!("walk_{task}").trim_end_matches('_').to_owned(),
    )
}

struct Code {
    out: Writer,
    /// Modules and helpers that the code needs.
    uses: BTreeSet<&'static str>,
    count: usize,
}

impl Code {
    fn statements(&mut self, body: &[Statement]) {
        for statement in body {
            self.statement(statement);
        }
    }

    /// A body is never empty in Python; nor is one of comments only.
    fn block(&mut self, head: &str, body: &[Statement]) {
        self.out.line(head);
        self.out.enter();
        self.statements(body);
        let does_nothing = |statement: &Statement| matches!(statement, Statement::Comment(_));
        if body.iter().all(does_nothing) {
            self.out.line("pass");
        }
        self.out.leave();
    }

    fn fresh(&mut self, name: &str) -> String {
        self.count += 1;
        format!("{name}{}", self.count)
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Do(expr) => {
                let expr = self.expr(expr);
                self.out.line(format!("await {expr}"));
            }
            Statement::Comment(text) => self.out.line(format!("# {}", comment(text))),
            Statement::Let {
                name,
                value,
                pattern,
            } => {
                let value = self.expr(value);
                self.out.line(match pattern {
                    None => format!("{name} = await {value}"),
                    Some(source) => {
                        self.uses.extend(["part", "re"]);
                        format!("{name} = part(await {value}, {})", quoted(source))
                    }
                });
            }
            Statement::Part { name, body, .. } => {
                let head = format!("async with step(self, {}):", quoted(name));
                self.block(&head, body);
            }
            Statement::Catch {
                page,
                event,
                name,
                body,
            } => self.catch(page, event, name, body),
            Statement::Dialogs { page, dialogs } => self.dialogs(page, dialogs),
            Statement::Loop { times, body } => self.repeat(times, body),
            Statement::IfThere { element, body } => {
                self.uses.insert("appears");
                let element = self.expr(element);
                self.block(&format!("if await appears({element}):"), body);
            }
            Statement::DragBy {
                page,
                element,
                at,
                points,
            } => {
                let name = self.fresh("box");
                let side = |side: &str| format!("{name}[{}]", quoted(side));
                let drag = code::drag((page, element), *at, points, &name, side);
                self.statements(&drag);
            }
            Statement::PressAt { press, at } => {
                let name = self.fresh("box");
                let side = |side: &str| format!("{name}[{}]", quoted(side));
                let press = code::press_at(press, *at, &name, side);
                self.statements(&press);
            }
            Statement::FileName { download, pattern } => {
                self.uses.insert("re");
                let pattern = quoted(pattern);
                self.out.line(format!(
                    "assert re.search({pattern}, {download}.suggested_filename)"
                ));
            }
            Statement::Protocol {
                page,
                method,
                parameters,
            } => {
                let name = self.fresh("cdp");
                let parameters = self.expr(&Expr::Object(parameters.clone()));
                self.out.line(format!(
                    "{name} = await {page}.context.new_cdp_session({page})"
                ));
                let method = quoted(method);
                self.out
                    .line(format!("await {name}.send({method}, {parameters})"));
            }
            Statement::Pause(ms) => {
                self.uses.insert("asyncio");
                let seconds = number(*ms as f64 / 1000.0);
                self.out.line(format!("await asyncio.sleep({seconds})"));
            }
        }
    }

    fn repeat(&mut self, times: &Times, body: &[Statement]) {
        match times {
            Times::Fixed(times) => self.block(&format!("for _ in range({times}):"), body),
            Times::Between(least, most) => {
                self.uses.insert("random");
                let (least, most) = (least.min(most), least.max(most));
                let head = format!("for _ in range(random.randint({least}, {most})):");
                self.block(&head, body);
            }
            Times::While { visible, at_most } => {
                let visible = self.expr(visible);
                self.out.line(format!("for _ in range({at_most}):"));
                self.out.enter();
                self.out
                    .line(format!("if not await {visible}.is_visible():"));
                self.out.deeper(|out| out.line("break"));
                self.statements(body);
                self.out.leave();
            }
        }
    }

    fn catch(&mut self, page: &str, event: &Event, name: &str, body: &[Statement]) {
        let (call, value) = match event {
            Event::Popup => ("expect_popup()".to_owned(), true),
            Event::Download => ("expect_download()".to_owned(), true),
            Event::FileChooser => ("expect_file_chooser()".to_owned(), true),
            Event::Response { pattern, url } => {
                self.uses.insert("re");
                let mut conditions = vec![format!("re.search({}, response.url)", quoted(url))];
                if let Some(method) = &pattern.method {
                    let method = quoted(method);
                    conditions.insert(0, format!("response.request.method == {method}"));
                }
                conditions.push(match pattern.status {
                    Some(status) => format!("response.status == {status}"),
                    None => "response.status < 400".to_owned(),
                });
                let conditions = conditions.join(" and ");
                (
                    format!("expect_response(lambda response: {conditions})"),
                    false,
                )
            }
        };
        if value {
            let head = format!("async with {page}.{call} as {name}_info:");
            self.block(&head, body);
            self.out.line(format!("{name} = await {name}_info.value"));
        } else {
            self.block(&format!("async with {page}.{call}:"), body);
        }
    }

    fn dialogs(&mut self, page: &str, dialogs: &[Dialog]) {
        let answer = |dialog: &Dialog| code::answer(dialog, quoted);
        if let [dialog] = dialogs
            && dialog.message.is_none()
        {
            let answer = answer(dialog);
            self.out
                .line(format!("{page}.once(\"dialog\", lambda dialog: {answer})"));
            return;
        }
        let (answers, next) = (self.fresh("answers"), self.fresh("answer"));
        let out = &mut self.out;
        out.line(format!("{answers} = ["));
        out.deeper(|out| {
            for dialog in dialogs {
                let message = dialog.message.as_deref().unwrap_or_default();
                let answer = answer(dialog);
                out.line(format!("({}, lambda dialog: {answer}),", quoted(message)));
            }
        });
        out.line("]");
        out.line("");
        out.line(format!("async def {next}(dialog):"));
        out.deeper(|out| {
            out.line(format!("message, answer = {answers}.pop(0)"));
            out.line(format!("if {answers}:"));
            out.deeper(|out| out.line(format!("{page}.once(\"dialog\", {next})")));
            out.line("assert message in dialog.message, dialog.message");
            out.line("await answer(dialog)");
        });
        out.line("");
        out.line(format!("{page}.once(\"dialog\", {next})"));
    }

    fn list(&mut self, items: &[Expr]) -> Vec<String> {
        items.iter().map(|item| self.expr(item)).collect()
    }

    fn expr(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Name(name) => name.clone(),
            Expr::Text(text) | Expr::Script(text) => quoted(text),
            Expr::Number(value) => number(*value),
            Expr::Bool(true) => "True".to_owned(),
            Expr::Bool(false) => "False".to_owned(),
            Expr::List(items) => format!("[{}]", self.list(items).join(", ")),
            Expr::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("{}: {}", quoted(name), self.expr(value)))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            Expr::Regex(source) | Expr::Pattern(source) => {
                self.uses.insert("re");
                format!("re.compile({})", quoted(source))
            }
            Expr::Join(parts) => self.list(parts).join(" + "),
            Expr::Data { feed, column } => {
                format!("DATA[{}][{}]", quoted(feed), quoted(column))
            }
            Expr::Environment(name) => {
                self.uses.insert("os");
                format!("os.environ[{}]", quoted(name))
            }
            Expr::Unique => {
                self.uses.insert("uuid");
                "unique".to_owned()
            }
            Expr::AnyOf(elements) => {
                self.uses.extend(["any_of", "random"]);
                format!("(await any_of({}))", self.expr(elements))
            }
            Expr::Apply(name, arguments) => {
                format!("{name}({})", self.list(arguments).join(", "))
            }
            Expr::Call(call) => self.call(call),
        }
    }

    fn call(&mut self, call: &Call) -> String {
        let on = self.expr(&call.on);
        let method = snake(call.method);
        if ["first", "content_frame"].contains(&method.as_str()) {
            return format!("{on}.{method}");
        }
        // A word of the language.
        let method = if method == "and" {
            "and_".to_owned()
        } else {
            method
        };
        let mut arguments = self.list(&call.arguments);
        for (name, value) in &call.options {
            arguments.push(format!("{}={}", snake(name), self.expr(value)));
        }
        format!("{on}.{method}({})", arguments.join(", "))
    }
}

/// JSON's strings are Python's, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `toHaveJSProperty` is `to_have_js_property`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            let before = letters[at - 1].is_ascii_lowercase();
            let after = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
            if before || after {
                out.push('_');
            }
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_pythons() {
        for (camel, expected) in [
            ("getByRole", "get_by_role"),
            ("waitForURL", "wait_for_url"),
            ("toHaveJSProperty", "to_have_js_property"),
            ("first", "first"),
            ("toHaveURL", "to_have_url"),
        ] {
            assert_eq!(snake(camel), expected);
        }
    }

    #[test]
    fn titles_become_names() {
        assert_eq!(
            names("Buy a lamp!"),
            ("BuyALamp".into(), "walk_buy_a_lamp".into())
        );
        assert_eq!(names("2 für 1"), ("Flow2FR1".into(), "walk_2_f_r_1".into()));
        assert_eq!(names("日本"), ("Flow".into(), "walk".into()));
    }
}
