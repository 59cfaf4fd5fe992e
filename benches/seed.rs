//! Seeding beside the bare bulk load of the very same rows, in one run: rows per second and the
//! ratio. `cargo bench --bench seed`; `REHEARSAL_BENCH_ROWS` sets the number of customers.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "../tests/it/support/mysql.rs"]
mod mariadb;
#[path = "seed/mysql.rs"]
mod mysql;
#[path = "../tests/it/support/postgres.rs"]
mod postgres;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use rehearsal::clock::Clock;
use rehearsal::seed::{self, Database, Options, Plan};

use postgres::Postgres;

const REPETITIONS: usize = 3;

const POSTGRES_SCHEMA: &str = "
CREATE TABLE customers (id bigint PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL,
    email text NOT NULL UNIQUE, phone text, street text, city text, country text,
    created_at timestamptz NOT NULL, balance numeric NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,
    total_cents int NOT NULL, created_at timestamptz NOT NULL);";

const SQLITE_SCHEMA: &str = "
CREATE TABLE customers (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE, phone TEXT, street TEXT, city TEXT, country TEXT,
    created_at TEXT NOT NULL, balance NUMERIC NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,
    total_cents INT NOT NULL, created_at TEXT NOT NULL);";

const PLAN: &str = r#"
seed = 1
locales = ["en_US", "de_DE", "fr_FR"]
[tables.customers]
rows = ROWS
[tables.customers.columns]
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
[tables.orders]
per_parent = { table = "customers", mean = 1.0, max = 20 }
[tables.orders.columns]
id = "sequence"
customer_id = "parent"
total_cents = { gen = "integer", min = 100, max = 50000, shape = "log" }
created_at = { gen = "timestamp", after = "customer_id.created_at" }
"#;

const TABLES: [&str; 2] = ["customers", "orders"];

#[tokio::main]
async fn main() {
    let rows = std::env::var("REHEARSAL_BENCH_ROWS").unwrap_or("300000".to_owned());
    let plan = Plan::parse(&PLAN.replace("ROWS", &rows), "bench.toml").expect("the plan is valid");
    println!(
        "{:<12} {:<10} {:>12} {:>12} {:>7}",
        "database", "table", "ours rows/s", "raw rows/s", "ratio"
    );
    on_postgres(&plan).await;
    mysql::on_mariadb(&plan).await;
    on_sqlite(&plan).await;
}

/// Median rates of ours and raw, per table.
struct Rates {
    rows: Vec<u64>,
    ours: Vec<Vec<f64>>,
    raw: Vec<Vec<f64>>,
}

impl Rates {
    fn new() -> Self {
        Self {
            rows: vec![0; TABLES.len()],
            ours: vec![Vec::new(); TABLES.len()],
            raw: vec![Vec::new(); TABLES.len()],
        }
    }

    fn print(&mut self, database: &str) {
        for (index, table) in TABLES.iter().enumerate() {
            let rows = self.rows[index] as f64;
            let rate = |seconds: &mut Vec<f64>| {
                seconds.sort_by(f64::total_cmp);
                rows / seconds[seconds.len() / 2]
            };
            let (ours, raw) = (rate(&mut self.ours[index]), rate(&mut self.raw[index]));
            println!(
                "{database:<12} {table:<10} {ours:>12.0} {raw:>12.0} {:>7.2}",
                ours / raw
            );
        }
    }

    fn note(&mut self, filled: &seed::Filled) {
        for (index, table) in TABLES.iter().enumerate() {
            self.rows[index] = filled.rows[*table];
            self.ours[index].push(filled.took_s[*table]);
        }
    }
}

async fn run(plan: &Plan, database: &Database) -> seed::Filled {
    let options = Options {
        refill: true,
        ..Options::default()
    };
    let filled = seed::run(plan, database, &options, &mut |_| ()).await;
    filled.expect("the bench database is filled")
}

async fn on_postgres(plan: &Plan) {
    let cluster = Postgres::start().await;
    let url = cluster.database("bench", POSTGRES_SCHEMA).await;
    let database = Database::parse(&url).expect("a valid URL");
    let client = cluster.client("bench").await;
    let mut rates = Rates::new();
    for _ in 0..REPETITIONS {
        client
            .batch_execute("CHECKPOINT")
            .await
            .expect("checkpoint");
        rates.note(&run(plan, &database).await);
        let mut premade = Vec::new();
        for table in TABLES {
            premade.push(copy_out(&client, table).await);
        }
        client
            .batch_execute("TRUNCATE customers, orders; CHECKPOINT")
            .await
            .expect("truncate");
        for (index, table) in TABLES.iter().enumerate() {
            rates.raw[index].push(copy_in(&client, table, &premade[index]).await);
        }
    }
    rates.print("PostgreSQL");
}

async fn copy_out(client: &tokio_postgres::Client, table: &str) -> Vec<Bytes> {
    let statement = format!("COPY {table} TO STDOUT (FORMAT binary)");
    let stream = client.copy_out(&statement).await.expect("copy out");
    let rows: Vec<Bytes> = stream.map(|row| row.expect("a row")).collect().await;
    let all = rows.concat();
    all.chunks(256 * 1024).map(Bytes::copy_from_slice).collect()
}

async fn copy_in(client: &tokio_postgres::Client, table: &str, chunks: &[Bytes]) -> f64 {
    let clock = Clock::start();
    let statement = format!("COPY {table} FROM STDIN (FORMAT binary)");
    let sink = client.copy_in(&statement).await.expect("copy in");
    let mut sink = std::pin::pin!(sink);
    for chunk in chunks {
        sink.feed(chunk.clone()).await.expect("a chunk");
    }
    sink.finish().await.expect("the rows");
    clock.now().seconds()
}

async fn on_sqlite(plan: &Plan) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rates = Rates::new();
    for repetition in 0..REPETITIONS {
        let path = folder.path().join(format!("ours{repetition}.db"));
        let connection = open(&path);
        let url = format!("sqlite:{}", path.display());
        rates.note(&run(plan, &Database::parse(&url).expect("a valid URL")).await);
        let mut raw = open(&folder.path().join(format!("raw{repetition}.db")));
        raw.execute_batch(
            "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536",
        )
        .expect("pragmas");
        for (index, table) in TABLES.iter().enumerate() {
            let rows = read(&connection, table);
            rates.raw[index].push(insert(&mut raw, table, &rows));
        }
    }
    rates.print("SQLite WAL");
}

fn open(path: &std::path::Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).expect("a database");
    connection
        .execute_batch("PRAGMA journal_mode = WAL")
        .expect("WAL");
    connection.execute_batch(SQLITE_SCHEMA).expect("the schema");
    connection
}

type Row = Vec<rusqlite::types::Value>;

fn read(connection: &rusqlite::Connection, table: &str) -> Vec<Row> {
    let mut statement = connection
        .prepare(&format!("SELECT * FROM {table}"))
        .expect("select");
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|column| row.get(column)).collect());
    rows.expect("rows")
        .collect::<rusqlite::Result<_>>()
        .expect("rows")
}

fn insert(connection: &mut rusqlite::Connection, table: &str, rows: &[Row]) -> f64 {
    let places = vec!["?"; rows[0].len()].join(", ");
    let clock = Clock::start();
    let transaction = connection.transaction().expect("a transaction");
    {
        let mut statement = transaction
            .prepare(&format!("INSERT INTO {table} VALUES ({places})"))
            .expect("insert");
        for row in rows {
            statement
                .execute(rusqlite::params_from_iter(row))
                .expect("a row");
        }
    }
    transaction.commit().expect("commit");
    clock.now().seconds()
}
