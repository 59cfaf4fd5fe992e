use super::*;
use crate::measure::fixtures::{failed, iteration, ms, page, request, step};
use crate::measure::{Data, Ended, FinishInput, Summary};
use crate::sample::{Outcome, PageSample, RequestClass, RequestSample, Sample, StepSample};

fn threshold(metric: Metric, comparison: Comparison, limit: f64) -> Threshold {
    Threshold {
        rule: "the rule".to_owned(),
        metric,
        comparison,
        limit,
    }
}

fn finish(samples: &[Sample], thresholds: &[Threshold]) -> Summary {
    let mut tally = Tally::new(ms(0));
    for sample in samples {
        tally.fold(sample);
    }
    tally.finish(FinishInput {
        at: ms(10_000),
        ended: Ended::Completed,
        thresholds,
        dropped: 0,
        data: Data::default(),
    })
}

/// 10 s of a run of which every metric is known.
fn samples() -> Vec<Sample> {
    let page = |url, lcp| {
        Sample::Page(PageSample {
            ttfb_ms: Some(20.0),
            load_ms: Some(lcp / 2.0),
            fcp_ms: Some(lcp / 4.0),
            lcp_ms: Some(lcp),
            cls: Some(0.125),
            ..page(url, 0)
        })
    };
    vec![
        Sample::Step(step(0, "Open", 0, 100)),
        Sample::Step(step(0, "Open", 0, 300)),
        Sample::Step(step(1, "Pay", 0, 800)),
        Sample::Step(StepSample {
            outcome: failed("no element"),
            ..step(1, "Pay", 0, 2_000)
        }),
        page("/", 1_000.0),
        page("/cart", 2_000.0),
        Sample::Request(request(RequestClass::Fetch, "/api", 0, 50)),
        Sample::Request(RequestSample {
            status: Some(503),
            ..request(RequestClass::Document, "/", 0, 150)
        }),
        iteration(0, 900, Outcome::Passed),
        iteration(0, 2_000, failed("no element")),
        iteration(0, 900, Outcome::Passed),
        iteration(0, 900, Outcome::Interrupted),
    ]
}

#[test]
fn each_metric_is_observed() {
    use Metric::{
        ErrorRate, IterationRate, IterationsFailed, PageLoad, RequestDuration, RequestFailureRate,
        StepDuration, Vital as Vitals,
    };
    use Statistic::{Max, Mean, Percentile};
    let name = |name: &str| Some(name.to_owned());
    for (metric, expected, unit) in [
        (StepDuration(None, Max), 2_000.0, Unit::Milliseconds),
        (
            StepDuration(None, Percentile(50.0)),
            300.0,
            Unit::Milliseconds,
        ),
        (StepDuration(name("Open"), Mean), 200.0, Unit::Milliseconds),
        (PageLoad(None, Max), 1_000.0, Unit::Milliseconds),
        (PageLoad(name("/"), Max), 500.0, Unit::Milliseconds),
        (Vitals(Vital::Ttfb, None, Mean), 20.0, Unit::Milliseconds),
        (Vitals(Vital::Fcp, None, Max), 500.0, Unit::Milliseconds),
        (
            Vitals(Vital::Lcp, name("/"), Percentile(75.0)),
            1_000.0,
            Unit::Milliseconds,
        ),
        (Vitals(Vital::Cls, None, Mean), 0.125, Unit::Score),
        (RequestDuration(None, Max), 150.0, Unit::Milliseconds),
        (
            RequestDuration(Some(RequestClass::Fetch), Max),
            50.0,
            Unit::Milliseconds,
        ),
        (ErrorRate, 0.25, Unit::Share),
        (RequestFailureRate, 0.5, Unit::Share),
        (IterationsFailed, 1.0, Unit::Count),
        (IterationRate, 0.2, Unit::PerSecond),
    ] {
        let limits = [
            threshold(metric.clone(), Comparison::Less, expected * 1.01),
            threshold(metric.clone(), Comparison::Less, expected * 0.99),
            threshold(metric.clone(), Comparison::Greater, expected * 0.99),
            threshold(metric.clone(), Comparison::Greater, expected * 1.01),
        ];
        let rows = finish(&samples(), &limits).thresholds;
        let observed = rows[0].observed.unwrap();
        assert!(
            (observed - expected).abs() <= expected * 0.001,
            "{metric:?}: {observed} is not {expected}"
        );
        assert_eq!(rows[0].unit, unit, "{metric:?}");
        let held: Vec<_> = rows.iter().map(|row| row.ok).collect();
        assert_eq!(held, [true, false, true, false], "{metric:?}");
    }
}

