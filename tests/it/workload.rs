//! `rehearsal.toml`: what is understood, and what is said of what is not.

use std::time::Duration;

use rehearsal::flow::Action;
use rehearsal::workload::{
    Comparison, Metric, Overrides, Reset, Share, Stage, Statistic, Think, Visits, Vital,
};

use crate::workload_sources::Files;

const OPEN: &str = r#"{"type": "navigate", "url": "http://shop.test/"}"#;
const LOGIN: &str = r##"{"type": "navigate", "url": "http://shop.test/login"},
    {"type": "change", "selectors": [["#email"]], "value": "ann@example.com",
     "x-rehearsal": {"name": "Enter e-mail", "value": "{{customers.email}}"}}"##;

const SMALL: &str = r#"
[target]
url = "http://127.0.0.1:8000"
[[persona]]
name = "visitor"
flows = ["flows/browse.json"]
[load]
users = [{ to = 2, over = "1s" }, { hold = "5s" }]
"#;

const WHOLE: &str = r#"
name = "Launch day"
random_seed = 42
[target]
url = "http://127.0.0.1:8000"
allow = ["cdn.example.com"]
mark = true
[seed]
plan = "fixtures/shop.toml"
database = "env:DATABASE_URL"
reset = "refill"
scale = "10x"
[[feed]]
name = "coupons"
file = "coupons.csv"
[[persona]]
name = "shopper"
weight = 5
flows = [{ file = "flows/browse.json", weight = 3 }, "flows/login.json"]
think = { median = "4s", spread = 0.6 }
feed = "customers"
device = "Pixel 7"
locale = "pt-BR"
timezone = "America/Sao_Paulo"
visits = "new"
[[persona]]
name = "clerk"
users = 1
flows = "flows/browse.json"
think = "none"
viewport = "1600x900"
[load]
users = [{ to = 10, over = "30s" }, { hold = "2m" }, { spike = 40, for = "20s" }]
warmup = "20s"
graceful_stop = "10s"
[thresholds]
"step[Enter e-mail].duration.p95" = { limit = "< 3s" }
"vitals.lcp.p75" = "< 2.5s"
"errors.rate" = "< 1%"
"#;

fn whole() -> Files {
    Files::with_workload(WHOLE)
        .with_flow("flows/browse.json", "Browse", OPEN)
        .with_flow("flows/login.json", "Log in", LOGIN)
        .with("coupons.csv", "code\nWELCOME\n")
        .with_seeded("customers", &["email", "password"], Some(1000))
}

fn small(text: &str) -> Files {
    Files::with_workload(text).with_flow("flows/browse.json", "Browse", OPEN)
}

#[test]
fn the_whole_file_is_understood() {
    let workload = whole().load().unwrap();
    assert_eq!(workload.name, "Launch day");
    assert_eq!(workload.random_seed, 42);
    assert!(workload.target.mark);

    let seed = workload.seed.as_ref().unwrap();
    assert_eq!(seed.plan.to_str(), Some("shop/fixtures/shop.toml"));
    assert_eq!((seed.reset, seed.scale), (Reset::Refill, 10.0));

    let shopper = &workload.personas[0];
    assert_eq!(shopper.share, Share::Weight(5.0));
    assert_eq!(shopper.visits, Visits::New);
    assert!(shopper.viewport.has_touch && shopper.viewport.width == 412);
    assert!(shopper.user_agent.as_ref().unwrap().contains("Mobile"));
    assert_eq!(
        shopper.think,
        Think::LogNormal {
            median: Duration::from_secs(4),
            spread: 0.6
        }
    );
    let clerk = &workload.personas[1];
    assert_eq!(clerk.share, Share::Users(1));
    assert_eq!((clerk.viewport.width, clerk.viewport.height), (1600, 900));
    assert_eq!(clerk.user_agent, None);

    assert_eq!(workload.load.peak(), 40);
    assert_eq!(workload.load.duration(), Duration::from_secs(170));
    assert_eq!(
        workload.load.stages[2],
        Stage::Spike {
            to: 40,
            duration: Duration::from_secs(20)
        }
    );
    let rules: Vec<&str> = workload.thresholds.iter().map(|t| &*t.rule).collect();
    assert_eq!(rules[0], "step[Enter e-mail].duration.p95 < 3s");
    let lcp = &workload.thresholds[1];
    assert_eq!(
        lcp.metric,
        Metric::Vital(Vital::Lcp, None, Statistic::Percentile(75.0))
    );
    assert_eq!((lcp.comparison, lcp.limit), (Comparison::Less, 2500.0));
    assert_eq!(workload.feeds[0].rows.len(), 1);
}

