//! Guesses from a column's type, keys and checks.

use super::{Guess, Guesser, guess, has_any};
use crate::seed::schema::{ColumnSchema, ColumnType, ForeignKey, Rule, TableSchema};

impl Guesser<'_> {
    pub(super) fn column(
        &self,
        name: &str,
        column: &ColumnSchema,
        parent: Option<&ForeignKey>,
    ) -> Option<Guess> {
        if column.generated {
            return None;
        }
        if let Some(reference) = self.table.reference(name) {
            return self.reference(name, column, reference, parent);
        }
        let unique = self.table.is_unique(name);
        if column.kind == ColumnType::Other {
            return None;
        }
        if let Some(Rule::In(values)) = self
            .table
            .rules(name)
            .find(|rule| matches!(rule, Rule::In(_)))
        {
            return Some(guess(one_of(values, &column.kind), "values of its check"));
        }
        let whole = matches!(
            column.kind,
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
        );
        if self.table.primary_key == [name] && whole {
            return Some(guess("\"sequence\"", "the key"));
        }
        let parent_is_set = parent.is_some_and(|parent| self.same_set(&parent.columns[0], name));
        if whole && parent_is_set {
            return Some(guess("\"position\"", "unique within its parent"));
        }
        Some(match &column.kind {
            _ if whole && unique => guess("\"sequence\"", "unique"),
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => self.number(name),
            ColumnType::Float4 | ColumnType::Float8 | ColumnType::Numeric => {
                let (min, max) = self.bounds(name, 0.0, 500.0);
                guess(
                    format!("{{ gen = \"decimal\", min = {min:?}, max = {max:?}, scale = 2 }}"),
                    "a number",
                )
            }
            ColumnType::Boolean => boolean(name),
            ColumnType::TimestampTz
            | ColumnType::Timestamp
            | ColumnType::Date
            | ColumnType::Time => self.moment(name, column, parent),
            ColumnType::Uuid => guess("\"uuid\"", "an identifier"),
            ColumnType::Json | ColumnType::JsonBinary => guess(
                "{ gen = \"constant\", value = \"{}\" }",
                "an empty document",
            ),
            ColumnType::Enum(labels) => guess(one_of(labels, &column.kind), "values of its type"),
            ColumnType::Bytes
                if has_any(name, &["image", "picture", "photo", "avatar", "logo"]) =>
            {
                guess("{ gen = \"picture\", width = 128, height = 128 }", "a PNG")
            }
            ColumnType::Bytes => guess("{ gen = \"bytes\", min = 64, max = 4096 }", "bytes"),
            ColumnType::Text(limit) => self.text(name, *limit, unique),
            ColumnType::Other => return None,
        })
    }

    pub(super) fn same_set(&self, one: &str, other: &str) -> bool {
        let has = |set: &Vec<String>, name: &str| set.iter().any(|column| column == name);
        self.table
            .uniques
            .iter()
            .any(|set| has(set, one) && has(set, other))
    }

    pub(super) fn reference(
        &self,
        name: &str,
        column: &ColumnSchema,
        reference: &ForeignKey,
        parent: Option<&ForeignKey>,
    ) -> Option<Guess> {
        let target = &reference.table;
        if !self.tables.contains(&target.as_str()) {
            return None;
        }
        let key = reference.target.first().map_or("id", String::as_str);
        let key = if key == "id" {
            String::new()
        } else {
            format!(", column = \"{key}\"")
        };
        if parent.is_some_and(|parent| parent.columns[0] == name) {
            let generator = match key.strip_prefix(", ") {
                Some(key) => format!("{{ gen = \"parent\", {key} }}"),
                None => "\"parent\"".to_owned(),
            };
            return Some(guess(generator, "the row it belongs to"));
        }
        if target == self.name {
            if !column.nullable {
                return Some(guess(
                    format!("{{ gen = \"ref\", table = \"{target}\"{key} }}"),
                    "another row of this table",
                ));
            }
            return Some(guess(
                format!(
                    "{{ gen = \"ref\", table = \"{target}\"{key}, earlier = true, nulls = 0.2 }}"
                ),
                "a tree: rows hang below earlier ones",
            ));
        }
        let options = if self.table.is_unique(name) {
            ", unique = true"
        } else if parent.is_some_and(|parent| self.same_set(&parent.columns[0], name)) {
            ", distinct = true"
        } else {
            ", popularity = \"zipf\""
        };
        let nulls = if column.nullable { ", nulls = 0.1" } else { "" };
        Some(guess(
            format!("{{ gen = \"ref\", table = \"{target}\"{key}{options}{nulls} }}"),
            "refers to it",
        ))
    }

    /// Bounds of a column's checks, within what is usual.
    pub(super) fn bounds(&self, name: &str, mut min: f64, mut max: f64) -> (f64, f64) {
        for rule in self.table.rules(name) {
            match rule {
                Rule::Min { bound, strict } => {
                    min = min.max(bound + f64::from(u8::from(*strict)));
                    max = max.max(min + 100.0);
                }
                Rule::Max { bound, strict } => max = bound - f64::from(u8::from(*strict)),
                Rule::In(_) | Rule::Length { .. } => {}
            }
        }
        (min.min(max), max)
    }

    pub(super) fn number(&self, name: &str) -> Guess {
        let lower = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let (usual, shape, why) = if has(&["cents", "price", "amount", "total", "cost"]) {
            (
                (100.0, 50_000.0),
                ", shape = \"log\"",
                "money: many small, few large",
            )
        } else if has(&["year"]) {
            ((1990.0, 2025.0), "", "a year")
        } else if has(&["age"]) {
            ((18.0, 90.0), "", "an age")
        } else if has(&["quantity", "qty"]) {
            ((1.0, 5.0), "", "a quantity")
        } else if has(&["rating", "stars", "score"]) {
            ((1.0, 5.0), "", "a rating")
        } else {
            ((0.0, 100.0), "", "a number")
        };
        let (min, max) = self.bounds(name, usual.0, usual.1);
        guess(
            format!("{{ gen = \"integer\", min = {min:.0}, max = {max:.0}{shape} }}"),
            why,
        )
    }

    pub(super) fn moment(
        &self,
        name: &str,
        column: &ColumnSchema,
        parent: Option<&ForeignKey>,
    ) -> Guess {
        let lower = name.to_lowercase();
        let range = format!("from = \"2024-01-01\", to = \"{}\"", self.today);
        let created = |table: &TableSchema| {
            let names = [
                "created_at",
                "created",
                "date_joined",
                "inserted_at",
                "created_on",
            ];
            names.into_iter().find(|name| {
                table.columns.get(*name).is_some_and(|column| {
                    !column.nullable
                        && matches!(column.kind, ColumnType::TimestampTz | ColumnType::Timestamp)
                })
            })
        };
        if lower.contains("birth") || lower == "dob" {
            return guess(
                "{ gen = \"timestamp\", from = \"1945-01-01\", to = \"2006-12-31\" }",
                "a birthday",
            );
        }
        let nulls = if column.nullable { ", nulls = 0.2" } else { "" };
        if let Some(first) = created(self.table).filter(|first| *first != name) {
            return guess(
                format!("{{ gen = \"timestamp\", {range}, after = \"{first}\"{nulls} }}"),
                "not before it was created",
            );
        }
        if let Some(parent) = parent
            && let Some(first) = created(&self.schema.tables[&parent.table])
        {
            return guess(
                format!(
                    "{{ gen = \"timestamp\", {range}, after = \"{}.{first}\"{nulls} }}",
                    parent.columns[0]
                ),
                "not before its parent",
            );
        }
        guess(
            format!("{{ gen = \"timestamp\", {range}, growth = 2{nulls} }}"),
            "a growing site",
        )
    }
}

fn boolean(name: &str) -> Guess {
    let lower = name.to_lowercase();
    let share = if has_any(
        &lower,
        &[
            "superuser",
            "staff",
            "admin",
            "deleted",
            "banned",
            "blocked",
            "archived",
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

fn one_of(values: &[String], kind: &ColumnType) -> String {
    let text = matches!(kind, ColumnType::Text(_) | ColumnType::Enum(_));
    let values: Vec<String> = values
        .iter()
        .map(|value| {
            if text {
                format!("{value:?}")
            } else {
                value.clone()
            }
        })
        .collect();
    format!("{{ gen = \"one_of\", values = [{}] }}", values.join(", "))
}
