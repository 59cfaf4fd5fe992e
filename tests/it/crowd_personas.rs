//! Who the users of a crowd are and what they type: personas, flows, rows, secrets, seed numbers.

use std::collections::{BTreeMap, BTreeSet};

use rehearsal::flow::template::Secrets;
use rehearsal::sample::{Cause, Outcome, UserEvent};

use crate::crowd_fake::{Asked, Reply, Stage};
use crate::workload_sources::Files;

const OPEN: &str = r#"{"type": "navigate", "url": "http://shop.test/"}"#;
const CLICK: &str = r##"{"type": "click", "selectors": [["#buy"]], "offsetX": 1, "offsetY": 1}"##;

fn passes(_: &Asked) -> Reply {
    Reply::Passes(400)
}

const TWO_PERSONAS: &str = r#"
random_seed = 5
[target]
url = "http://127.0.0.1:8000"
[[persona]]
name = "shopper"
weight = 3
flows = [{ file = "browse.json", weight = 4 }, { file = "login.json", weight = 1 }]
feed = "customers"
think = { median = "1s", spread = 0.5 }
[[persona]]
name = "guest"
weight = 1
flows = ["browse.json"]
think = "none"
[load]
users = [{ to = 8, over = "8s" }, { hold = "200s" }]
warmup = "20s"
[[feed]]
name = "customers"
file = "customers.csv"
"#;

fn two_personas() -> Files {
    let login = r##"{"type": "navigate", "url": "http://shop.test/login"},
        {"type": "change", "selectors": [["#email"]], "value": "x",
         "x-rehearsal": {"value": "{{customers.email}}"}},
        {"type": "change", "selectors": [["#password"]], "value": "x",
         "x-rehearsal": {"value": "{{secret.PASSWORD}}"}}"##;
    let rows: Vec<String> = (0..9).map(|row| format!("user{row}@example.com")).collect();
    Files::with_workload(TWO_PERSONAS)
        .with_flow("browse.json", "Browse", &format!("{OPEN}, {CLICK}"))
        .with_flow("login.json", "Log in", login)
        .with("customers.csv", &format!("email\n{}\n", rows.join("\n")))
}

fn with_secret(mut stage: Stage) -> Stage {
    stage.secrets = Secrets::new([("PASSWORD".to_owned(), "hunter2".to_owned())]);
    stage
}

#[tokio::test(start_paused = true)]
async fn the_mix_of_personas_and_flows_is_as_weighted() {
    let results = with_secret(Stage::new(&mut two_personas(), passes))
        .run()
        .await;
    let mut users: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for user in results.events(UserEvent::Started) {
        users.entry(&user.persona).or_default().insert(user.user);
    }
    assert_eq!((users["shopper"].len(), users["guest"].len()), (6, 2));
    let iterations = results.iterations();
    let shoppers: Vec<_> = iterations
        .iter()
        .filter(|i| &*i.origin.persona == "shopper")
        .collect();
    let logins = shoppers
        .iter()
        .filter(|i| &*i.origin.flow == "Log in")
        .count();
    let share = logins as f64 / shoppers.len() as f64;
    assert!(
        (0.12..0.28).contains(&share),
        "{logins} of {}",
        shoppers.len()
    );
    let guests = iterations.iter().filter(|i| &*i.origin.persona == "guest");
    assert!(guests.into_iter().all(|i| &*i.origin.flow == "Browse"));
}

#[tokio::test(start_paused = true)]
async fn every_user_logs_in_with_its_own_row_and_secrets_stay_secret() {
    let results = with_secret(Stage::new(&mut two_personas(), passes))
        .run()
        .await;
    let performed = results.driver.performed.lock().unwrap();
    let mut emails: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for asked in performed
        .iter()
        .filter(|asked| &*asked.origin.flow == "Log in")
    {
        match asked.index {
            1 => {
                let of_user = emails.entry(asked.origin.user).or_default();
                of_user.insert(&asked.value);
            }
            2 => assert_eq!(asked.value, "hunter2"),
            _ => {}
        }
    }
    assert!(
        emails.len() >= 4,
        "most shoppers came to log in: {emails:?}"
    );
    assert!(
        emails.values().all(|of_user| of_user.len() == 1),
        "{emails:?}"
    );
    let all: BTreeSet<&str> = emails.values().flatten().copied().collect();
    assert_eq!(all.len(), emails.len(), "no two users share a row");
    let written = serde_json::to_string(&results.samples).unwrap();
    assert!(!written.contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_fails_the_step_and_names_it() {
    let results = Stage::new(&mut two_personas(), passes).run().await;
    let failed = results.iterations();
    let failed = failed.iter().find_map(|i| match &i.outcome {
        Outcome::Failed(failure) => Some(failure),
        _ => None,
    });
    let failure = failed.expect("someone tried to log in");
    assert_eq!(failure.cause, Cause::Flow);
    assert!(
        failure.message.contains("REHEARSAL_SECRET_PASSWORD"),
        "{}",
        failure.message
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_number_gives_the_same_run() {
    type Fact = (u32, String, u64, u64);
    async fn facts(files: &mut Files) -> Vec<Fact> {
        let results = with_secret(Stage::new(files, passes)).run().await;
        let steps = results.steps();
        let mut facts: Vec<Fact> = steps
            .iter()
            .map(|s| {
                (
                    s.origin.user,
                    s.origin.flow.to_string(),
                    s.span.intended.0,
                    s.span.ended.0,
                )
            })
            .collect();
        facts.sort();
        facts
    }
    let first = facts(&mut two_personas()).await;
    assert_eq!(first, facts(&mut two_personas()).await);
    let text = TWO_PERSONAS.replace("random_seed = 5", "random_seed = 6");
    let other = facts(&mut two_personas().with("rehearsal.toml", &text)).await;
    assert_ne!(first, other);
}

#[tokio::test(start_paused = true)]
async fn iterations_of_the_warm_up_are_marked() {
    let results = with_secret(Stage::new(&mut two_personas(), passes))
        .run()
        .await;
    for iteration in results.iterations() {
        let early = iteration.span.started.0 < 20_000_000;
        assert_eq!(iteration.warmup, early, "{iteration:?}");
    }
}
