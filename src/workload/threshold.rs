//! `[thresholds]`: what must hold for the verdict "pass".
//!
//! A rule is `"METRIC" = "COMPARISON LIMIT"`, for example
//! `"step[Checkout].duration.p95" = "< 3s"`, or a table `{ limit = "< 3s" }`.

use super::document::{Keys, Node, Placed, Table};
use super::error::Problem;
use super::model::{Comparison, Metric, Statistic, Threshold, Vital};
use super::quantity;
use crate::sample::RequestClass;

const LIMIT: Keys = Keys {
    known: &["limit"],
    planned: &["over", "abort", "delay"],
};

/// One example of each form; the words of a typo are compared with these.
const FORMS: &[&str] = &[
    "step.duration.p95",
    "step[NAME].duration.p95",
    "page.load.p95",
    "page[/path].load.p95",
    "vitals.lcp.p75",
    "vitals[/path].lcp.p75",
    "request.duration.p95",
    "request[fetch].duration.p95",
    "errors.rate",
    "requests.failed.rate",
    "iterations.failed",
    "iterations.rate",
];

/// Kind of the numbers that a metric gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Time,
    Share,
    Number,
    PerSecond,
}

/// Reads all rules, in the order of the file.
pub(super) fn read(
    root: &Table<'_>,
    mut keep: impl FnMut(Problem),
) -> Vec<(Placed<String>, Threshold)> {
    let Some(section) = root.get("thresholds") else {
        return Vec::new();
    };
    let rules = match Table::open(&section) {
        Ok(rules) => rules,
        Err(problem) => {
            keep(problem);
            return Vec::new();
        }
    };
    let mut thresholds = Vec::new();
    for (key, value) in rules {
        match read_rule(&key, &value) {
            Ok(threshold) => thresholds.push((key, threshold)),
            Err(problem) => keep(problem),
        }
    }
    thresholds
}

fn read_rule(key: &Placed<String>, value: &Node<'_>) -> Result<Threshold, Problem> {
    if value.value.is_table() && FORMS.iter().any(|form| form.starts_with(&key.value)) {
        // `errors.rate = "< 1%"` without quotes is a table in TOML.
        if !value
            .value
            .as_table()
            .is_some_and(|t| t.contains_key("limit"))
        {
            return Err(key
                .problem(
                    "the metric's name must stand in quotes",
                    "quotes are missing",
                )
                .help("write `\"errors.rate\" = \"< 1%\"`"));
        }
    }
    let metric = read_metric(key)?;
    let rule = if value.value.is_table() {
        value
            .table(&LIMIT)?
            .need("limit", "limit = \"< 2s\"")?
            .text()?
    } else {
        value.text()?
    };
    let (comparison, limit) = read_comparison(&rule.value, unit(&metric))
        .ok_or_else(|| rule_problem(&rule, unit(&metric)))?;
    Ok(Threshold {
        rule: format!("{} {}", key.value, rule.value.trim()),
        metric,
        comparison,
        limit,
    })
}

fn rule_problem(rule: &Placed<String>, unit: Unit) -> Problem {
    let example = match unit {
        Unit::Time => "\"< 2s\" or \"<= 800ms\"",
        Unit::Share => "\"< 1%\"",
        Unit::Number => "\"< 0.1\" or \"<= 0\"",
        Unit::PerSecond => "\"> 2/s\" or \"> 100/m\"",
    };
    rule.problem(
        format!("`{}` is no condition for this metric", rule.value),
        "not understood",
    )
    .help(format!(
        "write `<`, `<=`, `>` or `>=` and a limit: {example}"
    ))
}

