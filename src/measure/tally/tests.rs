use super::*;
use crate::measure::fixtures::{failed, generator, iteration, ms, page, request, span, step, user};
use crate::measure::{OTHER, Verdict};
use crate::sample::{Delivery, RequestClass, Span, StepSample};

fn finish(tally: &Tally) -> Summary {
    tally.finish(FinishInput {
        at: tally.last(),
        ended: Ended::Completed,
        thresholds: &[],
        dropped: 0,
        data: Data::default(),
    })
}

fn tally(warmup_ms: u64, samples: impl IntoIterator<Item = Sample>) -> Tally {
    let mut tally = Tally::new(ms(warmup_ms));
    for sample in samples {
        tally.fold(&sample);
    }
    tally
}

#[test]
fn latency_counts_from_the_intended_time_without_what_the_engine_wasted() {
    let late = Sample::Step(StepSample {
        span: Span {
            intended: ms(1_000),
            started: ms(1_400),
            ended: ms(1_500),
        },
        engine_ms: 40.0,
        ..step(0, "Open", 0, 0)
    });
    let row = &finish(&tally(0, [late])).steps[0];
    assert_eq!(row.duration_ms.unwrap().max, 460.0);
    assert_eq!(row.service_ms.unwrap().max, 60.0);
    assert_eq!(row.engine_ms.unwrap().max, 40.0);
}

#[test]
fn warm_up_is_counted_but_outside_of_the_statistics() {
    let summary = finish(&tally(
        10_000,
        [
            Sample::Step(step(0, "Open", 9_999, 9_000)),
            Sample::Step(step(0, "Open", 10_000, 100)),
            Sample::Page(page("/", 5_000)),
            Sample::Request(request(RequestClass::Document, "/", 5_000, 900)),
            Sample::Request(request(RequestClass::Document, "/", 15_000, 90)),
            iteration(9_000, 5_000, Outcome::Passed),
            iteration(14_000, 2_000, Outcome::Passed),
        ],
    ));
    assert_eq!(summary.steps[0].count, 1);
    assert_eq!(summary.steps[0].duration_ms.unwrap().max, 100.0);
    assert!(summary.pages.is_empty());
    assert_eq!(summary.requests.total, 2);
    assert_eq!(summary.requests.duration_ms.unwrap().count, 1);
    assert_eq!(summary.iterations.passed, 2);
    assert_eq!(summary.warmup.iterations, 1);
    assert_eq!(summary.flows[0].duration_ms.unwrap().max, 2_000.0);
    assert_eq!(summary.timeline.steps.iter().sum::<u64>(), 2);
}

#[test]
fn started_is_passed_failed_and_interrupted() {
    let outcomes = [
        Outcome::Passed,
        failed("no element matched"),
        Outcome::Interrupted,
        Outcome::Passed,
    ];
    let samples = (0..40).map(|i| iteration(i * 100, 50, outcomes[i as usize % 4].clone()));
    let summary = finish(&tally(1_000, samples));
    let all = summary.iterations;
    assert_eq!(all.started, 40);
    assert_eq!((all.passed, all.failed, all.interrupted), (20, 10, 10));
    assert_eq!(
        summary.failures.iter().map(|row| row.count).sum::<u64>(),
        10
    );
    let per_flow: u64 = summary.flows.iter().map(|row| row.iterations.started).sum();
    assert_eq!(per_flow, 40);
}

#[test]
fn healings_are_counted_by_step() {
    let healed = |at, score| {
        Sample::Step(StepSample {
            healed: Some(crate::sample::Healing {
                from: "`#old`".to_owned(),
                to: "`aria/Buy[role=\"button\"]`".to_owned(),
                score,
            }),
            ..step(1, "Buy", at, 100)
        })
    };
    let samples = [
        Sample::Step(step(0, "Open", 0, 100)),
        healed(10, 0.9),
        healed(400, 0.8),
    ];
    // Those of the warm-up too: the flow is as old then.
    let summary = finish(&tally(300, samples));
    assert_eq!(summary.healings.len(), 1);
    let row = &summary.healings[0];
    assert_eq!((row.step, row.name.as_str(), row.count), (1, "Buy", 2));
    assert_eq!(row.lowest_score, 0.8);
    // `Open` was only seen in the warm-up.
    let [buy] = summary.steps.as_slice() else {
        panic!("{:?}", summary.steps);
    };
    assert_eq!((buy.name.as_str(), buy.count, buy.failed), ("Buy", 1, 0));
}

