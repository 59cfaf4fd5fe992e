//! Columns that are better left empty, or to their default, than given a value that the
//! application does not understand; and those whose values the rows that are there show. Pure.

use super::feed::is_password;
use super::standing::is_path;
use super::{Guess, Guesser, guess, text_value};
use crate::seed::schema::{ColumnSchema, ColumnType, Rule};

/// What was decided about a column.
pub(super) type Decided = Result<Guess, &'static str>;

/// Words of names of columns whose values mean something to the code alone.
const CODES: &[&str] = &[
    "type",
    "kind",
    "status",
    "state",
    "mode",
    "level",
    "role",
    "class",
    "module",
    "format",
    "language",
    "lang",
    "structure",
    "visibility",
    "theme",
    "scheme",
    "strategy",
    "action",
    "operator",
    "frequency",
    "scope",
    "usage",
    "template",
    "cache",
    "flag",
    "flags",
    "method",
    "layout",
    "handler",
    "backend",
    "provider",
];
/// Words of moments and marks that take a row out of sight.
const GONE: &[&str] = &[
    "deleted",
    "discarded",
    "trashed",
    "archived",
    "banned",
    "suspended",
    "locked",
    "blocked",
    "revoked",
    "cancelled",
    "canceled",
    "expired",
    "expires",
    "expire",
    "expiry",
    "disabled",
    "resolved",
    "closed",
];
/// Words of what the application hands out now and then.
const SECRETS: &[&str] = &[
    "token",
    "secret",
    "reset",
    "otp",
    "totp",
    "confirmation",
    "activation",
    "oauth",
];
/// Words of what a login asks for beside the password.
const SECOND_FACTOR: &[&str] = &["otp", "2fa", "mfa", "totp", "twofactor"];
const EMPTY_TEXT: &str = "{ gen = \"constant\", value = \"\" }";

fn has_word(name: &str, words: &[&str]) -> bool {
    let found = super::words(name);
    found.iter().any(|word| words.contains(&word.as_str()))
}

impl Guesser<'_> {
    /// What the rows that are there show of a column, if they do.
    pub(super) fn shown(&self, name: &str, column: &ColumnSchema) -> Option<Decided> {
        let shown = self.world.observed.column(self.name, name)?;
        if self.is_settled(name) {
            return None;
        }
        if shown.always_null && column.nullable {
            return Some(Err("null in all rows that are there"));
        }
        let values = &shown.values;
        if values.is_empty() {
            return None;
        }
        let why = "as in the rows that are there";
        if column.kind == ColumnType::Boolean {
            let share = match &values[..] {
                [only] if only.starts_with(['t', '1']) => "1.0",
                [_] => "0.0",
                _ => return None,
            };
            return Some(Ok(guess(
                format!("{{ gen = \"boolean\", share = {share} }}"),
                why,
            )));
        }
        let texts: Vec<String> = values
            .iter()
            .map(|value| match column.kind {
                ColumnType::Text(_) => text_value(value),
                _ => value.clone(),
            })
            .collect();
        let nulls = if shown.never_null || !column.nullable {
            ""
        } else {
            ", nulls = 0.2"
        };
        let texts = texts.join(", ");
        Some(Ok(guess(
            format!("{{ gen = \"one_of\", values = [{texts}]{nulls} }}"),
            why,
        )))
    }

    /// Whether a column is better left to the database, or empty.
    pub(super) fn empty(&self, name: &str, column: &ColumnSchema) -> Option<Decided> {
        if self.profile.is_none()
            && column.nullable
            && matches!(column.kind, ColumnType::Text(_))
            && !self.design.never_null.contains(name)
        {
            // Null is not equal to null, so this goes for unique columns, too.
            if has_word(name, CODES) && !(has_word(name, &["state"]) && self.is_address()) {
                return Some(Err("left empty: its values mean what the application says"));
            }
            if has_word(name, SECRETS) {
                return Some(Err("left empty: a secret of the application's"));
            }
        }
        let bound = self
            .table
            .rules(name)
            .any(|rule| !matches!(rule, Rule::NotNull | Rule::Min { .. }));
        if self.profile.is_some() || bound || self.is_settled(name) {
            return None;
        }
        let left = || {
            if column.nullable {
                Some(Err("left empty: its values mean what the application says"))
            } else if column.has_default {
                Some(Err("left to its default"))
            } else {
                None
            }
        };
        let never_null = self.design.never_null.contains(name);
        let of_nobody = is_password(name) && super::login(self.table).is_none();
        if of_nobody
            && !never_null
            && let Some(left) = left()
        {
            // A post that asks for one would not be read.
            return Some(left);
        }
        match &column.kind {
            ColumnType::Text(_) => {
                let lower = name.to_lowercase();
                let address = has_word(name, &["state"]) && self.is_address();
                let code = has_word(name, CODES) && !address && !lower.starts_with("content_type");
                let Guess(_, why) = self.plain_text(&lower, None);
                // A form of address, of which each application has its own list.
                let title = lower == "title" && self.table.columns.contains_key("last_name");
                let unknown = why == super::text::UNKNOWN || title;
                let path = is_path(name);
                if !(code || unknown || path) {
                    return None;
                }
                if !never_null && let Some(left) = left() {
                    return Some(left);
                }
                let empty = code || path || self.world.observed.is_django;
                empty.then(|| {
                    Ok(guess(
                        EMPTY_TEXT,
                        "empty: its values mean what the application says",
                    ))
                })
            }
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => {
                let Guess(_, why) = self.number(name);
                if why != super::numbers::UNKNOWN || column.declared.starts_with("year") {
                    return None;
                }
                if !never_null && let Some(left) = left() {
                    return Some(left);
                }
                let zero = has_word(name, CODES) && self.bounds(name, 0.0, 0.0).0 <= 0.0;
                zero.then(|| {
                    Ok(guess(
                        "{ gen = \"constant\", value = 0 }",
                        "its values mean what the application says",
                    ))
                })
            }
            ColumnType::Boolean if has_word(name, SECOND_FACTOR) => Some(Ok(guess(
                "{ gen = \"boolean\", share = 0.0 }",
                "a login would ask for more",
            ))),
            ColumnType::Boolean if column.has_default => Some(Err("left to its default")),
            ColumnType::TimestampTz | ColumnType::Timestamp | ColumnType::Date
                if column.nullable && !never_null && has_word(name, GONE) =>
            {
                Some(Err("left empty: the application would not show the row"))
            }
            _ => None,
        }
    }

    /// Whether other rules decide what a column holds.
    fn is_settled(&self, name: &str) -> bool {
        self.table.is_unique(name)
            || self.table.primary_key.iter().any(|key| key == name)
            || self.design.is_settled(name)
    }

    /// Whether a table holds addresses: then a `state` is a region.
    pub(super) fn is_address(&self) -> bool {
        let words = ["postcode", "zip", "city", "street", "country", "postal"];
        let mut columns = self.table.columns.keys();
        columns.any(|column| super::has_any(column, &words))
    }
}
