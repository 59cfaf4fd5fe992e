//! Filling with indexes and references set aside: they come back exactly as they were, and the
//! rows are the same.

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use rehearsal::seed::{self, Database, Options, Plan, Stage};
use sha2::{Digest as _, Sha256};

use super::{Shop, fill};
use crate::support::postgres::{PASSWORD, Postgres};

/// Every kind of index, constraint and mark that must come back, and those that must stay.
const SCHEMA: &str = r#"
CREATE SCHEMA "Side";
CREATE TABLE plans (id int PRIMARY KEY, name text NOT NULL, lead_id bigint);
CREATE TABLE members (
    id bigint CONSTRAINT "members' key" PRIMARY KEY,
    plan_id int NOT NULL CONSTRAINT members_plan REFERENCES plans,
    sponsor_id bigint CONSTRAINT members_sponsor REFERENCES members ON DELETE SET NULL,
    email text NOT NULL, code text NOT NULL, born date NOT NULL, balance numeric NOT NULL,
    CONSTRAINT members_email UNIQUE (email) INCLUDE (code) WITH (fillfactor = 70) USING INDEX TABLESPACE side,
    CONSTRAINT members_code UNIQUE (code) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT members_span EXCLUDE USING gist (int8range(id, id, '[]') WITH &&) WHERE (id < 500)
);
ALTER TABLE plans ADD CONSTRAINT plans_lead FOREIGN KEY (lead_id) REFERENCES members;
CREATE INDEX members_lower ON members (lower(email) text_pattern_ops DESC NULLS LAST, born) WHERE balance > 10;
CREATE INDEX members_brin ON members USING brin (born) WITH (pages_per_range = 32);
CREATE INDEX members_hash ON members USING hash (code) TABLESPACE side;
CREATE INDEX "Members ""quoted""" ON members (balance DESC, born);
CREATE UNIQUE INDEX members_identity ON members (email, id);
ALTER INDEX members_lower ALTER COLUMN 1 SET STATISTICS 500;
ALTER TABLE members CLUSTER ON "Members ""quoted""";
ALTER TABLE members REPLICA IDENTITY USING INDEX members_identity;
COMMENT ON INDEX members_brin IS 'it''s small';
COMMENT ON INDEX members_email IS 'of the index';
COMMENT ON CONSTRAINT members_email ON members IS 'of the constraint';
COMMENT ON CONSTRAINT members_plan ON members IS 'of the reference';
CREATE TABLE "Side".orders (
    id bigint PRIMARY KEY,
    member_id bigint NOT NULL,
    old_id bigint,
    total int NOT NULL,
    CONSTRAINT "orders'" FOREIGN KEY (member_id) REFERENCES members ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE "Side".orders ADD CONSTRAINT orders_old FOREIGN KEY (old_id) REFERENCES members (id) NOT VALID;
CREATE INDEX ON "Side".orders (member_id);
CREATE TABLE visits (id bigint PRIMARY KEY, member_id bigint REFERENCES members, order_id bigint REFERENCES "Side".orders);
INSERT INTO visits VALUES (1, NULL, NULL);
CREATE VIEW spenders AS
    SELECT o.id, o.total, count(v.id) FROM "Side".orders o LEFT JOIN visits v ON v.order_id = o.id GROUP BY o.id;
CREATE TABLE events (id bigint NOT NULL, member_id bigint NOT NULL REFERENCES members, day date NOT NULL, PRIMARY KEY (id, day))
    PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
CREATE INDEX events_member ON events (member_id);
CREATE TABLE notes (id int PRIMARY KEY, member_id bigint REFERENCES members);
ALTER TABLE notes DISABLE TRIGGER ALL;
"#;

const PLAN: &str = r#"
seed = 3
[tables.plans]
rows = 7
[tables.plans.columns]
id = "sequence"
name = "company"
lead_id = { gen = "ref", table = "members" }
[tables.members]
rows = 12000
[tables.members.columns]
id = "sequence"
plan_id = { gen = "ref", table = "plans" }
sponsor_id = { gen = "ref", table = "members", earlier = true }
email = "email"
code = { gen = "template", text = "C{row:07}" }
born = { gen = "timestamp", from = "1950-01-01", to = "2005-12-31" }
balance = { gen = "decimal", min = 0, max = 100, scale = 2 }
[tables."Side.orders"]
per_parent = { table = "members", mean = 1.0, max = 9 }
scatter = true
[tables."Side.orders".columns]
id = "sequence"
member_id = "parent"
total = { gen = "integer", min = 1, max = 900 }
[tables.events]
rows = 6000
[tables.events.columns]
id = "sequence"
member_id = { gen = "ref", table = "members" }
day = { gen = "timestamp" }
"#;

const INDEXES: &str = "
    SELECT c.relname::text, c.oid FROM pg_class c JOIN pg_index x ON x.indexrelid = c.oid
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'Side')";

