//! Seeding real databases: the same rows everywhere, constraints that hold, feeds that log in,
//! resets that give the same bytes, errors that say what to do.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    reason = "a test that cannot go on fails here; its numbers of rows are small"
)]

mod beside;
mod beside_killed;
mod errors;
mod fast;
mod full;
mod full_copy;
mod guess;
mod implied;
mod killed;
mod language;
mod letters;
mod mysql;
mod mysql_reset;
mod profile;
mod profile_mysql;
mod progress;
mod reset;
mod reset_rows;
mod reset_server;
mod schemas;
mod site;
mod tenants;
mod tls;
mod unknown;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rehearsal::seed::{self, Database, Filled, Options, Plan, SeedError};
use sha2::{Digest, Sha256};

use crate::support::postgres::Postgres;

const SQLITE_SCHEMA: &str = include_str!("../../fixtures/storefront/schema/sqlite.sql");
const POSTGRES_SCHEMA: &str = include_str!("../../fixtures/storefront/schema/postgres.sql");
const TABLES: [&str; 6] = [
    "categories",
    "customers",
    "products",
    "orders",
    "order_lines",
    "reviews",
];
/// Moments of the shop, which PostgreSQL shows in its own way.
const MOMENTS: &str = "created_at";

/// The shop's plan with a small password pool: hashing is tested where it matters.
fn shop() -> Plan {
    let text = include_str!("../../fixtures/shop.toml");
    let small = text.replace("scheme = \"argon2id\"", "scheme = \"argon2id\", pool = 4");
    assert_ne!(text, small);
    Plan::parse(&small, "fixtures/shop.toml").unwrap()
}

/// A twentieth of the shop.
fn small() -> Options {
    Options {
        scale: 0.05,
        ..Options::default()
    }
}

/// A new SQLite shop in a folder of its own.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new(schema: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shop = Self { folder };
        shop.open().execute_batch(schema).unwrap();
        shop
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn open(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    fn database(&self) -> Database {
        sqlite(&self.path())
    }
}

fn sqlite(path: &Path) -> Database {
    Database::parse(&format!("sqlite:{}", path.display())).unwrap()
}

async fn fill(plan: &Plan, database: &Database, options: &Options) -> Result<Filled, SeedError> {
    seed::run(plan, database, options, &mut |_| ()).await
}

/// All rows of the shop's tables, in the order of their keys, as text.
fn sqlite_rows(connection: &rusqlite::Connection) -> Vec<String> {
    let mut lines = Vec::new();
    for table in TABLES {
        let select = format!("SELECT * FROM {table} ORDER BY id");
        let mut statement = connection.prepare(&select).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let mut line = table.to_owned();
            for column in 0..width {
                let value: rusqlite::types::Value = row.get(column).unwrap();
                let text = match value {
                    rusqlite::types::Value::Null => "\\N".to_owned(),
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    other => panic!("{table}: unexpected {other:?}"),
                };
                write!(line, "\t{text}").unwrap();
            }
            lines.push(line);
        }
    }
    lines
}

/// The same of PostgreSQL.
async fn postgres_rows(client: &tokio_postgres::Client) -> Vec<String> {
    let mut lines = Vec::new();
    for table in TABLES {
        let columns = client
            .query(
                "SELECT column_name::text FROM information_schema.columns
                  WHERE table_name = $1 ORDER BY ordinal_position",
                &[&table],
            )
            .await
            .unwrap();
        let columns: Vec<String> = columns
            .iter()
            .map(|row| row.get::<_, String>(0))
            .map(|name| match name.as_str() {
                MOMENTS => {
                    format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
                }
                _ => format!("{name}::text"),
            })
            .collect();
        let select = format!(
            "SELECT {} FROM {table} ORDER BY {table}.id",
            columns.join(", ")
        );
        for row in client.query(&select, &[]).await.unwrap() {
            let mut line = table.to_owned();
            for column in 0..columns.len() {
                let text: Option<String> = row.get(column);
                write!(line, "\t{}", text.as_deref().unwrap_or("\\N")).unwrap();
            }
            lines.push(line);
        }
    }
    lines
}

fn sqlite_checksum(connection: &rusqlite::Connection) -> String {
    checksum(&sqlite_rows(connection))
}

async fn postgres_checksum(client: &tokio_postgres::Client) -> String {
    checksum(&postgres_rows(client).await)
}

