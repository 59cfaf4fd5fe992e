//! No room while a fill goes on: files may not grow any further, which is a full disk to a
//! database. The message says where and what to do, the old rows are there with their indexes,
//! fewer rows fit, and with room all of them do.

use std::path::Path;
use std::process::Output;

use super::Shop;
use super::killed::{SCHEMA, Victim, sqlite_state, write_plan};
use super::site::Site;
use crate::support::mysql::Mariadb;
use crate::support::postgres::Postgres;
use crate::support::program::{rehearsal, rehearsal_with_room, said};

/// Runs `rehearsal seed`.
pub(super) fn seed(folder: &Path, arguments: &[&str]) -> Output {
    let output = rehearsal(folder).arg("seed").args(arguments).output();
    output.unwrap()
}

/// The same, where files of the program itself may grow to so many bytes.
pub(super) fn seed_with_room(folder: &Path, bytes: u64, arguments: &[&str]) -> Output {
    let mut command = rehearsal_with_room(folder, bytes);
    command.arg("seed").args(arguments).output().unwrap()
}

/// The command that fills, with options.
fn run<'a>(url: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["run", "plan.toml", "--database", url];
    arguments.extend(options);
    arguments
}

/// It did what it should.
pub(super) fn done(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

/// It failed as documented, and said each of these.
pub(super) fn refused(output: &Output, all: &[&str]) {
    assert_eq!(output.status.code(), Some(2), "{}", said(output));
    for part in all {
        says(output, part);
    }
}

/// It said this, on one line or on several.
pub(super) fn says(output: &Output, part: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let words = stderr
        .split_whitespace()
        .filter(|word| !["|", "│"].contains(word));
    let text = words.collect::<Vec<_>>().join(" ");
    assert!(text.contains(part), "no `{part}` in {}", said(output));
}

/// How a server runs out of room.
struct Shortage<'a> {
    /// Where, in words of the message.
    at: &'a str,
    /// To how many bytes a file may grow.
    bytes: u64,
    /// Options of the fill.
    options: &'a [&'a str],
}

