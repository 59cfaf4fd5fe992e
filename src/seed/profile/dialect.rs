//! What differs between kinds of databases in the questions that a profile asks. Pure.

use crate::seed::schema::mysql::backticked;
use crate::seed::schema::{self, ColumnType};

/// Rows of a sample, about.
const SAMPLE: u64 = 100_000;

/// A kind of database. A further one implements this and a session.
pub(super) trait Dialect: Sync {
    /// A column's name in a statement.
    fn quoted(&self, name: &str) -> String {
        schema::quoted(name)
    }

    /// A quoted column by which rows are told apart: texts to the last letter, whatever the
    /// column's collation takes for equal. A value that is shown must be that of all its rows.
    fn exact(&self, column: &str, kind: &ColumnType) -> String;

    /// Characters of a text.
    fn length(&self, text: &str) -> String {
        format!("length({text})")
    }

    /// One whole number divided by another, without the rest.
    fn divided(&self, number: &str, by: i64) -> String {
        format!("({number}) / {by}")
    }

    /// Seconds since 1970 of a moment's column, as a whole number.
    fn seconds(&self, column: &str) -> String;

    /// A condition that texts fulfil which are no moments; none where moments have types.
    fn no_moment(&self, _column: &str) -> Option<String> {
        None
    }

    /// A part of a table, to be measured instead of all of it.
    fn sample(&self, table: &str, _rows: u64) -> String {
        format!("(SELECT * FROM {table} LIMIT {SAMPLE}) AS sample")
    }

    /// An estimate of a table's rows that costs nothing.
    fn estimate(&self, table: &str) -> String;
}

/// PostgreSQL's ways.
pub(super) struct Postgres;

impl Dialect for Postgres {
    fn exact(&self, column: &str, kind: &ColumnType) -> String {
        match kind {
            ColumnType::Text(_) => format!("{column}::text COLLATE \"C\""),
            _ => column.to_owned(),
        }
    }

    fn seconds(&self, column: &str) -> String {
        format!("floor(extract(epoch FROM {column}))::bigint")
    }

    fn sample(&self, table: &str, rows: u64) -> String {
        let percent = (SAMPLE as f64 * 100.0 / rows.max(1) as f64).clamp(0.01, 100.0);
        format!(
            "(SELECT * FROM {table} TABLESAMPLE SYSTEM ({percent:.2}) REPEATABLE (1)) AS sample"
        )
    }

    fn estimate(&self, table: &str) -> String {
        let name = table.replace('\'', "''");
        format!("SELECT reltuples::bigint FROM pg_class WHERE oid = '{name}'::regclass")
    }
}

/// SQLite's ways.
pub(super) struct Sqlite;

impl Dialect for Sqlite {
    fn exact(&self, column: &str, _kind: &ColumnType) -> String {
        format!("{column} COLLATE BINARY")
    }

    fn seconds(&self, column: &str) -> String {
        format!(
            "CASE typeof({column}) WHEN 'integer' THEN {column} \
             ELSE CAST(strftime('%s', {column}) AS INTEGER) END"
        )
    }

    fn no_moment(&self, column: &str) -> Option<String> {
        // Numbers in text would be taken for days of the Julian calendar.
        Some(format!(
            "{column} NOT LIKE '____-__-__%' OR strftime('%s', {column}) IS NULL"
        ))
    }

    fn estimate(&self, table: &str) -> String {
        format!("SELECT max(rowid) FROM {table}")
    }
}

/// Ways of MySQL and MariaDB.
pub(super) struct Mysql;

impl Dialect for Mysql {
    fn quoted(&self, name: &str) -> String {
        backticked(name)
    }

    fn exact(&self, column: &str, kind: &ColumnType) -> String {
        match kind {
            ColumnType::Text(_) => format!("CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin"),
            _ => column.to_owned(),
        }
    }

    fn length(&self, text: &str) -> String {
        format!("char_length({text})")
    }

    fn divided(&self, number: &str, by: i64) -> String {
        format!("({number}) DIV {by}")
    }

    fn seconds(&self, column: &str) -> String {
        format!("timestampdiff(SECOND, '1970-01-01', {column})")
    }

    fn estimate(&self, table: &str) -> String {
        let name = table.trim_matches('`').replace("``", "`");
        let name = name.replace('\\', "\\\\").replace('\'', "''");
        format!(
            "SELECT TABLE_ROWS FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = database() AND TABLE_NAME = '{name}'"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_about_as_large_whatever_the_table() {
        let sample = Postgres.sample("t", 10_000_000);
        assert!(sample.contains("SYSTEM (1.00)"), "{sample}");
        assert!(Postgres.sample("t", 10).contains("SYSTEM (100.00)"));
        assert!(Mysql.sample("`t`", 10).contains("LIMIT 100000"));
    }

    #[test]
    fn names_are_quoted_as_the_server_reads_them() {
        assert_eq!(Postgres.quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(Mysql.quoted("a`b"), "`a``b`");
        let estimate = Mysql.estimate("`it's``\\`");
        assert!(
            estimate.ends_with("TABLE_NAME = 'it''s`\\\\'"),
            "{estimate}"
        );
    }
}
