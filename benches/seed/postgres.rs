//! PostgreSQL: with indexes in place, with indexes built after, a child table with a foreign key.

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use rehearsal::clock::Clock;
use rehearsal::seed::Database;
use tokio_postgres::Client;

use super::cluster::Postgres;
use super::{Comparison, fill, median, plan, python, repetitions};

const SCHEMA: &str = "
CREATE TABLE customers (id bigint PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL,
    email text NOT NULL UNIQUE, phone text, street text, city text, country text,
    created_at timestamptz NOT NULL, balance numeric NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,
    total_cents int NOT NULL, created_at timestamptz NOT NULL);";

/// A server that is tuned for bulk loads and keeps its promises at a power cut.
const SETTINGS: [&str; 6] = [
    "shared_buffers=2GB",
    "max_wal_size=16GB",
    "maintenance_work_mem=512MB",
    "wal_level=replica",
    "fsync=on",
    "checkpoint_timeout=30min",
];

const WITHOUT_INDEXES: &str = "
    ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE;
    ALTER TABLE customers DROP CONSTRAINT customers_email_key";

const WITH_INDEXES: &str = "
    SET LOCAL maintenance_work_mem = '1GB';
    ALTER TABLE customers ADD PRIMARY KEY (id);
    ALTER TABLE customers ADD UNIQUE (email)";

const EMPTY: &str = "TRUNCATE customers, orders; CHECKPOINT";

pub(super) async fn compare(rows: u64) {
    let cluster = Postgres::start_with(&SETTINGS).await;
    let url = cluster.database("bench", SCHEMA).await;
    let database = Database::parse(&url).unwrap();
    let mut client = cluster.client("bench").await;

    let mut in_place = Comparison::new(
        "PostgreSQL, indexes in place: COPY of pre-made rows",
        Some(0.95),
    );
    let mut after = Comparison::new(
        "PostgreSQL, empty table: COPY of pre-made rows, indexes after",
        Some(0.95),
    );
    let mut whole = Comparison::new(
        "  the same, from connecting to the commit and statistics",
        None,
    );
    let customers = plan(rows, None);
    let mut premade = Vec::new();
    for _ in 0..repetitions() {
        client.batch_execute(EMPTY).await.unwrap();
        let (filled, _) = fill(&customers, &database, true).await;
        in_place.ours.push(filled.took_s["customers"]);
        if premade.is_empty() {
            premade = copy_out(&client, "customers").await;
        }
        client.batch_execute(EMPTY).await.unwrap();
        in_place
            .beside
            .push(copy_in(&client, "customers", &premade).await);
        client.batch_execute(EMPTY).await.unwrap();
        let (filled, seconds) = fill(&customers, &database, false).await;
        after.ours.push(filled.took_s["customers"]);
        whole.ours.push(seconds);
        client.batch_execute(EMPTY).await.unwrap();
        let clock = Clock::start();
        let (built, analyzed) = by_hand(&mut client, &premade, clock).await;
        after.beside.push(built);
        whole.beside.push(analyzed);
        client
            .batch_execute("ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers")
            .await
            .unwrap();
    }
    in_place.print(rows);
    after.print(rows);
    whole.print(rows);
    drop(premade);
    let rates = [&in_place, &after].map(|held| rows as f64 / median(&held.ours));
    children(&mut client, &database, rows).await;
    client.batch_execute(EMPTY).await.unwrap();
    python::compare(&url, rows, rates);
}

/// What a person would do: drop, load, build, and then commit and analyse.
async fn by_hand(client: &mut Client, premade: &[Bytes], clock: Clock) -> (f64, f64) {
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute(WITHOUT_INDEXES).await.unwrap();
    let begun = clock.now();
    copy_in(transaction.client(), "customers", premade).await;
    transaction.batch_execute(WITH_INDEXES).await.unwrap();
    let built = clock.now().ms_since(begun) / 1_000.0;
    transaction
        .batch_execute("ANALYZE customers")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    (built, clock.now().seconds())
}

async fn children(client: &mut Client, database: &Database, rows: u64) {
    let mut in_place = Comparison::new(
        "PostgreSQL, child table: COPY of pre-made rows, key in place",
        Some(4.0),
    );
    let mut after = Comparison::new(
        "PostgreSQL, child table: COPY of pre-made rows, key after",
        None,
    );
    let family = plan(rows / 5, Some(rows));
    let mut premade = Vec::new();
    for _ in 0..repetitions() {
        client.batch_execute(EMPTY).await.unwrap();
        let (filled, _) = fill(&family, database, false).await;
        in_place.ours.push(filled.took_s["orders"]);
        after.ours.push(filled.took_s["orders"]);
        if premade.is_empty() {
            premade = copy_out(client, "orders").await;
        }
        client
            .batch_execute("TRUNCATE orders; CHECKPOINT")
            .await
            .unwrap();
        in_place
            .beside
            .push(copy_in(client, "orders", &premade).await);
        client
            .batch_execute("TRUNCATE orders; CHECKPOINT")
            .await
            .unwrap();
        let transaction = client.transaction().await.unwrap();
        transaction
            .batch_execute(
                "ALTER TABLE orders DROP CONSTRAINT orders_pkey,
                                    DROP CONSTRAINT orders_customer_id_fkey",
            )
            .await
            .unwrap();
        let clock = Clock::start();
        copy_in(transaction.client(), "orders", &premade).await;
        transaction
            .batch_execute(
                "SET LOCAL maintenance_work_mem = '1GB';
                 ALTER TABLE orders ADD PRIMARY KEY (id);
                 ANALYZE orders;
                 ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers",
            )
            .await
            .unwrap();
        after.beside.push(clock.now().seconds());
        transaction.commit().await.unwrap();
    }
    in_place.print(rows);
    after.print(rows);
}

async fn copy_out(client: &Client, table: &str) -> Vec<Bytes> {
    let statement = format!("COPY {table} TO STDOUT (FORMAT binary)");
    let stream = client.copy_out(&statement).await.unwrap();
    let rows: Vec<Bytes> = stream.map(|row| row.unwrap()).collect().await;
    let all = rows.concat();
    all.chunks(256 * 1024).map(Bytes::copy_from_slice).collect()
}

async fn copy_in(client: &Client, table: &str, chunks: &[Bytes]) -> f64 {
    let clock = Clock::start();
    let statement = format!("COPY {table} FROM STDIN (FORMAT binary)");
    let sink = client.copy_in(&statement).await.unwrap();
    let mut sink = std::pin::pin!(sink);
    for chunk in chunks {
        sink.feed(chunk.clone()).await.unwrap();
    }
    sink.finish().await.unwrap();
    clock.now().seconds()
}
