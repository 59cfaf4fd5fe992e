//! The record in PostgreSQL: in a schema of its own. Tools that compare the application's schema
//! with its migrations do not look there; and it is not called as the program, for a role of that
//! name would then find it first.

use tokio_postgres::{Client, Transaction};

use super::Record;
use crate::seed::error::{SeedError, postgres, postgres_reason};

const MAKE: &str = "
    CREATE SCHEMA IF NOT EXISTS rehearsal_record;
    CREATE TABLE rehearsal_record.seeded (plan text PRIMARY KEY, record text NOT NULL);
    COMMENT ON SCHEMA rehearsal_record IS 'what rehearsal seeded; `rehearsal seed undo` removes it'";

/// All records of a database; none when they may not be read.
pub(in crate::seed) async fn read(client: &Client) -> Result<Vec<Record>, SeedError> {
    let doing = "reading the record of what was seeded";
    let there = client
        .query_opt(
            "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'rehearsal_record' AND c.relname = 'seeded'
                AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')",
            &[],
        )
        .await
        .map_err(postgres(doing))?;
    if there.is_none() {
        return Ok(Vec::new());
    }
    let rows = client
        .query(
            "SELECT record FROM rehearsal_record.seeded ORDER BY plan",
            &[],
        )
        .await
        .map_err(postgres(doing))?;
    rows.iter().map(|row| Record::parse(row.get(0))).collect()
}

/// Notes what a transaction writes. A role that may make no schema seeds all the same, and is
/// told what it cannot have.
pub(in crate::seed) async fn write(
    transaction: &Transaction<'_>,
    record: &Record,
) -> Result<Option<String>, SeedError> {
    let doing = "noting what is seeded";
    let run = async |statement: &str| {
        let done = transaction.batch_execute(statement).await;
        done.map_err(postgres(doing))
    };
    run("SAVEPOINT rehearsal_record").await?;
    match try_write(transaction, record).await? {
        None => {
            run("RELEASE SAVEPOINT rehearsal_record").await?;
            Ok(None)
        }
        Some(refusal) => {
            run("ROLLBACK TO SAVEPOINT rehearsal_record").await?;
            Ok(Some(format!(
                "what was seeded could not be noted in the schema `rehearsal_record` ({refusal}): no \
                 top-up, undo or audit"
            )))
        }
    }
}

/// Writes; gives what the server said when it refused.
async fn try_write(
    transaction: &Transaction<'_>,
    record: &Record,
) -> Result<Option<String>, SeedError> {
    let there = transaction
        .query_opt(
            "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'rehearsal_record' AND c.relname = 'seeded'",
            &[],
        )
        .await
        .map_err(postgres("noting what is seeded"))?;
    let text = record.text()?;
    let write = async {
        if there.is_none() {
            transaction.batch_execute(MAKE).await?;
        }
        let others = transaction
            .query(
                "SELECT plan, record FROM rehearsal_record.seeded FOR UPDATE",
                &[],
            )
            .await?;
        for other in others {
            let replaced = Record::parse(other.get(1)).is_ok_and(|other| other.overlaps(record));
            if replaced {
                let plan: String = other.get(0);
                transaction
                    .execute(
                        "DELETE FROM rehearsal_record.seeded WHERE plan = $1",
                        &[&plan],
                    )
                    .await?;
            }
        }
        transaction
            .execute(
                "INSERT INTO rehearsal_record.seeded VALUES ($1, $2)",
                &[&record.shape, &text],
            )
            .await
    };
    match write.await {
        Ok(_) => Ok(None),
        Err(error) if error.as_db_error().is_some() => Ok(Some(postgres_reason(&error))),
        Err(error) => Err(postgres("noting what is seeded")(error)),
    }
}

/// Removes a record, and its table with the last one.
pub(in crate::seed) async fn forget(
    transaction: &Transaction<'_>,
    shape: &str,
) -> Result<(), SeedError> {
    let doing = "removing the record of what was seeded";
    transaction
        .execute(
            "DELETE FROM rehearsal_record.seeded WHERE plan = $1",
            &[&shape],
        )
        .await
        .map_err(postgres(doing))?;
    let left = transaction
        .query_one(
            "SELECT EXISTS (SELECT FROM rehearsal_record.seeded),
                    EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                             WHERE n.nspname = 'rehearsal_record' AND c.relname NOT LIKE 'seeded%')",
            &[],
        )
        .await
        .map_err(postgres(doing))?;
    if !left.get::<_, bool>(0) && !left.get::<_, bool>(1) {
        transaction
            .batch_execute("DROP TABLE rehearsal_record.seeded; DROP SCHEMA rehearsal_record")
            .await
            .map_err(postgres(doing))?;
    }
    Ok(())
}
