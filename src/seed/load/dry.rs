//! A dry fill: the first rows of a small version of the plan go into PostgreSQL and are taken
//! back. A check that could not be read, or a trigger, fails here and not after minutes of
//! loading.

use std::sync::Arc;

use tokio_postgres::Client;

use super::{Job, Meter, Stage, constraints, hooks, postgres as load};
use crate::clock::Clock;
use crate::seed::compile::{Input, compile_with};
use crate::seed::error::{SeedError, postgres};
use crate::seed::existing::Keys;
use crate::seed::fit::{Fit, fit};
use crate::seed::plan::{Hooks, Plan};
use crate::seed::program::Program;
use crate::seed::schema::Schema;

/// Rows of a table, where no parent decides.
const ROWS: u64 = 200;
/// Below so many rows in all, filling is as quick as trying.
const WORTH_IT: u64 = 20_000;
/// A small version that is larger than this is none.
const TOO_MANY: u64 = 100_000;

/// The small version of a plan; none when it is not worth it, or cannot be: with few rows there
/// may be too few to refer to.
pub(in crate::seed) fn small(
    plan: &Plan,
    program: &Program,
    schema: &Schema,
    keys: Option<&Keys>,
) -> Option<(Program, Fit)> {
    let count = |program: &Program| program.tables.iter().map(|table| table.rows).sum::<u64>();
    if count(program) < WORTH_IT {
        return None;
    }
    let input = Input {
        seed: Some(program.seed),
        scale: program.scale,
        keys,
        most_rows: Some(ROWS),
        rows: None,
    };
    let tried = compile_with(plan, &input).ok()?;
    if count(&tried) > TOO_MANY {
        return None;
    }
    let fit = fit(plan, &tried, schema).ok()?;
    for (pool, filled) in tried.pools.iter().zip(&program.pools) {
        pool.share(filled);
    }
    Some((tried, fit))
}

/// Fills, asks the server for all checks, and takes everything back.
///
/// # Errors
/// [`SeedError::Violation`] with the constraint that a row breaks; [`SeedError::NotEmpty`] as the
/// fill itself.
pub(in crate::seed) async fn fill(
    url: &str,
    client: &mut Client,
    (program, fit): (Program, Fit),
    empty_first: bool,
    sql: &Hooks,
) -> Result<(), SeedError> {
    let job = Job {
        program: Arc::new(program),
        fit: Arc::new(fit),
        threads: 1,
        empty_first,
        sql: sql.clone(),
        keep_indexes: true,
        record: None,
    };
    let sequences = sequences(client, &job).await?;
    let tried = try_rows(url, client, &job).await;
    // Sequences are not taken back with a transaction.
    for (sequence, last, called) in sequences {
        let restored = client
            .execute(
                "SELECT setval($1::text::regclass, $2, $3)",
                &[&sequence, &last, &called],
            )
            .await;
        if let Err(error) = restored {
            tracing::debug!(%error, sequence, "a sequence could not be set back");
        }
    }
    tried
}

/// Sequences of the tables' columns, and where they stand; those that may not be read are left.
async fn sequences(client: &Client, job: &Job) -> Result<Vec<(String, i64, bool)>, SeedError> {
    let doing = "reading the sequences";
    let tables: Vec<&str> = job
        .fit
        .layouts
        .iter()
        .map(|layout| layout.sql_name.as_str())
        .collect();
    let found = client
        .query(
            "SELECT s.oid::regclass::text
               FROM pg_class s
               JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
              WHERE CASE s.relkind WHEN 'S' THEN has_sequence_privilege(s.oid, 'SELECT') ELSE false END
                AND d.refobjid IN (SELECT unnest($1::text[])::regclass)",
            &[&tables],
        )
        .await
        .map_err(postgres(doing))?;
    let mut sequences = Vec::new();
    for row in found {
        let name: String = row.get(0);
        let state = client
            .query_one(&format!("SELECT last_value, is_called FROM {name}"), &[])
            .await
            .map_err(postgres(doing))?;
        sequences.push((name, state.get(0), state.get(1)));
    }
    Ok(sequences)
}

async fn try_rows(url: &str, client: &mut Client, job: &Job) -> Result<(), SeedError> {
    let doing = "trying the first rows";
    let transaction = client.transaction().await.map_err(postgres(doing))?;
    transaction
        .batch_execute("SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0")
        .await
        .map_err(postgres(doing))?;
    // What the author prepares, rows and checks may need; `after` is for all rows.
    hooks::postgres(&transaction, &job.sql.before).await?;
    load::empty(url, &transaction, job).await?;
    transaction
        .batch_execute("SET CONSTRAINTS ALL DEFERRED")
        .await
        .map_err(postgres(doing))?;
    let lifted = constraints::lift(&transaction, &job.fit).await?;
    for layout in &job.fit.layouts {
        let mut meter = Meter::of_rows(Clock::start(), Stage::Fill, layout);
        load::copy(&transaction, job, layout, &mut meter, &mut |_| ()).await?;
    }
    for layout in job
        .fit
        .layouts
        .iter()
        .filter(|layout| !layout.late.is_empty())
    {
        let mut meter = Meter::of_rows(Clock::start(), Stage::Late, layout);
        load::fill_late(&transaction, job, layout, &mut meter, &mut |_| ()).await?;
    }
    constraints::put_back(&transaction, &lifted).await?;
    transaction
        .batch_execute("SET CONSTRAINTS ALL IMMEDIATE")
        .await
        .map_err(postgres(doing))?;
    transaction.rollback().await.map_err(postgres(doing))
}
