//! Words, texts and marks of a test script in TypeScript, JavaScript or Python. Tolerant: whatever
//! stands there gives tokens. Of the languages only as much is known as recorders write; a whole
//! grammar would cost more to build than all importers, and understand nothing more of the steps.

use std::iter::Peekable;
use std::str::CharIndices;

/// Which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// TypeScript and JavaScript.
    Script,
    Python,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// From 1.
    pub(super) line: usize,
    /// Characters from the start of its line.
    pub(super) column: usize,
    /// Index of the bracket that closes it, or of the last token when none does.
    pub(super) pair: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name or keyword.
    Word(String),
    /// A text in quotes, its escapes read.
    Text(String),
    /// A text that is put together when it runs.
    Composed,
    /// A regular expression without its slashes.
    Pattern(String),
    Number(f64),
    /// A punctuation character; `…` for `...`.
    Mark(char),
    /// `=>`.
    Arrow,
    /// `==`, `<=`, `&&` and other operators of two or three characters.
    Operator,
}

impl Token {
    pub(super) fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// All tokens, with their brackets paired.
pub(super) fn tokens(text: &str, language: Language) -> Vec<Token> {
    let mut reader = Reader {
        text,
        rest: text.char_indices().peekable(),
        language,
        line: 1,
        line_start: 0,
        out: Vec::new(),
    };
    reader.read();
    let mut out = reader.out;
    pair(&mut out);
    out
}

fn pair(tokens: &mut [Token]) {
    let last = tokens.len().saturating_sub(1);
    let mut open: Vec<usize> = Vec::new();
    for at in 0..tokens.len() {
        tokens[at].pair = at;
        match tokens[at].kind {
            Kind::Mark('(' | '[' | '{') => open.push(at),
            Kind::Mark(')' | ']' | '}') => {
                if let Some(start) = open.pop() {
                    tokens[start].pair = at;
                    tokens[at].pair = start;
                }
            }
            _ => {}
        }
    }
    for start in open {
        tokens[start].pair = last;
    }
}

struct Reader<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    language: Language,
    line: usize,
    line_start: usize,
    out: Vec<Token>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some((at, character)) = self.next() {
            let (line, column) = (self.line, at.saturating_sub(self.line_start));
            let Some(kind) = self.token(at, character) else {
                continue;
            };
            self.out.push(Token {
                kind,
                line,
                column,
                pair: 0,
            });
        }
    }

    fn next(&mut self) -> Option<(usize, char)> {
        let (at, character) = self.rest.next()?;
        if character == '\n' {
            self.line += 1;
            self.line_start = at + 1;
        }
        Some((at, character))
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, character)| *character)
    }

    fn take_if(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    fn after(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    fn token(&mut self, at: usize, character: char) -> Option<Kind> {
        let python = self.language == Language::Python;
        match character {
            _ if character.is_whitespace() => None,
            '#' if python => {
                self.skip_line();
                None
            }
            '\\' if python => None,
            '/' if !python && self.peek() == Some('/') => {
                self.next();
                // The library's scripts carry their assertions as comments.
                let comment = self.after(at + 2).trim_start_matches([' ', '\t']);
                if !comment.starts_with("await expect(") {
                    self.skip_line();
                }
                None
            }
            '/' if !python && self.peek() == Some('*') => {
                self.next();
                let mut star = false;
                while let Some((_, character)) = self.next() {
                    if star && character == '/' {
                        break;
                    }
                    star = character == '*';
                }
                None
            }
            '/' if !python && self.pattern_may_come() => Some(self.pattern()),
            '"' | '\'' => Some(self.quoted(character, "")),
            '`' if !python => Some(self.template()),
            _ if character.is_ascii_digit() => Some(self.number(at)),
            _ if is_name(character) => Some(self.word(at)),
            '.' if self.after(at).starts_with("...") => {
                self.next();
                self.next();
                Some(Kind::Mark('…'))
            }
            '=' if self.take_if('>') => Some(Kind::Arrow),
            '=' | '!' | '<' | '>' if self.take_if('=') => {
                self.take_if('=');
                Some(Kind::Operator)
            }
            '&' | '|' if self.take_if(character) => Some(Kind::Operator),
            '?' if self.take_if('?') => Some(Kind::Operator),
            // `a?.b` is `a.b`.
            '?' if self.after(at).starts_with("?.") => None,
            other => Some(Kind::Mark(other)),
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|character| character != '\n') {
            self.next();
        }
    }

    /// A slash divides after a value, and opens a pattern elsewhere.
    fn pattern_may_come(&self) -> bool {
        match self.out.last().map(|token| &token.kind) {
            Some(Kind::Word(word)) => word == "return" || word == "await",
            Some(
                Kind::Mark(')' | ']' | '}') | Kind::Text(_) | Kind::Number(_) | Kind::Composed,
            ) => false,
            _ => true,
        }
    }

    fn pattern(&mut self) -> Kind {
        let mut source = String::new();
        let mut class = false;
        while let Some(character) = self.peek() {
            if character == '\n' {
                break;
            }
            self.next();
            match character {
                '\\' => {
                    source.push('\\');
                    source.extend(self.next().map(|(_, next)| next));
                    continue;
                }
                '/' if !class => break,
                '[' => class = true,
                ']' => class = false,
                _ => {}
            }
            source.push(character);
        }
        while self
            .peek()
            .is_some_and(|character| character.is_ascii_alphabetic())
        {
            self.next();
        }
        Kind::Pattern(source)
    }

    fn word(&mut self, at: usize) -> Kind {
        while self
            .peek()
            .is_some_and(|character| is_name(character) || character.is_numeric())
        {
            self.next();
        }
        let end = self.rest.peek().map_or(self.text.len(), |(end, _)| *end);
        let word = self.text.get(at..end).unwrap_or_default();
        let prefix = word.to_ascii_lowercase();
        let quote = self.peek().filter(|quote| "\"'".contains(*quote));
        if let Some(quote) = quote
            && self.language == Language::Python
            && ["r", "b", "f", "u", "rb", "br", "fr", "rf"].contains(&prefix.as_str())
        {
            self.next();
            return self.quoted(quote, &prefix);
        }
        Kind::Word(word.to_owned())
    }

    fn number(&mut self, at: usize) -> Kind {
        while self
            .peek()
            .is_some_and(|character| character.is_ascii_alphanumeric() || "._".contains(character))
        {
            self.next();
        }
        let end = self.rest.peek().map_or(self.text.len(), |(end, _)| *end);
        let digits = self.text.get(at..end).unwrap_or_default().replace('_', "");
        Kind::Number(digits.parse().unwrap_or(0.0))
    }

    /// A text whose first quote was read. Ends with its line, unless it has three quotes.
    fn quoted(&mut self, quote: char, prefix: &str) -> Kind {
        let (raw, filled) = (prefix.contains('r'), prefix.contains('f'));
        let mut out = String::new();
        let mut long = false;
        if self.language == Language::Python && self.peek() == Some(quote) {
            self.next();
            if !self.take_if(quote) {
                return Kind::Text(out);
            }
            long = true;
        }
        while let Some(character) = self.peek() {
            if character == '\n' && !long {
                break;
            }
            self.next();
            if character == quote {
                if !long {
                    break;
                }
                let at = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
                let twice = [quote, quote].iter().collect::<String>();
                if self.after(at).starts_with(&twice) {
                    self.next();
                    self.next();
                    break;
                }
                out.push(character);
            } else if character == '\\' && raw {
                out.push('\\');
                out.extend(self.next().map(|(_, next)| next));
            } else if character == '\\' {
                self.escape(&mut out);
            } else {
                out.push(character);
            }
        }
        if filled && out.contains('{') {
            Kind::Composed
        } else {
            Kind::Text(out)
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, out: &mut String) {
        let Some((_, character)) = self.next() else {
            return;
        };
        match character {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'v' => out.push('\u{b}'),
            '0' => out.push('\0'),
            '\n' => {}
            'x' => out.extend(self.code(2)),
            'u' if self.take_if('{') => {
                let code = self.code(6);
                self.take_if('}');
                out.extend(code);
            }
            'u' => {
                let Some(high) = self.hex(4) else { return };
                // Characters beyond the first plane come as two.
                if (0xd800..0xdc00).contains(&high) && self.take_if('\\') && self.take_if('u') {
                    let low = self.hex(4).unwrap_or(0);
                    let code =
                        0x10000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
                    out.extend(char::from_u32(code));
                } else {
                    out.extend(char::from_u32(high));
                }
            }
            'U' if self.language == Language::Python => out.extend(self.code(8)),
            other => out.push(other),
        }
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        self.hex(digits).and_then(char::from_u32)
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let mut code = None;
        for _ in 0..digits {
            let Some(digit) = self.peek().and_then(|character| character.to_digit(16)) else {
                break;
            };
            self.next();
            code = Some(code.unwrap_or(0_u32).wrapping_mul(16).wrapping_add(digit));
        }
        code
    }

    /// A text in backticks whose first one was read.
    fn template(&mut self) -> Kind {
        let mut out = String::new();
        let mut composed = false;
        // Braces open in each `${…}` that we are in; a template inside one adds a level.
        let mut levels: Vec<usize> = Vec::new();
        let mut inside = true;
        while let Some((_, character)) = self.next() {
            match character {
                '\\' if inside => self.escape(&mut out),
                '`' if inside => {
                    if levels.is_empty() {
                        break;
                    }
                    inside = false;
                }
                '$' if inside && self.peek() == Some('{') => {
                    self.next();
                    composed = true;
                    levels.push(0);
                    inside = false;
                }
                _ if inside => out.push(character),
                // A template inside: its text is read like ours, its end is ours again.
                '`' => inside = true,
                '{' => {
                    if let Some(open) = levels.last_mut() {
                        *open += 1;
                    }
                }
                '}' => match levels.last_mut() {
                    Some(0) | None => {
                        levels.pop();
                        inside = true;
                    }
                    Some(open) => *open -= 1,
                },
                _ => {}
            }
        }
        if composed {
            Kind::Composed
        } else {
            Kind::Text(out)
        }
    }
}

fn is_name(character: char) -> bool {
    character.is_alphabetic() || character == '_' || character == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, language: Language) -> Vec<Kind> {
        tokens(text, language)
            .into_iter()
            .map(|token| token.kind)
            .collect()
    }

    #[test]
    fn texts_are_read_with_all_quotes_and_escapes() {
        let text = |text: &str| Kind::Text(text.to_owned());
        let script = r#"'it\'s' "a\nb" `c "d" \u{1F600}` '\ud83d\ude00' `x${y}` '\x41'"#;
        assert_eq!(
            kinds(script, Language::Script),
            [
                text("it's"),
                text("a\nb"),
                text("c \"d\" 😀"),
                text("😀"),
                Kind::Composed,
                text("A")
            ]
        );
        let python = "'a' r\"\\d\" \"\"\"x \"y\"\nz\"\"\" f'{a}' '' # 'no'\n\"b\"";
        assert_eq!(
            kinds(python, Language::Python),
            [
                text("a"),
                text("\\d"),
                text("x \"y\"\nz"),
                Kind::Composed,
                text(""),
                text("b")
            ]
        );
    }

    #[test]
    fn a_slash_divides_or_opens_a_pattern() {
        let found = kinds(
            "f(/a\\/[/]b/i, c / d) // no /x/\n/* no */",
            Language::Script,
        );
        assert!(found.contains(&Kind::Pattern("a\\/[/]b".to_owned())));
        assert_eq!(
            found
                .iter()
                .filter(|kind| **kind == Kind::Mark('/'))
                .count(),
            1
        );
        assert!(!found.contains(&Kind::Word("no".to_owned())));
    }

    #[test]
    fn brackets_that_never_close_end_with_the_text() {
        let found = tokens("f(a[{", Language::Script);
        assert!(found.iter().all(|token| token.pair < found.len()));
    }

    #[test]
    fn a_template_in_a_template_ends() {
        let found = kinds("`a${`b`}c` d", Language::Script);
        assert_eq!(found.first(), Some(&Kind::Composed));
    }
}