#[test]
fn tainted_steps_are_counted_apart() {
    let tainted = |at| {
        Sample::Step(StepSample {
            tainted: true,
            repeated: false,
            healed: None,
            ..step(0, "Open", at, 5_000)
        })
    };
    let good = (0..9).map(|i| Sample::Step(step(0, "Open", i * 100, 100)));
    let ends = [tainted(10), iteration(0, 1_000, Outcome::Passed)];
    let summary = finish(&tally(0, good.chain(ends)));
    assert_eq!(summary.steps[0].count, 10);
    assert_eq!(summary.steps[0].tainted, 1);
    assert_eq!(summary.steps[0].duration_ms.unwrap().max, 100.0);
    assert_eq!(summary.generator.tainted_samples, 1);
    assert_eq!(summary.generator.tainted_ms.unwrap().max, 5_000.0);
    assert_eq!(summary.verdict, Verdict::Pass);
}

#[test]
fn traffic_can_be_compared_with_a_servers_log() {
    let request = |delivery, status, error: Option<&str>| {
        Sample::Request(crate::sample::RequestSample {
            delivery,
            status,
            error: error.map(Into::into),
            ..request(RequestClass::Image, "/img/:id", 0, 10)
        })
    };
    let summary = finish(&tally(
        0,
        [
            request(Delivery::Network, Some(200), None),
            request(Delivery::Network, Some(500), None),
            request(Delivery::Network, None, Some("net::ERR_ABORTED")),
            request(Delivery::Network, None, Some("net::ERR_CONNECTION_RESET")),
            request(Delivery::Revalidated, Some(304), None),
            request(Delivery::Cache, Some(200), None),
            request(Delivery::Blocked, None, None),
        ],
    ));
    let requests = &summary.requests;
    assert_eq!(
        (requests.total, requests.failed, requests.aborted),
        (6, 2, 1)
    );
    assert_eq!(
        (requests.from_cache, requests.revalidated, requests.blocked),
        (1, 1, 1)
    );
    let row = &requests.by_template[0];
    assert_eq!(
        (row.method.as_str(), row.url.as_str(), row.count),
        ("GET", "/img/:id", 6)
    );
    let statuses: Vec<_> = row.statuses.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    assert_eq!(statuses, [("200", 2), ("304", 1), ("500", 1), ("none", 2)]);
    // The cached one took no time of the server's.
    assert_eq!(row.duration_ms.unwrap().count, 5);
    assert_eq!(requests.by_class["image"].count, 6);
    assert_eq!(requests.by_class.len(), RequestClass::ALL.len());
}

#[test]
fn the_life_of_a_web_socket_is_no_answer_time() {
    let summary = finish(&tally(
        0,
        [
            Sample::Request(request(RequestClass::Websocket, "/chat", 0, 60_000)),
            Sample::Request(request(RequestClass::Fetch, "/api", 0, 20)),
        ],
    ));
    assert_eq!(summary.requests.duration_ms.unwrap().max, 20.0);
    let class = &summary.requests.by_class["websocket"];
    assert_eq!(class.duration_ms.unwrap().max, 60_000.0);
}

#[test]
fn memory_does_not_grow_with_the_sites_names() {
    let samples =
        (0..2_000).map(|i| Sample::Request(request(RequestClass::Fetch, &format!("/x{i}"), i, 1)));
    let summary = finish(&tally(0, samples));
    let templates = &summary.requests.by_template;
    assert_eq!(templates.len(), 501);
    let other = templates.iter().find(|row| row.url == OTHER).unwrap();
    assert_eq!(other.count, 1_500);
    assert_eq!(templates.iter().map(|row| row.count).sum::<u64>(), 2_000);
}

