//! A crowd on a scripted driver and a paused clock: exact times, exact numbers.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use rehearsal::browser::OpenError;
use rehearsal::crowd::{Phase, Progress};
use rehearsal::sample::{Cause, Outcome, Sample, UserEvent};

use crate::crowd_fake::{Asked, Reply, Results, Stage};
use crate::workload_sources::Files;

const OPEN: &str = r#"{"type": "navigate", "url": "http://shop.test/"}"#;
const CLICK: &str = r##"{"type": "click", "selectors": [["#buy"]], "offsetX": 1, "offsetY": 1}"##;

/// A workload of visitors who open a page and click.
fn visitors(load: &str, more: &str) -> Files {
    let text = format!(
        "[target]\nurl = \"http://127.0.0.1:8000\"\n\
         [[persona]]\nname = \"visitor\"\nflows = [\"browse.json\"]\n{more}\n\
         [load]\n{load}\n"
    );
    Files::with_workload(&text).with_flow("browse.json", "Browse", &format!("{OPEN}, {CLICK}"))
}

fn passes(_: &Asked) -> Reply {
    Reply::Passes(400)
}

async fn seconds(number: u64) {
    tokio::time::sleep(Duration::from_secs(number)).await;
}

fn outcomes(results: &Results) -> (u64, u64, u64) {
    let counts = results.ended.iterations;
    (counts.passed, counts.failed, counts.interrupted)
}

#[tokio::test(start_paused = true)]
async fn users_come_and_go_as_the_stages_say() {
    let load = "users = [{ to = 4, over = \"8s\" }, { hold = \"4s\" }, { spike = 10, for = \"4s\" }, \
                { hold = \"4s\" }, { to = 1, over = \"6s\" }, { hold = \"5s\" }]";
    let results = Stage::new(&mut visitors(load, ""), passes).run().await;
    let present: Vec<usize> = [500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 30_500]
        .into_iter()
        .map(|ms| results.present_at(ms))
        .collect();
    // Ramp 0 s to 8 s, spike 12 s to 16 s, ramp down 20 s to 26 s, end at 31 s.
    assert_eq!(present, [1, 2, 4, 4, 10, 4, 3, 1]);
    assert_eq!(results.present_at(40_000), 0);
    assert_eq!(results.events(UserEvent::Started).len(), 10);
    assert_eq!(results.ended.phase, Phase::Running);
}

#[tokio::test(start_paused = true)]
async fn a_user_iterates_until_it_leaves_and_ends_its_last_iteration() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"10s\" }]";
    let results = Stage::new(&mut visitors(load, ""), |_| Reply::Passes(1_500))
        .run()
        .await;
    // 3 s each: begun at 0, 3, 6, 9 s.
    assert_eq!(outcomes(&results), (4, 0, 0));
    assert_eq!(results.ended.ended.0 / 1_000_000, 12);
    let steps = results.steps();
    assert_eq!(steps.len(), 8);
    assert_eq!(steps[1].span.intended, steps[0].span.ended);
}

#[tokio::test(start_paused = true)]
async fn an_iteration_that_outlives_the_grace_is_interrupted() {
    let load = "users = [{ to = 2, over = \"0s\" }, { hold = \"10s\" }]\ngraceful_stop = \"1s\"";
    let results = Stage::new(&mut visitors(load, ""), |_| Reply::Passes(3_500))
        .run()
        .await;
    // Begun at 0 and 7 s; the second is in its second step when it is cut at 11 s.
    assert_eq!(outcomes(&results), (2, 0, 2));
    assert_eq!(results.ended.ended.0 / 1_000, 11_000);
    let cut = results.iterations();
    let cut = cut
        .iter()
        .find(|i| i.outcome == Outcome::Interrupted)
        .unwrap();
    assert_eq!(cut.origin.step, Some(1));
    let steps = results.steps();
    assert_eq!(
        steps
            .iter()
            .filter(|s| s.outcome == Outcome::Interrupted)
            .count(),
        2
    );
}

