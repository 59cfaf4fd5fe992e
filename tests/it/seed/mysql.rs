//! MariaDB: the same rows as elsewhere, each byte of them, constraints that hold, refusals that
//! leave the database as it was.

use std::fmt::Write as _;

use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Conn, Row, Value};
use rehearsal::seed::{self, Database, Options, Plan, SeedError};

use super::schemas::BLOBS_PLAN;
use super::{SQLITE_SCHEMA, Shop, TABLES, fill, shop, small, sqlite_rows};
use crate::support::mysql::{Mariadb, PASSWORD};

/// The shop's schema, in the words of MariaDB; moments of both kinds.
pub(super) const SHOP: &str = "
CREATE TABLE categories (id BIGINT AUTO_INCREMENT PRIMARY KEY, slug VARCHAR(80) NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE customers (id BIGINT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(190) NOT NULL UNIQUE,
    password_hash VARCHAR(255) NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL, phone TEXT, street TEXT NOT NULL,
    city TEXT NOT NULL, postcode TEXT NOT NULL, country TEXT NOT NULL CHECK (char_length(country) = 2),
    created_at DATETIME NOT NULL);
CREATE TABLE products (id BIGINT AUTO_INCREMENT PRIMARY KEY, category_id BIGINT NOT NULL, sku VARCHAR(40) NOT NULL UNIQUE,
    slug VARCHAR(190) NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT NOT NULL,
    price_cents INT NOT NULL CHECK (price_cents > 0), stock INT NOT NULL CHECK (stock >= 0), created_at DATETIME NOT NULL,
    FOREIGN KEY (category_id) REFERENCES categories (id));
CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, number VARCHAR(40) NOT NULL UNIQUE, customer_id BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL CHECK (status IN ('placed', 'paid', 'shipped', 'returned')),
    total_cents INT NOT NULL CHECK (total_cents >= 0), ship_name TEXT NOT NULL, ship_street TEXT NOT NULL,
    ship_city TEXT NOT NULL, ship_postcode TEXT NOT NULL, ship_country TEXT NOT NULL, created_at TIMESTAMP NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id), KEY (customer_id, created_at));
CREATE TABLE order_lines (id BIGINT AUTO_INCREMENT PRIMARY KEY, order_id BIGINT NOT NULL, product_id BIGINT NOT NULL,
    quantity TINYINT UNSIGNED NOT NULL CHECK (quantity BETWEEN 1 AND 20),
    unit_price_cents INT NOT NULL CHECK (unit_price_cents > 0),
    FOREIGN KEY (order_id) REFERENCES orders (id), FOREIGN KEY (product_id) REFERENCES products (id));
