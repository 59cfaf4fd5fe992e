//! Guesses for moments, days and times of a day: within the bounds of checks, and after what came
//! before them. Pure.

use super::observed::Shown;
use super::{Guess, Guesser, guess, text_value, words};
use crate::seed::schema::{ColumnSchema, ColumnType, Rule};
use crate::seed::value::{DAY, write_date};

/// Whether a moment says when its row came to be; frameworks that let it be null set it all the
/// same.
fn is_beginning(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "created",
        "createdat",
        "createdon",
        "createddate",
        "datecreated",
        "insertedat",
        "dateadded",
        "datejoined",
        "joinedat",
        "registeredat",
        "userregistered",
        "postdate",
        "commentdate",
    ];
    NAMES.contains(&words(name).concat().as_str())
}

/// Whether a moment is there for every row that people see: without the day on which an address
/// was confirmed nobody logs in.
fn is_expected(name: &str) -> bool {
    let words = words(name);
    let any = |expected: &[&str]| words.iter().any(|word| expected.contains(&word.as_str()));
    any(&["updated", "modified", "confirmed", "verified", "activated"])
}

impl Guesser<'_> {
    /// First and last day of a moment by its checks, within what is usual.
    pub(super) fn span_of_time(&self, name: &str) -> (String, String) {
        let day = |seconds: i64| {
            let mut text = String::new();
            write_date(seconds, &mut text);
            text
        };
        let (mut from, mut to) = ("2024-01-01".to_owned(), self.today.to_owned());
        for rule in self.table.rules(name) {
            match rule {
                Rule::From { moment, strict } => {
                    let first = moment + i64::from(*strict) * DAY + (DAY - 1);
                    from = from.max(day(first.div_euclid(DAY) * DAY));
                }
                Rule::Until { moment, .. } => to = to.min(day(*moment)),
                _ => {}
            }
        }
        if from >= to {
            // What is usual lies outside of what is allowed.
            let bound = |wanted: fn(&Rule) -> Option<i64>| self.table.rules(name).find_map(wanted);
            let first = bound(|rule| match rule {
                Rule::From { moment, .. } => Some(*moment),
                _ => None,
            });
            let last = bound(|rule| match rule {
                Rule::Until { moment, .. } => Some(*moment),
                _ => None,
            });
            match (first, last) {
                (Some(first), Some(last)) => (from, to) = (day(first + DAY - 1), day(last)),
                (Some(first), None) => to = day(first + 366 * DAY),
                (None, Some(last)) => from = day(last - 366 * DAY),
                (None, None) => {}
            }
        }
        (from, to)
    }

    /// Times of a day, in parts of it when columns are compared.
    pub(super) fn time_of_day(&self, name: &str, column: &ColumnSchema) -> Guess {
        let (below, above) = self.level(name);
        let hours = 24 / (below + above + 1);
        let from = below * hours;
        let nulls = self.nulls(name, column);
        guess(
            format!(
                "{{ gen = \"timestamp\", from = \"2024-01-01T{from:02}:00:00\", to = \"2024-01-01T{:02}:59:00\"{nulls} }}",
                from + hours - 1
            ),
            "a time of day",
        )
    }

    pub(super) fn nulls(&self, name: &str, column: &ColumnSchema) -> &'static str {
        let expected = is_beginning(name) || is_expected(name);
        if column.nullable && !expected && !self.design.never_null.contains(name) {
            ", nulls = 0.2"
        } else {
            ""
        }
    }

    pub(super) fn moment(&self, name: &str, column: &ColumnSchema) -> Guess {
        let lower = name.to_lowercase();
        let (from, to) = self.span_of_time(name);
        let range = format!("from = \"{from}\", to = \"{to}\"");
        let differ = self.differing(name);
        if !differ.is_empty() {
            return guess(
                format!("{{ gen = \"timestamp\", {range}{differ} }}"),
                "must differ",
            );
        }
        let nulls = self.nulls(name, column);
        let above = self.table.rules(name).find_map(|rule| match rule {
            Rule::Above { other, strict } if self.is_moment(other) => Some((other, *strict)),
            _ => None,
        });
        if let Some((other, strict)) = above {
            let is_date = |name: &str| self.table.columns[name].kind == ColumnType::Date;
            let gap = if !strict {
                ""
            } else if is_date(name) || is_date(other) {
                ", gap = \"1d\""
            } else {
                ", gap = \"1m\""
            };
            return guess(
                format!(
                    "{{ gen = \"timestamp\", {range}, after = {}{gap}, within = \"30d\"{nulls} }}",
                    text_value(other)
                ),
                "by its check",
            );
        }
        if lower.contains("birth") || lower == "dob" {
            return guess(
                "{ gen = \"timestamp\", from = \"1945-01-01\", to = \"2006-12-31\" }",
                "a birthday",
            );
        }
        if let Some(start) = self.start_of(name) {
            let start = text_value(&start);
            return guess(
                format!(
                    "{{ gen = \"timestamp\", {range}, after = {start}, within = \"90d\"{nulls} }}"
                ),
                "not before its start",
            );
        }
        let bound = self
            .table
            .rules(name)
            .any(|rule| matches!(rule, Rule::From { .. } | Rule::Until { .. }));
        let below = self.height(name, false, 8) > 0;
        if let Some(first) = self
            .beginning(self.name)
            .filter(|first| *first != name && !bound && !below)
        {
            return guess(
                format!("{{ gen = \"timestamp\", {range}, after = \"{first}\"{nulls} }}"),
                "not before it was created",
            );
        }
        if let Some(parent) = &self.design.parent
            && let Some(first) = self.beginning(&parent.table)
            && !bound
        {
            let path = format!("{}.{first}", parent.columns[0]);
            return guess(
                format!(
                    "{{ gen = \"timestamp\", {range}, after = {}{nulls} }}",
                    text_value(&path)
                ),
                "not before its parent",
            );
        }
        guess(
            format!("{{ gen = \"timestamp\", {range}, growth = 2{nulls} }}"),
            "a growing site",
        )
    }

    /// The column that says when rows of a table came to be, where each row has it.
    fn beginning(&self, name: &str) -> Option<&str> {
        let table = &self.world.schema.tables[name];
        let filled = |column: &ColumnSchema, shown: Option<&Shown>| {
            let null = shown.is_some_and(|shown| shown.always_null);
            !column.generated && (!column.nullable || (self.profile.is_none() && !null))
        };
        let mut columns = table.columns.iter();
        let found = columns.find(|(column, described)| {
            is_beginning(column)
                && matches!(
                    described.kind,
                    ColumnType::TimestampTz | ColumnType::Timestamp
                )
                && filled(described, self.world.observed.column(name, column))
                && !table
                    .rules(column)
                    .any(|rule| matches!(rule, Rule::Above { .. }))
                && !table
                    .unread_checks
                    .iter()
                    .any(|check| check.contains(column.as_str()))
        });
        found.map(|(column, _)| column.as_str())
    }

    /// The column that says when what ends here began: `start_date` of `end_date`.
    fn start_of(&self, name: &str) -> Option<String> {
        const PAIRS: &[(&str, &str)] = &[
            ("end", "start"),
            ("ends", "starts"),
            ("ended", "started"),
            ("finished", "started"),
            ("finish", "start"),
            ("end", "begin"),
            ("to", "from"),
            ("until", "from"),
            ("check_out", "check_in"),
            ("checkout", "checkin"),
        ];
        let words: Vec<&str> = name.split('_').collect();
        PAIRS.iter().find_map(|(end, start)| {
            let at = words.iter().position(|word| word == end)?;
            let mut began = words.clone();
            began[at] = start;
            let began = began.join("_");
            // Text, ranges and columns that come after this one by a check are no start of it.
            let after = self.height(name, false, 8) > 0;
            (self.is_moment(&began) && !after).then_some(began)
        })
    }

    fn is_moment(&self, name: &str) -> bool {
        self.table.columns.get(name).is_some_and(|column| {
            matches!(
                column.kind,
                ColumnType::TimestampTz | ColumnType::Timestamp | ColumnType::Date
            ) && !column.generated
        })
    }
}
