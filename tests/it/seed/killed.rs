//! `kill -9` at random points: afterwards the database is the old one, or is filled whole.

use std::hash::{BuildHasher as _, Hasher as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rehearsal::clock::Clock;

use super::Shop;
use super::site::Site;
use crate::support::mysql::Mariadb;
use crate::support::postgres::Postgres;
use crate::support::program::{rehearsal, said};

const ROWS: u64 = 20_000;

pub(super) const SCHEMA: &str = "
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

/// Writes the plan into a folder.
pub(super) fn write_plan(folder: &Path) {
    let plan = PLAN.replace("ROWS", &ROWS.to_string());
    std::fs::write(folder.join("plan.toml"), plan).unwrap();
}

/// Runs `rehearsal seed run` and kills it after a time, if it still runs; says whether it did.
fn run(folder: &Path, url: &str, kill_after: Option<Duration>) -> (bool, Duration) {
    write_plan(folder);
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

/// A server whose fillings are killed.
pub(super) struct Victim {
    pub(super) site: Site,
    pub(super) url: String,
    /// Removes all rows.
    pub(super) empty: &'static str,
    /// All rows as one text.
    checksum: &'static str,
    /// Indexes and references, as one text.
    catalogue: &'static str,
    /// How many sessions or transactions of the killed one the server has not ended yet.
    left: &'static str,
}

impl Victim {
    pub(super) async fn of_postgres(cluster: &Postgres) -> Self {
        let schema = SCHEMA.replace("INTEGER", "bigint");
        Self {
            site: Site::of_postgres(cluster, "killed", &schema).await,
            url: cluster.url("killed"),
            empty: "TRUNCATE customers, orders",
            checksum: "SELECT (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM customers c) ||
                              (SELECT md5(string_agg(o::text, '' ORDER BY id)) FROM orders o)",
            catalogue: "SELECT (SELECT string_agg(indexdef, ';' ORDER BY indexname) FROM pg_indexes
                                 WHERE schemaname = 'public') ||
                               (SELECT string_agg(conname || pg_get_constraintdef(oid), ';' ORDER BY conname)
                                  FROM pg_constraint WHERE connamespace = 'public'::regnamespace)",
            left: "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rehearsal'",
        }
    }

    pub(super) async fn of_mariadb(server: &Mariadb) -> Self {
        let schema = SCHEMA
            .replace("INTEGER", "BIGINT")
            .replace("TEXT", "VARCHAR(190)")
            .replace("REFERENCES customers", "REFERENCES customers (id)");
        Self {
            site: Site::of_mariadb(server, "killed", &schema).await,
            url: server.url("killed"),
            empty: "SET foreign_key_checks = 0; TRUNCATE customers; TRUNCATE orders; SET foreign_key_checks = 1",
            checksum: "SELECT concat(
                (SELECT concat(count(*), ' ', bit_xor(crc32(concat_ws('/', id, email, city)))) FROM customers), ' ',
                (SELECT concat(count(*), ' ', bit_xor(crc32(concat_ws('/', id, customer_id, number, total)))) FROM orders))",
            catalogue: "SELECT concat(
                (SELECT group_concat(concat(INDEX_NAME, NON_UNIQUE, COLUMN_NAME) ORDER BY 1) FROM information_schema.STATISTICS
                  WHERE TABLE_SCHEMA = 'killed' AND TABLE_NAME <> 'rehearsal_seeded'), ' ',
                (SELECT group_concat(CONSTRAINT_NAME ORDER BY 1) FROM information_schema.REFERENTIAL_CONSTRAINTS
                  WHERE CONSTRAINT_SCHEMA = 'killed'))",
            left: "SELECT count(*) FROM information_schema.PROCESSLIST WHERE DB = 'killed' AND ID <> CONNECTION_ID()",
        }
    }

    /// Indexes and references, and the rows.
    pub(super) async fn state(&mut self) -> [String; 2] {
        let catalogue = self.site.text(self.catalogue).await;
        let rows = match self.site.number("SELECT count(*) FROM customers").await {
            0 => String::new(),
            _ => self.site.text(self.checksum).await,
        };
        [catalogue, rows]
    }
}

async fn server_survives(mut victim: Victim, points: u32) {
    let folder = tempfile::tempdir().unwrap();
    let (site, url) = (&mut victim.site, &victim.url);
    let before = site.text(victim.catalogue).await;
    assert!(before.contains("orders_number"), "{before}");
    let (_, whole) = run(folder.path(), url, None);
    let ours = site.text(victim.checksum).await;
    let mut killed = 0;
    for number in 0..points {
        site.run(victim.empty).await;
        let after = point(number, points, whole);
        killed += u32::from(run(folder.path(), url, Some(after)).0);
        // The server rolls back when it notices.
        for _ in 0..600 {
            if site.number(victim.left).await == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let catalogue = site.text(victim.catalogue).await;
        assert_eq!(catalogue, before, "killed after {after:?}");
        let customers = site.number("SELECT count(*) FROM customers").await;
        let orders = site.number("SELECT count(*) FROM orders").await;
        if (customers, orders) == (0, 0) {
            if number + 1 < points {
                continue;
            }
            run(folder.path(), url, None);
        } else {
            let whole = (ROWS as i64, ROWS as i64);
            assert_eq!((customers, orders), whole, "killed after {after:?}");
        }
        let found = site.text(victim.checksum).await;
        assert_eq!(found, ours, "killed after {after:?}");
    }
    assert!(killed > 0, "no run was killed: {whole:?}");
}

async fn postgres_survives(points: u32) {
    let cluster = Postgres::start().await;
    server_survives(Victim::of_postgres(&cluster).await, points).await;
}

async fn mariadb_survives(points: u32) {
    let server = Mariadb::start().await;
    server_survives(Victim::of_mariadb(&server).await, points).await;
}

/// Indexes of a database of SQLite that is sound, and its rows.
pub(super) fn sqlite_state(shop: &Shop) -> (String, Vec<String>) {
    let connection = shop.open();
    let text = |sql: &str| -> String { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
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
}

fn sqlite_survives(points: u32, journal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let fresh = || {
        let shop = Shop::new(&format!("PRAGMA journal_mode = {journal}; {SCHEMA}"));
        let url = format!("sqlite:{}", shop.path().display());
        (shop, url)
    };
    let (whole_shop, url) = fresh();
    let old = sqlite_state(&whole_shop);
    let (_, whole) = run(folder.path(), &url, None);
    let new = sqlite_state(&whole_shop);
    assert_eq!(old.0, new.0);
    assert_ne!(old.1, new.1);
    let mut killed = 0;
    for number in 0..points {
        let (shop, url) = fresh();
        let after = point(number, points, whole);
        killed += u32::from(run(folder.path(), &url, Some(after)).0);
        let mut found = sqlite_state(&shop);
        if found == old {
            run(folder.path(), &url, None);
            found = sqlite_state(&shop);
        }
        assert_eq!(found, new, "{journal}: killed after {after:?}");
    }
    assert!(killed > 0, "no run was killed: {whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_the_old_or_the_new_one() {
    postgres_survives(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_is_the_old_or_the_new_one() {
    mariadb_survives(4).await;
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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "20 points: `make test-killed`"]
async fn mariadb_is_the_old_or_the_new_one_twenty_times() {
    mariadb_survives(20).await;
}

#[test]
#[ignore = "20 points: `make test-killed`"]
fn sqlite_is_the_old_or_the_new_one_twenty_times() {
    sqlite_survives(20, "WAL");
    sqlite_survives(20, "DELETE");
}
