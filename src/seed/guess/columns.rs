//! Guesses from a column's type, keys and checks.

use super::choices::{choices, is_whole};
use super::design::Differ;
use super::tree::Tree;
use super::{Guess, Guesser, guess, has_any, text_value};
use crate::seed::schema::literal::{disjoint, samples};
use crate::seed::schema::mysql::arguments;
use crate::seed::schema::{ColumnSchema, ColumnType};

impl Guesser<'_> {
    /// A guess, or why there is none.
    pub(super) fn column(&self, name: &str, column: &ColumnSchema) -> Result<Guess, &'static str> {
        if column.generated {
            return Err("computed by the database");
        }
        if let Some(why) = self.design.left_out.get(name) {
            return Err(why);
        }
        if let Some(path) = self.design.agrees.get(name) {
            let path = text_value(path);
            return Ok(guess(
                format!("{{ gen = \"lookup\", of = {path} }}"),
                "of the row that it hangs on",
            ));
        }
        if let Some(key) = self.design.refers.get(name) {
            return Ok(self.reference(name, column, key));
        }
        let differ = self.design.differ.get(name);
        let unique = differ == Some(&Differ::Alone) || self.table.is_unique(name);
        if let Some(values) = choices(self.table, name, column) {
            return Ok(self.choice(name, values, column));
        }
        if let Some(root) = Tree::of(self.table).and_then(|tree| tree.column(name)) {
            return Ok(root);
        }
        if let Some(shown) = self.shown(name, column) {
            return shown;
        }
        if let Some(empty) = self.empty(name, column) {
            return empty;
        }
        if is_whole(&column.kind) {
            if unique {
                return Ok(guess("\"sequence\"", "unique"));
            }
            if differ == Some(&Differ::Position) {
                return Ok(guess("\"position\"", "unique within its parent"));
            }
        }
        Ok(match &column.kind {
            ColumnType::SmallInt if column.declared.starts_with("year") => {
                guess("{ gen = \"integer\", min = 1990, max = 2025 }", "a year")
            }
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => self.number(name),
            ColumnType::Float4 | ColumnType::Float8 | ColumnType::Numeric if unique => {
                guess("\"sequence\"", "unique")
            }
            ColumnType::Float4 | ColumnType::Float8 | ColumnType::Numeric => {
                self.decimal(name, column)
            }
            ColumnType::Boolean => {
                let avoid = self.design.avoid.contains_key(name);
                let share = if avoid {
                    guess(
                        "{ gen = \"boolean\", share = 0.0 }",
                        "rows where it is true must be unique",
                    )
                } else {
                    boolean(name)
                };
                let Guess(generator, why) = share;
                Guess(self.with_options(generator, name), why)
            }
            ColumnType::TimestampTz | ColumnType::Timestamp | ColumnType::Date if unique => {
                let (from, to) = self.span_of_time(name);
                guess(
                    format!(
                        "{{ gen = \"timestamp\", from = \"{from}\", to = \"{to}\", unique = true }}"
                    ),
                    "unique",
                )
            }
            ColumnType::Time => self.time_of_day(name, column),
            ColumnType::TimestampTz | ColumnType::Timestamp | ColumnType::Date => {
                self.moment(name, column)
            }
            ColumnType::Uuid => guess("\"uuid\"", "an identifier"),
            ColumnType::Json | ColumnType::JsonBinary => guess(
                "{ gen = \"constant\", value = \"{}\" }",
                "an empty document",
            ),
            ColumnType::Enum(_) | ColumnType::Set(_) => {
                return Err("no value of its type passes its checks");
            }
            ColumnType::Bytes if unique => guess("{ gen = \"token\", length = 16 }", "unique"),
            ColumnType::Bytes
                if has_any(name, &["image", "picture", "photo", "avatar", "logo"])
                    && arguments(&column.declared).is_empty() =>
            {
                guess("{ gen = \"picture\", width = 128, height = 128 }", "a PNG")
            }
            ColumnType::Bytes => {
                // `varbinary(9)` holds nine.
                let limit = arguments(&column.declared).first().copied();
                let most = limit.unwrap_or(4096).clamp(1, 4096);
                guess(
                    format!(
                        "{{ gen = \"bytes\", min = {}, max = {most} }}",
                        most.min(64)
                    ),
                    "bytes",
                )
            }
            ColumnType::Text(limit) => self.text(name, *limit, unique),
            ColumnType::AsText(type_name) => self.as_text(name, type_name, unique, column)?,
            ColumnType::Other => return Err("left to the database"),
        })
    }

    /// One of a list, without what must be avoided.
    fn choice(&self, name: &str, mut values: Vec<String>, column: &ColumnSchema) -> Guess {
        if let Some(avoid) = self.design.avoid.get(name) {
            values.retain(|value| !avoid.contains(value));
        }
        let quotes = matches!(
            column.kind,
            ColumnType::Text(_)
                | ColumnType::Enum(_)
                | ColumnType::Set(_)
                | ColumnType::Json
                | ColumnType::JsonBinary
                | ColumnType::AsText(_)
        );
        let why = match column.kind {
            ColumnType::Enum(_) | ColumnType::Set(_) => "values of its type",
            _ => "values of its check",
        };
        Guess(self.with_options(one_of(&values, quotes), name), why)
    }

    /// Adds the options by which rows differ.
    fn with_options(&self, generator: String, name: &str) -> String {
        let options = self.differing(name);
        match generator.strip_suffix(" }") {
            Some(inside) if !options.is_empty() => format!("{inside}{options} }}"),
            _ => generator,
        }
    }

    /// A value in the type's own form.
    fn as_text(
        &self,
        name: &str,
        type_name: &str,
        unique: bool,
        column: &ColumnSchema,
    ) -> Result<Guess, &'static str> {
        if unique {
            return differing(type_name)
                .map(|generator| guess(generator, "unique"))
                .ok_or("of a type whose values are not known to differ: give it a generator");
        }
        let Some(values) = samples(type_name) else {
            return Err(if column.nullable || column.has_default {
                "left to the database"
            } else {
                "of a type that is not known: write { gen = \"constant\", value = \"…\" } as the database reads it"
            });
        };
        let nulls = if column.nullable && !self.design.never_null.contains(name) {
            ", nulls = 0.2"
        } else {
            ""
        };
        let generator = one_of(&values, true);
        let inside = generator
            .strip_suffix(" }")
            .unwrap_or(&generator)
            .to_owned();
        let generator = self.with_options(format!("{inside}{nulls} }}"), name);
        Ok(guess(generator, "as the database reads it"))
    }
}

