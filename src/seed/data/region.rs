//! A country in a language: its people, addresses, phone numbers and companies, read from
//! `countries/*.txt`.

use deunicode::deunicode_char;

use super::pattern::{Form, Pattern};
use super::sheet::{Choice, Item, Sheet};

/// What a locale's people, addresses and companies are made of.
#[derive(Debug)]
pub(in crate::seed) struct Region {
    pub(in crate::seed) country: &'static str,
    pub(in crate::seed) country_code: &'static str,
    pub(in crate::seed) currency: &'static str,
    pub(in crate::seed) female: Choice<Name>,
    pub(in crate::seed) male: Choice<Name>,
    pub(in crate::seed) last: Choice<Surname>,
    /// Share of people who have a second surname.
    pub(in crate::seed) second_surname: f64,
    /// Between the two.
    pub(in crate::seed) joint: &'static str,
    /// `{f}` is the given name, `{l}` the family name.
    pub(in crate::seed) full_name: Form,
    pub(in crate::seed) cities: Choice<City>,
    pub(in crate::seed) streets: Choice<&'static str>,
    pub(in crate::seed) street_types: Choice<&'static str>,
    /// `{s}` street, `{t}` type, `{n}` house number, `{u}` flat, `{d}` small number.
    pub(in crate::seed) street_formats: Choice<Form>,
    /// A whole address on one line: `{s}` the street with its number, `{c}` city, `{p}` postcode,
    /// `{r}` region, `{k}` its short form.
    pub(in crate::seed) address: Form,
    pub(in crate::seed) mobile: Choice<Pattern>,
    /// The country's whole range of mobile numbers, for columns that must not repeat.
    pub(in crate::seed) unique_phone: Pattern,
    /// `{l}` family name, `{t}` trade, `{b}` coined name, `{c}` city, `{f}` legal form.
    pub(in crate::seed) companies: Choice<Form>,
    pub(in crate::seed) trades: Choice<&'static str>,
    pub(in crate::seed) brands: Choice<&'static str>,
    pub(in crate::seed) forms: Choice<&'static str>,
}

/// A name and its form in plain letters.
#[derive(Debug)]
pub(in crate::seed) struct Name {
    pub(in crate::seed) text: &'static str,
    pub(in crate::seed) ascii: String,
}

/// A family name as men and women bear it.
#[derive(Debug)]
pub(in crate::seed) struct Surname {
    pub(in crate::seed) male: Name,
    /// Absent where it is the same.
    pub(in crate::seed) female: Option<Name>,
}

impl Surname {
    /// The form of a gender.
    pub(in crate::seed) fn of(&self, female: bool) -> &Name {
        match &self.female {
            Some(name) if female => name,
            _ => &self.male,
        }
    }
}

/// A city: what else of an address follows from it.
#[derive(Debug)]
pub(in crate::seed) struct City {
    pub(in crate::seed) name: &'static str,
    pub(in crate::seed) region: &'static str,
    /// Short form of the region.
    pub(in crate::seed) region_code: &'static str,
    pub(in crate::seed) postcodes: Choice<Pattern>,
    /// Area code; empty when there is none.
    pub(in crate::seed) area: &'static str,
    /// None where no number of a landline surely belongs to nobody.
    pub(in crate::seed) landline: Option<Pattern>,
    /// Millionths of a degree.
    pub(in crate::seed) latitude: i64,
    pub(in crate::seed) longitude: i64,
    pub(in crate::seed) zone: &'static str,
}

impl Region {
    /// Reads a country's file.
    pub(super) fn read(text: &'static str, language: &str) -> Self {
        let sheet = Sheet::read(text);
        let country = |key| sheet.value("country", key);
        let names = |section| zipf(sheet.items(section), |text| Name::read(text, language));
        let (zone, landline) = (country("zone"), country("landline"));
        let cities = sheet
            .lines("cities")
            .map(|line| City::read(line, zone, landline));
        // Two surnames are written side by side, or as one word.
        let joint = match country("surname joint") {
            "" => " ",
            joint => joint,
        };
        Self {
            country: country("name"),
            country_code: country("code"),
            currency: country("currency"),
            female: names("female"),
            male: names("male"),
            last: zipf(sheet.items("last"), |text| Surname::read(text, language)),
            second_surname: country("second surname").parse().unwrap_or(0.0),
            joint,
            full_name: Form::read(country("full name")),
            cities: Choice::new(cities.collect()),
            streets: sheet.choice("streets"),
            street_types: sheet.choice("street types"),
            street_formats: lines(&sheet, "street formats"),
            address: Form::read(country("address")),
            mobile: sheet.choice("mobile").map(Pattern::read),
            unique_phone: Pattern::read(country("unique phone")),
            companies: lines(&sheet, "companies"),
            trades: sheet.choice("trades"),
            brands: sheet.choice("brands"),
            forms: sheet.choice("forms"),
        }
    }
}

