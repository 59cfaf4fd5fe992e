//! Rows that are known again: topping up, undoing, auditing.

use rehearsal::seed::{self, Database, Filled, Options, Origin, Plan, Reset, Rows, SeedError};

use super::{POSTGRES_SCHEMA, SQLITE_SCHEMA, Shop, fill, postgres_rows, shop, small, sqlite_rows};
use crate::support::postgres::Postgres;
use crate::support::program::{rehearsal, said};

/// Twice the rows of `small`.
fn larger() -> Options {
    Options {
        scale: 0.1,
        ..Options::default()
    }
}

async fn top_up(plan: &Plan, database: &Database, options: &Options) -> Result<Filled, SeedError> {
    seed::ensure(plan, database, Reset::TopUp, options, &mut |_| ()).await
}

/// A customer of the shop's own, who ordered something seeded.
const VISITOR: &str = "
    INSERT INTO customers (email, password_hash, first_name, last_name, street, city, postcode, country, created_at)
    VALUES ('ann@shop.test', 'x', 'Ann', 'Archer', 'Elm Street 1', 'Springfield', '12345', 'US', '2026-11-20T00:00:00Z');
    INSERT INTO orders (number, customer_id, status, total_cents, ship_name, ship_street, ship_city,
        ship_postcode, ship_country, created_at)
    SELECT 'WEB-1', id, 'placed', 100, 'Ann', 'Elm Street 1', 'Springfield', '12345', 'US',
        '2026-11-20T00:00:00Z' FROM customers WHERE email = 'ann@shop.test';";

