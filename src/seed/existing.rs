//! Rows that are in the database and not in the plan, such as a framework's: their keys are read
//! once, before the plan is compiled, and are from then on an input like the seed number. So the
//! program stays pure.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use rusqlite::types::ValueRef;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::error::{SeedError, mysql, postgres, sqlite};
use super::guess::observed::Words;
use super::plan::{ColumnPlan, Constant, Generator, Plan};
use super::schema::mysql::backticked;
use super::schema::{ColumnType, Schema, quoted};

/// At most so many rows of a table are referred to.
pub(super) const MOST_KEYS: usize = 100_000;

/// Keys by table.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    tables: IndexMap<String, KeyTable>,
}

/// Columns of a table that a plan refers to, and their values, row by row.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyTable {
    pub(super) columns: Vec<String>,
    pub(super) rows: Arc<Vec<Vec<Constant>>>,
}

/// What has to be read: a table, as the plan calls it, and columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

impl Keys {
    pub(super) fn add(&mut self, wanted: Wanted, rows: Vec<Vec<Constant>>) {
        let table = KeyTable {
            columns: wanted.columns,
            rows: Arc::new(rows),
        };
        self.tables.insert(wanted.table, table);
    }

    pub(super) fn table(&self, name: &str) -> Option<&KeyTable> {
        self.tables.get(name)
    }

    pub(super) fn count(&self, name: &str) -> u64 {
        self.tables
            .get(name)
            .map_or(0, |table| table.rows.len() as u64)
    }
}

/// What a plan refers to outside of itself. Without a column it is the primary key.
pub(super) fn wanted(plan: &Plan, schema: &Schema) -> Vec<Wanted> {
    let mut found: IndexMap<&str, IndexSet<String>> = IndexMap::new();
    for column in plan
        .tables
        .values()
        .flat_map(|table| table.columns.values())
        .flat_map(ColumnPlan::parts)
    {
        if let Generator::Existing { table, column, .. } = &column.generator
            && let Some(described) = schema.tables.get(table)
        {
            let columns = found.entry(table).or_default();
            columns.extend(
                column
                    .clone()
                    .or_else(|| described.primary_key.first().cloned()),
            );
        }
    }
    let known = |table: &str, column: &String| schema.tables[table].columns.contains_key(column);
    let each = found.into_iter().map(|(table, columns)| Wanted {
        table: table.to_owned(),
        columns: columns
            .into_iter()
            .filter(|column| known(table, column))
            .collect(),
    });
    each.filter(|wanted| !wanted.columns.is_empty()).collect()
}

/// The statement that reads keys as text, in their own order, so that every run sees the same.
pub(super) fn statement(schema: &Schema, wanted: &Wanted) -> String {
    let table = &schema.tables[&wanted.table];
    let cells: Vec<_> = wanted
        .columns
        .iter()
        .map(|column| format!("CAST({} AS text)", quoted(column)))
        .collect();
    let names: Vec<_> = wanted.columns.iter().map(|column| quoted(column)).collect();
    let there: Vec<_> = names
        .iter()
        .map(|name| format!("{name} IS NOT NULL"))
        .collect();
    format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {MOST_KEYS}",
        cells.join(", "),
        table.sql_name,
        there.join(" AND "),
        names.join(", ")
    )
}

/// The same for MySQL and MariaDB, where bytes and bits have no text that could be read back.
pub(super) fn mysql_statement(schema: &Schema, wanted: &Wanted) -> String {
    let table = &schema.tables[&wanted.table];
    let names = || wanted.columns.iter().map(|column| backticked(column));
    let cells = wanted.columns.iter().zip(names()).map(|(column, name)| {
        let declared = &table.columns[column].declared;
        if declared.starts_with("binary") {
            format!("HEX({name})")
        } else if declared.starts_with("bit") {
            format!("CAST({name} + 0 AS CHAR)")
        } else {
            format!("CAST({name} AS CHAR)")
        }
    });
    let there: Vec<_> = names().map(|name| format!("{name} IS NOT NULL")).collect();
    format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {MOST_KEYS}",
        cells.collect::<Vec<_>>().join(", "),
        table.sql_name,
        there.join(" AND "),
        names().collect::<Vec<_>>().join(", ")
    )
}

