//! Names, e-mail addresses, user names, phone numbers, jobs: those of a row belong to one person.

use super::super::data::{Locale, Region, Surname};
use super::super::draw::{Draw, Key};
use super::super::plan::Person;
use super::super::program::{Program, TableKeys};
use super::super::value::{Value, write_plain};
use super::{permuted, weighted};

/// Domains that RFC 2606 keeps for examples: no mail reaches anybody.
static DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];

/// Whose names a row bears.
struct Who<'a> {
    keys: &'a TableKeys,
    region: &'static Region,
    row: u64,
    female: bool,
}

impl Who<'_> {
    fn first(&self) -> &'static super::super::data::Name {
        let names = if self.female {
            &self.region.female
        } else {
            &self.region.male
        };
        names.pick(&mut self.keys.first_name.row(self.row))
    }

    fn last(&self) -> (&'static Surname, Option<&'static Surname>) {
        let mut draw = self.keys.last_name.row(self.row);
        let last = self.region.last.pick(&mut draw);
        let share = self.region.second_surname;
        let second = (share > 0.0 && draw.unit() < share).then(|| self.region.last.pick(&mut draw));
        (last, second)
    }

    fn write_last(&self, out: &mut String) {
        let (last, second) = self.last();
        out.push_str(last.of(self.female).text);
        if let Some(second) = second {
            out.push_str(self.region.joint);
            out.push_str(second.of(self.female).text);
        }
    }
}

impl Program {
    /// The locale of a row's person, address and texts.
    pub(super) fn locale(&self, table: usize, row: u64) -> Locale {
        let mix = self.locales_of(table);
        if let [only] = mix.locales[..] {
            return only;
        }
        let unit = self.tables[table].keys.locale.row(row).unit();
        mix.locales[weighted(&mix.shares, unit)]
    }

    pub(super) fn person(
        &self,
        part: Person,
        table: usize,
        row: u64,
        unique: Option<Key>,
        draw: &mut Draw,
        out: &mut String,
    ) -> Value {
        let keys = &self.tables[table].keys;
        let locale = self.locale(table, row);
        let region = locale.region();
        let who = Who {
            keys,
            region,
            row,
            female: keys.gender.row(row).bits() & 1 == 1,
        };
        let number = |out: &mut String| {
            write_plain(Value::Integer(keys.email.apply(row) as i64 + 1), out);
        };
        match part {
            Person::Gender => out.push_str(if who.female { "female" } else { "male" }),
            Person::FirstName => out.push_str(who.first().text),
            Person::LastName => who.write_last(out),
            Person::FullName => region.full_name.write(out, |hole, out| match hole {
                'f' => out.push_str(who.first().text),
                _ => who.write_last(out),
            }),
            Person::Email => {
                let domain = draw.word(&DOMAINS);
                address(&who, draw, out);
                // The number alone makes it unique: no name ends with a digit.
                number(out);
                out.push('@');
                out.push_str(domain);
            }
            Person::Username => {
                let first = &who.first().ascii;
                out.push_str(&first[..first.len().min(12)]);
                out.push_str(&who.last().0.of(who.female).ascii[..1]);
                number(out);
            }
            Person::Phone => {
                let city = region.cities.pick(&mut keys.place.row(row));
                if let Some(key) = unique {
                    let pattern = &region.unique_phone;
                    pattern.write_nth(permuted(key, pattern.size(), row), out);
                } else if let Some(landline) = &city.landline
                    && draw.below(4) == 0
                {
                    landline.write(city.area, draw, out);
                } else {
                    region.mobile.pick(draw).write(city.area, draw, out);
                }
            }
            Person::Job => {
                let (his, hers) = locale.language().jobs.pick(draw);
                out.push_str(if who.female { hers } else { his });
            }
        }
        Value::Text
    }
}

/// Appends what stands before the number of an e-mail address.
fn address(who: &Who<'_>, draw: &mut Draw, out: &mut String) {
    let (first, last) = (&who.first().ascii, &who.last().0.of(who.female).ascii);
    match draw.below(10) {
        0..6 => {
            out.push_str(first);
            out.push('.');
            out.push_str(last);
        }
        6 => {
            out.push_str(&first[..1]);
            out.push_str(last);
        }
        7 => {
            out.push_str(first);
            out.push_str(&last[..1]);
        }
        8 => {
            out.push_str(first);
            out.push('_');
            out.push_str(last);
        }
        _ => {
            out.push_str(last);
            out.push('.');
            out.push_str(first);
        }
    }
}
