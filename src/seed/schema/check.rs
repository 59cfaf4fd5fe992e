//! Reads check constraints that are simple enough: lists, ranges, lengths, patterns, null or not,
//! two columns compared, and conditions joined by AND and OR. Of an OR one side is chosen, which
//! is then enough for a plan, though not needed. Pure.

use super::expression::{Node, parse};

/// A rule for one column.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::seed) struct Check {
    pub(in crate::seed) column: String,
    pub(in crate::seed) rule: Rule,
    /// One way to satisfy an OR: enough, but another plan may take the other way.
    pub(in crate::seed) chosen: bool,
}

/// What values must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::seed) enum Rule {
    /// One of these.
    In(Vec<String>),
    /// None of these.
    NotIn(Vec<String>),
    /// Not below; not equal either when `strict`.
    Min { bound: f64, strict: bool },
    /// Not above; not equal either when `strict`.
    Max { bound: f64, strict: bool },
    /// Number of characters.
    Length { min: Option<u64>, max: Option<u64> },
    /// Not before; seconds since 1970.
    From { moment: i64, strict: bool },
    /// Not after; seconds since 1970.
    Until { moment: i64, strict: bool },
    /// Greater (later) than another column of the row; not equal either when `strict`.
    Above { other: String, strict: bool },
    /// Not the same as another column of the row.
    Differs { other: String },
    /// There is a value.
    NotNull,
    /// There is none.
    Null,
    /// Matches a regular expression.
    Pattern(String),
    /// Capital letters only, or small ones only.
    Case { upper: bool },
}

/// Reads an expression; none when any part of it is not understood.
#[allow(dead_code, reason = "MySQL's reader uses it")]
pub(super) fn read(expression: &str) -> Option<Vec<Check>> {
    let (checks, complete) = read_partly(expression);
    (complete && !checks.is_empty()).then_some(checks)
}

/// What is understood of an expression, and whether that is all of it.
pub(super) fn read_partly(expression: &str) -> (Vec<Check>, bool) {
    match parse(expression) {
        Node::And(parts) => {
            let mut checks = Vec::new();
            let mut complete = true;
            for part in &parts {
                match enforce(part, false) {
                    Some(found) => checks.extend(found),
                    None => complete = false,
                }
            }
            (checks, complete)
        }
        other => enforce(&other, false).map_or((Vec::new(), false), |checks| (checks, true)),
    }
}

/// The rules that make a condition true (or, when `negated`, false); none when it is not
/// understood.
fn enforce(node: &Node, negated: bool) -> Option<Vec<Check>> {
    match (node, negated) {
        (Node::And(parts), false) | (Node::Or(parts), true) => {
            let each = parts.iter().map(|part| enforce(part, negated));
            Some(each.collect::<Option<Vec<_>>>()?.concat())
        }
        (Node::Or(parts), false) | (Node::And(parts), true) => choose(parts, negated),
        (Node::Not(inner), _) => enforce(inner, !negated),
        (Node::IsNull(inner), _) => match &**inner {
            Node::Column(column) => Some(one(
                column,
                if negated { Rule::NotNull } else { Rule::Null },
            )),
            _ => None,
        },
        (Node::Column(column), _) => Some(one(column, Rule::In(vec![(!negated).to_string()]))),
        (Node::Boolean(truth), _) => (*truth != negated).then(Vec::new),
        (Node::Between(value, low, high), _) => {
            let sides = [
                Node::Compare(value.clone(), ">=".to_owned(), low.clone()),
                Node::Compare(value.clone(), "<=".to_owned(), high.clone()),
            ];
            enforce(&Node::And(sides.to_vec()), negated)
        }
        (Node::Compare(left, sign, right), _) => compare(left, sign, right, negated),
        // Our documents are valid.
        (Node::Call(name, arguments), false) if name == "json_valid" && arguments.len() == 1 => {
            Some(Vec::new())
        }
        _ => None,
    }
}

