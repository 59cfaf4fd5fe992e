//! Reads check constraints that are simple enough: lists, ranges, lengths.

/// A rule for one column.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::seed) struct Check {
    pub(in crate::seed) column: String,
    pub(in crate::seed) rule: Rule,
}

/// What values must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::seed) enum Rule {
    /// One of these.
    In(Vec<String>),
    /// Not below; not equal either when `strict`.
    Min { bound: f64, strict: bool },
    /// Not above; not equal either when `strict`.
    Max { bound: f64, strict: bool },
    /// Number of characters.
    Length { min: Option<u64>, max: Option<u64> },
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Sign(String),
}

/// Reads an expression; none when any part of it is not understood.
pub(super) fn read(expression: &str) -> Option<Vec<Check>> {
    let tokens = tokens(expression)?;
    let mut checks = Vec::new();
    let mut rest = &tokens[..];
    while !rest.is_empty() {
        let (mut found, used) = clause(rest)?;
        checks.append(&mut found);
        rest = &rest[used..];
        match rest.first() {
            None => break,
            Some(token) if is(token, "and") => rest = &rest[1..],
            Some(_) => return None,
        }
    }
    (!checks.is_empty()).then_some(checks)
}

fn is(token: &Token, word: &str) -> bool {
    matches!(token, Token::Name(name) if name.eq_ignore_ascii_case(word))
}

/// One clause at the start of the tokens, and how many tokens it has.
fn clause(tokens: &[Token]) -> Option<(Vec<Check>, usize)> {
    if let [function, Token::Name(column), rest @ ..] = tokens
        && ["length", "char_length", "character_length"]
            .iter()
            .any(|name| is(function, name))
    {
        let (rule, used) = length(rest)?;
        return Some((vec![check(column, rule)], used + 2));
    }
    let [Token::Name(column), rest @ ..] = tokens else {
        return None;
    };
    match rest {
        [word, Token::Number(low), and, Token::Number(high), ..]
            if is(word, "between") && is(and, "and") =>
        {
            let min = Rule::Min {
                bound: *low,
                strict: false,
            };
            let max = Rule::Max {
                bound: *high,
                strict: false,
            };
            Some((vec![check(column, min), check(column, max)], 5))
        }
        [word, rest @ ..] if is(word, "in") => {
            let (values, used) = list(rest)?;
            Some((vec![check(column, Rule::In(values))], used + 2))
        }
        [Token::Sign(sign), any, array, rest @ ..]
            if sign == "=" && is(any, "any") && is(array, "array") =>
        {
            let (values, used) = list(rest)?;
            Some((vec![check(column, Rule::In(values))], used + 4))
        }
        [Token::Sign(sign), Token::Number(bound), ..] => {
            let rule = match sign.as_str() {
                ">" | ">=" => Rule::Min {
                    bound: *bound,
                    strict: sign == ">",
                },
                "<" | "<=" => Rule::Max {
                    bound: *bound,
                    strict: sign == "<",
                },
                _ => return None,
            };
            Some((vec![check(column, rule)], 3))
        }
        [Token::Sign(sign), Token::Text(text), ..] if sign == "=" => {
            Some((vec![check(column, Rule::In(vec![text.clone()]))], 3))
        }
        _ => None,
    }
}

fn check(column: &str, rule: Rule) -> Check {
    Check {
        column: column.to_owned(),
        rule,
    }
}

fn length(tokens: &[Token]) -> Option<(Rule, usize)> {
    let [Token::Sign(sign), Token::Number(bound), ..] = tokens else {
        return None;
    };
    let bound = *bound as u64;
    let (min, max) = match sign.as_str() {
        "=" => (Some(bound), Some(bound)),
        ">" => (Some(bound + 1), None),
        ">=" => (Some(bound), None),
        "<" => (None, Some(bound.saturating_sub(1))),
        "<=" => (None, Some(bound)),
        _ => return None,
    };
    Some((Rule::Length { min, max }, 2))
}

