//! Schemas other than the shop's: types, circles, trees, composite keys.

use rehearsal::seed::{Database, Options, Plan, SeedError};

use super::{Shop, fill};
use crate::support::postgres::Postgres;

const TYPES: &str = r"
CREATE TYPE mood AS ENUM ('calm', 'loud');
CREATE DOMAIN short AS varchar(12);
CREATE TABLE things (
    id uuid PRIMARY KEY, small smallint NOT NULL, price numeric(12, 4) NOT NULL, ratio real, share double precision,
    yes boolean NOT NULL, code varchar(8) NOT NULL, label short, born date NOT NULL, woken time, seen timestamp,
    extra jsonb NOT NULL, raw json, feeling mood NOT NULL, twice bigint GENERATED ALWAYS AS (small * 2) STORED,
    made timestamptz NOT NULL DEFAULT now(), size int GENERATED ALWAYS AS IDENTITY
);";

const TYPES_PLAN: &str = r#"
seed = 1
[tables.things]
rows = 500
[tables.things.columns]
id = "uuid"
small = { gen = "integer", min = -5, max = 300 }
price = { gen = "decimal", min = -12345.5, max = 12345.6789, scale = 4 }
ratio = { gen = "decimal", min = 0, max = 1, scale = 3 }
share = { gen = "constant", value = 0.25 }
yes = { gen = "boolean", share = 0.9 }
code = { gen = "words", min = 2, max = 4 }
label = { gen = "first_name", nulls = 0.3 }
born = { gen = "timestamp", from = "1950-01-01", to = "2005-12-31" }
woken = { gen = "timestamp" }
seen = { gen = "constant", value = 2025-03-01T09:30:00 }
extra = { gen = "constant", value = "{\"a\": [1, 2]}" }
raw = { gen = "constant", value = "[]" }
feeling = { gen = "one_of", values = ["calm", "loud"], weights = [9, 1] }
"#;

pub(super) const BLOBS_PLAN: &str = r#"
locales = ["de_DE", "ja_JP", "ar_SA"]
[tables.uploads]
rows = 40
[tables.uploads.columns]
id = "sequence"
name = "file_name"
owner = "full_name"
thumbnail = { gen = "picture", width = 20, height = 10 }
body = { gen = "bytes", min = 10, max = 3000, nulls = 0.2 }
"#;

/// What both databases hold of the same plan: name, owner, and the bytes.
type Upload = (String, String, Vec<u8>, Option<Vec<u8>>);

