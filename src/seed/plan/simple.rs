//! Generators that need nothing but the row: their names, options and how many values they have.

use super::column::Generator;
use super::column::{Person, Place};
use super::read::{PlanError, Section};
use crate::seed::data::Locale;

/// What such a generator gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) enum Simple {
    /// An account of the country, or of the row's.
    Iban(Option<&'static str>),
    VatNumber(Option<&'static str>),
    Card,
    Ean13,
    Ean8,
    Isbn,
    /// From private networks instead of those for documentation.
    Ipv4 {
        private: bool,
    },
    Ipv6 {
        private: bool,
    },
    Mac,
    UserAgent,
    Domain,
    Url,
    Semver,
    FileName,
    MimeType,
    FileSize,
    Title,
    /// PNG of so many pixels.
    Picture {
        width: u32,
        height: u32,
    },
    /// So many bytes, more short than long.
    Bytes {
        min: u64,
        max: u64,
    },
}

/// Names for messages; `generator` reads the same.
pub(super) const NAMES: &[&str] = &[
    "gender",
    "job",
    "address",
    "region_code",
    "latitude",
    "longitude",
    "time_zone",
    "locale",
    "currency",
    "title",
    "review",
    "paragraph",
    "iban",
    "vat_number",
    "card",
    "ean13",
    "ean8",
    "isbn",
    "ipv4",
    "ipv6",
    "mac",
    "user_agent",
    "domain",
    "url",
    "semver",
    "file_name",
    "mime_type",
    "file_size",
    "picture",
    "bytes",
];

#[derive(Clone, Copy)]
enum Network {
    Documentation,
    Private,
}

/// Reads a generator of these; none when the name is another's.
pub(super) fn generator(section: &Section<'_>, name: &str) -> Result<Option<Generator>, PlanError> {
    let text = |min, max| {
        let (min, max) = super::generator::range(section, min, max)?;
        Ok(Generator::Text {
            min,
            max,
            shape: None,
        })
    };
    Ok(Some(match name {
        "gender" => Generator::Person(Person::Gender),
        "job" => Generator::Person(Person::Job),
        "address" => Generator::Place(Place::Address),
        "region_code" => Generator::Place(Place::RegionCode),
        "latitude" => Generator::Place(Place::Latitude),
        "longitude" => Generator::Place(Place::Longitude),
        "time_zone" => Generator::Place(Place::TimeZone),
        "locale" => Generator::Place(Place::Locale),
        "currency" => Generator::Place(Place::Currency),
        "review" => text(20, 700)?,
        "paragraph" => text(200, 900)?,
        _ => match simple(section, name)? {
            Some(simple) => Generator::Simple(simple),
            None => return Ok(None),
        },
    }))
}

fn simple(section: &Section<'_>, name: &str) -> Result<Option<Simple>, PlanError> {
    Ok(Some(match name {
        "title" => Simple::Title,
        "iban" => Simple::Iban(country(section)?),
        "vat_number" => Simple::VatNumber(country(section)?),
        "card" => Simple::Card,
        "ean13" => Simple::Ean13,
        "ean8" => Simple::Ean8,
        "isbn" => Simple::Isbn,
        "ipv4" => Simple::Ipv4 {
            private: private(section)?,
        },
        "ipv6" => Simple::Ipv6 {
            private: private(section)?,
        },
        "mac" => Simple::Mac,
        "user_agent" => Simple::UserAgent,
        "domain" => Simple::Domain,
        "url" => Simple::Url,
        "semver" => Simple::Semver,
        "file_name" => Simple::FileName,
        "mime_type" => Simple::MimeType,
        "file_size" => Simple::FileSize,
        "picture" => Simple::Picture {
            width: side(section, "width")?,
            height: side(section, "height")?,
        },
        "bytes" => {
            let (min, max) = super::generator::range(section, 256, 16_384)?;
            if max > 64 << 20 {
                return Err(section.invalid("max", "is above 67108864 (64 MiB)"));
            }
            Simple::Bytes { min, max }
        }
        _ => return Ok(None),
    }))
}

fn private(section: &Section<'_>) -> Result<bool, PlanError> {
    let words = [
        ("documentation", Network::Documentation),
        ("private", Network::Private),
    ];
    Ok(matches!(
        section.word("network", &words)?,
        Some(Network::Private)
    ))
}

fn country(section: &Section<'_>) -> Result<Option<&'static str>, PlanError> {
    let codes = || Locale::ALL.iter().map(|locale| locale.country_code());
    let Some(text) = section.string("country")? else {
        return Ok(None);
    };
    let found = codes().find(|code| *code == text);
    if found.is_none() {
        let known: Vec<_> = codes().collect();
        let why = format!("must be one of {}", known.join(", "));
        return Err(section.invalid("country", &why));
    }
    Ok(found)
}

/// Pixels of a picture's side.
fn side(section: &Section<'_>, key: &'static str) -> Result<u32, PlanError> {
    match section.count(key)?.unwrap_or(128) {
        side @ 1..=4096 => Ok(side as u32),
        _ => Err(section.invalid(key, "must lie between 1 and 4096")),
    }
}
