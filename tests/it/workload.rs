//! `rehearsal.toml`: what is understood, and what is said of what is not.

use std::time::Duration;

use rehearsal::flow::Action;
use rehearsal::workload::{
    Comparison, Metric, Overrides, Reset, Share, Stage, Statistic, Think, Visits, Vital,
};

use crate::workload_sources::Files;

pub(crate) const OPEN: &str = r#"{"type": "navigate", "url": "http://shop.test/"}"#;
pub(crate) const LOGIN: &str = r##"{"type": "navigate", "url": "http://shop.test/login"},
    {"type": "change", "selectors": [["#email"]], "value": "ann@example.com",
     "x-rehearsal": {"name": "Enter e-mail", "value": "{{customers.email}}"}}"##;

pub(crate) const SMALL: &str = r#"
[target]
url = "http://127.0.0.1:8000"
[[persona]]
name = "visitor"
flows = ["flows/browse.json"]
[load]
users = [{ to = 2, over = "1s" }, { hold = "5s" }]
"#;

pub(crate) const WHOLE: &str = r#"
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

pub(crate) fn whole() -> Files {
    Files::with_workload(WHOLE)
        .with_flow("flows/browse.json", "Browse", OPEN)
        .with_flow("flows/login.json", "Log in", LOGIN)
        .with("coupons.csv", "code\nWELCOME\n")
        .with_seeded("customers", &["email", "password"], Some(1000))
}

pub(crate) fn small(text: &str) -> Files {
    Files::with_workload(text).with_flow("flows/browse.json", "Browse", OPEN)
}

#[test]
fn the_whole_file_is_understood() {
    let workload = whole().load().unwrap();
    assert_eq!(workload.name, "Launch day");
    assert_eq!(workload.random_seed, 42);
    assert!(workload.target.mark);
    assert!(workload.target.heal);

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
fn a_file_may_ask_for_strict_selectors() {
    let text = WHOLE.replace("mark = true", "heal = false");
    let workload = whole().with("rehearsal.toml", &text).load().unwrap();
    assert!(!workload.target.heal);
}

#[test]
fn the_command_line_stands_above_the_file() {
    let overrides = Overrides {
        users: Some(5),
        duration: Some(Duration::from_secs(60)),
        url: Some("http://localhost:9999/shop".parse().unwrap()),
        no_seed: true,
        no_heal: true,
    };
    let workload = whole().load_with(&overrides).unwrap();
    assert_eq!(workload.load.peak(), 5);
    assert_eq!(workload.load.duration(), Duration::from_secs(60));
    assert!(workload.seed.unwrap().skip);
    assert!(!workload.target.heal);
    let Action::Navigate { url } = &workload.personas[0].flows[0].flow.steps[0].action else {
        panic!("the flow opens a page first");
    };
    assert_eq!(url, "http://localhost:9999/shop/");
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

#[test]
fn the_example_of_the_documentation_works() {
    let page = include_str!("../../docs/workload.md");
    let example = page.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let order = r##"{"type": "click", "selectors": [["#order"]], "offsetX": 1, "offsetY": 1,
        "x-rehearsal": {"name": "Place order"}}"##;
    let workload = Files::with_workload(example)
        .with_flow("flows/browse.json", "Browse", OPEN)
        .with_flow(
            "flows/checkout.json",
            "Check out",
            &format!("{LOGIN}, {order}"),
        )
        .with("coupons.csv", "code\nWELCOME\n")
        .with_seeded("customers", &["email", "password"], Some(1000))
        .load()
        .unwrap();
    assert_eq!(workload.load.peak(), 40);
    assert_eq!(workload.thresholds.len(), 4);
}

#[test]
fn every_device_of_the_documentation_is_known() {
    let page = include_str!("../../docs/workload.md");
    let devices = page.split("## Devices\n").nth(1).unwrap();
    let devices = devices.split(" Every user is Chromium").next().unwrap();
    let names: Vec<&str> = devices.split('`').skip(1).step_by(2).collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        let text = SMALL.replace("[load]", &format!("device = \"{name}\"\n[load]"));
        small(&text)
            .load()
            .unwrap_or_else(|_| panic!("{name}: {}", small(&text).error()));
    }
}