async fn indexes(client: &tokio_postgres::Client) -> BTreeMap<String, u32> {
    let rows = client.query(INDEXES, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Hash of a table's rows as `COPY` gives them.
async fn copied(client: &tokio_postgres::Client, select: &str) -> Vec<u8> {
    let statement = format!("COPY {select} TO STDOUT");
    let rows = client.copy_out(&statement).await.unwrap();
    let hash = rows.try_fold(Sha256::new(), |mut hash, row| async move {
        hash.update(&row);
        Ok(hash)
    });
    hash.await.unwrap().finalize().to_vec()
}

async fn torture(cluster: &Postgres, name: &str) -> Database {
    let admin = cluster.client("postgres").await;
    // Not in a transaction block, and there once.
    for statement in [
        "SET allow_in_place_tablespaces = on",
        "CREATE TABLESPACE side LOCATION ''",
    ] {
        let _there_already = admin.batch_execute(statement).await;
    }
    Database::parse(&cluster.database(name, SCHEMA).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_aside_comes_back_as_it_was() {
    let cluster = Postgres::start().await;
    let database = torture(&cluster, "fast").await;
    let client = cluster.client("fast").await;
    let (before, old) = (cluster.dump_schema("fast"), indexes(&client).await);
    assert!(before.contains("REPLICA IDENTITY USING INDEX members_identity"));

    let plan = Plan::parse(PLAN, "fast.toml").unwrap();
    let mut built = Vec::new();
    let filled = seed::run(&plan, &database, &Options::default(), &mut |told| {
        if told.stage == Stage::Index && told.done == told.total {
            built.push((told.table, told.total));
        }
    })
    .await
    .unwrap();
    let no_notes: [String; 0] = [];
    assert_eq!(filled.notes, no_notes);
    assert_eq!(cluster.dump_schema("fast"), before);

    built.sort();
    // Of members, the key stays that a reference needs which is not valid; of orders, the key by
    // which a view groups.
    let expected = [("Side.orders", 1), ("members", 8)].map(|(table, n)| (table.to_owned(), n));
    assert_eq!(built, expected);
    let new = indexes(&client).await;
    let same: Vec<&str> = old
        .iter()
        .filter(|(name, oid)| new[*name] == **oid)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        same,
        [
            "events_member",
            "events_new_member_id_idx",
            "events_new_pkey",
            "events_old_member_id_idx",
            "events_old_pkey",
            "events_pkey",
            "members' key",
            "notes_pkey",
            "orders_pkey",
            "plans_pkey",
            "visits_pkey"
        ]
    );
    let row = client
        .query_one(
            "SELECT (SELECT count(*) FROM members), (SELECT count(lead_id) FROM plans),
                    (SELECT count(*) FROM pg_constraint WHERE NOT convalidated),
                    (SELECT count(*) FROM pg_index WHERE NOT indisvalid OR indcheckxmin),
                    (SELECT count(*) FROM pg_stats WHERE tablename = 'members')",
            &[],
        )
        .await
        .unwrap();
    let counts: Vec<i64> = (0..5).map(|index| row.get(index)).collect();
    assert_eq!(counts, [12_000, 7, 1, 0, 7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_the_same_with_any_number_of_threads_and_with_indexes_in_place() {
    let cluster = Postgres::start().await;
    let plan = Plan::parse(PLAN, "fast.toml").unwrap();
    let variants = [
        (1, None, false),
        (8, None, false),
        (3, None, true),
        (8, Some(4), false),
    ];
    let mut hashes = Vec::new();
    for (number, (threads, seed, keep_indexes)) in variants.into_iter().enumerate() {
        let name = format!("same{number}");
        let database = torture(&cluster, &name).await;
        let client = cluster.client(&name).await;
        let old = indexes(&client).await;
        let options = Options {
            threads,
            seed,
            keep_indexes,
            ..Options::default()
        };
        fill(&plan, &database, &options).await.unwrap();
        assert_eq!(keep_indexes, indexes(&client).await == old);
        let mut of_tables = Vec::new();
        for table in ["plans", "members", "\"Side\".orders", "events"] {
            let ordered = format!("(SELECT * FROM {table} ORDER BY id)");
            of_tables.push(copied(&client, &ordered).await);
        }
        // Also in the order in which they stand, where nothing was written afterwards.
        of_tables.push(copied(&client, "members").await);
        hashes.push(of_tables);
    }
    assert_eq!(hashes[0], hashes[1], "1 and 8 threads");
    assert_eq!(hashes[0], hashes[2], "indexes in place");
    for (one, other) in hashes[0].iter().zip(&hashes[3]) {
        assert_ne!(one, other, "another seed number");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_reads_is_not_waited_for() {
    let cluster = Postgres::start().await;
    let database = torture(&cluster, "busy").await;
    let mut reader = cluster.client("busy").await;
    let reading = reader.transaction().await.unwrap();
    let read = "SELECT count(*) FROM members";
    reading.query_one(read, &[]).await.unwrap();
    let before = cluster.dump_schema("busy");
    let plan = Plan::parse(PLAN, "fast.toml").unwrap();
    let filled = fill(&plan, &database, &Options::default()).await.unwrap();
    assert!(
        filled.notes[0].contains("lock timeout"),
        "{:?}",
        filled.notes
    );
    assert_eq!(cluster.dump_schema("busy"), before);
    let rows = reading.query_one(read, &[]).await.unwrap();
    assert_eq!(rows.get::<_, i64>(0), 12_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_that_may_need_indexes_and_rows_that_break_them_are_heeded() {
    let cluster = Postgres::start().await;
    let database = torture(&cluster, "heed").await;
    let client = cluster.client("heed").await;
    let plan = Plan::parse(PLAN, "fast.toml").unwrap();
    // Two of the rows are one for this index, which is found when it is built: the plan is not held
    // against an index over some of the rows, and the first ones, which are tried, are not in it.
    let broken = "CREATE UNIQUE INDEX too_unique ON members (born) WHERE id > 1000";
    client.batch_execute(broken).await.unwrap();
    let before = cluster.dump_schema("heed");
    let options = Options::default();
    let error = fill(&plan, &database, &options).await.unwrap_err();
    assert!(error.to_string().contains("too_unique"), "{error}");
    assert_eq!(cluster.dump_schema("heed"), before);
    let rows = "SELECT count(*) FROM members";
    let rows: i64 = client.query_one(rows, &[]).await.unwrap().get(0);
    assert_eq!(rows, 0);

    client
        .batch_execute(
            "DROP INDEX too_unique;
             CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER look BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION look();",
        )
        .await
        .unwrap();
    let old = indexes(&client).await;
    let filled = fill(&plan, &database, &Options::default()).await.unwrap();
    assert!(
        filled.notes[0].contains("`look` of `members`"),
        "{:?}",
        filled.notes
    );
    assert_eq!(indexes(&client).await, old);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_role_does_not_own_stays() {
    let cluster = Postgres::start().await;
    cluster.database("owned", "SELECT 1").await;
    let admin = cluster.client("owned").await;
    admin
        .batch_execute(&format!(
            "CREATE ROLE seeder LOGIN PASSWORD '{PASSWORD}'; GRANT CREATE ON SCHEMA public TO seeder;
             CREATE TABLE theirs (id bigint PRIMARY KEY, name text NOT NULL UNIQUE);
             GRANT ALL ON theirs TO seeder;
             SET ROLE seeder;
             CREATE TABLE mine (id bigint PRIMARY KEY, their_id bigint NOT NULL REFERENCES theirs,
                                name text NOT NULL UNIQUE);
             RESET ROLE;
             CREATE TABLE watching (id bigint PRIMARY KEY, mine_id bigint REFERENCES mine);
             GRANT SELECT ON watching TO seeder;"
        ))
        .await
        .unwrap();
    let columns = "id = \"sequence\"\nname = { gen = \"template\", text = \"n{row}\" }";
    let plan = format!(
        "[tables.theirs]\nrows = 6000\n[tables.theirs.columns]\n{columns}
         [tables.mine]\nrows = 6000\n[tables.mine.columns]\n{columns}
         their_id = {{ gen = \"ref\", table = \"theirs\" }}"
    );
    let plan = Plan::parse(&plan, "owned.toml").unwrap();
    let database = Database::parse(&cluster.url_of("seeder", PASSWORD, "owned")).unwrap();
    let (before, old) = (cluster.dump_schema("owned"), indexes(&admin).await);
    fill(&plan, &database, &Options::default()).await.unwrap();
    assert_eq!(cluster.dump_schema("owned"), before);
    let new = indexes(&admin).await;
    let moved: Vec<&String> = new.keys().filter(|name| new[*name] != old[*name]).collect();
    assert_eq!(
        moved,
        ["mine_name_key"],
        "another's reference needs the primary key"
    );
}

const SQLITE: &str = "
    CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, town TEXT NOT NULL, born TEXT);
    CREATE TABLE pets (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES people, name TEXT);
    CREATE INDEX people_town ON people (town COLLATE NOCASE, born DESC) WHERE born IS NOT NULL;
    CREATE UNIQUE INDEX \"people \"\"lower\"\"\" ON people (lower(email));
    CREATE INDEX pets_person ON pets(person_id);";

const SQLITE_PLAN: &str = r#"
[tables.people]
rows = 9000
[tables.people.columns]
id = "sequence"
email = "email"
town = "city"
born = { gen = "timestamp", nulls = 0.5 }
[tables.pets]
rows = 6000
[tables.pets.columns]
id = "sequence"
person_id = { gen = "ref", table = "people" }
name = "first_name"
"#;

fn catalogue(connection: &rusqlite::Connection) -> Vec<(String, String, Option<String>)> {
    let mut statement = connection
        .prepare("SELECT name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat_' AND tbl_name <> 'rehearsal_seeded' ORDER BY name")
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_of_sqlite_come_back_and_rows_are_the_same() {
    let plan = Plan::parse(SQLITE_PLAN, "sqlite.toml").unwrap();
    let mut all = Vec::new();
    for (threads, keep_indexes, seed) in [
        (1, false, None),
        (8, false, None),
        (2, true, None),
        (8, false, Some(9)),
    ] {
        let shop = Shop::new(SQLITE);
        let before = catalogue(&shop.open());
        let options = Options {
            threads,
            keep_indexes,
            seed,
            ..Options::default()
        };
        let mut built = Vec::new();
        let database = shop.database();
        seed::run(&plan, &database, &options, &mut |told| {
            if told.stage == Stage::Index && told.done == told.total {
                built.push((told.table, told.total));
            }
        })
        .await
        .unwrap();
        let expected = [("people".to_owned(), 2), ("pets".to_owned(), 1)];
        assert_eq!(built, &expected[..if keep_indexes { 0 } else { 2 }]);
        assert_eq!(catalogue(&shop.open()), before);
        let connection = shop.open();
        let sound: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok");
        let mut statement = connection
            .prepare("SELECT id || email || town || ifnull(born, '-') FROM people ORDER BY id")
            .unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        all.push(rows.collect::<rusqlite::Result<Vec<String>>>().unwrap());
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
    assert_ne!(all[0], all[3]);
}
