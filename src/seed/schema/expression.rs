//! Parses the conditions that databases keep for checks, partial indexes and partitions, in the
//! dialects of PostgreSQL, SQLite and MySQL. What is not understood stays in the tree as
//! [`Node::Unknown`], so that its neighbours can still be used. Pure.

/// A condition, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::seed) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Left, sign (`<=`, `~`, `like` …), right.
    Compare(Box<Node>, String, Box<Node>),
    /// `BETWEEN` low and high.
    Between(Box<Node>, Box<Node>, Box<Node>),
    IsNull(Box<Node>),
    Column(String),
    Text(String),
    Number(f64),
    Boolean(bool),
    /// A moment that is only known when it is asked: `now()`.
    Now,
    /// Name in small letters, and arguments.
    Call(String, Vec<Node>),
    List(Vec<Node>),
    Unknown,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    /// A name in quotes is never a keyword.
    Quoted(String),
    Text(String),
    Number(f64),
    Sign(String),
}

/// Parses an expression; [`Node::Unknown`] when it cannot be told where its parts are.
pub(in crate::seed) fn parse(expression: &str) -> Node {
    let Some(tokens) = tokens(expression) else {
        return Node::Unknown;
    };
    let mut parser = Parser { tokens, at: 0 };
    let found = parser.either().unwrap_or(Node::Unknown);
    if parser.at == parser.tokens.len() {
        found
    } else {
        Node::Unknown
    }
}

impl Node {
    /// Columns that the expression names, each once.
    pub(in crate::seed) fn columns(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut Vec<String>) {
        match self {
            Self::Column(name) if !found.contains(name) => found.push(name.clone()),
            Self::And(parts) | Self::Or(parts) | Self::List(parts) | Self::Call(_, parts) => {
                parts.iter().for_each(|part| part.collect(found));
            }
            Self::Not(inner) | Self::IsNull(inner) => inner.collect(found),
            Self::Compare(left, _, right) => {
                left.collect(found);
                right.collect(found);
            }
            Self::Between(value, low, high) => {
                [value, low, high]
                    .iter()
                    .for_each(|part| part.collect(found));
            }
            _ => {}
        }
    }

