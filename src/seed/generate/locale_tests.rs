//! What all locales promise, checked by rules that were written apart from the data: scripts,
//! shapes of postcodes, boxes of countries, phone numbers by the library that applications use.

use std::collections::HashSet;
use std::fmt::Write as _;

use regex::Regex;

use super::super::compile::compile;
use super::super::data::Locale;
use super::super::plan::Plan;
use super::super::program::Program;
use super::super::value::{Value, write_plain};
use super::Scratch;

const COLUMNS: &str = r#"
first_name = "first_name"
last_name = "last_name"
full_name = "full_name"
gender = "gender"
job = "job"
email = "email"
username = "username"
phone = "phone"
mobile = { gen = "phone", unique = true }
street = "street"
city = "city"
region = "region"
region_code = "region_code"
postcode = "postcode"
country = "country"
country_code = "country_code"
address = "address"
latitude = "latitude"
longitude = "longitude"
time_zone = "time_zone"
currency = "currency"
locale = "locale"
company = "company"
product_name = "product_name"
words = "words"
sentence = "sentence"
title = "title"
review = "review"
paragraph = "paragraph"
vat_number = "vat_number"
iban = { gen = "iban", country = "DE" }
ipv6 = "ipv6"
mac = "mac"
ean13 = "ean13"
"#;

/// A table of one locale.
struct People {
    locale: Locale,
    program: Program,
    scratch: Scratch,
}

impl People {
    fn new(locale: Locale, rows: u64) -> Self {
        let tag = locale.tag();
        let text = format!(
            "seed = 5\nlocales = \"{tag}\"\n[tables.people]\nrows = {rows}\n[tables.people.columns]{COLUMNS}"
        );
        let plan = Plan::parse(&text, "people.toml").expect("a valid plan");
        let program = compile(&plan, None, 1.0).expect("a plan that can be");
        Self {
            locale,
            scratch: program.scratch(),
            program,
        }
    }

    fn value(&mut self, column: &str, row: u64) -> (Value, String) {
        let columns = &self.program.tables[0].columns;
        let index = columns.iter().position(|found| found.name == column);
        let index = index.expect("a column of the plan");
        let mut out = String::new();
        let value = self
            .program
            .cell(0, index, row, &mut out, &mut self.scratch);
        write_plain(value, &mut out);
        (value, out)
    }

    fn get(&mut self, column: &str, row: u64) -> String {
        self.value(column, row).1
    }
}

fn all(rows: u64) -> impl Iterator<Item = People> {
    Locale::ALL
        .iter()
        .map(move |locale| People::new(*locale, rows))
}

/// Whether a letter belongs to a language's script.
fn is_own(language: &str, letter: char) -> bool {
    let code = letter as u32;
    let han = (0x4E00..0xA000).contains(&code) || letter == '々';
    match language {
        "ru" => (0x400..0x530).contains(&code),
        "ja" => han || (0x3040..0x3100).contains(&code),
        "zh" => han,
        "ko" => (0xAC00..0xD7B0).contains(&code),
        "ar" => (0x600..0x700).contains(&code),
        _ => code < 0x250 || (0x1E00..0x1F00).contains(&code),
    }
}

#[test]
fn everything_is_in_the_script_of_its_language() {
    for mut people in all(120) {
        let language = people.locale.language_code();
        for column in [
            "first_name",
            "last_name",
            "full_name",
            "job",
            "city",
            "region",
            "street",
            "country",
            "company",
            "product_name",
            "words",
            "sentence",
            "title",
            "review",
            "paragraph",
        ] {
            for row in 0..120 {
                let text = people.get(column, row);
                let stray = text
                    .chars()
                    .find(|c| c.is_alphabetic() && !is_own(language, *c));
                let tag = people.locale.tag();
                assert_eq!(stray, None, "{tag} {column}: {text}");
                if matches!(column, "review" | "paragraph" | "sentence") {
                    let glued = text.as_bytes().windows(2).any(|pair| {
                        matches!(pair, [b',' | b':' | b'.', next] if next.is_ascii_alphabetic())
                    });
                    assert!(!glued && !text.contains('\n'), "{tag} {column}: {text}");
                }
                assert!(
                    !text.is_empty() && text.trim() == text && !text.contains("  "),
                    "{} {column}: {text:?}",
                    people.locale.tag()
                );
                assert!(
                    !text.contains(['{', '}', '~', '|', '[', '^', '@']),
                    "{} {column}: {text}",
                    people.locale.tag()
                );
            }
        }
    }
}