/// One item per line, since commas belong to them: `{s} {n}, {u} * 3`.
fn lines(sheet: &Sheet, section: &str) -> Choice<Form> {
    let items = sheet
        .lines(section)
        .map(|line| match line.rsplit_once(" *") {
            Some((text, weight)) => (text.trim(), weight.trim().parse().unwrap_or(1.0)),
            None => (line.trim(), 1.0),
        });
    Choice::new(items.collect()).map(Form::read)
}

/// Names by Zipf and Mandelbrot: the first are the most common, without ruling alone.
fn zipf<T>(items: Vec<Item>, read: impl Fn(&'static str) -> T) -> Choice<T> {
    let weighted = items.into_iter().enumerate().map(|(rank, item)| {
        let weight = item.weight.unwrap_or(100.0 / (rank as f64 + 6.0));
        (read(item.text), weight)
    });
    Choice::new(weighted.collect())
}

impl Name {
    fn read(text: &'static str, language: &str) -> Self {
        let (text, ascii) = text.split_once('~').unwrap_or((text, text));
        Self {
            text,
            ascii: letters(ascii, language),
        }
    }
}

impl Surname {
    fn read(text: &'static str, language: &str) -> Self {
        let (male, female) = match text.split_once('|') {
            Some((male, female)) => (male, Some(female)),
            None => (text, None),
        };
        Self {
            male: Name::read(male, language),
            female: female.map(|female| Name::read(female, language)),
        }
    }
}

impl City {
    /// `name | region/code | postcodes | area | weight | latitude longitude | zone`. Instead of an
    /// area code the whole pattern of the city's landlines may stand.
    fn read(line: &'static str, zone: &'static str, landline: &str) -> (Self, f64) {
        let mut fields = line.split('|').map(str::trim);
        let mut next = || fields.next().unwrap_or("");
        let name = next();
        let region = next();
        let (region, region_code) = region.split_once('/').unwrap_or((region, region));
        let postcodes = super::sheet::even(super::sheet::items(next()).collect());
        let area = next().trim_matches('-');
        let (area, landline) = if area.contains('#') {
            ("", Some(Pattern::read(area)))
        } else if landline.is_empty() || area.is_empty() {
            (area, None)
        } else {
            (area, Some(Pattern::read(landline)))
        };
        let weight = next().parse().unwrap_or(0.0);
        let degrees = |text: &str| (text.parse::<f64>().unwrap_or(0.0) * 1e6).round() as i64;
        let (latitude, longitude) = next().split_once(' ').unwrap_or(("", ""));
        let own_zone = next();
        let city = Self {
            name,
            region,
            region_code,
            postcodes: postcodes.map(Pattern::read),
            area,
            landline,
            latitude: degrees(latitude),
            longitude: degrees(longitude.trim()),
            zone: if own_zone.is_empty() { zone } else { own_zone },
        };
        (city, weight)
    }
}

/// The letters of a name in plain ASCII, as people write it in addresses; `x` for a name without
/// any.
fn letters(name: &str, language: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        let plain = match (language, character) {
            ("de", 'ä' | 'Ä') => "ae",
            ("de", 'ö' | 'Ö') => "oe",
            ("de", 'ü' | 'Ü') => "ue",
            ("ru", 'ё' | 'Ё') => "e",
            ("ru", 'й') => "y",
            ("ru", 'х' | 'Х') => "kh",
            _ => deunicode_char(character).unwrap_or(""),
        };
        let plain = plain.bytes().filter(u8::is_ascii_alphabetic);
        out.extend(plain.map(|byte| char::from(byte.to_ascii_lowercase())));
    }
    out.truncate(20);
    if out.is_empty() {
        out.push('x');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_plain_letters() {
        assert_eq!(letters("Müller", "de"), "mueller");
        assert_eq!(letters("Müller", "fr"), "muller");
        assert_eq!(letters("O'Connor Jr. 3", "en"), "oconnorjr");
        assert_eq!(letters("İnönü", "tr"), "inonu");
        assert_eq!(letters("Щербаков", "ru"), "shcherbakov");
        assert_eq!(letters("王", "zh"), "wang");
        assert_eq!(letters("—", "en"), "x");
    }

    #[test]
    fn cities_have_all_their_fields() {
        let (city, weight) = City::read(
            "Köln | Nordrhein-Westfalen/NW | 50###*2, 51### | 221 | 11 | 50.94 6.96",
            "z",
            "",
        );
        assert_eq!(
            (city.name, city.region_code, city.area),
            ("Köln", "NW", "221")
        );
        assert!(city.postcodes.items()[1].matches("", "51234") && city.landline.is_none());
        assert_eq!((city.latitude, city.longitude), (50_940_000, 6_960_000));
        assert!((weight - 11.0).abs() < 1e-9 && city.zone == "z");
    }
}
