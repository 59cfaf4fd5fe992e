//! Test scripts as `playwright codegen` writes them, in TypeScript, JavaScript and Python: walks
//! the statements, and hands the calls that it knows to the steps. A statement that it does not
//! know becomes a note with its line.

use std::collections::HashMap;
use std::ops::Range;

use super::playwright_calls::{Arguments, Value};
use super::playwright_steps::{Builder, title_of};
use super::playwright_syntax::{Expr, Link, expression};
use super::playwright_tokens::{Kind, Language, Token, tokens};
use super::{ImportError, Imported, Note, NotePlace};

/// Blocks nested deeper than this are not looked into.
const MAX_DEPTH: usize = 30;

/// Statements that are followed, over all flows of a file.
const MAX_STATEMENTS: usize = 100_000;

/// Titles that recorders give.
const USUAL_TITLES: [&str; 4] = ["test", "example", "run", "main"];

/// Reads a script. Each test in it is a flow; a script without tests is one.
pub(super) fn import(
    file: &str,
    text: &str,
    language: Language,
) -> Result<Vec<Imported>, ImportError> {
    let tokens = tokens(text, language);
    let mut script = Script::new(&tokens, language, &title_of(file));
    script.block(0..tokens.len(), 0);
    let outside = script.builder;
    let mut flows = script.flows;
    // A script of the library has its steps outside of tests.
    if !outside.is_empty() || flows.is_empty() {
        if outside.is_empty() {
            let error = ImportError::new(file, text, 0..0, "there is no step of Playwright in it");
            return Err(error.with_help(
                "give a script that `playwright codegen` wrote, or one like it: \
                 `await page.goto(…)`, `await page.getByRole(…).click()`",
            ));
        }
        flows.insert(0, outside.finish());
    } else if let Some(first) = flows.first_mut() {
        let notes = outside.finish().notes;
        let said: Vec<Note> = notes
            .into_iter()
            .filter(|note| note.place != NotePlace::File)
            .collect();
        first.notes.splice(0..0, said);
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for imported in &mut flows {
        let title = &mut imported.flow.title;
        let times = seen.entry(title.clone()).or_insert(0);
        *times += 1;
        if *times > 1 {
            title.push_str(&format!(" {times}"));
        }
    }
    Ok(flows)
}

/// A walk through a script.
pub(super) struct Script<'a> {
    tokens: &'a [Token],
    language: Language,
    /// Title by the file's name.
    title: String,
    pub(super) builder: Builder,
    pub(super) names: HashMap<String, Value>,
    flows: Vec<Imported>,
    /// Bodies of `beforeEach`, and options of `use`, that hold for all tests that follow.
    before: Vec<Range<usize>>,
    uses: Vec<Expr>,
    in_test: bool,
    statements: usize,
    /// Attribute of `getByTestId`.
    pub(super) test_id: String,
    /// `baseURL`.
    pub(super) base: Option<String>,
}

impl<'a> Script<'a> {
    fn new(tokens: &'a [Token], language: Language, title: &str) -> Self {
        Self {
            tokens,
            language,
            title: title.to_owned(),
            builder: Builder::new(title),
            names: HashMap::new(),
            flows: Vec::new(),
            before: Vec::new(),
            uses: Vec::new(),
            in_test: false,
            statements: 0,
            test_id: "data-testid".to_owned(),
            base: None,
        }
    }