CREATE TABLE reviews (id BIGINT AUTO_INCREMENT PRIMARY KEY, product_id BIGINT NOT NULL, customer_id BIGINT NOT NULL,
    rating TINYINT NOT NULL CHECK (rating BETWEEN 1 AND 5), title TEXT NOT NULL, body TEXT NOT NULL,
    created_at DATETIME NOT NULL, UNIQUE (product_id, customer_id),
    FOREIGN KEY (product_id) REFERENCES products (id), FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE sessions (id VARCHAR(40) PRIMARY KEY, customer_id BIGINT, csrf TEXT NOT NULL, checkout TEXT,
    created_at DATETIME NOT NULL, FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE cart_items (session_id VARCHAR(40) NOT NULL, product_id BIGINT NOT NULL,
    quantity INT NOT NULL CHECK (quantity BETWEEN 1 AND 20), PRIMARY KEY (session_id, product_id),
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE, FOREIGN KEY (product_id) REFERENCES products (id));";

pub(super) fn database(url: &str) -> Database {
    Database::parse(url).unwrap()
}

/// All rows of the shop's tables, in the order of their keys, as text.
pub(super) async fn shop_rows(connection: &mut Conn) -> Vec<String> {
    let mut lines = Vec::new();
    for table in TABLES {
        let rows: Vec<Row> = connection
            .query(format!("SELECT * FROM {table} ORDER BY id"))
            .await
            .unwrap();
        for row in rows {
            let names: Vec<_> = row
                .columns_ref()
                .iter()
                .map(|c| c.name_str().into_owned())
                .collect();
            let mut line = table.to_owned();
            for (name, value) in names.iter().zip(row.unwrap()) {
                let text = match value {
                    Value::NULL => "\\N".to_owned(),
                    Value::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
                    other => panic!("{table}: unexpected {other:?}"),
                };
                let moment = name == "created_at";
                let text = if moment {
                    text.replace(' ', "T") + "Z"
                } else {
                    text
                };
                write!(line, "\t{text}").unwrap();
            }
            lines.push(line);
        }
    }
    lines
}

pub(super) async fn one<T: FromRow + Send + 'static>(connection: &mut Conn, sql: &str) -> T {
    let found = connection.query_first(sql).await.unwrap();
    found.unwrap_or_else(|| panic!("no row: {sql}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_gets_the_rows_that_sqlite_gets() {
    let plan = shop();
    let other = Shop::new(SQLITE_SCHEMA);
    fill(&plan, &other.database(), &small()).await.unwrap();
    let expected = sqlite_rows(&other.open());
    let server = Mariadb::start().await;
    for (name, threads, way) in [("one", 1, "ON"), ("eight", 8, "ON"), ("inserted", 2, "OFF")] {
        let url = server.database(name, SHOP).await;
        let mut client = server.client(name).await;
        let statement = format!("SET GLOBAL local_infile = {way}");
        client.query_drop(statement).await.unwrap();
        let options = Options { threads, ..small() };
        let filled = fill(&plan, &database(&url), &options).await.unwrap();
        // The slower way is taken where the quick one is off, and said.
        let noted = filled
            .notes
            .iter()
            .any(|note| note.contains("local_infile"));
        assert_eq!(noted, way == "OFF", "{:?}", filled.notes);
        let rows = shop_rows(&mut client).await;
        let differs = rows.iter().zip(&expected).find(|(one, other)| one != other);
        assert_eq!(differs, None, "{name}");
        assert_eq!(rows.len(), expected.len(), "{name}");
    }
    // The application's next row does not collide, and the server knows how many rows there are.
    let mut client = server.client("one").await;
    let insert = "INSERT INTO categories (slug, name) VALUES ('new', 'New')";
    client.query_drop(insert).await.unwrap();
    assert_eq!(client.last_insert_id(), Some(9));
    let next = "SELECT AUTO_INCREMENT, TABLE_ROWS FROM information_schema.TABLES
                 WHERE TABLE_SCHEMA = 'one' AND TABLE_NAME = 'orders'";
    let (next, estimated): (u64, u64) = one(&mut client, next).await;
    let orders: u64 = one(&mut client, "SELECT count(*) FROM orders").await;
    assert_eq!(next, orders + 1);
    assert!(
        estimated.abs_diff(orders) < orders / 5 + 1,
        "{estimated} of {orders}"
    );
}

/// Every type, and what makes seeding hard.
const SITE: &str = r"
CREATE TABLE django_migrations (id INT AUTO_INCREMENT PRIMARY KEY, app TEXT NOT NULL);
CREATE TABLE auth_user (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, password VARCHAR(128) NOT NULL, last_login DATETIME(6),
    is_superuser TINYINT(1) NOT NULL, username VARCHAR(150) NOT NULL UNIQUE, email VARCHAR(254) NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT TRUE, date_joined DATETIME(6) NOT NULL);
CREATE TABLE topic (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, title VARCHAR(60) NOT NULL UNIQUE,
    above_id BIGINT UNSIGNED, FOREIGN KEY (above_id) REFERENCES topic (id) ON DELETE SET NULL);
CREATE TABLE post (id UUID PRIMARY KEY, author_id INT UNSIGNED NOT NULL, title TEXT NOT NULL, body MEDIUMTEXT NOT NULL,
    views INT UNSIGNED NOT NULL, price DECIMAL(4, 2) NOT NULL, weight DECIMAL(5, 0), ratio FLOAT, share DOUBLE NOT NULL,
    state ENUM('draft', 'it''s live') NOT NULL, flags SET('new', 'hot', 'old') NOT NULL, meta JSON NOT NULL,
    level TINYINT NOT NULL, small_number SMALLINT UNSIGNED NOT NULL, middle MEDIUMINT NOT NULL, made_in YEAR NOT NULL,
    mask BIT(5) NOT NULL, seen BIT(1) NOT NULL, raw VARBINARY(9) NOT NULL, fixed BINARY(4) NOT NULL, picture BLOB,
    external_id BINARY(16) NOT NULL UNIQUE, legacy_id CHAR(32) NOT NULL, born DATE NOT NULL, woken TIME NOT NULL,
    tiny TINYTEXT NOT NULL, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    twice INT GENERATED ALWAYS AS (level * 2) VIRTUAL, thrice INT GENERATED ALWAYS AS (level * 3) STORED,
    place POINT, location GEOMETRY NOT NULL, ip INET6 NOT NULL, old_ip INET4, `key` INT NOT NULL CHECK (`key` >= 5 AND `key` < 90),
    CONSTRAINT kind_known CHECK (level BETWEEN 1 AND 7),
    FOREIGN KEY (author_id) REFERENCES auth_user (id) ON DELETE CASCADE);
CREATE TABLE post_topic (id BIGINT AUTO_INCREMENT PRIMARY KEY, post_id UUID NOT NULL, topic_id BIGINT UNSIGNED NOT NULL,
    UNIQUE (post_id, topic_id), FOREIGN KEY (post_id) REFERENCES post (id), FOREIGN KEY (topic_id) REFERENCES topic (id));
CREATE TABLE revision (post_id UUID NOT NULL, number INT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (post_id, number),
    FOREIGN KEY (post_id) REFERENCES post (id));
CREATE VIEW busy AS SELECT * FROM post WHERE views > 10;";

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_schema_fills_without_an_edit() {
    let server = Mariadb::start().await;
    for (name, schema) in [("site", SITE), ("sakila", SAKILA), ("shop", SHOP)] {
        let database = database(&server.database(name, schema).await);
        let text = seed::plan_for(&database).await.unwrap();
        assert!(
            !text.contains(PASSWORD) && !text.contains("[tables.busy]"),
            "{text}"
        );
        let plan = super::guess::cheap(&text);
        let filled = fill(&plan, &database, &Options::default()).await;
        let filled = filled.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        assert!(
            filled.rows.values().all(|rows| *rows > 0),
            "{:?}",
            filled.rows
        );
        assert!(!filled.rows.contains_key("django_migrations"));
        let mut client = server.client(name).await;
        every_reference_holds(&mut client, name).await;
    }
    let mut client = server.client("site").await;
    let odd = "SELECT count(*) FROM post WHERE twice <> level * 2 OR thrice <> level * 3 OR NOT json_valid(meta)
        OR length(external_id) <> 16 OR `key` NOT BETWEEN 5 AND 89
        OR level NOT BETWEEN 1 AND 7 OR flags = '' OR state = '' OR made_in < 1990 OR updated_at < created_at";
    assert_eq!(one::<u64>(&mut client, odd).await, 0);
    let both: (u64, u64) = one(
        &mut client,
        "SELECT count(DISTINCT mask), count(DISTINCT external_id) = count(*) FROM post",
    )
    .await;
    assert!(both.0 > 20 && both.1 == 1, "{both:?}");
}

/// The well-known shop that lends films, with the narrow keys that it has in MySQL.
const SAKILA: &str = include_str!("../../../fixtures/schemas/sakila.mysql.sql");

/// Lets the server itself check every reference, by making the keys anew.
async fn every_reference_holds(client: &mut Conn, name: &str) {
    let keys: Vec<(String, String, String, String, String)> = client
        .exec(
            "SELECT TABLE_NAME, CONSTRAINT_NAME, group_concat(COLUMN_NAME ORDER BY ORDINAL_POSITION),
                    REFERENCED_TABLE_NAME, group_concat(REFERENCED_COLUMN_NAME ORDER BY ORDINAL_POSITION)
               FROM information_schema.KEY_COLUMN_USAGE
              WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL
              GROUP BY TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME",
            (name,),
        )
        .await
        .unwrap();
    assert!(!keys.is_empty());
    client
        .query_drop("SET foreign_key_checks = 1")
        .await
        .unwrap();
    for (table, constraint, columns, parent, targets) in keys {
        let statement = format!(
            "ALTER TABLE {table} DROP FOREIGN KEY `{constraint}`;
             ALTER TABLE {table} ADD CONSTRAINT `{constraint}` FOREIGN KEY ({columns}) REFERENCES {parent} ({targets})"
        );
        client.query_drop(statement).await.unwrap();
    }
}

const TYPES_PLAN: &str = r#"
[tables.types]
rows = 3
[tables.types.columns]
id = "uuid"
old_id = { gen = "lookup", of = "id" }
plain_id = { gen = "lookup", of = "id" }
whole = { gen = "constant", value = 41.5 }
fine = { gen = "constant", value = -0.125 }
moment = { gen = "constant", value = 2025-03-01T09:30:00Z }
stamp = { gen = "lookup", of = "moment" }
day = { gen = "lookup", of = "moment" }
hour = { gen = "lookup", of = "moment" }
seconds = { gen = "lookup", of = "moment" }
yes = { gen = "boolean", share = 1.0 }
bits = { gen = "constant", value = 5 }
zero = { gen = "constant", value = 0 }
moods = { gen = "constant", value = "loud,calm" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn types_hold_what_was_meant() {
    let server = Mariadb::start().await;
    let schema = "CREATE TABLE types (zero INT AUTO_INCREMENT, id BINARY(16) PRIMARY KEY, old_id CHAR(32), plain_id UUID,
        whole DECIMAL(6, 0), fine DECIMAL(6, 2), moment DATETIME(3), stamp TIMESTAMP, day DATE, hour TIME, seconds INT,
        yes BIT(1), bits BIT(7), moods SET('calm', 'loud'), KEY (zero))";
    let plan = Plan::parse(TYPES_PLAN, "types.toml").unwrap();
    for (name, way) in [("loaded", "ON"), ("inserted", "OFF")] {
        let url = server.database(name, schema).await;
        let mut client = server.client(name).await;
        // What an application or a server has set changes nothing.
        let settings =
            "SET GLOBAL time_zone = '-07:00', GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'";
        client.query_drop(settings).await.unwrap();
        client
            .query_drop(format!("SET GLOBAL local_infile = {way}"))
            .await
            .unwrap();
        fill(&plan, &database(&url), &Options::default())
            .await
            .unwrap();
        let row: Row = one(
            &mut client,
            "SELECT count(DISTINCT id), min(hex(id) = upper(old_id)), min(replace(plain_id, '-', '') = lower(hex(id))),
                    group_concat(DISTINCT concat_ws('|', whole, fine, moment, stamp, day, hour, seconds, yes + 0, bits + 0, zero, moods))
               FROM types",
        )
        .await;
        let found: Vec<String> = row
            .unwrap()
            .into_iter()
            .map(mysql_async::from_value)
            .collect();
        let expected = "42|-0.13|2025-03-01 09:30:00.000|2025-03-01 09:30:00|2025-03-01|09:30:00|1740821400|1|5|0|calm,loud";
        assert_eq!(found, ["3", "1", "1", expected], "{name}");
    }
    let stray = TYPES_PLAN.replace("loud,calm", "loud,shy");
    let stray = Plan::parse(&stray, "types.toml").unwrap();
    let url = server.url("loaded");
    let error = fill(&stray, &database(&url), &Options::default())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`types.moods` is a set without the member `shy`"),
        "{error}"
    );
}

const CIRCLES: &str = "
CREATE TABLE teams (id INT PRIMARY KEY, lead_id INT NOT NULL, name VARCHAR(120) NOT NULL);
CREATE TABLE people (id INT PRIMARY KEY, team_id INT NOT NULL, boss_id INT, friend_id INT NOT NULL,
    FOREIGN KEY (team_id) REFERENCES teams (id), FOREIGN KEY (boss_id) REFERENCES people (id),
    FOREIGN KEY (friend_id) REFERENCES people (id));
ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES people (id);
CREATE TABLE seats (room INT NOT NULL, number INT NOT NULL, person_id INT NOT NULL, PRIMARY KEY (room, number),
    FOREIGN KEY (person_id) REFERENCES people (id));
CREATE TABLE bookings (room INT NOT NULL, seat INT NOT NULL, day INT NOT NULL, UNIQUE (room, seat, day),
    FOREIGN KEY (room, seat) REFERENCES seats (room, number) ON DELETE CASCADE);";

const CIRCLES_PLAN: &str = r#"
seed = 1
[tables.teams]
rows = 20
[tables.teams.columns]
id = "sequence"
lead_id = { gen = "ref", table = "people" }
name = "company"
[tables.people]
per_parent = { table = "teams", count = 15 }
scatter = true
[tables.people.columns]
id = "sequence"
team_id = "parent"
boss_id = { gen = "ref", table = "people", earlier = true }
friend_id = { gen = "ref", table = "people" }
[tables.seats]
per_parent = { table = "people", count = 2 }
[tables.seats.columns]
room = "position"
number = "sequence"
person_id = "parent"
[tables.bookings]
per_parent = { table = "seats", min = 0, max = 4 }
[tables.bookings.columns]
room = { gen = "lookup", of = "parent.room" }
seat = { gen = "lookup", of = "parent.number" }
day = "position"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn circles_that_may_not_be_null_are_filled_and_checked() {
    let server = Mariadb::start().await;
    let url = server.database("circles", CIRCLES).await;
    let plan = Plan::parse(CIRCLES_PLAN, "circles.toml").unwrap();
    fill(&plan, &database(&url), &Options::default())
        .await
        .unwrap();
    let mut client = server.client("circles").await;
    every_reference_holds(&mut client, "circles").await;
    let counts = "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM seats), (SELECT count(*) FROM bookings) > 600";
    assert_eq!(
        one::<(u64, u64, u64)>(&mut client, counts).await,
        (300, 600, 1)
    );

    // A reference that points nowhere comes to light before the commit.
    let stray = CIRCLES_PLAN.replace(
        "friend_id = { gen = \"ref\", table = \"people\" }",
        "friend_id = { gen = \"lookup\", of = \"team_id.stray\" }",
    );
    let stray = stray.replace(
        "name = \"company\"",
        "name = \"company\"\nstray = { gen = \"integer\", min = 900, max = 990 }",
    );
    let schema = CIRCLES.replace(
        "name VARCHAR(120) NOT NULL",
        "name VARCHAR(120) NOT NULL, stray INT NOT NULL",
    );
    let url = server.database("stray", &schema).await;
    let plan = Plan::parse(&stray, "stray.toml").unwrap();
    let error = fill(&plan, &database(&url), &Options::default())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`people` (friend_id) refers to a row of `people` that is not there: 9"),
        "{error}"
    );
    let mut client = server.client("stray").await;
    let rows: u64 = one(
        &mut client,
        "SELECT (SELECT count(*) FROM people) + (SELECT count(*) FROM teams)",
    )
    .await;
    assert_eq!(rows, 0);

    // All columns of a key count together.
    let pairs = CIRCLES_PLAN.replace("of = \"parent.number\"", "of = \"parent.person_id\"");
    let plan = Plan::parse(&pairs, "pairs.toml").unwrap();
    let url = server
        .database("pairs", &CIRCLES.replace("UNIQUE (room, seat, day),", ""))
        .await;
    let error = fill(&plan, &database(&url), &Options::default())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`bookings` (room, seat) refers to a row of `seats`"),
        "{error}"
    );
}

