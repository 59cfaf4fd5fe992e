//! Checks foreign keys before the commit, as the server would have, row by row.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row, Value};

use crate::clock::Clock;
use crate::seed::error::{SeedError, mysql};
use crate::seed::fit::Fit;
use crate::seed::load::{Meter, OnProgress, Stage, waiting};
use crate::seed::schema::mysql::backticked;
use crate::seed::schema::{ForeignKey, Schema};

/// Looks, for each reference of the tables that were written and of those that refer to them, for
/// a row that refers to none.
pub(super) async fn check(
    connection: &mut Conn,
    schema: &Schema,
    fit: &Fit,
    clock: Clock,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    let written = fit.layouts.iter().map(|layout| &*layout.name);
    let outside = fit.referrers.iter().map(|referrer| &*referrer.name);
    let tables = written.chain(outside);
    for (index, name) in tables.clone().enumerate() {
        let meter = Meter::begin(clock, Stage::Reference, name, 1);
        let mut meter = meter.place(index + 1, tables.clone().count());
        let Some(table) = schema.tables.get(name) else {
            continue;
        };
        for key in &table.foreign_keys {
            let statement = orphans(&table.sql_name, key, is_ours(fit, name, key));
            let looking = connection.query_first(statement);
            let orphan: Option<Row> = waiting(looking, 0, &mut meter, progress)
                .await
                .map_err(mysql(format!("checking the references of `{name}`")))?;
            if let Some(orphan) = orphan {
                let values = orphan.unwrap().into_iter().map(shown);
                return Err(SeedError::Constraint {
                    found: format!(
                        "`{name}` ({}) refers to a row of `{}` that is not there: {}",
                        key.columns.join(", "),
                        key.table,
                        values.collect::<Vec<_>>().join(", ")
                    ),
                });
            }
        }
    }
    Ok(())
}

/// Whether both ends of a reference were written by us, so that nobody else can have changed
/// them since.
fn is_ours(fit: &Fit, name: &str, key: &ForeignKey) -> bool {
    let planned = |name: &str| fit.layouts.iter().any(|layout| layout.name == name);
    planned(name) && planned(&key.table)
}

/// A query for one row that refers to none. Where others may write, the newest rows count, and
/// stay as they are until the commit.
fn orphans(sql_name: &str, key: &ForeignKey, ours: bool) -> String {
    let parent: Vec<_> = key.table.splitn(2, '.').map(backticked).collect();
    let columns = || {
        key.columns
            .iter()
            .map(|name| format!("child.{}", backticked(name)))
    };
    let pairs = columns().zip(&key.target);
    let on: Vec<_> = pairs
        .map(|(column, target)| format!("parent.{} = {column}", backticked(target)))
        .collect();
    let set: Vec<_> = columns()
        .map(|column| format!("{column} IS NOT NULL"))
        .collect();
    let none = key
        .target
        .first()
        .map(|name| backticked(name))
        .unwrap_or_default();
    format!(
        "SELECT {} FROM {sql_name} child LEFT JOIN {} parent ON {} WHERE {} AND parent.{none} IS NULL LIMIT 1{}",
        columns().collect::<Vec<_>>().join(", "),
        parent.join("."),
        on.join(" AND "),
        set.join(" AND "),
        if ours { "" } else { " LOCK IN SHARE MODE" }
    )
}

fn shown(value: Value) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        other => other.as_sql(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_columns_of_a_key_are_compared() {
        let key = ForeignKey {
            columns: vec!["a".to_owned(), "b".to_owned()],
            table: "parents".to_owned(),
            target: vec!["x".to_owned(), "y".to_owned()],
            deferrable: true,
            implied: false,
        };
        assert_eq!(
            orphans("`children`", &key, false),
            "SELECT child.`a`, child.`b` FROM `children` child LEFT JOIN `parents` parent \
             ON parent.`x` = child.`a` AND parent.`y` = child.`b` \
             WHERE child.`a` IS NOT NULL AND child.`b` IS NOT NULL AND parent.`x` IS NULL LIMIT 1 \
             LOCK IN SHARE MODE"
        );
    }
}
