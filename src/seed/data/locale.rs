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
