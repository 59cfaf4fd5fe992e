//! A database of each kind with the same tables, and one way to look into them, so that a test is
//! written once for all.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rehearsal::seed::Database;

use super::mysql::{SHOP, shop_rows};
use super::{POSTGRES_SCHEMA, SQLITE_SCHEMA, Shop, postgres_rows, sqlite_rows};
use crate::support::mysql::Mariadb;
use crate::support::postgres::Postgres;

/// Name of the databases.
pub(super) const NAME: &str = "shop";

/// A database, and a connection of the application's.
pub(super) struct Site {
    pub(super) database: Database,
    client: Client,
}

enum Client {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
    Mariadb(Conn),
}

/// What must live as long as the sites.
pub(super) struct Servers {
    file: Shop,
    pub(super) postgres: Postgres,
    pub(super) mariadb: Mariadb,
}

/// The shop, of each kind.
pub(super) async fn shops() -> (Servers, [Site; 3]) {
    sites([SQLITE_SCHEMA, POSTGRES_SCHEMA, SHOP]).await
}

/// Databases with the tables of three schemas: SQLite's, PostgreSQL's, MariaDB's.
pub(super) async fn sites(schemas: [&str; 3]) -> (Servers, [Site; 3]) {
    let servers = Servers {
        file: Shop::new(schemas[0]),
        postgres: Postgres::start().await,
        mariadb: Mariadb::start().await,
    };
    let sites = [
        Site::in_sqlite(&servers.file),
        Site::of_postgres(&servers.postgres, NAME, schemas[1]).await,
        Site::of_mariadb(&servers.mariadb, NAME, schemas[2]).await,
    ];
    (servers, sites)
}

impl Site {
    pub(super) async fn of_postgres(server: &Postgres, name: &str, schema: &str) -> Self {
        server.database(name, schema).await;
        Self::in_postgres(server, name).await
    }

    /// A database that is there.
    pub(super) async fn in_postgres(server: &Postgres, name: &str) -> Self {
        Self {
            database: Database::parse(&server.url(name)).unwrap(),
            client: Client::Postgres(server.client(name).await),
        }
    }

    pub(super) async fn of_mariadb(server: &Mariadb, name: &str, schema: &str) -> Self {
        server.database(name, schema).await;
        Self::in_mariadb(server, name).await
    }

    /// The same of MariaDB.
    pub(super) async fn in_mariadb(server: &Mariadb, name: &str) -> Self {
        Self {
            database: Database::parse(&server.url(name)).unwrap(),
            client: Client::Mariadb(server.client(name).await),
        }
    }

    /// The same of SQLite.
    pub(super) fn in_sqlite(shop: &Shop) -> Self {
        Self {
            database: shop.database(),
            client: Client::Sqlite(shop.open()),
        }
    }

    /// Runs statements.
    pub(super) async fn run(&mut self, statements: &str) {
        match &mut self.client {
            Client::Sqlite(connection) => connection.execute_batch(statements).unwrap(),
            Client::Postgres(client) => client.batch_execute(statements).await.unwrap(),
            Client::Mariadb(connection) => {
                // A moment has no zone there.
                let statements = statements.replace("T00:00:00Z", " 00:00:00");
                connection.query_drop(statements).await.unwrap();
            }
        }
    }

    /// The number that a query gives.
    pub(super) async fn number(&mut self, query: &str) -> i64 {
        match &mut self.client {
            Client::Sqlite(connection) => {
                connection.query_row(query, [], |row| row.get(0)).unwrap()
            }
            Client::Postgres(client) => client.query_one(query, &[]).await.unwrap().get(0),
            Client::Mariadb(connection) => connection.query_first(query).await.unwrap().unwrap(),
        }
    }

    /// The text that a query gives.
    pub(super) async fn text(&mut self, query: &str) -> String {
        match &mut self.client {
            Client::Sqlite(connection) => {
                connection.query_row(query, [], |row| row.get(0)).unwrap()
            }
            Client::Postgres(client) => client.query_one(query, &[]).await.unwrap().get(0),
            Client::Mariadb(connection) => connection.query_first(query).await.unwrap().unwrap(),
        }
    }

    /// All rows of the shop's tables, in the order of their keys, as text.
    pub(super) async fn rows(&mut self) -> Vec<String> {
        match &mut self.client {
            Client::Sqlite(connection) => sqlite_rows(connection),
            Client::Postgres(client) => postgres_rows(client).await,
            Client::Mariadb(connection) => shop_rows(connection).await,
        }
    }

    /// Whether the table of the seeder's records is there.
    pub(super) async fn has_record(&mut self) -> bool {
        let query = match &self.client {
            Client::Sqlite(_) => {
                "SELECT count(*) FROM sqlite_master WHERE name = 'rehearsal_seeded'"
            }
            Client::Postgres(_) => {
                "SELECT count(*) FROM pg_namespace WHERE nspname = 'rehearsal_record'"
            }
            Client::Mariadb(_) => {
                "SELECT count(*) FROM information_schema.TABLES
                  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'rehearsal_seeded'"
            }
        };
        self.number(query).await > 0
    }
}
