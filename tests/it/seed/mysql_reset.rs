//! MariaDB: the same data before every run, and the old data after an interruption.

use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rehearsal::seed::{self, Database, Filled, Origin, Plan, Reset, SeedError};

use super::mysql::{SHOP, database, one, shop_rows};
use super::{fill, shop, small};
use crate::support::mysql::{Mariadb, PASSWORD};
use crate::support::program::rehearsal;

/// What a crowd does to a shop: adds, changes, removes, and exchanges values that are unique.
const TRAFFIC: &str = "
    INSERT INTO sessions VALUES ('s1', 1, 'token', NULL, '2026-11-01 00:00:00');
    INSERT INTO cart_items VALUES ('s1', 1, 2);
    INSERT INTO categories (slug, name) VALUES ('new', 'New');
    UPDATE products SET stock = stock + 1 WHERE id % 3 = 0;
    UPDATE categories SET name = upper(name);
    UPDATE customers SET email = 'x' WHERE id = 1;
    SET @swapped = (SELECT email FROM customers WHERE id = 2);
    UPDATE customers SET email = 'y' WHERE id = 2;
    UPDATE customers SET email = @swapped WHERE id = 1;
    DELETE FROM order_lines WHERE id = 5;
    DELETE FROM reviews;";

async fn ensure(plan: &Plan, database: &Database, reset: Reset) -> Result<Filled, SeedError> {
    seed::ensure(plan, database, reset, &small(), &mut |_| ()).await
}

