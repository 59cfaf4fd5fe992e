//! Elements whose selectors are stale: found by what they look like, or not at all. Each page
//! notes what was really hit, under names that no selector can see.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use rehearsal::browser::{Performed, Replay};
use rehearsal::flow::Fingerprint;
use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, Setup, change, click, with};

/// Deadline of steps that may fail.
const PATIENCE: Duration = Duration::from_secs(3);

fn learning() -> Replay {
    Replay {
        learn: true,
        ..Replay::default()
    }
}

fn strict() -> Replay {
    Replay {
        heal: false,
        ..Replay::default()
    }
}

/// Steps as recorded, with what the page really notes when they hit what they should.
fn recorded() -> Vec<(Value, &'static str)> {
    let fragile = |selectors: &[&str]| click(selectors);
    vec![
        (fragile(&["#menu > a.entry:nth-of-type(2)"]), "click orders"),
        (fragile(&["#bell"]), "click bell"),
        (change("#email", "ann@example.com"), "type email"),
        (change("#password", "hush"), "type password"),
        (fragile(&["#stay"]), "click stay"),
        (fragile(&["button.button.main"]), "click log in"),
        (fragile(&["#forgot"]), "click forgot"),
        (
            fragile(&["aria/Add", "#item-3 > td:nth-of-type(3) > button.add"]),
            "click add Walnut desk",
        ),
        (
            fragile(&["aria/Delete[role=\"button\"]", "#item-3 button.delete"]),
            "click delete Walnut desk",
        ),
        (change("#query", "lamp"), "type query"),
        (fragile(&["#go"]), "click go"),
        (fragile(&["#clear"]), "click clear"),
        (
            change("input.field[name=news]", "a@b.test"),
            "type news mail",
        ),
        (
            fragile(&["aria/Subscribe[role=\"button\"]", "#subscribe"]),
            "click subscribe",
        ),
    ]
}

/// The steps with what their elements looked like on the page as it was recorded.
async fn learn(player: &mut Player) -> Vec<(Value, &'static str)> {
    player.change_user(learning()).await;
    player.open("/healing.html").await;
    let mut learned = Vec::new();
    for (step, truth) in recorded() {
        let performed = player.try_within(step.clone(), PATIENCE).await;
        assert_eq!(performed.result, Ok(()), "{step}");
        assert_eq!(performed.healed, None, "{step}");
        let element = performed.element.expect("what it looks like");
        learned.push((
            with(step, json!({"x-rehearsal": {"element": *element}})),
            truth,
        ));
    }
    learned
}

/// What the page noted since it was last asked.
async fn noted(player: &mut Player) -> Vec<String> {
    let performed = player
        .try_within(
            json!({"type": "waitForExpression",
                "expression": "(() => { throw new Error('HITS' + JSON.stringify([...new Set(hits())])) })()"}),
            Duration::from_millis(1),
        )
        .await;
    let message = performed.result.expect_err("it throws").message;
    let (_, list) = message.rsplit_once("Error: HITS").expect(&message);
    let forget =
        json!({"type": "waitForExpression", "expression": "localStorage.clear() === undefined"});
    player.pass(forget).await;
    serde_json::from_str(list).expect(&message)
}

/// How steps went on one mutation.
#[derive(Debug, Default)]
struct Tally {
    plain: usize,
    healed: usize,
    failed: Vec<&'static str>,
    wrong: Vec<String>,
}

