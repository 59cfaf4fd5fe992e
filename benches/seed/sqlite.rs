//! SQLite in WAL: prepared inserts of pre-made rows.

use std::path::Path;

use rehearsal::clock::Clock;
use rehearsal::seed::Database;
use rusqlite::Connection;

use super::{Comparison, fill, plan, repetitions};

const SCHEMA: &str = "
CREATE TABLE customers (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE, phone TEXT, street TEXT, city TEXT, country TEXT,
    created_at TEXT NOT NULL, balance NUMERIC NOT NULL);
CREATE INDEX customers_city ON customers (city);";

pub(super) async fn compare(rows: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut held = Comparison::new("SQLite, WAL: prepared inserts of pre-made rows", Some(0.8));
    let mut after = Comparison::new("  the same, its index built after", None);
    let plan = plan(rows, None);
    let mut premade = Vec::new();
    for _ in 0..repetitions() {
        let path = folder.path().join("ours.db");
        let connection = open(&path);
        let url = format!("sqlite:{}", path.display());
        let (filled, _) = fill(&plan, &Database::parse(&url).unwrap(), false).await;
        held.ours.push(filled.took_s["customers"]);
        after.ours.push(filled.took_s["customers"]);
        if premade.is_empty() {
            premade = read(&connection);
        }
        remove(connection, &path);
        for (beside, index_after) in [(&mut held.beside, false), (&mut after.beside, true)] {
            let path = folder.path().join("raw.db");
            let mut raw = open(&path);
            beside.push(insert(&mut raw, &premade, index_after));
            remove(raw, &path);
        }
    }
    held.print(rows);
    after.print(rows);
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536",
        )
        .unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

fn remove(connection: Connection, path: &Path) {
    connection.close().unwrap();
    std::fs::remove_file(path).unwrap();
}

type Row = Vec<rusqlite::types::Value>;

fn read(connection: &Connection) -> Vec<Row> {
    let mut statement = connection.prepare("SELECT * FROM customers").unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|column| row.get(column)).collect());
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// Seconds until all is in its place, but for the commit.
fn insert(connection: &mut Connection, rows: &[Row], index_after: bool) -> f64 {
    let places = vec!["?"; rows[0].len()].join(", ");
    let transaction = connection.transaction().unwrap();
    if index_after {
        transaction
            .execute_batch("DROP INDEX customers_city")
            .unwrap();
    }
    let clock = Clock::start();
    {
        let mut statement = transaction
            .prepare(&format!("INSERT INTO customers VALUES ({places})"))
            .unwrap();
        for row in rows {
            statement.execute(rusqlite::params_from_iter(row)).unwrap();
        }
    }
    if index_after {
        transaction
            .execute_batch("CREATE INDEX customers_city ON customers (city)")
            .unwrap();
    }
    let seconds = clock.now().seconds();
    transaction.commit().unwrap();
    seconds
}
