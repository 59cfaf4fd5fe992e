//! Guesses for numbers: what is usual by the name, within the bounds of checks and types, and in
//! parts of them where columns are compared. Pure.

use super::{Guess, Guesser, guess};
use crate::seed::schema::{ColumnSchema, Rule};

/// Why a number is any number.
pub(super) const UNKNOWN: &str = "a number";

impl Guesser<'_> {
    pub(super) fn decimal(&self, name: &str, column: &ColumnSchema) -> Guess {
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
    pub(super) fn level(&self, name: &str) -> (u32, u32) {
        (self.height(name, true, 8), self.height(name, false, 8))
    }

    pub(super) fn height(&self, name: &str, down: bool, depth: u8) -> u32 {
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
}

/// Digits, and those after the point, of `numeric(10,2)`.
fn precision(declared: &str) -> Option<(i32, i32)> {
    let lower = declared.to_lowercase();
    let at = lower.find("numeric(").or_else(|| lower.find("decimal("))?;
    let (inside, _) = lower[at + "numeric(".len()..].split_once(')')?;
    let (precision, scale) = inside.split_once(',').unwrap_or((inside, "0"));
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}
