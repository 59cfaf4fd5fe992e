//! Calls and values in the tokens of a test script, alike for all languages: `get_by_role` is
//! `getByRole`, and arguments by name are an object behind the others.

use std::ops::Range;

use super::playwright_tokens::{Kind, Token};

/// Values nested deeper than this are not looked into.
const MAX_DEPTH: usize = 40;

/// A value or a chain of calls.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Text(String),
    Number(f64),
    Flag(bool),
    Pattern(String),
    List(Vec<Expr>),
    Object(Vec<(String, Expr)>),
    /// A function: the tokens of its body.
    Function(Range<usize>),
    Chain(Chain),
    /// Anything else, `null` included.
    Other,
}

/// `root.name(args).name…`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    pub(super) root: String,
    pub(super) links: Vec<Link>,
}

/// One link of a chain. A call of the root itself has no name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Link {
    pub(super) name: String,
    /// `None` for a property.
    pub(super) args: Option<Vec<Expr>>,
    pub(super) line: usize,
}

impl Expr {
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// Reads one value at `at`, up to `end`. The second value is the token behind it, always beyond
/// `at` when there is one.
pub(super) fn expression(tokens: &[Token], at: usize, end: usize) -> (Expr, usize) {
    let parser = Parser {
        tokens: tokens.get(..end).unwrap_or(tokens),
    };
    let (expr, next) = parser.binary(at, 0);
    (expr, next.max(at + 1).min(end.max(at + 1)))
}

struct Parser<'a> {
    tokens: &'a [Token],
}

