//! Removes what was seeded from PostgreSQL, row by row by their places.

use tokio_postgres::{Client, Transaction};

use super::{Going, Undone, counting, going, hanging, joined, note, references, something_else};
use crate::clock::Clock;
use crate::seed::error::{SeedError, postgres};
use crate::seed::load::{Job, Meter, OnProgress, Stage, waiting};
use crate::seed::reset::record;
use crate::seed::schema::{Schema, quoted};

/// Removes.
pub(in crate::seed) async fn undo(
    url: &str,
    client: &mut Client,
    job: &Job,
    schema: &Schema,
    shape: Option<&str>,
    progress: OnProgress<'_>,
) -> Result<Undone, SeedError> {
    let going = going(job, schema, quoted)?;
    let clock = Clock::start();
    let transaction = client.transaction().await.map_err(postgres("beginning"))?;
    let doing = "removing what was seeded";
    let names: Vec<_> = going
        .iter()
        .map(|each| each.layout.sql_name.as_str())
        .collect();
    let tables = names.join(", ");
    // Rows must not move while they are looked at; reading goes on.
    transaction
        .batch_execute(&format!(
            "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0;
             LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"
        ))
        .await
        .map_err(postgres(doing))?;
    let mut undone = Undone::default();
    for each in &going {
        find(&transaction, each, job, clock, progress, &mut undone).await?;
    }
    let mut found = Vec::new();
    for (name, sql_name, key, to) in references(&going, schema) {
        let too = going.iter().find(|each| each.layout.name == name);
        let stays = too.map_or(String::new(), |too| {
            let gone = &too.gone;
            format!(
                "LEFT JOIN {gone} h ON h.part = c.tableoid AND h.place = c.ctid
                     WHERE h.place IS NULL"
            )
        });
        let statement = format!(
            "SELECT count(*) FROM {sql_name} c JOIN {} p ON {}
                 JOIN {} g ON g.part = p.tableoid AND g.place = p.ctid {stays}",
            to.layout.sql_name,
            joined(key, quoted),
            to.gone
        );
        let row = transaction.query_one(&statement, &[]).await;
        let rows: i64 = row.map_err(postgres(doing))?.get(0);
        if rows > 0 {
            found.push((name.to_owned(), to.layout.name.clone(), rows as u64));
        }
    }
    if let Some(refusal) = hanging(url, &found) {
        return Err(refusal);
    }
    let mut meter = Meter::begin(clock, Stage::Empty, "", undone.removed.values().sum());
    // One statement, so that references between the rows are looked at when all are gone.
    let each = going.iter().enumerate().map(|(index, each)| {
        format!(
            "d{index} AS (DELETE FROM {} x USING {} g WHERE x.tableoid = g.part AND x.ctid = g.place)",
            each.layout.sql_name, each.gone
        )
    });
    let allowed = transaction
        .query_one(
            "SELECT bool_and(has_table_privilege(name, 'TRUNCATE')) FROM unnest($1::text[]) name",
            &[&names],
        )
        .await
        .map_err(postgres(doing))?;
    let nothing_else = allowed.get::<_, Option<bool>>(0) == Some(true)
        && undone.kept.values().all(|rows| *rows == 0)
        && job.fit.referrers.is_empty();
    let statement = if nothing_else {
        // All tables by name, and nothing stands in them but what goes.
        format!("TRUNCATE {tables}")
    } else {
        let each: Vec<_> = each.collect();
        format!("WITH {} SELECT 1", each.join(", "))
    };
    let removing = transaction.batch_execute(&statement);
    waiting(removing, 0, &mut meter, progress)
        .await
        .map_err(postgres(doing))?;
    if let Some(shape) = shape {
        record::postgres::forget(&transaction, shape).await?;
    }
    transaction.commit().await.map_err(postgres(doing))?;
    Ok(undone)
}

async fn find(
    transaction: &Transaction<'_>,
    each: &Going<'_>,
    job: &Job,
    clock: Clock,
    progress: OnProgress<'_>,
    undone: &mut Undone,
) -> Result<(), SeedError> {
    let doing = || format!("finding the seeded rows of `{}`", each.layout.name);
    let table = &each.layout.sql_name;
    each.known
        .load_postgres(transaction, table, job, clock, progress)
        .await?;
    let agrees = something_else(&each.known, |name| {
        format!("a.{name}::text = e.{name}::text")
    });
    let gone = &each.gone;
    transaction
        .batch_execute(&format!(
            "CREATE TEMPORARY TABLE {gone} ON COMMIT DROP AS
             SELECT a.tableoid AS part, a.ctid AS place FROM {table} a JOIN {} e ON {} WHERE {agrees};
             ANALYZE {gone}",
            each.known.was,
            each.known.same("a", "e")
        ))
        .await
        .map_err(postgres(doing()))?;
    let row = transaction.query_one(&counting(each), &[]).await;
    let row = row.map_err(postgres(doing()))?;
    let (ours, all): (i64, i64) = (row.get(0), row.get(1));
    note(undone, &each.layout.name, ours, all);
    Ok(())
}
