use super::*;
use crate::measure::fixtures::step;
use crate::sample::UserSample;

fn user(second: u64, user: u32, event: UserEvent) -> Sample {
    Sample::User(UserSample {
        user,
        persona: if user.is_multiple_of(2) {
            "even"
        } else {
            "odd"
        }
        .into(),
        at: Micros(second * 1_000_000),
        event,
    })
}

#[test]
fn users_over_time_survive_the_merging_of_buckets() {
    let mut tally = TimelineTally::new();
    for number in 0..4 {
        tally.fold(&user(u64::from(number) * 10, number, UserEvent::Started));
    }
    tally.fold(&user(25, 0, UserEvent::Restarted));
    let fine = tally.timeline();
    assert_eq!(fine.users[0].values[5], 1);
    assert_eq!(fine.users[0].values[20], 2);
    assert_eq!(fine.users[1].values[30], 2);

    tally.fold(&user(3_000, 0, UserEvent::Stopped));
    let coarse = tally.timeline();
    assert_eq!(coarse.width_s, 8.0);
    assert_eq!(coarse.users[0].values.len(), 376);
    assert_eq!(coarse.users[0].values[3], 2);
    assert_eq!(coarse.users[0].values[374], 2);
    assert_eq!(coarse.users[0].values[375], 1);
    assert_eq!(tally.recent_users(2), [4, 3]);
}

#[test]
fn percentiles_over_time_are_of_enough_steps() {
    let mut tally = TimelineTally::new();
    for index in 0..240_u32 {
        let at = u64::from(index) * 500;
        // The second minute is ten times as slow.
        let duration = if index < 120 { 40 } else { 400 };
        tally.fold(&Sample::Step(step(0, "Open", at, duration)));
    }
    let timeline = tally.timeline();
    assert_eq!(timeline.latency_width_s, 10.0);
    assert_eq!(timeline.step_p95_ms.len(), 12);
    let near = |value: Option<f64>, expected: f64| (value.unwrap() / expected - 1.0).abs() < 0.01;
    assert!(
        near(timeline.step_p50_ms[2], 40.0),
        "{:?}",
        timeline.step_p50_ms
    );
    assert!(
        near(timeline.step_p95_ms[8], 400.0),
        "{:?}",
        timeline.step_p95_ms
    );
}

#[test]
fn a_time_beyond_all_reason_does_not_take_the_memory() {
    let mut tally = TimelineTally::new();
    tally.fold(&user(u64::MAX / 2_000_000, 1, UserEvent::Started));
    assert!(tally.buckets.len() <= MOST_BUCKETS);
}