/// The best side of an OR.
fn choose(parts: &[Node], negated: bool) -> Option<Vec<Check>> {
    // All sides list values of one column: so does the whole.
    let sides: Vec<Option<Vec<Check>>> = parts.iter().map(|part| enforce(part, negated)).collect();
    let mut values = Vec::new();
    let mut column = None;
    for side in &sides {
        match side.as_deref() {
            Some(
                [
                    Check {
                        column: name,
                        rule: Rule::In(found),
                        ..
                    },
                ],
            ) if column.is_none_or(|known| known == name) => {
                column = Some(name);
                values.extend(found.iter().cloned());
            }
            _ => {
                column = None;
                values.clear();
                break;
            }
        }
    }
    if let Some(column) = column {
        return Some(one(column, Rule::In(values)));
    }
    // `a IS NULL OR a > 0` says no more than `a > 0`, which null satisfies.
    let rest: Vec<&Vec<Check>> = sides
        .iter()
        .flatten()
        .filter(|side| {
            !matches!(
                &side[..],
                [Check {
                    rule: Rule::Null,
                    ..
                }]
            )
        })
        .collect();
    let nulls = sides.iter().flatten().count() - rest.len();
    if let [only] = rest[..]
        && nulls + 1 == sides.len()
        && sides
            .iter()
            .flatten()
            .flatten()
            .all(|check| check.column == only[0].column)
        && only
            .iter()
            .all(|check| !matches!(check.rule, Rule::NotNull | Rule::Null))
    {
        return Some(only.clone());
    }
    let cost = |side: &Vec<Check>| {
        let each = side.iter().map(|check| match check.rule {
            Rule::NotNull | Rule::NotIn(_) => 0,
            Rule::Null => 3,
            Rule::In(_) => 2,
            _ => 1,
        });
        each.max().unwrap_or(0)
    };
    let best = sides.into_iter().flatten().min_by_key(cost)?;
    let chosen = best.into_iter().map(|check| Check {
        chosen: true,
        ..check
    });
    Some(chosen.collect())
}

fn one(column: &str, rule: Rule) -> Vec<Check> {
    vec![Check {
        column: column.to_owned(),
        rule,
        chosen: false,
    }]
}

fn compare(left: &Node, sign: &str, right: &Node, negated: bool) -> Option<Vec<Check>> {
    let sign = if negated { opposite(sign)? } else { sign };
    // Conditions compared: one, but not the other.
    if is_condition(left) && is_condition(right) && matches!(sign, "=" | "<>" | "!=") {
        let (not_left, not_right) = (
            Node::Not(Box::new(left.clone())),
            Node::Not(Box::new(right.clone())),
        );
        let sides = if sign == "=" {
            [
                Node::And(vec![left.clone(), right.clone()]),
                Node::And(vec![not_left, not_right]),
            ]
        } else {
            [
                Node::And(vec![left.clone(), not_right]),
                Node::And(vec![not_left, right.clone()]),
            ]
        };
        return choose(&sides, false);
    }
    match (left, right) {
        (Node::Call(name, arguments), Node::Number(number)) => {
            of_call(name, arguments, sign, *number)
        }
        (Node::Number(_) | Node::Text(_) | Node::Now, Node::Column(_) | Node::Call(..)) => {
            compare(right, mirrored(sign)?, left, false)
        }
        (Node::Column(column), Node::Call(name, arguments)) => {
            of_column_and_call(column, sign, name, arguments)
        }
        (Node::Call(name, arguments), Node::Text(text)) => {
            let column = single_column(arguments)?;
            match (name.as_str(), sign, text.as_str()) {
                // Documents of ours are objects.
                ("jsonb_typeof" | "json_typeof" | "json_type", "=", "object") => Some(Vec::new()),
                ("jsonb_typeof" | "json_typeof" | "json_type", "=", "array") => {
                    Some(one(column, Rule::In(vec!["[]".to_owned()])))
                }
                _ => None,
            }
        }
        (Node::Column(column), Node::Column(other)) => {
            let above = |column: &str, other: &str, strict| {
                let other = other.to_owned();
                Some(one(column, Rule::Above { other, strict }))
            };
            match sign {
                ">" | ">=" => above(column, other, sign == ">"),
                "<" | "<=" => above(other, column, sign == "<"),
                "<>" | "!=" => Some(one(
                    column,
                    Rule::Differs {
                        other: other.clone(),
                    },
                )),
                _ => None,
            }
        }
        (Node::Column(column), Node::Boolean(truth)) => match sign {
            "=" => Some(one(column, Rule::In(vec![truth.to_string()]))),
            "<>" | "!=" => Some(one(column, Rule::In(vec![(!truth).to_string()]))),
            _ => None,
        },
        (Node::Column(column), Node::Number(number)) => of_number(column, sign, *number),
        (Node::Column(column), Node::Text(text)) => of_text(column, sign, text),
        // What is made today and before is not after now.
        (Node::Column(_), Node::Now) if matches!(sign, "<" | "<=") => Some(Vec::new()),
        _ => None,
    }
}

fn is_condition(node: &Node) -> bool {
    matches!(
        node,
        Node::And(_)
            | Node::Or(_)
            | Node::Not(_)
            | Node::IsNull(_)
            | Node::Compare(..)
            | Node::Between(..)
    )
}

