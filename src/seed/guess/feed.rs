//! The feed of those who can log in. Pure.

use std::fmt::Write as _;

use super::{has_any, key};
use crate::seed::schema::{ColumnType, Schema, TableSchema};

/// What people log in with, the most usual first.
const LOGINS: &[&str] = &[
    "username",
    "user_name",
    "login",
    "user_login",
    "loginname",
    "login_name",
    "email",
    "email_address",
    "mail",
    "user_email",
    "nickname",
];

/// Columns that people may log in with, the most usual first: text, so no `last_login`.
fn logins(table: &TableSchema) -> impl Iterator<Item = &str> {
    let is_text = |kind: &ColumnType| match kind {
        ColumnType::Text(_) => true,
        ColumnType::AsText(name) => name == "citext",
        _ => false,
    };
    LOGINS.iter().filter_map(move |login| {
        let mut columns = table.columns.iter();
        let found =
            columns.find(|(name, column)| is_text(&column.kind) && name.to_lowercase() == *login);
        found.map(|(name, _)| name.as_str())
    })
}

/// The column that people log in with.
pub(super) fn login(table: &TableSchema) -> Option<&str> {
    logins(table).next()
}

/// Whether a column's name speaks of a password, or of what is kept about one.
pub(super) fn is_password(name: &str) -> bool {
    let name = name.to_lowercase();
    has_any(&name, &["password", "passwd", "pwd"]) || name == "pass" || name.ends_with("_pass")
}

/// The column of their passwords.
pub(super) fn password_column(table: &TableSchema) -> Option<&str> {
    let mut columns = table.columns.iter();
    let found = columns.find(|(name, column)| {
        matches!(column.kind, ColumnType::Text(_))
            && is_password(name)
            && !has_any(name, &["reset", "token", "hint", "salt", "old", "changed"])
    });
    found.map(|(name, _)| name.as_str())
}

/// Writes the feed of the first table of people who can log in.
pub(super) fn write_feed(schema: &Schema, tables: &[&str], out: &mut String) {
    for name in tables {
        let table = &schema.tables[*name];
        let (Some(login), Some(password)) = (login(table), password_column(table)) else {
            continue;
        };
        let bare = name.rsplit('.').next().unwrap_or(name);
        let columns: Vec<String> = logins(table).map(|column| format!("{column:?}")).collect();
        let written = writeln!(
            out,
            "\n# Who virtual users are: {{{{{bare}.{login}}}}} and {{{{{bare}.password}}}} in flows.\n\
             [feeds.{}]\ntable = \"{name}\"\ncolumns = [{}, {{ name = \"password\", of = \"{password}\" }}]",
            key(bare),
            columns.join(", ")
        );
        written.expect("invariant: writing to a string");
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::table;
    use super::{login, logins, password_column};

    #[test]
    fn people_log_in_with_text_and_not_with_a_moment() {
        let users = table(&[
            "last_login timestamp",
            "email text",
            "username text",
            "password text",
        ]);
        assert_eq!(logins(&users).collect::<Vec<_>>(), ["username", "email"]);
        assert_eq!(password_column(&users), Some("password"));
        let none = table(&["last_login timestamp", "auth_login text"]);
        assert_eq!(login(&none), None);
    }

    #[test]
    fn what_is_kept_about_a_password_is_none() {
        let users = table(&[
            "reset_password_token text",
            "password_salt text",
            "pwd_hash text",
        ]);
        assert_eq!(password_column(&users), Some("pwd_hash"));
    }
}
