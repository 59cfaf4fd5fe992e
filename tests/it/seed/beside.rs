//! Databases that an application has begun to fill: an admin, lists, a tree. Plans are written and
//! run without an edit; new rows stand beside those that are there, which nothing ever changes.

use mysql_async::prelude::Queryable;
use rehearsal::seed::{self, Database, Options, Origin, Plan, Reset, SeedError};

use tokio::sync::Mutex;

use super::{Shop, fill};
use crate::support::mysql::Mariadb;
use crate::support::postgres::Postgres;

/// What a Django shop holds after its first hour. `KEY` is a counted key.
const BEGUN: &str = "
CREATE TABLE django_migrations (id KEY, app varchar(255) NOT NULL);
CREATE TABLE django_content_type (id KEY, model varchar(100) NOT NULL);
CREATE TABLE auth_user (id KEY, password varchar(128) NOT NULL, last_login timestamp, is_superuser boolean NOT NULL,
    username varchar(150) NOT NULL UNIQUE, email varchar(254) NOT NULL, is_active boolean NOT NULL,
    otp_enabled boolean NOT NULL, date_joined timestamp NOT NULL);
CREATE TABLE shop_class (id KEY, name varchar(40) NOT NULL);
CREATE TABLE shop_category (id KEY, path varchar(255) NOT NULL UNIQUE, depth integer NOT NULL, numchild integer NOT NULL,
    name varchar(40) NOT NULL);
CREATE TABLE shop_topic (id KEY, path varchar(255) NOT NULL UNIQUE, depth integer NOT NULL, numchild integer NOT NULL);
CREATE TABLE shop_landing (page_id integer PRIMARY KEY REFERENCES shop_category, body text NOT NULL);
CREATE TABLE shop_product (id KEY, structure varchar(10) NOT NULL, title varchar(255) NOT NULL, image varchar(100) NOT NULL,
    proxy_class varchar(255) UNIQUE, parent_id integer REFERENCES shop_product, class_id integer REFERENCES shop_class,
    category_id integer NOT NULL REFERENCES shop_category, date_created timestamp NOT NULL);
CREATE TABLE shop_tagged (id KEY, content_type_id integer NOT NULL REFERENCES django_content_type, object_id integer NOT NULL);
CREATE TABLE shop_order (id KEY, status varchar(20) NOT NULL, user_id integer NOT NULL REFERENCES auth_user,
    start_date timestamp NOT NULL, end_date timestamp NOT NULL, deleted_at timestamp);
CREATE TABLE shop_line (id KEY, order_id integer NOT NULL REFERENCES shop_order, product_id integer NOT NULL REFERENCES shop_product);
CREATE TABLE shop_parcel (id KEY, line_id integer REFERENCES shop_line, order_id integer NOT NULL REFERENCES shop_order);
INSERT INTO django_content_type (model) VALUES ('product');
INSERT INTO auth_user (password, is_superuser, username, email, is_active, otp_enabled, date_joined)
    VALUES ('pbkdf2_sha256$5$salt$c2VzYW1l', true, 'root', 'root@shop.test', true, false, '2026-01-01 00:00:00');
INSERT INTO shop_class (name) VALUES ('Book'), ('Toy');
INSERT INTO shop_category (path, depth, numchild, name) VALUES ('0001', 1, 1, 'All'), ('00010001', 2, 0, 'New');
INSERT INTO shop_product (structure, title, image, class_id, category_id, date_created) VALUES
    ('standalone', 'A', 'a.png', 1, 1, '2026-01-01 00:00:00'), ('standalone', 'B', 'b.png', 2, 2, '2026-01-01 00:00:00'),
    ('standalone', 'C', 'a.png', 1, 1, '2026-01-01 00:00:00'), ('standalone', 'D', 'b.png', 2, 2, '2026-01-01 00:00:00'),
    ('standalone', 'E', 'a.png', 1, 1, '2026-01-01 00:00:00'), ('standalone', 'F', 'b.png', 2, 2, '2026-01-01 00:00:00');";

fn begun(key: &str) -> String {
    BEGUN.replace("id KEY", &format!("id {key}"))
}

/// The same in the words of MariaDB.
fn begun_mariadb() -> String {
    let schema = begun("integer AUTO_INCREMENT PRIMARY KEY").replace(" timestamp", " datetime");
    let mut parts = schema.split(" REFERENCES ");
    let first = parts.next().unwrap().to_owned();
    let others = parts.map(|part| {
        let (table, rest) = part.split_at(part.find([',', ')', ' ']).unwrap());
        format!("{table} (id){rest}")
    });
    let named: Vec<_> = std::iter::once(first).chain(others).collect();
    named.join(" REFERENCES ")
}

