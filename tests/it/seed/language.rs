//! What a plan can say: lists and files, cases, documents, histograms, rhythm, SQL of its own.

use std::collections::{BTreeMap, BTreeSet};

use rehearsal::seed::{self, Database, Options, Plan};

use super::{Shop, fill};
use crate::support::postgres::Postgres;

const SCHEMA: &str = "
CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE depots (id INTEGER PRIMARY KEY, country TEXT NOT NULL REFERENCES countries);
CREATE TABLE parcels (id INTEGER PRIMARY KEY, depot_id INTEGER NOT NULL REFERENCES depots, status TEXT NOT NULL,
    sent_at TIMESTAMP, signed_by TEXT, city TEXT NOT NULL, postcode TEXT NOT NULL, colour TEXT NOT NULL,
    grams INTEGER NOT NULL, price NUMERIC(8, 2) NOT NULL, meta TEXT NOT NULL, note TEXT NOT NULL, batch TEXT NOT NULL);
CREATE TABLE totals (parcels INTEGER NOT NULL);";

const PLAN: &str = r#"
seed = 7
[sql]
before = ["INSERT INTO totals VALUES (0)"]
after = [
    { sqlite = "UPDATE totals SET parcels = (SELECT count(*) FROM parcels)", postgres = "UPDATE totals SET parcels = (SELECT count(*)::int FROM parcels)" },
    { mysql = "no statement of this database" },
]

[tables.countries.columns]
code = { gen = "list", values = ["de", "fr", "nl"] }
name = { gen = "list", values = ["Germany", "France", "The Netherlands"] }

[tables.depots]
rows = 2000
[tables.depots.columns]
id = "sequence"
country = { gen = "ref", table = "countries", column = "code" }

[tables.parcels]
per_parent = { table = "depots", counts = [0, 1, [4, 6]], weights = [50, 30, 20] }
[tables.parcels.columns]
id = "sequence"
depot_id = "parent"
status = { gen = "one_of", values = ["open", "sent", "lost"], weights = [2, 7, 1] }
sent_at = { gen = "by", column = "status", cases = { open = "null" }, otherwise = { gen = "timestamp", from = "2024-01-01", to = "2026-01-01", growth = 3, weekdays = [1, 1, 1, 1, 1, 0, 0], hours = "evening" } }
signed_by = { gen = "by", column = "status", cases = { sent = { gen = "full_name", nulls = 0.5 } } }
city = { gen = "one_of", file = "cities.csv", column = "city", weight = "people" }
postcode = { gen = "one_of", file = "cities.csv", column = "postcode", weight = "people", with = "city" }
colour = { gen = "one_of", file = "colours.txt", popularity = "zipf" }
grams = { gen = "integer", shape = "lognormal", median = 800, spread = 0.5, max = 30000 }
price = { gen = "decimal", shape = "normal", mean = 9.9, deviation = 2, max = 30, scale = 2 }
meta = { gen = "json", value = { city = { gen = "lookup", of = "city" }, size = { gen = "integer", min = 1, max = 9 }, fragile = false, version = "semver", tags = ["color", { gen = "constant", value = "a \"b\"" }], none = "null" } }
note = { gen = "text", shape = "empirical", quantiles = [10, 20, 90] }
batch = { gen = "token", length = 8, variety = 40 }
"#;

const CITIES: &str = "city;postcode;people\nBerlin;10115;60\nJena;07743;10\nUlm;89073;30\n";