impl Parser<'_> {
    fn is(&self, at: usize, mark: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(mark))
    }

    fn kind(&self, at: usize) -> Option<&Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    fn word(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).and_then(Token::word)
    }

    fn pair(&self, at: usize) -> usize {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens
            .get(at)
            .map_or(last, |token| token.pair.clamp(at, last.max(at)))
    }

    /// Values joined by operators. Only texts that are added are still a value.
    fn binary(&self, at: usize, depth: usize) -> (Expr, usize) {
        if depth > MAX_DEPTH {
            return (Expr::Other, self.pair(at) + 1);
        }
        let (mut left, mut next) = self.unary(at, depth);
        loop {
            let same_line = self
                .tokens
                .get(next)
                .zip(self.tokens.get(next.saturating_sub(1)));
            let same_line = same_line.is_some_and(|(this, before)| this.line == before.line);
            match self.kind(next) {
                Some(Kind::Word(word))
                    if word == "as" && same_line && !matches!(left, Expr::Other) =>
                {
                    // `with x as y` is for the statement; `x as Type` is still `x`.
                    return (left, next);
                }
                Some(Kind::Mark('+')) => {
                    let (right, after) = self.unary(next + 1, depth);
                    left = match (left, right) {
                        (Expr::Text(left), Expr::Text(right)) => Expr::Text(left + &right),
                        _ => Expr::Other,
                    };
                    next = after.max(next + 1);
                }
                Some(
                    Kind::Operator
                    | Kind::Mark('*' | '/' | '%' | '<' | '>' | '?' | '-' | '&' | '|'),
                ) => {
                    let (right, after) = self.unary(next + 1, depth);
                    left = Expr::Other;
                    next = after.max(next + 1);
                    // `a ? b : c`
                    if self.is(next, ':') && !matches!(right, Expr::Object(_)) && depth == 0 {
                        let (_, after) = self.unary(next + 1, depth);
                        next = after.max(next + 1);
                    }
                }
                _ => return (left, next),
            }
        }
    }

    fn unary(&self, mut at: usize, depth: usize) -> (Expr, usize) {
        let mut negative = false;
        loop {
            match self.kind(at) {
                Some(Kind::Mark('!' | '+')) => at += 1,
                Some(Kind::Mark('-')) => {
                    negative = !negative;
                    at += 1;
                }
                Some(Kind::Word(word))
                    if ["await", "new", "not", "void", "typeof", "async"]
                        .contains(&word.as_str()) =>
                {
                    at += 1;
                }
                _ => break,
            }
        }
        let (expr, next) = self.postfix(at, depth);
        match expr {
            Expr::Number(number) if negative => (Expr::Number(-number), next),
            other => (other, next),
        }
    }

    fn postfix(&self, at: usize, depth: usize) -> (Expr, usize) {
        let (root, mut next) = self.primary(at, depth);
        let (name, mut links) = match root {
            Expr::Chain(chain) => (chain.root, chain.links),
            // `'a'.repeat(2)` is no value that we know.
            other if !self.continues(next) => return (other, next),
            // `(async () => { … })()` calls it.
            Expr::Function(body) => {
                while self.continues(next) {
                    next = self.pair(next).max(next) + 1;
                }
                return (Expr::Function(body), next);
            }
            _ => (String::new(), Vec::new()),
        };
        loop {
            let line = self.tokens.get(next).map_or(0, |token| token.line);
            if self.is(next, '.') {
                let Some(word) = self.word(next + 1) else {
                    return (Expr::Other, next + 1);
                };
                links.push(Link {
                    name: camel(word),
                    args: None,
                    line,
                });
                next += 2;
            } else if self.is(next, '(') {
                let (args, after) = self.arguments(next, depth);
                match links.last_mut().filter(|link| link.args.is_none()) {
                    Some(link) => link.args = Some(args),
                    None => links.push(Link {
                        name: String::new(),
                        args: Some(args),
                        line,
                    }),
                }
                next = after;
            } else if self.is(next, '[') && self.same_line(next) {
                let (args, after) = self.arguments(next, depth);
                links.push(Link {
                    name: "[]".to_owned(),
                    args: Some(args),
                    line,
                });
                next = after;
            } else if self.is(next, '!') && self.is(next + 1, '.') {
                next += 1;
            } else {
                break;
            }
        }
        if name == "re" && links.len() == 1 && links[0].name == "compile" {
            let source = links[0].args.iter().flatten().next();
            if let Some(Expr::Text(source)) = source {
                return (Expr::Pattern(source.clone()), next);
            }
        }
        (Expr::Chain(Chain { root: name, links }), next)
    }

    fn continues(&self, at: usize) -> bool {
        self.is(at, '.') || self.is(at, '(')
    }

    fn same_line(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        before
            .zip(self.tokens.get(at))
            .is_some_and(|(before, this)| before.line == this.line)
    }

    fn primary(&self, at: usize, depth: usize) -> (Expr, usize) {
        let Some(token) = self.tokens.get(at) else {
            return (Expr::Other, at);
        };
        match &token.kind {
            Kind::Text(text) => {
                // Python joins texts that stand side by side.
                let (mut text, mut next) = (text.clone(), at + 1);
                while let Some(Kind::Text(more)) = self.kind(next) {
                    text.push_str(more);
                    next += 1;
                }
                (Expr::Text(text), next)
            }
            Kind::Number(number) => (Expr::Number(*number), at + 1),
            Kind::Pattern(source) => (Expr::Pattern(source.clone()), at + 1),
            Kind::Word(word) => match word.as_str() {
                "true" | "True" => (Expr::Flag(true), at + 1),
                "false" | "False" => (Expr::Flag(false), at + 1),
                "null" | "None" | "undefined" => (Expr::Other, at + 1),
                "function" => self.function(at),
                "lambda" => {
                    let colon = (at..self.tokens.len().min(at + 30)).find(|at| self.is(*at, ':'));
                    let start = colon.map_or(at, |colon| colon + 1);
                    let (_, next) = self.binary(start, depth + 1);
                    (Expr::Function(start..next.max(start)), next.max(at + 1))
                }
                _ if self.kind(at + 1) == Some(&Kind::Arrow) => self.arrow(at + 2, depth),
                word => {
                    let chain = Chain {
                        root: word.to_owned(),
                        links: Vec::new(),
                    };
                    (Expr::Chain(chain), at + 1)
                }
            },
            Kind::Mark('(') => {
                let close = self.pair(at);
                if self.kind(close + 1) == Some(&Kind::Arrow) {
                    return self.arrow(close + 2, depth);
                }
                let (inner, next) = self.binary(at + 1, depth + 1);
                // A list in parentheses, or something of another language.
                let inner = if next == close { inner } else { Expr::Other };
                (inner, close + 1)
            }
            Kind::Mark('[') => {
                let (items, next) = self.arguments(at, depth);
                (Expr::List(items), next)
            }
            Kind::Mark('{') => self.object(at, depth),
            Kind::Mark(')' | ']' | '}' | ',' | ';' | ':') => (Expr::Other, at),
            _ => (Expr::Other, at + 1),
        }
    }

    /// The body behind `=>`.
    fn arrow(&self, at: usize, depth: usize) -> (Expr, usize) {
        if self.is(at, '{') {
            let close = self.pair(at);
            return (Expr::Function(at + 1..close.max(at + 1)), close + 1);
        }
        let (_, next) = self.binary(at, depth + 1);
        (Expr::Function(at..next.max(at)), next.max(at))
    }

    fn function(&self, at: usize) -> (Expr, usize) {
        let Some(open) = (at..self.tokens.len().min(at + 4)).find(|at| self.is(*at, '(')) else {
            return (Expr::Other, at + 1);
        };
        let body = self.pair(open) + 1;
        if !self.is(body, '{') {
            return (Expr::Other, body);
        }
        let close = self.pair(body);
        (Expr::Function(body + 1..close.max(body + 1)), close + 1)
    }

    /// What stands in brackets, between commas. Named arguments come last, as an object.
    fn arguments(&self, open: usize, depth: usize) -> (Vec<Expr>, usize) {
        let close = self.pair(open);
        let (mut out, mut named) = (Vec::new(), Vec::new());
        let mut at = open + 1;
        while at < close {
            if self.is(at, ',') {
                at += 1;
                continue;
            }
            let name = self.word(at).filter(|_| self.is(at + 1, '='));
            let (spread, start) = match name {
                Some(_) => (false, at + 2),
                None if self.is(at, '…') => (true, at + 1),
                None if self.is(at, '*') && self.is(at + 1, '*') => (true, at + 2),
                None => (false, at),
            };
            let (value, next) = self.binary(start, depth + 1);
            match name {
                Some(name) => named.push((camel(name), value)),
                None if spread => named.push(("...".to_owned(), value)),
                None => out.push(value),
            }
            at = next.max(start).max(at + 1);
            // Whatever is left of an argument that was not understood.
            while at < close && !self.is(at, ',') {
                at = self.pair(at).max(at) + 1;
            }
        }
        if !named.is_empty() {
            out.push(Expr::Object(named));
        }
        (out, close.max(open) + 1)
    }

    fn object(&self, open: usize, depth: usize) -> (Expr, usize) {
        let close = self.pair(open);
        let mut members = Vec::new();
        let mut at = open + 1;
        while at < close {
            let key = match self.kind(at) {
                Some(Kind::Word(word)) => Some(camel(word)),
                Some(Kind::Text(text)) => Some(camel(text)),
                _ => None,
            };
            match key {
                Some(key) if self.is(at + 1, ':') => {
                    let (value, next) = self.binary(at + 2, depth + 1);
                    members.push((key, value));
                    at = next.max(at + 2);
                }
                Some(key) if self.is(at + 1, ',') || at + 1 == close => {
                    let chain = Chain {
                        root: key.clone(),
                        links: Vec::new(),
                    };
                    members.push((key, Expr::Chain(chain)));
                    at += 1;
                }
                _ if self.is(at, '…') || self.is(at, '*') => {
                    let start = if self.is(at + 1, '*') { at + 2 } else { at + 1 };
                    let (value, next) = self.binary(start, depth + 1);
                    members.push(("...".to_owned(), value));
                    at = next.max(start);
                }
                _ => at += 1,
            }
            while at < close && !self.is(at, ',') {
                at = self.pair(at).max(at) + 1;
            }
            at += 1;
        }
        (Expr::Object(members), close.max(open) + 1)
    }
}