async fn replay(
    player: &mut Player,
    steps: &[(Value, &'static str)],
    page: &str,
    patience: Duration,
) -> Tally {
    player.open(page).await;
    let mut tally = Tally::default();
    for (step, truth) in steps {
        let performed = player.try_within(step.clone(), patience).await;
        let hits = noted(player).await;
        // A checkbox is pressed by its label: a click on both, which is one thing to a person.
        let right = hits.iter().all(|hit| hit == truth) && !hits.is_empty();
        match (&performed.result, right) {
            (Ok(()), true) if performed.healed.is_some() => tally.healed += 1,
            (Ok(()), true) => tally.plain += 1,
            (Err(_), _) if hits.is_empty() => tally.failed.push(truth),
            _ => tally.wrong.push(format!("{truth}: {hits:?}")),
        }
    }
    tally
}

const MUTATIONS: [&str; 15] = [
    "none",
    "ids",
    "banner",
    "reorder",
    "wrapper",
    "renamed",
    "data",
    "swap",
    "twins",
    "late",
    "ids&banner&wrapper",
    "ids&reorder&data",
    "ids&twins",
    "ids&late",
    "ids&renamed",
];

/// Replays on these mutations, three users at a time, as those of one run would not: they do not
/// share what they learn.
async fn replay_all(
    steps: &[(Value, &'static str)],
    mutations: &[&'static str],
    patience: Duration,
) -> Vec<(&'static str, Tally)> {
    let lanes = (0..3).map(|lane| {
        let steps = steps.to_vec();
        let mutations: Vec<_> = mutations.iter().skip(lane).step_by(3).copied().collect();
        tokio::spawn(async move {
            let mut player = Player::start().await;
            let mut tallies = Vec::new();
            for mutation in mutations {
                let page = format!("/healing.html?{mutation}");
                let tally = replay(&mut player, &steps, &page, patience).await;
                tallies.push((mutation, tally));
            }
            player.leave().await;
            tallies
        })
    });
    let lanes = futures::future::join_all(lanes).await;
    let mut tallies: Vec<_> = lanes
        .into_iter()
        .flat_map(|lane| lane.expect("a lane"))
        .collect();
    tallies.sort_by_key(|(mutation, _)| MUTATIONS.iter().position(|known| known == mutation));
    tallies
}

fn table(tallies: &[(&str, Tally)]) -> String {
    let mut table = String::from("\nmutation           plain healed failed wrong\n");
    for (mutation, tally) in tallies {
        writeln!(
            table,
            "{mutation:<19}{:>5}{:>7}{:>7}{:>6}  {}{}",
            tally.plain,
            tally.healed,
            tally.failed.len(),
            tally.wrong.len(),
            tally.failed.join(", "),
            tally.wrong.join(", ")
        )
        .expect("a line");
    }
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn on_changed_pages_most_steps_are_healed_and_none_hits_another_element() {
    let mut player = Player::start().await;
    let steps = learn(&mut player).await;
    player.leave().await;
    let tallies = replay_all(&steps, &MUTATIONS, PATIENCE).await;
    let table = table(&tallies);
    println!("{table}");
    let (mut done, mut all) = (0, 0);
    for (mutation, tally) in &tallies {
        assert!(
            tally.wrong.is_empty(),
            "{mutation}: {:?}{table}",
            tally.wrong
        );
        // Of what has another name and other marks, nobody can say that it is the same.
        if *mutation != "ids&renamed" {
            done += tally.plain + tally.healed;
            all += steps.len();
        }
    }
    assert_eq!(tallies[0].1.plain, steps.len(), "{table}");
    assert!(done * 10 >= all * 9, "{done} of {all}{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_fingerprint_steps_rather_fail_than_hit_another_element() {
    // A number in an id is the recording's word for a row; without a fingerprint it is believed.
    let steps: Vec<_> = recorded()
        .into_iter()
        .filter(|(_, truth)| !truth.contains("Walnut"))
        .collect();
    let mutations = ["none", "ids", "wrapper", "twins", "ids&twins"];
    let tallies = replay_all(&steps, &mutations, PATIENCE / 3).await;
    let table = table(&tallies);
    println!("{table}");
    for (mutation, tally) in &tallies {
        assert!(tally.wrong.is_empty(), "{mutation}{table}");
    }
    assert_eq!(tallies[0].1.plain, steps.len(), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_not_replaced_by_its_neighbour() {
    let mut player = Player::start().await;
    let steps = learn(&mut player).await;
    let rows: Vec<_> = steps
        .into_iter()
        .filter(|(_, truth)| truth.contains("Walnut"))
        .collect();
    player.change_user(Replay::default()).await;
    for page in ["/healing.html?gone&ids", "/healing.html?gone&ids&reorder"] {
        let tally = replay(&mut player, &rows, page, PATIENCE).await;
        assert_eq!(tally.failed.len(), rows.len(), "{page}: {tally:?}");
    }
    // Its number names another row now: what cannot be undone is not done to that one.
    let delete = &rows[1..];
    let tally = replay(&mut player, delete, "/healing.html?gone", PATIENCE).await;
    assert_eq!(tally.failed.len(), 1, "{tally:?}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn healing_waits_for_what_the_page_has_asked_for() {
    let mut player = Player::start().await;
    let steps = learn(&mut player).await;
    player.change_user(Replay::default()).await;
    player.open("/healing.html?pending&ids").await;
    let (log_in, _) = &steps[5];
    let performed = player.try_within(log_in.clone(), PATIENCE * 3).await;
    assert_eq!(performed.result, Ok(()));
    assert!(performed.healed.is_some());
    assert_eq!(noted(&mut player).await, ["click log in"]);
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_alternative_is_waited_for_twice_in_a_run() {
    let mut player = Player::start().await;
    let mut engine = Vec::new();
    for _ in 0..4 {
        player.change_user(Replay::default()).await;
        player.open("/healing.html").await;
        let performed = player
            .try_within(click(&["#gone-since", "#forgot"]), PATIENCE)
            .await;
        assert_eq!(performed.result, Ok(()));
        engine.push(performed.engine_ms);
    }
    println!("engine ms with a stale alternative, by user: {engine:?}");
    assert!(engine[0] >= 600.0 && engine[1] >= 600.0, "{engine:?}");
    assert!(engine[2] < 600.0 && engine[3] < 600.0, "{engine:?}");
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_heals_and_the_others_know() {
    let mut player = Player::start().await;
    let steps = learn(&mut player).await;
    let (step, _) = &steps[5];
    let mut performed: Vec<Performed> = Vec::new();
    for replay in [Replay::default(), learning(), Replay::default()] {
        player.change_user(replay).await;
        player.open("/healing.html?ids").await;
        performed.push(player.try_within(step.clone(), PATIENCE).await);
        assert_eq!(noted(&mut player).await, ["click log in"]);
    }
    let healed: Vec<_> = performed
        .iter()
        .map(|performed| performed.healed.as_ref().expect("healed"))
        .collect();
    assert_eq!(healed[0].note.from, "`button.button.main`");
    assert_eq!(healed[0].note.to, "`aria/Log in[role=\"button\"]`");
    assert!(healed[0].note.score > 0.75, "{:?}", healed[0].note);
    assert_eq!(healed[1].note.to, healed[0].note.to);
    assert_eq!(healed[0].element.name, "Log in");
    // The first one has looked whether the page keeps still; the others need not.
    let engine: Vec<f64> = performed.iter().map(|done| done.engine_ms).collect();
    assert!(engine[0] >= 800.0, "{engine:?}");
    assert!(engine[1] < 500.0 && engine[2] < 500.0, "{engine:?}");

    // The new selectors do without.
    let mended = with(step.clone(), json!({"selectors": healed[0].selectors}));
    player.change_user(strict()).await;
    player.open("/healing.html?ids").await;
    player.pass(mended).await;
    assert_eq!(noted(&mut player).await, ["click log in"]);
    // And the old ones fail for who must not heal.
    let failed = player.try_within(step.clone(), PATIENCE / 2).await;
    assert_eq!(failed.result.expect_err("strict").cause, Cause::NotFound);
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fingerprint_settles_a_contradiction() {
    let mut player = Player::start().await;
    let steps = learn(&mut player).await;
    let (step, _) = &steps[6];
    let stale = with(
        step.clone(),
        json!({"selectors": ["#bell", "aria/Forgot password"]}),
    );
    player.change_user(Replay::default()).await;
    player.open("/healing.html").await;
    let performed = player.try_within(stale.clone(), PATIENCE).await;
    assert_eq!(performed.result, Ok(()));
    let healed = performed.healed.expect("marked");
    let best = &healed.selectors.0[0].chain;
    assert_eq!(best, &["aria/Forgot password"]);
    assert_eq!(noted(&mut player).await, ["click forgot"]);
    // Without one nobody can say who is right.
    let bare = with(stale, json!({"x-rehearsal": {}}));
    let failed = player.try_within(bare, PATIENCE / 2).await;
    assert_eq!(failed.result.expect_err("both").cause, Cause::Ambiguous);
    assert!(noted(&mut player).await.is_empty());
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_names_and_places_do_not_stand_alone() {
    let mut player = Player::start().await;
    player.open("/healing.html").await;
    // The name that people saw is gone; a place or a counter's name would be somebody else.
    for selectors in [
        ["aria/Cancel", "#menu > a:nth-of-type(1)"],
        ["text/Wages", "xpath//html/body/div/header/nav/a[1]"],
        ["aria/Delete Ebony desk", "#item-3 button.add"],
    ] {
        let failed = player.try_within(click(&selectors), PATIENCE / 2).await;
        let failure = failed.result.expect_err("nobody knows it");
        assert_eq!(failure.cause, Cause::NotFound, "{failure:?}");
        assert!(
            failure.message.contains("does not look like it"),
            "{failure:?}"
        );
    }
    // They do where one of several with the name stands there.
    player
        .pass(click(&[
            "aria/Add",
            "#items tbody > tr:nth-child(2) button.add",
        ]))
        .await;
    assert_eq!(noted(&mut player).await, ["click add Pine chair"]);
    // And a counter's name contradicts nobody.
    player
        .expect("(bell.id = 'mui-106') && true", "bell.id")
        .await;
    player.pass(click(&["#mui-106", "#forgot"])).await;
    assert_eq!(noted(&mut player).await, ["click forgot"]);
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fingerprints_hold_nothing_that_was_typed() {
    let mut player = Player::start_as(Setup {
        replay: learning(),
        ..Setup::default()
    })
    .await;
    player.open("/healing.html").await;
    let mut prints: BTreeMap<&str, Fingerprint> = BTreeMap::new();
    for (selector, value) in [
        ("#email", "typed@example.com"),
        ("#password", "topsecret"),
        ("#query", "typed words"),
    ] {
        player.change(selector, value).await;
        // The second time the field holds it.
        let performed = player.try_within(change(selector, value), PATIENCE).await;
        prints.insert(selector, *performed.element.expect("a fingerprint"));
    }
    let performed = player.try_within(click(&["#log-in"]), PATIENCE).await;
    prints.insert("#log-in", *performed.element.expect("a fingerprint"));
    let shown = serde_json::to_string(&prints).expect("JSON");
    assert!(
        !shown.contains("typed") && !shown.contains("topsecret"),
        "{shown}"
    );
    let button = &prints["#log-in"];
    assert_eq!(
        (
            button.tag.as_str(),
            button.role.as_str(),
            button.name.as_str()
        ),
        ("button", "button", "Log in")
    );
    assert_eq!(button.section, "Your account");
    assert_eq!(
        button.ancestors,
        ["form#login.form", "section#login-box.box", "div#app"]
    );
    assert_eq!(prints["#email"].name, "E-mail");
    assert_eq!(
        prints["#query"].attributes["placeholder"],
        "Search the shop"
    );
    player.leave().await;
}
