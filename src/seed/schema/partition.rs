//! Which values a partitioned table takes: those that its partitions are for. Pure.

use super::Check;
use super::check::{Rule, moment};

/// Rules for the key of a partitioned table; an error when no row has a place.
///
/// `key` is as PostgreSQL tells it (`RANGE (made_at)`), `bounds` are those of the partitions.
pub(super) fn rules(key: &str, bounds: &[String]) -> Result<Vec<Check>, String> {
    if bounds.is_empty() {
        return Err("it is partitioned and has no partitions".to_owned());
    }
    let Some((kind, column)) = key.split_once(' ') else {
        return Ok(Vec::new());
    };
    let column = column.trim_matches(|c| matches!(c, '(' | ')' | '"'));
    let simple = column
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == ' ');
    if !simple || bounds.iter().any(|bound| bound == "DEFAULT") {
        return Ok(Vec::new());
    }
    let rules = match kind {
        "LIST" => list(bounds).map(Rule::In).into_iter().collect(),
        "RANGE" => range(bounds),
        _ => Vec::new(),
    };
    let check = |rule| Check {
        column: column.to_owned(),
        rule,
        chosen: false,
    };
    Ok(rules.into_iter().map(check).collect())
}

/// `FOR VALUES IN ('a', 'b')` of all partitions.
fn list(bounds: &[String]) -> Option<Vec<String>> {
    let mut values = Vec::new();
    for bound in bounds {
        let inside = bound.strip_prefix("FOR VALUES IN (")?.strip_suffix(')')?;
        let each = inside.split(", ").filter(|value| *value != "NULL");
        values.extend(each.map(|value| value.trim_matches('\'').replace("''", "'")));
    }
    (!values.is_empty()).then_some(values)
}

/// A border between partitions.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Border {
    Open(bool),
    Number(f64),
    Moment(i64),
}

/// The widest run of partitions without a gap.
fn range(bounds: &[String]) -> Vec<Rule> {
    let mut spans: Vec<(Border, Border)> = bounds.iter().filter_map(|bound| span(bound)).collect();
    spans.sort_by(|one, other| position(one.0).total_cmp(&position(other.0)));
    let mut runs: Vec<(Border, Border)> = Vec::new();
    for (from, to) in spans {
        match runs.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => runs.push((from, to)),
        }
    }
    let width = |run: &(Border, Border)| position(run.1) - position(run.0);
    let Some((from, to)) = runs
        .into_iter()
        .max_by(|one, other| width(one).total_cmp(&width(other)))
    else {
        return Vec::new();
    };
    let lowest = match from {
        Border::Open(_) => None,
        Border::Number(bound) => Some(Rule::Min {
            bound,
            strict: false,
        }),
        Border::Moment(moment) => Some(Rule::From {
            moment,
            strict: false,
        }),
    };
    let highest = match to {
        Border::Open(_) => None,
        Border::Number(bound) => Some(Rule::Max {
            bound,
            strict: true,
        }),
        Border::Moment(moment) => Some(Rule::Until {
            moment,
            strict: true,
        }),
    };
    lowest.into_iter().chain(highest).collect()
}

fn position(border: Border) -> f64 {
    match border {
        Border::Open(high) => {
            if high {
                f64::MAX
            } else {
                f64::MIN
            }
        }
        Border::Number(number) => number,
        Border::Moment(moment) => moment as f64,
    }
}

/// `FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`.
fn span(bound: &str) -> Option<(Border, Border)> {
    let (from, to) = bound
        .strip_prefix("FOR VALUES FROM (")?
        .strip_suffix(')')?
        .split_once(") TO (")?;
    let border = |text: &str| match text {
        "MINVALUE" => Some(Border::Open(false)),
        "MAXVALUE" => Some(Border::Open(true)),
        _ => {
            let text = text.trim_matches('\'');
            let number = text.parse().ok().map(Border::Number);
            number.or_else(|| moment(text).map(Border::Moment))
        }
    };
    Some((border(from)?, border(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str, bounds: &[&str]) -> Vec<Rule> {
        let bounds: Vec<String> = bounds.iter().map(|bound| (*bound).to_owned()).collect();
        let checks = rules(key, &bounds).expect("rows have a place");
        checks.into_iter().map(|check| check.rule).collect()
    }

    #[test]
    fn neighbouring_ranges_are_one() {
        let found = told(
            "RANGE (made_at)",
            &[
                "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
                "FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')",
                "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
            ],
        );
        let expected = [
            Rule::From {
                moment: 1_704_067_200,
                strict: false,
            },
            Rule::Until {
                moment: 1_767_225_600,
                strict: true,
            },
        ];
        assert_eq!(found, expected);
        let open = told("RANGE (n)", &["FOR VALUES FROM (MINVALUE) TO (10)"]);
        assert_eq!(
            open,
            [Rule::Max {
                bound: 10.0,
                strict: true
            }]
        );
    }

    #[test]
    fn lists_are_joined_and_a_default_takes_all() {
        let lists = ["FOR VALUES IN ('a', 'b')", "FOR VALUES IN ('c')"];
        let values = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(told("LIST (kind)", &lists), [Rule::In(values)]);
        assert!(told("LIST (kind)", &["FOR VALUES IN ('a')", "DEFAULT"]).is_empty());
        assert!(told("HASH (id)", &["FOR VALUES WITH (modulus 2, remainder 0)"]).is_empty());
        assert!(rules("RANGE (a)", &[]).is_err());
    }
}