#[tokio::test(start_paused = true)]
async fn finishing_lets_iterations_end_and_begins_none() {
    let load = "users = [{ to = 3, over = \"0s\" }, { hold = \"60s\" }]";
    let results = Stage::new(&mut visitors(load, ""), |_| Reply::Passes(2_000))
        .run_with(|control| async move {
            seconds(10).await;
            control.finish();
        })
        .await;
    // 4 s each: two whole ones, and the one under way at 10 s ends at 12 s.
    assert_eq!(outcomes(&results), (9, 0, 0));
    assert_eq!(results.ended.ended.0 / 1_000_000, 12);
    assert!(matches!(results.ended.phase, Phase::Finishing { .. }));
}

#[tokio::test(start_paused = true)]
async fn finishing_does_not_wait_longer_than_the_grace() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"60s\" }]\ngraceful_stop = \"5s\"";
    let results = Stage::new(&mut visitors(load, ""), |_| Reply::Passes(20_000))
        .run_with(|control| async move {
            seconds(10).await;
            control.finish();
        })
        .await;
    assert_eq!(outcomes(&results), (0, 0, 1));
    assert_eq!(results.ended.ended.0 / 1_000_000, 15);
}

#[tokio::test(start_paused = true)]
async fn aborting_interrupts_at_once() {
    let load = "users = [{ to = 3, over = \"0s\" }, { hold = \"60s\" }]";
    let results = Stage::new(&mut visitors(load, ""), |_| Reply::Passes(4_000))
        .run_with(|control| async move {
            seconds(10).await;
            control.finish();
            tokio::time::sleep(Duration::from_millis(500)).await;
            control.abort();
        })
        .await;
    assert_eq!(outcomes(&results), (3, 0, 3));
    assert_eq!(results.ended.ended.0 / 1_000, 10_500);
    assert_eq!(results.ended.phase, Phase::Aborted);
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_fails_its_iteration_and_the_next_begins() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"10s\" }]";
    let results = Stage::new(&mut visitors(load, ""), |asked| {
        match (asked.origin.iteration, asked.index) {
            (2, 0) => Reply::Fails(2_000, Cause::NotFound),
            _ => Reply::Passes(1_000),
        }
    })
    .run()
    .await;
    assert_eq!(outcomes(&results), (4, 1, 0));
    let iterations = results.iterations();
    assert_eq!(iterations[1].origin.step, Some(0));
    assert!(matches!(&iterations[1].outcome, Outcome::Failed(f) if f.cause == Cause::NotFound));
    assert_eq!(results.events(UserEvent::Restarted).len(), 0);
    assert_eq!(results.driver.opened.load(SeqCst), 1, "the browser stays");
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_fails_at_once_is_no_flood() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"60s\" }]";
    let results = Stage::new(&mut visitors(load, ""), |_| {
        Reply::Fails(10, Cause::Covered)
    })
    .run()
    .await;
    // Pauses of 1, 2, 4, 8, 16 and 30 s.
    assert_eq!(outcomes(&results), (0, 6, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_browser_is_replaced_and_the_user_goes_on() {
    for cause in [Cause::BrowserLost, Cause::RendererCrashed] {
        let load = "users = [{ to = 2, over = \"0s\" }, { hold = \"10s\" }]";
        let results = Stage::new(&mut visitors(load, ""), move |asked| {
            if asked.origin.iteration == 1 {
                Reply::Fails(1_500, cause)
            } else {
                Reply::Passes(1_000)
            }
        })
        .run()
        .await;
        assert_eq!(outcomes(&results), (10, 1, 0), "{cause:?}");
        assert_eq!(results.events(UserEvent::Restarted).len(), 1);
        assert_eq!(results.events(UserEvent::Started).len(), 2);
        assert_eq!(results.driver.opened.load(SeqCst), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_hangs_or_panics_costs_one_iteration() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"60s\" }]";
    let results = Stage::new(&mut visitors(load, ""), |asked| {
        match (asked.origin.iteration, asked.index) {
            (1, 1) => Reply::Hangs,
            _ => Reply::Passes(10_000),
        }
    })
    .run()
    .await;
    // 10 s + 5 s deadline + 5 s, then iterations of 20 s from 20 s on.
    assert_eq!(outcomes(&results), (2, 1, 0));
    assert_eq!(results.events(UserEvent::Restarted).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_driver_costs_one_iteration() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"5s\" }]";
    let stage = Stage::new(&mut visitors(load, ""), |asked| {
        match asked.origin.iteration {
            1 => Reply::Panics,
            _ => Reply::Passes(1_000),
        }
    });
    let results = stage.run().await;
    // A pause of 1 s after the failure at once, then 2 s each.
    assert_eq!(outcomes(&results), (2, 1, 0));
    assert_eq!(results.events(UserEvent::Restarted).len(), 1);
}

/// In real time: only then can a task keep the timers from running.
#[tokio::test]
async fn what_is_measured_while_the_generator_starves_is_tainted() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"1s\" }]";
    let stage = Stage::new(&mut visitors(load, ""), |asked| {
        if (asked.origin.iteration, asked.index) == (1, 1) {
            std::thread::sleep(Duration::from_millis(450));
        }
        Reply::Passes(120)
    });
    let results = stage.run().await;
    let steps = results.steps();
    let starved = steps.iter().find(|s| s.origin.step == Some(1)).unwrap();
    assert!(starved.tainted, "{starved:?}");
}

fn refusal(transient: bool) -> OpenError {
    OpenError {
        message: "as scripted".to_owned(),
        transient,
    }
}

#[tokio::test(start_paused = true)]
async fn an_opening_that_fails_for_now_is_tried_again() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"10s\" }]";
    let stage = Stage::new(&mut visitors(load, ""), passes);
    stage
        .driver
        .refusals
        .lock()
        .unwrap()
        .extend([refusal(true), refusal(true)]);
    let results = stage.run().await;
    let started = results.events(UserEvent::Started);
    assert_eq!(started[0].at.0 / 1_000, 750, "after 250 and 500 ms");
    assert!(results.ended.left_out.is_none() && results.ended.error.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_opening_that_never_works_leaves_the_user_out() {
    let load = "users = [{ to = 2, over = \"40s\" }, { hold = \"20s\" }]";
    let stage = Stage::new(&mut visitors(load, ""), passes);
    let refusals = (0..8).map(|_| refusal(true));
    stage.driver.refusals.lock().unwrap().extend(refusals);
    let results = stage.run().await;
    let (users, message) = results.ended.left_out.as_ref().unwrap();
    assert_eq!((*users, message.as_str()), (1, "as scripted"));
    assert_eq!(
        results.events(UserEvent::Started).len(),
        1,
        "the second came"
    );
}

#[tokio::test(start_paused = true)]
async fn browsers_that_die_at_once_are_no_flood() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"60s\" }]";
    let mut stage = Stage::new(&mut visitors(load, ""), passes);
    stage.driver.stillborn = true;
    let results = stage.run().await;
    assert_eq!(outcomes(&results), (0, 0, 0));
    let opened = results.driver.opened.load(SeqCst);
    assert!((2..=7).contains(&opened), "{opened} browsers in a minute");
}

#[tokio::test(start_paused = true)]
async fn no_browser_at_all_ends_the_run() {
    let load = "users = [{ to = 5, over = \"10s\" }, { hold = \"60s\" }]";
    let stage = Stage::new(&mut visitors(load, ""), passes);
    stage
        .driver
        .refusals
        .lock()
        .unwrap()
        .push_back(refusal(false));
    let results = stage.run().await;
    assert_eq!(results.ended.error.as_ref().unwrap().message, "as scripted");
    assert_eq!(results.ended.ended.0, 0);
    assert_eq!(outcomes(&results), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_crowd_at_the_door_waits_and_is_seen_waiting() {
    let load = "users = [{ to = 12, over = \"0s\" }, { hold = \"20s\" }]";
    let mut stage = Stage::new(&mut visitors(load, ""), passes);
    stage.driver.opening_ms = 2_000;
    let mut progress = stage.control.progress();
    let watching = tokio::spawn(async move {
        seconds(3).await;
        progress.borrow_and_update().clone()
    });
    let results = stage.run().await;
    // Four at a time, 2 s each.
    assert_eq!(results.present_at(2_100), 4);
    assert_eq!(results.present_at(6_100), 12);
    let Progress {
        stage,
        wanted,
        present,
        waiting,
        ..
    } = watching.await.unwrap();
    assert_eq!((&*stage, wanted, present, waiting), ("hold 12", 12, 4, 8));
}

#[tokio::test(start_paused = true)]
async fn new_visitors_get_a_new_browser_for_each_visit() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"4s\" }]";
    let results = Stage::new(&mut visitors(load, "visits = \"new\""), passes)
        .run()
        .await;
    assert_eq!(outcomes(&results), (5, 0, 0));
    assert_eq!(results.driver.opened.load(SeqCst), 5);
    assert_eq!(results.events(UserEvent::Restarted).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn recorded_pauses_count_as_thinking_not_as_latency() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"5s\" }]";
    let think = CLICK.replace(
        "\"offsetX\"",
        "\"x-rehearsal\": {\"thinkMs\": 3000}, \"offsetX\"",
    );
    let mut files =
        visitors(load, "").with_flow("browse.json", "Browse", &format!("{OPEN}, {think}"));
    let results = Stage::new(&mut files, passes).run().await;
    let steps = results.steps();
    assert_eq!(steps[1].span.intended.0, steps[0].span.ended.0 + 3_000_000);
    assert!(
        (steps[1].span.latency_ms() - 400.0).abs() < 2.0,
        "{:?}",
        steps[1].span
    );
}

#[tokio::test(start_paused = true)]
async fn an_optional_element_that_is_absent_is_no_failure_and_no_step() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"5s\" }]";
    let banner = CLICK.replace(
        "\"offsetX\"",
        "\"x-rehearsal\": {\"optional\": true}, \"offsetX\"",
    );
    let files = || {
        visitors(load, "").with_flow(
            "browse.json",
            "Browse",
            &format!("{OPEN}, {banner}, {CLICK}"),
        )
    };
    let absent = |cause| {
        Stage::new(&mut files(), move |asked| match asked.index {
            1 => Reply::Fails(1_000, cause),
            _ => Reply::Passes(500),
        })
    };
    let results = absent(Cause::NotFound).run().await;
    assert_eq!(outcomes(&results), (3, 0, 0));
    assert!(
        results
            .steps()
            .iter()
            .all(|step| step.origin.step != Some(1))
    );
    let results = absent(Cause::Covered).run().await;
    assert_eq!(
        results.ended.iterations.passed, 0,
        "there, but not clickable: a failure"
    );
}

#[tokio::test(start_paused = true)]
async fn users_have_the_browser_of_their_persona() {
    let load = "users = [{ to = 1, over = \"0s\" }, { hold = \"1s\" }]";
    let more = "device = \"Pixel 7\"\nlocale = \"de-CH\"\ntimezone = \"Europe/Zurich\"";
    let results = Stage::new(&mut visitors(load, more), passes).run().await;
    let profiles = results.driver.profiles.lock().unwrap();
    let profile = &profiles[0];
    assert_eq!(profile.locale, "de-CH");
    assert_eq!(profile.timezone.as_deref(), Some("Europe/Zurich"));
    assert!(profile.viewport.is_mobile);
    assert_eq!(profile.hosts.target, "127.0.0.1:8000");
    assert_eq!(profile.mark, None);
    assert_eq!(&*profile.origin.persona, "visitor");
    let performed = results.driver.performed.lock().unwrap();
    let deadlines: Vec<u64> = performed
        .iter()
        .map(|asked| asked.timeout.as_secs())
        .collect();
    assert_eq!(deadlines[..2], [30, 15], "a page, a click");
    assert_eq!(performed[0].value, "http://127.0.0.1:8000/", "re-based");
}

#[tokio::test(start_paused = true)]
async fn progress_and_health_are_told_all_along() {
    let load = "users = [{ to = 2, over = \"10s\" }, { hold = \"10s\" }]";
    let stage = Stage::new(&mut visitors(load, ""), passes);
    let mut progress = stage.control.progress();
    let watching = tokio::spawn(async move {
        let mut seen = BTreeSet::new();
        while progress.changed().await.is_ok() {
            let now = progress.borrow_and_update().clone();
            assert!(now.present <= 2 && now.total == Duration::from_secs(20));
            seen.insert(now.stage.to_string());
            if now.elapsed >= Duration::from_secs(20) {
                break;
            }
        }
        seen
    });
    let results = stage.run().await;
    let seen: Vec<String> = watching.await.unwrap().into_iter().collect();
    assert_eq!(seen, ["hold 2", "ramp to 2"]);
    let health = results
        .samples
        .iter()
        .filter(|s| matches!(s, Sample::Generator(_)));
    assert!(health.count() >= 20, "about one a second");
    assert!(results.steps().iter().all(|step| !step.tainted));
}
