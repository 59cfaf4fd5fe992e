//! TLS to real servers: what each mode accepts, and what is said when it does not.

use mysql_async::prelude::Queryable as _;
use rehearsal::seed::{self, Database};

use super::{POSTGRES_SCHEMA, fill, shop, small};
use crate::support::certificates::Certificates;
use crate::support::mysql::{Mariadb, give_to_nobody};
use crate::support::postgres::{Postgres, give_to_postgres};
use crate::support::program::{rehearsal, said};

const TABLE: &str = "CREATE TABLE parcels (id INTEGER PRIMARY KEY, grams INTEGER NOT NULL)";

/// Whether the server can be read by a URL; else the message and the help.
async fn reads(url: &str) -> Result<(), String> {
    let plan = match Database::parse(url) {
        Ok(database) => seed::plan_for(&database).await,
        Err(error) => Err(error),
    };
    let plan = plan.map_err(|error| {
        let help = miette::Diagnostic::help(&error).map(|help| help.to_string());
        let text = format!("{error}\n{}", help.unwrap_or_default());
        assert!(
            !text.contains("open-sesame") && !text.contains("let-me-in"),
            "{text}"
        );
        text
    })?;
    assert!(plan.contains("[tables.parcels]"), "{plan}");
    Ok(())
}

async fn refuses(url: &str, words: &[&str]) {
    let text = reads(url).await.expect_err(url);
    for word in words {
        assert!(text.contains(word), "{url}: {text}\nexpected {word}");
    }
}

/// A cluster with TLS: `guarded` may come with it only, `plain` only without.
async fn postgres(certificates: &Certificates) -> Postgres {
    let setting = |name: &str, file: &str| format!("{name}={}", certificates.path(file));
    Postgres::start_with(&[
        "fsync=off",
        "ssl=on",
        &setting("ssl_cert_file", "server.pem"),
        &setting("ssl_key_file", "server.key"),
        &setting("hba_file", "pg_hba.conf"),
    ])
    .await
}