#[test]
fn the_bound_itself_belongs_to_or_equal() {
    for (comparison, expected) in [
        (Comparison::Less, false),
        (Comparison::LessOrEqual, true),
        (Comparison::Greater, false),
        (Comparison::GreaterOrEqual, true),
    ] {
        let metric = Metric::StepDuration(None, Statistic::Max);
        let summary = finish(&samples(), &[threshold(metric, comparison, 2_000.0)]);
        assert_eq!(summary.thresholds[0].ok, expected, "{comparison:?}");
    }
}

#[test]
fn no_data_does_not_hold_and_says_what_is_missing() {
    let p75 = Statistic::Percentile(75.0);
    for (metric, expected) in [
        (
            Metric::Vital(Vital::Inp, None, p75),
            "no page had an interaction",
        ),
        (
            Metric::StepDuration(Some("Pya".to_owned()), p75),
            "no step `Pya` was measured; did you mean `Pay`",
        ),
        (
            Metric::PageLoad(Some("/nowhere".to_owned()), p75),
            "no page `/nowhere` was measured",
        ),
        (
            Metric::RequestDuration(Some(RequestClass::Font), p75),
            "no request of class `font`",
        ),
    ] {
        let summary = finish(&samples(), &[threshold(metric, Comparison::Less, 1e9)]);
        assert!(!summary.thresholds[0].ok);
        assert_eq!(summary.thresholds[0].observed, None);
        assert_eq!(summary.verdict, Verdict::Fail);
        assert!(
            summary.reasons[0].contains(expected),
            "{:?}",
            summary.reasons
        );
    }
}

#[test]
fn a_failed_iteration_fails_the_run_unless_a_threshold_allows_it() {
    let summary = finish(&samples(), &[]);
    assert_eq!(summary.verdict, Verdict::Fail);
    assert!(
        summary.reasons[0].contains("1 of 4 iterations failed"),
        "{:?}",
        summary.reasons
    );

    let allowed = [threshold(Metric::IterationsFailed, Comparison::Less, 2.0)];
    assert_eq!(finish(&samples(), &allowed).verdict, Verdict::Pass);
    let other = [threshold(Metric::IterationRate, Comparison::Greater, 0.1)];
    assert_eq!(finish(&samples(), &other).verdict, Verdict::Fail);
}

#[test]
fn a_run_in_which_nothing_passed_never_passes() {
    assert_eq!(finish(&[], &[]).reasons, ["no iteration was started"]);
    let interrupted = vec![iteration(0, 10, Outcome::Interrupted)];
    let summary = finish(
        &interrupted,
        &[threshold(Metric::IterationsFailed, Comparison::Less, 1.0)],
    );
    assert_eq!(summary.verdict, Verdict::Fail);
    assert_eq!(summary.reasons, ["no iteration passed (1 started)"]);
}

#[test]
fn a_starved_generator_makes_the_run_invalid_whatever_else_holds() {
    let run = |tainted: u64| {
        let mut samples = vec![iteration(0, 900, Outcome::Passed)];
        samples.extend((0..100).map(|i| {
            Sample::Step(StepSample {
                tainted: i < tainted,
                repeated: false,
                healed: None,
                ..step(0, "Open", i, 100)
            })
        }));
        let failing = Metric::StepDuration(None, Statistic::Max);
        finish(&samples, &[threshold(failing, Comparison::Less, 50.0)])
    };
    assert_eq!(run(20).verdict, Verdict::Fail);
    let invalid = run(21);
    assert_eq!(invalid.verdict, Verdict::Invalid);
    assert!(
        invalid.reasons[0].contains("21 % of the steps"),
        "{:?}",
        invalid.reasons
    );
    assert_eq!(invalid.reasons.len(), 2);
}

#[test]
fn a_busy_machine_alone_is_no_starved_generator() {
    let mut samples = vec![iteration(0, 900, Outcome::Passed)];
    samples.extend((0..9).map(|i| crate::measure::fixtures::generator(i * 1_000, 1.0, 20.0)));
    assert_eq!(finish(&samples, &[]).verdict, Verdict::Pass);
}
