//! A plan from a database in use: it holds nothing of its rows, and fills another one like it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rehearsal::seed::{self, Database, Options, Plan, ProfileOptions};

use super::{Shop, fill};
use crate::support::postgres::Postgres;

const SCHEMA: &str = "
CREATE TABLE customers (id BIGINT PRIMARY KEY, email VARCHAR(80) NOT NULL UNIQUE, first_name VARCHAR(40) NOT NULL,
    status VARCHAR(20) NOT NULL, tier VARCHAR(10), balance_cents BIGINT NOT NULL, score INTEGER NOT NULL,
    headline TEXT, batch_code VARCHAR(20) NOT NULL, created_at TIMESTAMP NOT NULL, joined_on DATE NOT NULL,
    born_on DATE, seen_at TEXT NOT NULL, api_token TEXT NOT NULL, active BOOLEAN NOT NULL);
CREATE TABLE orders (id BIGINT PRIMARY KEY, customer_id BIGINT NOT NULL REFERENCES customers, state TEXT NOT NULL,
    total NUMERIC(10, 2) NOT NULL, placed_at TIMESTAMP NOT NULL);
CREATE TABLE coupons (id BIGINT PRIMARY KEY, label TEXT NOT NULL);";

const CUSTOMERS: u64 = 3_000;

/// Even numbers without a pattern.
fn dice(number: u64, of: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits ^ (bits >> 29)) % of
}

/// Rows as production has them: skewed, with gaps, and with secrets. Numbers of four digits and
/// more end with 7 and dates are no firsts, so that only a copy of them can be equal to them.
fn rows() -> String {
    let mut sql = String::new();
    let mut order = 0;
    for row in 0..CUSTOMERS {
        let status = match dice(row, 100) {
            _ if row % 1_000 == 7 => "dismissed for theft",
            0..70 => "active",
            70..95 => "blocked",
            _ => "on hold",
        };
        let tier = match dice(row + 10_000, 100) {
            0..35 => "NULL".to_owned(),
            35..80 => "'silver'".to_owned(),
            _ => "'gold'".to_owned(),
        };
        let size = dice(row + 20_000, 1_000) as f64 / 250.0;
        let balance = (200.0 * size.exp()) as u64 * 10 + 7;
        let headline = if dice(row + 30_000, 5) == 0 {
            "NULL".to_owned()
        } else {
            let length = 10 + dice(row + 40_000, 90) as usize;
            format!("'Zq{row} {}'", "xk".repeat(length / 2))
        };
        let (month, day) = (1 + dice(row + 50_000, 12), 2 + dice(row + 60_000, 26));
        let year = 2023 + dice(row + 70_000, 3).max(dice(row + 80_000, 3));
        let (hour, minute) = (8 + dice(row + 90_000, 12), dice(row, 60));
        let active = if dice(row + 100_000, 10) < 8 {
            "true"
        } else {
            "false"
        };
        writeln!(
            sql,
            "INSERT INTO customers VALUES ({}, 'qzperson{row}@corp-{row}.example.org', 'Qxann{}', '{status}', \
             {tier}, {balance}, {}, {headline}, 'Vx{}', '{year}-{month:02}-{day:02} {hour:02}:{minute:02}:17', \
             '2021-{month:02}-{day:02}', '1980-{month:02}-{day:02}', '{year}-{month:02}-{day:02} {hour:02}:{minute:02}:19', 'tok_{:x}', {active});",
            700_000_007 + row * 70,
            dice(row, 400),
            dice(row + 110_000, 101),
            10_037 + 10 * dice(row + 120_000, 300),
            dice(row + 130_000, 1 << 40),
        )
        .unwrap();
        let orders = match dice(row + 140_000, 10) {
            0..4 => 0,
            4..7 => 1,
            7..9 => 3,
            _ => 12,
        };
        for _ in 0..orders {
            order += 1;
            let state = ["open", "paid", "shipped"][dice(order, 3) as usize];
            writeln!(
                sql,
                "INSERT INTO orders VALUES ({}, {}, '{state}', {}.{:02}, '2025-{month:02}-{day:02} 19:00:{:02}');",
                500_000_007 + order * 90,
                700_000_007 + row * 70,
                10 + dice(order + 1_000, 900),
                dice(order + 2_000, 100),
                dice(order + 3_000, 60),
            )
            .unwrap();
        }
    }
    for row in 0..30 {
        writeln!(
            sql,
            "INSERT INTO coupons VALUES ({}, 'Wq-offer');",
            90_007 + row * 10
        )
        .unwrap();
    }
    sql
}

