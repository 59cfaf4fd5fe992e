//! Seeding beside the bare bulk load of the very same rows, in one run: rows per second and the
//! ratio. `cargo bench --bench seed`; `REHEARSAL_BENCH_ROWS` sets the number of rows (300000),
//! `REHEARSAL_BENCH_REPETITIONS` how often each is measured (3; the median counts),
//! `REHEARSAL_BENCH_ONLY` one of `postgres`, `mysql` and `sqlite`. Ours and what
//! it is held beside take turns, so that what else the machine does falls on both.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on fails here"
)]

#[path = "../../tests/it/support/postgres.rs"]
mod cluster;
#[path = "../../tests/it/support/mysql.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod mariadb;
mod mysql;
mod postgres;
mod python;
mod sqlite;

use rehearsal::clock::Clock;
use rehearsal::seed::{self, Database, Filled, Options, Plan};

/// Columns of `customers` in plans.
const CUSTOMERS: &str = r#"
id = "sequence"
first_name = "first_name"
last_name = "last_name"
email = "email"
phone = "phone"
street = "street"
city = "city"
country = "country"
created_at = { gen = "timestamp", growth = 3 }
balance = { gen = "decimal", min = 0, max = 5000, scale = 2 }
"#;

/// Orders, which refer to customers.
const CHILDREN: &str = r#"
[tables.orders]
rows = ROWS
[tables.orders.columns]
id = "sequence"
customer_id = { gen = "ref", table = "customers" }
total_cents = { gen = "integer", min = 100, max = 50000, shape = "log" }
created_at = { gen = "timestamp" }
"#;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// How often each is measured.
fn repetitions() -> u64 {
    number("REHEARSAL_BENCH_REPETITIONS", 3)
}

/// A plan for so many customers, and orders if they are wanted.
fn plan(customers: u64, orders: Option<u64>) -> Plan {
    let mut text = format!(
        "seed = 1\nlocales = [\"en_US\", \"de_DE\", \"fr_FR\"]\n[tables.customers]\nrows = {customers}\n\
         [tables.customers.columns]{CUSTOMERS}"
    );
    if let Some(orders) = orders {
        text.push_str(&CHILDREN.replace("ROWS", &orders.to_string()));
    }
    Plan::parse(&text, "bench.toml").unwrap()
}

/// Fills, and says how long all of it took.
async fn fill(plan: &Plan, database: &Database, keep_indexes: bool) -> (Filled, f64) {
    let options = Options {
        refill: true,
        keep_indexes,
        ..Options::default()
    };
    let clock = Clock::start();
    let filled = seed::run(plan, database, &options, &mut |_| ()).await;
    let seconds = clock.now().seconds();
    let filled = filled.unwrap();
    assert!(filled.notes.is_empty(), "{:?}", filled.notes);
    (filled, seconds)
}

/// Seconds of ours and of what it is held beside, for as many rows.
struct Comparison {
    what: &'static str,
    /// The ratio that is promised.
    wanted: Option<f64>,
    ours: Vec<f64>,
    beside: Vec<f64>,
}

impl Comparison {
    fn new(what: &'static str, wanted: Option<f64>) -> Self {
        let (ours, beside) = (Vec::new(), Vec::new());
        Self {
            what,
            wanted,
            ours,
            beside,
        }
    }

    fn heading() {
        println!(
            "{:<66} {:>12} {:>12} {:>7} {:>8}",
            "ours beside …", "ours rows/s", "rows/s", "ratio", "wanted"
        );
    }

    fn print(&self, rows: u64) {
        let rate = |seconds: &[f64]| rows as f64 / median(seconds);
        print_rates(self.what, rate(&self.ours), rate(&self.beside), self.wanted);
    }
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn print_rates(what: &str, ours: f64, beside: f64, wanted: Option<f64>) {
    let wanted = wanted.map_or(String::new(), |wanted| format!("≥ {wanted}"));
    println!(
        "{what:<66} {ours:>12.0} {beside:>12.0} {:>7.2} {wanted:>8}",
        ours / beside
    );
}

#[tokio::main]
async fn main() {
    let rows = number("REHEARSAL_BENCH_ROWS", 300_000);
    println!("{rows} rows, median of {}", repetitions());
    Comparison::heading();
    let only = std::env::var("REHEARSAL_BENCH_ONLY").ok();
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wanted("postgres") {
        postgres::compare(rows).await;
    }
    if wanted("mysql") {
        mysql::compare(rows).await;
    }
    if wanted("sqlite") {
        sqlite::compare(rows).await;
    }
}
