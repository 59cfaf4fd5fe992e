//! Feeds: rows that virtual users draw their data from.
//!
//! A feed is written by the seeder (customers who can log in) or read from a CSV file. Templates
//! name it: `{{customers.email}}`. Pure data, imported by those who write and those who draw.

use std::sync::Arc;

/// Rows with named columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Name, as templates and `persona.feed` use it.
    pub name: Arc<str>,
    /// Names of the columns.
    pub columns: Vec<Arc<str>>,
    /// Columns whose values are secrets (passwords): never shown or logged.
    pub secret: Vec<bool>,
    /// Values, in the order of `columns`.
    pub rows: Vec<Vec<Arc<str>>>,
}

impl Feed {
    /// Index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| &**column == name)
    }
}
