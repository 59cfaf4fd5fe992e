//! A flow as a test for `@playwright/test`. The code has no types, so that it is JavaScript and
//! TypeScript alike.

use std::collections::BTreeSet;

use super::super::import::{Note, NotePlace};
use super::super::{Dialog, Flow};
use super::code::{self, Call, Event, Expr, Statement, Times};
use super::locate_script::quoted as double_quoted;
use super::writer::{Writer, comment, number};
use super::{Exported, Options, pattern, story};

pub(super) fn export(flow: &Flow, options: Options) -> Exported {
    let mut story = story::tell(flow);
    let mut code = Code {
        out: Writer::new("  ", 1),
        helpers: BTreeSet::new(),
        count: 0,
        pauses: options.bake_think,
        dropped_pause: false,
    };
    code.statements(&story.body);
    if code.dropped_pause {
        story.note(Note::lost(
            NotePlace::File,
            "think time: a test need not wait as a person does (`--bake-think` writes it)",
        ));
    }
    let (helpers, body) = (code.helpers, code.out.into_text());
    let mut out = Writer::new("  ", 0);
    out.line(format!(
        "// Exported by Rehearsal from the flow {}.",
        comment(&double_quoted(&flow.title))
    ));
    out.line("import { test, expect } from '@playwright/test';");
    out.line("");
    if !story.values.feeds.is_empty() {
        out.line("// What differs between users, as it was recorded.");
        out.line("const data = {");
        out.deeper(|out| story.values.write_samples(out, key, quoted));
        out.line("};");
        out.line("");
    }
    for (name, text) in HELPERS {
        if helpers.contains(name) {
            out.lines(text);
            out.line("");
        }
    }
    if let Some(origin) = &story.origin {
        let url = quoted(origin);
        out.line(format!(
            "test.use({{ baseURL: process.env.BASE_URL ?? {url} }});"
        ));
        out.line("");
    }
    out.line(format!(
        "test({}, async ({{ page }}) => {{",
        quoted(&flow.title)
    ));
    if helpers.contains("unique") {
        out.deeper(|out| {
            out.line("// A word that no other run has.");
            out.line("const unique = `${Date.now().toString(36)}-${test.info().parallelIndex}`;");
        });
    }
    let text = format!("{}{body}}});\n", out.into_text());
    Exported {
        text,
        notes: story.notes,
    }
}

/// Functions that are written when they are used.
const HELPERS: [(&str, &str); 3] = [
    (
        "appears",
        "// Whether an element comes that need not be there.\n\
         const appears = (element) =>\n  \
         element.first().waitFor({ timeout: 1000 }).then(() => true, () => false);",
    ),
    (
        "anyOf",
        "// Any one of like elements.\n\
         const anyOf = async (elements) => {\n  \
         await elements.first().waitFor();\n  \
         return elements.nth(Math.floor(Math.random() * (await elements.count())));\n};",
    ),
    (
        "part",
        "// The first group of a match, or all of it.\n\
         const part = (text, pattern) => {\n  \
         const found = text?.match(pattern);\n  \
         if (!found) throw new Error(`${pattern} is not in ${JSON.stringify(text)}`);\n  \
         return found[1] ?? found[0];\n};",
    ),
];

struct Code {
    out: Writer,
    helpers: BTreeSet<&'static str>,
    /// For names of variables that only a few lines use.
    count: usize,
    pauses: bool,
    dropped_pause: bool,
}

impl Code {
    fn statements(&mut self, body: &[Statement]) {
        for statement in body {
            self.statement(statement);
        }
    }

    fn block(&mut self, head: &str, body: &[Statement], end: &str) {
        self.out.line(head);
        self.out.enter();
        self.statements(body);
        self.out.leave();
        self.out.line(end);
    }