/// The value that a key's text stands for in a column of a type.
pub(super) fn constant(kind: &ColumnType, text: String) -> Constant {
    let whole = matches!(
        kind,
        ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
    );
    match text.parse() {
        Ok(number) if whole => return Constant::Integer(number),
        _ => {}
    }
    if *kind == ColumnType::Uuid {
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        if let Ok(bits) = u128::from_str_radix(&digits, 16) {
            return Constant::Uuid(bits.to_be_bytes());
        }
    }
    Constant::Text(text)
}

/// Rows of a query, each value as text.
type Texts = Vec<Vec<Option<String>>>;

/// How a kind of database says what a guess asks for.
pub(super) const fn words(text: &'static str, quoted: fn(&str) -> String) -> Words {
    Words { text, quoted }
}

const LOOKING: &str = "looking at the rows that are there";

/// Asks for texts.
pub(super) async fn texts_postgres(
    client: &tokio_postgres::Client,
    query: &str,
) -> Result<Texts, SeedError> {
    let answer = client
        .simple_query(query)
        .await
        .map_err(postgres(LOOKING))?;
    let rows = answer.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let cells = |row: tokio_postgres::SimpleQueryRow| {
        let cells = (0..row.len()).map(|index| row.get(index).map(str::to_owned));
        cells.collect()
    };
    Ok(rows.map(cells).collect())
}

/// Asks for texts.
pub(super) async fn texts_mysql(connection: &mut Conn, query: &str) -> Result<Texts, SeedError> {
    let rows: Vec<mysql_async::Row> = connection.query(query).await.map_err(mysql(LOOKING))?;
    let cells = |row: &mysql_async::Row| {
        let cells = (0..row.len()).map(|index| row.get::<Option<String>, _>(index).flatten());
        cells.collect()
    };
    Ok(rows.iter().map(cells).collect())
}

/// Asks for texts.
pub(super) fn texts_sqlite(
    connection: &rusqlite::Connection,
    query: &str,
) -> Result<Texts, SeedError> {
    let read = || -> rusqlite::Result<Texts> {
        let mut statement = connection.prepare(query)?;
        let width = statement.column_count();
        let rows = statement.query_map([], |row| {
            let cells = (0..width).map(|index| {
                Ok(match row.get_ref(index)? {
                    ValueRef::Integer(number) => Some(number.to_string()),
                    ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
                    _ => None,
                })
            });
            cells.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        rows.collect()
    };
    read().map_err(sqlite(LOOKING))
}

/// Rows are not counted beyond this.
const MOST_COUNTED: usize = 1_000_000;

fn counting(sql_name: &str) -> String {
    format!("SELECT count(*) FROM (SELECT 1 FROM {sql_name} LIMIT {MOST_COUNTED}) AS seen")
}

/// Numbers of rows of all tables; one that may not be read counts as empty.
pub(super) async fn occupied_postgres(
    client: &tokio_postgres::Client,
    schema: &Schema,
) -> Result<IndexMap<String, u64>, SeedError> {
    let mut occupied = IndexMap::new();
    for (name, table) in &schema.tables {
        match client.query_one(&counting(&table.sql_name), &[]).await {
            Ok(row) => {
                occupied.insert(name.clone(), row.get::<_, i64>(0) as u64);
            }
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {}
            Err(error) => return Err(postgres(format!("counting the rows of `{name}`"))(error)),
        }
    }
    Ok(occupied)
}

/// Numbers of rows of all tables; one that may not be read counts as empty.
pub(super) async fn occupied_mysql(
    connection: &mut Conn,
    schema: &Schema,
) -> Result<IndexMap<String, u64>, SeedError> {
    let mut occupied = IndexMap::new();
    for (name, table) in &schema.tables {
        match connection.query_first(counting(&table.sql_name)).await {
            Ok(rows) => {
                occupied.extend(rows.map(|rows: u64| (name.clone(), rows)));
            }
            Err(mysql_async::Error::Server(_)) => {}
            Err(error) => return Err(mysql(format!("counting the rows of `{name}`"))(error)),
        }
    }
    Ok(occupied)
}

/// Numbers of rows of all tables.
pub(super) fn occupied_sqlite(
    connection: &rusqlite::Connection,
    schema: &Schema,
) -> Result<IndexMap<String, u64>, SeedError> {
    let counts = schema.tables.iter().map(|(name, table)| {
        let rows: i64 = connection
            .query_row(&counting(&table.sql_name), [], |row| row.get(0))
            .map_err(sqlite(format!("counting the rows of `{name}`")))?;
        Ok((name.clone(), rows as u64))
    });
    counts.collect()
}
