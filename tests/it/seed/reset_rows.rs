//! Rows that are known again: topping up, undoing, auditing.

use std::collections::HashSet;

use rehearsal::seed::{self, Change, Database, Filled, Options, Origin, Plan, Reset, SeedError};

use super::site::{NAME, shops, sites};
use super::{Shop, fill, shop, small};
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
    let (_servers, mut sites) = shops().await;
    let (mut feeds, mut all) = (Vec::new(), Vec::new());
    for site in &mut sites {
        let database = site.database.clone();
        let first = fill(&plan, &database, &small()).await.unwrap();
        // Nothing is missing.
        let same = top_up(&plan, &database, &small()).await.unwrap();
        assert_eq!((same.origin, &same.feeds), (Origin::Kept, &first.feeds));
        let old = site.rows().await;
        site.run(VISITOR).await;
        let with_visitor = site.rows().await;
        assert_eq!(with_visitor.len(), old.len() + 2);

        let grown = top_up(&plan, &database, &larger()).await.unwrap();
        assert_eq!(grown.origin, Origin::Grown);
        let rows = ["customers", "products", "categories"].map(|table| grown.rows[table]);
        assert_eq!(rows, [400, 100, 8]);
        let again = top_up(&plan, &database, &larger()).await.unwrap();
        assert_eq!((again.origin, &again.feeds), (Origin::Kept, &grown.feeds));
        assert_eq!(again.fingerprint, grown.fingerprint);
        let now = site.rows().await;
        let known: HashSet<_> = now.iter().collect();
        let stays = with_visitor.iter().all(|row| known.contains(row));
        assert!(stays, "a row changed in {database}");
        assert_eq!(site.number("SELECT count(*) FROM customers").await, 401);
        let last = site.number("SELECT max(id) FROM customers").await;
        assert_eq!(last, 401, "after the visitor's row");
        for (table, column, target) in [
            ("orders", "customer_id", "customers"),
            ("order_lines", "order_id", "orders"),
            ("order_lines", "product_id", "products"),
        ] {
            let orphans = format!(
                "SELECT count(*) FROM {table} c LEFT JOIN {target} p ON p.id = c.{column}
                  WHERE p.id IS NULL"
            );
            assert_eq!(site.number(&orphans).await, 0, "{table}.{column}");
        }
        let wrong_totals =
            "SELECT count(*) FROM orders o WHERE number LIKE 'ORD-%' AND total_cents <>
            (SELECT sum(quantity * unit_price_cents) FROM order_lines WHERE order_id = o.id)";
        assert_eq!(site.number(wrong_totals).await, 0);
        // New customers order, too, and old products sell on.
        let of_new = "SELECT count(*) FROM orders WHERE customer_id > 201";
        assert!(site.number(of_new).await > 100);
        let customers = grown.feeds.iter().find(|feed| &*feed.name == "customers");
        let customers = customers.unwrap();
        let email = customers.column("email").unwrap();
        for row in customers.rows.iter().step_by(7) {
            let found = format!(
                "SELECT count(*) FROM customers WHERE email = '{}'",
                row[email]
            );
            assert_eq!(site.number(&found).await, 1, "{}", row[email]);
        }

        // Feeds of a run that keeps what is there are of the rows that are there.
        let kept = seed::ensure(&plan, &database, Reset::Keep, &small(), &mut |_| ()).await;
        let kept = kept.unwrap();
        assert_eq!((kept.origin, &kept.feeds), (Origin::Kept, &grown.feeds));
        let audit = seed::audit(&plan, &database, &small(), u64::MAX, &mut |_| ()).await;
        let audit = audit.unwrap();
        let changed = audit.tables.iter().filter(|(_, change)| !change.is_none());
        let changed: Vec<_> = changed
            .map(|(name, change)| (name.as_str(), counts(change)))
            .collect();
        assert_eq!(changed, [("customers", (1, 0, 0)), ("orders", (1, 0, 0))]);
        feeds.push(grown.feeds);
        all.push(now);
    }
    assert!(feeds.iter().all(|each| *each == feeds[0]));
    for other in &all[1..] {
        let differs = all[0].iter().zip(other).find(|(one, other)| one != other);
        assert_eq!(differs, None, "databases grow by the same rows");
        assert_eq!(all[0].len(), other.len());
    }
}