    /// Whether any part was not understood.
    pub(in crate::seed) fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::And(parts) | Self::Or(parts) | Self::List(parts) | Self::Call(_, parts) => {
                parts.iter().any(Self::has_unknown)
            }
            Self::Not(inner) | Self::IsNull(inner) => inner.has_unknown(),
            Self::Compare(left, _, right) => left.has_unknown() || right.has_unknown(),
            Self::Between(value, low, high) => {
                value.has_unknown() || low.has_unknown() || high.has_unknown()
            }
            _ => false,
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

/// Signs that compare.
const COMPARISONS: &[&str] = &[
    "=", "==", "<", ">", "<=", ">=", "<>", "!=", "~", "~*", "!~", "!~*", "~~", "!~~", "~~*", "!~~*",
];
/// Words that compare.
const COMPARING_WORDS: &[&str] = &["like", "ilike", "glob", "regexp", "rlike", "similar"];

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found =
            matches!(self.peek(), Some(Token::Name(name)) if name.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(sign)) if sign == wanted);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Option<Node> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Some(one_or(parts, Node::Or))
    }

    fn all(&mut self) -> Option<Node> {
        let mut parts = vec![self.negation()?];
        while self.word("and") {
            parts.push(self.negation()?);
        }
        Some(one_or(parts, Node::And))
    }

    fn negation(&mut self) -> Option<Node> {
        if self.word("not") {
            return Some(Node::Not(Box::new(self.negation()?)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<Node> {
        let mut left = self.sum()?;
        loop {
            if self.word("is") {
                let not = self.word("not");
                left = if self.word("null") {
                    Node::IsNull(Box::new(left))
                } else if self.word("true") {
                    left
                } else if self.word("false") {
                    Node::Not(Box::new(left))
                } else if self.word("distinct") {
                    self.word("from");
                    let right = self.sum()?;
                    // `IS DISTINCT FROM` is `<>` for values.
                    let sign = if not { "=" } else { "<>" };
                    left = Node::Compare(Box::new(left), sign.to_owned(), Box::new(right));
                    continue;
                } else {
                    return None;
                };
                if not {
                    left = Node::Not(Box::new(left));
                }
                continue;
            }
            if self.word("isnull") || self.word("notnull") {
                let positive = matches!(&self.tokens[self.at - 1], Token::Name(name) if name.eq_ignore_ascii_case("isnull"));
                left = Node::IsNull(Box::new(left));
                if !positive {
                    left = Node::Not(Box::new(left));
                }
                continue;
            }
            let start = self.at;
            let not = self.word("not");
            if self.word("between") {
                self.word("symmetric");
                let low = self.sum()?;
                if !self.word("and") {
                    return None;
                }
                let high = self.sum()?;
                left = Node::Between(Box::new(left), Box::new(low), Box::new(high));
            } else if self.word("in") {
                let list = match self.sum()? {
                    Node::List(items) => items,
                    single => vec![single],
                };
                left = Node::Compare(
                    Box::new(left),
                    "=".to_owned(),
                    Box::new(Node::Call("any".to_owned(), vec![Node::List(list)])),
                );
            } else if let Some(word) = COMPARING_WORDS.iter().find(|word| self.word(word)) {
                let right = self.sum()?;
                left = Node::Compare(Box::new(left), (*word).to_owned(), Box::new(right));
            } else {
                self.at = start;
                match self.peek() {
                    Some(Token::Sign(sign)) if COMPARISONS.contains(&sign.as_str()) => {
                        let sign = sign.clone();
                        self.at += 1;
                        let right = self.sum()?;
                        left = Node::Compare(Box::new(left), sign, Box::new(right));
                        continue;
                    }
                    _ => return Some(left),
                }
            }
            if not {
                left = Node::Not(Box::new(left));
            }
        }
    }

    /// Arithmetic is not understood, but its end is found.
    fn sum(&mut self) -> Option<Node> {
        let mut left = self.primary()?;
        loop {
            match self.peek() {
                Some(Token::Sign(sign))
                    if !COMPARISONS.contains(&sign.as_str())
                        && !matches!(sign.as_str(), ")" | "]" | "," | "(" | "[") =>
                {
                    self.at += 1;
                    self.primary()?;
                    left = Node::Unknown;
                }
                _ => return Some(left),
            }
        }
    }

    fn primary(&mut self) -> Option<Node> {
        let token = self.peek()?.clone();
        self.at += 1;
        let node = match token {
            Token::Sign(sign) if sign == "(" => {
                let items = self.items(")")?;
                match <[Node; 1]>::try_from(items) {
                    Ok([one]) => one,
                    Err(items) => Node::List(items),
                }
            }
            Token::Sign(sign) if sign == "-" || sign == "+" => match self.primary()? {
                Node::Number(number) if sign == "-" => Node::Number(-number),
                Node::Number(number) => Node::Number(number),
                _ => Node::Unknown,
            },
            Token::Sign(_) => return None,
            Token::Text(text) => Node::Text(text),
            Token::Number(number) => Node::Number(number),
            Token::Quoted(name) => self.named(name),
            Token::Name(name) => self.keyword_or_name(&name)?,
        };
        self.postfix(node)
    }

    fn keyword_or_name(&mut self, name: &str) -> Option<Node> {
        let lower = name.to_lowercase();
        Some(match lower.as_str() {
            "true" => Node::Boolean(true),
            "false" => Node::Boolean(false),
            "null" | "interval" | "case" | "exists" => {
                self.skip_rest();
                Node::Unknown
            }
            "current_date" | "current_timestamp" | "localtimestamp" => {
                if self.sign("(") {
                    self.items(")")?;
                }
                Node::Now
            }
            "array" if self.sign("[") => Node::List(self.items("]")?),
            // DATE '2020-01-01', _utf8mb4'x'
            _ if matches!(self.peek(), Some(Token::Text(_))) => {
                let Some(Token::Text(text)) = self.peek().cloned() else {
                    return None;
                };
                self.at += 1;
                Node::Text(text)
            }
            _ if matches!(self.peek(), Some(Token::Sign(sign)) if sign == "(") => {
                self.at += 1;
                let start = self.at;
                if let Some(arguments) = self.items(")") {
                    call(lower, arguments)
                } else {
                    self.at = start;
                    self.skip_to_closing()?;
                    Node::Unknown
                }
            }
            _ => self.named(name.to_owned()),
        })
    }

    /// A column, perhaps with its table before it.
    fn named(&mut self, mut name: String) -> Node {
        while self.sign(".") {
            match self.peek() {
                Some(Token::Name(next) | Token::Quoted(next)) => name.clone_from(next),
                _ => return Node::Unknown,
            }
            self.at += 1;
        }
        Node::Column(name)
    }

    fn postfix(&mut self, mut node: Node) -> Option<Node> {
        loop {
            if self.word("collate") {
                self.at += 1;
            } else if self.sign("[") {
                self.items("]")?;
                node = Node::Unknown;
            } else {
                return Some(node);
            }
        }
    }

    fn items(&mut self, closing: &str) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        if self.sign(closing) {
            return Some(items);
        }
        loop {
            items.push(self.either()?);
            if self.sign(closing) {
                return Some(items);
            }
            if !self.sign(",") {
                return None;
            }
        }
    }

    fn skip_to_closing(&mut self) -> Option<()> {
        let mut depth = 1;
        while depth > 0 {
            match self.peek()? {
                Token::Sign(sign) if sign == "(" => depth += 1,
                Token::Sign(sign) if sign == ")" => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        Some(())
    }

    /// Skips what belongs to a construct that is not understood, up to the bracket around it.
    fn skip_rest(&mut self) {
        let mut depth = 0_i32;
        while let Some(token) = self.peek() {
            match token {
                Token::Sign(sign) if sign == "(" => depth += 1,
                Token::Sign(sign) if sign == ")" && depth == 0 => return,
                Token::Sign(sign) if sign == "," && depth == 0 => return,
                Token::Sign(sign) if sign == ")" => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// Functions that leave a value as it is, for our purposes: our values have no spaces around.
fn call(name: String, mut arguments: Vec<Node>) -> Node {
    match (name.as_str(), arguments.len()) {
        ("now" | "statement_timestamp" | "clock_timestamp" | "transaction_timestamp", _) => {
            Node::Now
        }
        ("btrim" | "trim" | "ltrim" | "rtrim" | "date", 1) => {
            arguments.pop().unwrap_or(Node::Unknown)
        }
        _ => Node::Call(name, arguments),
    }
}

fn one_or(mut parts: Vec<Node>, many: impl Fn(Vec<Node>) -> Node) -> Node {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        many(parts)
    }
}

fn tokens(expression: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = expression.char_indices().peekable();
    while let Some((start, character)) = chars.next() {
        match character {
            _ if character.is_whitespace() => {}
            '(' | ')' | '[' | ']' | ',' | '.' => tokens.push(Token::Sign(character.to_string())),
            '\'' => tokens.push(Token::Text(quoted(&mut chars, '\'')?)),
            '"' | '`' => tokens.push(Token::Quoted(quoted(&mut chars, character)?)),
            ':' => skip_cast(&mut chars)?,
            _ if character.is_ascii_digit() => {
                let end = take_while(&mut chars, expression, |c| c.is_ascii_digit() || c == '.');
                tokens.push(Token::Number(expression[start..end].parse().ok()?));
            }
            _ if character.is_alphabetic() || character == '_' => {
                let end = take_while(&mut chars, expression, |c| {
                    c.is_alphanumeric() || c == '_' || c == '$'
                });
                tokens.push(Token::Name(expression[start..end].to_owned()));
            }
            '<' | '>' | '=' | '!' | '~' | '|' | '&' | '@' | '#' | '?' => {
                let end = take_while(&mut chars, expression, |c| "<>=!~*|&@#?".contains(c));
                tokens.push(Token::Sign(expression[start..end].to_owned()));
            }
            other => tokens.push(Token::Sign(other.to_string())),
        }
    }
    Some(tokens)
}

type Chars<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

fn take_while(chars: &mut Chars<'_>, text: &str, wanted: impl Fn(char) -> bool) -> usize {
    while chars.next_if(|(_, character)| wanted(*character)).is_some() {}
    chars.peek().map_or(text.len(), |(at, _)| *at)
}

fn quoted(chars: &mut Chars<'_>, quote: char) -> Option<String> {
    let mut text = String::new();
    loop {
        let (_, character) = chars.next()?;
        if character == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Some(text);
        }
        text.push(character);
    }
}

/// Skips `::character varying(20)[]`.
fn skip_cast(chars: &mut Chars<'_>) -> Option<()> {
    chars.next_if(|(_, character)| *character == ':')?;
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '.');
    while chars.next_if(|(_, c)| part(*c)).is_some() {}
    let starts = |chars: &Chars<'_>, word: &str| {
        chars
            .clone()
            .map(|(_, c)| c)
            .take(word.len())
            .eq(word.chars())
    };
    for word in [
        " varying",
        " precision",
        " without time zone",
        " with time zone",
    ] {
        if starts(chars, word) {
            chars.nth(word.len() - 1);
        }
    }
    let rest: String = chars.clone().map(|(_, c)| c).take(12).collect();
    if let Some(inside) = rest.strip_prefix('(')
        && let Some((digits, _)) = inside.split_once(')')
        && digits.chars().all(|c| c.is_ascii_digit() || c == ',')
    {
        chars.nth(digits.len() + 1);
    }
    for word in [" without time zone", " with time zone"] {
        if starts(chars, word) {
            chars.nth(word.len() - 1);
        }
    }
    while starts(chars, "[]") {
        chars.nth(1);
    }
    Some(())
}
