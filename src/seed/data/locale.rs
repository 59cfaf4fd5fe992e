//! Locales: a country and a language, each in a file of its own.

use std::sync::OnceLock;

use super::language::Language;
use super::region::Region;

macro_rules! locales {
    ($($name:ident $tag:literal $language:literal,)+) => {
        /// A language with a country.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(in crate::seed) enum Locale {
            $($name,)+
        }

        impl Locale {
            /// All locales.
            pub(in crate::seed) const ALL: &[Self] = &[$(Self::$name,)+];

            /// `de_DE`.
            pub(in crate::seed) const fn tag(self) -> &'static str {
                match self {
                    $(Self::$name => $tag,)+
                }
            }

            /// `de`.
            pub(in crate::seed) const fn language_code(self) -> &'static str {
                match self {
                    $(Self::$name => $language,)+
                }
            }

            /// `DE`.
            pub(in crate::seed) fn country_code(self) -> &'static str {
                self.tag().get(3..).unwrap_or_default()
            }

            /// Names, places and formats.
            pub(in crate::seed) fn region(self) -> &'static Region {
                match self {
                    $(Self::$name => {
                        static REGION: OnceLock<Region> = OnceLock::new();
                        REGION.get_or_init(|| {
                            let text = include_str!(concat!("countries/", $tag, ".txt"));
                            Region::read(text, $language)
                        })
                    })+
                }
            }

            #[cfg(test)]
            pub(super) const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("countries/", $tag, ".txt")),)+
                }
            }
        }
    };
}

locales! {
    EnUs "en_US" "en",
    EnGb "en_GB" "en",
    DeDe "de_DE" "de",
    FrFr "fr_FR" "fr",
    ItIt "it_IT" "it",
    NlNl "nl_NL" "nl",
    PtBr "pt_BR" "pt",
    EsEs "es_ES" "es",
    EsMx "es_MX" "es",
    PlPl "pl_PL" "pl",
    RuRu "ru_RU" "ru",
    TrTr "tr_TR" "tr",
    JaJp "ja_JP" "ja",
    KoKr "ko_KR" "ko",
    ZhCn "zh_CN" "zh",
    ArSa "ar_SA" "ar",
}

macro_rules! languages {
    ($($code:literal)+) => {
        impl Locale {
            /// Prose, products and jobs.
            pub(in crate::seed) fn language(self) -> &'static Language {
                match self.language_code() {
                    $($code => {
                        static LANGUAGE: OnceLock<Language> = OnceLock::new();
                        LANGUAGE.get_or_init(|| {
                            Language::read(include_str!(concat!("languages/", $code, ".txt")))
                        })
                    })+
                    _ => Self::EnUs.language(),
                }
            }
        }
    };
}

languages! { "en" "de" "fr" "it" "nl" "pt" "es" "pl" "ru" "tr" "ja" "ko" "zh" "ar" }

impl Locale {
    /// Reads `de_DE` or `de-DE`.
    pub(in crate::seed) fn parse(tag: &str) -> Option<Self> {
        let tag = tag.replace('-', "_");
        Self::ALL.iter().copied().find(|locale| locale.tag() == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::Sheet;
    use super::*;

    const SECTIONS: &[&str] = &[
        "country",
        "mobile",
        "female",
        "male",
        "last",
        "cities",
        "streets",
        "street types",
        "street formats",
        "companies",
        "trades",
        "brands",
        "forms",
    ];

    #[test]
    fn every_country_is_whole() {
        for locale in Locale::ALL {
            let tag = locale.tag();
            assert_eq!(Locale::parse(tag), Some(*locale));
            assert_eq!(Locale::parse(&tag.replace('_', "-")), Some(*locale));
            assert_eq!(Sheet::read(locale.text()).names(), SECTIONS, "{tag}");
            let region = locale.region();
            assert_eq!(region.country_code, locale.country_code());
            assert!(
                region.currency.len() == 3 && !region.country.is_empty(),
                "{tag}"
            );
            assert!(
                region.full_name.has('f') && region.full_name.has('l'),
                "{tag}"
            );
            assert!("spc".chars().all(|hole| region.address.has(hole)), "{tag}");
            assert!(region.unique_phone.size() >= 10_000_000, "{tag}");
            let lists = [
                region.female.items().len(),
                region.male.items().len(),
                region.last.items().len(),
                region.streets.items().len(),
            ];
            assert!(lists.iter().all(|length| *length >= 30), "{tag} {lists:?}");
            assert!(region.cities.items().len() >= 20, "{tag}");
            let typed = region
                .street_formats
                .items()
                .iter()
                .any(|form| form.has('t'));
            assert!(!typed || !region.street_types.items().is_empty(), "{tag}");
            for list in [&region.trades, &region.brands, &region.forms] {
                assert!(list.items().len() >= 2, "{tag}");
            }
            for city in region.cities.items() {
                assert!(!city.postcodes.items().is_empty(), "{tag} {}", city.name);
                assert!(
                    !city.region.is_empty() && !city.region_code.is_empty(),
                    "{tag}"
                );
            }
            assert!(!region.mobile.items().is_empty(), "{tag}");
            assert!(region.companies.items().len() >= 3, "{tag}");
        }
    }

    #[test]
    fn every_language_is_whole() {
        for locale in Locale::ALL {
            let language = locale.language();
            let lists = [
                language.openers.len(),
                language.subjects.len(),
                language.predicates.len(),
                language.endings.len(),
                language.title_heads.len(),
                language.title_tails.len(),
                language.words.len(),
                language.jobs.items().len(),
                language.series.len(),
                language.soft.nouns.len(),
                language.soft.materials.len(),
                language.hard.nouns.len(),
                language.hard.materials.len(),
            ];
            assert!(
                lists.iter().all(|length| *length >= 5),
                "{locale:?} {lists:?}"
            );
            assert!(
                "nms".chars().all(|hole| language.product.has(hole)),
                "{locale:?}"
            );
            assert!(!language.stop.is_empty());
        }
    }
}