    fn fresh(&mut self, name: &str) -> String {
        self.count += 1;
        format!("{name}{}", self.count)
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Do(expr) => {
                let expr = self.expr(expr);
                self.out.line(format!("await {expr};"));
            }
            Statement::Comment(text) => self.out.line(format!("// {}", comment(text))),
            Statement::Let {
                name,
                value,
                pattern,
            } => {
                let value = self.expr(value);
                self.out.line(match pattern {
                    None => format!("const {name} = await {value};"),
                    Some(source) => {
                        self.helpers.insert("part");
                        format!("const {name} = part(await {value}, {});", regexp(source))
                    }
                });
            }
            Statement::Part { name, given, body } => {
                let declares = body.iter().any(Statement::declares);
                match (given, declares) {
                    (false, _) => self.statements(body),
                    (true, true) => {
                        self.out.line(format!("// {}", comment(name)));
                        self.statements(body);
                    }
                    (true, false) => {
                        let head = format!("await test.step({}, async () => {{", quoted(name));
                        self.block(&head, body, "});");
                    }
                }
            }
            Statement::Catch {
                page,
                event,
                name,
                body,
            } => self.catch(page, event, name, body),
            Statement::Dialogs { page, dialogs } => self.dialogs(page, dialogs),
            Statement::Loop { times, body } => {
                let head = match times {
                    Times::Fixed(times) => {
                        format!("for (let pass = 0; pass < {times}; pass++) {{")
                    }
                    Times::Between(least, most) => {
                        let (least, more) = (*least.min(most), least.abs_diff(*most));
                        format!(
                            "for (let pass = 0, passes = {least} + Math.floor(Math.random() * \
                             {}); pass < passes; pass++) {{",
                            u64::from(more) + 1
                        )
                    }
                    Times::While { visible, at_most } => {
                        let visible = self.expr(visible);
                        format!(
                            "for (let pass = 0; pass < {at_most} && (await \
                             {visible}.isVisible()); pass++) {{"
                        )
                    }
                };
                self.block(&head, body, "}");
            }
            Statement::IfThere { element, body } => {
                self.helpers.insert("appears");
                let element = self.expr(element);
                self.block(&format!("if (await appears({element})) {{"), body, "}");
            }
            Statement::DragBy {
                page,
                element,
                at,
                points,
            } => {
                let name = self.fresh("box");
                let side = |side: &str| format!("{name}{}", member(side));
                let drag = code::drag((page, element), *at, points, &name, side);
                self.statements(&drag);
            }
            Statement::PressAt { press, at } => {
                let name = self.fresh("box");
                let side = |side: &str| format!("{name}{}", member(side));
                let press = code::press_at(press, *at, &name, side);
                self.statements(&press);
            }
            Statement::FileName { download, pattern } => {
                let pattern = literal(pattern);
                self.out.line(format!(
                    "expect({download}.suggestedFilename()).toMatch({pattern});"
                ));
            }
            Statement::Protocol {
                page,
                method,
                parameters,
            } => {
                let name = self.fresh("cdp");
                let parameters = self.expr(&Expr::Object(parameters.clone()));
                let out = &mut self.out;
                out.line("// Chromium only.");
                out.line(format!(
                    "const {name} = await {page}.context().newCDPSession({page});"
                ));
                out.line(format!(
                    "await {name}.send({}, {parameters});",
                    quoted(method)
                ));
            }
            Statement::Pause(ms) if self.pauses => {
                self.out.line(format!("await page.waitForTimeout({ms});"));
            }
            Statement::Pause(_) => self.dropped_pause = true,
        }
    }

    fn catch(&mut self, page: &str, event: &Event, name: &str, body: &[Statement]) {
        let waits = match event {
            Event::Popup => "waitForEvent('popup')".to_owned(),
            Event::Download => "waitForEvent('download')".to_owned(),
            Event::FileChooser => "waitForEvent('filechooser')".to_owned(),
            Event::Response { pattern, url } => {
                let mut conditions = vec![format!("{}.test(response.url())", literal(url))];
                if let Some(method) = &pattern.method {
                    let method = quoted(method);
                    conditions.insert(0, format!("response.request().method() === {method}"));
                }
                conditions.push(match pattern.status {
                    Some(status) => format!("response.status() === {status}"),
                    None => "response.status() < 400".to_owned(),
                });
                format!("waitForResponse((response) => {})", conditions.join(" && "))
            }
        };
        self.out
            .line(format!("const {name}Promise = {page}.{waits};"));
        self.statements(body);
        self.out.line(match event {
            Event::Response { .. } => format!("await {name}Promise;"),
            _ => format!("const {name} = await {name}Promise;"),
        });
    }

    fn dialogs(&mut self, page: &str, dialogs: &[Dialog]) {
        let answer = |dialog: &Dialog| code::answer(dialog, quoted);
        if let [dialog] = dialogs
            && dialog.message.is_none()
        {
            let answer = answer(dialog);
            self.out
                .line(format!("{page}.once('dialog', (dialog) => {answer});"));
            return;
        }
        let (answers, next) = (self.fresh("answers"), self.fresh("answer"));
        let out = &mut self.out;
        out.line(format!("const {answers} = ["));
        out.deeper(|out| {
            for dialog in dialogs {
                let answer = answer(dialog);
                match &dialog.message {
                    None => out.line(format!("(dialog) => {answer},")),
                    Some(message) => {
                        out.line("(dialog) => {");
                        out.deeper(|out| {
                            out.line(format!(
                                "expect(dialog.message()).toContain({});",
                                quoted(message)
                            ));
                            out.line(format!("return {answer};"));
                        });
                        out.line("},");
                    }
                }
            }
        });
        out.line("];");
        out.line(format!("const {next} = (dialog) => {{"));
        out.deeper(|out| {
            out.line(format!(
                "if ({answers}.length > 1) {page}.once('dialog', {next});"
            ));
            out.line(format!("return {answers}.shift()(dialog);"));
        });
        out.line("};");
        out.line(format!("{page}.once('dialog', {next});"));
    }

    fn list(&mut self, items: &[Expr]) -> String {
        let items: Vec<String> = items.iter().map(|item| self.expr(item)).collect();
        items.join(", ")
    }

    fn expr(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Name(code) | Expr::Script(code) => code.clone(),
            Expr::Text(text) => quoted(text),
            Expr::Number(value) => number(*value),
            Expr::Bool(value) => value.to_string(),
            Expr::List(items) => format!("[{}]", self.list(items)),
            Expr::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("{}: {}", key(name), self.expr(value)))
                    .collect();
                format!("{{ {} }}", members.join(", "))
            }
            Expr::Regex(source) => literal(source),
            Expr::Pattern(source) => regexp(source),
            Expr::Join(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Expr::Text(text) => in_template(text),
                    other => format!("${{{}}}", self.expr(other)),
                });
                format!("`{}`", parts.collect::<String>())
            }
            Expr::Data { feed, column } => format!("data{}{}", member(feed), member(column)),
            Expr::Environment(name) => format!("(process.env{} ?? '')", member(name)),
            Expr::Unique => {
                self.helpers.insert("unique");
                "unique".to_owned()
            }
            Expr::AnyOf(elements) => {
                self.helpers.insert("anyOf");
                format!("(await anyOf({}))", self.expr(elements))
            }
            Expr::Apply(name, arguments) => format!("{name}({})", self.list(arguments)),
            Expr::Call(call) => self.call(call),
        }
    }

    fn call(&mut self, call: &Call) -> String {
        let on = self.expr(&call.on);
        let mut arguments = call
            .arguments
            .iter()
            .map(|argument| match argument {
                // No need for brackets around a whole argument.
                Expr::Environment(name) => format!("process.env{} ?? ''", member(name)),
                other => self.expr(other),
            })
            .collect::<Vec<_>>();
        if !call.options.is_empty() {
            let options: Vec<String> = call
                .options
                .iter()
                .map(|(name, value)| format!("{name}: {}", self.expr(value)))
                .collect();
            arguments.push(format!("{{ {} }}", options.join(", ")));
        }
        format!("{on}.{}({})", call.method, arguments.join(", "))
    }
}

/// A string in single quotes.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for character in text.chars() {
        match character {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            control if control.is_ascii_control() => {
                out.extend(["\\x", &format!("{:02x}", u32::from(control))]);
            }
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

/// Text within backticks.
fn in_template(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('`', "\\`");
    text.replace("${", "\\${")
        .replace('\r', "\\r")
        .replace('\n', "\\n")
}

/// A regular expression of our own making.
fn literal(source: &str) -> String {
    format!("/{}/", pattern::in_slashes(source))
}

/// One that a person wrote: whether it is one shows when it runs.
fn regexp(source: &str) -> String {
    let (source, flags) = match source.strip_prefix("(?i)") {
        Some(rest) => (rest, ", 'i'"),
        None => (source, ""),
    };
    format!(
        "new RegExp({}{flags})",
        quoted(&source.replace("(?P<", "(?<"))
    )
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '_')
}

fn key(name: &str) -> String {
    if is_identifier(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

fn member(name: &str) -> String {
    if is_identifier(name) {
        format!(".{name}")
    } else {
        format!("[{}]", quoted(name))
    }
}
