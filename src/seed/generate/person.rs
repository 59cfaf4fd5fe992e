//! Names, e-mail addresses, user names, phone numbers: those of a row belong to one person.

use deunicode::deunicode_char;

use super::super::data::Locale;
use super::super::draw::Draw;
use super::super::plan::Person;
use super::super::program::Program;
use super::super::value::{Value, write_plain};
use super::place::pattern;
use super::weighted;

/// Domains that RFC 2606 keeps for examples: no mail reaches anybody.
static DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];

impl Program {
    /// The locale of a row's person and address.
    pub(super) fn locale(&self, table: usize, row: u64) -> Locale {
        let unit = self.tables[table].keys.locale.row(row).unit();
        self.locales.locales[weighted(&self.locales.shares, unit)]
    }

    pub(super) fn person(
        &self,
        part: Person,
        table: usize,
        row: u64,
        draw: &mut Draw,
        out: &mut String,
    ) -> Value {
        let keys = &self.tables[table].keys;
        let locale = self.locale(table, row);
        let first = || keys.first_name.row(row).word(locale.first_names());
        let last = || keys.last_name.row(row).word(locale.last_names());
        match part {
            Person::FirstName => out.push_str(first()),
            Person::LastName => out.push_str(last()),
            Person::FullName => {
                let (one, two) = if locale.region().family_first {
                    (last(), first())
                } else {
                    (first(), last())
                };
                out.push_str(one);
                out.push(' ');
                out.push_str(two);
            }
            Person::Email => {
                letters(first(), 20, out);
                out.push('.');
                letters(last(), 20, out);
                write_plain(Value::Integer(keys.email.apply(row) as i64 + 1), out);
                out.push('@');
                out.push_str(draw.word(&DOMAINS));
            }
            Person::Username => {
                letters(first(), 12, out);
                letters(last(), 1, out);
                write_plain(Value::Integer(keys.email.apply(row) as i64 + 1), out);
            }
            Person::Phone => pattern(draw.word(locale.region().phones), draw, out),
        }
        Value::Text
    }
}

/// Appends the letters of a name in plain ASCII, at most `limit`, and `x` for a name without any.
fn letters(name: &str, limit: usize, out: &mut String) {
    let start = out.len();
    for character in name.chars() {
        for letter in deunicode_char(character).unwrap_or("").bytes() {
            if letter.is_ascii_alphabetic() && out.len() - start < limit {
                out.push(char::from(letter.to_ascii_lowercase()));
            }
        }
    }
    if out.len() == start {
        out.push('x');
    }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn names_become_plain_letters() {
        let plain = |name| {
            let mut out = String::new();
            letters(name, 20, &mut out);
            out
        };
        assert_eq!(plain("Müller"), "muller");
        assert_eq!(plain("O'Connor Jr. 3"), "oconnorjr");
        assert_eq!(plain("İnönü"), "inonu");
        assert_eq!(plain("—"), "x");
    }
}
