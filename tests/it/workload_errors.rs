//! `rehearsal.toml`: what is said of what is wrong, before anything starts.

use crate::workload::{LOGIN, OPEN, SMALL, WHOLE, small, whole};
use crate::workload_sources::Files;

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
fn passwords_of_urls_are_never_shown() {
    let url = "postgres://me:hunter2@localhost/shop";
    let text = WHOLE.replace("env:DATABASE_URL", url);
    let workload = whole().with("rehearsal.toml", &text).load().unwrap();
    assert_eq!(workload.seed.as_ref().unwrap().database, url);
    assert!(!format!("{workload:?}").contains("hunter2"));

    let wrong = text.replace("reset = ", "rset = ");
    let error = whole().with("rehearsal.toml", &wrong).error();
    assert!(
        error.contains("me:*******@localhost"),
        "a line of context: {error}"
    );
    let target = WHOLE.replacen("http://", "http://me:hunter2@", 1);
    let error = whole().with("rehearsal.toml", &target).error();
    assert!(
        error.contains("user name and password") && !error.contains("hunter2"),
        "{error}"
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
fn a_file_that_a_flow_uploads_must_be_there() {
    let step = r#"{"type": "customStep", "name": "rehearsal.upload",
        "parameters": {"selectors": ["a"], "files": ["photo.png"]}}"#;
    let absent = Files::with_workload(SMALL)
        .with_flow("flows/browse.json", "Browse", step)
        .error();
    assert!(absent.contains("its step 1 uploads"), "{absent}");
    let mut there = Files::with_workload(SMALL)
        .with_flow("flows/browse.json", "Browse", step)
        .with("flows/photo.png", "");
    assert!(there.load().is_ok());
}
