//! Constraints of PostgreSQL around a fill: those of circles are taken away and put back in the
//! same transaction, whole and checked by the server; and what breaks one is told by its
//! definition and a remedy.

use tokio_postgres::{Client, Transaction};

use crate::seed::error::{SeedError, Violation, postgres};
use crate::seed::fit::{Fit, Layout};
use crate::seed::schema::quoted;

/// A constraint that was taken away, and the statement that puts it back.
pub(in crate::seed) struct Lifted {
    table: String,
    statements: Vec<String>,
}

/// References of a table by the names of their columns, with what puts them back.
const REFERENCES: &str = "
    SELECT k.conname::text, pg_get_constraintdef(k.oid),
           (SELECT array_agg(a.attname::text ORDER BY u.place)
              FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number),
           pg_has_role(c.relowner, 'USAGE'), obj_description(k.oid, 'pg_constraint')
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.conrelid = $1::text::regclass AND k.contype = 'f'";

/// Takes the references away that make circles.
///
/// # Errors
/// [`SeedError::Circle`] when the role may not.
pub(in crate::seed) async fn lift(
    transaction: &Transaction<'_>,
    fit: &Fit,
) -> Result<Vec<Lifted>, SeedError> {
    let mut lifted = Vec::new();
    for layout in fit
        .layouts
        .iter()
        .filter(|layout| !layout.lifted.is_empty())
    {
        lifted.push(lift_from(transaction, layout).await?);
    }
    Ok(lifted)
}

async fn lift_from(transaction: &Transaction<'_>, layout: &Layout) -> Result<Lifted, SeedError> {
    let doing = || format!("taking references of `{}` away", layout.name);
    let found = transaction
        .query(REFERENCES, &[&layout.sql_name])
        .await
        .map_err(postgres(doing()))?;
    let mut statements = Vec::new();
    for row in found {
        let columns: Vec<String> = row.get(2);
        if !layout.lifted.contains(&columns) {
            continue;
        }
        if !row.get::<_, bool>(3) {
            return Err(SeedError::Circle {
                tables: format!("with `{}`", layout.name),
            });
        }
        let (name, definition): (&str, &str) = (row.get(0), row.get(1));
        let (table, name) = (&layout.sql_name, quoted(name));
        let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
        transaction
            .batch_execute(&drop)
            .await
            .map_err(postgres(doing()))?;
        statements.push(format!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
        ));
        if let Some(comment) = row.get::<_, Option<&str>>(4) {
            let comment = comment.replace('\'', "''");
            statements.push(format!(
                "COMMENT ON CONSTRAINT {name} ON {table} IS '{comment}'"
            ));
        }
    }
    Ok(Lifted {
        table: layout.name.clone(),
        statements,
    })
}

/// Puts references back; the server checks all rows.
pub(in crate::seed) async fn put_back(
    transaction: &Transaction<'_>,
    lifted: &[Lifted],
) -> Result<(), SeedError> {
    for table in lifted {
        for statement in &table.statements {
            transaction
                .batch_execute(statement)
                .await
                .map_err(postgres(format!(
                    "putting references of `{}` back",
                    table.table
                )))?;
        }
    }
    Ok(())
}

/// Adds to a broken constraint how the database defines it. The transaction is over by now, and
/// a constraint that cannot be found leaves the message as it is.
pub(in crate::seed) async fn explain(client: &Client, error: SeedError) -> SeedError {
    let SeedError::Violation(mut violation) = error else {
        return error;
    };
    let found = client
        .query_opt(
            "SELECT coalesce(
                (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
                   LEFT JOIN pg_class c ON c.oid = k.conrelid
                   LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE k.conname = $1 AND (k.contypid <> 0 OR (n.nspname = $2 AND c.relname = $3)) LIMIT 1),
                (SELECT pg_get_indexdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relname = $1 AND n.nspname = $2 AND c.relkind IN ('i', 'I')))",
            &[&violation.constraint, &violation.schema, &violation.relation],
        )
        .await;
    if let Ok(Some(row)) = found {
        violation.definition = row.get(0);
    }
    Violation::advise(&mut violation);
    SeedError::Violation(violation)
}
