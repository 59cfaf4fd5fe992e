//! Values that a flow has read from its pages so far, and the feed by which later steps use them.

use std::fmt;

use crate::feed::{Feed, holds_secrets};

/// Name by which templates refer to values that the flow has read: `{{flow.NAME}}`.
pub const EXTRACTED: &str = "flow";

/// What the steps of one iteration have read so far. Its `Debug` shows names only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Extracted {
    values: Vec<(String, String)>,
}

impl Extracted {
    /// Keeps what a step has read. A name that is read again has the later value.
    pub fn keep(&mut self, read: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in read {
            match self.values.iter_mut().find(|(known, _)| *known == name) {
                Some((_, kept)) => *kept = value,
                None => self.values.push((name, value)),
            }
        }
    }

    /// The feed that holds it; its one row is row 0.
    pub fn feed(&self) -> Feed {
        let names = self.values.iter().map(|(name, _)| name.as_str().into());
        let values = self.values.iter().map(|(_, value)| value.as_str().into());
        Feed {
            name: EXTRACTED.into(),
            columns: names.collect(),
            secret: self
                .values
                .iter()
                .map(|(name, _)| holds_secrets(name))
                .collect(),
            rows: vec![values.collect()],
            weights: Vec::new(),
        }
    }
}

impl fmt::Debug for Extracted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.values.iter().map(|(name, _)| name);
        formatter.debug_set().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_name_is_the_one() {
        let mut extracted = Extracted::default();
        extracted.keep([("order".to_owned(), "1".to_owned())]);
        extracted.keep([
            ("order".to_owned(), "2".to_owned()),
            ("csrf_token".to_owned(), "x".to_owned()),
        ]);
        let feed = extracted.feed();
        assert_eq!(&*feed.name, "flow");
        assert_eq!(feed.column("order"), Some(0));
        assert_eq!(&*feed.rows[0][0], "2");
        assert_eq!(feed.secret, [false, true]);
    }
}
