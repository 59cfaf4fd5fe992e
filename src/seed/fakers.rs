//! What plans take of the `fake` crate: English words, phrases and codes that our own lists do not
//! have, by the crate's own names in small letters (`company.buzzword`).
//!
//! Left out on purpose: what could be somebody's (card and insurance numbers, books, addresses at
//! real mail providers), pictures on a server that a browser under test would call, and all that
//! our lists give in the row's language and in agreement with each other. Pure.

use std::convert::Infallible;

use fake::Fake;
use fake::faker::{
    address::en as address, automotive::fr_fr as automotive, company::en as company,
    currency::en as currency, filesystem::en as filesystem, finance::en as finance,
    http::en as http, internet::en as internet, job::en as job, lorem::en as lorem,
    markdown::en as markdown, name::en as name,
};
use fake::rand::TryRng;

use super::draw::Draw;

/// A function of the crate.
#[derive(Debug)]
pub(super) struct Faker {
    /// As plans write it.
    pub(super) name: &'static str,
    pub(super) make: Make,
}

/// What a function makes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Make {
    /// Words, which a number behind them makes unique.
    Words(fn(&mut Bits) -> String),
    /// Text of a fixed form.
    Code(fn(&mut Bits) -> String),
    Number(fn(&mut Bits) -> i64),
}

/// Our draws as the crate asks for random numbers: a row's, on whatever thread.
#[derive(Debug)]
pub(super) struct Bits(pub(super) Draw);

impl TryRng for Bits {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.0.bits() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.0.bits().to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
        Ok(())
    }
}

const fn faker(name: &'static str, make: Make) -> Faker {
    Faker { name, make }
}

/// Lines of a list of texts.
fn lines(texts: &[String]) -> String {
    texts.join("\n")
}

/// Items of lists and lines of quotes.
const FEW: std::ops::Range<usize> = 2..6;
/// Words of a sentence.
const SENTENCE: std::ops::Range<usize> = 5..14;

macro_rules! made {
    ($kind:ident, $name:literal, $faker:expr) => {
        faker($name, Make::$kind(|bits| $faker.fake_with_rng(bits)))
    };
}

/// All of them, by name.
pub(super) static ALL: &[Faker] = &[
    made!(Code, "address.geohash", address::Geohash(9)),
    made!(
        Words,
        "address.secondary_address",
        address::SecondaryAddress()
    ),
    made!(Code, "automotive.licence_plate", automotive::LicencePlate()),
    made!(Words, "company.bs", company::Bs()),
    made!(Words, "company.bs_adj", company::BsAdj()),
    made!(Words, "company.bs_noun", company::BsNoun()),
    made!(Words, "company.bs_verb", company::BsVerb()),
    made!(Words, "company.buzzword", company::Buzzword()),
    made!(Words, "company.buzzword_middle", company::BuzzwordMiddle()),
    made!(Words, "company.buzzword_tail", company::BuzzwordTail()),
    made!(Words, "company.catch_phrase", company::CatchPhrase()),
    made!(Words, "company.company_suffix", company::CompanySuffix()),
    made!(Words, "company.industry", company::Industry()),
    made!(Words, "company.profession", company::Profession()),
    made!(Code, "currency.currency_code", currency::CurrencyCode()),
    made!(Words, "currency.currency_name", currency::CurrencyName()),
    made!(Code, "currency.currency_symbol", currency::CurrencySymbol()),
    made!(Code, "filesystem.dir_path", filesystem::DirPath()),
    made!(
        Code,
        "filesystem.file_extension",
        filesystem::FileExtension()
    ),
    made!(Code, "filesystem.file_path", filesystem::FilePath()),
    made!(Code, "finance.bic", finance::Bic()),
    made!(Code, "finance.isin", finance::Isin()),
    faker(
        "http.rfc_status_code",
        Make::Number(|bits| {
            let text: String = http::RfcStatusCode().fake_with_rng(bits);
            let code = text.split(' ').next().and_then(|code| code.parse().ok());
            code.unwrap_or(200)
        }),
    ),
    made!(Code, "internet.domain_suffix", internet::DomainSuffix()),
    made!(Words, "job.field", job::Field()),
    made!(Words, "job.position", job::Position()),
    made!(Words, "job.seniority", job::Seniority()),
    made!(Words, "job.title", job::Title()),
    made!(Words, "lorem.paragraph", lorem::Paragraph(FEW)),
    made!(Words, "lorem.sentence", lorem::Sentence(SENTENCE)),
    made!(Words, "lorem.word", lorem::Word()),
    made!(
        Code,
        "markdown.block_quote_single_line",
        markdown::BlockQuoteSingleLine(SENTENCE)
    ),
    made!(Code, "markdown.bold_word", markdown::BoldWord()),
    faker(
        "markdown.bullet_points",
        Make::Code(|bits| {
            lines(&markdown::BulletPoints(FEW).fake_with_rng::<Vec<String>, _>(bits))
        }),
    ),
    made!(Code, "markdown.code", markdown::Code(SENTENCE)),
    made!(Code, "markdown.italic_word", markdown::ItalicWord()),
    faker(
        "markdown.list_items",
        Make::Code(|bits| lines(&markdown::ListItems(FEW).fake_with_rng::<Vec<String>, _>(bits))),
    ),
    made!(Code, "name.suffix", name::Suffix()),
];

