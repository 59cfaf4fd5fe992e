//! The same data before every run.

use rehearsal::seed::{self, Database, Filled, Options, Origin, Plan, Reset, SeedError};

use super::{
    POSTGRES_SCHEMA, SQLITE_SCHEMA, Shop, fill, postgres_checksum, shop, small, sqlite_checksum,
};
use crate::support::postgres::{PASSWORD, Postgres};

/// What a crowd does to a shop.
const TRAFFIC: &str = "
    INSERT INTO sessions (id, customer_id, csrf, created_at) VALUES ('s1', 1, 'token', '2026-11-01T00:00:00Z');
    INSERT INTO cart_items VALUES ('s1', 1, 2);
    UPDATE products SET stock = stock + 1;
    DELETE FROM order_lines WHERE id = 5;
    DELETE FROM reviews;";

async fn ensure(plan: &Plan, database: &Database, reset: Reset) -> Result<Filled, SeedError> {
    seed::ensure(plan, database, reset, &small(), &mut |_| ()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_there_are_not_touched_unless_asked() {
    let plan = shop();
    let shop = Shop::new(SQLITE_SCHEMA);
    let foreign = "INSERT INTO categories VALUES (1, 'mine', 'Mine')";
    shop.open().execute_batch(foreign).unwrap();
    let before = sqlite_checksum(&shop.open());
    let error = fill(&plan, &shop.database(), &small()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("not empty: `categories` (1 row)"),
        "{error}"
    );
    // Nor when the snapshot is asked for: these rows are nobody's but the user's.
    let error = ensure(&plan, &shop.database(), Reset::Snapshot)
        .await
        .unwrap_err();
    assert!(matches!(error, SeedError::NotEmpty { .. }), "{error}");
    let kept = ensure(&plan, &shop.database(), Reset::Keep).await.unwrap();
    assert_eq!(kept.origin, Origin::Kept);
    assert_eq!(sqlite_checksum(&shop.open()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn refilling_sqlite_gives_the_same_rows_and_empties_what_is_listed() {
    let plan = shop();
    let shop = Shop::new(SQLITE_SCHEMA);
    fill(&plan, &shop.database(), &small()).await.unwrap();
    let sum = sqlite_checksum(&shop.open());
    shop.open().execute_batch(TRAFFIC).unwrap();
    assert_ne!(sqlite_checksum(&shop.open()), sum);
    let mut emptied = 0;
    let (database, options) = (shop.database(), small());
    let filled = seed::ensure(&plan, &database, Reset::Refill, &options, &mut |told| {
        if told.stage == seed::Stage::Empty {
            emptied = told.done;
        }
    })
    .await
    .unwrap();
    assert_eq!(sqlite_checksum(&shop.open()), sum);
    assert_eq!(emptied, filled.removed.values().sum::<u64>());
    assert_eq!(
        (filled.removed["sessions"], filled.removed["cart_items"]),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_the_plan_does_not_list_are_never_emptied() {
    let text = include_str!("../../../fixtures/shop.toml")
        .replace(
            "empty = [\"cart_items\", \"sessions\"]",
            "empty = [\"cart_items\"]",
        )
        .replace("scheme = \"argon2id\"", "scheme = \"argon2id\", pool = 4");
    let plan = Plan::parse(&text, "shop.toml").unwrap();
    let shop = Shop::new(SQLITE_SCHEMA);
    fill(&plan, &shop.database(), &small()).await.unwrap();
    shop.open().execute_batch(TRAFFIC).unwrap();
    let before = sqlite_checksum(&shop.open());
    let error = ensure(&plan, &shop.database(), Reset::Refill)
        .await
        .unwrap_err();
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(error.to_string().contains("`sessions` (1 row)"), "{error}");
    assert!(help.contains("empty = [\"sessions\"]"), "{help}");
    assert_eq!(sqlite_checksum(&shop.open()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_sqlite_comes_back_into_the_open_shop() {
    let plan = shop();
    let shop = Shop::new(SQLITE_SCHEMA);
    shop.open()
        .execute_batch("PRAGMA journal_mode = WAL")
        .unwrap();
    // The shop is open while its database is seeded and reset.
    let open = shop.open();
    let first = ensure(&plan, &shop.database(), Reset::Snapshot)
        .await
        .unwrap();
    assert_eq!(first.origin, Origin::Filled);
    let sum = sqlite_checksum(&open);
    open.execute_batch(TRAFFIC).unwrap();
    assert_ne!(sqlite_checksum(&open), sum);

    let second = ensure(&plan, &shop.database(), Reset::Snapshot)
        .await
        .unwrap();
    assert_eq!(second.origin, Origin::Restored);
    assert_eq!(
        (&second.feeds, &second.fingerprint),
        (&first.feeds, &first.fingerprint)
    );
    assert_eq!(
        sqlite_checksum(&open),
        sum,
        "seen through the connection that was open"
    );
    let sessions: i64 = open
        .query_row("SELECT count(*) FROM sessions", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sessions, 0);

    // Another plan: the rows are known as the seeder's own and give way, and so does the snapshot.
    let (database, larger) = (
        shop.database(),
        Options {
            scale: 0.06,
            ..small()
        },
    );
    let other = seed::ensure(&plan, &database, Reset::Snapshot, &larger, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(
        (other.origin, other.rows["customers"]),
        (Origin::Filled, 240)
    );
    assert_ne!(other.fingerprint, first.fingerprint);
    let snapshots = std::fs::read_dir(shop.folder.path()).unwrap().flatten();
    let snapshots =
        snapshots.filter(|entry| entry.file_name().to_string_lossy().contains(".rehearsal-"));
    assert_eq!(snapshots.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_postgres_comes_back_under_connected_clients() {
    let plan = shop();
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", POSTGRES_SCHEMA).await;
    let database = Database::parse(&url).unwrap();
    let idle = cluster.client("shop").await;
    let first = ensure(&plan, &database, Reset::Snapshot).await.unwrap();
    assert_eq!(
        (first.origin, first.notes.len()),
        (Origin::Filled, 0),
        "{:?}",
        first.notes
    );
    assert!(idle.is_closed() || idle.simple_query("SELECT 1").await.is_err());
    let client = cluster.client("shop").await;
    let sum = postgres_checksum(&client).await;
    client.batch_execute(TRAFFIC).await.unwrap();
    assert_ne!(postgres_checksum(&client).await, sum);

    let second = ensure(&plan, &database, Reset::Snapshot).await.unwrap();
    assert_eq!(
        (second.origin, &second.feeds),
        (Origin::Restored, &first.feeds)
    );
    let client = cluster.client("shop").await;
    assert_eq!(postgres_checksum(&client).await, sum);
    // Sequences stand behind the rows: the application's next customer does not collide.
    let id: i64 = client
        .query_one(
            "INSERT INTO orders (number, customer_id, status, total_cents, ship_name, ship_street,
                ship_city, ship_postcode, ship_country, created_at)
             VALUES ('N', 1, 'placed', 1, '', '', '', '', 'DE', now()) RETURNING id",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(id, second.rows["orders"] as i64 + 1);
    drop(client);

    let refilled = ensure(&plan, &database, Reset::Refill).await.unwrap();
    assert_eq!(refilled.removed["orders"], refilled.rows["orders"] + 1);
    assert_eq!(postgres_checksum(&cluster.client("shop").await).await, sum);

    let names = cluster.client("postgres").await;
    let count = names.query(
        "SELECT datname FROM pg_database WHERE datname ~ 'rehearsal_'",
        &[],
    );
    assert_eq!(
        count.await.unwrap().len(),
        1,
        "one snapshot, nothing left over"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_rights_refills_instead() {
    let plan = shop();
    let cluster = Postgres::start().await;
    cluster.database("shop", "SELECT 1").await;
    let admin = cluster.client("shop").await;
    admin
        .batch_execute(&format!(
            "CREATE ROLE clerk LOGIN PASSWORD '{PASSWORD}'; ALTER DATABASE shop OWNER TO clerk;
             ALTER SCHEMA public OWNER TO clerk; SET ROLE clerk; {POSTGRES_SCHEMA}"
        ))
        .await
        .unwrap();
    drop(admin);
    let database = Database::parse(&cluster.url_of("clerk", PASSWORD, "shop")).unwrap();
    let first = ensure(&plan, &database, Reset::Snapshot).await.unwrap();
    assert_eq!(first.origin, Origin::Filled);
    assert!(
        first.notes[0].contains("filled again before every run"),
        "{:?}",
        first.notes
    );
    let client = cluster.client("shop").await;
    let sum = postgres_checksum(&client).await;
    client.batch_execute(TRAFFIC).await.unwrap();
    let second = ensure(&plan, &database, Reset::Snapshot).await.unwrap();
    assert_eq!(
        (second.origin, second.removed["sessions"]),
        (Origin::Filled, 1)
    );
    assert_eq!(postgres_checksum(&client).await, sum);
}