/// A generator of values that differ, for a type that is written in its own form.
pub(super) fn differing(type_name: &str) -> Option<String> {
    if let Some(text) = disjoint(type_name) {
        return Some(format!("{{ gen = \"template\", text = \"{text}\" }}"));
    }
    let bare = type_name.split('(').next().unwrap_or(type_name).trim();
    let generator = match bare {
        "inet" => {
            "{ gen = \"pattern\", regex = '^10\\.[1-9][0-9]\\.[1-9][0-9]\\.[1-9][0-9]$', unique = true }"
        }
        "macaddr" => "{ gen = \"pattern\", regex = '^00:00:5e(:[0-9a-f]{2}){3}$', unique = true }",
        "interval" => "{ gen = \"template\", text = \"{row} minutes\" }",
        "money" => "{ gen = \"template\", text = \"{row}.50\" }",
        "oid" => "\"sequence\"",
        _ => return None,
    };
    Some(generator.to_owned())
}

fn boolean(name: &str) -> Guess {
    let lower = name.to_lowercase();
    let share = if has_any(&lower, &["superuser", "staff", "admin"]) {
        return guess("{ gen = \"boolean\", share = 0.01 }", "few");
    } else if has_any(
        &lower,
        &[
            "deleted", "banned", "blocked", "archived", "disabled", "locked", "expired",
        ],
    ) {
        return guess("{ gen = \"boolean\", share = 0.0 }", "rarely true");
    } else if has_any(
        &lower,
        &[
            "active",
            "enabled",
            "confirmed",
            "verified",
            "published",
            "visible",
        ],
    ) {
        "1.0"
    } else {
        "0.5"
    };
    guess(
        format!("{{ gen = \"boolean\", share = {share} }}"),
        "true for this share",
    )
}

fn one_of(values: &[String], quotes: bool) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| {
            if quotes {
                text_value(value)
            } else {
                value.clone()
            }
        })
        .collect();
    format!("{{ gen = \"one_of\", values = [{}] }}", values.join(", "))
}