/// What ends fields, lines and text, and what looks like nothing.
const TEXTS: [&str; 9] = [
    "tab\tnew\nline\r\nend\\",
    "\\N",
    "NULL",
    "",
    "it's \"quoted\" `so` \\' \\t",
    "nul\u{0}\u{1a}\u{8}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f980}",
    "\u{6771}\u{4eac}\u{90fd} \u{20bb7}\u{91ce}\u{5bb6} \u{ac00}",
    " lead and trail ",
];

#[tokio::test(flavor = "multi_thread")]
async fn text_arrives_byte_by_byte() {
    let server = Mariadb::start().await;
    let quoted: Vec<String> = TEXTS
        .iter()
        .map(|text| serde_json::to_string(text).unwrap())
        .collect();
    let plan = format!(
        "[tables.texts]\nrows = 400\n[tables.texts.columns]\nid = \"sequence\"\n\
         said = {{ gen = \"one_of\", values = [{0}], nulls = 0.2 }}\n\
         bytes = {{ gen = \"one_of\", values = [{0}] }}\n\
         code = {{ gen = \"one_of\", values = [{0}] }}",
        quoted.join(", ").replace("\\b", "\\u0008")
    );
    let plan = Plan::parse(&plan, "texts.toml").unwrap();
    for (name, way) in [("loaded", "ON"), ("inserted", "OFF")] {
        let schema = "CREATE TABLE texts (id INT PRIMARY KEY, said TEXT, bytes BLOB NOT NULL, code VARCHAR(90) NOT NULL)";
        let url = server.database(name, schema).await;
        let mut client = server.client(name).await;
        client
            .query_drop(format!("SET GLOBAL local_infile = {way}"))
            .await
            .unwrap();
        fill(&plan, &database(&url), &Options::default())
            .await
            .unwrap();
        for column in ["said", "bytes", "code"] {
            let mut found: Vec<Option<Vec<u8>>> = client
                .query(format!(
                    "SELECT DISTINCT CAST({column} AS BINARY) FROM texts"
                ))
                .await
                .unwrap();
            found.sort();
            let mut expected: Vec<Option<Vec<u8>>> = TEXTS
                .iter()
                .map(|text| Some(text.as_bytes().to_vec()))
                .collect();
            if column == "said" {
                expected.push(None);
            }
            expected.sort();
            assert_eq!(found, expected, "{name}.{column}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_leaves_the_old_rows() {
    let server = Mariadb::start().await;
    let schema = "
        CREATE TABLE parents (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL);
        CREATE TABLE items (id INT AUTO_INCREMENT PRIMARY KEY, parent_id INT NOT NULL, a INT NOT NULL, b INT NOT NULL,
            price DECIMAL(5, 2) NOT NULL, tag INET4 NOT NULL,
            UNIQUE pair (a, b), CHECK (a + b < 190), FOREIGN KEY (parent_id) REFERENCES parents (id));
        INSERT INTO parents VALUES (7, 'old'); INSERT INTO items VALUES (3, 7, 1, 2, 1.50, '10.0.0.9');";
    let database = database(&server.database("items", schema).await);
    let mut client = server.client("items").await;
    let plan = |a: &str, b: &str, price: &str, tag: &str| {
        let text = format!(
            "[tables.parents]\nrows = 50\n[tables.parents.columns]\nid = \"sequence\"\nname = \"first_name\"\n\
             [tables.items]\nrows = 3000\n[tables.items.columns]\nid = \"sequence\"\n\
             parent_id = {{ gen = \"ref\", table = \"parents\" }}\n\
             a = {a}\nb = {b}\nprice = {price}\ntag = {tag}"
        );
        Plan::parse(&text, "items.toml").unwrap()
    };
    let few = "{ gen = \"integer\", min = 0, max = 60 }";
    let (row, some, cheap, plain) = (
        "{ gen = \"sequence\", start = -3100 }",
        "{ gen = \"integer\", min = 0, max = 80 }",
        "{ gen = \"decimal\", min = 0, max = 9, scale = 2 }",
        "{ gen = \"constant\", value = \"10.0.0.1\" }",
    );
    let refill = Options {
        refill: true,
        ..Options::default()
    };
    // With LOCAL the server only warns of all of these, and goes on.
    for (way, a, b, price, tag, said) in [
        ("ON", few, some, cheap, plain, "Duplicate entry"),
        (
            "ON",
            "{ gen = \"sequence\", start = -2000 }",
            some,
            cheap,
            plain,
            "CONSTRAINT `CONSTRAINT_1` failed",
        ),
        (
            "ON",
            row,
            some,
            cheap,
            "{ gen = \"constant\", value = \"10.0.0.999\" }",
            "Incorrect inet4 value",
        ),
        ("OFF", few, some, cheap, plain, "Duplicate entry"),
        (
            "OFF",
            row,
            some,
            cheap,
            "{ gen = \"constant\", value = \"10.0.0.999\" }",
            "Incorrect inet4 value",
        ),
    ] {
        client
            .query_drop(format!("SET GLOBAL local_infile = {way}"))
            .await
            .unwrap();
        let error = fill(&plan(a, b, price, tag), &database, &refill)
            .await
            .unwrap_err();
        assert!(matches!(&error, SeedError::Constraint { .. }), "{error:?}");
        assert!(error.to_string().contains(said), "{error}");
        let old: (u64, u64, String) = one(
            &mut client,
            "SELECT (SELECT count(*) FROM parents), (SELECT sum(id) FROM items), (SELECT tag FROM items)",
        )
        .await;
        assert_eq!(old, (1, 3, "10.0.0.9".to_owned()), "{said}");
    }
    // What the type cannot hold is said before the first row.
    let dear = "{ gen = \"decimal\", min = 0, max = 1200, scale = 2 }";
    let error = fill(&plan(row, some, dear, plain), &database, &refill)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`items.price` holds numbers from -999.99 to 999.99"),
        "{error}"
    );

    fill(&plan(row, some, cheap, plain), &database, &refill)
        .await
        .unwrap();
    let next = "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'items' AND TABLE_NAME = 'items'";
    assert_eq!(one::<u64>(&mut client, next).await, 3001);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_or_undone_is_refused() {
    let server = Mariadb::start().await;
    let schema = "CREATE TABLE notes (id INT PRIMARY KEY, text TEXT NOT NULL) ENGINE = MyISAM";
    let url = server.database("notes", schema).await;
    let plan =
        "[tables.notes]\nrows = 5\n[tables.notes.columns]\nid = \"sequence\"\ntext = \"sentence\"";
    let plan = Plan::parse(plan, "notes.toml").unwrap();
    let error = fill(&plan, &database(&url), &Options::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("`notes` is kept by MyISAM"),
        "{error}"
    );

    let said = |error: SeedError| {
        let help = miette::Diagnostic::help(&error).map(|help| help.to_string());
        let said = format!("{error} {}", help.unwrap_or_default());
        assert!(
            !format!("{said} {error:?}").contains("wrong-word"),
            "{said}"
        );
        said
    };
    for (url, expected) in [
        (
            server.url_of("rehearsal", "wrong-word", "notes"),
            "check the user `rehearsal` and the password",
        ),
        (server.url("nothing"), "CREATE DATABASE nothing"),
        (
            "mysql://ann:wrong-word@127.0.0.1:9/notes".to_owned(),
            "start the server",
        ),
        (
            "mysql://ann:wrong-word@/notes?socket=/nowhere/my.sock".to_owned(),
            "check the socket",
        ),
    ] {
        let error = fill(&plan, &database(&url), &Options::default())
            .await
            .unwrap_err();
        let said = said(error);
        assert!(
            said.contains("cannot connect to `mysql://") && said.contains(expected),
            "{said}"
        );
    }

    let mut client = server.client("notes").await;
    client
        .query_drop("ALTER TABLE notes ENGINE = InnoDB")
        .await
        .unwrap();
    let by_socket = format!(
        "mariadb://rehearsal:{PASSWORD}@localhost/notes?socket={}",
        server.socket().display()
    );
    fill(&plan, &database(&by_socket), &Options::default())
        .await
        .unwrap();
    assert_eq!(
        one::<u64>(&mut client, "SELECT count(*) FROM notes").await,
        5
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_around_the_rows_are_part_of_the_transaction() {
    let server = Mariadb::start().await;
    let schema = "CREATE TABLE notes (id INT PRIMARY KEY, text TEXT NOT NULL);
        CREATE TABLE totals (notes INT NOT NULL); INSERT INTO totals VALUES (7)";
    let url = server.database("notes", schema).await;
    let plan = |sql: &str| {
        let text = format!(
            "[sql]\n{sql}\n[tables.notes]\nrows = 50\n[tables.notes.columns]\nid = \"sequence\"\ntext = \"sentence\""
        );
        Plan::parse(&text, "notes.toml").unwrap()
    };
    let mut client = server.client("notes").await;
    let fills = async |sql: &str| fill(&plan(sql), &database(&url), &Options::default()).await;
    let counts = "SELECT (SELECT count(*) FROM notes), (SELECT sum(notes) FROM totals)";

    let truncated = fills("before = [\"TRUNCATE totals\"]").await.unwrap_err();
    let said = truncated.to_string();
    assert!(
        said.contains("statement 1 of `before`") && said.contains("`TRUNCATE TOTALS`"),
        "{said}"
    );
    let broken =
        fills("before = [\"DELETE FROM totals\"]\nafter = [\"INSERT INTO nowhere VALUES (1)\"]");
    let said = broken.await.unwrap_err().to_string();
    assert!(said.contains("statement 1 of `after`"), "{said}");
    assert_eq!(one::<(u64, u64)>(&mut client, counts).await, (0, 7));

    let sql = "before = [\"DELETE FROM totals\", \"CREATE TEMPORARY TABLE seen (id INT)\"]
        after = [{ mysql = \"INSERT INTO totals SELECT count(*) FROM notes\", sqlite = \"no statement of this database\" }]";
    fills(sql).await.unwrap();
    assert_eq!(one::<(u64, u64)>(&mut client, counts).await, (50, 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_bytes_are_those_of_sqlite() {
    let plan = Plan::parse(BLOBS_PLAN, "blobs.toml").unwrap();
    let schema = "CREATE TABLE uploads (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, \
                  thumbnail BLOB NOT NULL, body BLOB)";
    let select = "SELECT name || '' , hex(thumbnail), hex(body) FROM uploads ORDER BY id";
    let other = Shop::new(schema);
    fill(&plan, &other.database(), &Options::default())
        .await
        .unwrap();
    let connection = other.open();
    let mut statement = connection.prepare(select).unwrap();
    let rows = statement.query_map([], |row| {
        let body: Option<String> = row.get(2)?;
        Ok((
            row.get(0)?,
            row.get(1)?,
            body.filter(|body| !body.is_empty()),
        ))
    });
    let expected: Vec<(String, String, Option<String>)> =
        rows.unwrap().collect::<Result<_, _>>().unwrap();
    let server = Mariadb::start().await;
    for (name, way) in [("loaded", "ON"), ("inserted", "OFF")] {
        let url = server.database(name, schema).await;
        let mut client = server.client(name).await;
        let statement = format!("SET GLOBAL local_infile = {way}");
        client.query_drop(statement).await.unwrap();
        fill(&plan, &database(&url), &Options::default())
            .await
            .unwrap();
        let select = select.replace("name || ''", "name");
        let found: Vec<(String, String, Option<String>)> = client.query(select).await.unwrap();
        assert!(found == expected, "{name}");
        assert_eq!(found.len(), 40);
    }
}