    fn token(&self, at: usize) -> Option<&'a Token> {
        self.tokens.get(at)
    }

    fn word(&self, at: usize) -> &'a str {
        self.token(at).and_then(Token::word).unwrap_or_default()
    }

    fn is(&self, at: usize, mark: char) -> bool {
        self.token(at).is_some_and(|token| token.is(mark))
    }

    fn pair(&self, at: usize) -> usize {
        self.token(at).map_or(at, |token| token.pair.max(at))
    }

    /// Token behind the statement that begins here: at the next line, brackets passed over.
    fn line_end(&self, at: usize, end: usize) -> usize {
        let Some(first) = self.token(at) else {
            return end;
        };
        let (mut next, mut line) = (at, first.line);
        while next < end {
            let Some(token) = self.token(next) else { break };
            if token.line != line {
                break;
            }
            if token.is(';') {
                return next + 1;
            }
            next = self.pair(next).max(next);
            line = self.token(next).map_or(line, |token| token.line);
            next += 1;
        }
        next
    }

    /// Token behind the lines that stand further right than this one (Python's blocks).
    fn block_end(&self, at: usize, end: usize) -> usize {
        let Some(first) = self.token(at) else {
            return end;
        };
        let mut next = self.line_end(at, end);
        while next < end {
            let Some(token) = self.token(next) else { break };
            if token.column <= first.column {
                break;
            }
            next = self.line_end(next, end).max(next + 1);
        }
        next
    }

    /// All statements of a block.
    pub(super) fn block(&mut self, range: Range<usize>, depth: usize) {
        if depth > MAX_DEPTH {
            self.builder.lost("blocks that are nested too deeply");
            return;
        }
        let mut at = range.start;
        while at < range.end {
            self.statements += 1;
            if self.statements > MAX_STATEMENTS {
                return;
            }
            if let Some(token) = self.token(at) {
                self.builder.at_line(token.line);
            }
            at = self.statement(at, range.end, depth).max(at + 1);
        }
    }

    /// One statement. Returns the token behind it.
    fn statement(&mut self, at: usize, end: usize, depth: usize) -> usize {
        let python = self.language == Language::Python;
        match self.word(at) {
            "import" | "from" => return self.line_end(at, end),
            "export" | "await" | "return" | "else" | "do" | "try" | "finally" | "default"
                if at + 1 < end =>
            {
                if matches!(self.word(at), "else" | "finally") || (self.word(at) == "try") {
                    let word = self.word(at);
                    self.builder
                        .changed(format!("`{word}`: its steps are taken as they stand"));
                }
                return if self.is(at + 1, ':') { at + 2 } else { at + 1 };
            }
            "if" | "for" | "while" | "elif" | "switch" => {
                let word = self.word(at);
                self.builder.changed(format!(
                    "`{word}`: its steps are taken once, whatever its condition"
                ));
                if python {
                    return self.line_end(at, end);
                }
                let open = if self.is(at + 1, '(') { at + 1 } else { at + 2 };
                return self.pair(open) + 1;
            }
            "catch" | "except" | "class" | "interface" | "enum"
                if self.language == Language::Python || !self.is(at + 1, '.') =>
            {
                let word = self.word(at);
                self.builder.lost(format!("a block of `{word}`"));
                if python {
                    return self.block_end(at, end);
                }
                let open = (at..end.min(at + 60)).find(|at| self.is(*at, '{'));
                return open.map_or(at + 1, |open| self.pair(open) + 1);
            }
            "type" if !python && !self.is(at + 1, '.') && !self.is(at + 1, '(') => {
                return self.line_end(at, end);
            }
            "const" | "let" | "var" if !python => return self.declaration(at + 1, end, depth),
            "function" if !python => return self.function(at, end, depth),
            "async" if !python && self.word(at + 1) == "function" => {
                return self.function(at + 1, end, depth);
            }
            "async" if python => return at + 1,
            "def" if python => return self.definition(at, end, depth),
            "with" if python => return self.with(at, end, depth),
            "pass" | "assert" if python => {
                if self.word(at) == "assert" {
                    self.builder
                        .lost("`assert`: write it as `x-rehearsal.expect`");
                }
                return self.line_end(at, end);
            }
            _ => {}
        }
        let Some(token) = self.token(at) else {
            return end;
        };
        match &token.kind {
            Kind::Mark('{' | '}' | ';' | ')' | ']' | ',' | ':') => return at + 1,
            // A decorator, or a text that documents.
            Kind::Mark('@') => return self.line_end(at, end),
            Kind::Text(_) if python => return self.line_end(at, end),
            _ => {}
        }
        // `name = …`, also with a type in Python.
        let is_name = !self.word(at).is_empty();
        if is_name && self.is(at + 1, '=') {
            return self.assignment(vec![self.word(at).to_owned()], at + 2, end, depth);
        }
        if is_name && python && self.is(at + 1, ':') && self.is(at + 3, '=') {
            return self.assignment(vec![self.word(at).to_owned()], at + 4, end, depth);
        }
        let (expr, next) = expression(self.tokens, at, end);
        match &expr {
            Expr::Function(body) => self.block(body.clone(), depth + 1),
            Expr::Chain(chain) => {
                self.call_chain(chain, depth);
            }
            _ => {}
        }
        next
    }

    /// `const x = …`, also with several names.
    fn declaration(&mut self, at: usize, end: usize, depth: usize) -> usize {
        let mut names = Vec::new();
        let mut next = at;
        if self.is(at, '[') || self.is(at, '{') {
            let close = self.pair(at);
            let inside = (at + 1..close).map(|at| self.word(at).to_owned());
            names.extend(inside.filter(|name| !name.is_empty()));
            next = close + 1;
        } else {
            names.push(self.word(at).to_owned());
            next += 1;
        }
        // A type stands before the value.
        let limit = end.min(next + 40);
        let value = (next..limit).find(|at| self.is(*at, '=') || self.is(*at, ';'));
        match value.filter(|at| self.is(*at, '=')) {
            Some(equals) => self.assignment(names, equals + 1, end, depth),
            None => self.line_end(at, end),
        }
    }

    fn assignment(&mut self, names: Vec<String>, at: usize, end: usize, depth: usize) -> usize {
        let (expr, next) = expression(self.tokens, at, end);
        let value = match &expr {
            Expr::Chain(chain) => self.call_chain(chain, depth),
            Expr::Text(text) => Value::Text(text.clone()),
            _ => Value::Other,
        };
        match (value, names.as_slice()) {
            (Value::Several(values), names) => {
                for (name, value) in names.iter().zip(values) {
                    let value = self.settled(value);
                    self.names.insert(name.clone(), value);
                }
            }
            (value, [name]) => {
                self.names.insert(name.clone(), value);
            }
            _ => {}
        }
        next
    }

    /// A helper of a script. That of the library's scripts is the script itself.
    fn function(&mut self, at: usize, end: usize, depth: usize) -> usize {
        let name = self.word(at + 1).to_owned();
        let Some(open) = (at..end.min(at + 4)).find(|at| self.is(*at, '(')) else {
            return at + 1;
        };
        let after = self.pair(open) + 1;
        let body = (after..end.min(after + 20)).find(|at| self.is(*at, '{'));
        let Some(body) = body else { return after };
        let close = self.pair(body);
        if USUAL_TITLES.contains(&name.as_str()) {
            self.names.insert(name, Value::Known);
            self.block(body + 1..close, depth + 1);
        } else {
            self.builder
                .lost(format!("the function `{name}`, which is not followed"));
        }
        close + 1
    }

    /// `def name(…):` with its lines.
    fn definition(&mut self, at: usize, end: usize, depth: usize) -> usize {
        let name = self.word(at + 1).to_owned();
        // `async def` begins where `async` does.
        let first = if at > 0 && self.word(at - 1) == "async" {
            at - 1
        } else {
            at
        };
        let after = self.block_end(first, end).max(at + 1);
        let header = (at..after).find(|at| self.is(*at, '('));
        let body = header.map_or(at + 2, |open| self.pair(open) + 1);
        let colon = (body..after).find(|at| self.is(*at, ':'));
        let body = colon.map_or(body, |colon| colon + 1);
        self.names.insert(name.clone(), Value::Known);
        if let Some(title) = name.strip_prefix("test_") {
            let title = title.replace('_', " ");
            self.test(&title, body..after, depth);
        } else if USUAL_TITLES.contains(&name.as_str()) {
            self.block(body..after, depth + 1);
        } else if name == "browser_context_args" {
            let mut next = body;
            while next < after {
                let (expr, behind) = expression(self.tokens, next, after);
                if matches!(expr, Expr::Object(_)) {
                    self.uses.push(expr);
                }
                next = behind;
            }
        } else {
            self.builder
                .lost(format!("the function `{name}`, which is not followed"));
        }
        after
    }

    /// `with page.expect_popup() as info:`; its lines are those of the block around.
    fn with(&mut self, at: usize, end: usize, depth: usize) -> usize {
        let (expr, mut next) = expression(self.tokens, at + 1, end);
        let value = match &expr {
            Expr::Chain(chain) => self.call_chain(chain, depth),
            _ => Value::Other,
        };
        if self.word(next) == "as" {
            self.names.insert(self.word(next + 1).to_owned(), value);
            next += 2;
        }
        next + usize::from(self.is(next, ':'))
    }

    /// A test: a flow of its own.
    fn test(&mut self, title: &str, body: Range<usize>, depth: usize) {
        if self.in_test {
            self.block(body, depth + 1);
            return;
        }
        let usual = USUAL_TITLES.contains(&title) || title.trim().is_empty();
        let title = if usual {
            self.title.clone()
        } else {
            title.to_owned()
        };
        let outside = std::mem::replace(&mut self.builder, Builder::new(&title));
        self.builder.at_line(outside.line());
        let names = self.names.clone();
        self.in_test = true;
        for options in self.uses.clone() {
            self.apply_options(&options);
        }
        for before in self.before.clone() {
            self.block(before, depth + 1);
        }
        self.block(body, depth + 1);
        self.in_test = false;
        self.names = names;
        let builder = std::mem::replace(&mut self.builder, outside);
        self.flows.push(builder.finish());
    }

    /// Members of `test`: titles, options, hooks. `None` when it is something else.
    pub(super) fn test_call(&mut self, links: &[Link], depth: usize) -> Option<()> {
        let path: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
        let args = links.last()?.args.as_deref()?;
        let title = args.iter().find_map(|arg| match arg {
            Expr::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let body = args.iter().rev().find_map(|arg| match arg {
            Expr::Function(body) => Some(body.clone()),
            _ => None,
        });
        match (path.as_slice(), body) {
            ([""] | ["only" | "skip" | "fixme" | "slow" | "fail"], Some(body)) => {
                self.test(title.unwrap_or_default(), body, depth);
            }
            (["step"], Some(body)) => {
                let group = title.map(str::to_owned);
                let before = std::mem::replace(&mut self.builder.group, group);
                self.block(body, depth + 1);
                self.builder.group = before;
            }
            (["describe", ..], Some(body)) => {
                let (before, uses) = (self.before.len(), self.uses.len());
                self.block(body, depth + 1);
                self.before.truncate(before);
                self.uses.truncate(uses);
            }
            (["beforeEach" | "beforeAll"], Some(body)) => self.before.push(body),
            (["use"], None) => match args.first() {
                Some(options) if self.in_test => self.apply_options(options),
                Some(options) => self.uses.push(options.clone()),
                None => {}
            },
            (["afterEach" | "afterAll"], Some(_)) => {
                self.builder.lost(format!("`test.{}`", path.join(".")));
            }
            // They concern the run, not the flow.
            (
                ["setTimeout" | "slow" | "skip" | "fixme" | "fail"] | ["describe", "configure"],
                None,
            ) => {
                self.builder.lost(format!("`test.{}`", path.join(".")));
            }
            _ => return None,
        }
        Some(())
    }

    /// Options of a browser's context.
    pub(super) fn apply_options(&mut self, options: &Expr) {
        let Arguments(value) = Arguments::of(options);
        if let Some(base) = value.get("baseURL").or_else(|| value.get("baseUrl")) {
            self.base = base.as_str().map(str::to_owned);
        }
        if let Some(attribute) = value.get("testIdAttribute").and_then(|name| name.as_str()) {
            attribute.clone_into(&mut self.test_id);
        }
        if options.member("...").is_some() {
            self.builder
                .lost("a device of Playwright's list: set its size in the first step");
        }
        super::playwright_jsonl::context_options(&mut self.builder, &value);
    }

    /// Tokens of a function's body.
    pub(super) fn kinds(&self, range: Range<usize>) -> Vec<Kind> {
        let tokens = self.tokens.get(range).unwrap_or_default();
        tokens.iter().map(|token| token.kind.clone()).collect()
    }
}
