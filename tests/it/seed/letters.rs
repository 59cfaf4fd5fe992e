//! Columns that cannot hold every character: text that was made up is written with the letters that
//! they have, and what a plan lists is refused before the first row.

use mysql_async::prelude::Queryable;
use rehearsal::seed::{self, Filled, Plan};

use super::mysql::{database, one};
use super::{fill, small};
use crate::support::mysql::Mariadb;
use crate::support::postgres::Postgres;

/// An application as old as its character sets.
const OLD: &str = "
CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(80) NOT NULL, city VARCHAR(40) CHARACTER SET ascii NOT NULL,
    street VARCHAR(80) CHARACTER SET utf8mb4 NOT NULL, company VARCHAR(80) CHARACTER SET cp1251 NOT NULL,
    mood VARCHAR(20) CHARACTER SET utf8mb3 NOT NULL) DEFAULT CHARSET latin1;";

const PLAN: &str = r#"
seed = 4
locales = ["de_DE", "tr_TR", "ru_RU", "ja_JP", "pl_PL"]
[tables.people]
rows = 4000
[tables.people.columns]
id = "sequence"
name = "full_name"
city = "city"
street = { gen = "template", text = "{street} 🎉" }
company = "company"
mood = { gen = "template", text = "so {row} 🎉" }
[feeds.people]
table = "people"
columns = ["id", "name", "city", "company"]
"#;

fn plan(text: &str) -> Plan {
    Plan::parse(text, "old.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// Number, name, city, company.
type Person = (String, String, String, String);

fn same(found: &[Person], expected: &[Person]) {
    let differs = found.iter().zip(expected).find(|(one, other)| one != other);
    assert_eq!(differs, None);
    assert_eq!(found.len(), expected.len());
}

/// What virtual users are given.
fn feed(filled: &Filled) -> Vec<Person> {
    let rows = filled.feeds[0].rows.iter();
    rows.map(|row| {
        let mut cells = row.iter().map(ToString::to_string);
        let mut next = || cells.next().unwrap();
        (next(), next(), next(), next())
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_written_with_the_letters_of_its_column() {
    let server = Mariadb::start().await;
    let url = database(&server.database("old", OLD).await);
    let street = PLAN.replace("{street} 🎉", "{name} 🎉");
    let plan = plan(&street);
    let filled = fill(&plan, &url, &small()).await.unwrap();
    let mut client = server.client("old").await;
    let count = async |client: &mut mysql_async::Conn, condition: &str| -> u64 {
        one(
            client,
            &format!("SELECT count(*) FROM people WHERE {condition}"),
        )
        .await
    };
    // What a column has stays, what it lacks is written as people write it.
    assert!(count(&mut client, "company REGEXP '[А-я]'").await > 0);
    assert_eq!(count(&mut client, "street LIKE '%🎉'").await, 200);
    assert_eq!(count(&mut client, "mood LIKE 'so %'").await, 200);
    assert_eq!(
        count(&mut client, "name LIKE '%?%' OR city LIKE '%?%'").await,
        0
    );
    // Users of the site are given what stands in the database.
    let rows: Vec<Person> = client
        .query("SELECT CAST(id AS CHAR), name, city, company FROM people ORDER BY people.id")
        .await
        .unwrap();
    assert!(rows.iter().any(|row| row.1.contains('ü')));
    same(&rows, &feed(&filled));
    // Its rows are known again.
    let undone = seed::undo(&plan, &url, &small(), &mut |_| ())
        .await
        .unwrap();
    assert_eq!(undone.removed["people"], 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_an_old_encoding_is_filled() {
    let cluster = Postgres::start().await;
    let admin = cluster.client("postgres").await;
    for (encoding, held, lacked) in [
        ("LATIN1", "ü", "ł"),
        ("LATIN2", "ł", "ı"),
        ("EUC_JP", "e", "ü"),
    ] {
        let name = encoding.to_lowercase();
        let statement =
            format!("CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");
        admin.batch_execute(&statement).await.unwrap();
        let client = cluster.client(&name).await;
        let schema = OLD.replace(" DEFAULT CHARSET latin1", "");
        let schema = ["ascii", "utf8mb4", "cp1251", "utf8mb3"]
            .iter()
            .fold(schema, |schema, set| {
                schema.replace(&format!(" CHARACTER SET {set}"), "")
            });
        client.batch_execute(&schema).await.unwrap();
        let plan = plan(&PLAN.replace("{street} 🎉", "{name} 🎉"));
        let filled = fill(&plan, &database(&cluster.url(&name)), &small())
            .await
            .unwrap();
        let found = client
            .query(
                "SELECT id::text, name, city, company FROM people ORDER BY people.id",
                &[],
            )
            .await
            .unwrap();
        let rows: Vec<Person> = found
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
            .collect();
        same(&rows, &feed(&filled));
        assert!(rows.iter().any(|row| row.1.contains(held)), "{encoding}");
        assert!(!rows.iter().any(|row| row.1.contains(lacked)), "{encoding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_value_that_a_column_cannot_hold_is_refused() {
    let server = Mariadb::start().await;
    let url = database(&server.database("old", OLD).await);
    let text = PLAN.replace("{street} 🎉", "{name} 🎉").replace(
        "name = \"full_name\"",
        "name = { gen = \"one_of\", values = [\"Zoë\", \"Łucja\"] }",
    );
    let error = fill(&plan(&text), &url, &small())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`people.name` is of `latin1`, which has no `Ł`"),
        "{error}"
    );
    let mut client = server.client("old").await;
    let rows: u64 = one(&mut client, "SELECT count(*) FROM people").await;
    assert_eq!(rows, 0);
}
