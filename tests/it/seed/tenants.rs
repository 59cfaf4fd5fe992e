//! References that share a column: what a row refers to belongs to the same tenant as the row.

use miette::Diagnostic as _;
use rehearsal::seed::{self, Database, Options, Plan, Reset};

use super::{Shop, fill};
use crate::support::postgres::Postgres;

const SCHEMA: &str = include_str!("../../../fixtures/schemas/tenants.sql");

/// What the guessed plan must give beside constraints that hold: more than a few rows, of more
/// than one kind.
const FOUND: [(&str, &str); 6] = [
    (
        "orders",
        "SELECT count(*) FROM orders JOIN members m ON (m.tenant_id, m.id) = (orders.tenant_id, member_id)
           JOIN products p ON (p.owner_id, p.id) = (orders.tenant_id, product_id)",
    ),
    ("gifts", "SELECT count(gift_for_id) FROM orders"),
    ("trees", "SELECT count(above_id) FROM shelves"),
    (
        "different products",
        "SELECT count(*) FROM (SELECT DISTINCT product_id FROM orders) AS products",
    ),
    (
        "tenants with several products ordered",
        "SELECT count(*) FROM (SELECT tenant_id FROM orders GROUP BY tenant_id
           HAVING count(DISTINCT product_id) > 1) AS tenants",
    ),
    (
        "orders of several items",
        "SELECT count(*) FROM (SELECT tenant_id FROM order_items GROUP BY tenant_id, order_id
           HAVING count(*) > 1) AS orders",
    ),
];

