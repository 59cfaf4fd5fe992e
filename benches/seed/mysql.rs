//! Seeding MariaDB beside the server's own `LOAD DATA` of a file of the very same rows, which it
//! reads itself. Table by table with the seeder's session settings; and whole, from the empty
//! database to the committed one, where the server's way has its foreign keys checked by the
//! server and the seeder's by itself.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rehearsal::clock::Clock;
use rehearsal::seed::{self, Database, Options, Plan};

use super::mariadb::Mariadb;
use super::{REPETITIONS, Rates, TABLES};

const SCHEMA: &str = "
CREATE TABLE customers (id BIGINT PRIMARY KEY, first_name VARCHAR(80) NOT NULL, last_name VARCHAR(80) NOT NULL,
    email VARCHAR(190) NOT NULL UNIQUE, phone VARCHAR(40), street VARCHAR(190), city VARCHAR(80), country VARCHAR(80),
    created_at DATETIME NOT NULL, balance DECIMAL(12, 2) NOT NULL);
CREATE TABLE orders (id BIGINT PRIMARY KEY, customer_id BIGINT NOT NULL, total_cents INT NOT NULL, created_at DATETIME NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id));";

/// As `seed::run` sets its session.
const SESSION: &str =
    "SET NAMES utf8mb4; SET time_zone = '+00:00', unique_checks = 1, foreign_key_checks = 0";

/// Prints the rates of both ways.
pub(super) async fn on_mariadb(plan: &Plan) {
    let server = Mariadb::start().await;
    let url = server.database("bench", SCHEMA).await;
    let database = Database::parse(&url).expect("a valid URL");
    let mut client = server.client("bench").await;
    let mut rates = Rates::new();
    let (mut ours, mut raw, mut rows) = (Vec::new(), Vec::new(), 0.0);
    for repetition in 0..REPETITIONS {
        empty(&mut client).await;
        let clock = Clock::start();
        let filled = seed::run(plan, &database, &Options::default(), &mut |_| ()).await;
        ours.push(clock.now().seconds());
        let filled = filled.expect("the bench database is filled");
        rows = filled.rows.values().sum::<u64>() as f64;
        rates.note(&filled);

        let file = |table: &str| format!("{}-{table}-{repetition}", server.socket().display());
        for table in TABLES {
            let statement = format!("SELECT * FROM {table} INTO OUTFILE '{}'", file(table));
            run(&mut client, &statement).await;
        }
        run(&mut client, SESSION).await;
        empty(&mut client).await;
        for (index, table) in TABLES.iter().enumerate() {
            rates.raw[index].push(load(&mut client, table, &file(table)).await);
        }
        empty(&mut client).await;
        run(&mut client, "SET foreign_key_checks = 1; START TRANSACTION").await;
        let clock = Clock::start();
        for table in TABLES {
            load(&mut client, table, &file(table)).await;
        }
        run(&mut client, "COMMIT; ANALYZE TABLE customers, orders").await;
        raw.push(clock.now().seconds());
    }
    rates.print("MariaDB");
    let rate = |seconds: &mut Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        rows / seconds[seconds.len() / 2]
    };
    let (ours, raw) = (rate(&mut ours), rate(&mut raw));
    println!(
        "{:<12} {:<10} {ours:>12.0} {raw:>12.0} {:>7.2}",
        "MariaDB",
        "whole",
        ours / raw
    );
}

async fn run(client: &mut Conn, statement: &str) {
    client.query_drop(statement).await.expect("a statement");
}

async fn empty(client: &mut Conn) {
    let statement = "SET foreign_key_checks = 0; TRUNCATE orders; TRUNCATE customers";
    run(client, statement).await;
}

async fn load(client: &mut Conn, table: &str, file: &str) -> f64 {
    let clock = Clock::start();
    let statement = format!("LOAD DATA INFILE '{file}' INTO TABLE {table} CHARACTER SET utf8mb4");
    run(client, &statement).await;
    clock.now().seconds()
}