#[test]
fn flows_are_rebased_and_read_once() {
    let mut files = whole();
    let workload = files.load().unwrap();
    let Action::Navigate { url } = &workload.personas[0].flows[1].flow.steps[0].action else {
        panic!("the flow opens a page first");
    };
    assert_eq!(url, "http://127.0.0.1:8000/login");
    let reads = |name: &str| {
        files
            .reads
            .iter()
            .filter(|path| path.ends_with(name))
            .count()
    };
    assert_eq!(reads("browse.json"), 1, "two personas share it");
}

#[test]
fn what_is_not_said_has_usual_values() {
    let workload = small(SMALL).load().unwrap();
    assert_eq!(workload.name, "shop", "of the folder");
    let visitor = &workload.personas[0];
    assert_eq!(visitor.think, Think::Recorded);
    assert_eq!(visitor.visits, Visits::Returning);
    assert_eq!(visitor.locale, "en-US");
    assert_eq!(
        (visitor.viewport.width, visitor.viewport.height),
        (1280, 720)
    );
    assert_eq!(workload.load.graceful_stop, Duration::from_secs(30));
    assert_eq!(workload.load.warmup, Duration::ZERO);
}

#[test]
fn the_command_line_stands_above_the_file() {
    let overrides = Overrides {
        users: Some(5),
        duration: Some(Duration::from_secs(60)),
        url: Some("http://localhost:9999/shop".parse().unwrap()),
        no_seed: true,
    };
    let workload = whole().load_with(&overrides).unwrap();
    assert_eq!(workload.load.peak(), 5);
    assert_eq!(workload.load.duration(), Duration::from_secs(60));
    assert!(workload.seed.unwrap().skip);
    let Action::Navigate { url } = &workload.personas[0].flows[0].flow.steps[0].action else {
        panic!("the flow opens a page first");
    };
    assert_eq!(url, "http://localhost:9999/shop/");
}