#[test]
fn english_words_stand_in_english_texts_only() {
    let english = Regex::new(r"(?i)\b(the|and|with|for|street|road)\b").expect("a pattern");
    for mut people in all(120) {
        if people.locale.language_code() == "en" {
            continue;
        }
        for column in [
            "sentence",
            "title",
            "paragraph",
            "street",
            "product_name",
            "job",
        ] {
            for row in 0..120 {
                let text = people.get(column, row);
                assert!(
                    !english.is_match(&text),
                    "{} {column}: {text}",
                    people.locale.tag()
                );
            }
        }
    }
}

/// Postcodes as the post writes them, and the country's box in degrees: south, north, west, east.
fn shape(country: &str) -> (&'static str, [f64; 4]) {
    match country {
        "US" => (r"^\d{5}$", [18.0, 72.0, -180.0, -65.0]),
        "GB" => (
            r"^[A-Z]{1,2}\d{1,2} \d[ABD-HJLNP-UW-Z]{2}$",
            [49.0, 61.0, -9.0, 2.0],
        ),
        "DE" => (r"^\d{5}$", [47.0, 55.2, 5.8, 15.1]),
        "FR" => (r"^\d{5}$", [41.0, 51.2, -5.2, 9.7]),
        "IT" => (r"^\d{5}$", [35.0, 47.2, 6.5, 18.6]),
        "NL" => (r"^[1-9]\d{3} [A-Z]{2}$", [50.7, 53.6, 3.3, 7.3]),
        "BR" => (r"^\d{5}-\d{3}$", [-34.0, 5.5, -74.0, -34.0]),
        "ES" => (r"^(0[1-9]|[1-4]\d|5[0-2])\d{3}$", [27.5, 44.0, -18.3, 4.4]),
        "MX" => (r"^\d{5}$", [14.5, 32.8, -118.5, -86.5]),
        "PL" => (r"^\d{2}-\d{3}$", [49.0, 54.9, 14.1, 24.2]),
        "RU" => (r"^[1-6]\d{5}$", [41.0, 82.0, 19.6, 180.0]),
        "TR" => (r"^(0[1-9]|[1-7]\d|8[01])\d{3}$", [35.8, 42.2, 25.6, 44.9]),
        "JP" => (r"^\d{3}-\d{4}$", [24.0, 45.6, 122.9, 146.0]),
        "KR" => (
            r"^(0[1-9]|[1-5]\d|6[0-3])\d{3}$",
            [33.0, 38.7, 124.5, 131.9],
        ),
        "CN" => (r"^\d{6}$", [18.0, 53.6, 73.4, 135.1]),
        "SA" => (r"^\d{5}$", [16.0, 32.3, 34.4, 55.7]),
        other => panic!("no shape of {other}"),
    }
}