/// A shop's folder with the files that the plan names beside it.
fn beside(shop: &Shop) -> Plan {
    let folder = shop.folder.path();
    std::fs::write(folder.join("cities.csv"), CITIES).unwrap();
    std::fs::write(folder.join("colours.txt"), "red\n\ngreen\nblue\nblack\n").unwrap();
    let path = folder.join("plan.toml");
    Plan::parse(PLAN, path.to_str().unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_all_that_and_the_rows_are_so() {
    let shop = Shop::new(SCHEMA);
    let plan = beside(&shop);
    let options = Options {
        scale: 2.0,
        ..Options::default()
    };
    let checked = seed::check(&plan, &shop.database(), &options)
        .await
        .unwrap();
    assert_eq!(checked.sql_before, ["INSERT INTO totals VALUES (0)"]);
    assert_eq!(checked.sql_after.len(), 1);
    let filled = fill(&plan, &shop.database(), &options).await;
    let filled = filled.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(filled.rows["countries"], 3);
    assert_eq!(filled.rows["depots"], 4_000);
    let connection = shop.open();
    let number = |sql: &str| -> f64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    let parcels = number("SELECT count(*) FROM parcels");
    let share = |condition: &str| {
        number(&format!("SELECT count(*) FROM parcels WHERE {condition}")) / parcels
    };
    // A list is written row by row.
    let names: Vec<(String, String)> = connection
        .prepare("SELECT code, name FROM countries ORDER BY rowid")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(names[2], ("nl".to_owned(), "The Netherlands".to_owned()));
    // Children per parent: half have none, the others one or four to six.
    assert!((parcels / 4_000.0 - 1.3).abs() < 0.06, "{parcels}");
    let sizes = "SELECT count(DISTINCT n) FROM (SELECT count(*) n FROM parcels GROUP BY depot_id)";
    assert_eq!(number(sizes) as u32, 4);
    // Cases.
    assert!(share("(status = 'open') <> (sent_at IS NULL)") < f64::EPSILON);
    assert!(share("status <> 'sent' AND signed_by IS NOT NULL") < f64::EPSILON);
    assert!((share("status = 'sent' AND signed_by IS NULL") - 0.35).abs() < 0.04);
    // Columns of one file go together, and the weights are the file's.
    let pairs: BTreeSet<(String, String)> = connection
        .prepare("SELECT DISTINCT city, postcode FROM parcels")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let expected = [("Berlin", "10115"), ("Jena", "07743"), ("Ulm", "89073")];
    let expected = expected.map(|(city, code)| (city.to_owned(), code.to_owned()));
    assert_eq!(pairs, expected.into());
    assert!((share("city = 'Berlin'") - 0.6).abs() < 0.03);
    assert!((share("colour = 'red'") - 0.48).abs() < 0.03);
    // Distributions.
    assert!((share("grams < 800") - 0.5).abs() < 0.03);
    assert!((number("SELECT avg(price) FROM parcels") - 9.9).abs() < 0.15);
    assert!((share("length(note) < 20") - 0.5).abs() < 0.03);
    assert!(share("length(note) NOT BETWEEN 10 AND 90") < f64::EPSILON);
    assert_eq!(
        number("SELECT count(DISTINCT batch) FROM parcels") as u32,
        40
    );
    // Time swings and grows.
    assert!(share("strftime('%w', sent_at) IN ('0', '6')") < f64::EPSILON);
    assert!(
        share("strftime('%H', sent_at) = '20'") > 6.0 * share("strftime('%H', sent_at) = '05'")
    );
    assert!(share("sent_at >= '2025-01-01'") > 1.5 * share("sent_at < '2025-01-01'"));
    // Documents.
    let metas: Vec<(String, String)> = connection
        .prepare("SELECT city, meta FROM parcels")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut sizes: BTreeMap<u64, usize> = BTreeMap::new();
    for (city, meta) in &metas {
        let meta: serde_json::Value = serde_json::from_str(meta).unwrap();
        assert_eq!(meta["city"], city.as_str());
        assert_eq!(meta["tags"][1], "a \"b\"");
        let version = meta["version"].as_str().unwrap();
        assert!(version.split('.').count() >= 3, "{version}");
        assert_eq!(
            (&meta["fragile"], &meta["none"]),
            (&false.into(), &serde_json::Value::Null)
        );
        *sizes.entry(meta["size"].as_u64().unwrap()).or_default() += 1;
    }
    assert_eq!(sizes.len(), 9);
    // SQL of the plan's own, in the database's kind.
    assert_eq!(
        number("SELECT max(parcels) FROM totals") as i64,
        parcels as i64
    );

    // The file is a part of the data: another one makes others.
    let cities = shop.folder.path().join("cities.csv");
    std::fs::write(&cities, CITIES.replace("Ulm", "Bonn")).unwrap();
    let path = shop.folder.path().join("plan.toml");
    let other = Plan::parse(PLAN, path.to_str().unwrap()).unwrap();
    let other = seed::check(&other, &shop.database(), &options)
        .await
        .unwrap();
    assert_ne!(other.fingerprint, filled.fingerprint);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_takes_the_same_plan_and_a_statement_that_fails_undoes_all() {
    let shop = Shop::new(SCHEMA);
    let plan = beside(&shop);
    let cluster = Postgres::start().await;
    let database = Database::parse(&cluster.database("parcels", SCHEMA).await).unwrap();
    let wrong = PLAN.replace("no statement of this database", "x").replace(
        "after = [",
        "after = [\n    { postgres = \"INSERT INTO totals VALUES (NULL)\" },",
    );
    let path = shop.folder.path().join("plan.toml");
    let wrong = Plan::parse(&wrong, path.to_str().unwrap()).unwrap();
    let error = fill(&wrong, &database, &Options::default())
        .await
        .unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("statement 1 of `after` under [sql]"),
        "{told}"
    );
    assert!(told.contains("plan.toml`, line 6"), "{told}");
    let client = cluster.client("parcels").await;
    let count = |table: &'static str| {
        let client = &client;
        async move {
            let row = client
                .query_one(&format!("SELECT count(*) FROM {table}"), &[])
                .await;
            row.unwrap().get::<_, i64>(0)
        }
    };
    assert_eq!((count("parcels").await, count("totals").await), (0, 0));

    let filled = fill(&plan, &database, &Options::default()).await;
    let filled = filled.unwrap_or_else(|error| panic!("{error:?}"));
    let row = client
        .query_one("SELECT max(parcels) FROM totals", &[])
        .await
        .unwrap();
    assert_eq!(
        i64::from(row.get::<_, i32>(0)),
        filled.rows["parcels"] as i64
    );
}

#[test]
fn what_is_wrong_is_told_with_file_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("cities.csv"),
        CITIES.replace("10\n", "few\n"),
    )
    .unwrap();
    let refusal = |top: &str, column: &str| {
        let text = format!(
            "{top}\n[tables.t]\nrows = 4\n[tables.t.columns]\nid = \"sequence\"\nc = {column}\n"
        );
        let path = folder.path().join("plan.toml");
        let error = match Plan::parse(&text, path.to_str().unwrap()) {
            Err(error) => seed::SeedError::from(error),
            Ok(plan) => seed::feeds(&plan, &Options::default()).unwrap_err(),
        };
        let help = miette::Diagnostic::help(&error).map(|help| help.to_string());
        format!("{error} | {}", help.unwrap_or_default())
    };
    for (column, expected) in [
        (
            r#"{ gen = "one_of", file = "towns.csv" }"#,
            "towns.csv` cannot be read",
        ),
        (
            r#"{ gen = "one_of", file = "cities.csv", column = "town" }"#,
            "`cities.csv`, line 1: no column `town` | its columns: city, postcode, people",
        ),
        (
            r#"{ gen = "one_of", file = "cities.csv", column = "city", weight = "people" }"#,
            "`cities.csv`, line 3: `few` is no weight",
        ),
        (
            r#"{ gen = "one_of", file = "cities.csv", column = "city", as = "integer" }"#,
            "`cities.csv`, line 2: `Berlin` is no whole number",
        ),
        (
            r#"{ gen = "list", values = [1, 2] }"#,
            "`t.c` lists 2 values for 4 rows",
        ),
        (
            r#"{ gen = "integer", max = 9, shape = "norml" }"#,
            "did you mean `normal`?",
        ),
        (
            r#"{ gen = "integer", max = 9, mean = 3 }"#,
            "goes with `shape = \"normal\"`",
        ),
        (
            r#"{ gen = "integer", shape = "empirical", bins = [1, 9, 4], weights = [1, 1] }"#,
            "that do not fall",
        ),
        (
            r#"{ gen = "integer", shape = "empirical", bins = [1, 9], weights = [1, 1] }"#,
            "for each of the 1 parts",
        ),
        (
            r#"{ gen = "by", column = "id", cases = { a = "uuid", b = { gen = "integer", max = 3 } } }"#,
            "the cases of `t.c` give a UUID and an integer",
        ),
        (
            r#"{ gen = "by", column = "c", cases = { a = "uuid" } }"#,
            "computed from itself",
        ),
        (
            r#"{ gen = "by", column = "id", cases = { a = "uid" } }"#,
            "did you mean `uuid`?",
        ),
        (
            r#"{ gen = "json", value = { theme = "dark" } }"#,
            "`dark` inside of column `t.c` is no generator",
        ),
        (
            r#"{ gen = "json", text = '{"a": {id}' }"#,
            "is no JSON with its pieces filled in",
        ),
        (
            r#"{ gen = "json", value = { face = { gen = "picture" } } }"#,
            "`t.c` has bytes inside",
        ),
        (
            r#"{ gen = "by", column = "id", cases = { a = { gen = "integer", max = 3, unique_with = ["id"] } } }"#,
            "a part that is to be unique",
        ),
        (r#""null""#, "`t.c` never has a value"),
        (
            r#"{ gen = "email", variety = 9 }"#,
            "cannot have a `variety`",
        ),
        (
            r#"{ gen = "timestamp", hours = [1, 2] }"#,
            "must hold 24 weights",
        ),
        (
            r#"{ gen = "timestamp", hours = "evening", zone = "Europe/Berlni" }"#,
            "is no time zone",
        ),
    ] {
        let told = refusal("", column);
        assert!(told.contains(expected), "{column}: {told}");
    }
    let told = refusal(
        "[sql]\nafter = [\"UPDATE t SET c = 1; COMMIT\"]",
        "\"uuid\"",
    );
    assert!(
        told.contains("line 2: a statement under [sql] begins or ends a transaction: `COMMIT`"),
        "{told}"
    );
}