#[test]
fn a_typo_in_a_key_is_shown_with_what_was_meant() {
    insta::assert_snapshot!(whole_but("weight = 5", "wieght = 5").error(), @r#"
      × `shop/rehearsal.toml` line 18: unknown key `wieght` in `persona[0]`
        ╭─[shop/rehearsal.toml:18:1]
     17 │ name = "shopper"
     18 │ wieght = 5
        · ───┬──
        ·    ╰── unknown key
     19 │ flows = [{ file = "flows/browse.json", weight = 3 }, "flows/login.json"]
        ╰────
      help: did you mean `weight`?
    "#);
}

#[test]
fn several_problems_are_shown_together() {
    let text = SMALL
        .replace(
            "name = \"visitor\"",
            "name = \"visitor\"\nthink = \"recordde\"",
        )
        .replace("\"5s\"", "\"5 parsecs\"");
    let error = small(&text).error();
    let first = error.find("`recordde` is not known").expect("the first");
    let second = error
        .find("found\n  │ `\"5 parsecs\"`")
        .expect("the second");
    assert!(
        error.contains("has 2 problems") && first < second,
        "{error}"
    );
}

#[test]
fn a_broken_flow_is_shown_with_its_own_text() {
    let files = Files::with_workload(SMALL).with_flow(
        "flows/browse.json",
        "Browse",
        r#"{"type": "clik", "selectors": [["a"]]}"#,
    );
    let mut files = files;
    let error = files.error();
    assert!(error.contains("flows/browse.json"), "{error}");
    assert!(error.contains("clik"), "{error}");
    assert!(error.contains("click"), "did you mean: {error}");
}

/// The whole file with one thing changed.
fn whole_but(from: &str, to: &str) -> Files {
    assert!(WHOLE.contains(from), "{from}");
    whole().with("rehearsal.toml", &WHOLE.replacen(from, to, 1))
}

#[track_caller]
fn check(from: &str, to: &str, expect: &[&str]) {
    let error = whole_but(from, to).error();
    let words = error.split_whitespace().filter(|word| *word != "│");
    let flat = words.collect::<Vec<_>>().join(" ");
    for part in expect {
        assert!(flat.contains(part), "expected {part:?} in:\n{error}");
    }
}

#[test]
fn unknown_keys_at_any_depth() {
    check(
        "mark = true",
        "marks = true",
        &["`marks` in `target`", "did you mean `mark`?"],
    );
    check(
        "weight = 3 }",
        "wait = 3 }",
        &["`wait` in `persona[0].flows[0]`", "line 19"],
    );
    check(
        "spread = 0.6",
        "spred = 0.6",
        &["`persona[0].think`", "did you mean `spread`?"],
    );
    check(
        "over = \"30s\"",
        "ovr = \"30s\"",
        &["`load.users[0]`", "did you mean `over`?"],
    );
    check(
        "{ limit =",
        "{ limt =",
        &["unknown key `limt`", "did you mean `limit`?"],
    );
    check(
        "random_seed",
        "randomseed",
        &["at the top level", "did you mean `random_seed`?"],
    );
}

#[test]
fn what_is_planned_is_refused_not_ignored() {
    check(
        "visits = \"new\"",
        "network = \"4g\"",
        &["`persona[0].network` is not supported yet"],
    );
    check(
        "warmup =",
        "arrivals = [{ rate = \"2/s\" }]\nwarmup =",
        &["`load.arrivals` is not supported yet"],
    );
    check(
        "{ limit = \"< 3s\" }",
        "{ limit = \"< 3s\", abort = true }",
        &["abort` is not supported yet"],
    );
}

#[test]
fn wrong_values_name_what_was_found_and_expected() {
    check(
        "\"20s\" }]",
        "20 }]",
        &[
            "`load.users[2].for`",
            "a duration with a unit",
            "found `20`",
        ],
    );
    check(
        "weight = 5",
        "weight = \"5\"",
        &["`persona[0].weight`: expected a number above 0, found `\"5\"`"],
    );
    check(
        "scale = \"10x\"",
        "scale = \"x\"",
        &["`seed.scale`", "\"10x\""],
    );
    check(
        "\"refill\"",
        "\"refil\"",
        &["`refil` is not known", "did you mean `refill`?"],
    );
    check(
        "\"http://127.0.0.1:8000\"",
        "\"127.0.0.1:8000\"",
        &["`target.url`", "http://127.0.0.1:8000"],
    );
    check(
        "\"cdn.example.com\"",
        "\"https://cdn.example.com/x\"",
        &["`target.allow[0]`", "expected a host"],
    );
    check(
        "\"Pixel 7\"",
        "\"Pixle 7\"",
        &["unknown device `Pixle 7`", "did you mean `Pixel 7`?"],
    );
    check(
        "\"America/Sao_Paulo\"",
        "\"Sao Paulo\"",
        &["unknown time zone `Sao Paulo`"],
    );
    check(
        "\"pt-BR\"",
        "\"português\"",
        &["`persona[0].locale`", "no language tag"],
    );
    check(
        "\"1600x900\"",
        "\"1600\"",
        &["`persona[1].viewport`", "1280x720"],
    );
    check(
        "users = 1",
        "users = 1\nweight = 2",
        &["exclude each other"],
    );
    check(
        "name = \"Launch day\"",
        "name = \"a/b\"",
        &["`name`", "does not fit the name of a folder"],
    );
}

#[test]
fn wrong_references_are_found_before_anything_starts() {
    check(
        "\"flows/login.json\"",
        "\"flows/logn.json\"",
        &["could not read `shop/flows/logn.json`"],
    );
    check(
        "feed = \"customers\"",
        "feed = \"customer\"",
        &["unknown feed `customer`", "did you mean `customers`?"],
    );
    check(
        "feed = \"customers\"",
        "feed = \"coupons\"",
        &["`{{customers.email}}`", "draws from `coupons`"],
    );
    check(
        "feed = \"customers\"",
        "",
        &["`{{customers.email}}`", "add `feed = \"customers\"`"],
    );
    check(
        "step[Enter e-mail]",
        "step[Enter email]",
        &[
            "no flow has a step named `Enter email`",
            "did you mean `Enter e-mail`?",
        ],
    );
    check(
        "name = \"clerk\"",
        "name = \"shopper\"",
        &["two personas are named `shopper`"],
    );
    check(
        "\"coupons.csv\"",
        "\"none.csv\"",
        &["could not read `shop/none.csv`"],
    );
}

#[test]
fn thresholds_are_checked() {
    check(
        "\"vitals.lcp.p75\"",
        "\"vitals.lpc.p75\"",
        &["unknown web vital `lpc`", "did you mean `lcp`?"],
    );
    check(
        "\"errors.rate\" = ",
        "\"error.rate\" = ",
        &["unknown metric", "did you mean `errors.rate`?"],
    );
    check(
        "\"< 1%\"",
        "\"1%\"",
        &["no condition for this metric", "\"< 1%\""],
    );
    check(
        "\"errors.rate\" = ",
        "errors.rate = ",
        &["must stand in quotes"],
    );
}

#[test]
fn the_load_must_make_sense() {
    check(
        "{ to = 10, over = \"30s\" }, ",
        "",
        &["`hold` would hold 0 users", "begin with"],
    );
    check(
        "spike = 40",
        "spike = 4",
        &["a spike of 4 users is none, there are 10 already"],
    );
    check(
        "warmup = \"20s\"",
        "warmup = \"10m\"",
        &["leaves nothing of a run"],
    );
    check(
        "users = 1\n",
        "users = 41\n",
        &["are 41, the load brings 40"],
    );
    check(
        "weight = 5",
        "users = 5",
        &["wants 40 users, but the personas are only 6"],
    );
    check(
        "{ hold = \"2m\" }",
        "{ hold = \"2m\", to = 3 }",
        &["is no stage"],
    );
}

#[test]
fn every_user_needs_a_row_of_its_own() {
    let mut files = Files::with_workload(WHOLE)
        .with_flow("flows/browse.json", "Browse", OPEN)
        .with_flow("flows/login.json", "Log in", LOGIN)
        .with("coupons.csv", "code\nWELCOME\n")
        .with_seeded("customers", &["email"], Some(38));
    let error = files.error();
    assert!(
        error.contains("39 users draw from `customers`, which has 38"),
        "{error}"
    );
}

#[test]
fn users_of_one_feed_never_share_a_row() {
    let text = WHOLE.replace("name = \"clerk\"", "name = \"clerk\"\nfeed = \"customers\"");
    let workload = whole().with("rehearsal.toml", &text).load().unwrap();
    let parts = workload.parts();
    let mut rows: Vec<usize> = parts.iter().filter_map(|part| part.row).collect();
    rows.sort_unstable();
    assert_eq!(rows, (0..40).collect::<Vec<_>>());
}

#[test]
fn the_cost_is_estimated_at_the_peak() {
    let workload = whole().load().unwrap();
    let estimate = workload.estimate();
    assert_eq!(estimate.users, 40);
    assert_eq!(estimate.duration, Duration::from_secs(170));
    let gigabytes = estimate.memory_bytes as f64 / 1e9;
    assert!((3.0..6.0).contains(&gigabytes), "{gigabytes} GB");
    assert!((1.0..=41.0).contains(&estimate.cores), "{}", estimate.cores);
}
