//! What rows that are there show of a column: whether it is ever null, the few values that it
//! takes, how passwords are hashed. Never a value of a column that may be about people.

use indexmap::IndexMap;

use super::standing::is_path;
use super::{Guess, guess, password_column};
use crate::seed::error::SeedError;
use crate::seed::profile::is_personal;
use crate::seed::schema::{ColumnType, Schema, TableSchema};

/// Tables with more rows are not looked at: a profile is for them.
const MOST_ROWS: u64 = 100_000;
/// So few rows show nothing.
const FEWEST_ROWS: u64 = 5;
/// A column with more values is no list.
const MOST_VALUES: u64 = 12;
/// Of files, which are many in few rows.
const MOST_FILES: u64 = 50;

/// What rows show, by table.
#[derive(Debug, Clone, Default)]
pub(in crate::seed) struct Observed {
    tables: IndexMap<String, IndexMap<String, Shown>>,
    /// Whether the application is made with Django, which keeps defaults and choices in its code.
    pub(super) is_django: bool,
}

/// What rows show of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// None is null; all are.
    pub(super) never_null: bool,
    pub(super) always_null: bool,
    /// Its values, where they are few.
    pub(super) values: Vec<String>,
    /// The generator of its passwords.
    password: Option<String>,
}

/// Words of a kind of database.
#[derive(Debug, Clone, Copy)]
pub(in crate::seed) struct Words {
    /// The type that everything can be cast to.
    pub(in crate::seed) text: &'static str,
    /// Quotes a name.
    pub(in crate::seed) quoted: fn(&str) -> String,
}

impl Observed {
    /// Asks for what rows show. `ask` gives the rows of a query, each value as text.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(in crate::seed) async fn read(
        schema: &Schema,
        occupied: &IndexMap<String, u64>,
        words: Words,
        ask: &mut impl AsyncFnMut(String) -> Result<Vec<Vec<Option<String>>>, SeedError>,
    ) -> Result<Self, SeedError> {
        let mut observed = Self::of(schema);
        for (name, table) in &schema.tables {
            let rows = occupied.get(name).copied().unwrap_or(0);
            if (1..=MOST_ROWS).contains(&rows) {
                let shown = table_shown(table, rows, words, ask).await?;
                observed.tables.insert(name.clone(), shown);
            }
        }
        Ok(observed)
    }

    /// Without a look at any row.
    pub(in crate::seed) fn of(schema: &Schema) -> Self {
        let bare = |name: &String| name.rsplit('.').next() == Some("django_migrations");
        Self {
            tables: IndexMap::new(),
            is_django: schema.tables.keys().any(bare),
        }
    }

    pub(super) fn column(&self, table: &str, column: &str) -> Option<&Shown> {
        self.tables.get(table)?.get(column)
    }

    /// The generator of passwords like those that are there.
    pub(super) fn password(&self, table: &str, column: &str) -> Option<Guess> {
        let generator = self.column(table, column)?.password.clone()?;
        Some(guess(generator, "as in the rows that are there"))
    }
}

