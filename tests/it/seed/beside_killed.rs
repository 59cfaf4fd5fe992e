//! `kill -9` of a refill beside rows that are there. It is two transactions, and between them the
//! database is as before anything was seeded; the next run fills it.

use std::process::Stdio;
use std::time::Duration;

use super::Shop;
use super::full::{done, seed};
use super::site::{NAME, Site};
use crate::support::mysql::Mariadb;
use crate::support::postgres::Postgres;
use crate::support::program::{rehearsal, said};

/// An administrator and what they wrote.
const SCHEMA: &str = "
    CREATE TABLE users (id BIGINT PRIMARY KEY, email VARCHAR(190) NOT NULL UNIQUE, password VARCHAR(190) NOT NULL);
    CREATE TABLE posts (id BIGINT PRIMARY KEY, user_id BIGINT NOT NULL, title VARCHAR(190) NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id));
    INSERT INTO users VALUES (1, 'root@shop.test', 'secret');
    INSERT INTO posts VALUES (1, 1, 'Welcome');";

/// Passwords are hashed between the two transactions: dear ones leave time to look.
const PLAN: &str = r#"
[tables.users]
rows = 50
beside = true
[tables.users.columns]
id = "sequence"
email = "email"
password = { gen = "password_hash", scheme = "django-pbkdf2-sha256", iterations = 30000, pool = 4 }

[tables.posts]
rows = 120
beside = true
[tables.posts.columns]
id = "sequence"
user_id = { gen = "ref", table = "users" }
title = { gen = "words", max = 6 }
"#;

/// Users, posts, and those of the administrator.
async fn state(site: &mut Site) -> [i64; 4] {
    let mut found = [0; 4];
    for (number, query) in found.iter_mut().zip([
        "SELECT count(*) FROM users",
        "SELECT count(*) FROM posts",
        "SELECT count(*) FROM users WHERE id = 1 AND email = 'root@shop.test' AND password = 'secret'",
        "SELECT count(*) FROM posts WHERE id = 1 AND user_id = 1 AND title = 'Welcome'",
    ]) {
        *number = site.number(query).await;
    }
    found
}

const BEFORE: [i64; 4] = [1, 1, 1, 1];
const SEEDED: [i64; 4] = [51, 121, 1, 1];

async fn is_filled_by_the_next_run(site: &mut Site, url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("plan.toml"), PLAN).unwrap();
    let run = ["run", "plan.toml", "--database", url];
    assert_eq!(state(site).await, BEFORE);
    done(&seed(folder, &run));
    assert_eq!(state(site).await, SEEDED);
    assert!(site.has_record().await);

    let mut child = rehearsal(folder)
        .arg("seed")
        .args(run)
        .args(["--reset", "refill"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..10_000 {
        let ended = child.try_wait().unwrap().is_some();
        if ended || site.number("SELECT count(*) FROM users").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let _has_ended = child.kill();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), None, "{}", said(&output));
    assert_eq!(state(site).await, BEFORE);

    // Nothing is there to be undone, and nothing is in the way.
    let undo = seed(folder, &["undo", "plan.toml", "--database", url]);
    assert_eq!(undo.status.code(), Some(2), "{}", said(&undo));
    assert_eq!(state(site).await, BEFORE);
    done(&seed(folder, &run));
    assert_eq!(state(site).await, SEEDED);
    done(&seed(folder, &["undo", "plan.toml", "--database", url]));
    assert_eq!(state(site).await, BEFORE);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_between_undoing_and_filling() {
    let server = Postgres::start().await;
    let mut site = Site::of_postgres(&server, NAME, SCHEMA).await;
    is_filled_by_the_next_run(&mut site, &server.url(NAME)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_between_undoing_and_filling() {
    let server = Mariadb::start().await;
    let mut site = Site::of_mariadb(&server, NAME, SCHEMA).await;
    is_filled_by_the_next_run(&mut site, &server.url(NAME)).await;
}

#[tokio::test]
async fn sqlite_between_undoing_and_filling() {
    let shop = Shop::new(&format!("PRAGMA journal_mode = WAL; {SCHEMA}"));
    let url = format!("sqlite:{}", shop.path().display());
    is_filled_by_the_next_run(&mut Site::in_sqlite(&shop), &url).await;
}