/// What the plan may say of the source: values that twenty rows and more share.
const ALLOWED: [&str; 9] = [
    "active", "blocked", "on hold", "silver", "gold", "open", "paid", "shipped", "Wq-offer",
];

/// Every cell of text, every number above three digits and every date is looked for in the plan.
fn assert_nothing_leaked(cells: &BTreeSet<String>, plan: &str) {
    assert!(cells.len() > 5_000, "{}", cells.len());
    let words: BTreeSet<&str> = plan
        .split(|c: char| !c.is_ascii_alphanumeric() && !".-_".contains(c))
        .collect();
    for cell in cells {
        if ALLOWED.contains(&cell.as_str()) || cell.len() < 4 {
            continue;
        }
        let digits = cell.bytes().filter(u8::is_ascii_digit).count();
        let number = cell
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let leaked = if number {
            digits > 3 && words.contains(cell.as_str())
        } else {
            plan.contains(cell.as_str())
        };
        // Booleans and words of the plan's own language are no one's.
        let own = ["true", "false"].contains(&cell.as_str());
        assert!(
            !leaked || own,
            "`{cell}` of the source stands in the plan:\n{plan}"
        );
    }
}

/// What the source and the seeded database have in common.
const STATISTICS: [(&str, f64, &str); 15] = [
    ("customers", 0.01, "SELECT count(*) FROM customers"),
    ("orders", 0.10, "SELECT count(*) FROM orders"),
    ("coupons", 0.01, "SELECT count(*) FROM coupons"),
    (
        "tier nulls",
        0.10,
        "SELECT count(*) FROM customers WHERE tier IS NULL",
    ),
    (
        "headline nulls",
        0.12,
        "SELECT count(*) FROM customers WHERE headline IS NULL",
    ),
    (
        "active",
        0.05,
        "SELECT count(*) FROM customers WHERE active",
    ),
    (
        "blocked",
        0.12,
        "SELECT count(*) FROM customers WHERE status = 'blocked'",
    ),
    (
        "statuses",
        0.0,
        "SELECT count(DISTINCT status) FROM customers WHERE status <> 'dismissed for theft'",
    ),
    (
        "vendors",
        0.08,
        "SELECT count(DISTINCT batch_code) FROM customers",
    ),
    ("balance", 0.10, "SELECT avg(balance_cents) FROM customers"),
    ("score", 0.05, "SELECT avg(score) FROM customers"),
    ("total", 0.05, "SELECT avg(total) FROM orders"),
    (
        "headline",
        0.05,
        "SELECT avg(length(headline)) FROM customers",
    ),
    (
        "buyers",
        0.05,
        "SELECT count(DISTINCT customer_id) FROM orders",
    ),
    (
        "best buyers",
        0.20,
        "SELECT count(*) FROM (SELECT customer_id FROM orders GROUP BY customer_id HAVING count(*) >= 8) AS best",
    ),
];

