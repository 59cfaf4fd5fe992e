//! `kill -9` at random points: afterwards the database is the old one, or is filled whole.

use std::hash::{BuildHasher as _, Hasher as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rehearsal::clock::Clock;

use super::Shop;
use crate::support::postgres::Postgres;
use crate::support::program::{rehearsal, said};

const ROWS: u64 = 20_000;

const SCHEMA: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, city TEXT NOT NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,
        number TEXT NOT NULL, total INTEGER NOT NULL);
    CREATE INDEX customers_city ON customers (city);
    CREATE UNIQUE INDEX orders_number ON orders (number);
    CREATE INDEX orders_customer ON orders (customer_id);";

const PLAN: &str = r#"
[tables.customers]
rows = ROWS
[tables.customers.columns]
id = "sequence"
email = "email"
city = "city"
[tables.orders]
rows = ROWS
[tables.orders.columns]
id = "sequence"
customer_id = { gen = "ref", table = "customers" }
number = { gen = "template", text = "N{row:09}" }
total = { gen = "integer", max = 5000 }
"#;

/// Runs `rehearsal seed run` and kills it after a time, if it still runs; says whether it did.
fn run(folder: &Path, url: &str, kill_after: Option<Duration>) -> (bool, Duration) {
    std::fs::write(
        folder.join("plan.toml"),
        PLAN.replace("ROWS", &ROWS.to_string()),
    )
    .unwrap();
    let clock = Clock::start();
    let mut child = rehearsal(folder)
        .args(["seed", "run", "plan.toml", "--database", url])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let Some(after) = kill_after {
        std::thread::sleep(after);
        // SIGKILL; a process that has ended is not killed.
        let _has_ended = child.kill();
    }
    let output = child.wait_with_output().unwrap();
    let killed = output.status.code().is_none();
    assert!(killed || output.status.success(), "{}", said(&output));
    (killed, Duration::from_micros(clock.now().0))
}

/// A point in the time that a whole run takes, a new one in each run of the test.
fn point(number: u32, of: u32, whole: Duration) -> Duration {
    let random = std::hash::RandomState::new().build_hasher().finish();
    let share = (f64::from(number) + random as f64 / u64::MAX as f64) / f64::from(of);
    whole.mul_f64(share)
}

async fn postgres_survives(points: u32) {
    let cluster = Postgres::start().await;
    let folder = tempfile::tempdir().unwrap();
    let schema = SCHEMA.replace("INTEGER", "bigint");
    let url = cluster.database("killed", &schema).await;
    let client = cluster.client("killed").await;
    let before = cluster.dump_schema("killed");
    let (_, whole) = run(folder.path(), &url, None);
    let checksum = "SELECT (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM customers c) ||
                           (SELECT md5(string_agg(o::text, '' ORDER BY id)) FROM orders o)";
    let ours: String = client.query_one(checksum, &[]).await.unwrap().get(0);
    let mut killed = 0;
    for number in 0..points {
        client
            .batch_execute("TRUNCATE customers, orders")
            .await
            .unwrap();
        let after = point(number, points, whole);
        killed += u32::from(run(folder.path(), &url, Some(after)).0);
        // The server rolls back when it notices.
        for _ in 0..300 {
            let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rehearsal'";
            if client.query_one(left, &[]).await.unwrap().get::<_, i64>(0) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(
            cluster.dump_schema("killed"),
            before,
            "killed after {after:?}"
        );
        let count = "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders)";
        let row = client.query_one(count, &[]).await.unwrap();
        let counts: (i64, i64) = (row.get(0), row.get(1));
        if counts != (0, 0) {
            assert_eq!(counts, (ROWS as i64, ROWS as i64), "killed after {after:?}");
        } else if number + 1 < points {
            continue;
        } else {
            run(folder.path(), &url, None);
        }
        let found: String = client.query_one(checksum, &[]).await.unwrap().get(0);
        assert_eq!(found, ours, "killed after {after:?}");
    }
    assert!(killed > 0, "no run was killed: {whole:?}");
}

fn sqlite_survives(points: u32, journal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let fresh = || {
        let shop = Shop::new(&format!("PRAGMA journal_mode = {journal}; {SCHEMA}"));
        let url = format!("sqlite:{}", shop.path().display());
        (shop, url)
    };
    let state = |shop: &Shop| -> (String, Vec<String>) {
        let connection = shop.open();
        let text =
            |sql: &str| -> String { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(text("PRAGMA integrity_check"), "ok");
        let catalogue = text(
            "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master
              WHERE name NOT LIKE 'sqlite_stat_' AND tbl_name <> 'rehearsal_seeded' ORDER BY name)",
        );
        let rows = ["customers", "orders"].map(|table| {
            format!(
                "SELECT count(*) || ' ' || total(id) || ' ' || total(length({})) FROM {table}",
                if table == "orders" {
                    "customer_id"
                } else {
                    "email"
                }
            )
        });
        (catalogue, rows.iter().map(|sql| text(sql)).collect())
    };
    let (whole_shop, url) = fresh();
    let old = state(&whole_shop);
    let (_, whole) = run(folder.path(), &url, None);
    let new = state(&whole_shop);
    assert_eq!(old.0, new.0);
    assert_ne!(old.1, new.1);
    let mut killed = 0;
    for number in 0..points {
        let (shop, url) = fresh();
        let after = point(number, points, whole);
        killed += u32::from(run(folder.path(), &url, Some(after)).0);
        let mut found = state(&shop);
        if found == old {
            run(folder.path(), &url, None);
            found = state(&shop);
        }
        assert_eq!(found, new, "{journal}: killed after {after:?}");
    }
    assert!(killed > 0, "no run was killed: {whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_the_old_or_the_new_one() {
    postgres_survives(4).await;
}

#[test]
fn sqlite_is_the_old_or_the_new_one() {
    sqlite_survives(3, "WAL");
    sqlite_survives(2, "DELETE");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "20 points: `make test-killed`"]
async fn postgres_is_the_old_or_the_new_one_twenty_times() {
    postgres_survives(20).await;
}

#[test]
#[ignore = "20 points: `make test-killed`"]
fn sqlite_is_the_old_or_the_new_one_twenty_times() {
    sqlite_survives(20, "WAL");
    sqlite_survives(20, "DELETE");
}
