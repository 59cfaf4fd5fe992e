//! What is wrong is said before anything is written, with its place and remedy.

use miette::Diagnostic as _;
use rehearsal::seed::{self, Database, Options, Plan, SeedError};

use super::{SQLITE_SCHEMA, Shop, fill, sqlite};
use crate::support::postgres::{PASSWORD, Postgres};

/// The message and the help of what a plan is refused with.
async fn refusal(schema: &str, plan: &str) -> (String, String) {
    let shop = Shop::new(schema);
    let plan = match Plan::parse(plan, "plan.toml") {
        Ok(plan) => plan,
        Err(error) => return told(&error.into()),
    };
    told(
        &fill(&plan, &shop.database(), &Options::default())
            .await
            .unwrap_err(),
    )
}

fn told(error: &SeedError) -> (String, String) {
    let help = error
        .help()
        .map(|help| help.to_string())
        .unwrap_or_default();
    (error.to_string(), help)
}

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('member', 'admin')), age INT CHECK (age >= 18));";
const PLAN: &str = r#"
[tables.users]
rows = 50
[tables.users.columns]
id = "sequence"
email = "email"
role = { gen = "one_of", values = ["member", "admin"] }
"#;

#[tokio::test]
async fn the_plan_is_held_against_the_schema() {
    let check = async |from: &str, to: &str, message: &str, help: &str| {
        assert!(PLAN.contains(from), "{from}");
        let (found, advice) = refusal(USERS, &PLAN.replace(from, to)).await;
        assert!(found.contains(message), "{found}\nexpected {message}");
        assert!(advice.contains(help), "{advice}\nexpected {help}");
    };
    check(
        "email = \"email\"\n",
        "",
        "line 2: `users.email` (`TEXT`) may not be null",
        "under [tables.users.columns]: email =",
    )
    .await;
    check(
        "rows = 50",
        "rows = 9000000000000000000",
        "line 2: `users` would have 9000000000000000000 rows",
        "lower `rows`",
    )
    .await;
    check(
        "rows = 50",
        "rows = -5",
        "line 3: `rows` of table `users` is -5, expected a whole number",
        "",
    )
    .await;
    check(
        "email = \"email\"",
        "email = 5",
        "line 6: column `users.email` is 5, not a generator",
        "{ gen = \"constant\", value = 5 }",
    )
    .await;
    check(
        "email = \"email\"",
        "email = { gen = \"fake\", of = \"company.buzword\" }",
        "`company.buzword`, which the `fake` crate does not have",
        "one of: `company.buzzword`",
    )
    .await;
    check(
        PLAN,
        "[tables]",
        "line 1: the plan has no tables",
        "rehearsal seed plan",
    )
    .await;
    check(
        "email = \"email\"",
        "emial = \"email\"",
        "line 6: `users.emial` is no column",
        "did you mean `email`?",
    )
    .await;
    check(
        "email = \"email\"",
        "email = \"first_name\"",
        "`users.email` must be unique",
        "unique = true",
    )
    .await;
    check(
        "email = \"email\"",
        "email = { gen = \"one_of\", values = [\"a\", \"b\"], unique = true }",
        "`users.email` has 2 different values for 50 rows",
        "widen",
    )
    .await;
    check(
        "\"admin\"]",
        "\"owner\"]",
        "does not allow `owner`",
        "member, admin",
    )
    .await;
    check(
        "email = \"email\"",
        "email = \"email\"\nage = { gen = \"integer\", min = 10, max = 90 }",
        "`users.age` has a check `>= 18`",
        "raise `min`",
    )
    .await;
    check(
        "email = \"email\"",
        "email = \"email\"\nage = \"words\"",
        "`users.age` is `INT` in the database, and its generator gives text",
        "integer",
    )
    .await;
    check(
        "tables.users",
        "tables.user",
        "the database has no table `user`",
        "did you mean",
    )
    .await;
    check(
        "rows = 50",
        "rows = 50\nsctter = true",
        "unknown key `sctter`",
        "did you mean `scatter`?",
    )
    .await;
    let narrow = USERS.replace("email TEXT", "email VARCHAR(30)");
    let (found, advice) = refusal(&narrow, PLAN).await;
    assert!(found.contains("takes 30 characters"), "{found}");
    assert!(advice.contains("u{row}@example.com"), "{advice}");
    check(
        "email = \"email\"",
        "email = { gen = \"slug\", of = \"email\" }",
        "computed from itself",
        "circle",
    )
    .await;
}

