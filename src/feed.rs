//! Feeds: rows that virtual users draw their data from.
//!
//! A feed is written by the seeder (customers who can log in) or read from a CSV file. Templates
//! name it: `{{customers.email}}`. Pure data, imported by those who write and those who draw.

use std::fmt;
use std::sync::Arc;

/// Rows with named columns. Its `Debug` shows no values: they hold passwords.
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
    /// Sums of the rows' weights, for a feed that is drawn by weight: the last one is the total.
    /// Empty when each user has a row of its own.
    pub weights: Vec<u64>,
}

/// The text of a feed is no table. Messages name places, never values.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// There is no first line with names.
    #[error("the file is empty: expected a first line with the names of the columns")]
    Empty,
    /// The first line has a name that templates cannot use.
    #[error(
        "column {number} of the first line has no name: expected names such as `email,password`"
    )]
    Unnamed {
        /// Which column, from 1.
        number: usize,
    },
    /// The first line has a name twice.
    #[error("the column `{column}` is there twice")]
    Twice {
        /// Which name.
        column: String,
    },
    /// A line has more or fewer values than there are columns.
    #[error("line {line} has {found} values, the first line names {expected} columns")]
    Ragged {
        /// Which line, from 1.
        line: u64,
        /// Its values.
        found: u64,
        /// Columns.
        expected: u64,
    },
    /// It is no CSV.
    #[error("the file is no CSV")]
    Csv(#[source] csv::Error),
}

impl Feed {
    /// Reads CSV: comma or semicolon, the first line names the columns. Columns whose names say so
    /// hold secrets (see [`holds_secrets`]).
    pub fn from_csv(name: &str, text: &str) -> Result<Self, FeedError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(text))
            .trim(csv::Trim::Headers)
            .from_reader(text.as_bytes());
        let headers = reader.headers().map_err(FeedError::Csv)?.clone();
        let columns = column_names(&headers)?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| match error.kind() {
                csv::ErrorKind::UnequalLengths {
                    pos,
                    expected_len,
                    len,
                } => FeedError::Ragged {
                    line: pos.as_ref().map_or(0, csv::Position::line),
                    found: *len,
                    expected: *expected_len,
                },
                _ => FeedError::Csv(error),
            })?;
            rows.push(record.iter().map(Arc::from).collect());
        }
        Ok(Self {
            name: name.into(),
            secret: columns.iter().map(|column| holds_secrets(column)).collect(),
            columns,
            rows,
            weights: Vec::new(),
        })
    }

    /// Whether rows are drawn by weight, instead of each user having one of its own.
    pub fn is_weighted(&self) -> bool {
        !self.weights.is_empty()
    }

    /// The row that 64 random bits fall on, each with a chance in proportion to its weight; the
    /// user's own where rows have no weights.
    pub fn row_for(&self, own: usize, bits: u64) -> usize {
        let Some(total) = self.weights.last() else {
            return own;
        };
        let at = ((u128::from(bits) * u128::from(*total)) >> 64) as u64;
        let row = self.weights.partition_point(|sum| *sum <= at);
        row.min(self.rows.len().saturating_sub(1))
    }

    /// Index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| &**column == name)
    }
}

/// Whether a column of this name holds secrets: one of its words is `password`, `token`, `pin`
/// and the like (`user_password`, `apiToken`).
pub fn holds_secrets(column: &str) -> bool {
    const WORDS: [&str; 9] = [
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "token",
        "pin",
        "apikey",
        "otp",
    ];
    let mut words = String::new();
    let mut before = ' ';
    for letter in column.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
        before = letter;
    }
    words
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| WORDS.contains(&word))
        || words.replace(|c: char| !c.is_alphanumeric(), "") == "apikey"
}

fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    if header.contains(';') && !header.contains(',') {
        b';'
    } else {
        b','
    }
}

fn column_names(headers: &csv::StringRecord) -> Result<Vec<Arc<str>>, FeedError> {
    if headers.iter().all(str::is_empty) {
        return Err(FeedError::Empty);
    }
    let mut columns: Vec<Arc<str>> = Vec::new();
    for (index, name) in headers.iter().enumerate() {
        if name.is_empty() {
            return Err(FeedError::Unnamed { number: index + 1 });
        }
        if columns.iter().any(|column| &**column == name) {
            return Err(FeedError::Twice {
                column: name.to_owned(),
            });
        }
        columns.push(name.into());
    }
    Ok(columns)
}

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
    fn csv_becomes_rows_with_named_columns() {
        let text = "\u{feff}email, password\nann@example.com,\"a,b\"\nbob@example.com,c\n";
        let feed = Feed::from_csv("customers", text).unwrap();
        assert_eq!(feed.column("password"), Some(1));
        assert_eq!(&*feed.rows[0][1], "a,b");
        assert_eq!(feed.rows.len(), 2);
        assert_eq!(feed.secret, [false, true]);
    }

    #[test]
    fn rows_are_drawn_by_their_weights() {
        let mut feed = Feed::from_csv("products", "name\na\nb\nc\n").unwrap();
        assert_eq!(feed.row_for(2, u64::MAX), 2);
        feed.weights = vec![1, 1, 4];
        let quarter = u64::MAX / 4;
        let drawn = [0, quarter - 1, quarter + 1, u64::MAX].map(|bits| feed.row_for(1, bits));
        assert_eq!(drawn, [0, 0, 2, 2]);
    }

    #[test]
    fn semicolons_are_understood() {
        let feed = Feed::from_csv("customers", "email;city\na@b;Bern\n").unwrap();
        assert_eq!(&*feed.rows[0][1], "Bern");
    }

    #[test]
    fn values_never_show() {
        let feed = Feed::from_csv("customers", "email,password\na@b,hunter2\n").unwrap();
        assert!(!format!("{feed:?}").contains("hunter2"));
        let error = Feed::from_csv("customers", "email,password\na@b,hunter2,x\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2 has 3 values, the first line names 2 columns"
        );
    }

    #[test]
    fn broken_heads_are_errors() {
        for (text, message) in [
            ("", "the file is empty"),
            ("a,,b\n", "column 2"),
            ("a,a\n", "`a` is there twice"),
        ] {
            let error = Feed::from_csv("feed", text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn secret_columns_are_known_by_their_words() {
        for secret in [
            "password",
            "user_password",
            "apiToken",
            "PIN",
            "api-key",
            "ApiKey",
        ] {
            assert!(holds_secrets(secret), "{secret}");
        }
        for open in ["email", "shopping", "spinner", "tokens_left"] {
            assert!(!holds_secrets(open), "{open}");
        }
    }
}
