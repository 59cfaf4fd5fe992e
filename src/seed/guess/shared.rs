//! References that share a column with another one, as those of tenants do: both rows belong to
//! one, so the second is taken among the rows that belong to it.

use super::design::{Design, World};
use super::{Guess, Guesser, guess, text_value};
use crate::seed::schema::{ColumnSchema, ForeignKey};

/// Rows that each parent has at least, where others need one of the same parent.
pub(super) const LEAST: u64 = 3;

/// The column that a value comes from, through references.
#[derive(PartialEq, Eq)]
struct Origin<'a> {
    table: &'a str,
    column: &'a str,
}

impl World<'_> {
    /// The column here, and there, that rows of a reference of two columns share with this
    /// table's: both must come from one place, and the other rows must be its children.
    pub(super) fn shared(
        &self,
        name: &str,
        design: &Design,
        key: &ForeignKey,
    ) -> Option<(String, String)> {
        let mut pairs = key.columns.iter().zip(&key.target);
        let (here, there) = pairs.find(|(here, _)| design.refers.contains_key(*here))?;
        let (ours, _) = self.origin((name, design), name, here)?;
        let (theirs, children) = self.origin((name, design), &key.table, there)?;
        (key.columns.len() == 2 && children && ours == theirs)
            .then(|| (here.clone(), there.clone()))
    }

    /// Follows a column to where its value is made, and whether each row on the way is a child
    /// of the next. None where a table was not decided yet, or where nothing is followed.
    fn origin<'b>(
        &'b self,
        (name, design): (&'b str, &'b Design),
        table: &'b str,
        column: &'b str,
    ) -> Option<(Origin<'b>, bool)> {
        let mut at = Origin { table, column };
        let mut children = true;
        for step in 0..=self.tables.len() {
            let this = if at.table == name {
                design
            } else {
                self.designs.get(at.table)?
            };
            let key = this.refers.get(at.column);
            let Some(key) = key.filter(|key| self.is_planned(&key.table)) else {
                return (step > 0).then_some((at, children));
            };
            children &= this.parent.as_ref() == Some(key);
            let place = key.columns.iter().position(|name| name == at.column)?;
            at = Origin {
                table: &key.table,
                column: key.target.get(place)?,
            };
        }
        None
    }

    /// Whether others need rows of a table that belong to what they belong to.
    pub(super) fn is_shared(&self, name: &str) -> bool {
        let keys = self
            .schema
            .tables
            .values()
            .flat_map(|table| &table.foreign_keys);
        keys.into_iter()
            .any(|key| key.columns.len() > 1 && key.table == name)
    }

    /// Rows that belong to one, at least.
    pub(super) fn least_children(&self, table: &str) -> u64 {
        let design = self.designs.get(table);
        let most = design.and_then(|design| design.most_children);
        most.unwrap_or(LEAST).clamp(1, LEAST)
    }
}

impl Guesser<'_> {
    pub(super) fn shared(
        &self,
        name: &str,
        column: &ColumnSchema,
        key: &ForeignKey,
        (here, there): (&str, &str),
    ) -> Guess {
        let place = key.columns.iter().position(|column| column == name);
        let of = place.and_then(|place| key.target.get(place));
        let mut options = vec![
            "gen = \"ref\"".to_owned(),
            format!("table = {}", text_value(&key.table)),
        ];
        if let Some(of) = of.filter(|of| *of != "id") {
            options.push(format!("column = {}", text_value(of)));
        }
        options.push(format!("same = {}", text_value(here)));
        if here != there {
            options.push(format!("same_as = {}", text_value(there)));
        }
        let nullable = column.nullable && !self.design.never_null.contains(name);
        let differing = self.differing(name);
        if !differing.is_empty() {
            options.push(differing.trim_start_matches(", ").to_owned());
        } else if key.table == self.name && nullable {
            options.push("earlier = true".to_owned());
        } else {
            options.push("popularity = \"zipf\"".to_owned());
        }
        if let Some(except) = self.except(name).strip_prefix(", ") {
            options.push(except.to_owned());
        }
        if nullable {
            options.push("nulls = 0.1".to_owned());
        }
        let generator = format!("{{ {} }}", options.join(", "));
        guess(generator, "a row that belongs to the same one")
    }
}