fn assert_alike(before: &[f64], after: &[f64], plan: &str) {
    for ((name, tolerance, _), (before, after)) in STATISTICS.iter().zip(before.iter().zip(after)) {
        let off = (after / before - 1.0).abs();
        assert!(off <= *tolerance, "{name}: {before} became {after}\n{plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_sqlite_holds_no_cell_and_fills_its_like() {
    let source = Shop::new(SCHEMA);
    let connection = source.open();
    connection
        .execute_batch(&format!("BEGIN; {} COMMIT", rows()))
        .unwrap();
    let mut cells = BTreeSet::new();
    for table in ["customers", "orders", "coupons"] {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let width = statement.column_count();
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            for column in 0..width {
                match row.get::<_, rusqlite::types::Value>(column).unwrap() {
                    rusqlite::types::Value::Integer(number) => cells.insert(number.to_string()),
                    rusqlite::types::Value::Real(number) => cells.insert(number.to_string()),
                    rusqlite::types::Value::Text(text) => cells.insert(text),
                    _ => false,
                };
            }
        }
    }
    let bytes = std::fs::read(source.path()).unwrap();
    let mut queries = Vec::new();
    let mut on_query = |query: &str| queries.push(query.to_owned());
    let options = ProfileOptions::default();
    let profiled = seed::profile(&source.database(), &options, &mut on_query)
        .await
        .unwrap();
    assert_eq!(profiled.notes, Vec::<String>::new());
    assert!(queries.iter().any(|query| query.contains("query_only")));
    assert!(
        queries.iter().all(|query| !query.contains("email\",")),
        "{queries:?}"
    );
    assert!(
        bytes == std::fs::read(source.path()).unwrap(),
        "the source is as it was"
    );
    assert_nothing_leaked(&cells, &profiled.plan);
    assert_nothing_of_people(&profiled.plan);
    // SQLite has moments as text.
    let seen = "seen_at = { gen = \"timestamp\", from = \"202";
    assert!(profiled.plan.contains(seen), "{}", profiled.plan);

    let numbers = |connection: &rusqlite::Connection| -> Vec<f64> {
        let ask = |(_, _, query): &(&str, f64, &str)| {
            connection.query_row(query, [], |row| row.get(0)).unwrap()
        };
        STATISTICS.iter().map(ask).collect()
    };
    let target = Shop::new(SCHEMA);
    let plan = Plan::parse(&profiled.plan, "profile.toml")
        .unwrap_or_else(|error| panic!("{error}\n{}", profiled.plan));
    let filled = fill(&plan, &target.database(), &Options::default()).await;
    filled.unwrap_or_else(|error| panic!("{error:?}\n{}", profiled.plan));
    assert_alike(
        &numbers(&connection),
        &numbers(&target.open()),
        &profiled.plan,
    );
}

/// Lines of columns that are about people have guesses, and no histograms.
fn assert_nothing_of_people(plan: &str) {
    for column in ["email", "first_name", "api_token", "born_on"] {
        let line = plan
            .lines()
            .find(|line| line.starts_with(&format!("{column} = ")));
        let line = line.unwrap_or_else(|| panic!("{column}: {plan}"));
        assert!(!line.contains("bins") && !line.contains("values"), "{line}");
    }
    assert!(!plan.contains("theft"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_postgres_holds_no_cell_and_fills_its_like() {
    let cluster = Postgres::start().await;
    cluster.database("source", SCHEMA).await;
    let client = cluster.client("source").await;
    client
        .batch_execute(&format!("BEGIN; {} COMMIT", rows()))
        .await
        .unwrap();
    let mut cells = BTreeSet::new();
    for table in ["customers", "orders", "coupons"] {
        let found = client
            .simple_query(&format!("SELECT * FROM {table}"))
            .await
            .unwrap();
        for message in found {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                let values = (0..row.len()).filter_map(|index| row.get(index));
                cells.extend(values.map(str::to_owned));
            }
        }
    }
    // Somebody who may read, and no more.
    client
        .batch_execute(
            "CREATE ROLE reader LOGIN PASSWORD 'only-reads';
             GRANT SELECT ON customers, orders, coupons TO reader",
        )
        .await
        .unwrap();
    let database = Database::parse(&cluster.url_of("reader", "only-reads", "source")).unwrap();
    let mut queries = Vec::new();
    let mut on_query = |query: &str| queries.push(query.to_owned());
    let profiled = seed::profile(&database, &ProfileOptions::default(), &mut on_query)
        .await
        .unwrap();
    assert!(queries[0].contains("READ ONLY") && queries[0].contains("statement_timeout = 30000"));
    assert_eq!(profiled.notes, Vec::<String>::new());
    assert!(!profiled.plan.contains("only-reads"));
    assert_nothing_leaked(&cells, &profiled.plan);
    assert_nothing_of_people(&profiled.plan);

    let target = Database::parse(&cluster.database("target", SCHEMA).await).unwrap();
    let plan = Plan::parse(&profiled.plan, "profile.toml")
        .unwrap_or_else(|error| panic!("{error}\n{}", profiled.plan));
    let filled = fill(&plan, &target, &Options::default()).await;
    filled.unwrap_or_else(|error| panic!("{error:?}\n{}", profiled.plan));
    let mut numbers = Vec::new();
    for client in [&client, &cluster.client("target").await] {
        let mut found = Vec::new();
        for (_, _, query) in STATISTICS {
            let query =
                query
                    .replacen("SELECT ", "SELECT (", 1)
                    .replacen(" FROM", ")::float8 FROM", 1);
            let row = client.query_one(&query, &[]).await.unwrap();
            found.push(row.get::<_, f64>(0));
        }
        numbers.push(found);
    }
    assert_alike(&numbers[0], &numbers[1], &profiled.plan);

    // Above a higher count fewer values are told, and a table that may not be read is noted.
    client
        .batch_execute("REVOKE SELECT ON coupons FROM reader")
        .await
        .unwrap();
    let strict = ProfileOptions {
        min_count: 200,
        ..ProfileOptions::default()
    };
    let profiled = seed::profile(&database, &strict, &mut |_| ())
        .await
        .unwrap();
    assert!(profiled.plan.contains("active") && !profiled.plan.contains("on hold"));
    assert!(!profiled.plan.contains("Wq-offer"));
    let noted = profiled.notes.join("\n");
    assert!(
        noted.contains("`coupons` was refused (SQLSTATE 42501)"),
        "{noted}"
    );
}

#[tokio::test]
async fn what_makes_rows_differ_is_not_measured_away() {
    let schema = "
        CREATE TABLE django_content_type (id INTEGER PRIMARY KEY, model TEXT NOT NULL UNIQUE);
        INSERT INTO django_content_type VALUES (3, 'user'), (4, 'group'), (9, 'post'), (12, 'page');
        CREATE TABLE boards (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE pins (id INTEGER PRIMARY KEY, board_id INTEGER NOT NULL REFERENCES boards,
            slot TEXT NOT NULL CHECK (slot IN ('a', 'b', 'c', 'd')), content_type_id INTEGER NOT NULL REFERENCES django_content_type,
            UNIQUE (board_id, slot));
        CREATE TABLE stays (id INTEGER PRIMARY KEY, arrives_on TIMESTAMP NOT NULL, leaves_on TIMESTAMP NOT NULL,
            CHECK (leaves_on > arrives_on));";
    let source = Shop::new(schema);
    let mut sql = String::new();
    for board in 0..200 {
        writeln!(sql, "INSERT INTO boards VALUES ({board}, 'Board {board}');").unwrap();
        for slot in 0..=dice(board, 3) {
            // The last letter is rare.
            let letter = if dice(board, 50) == 0 {
                'd'
            } else {
                ['a', 'b', 'c'][slot as usize]
            };
            let kind = [3, 4, 9, 12][dice(board + slot, 4) as usize];
            let pin = format!(
                "INSERT OR IGNORE INTO pins VALUES ({}, {board}, '{letter}', {kind});",
                board * 4 + slot
            );
            writeln!(sql, "{pin}").unwrap();
        }
        let (day, hour) = (1 + dice(board + 500, 28), 10 + dice(board + 900, 9));
        writeln!(sql, "INSERT INTO stays VALUES ({board}, '2025-03-{day:02}T{hour}:00:00Z', '2025-03-{day:02}T{}:30:00Z');", hour + 3).unwrap();
    }
    source
        .open()
        .execute_batch(&format!("BEGIN; {sql} COMMIT"))
        .unwrap();
    let profiled = seed::profile(&source.database(), &ProfileOptions::default(), &mut |_| ()).await;
    let text = profiled.unwrap().plan;
    let plan = Plan::parse(&text, "profile.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));

    let target = Shop::new(schema);
    let filled = fill(&plan, &target.database(), &Options::default()).await;
    let filled = filled.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    assert_eq!(filled.rows["boards"], 200, "{text}");
    let pins = filled.rows["pins"];
    assert!((300..500).contains(&pins), "{pins} {text}");
    let kinds = "SELECT count(DISTINCT model) FROM pins JOIN django_content_type t ON t.id = content_type_id";
    let kinds: i64 = target
        .open()
        .query_row(kinds, [], |row| row.get(0))
        .unwrap();
    assert_eq!(kinds, 4, "{text}");
    assert!(text.contains("after = \"arrives_on\", gap"), "{text}");
}
