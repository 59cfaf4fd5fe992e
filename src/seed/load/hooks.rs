//! Runs the author's own statements (`[sql]` of the plan) in the transaction of a fill; refuses
//! those that would end it unasked, as MySQL's do.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rusqlite::Connection;
use tokio_postgres::Transaction;

use crate::seed::error::{self, SeedError};
use crate::seed::plan::{Hooks, Statement};

/// First words of statements upon which MySQL and MariaDB commit.
const COMMITTING: [&str; 22] = [
    "alter",
    "analyze",
    "cache",
    "change",
    "check",
    "create",
    "drop",
    "flush",
    "grant",
    "install",
    "lock",
    "optimize",
    "rename",
    "repair",
    "reset",
    "revoke",
    "start",
    "stop",
    "truncate",
    "uninstall",
    "unlock",
    "xa",
];

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

/// Runs statements on MySQL or MariaDB.
pub(super) async fn mysql(
    connection: &mut Conn,
    statements: &[Statement],
) -> Result<(), SeedError> {
    for statement in statements {
        if let Some(text) = statement.of("mysql") {
            let run = connection.query_drop(text).await;
            run.map_err(error::mysql(doing(statement)))?;
        }
    }
    Ok(())
}

/// Refuses statements upon which MySQL commits: what was written so far could not be undone.
pub(in crate::seed) fn refuse_commits(hooks: &Hooks) -> Result<(), SeedError> {
    for statement in hooks.before.iter().chain(&hooks.after) {
        let parts = statement.of("mysql").map(parts).unwrap_or_default();
        if let Some(found) = parts.iter().find_map(|part| commits(part)) {
            return Err(SeedError::Commits {
                place: statement.place.clone(),
                statement: found,
            });
        }
    }
    Ok(())
}

/// The beginning of a statement that commits; none when it does not.
fn commits(statement: &str) -> Option<String> {
    let mut words = statement.split_whitespace().map(str::to_lowercase);
    let (first, second) = (words.next()?, words.next().unwrap_or_default());
    let sets =
        first == "set" && (second == "password" || statement.to_lowercase().contains("autocommit"));
    // Those of temporary tables do not.
    let temporary = second == "temporary" || words.take(2).any(|word| word == "temporary");
    let makes = first == "create" || first == "drop";
    let found = COMMITTING.contains(&first.as_str()) && !(makes && temporary);
    (found || sets).then(|| format!("{first} {second}").to_uppercase())
}

/// The statements of a text, without comments.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let after = |end: &str, start: usize| {
            rest[start..]
                .find(end)
                .map_or(rest.len(), |found| start + found + end.len())
        };
        let (length, kept) = match next {
            '\'' | '"' | '`' => (quoted(rest, next), true),
            '#' => (after("\n", 1), false),
            '-' if rest.starts_with("-- ") => (after("\n", 2), false),
            '/' if rest.starts_with("/*") => (after("*/", 2), false),
            ';' => {
                parts.push(String::new());
                (1, false)
            }
            other => (other.len_utf8(), true),
        };
        if let Some(part) = parts.last_mut() {
            part.push_str(if kept { &rest[..length] } else { " " });
        }
        rest = &rest[length..];
    }
    parts
}

/// Length of the quoted text at the beginning.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (place, character) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            return place + 1;
        }
    }
    text.len()
}

fn doing(statement: &Statement) -> String {
    format!("running {}", statement.place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_upon_which_mysql_commits_are_found() {
        let found = |text: &str| parts(text).iter().find_map(|part| commits(part));
        for text in [
            "TRUNCATE TABLE orders",
            "/* late */ Create Index by_name ON orders (name)",
            "UPDATE a SET b = 1; -- then\nDROP TABLE c",
            "SET autocommit = 1",
            "# first\nALTER TABLE orders ADD x int",
        ] {
            assert!(found(text).is_some(), "{text}");
        }
        for text in [
            "CREATE TEMPORARY TABLE seen (id int)",
            "CREATE OR REPLACE TEMPORARY TABLE seen (id int)",
            "DROP TEMPORARY TABLE IF EXISTS seen",
            "UPDATE a SET b = 'one; DROP TABLE two' WHERE c = \"it\\\"s; truncate\"",
            "INSERT INTO notes (`alter`) VALUES ('it''s; drop')",
            "SET @offset = 7",
            "",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
