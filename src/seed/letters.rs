//! Characters that a column can hold, where that is not every one: columns of `latin1` or `utf8mb3`
//! on MySQL and MariaDB, databases of an old encoding on PostgreSQL. The server itself is asked,
//! since no list of ours would agree with each of its character sets. Text that was made up loses
//! what the column has no letter for, as it does in real data of that age: `Yılmaz` becomes
//! `Yilmaz`, `Łódź` in a `latin1` column `Lódz`. Values that a plan lists are not
//! changed but refused (`fit`).

use std::sync::Arc;

use indexmap::IndexMap;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio_postgres::Client;

use super::error::{SeedError, mysql, postgres};
use super::program::Program;
use super::schema::Schema;

/// Characters of the basic plane, a bit each. Sets that hold others hold all of them.
const PLANE: usize = 0x1_0000;

/// The characters of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letters {
    /// What the server calls the set.
    pub(super) charset: Arc<str>,
    bits: Arc<[u64]>,
}

impl Letters {
    /// A set of some characters, and of ASCII.
    fn new(charset: &str, characters: impl Iterator<Item = char>) -> Self {
        let mut bits = vec![0_u64; PLANE / 64];
        // Every set of a server has these, or its own statements could not be written in it.
        for character in (0..0x80_u8).map(char::from).chain(characters) {
            if let Some(word) = bits.get_mut(character as usize / 64) {
                *word |= 1 << (character as u32 % 64);
            }
        }
        Self {
            charset: Arc::from(charset),
            bits: bits.into(),
        }
    }

    /// Whether a character is one of the set.
    pub(super) fn has(&self, character: char) -> bool {
        let word = self.bits.get(character as usize / 64);
        word.is_some_and(|word| word & (1 << (character as u32 % 64)) != 0)
    }

    /// The first character of a text that is none of the set.
    pub(super) fn stranger(&self, text: &str) -> Option<char> {
        text.chars().find(|character| !self.has(*character))
    }

    /// Writes what stands in a buffer from `start` on with the letters of the set.
    pub(super) fn fold(&self, text: &mut String, start: usize) {
        if self.stranger(&text[start..]).is_none() {
            return;
        }
        let made = text.split_off(start);
        for (at, character) in made.char_indices() {
            if self.has(character) {
                text.push(character);
                continue;
            }
            let plain = deunicode::deunicode_char(character).unwrap_or("?");
            // Quotes of print would end a string of JSON.
            let plain = plain.replace(['"', '\\'], "'");
            // A sign of Chinese comes with the space that stands before the next one.
            let after = made[at + character.len_utf8()..].chars().next();
            let parted = after.is_none_or(char::is_whitespace);
            text.push_str(if parted { plain.trim_end() } else { &plain });
        }
    }
}

/// Asks for the character sets of all columns, each once.
pub(super) async fn of_mysql(
    connection: &mut Conn,
    schema: &Schema,
) -> Result<IndexMap<String, Letters>, SeedError> {
    let all: String = (1..PLANE as u32).filter_map(char::from_u32).collect();
    let mut found = IndexMap::new();
    for charset in charsets(schema) {
        // Names of sets are words; what is none is not put into a statement.
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !charset.bytes().all(word) {
            continue;
        }
        // What the set lacks comes back as a question mark.
        let statement = format!("SELECT CONVERT(CONVERT(? USING {charset}) USING utf8mb4)");
        let back: Option<String> = connection
            .exec_first(statement, (&all,))
            .await
            .map_err(mysql(format!("reading the character set `{charset}`")))?;
        let back = back.unwrap_or_default();
        let kept = all.chars().zip(back.chars());
        let kept = kept.filter_map(|(sent, came)| (sent == came).then_some(sent));
        found.insert(charset.to_owned(), Letters::new(charset, kept));
    }
    Ok(found)
}

/// Asks for the encoding of the database. Of those with several bytes for a character only ASCII
/// is used.
pub(super) async fn of_postgres(
    client: &Client,
    schema: &Schema,
) -> Result<IndexMap<String, Letters>, SeedError> {
    // It is one for the whole database.
    let Some(charset) = charsets(schema).first().copied() else {
        return Ok(IndexMap::new());
    };
    let doing = || format!("reading the encoding `{charset}`");
    let single = "SELECT pg_encoding_max_length(pg_char_to_encoding(getdatabaseencoding())) = 1";
    let single = client.query_one(single, &[]).await;
    let single: bool = single.map_err(postgres(doing()))?.get(0);
    let mut letters = Vec::new();
    for byte in (0x80..=0xff_i32).filter(|_| single) {
        match client.query_one("SELECT chr($1)", &[&byte]).await {
            Ok(row) => letters.extend(row.get::<_, &str>(0).chars()),
            // A byte that stands for nothing.
            Err(error) if error.as_db_error().is_some() => {}
            Err(error) => return Err(postgres(doing())(error)),
        }
    }
    let letters = Letters::new(charset, letters.into_iter());
    Ok(IndexMap::from([(charset.to_owned(), letters)]))
}

/// Sets of columns that hold some characters only.
fn charsets(schema: &Schema) -> Vec<&str> {
    let columns = schema.tables.values().flat_map(|table| &table.columns);
    let mut names: Vec<_> = columns
        .filter_map(|(_, column)| column.charset.as_deref())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Gives the columns of a program, and of those before it, the letters that their database has.
pub(super) fn give(program: &mut Program, schema: &Schema, letters: &IndexMap<String, Letters>) {
    if letters.is_empty() {
        return;
    }
    for table in &mut program.tables {
        let Some(described) = schema.tables.get(&table.name) else {
            continue;
        };
        for column in &mut table.columns {
            let found = described.columns.get(&column.name);
            let charset = found.and_then(|found| found.charset.as_deref());
            column.letters = charset.and_then(|charset| letters.get(charset)).cloned();
        }
    }
    if let Some(before) = &mut program.before {
        give(before, schema, letters);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_set_lacks_is_written_with_its_letters() {
        let latin = Letters::new("latin1", (0xa0..=0xff_u8).map(char::from));
        let folded = |text: &str| {
            let mut out = format!("ı{text}");
            latin.fold(&mut out, 'ı'.len_utf8());
            out
        };
        assert_eq!(folded("Müller, Yılmaz"), "ıMüller, Yilmaz");
        assert_eq!(folded("Łódź"), "ıLódz");
        assert_eq!(folded("張 偉明"), "ıZhang Wei Ming");
        assert_eq!(folded("Иванов 12"), "ıIvanov 12");
        assert_eq!(folded("“so”"), "ı'so'");
        assert!(!folded("done 🎉").contains('🎉'));
        assert_eq!(latin.stranger("Zoë costs 5 €"), Some('€'));
        assert_eq!(latin.stranger("a\tb\n"), None);
    }
}