/// A function by its name.
pub(super) fn find(name: &str) -> Option<&'static Faker> {
    ALL.iter().find(|faker| faker.name == name)
}

/// What somebody who wrote `found` may have meant: those near to it, else those of its module,
/// else all.
pub(super) fn near(found: &str) -> Vec<&'static str> {
    let parts = |name: &'static str| name.split_once('.').unwrap_or(("", name));
    let (module, last) = found.split_once('.').unwrap_or(("", found));
    let names = || ALL.iter().map(|faker| faker.name);
    let alike = |name: &&'static str| {
        let own = parts(name).1;
        let distance = strsim::damerau_levenshtein(own, last);
        distance <= 1 + own.len() / 4 || (last.len() > 3 && own.contains(last))
    };
    let close: Vec<_> = names().filter(alike).collect();
    let siblings: Vec<_> = names().filter(|name| parts(name).0 == module).collect();
    match (close.is_empty(), siblings.is_empty()) {
        (false, _) => close,
        (true, false) => siblings,
        (true, true) => names().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::draw::Key;

    fn text(faker: &Faker, row: u64) -> String {
        let mut bits = Bits(Key::of_seed(9).child(faker.name).row(row));
        match faker.make {
            Make::Words(make) | Make::Code(make) => make(&mut bits),
            Make::Number(make) => make(&mut bits).to_string(),
        }
    }

    #[test]
    fn every_function_follows_the_row_and_nothing_else() {
        for faker in ALL {
            let texts: Vec<_> = (0..300).map(|row| text(faker, row)).collect();
            assert!(texts.iter().all(|text| !text.is_empty()), "{}", faker.name);
            let different: std::collections::HashSet<_> = texts.iter().collect();
            assert!(different.len() > 3, "{}: {different:?}", faker.name);
            for (row, text) in texts.iter().enumerate().rev() {
                assert_eq!(*text, self::text(faker, row as u64));
            }
        }
        assert!(ALL.is_sorted_by_key(|faker| faker.name));
    }

    #[test]
    fn a_seed_number_means_the_same_with_the_next_version_of_the_crate() {
        let names = ["company.catch_phrase", "finance.isin", "job.title"];
        let made = names.map(|name| text(find(name).expect("it is there"), 1));
        assert_eq!(
            made,
            [
                "Triple-buffered dynamic methodology",
                "NU3MGHNE1R22",
                "Regional Healthcare Liaison"
            ]
        );
    }

    #[test]
    fn isins_satisfy_luhn() {
        let isin = find("finance.isin").expect("it is there");
        for row in 0..500 {
            let code = text(isin, row);
            let digits: String = code
                .chars()
                .filter_map(|c| c.to_digit(36))
                .map(|value| value.to_string())
                .collect();
            let sum: u32 = digits
                .bytes()
                .rev()
                .enumerate()
                .map(|(at, byte)| {
                    let digit = u32::from(byte - b'0') << (at % 2);
                    digit / 10 + digit % 10
                })
                .sum();
            assert!(code.len() == 12 && sum.is_multiple_of(10), "{code}");
        }
    }

    #[test]
    fn near_names_come_first() {
        assert_eq!(near("company.buzzwrd"), ["company.buzzword"]);
        assert_eq!(near("quote"), ["markdown.block_quote_single_line"]);
        assert!(near("job.x").iter().all(|name| name.starts_with("job.")));
        assert_eq!(near("x.y").len(), ALL.len());
    }
}
