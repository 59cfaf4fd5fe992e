//! Restoring under an application that is at work, and under `kill -9`; signs of production.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rehearsal::clock::Clock;
use rehearsal::seed::{self, Database, Options, Plan, Reset, SeedError};

use super::{Shop, fill};
use crate::support::postgres::Postgres;
use crate::support::program::{rehearsal, said};

const SCHEMA: &str = "
    CREATE TABLE notes (id bigint PRIMARY KEY, text text NOT NULL);
    INSERT INTO notes SELECT n, 'note ' || n FROM generate_series(1, 20000) n;";

const STATE: &str = "SELECT count(*), count(*) FILTER (WHERE text LIKE 'note %') FROM notes";

async fn state(cluster: &Postgres) -> (i64, i64) {
    let client = cluster.client("shop").await;
    let row = client.query_one(STATE, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

async fn copies(cluster: &Postgres) -> Vec<String> {
    let client = cluster.client("postgres").await;
    let names = "SELECT datname::text FROM pg_database WHERE datname ~ '^shop_' ORDER BY 1";
    let rows = client.query(names, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// An application that asks again and again, and connects again when its connection is gone.
async fn worker(url: String, stop: Arc<AtomicBool>, answers: Arc<AtomicU64>) {
    while !stop.load(Ordering::Relaxed) {
        let Ok((client, connection)) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await
        else {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        let connection = tokio::spawn(connection);
        while !stop.load(Ordering::Relaxed) {
            match client.query_one("SELECT count(*) FROM notes", &[]).await {
                Ok(_) => answers.fetch_add(1, Ordering::Relaxed),
                Err(_) => break,
            };
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(client);
        let _ended = connection.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_with_a_busy_pool_is_served_again() {
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", SCHEMA).await;
    let database = Database::parse(&url).unwrap();
    seed::snapshot(&database, "before").await.unwrap();
    let (stop, answers) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let pool: Vec<_> = (0..12)
        .map(|_| tokio::spawn(worker(url.clone(), Arc::clone(&stop), Arc::clone(&answers))))
        .collect();
    for _ in 0..3 {
        let client = cluster.client("shop").await;
        client
            .batch_execute("UPDATE notes SET text = 'changed'")
            .await
            .unwrap();
        seed::restore(&database, "before", None).await.unwrap();
        assert_eq!(state(&cluster).await, (20_000, 20_000));
        let before = answers.load(Ordering::Relaxed);
        let clock = Clock::start();
        while answers.load(Ordering::Relaxed) < before + 50 {
            assert!(clock.now().0 < 30_000_000, "the pool is not served again");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    for worker in pool {
        worker.await.unwrap();
    }
    assert_eq!(copies(&cluster).await, ["shop_rehearsal_before"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_restore_leaves_a_usable_database() {
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", SCHEMA).await;
    let database = Database::parse(&url).unwrap();
    seed::snapshot(&database, "before").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = |what: &str, after: Option<Duration>| {
        let mut child = rehearsal(folder.path())
            .args(["seed", what, "--name", "before", "--database", &url])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let Some(after) = after {
            std::thread::sleep(after);
            let _has_ended = child.kill();
        }
        let output = child.wait_with_output().unwrap();
        let killed = output.status.code().is_none();
        assert!(killed || output.status.success(), "{}", said(&output));
        killed
    };
    let clock = Clock::start();
    run("restore", None);
    let whole = Duration::from_micros(clock.now().0);
    let mut killed = 0;
    let points = 6;
    for number in 1..=points {
        let client = cluster.client("shop").await;
        client
            .batch_execute("UPDATE notes SET text = 'changed'")
            .await
            .unwrap();
        drop(client);
        killed += u32::from(run(
            "restore",
            Some(whole.mul_f64(f64::from(number) / f64::from(points + 1))),
        ));
        let found = state(&cluster).await;
        assert!(
            found == (20_000, 0) || found == (20_000, 20_000),
            "point {number}: {found:?}"
        );
    }
    assert!(killed > 0, "no restore was killed: {whole:?}");
    // The next command tidies up what was left; the spare may be there or not.
    run("restore", None);
    assert_eq!(state(&cluster).await, (20_000, 20_000));
    let only_ours = |names: Vec<String>| {
        let ours = |name: &String| name.starts_with("shop_rehearsal_before");
        assert!(names.iter().all(ours), "{names:?}");
    };
    only_ours(copies(&cluster).await);

    // A snapshot that is not finished is none, and the one of before stays until the new one is.
    for number in 1..=3 {
        run("snapshot", Some(whole.mul_f64(f64::from(number) / 4.0)));
        run("restore", None);
        assert_eq!(state(&cluster).await, (20_000, 20_000), "point {number}");
        only_ours(copies(&cluster).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_in_the_middle_of_a_swap_are_found_and_put_right() {
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", SCHEMA).await;
    let database = Database::parse(&url).unwrap();
    seed::snapshot(&database, "before").await.unwrap();
    // As a command leaves them that ended before its swap, after it, and before its snapshot had
    // its name.
    let admin = cluster.client("postgres").await;
    for name in ["next", "old", "part"] {
        let copy = format!("CREATE DATABASE shop_rehearsal_{name}");
        admin.batch_execute(&copy).await.unwrap();
    }
    // A database of the name that nobody marked as a snapshot is not taken for one.
    admin
        .batch_execute("CREATE DATABASE shop_rehearsal_other")
        .await
        .unwrap();
    let error = seed::restore(&database, "other", None).await.unwrap_err();
    assert!(matches!(error, SeedError::NoSnapshot { .. }), "{error}");
    let error = seed::restore(&database, "old", None).await.unwrap_err();
    assert!(
        matches!(error, SeedError::SnapshotRefused { .. }),
        "{error}"
    );
    seed::restore(&database, "before", None).await.unwrap();
    assert_eq!(state(&cluster).await, (20_000, 20_000));
    assert_eq!(
        copies(&cluster).await,
        ["shop_rehearsal_before", "shop_rehearsal_other"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spare_is_put_in_place_and_goes_with_its_snapshot() {
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", SCHEMA).await;
    let database = Database::parse(&url).unwrap();
    seed::snapshot(&database, "before").await.unwrap();
    seed::spare(&database, "before", true).await.unwrap();
    let both = ["shop_rehearsal_before", "shop_rehearsal_before_next"];
    assert_eq!(copies(&cluster).await, both);
    let spare = rehearsal_oid(&cluster, "shop_rehearsal_before_next").await;
    let client = cluster.client("shop").await;
    client
        .batch_execute("DELETE FROM notes WHERE id > 5")
        .await
        .unwrap();
    seed::restore(&database, "before", None).await.unwrap();
    assert_eq!(state(&cluster).await, (20_000, 20_000));
    assert_eq!(
        rehearsal_oid(&cluster, "shop").await,
        spare,
        "it was the spare"
    );
    assert_eq!(copies(&cluster).await, both[..1]);

    // One that the server makes while nobody waits is waited for by the next command.
    seed::spare(&database, "before", false).await.unwrap();
    let client = cluster.client("shop").await;
    client
        .batch_execute("DELETE FROM notes WHERE id > 5")
        .await
        .unwrap();
    seed::snapshot(&database, "before").await.unwrap();
    assert_eq!(
        copies(&cluster).await,
        both[..1],
        "a spare of other rows is none"
    );
    seed::restore(&database, "before", None).await.unwrap();
    assert_eq!(state(&cluster).await, (5, 5));
}

async fn rehearsal_oid(cluster: &Postgres, name: &str) -> u32 {
    let client = cluster.client("postgres").await;
    let row = client
        .query_one("SELECT oid FROM pg_database WHERE datname = $1", &[&name])
        .await;
    row.unwrap().get(0)
}

const PLAN: &str =
    "[tables.notes]\nrows = 10\n[tables.notes.columns]\nid = \"sequence\"\ntext = \"sentence\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_production_need_the_name() {
    let plan = Plan::parse(PLAN, "notes.toml").unwrap();
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", SCHEMA).await;
    let database = Database::parse(&url).unwrap();
    let refill = async |confirm: Option<&str>| {
        let options = Options {
            confirm: confirm.map(str::to_owned),
            ..Options::default()
        };
        seed::ensure(&plan, &database, Reset::Refill, &options, &mut |_| ()).await
    };
    // Many rows of which nothing says that they were seeded.
    let error = refill(None).await.unwrap_err().to_string();
    assert!(
        error.contains("not seeded") && error.contains("`notes` (20000 rows)"),
        "{error}"
    );
    assert_eq!(state(&cluster).await.0, 20_000);
    assert!(refill(Some("Shop")).await.is_err());
    let filled = refill(Some("shop")).await.unwrap();
    assert_eq!(filled.removed["notes"], 20_000);
    // What was seeded once is known, whatever the application did with it.
    let client = cluster.client("shop").await;
    client
        .batch_execute("UPDATE notes SET text = ''; INSERT INTO notes SELECT n, '' FROM generate_series(100, 9000) n")
        .await
        .unwrap();
    refill(None).await.unwrap();

    client
        .batch_execute("CREATE PUBLICATION feed FOR TABLE notes")
        .await
        .unwrap();
    for error in [
        refill(None).await.unwrap_err(),
        seed::restore(&database, "x", None).await.unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("publication `feed`"), "{error}");
    }
    refill(Some("shop")).await.unwrap();
    client.batch_execute("DROP PUBLICATION feed").await.unwrap();

    // Sessions at work; idle ones, as of a pool, are no sign.
    let mut sessions = Vec::new();
    for _ in 0..20 {
        sessions.push(cluster.client("shop").await);
    }
    refill(None).await.unwrap();
    for session in &sessions {
        session.batch_execute("BEGIN").await.unwrap();
    }
    let error = refill(None).await.unwrap_err().to_string();
    assert!(error.contains("20 other sessions are at work"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_that_run_are_told() {
    let plan = Plan::parse(PLAN, "notes.toml").unwrap();
    let shop = Shop::new(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
         CREATE TABLE log (id INTEGER);
         CREATE TRIGGER tells AFTER INSERT ON notes BEGIN INSERT INTO log VALUES (new.id); END;",
    );
    let filled = fill(&plan, &shop.database(), &Options::default())
        .await
        .unwrap();
    assert!(
        filled
            .notes
            .iter()
            .any(|note| note.contains("`tells` of `notes`")),
        "{:?}",
        filled.notes
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_sqlite_sees_the_old_rows_to_the_end_of_its_transaction() {
    let shop = Shop::new(
        "PRAGMA journal_mode = WAL; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
         INSERT INTO notes VALUES (1, 'first')",
    );
    // The application keeps the file open all the time, so the log is never folded away.
    let (reader, writer) = (shop.open(), shop.open());
    let text = |connection: &rusqlite::Connection| -> String {
        connection
            .query_row("SELECT group_concat(text) FROM notes", [], |row| row.get(0))
            .unwrap()
    };
    // What only stands in the log is in the snapshot, too.
    writer
        .execute_batch("INSERT INTO notes VALUES (2, 'second')")
        .unwrap();
    let database = shop.database();
    seed::snapshot(&database, "before").await.unwrap();
    writer
        .execute_batch("DELETE FROM notes WHERE id = 1")
        .unwrap();
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(text(&reader), "second");
    seed::restore(&database, "before", None).await.unwrap();
    assert_eq!(text(&reader), "second", "in its transaction");
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(text(&reader), "first,second");
    writer
        .execute_batch("INSERT INTO notes VALUES (3, 'third')")
        .unwrap();
    assert_eq!(text(&reader), "first,second,third");
    let mode: String = writer
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let sound: String = writer
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}