/// Rows inserted, deleted, updated.
fn counts(change: &Change) -> (u64, u64, u64) {
    let rows = change.rows.unwrap();
    (rows.inserted, rows.deleted, rows.updated)
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

/// What a crowd does; one change is of case only, which a collation may not see.
const TRAFFIC: &str = "
    INSERT INTO sessions (id, csrf, created_at) VALUES ('s1', 'token', '2026-11-01T00:00:00Z');
    UPDATE products SET stock = 7 WHERE id IN (1, 2, 3);
    UPDATE categories SET name = upper(name) WHERE id = 2;
    DELETE FROM order_lines WHERE id = 5;";

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_counts_rows_and_changes_nothing() {
    let plan = shop();
    let (_servers, mut sites) = shops().await;
    sites[0].text("PRAGMA journal_mode = WAL").await;
    let audit = async |database: &Database, most: u64| {
        seed::audit(&plan, database, &small(), most, &mut |_| ()).await
    };
    for site in &mut sites {
        let database = site.database.clone();
        let error = audit(&database, u64::MAX).await.unwrap_err();
        assert!(matches!(error, SeedError::NotSeeded { .. }), "{error}");
        fill(&plan, &database, &small()).await.unwrap();
        let quiet = audit(&database, u64::MAX).await.unwrap();
        assert!(quiet.tables.values().all(Change::is_none), "{quiet:?}");
        assert_eq!(quiet.outside["sessions"], (0, 0));

        let untouched = "SELECT count(*) FROM products WHERE id IN (1, 2, 3) AND stock = 7";
        let untouched = site.number(untouched).await;
        site.run(&format!("{VISITOR}{TRAFFIC}")).await;
        let before = site.rows().await;
        let found = audit(&database, u64::MAX).await.unwrap();
        let rows = |table: &str| counts(&found.tables[table]);
        assert_eq!(rows("customers"), (1, 0, 0));
        assert_eq!(rows("orders"), (1, 0, 0));
        assert_eq!(rows("products"), (0, 0, 3 - untouched as u64));
        assert_eq!(rows("categories"), (0, 0, 1), "{database}");
        assert_eq!(rows("order_lines"), (0, 1, 0));
        assert_eq!(rows("reviews"), (0, 0, 0));
        assert_eq!(found.outside["sessions"], (0, 1));
        // Large plans are only counted.
        let counted = audit(&database, 10).await.unwrap();
        let change = counted.tables["order_lines"];
        assert_eq!((change.rows, change.now + 1), (None, change.seeded));
        assert!(site.rows().await == before, "{database} was changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_removes_what_was_seeded_and_nothing_else() {
    let plan = shop();
    let (servers, mut sites) = shops().await;
    let schema = servers.postgres.dump_schema(NAME);
    let mut all = Vec::new();
    for site in &mut sites {
        let database = site.database.clone();
        let undo = async || seed::undo(&plan, &database, &small(), &mut |_| ()).await;
        let error = undo().await.unwrap_err();
        assert!(matches!(error, SeedError::NotSeeded { .. }), "{error}");
        // By another scale than it will be undone with: the record knows.
        let smaller = Options {
            scale: 0.04,
            ..small()
        };
        fill(&plan, &database, &smaller).await.unwrap();
        assert!(site.has_record().await);
        site.run(&format!("{VISITOR}{TRAFFIC}")).await;
        // The visitor reviews a seeded product: the review would lose it.
        let review = "INSERT INTO reviews (product_id, customer_id, rating, title, body, created_at)
            SELECT 1, id, 5, '', '', '2026-11-20T00:00:00Z' FROM customers WHERE email = 'ann@shop.test'";
        site.run(review).await;
        let before = site.rows().await;
        let error = undo().await.unwrap_err().to_string();
        assert!(
            error.contains("1 row of `reviews` on `products`"),
            "{error}"
        );
        assert!(site.rows().await == before, "{database} was changed");

        site.run("DELETE FROM reviews WHERE title = ''").await;
        let undone = undo().await.unwrap();
        let rows = |table: &str| (undone.removed[table], undone.kept[table]);
        assert_eq!(rows("customers"), (160, 1));
        assert_eq!(rows("products"), (40, 0));
        let left = site.rows().await;
        assert_eq!(left.len(), 2, "the visitor and the order: {left:?}");
        assert_eq!(site.number("SELECT count(*) FROM sessions").await, 1);
        // Nothing of the seeder stays.
        assert!(!site.has_record().await, "{database}");
        let error = undo().await.unwrap_err();
        assert!(matches!(error, SeedError::NotSeeded { .. }), "{error}");
        all.push(left);
    }
    assert!(all.iter().all(|left| *left == all[0]), "{all:?}");
    assert_eq!(servers.postgres.dump_schema(NAME), schema);
}

/// Rows that refer to rows of their own table, by a key of text.
const TREE: &str = r#"
[tables.nodes]
rows = 60
[tables.nodes.columns]
code = { gen = "template", text = "n{row}" }
parent = { gen = "ref", table = "nodes", column = "code", earlier = true, nulls = 0.2 }
name = "city"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_with_a_leaf_of_somebodys_is_not_undone() {
    let plan = Plan::parse(TREE, "tree.toml").unwrap();
    let schema = "CREATE TABLE nodes (code VARCHAR(40) PRIMARY KEY, parent VARCHAR(40),
        name VARCHAR(80) NOT NULL, FOREIGN KEY (parent) REFERENCES nodes (code))";
    let (_servers, mut sites) = sites([schema; 3]).await;
    for site in &mut sites {
        let database = site.database.clone();
        let options = Options::default();
        let undo = async || seed::undo(&plan, &database, &options, &mut |_| ()).await;
        fill(&plan, &database, &options).await.unwrap();
        let leaf = "INSERT INTO nodes VALUES ('mine', 'n3', 'Mine')";
        site.run(leaf).await;
        let error = undo().await.unwrap_err().to_string();
        assert!(error.contains("1 row of `nodes` on `nodes`"), "{error}");
        assert_eq!(site.number("SELECT count(*) FROM nodes").await, 61);
        site.run("UPDATE nodes SET parent = NULL WHERE code = 'mine'")
            .await;
        let undone = undo().await.unwrap();
        assert_eq!((undone.removed["nodes"], undone.kept["nodes"]), (60, 1));
        assert_eq!(site.text("SELECT max(code) FROM nodes").await, "mine");
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