/// What everybody knows: a city, the first digits of its postcodes, its region.
const KNOWN: &[(&str, &str, &str)] = &[
    ("San Francisco", "941", "California"),
    ("Chicago", "606", "Illinois"),
    ("London", "", "Greater London"),
    ("Leeds", "LS", "West Yorkshire"),
    ("Köln", "5", "Nordrhein-Westfalen"),
    ("Dresden", "01", "Sachsen"),
    ("Paris", "75", "Île-de-France"),
    ("Lyon", "6900", "Auvergne-Rhône-Alpes"),
    ("Roma", "001", "Lazio"),
    ("Milano", "201", "Lombardia"),
    ("Amsterdam", "10", "Noord-Holland"),
    ("Rio de Janeiro", "2", "Rio de Janeiro"),
    ("Madrid", "28", "Comunidad de Madrid"),
    ("Barcelona", "08", "Cataluña"),
    ("Guadalajara", "44", "Jalisco"),
    ("Kraków", "3", "małopolskie"),
    ("Казань", "420", "Республика Татарстан"),
    ("Kadıköy", "347", "İstanbul"),
    ("札幌市", "06", "北海道"),
    ("강남구", "06", "서울특별시"),
];

#[test]
fn addresses_agree() {
    let mut known = HashSet::new();
    for mut people in all(500) {
        let (locale, region) = (people.locale, people.locale.region());
        let (postcode, [south, north, west, east]) = shape(locale.country_code());
        let postcode = Regex::new(postcode).expect("a pattern");
        assert_eq!(region.country_code, locale.country_code());
        for row in 0..500 {
            let [code, city, name, street, address] =
                ["postcode", "city", "region", "street", "address"]
                    .map(|column| people.get(column, row));
            let all = format!("{}: {address}", locale.tag());
            assert!(postcode.is_match(&code), "{all}: {code}");
            for part in [&code, &city, &street] {
                assert!(address.contains(part.as_str()), "{all}: {part}");
            }
            // No other region has such a postcode.
            let owners = region.cities.items().iter().filter(|city| {
                let mut codes = city.postcodes.items().iter();
                codes.any(|pattern| pattern.matches("", &code))
            });
            let regions: HashSet<&str> = owners.map(|city| city.region).collect();
            assert_eq!(regions, HashSet::from([name.as_str()]), "{all}");
            for (place, digits, of) in KNOWN {
                if city == *place {
                    known.insert(*place);
                    assert!(code.starts_with(digits) && name == *of, "{all}");
                }
            }
            let degrees = |people: &mut People, column| -> f64 {
                people.get(column, row).parse().expect("a number")
            };
            let latitude = degrees(&mut people, "latitude");
            let longitude = degrees(&mut people, "longitude");
            assert!((south..north).contains(&latitude), "{all}: {latitude}");
            assert!((west..east).contains(&longitude), "{all}: {longitude}");
            if row < 100 {
                let zone = people.get("time_zone", row);
                assert!(jiff::tz::TimeZone::get(&zone).is_ok(), "{all}: {zone}");
            }
        }
    }
    assert!(known.len() >= 15, "{known:?}");
}

#[test]
fn names_agree_with_gender_and_stand_in_the_order_of_the_country() {
    for mut people in all(600) {
        let language = people.locale.language_code();
        let mut women = 0;
        for row in 0..600 {
            let [first, last, full, gender, job] =
                ["first_name", "last_name", "full_name", "gender", "job"]
                    .map(|column| people.get(column, row));
            women += u32::from(gender == "female");
            let expected = match language {
                "ja" => format!("{last} {first}"),
                "ko" | "zh" => format!("{last}{first}"),
                _ => format!("{first} {last}"),
            };
            assert_eq!(full, expected);
            let hers = match language {
                "pl" => [("ska", "ski"), ("cka", "cki"), ("dzka", "dzki")].as_slice(),
                "ru" => [
                    ("ова", "ов"),
                    ("ева", "ев"),
                    ("ина", "ин"),
                    ("ская", "ский"),
                ]
                .as_slice(),
                _ => &[],
            };
            for (female, male) in hers {
                let wrong = if gender == "female" { male } else { female };
                assert!(!last.ends_with(wrong), "{gender}: {full}");
            }
            if language == "de" {
                assert!(!(gender == "male" && job.ends_with("in")), "{full}: {job}");
            }
        }
        assert!((240..360).contains(&women), "{women}");
    }
}

