//! Locales: which names, cities, streets and phone numbers belong together.

use fake::locales::{DE_DE, Data, EN, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR, TR_TR};

use super::{europe, world};

/// A language with a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::seed) enum Locale {
    EnUs,
    EnGb,
    DeDe,
    FrFr,
    ItIt,
    NlNl,
    PtBr,
    EsEs,
    TrTr,
    JaJp,
}

/// What a locale's people and addresses are made of.
///
/// In patterns `#` is a digit, `^` a digit from 1 to 9, `@` a capital letter.
#[derive(Debug)]
pub(in crate::seed) struct Region {
    pub(in crate::seed) country: &'static str,
    pub(in crate::seed) country_code: &'static str,
    pub(in crate::seed) cities: &'static [City],
    pub(in crate::seed) streets: &'static [&'static str],
    /// `{n}` is the number, `{s}` the street.
    pub(in crate::seed) street_format: &'static str,
    pub(in crate::seed) phones: &'static [&'static str],
    /// The family name stands first.
    pub(in crate::seed) family_first: bool,
}

/// A city and the pattern of its postcodes.
#[derive(Debug)]
pub(in crate::seed) struct City {
    pub(in crate::seed) name: &'static str,
    pub(in crate::seed) region: &'static str,
    pub(in crate::seed) postcode: &'static str,
    /// Relative number of people.
    pub(in crate::seed) weight: u32,
}

pub(super) const fn city(
    name: &'static str,
    region: &'static str,
    postcode: &'static str,
    weight: u32,
) -> City {
    City {
        name,
        region,
        postcode,
        weight,
    }
}

impl Locale {
    /// All locales.
    pub(in crate::seed) const ALL: [Self; 10] = [
        Self::EnUs,
        Self::EnGb,
        Self::DeDe,
        Self::FrFr,
        Self::ItIt,
        Self::NlNl,
        Self::PtBr,
        Self::EsEs,
        Self::TrTr,
        Self::JaJp,
    ];

    /// `de_DE`.
    pub(in crate::seed) const fn tag(self) -> &'static str {
        match self {
            Self::EnUs => "en_US",
            Self::EnGb => "en_GB",
            Self::DeDe => "de_DE",
            Self::FrFr => "fr_FR",
            Self::ItIt => "it_IT",
            Self::NlNl => "nl_NL",
            Self::PtBr => "pt_BR",
            Self::EsEs => "es_ES",
            Self::TrTr => "tr_TR",
            Self::JaJp => "ja_JP",
        }
    }

    /// Reads `de_DE` or `de-DE`.
    pub(in crate::seed) fn parse(tag: &str) -> Option<Self> {
        let tag = tag.replace('-', "_");
        Self::ALL.into_iter().find(|locale| locale.tag() == tag)
    }

    /// Given names.
    pub(in crate::seed) const fn first_names(self) -> &'static [&'static str] {
        match self {
            Self::EnUs | Self::EnGb => EN::NAME_FIRST_NAME,
            Self::DeDe => DE_DE::NAME_FIRST_NAME,
            Self::FrFr => FR_FR::NAME_FIRST_NAME,
            Self::ItIt => IT_IT::NAME_FIRST_NAME,
            Self::NlNl => NL_NL::NAME_FIRST_NAME,
            Self::PtBr => PT_BR::NAME_FIRST_NAME,
            Self::EsEs => europe::SPANISH_FIRST_NAMES,
            Self::TrTr => TR_TR::NAME_FIRST_NAME,
            Self::JaJp => JA_JP::NAME_FIRST_NAME,
        }
    }

    /// Family names.
    pub(in crate::seed) const fn last_names(self) -> &'static [&'static str] {
        match self {
            Self::EnUs | Self::EnGb => EN::NAME_LAST_NAME,
            Self::DeDe => DE_DE::NAME_LAST_NAME,
            Self::FrFr => FR_FR::NAME_LAST_NAME,
            Self::ItIt => IT_IT::NAME_LAST_NAME,
            Self::NlNl => NL_NL::NAME_LAST_NAME,
            Self::PtBr => PT_BR::NAME_LAST_NAME,
            Self::EsEs => europe::SPANISH_LAST_NAMES,
            Self::TrTr => TR_TR::NAME_LAST_NAME,
            Self::JaJp => JA_JP::NAME_LAST_NAME,
        }
    }

    /// Places and formats.
    pub(in crate::seed) const fn region(self) -> &'static Region {
        match self {
            Self::EnUs => &world::UNITED_STATES,
            Self::EnGb => &europe::UNITED_KINGDOM,
            Self::DeDe => &europe::GERMANY,
            Self::FrFr => &europe::FRANCE,
            Self::ItIt => &europe::ITALY,
            Self::NlNl => &europe::NETHERLANDS,
            Self::PtBr => &world::BRAZIL,
            Self::EsEs => &europe::SPAIN,
            Self::TrTr => &world::TURKEY,
            Self::JaJp => &world::JAPAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_locale_has_names_and_places() {
        for locale in Locale::ALL {
            assert_eq!(Locale::parse(locale.tag()), Some(locale));
            assert!(locale.first_names().len() >= 10, "{locale:?}");
            assert!(locale.last_names().len() >= 10, "{locale:?}");
            let region = locale.region();
            assert!(region.cities.len() >= 8, "{locale:?}");
            assert!(region.streets.len() >= 8, "{locale:?}");
            assert_eq!(region.country_code.len(), 2);
            assert!(region.street_format.contains("{n}") && region.street_format.contains("{s}"));
        }
    }
}