/// `get_by_role` is `getByRole`; `and_` is `and`. `SHOP_PASSWORD` is itself.
fn camel(name: &str) -> String {
    if name.contains(|character: char| character.is_ascii_uppercase()) {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        if character == '_' && !out.is_empty() {
            upper = true;
        } else if std::mem::take(&mut upper) {
            out.extend(character.to_uppercase());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::playwright_tokens::{Language, tokens};
    use super::*;

    fn read(text: &str, language: Language) -> Expr {
        let tokens = tokens(text, language);
        let (expr, next) = expression(&tokens, 0, tokens.len());
        assert_eq!(next, tokens.len(), "{text}");
        expr
    }

    #[test]
    fn both_languages_give_the_same_calls() {
        let script = read(
            "await page.getByRole('link', { name: 'Buy', exact: true }).first().click({ button: \"right\" })",
            Language::Script,
        );
        let python = read(
            "page.get_by_role(\"link\", name=\"Buy\", exact=True).first().click(button='right')",
            Language::Python,
        );
        assert_eq!(script, python);
        let Expr::Chain(chain) = script else { panic!() };
        assert_eq!(chain.root, "page");
        let names: Vec<&str> = chain.links.iter().map(|link| link.name.as_str()).collect();
        assert_eq!(names, ["getByRole", "first", "click"]);
    }

    #[test]
    fn values_are_read_and_the_rest_is_passed_over() {
        let Expr::Chain(chain) = read(
            "f(-1, 'a' + 'b', x => x.y, [1, 2], a ? b : c, `${z}`)",
            Language::Script,
        ) else {
            panic!()
        };
        let args = chain.links[0].args.clone().unwrap();
        assert_eq!(args.len(), 6, "{args:?}");
        assert_eq!(args[0], Expr::Number(-1.0));
        assert_eq!(args[1], Expr::Text("ab".into()));
        assert!(matches!(args[2], Expr::Function(_)));
        assert_eq!(args[5], Expr::Other);
        assert_eq!(
            read("re.compile(r\"^a\\d$\")", Language::Python),
            Expr::Pattern("^a\\d$".into())
        );
    }

    #[test]
    fn depth_has_an_end() {
        for text in [
            "(".repeat(50_000),
            "[".repeat(50_000) + &"]".repeat(50_000),
            "f(".repeat(20_000),
            "x=>".repeat(30_000),
            "lambda x:".repeat(20_000),
            "!".repeat(9),
            "{a:".repeat(30_000),
        ] {
            for language in [Language::Script, Language::Python] {
                let tokens = tokens(&text, language);
                let _expr = expression(&tokens, 0, tokens.len());
            }
        }
    }
}
