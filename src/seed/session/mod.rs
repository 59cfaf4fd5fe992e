//! A database that we are connected to, of whatever kind: what it can be asked (`mod`), and what it
//! can be told to do with a plan's rows (`work`). Plans are prepared and commands are carried out
//! without knowing which server it is; here its name is the last time a matter of `match`.

mod work;

use std::path::Path;

use indexmap::IndexMap;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Row};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use super::database::{Database, Server, connect, connect_mysql, open_sqlite};
use super::error::{self, SeedError};
use super::existing::{self, Keys, Wanted};
use super::fit::{Fit, Layout};
use super::guess::observed::Observed;
use super::letters::{self, Letters};
use super::load;
use super::plan::{Constant, Plan};
use super::reset::record::{self, Record};
use super::reset::{Witness, signs};
use super::schema::mysql::backticked;
use super::schema::{self, Schema, TableSchema, quoted};

pub(super) use work::on_thread;

/// A connected database.
pub(super) struct Session<'a> {
    url: &'a Database,
    connected: Connected<'a>,
}

enum Connected<'a> {
    /// Opened anew for each question, so that nothing is locked in between.
    Sqlite(&'a Path),
    Postgres(Client),
    Mysql(Conn),
}

impl<'a> Session<'a> {
    /// Connects.
    ///
    /// # Errors
    /// [`SeedError::Connect`].
    pub(super) async fn open(url: &'a Database) -> Result<Self, SeedError> {
        let connected = match &url.server {
            Server::Sqlite(path) => {
                open_sqlite(url, path)?;
                Connected::Sqlite(path)
            }
            Server::Postgres(config) => Connected::Postgres(connect(url, config, None).await?),
            Server::Mysql(account) => Connected::Mysql(connect_mysql(url, account).await?),
        };
        Ok(Self { url, connected })
    }

    /// Connects to write: not to a database that people depend on, unless its exact name is
    /// repeated.
    ///
    /// # Errors
    /// [`SeedError::Production`], and those of connecting.
    pub(super) async fn guarded(
        url: &'a Database,
        confirm: Option<&str>,
    ) -> Result<Self, SeedError> {
        url.guard(confirm)?;
        let mut session = Self::open(url).await?;
        if confirm != Some(url.name().as_str()) {
            let sign = match &mut session.connected {
                Connected::Sqlite(_) => None,
                Connected::Postgres(client) => signs::postgres(client).await?,
                Connected::Mysql(connection) => signs::mysql(connection).await?,
            };
            if let Some(reason) = sign {
                return Err(url.looks_like_production(reason));
            }
        }
        Ok(session)
    }