#[test]
fn a_failure_names_its_step_and_the_peak_of_users_is_kept() {
    let summary = finish(&tally(
        0,
        [
            user(0, 0, UserEvent::Started),
            user(1, 10, UserEvent::Started),
            user(0, 20, UserEvent::Restarted),
            user(0, 30, UserEvent::Stopped),
            Sample::Step(StepSample {
                outcome: failed("no element matched `#pay`"),
                ..step(0, "Pay", 0, 2_000)
            }),
            iteration(0, 2_500, failed("no element matched `#pay`")),
        ],
    ));
    assert_eq!((summary.users.peak, summary.users.restarted), (2, 1));
    assert_eq!(summary.failures[0].step, "Pay");
    assert_eq!(summary.failures[0].last_s, 2.5);
}

#[test]
fn a_snapshot_shows_the_last_seconds() {
    let mut samples = vec![user(0, 0, UserEvent::Started), generator(59_000, 0.4, 3.0)];
    // One slow step a second for 50 s, then ten fast ones a second.
    samples.extend((0..50).map(|s| Sample::Step(step(0, "Slow", s * 1_000, 900))));
    samples.extend((500..600).map(|i| Sample::Step(step(1, "Fast", i * 100, 40))));
    let tally = tally(0, samples);
    let snapshot = tally.snapshot(ms(60_000), Progress::default());
    assert!(
        (snapshot.steps_per_s - 10.0).abs() < 0.2,
        "{}",
        snapshot.steps_per_s
    );
    let recent = snapshot.recent.unwrap();
    assert!((recent.p95_ms - 40.0).abs() < 1.0, "{recent:?}");
    assert!(snapshot.overall.unwrap().p95_ms > 800.0);
    assert_eq!(&*snapshot.slowest[0].name, "Slow");
    assert_eq!(snapshot.users, 1);
    assert_eq!(snapshot.generator.unwrap().cpu_share, 0.4);
    assert_eq!(snapshot.recent_error_share, Some(0.0));
}

#[test]
fn samples_may_come_in_any_order() {
    let forward: Vec<_> = (0..200)
        .map(|i| Sample::Step(step(i % 3, "Open", u64::from(i) * 211, u64::from(i) * 7)))
        .collect();
    let backward = forward.iter().rev().cloned();
    let (a, b) = (
        finish(&tally(5_000, backward)),
        finish(&tally(5_000, forward.clone())),
    );
    assert_eq!(a.steps, b.steps);
    assert_eq!(a.timeline, b.timeline);
}

#[test]
fn json_goes_both_ways_and_a_newer_version_is_refused() {
    let tally = tally(
        0,
        [
            Sample::Step(step(0, "Open", 0, 100)),
            Sample::Request(request(RequestClass::Fetch, "/api", 0, 20)),
            Sample::Page(crate::sample::PageSample {
                lcp_ms: Some(812.5),
                cls: Some(0.02),
                span: span(0, 10),
                ..page("/", 0)
            }),
            iteration(0, 100, Outcome::Passed),
            generator(100, 0.3, 1.0),
        ],
    );
    let summary = finish(&tally);
    let json = summary.to_json();
    assert_eq!(Summary::from_json(&json).unwrap(), summary);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["verdict"], "pass");
    assert_eq!(value["pages"][0]["lcp_ms"]["p75"], 812.5);
    assert!(value["pages"][0].get("inp_ms").is_none());
    assert_eq!(value["requests"]["by_class"]["poll"]["count"], 0);

    let newer = json.replacen("\"version\": 1", "\"version\": 7", 1);
    let error = Summary::from_json(&newer).unwrap_err().to_string();
    assert!(error.contains("version `7`"), "{error}");
}
