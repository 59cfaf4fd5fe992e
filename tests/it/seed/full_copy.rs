//! No room for a copy of a database: it stays as it is, nothing half-written is taken for a
//! snapshot, and an earlier snapshot outlives a later one that had no room.

use std::cell::Cell;
use std::path::Path;
use std::process::Output;

use super::Shop;
use super::full::{done, refused, says, seed, seed_with_room};
use super::site::{NAME, Site};
use crate::support::mysql::Mariadb;
use crate::support::postgres::Postgres;

const PLAN: &str = r#"
[tables.people]
rows = 200
[tables.people.columns]
id = "sequence"
name = "full_name"
"#;

const TOO_LITTLE: &str = "there is too little room on the disk for a copy of it";

/// A database with a small table, which the plan fills, and a large one, which has room where it
/// is and whose copy has none.
struct Source<'a> {
    url: String,
    folder: &'a Path,
    /// Whether putting a snapshot back takes as much room as taking it.
    whole: bool,
    /// Runs `rehearsal seed`.
    seed: &'a dyn Fn(&[&str]) -> Output,
}

/// People, changed people, some of the pictures. With a connection of its own: restoring may end others.
async fn state(mut site: Site) -> [i64; 3] {
    [
        site.number("SELECT count(*) FROM people").await,
        site.number("SELECT count(*) FROM people WHERE name = 'changed'")
            .await,
        site.number("SELECT count(*) FROM pictures WHERE id <= 6")
            .await,
    ]
}

/// `limit` takes the room for a copy away, or gives it back.
async fn has_no_room(
    source: &Source<'_>,
    limit: impl AsyncFn(bool),
    connect: impl AsyncFn() -> Site,
    copies: impl AsyncFn() -> i64,
) {
    let seed = source.seed;
    std::fs::write(source.folder.join("plan.toml"), PLAN).unwrap();
    let by_name = |what: &'static str| {
        let arguments = [what, "--name", "before", "--database", &source.url];
        seed(&arguments)
    };
    let (whole, changed) = ([200, 0, 6], [200, 200, 6]);

    // Before a run it is no error: the tables are filled every time instead.
    limit(true).await;
    let run = ["run", "plan.toml", "--database", &source.url];
    let filled = seed(&[&run[..], &["--reset", "snapshot"]].concat());
    done(&filled);
    says(&filled, "the tables are filled again before every run");
    assert_eq!(state(connect().await).await, whole);
    assert_eq!(copies().await, 0);

    // By hand it is one; what was begun is no snapshot.
    refused(&by_name("snapshot"), &[TOO_LITTLE]);
    assert_eq!(copies().await, 0);
    refused(&by_name("restore"), &["has no snapshot"]);
    assert_eq!(state(connect().await).await, whole);

    limit(false).await;
    let taken = ["snapshot", "--name", "before", "--database", &source.url];
    done(&seed(&[&taken[..], &["--no-spare"]].concat()));
    assert_eq!(copies().await, 1);
    let change = "UPDATE people SET name = 'changed'";
    connect().await.run(change).await;
    limit(true).await;
    refused(&by_name("snapshot"), &[TOO_LITTLE]);
    assert_eq!(copies().await, 1);
    if source.whole {
        refused(&by_name("restore"), &[TOO_LITTLE]);
    }
    assert_eq!(state(connect().await).await, changed);
    limit(false).await;
    done(&by_name("restore"));
    assert_eq!(state(connect().await).await, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_has_no_room_for_a_copy() {
    let server = Postgres::start_with_small_logs().await;
    let schema = "CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL);
        CREATE TABLE pictures (id bigint PRIMARY KEY, bytes text NOT NULL);
        ALTER TABLE pictures ALTER bytes SET STORAGE EXTERNAL;
        INSERT INTO pictures SELECT n, repeat('x', 500000) FROM generate_series(1, 6) n";
    server.database(NAME, schema).await;
    let folder = tempfile::tempdir().unwrap();
    let source = Source {
        url: server.url(NAME),
        folder: folder.path(),
        whole: true,
        seed: &|arguments| seed(folder.path(), arguments),
    };
    let copies = async || {
        let mut site = Site::in_postgres(&server, "postgres").await;
        let query = r"SELECT count(*) FROM pg_database WHERE datname LIKE 'shop\_%'";
        // A spare may still be made, or be dropped, while nobody waits.
        site.number(&format!("{query} AND datname NOT LIKE '%\\_next'"))
            .await
    };
    has_no_room(
        &source,
        async |full: bool| server.limit_files(full.then_some(2_000_000)),
        async || Site::in_postgres(&server, NAME).await,
        copies,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_has_no_room_for_a_copy() {
    let server = Mariadb::start_with(&["--innodb-log-file-size=8M"]).await;
    let schema = "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(190) NOT NULL);
        CREATE TABLE pictures (id BIGINT PRIMARY KEY, bytes VARCHAR(3000) NOT NULL);
        INSERT INTO pictures SELECT seq, repeat('x', 3000) FROM seq_1_to_6000";
    server.database(NAME, schema).await;
    let folder = tempfile::tempdir().unwrap();
    let source = Source {
        url: server.url(NAME),
        folder: folder.path(),
        // Only what differs is put back.
        whole: false,
        seed: &|arguments| seed(folder.path(), arguments),
    };
    let connect = async || Site::in_mariadb(&server, NAME).await;
    let copies = async || {
        let query =
            r"SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'shop\_%'";
        connect().await.number(query).await
    };
    let limit = async |full: bool| {
        if full {
            // What was written into a file need not be written again when nothing may be.
            let query = "SELECT group_concat(concat(TABLE_SCHEMA, '.pictures'))
                FROM information_schema.TABLES WHERE TABLE_NAME = 'pictures'";
            let tables = connect().await.text(query).await;
            let flush = format!("FLUSH TABLES {tables} FOR EXPORT; UNLOCK TABLES");
            connect().await.run(&flush).await;
        }
        server.limit_files(full.then_some(13_200_000));
    };
    has_no_room(&source, limit, connect, copies).await;
}

#[tokio::test]
async fn sqlite_has_no_room_for_a_copy() {
    let shop = Shop::new(
        "PRAGMA journal_mode = WAL;
        CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE pictures (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
        INSERT INTO pictures SELECT value, randomblob(500000) FROM json_each('[1, 2, 3, 4, 5, 6]')",
    );
    let folder = shop.folder.path();
    let full = Cell::new(false);
    let source = Source {
        url: format!("sqlite:{}", shop.path().display()),
        folder,
        whole: true,
        seed: &|arguments| {
            if full.get() {
                seed_with_room(folder, 2_000_000, arguments)
            } else {
                seed(folder, arguments)
            }
        },
    };
    let copies = async || {
        let files = std::fs::read_dir(folder).unwrap().flatten();
        let names = files.map(|file| file.file_name().into_string().unwrap());
        names
            .filter(|name| name.starts_with("shop.db.rehearsal-"))
            .count() as i64
    };
    let limit = async |now: bool| full.set(now);
    has_no_room(&source, limit, async || Site::in_sqlite(&shop), copies).await;
}
