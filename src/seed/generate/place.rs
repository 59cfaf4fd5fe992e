//! Addresses: street, city, region, postcode, country, position and time zone of a row agree.

use super::super::data::{City, Region};
use super::super::draw::Draw;
use super::super::plan::Place;
use super::super::program::{Program, TableKeys};
use super::super::value::{Value, write_plain};
use super::Scratch;

impl Program {
    pub(super) fn place(
        &self,
        part: Place,
        table: usize,
        row: u64,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        let keys = &self.tables[table].keys;
        let subject = self.subject(table, row, scratch);
        let region = subject.region;
        let mut city = || subject.city(keys);
        match part {
            Place::Country => out.push_str(region.country),
            Place::CountryCode => out.push_str(region.country_code),
            Place::Currency => out.push_str(region.currency),
            Place::Locale => out.push_str(subject.locale.tag()),
            Place::City => out.push_str(city().name),
            Place::Region => out.push_str(city().region),
            Place::RegionCode => out.push_str(city().region_code),
            Place::TimeZone => out.push_str(city().zone),
            Place::Postcode => write_postcode(keys, row, city(), out),
            Place::Street => write_street(keys, row, region, out),
            Place::Address => region.address.write(out, |hole, out| match hole {
                's' => write_street(keys, row, region, out),
                'p' => write_postcode(keys, row, city(), out),
                'c' => out.push_str(city().name),
                'r' => out.push_str(city().region),
                _ => out.push_str(city().region_code),
            }),
            Place::Latitude => return position(city().latitude, &mut keys.spot.row(row)),
            Place::Longitude => {
                return position(city().longitude, &mut keys.spot.numbered(1).row(row));
            }
        }
        Value::Text
    }
}

fn write_postcode(keys: &TableKeys, row: u64, city: &City, out: &mut String) {
    let mut draw = keys.postcode.row(row);
    city.postcodes.pick(&mut draw).write("", &mut draw, out);
}

/// Appends a street with a house's number.
fn write_street(keys: &TableKeys, row: u64, region: &Region, out: &mut String) {
    let mut draw = keys.street.row(row);
    let form = region.street_formats.pick(&mut draw);
    // Most houses have low numbers.
    let number = 1 + (draw.unit().powi(2) * 160.0) as i64;
    form.write(out, |hole, out| match hole {
        's' => out.push_str(region.streets.pick(&mut draw)),
        't' => out.push_str(region.street_types.pick(&mut draw)),
        'n' => write_plain(Value::Integer(number), out),
        'u' => write_plain(Value::Integer(1 + draw.below(48) as i64), out),
        _ => write_plain(Value::Integer(1 + draw.below(9) as i64), out),
    });
}

/// A place within a few kilometres of the city's middle, denser there.
fn position(middle: i64, draw: &mut Draw) -> Value {
    const REACH: f64 = 40_000.0;
    Value::Decimal {
        unscaled: middle + ((draw.unit() - draw.unit()) * REACH) as i64,
        scale: 6,
    }
}