fn read_comparison(rule: &str, unit: Unit) -> Option<(Comparison, f64)> {
    let signs = [
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    let rule = rule.trim();
    let (comparison, limit) = signs
        .iter()
        .find_map(|(sign, comparison)| rule.strip_prefix(sign).map(|limit| (*comparison, limit)))?;
    let limit = match unit {
        Unit::Time => quantity::duration(limit)?.as_secs_f64() * 1_000.0,
        Unit::Share => quantity::share(limit)?,
        Unit::Number => quantity::number(limit)?,
        Unit::PerSecond => quantity::rate(limit)?,
    };
    Some((comparison, limit))
}

fn unit(metric: &Metric) -> Unit {
    match metric {
        Metric::Vital(Vital::Cls, ..) | Metric::IterationsFailed => Unit::Number,
        Metric::StepDuration(..)
        | Metric::PageLoad(..)
        | Metric::Vital(..)
        | Metric::RequestDuration(..) => Unit::Time,
        Metric::ErrorRate | Metric::RequestFailureRate => Unit::Share,
        Metric::IterationRate => Unit::PerSecond,
    }
}

fn read_metric(key: &Placed<String>) -> Result<Metric, Problem> {
    let (kind, subject, rest) = split(&key.value);
    let subject = subject.map(str::to_owned);
    let parts: Vec<&str> = rest.split('.').filter(|part| !part.is_empty()).collect();
    let metric = match (kind, subject, parts.as_slice()) {
        ("step", subject, ["duration", stat]) => {
            Metric::StepDuration(subject, statistic(key, stat)?)
        }
        ("page", subject, ["load", stat]) => Metric::PageLoad(subject, statistic(key, stat)?),
        ("vitals", subject, [name, stat]) => {
            Metric::Vital(vital(key, name)?, subject, statistic(key, stat)?)
        }
        ("request", subject, ["duration", stat]) => {
            let class = subject.map(|name| class(key, &name)).transpose()?;
            Metric::RequestDuration(class, statistic(key, stat)?)
        }
        ("errors", None, ["rate"]) => Metric::ErrorRate,
        ("requests", None, ["failed", "rate"]) => Metric::RequestFailureRate,
        ("iterations", None, ["failed"]) => Metric::IterationsFailed,
        ("iterations", None, ["rate"]) => Metric::IterationRate,
        _ => {
            return Err(key
                .problem("unknown metric", "not a metric")
                .help(quantity::advice(&key.value, FORMS)));
        }
    };
    Ok(metric)
}

/// `step[Place. order].duration.p95` → `step`, `Place. order`, `duration.p95`.
fn split(metric: &str) -> (&str, Option<&str>, &str) {
    if let (Some(open), Some(close)) = (metric.find('['), metric.rfind(']'))
        && open < close
    {
        let rest = &metric[close + 1..];
        return (
            &metric[..open],
            Some(&metric[open + 1..close]),
            rest.strip_prefix('.').unwrap_or(rest),
        );
    }
    match metric.split_once('.') {
        Some((kind, rest)) => (kind, None, rest),
        None => (metric, None, ""),
    }
}

fn statistic(key: &Placed<String>, name: &str) -> Result<Statistic, Problem> {
    let percentile = name
        .strip_prefix('p')
        // p999 is the field's way to write p99.9, since a dot parts the words.
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| match digits.len() {
            1 | 2 => digits.parse().ok(),
            _ => format!("{}.{}", &digits[..2], &digits[2..]).parse().ok(),
        });
    match (name, percentile) {
        ("mean", _) => Ok(Statistic::Mean),
        ("max", _) => Ok(Statistic::Max),
        (_, Some(percentile)) => Ok(Statistic::Percentile(percentile)),
        _ => {
            let names = ["mean", "max", "p50", "p75", "p90", "p95", "p99", "p999"];
            Err(key
                .problem(format!("unknown statistic `{name}`"), "its last word")
                .help(quantity::advice(name, &names)))
        }
    }
}

fn vital(key: &Placed<String>, name: &str) -> Result<Vital, Problem> {
    match name {
        "ttfb" => Ok(Vital::Ttfb),
        "fcp" => Ok(Vital::Fcp),
        "lcp" => Ok(Vital::Lcp),
        "inp" => Ok(Vital::Inp),
        "cls" => Ok(Vital::Cls),
        _ => Err(key
            .problem(format!("unknown web vital `{name}`"), "not a vital")
            .help(quantity::advice(
                name,
                &["ttfb", "fcp", "lcp", "inp", "cls"],
            ))),
    }
}

fn class(key: &Placed<String>, name: &str) -> Result<RequestClass, Problem> {
    let found = RequestClass::ALL.into_iter().find(|c| c.name() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = RequestClass::ALL.iter().map(|c| c.name()).collect();
        key.problem(format!("unknown request class `{name}`"), "not a class")
            .help(quantity::advice(name, &names))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(metric: &str, condition: &str) -> Result<Threshold, Problem> {
        let key = Placed {
            path: metric.to_owned(),
            span: 0..0,
            value: metric.to_owned(),
        };
        let value = toml::de::DeValue::String(condition.into());
        let node = Placed {
            path: metric.to_owned(),
            span: 0..0,
            value: &value,
        };
        read_rule(&key, &node)
    }

    #[test]
    fn every_form_is_understood() {
        for form in FORMS {
            let condition = match *form {
                "errors.rate" | "requests.failed.rate" => "< 1%",
                "iterations.rate" => "> 2/s",
                "iterations.failed" => "<= 0",
                _ => "< 2s",
            };
            assert!(rule(form, condition).is_ok(), "{form}");
        }
    }

    #[test]
    fn limits_have_the_unit_of_their_metric() {
        let cases = [
            ("step[Pay. now [1]].duration.p999", "<= 1500ms", 1500.0),
            ("vitals.cls.p75", "< 0.1", 0.1),
            ("errors.rate", "< 1%", 0.01),
            ("iterations.rate", "> 120/m", 2.0),
        ];
        for (metric, condition, limit) in cases {
            let threshold = rule(metric, condition).unwrap();
            assert!((threshold.limit - limit).abs() < 1e-9, "{threshold:?}");
        }
        assert!(rule("errors.rate", "< 2s").is_err());
        assert!(rule("step.duration.p95", "< 2").is_err(), "needs a unit");
        assert!(rule("step.duration.p95", "2s").is_err(), "needs a sign");
    }

    #[test]
    fn subjects_and_percentiles_are_read() {
        let threshold = rule("step[Pay. now [1]].duration.p999", "< 2s").unwrap();
        assert_eq!(
            threshold.metric,
            Metric::StepDuration(Some("Pay. now [1]".into()), Statistic::Percentile(99.9))
        );
        assert_eq!(threshold.rule, "step[Pay. now [1]].duration.p999 < 2s");
    }

    #[test]
    fn typos_are_answered() {
        let problem = rule("step.durations.p95", "< 2s").unwrap_err();
        let help = miette::Diagnostic::help(&problem).unwrap().to_string();
        assert_eq!(help, "did you mean `step.duration.p95`?");
        assert!(rule("step.duration.average", "< 2s").is_err());
        assert!(rule("request[ajax].duration.p95", "< 2s").is_err());
    }
}