fn single_column(arguments: &[Node]) -> Option<&str> {
    match arguments {
        [Node::Column(column)] => Some(column),
        _ => None,
    }
}

fn of_number(column: &str, sign: &str, bound: f64) -> Option<Vec<Check>> {
    Some(one(
        column,
        match sign {
            ">" | ">=" => Rule::Min {
                bound,
                strict: sign == ">",
            },
            "<" | "<=" => Rule::Max {
                bound,
                strict: sign == "<",
            },
            "=" | "==" => Rule::In(vec![bound.to_string()]),
            "<>" | "!=" => Rule::NotIn(vec![bound.to_string()]),
            _ => return None,
        },
    ))
}

fn of_text(column: &str, sign: &str, text: &str) -> Option<Vec<Check>> {
    Some(one(
        column,
        match sign {
            "=" | "==" => Rule::In(vec![text.to_owned()]),
            "<>" | "!=" => Rule::NotIn(vec![text.to_owned()]),
            "~" | "regexp" | "rlike" => Rule::Pattern(text.to_owned()),
            "~*" => Rule::Pattern(text.to_lowercase()),
            "~~" | "like" | "~~*" | "ilike" => Rule::Pattern(of_like(text, '%', '_')),
            "glob" if !text.contains('[') => Rule::Pattern(of_like(text, '*', '?')),
            ">" | ">=" | "<" | "<=" => {
                if let Ok(number) = text.parse::<f64>() {
                    return of_number(column, sign, number);
                }
                let moment = moment(text)?;
                let strict = sign.len() == 1;
                if sign.starts_with('>') {
                    Rule::From { moment, strict }
                } else {
                    Rule::Until { moment, strict }
                }
            }
            _ => return None,
        },
    ))
}

fn of_column_and_call(
    column: &str,
    sign: &str,
    name: &str,
    arguments: &[Node],
) -> Option<Vec<Check>> {
    match (name, sign) {
        // `<> ANY` is what `NOT (… = ANY …)` was turned into.
        ("any", "=") | ("any" | "all", "<>" | "!=") => {
            let [Node::List(items)] = arguments else {
                return None;
            };
            let values = items.iter().map(|item| match item {
                Node::Text(text) => Some(text.clone()),
                Node::Number(number) => Some(number.to_string()),
                _ => None,
            });
            let values = values.collect::<Option<Vec<_>>>()?;
            Some(one(
                column,
                if sign == "=" {
                    Rule::In(values)
                } else {
                    Rule::NotIn(values)
                },
            ))
        }
        ("lower" | "upper", "=") if single_column(arguments) == Some(column) => Some(one(
            column,
            Rule::Case {
                upper: name == "upper",
            },
        )),
        _ => None,
    }
}

/// `length(a) > 2`, `num_nonnulls(a, b) = 1`.
fn of_call(name: &str, arguments: &[Node], sign: &str, number: f64) -> Option<Vec<Check>> {
    let bound = number as u64;
    match name {
        "length" | "char_length" | "character_length" => {
            let column = single_column(arguments)?;
            let (min, max) = match sign {
                "=" | "==" => (Some(bound), Some(bound)),
                ">" => (Some(bound + 1), None),
                ">=" => (Some(bound), None),
                "<" => (None, Some(bound.saturating_sub(1))),
                "<=" => (None, Some(bound)),
                "<>" | "!=" if bound == 0 => (Some(1), None),
                _ => return None,
            };
            Some(one(column, Rule::Length { min, max }))
        }
        "num_nonnulls" | "num_nulls" => {
            let columns = arguments.iter().map(|argument| match argument {
                Node::Column(column) => Some(column),
                _ => None,
            });
            let columns = columns.collect::<Option<Vec<_>>>()?;
            // The fewest or the most values that are allowed.
            let wanted = (0..=columns.len()).find(|&values| {
                let counted = if name == "num_nulls" {
                    columns.len() - values
                } else {
                    values
                } as u64;
                match sign {
                    "=" => counted == bound,
                    ">" => counted > bound,
                    ">=" => counted >= bound,
                    "<" => counted < bound && values > 0,
                    "<=" => counted <= bound && values > 0,
                    _ => false,
                }
            })?;
            let rules = columns.iter().enumerate().flat_map(|(index, column)| {
                one(
                    column,
                    if index < wanted {
                        Rule::NotNull
                    } else {
                        Rule::Null
                    },
                )
            });
            Some(
                rules
                    .map(|check| Check {
                        chosen: true,
                        ..check
                    })
                    .collect(),
            )
        }
        _ => None,
    }
}