/// Numbers that the library refuses, because nobody may ever have them: Ofcom's and ARCEP's mobile
/// numbers for films.
fn is_of_drama(phone: &str) -> bool {
    phone.starts_with("+44 7700 900") || phone.starts_with("+33 6 39 98 ")
}

#[test]
fn phone_numbers_are_valid() {
    let mut refused = Vec::new();
    for mut people in all(300) {
        let country = people.locale.country_code();
        let mut seen = HashSet::new();
        for row in 0..300 {
            let mobile = people.get("mobile", row);
            for phone in [people.get("phone", row), mobile.clone()] {
                let read = phonenumber::parse(None, &phone).expect("a number");
                let same = read.country().id().is_none_or(|id| id.as_ref() == country);
                if !(same && (phonenumber::is_valid(&read) || is_of_drama(&phone))) {
                    refused.push(phone);
                }
            }
            assert!(seen.insert(mobile));
        }
    }
    refused.sort();
    refused.dedup_by_key(|phone| phone.chars().take(9).collect::<String>());
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn logins_are_plain_and_reach_nobody() {
    let email = Regex::new(r"^[a-z]+[._]?[a-z]*\d+@example\.(com|net|org)$").expect("a pattern");
    let username = Regex::new(r"^[a-z]+\d+$").expect("a pattern");
    for mut people in all(1_000) {
        for row in 0..1_000 {
            let (mail, name) = (people.get("email", row), people.get("username", row));
            assert!(email.is_match(&mail) && mail.len() <= 64, "{mail}");
            assert!(username.is_match(&name) && name.len() <= 24, "{name}");
        }
    }
}

#[test]
fn logins_and_accounts_of_all_locales_differ() {
    const ROWS: u64 = if cfg!(debug_assertions) {
        100_000
    } else {
        1_000_000
    };
    let text = format!(
        "locales = [{}]\n[tables.t]\nrows = {ROWS}\n[tables.t.columns]\nemail = \"email\"\n\
         iban = {{ gen = \"iban\", country = \"FR\", unique = true }}",
        Locale::ALL
            .iter()
            .map(|l| format!("\"{}\"", l.tag()))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let plan = Plan::parse(&text, "t.toml").expect("a valid plan");
    let program = compile(&plan, None, 1.0).expect("a plan that can be");
    let mut scratch = program.scratch();
    for column in 0..2 {
        let mut seen = HashSet::with_capacity(ROWS as usize);
        let mut out = String::new();
        for row in 0..ROWS {
            out.clear();
            program.cell(0, column, row, &mut out, &mut scratch);
            assert!(
                seen.insert(super::super::draw::Key::of_seed(0).child(&out)),
                "{out}"
            );
        }
    }
}

#[test]
fn rows_do_not_depend_on_the_order_in_which_they_are_asked_for() {
    for mut people in all(60) {
        let names: Vec<String> = people.program.tables[0]
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let mut forth = Vec::new();
        for row in 0..60 {
            forth.extend(names.iter().map(|name| people.value(name, row)));
        }
        let mut again = People::new(people.locale, 60);
        let mut back = Vec::new();
        for row in (0..60).rev() {
            back.extend(names.iter().rev().map(|name| again.value(name, row)));
        }
        back.reverse();
        assert_eq!(forth, back);
    }
}

/// Writes `page.txt` into the folder for temporary files, for people who speak the languages.
#[test]
#[ignore = "writes a page to read"]
fn page() {
    let mut page = String::new();
    for mut people in all(40) {
        writeln!(page, "\n===== {}", people.locale.tag()).expect("a string");
        for row in 0..6 {
            for column in COLUMNS.lines().filter_map(|line| line.split_once(" = ")) {
                let text = people.get(column.0, row);
                writeln!(page, "{}: {text}", column.0).expect("a string");
            }
            page.push('\n');
        }
    }
    std::fs::write(std::env::temp_dir().join("page.txt"), page).expect("written");
}
