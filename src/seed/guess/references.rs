//! Guesses for references: to rows of the plan, and to rows that are there.

use super::design::{Differ, partner};
use super::{Guess, Guesser, guess, text_value};
use crate::seed::schema::{ColumnSchema, ForeignKey};

impl Guesser<'_> {
    pub(super) fn reference(&self, name: &str, column: &ColumnSchema, key: &ForeignKey) -> Guess {
        let place = key
            .columns
            .iter()
            .position(|column| column == name)
            .unwrap_or(0);
        if let Some((here, there)) = self.design.same.get(name) {
            return self.shared(name, column, key, (here, there));
        }
        let first = &key.columns[0];
        let target = text_value(&key.table);
        let of = key.target.get(place).map_or("id", String::as_str);
        let planned = self.world.is_planned(&key.table);
        if place > 0 {
            return if planned {
                let path = text_value(&format!("{first}.{of}"));
                guess(
                    format!("{{ gen = \"lookup\", of = {path} }}"),
                    "of the same row",
                )
            } else {
                guess(
                    format!(
                        "{{ gen = \"existing\", table = {target}, column = {}, row_of = {} }}",
                        text_value(of),
                        text_value(first)
                    ),
                    "of the same row",
                )
            };
        }
        let nullable = column.nullable && !self.design.never_null.contains(name);
        if !planned {
            let differ = self.differing(name);
            let nulls = if nullable { ", nulls = 0.1" } else { "" };
            return guess(
                format!(
                    "{{ gen = \"existing\", table = {target}, column = {}{differ}{nulls} }}",
                    text_value(of)
                ),
                "refers to rows that are there",
            );
        }
        let of = if of == "id" {
            String::new()
        } else {
            format!(", column = {}", text_value(of))
        };
        if self.design.parent.as_ref() == Some(key) {
            let generator = match of.strip_prefix(", ") {
                Some(of) => format!("{{ gen = \"parent\", {of} }}"),
                None => "\"parent\"".to_owned(),
            };
            return guess(generator, "the row it belongs to");
        }
        let differ = self.differing(name);
        if key.table == self.name && differ.is_empty() {
            let except = self.except(name);
            return if nullable && except.is_empty() {
                guess(
                    format!(
                        "{{ gen = \"ref\", table = {target}{of}, earlier = true, nulls = 0.2 }}"
                    ),
                    "a tree: rows hang below earlier ones",
                )
            } else {
                guess(
                    format!("{{ gen = \"ref\", table = {target}{of}{except} }}"),
                    "another row of this table",
                )
            };
        }
        let options = if differ.is_empty() {
            ", popularity = \"zipf\"".to_owned()
        } else {
            differ
        };
        let except = self.except(name);
        let nulls = if nullable { ", nulls = 0.1" } else { "" };
        guess(
            format!("{{ gen = \"ref\", table = {target}{of}{options}{except}{nulls} }}"),
            "refers to it",
        )
    }

    /// The options by which rows differ in a column.
    pub(super) fn differing(&self, name: &str) -> String {
        match self.design.differ.get(name) {
            None => String::new(),
            Some(Differ::Alone) => ", unique = true".to_owned(),
            Some(Differ::Siblings | Differ::Position) => ", distinct = true".to_owned(),
            Some(Differ::With(others)) => {
                let others: Vec<_> = others.iter().map(|other| text_value(other)).collect();
                format!(", unique_with = [{}]", others.join(", "))
            }
        }
    }

    pub(super) fn except(&self, name: &str) -> String {
        partner(self.table, &self.design, name).map_or(String::new(), |other| {
            format!(", except = {}", text_value(&other))
        })
    }
}
