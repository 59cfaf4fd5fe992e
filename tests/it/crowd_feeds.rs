//! From the plan to what users type: a row for each user, and rows drawn by weight.

use std::collections::{BTreeMap, BTreeSet};

use rehearsal::seed::{self, Options, Plan};

use crate::crowd_fake::{Reply, Stage};
use crate::workload_sources::Files;

const PLAN: &str = r#"
seed = 3
[tables.customers]
rows = 50
[tables.customers.columns]
id = "sequence"
email = "email"
[tables.categories]
rows = 5
[tables.categories.columns]
id = "sequence"
slug = { gen = "template", text = "c{row}" }
[tables.products]
rows = 40
[tables.products.columns]
id = "sequence"
name = "product_name"
category_id = { gen = "ref", table = "categories" }
[tables.lines]
rows = 20000
[tables.lines.columns]
id = "sequence"
product_id = { gen = "ref", table = "products", popularity = "zipf" }
product = { gen = "lookup", of = "product_id.name" }

[feeds.customers]
columns = ["email"]
[feeds.products]
columns = ["name", "category_id.slug"]
draw = "weighted"
[feeds.bought]
table = "lines"
columns = ["product"]
rows = 20000
"#;

const WORKLOAD: &str = r#"
random_seed = 5
[target]
url = "http://127.0.0.1:8000"
[[persona]]
name = "shopper"
flows = ["search.json"]
feed = "customers"
think = "none"
[load]
users = [{ to = 20, over = "1s" }, { hold = "100s" }]
[seed]
plan = "plan.toml"
database = "sqlite:shop.db"
"#;

const SEARCH: &str = r##"{"type": "navigate", "url": "http://shop.test/"},
    {"type": "change", "selectors": [["#email"]], "value": "x", "x-rehearsal": {"value": "{{customers.email}}"}},
    {"type": "change", "selectors": [["#search"]], "value": "x", "x-rehearsal": {"value": "{{products.name}}"}}"##;

#[tokio::test(start_paused = true)]
async fn users_are_who_they_are_and_look_for_what_is_popular() {
    let plan = Plan::parse(PLAN, "plan.toml").unwrap();
    let feeds = seed::feeds(&plan, &Options::default()).unwrap();
    let bought = &feeds[2].rows;
    let mut files = Files::with_workload(WORKLOAD)
        .with_flow("search.json", "Search", SEARCH)
        .with("plan.toml", PLAN);
    for feed in &feeds {
        files = files.with_feed(feed);
    }
    let mut stage = Stage::new(&mut files, |_| Reply::Passes(200));
    stage.feeds.extend(feeds.iter().cloned());
    let results = stage.run().await;
    let performed = results.driver.performed.lock().unwrap();
    let mut emails: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    let mut searched: BTreeMap<&str, f64> = BTreeMap::new();
    let mut total = 0.0;
    for asked in performed.iter() {
        match asked.index {
            1 => {
                emails
                    .entry(asked.origin.user)
                    .or_default()
                    .insert(&asked.value);
            }
            2 => {
                *searched.entry(&asked.value).or_default() += 1.0;
                total += 1.0;
            }
            _ => {}
        }
    }
    // Each user has a row of its own, for its whole life.
    assert_eq!(emails.len(), 20);
    assert!(emails.values().all(|own| own.len() == 1), "{emails:?}");
    let different: BTreeSet<_> = emails.values().flatten().collect();
    assert_eq!(different.len(), 20);
    // Products are looked for as often as they are bought.
    assert!(total > 2_000.0, "{total}");
    let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
    for row in bought {
        *shares.entry(&row[0]).or_default() += 1.0 / bought.len() as f64;
    }
    let mut popular: Vec<_> = shares.into_iter().collect();
    popular.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (name, share) in &popular[..5] {
        let found = searched.get(name).copied().unwrap_or(0.0) / total;
        assert!(
            (found - share).abs() < 0.03,
            "{name}: bought {share}, searched {found}"
        );
    }
    assert!(popular[0].1 > 4.0 * popular[10].1, "{popular:?}");
}

#[test]
fn weights_come_from_a_column_or_from_popularity() {
    let by_column = PLAN.replace(
        "draw = \"weighted\"",
        "draw = \"weighted\"\nweight = \"id\"",
    );
    let plan = Plan::parse(&by_column, "plan.toml").unwrap();
    let feeds = seed::feeds(&plan, &Options::default()).unwrap();
    let weights = &feeds[1].weights;
    let last = weights[39] - weights[38];
    assert!(
        (last as f64 / weights[0] as f64 - 40.0).abs() < 0.01,
        "{weights:?}"
    );

    let nobody = PLAN.replace(", popularity = \"zipf\"", "");
    let plan = Plan::parse(&nobody, "plan.toml").unwrap();
    let error = seed::feeds(&plan, &Options::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no reference follows its popularity"),
        "{error}"
    );
    let text = PLAN.replace("draw = \"weighted\"", "weight = \"id\"");
    let error = Plan::parse(&text, "plan.toml").unwrap_err().to_string();
    assert!(error.contains("goes with `draw = \"weighted\"`"), "{error}");
}

#[test]
fn a_feed_that_is_drawn_by_weight_is_open_to_all_and_another_is_not() {
    let workload = WORKLOAD.replace("feed = \"customers\"\n", "");
    let plan = Plan::parse(PLAN, "plan.toml").unwrap();
    let feeds = seed::feeds(&plan, &Options::default()).unwrap();
    let mut files = Files::with_workload(&workload).with_flow("search.json", "Search", SEARCH);
    for feed in &feeds {
        files = files.with_feed(feed);
    }
    let told = files.with("plan.toml", PLAN).error();
    assert!(told.contains("customers.email"), "{told}");
    assert!(!told.contains("products.name"), "{told}");
}
