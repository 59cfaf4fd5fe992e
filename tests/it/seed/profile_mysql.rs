//! A plan from a MariaDB in use: it holds nothing of its rows, fills another one like it, and takes
//! a sample of a table that cannot be read in time.

use std::collections::BTreeSet;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Row, Value};
use rehearsal::seed::{self, Database, Options, Plan, ProfileOptions};

use super::fill;
use super::profile::{
    SCHEMA, STATISTICS, assert_alike, assert_nothing_leaked, assert_nothing_of_people, rows,
};
use crate::support::mysql::Mariadb;

fn schema() -> String {
    SCHEMA
        .replace("TIMESTAMP", "DATETIME")
        .replace("REFERENCES customers", "REFERENCES customers (id)")
}

/// Every cell of the tables, as text.
async fn cells(connection: &mut Conn) -> BTreeSet<String> {
    let mut cells = BTreeSet::new();
    for table in ["customers", "orders", "coupons"] {
        let rows: Vec<Row> = connection
            .query(format!("SELECT * FROM {table}"))
            .await
            .unwrap();
        for value in rows.into_iter().flat_map(Row::unwrap) {
            if let Value::Bytes(text) = value {
                cells.insert(String::from_utf8(text).unwrap());
            }
        }
    }
    cells
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_mariadb_holds_no_cell_and_fills_its_like() {
    let server = Mariadb::start().await;
    server.database("source", &schema()).await;
    let mut client = server.client("source").await;
    client
        .query_drop(format!("BEGIN; {} COMMIT", rows()))
        .await
        .unwrap();
    for statement in [
        // To the column's collation these are all `active`; two rows are too few to be told.
        "UPDATE customers SET status = 'aCtIvE' ORDER BY id LIMIT 2",
        "CREATE USER reader@'%' IDENTIFIED BY 'only-reads'",
        "GRANT SELECT ON source.* TO reader@'%'",
    ] {
        client.query_drop(statement).await.unwrap();
    }
    let cells = cells(&mut client).await;
    let url = server.url_of("reader", "only-reads", "source");
    let database = Database::parse(&url).unwrap();
    let mut queries = Vec::new();
    let mut on_query = |query: &str| queries.push(query.to_owned());
    let profiled = seed::profile(&database, &ProfileOptions::default(), &mut on_query)
        .await
        .unwrap();
    assert!(
        queries[0].contains("max_statement_time = 30,"),
        "{queries:?}"
    );
    assert!(queries[2].contains("READ ONLY"), "{queries:?}");
    assert_eq!(profiled.notes, Vec::<String>::new());
    assert!(!profiled.plan.contains("only-reads"));
    assert_nothing_leaked(&cells, &profiled.plan);
    assert_nothing_of_people(&profiled.plan);
    for measured in ["hours = [", "counts = [", "bins = ["] {
        let found = profiled.plan.contains(measured);
        assert!(found, "{measured}: {}", profiled.plan);
    }

    let target = Database::parse(&server.database("target", &schema()).await).unwrap();
    let plan = Plan::parse(&profiled.plan, "profile.toml")
        .unwrap_or_else(|error| panic!("{error}\n{}", profiled.plan));
    let filled = fill(&plan, &target, &Options::default()).await;
    filled.unwrap_or_else(|error| panic!("{error:?}\n{}", profiled.plan));
    let mut numbers = Vec::new();
    for mut client in [client, server.client("target").await] {
        let mut found = Vec::new();
        for (_, _, query) in STATISTICS {
            let number: Option<f64> = client.query_first(query).await.unwrap();
            found.push(number.unwrap());
        }
        numbers.push(found);
    }
    assert_alike(&numbers[0], &numbers[1], &profiled.plan);

    // What the seeder noted of its own is no table of the application.
    let again = seed::profile(&target, &ProfileOptions::default(), &mut |_| ()).await;
    let again = again.unwrap().plan;
    assert!(
        again.contains("[tables.coupons]") && !again.contains("rehearsal_seeded"),
        "{again}"
    );
}

/// A lock stands for a table that is too large: it is gone when the sample is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_mariadb_that_takes_too_long_is_measured_on_a_sample() {
    let server = Mariadb::start().await;
    let schema = "CREATE TABLE parcels (id INT PRIMARY KEY, state VARCHAR(20) NOT NULL);
        INSERT INTO parcels SELECT seq, IF(seq % 4 = 0, 'lost', 'sent') FROM seq_1_to_2000";
    let url = server.database("source", schema).await;
    let mut other = server.client("source").await;
    other.query_drop("LOCK TABLES parcels WRITE").await.unwrap();
    let (sampled, unlock) = tokio::sync::oneshot::channel();
    let unlocking = tokio::spawn(async move {
        unlock.await.unwrap();
        other.query_drop("UNLOCK TABLES").await.unwrap();
    });
    let mut sampled = Some(sampled);
    let mut on_query = |query: &str| {
        if query.contains("LIMIT 100000")
            && let Some(sampled) = sampled.take()
        {
            sampled.send(()).unwrap();
        }
    };
    let options = ProfileOptions::default();
    let profiled = seed::profile(&Database::parse(&url).unwrap(), &options, &mut on_query)
        .await
        .unwrap();
    unlocking.await.unwrap();
    assert_eq!(
        profiled.notes,
        [
            "counting the rows of `parcels` took longer than 30 s, or waited for a lock",
            "`parcels` is measured on a sample of its rows"
        ]
    );
    let text = &profiled.plan;
    assert!(
        text.contains("Measured on a sample of about 2000 rows."),
        "{text}"
    );
    assert!(
        text.contains("values = [\"sent\", \"lost\"], weights = [75.0, 25.0]"),
        "{text}"
    );
}
