//! Names, e-mail addresses, user names, phone numbers, jobs: those of a row belong to one person.

use super::super::draw::{Draw, Key};
use super::super::plan::Person;
use super::super::program::{Program, TableKeys};
use super::super::value::{Value, write_plain};
use super::subject::Subject;
use super::{Scratch, permuted};

/// Domains that RFC 2606 keeps for examples: no mail reaches anybody.
static DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];

impl Program {
    pub(super) fn person(
        &self,
        part: Person,
        (table, row): (usize, u64),
        unique: Option<Key>,
        draw: &mut Draw,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        let keys = &self.tables[table].keys;
        let who = self.subject(table, row, scratch);
        let region = who.region;
        let number = |out: &mut String| {
            write_plain(Value::Integer(keys.email.apply(row) as i64 + 1), out);
        };
        match part {
            Person::Gender => out.push_str(if who.female { "female" } else { "male" }),
            Person::FirstName => out.push_str(who.first(keys).text),
            Person::LastName => who.write_last(keys, out),
            Person::FullName => region.full_name.write(out, |hole, out| match hole {
                'f' => out.push_str(who.first(keys).text),
                _ => who.write_last(keys, out),
            }),
            Person::Email => {
                let domain = draw.word(&DOMAINS);
                address(who, keys, draw, out);
                // The number alone makes it unique: no name ends with a digit.
                number(out);
                out.push('@');
                out.push_str(domain);
            }
            Person::Username => {
                let first = &who.first(keys).ascii;
                out.push_str(&first[..first.len().min(12)]);
                out.push_str(&who.last(keys).0.of(who.female).ascii[..1]);
                number(out);
            }
            Person::Phone => {
                let city = who.city(keys);
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
                let (his, hers) = who.locale.language().jobs.pick(draw);
                out.push_str(if who.female { hers } else { his });
            }
        }
        Value::Text
    }
}

/// Appends what stands before the number of an e-mail address.
fn address(who: &mut Subject, keys: &TableKeys, draw: &mut Draw, out: &mut String) {
    let first = &who.first(keys).ascii;
    let last = &who.last(keys).0.of(who.female).ascii;
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
