//! Codes whose last digits check the others: accounts, cards, goods, taxes. The check digits are
//! right and what they check is invented: banks that do not exist, the cards that payment
//! providers publish for tests, goods numbered for use inside of a shop.

mod accounts;
mod taxes;

pub(super) use accounts::iban;
pub(in crate::seed) use accounts::iban_values;
pub(super) use taxes::{vat, vat_values};

use std::fmt::Write as _;

use super::permuted;
use crate::seed::data::Pattern;
use crate::seed::draw::Key;

/// Numbers that payment providers publish for tests; no bank has given them out.
pub(super) static CARDS: [&str; 16] = [
    "4242424242424242",
    "4111111111111111",
    "4012888888881881",
    "4000056655665556",
    "5555555555554444",
    "5105105105105100",
    "5200828282828210",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "3056930009020004",
    "36227206271667",
    "3566002020360505",
    "6200000000000005",
];

fn patterns(texts: &[(&'static str, &str)]) -> Vec<(&'static str, Pattern)> {
    let read = |(country, text): &(&'static str, &str)| (*country, Pattern::read(text));
    texts.iter().map(read).collect()
}

fn of<'a>(list: &'a [(&'static str, Pattern)], country: &str) -> Option<&'a Pattern> {
    let found = list.iter().find(|(code, _)| *code == country);
    found.map(|(_, pattern)| pattern)
}

/// Appends the row's number of a pattern, with `?` where check digits come.
fn numbered(pattern: &Pattern, key: Key, row: u64, out: &mut String) {
    let size = pattern.size();
    pattern.write_nth(permuted(key, size, row % size), out);
}

/// Puts a digit in the place of the first `?` from `start` on.
fn check(start: usize, digit: u64, out: &mut String) {
    let digit = char::from(b'0' + (digit % 10) as u8);
    check_character(start, digit, out);
}

fn check_character(start: usize, character: char, out: &mut String) {
    if let Some(at) = out[start..].find('?') {
        out.replace_range(start + at..=start + at, character.encode_utf8(&mut [0; 4]));
    }
}

/// The digits of a text, from the left; letters, dots and `?` are none.
fn digits(text: &str) -> impl DoubleEndedIterator<Item = u64> {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.map(|byte| u64::from(byte - b'0'))
}

fn weighted_sum(text: &str, weights: &[u64]) -> u64 {
    let pairs = digits(text).zip(weights);
    pairs.map(|(digit, weight)| digit * weight).sum()
}

fn number(text: &str) -> u64 {
    digits(text).fold(0, |number, digit| number * 10 + digit)
}

/// What remains of a number modulo 97 after more characters; letters count from 10.
fn remainder(text: &str, seed: u64) -> u64 {
    text.chars().fold(seed, |rest, character| {
        let value = u64::from(character.to_digit(36).unwrap_or(0));
        let shift = if value < 10 { 10 } else { 100 };
        (rest * shift + value) % 97
    })
}

/// Appends digits and the one that checks them, as on goods and books.
pub(super) fn ean(digits_of: std::fmt::Arguments<'_>, out: &mut String) {
    let start = out.len();
    out.write_fmt(digits_of)
        .expect("invariant: writing to a string");
    let sum: u64 = digits(&out[start..])
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 0 { 3 * digit } else { digit })
        .sum();
    out.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
}

/// The digit by which Luhn checks those before it.
fn luhn(text: &str) -> u64 {
    let doubled = |(at, digit): (usize, u64)| match at % 2 {
        0 => digit * 2 / 10 + digit * 2 % 10,
        _ => digit,
    };
    let sum: u64 = digits(text).rev().enumerate().map(doubled).sum();
    10 - sum % 10
}

#[cfg(test)]
mod tests {
    use super::accounts::{ACCOUNTS, iban};
    use super::taxes::{TAXES, vat};
    use super::*;

    #[test]
    fn every_code_is_complete_and_of_one_row() {
        for (list, write) in [
            (&*TAXES, vat as fn(&str, Key, u64, &mut String)),
            (&*ACCOUNTS, iban),
        ] {
            for (country, pattern) in list {
                assert!(pattern.size() >= 1_000_000, "{country}");
                let mut seen = std::collections::HashSet::new();
                for row in 0..3_000 {
                    let mut code = String::new();
                    write(country, Key::of_seed(8), row, &mut code);
                    assert!(!code.contains('?'), "{code}");
                    assert!(seen.insert(code));
                }
            }
        }
    }

    #[test]
    fn goods_have_their_check_digit() {
        for known in ["4006381333931", "73513537", "9780306406157"] {
            let mut code = String::new();
            ean(format_args!("{}", &known[..known.len() - 1]), &mut code);
            assert_eq!(code, known);
        }
    }

    #[test]
    fn cards_satisfy_luhn() {
        for card in CARDS {
            let digits: Vec<u32> = card.chars().filter_map(|c| c.to_digit(10)).collect();
            let mut sum = 0;
            for (at, digit) in digits.iter().rev().enumerate() {
                let twice = digit * 2;
                sum += match at % 2 {
                    0 => *digit,
                    _ if twice > 9 => twice - 9,
                    _ => twice,
                };
            }
            assert!(digits.len() == card.len() && sum % 10 == 0, "{card}");
        }
    }
}