async fn visits(client: &mut Conn) -> (u64, u64) {
    one(
        client,
        "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM cart_items)",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_comes_back_under_connected_clients() {
    let plan = shop();
    let server = Mariadb::start().await;
    let database = database(&server.database("shop", SHOP).await);
    let mut client = server.client("shop").await;
    let first = ensure(&plan, &database, Reset::Snapshot).await.unwrap();
    assert_eq!(
        (first.origin, first.notes.len()),
        (Origin::Filled, 0),
        "{:?}",
        first.notes
    );
    let before = shop_rows(&mut client).await;
    client.query_drop(TRAFFIC).await.unwrap();
    assert_ne!(shop_rows(&mut client).await, before);

    let second = ensure(&plan, &database, Reset::Snapshot).await.unwrap();
    assert_eq!(
        (second.origin, &second.feeds),
        (Origin::Restored, &first.feeds)
    );
    assert!(
        shop_rows(&mut client).await == before,
        "not the rows of the snapshot"
    );
    assert_eq!(visits(&mut client).await, (0, 0));
    let insert = "INSERT INTO categories (slug, name) VALUES ('new', 'New')";
    client.query_drop(insert).await.unwrap();
    assert_eq!(
        client.last_insert_id(),
        Some(9),
        "numbers go on where they did"
    );

    // Another plan gives way to none but its own rows, and only the last snapshot stays.
    let larger = rehearsal::seed::Options {
        scale: 0.06,
        ..small()
    };
    let other = seed::ensure(&plan, &database, Reset::Snapshot, &larger, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(
        (other.origin, other.rows["customers"]),
        (Origin::Filled, 240)
    );
    let left =
        "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'shop%rehearsal%'";
    assert_eq!(one::<u64>(&mut client, left).await, 1);

    // By hand; a table that was changed since is not overwritten.
    seed::snapshot(&database, "before").await.unwrap();
    let before = shop_rows(&mut client).await;
    client.query_drop(TRAFFIC).await.unwrap();
    seed::restore(&database, "before", None).await.unwrap();
    assert!(
        shop_rows(&mut client).await == before,
        "not the rows of the snapshot"
    );
    let none = seed::restore(&database, "never", None).await.unwrap_err();
    assert!(matches!(none, SeedError::NoSnapshot { .. }), "{none}");
    client
        .query_drop("ALTER TABLE reviews ADD helpful INT")
        .await
        .unwrap();
    let changed = seed::restore(&database, "before", None).await.unwrap_err();
    assert!(
        changed.to_string().contains("`reviews` is not what it was"),
        "{changed}"
    );
    client
        .query_drop("ALTER TABLE reviews DROP helpful")
        .await
        .unwrap();

    // Triggers would run again while rows are put back: the tables are filled each time instead.
    let trigger =
        "CREATE TRIGGER counted BEFORE INSERT ON sessions FOR EACH ROW SET NEW.csrf = 'x'";
    client.query_drop(trigger).await.unwrap();
    let refused = seed::restore(&database, "before", None).await.unwrap_err();
    assert!(
        refused.to_string().contains("trigger `counted`"),
        "{refused}"
    );
    let filled = ensure(&plan, &database, Reset::Snapshot).await.unwrap();
    assert_eq!(filled.origin, Origin::Filled);
    assert!(
        filled.notes[0].contains("filled again before every run"),
        "{:?}",
        filled.notes
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refilling_and_keeping() {
    let plan = shop();
    let server = Mariadb::start().await;
    let database = database(&server.database("shop", SHOP).await);
    let mut client = server.client("shop").await;
    let first = ensure(&plan, &database, Reset::Keep).await.unwrap();
    assert_eq!(first.origin, Origin::Filled);
    let before = shop_rows(&mut client).await;
    let again = fill(&plan, &database, &small()).await.unwrap_err();
    assert!(
        again
            .to_string()
            .contains("not empty: `categories` (8 rows)"),
        "{again}"
    );
    client.query_drop(TRAFFIC).await.unwrap();
    let changed = shop_rows(&mut client).await;
    let kept = ensure(&plan, &database, Reset::Keep).await.unwrap();
    assert_eq!(kept.origin, Origin::Kept);
    assert!(shop_rows(&mut client).await == changed);
    let refilled = ensure(&plan, &database, Reset::Refill).await.unwrap();
    assert_eq!(
        (refilled.removed["sessions"], refilled.removed["cart_items"]),
        (1, 1)
    );
    assert!(
        shop_rows(&mut client).await == before,
        "not the rows of the first filling"
    );
    client
        .query_drop("INSERT INTO categories (slug, name) VALUES ('n', 'N')")
        .await
        .unwrap();
    assert_eq!(client.last_insert_id(), Some(9), "numbers are set back");

    // A user that may not make databases refills.
    client
        .query_drop(format!(
            "CREATE USER clerk@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON shop.* TO clerk@'%'"
        ))
        .await
        .unwrap();
    let clerk = Database::parse(&server.url_of("clerk", PASSWORD, "shop")).unwrap();
    let filled = ensure(&plan, &clerk, Reset::Snapshot).await.unwrap();
    assert_eq!(
        (filled.origin, filled.removed["categories"]),
        (Origin::Filled, 9)
    );
    assert!(
        filled.notes[0].contains("filled again before every run"),
        "{:?}",
        filled.notes
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_make_no_tables_seeds_without_a_record() {
    let plan = Plan::parse(NOTES_PLAN, "notes.toml").unwrap();
    let server = Mariadb::start().await;
    server.database("shop", NOTES).await;
    let mut client = server.client("shop").await;
    client
        .query_drop(format!(
            "DELETE FROM notes; CREATE USER clerk@'%' IDENTIFIED BY '{PASSWORD}';
             GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO clerk@'%'"
        ))
        .await
        .unwrap();
    let clerk = database(&server.url_of("clerk", PASSWORD, "shop"));
    let options = seed::Options::default();
    let filled = fill(&plan, &clerk, &options).await.unwrap();
    let told = |note: &String| note.contains("could not be noted") && note.contains("no top-up");
    assert!(filled.notes.iter().any(told), "{:?}", filled.notes);
    assert_eq!(
        one::<u64>(&mut client, "SELECT count(*) FROM notes").await,
        10
    );
    // Its rows are known again all the same; but comparing them needs a temporary table.
    let error = seed::audit(&plan, &clerk, &options, u64::MAX, &mut |_| ()).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("right CREATE TEMPORARY TABLES"), "{error}");
}

const NOTES: &str =
    "CREATE TABLE notes (id BIGINT PRIMARY KEY, name VARCHAR(80) NOT NULL, text TEXT NOT NULL);
    INSERT INTO notes SELECT seq, 'x', 'note' FROM seq_1_to_20000";
const NOTES_PLAN: &str = "[tables.notes]\nrows = 10\n[tables.notes.columns]\nid = \"sequence\"\nname = \"full_name\"\ntext = \"sentence\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_production_need_the_name() {
    let plan = Plan::parse(NOTES_PLAN, "notes.toml").unwrap();
    let server = Mariadb::start().await;
    let database = database(&server.database("shop", NOTES).await);
    let refill = async |confirm: Option<&str>| {
        let options = seed::Options {
            confirm: confirm.map(str::to_owned),
            ..seed::Options::default()
        };
        seed::ensure(&plan, &database, Reset::Refill, &options, &mut |_| ()).await
    };
    // Many rows of which nothing says that they were seeded.
    let error = refill(None).await.unwrap_err().to_string();
    assert!(
        error.contains("not seeded") && error.contains("`notes` (20000 rows)"),
        "{error}"
    );
    assert!(refill(Some("Shop")).await.is_err());
    let filled = refill(Some("shop")).await.unwrap();
    assert_eq!(filled.removed["notes"], 20_000);
    // What was seeded once is known, whatever the application did with it.
    let mut client = server.client("shop").await;
    let changes =
        "UPDATE notes SET text = ''; INSERT INTO notes SELECT seq, 'x', '' FROM seq_100_to_9000";
    client.query_drop(changes).await.unwrap();
    refill(None).await.unwrap();

    // Sessions at work; idle ones, as of a pool, are no sign.
    let mut sessions = Vec::new();
    for _ in 0..20 {
        sessions.push(server.client("shop").await);
    }
    refill(None).await.unwrap();
    for session in &mut sessions {
        let begin = "START TRANSACTION; SELECT count(*) FROM rehearsal_seeded";
        session.query_drop(begin).await.unwrap();
    }
    // What the server says of transactions is what it knew 0.1 s ago, if it was asked then.
    let open = "SELECT count(*) FROM information_schema.INNODB_TRX";
    while one::<u64>(&mut client, open).await < 20 {
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    let error = refill(None).await.unwrap_err().to_string();
    assert!(error.contains("20 other sessions are at work"), "{error}");
    drop(sessions);

    // A server that follows another one, which need not answer.
    let follow = "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'x';
                  START SLAVE";
    client.query_drop(follow).await.unwrap();
    for error in [
        refill(None).await.unwrap_err(),
        seed::restore(&database, "x", None).await.unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("is a replica of another one"), "{error}");
    }
    refill(Some("shop")).await.unwrap();
    client.query_drop("STOP SLAVE").await.unwrap();
}

/// A table large enough to be caught in the middle.
const LARGE: &str = r#"
seed = 5
[tables.readings]
rows = 150000
[tables.readings.columns]
id = "sequence"
name = "full_name"
value = { gen = "integer", min = 0, max = 1000000 }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_filling_leaves_the_old_rows() {
    let server = Mariadb::start().await;
    let schema = "CREATE TABLE readings (id INT PRIMARY KEY, name TEXT NOT NULL, value INT NOT NULL, KEY (value));
        INSERT INTO readings VALUES (1, 'old', 1), (2, 'old', 2)";
    let url = server.database("readings", schema).await;
    let mut client = server.client("readings").await;
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.toml");
    std::fs::write(&plan, LARGE).unwrap();
    let begin = || {
        rehearsal(folder.path())
            .args(["seed", "run", "plan.toml", "--reset", "refill"])
            .env("DATABASE_URL", &url)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    for by_server in [false, true] {
        let mut child = begin();
        let session = until_half_filled(&mut client).await;
        if by_server {
            client
                .query_drop(format!("KILL CONNECTION {session}"))
                .await
                .unwrap();
        } else {
            // SIGKILL: it can do nothing about it.
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        assert!(!output.status.success());
        until_undone(&mut client).await;
        let old: (u64, String) = one(&mut client, "SELECT count(*), min(name) FROM readings").await;
        assert_eq!(
            old,
            (2, "old".to_owned()),
            "killed by the server: {by_server}"
        );
    }
    let output = begin().wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        one::<u64>(&mut client, "SELECT count(*) FROM readings").await,
        150_000
    );
}

/// The server tells old news of its transactions to whoever asks ten times a second.
const UNASKED: Duration = Duration::from_millis(150);

/// Waits until a good part of the rows is written, as those see who read what is not committed;
/// gives the session that writes.
async fn until_half_filled(client: &mut Conn) -> u64 {
    client
        .query_drop("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
        .await
        .unwrap();
    for _ in 0..2_000 {
        let rows: u64 = one(client, "SELECT count(*) FROM readings").await;
        if rows > 10_000 {
            tokio::time::sleep(UNASKED).await;
            let writer = "SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX
                           WHERE trx_rows_modified > 0 ORDER BY trx_rows_modified DESC LIMIT 1";
            if let Some(session) = client.query_first(writer).await.unwrap() {
                return session;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nothing is being filled");
}

/// Waits until the server has undone what was begun.
async fn until_undone(client: &mut Conn) {
    client
        .query_drop("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        .await
        .unwrap();
    for _ in 0..400 {
        let open = "SELECT count(*) FROM information_schema.INNODB_TRX WHERE trx_rows_modified > 0";
        if one::<u64>(client, open).await == 0 {
            return;
        }
        tokio::time::sleep(UNASKED).await;
    }
    panic!("the server does not undo it");
}
