//! Removes what was seeded from MySQL and MariaDB. Temporary tables are made without a commit
//! there; but MySQL cannot name one twice in a query, so tables that refer to themselves have the
//! keys of the rows that go in two.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::{
    Going, Undone, counting, found, going, hanging, left_hanging, note, references, something_else,
};
use crate::clock::Clock;
use crate::seed::error::{SeedError, mysql};
use crate::seed::load::{self, Job, Meter, OnProgress, Stage};
use crate::seed::reset::known::{make_mysql, temporary};
use crate::seed::reset::record;
use crate::seed::schema::Schema;
use crate::seed::schema::mysql::backticked;

const DOING: &str = "removing what was seeded";

/// Removes.
pub(in crate::seed) async fn undo(
    url: &str,
    connection: &mut Conn,
    job: &Job,
    schema: &Schema,
    shape: Option<&str>,
    progress: OnProgress<'_>,
) -> Result<Undone, SeedError> {
    // References are not looked at by the server: nothing cascades, for whatever refers to a row
    // that goes, goes or is a refusal.
    load::mysql::prepare(connection).await?;
    match remove(url, connection, job, schema, shape, progress).await {
        Ok(undone) => {
            if shape.is_some() {
                record::mysql::tidy(connection).await?;
            }
            Ok(undone)
        }
        Err(error) => {
            // Waits until the server has undone all; without a connection it does that by itself.
            let _nobody_to_ask = connection.query_drop("ROLLBACK").await;
            Err(error)
        }
    }
}

async fn run(connection: &mut Conn, statement: &str) -> Result<(), SeedError> {
    connection.query_drop(statement).await.map_err(mysql(DOING))
}

async fn remove(
    url: &str,
    connection: &mut Conn,
    job: &Job,
    schema: &Schema,
    shape: Option<&str>,
    progress: OnProgress<'_>,
) -> Result<Undone, SeedError> {
    let going = going(job, schema, backticked)?;
    let clock = Clock::start();
    run(connection, "START TRANSACTION").await?;
    // Rows must not change while they are looked at, and none may come to refer to them; reading
    // goes on.
    for each in &going {
        let statement = format!("SELECT count(*) FROM {} FOR UPDATE", each.layout.sql_name);
        run(connection, &statement).await?;
    }
    let mut undone = Undone::default();
    for each in &going {
        find(connection, each, job, clock, progress, &mut undone).await?;
    }
    let mut left = Vec::new();
    for (name, sql_name, key, to) in references(&going, schema) {
        let too = going.iter().find(|each| each.layout.name == name);
        let again = again(to);
        let too = match too {
            Some(too) if too.layout.table == to.layout.table => {
                let rows = format!("SELECT * FROM {}", to.gone);
                make_mysql(connection, &again, &to.known.keys(""), &rows)
                    .await
                    .map_err(mysql(DOING))?;
                Some((&too.known, &*again))
            }
            Some(too) => Some((&too.known, &*too.gone)),
            None => None,
        };
        let statement = left_hanging(sql_name, key, to, too) + " LOCK IN SHARE MODE";
        let rows: Option<u64> = connection
            .query_first(statement)
            .await
            .map_err(mysql(DOING))?;
        if let Some(rows) = rows.filter(|rows| *rows > 0) {
            left.push((name.to_owned(), to.layout.name.clone(), rows));
        }
    }
    if let Some(refusal) = hanging(url, &left) {
        return Err(refusal);
    }
    let mut meter = Meter::begin(clock, Stage::Empty, "", undone.removed.values().sum());
    let mut removed = 0;
    // Those that refer first, so that triggers find what they look for.
    for each in going.iter().rev() {
        let (table, gone) = (&each.layout.sql_name, &each.gone);
        let same = each.known.same("g", "a");
        let statement = format!("DELETE a FROM {table} a JOIN {gone} g ON {same}");
        run(connection, &statement).await?;
        removed += connection.affected_rows();
        meter.announce(removed, progress);
    }
    if let Some(shape) = shape {
        record::mysql::forget(connection, shape).await?;
    }
    run(connection, "COMMIT").await?;
    Ok(undone)
}

/// The second table of the keys of the rows that go.
fn again(each: &Going<'_>) -> String {
    format!("{}_again", each.gone)
}

async fn find(
    connection: &mut Conn,
    each: &Going<'_>,
    job: &Job,
    clock: Clock,
    progress: OnProgress<'_>,
    undone: &mut Undone,
) -> Result<(), SeedError> {
    let name = &each.layout.name;
    let table = &each.layout.sql_name;
    each.known
        .load_mysql(connection, table, job, clock, progress)
        .await?;
    // Byte by byte: a collation may take different texts for equal.
    let agrees = something_else(&each.known, |name| {
        format!("CAST(a.{name} AS BINARY) = CAST(e.{name} AS BINARY)")
    });
    let rows = found(each, &agrees);
    make_mysql(connection, &each.gone, &each.known.keys(""), &rows)
        .await
        .map_err(|error| temporary(name, error))?;
    let counts: Option<(i64, i64)> = connection
        .query_first(counting(each))
        .await
        .map_err(mysql(DOING))?;
    let (ours, all) = counts.unwrap_or_default();
    note(undone, name, ours, all);
    Ok(())
}
