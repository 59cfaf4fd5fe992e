//! Groups, values read from pages and engine time in a crowd, on a scripted driver.

use rehearsal::sample::Outcome;

use crate::crowd_fake::{Asked, Reply, Results, Stage};
use crate::workload_sources::Files;

/// One user who walks these steps once in ten seconds.
async fn walk(
    extension: &str,
    steps: &str,
    more: &str,
    script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> Results {
    let text = format!(
        "[target]\nurl = \"http://127.0.0.1:8000\"\n\
         [[persona]]\nname = \"visitor\"\nflows = [\"walk.json\"]\n{more}\n\
         [load]\nusers = [{{ to = 1, over = \"0s\" }}, {{ hold = \"1s\" }}]\n"
    );
    let flow = format!(
        r#"{{"title": "Walk", "x-rehearsal": {extension}, "steps": [
            {{"type": "navigate", "url": "http://shop.test/"}}, {steps}]}}"#
    );
    let mut files = Files::with_workload(&text).with("walk.json", &flow);
    Stage::new(&mut files, script).run().await
}

fn click(id: &str, extension: &str) -> String {
    format!(
        r##"{{"type": "click", "selectors": [["#{id}"]], "offsetX": 1, "offsetY": 1,
        "x-rehearsal": {{{extension}}}}}"##
    )
}

fn indexes(results: &Results) -> Vec<u32> {
    let steps = results.steps();
    steps.iter().filter_map(|step| step.origin.step).collect()
}

#[tokio::test(start_paused = true)]
async fn groups_are_walked_as_the_flow_says() {
    let groups = r##"{"groups": {"page": {"repeat": {"while": [["#more"]], "atMost": 9}},
        "banner": {"optional": true}, "twice": {"repeat": 2}}}"##;
    let steps = [
        click("banner", r#""group": "banner""#),
        click("more", r#""group": "page", "thinkMs": 500"#),
        click("a", r#""group": "twice""#),
        click("b", r#""group": "twice""#),
    ];
    let looks = std::sync::atomic::AtomicU32::new(0);
    let think = "think = \"recorded\"";
    let results = walk(groups, &steps.join(", "), think, move |asked| {
        if !asked.looks {
            return Reply::Passes(1_000);
        }
        let seen = looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        // No banner; three further pages.
        match (asked.index, seen) {
            (2, 1..=3) => Reply::Passes(100),
            _ => Reply::Fails(1_000, rehearsal::sample::Cause::Condition),
        }
    })
    .await;
    assert_eq!(indexes(&results), [0, 2, 2, 2, 3, 4, 3, 4]);
    assert_eq!(results.ended.iterations.passed, 1);
    let steps = results.steps();
    assert_eq!(&*steps[1].name, "click #more");
    // Looking is nobody's step and makes none late: 1 s, the banner 1 s, then 0.1 s and a pause.
    assert_eq!(steps[1].span.intended.0, 2_600_000);
    assert_eq!(steps[1].span.started, steps[1].span.intended);
    assert_eq!(steps[2].span.intended.0 - steps[1].span.ended.0, 600_000);
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_is_lost_while_looking_fails_the_iteration() {
    let groups = r##"{"groups": {"page": {"repeat": {"while": [["#more"]], "atMost": 9}}}}"##;
    let steps = click("more", r#""group": "page""#);
    let results = walk(groups, &steps, "", |asked| {
        if asked.looks {
            Reply::Fails(10, rehearsal::sample::Cause::BrowserLost)
        } else {
            Reply::Passes(10)
        }
    })
    .await;
    let first = results.iterations()[0].clone();
    assert!(matches!(first.outcome, Outcome::Failed(_)), "{first:?}");
    assert_eq!(first.origin.step, Some(1));
}

#[tokio::test(start_paused = true)]
async fn what_a_step_reads_later_steps_use() {
    let steps = [
        click("order", r#""extract": {"order": {}}, "group": "g""#),
        r##"{"type": "change", "selectors": [["#find"]], "value": "-",
            "x-rehearsal": {"value": "No. {{flow.order}}", "group": "g"}}"##
            .to_owned(),
    ];
    let groups = r#"{"groups": {"g": {"repeat": 2}}}"#;
    let number = std::sync::atomic::AtomicU32::new(1);
    let results = walk(groups, &steps.join(", "), "", move |asked| {
        if asked.index == 1 {
            let number = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            return Reply::Reads(400, "order", number.to_string());
        }
        Reply::Passes(400)
    })
    .await;
    let performed = results.driver.performed.lock().unwrap();
    let values: Vec<&str> = performed
        .iter()
        .filter(|asked| asked.index == 2)
        .map(|asked| asked.value.as_str())
        .collect();
    assert_eq!(values, ["No. 1", "No. 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_no_step_has_read_fails_the_step() {
    let groups = r#"{"groups": {"g": {"optional": true}}}"#;
    let steps = [
        click("order", r#""extract": {"order": {}}, "group": "g""#),
        r##"{"type": "change", "selectors": [["#find"]], "value": "-",
            "x-rehearsal": {"value": "{{flow.order}}"}}"##
            .to_owned(),
    ];
    let results = walk(groups, &steps.join(", "), "", |asked| {
        if asked.looks {
            Reply::Fails(100, rehearsal::sample::Cause::Condition)
        } else {
            Reply::Passes(100)
        }
    })
    .await;
    let Outcome::Failed(failure) = &results.iterations()[0].outcome else {
        panic!("a failure");
    };
    assert_eq!(failure.message, "no step has read `order` from a page yet");
}

#[tokio::test(start_paused = true)]
async fn engine_time_is_not_the_users() {
    let results = walk("{}", &click("a", ""), "", |_| Reply::Dawdles(800, 300)).await;
    let step = results.steps()[0].clone();
    assert!((step.span.latency_ms() - 800.0).abs() < 0.1);
    assert!((step.engine_ms - 300.0).abs() < 0.1);
    assert!((step.duration_ms() - 500.0).abs() < 0.1);
    assert!((step.service_ms() - 500.0).abs() < 0.1);
}
