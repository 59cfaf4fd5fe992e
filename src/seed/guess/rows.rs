//! Numbers of rows: lists, children per parent, and whose rows belong to which. Pure.

use super::design::World;
use super::{FEW_ROWS, Guesser, MANY_PARENTS, ROWS, line, shared, standing, text_value};
use crate::seed::schema::{ForeignKey, Schema, TableSchema};

impl Guesser<'_> {
    pub(super) fn write_rows(&self, out: &mut String) -> u64 {
        let measured = self.profile.and_then(|profile| profile.rows(self.name));
        if let Some(parent) = &self.design.parent {
            let parents = self.world.rows_of(&parent.table);
            let most = self.design.most_children.unwrap_or(u64::MAX);
            let children = self
                .profile
                .and_then(|profile| profile.children(self.name, &parent.columns[0], most));
            let (guessed, mean) = self.counts(parent, parents);
            let (counts, why) = match (children, &measured) {
                (Some(children), _) => (children, "as in the source"),
                (None, Some((0, _))) => ("count = 0".to_owned(), "none in the source"),
                (None, _) => (guessed, "how many each parent has"),
            };
            line(
                out,
                &format!(
                    "per_parent = {{ table = {}, {counts} }}  # {why}",
                    text_value(&parent.table)
                ),
            );
            // Rather less than there will be: others must find enough to refer to.
            let sure = if counts.starts_with("count =") {
                1.0
            } else {
                0.8
            };
            return match measured {
                Some((rows, _)) => (rows as f64 * sure) as u64,
                None => (parents as f64 * mean * sure) as u64,
            };
        }
        let (usual, why) = match measured {
            Some((rows, why)) if self.is_list() => (rows, format!("  # {why}\nfixed = true")),
            Some((rows, why)) => (rows, format!("  # {why}")),
            None if self.is_list() => (FEW_ROWS, "  # looks like a list\nfixed = true".to_owned()),
            None => (ROWS, String::new()),
        };
        if let Some(most) = self.design.most_rows.filter(|most| *most <= usual) {
            let rows = "no more can differ in what must be unique\nfixed = true";
            line(out, &format!("rows = {most}  # {rows}"));
            return most;
        }
        line(out, &format!("rows = {usual}{why}"));
        usual
    }

    /// A table that others only refer to, with few columns, is a list.
    pub(super) fn is_list(&self) -> bool {
        const WORDS: &[&str] = &[
            "categor",
            "role",
            "status",
            "type",
            "countr",
            "currenc",
            "tag",
            "topic",
            "group",
            "language",
            "genre",
            "brand",
            "department",
            "unit",
            "channel",
            "media",
        ];
        let name = self.name.to_lowercase();
        self.table.foreign_keys.is_empty() && WORDS.iter().any(|word| name.contains(word))
    }

    /// Children per parent, and their mean.
    fn counts(&self, parent: &ForeignKey, parents: u64) -> (String, f64) {
        let most = self.design.most_children.unwrap_or(u64::MAX);
        let alone = self
            .table
            .uniques
            .iter()
            .any(|set| set.iter().all(|name| parent.columns.contains(name)));
        if alone || most <= 1 {
            return (format!("count = {}", most.min(1)), 1.0);
        }
        let pairs = self
            .table
            .uniques
            .iter()
            .any(|set| set.len() > 1 && parent.columns.iter().any(|name| set.contains(name)));
        let max = if pairs { 5 } else { 30 }.min(most);
        if self.world.is_shared(self.name) {
            let min = shared::LEAST.min(max);
            return if pairs || max < 6 || parents > MANY_PARENTS {
                (format!("min = {min}, max = {}", max.min(5)), 4.0)
            } else {
                (format!("mean = 6.0, min = {min}, max = {max}"), 6.0)
            };
        }
        let roles = self.table.columns.len() <= 3
            && standing::is_people(&self.world.schema.tables[&parent.table])
            && self
                .table
                .foreign_keys
                .iter()
                .any(|key| !self.world.is_planned(&key.table));
        if roles {
            // Without any of them people may see nothing.
            (format!("min = 1, max = {max}"), max as f64 / 2.0)
        } else if pairs || max < 6 {
            (format!("min = 0, max = {max}"), max as f64 / 2.0)
        } else if parents > MANY_PARENTS {
            (format!("mean = 1.0, min = 0, max = {}", max.min(10)), 1.0)
        } else {
            (format!("mean = 3.0, min = 0, max = {max}"), 3.0)
        }
    }
}

/// The reference to the table whose rows a table's rows belong to: of a unique set, else the
/// first that must be there.
pub(super) fn parent(name: &str, table: &TableSchema, world: World<'_>) -> Option<ForeignKey> {
    let never_null =
        |column: &String| !table.columns[column].nullable && !table.columns[column].generated;
    let usable = |reference: &&ForeignKey| {
        reference.table != name
            && world.is_planned(&reference.table)
            && reference.columns.iter().all(never_null)
    };
    let in_unique_set = |reference: &&ForeignKey| {
        let mut sets = table.uniques.iter();
        sets.any(|set| reference.columns.iter().any(|column| set.contains(column)))
    };
    // A parent that waits for this table would make a circle of `per_parent`.
    let safe =
        |reference: &&ForeignKey| !waits_for(name, &reference.table, world.schema, &mut Vec::new());
    let references = || table.foreign_keys.iter().filter(usable).filter(safe);
    // Several columns must come of one row, so they are best the parent's.
    let whole = references().max_by_key(|reference| {
        (
            in_unique_set(reference) && reference.columns.len() > 1,
            in_unique_set(reference),
            reference.columns.len(),
        )
    })?;
    let rank = |reference: &ForeignKey| (in_unique_set(&reference), reference.columns.len());
    references()
        .find(|reference| rank(reference) == rank(whole))
        .cloned()
}

/// Whether a table's rows hang, by its references, on those of the table that is called `name`.
pub(super) fn waits_for(name: &str, table: &str, schema: &Schema, seen: &mut Vec<String>) -> bool {
    if table == name {
        return true;
    }
    if seen.iter().any(|known| known == table) {
        return false;
    }
    seen.push(table.to_owned());
    let Some(found) = schema.tables.get(table) else {
        return false;
    };
    let mut keys = found.foreign_keys.iter();
    keys.any(|key| key.table != table && waits_for(name, &key.table, schema, seen))
}
