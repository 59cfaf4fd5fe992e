//! Whole schemas that were never seen: after the sample databases that everybody knows, and one
//! that is hard on purpose. Planned, filled without an edit, and checked again by the server.

use rehearsal::seed::{self, Database, Filled, Options, Plan, SeedError};
use tokio_postgres::Client;

use miette::Diagnostic as _;

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
               FROM pg_constraint
              WHERE connamespace::regnamespace::text <> 'rehearsal_record' ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.get::<_, Option<String>>(0).unwrap_or_default())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_cannot_be_read_fails_with_the_first_rows() {
    let cluster = Postgres::start().await;
    let schema = "CREATE TABLE parcels (id int PRIMARY KEY, weight int NOT NULL, number int GENERATED ALWAYS AS IDENTITY,
        CONSTRAINT whole_pairs CHECK (weight % 2 = 0 OR weight > 900))";
    let database = Database::parse(&cluster.database("parcels", schema).await).unwrap();
    let plan = |weight: &str| {
        let text = format!(
            "[tables.parcels]\nrows = 60000\n[tables.parcels.columns]\nid = \"sequence\"\nweight = {weight}"
        );
        Plan::parse(&text, "parcels.toml").unwrap()
    };
    let mut loaded = false;
    let wrong = plan("{ gen = \"integer\", min = 1, max = 800 }");
    let error = seed::run(&wrong, &database, &Options::default(), &mut |progress| {
        loaded |= progress.stage == seed::Stage::Fill;
    })
    .await
    .unwrap_err();
    assert!(!loaded, "the load had not begun");
    let (told, help) = (error.to_string(), error.help().unwrap().to_string());
    for part in [
        "`parcels`",
        "`whole_pairs`",
        "CHECK (",
        "% 2",
        "Failing row contains (",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(
        help.contains("[tables.parcels.columns]") && !help.contains("  "),
        "{help}"
    );
    let client = cluster.client("parcels").await;
    assert_eq!(number(&client, "SELECT count(*) FROM parcels").await, 0);

    let right = plan("{ gen = \"integer\", min = 2, max = 800, step = 2 }");
    fill(&right, &database, &Options::default()).await.unwrap();
    assert_eq!(
        number(&client, "SELECT count(*) FROM parcels").await,
        60_000
    );
    let numbers = "SELECT count(*) FROM parcels WHERE number = 1 OR number = 60000";
    assert_eq!(number(&client, numbers).await, 2, "sequences were set back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_nobody_knows_is_named_with_a_remedy() {
    let cluster = Postgres::start().await;
    let schema = "CREATE TYPE pair AS (one int, two text);
        CREATE TABLE pairs (id int PRIMARY KEY, must pair NOT NULL, may pair, made pair NOT NULL DEFAULT '(1,x)')";
    let database = Database::parse(&cluster.database("pairs", schema).await).unwrap();
    let text = seed::plan_for(&database).await.unwrap();
    let plan = Plan::parse(&text, "pairs.toml").unwrap();
    let error = fill(&plan, &database, &Options::default())
        .await
        .unwrap_err();
    let help = error.help().unwrap().to_string();
    assert!(
        error.to_string().contains("`pairs.must` (`pair`)"),
        "{error}"
    );
    assert!(help.contains("must = { gen = \"constant\""), "{help}");

    let text = text.replace(
        "[tables.pairs.columns]",
        "[tables.pairs.columns]\nmust = { gen = \"constant\", value = '(7,\"a\\b\")' }",
    );
    let plan = Plan::parse(&text, "pairs.toml").unwrap();
    fill(&plan, &database, &Options::default()).await.unwrap();
    let client = cluster.client("pairs").await;
    let held =
        "SELECT count(*) FROM pairs WHERE (must).one = 7 AND may IS NULL AND (made).two = 'x'";
    assert_eq!(number(&client, held).await, 1_000);
}

const OUTSIDE: &str = "CREATE TABLE kinds (code TEXT PRIMARY KEY, size INT NOT NULL);
    INSERT INTO kinds VALUES ('a', 1), ('b', 2), ('c', 3);
    CREATE TABLE none (id INTEGER PRIMARY KEY);
    CREATE TABLE things (id INTEGER PRIMARY KEY, kind TEXT NOT NULL REFERENCES kinds, size INT, none INT REFERENCES none);";

#[tokio::test]
async fn rows_that_are_there_are_referred_to() {
    let plan = |extra: &str| {
        let text = format!(
            "[tables.things]\nrows = 90\n[tables.things.columns]\nid = \"sequence\"\n\
             kind = {{ gen = \"existing\", table = \"kinds\", column = \"code\" }}\n\
             size = {{ gen = \"existing\", table = \"kinds\", column = \"size\", row_of = \"kind\" }}\n{extra}"
        );
        Plan::parse(&text, "things.toml").unwrap()
    };
    let shop = Shop::new(OUTSIDE);
    let with_feed = plan("[feeds.things]\ncolumns = [\"id\", \"kind\"]");
    let filled = fill(&with_feed, &shop.database(), &Options::default())
        .await
        .unwrap();
    let held: (i64, i64, i64) = shop
        .open()
        .query_row(
            "SELECT count(*), count(DISTINCT kind), (SELECT count(*) FROM kinds)
               FROM things t JOIN kinds k ON k.code = t.kind AND k.size = t.size",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!(held, (90, 3, 3), "of one row, and the rows stay");
    assert!(
        filled.feeds[0]
            .rows
            .iter()
            .all(|row| ["a", "b", "c"].contains(&&*row[1]))
    );
    let error = seed::feeds(&with_feed, &Options::default()).unwrap_err();
    assert!(error.to_string().contains("rows of `kinds`"), "{error}");

    let empty = Shop::new(OUTSIDE);
    let refusal = async |extra: &str| -> SeedError {
        fill(&plan(extra), &empty.database(), &Options::default())
            .await
            .unwrap_err()
    };
    let error = refusal("none = { gen = \"existing\", table = \"none\" }").await;
    assert!(error.to_string().contains("no rows of `none`"), "{error}");
    let error = refusal(
        "none = { gen = \"existing\", table = \"kinds\", column = \"size\", unique = true }",
    )
    .await;
    assert!(
        error.to_string().contains("3 different values for 90 rows"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_unique_together_is_mixed_or_refused_with_numbers() {
    let schema =
        "CREATE TABLE rooms (id INTEGER PRIMARY KEY); CREATE TABLE days (id INTEGER PRIMARY KEY);
        CREATE TABLE stays (room INT NOT NULL REFERENCES rooms, day INT NOT NULL REFERENCES days,
            part TEXT NOT NULL CHECK (part IN ('am', 'pm')), UNIQUE (room, day, part));";
    let plan = |rows: u32, with: &str| {
        let text = format!(
            "[tables.rooms]\nrows = 10\ncolumns = {{ id = \"sequence\" }}\n[tables.days]\nrows = 20\ncolumns = {{ id = \"sequence\" }}\n\
             [tables.stays]\nrows = {rows}\n[tables.stays.columns]\nroom = {{ gen = \"ref\", table = \"rooms\" }}\n\
             day = {{ gen = \"ref\", table = \"days\" }}\npart = {{ gen = \"one_of\", values = [\"am\", \"pm\"]{with} }}"
        );
        Plan::parse(&text, "stays.toml").unwrap()
    };
    let with = ", unique_with = [\"room\", \"day\"]";
    let shop = Shop::new(schema);
    fill(&plan(400, with), &shop.database(), &Options::default())
        .await
        .unwrap();
    let rows: i64 = shop
        .open()
        .query_row("SELECT count(*) FROM stays", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 400, "all combinations");

    let told = async |rows, with| {
        let shop = Shop::new(schema);
        fill(&plan(rows, with), &shop.database(), &Options::default())
            .await
            .unwrap_err()
            .to_string()
    };
    let found = told(401, with).await;
    assert!(
        found.contains("401 rows of `stays`") && found.contains("there are 400"),
        "{found}"
    );
    let found = told(50, "").await;
    assert!(
        found.contains("must be unique together with `room`, `day`"),
        "{found}"
    );
}