/// The guess, with few passwords: their hashes are tested where they matter.
fn quick(text: &str) -> Plan {
    let text = text.replace("iterations = 5 }", "iterations = 5, pool = 2 }");
    Plan::parse(&text, "guessed.toml").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn has(text: &str, line: &str) {
    assert!(
        text.lines().any(|found| found.starts_with(line)),
        "no `{line}` in\n{text}"
    );
}

#[tokio::test]
async fn a_guess_looks_at_what_is_there() {
    let shop = Shop::new(&begun("integer PRIMARY KEY"));
    let text = seed::plan_for(&shop.database()).await.unwrap();
    assert!(
        !text.contains("c2VzYW1l") && !text.contains("salt"),
        "{text}"
    );
    for line in [
        "#   shop_category: 2 rows in a tree",
        "#   shop_landing: its rows are parts of rows of `shop_category`, a tree",
        "#   shop_class: 2 rows, which are kept",
        "#   shop_tagged: refers to rows of any table (`content_type_id`, `object_id`)",
        "beside = true  # 1 row is there",
        "beside = true  # 6 rows are there",
        // As in the rows that are there.
        "password = { gen = \"password_hash\", scheme = \"django-pbkdf2-sha256\", iterations = 5 }",
        "structure = { gen = \"one_of\", values = [\"standalone\"] }",
        "image = { gen = \"one_of\", values = [\"a.png\", \"b.png\"] }",
        "class_id = { gen = \"existing\", table = \"shop_class\", column = \"id\" }  #",
        "# parent_id (INTEGER): null in all rows",
        // Better empty than wrong.
        "# proxy_class (varchar(255)): null in all rows",
        "status = { gen = \"constant\", value = \"\" }",
        "# deleted_at (timestamp): left empty",
        "otp_enabled = { gen = \"boolean\", share = 0.0 }",
        "is_superuser = { gen = \"boolean\", share = 0.01 }",
        // What belongs together.
        "path = { gen = \"template\", text = \"{row:04}\" }",
        "numchild = { gen = \"constant\", value = 0 }",
        "end_date = { gen = \"timestamp\", from = \"2024-01-01\"",
        "order_id = { gen = \"lookup\", of = \"line_id.order_id\" }",
        "columns = [\"username\", \"email\", { name = \"password\", of = \"password\" }]",
    ] {
        has(&text, line);
    }
    let end = text
        .lines()
        .find(|line| line.starts_with("end_date"))
        .unwrap();
    assert!(end.contains("after = \"start_date\""), "{end}");
}

/// What a person sees of a database: its rows of before, and numbers of rows.
trait Look {
    async fn number(&self, sql: &str) -> i64;
}

impl Look for Shop {
    async fn number(&self, sql: &str) -> i64 {
        self.open().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

impl Look for tokio_postgres::Client {
    async fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT ({sql})::int8");
        self.query_one(&sql, &[]).await.unwrap().get(0)
    }
}

impl Look for Mutex<mysql_async::Conn> {
    async fn number(&self, sql: &str) -> i64 {
        let mut connection = self.lock().await;
        connection.query_first(sql).await.unwrap().unwrap()
    }
}

/// As it was before anything was seeded: the admin, six products, and nothing else.
async fn untouched(look: &impl Look) {
    for (sql, expected) in [
        ("SELECT count(*) FROM auth_user", 1),
        (
            "SELECT count(*) FROM auth_user WHERE id = 1 AND username = 'root' AND email = 'root@shop.test'",
            1,
        ),
        ("SELECT count(*) FROM shop_product", 6),
        (
            "SELECT count(*) FROM shop_product WHERE title IN ('A', 'B', 'C', 'D', 'E', 'F')",
            6,
        ),
        ("SELECT count(*) FROM shop_category", 2),
        ("SELECT count(*) FROM shop_order", 0),
        ("SELECT count(*) FROM shop_line", 0),
    ] {
        assert_eq!(look.number(sql).await, expected, "{sql}");
    }
}

async fn live(database: &Database, look: &impl Look) {
    let text = seed::plan_for(database).await.unwrap();
    let plan = quick(&text);
    let options = Options {
        scale: 0.1,
        ..Options::default()
    };
    let filled = fill(&plan, database, &options).await;
    let filled = filled.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    assert_eq!(filled.rows["auth_user"], 100);
    assert_eq!(look.number("SELECT count(*) FROM auth_user").await, 101);
    assert_eq!(
        look.number("SELECT min(id) FROM auth_user WHERE username <> 'root'")
            .await,
        2
    );
    let kept = "SELECT count(*) FROM shop_product WHERE id <= 6 AND title IN ('A', 'B', 'C', 'D', 'E', 'F')";
    assert_eq!(look.number(kept).await, 6);
    let strays = "SELECT count(*) FROM shop_parcel p JOIN shop_line l ON l.id = p.line_id WHERE l.order_id <> p.order_id";
    assert_eq!(look.number(strays).await, 0);

    // Not a second time.
    let refused = fill(&plan, database, &options).await;
    let Err(SeedError::NotEmpty { tables, remedy, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(tables.contains("`auth_user` (100 seeded rows)"), "{tables}");
    assert!(remedy.contains("seed undo"), "{remedy}");
    let audit = seed::audit(&plan, database, &options, u64::MAX, &mut |_| ())
        .await
        .unwrap();
    assert!(
        audit.tables.values().all(seed::Change::is_none),
        "{audit:?}"
    );

    // What is there is kept.
    let kept_rows = seed::ensure(&plan, database, Reset::Keep, &options, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(kept_rows.origin, Origin::Kept);
    assert_eq!(look.number("SELECT count(*) FROM auth_user").await, 101);

    // More of them, behind those.
    let more = Options {
        scale: 0.15,
        ..Options::default()
    };
    let grown = seed::ensure(&plan, database, Reset::TopUp, &more, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(grown.origin, Origin::Grown);
    assert_eq!(look.number("SELECT count(*) FROM auth_user").await, 151);
    assert_eq!(look.number("SELECT max(id) FROM auth_user").await, 151);

    // Refilling takes away what was seeded, and nothing else.
    let again = seed::ensure(&plan, database, Reset::Refill, &options, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(again.removed["auth_user"], 150);
    assert_eq!(look.number("SELECT count(*) FROM auth_user").await, 101);
    assert_eq!(look.number(kept).await, 6);
    let undone = seed::undo(&plan, database, &options, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(
        (undone.removed["auth_user"], undone.kept["auth_user"]),
        (100, 1)
    );
    untouched(look).await;
    let nothing = seed::undo(&plan, database, &options, &mut |_| ()).await;
    assert!(
        matches!(nothing, Err(SeedError::NotSeeded { .. })),
        "{nothing:?}"
    );
    untouched(look).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_before_outlive_filling_growing_refilling_and_undoing() {
    let shop = Shop::new(&begun("integer PRIMARY KEY"));
    live(&shop.database(), &shop).await;
    let cluster = Postgres::start().await;
    let key = "integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY";
    let url = cluster.database("begun", &begun(key)).await;
    let client = cluster.client("begun").await;
    live(&Database::parse(&url).unwrap(), &client).await;
    // The application counts on behind the seeded rows.
    let shown = client
        .number("SELECT last_value FROM auth_user_id_seq")
        .await;
    assert!(shown >= 101, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_before_outlive_all_that_in_mariadb() {
    let server = Mariadb::start().await;
    let url = server.database("begun", &begun_mariadb()).await;
    let client = Mutex::new(server.client("begun").await);
    live(&Database::parse(&url).unwrap(), &client).await;
    // The application counts on behind the seeded rows.
    let insert = "INSERT INTO shop_class (name) VALUES ('Game'); INSERT INTO auth_user (password, is_superuser,
        username, email, is_active, otp_enabled, date_joined)
        VALUES ('', false, 'new', 'new@shop.test', true, false, '2026-01-02 00:00:00')";
    client.lock().await.query_drop(insert).await.unwrap();
    assert_eq!(client.number("SELECT count(*) FROM auth_user").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_cannot_note_its_rows_adds_none_beside_others() {
    let cluster = Postgres::start().await;
    let schema = "CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL);
        INSERT INTO people VALUES (1, 'root');
        CREATE ROLE guest LOGIN PASSWORD 'pass'; GRANT SELECT, INSERT ON people TO guest";
    cluster.database("small", schema).await;
    let client = cluster.client("small").await;
    let guest = Database::parse(&cluster.url_of("guest", "pass", "small")).unwrap();
    let plan = "[tables.people]\nrows = 5\nbeside = true\n[tables.people.columns]\nid = \"sequence\"\nname = \"full_name\"";
    let plan = Plan::parse(plan, "plan.toml").unwrap();
    let refused = fill(&plan, &guest, &Options::default()).await.unwrap_err();
    let said = refused.to_string();
    assert!(said.contains("cannot be told from the others"), "{said}");
    assert_eq!(client.number("SELECT count(*) FROM people").await, 1);
}
