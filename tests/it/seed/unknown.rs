//! Whole schemas that were never seen: after the sample databases that everybody knows, and one
//! that is hard on purpose. Planned, filled without an edit, and checked again by the server.

use rehearsal::seed::{self, Database, Filled, Options, Plan, SeedError};
use tokio_postgres::Client;

use super::{Shop, fill};
use crate::support::postgres::Postgres;

const PAGILA: &str = include_str!("../../../fixtures/schemas/pagila.sql");
const CHINOOK: &str = include_str!("../../../fixtures/schemas/chinook.sql");
const SAKILA: &str = include_str!("../../../fixtures/schemas/sakila.sql");
const TORTURE: &str = include_str!("../../../fixtures/schemas/torture.sql");

/// Plans and fills; the plan is the guessed one but for the cost of hashing.
async fn plan_and_fill(database: &Database) -> (String, Filled) {
    let text = seed::plan_for(database).await.unwrap();
    let cheap = text.replace(
        "scheme = \"argon2id\"",
        "scheme = \"argon2id\", pool = 2, memory_kib = 64",
    );
    let plan =
        Plan::parse(&cheap, "guessed.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
    let filled = fill(&plan, database, &Options::default()).await;
    let filled = filled.unwrap_or_else(|error| panic!("{error}\n{error:?}\n{text}"));
    (text, filled)
}

/// Rows by table as the server counts them, and all constraints asked again.
async fn hold(client: &Client, filled: &Filled) {
    for (table, rows) in &filled.rows {
        let quoted: Vec<String> = table
            .splitn(2, '.')
            .map(|part| format!("\"{part}\""))
            .collect();
        let count = format!("SELECT count(*) FROM {}", quoted.join("."));
        let found: i64 = client.query_one(&count, &[]).await.unwrap().get(0);
        assert_eq!(found, *rows as i64, "{table}");
        assert!(*rows > 0, "{table} is empty");
    }
    // The server looks at every row again when a constraint is validated that was not valid.
    client
        .batch_execute(
            "DO $$ DECLARE k record; BEGIN
               FOR k IN SELECT conrelid::regclass AS relation, conname, pg_get_constraintdef(oid) AS definition
                          FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid <> 0 AND conparentid = 0
                           AND (SELECT relkind FROM pg_class WHERE oid = conrelid) = 'r' AND coninhcount = 0
               LOOP
                 EXECUTE format('ALTER TABLE %s ADD CONSTRAINT again %s NOT VALID', k.relation, k.definition);
                 EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT again', k.relation);
                 EXECUTE format('ALTER TABLE %s DROP CONSTRAINT again', k.relation);
               END LOOP; END $$",
        )
        .await
        .unwrap();
}

async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn sample_schemas_of_postgres_fill_without_an_edit() {
    let cluster = Postgres::start().await;
    for (name, schema, tables) in [("pagila", PAGILA, 15), ("chinook", CHINOOK, 11)] {
        let database = Database::parse(&cluster.database(name, schema).await).unwrap();
        let (text, filled) = plan_and_fill(&database).await;
        assert_eq!(filled.rows.len(), tables, "{text}");
        hold(&cluster.client(name).await, &filled).await;
    }
    let pagila = cluster.client("pagila").await;
    let broken =
        "SELECT count(*) FROM store WHERE manager_staff_id NOT IN (SELECT staff_id FROM staff)";
    assert_eq!(number(&pagila, broken).await, 0);
    let constraint =
        "SELECT count(*) FROM pg_constraint WHERE conname = 'store_manager' AND convalidated";
    assert_eq!(number(&pagila, constraint).await, 1, "put back");
}

#[tokio::test]
async fn sample_schemas_of_sqlite_fill_without_an_edit() {
    for (schema, tables) in [(CHINOOK, 11), (SAKILA, 16)] {
        let shop = Shop::new(schema);
        let (text, filled) = plan_and_fill(&shop.database()).await;
        assert_eq!(filled.rows.len(), tables, "{text}");
        let connection = shop.open();
        for (table, rows) in &filled.rows {
            let count = format!("SELECT count(*) FROM {table}");
            let found: i64 = connection.query_row(&count, [], |row| row.get(0)).unwrap();
            assert!(
                found == *rows as i64 && found > 0,
                "{table}: {found} of {rows}"
            );
        }
        let checks = "SELECT (SELECT count(*) FROM pragma_foreign_key_check), integrity_check FROM pragma_integrity_check";
        let held: (i64, String) = connection
            .query_row(checks, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(held, (0, "ok".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hardest_schema_fills_without_an_edit() {
    let cluster = Postgres::start().await;
    let database = Database::parse(&cluster.database("torture", TORTURE).await).unwrap();
    let before = constraints(&cluster.client("torture").await).await;
    let (text, filled) = plan_and_fill(&database).await;
    let client = cluster.client("torture").await;
    hold(&client, &filled).await;
    assert_eq!(
        constraints(&client).await,
        before,
        "every constraint is as it was"
    );
    for table in [
        "nowhere",
        "django_content_type",
        "currencies",
        "main_accounts",
    ] {
        assert!(!filled.rows.contains_key(table), "{table}\n{text}");
    }
    for (told, sql) in [
        (
            "composite references",
            "SELECT count(desk_tenant) FROM visits",
        ),
        (
            "rows that are there",
            "SELECT count(DISTINCT (currency, digits)) FROM logged",
        ),
        ("trees of composite keys", "SELECT count(up_id) FROM tree"),
        ("late references", "SELECT count(b_id) FROM ring_a"),
        ("partitions", "SELECT count(*) FROM events_2025"),
        ("lists of partitions", "SELECT count(*) FROM regions_south"),
        (
            "triggers",
            "SELECT count(*) FROM calendar WHERE note IS NOT NULL",
        ),
        (
            "arrays",
            "SELECT count(*) FROM every_type WHERE cardinality(texts) > 1",
        ),
    ] {
        assert!(number(&client, sql).await > 1, "{told}\n{text}");
    }
    // Nothing of what is not understood is hidden.
    for told in [
        "CHECK (((even % 2) = 0))",
        "nowhere: it is partitioned and has no partitions",
        "django_content_type: 3 rows",
        "The trigger `stamp_calendar` sees every new row",
        "EXCLUDE USING gist",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
}

/// All constraints of a database, in words.
async fn constraints(client: &Client) -> Vec<String> {
    let rows = client
        .query(
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated
                 || ' ' || coalesce(obj_description(oid, 'pg_constraint'), '')
               FROM pg_constraint ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.get::<_, Option<String>>(0).unwrap_or_default())
        .collect()
}