async fn server_runs_out(
    victim: &mut Victim,
    limit: &(dyn Fn(Option<u64>) + Sync),
    shortage: &Shortage<'_>,
) {
    let Shortage { at, bytes, options } = shortage;
    let folder = tempfile::tempdir().unwrap();
    write_plan(folder.path());
    let url = victim.url.clone();
    let fill = |more: &[&str]| {
        let options = [*options, more].concat();
        seed(folder.path(), &run(&url, &options))
    };
    let expected = [at, "ran out of room", "Make room", "--scale 0.1"];

    limit(None);
    victim.site.run(victim.empty).await;
    let empty = victim.state().await;
    assert!(empty[0].contains("orders_number"), "{empty:?}");
    limit(Some(*bytes));
    refused(&fill(&[]), &expected);
    assert_eq!(victim.state().await, empty, "{at}");

    // What was taken back is not in the way of less.
    done(&fill(&["--scale", "0.1"]));
    let small = victim.state().await;
    assert_eq!(small[0], empty[0], "{at}");
    assert_ne!(small[1], empty[1], "{at}");
    refused(&fill(&["--reset", "refill"]), &expected);
    assert_eq!(victim.state().await, small, "{at}");

    limit(None);
    done(&fill(&["--reset", "refill"]));
    let whole = victim.state().await;
    assert_eq!(whole[0], empty[0], "{at}");
    assert_ne!(whole[1], small[1], "{at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_has_its_rows_and_indexes_when_the_disk_is_full() {
    let cluster = Postgres::start_with_small_logs().await;
    let mut victim = Victim::of_postgres(&cluster).await;
    // An index that is larger than its table: there is room for the rows, and then not for it.
    let wide = "DROP INDEX orders_number;
        CREATE UNIQUE INDEX orders_number ON orders (number) WITH (fillfactor = 10)";
    victim.site.run(wide).await;
    let limit = |bytes| cluster.limit_files(bytes);
    for shortage in [
        Shortage {
            at: "while filling `customers`",
            bytes: 1_100_000,
            options: &["--keep-indexes"],
        },
        Shortage {
            at: "while filling `customers`",
            // A multiple of a page: nothing is written, and the server has no code for that.
            bytes: 8_192 * 140,
            options: &[],
        },
        Shortage {
            at: "while putting `orders_number` of `orders` back",
            bytes: 3_000_000,
            options: &[],
        },
    ] {
        server_runs_out(&mut victim, &limit, &shortage).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_comes_back_with_its_rows_when_its_log_had_no_room() {
    // The server's own writer, which nothing limits, sleeps.
    let settings = ["fsync=off", "wal_writer_delay=10s"];
    let cluster = Postgres::start_with(&settings).await;
    let mut victim = Victim::of_postgres(&cluster).await;
    let folder = tempfile::tempdir().unwrap();
    write_plan(folder.path());
    let small = run(&victim.url, &["--scale", "0.1"]);
    done(&seed(folder.path(), &small));
    let before = victim.state().await;
    victim.site.run("SELECT pg_switch_wal(); CHECKPOINT").await;

    cluster.limit_files(Some(3_000_000));
    let refill = run(&victim.url, &["--reset", "refill"]);
    let failed = seed(folder.path(), &refill);
    // The server tells the reason or ends before it can.
    let lost = String::from_utf8_lossy(&failed.stderr).contains("ended the");
    let advice: &[&str] = if lost {
        &["the server ended the connection", "run this again"]
    } else {
        &["ran out of room", "Make room"]
    };
    refused(&failed, advice);
    let cluster = cluster.restart().await;
    victim.site = Site::in_postgres(&cluster, "killed").await;
    victim.url = cluster.url("killed");
    assert_eq!(victim.state().await, before);
    done(&seed(
        folder.path(),
        &run(&victim.url, &["--reset", "refill"]),
    ));
    let after = victim.state().await;
    assert_eq!(after[0], before[0]);
    assert_ne!(after[1], before[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_has_its_rows_and_indexes_when_the_disk_is_full() {
    // Its log has its size from the start.
    let server = Mariadb::start_with(&["--innodb-log-file-size=8M"]).await;
    let mut victim = Victim::of_mariadb(&server).await;
    // Rows that are wide enough: files of the server's own are large.
    let wide = format!(
        "ALTER TABLE customers ADD filler VARCHAR(600) NOT NULL DEFAULT '{}'",
        "x".repeat(600)
    );
    victim.site.run(&wide).await;
    let shortage = Shortage {
        at: "while filling `customers`",
        bytes: 13_200_000,
        options: &[],
    };
    let limit = |bytes| server.limit_files(bytes);
    server_runs_out(&mut victim, &limit, &shortage).await;
}

/// With so little room, and with statements before the rows, it fails at a place.
fn sqlite_runs_out(journal: &str, before: &str, bytes: Option<u64>, at: &str) {
    let shop = Shop::new(&format!("PRAGMA journal_mode = {journal}; {SCHEMA}"));
    let folder = shop.folder.path();
    let url = format!("sqlite:{}", shop.path().display());
    write_plan(folder);
    let plan = std::fs::read_to_string(folder.join("plan.toml")).unwrap();
    let sql = format!("[sql]\nbefore = [\"{before}\"]\n{plan}");
    std::fs::write(folder.join("plan.toml"), sql).unwrap();
    let fill = |options: &[&str]| {
        let arguments = run(&url, options);
        match bytes {
            Some(bytes) => seed_with_room(folder, bytes, &arguments),
            None => seed(folder, &arguments),
        }
    };
    let expected = [at, "ran out of room", "Make room", "--scale 0.1"];

    let empty = sqlite_state(&shop);
    refused(&fill(&[]), &expected);
    assert_eq!(sqlite_state(&shop), empty, "{journal}, {before}");
    done(&fill(&["--scale", "0.1"]));
    let small = sqlite_state(&shop);
    assert_eq!(small.0, empty.0, "{journal}, {before}");
    assert_ne!(small.1, empty.1, "{journal}, {before}");
    refused(&fill(&["--reset", "refill"]), &expected);
    assert_eq!(sqlite_state(&shop), small, "{journal}, {before}");

    write_plan(folder);
    done(&seed(folder, &run(&url, &["--reset", "refill"])));
    let whole = sqlite_state(&shop);
    assert_eq!(whole.0, empty.0, "{journal}, {before}");
    assert_ne!(whole.1, small.1, "{journal}, {before}");
}

#[test]
fn sqlite_has_its_rows_and_indexes_when_the_disk_is_full() {
    let little_memory = "PRAGMA cache_size = 20";
    for journal in ["WAL", "DELETE"] {
        // What is not in memory is written at once, and so it is known for which table.
        let table = "while filling `customers`";
        sqlite_runs_out(journal, little_memory, Some(900_000), table);
        sqlite_runs_out(journal, "SELECT 1", Some(900_000), "while committing");
        let index = "while putting the index `orders_number` of `orders` back";
        sqlite_runs_out(journal, "PRAGMA max_page_count = 700", None, index);
    }
}

#[test]
fn rows_that_are_committed_are_there_although_they_cannot_be_moved_into_the_file() {
    let shop = Shop::new(&format!("PRAGMA journal_mode = WAL; {SCHEMA}"));
    let folder = shop.folder.path();
    let url = format!("sqlite:{}", shop.path().display());
    let large =
        "CREATE TABLE pictures (bytes BLOB); INSERT INTO pictures VALUES (randomblob(3000000));
        PRAGMA wal_checkpoint(TRUNCATE)";
    shop.open().execute_batch(large).unwrap();
    write_plan(folder);
    // There is room for a log of the new rows, but not for a file of all.
    let filled = seed_with_room(folder, 4_000_000, &run(&url, &[]));
    done(&filled);
    says(&filled, "the rows stand in the write-ahead log");
    let rows = sqlite_state(&shop);
    let whole = Shop::new(SCHEMA);
    let url = format!("sqlite:{}", whole.path().display());
    done(&seed(folder, &run(&url, &[])));
    assert_eq!(rows.1, sqlite_state(&whole).1);
}