fn opposite(sign: &str) -> Option<&'static str> {
    Some(match sign {
        "=" | "==" => "<>",
        "<>" | "!=" => "=",
        "<" => ">=",
        "<=" => ">",
        ">" => "<=",
        ">=" => "<",
        "!~" => "~",
        "!~~" => "~~",
        _ => return None,
    })
}

fn mirrored(sign: &str) -> Option<&str> {
    Some(match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        "=" | "==" | "<>" | "!=" => sign,
        _ => return None,
    })
}

/// The regular expression of a `LIKE` pattern.
fn of_like(pattern: &str, many: char, single: char) -> String {
    let mut regex = String::from("^");
    for character in pattern.chars() {
        if character == many {
            regex.push_str("[a-z]{1,8}");
        } else if character == single {
            regex.push_str("[a-z]");
        } else {
            if !character.is_alphanumeric() && character.is_ascii() {
                regex.push('\\');
            }
            regex.push(character);
        }
    }
    regex.push('$');
    regex
}

/// Seconds since 1970 of a date or moment as databases write it; without a zone it is UTC.
pub(in crate::seed) fn moment(text: &str) -> Option<i64> {
    let text = text.trim().replacen(' ', "T", 1);
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_second());
    }
    let civil = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(Into::into))
        .ok()?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
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
        assert_eq!(rules("(a = 'x'::text) OR (a = 'y z'::text)"), list);
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
        assert_eq!(rules("((1 <= a) AND NOT (a > 20))"), range);
        assert_eq!(
            rules("a > '-5'::integer"),
            [Rule::Min {
                bound: -5.0,
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
        assert_eq!(rules("(length(btrim((a)::text)) = 2)"), two);
        assert_eq!(
            rules("((a)::text ~ '^[A-Z]{3}$'::text)"),
            [Rule::Pattern("^[A-Z]{3}$".to_owned())]
        );
        assert_eq!(
            rules("(a >= '2020-01-01 00:00:00+00'::timestamp with time zone)"),
            [Rule::From {
                moment: 1_577_836_800,
                strict: false
            }]
        );
        assert_eq!(
            rules("((a IS NULL) OR (a <> ''::text))"),
            [Rule::NotIn(vec![String::new()])]
        );
        assert_eq!(rules("(a = upper(a))"), [Rule::Case { upper: true }]);
    }

    #[test]
    fn two_columns_are_compared() {
        let read = |text: &str| read(text).expect("understood");
        let above = |column: &str, other: &str, strict| Check {
            column: column.to_owned(),
            rule: Rule::Above {
                other: other.to_owned(),
                strict,
            },
            chosen: false,
        };
        assert_eq!(
            read("(ends_at > starts_at)"),
            [above("ends_at", "starts_at", true)]
        );
        assert_eq!(read("low <= high"), [above("high", "low", false)]);
        assert_eq!(
            read("(follower_id <> followed_id)")[0].rule,
            Rule::Differs {
                other: "followed_id".to_owned()
            }
        );
    }

    #[test]
    fn one_side_of_an_or_is_chosen() {
        let told = |text: &str| -> Vec<String> {
            let checks = read(text).expect("understood");
            assert!(checks.iter().all(|check| check.chosen), "{checks:?}");
            let each = checks.into_iter();
            each.map(|check| format!("{} {:?}", check.column, check.rule))
                .collect()
        };
        assert_eq!(told("((a IS NOT NULL) OR (b IS NOT NULL))"), ["a NotNull"]);
        assert_eq!(
            told("((a IS NULL) <> (b IS NULL))"),
            ["a Null", "b NotNull"]
        );
        assert_eq!(told("(num_nonnulls(a, b) = 1)"), ["a NotNull", "b Null"]);
        assert_eq!(
            told("((state <> 'shipped'::text) OR (shipped_at IS NOT NULL))"),
            ["state NotIn([\"shipped\"])"]
        );
        assert_eq!(told("((a + b > 3) OR (c IS NOT NULL))"), ["c NotNull"]);
    }

    #[test]
    fn what_is_not_simple_is_not_read() {
        for expression in [
            "a % 2 = 0",
            "a > 1 + 2",
            "a * b = c",
            "a @> b",
            "EXTRACT(year FROM a) > 3",
            "a::text || b > 'x'",
            "a > 0 AND",
            "a in (select 1)",
        ] {
            assert_eq!(read(expression), None, "{expression}");
        }
        let (checks, complete) = read_partly("a > 0 AND a % 2 = 0");
        assert!(checks.len() == 1 && !complete);
    }
}