fn check_uploads(uploads: &[Upload]) {
    assert_eq!(uploads.len(), 40);
    for (name, owner, thumbnail, body) in uploads {
        assert!(name.contains('.') && !owner.is_empty());
        let decoder = png::Decoder::new(std::io::Cursor::new(thumbnail));
        let reader = decoder.read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (20, 10));
        let length = body.as_ref().map_or(10, Vec::len);
        assert!((10..=3000).contains(&length), "{length}");
    }
    assert!(uploads.iter().any(|upload| upload.3.is_none()));
    assert!(
        uploads
            .iter()
            .any(|upload| upload.3.as_ref().is_some_and(|body| body.contains(&0)))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_bytes_are_the_same_in_both_databases() {
    let plan = Plan::parse(BLOBS_PLAN, "blobs.toml").unwrap();
    let schema = "CREATE TABLE uploads (id integer PRIMARY KEY, name text NOT NULL, owner text NOT NULL, \
                  thumbnail BYTES NOT NULL, body BYTES)";
    let shop = Shop::new(&schema.replace("BYTES", "blob"));
    fill(&plan, &shop.database(), &Options::default())
        .await
        .unwrap();
    let select = "SELECT name, owner, thumbnail, body FROM uploads ORDER BY id";
    let connection = shop.open();
    let mut statement = connection.prepare(select).unwrap();
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    });
    let of_sqlite: Vec<Upload> = rows.unwrap().collect::<Result<_, _>>().unwrap();
    check_uploads(&of_sqlite);

    let cluster = Postgres::start().await;
    let url = cluster
        .database("blobs", &schema.replace("BYTES", "bytea"))
        .await;
    fill(&plan, &Database::parse(&url).unwrap(), &Options::default())
        .await
        .unwrap();
    let rows = cluster
        .client("blobs")
        .await
        .query(select, &[])
        .await
        .unwrap();
    let of_postgres: Vec<Upload> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect();
    assert_eq!(of_sqlite, of_postgres);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_types_hold_what_was_meant() {
    let cluster = Postgres::start().await;
    let url = cluster.database("types", TYPES).await;
    let plan = Plan::parse(TYPES_PLAN, "types.toml").unwrap();
    fill(&plan, &Database::parse(&url).unwrap(), &Options::default())
        .await
        .unwrap();
    let client = cluster.client("types").await;
    let row = client
        .query_one(
            "SELECT count(DISTINCT id), min(small), max(small), min(price) < -12000, max(price) > 12000,
                bool_and(scale(price) = 4), avg(share)::float8, avg(yes::int)::float8, max(length(code)),
                avg((label IS NULL)::int)::float8, min(born) >= '1950-01-01' AND max(born) <= '2005-12-31',
                bool_and(seen = '2025-03-01 09:30:00'), bool_and(extra->'a'->>1 = '2'),
                avg((feeling = 'calm')::int)::float8, bool_and(twice = small * 2),
                count(DISTINCT date_trunc('hour', now()::date + woken)) FROM things",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 500);
    assert_eq!(row.get::<_, i16>(1).max(-5), row.get::<_, i16>(1));
    assert!(row.get::<_, i16>(2) <= 300 && row.get::<_, i16>(2) > 280);
    for flag in [3, 4, 5, 10, 11, 12, 14] {
        assert!(row.get::<_, bool>(flag), "column {flag}");
    }
    assert!((row.get::<_, f64>(6) - 0.25).abs() < 1e-9);
    let near = |index: usize, expected: f64| {
        let found: f64 = row.get(index);
        assert!(
            (found - expected).abs() < 0.07,
            "column {index}: {found}, expected {expected}"
        );
    };
    near(7, 0.9);
    near(9, 0.3);
    near(13, 0.9);
    assert_eq!(row.get::<_, i32>(8), 8, "cut to the column's length");
    assert_eq!(row.get::<_, i64>(15), 24);
}

const CIRCLE: &str = "
CREATE TABLE teams (id int PRIMARY KEY, lead_id int, name text NOT NULL);
CREATE TABLE people (id int PRIMARY KEY, team_id int NOT NULL REFERENCES teams, boss_id int REFERENCES people);
ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES people;
CREATE TABLE skills (person_id int REFERENCES people, topic_id int REFERENCES topics, PRIMARY KEY (person_id, topic_id));";

const CIRCLE_PLAN: &str = r#"
seed = 1
[tables.teams]
rows = 20
[tables.teams.columns]
id = "sequence"
lead_id = { gen = "ref", table = "people" }
name = "company"
[tables.people]
rows = 300
[tables.people.columns]
id = "sequence"
team_id = { gen = "ref", table = "teams" }
boss_id = { gen = "ref", table = "people", earlier = true }
[tables.topics]
rows = 9
[tables.topics.columns]
id = { gen = "sequence", start = 100 }
[tables.skills]
per_parent = { table = "people", min = 0, max = 9 }
[tables.skills.columns]
person_id = "parent"
topic_id = { gen = "ref", table = "topics", distinct = true }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn circles_trees_and_pairs_are_filled() {
    let cluster = Postgres::start().await;
    let schema = format!("CREATE TABLE topics (id int PRIMARY KEY); {CIRCLE}");
    let url = cluster.database("circle", &schema).await;
    let plan = Plan::parse(CIRCLE_PLAN, "circle.toml").unwrap();
    let filled = fill(&plan, &Database::parse(&url).unwrap(), &Options::default())
        .await
        .unwrap();
    let client = cluster.client("circle").await;
    let row = client
        .query_one(
            "SELECT (SELECT count(lead_id) FROM teams), (SELECT count(*) FROM people WHERE boss_id >= id),
                (SELECT count(*) FROM people WHERE boss_id IS NULL), (SELECT count(*) FROM skills)",
            &[],
        )
        .await
        .unwrap();
    let found: Vec<i64> = (0..4).map(|index| row.get(index)).collect();
    assert_eq!(found, [20, 0, 1, filled.rows["skills"] as i64]);

    let tight = CIRCLE.replace("lead_id int", "lead_id int NOT NULL");
    let schema = format!("CREATE TABLE topics (id int PRIMARY KEY); {tight}");
    let url = cluster.database("tight", &schema).await;
    // Only who owns the tables may take a constraint away and put it back.
    let client = cluster.client("tight").await;
    client
        .batch_execute(
            "CREATE ROLE guest LOGIN PASSWORD 'open-door';
             GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO guest;",
        )
        .await
        .unwrap();
    let as_guest = Database::parse(&cluster.url_of("guest", "open-door", "tight")).unwrap();
    let error = fill(&plan, &as_guest, &Options::default())
        .await
        .unwrap_err();
    assert!(matches!(&error, SeedError::Circle { .. }), "{error}");
    assert!(
        error.to_string().contains("`people`") && error.to_string().contains("`teams`"),
        "{error}"
    );
    fill(&plan, &Database::parse(&url).unwrap(), &Options::default())
        .await
        .unwrap();
    let row = client
        .query_one(
            "SELECT (SELECT count(*) FROM teams WHERE lead_id NOT IN (SELECT id FROM people)),
                (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (0, 5));
}

/// A row of the table below.
type Row = (i64, String, String, String, i64, f64, i64, String);

#[tokio::test]
async fn sqlite_keeps_the_forms_that_frameworks_read() {
    let shop = Shop::new(
        "CREATE TABLE a (id char(32) NOT NULL PRIMARY KEY, made datetime NOT NULL, day date, at timestamp,
            up bool NOT NULL, price decimal NOT NULL, stamp integer, text_at text);",
    );
    let plan = r#"
[tables.a]
rows = 40
[tables.a.columns]
id = "uuid"
made = { gen = "constant", value = 2025-03-01T09:30:00Z }
day = { gen = "constant", value = 2025-03-01 }
at = { gen = "timestamp", after = "made", within = "1h" }
up = { gen = "boolean", share = 1.0 }
price = { gen = "constant", value = 19.90 }
stamp = { gen = "constant", value = 2025-03-01T09:30:00Z }
text_at = { gen = "constant", value = 2025-03-01T09:30:00Z }
"#;
    let plan = Plan::parse(plan, "a.toml").unwrap();
    fill(&plan, &shop.database(), &Options::default())
        .await
        .unwrap();
    let row: Row = shop
        .open()
        .query_row(
            "SELECT length(min(id)), made, day, max(at), up, price, stamp, text_at FROM a",
            [],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    row.get(7)?,
                ))
            },
        )
        .unwrap();
    assert_eq!(row.0, 32);
    assert_eq!(
        (row.1.as_str(), row.2.as_str()),
        ("2025-03-01 09:30:00", "2025-03-01")
    );
    assert!(
        row.3.as_str() > "2025-03-01 09:45:00" && row.3.as_str() <= "2025-03-01 10:30:00",
        "{}",
        row.3
    );
    assert_eq!(
        (row.4, row.6, row.7.as_str()),
        (1, 1_740_821_400, "2025-03-01T09:30:00Z")
    );
    assert!((row.5 - 19.9).abs() < 1e-9);
}
