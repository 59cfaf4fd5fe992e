//! Addresses: street, city, region, postcode and country of a row agree.

use super::super::data::City;
use super::super::draw::Draw;
use super::super::plan::Place;
use super::super::program::Program;
use super::super::value::{Value, write_plain};

impl Program {
    pub(super) fn place(
        &self,
        part: Place,
        table: usize,
        row: u64,
        draw: &mut Draw,
        out: &mut String,
    ) -> Value {
        let region = self.locale(table, row).region();
        let city = || pick_city(region.cities, &mut self.tables[table].keys.place.row(row));
        match part {
            Place::Country => out.push_str(region.country),
            Place::CountryCode => out.push_str(region.country_code),
            Place::City => out.push_str(city().name),
            Place::Region => out.push_str(city().region),
            Place::Postcode => pattern(city().postcode, draw, out),
            Place::Street => {
                let street = draw.word(region.streets);
                // Most houses have low numbers.
                let number = 1 + (draw.unit().powi(2) * 160.0) as i64;
                for piece in region.street_format.split_inclusive('}') {
                    let (literal, name) = piece.split_once('{').unwrap_or((piece, ""));
                    out.push_str(literal);
                    match name {
                        "s}" => out.push_str(street),
                        "n}" => write_plain(Value::Integer(number), out),
                        _ => {}
                    }
                }
            }
        }
        Value::Text
    }
}

/// Draws a city by the number of its people.
fn pick_city(cities: &'static [City], draw: &mut Draw) -> &'static City {
    let people: u32 = cities.iter().map(|city| city.weight).sum();
    let mut at = draw.below(u64::from(people)) as u32;
    for city in cities {
        if at < city.weight {
            return city;
        }
        at -= city.weight;
    }
    &cities[0]
}

/// Appends a pattern: `#` a digit, `^` a digit from 1 to 9, `@` a capital letter.
pub(super) fn pattern(pattern: &str, draw: &mut Draw, out: &mut String) {
    /// Letters that postcodes use.
    const LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";
    for character in pattern.chars() {
        out.push(match character {
            '#' => char::from(b'0' + draw.below(10) as u8),
            '^' => char::from(b'1' + draw.below(9) as u8),
            '@' => char::from(*draw.pick(LETTERS)),
            other => other,
        });
    }
}