    /// What statements of a plan call its kind.
    pub(super) const fn kind(&self) -> &'static str {
        match self.connected {
            Connected::Sqlite(_) => "sqlite",
            Connected::Postgres(_) => "postgres",
            Connected::Mysql(_) => "mysql",
        }
    }

    /// The application's tables.
    pub(super) async fn schema(&mut self) -> Result<Schema, SeedError> {
        let mut schema = match &mut self.connected {
            Connected::Sqlite(path) => schema::sqlite::read(&open_sqlite(self.url, path)?)?,
            Connected::Postgres(client) => schema::postgres::read(client).await?,
            Connected::Mysql(connection) => schema::mysql::read(connection).await?,
        };
        record::hide(&mut schema);
        Ok(schema)
    }

    /// Characters that columns have which lack some, by the name of their set.
    pub(super) async fn letters(
        &mut self,
        schema: &Schema,
    ) -> Result<IndexMap<String, Letters>, SeedError> {
        match &mut self.connected {
            Connected::Sqlite(_) => Ok(IndexMap::new()),
            Connected::Postgres(client) => letters::of_postgres(client, schema).await,
            Connected::Mysql(connection) => letters::of_mysql(connection, schema).await,
        }
    }

    /// Refuses what this kind of database could not take back.
    pub(super) fn refuse(&self, plan: &Plan, schema: &Schema, fit: &Fit) -> Result<(), SeedError> {
        if let Connected::Mysql(_) = self.connected {
            load::mysql::refuse_untransactional(schema, fit)?;
            load::hooks::refuse_commits(&plan.sql)?;
        }
        Ok(())
    }

    /// What was seeded, by all plans.
    pub(super) async fn records(&mut self) -> Result<Vec<Record>, SeedError> {
        match &mut self.connected {
            Connected::Sqlite(path) => record::sqlite::read(&open_sqlite(self.url, path)?),
            Connected::Postgres(client) => record::postgres::read(client).await,
            Connected::Mysql(connection) => record::mysql::read(connection).await,
        }
    }

    /// Numbers of rows of all tables, at most a million each.
    pub(super) async fn occupied(
        &mut self,
        schema: &Schema,
    ) -> Result<IndexMap<String, u64>, SeedError> {
        match &mut self.connected {
            Connected::Sqlite(path) => {
                existing::occupied_sqlite(&open_sqlite(self.url, path)?, schema)
            }
            Connected::Postgres(client) => existing::occupied_postgres(client, schema).await,
            Connected::Mysql(connection) => existing::occupied_mysql(connection, schema).await,
        }
    }

    /// What rows that are there show of their columns.
    pub(super) async fn observed(
        &mut self,
        schema: &Schema,
        occupied: &IndexMap<String, u64>,
    ) -> Result<Observed, SeedError> {
        match &mut self.connected {
            Connected::Sqlite(path) => {
                let connection = open_sqlite(self.url, path)?;
                let mut ask = async |query: String| existing::texts_sqlite(&connection, &query);
                let words = existing::words("text", quoted);
                Observed::read(schema, occupied, words, &mut ask).await
            }
            Connected::Postgres(client) => {
                let mut ask = async |query: String| existing::texts_postgres(client, &query).await;
                let words = existing::words("text", quoted);
                Observed::read(schema, occupied, words, &mut ask).await
            }
            Connected::Mysql(connection) => {
                let mut ask = async |query: String| existing::texts_mysql(connection, &query).await;
                let words = existing::words("CHAR", backticked);
                Observed::read(schema, occupied, words, &mut ask).await
            }
        }
    }

    /// The greatest number in a column.
    pub(super) async fn greatest(
        &mut self,
        name: &str,
        table: &TableSchema,
        column: &str,
    ) -> Result<Option<i64>, SeedError> {
        let doing = format!("asking for the last `{name}.{column}`");
        let greatest = match self.connected {
            Connected::Sqlite(_) => format!("max({})", quoted(column)),
            Connected::Postgres(_) => format!("max({})::int8", quoted(column)),
            Connected::Mysql(_) => format!("CAST(max({}) AS SIGNED)", backticked(column)),
        };
        let statement = format!("SELECT {greatest} FROM {}", table.sql_name);
        match &mut self.connected {
            Connected::Sqlite(path) => open_sqlite(self.url, path)?
                .query_row(&statement, [], |row| row.get(0))
                .map_err(error::sqlite(doing)),
            Connected::Postgres(client) => {
                let row = client.query_one(&statement, &[]).await;
                Ok(row.map_err(error::postgres(doing))?.get(0))
            }
            Connected::Mysql(connection) => {
                let found = connection.query_first::<Option<i64>, _>(&statement).await;
                Ok(found.map_err(error::mysql(doing))?.flatten())
            }
        }
    }

    /// The keys of rows outside of a plan that it refers to.
    pub(super) async fn keys(
        &mut self,
        wanted: &[Wanted],
        schema: &Schema,
    ) -> Result<Keys, SeedError> {
        let mut keys = Keys::default();
        for wanted in wanted {
            let described = &schema.tables[&wanted.table].columns;
            let kinds: Vec<_> = wanted
                .columns
                .iter()
                .map(|column| &described[column].kind)
                .collect();
            let rows = self.texts(wanted, schema).await?;
            let rows = rows.into_iter().map(|row| -> Vec<Constant> {
                let cells = kinds.iter().zip(row);
                cells
                    .map(|(kind, text)| existing::constant(kind, text))
                    .collect()
            });
            keys.add(wanted.clone(), rows.collect());
        }
        Ok(keys)
    }

    /// Keys as text.
    async fn texts(
        &mut self,
        wanted: &Wanted,
        schema: &Schema,
    ) -> Result<Vec<Vec<String>>, SeedError> {
        let doing = format!("reading the keys of `{}`", wanted.table);
        let statement = match self.connected {
            Connected::Mysql(_) => existing::mysql_statement(schema, wanted),
            Connected::Sqlite(_) | Connected::Postgres(_) => existing::statement(schema, wanted),
        };
        let columns = 0..wanted.columns.len();
        match &mut self.connected {
            Connected::Sqlite(path) => {
                let connection = open_sqlite(self.url, path)?;
                let read = || -> rusqlite::Result<Vec<_>> {
                    let mut statement = connection.prepare(&statement)?;
                    let rows = statement.query_map([], |row| {
                        columns.clone().map(|index| row.get(index)).collect()
                    });
                    rows?.collect()
                };
                read().map_err(error::sqlite(doing))
            }
            Connected::Postgres(client) => {
                let rows = client.query(&statement, &[]).await;
                let rows = rows.map_err(error::postgres(doing))?;
                let cells = |row: &tokio_postgres::Row| {
                    columns.clone().map(|index| row.get(index)).collect()
                };
                Ok(rows.iter().map(cells).collect())
            }
            Connected::Mysql(connection) => {
                let rows = connection.query::<Row, _>(statement).await;
                let rows = rows.map_err(error::mysql(doing))?;
                let cell = |row: &Row, index| row.get(index).unwrap_or_default();
                let cells = |row: &Row| columns.clone().map(|index| cell(row, index)).collect();
                Ok(rows.iter().map(cells).collect())
            }
        }
    }

    /// Whether none of the tables holds a row.
    pub(super) async fn is_empty(
        &mut self,
        layouts: impl Iterator<Item = &Layout>,
    ) -> Result<bool, SeedError> {
        for layout in layouts {
            let statement = format!("SELECT 1 FROM {} LIMIT 1", layout.sql_name);
            let doing = format!("looking into `{}`", layout.name);
            if self.finds(&statement, &[], doing).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether one of these rows is there.
    pub(super) async fn recognises(&mut self, witnesses: &[Witness]) -> Result<bool, SeedError> {
        for witness in witnesses {
            let values: Vec<_> = witness.values.iter().map(|(_, value)| &**value).collect();
            let names = witness.values.iter().zip(1..);
            let conditions = names.map(|((name, _), place)| match self.connected {
                Connected::Sqlite(_) => {
                    format!("coalesce(CAST({} AS TEXT), '') = ?{place}", quoted(name))
                }
                Connected::Postgres(_) => {
                    format!("coalesce({}::text, '') = ${place}", quoted(name))
                }
                Connected::Mysql(_) => {
                    format!("coalesce(CAST({} AS CHAR), '') = ?", backticked(name))
                }
            });
            let statement = format!(
                "SELECT 1 FROM {} WHERE {} LIMIT 1",
                witness.sql_name,
                conditions.collect::<Vec<_>>().join(" AND ")
            );
            let doing = "looking for seeded rows".to_owned();
            if self.finds(&statement, &values, doing).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a query gives a row.
    async fn finds(
        &mut self,
        statement: &str,
        values: &[&str],
        doing: String,
    ) -> Result<bool, SeedError> {
        match &mut self.connected {
            Connected::Sqlite(path) => open_sqlite(self.url, path)?
                .prepare(statement)
                .and_then(|mut statement| statement.exists(rusqlite::params_from_iter(values)))
                .map_err(error::sqlite(doing)),
            Connected::Postgres(client) => {
                let values: Vec<_> = values
                    .iter()
                    .map(|value| value as &(dyn ToSql + Sync))
                    .collect();
                let found = client.query_opt(statement, &values).await;
                Ok(found.map_err(error::postgres(doing))?.is_some())
            }
            Connected::Mysql(connection) => {
                let values = values.iter().map(|value| mysql_async::Value::from(*value));
                let values = match values.collect::<Vec<_>>() {
                    none if none.is_empty() => Params::Empty,
                    values => Params::Positional(values),
                };
                let found = connection.exec_first::<Row, _, _>(statement, values).await;
                Ok(found.map_err(error::mysql(doing))?.is_some())
            }
        }
    }
}