#[tokio::test(flavor = "multi_thread")]
async fn topping_up_leaves_every_row_and_adds_what_is_missing() {
    let plan = shop();
    let sqlite = Shop::new(SQLITE_SCHEMA);
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", POSTGRES_SCHEMA).await;
    let server = Database::parse(&url).unwrap();
    for database in [&sqlite.database(), &server] {
        let first = fill(&plan, database, &small()).await.unwrap();
        // Nothing is missing.
        let same = top_up(&plan, database, &small()).await.unwrap();
        assert_eq!((same.origin, &same.feeds), (Origin::Kept, &first.feeds));
    }
    let old = sqlite_rows(&sqlite.open());
    sqlite.open().execute_batch(VISITOR).unwrap();
    let client = cluster.client("shop").await;
    client.batch_execute(VISITOR).await.unwrap();
    let with_visitor = sqlite_rows(&sqlite.open());
    assert_eq!(with_visitor.len(), old.len() + 2);

    let mut feeds = Vec::new();
    for database in [&sqlite.database(), &server] {
        let grown = top_up(&plan, database, &larger()).await.unwrap();
        assert_eq!(grown.origin, Origin::Grown);
        assert_eq!(
            (
                grown.rows["customers"],
                grown.rows["products"],
                grown.rows["categories"]
            ),
            (400, 100, 8)
        );
        let again = top_up(&plan, database, &larger()).await.unwrap();
        assert_eq!((again.origin, &again.feeds), (Origin::Kept, &grown.feeds));
        assert_eq!(again.fingerprint, grown.fingerprint);
        feeds.push(grown.feeds);
    }
    assert_eq!(feeds[0], feeds[1]);
    let (one, other) = (sqlite_rows(&sqlite.open()), postgres_rows(&client).await);
    assert_eq!(one, other, "both databases grow by the same rows");
    let now: std::collections::HashSet<_> = one.iter().collect();
    assert!(
        with_visitor.iter().all(|row| now.contains(row)),
        "no row changed"
    );
    let connection = sqlite.open();
    let number = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(number("SELECT count(*) FROM customers"), 401);
    assert_eq!(
        number("SELECT max(id) FROM customers"),
        401,
        "after the visitor's row"
    );
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let wrong_totals = "SELECT count(*) FROM orders o WHERE number LIKE 'ORD-%' AND total_cents <>
        (SELECT sum(quantity * unit_price_cents) FROM order_lines WHERE order_id = o.id)";
    assert_eq!(number(wrong_totals), 0);
    // New customers order, too, and old products sell on.
    assert!(number("SELECT count(*) FROM orders WHERE customer_id > 201") > 100);
    let customers = feeds[0]
        .iter()
        .find(|feed| &*feed.name == "customers")
        .unwrap();
    let email = customers.column("email").unwrap();
    for row in &customers.rows {
        let found = "SELECT count(*) FROM customers WHERE email = ?1";
        let found: i64 = connection
            .query_row(found, [&*row[email]], |row| row.get(0))
            .unwrap();
        assert_eq!(found, 1, "{}", row[email]);
    }

    // Feeds of a run that keeps what is there are of the rows that are there.
    let kept = seed::ensure(&plan, &server, Reset::Keep, &small(), &mut |_| ())
        .await
        .unwrap();
    assert_eq!((kept.origin, &kept.feeds), (Origin::Kept, &feeds[1]));
    let audit = seed::audit(&plan, &server, &small(), u64::MAX, &mut |_| ())
        .await
        .unwrap();
    let changed = audit.tables.iter().filter(|(_, change)| !change.is_none());
    let changed: Vec<_> = changed
        .map(|(name, change)| (name.as_str(), change.rows))
        .collect();
    let one = Rows::default();
    assert_eq!(changed.len(), 2, "{changed:?}");
    for (name, rows) in changed {
        assert!(["customers", "orders"].contains(&name));
        let rows = rows.unwrap();
        assert_eq!(
            (rows.inserted, rows.deleted, rows.updated),
            (1, one.deleted, one.updated)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_topped_up_is_refused_in_words() {
    let text = r#"
[tables.people]
rows = 50
[tables.people.columns]
id = "sequence"
[tables.badges]
rows = ROWS
[tables.badges.columns]
id = "sequence"
person_id = { gen = "ref", table = "people", unique = true }
"#;
    let plan = |rows: &str| Plan::parse(&text.replace("ROWS", rows), "badges.toml").unwrap();
    let shop = Shop::new(
        "CREATE TABLE people (id INTEGER PRIMARY KEY);
         CREATE TABLE badges (id INTEGER PRIMARY KEY, person_id INTEGER UNIQUE REFERENCES people);",
    );
    let database = shop.database();
    // Somebody's rows are nothing to add to.
    shop.open()
        .execute_batch("INSERT INTO people VALUES (7)")
        .unwrap();
    let error = top_up(&plan("10"), &database, &Options::default())
        .await
        .unwrap_err();
    assert!(matches!(error, SeedError::NotSeeded { .. }), "{error}");
    shop.open().execute_batch("DELETE FROM people").unwrap();

    fill(&plan("10"), &database, &Options::default())
        .await
        .unwrap();
    let error = top_up(&plan("20"), &database, &Options::default())
        .await
        .unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("`badges` cannot be topped up: `person_id` is unique"),
        "{said}"
    );
    // Fewer rows than there are: they stay.
    let kept = top_up(&plan("5"), &database, &Options::default())
        .await
        .unwrap();
    assert_eq!((kept.origin, kept.rows["badges"]), (Origin::Kept, 10));
    // Another generator, other rows.
    let other = text
        .replace("ROWS", "20")
        .replace("\"sequence\"", "{ gen = \"sequence\", start = 5 }");
    let other = Plan::parse(&other, "badges.toml").unwrap();
    let error = top_up(&other, &database, &Options::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("another plan"), "{error}");
}

const TRAFFIC: &str = "
    INSERT INTO sessions (id, csrf, created_at) VALUES ('s1', 'token', '2026-11-01T00:00:00Z');
    UPDATE products SET stock = 7 WHERE id IN (1, 2, 3);
    DELETE FROM order_lines WHERE id = 5;";

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_counts_rows_and_changes_nothing() {
    let plan = shop();
    let sqlite = Shop::new(SQLITE_SCHEMA);
    sqlite
        .open()
        .execute_batch("PRAGMA journal_mode = WAL")
        .unwrap();
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", POSTGRES_SCHEMA).await;
    let server = Database::parse(&url).unwrap();
    let audit = async |database: &Database, most: u64| {
        seed::audit(&plan, database, &small(), most, &mut |_| ()).await
    };
    let error = audit(&server, u64::MAX).await.unwrap_err();
    assert!(matches!(error, SeedError::NotSeeded { .. }), "{error}");
    for database in [&sqlite.database(), &server] {
        fill(&plan, database, &small()).await.unwrap();
        let quiet = audit(database, u64::MAX).await.unwrap();
        assert!(
            quiet.tables.values().all(seed::Change::is_none),
            "{quiet:?}"
        );
        assert_eq!(quiet.outside["sessions"], (0, 0));
    }
    let client = cluster.client("shop").await;
    let untouched: i64 = {
        let stock = "SELECT count(*) FROM products WHERE id IN (1, 2, 3) AND stock = 7";
        client.query_one(stock, &[]).await.unwrap().get(0)
    };
    client
        .batch_execute(&format!("{VISITOR}{TRAFFIC}"))
        .await
        .unwrap();
    sqlite
        .open()
        .execute_batch(&format!("{VISITOR}{TRAFFIC}"))
        .unwrap();
    let before = (sqlite_rows(&sqlite.open()), postgres_rows(&client).await);
    for database in [&sqlite.database(), &server] {
        let found = audit(database, u64::MAX).await.unwrap();
        let rows = |table: &str| {
            let rows = found.tables[table].rows.unwrap();
            (rows.inserted, rows.deleted, rows.updated)
        };
        assert_eq!(rows("customers"), (1, 0, 0));
        assert_eq!(rows("orders"), (1, 0, 0));
        assert_eq!(rows("products"), (0, 0, 3 - untouched as u64));
        assert_eq!(rows("order_lines"), (0, 1, 0));
        assert_eq!(rows("reviews"), (0, 0, 0));
        assert_eq!(found.outside["sessions"], (0, 1));
        // Large plans are only counted.
        let counted = audit(database, 10).await.unwrap();
        let change = counted.tables["order_lines"];
        assert_eq!((change.rows, change.now + 1), (None, change.seeded));
    }
    assert_eq!(
        (sqlite_rows(&sqlite.open()), postgres_rows(&client).await),
        before
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_removes_what_was_seeded_and_nothing_else() {
    let plan = shop();
    let sqlite = Shop::new(SQLITE_SCHEMA);
    let cluster = Postgres::start().await;
    let url = cluster.database("shop", POSTGRES_SCHEMA).await;
    let server = Database::parse(&url).unwrap();
    let schema = cluster.dump_schema("shop");
    let client = cluster.client("shop").await;
    let undo = async |database: &Database| seed::undo(&plan, database, &small(), &mut |_| ()).await;
    for database in [&sqlite.database(), &server] {
        let error = undo(database).await.unwrap_err();
        assert!(matches!(error, SeedError::NotSeeded { .. }), "{error}");
        // By another scale than it will be undone with: the record knows.
        fill(
            &plan,
            database,
            &Options {
                scale: 0.04,
                ..small()
            },
        )
        .await
        .unwrap();
    }
    let changes = format!("{VISITOR}{TRAFFIC}");
    client.batch_execute(&changes).await.unwrap();
    sqlite.open().execute_batch(&changes).unwrap();
    // The visitor reviews a seeded product: the review would lose it.
    let review = "INSERT INTO reviews (product_id, customer_id, rating, title, body, created_at)
        SELECT 1, id, 5, '', '', '2026-11-20T00:00:00Z' FROM customers WHERE email = 'ann@shop.test'";
    client.batch_execute(review).await.unwrap();
    sqlite.open().execute_batch(review).unwrap();
    let before = (sqlite_rows(&sqlite.open()), postgres_rows(&client).await);
    for database in [&sqlite.database(), &server] {
        let error = undo(database).await.unwrap_err().to_string();
        assert!(
            error.contains("1 row of `reviews` on `products`"),
            "{error}"
        );
    }
    assert_eq!(
        (sqlite_rows(&sqlite.open()), postgres_rows(&client).await),
        before
    );

    let no_review = "DELETE FROM reviews WHERE title = ''";
    client.batch_execute(no_review).await.unwrap();
    sqlite.open().execute_batch(no_review).unwrap();
    for database in [&sqlite.database(), &server] {
        let undone = undo(database).await.unwrap();
        assert_eq!(
            (undone.removed["customers"], undone.kept["customers"]),
            (160, 1)
        );
        assert_eq!(
            (undone.removed["products"], undone.kept["products"]),
            (40, 0)
        );
    }
    let left = sqlite_rows(&sqlite.open());
    assert_eq!(left, postgres_rows(&client).await);
    assert_eq!(left.len(), 2, "the visitor and the order: {left:?}");
    let session: i64 = sqlite
        .open()
        .query_row("SELECT count(*) FROM sessions", [], |row| row.get(0))
        .unwrap();
    assert_eq!(session, 1);
    // Nothing of the seeder stays.
    assert_eq!(cluster.dump_schema("shop"), schema);
    let record: Option<String> = client
        .query_one("SELECT to_regnamespace('rehearsal_record')::text", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(record, None);
    for database in [&sqlite.database(), &server] {
        let error = undo(database).await.unwrap_err();
        assert!(matches!(error, SeedError::NotSeeded { .. }), "{error}");
    }
}

#[test]
fn the_program_tops_up_says_what_changed_and_undoes_it() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::new("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    let plan = |rows: u32| {
        let plan = format!(
            "[tables.notes]\nrows = {rows}\n[tables.notes.columns]\nid = \"sequence\"\ntext = \"sentence\"\n"
        );
        std::fs::write(folder.path().join("plan.toml"), plan).unwrap();
    };
    let url = format!("sqlite:{}", shop.path().display());
    let run = |arguments: &[&str]| {
        let mut command = rehearsal(folder.path());
        let command = command.args(["--json", "seed"]).args(arguments);
        let output = command
            .args(["plan.toml", "--database", &url])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (document, String::from_utf8(output.stderr).unwrap())
    };
    plan(20);
    run(&["run"]);
    plan(30);
    let (document, _) = run(&["run", "--dry-run", "--reset", "refill"]);
    assert_eq!(document["occupied"]["notes"], 20);
    let (_, said) = run(&["run", "--top-up"]);
    assert!(said.contains("topped up"), "{said}");
    let (_, said) = run(&["run", "--reset", "top-up"]);
    assert!(said.contains("left as they were"), "{said}");
    let changes = "INSERT INTO notes (text) VALUES ('mine'); DELETE FROM notes WHERE id = 25;
        UPDATE notes SET text = 'yours' WHERE id IN (1, 30)";
    shop.open().execute_batch(changes).unwrap();
    let (document, said) = run(&["audit"]);
    assert_eq!(
        document["tables"]["notes"],
        serde_json::json!({"seeded": 30, "now": 30, "inserted": 1, "deleted": 1, "updated": 2})
    );
    assert!(
        said.contains("changed: notes: 1 inserted, 1 deleted, 2 updated"),
        "{said}"
    );
    // Of the rows that were changed all that is still as seeded is the key: they are not removed.
    let (document, _) = run(&["undo"]);
    assert_eq!(
        (&document["removed"]["notes"], &document["kept"]["notes"]),
        (&27.into(), &3.into())
    );
}
