//! Runs the author's own statements (`[sql]` of the plan) in the transaction of a fill.

use rusqlite::Connection;
use tokio_postgres::Transaction;

use crate::seed::error::{self, SeedError};
use crate::seed::plan::Statement;

/// Runs statements on PostgreSQL.
pub(super) async fn postgres(
    transaction: &Transaction<'_>,
    statements: &[Statement],
) -> Result<(), SeedError> {
    for statement in statements {
        if let Some(text) = statement.of("postgres") {
            let run = transaction.batch_execute(text).await;
            run.map_err(error::postgres(doing(statement)))?;
        }
    }
    Ok(())
}

/// Runs statements on SQLite.
pub(super) fn sqlite(connection: &Connection, statements: &[Statement]) -> Result<(), SeedError> {
    for statement in statements {
        if let Some(text) = statement.of("sqlite") {
            let run = connection.execute_batch(text);
            run.map_err(error::sqlite(doing(statement)))?;
        }
    }
    Ok(())
}

fn doing(statement: &Statement) -> String {
    format!("running {}", statement.place)
}