const HBA: &str = "
host all rehearsal 127.0.0.1/32 scram-sha-256
hostssl all guarded 127.0.0.1/32 scram-sha-256
hostnossl all plain 127.0.0.1/32 scram-sha-256
";

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_reached_as_the_mode_says() {
    let certificates = Certificates::new(give_to_postgres, &[("pg_hba.conf", HBA)]);
    let cluster = postgres(&certificates).await;
    cluster.database("shop", TABLE).await;
    cluster
        .client("shop")
        .await
        .batch_execute(
            "CREATE ROLE guarded LOGIN PASSWORD 'let-me-in';
             CREATE ROLE plain LOGIN PASSWORD 'let-me-in';
             GRANT SELECT ON parcels TO guarded, plain",
        )
        .await
        .unwrap();
    let url = |user: &str, host: &str, query: &str| {
        let url = cluster.url_of(user, "let-me-in", "shop");
        format!("{}{query}", url.replace("127.0.0.1", host))
    };
    let guarded = |query: &str| url("guarded", "localhost", query);
    let authority = certificates.path("authority.pem");
    let stranger = certificates.path("stranger.pem");
    let full = format!("?sslmode=verify-full&sslrootcert={authority}");

    for query in [
        "",
        "?sslmode=allow",
        "?sslmode=prefer",
        "?sslmode=require",
        "?sslmode=require&channel_binding=require",
        &full,
    ] {
        reads(&guarded(query)).await.unwrap();
    }
    reads(&url("guarded", "127.0.0.1", &full.replace("full", "ca")))
        .await
        .unwrap();
    for query in ["", "?sslmode=allow", "?sslmode=disable"] {
        reads(&url("plain", "localhost", query)).await.unwrap();
    }

    refuses(
        &guarded("?sslmode=disable"),
        &["no encryption", "write sslmode=require"],
    )
    .await;
    refuses(
        &url("plain", "localhost", "?sslmode=require"),
        &["pg_hba.conf"],
    )
    .await;
    let wrong_name = ["not valid for name", "localhost", "sslmode=verify-ca"];
    refuses(&url("guarded", "127.0.0.1", &full), &wrong_name).await;
    let unknown = ["UnknownIssuer", "sslrootcert=FILE", "sslmode=require alone"];
    for mode in ["require", "verify-ca", "verify-full"] {
        let query = format!("?sslmode={mode}&sslrootcert={stranger}");
        refuses(&guarded(&query), &unknown).await;
    }
    refuses(&guarded("?sslmode=verify-full"), &unknown).await;
    refuses(
        &guarded("?sslrootcert=/nowhere/ca.pem"),
        &["`/nowhere/ca.pem` (sslrootcert)"],
    )
    .await;

    // The environment speaks where the URL is silent.
    let folder = tempfile::tempdir().unwrap();
    let run = |file: &str| {
        rehearsal(folder.path())
            .args(["seed", "plan", "--database", &guarded("")])
            .env("PGSSLMODE", "verify-full")
            .env("PGSSLROOTCERT", file)
            .output()
            .unwrap()
    };
    let output = run(&authority);
    assert!(output.status.success(), "{}", said(&output));
    let output = run(&stranger);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("UnknownIssuer"), "{}", said(&output));

    // A whole fill goes the same way.
    cluster.database("store", POSTGRES_SCHEMA).await;
    let grants = "GRANT ALL ON ALL TABLES IN SCHEMA public TO guarded;
        GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO guarded";
    cluster
        .client("store")
        .await
        .batch_execute(grants)
        .await
        .unwrap();
    let store = guarded(&full).replace("/shop", "/store");
    let filled = fill(&shop(), &Database::parse(&store).unwrap(), &small()).await;
    assert!(filled.unwrap().rows["orders"] > 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_refused_where_it_is_required() {
    let cluster = Postgres::start().await;
    let server = Mariadb::start().await;
    let postgres = cluster.database("shop", TABLE).await;
    let mariadb = server.database("shop", TABLE).await;
    for url in [&postgres, &mariadb] {
        reads(url).await.unwrap();
    }
    let help = ["does not support TLS", "ssl = on", "sslmode=disable"];
    refuses(&format!("{postgres}?sslmode=verify-full"), &help).await;
    refuses(&format!("{postgres}?sslmode=require"), &help).await;
    let help = ["ssl_cert and ssl_key", "ssl-mode=DISABLED"];
    refuses(&format!("{mariadb}?ssl-mode=REQUIRED"), &help).await;
    // What lies in a file is never wrapped.
    let socket = server.socket().display().to_string();
    let socket = format!("mysql://rehearsal:open-sesame@/shop?socket={socket}&ssl-mode=REQUIRED");
    reads(&socket).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_is_reached_as_the_mode_says() {
    let certificates = Certificates::new(give_to_nobody, &[]);
    let server = Mariadb::start_with(&[
        &format!("--ssl-cert={}", certificates.path("server.pem")),
        &format!("--ssl-key={}", certificates.path("server.key")),
    ])
    .await;
    server.database("shop", TABLE).await;
    let mut client = server.client("shop").await;
    for statement in [
        "CREATE USER guarded@'%' IDENTIFIED BY 'let-me-in' REQUIRE SSL",
        "GRANT SELECT ON shop.* TO guarded@'%'",
    ] {
        client.query_drop(statement).await.unwrap();
    }
    let url = |host: &str, query: &str| {
        let url = server.url_of("guarded", "let-me-in", "shop");
        format!("{}{query}", url.replace("127.0.0.1", host))
    };
    let guarded = |query: &str| url("localhost", query);
    let authority = certificates.path("authority.pem");
    let full = format!("?ssl-mode=VERIFY_IDENTITY&ssl-ca={authority}");
    for query in ["", "?ssl-mode=REQUIRED", "?ssl=true", &full] {
        reads(&guarded(query)).await.unwrap();
    }
    let signed = full.replace("IDENTITY", "CA");
    reads(&url("127.0.0.1", &signed)).await.unwrap();

    refuses(
        &guarded("?ssl-mode=DISABLED"),
        &[
            "Access denied",
            "if the account wants TLS, write ssl-mode=REQUIRED",
        ],
    )
    .await;
    let wrong_name = ["not valid for name", "localhost", "ssl-mode=VERIFY_CA"];
    refuses(&url("127.0.0.1", &full), &wrong_name).await;
    let unknown = ["UnknownIssuer", "ssl-ca=FILE", "ssl-mode=REQUIRED alone"];
    for query in [&full, &signed] {
        let query = query.replace("authority.pem", "stranger.pem");
        refuses(&guarded(&query), &unknown).await;
    }
    client
        .query_drop("SET GLOBAL require_secure_transport = ON")
        .await
        .unwrap();
    let open = server.url("shop");
    // MariaDB says no more than that.
    let refusal = ["Access denied", "write ssl-mode=REQUIRED"];
    refuses(&format!("{open}?ssl-mode=DISABLED"), &refusal).await;
    reads(&format!("{open}?ssl-mode=PREFERRED")).await.unwrap();
}