/// The guessed plan with smaller numbers of rows, and otherwise as it is.
async fn guessed(database: &Database) -> (String, Plan) {
    let text = seed::plan_for(database).await.unwrap();
    let plan = Plan::parse(&text, "guessed.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
    (text, plan)
}

fn tenth() -> Options {
    Options {
        scale: 0.1,
        ..Options::default()
    }
}

#[tokio::test]
async fn tenants_fill_without_an_edit_in_sqlite() {
    let shop = Shop::new(SCHEMA);
    let (text, plan) = guessed(&shop.database()).await;
    let filled = fill(&plan, &shop.database(), &tenth()).await;
    let filled = filled.unwrap_or_else(|error| panic!("{error}\n{error:?}\n{text}"));
    assert_eq!(filled.rows.len(), 6, "{text}");
    let connection = shop.open();
    let number = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    for (told, sql) in FOUND {
        assert!(number(sql) > 20, "{told}: {}\n{text}", number(sql));
    }
    let all = number("SELECT count(*) FROM orders");
    assert_eq!(number(FOUND[0].1), all, "each has both, of its tenant");
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_fill_without_an_edit_in_postgres() {
    let cluster = Postgres::start().await;
    let database = Database::parse(&cluster.database("tenants", SCHEMA).await).unwrap();
    let (text, plan) = guessed(&database).await;
    let filled = fill(&plan, &database, &tenth()).await;
    let filled = filled.unwrap_or_else(|error| panic!("{error}\n{error:?}\n{text}"));
    assert_eq!(filled.rows.len(), 6, "{text}");
    let client = cluster.client("tenants").await;
    for (told, sql) in FOUND {
        let found: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
        assert!(found > 20, "{told}: {found}\n{text}");
    }
}

const PLAN: &str = r#"
[tables.tenants]
rows = 40
[tables.tenants.columns]
id = "sequence"
name = "company"

[tables.members]
per_parent = { table = "tenants", min = 2, max = 30 }
scatter = true
[tables.members.columns]
tenant_id = "parent"
id = "sequence"
email = "email"

[tables.orders]
rows = 3000
[tables.orders.columns]
id = "sequence"
tenant_id = { gen = "ref", table = "tenants", popularity = "zipf" }
buyer_id = { gen = "ref", table = "members", same = "tenant_id", popularity = "zipf" }
gift_for_id = { gen = "ref", table = "members", same = "tenant_id", except = "buyer_id" }
again_id = { gen = "ref", table = "members", same = "tenant_id", popularity = "zipf", exponent = 1.5 }
"#;

const WRITTEN: &str = "
CREATE TABLE tenants (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE members (tenant_id INTEGER NOT NULL REFERENCES tenants, id INTEGER PRIMARY KEY, email TEXT NOT NULL,
    UNIQUE (tenant_id, id));
CREATE TABLE orders (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants,
    buyer_id INTEGER NOT NULL, gift_for_id INTEGER NOT NULL, again_id INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, buyer_id) REFERENCES members (tenant_id, id),
    FOREIGN KEY (tenant_id, gift_for_id) REFERENCES members (tenant_id, id),
    FOREIGN KEY (tenant_id, again_id) REFERENCES members (tenant_id, id),
    CHECK (gift_for_id <> buyer_id));";

#[tokio::test]
async fn a_tenant_may_be_drawn_and_its_popular_members_are_the_same_for_all() {
    let shop = Shop::new(WRITTEN);
    let plan = Plan::parse(PLAN, "tenants.toml").unwrap();
    fill(&plan, &shop.database(), &Options::default())
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    let connection = shop.open();
    let number = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let most = |column: &str| -> i64 {
        number(&format!(
            "SELECT {column} FROM orders GROUP BY {column} ORDER BY count(*) DESC, 1 LIMIT 1"
        ))
    };
    assert_eq!(most("buyer_id"), most("again_id"));
    let taken = number("SELECT count(DISTINCT gift_for_id) FROM orders");
    let busy = number(
        "SELECT count(*) FROM members WHERE tenant_id IN
           (SELECT tenant_id FROM orders GROUP BY 1 HAVING count(*) > 200)",
    );
    assert!(taken >= busy && busy > 1, "{taken} of {busy}");
}

#[tokio::test]
async fn tenants_grow_and_their_rows_stay() {
    let shop = Shop::new(WRITTEN);
    let plan = Plan::parse(PLAN, "tenants.toml").unwrap();
    let rows = |most: u64| -> Vec<(i64, i64, i64)> {
        let connection = shop.open();
        let mut statement = connection
            .prepare(
                "SELECT tenant_id, buyer_id, gift_for_id FROM orders WHERE id <= ?1 ORDER BY id",
            )
            .unwrap();
        let rows = statement.query_map([most as i64], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
        rows.unwrap().map(Result::unwrap).collect()
    };
    fill(&plan, &shop.database(), &Options::default())
        .await
        .unwrap();
    let before = rows(3_000);
    let twice = Options {
        scale: 2.0,
        threads: 8,
        ..Options::default()
    };
    seed::ensure(&plan, &shop.database(), Reset::TopUp, &twice, &mut |_| ())
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(rows(3_000), before);
    assert_eq!(rows(9_000).len(), 6_000);
    let broken = "SELECT count(*) FROM pragma_foreign_key_check";
    let broken: i64 = shop.open().query_row(broken, [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
}

#[tokio::test]
async fn what_cannot_be_shared_is_said_before_the_first_row() {
    let shop = Shop::new(WRITTEN);
    let gift = r#"gift_for_id = { gen = "ref", table = "members", same = "tenant_id", except = "buyer_id" }"#;
    for (from, to, told, help) in [
        (
            "per_parent = { table = \"tenants\", min = 2, max = 30 }",
            "per_parent = { table = \"tenants\", min = 0, max = 30 }",
            "`orders.buyer_id` may not be null",
            "min = 1",
        ),
        (
            "per_parent = { table = \"tenants\", min = 2, max = 30 }\nscatter = true\n[tables.members.columns]\ntenant_id = \"parent\"",
            "rows = 90\n[tables.members.columns]\ntenant_id = { gen = \"ref\", table = \"tenants\" }",
            "children of what `members.tenant_id` names",
            "per_parent = { table = \"tenants\"",
        ),
        (
            "same = \"tenant_id\", popularity = \"zipf\" }",
            "same = \"id\", same_as = \"tenant_id\" }",
            "`orders.id` comes from `orders.id`, and `members.tenant_id` from `tenants.id`",
            "from one place",
        ),
        (
            "same = \"tenant_id\", popularity = \"zipf\" }",
            "same = \"tenant\" }",
            "has no column `orders.tenant`",
            "`tenant_id`",
        ),
        (
            "same = \"tenant_id\", popularity = \"zipf\" }",
            "same = \"buyer_id\" }",
            "`same` names `buyer_id` itself",
            "both rows share",
        ),
        (
            "same = \"tenant_id\", popularity = \"zipf\" }",
            "same = \"tenant_id\", unique = true }",
            "neither `unique` nor `unique_with`",
            "`distinct`",
        ),
        (
            "same = \"tenant_id\", popularity = \"zipf\" }",
            "same = \"tenant_id\", distinct = true }",
            "`orders` has no parent",
            "per_parent",
        ),
        (
            "same = \"tenant_id\", popularity = \"zipf\" }",
            "same_as = \"tenant_id\" }",
            "goes with `same`",
            "",
        ),
        (
            "same = \"tenant_id\", popularity = \"zipf\" }",
            "same = \"gift_for_id\", same_as = \"tenant_id\" }",
            "which is found by `same`, too",
            "\"parent\"",
        ),
        (
            gift,
            r#"gift_for_id = { gen = "ref", table = "members" }"#,
            "`orders.gift_for_id` refers to `members` together with `tenant_id`",
            "same = \"tenant_id\"",
        ),
    ] {
        let text = PLAN.replacen(from, to, 1);
        assert_ne!(text, PLAN);
        let error = match Plan::parse(&text, "tenants.toml") {
            Ok(plan) => {
                let error = fill(&plan, &shop.database(), &Options::default()).await;
                let error = error.expect_err(to);
                (error.to_string(), error.help().map(|help| help.to_string()))
            }
            Err(error) => (error.to_string(), error.help().map(|help| help.to_string())),
        };
        assert!(error.0.contains(told), "{to}: {error:?}");
        assert!(
            error.1.unwrap_or_default().contains(help),
            "{to}: {}",
            error.0
        );
    }
}