fn checksum(rows: &[String]) -> String {
    let mut hash = Sha256::new();
    for row in rows {
        hash.update(row);
        hash.update("\n");
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_get_the_same_rows_with_any_number_of_threads() {
    let plan = shop();
    let cluster = Postgres::start().await;
    let mut all = Vec::new();
    for threads in [1, 8] {
        let options = Options { threads, ..small() };
        let shop = Shop::new(SQLITE_SCHEMA);
        fill(&plan, &shop.database(), &options).await.unwrap();
        all.push(sqlite_rows(&shop.open()));

        let name = format!("shop{threads}");
        let url = cluster.database(&name, POSTGRES_SCHEMA).await;
        fill(&plan, &Database::parse(&url).unwrap(), &options)
            .await
            .unwrap();
        all.push(postgres_rows(&cluster.client(&name).await).await);
    }
    for others in &all[1..] {
        let differs = all[0].iter().zip(others).find(|(one, other)| one != other);
        assert_eq!(differs, None);
        assert_eq!(all[0].len(), others.len());
    }

    let other = Shop::new(SQLITE_SCHEMA);
    let options = Options {
        seed: Some(7),
        ..small()
    };
    fill(&plan, &other.database(), &options).await.unwrap();
    assert_ne!(
        sqlite_rows(&other.open()),
        all[0],
        "another seed number, other rows"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_holds_what_its_plan_says() {
    let plan = Plan::parse(
        include_str!("../../fixtures/shop.toml"),
        "fixtures/shop.toml",
    )
    .unwrap();
    let shop = Shop::new(SQLITE_SCHEMA);
    let mut stages = Vec::new();
    let filled = seed::run(
        &plan,
        &shop.database(),
        &Options::default(),
        &mut |progress| {
            assert!(progress.done <= progress.total, "{progress:?}");
            stages.push(progress.stage);
        },
    )
    .await
    .unwrap();
    assert!(stages.contains(&seed::Stage::Hash) && stages.contains(&seed::Stage::Fill));
    assert!(
        filled.rows.values().sum::<u64>() >= 130_000,
        "{:?}",
        filled.rows
    );
    let connection = shop.open();
    let number = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    for (table, rows) in &filled.rows {
        assert_eq!(
            number(&format!("SELECT count(*) FROM {table}")),
            *rows as i64,
            "{table}"
        );
    }
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let wrong_totals = "SELECT count(*) FROM orders o WHERE total_cents <>
        (SELECT sum(quantity * unit_price_cents) FROM order_lines WHERE order_id = o.id)";
    assert_eq!(number(wrong_totals), 0);
    let wrong_prices = "SELECT count(*) FROM order_lines l JOIN products p ON p.id = product_id
        WHERE unit_price_cents <> price_cents";
    assert_eq!(number(wrong_prices), 0);
    let too_early = "SELECT count(*) FROM orders o JOIN customers c ON c.id = customer_id
        WHERE o.created_at < c.created_at";
    assert_eq!(number(too_early), 0);
    // Popular products are bought far more often than others.
    let bought = "SELECT count(*) FROM order_lines GROUP BY product_id ORDER BY 1 DESC LIMIT 1";
    assert!(number(bought) > 5 * filled.rows["order_lines"] as i64 / 1000);
    // A city has one country.
    let countries =
        "SELECT max(n) FROM (SELECT count(DISTINCT country) n FROM customers GROUP BY city)";
    assert_eq!(number(countries), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_are_the_rows_and_their_passwords_log_in() {
    let plan = shop();
    let shop = Shop::new(SQLITE_SCHEMA);
    let filled = fill(&plan, &shop.database(), &small()).await.unwrap();
    assert_eq!(
        filled.feeds,
        seed::feeds(&plan, &small()).unwrap(),
        "no database is needed"
    );

    let connection = shop.open();
    let customers = filled
        .feeds
        .iter()
        .find(|feed| &*feed.name == "customers")
        .unwrap();
    assert_eq!(customers.rows.len(), 200);
    assert_eq!(customers.secret.iter().filter(|secret| **secret).count(), 1);
    let column = |name| customers.column(name).unwrap();
    for row in customers.rows.iter().step_by(37) {
        let (hash, name): (String, String) = connection
            .query_row(
                "SELECT password_hash, first_name FROM customers WHERE email = ?1",
                [&*row[column("email")]],
                |found| Ok((found.get(0)?, found.get(1)?)),
            )
            .unwrap();
        assert_eq!(name, &*row[column("first_name")]);
        let hash = argon2::PasswordHash::new(&hash).unwrap();
        let password = row[column("password")].as_bytes();
        argon2::PasswordVerifier::verify_password(&argon2::Argon2::default(), password, &hash)
            .expect("the feed's password is the customer's");
    }

    let products = filled
        .feeds
        .iter()
        .find(|feed| &*feed.name == "products")
        .unwrap();
    let most_bought: String = connection
        .query_row(
            "SELECT slug FROM products p JOIN order_lines l ON l.product_id = p.id
              GROUP BY p.id ORDER BY count(*) DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let place = products.rows.iter().position(|row| *row[0] == *most_bought);
    assert!(
        place.is_some_and(|place| place < 3),
        "{most_bought} is number {place:?} of the feed"
    );
}