async fn table_shown(
    table: &TableSchema,
    rows: u64,
    words: Words,
    ask: &mut impl AsyncFnMut(String) -> Result<Vec<Vec<Option<String>>>, SeedError>,
) -> Result<IndexMap<String, Shown>, SeedError> {
    let mut shown: IndexMap<String, Shown> = IndexMap::new();
    let cast = |name: &str| format!("CAST({} AS {})", (words.quoted)(name), words.text);
    let columns: Vec<&String> = table.columns.keys().collect();
    if rows >= FEWEST_ROWS {
        let counts: Vec<String> = columns
            .iter()
            .map(|name| {
                format!(
                    "count({}), count(DISTINCT {})",
                    (words.quoted)(name),
                    cast(name)
                )
            })
            .collect();
        let counts = format!(
            "SELECT count(*), {} FROM {}",
            counts.join(", "),
            table.sql_name
        );
        let answer = ask(counts).await?.into_iter().next().unwrap_or_default();
        let number = |place: usize| -> u64 {
            let text = answer.get(place).and_then(Option::as_deref);
            text.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        let rows = number(0);
        for (place, name) in columns.iter().enumerate() {
            let (filled, distinct) = (number(1 + 2 * place), number(2 + 2 * place));
            let mut found = Shown {
                never_null: filled == rows,
                always_null: filled == 0,
                ..Shown::default()
            };
            if is_list(table, name, filled, distinct) {
                let name = cast(name);
                let values = format!(
                    "SELECT DISTINCT {name} FROM {} WHERE {name} IS NOT NULL ORDER BY 1",
                    table.sql_name
                );
                found.values = ask(values).await?.into_iter().flatten().flatten().collect();
            }
            shown.insert((*name).clone(), found);
        }
    }
    if let Some(name) = password_column(table) {
        let cell = cast(name);
        let first = format!(
            "SELECT substr({cell}, 1, 48), length({cell}) FROM {} WHERE {cell} NOT LIKE '!%' LIMIT 1",
            table.sql_name
        );
        if let Some([Some(start), Some(length)]) = ask(first).await?.first().map(|row| &row[..]) {
            shown.entry(name.to_owned()).or_default().password = scheme(start, length);
        }
    }
    Ok(shown)
}

/// Whether the values of a column are a list that new rows may take theirs from.
fn is_list(table: &TableSchema, name: &str, filled: u64, distinct: u64) -> bool {
    let column = &table.columns[name];
    let plain = matches!(
        column.kind,
        ColumnType::Text(_)
            | ColumnType::SmallInt
            | ColumnType::Integer
            | ColumnType::BigInt
            | ColumnType::Boolean
    );
    if !plain
        || table.is_unique(name)
        || table
            .foreign_keys
            .iter()
            .any(|key| key.columns.contains(&name.to_owned()))
    {
        return false;
    }
    if is_path(name) {
        return (1..=MOST_FILES).contains(&distinct);
    }
    let few = (1..=MOST_VALUES).contains(&distinct) && distinct.saturating_mul(3) <= filled;
    few && filled >= FEWEST_ROWS && !is_personal(name)
}

/// The generator of hashes that begin like one: algorithm and parameters alone.
fn scheme(start: &str, length: &str) -> Option<String> {
    let number = |text: &str| text.parse::<u32>().ok();
    let of = |name: &str, options: &str| {
        Some(format!(
            "{{ gen = \"password_hash\", scheme = \"{name}\"{options} }}"
        ))
    };
    if let Some(rest) = start.strip_prefix("pbkdf2_sha256$") {
        let iterations = number(rest.split('$').next()?)?;
        return of(
            "django-pbkdf2-sha256",
            &format!(", iterations = {iterations}"),
        );
    }
    if let Some(rest) = start.strip_prefix("pbkdf2:sha256:") {
        let iterations = number(rest.split('$').next()?)?;
        return of(
            "werkzeug-pbkdf2-sha256",
            &format!(", iterations = {iterations}"),
        );
    }
    if let Some(rest) = start.strip_prefix("scrypt:") {
        let mut parts = rest.split('$').next()?.split(':').map(number);
        let (n, r, p) = (parts.next()??, parts.next()??, parts.next()??);
        return of(
            "werkzeug-scrypt",
            &format!(", log_n = {}, r = {r}, p = {p}", n.checked_ilog2()?),
        );
    }
    if let Some(rest) = start.strip_prefix("$argon2id$v=19$") {
        let mut parts = rest
            .split('$')
            .next()?
            .split(',')
            .map(|part| number(part.get(2..)?));
        let (m, t, p) = (parts.next()??, parts.next()??, parts.next()??);
        return of(
            "argon2id",
            &format!(", memory_kib = {m}, iterations = {t}, parallelism = {p}"),
        );
    }
    for (kind, name) in [
        ("$2a$", "bcrypt"),
        ("$2b$", "bcrypt"),
        ("$2y$", "php-bcrypt"),
    ] {
        if let Some(rest) = start.strip_prefix(kind) {
            let cost = number(rest.get(..2)?)?;
            return of(name, &format!(", cost = {cost}"));
        }
    }
    // phpass, and what WordPress and phpBB store since: both check bcrypt as well.
    let phpass = ["$P$", "$H$", "$wp$2y$"];
    if phpass.iter().any(|kind| start.starts_with(kind)) {
        return of("php-bcrypt", ", cost = 10");
    }
    if start.starts_with("SHA1:") && length == "45" {
        return of("ttrss-sha1", "");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::scheme;

    #[test]
    fn schemes_are_known_by_algorithm_and_parameters() {
        for (start, expected) in [
            (
                "pbkdf2_sha256$1000000$qX1",
                Some("django-pbkdf2-sha256\", iterations = 1000000 }"),
            ),
            (
                "pbkdf2:sha256:260000$qX1",
                Some("werkzeug-pbkdf2-sha256\", iterations = 260000 }"),
            ),
            (
                "scrypt:32768:8:1$qX1",
                Some("werkzeug-scrypt\", log_n = 15, r = 8, p = 1 }"),
            ),
            (
                "$argon2id$v=19$m=65536,t=3,p=4$c2",
                Some("argon2id\", memory_kib = 65536, iterations = 3, parallelism = 4 }"),
            ),
            ("$2b$12$abcdefg", Some("\"bcrypt\", cost = 12 }")),
            ("$2y$12$abcdefg", Some("php-bcrypt\", cost = 12 }")),
            ("$P$BVbptZxEc", Some("php-bcrypt\", cost = 10 }")),
            (
                "SHA1:5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
                Some("ttrss-sha1\" }"),
            ),
            ("md5$abc$def", None),
            ("$2y$", None),
            ("scrypt:0:8:1$x", None),
        ] {
            let found = scheme(start, "45");
            match (found, expected) {
                (Some(found), Some(end)) => assert!(found.ends_with(end), "{found}"),
                (found, expected) => assert_eq!(found.as_deref(), expected, "{start}"),
            }
        }
    }
}
