//! MariaDB: the server's own `LOAD DATA` of a file of the very same rows, which it reads itself.
//! Table by table with the seeder's session settings; and whole, from the empty database to the
//! committed one, where the server checks its foreign keys and the seeder does so itself.

use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rehearsal::clock::Clock;
use rehearsal::seed::Database;

use super::mariadb::Mariadb;
use super::{Comparison, fill, plan, repetitions};

const SCHEMA: &str = "
CREATE TABLE customers (id BIGINT PRIMARY KEY, first_name VARCHAR(80) NOT NULL, last_name VARCHAR(80) NOT NULL,
    email VARCHAR(190) NOT NULL UNIQUE, phone VARCHAR(40), street VARCHAR(190), city VARCHAR(80), country VARCHAR(80),
    created_at DATETIME NOT NULL, balance DECIMAL(12, 2) NOT NULL);
CREATE TABLE orders (id BIGINT PRIMARY KEY, customer_id BIGINT NOT NULL, total_cents INT NOT NULL, created_at DATETIME NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id));";

const TABLES: [&str; 2] = ["customers", "orders"];

/// Memory for all rows, and room in the log for a whole filling, as a server has that is meant for
/// as many: with the 128 MB of the default, the disk would be measured.
const SIZED: [&str; 2] = ["--innodb-buffer-pool-size=2G", "--innodb-log-file-size=4G"];

/// As `seed::run` sets its session.
const SESSION: &str =
    "SET NAMES utf8mb4; SET time_zone = '+00:00', unique_checks = 1, foreign_key_checks = 0";

pub(super) async fn compare(rows: u64) {
    let server = Mariadb::start_with(&SIZED).await;
    let url = server.database("bench", SCHEMA).await;
    let database = Database::parse(&url).unwrap();
    let mut client = server.client("bench").await;
    let plan = plan(rows, Some(rows));
    let mut held = [
        Comparison::new(
            "MariaDB, customers: LOAD DATA of a pre-made file",
            Some(0.9),
        ),
        Comparison::new("MariaDB, orders: LOAD DATA of a pre-made file", Some(0.9)),
    ];
    let mut whole = Comparison::new("  both, from connecting to the commit and statistics", None);
    let file = |table: &str| format!("{}-{table}", server.socket().display());
    fill(&plan, &database, false).await;
    for table in TABLES {
        let statement = format!("SELECT * FROM {table} INTO OUTFILE '{}'", file(table));
        run(&mut client, &statement).await;
    }
    for repetition in 0..repetitions() {
        // Neither is always the one that comes after what the other left to be tidied.
        for ours in [repetition % 2 == 0, repetition % 2 != 0] {
            empty(&mut client).await;
            if ours {
                let (filled, seconds) = fill(&plan, &database, false).await;
                whole.ours.push(seconds);
                for (held, table) in held.iter_mut().zip(TABLES) {
                    held.ours.push(filled.took_s[table]);
                }
                continue;
            }
            run(&mut client, SESSION).await;
            for (held, table) in held.iter_mut().zip(TABLES) {
                let seconds = load(&mut client, table, &file(table)).await;
                held.beside.push(seconds);
            }
            empty(&mut client).await;
            run(&mut client, "SET foreign_key_checks = 1; START TRANSACTION").await;
            let clock = Clock::start();
            for table in TABLES {
                load(&mut client, table, &file(table)).await;
            }
            run(&mut client, "COMMIT; ANALYZE TABLE customers, orders").await;
            whole.beside.push(clock.now().seconds());
        }
    }
    held[0].print(rows);
    held[1].print(rows);
    whole.print(2 * rows);
}

async fn run(client: &mut Conn, statement: &str) {
    client.query_drop(statement).await.unwrap();
}

async fn empty(client: &mut Conn) {
    let statement = "SET foreign_key_checks = 0; TRUNCATE orders; TRUNCATE customers";
    run(client, statement).await;
    // What the server does with the old tables afterwards is not measured.
    tokio::time::sleep(Duration::from_secs(1)).await;
}

async fn load(client: &mut Conn, table: &str, file: &str) -> f64 {
    let clock = Clock::start();
    let statement = format!("LOAD DATA INFILE '{file}' INTO TABLE {table} CHARACTER SET utf8mb4");
    run(client, &statement).await;
    clock.now().seconds()
}
