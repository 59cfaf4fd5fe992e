//! Guesses from a column's type, keys and checks.

use super::design::{Differ, choices, is_whole};
use super::tree::Tree;
use super::{Guess, Guesser, guess, has_any, text_value};
use crate::seed::schema::literal::{disjoint, samples};
use crate::seed::schema::mysql::arguments;
use crate::seed::schema::{ColumnSchema, ColumnType, Rule, TableSchema};
use crate::seed::value::{DAY, write_date};

/// Why a number is any number.
pub(super) const UNKNOWN: &str = "a number";

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

    fn decimal(&self, name: &str, column: &ColumnSchema) -> Guess {
        let (precision, scale) = precision(&column.declared).unwrap_or((12, 2));
        let scale = scale.min(9);
        let room = 10_f64.powi(precision - scale) - 10_f64.powi(-scale);
        let (min, max) = self.bounds(name, 0.0, 500.0_f64.min(room));
        let max = max.min(room);
        guess(
            format!("{{ gen = \"decimal\", min = {min:?}, max = {max:?}, scale = {scale} }}"),
            "a number",
        )
    }

    /// A column's place in a chain of columns of which each is above the one before, and the
    /// length of the chain.
    fn level(&self, name: &str) -> (u32, u32) {
        (self.height(name, true, 8), self.height(name, false, 8))
    }

    fn height(&self, name: &str, down: bool, depth: u8) -> u32 {
        if depth == 0 {
            return 0;
        }
        let next = self
            .table
            .checks
            .iter()
            .filter_map(|check| match &check.rule {
                // Numbers that differ are told apart in the same way.
                Rule::Above { other, .. } | Rule::Differs { other } if check.column == name => {
                    down.then_some(other)
                }
                Rule::Above { other, .. } | Rule::Differs { other } if other == name => {
                    (!down).then_some(&check.column)
                }
                _ => None,
            });
        let heights = next.map(|other| 1 + self.height(other, down, depth - 1));
        heights.max().unwrap_or(0)
    }

    /// Bounds of a column's checks, within what is usual; its part of them, when it is compared
    /// with other columns.
    pub(super) fn bounds(&self, name: &str, mut min: f64, mut max: f64) -> (f64, f64) {
        let (below, above) = self.level(name);
        for rule in self.table.rules(name) {
            if let Rule::Min { bound, strict } = rule {
                min = min.max(bound + f64::from(u8::from(*strict)));
                max = max.max(min + 100.0);
            }
        }
        if let Some((least, most)) = self.table.limits.get(name) {
            min = min.max(*least);
            max = max.min(*most);
        }
        for rule in self.table.rules(name) {
            if let Rule::Max { bound, strict } = rule {
                let step = if bound - min <= 1.0 && bound.fract() == 0.0 && *strict && min < *bound
                {
                    (bound - min) / 100.0
                } else {
                    f64::from(u8::from(*strict))
                };
                max = max.min(bound - step);
            }
        }
        let min = min.min(max);
        if below + above == 0 {
            return (min, max);
        }
        let width = (max - min) / f64::from(below + above + 1);
        let low = min + width * f64::from(below);
        // A gap below the next one, so that they are never equal.
        let high = low + width * 0.9;
        if width >= 2.0 {
            (low.ceil(), high.floor().max(low.ceil()))
        } else {
            (low, high)
        }
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
            ((0.0, 100.0), "", UNKNOWN)
        };
        let (min, max) = self.bounds(name, usual.0, usual.1);
        guess(
            format!("{{ gen = \"integer\", min = {min:.0}, max = {max:.0}{shape} }}"),
            why,
        )
    }

    /// First and last day of a moment by its checks, within what is usual.
    fn span_of_time(&self, name: &str) -> (String, String) {
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
    fn time_of_day(&self, name: &str, column: &ColumnSchema) -> Guess {
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

    fn nulls(&self, name: &str, column: &ColumnSchema) -> &'static str {
        if column.nullable && !self.design.never_null.contains(name) {
            ", nulls = 0.2"
        } else {
            ""
        }
    }

    pub(super) fn moment(&self, name: &str, column: &ColumnSchema) -> Guess {
        let lower = name.to_lowercase();
        let (from, to) = self.span_of_time(name);
        let range = format!("from = \"{from}\", to = \"{to}\"");
        let created = |table: &TableSchema| {
            let names = [
                "created_at",
                "created",
                "date_joined",
                "inserted_at",
                "created_on",
                "date_created",
                "created_date",
                "date_added",
            ];
            names.into_iter().find(|name| {
                table.columns.get(*name).is_some_and(|column| {
                    !column.nullable
                        && matches!(column.kind, ColumnType::TimestampTz | ColumnType::Timestamp)
                        && !table
                            .rules(name)
                            .any(|rule| matches!(rule, Rule::Above { .. }))
                        && !table
                            .unread_checks
                            .iter()
                            .any(|check| check.contains(*name))
                })
            })
        };
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
        if let Some(first) = created(self.table).filter(|first| *first != name && !bound && !below)
        {
            return guess(
                format!("{{ gen = \"timestamp\", {range}, after = \"{first}\"{nulls} }}"),
                "not before it was created",
            );
        }
        if let Some(parent) = &self.design.parent
            && let Some(first) = created(&self.world.schema.tables[&parent.table])
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

/// Digits, and those after the point, of `numeric(10,2)`.
fn precision(declared: &str) -> Option<(i32, i32)> {
    let lower = declared.to_lowercase();
    let at = lower.find("numeric(").or_else(|| lower.find("decimal("))?;
    let (inside, _) = lower[at + "numeric(".len()..].split_once(')')?;
    let (precision, scale) = inside.split_once(',').unwrap_or((inside, "0"));
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
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