#[tokio::test]
async fn cases_and_documents_refer_to_rows_that_are_there() {
    let shop = Shop::new(
        "CREATE TABLE kinds (code TEXT PRIMARY KEY, size INTEGER NOT NULL);
         INSERT INTO kinds VALUES ('a', 11), ('b', 12), ('c', 13);
         CREATE TABLE things (id INTEGER PRIMARY KEY, state TEXT NOT NULL, size INTEGER NOT NULL, meta TEXT NOT NULL);",
    );
    let plan = r#"
[tables.things]
rows = 300
[tables.things.columns]
id = "sequence"
state = { gen = "one_of", values = ["known", "new"] }
size = { gen = "by", column = "state", cases = { known = { gen = "existing", table = "kinds", column = "size" } }, otherwise = { gen = "integer", min = 1, max = 3 } }
meta = { gen = "json", value = { kind = { gen = "existing", table = "kinds", column = "code" } } }
[feeds.things]
columns = ["id", "meta"]
"#;
    let plan = Plan::parse(plan, "things.toml").unwrap();
    let filled = fill(&plan, &shop.database(), &Options::default()).await;
    let filled = filled.unwrap_or_else(|error| panic!("{error:?}"));
    assert!(filled.feeds[0].rows[0][1].starts_with("{\"kind\":\""));
    let connection = shop.open();
    let number = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    let wrong =
        "SELECT count(*) FROM things WHERE (state = 'known') <> (size IN (SELECT size FROM kinds))";
    assert_eq!(number(wrong), 0);
    let kinds = "SELECT count(DISTINCT code) FROM things JOIN kinds ON meta ->> '$.kind' = code";
    assert_eq!(number(kinds), 3);
    let error = seed::feeds(&plan, &Options::default()).unwrap_err();
    assert!(error.to_string().contains("rows of `kinds`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_before_is_tried_and_what_runs_after_sees_all_in_its_place() {
    let cluster = Postgres::start().await;
    let schema = "CREATE TABLE parcels (id int PRIMARY KEY, grams int NOT NULL CONSTRAINT light CHECK (grams % 7 < 3),
            above int REFERENCES parcels);
        CREATE INDEX by_grams ON parcels (grams); CREATE TABLE seen (indexes int, keys int)";
    let url = cluster.database("parcels", schema).await;
    let plan = r#"
[sql]
before = ["ALTER TABLE parcels DROP CONSTRAINT light"]
after = ["INSERT INTO seen SELECT (SELECT count(*) FROM pg_indexes WHERE tablename = 'parcels'), (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated)"]
[tables.parcels]
rows = 60000
[tables.parcels.columns]
id = "sequence"
grams = { gen = "integer", max = 900 }
above = { gen = "ref", table = "parcels", earlier = true }
"#;
    let plan = Plan::parse(plan, "parcels.toml").unwrap();
    let filled = fill(&plan, &Database::parse(&url).unwrap(), &Options::default()).await;
    filled.unwrap_or_else(|error| panic!("{error:?}"));
    let client = cluster.client("parcels").await;
    let query = "SELECT indexes, keys, (SELECT count(*)::int FROM parcels) FROM seen";
    let row = client.query_one(query, &[]).await.unwrap();
    let seen: (i32, i32, i32) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(seen, (2, 1, 60_000));
}
