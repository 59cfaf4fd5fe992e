//! Thresholds and the verdict. The rules are written out in [`crate::measure`].

use super::distribution::{Distribution, rounded};
use super::summary::{ThresholdRow, Unit, Verdict};
use super::tally::Tally;
use super::units;
use crate::clock::Micros;
use crate::workload::{Comparison, Metric, Statistic, Threshold, Vital};

/// Share of the steps that may be measured on a starved generator before the run says nothing.
pub const TAINT_LIMIT: f64 = 0.20;

/// Compares what was observed with a threshold. `at` is the end of the run.
pub(super) fn evaluate(threshold: &Threshold, tally: &Tally, at: Micros) -> ThresholdRow {
    let observed = observe(&threshold.metric, tally, at);
    let ok = observed.is_some_and(|value| match threshold.comparison {
        Comparison::Less => value < threshold.limit,
        Comparison::LessOrEqual => value <= threshold.limit,
        Comparison::Greater => value > threshold.limit,
        Comparison::GreaterOrEqual => value >= threshold.limit,
    });
    ThresholdRow {
        rule: threshold.rule.clone(),
        observed: observed.map(rounded),
        unit: unit(&threshold.metric),
        ok,
        reason: observed
            .is_none()
            .then(|| format!("no data: {}", missing(&threshold.metric, tally))),
    }
}

/// The verdict, and why it is not "pass".
pub(super) fn judge(
    tally: &Tally,
    thresholds: &[Threshold],
    results: &[ThresholdRow],
) -> (Verdict, Vec<String>) {
    let mut reasons: Vec<String> = results
        .iter()
        .filter(|result| !result.ok)
        .map(threshold_reason)
        .collect();
    let iterations = &tally.flows.total;
    if iterations.passed == 0 {
        reasons.push(match iterations.started {
            0 => "no iteration was started".to_owned(),
            started => format!("no iteration passed ({} started)", units::count(started)),
        });
    }
    let tolerated = thresholds.iter().any(|threshold| {
        matches!(
            threshold.metric,
            Metric::ErrorRate | Metric::IterationsFailed
        )
    });
    if iterations.failed > 0 && iterations.passed > 0 && !tolerated {
        reasons.push(format!(
            "{} of {} failed, and no threshold on `errors.rate` or `iterations.failed` allows it",
            units::count(iterations.failed),
            units::plural(iterations.started, "iteration")
        ));
    }
    let tainted = tally.steps.tainted as f64 / tally.steps.count.max(1) as f64;
    if tainted > TAINT_LIMIT {
        reasons.insert(
            0,
            format!(
                "the generator was the limit: {} of the steps were measured while it was starved \
                 (more than {} makes a run invalid); use fewer users or a larger machine",
                units::share(tainted),
                units::share(TAINT_LIMIT)
            ),
        );
        return (Verdict::Invalid, reasons);
    }
    let verdict = if reasons.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    (verdict, reasons)
}

fn threshold_reason(result: &ThresholdRow) -> String {
    match (&result.reason, result.observed) {
        (Some(reason), _) => format!("threshold `{}` has {reason}", result.rule),
        (None, Some(observed)) => format!(
            "threshold `{}` did not hold: it was {}",
            result.rule,
            units::value(observed, result.unit)
        ),
        (None, None) => format!("threshold `{}` did not hold", result.rule),
    }
}

fn observe(metric: &Metric, tally: &Tally, at: Micros) -> Option<f64> {
    match metric {
        Metric::StepDuration(None, statistic) => tally.steps.all_ms.statistic(*statistic),
        Metric::StepDuration(Some(name), statistic) => {
            let rows = tally.steps.iter().filter(|(_, row)| *row.name == **name);
            merged(rows.map(|(_, row)| &row.duration_ms), *statistic)
        }
        Metric::PageLoad(url, statistic) => merged(
            pages(tally, url.as_deref()).map(|row| &row.load_ms),
            *statistic,
        ),
        Metric::Vital(vital, url, statistic) => merged(
            pages(tally, url.as_deref()).map(|row| row.vital(*vital)),
            *statistic,
        ),
        Metric::RequestDuration(class, statistic) => {
            tally.requests.durations(*class).statistic(*statistic)
        }
        Metric::ErrorRate => ratio(tally.steps.failed, tally.steps.count),
        Metric::RequestFailureRate => ratio(tally.requests.judged_failed, tally.requests.judged),
        Metric::IterationsFailed => Some(tally.flows.total.failed as f64),
        Metric::IterationRate => {
            let seconds = tally.judged_seconds(at);
            (seconds > 0.0).then(|| tally.flows.passed_judged as f64 / seconds)
        }
    }
}

fn pages<'a>(
    tally: &'a Tally,
    url: Option<&'a str>,
) -> impl Iterator<Item = &'a super::pages::Row> {
    tally
        .pages
        .iter()
        .filter(move |(of, _)| url.is_none_or(|url| of.is_some_and(|of| **of == *url)))
        .map(|(_, row)| row)
}

fn merged<'a>(
    distributions: impl Iterator<Item = &'a Distribution>,
    statistic: Statistic,
) -> Option<f64> {
    let mut all: Option<Distribution> = None;
    for distribution in distributions {
        match &mut all {
            Some(all) => all.merge(distribution),
            None => all = Some(distribution.clone()),
        }
    }
    all?.statistic(statistic)
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn unit(metric: &Metric) -> Unit {
    match metric {
        Metric::Vital(Vital::Cls, ..) => Unit::Score,
        Metric::StepDuration(..)
        | Metric::PageLoad(..)
        | Metric::Vital(..)
        | Metric::RequestDuration(..) => Unit::Milliseconds,
        Metric::ErrorRate | Metric::RequestFailureRate => Unit::Share,
        Metric::IterationsFailed => Unit::Count,
        Metric::IterationRate => Unit::PerSecond,
    }
}

/// What a metric without data had to be of.
fn missing(metric: &Metric, tally: &Tally) -> String {
    match metric {
        Metric::StepDuration(Some(name), _) => {
            let names = tally.steps.iter().map(|(_, row)| &*row.name);
            format!("no step `{name}` was measured{}", suggestion(name, names))
        }
        Metric::PageLoad(Some(url), _) | Metric::Vital(_, Some(url), _) => {
            let urls = tally.pages.iter().filter_map(|(of, _)| of.map(|of| &**of));
            format!("no page `{url}` was measured{}", suggestion(url, urls))
        }
        Metric::Vital(Vital::Inp, None, _) => "no page had an interaction".to_owned(),
        Metric::PageLoad(None, _) | Metric::Vital(..) => "no page was measured".to_owned(),
        Metric::RequestDuration(Some(class), _) => {
            format!("no request of class `{}` reached a server", class.name())
        }
        Metric::RequestDuration(None, _) | Metric::RequestFailureRate => {
            "no request was made".to_owned()
        }
        Metric::StepDuration(None, _) | Metric::ErrorRate | Metric::IterationsFailed => {
            "no step was measured".to_owned()
        }
        Metric::IterationRate => "the run ended during the warm-up".to_owned(),
    }
}

fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let limit = 1 + name.len() / 4;
    known
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| (1..=limit).contains(distance))
        .min_by_key(|(distance, _)| *distance)
        .map_or(String::new(), |(_, known)| {
            format!("; did you mean `{known}`")
        })
}

#[cfg(test)]
mod tests;