#[tokio::test]
async fn generators_that_cannot_give_what_is_asked_for_say_so() {
    let check = async |generator: &str, message: &str, help: &str| {
        let plan = format!("{PLAN}age = {generator}\n");
        let schema = USERS.replace("age INT CHECK (age >= 18)", "age TEXT");
        let (found, advice) = refusal(&schema, &plan).await;
        assert!(found.contains(message), "{found}\nexpected {message}");
        assert!(advice.contains(help), "{advice}\nexpected {help}");
    };
    check(
        "\"adress\"",
        "unknown generator `adress`",
        "did you mean `address`?",
    )
    .await;
    check(
        "\"iban\"",
        "accounts of US have no IBAN",
        "country = \"DE\"",
    )
    .await;
    check(
        "{ gen = \"card\", unique = true }",
        "`users.age` has 16 different values for 50 rows",
        "lower `rows`",
    )
    .await;
    check(
        "{ gen = \"time_zone\", unique = true }",
        "`users.age` cannot be made unique",
        "sequence",
    )
    .await;
    check(
        "{ gen = \"iban\", country = \"XX\" }",
        "must be one of US, GB, DE",
        "",
    )
    .await;
    check(
        "{ gen = \"ipv4\", network = \"privat\" }",
        "privat",
        "did you mean `private`?",
    )
    .await;
    check(
        "{ gen = \"picture\", width = 5000 }",
        "must lie between 1 and 4096",
        "",
    )
    .await;
    check(
        "\"bytes\"",
        "`users.age` is `TEXT` in the database, and its generator gives bytes",
        "words",
    )
    .await;
}

#[tokio::test]
async fn a_failed_fill_leaves_the_database_as_it_was() {
    // What no reading of the schema shows: a trigger.
    let schema = format!(
        "{SQLITE_SCHEMA} CREATE TRIGGER late BEFORE INSERT ON reviews WHEN NEW.id > 100
         BEGIN SELECT RAISE(ABORT, 'the shop is closed'); END;"
    );
    let shop = Shop::new(&schema);
    let error = fill(&super::shop(), &shop.database(), &super::small())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("the shop is closed"), "{error}");
    let rows: i64 = shop
        .open()
        .query_row(
            "SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM reviews)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere.db");
    let plan = super::shop();
    let (message, help) = told(
        &fill(&plan, &sqlite(&nowhere), &super::small())
            .await
            .unwrap_err(),
    );
    assert!(
        message.contains("nowhere.db") && message.contains("no such file"),
        "{message}"
    );
    assert!(help.contains("start the application"), "{help}");
    assert!(!nowhere.exists(), "nothing was made");

    let text = folder.path().join("notes.db");
    std::fs::write(
        &text,
        "no database, but long enough to look at, and then some",
    )
    .unwrap();
    let (message, _) = told(
        &fill(&plan, &sqlite(&text), &super::small())
            .await
            .unwrap_err(),
    );
    assert!(message.contains("not a database"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_refusals_never_show_the_password() {
    let cluster = Postgres::start().await;
    let check = async |url: String, message: &str, help: &str| {
        let database = Database::parse(&url).unwrap();
        let plan = super::shop();
        let error = seed::check(&plan, &database, &Options::default())
            .await
            .unwrap_err();
        let (found, advice) = told(&error);
        assert!(found.contains(message), "{found}\nexpected {message}");
        assert!(advice.contains(help), "{advice}\nexpected {help}");
        let all = format!("{error:?} {found} {advice} {database:?}");
        assert!(!all.contains("sesame"), "{all}");
    };
    check(
        cluster.url_of("rehearsal", "wrong-sesame", "postgres"),
        "password authentication failed",
        "check the user `rehearsal` and the password",
    )
    .await;
    check(
        cluster.url("nothing"),
        "\"nothing\" does not exist",
        "createdb nothing",
    )
    .await;
    check(
        cluster.url("postgres"),
        "the database has no table `categories`",
        "no tables at all",
    )
    .await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    check(
        format!("postgres://rehearsal:{PASSWORD}@127.0.0.1:{closed}/shop"),
        "Connection refused",
        "start the server",
    )
    .await;
    check(
        cluster.url("shop_production"),
        "looks like production",
        "`shop_production`",
    )
    .await;
}
