//! Feeds: rows that virtual users draw their data from.
//!
//! A feed is written by the seeder (customers who can log in) or read from a CSV file. Templates
//! name it: `{{customers.email}}`. Pure data, imported by those who write and those who draw.

use std::fmt;
use std::sync::Arc;

/// Rows with named columns.
#[derive(Clone, PartialEq, Eq)]
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

/// Name, columns and number of rows: values may be secrets.
impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("name", &self.name)
            .field("columns", &self.columns)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_values() {
        let feed = Feed {
            name: "customers".into(),
            columns: vec!["password".into()],
            secret: vec![true],
            rows: vec![vec!["hunter2".into()]],
        };
        let shown = format!("{feed:?}");
        assert!(
            shown.contains("customers") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
