//! Tables with a bounded number of names.

use std::hash::Hash;

use indexmap::IndexMap;

/// Name of the row that takes what no longer has a row of its own.
pub const OTHER: &str = "(other)";

/// Rows by key, in the order of their first appearance. When `limit` rows are there, further keys
/// share one row, so memory does not grow with the site.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    rows: IndexMap<K, V>,
    other: Option<V>,
    limit: usize,
}

impl<K: Hash + Eq, V> Table<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            rows: IndexMap::new(),
            other: None,
            limit,
        }
    }

    /// The row of `key`, made by `new` when it is not there yet.
    pub(super) fn row(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        if self.rows.len() >= self.limit && !self.rows.contains_key(&key) {
            return self.other.get_or_insert_with(new);
        }
        self.rows.entry(key).or_insert_with(new)
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    /// All rows; the shared one comes last, without a key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Option<&K>, &V)> {
        self.rows
            .iter()
            .map(|(key, row)| (Some(key), row))
            .chain(self.other.iter().map(|row| (None, row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_past_the_limit_share_a_row() {
        let mut table = Table::new(2);
        for key in ["a", "b", "c", "a", "d"] {
            *table.row(key, || 0) += 1;
        }
        let rows: Vec<_> = table
            .iter()
            .map(|(key, row)| (key.copied(), *row))
            .collect();
        assert_eq!(rows, [(Some("a"), 2), (Some("b"), 1), (None, 2)]);
    }
}