/// Literals with commas between them.
fn list(tokens: &[Token]) -> Option<(Vec<String>, usize)> {
    let mut values = Vec::new();
    let mut used = 0;
    loop {
        values.push(match tokens.get(used)? {
            Token::Text(text) => text.clone(),
            Token::Number(number) => number.to_string(),
            _ => return None,
        });
        used += 1;
        match tokens.get(used) {
            Some(Token::Sign(sign)) if sign == "," => used += 1,
            _ => return Some((values, used)),
        }
    }
}

/// Words of an expression without brackets and casts: for conjunctions of simple clauses neither
/// changes the meaning, and anything with `OR`, `NOT` or arithmetic is refused by the clauses.
fn tokens(expression: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = expression.char_indices().peekable();
    while let Some((start, character)) = chars.next() {
        match character {
            ' ' | '\n' | '\t' | '\r' | '(' | ')' | '[' | ']' => {}
            '\'' => tokens.push(Token::Text(quoted(&mut chars, '\'')?)),
            '"' | '`' => tokens.push(Token::Name(quoted(&mut chars, character)?)),
            ':' => skip_cast(&mut chars)?,
            _ if character.is_ascii_digit() || character == '-' => {
                let end = take_while(&mut chars, expression, |c| c.is_ascii_digit() || c == '.');
                tokens.push(Token::Number(expression[start..end].parse().ok()?));
            }
            _ if character.is_alphabetic() || character == '_' => {
                let end = take_while(&mut chars, expression, |c| c.is_alphanumeric() || c == '_');
                tokens.push(Token::Name(expression[start..end].to_owned()));
            }
            '<' | '>' | '=' | '!' => {
                let end = take_while(&mut chars, expression, |c| matches!(c, '<' | '>' | '='));
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
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"');
    while chars.next_if(|(_, c)| part(*c)).is_some() {}
    for word in [
        " varying",
        " precision",
        " without time zone",
        " with time zone",
    ] {
        let rest: String = chars.clone().map(|(_, c)| c).take(word.len()).collect();
        if rest == word {
            chars.nth(word.len() - 1);
        }
    }
    let rest: String = chars.clone().map(|(_, c)| c).take(8).collect();
    if let Some(inside) = rest.strip_prefix('(')
        && let Some((digits, _)) = inside.split_once(')')
        && digits.chars().all(|c| c.is_ascii_digit() || c == ',')
    {
        chars.nth(digits.len() + 1);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(expression: &str) -> Vec<Rule> {
        let checks = read(expression).unwrap_or_default();
        assert!(checks.iter().all(|check| check.column == "a"), "{checks:?}");
        checks.into_iter().map(|check| check.rule).collect()
    }

    #[test]
    fn both_dialects_are_read() {
        let list = [Rule::In(vec!["x".to_owned(), "y z".to_owned()])];
        assert_eq!(rules("a IN ('x', 'y z')"), list);
        assert_eq!(rules("((a = ANY (ARRAY['x'::text, 'y z'::text])))"), list);
        let cast = "((a)::text = ANY ((ARRAY['x'::character varying, 'y z'::character varying(20)])::text[]))";
        assert_eq!(rules(cast), list);
        let range = [
            Rule::Min {
                bound: 1.0,
                strict: false,
            },
            Rule::Max {
                bound: 20.0,
                strict: false,
            },
        ];
        assert_eq!(rules("a BETWEEN 1 AND 20"), range);
        assert_eq!(rules("(((a >= 1) AND (a <= 20)))"), range);
        assert_eq!(
            rules("a > 0"),
            [Rule::Min {
                bound: 0.0,
                strict: true
            }]
        );
        assert_eq!(
            rules("\"a\" >= (0)::numeric"),
            [Rule::Min {
                bound: 0.0,
                strict: false
            }]
        );
        let two = [Rule::Length {
            min: Some(2),
            max: Some(2),
        }];
        assert_eq!(rules("length(a) = 2"), two);
        assert_eq!(rules("(char_length((a)::text) = 2)"), two);
    }

    #[test]
    fn what_is_not_simple_is_not_read() {
        for expression in [
            "a > 0 OR b > 0",
            "NOT a > 1",
            "a > b",
            "a % 2 = 0",
            "a ~ '^x'",
            "a > 1 + 2",
        ] {
            assert_eq!(read(expression), None, "{expression}");
        }
    }
}
