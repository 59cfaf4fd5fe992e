//! Codes whose last digits check the others: accounts, cards, goods, taxes. The check digits are
//! right and what they check is invented: banks that do not exist, the cards that payment
//! providers publish for tests, goods numbered for use inside of a shop.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::super::data::Pattern;
use super::super::draw::Key;
use super::permuted;

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

/// Accounts per country, without country and check digits. `?` is a digit of the country's own
/// check. Banks are of numbers that are not given out.
static ACCOUNTS: LazyLock<Vec<(&'static str, Pattern)>> = LazyLock::new(|| {
    patterns(&[
        ("DE", "9999999###########"),
        ("GB", "TEST00############"),
        ("FR", "9999#################??"),
        ("IT", "?9999##################"),
        ("NL", "TEST##########"),
        ("ES", "9999####??##########"),
        ("PL", "999####?################"),
        ("TR", "999990################"),
        ("SA", "99##################"),
        ("BR", "99999999###############C1"),
    ])
});

/// Tax numbers of companies; `?` is a check digit.
static TAXES: LazyLock<Vec<(&'static str, Pattern)>> = LazyLock::new(|| {
    patterns(&[
        // Employers' numbers do not begin with 00.
        ("US", "00-#######"),
        ("GB", "GB^######??"),
        ("DE", "DE^#######?"),
        ("FR", "FR??^#######?"),
        ("IT", "IT#######0^#?"),
        ("NL", "NL^########B??"),
        ("BR", "##.###.###/0001-??"),
        ("ES", "ESB[0-4]^#####?"),
        ("MX", "@@@[0-2]#0^[01]^##?"),
        ("PL", "PL^#######0?"),
        ("RU", "^########?"),
        ("TR", "^########?"),
        ("JP", "T?############"),
        ("KR", "^##-8#-####?"),
        ("CN", "911101#########??"),
        ("SA", "3#########00003"),
    ])
});

fn patterns(texts: &[(&'static str, &str)]) -> Vec<(&'static str, Pattern)> {
    let read = |(country, text): &(&'static str, &str)| (*country, Pattern::read(text));
    texts.iter().map(read).collect()
}

fn of<'a>(list: &'a [(&'static str, Pattern)], country: &str) -> Option<&'a Pattern> {
    let found = list.iter().find(|(code, _)| *code == country);
    found.map(|(_, pattern)| pattern)
}

/// Number of a country's accounts; none where banks have no IBAN.
pub(in crate::seed) fn iban_values(country: &str) -> Option<u64> {
    of(&ACCOUNTS, country).map(Pattern::size)
}

/// Number of a country's tax numbers.
pub(super) fn vat_values(country: &str) -> Option<u64> {
    of(&TAXES, country).map(Pattern::size)
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

/// Appends an account's number as machines write it, without spaces.
pub(super) fn iban(country: &str, key: Key, row: u64, out: &mut String) {
    let Some(pattern) = of(&ACCOUNTS, country) else {
        return;
    };
    out.push_str(country);
    let at = out.len();
    out.push_str("00");
    let start = out.len();
    numbered(pattern, key, row, out);
    own_check(country, start, out);
    let rest = remainder(&out[start..], 0);
    let digits = 98 - remainder("00", remainder(country, rest));
    let pair = [b'0' + (digits / 10) as u8, b'0' + (digits % 10) as u8];
    for (index, digit) in pair.into_iter().enumerate() {
        let digit = char::from(digit);
        out.replace_range(at + index..=at + index, digit.encode_utf8(&mut [0; 4]));
    }
}

/// Digits by which a country's banks checked accounts before there was an IBAN.
fn own_check(country: &str, start: usize, out: &mut String) {
    let code = &out[start..];
    match country {
        "FR" => {
            let parts = [&code[..5], &code[5..10], &code[10..21]].map(number);
            let key = 97 - (89 * parts[0] + 15 * parts[1] + 3 * parts[2]) % 97;
            check(start, key / 10, out);
            check(start, key, out);
        }
        "IT" => {
            /// Values of digits at odd places.
            const ODD: [u64; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
            let sum: u64 = digits(&code[1..])
                .enumerate()
                .map(|(at, digit)| {
                    if at % 2 == 0 {
                        ODD[digit as usize]
                    } else {
                        digit
                    }
                })
                .sum();
            check_character(start, char::from(b'A' + (sum % 26) as u8), out);
        }
        "ES" => {
            let digit = |text: &str, weights: &[u64]| match 11 - weighted_sum(text, weights) % 11 {
                11 => 0,
                10 => 1,
                digit => digit,
            };
            let bank = digit(&code[..8], &[4, 8, 5, 10, 9, 7, 3, 6]);
            let account = digit(&code[10..], &[1, 2, 4, 8, 5, 10, 9, 7, 3, 6]);
            check(start, bank, out);
            check(start, account, out);
        }
        "PL" => {
            let sum = weighted_sum(&code[..7], &[3, 9, 7, 1, 3, 9, 7]);
            check(start, 10 - sum % 10, out);
        }
        _ => {}
    }
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

/// Appends a company's tax number.
pub(super) fn vat(country: &str, key: Key, row: u64, out: &mut String) {
    let Some(pattern) = of(&TAXES, country) else {
        return;
    };
    let start = out.len();
    numbered(pattern, key, row, out);
    complete(country, start, out);
}

/// Puts the check digits of a tax number where `?` stands.
fn complete(country: &str, start: usize, out: &mut String) {
    let code = &out[start..];
    match country {
        "GB" => {
            let rest = 97 - weighted_sum(code, &[8, 7, 6, 5, 4, 3, 2]) % 97;
            check(start, rest / 10, out);
            check(start, rest, out);
        }
        "DE" => {
            let product = digits(code).fold(10, |product, digit| {
                let sum = match (digit + product) % 10 {
                    0 => 10,
                    sum => sum,
                };
                sum * 2 % 11
            });
            check(start, 11 - product, out);
        }
        "FR" => {
            let last = luhn(code) % 10;
            let siren = number(code) * 10 + last;
            let key = (12 + 3 * (siren % 97)) % 97;
            for digit in [key / 10, key, last] {
                check(start, digit, out);
            }
        }
        "IT" | "ES" => {
            let digit = luhn(code);
            check(start, digit, out);
        }
        "NL" => {
            let stem = code.trim_end_matches('?');
            // The last two digits make the whole leave 1.
            let key = match (98 - remainder("00", remainder(stem, 0))) % 97 {
                few @ 0..=1 => few + 97,
                key => key,
            };
            check(start, key / 10, out);
            check(start, key, out);
        }
        "BR" => {
            const WEIGHTS: [u64; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
            for skipped in [1, 0] {
                let sum = weighted_sum(&out[start..], &WEIGHTS[skipped..]);
                check(start, if sum % 11 < 2 { 0 } else { 11 - sum % 11 }, out);
            }
        }
        "MX" => check_character(start, mexican(code), out),
        "PL" => polish(start, out),
        "RU" => {
            let sum = weighted_sum(code, &[2, 4, 10, 3, 5, 9, 4, 6, 8]);
            check(start, sum % 11, out);
        }
        "TR" => {
            let sum: u64 = digits(code)
                .enumerate()
                .map(|(at, digit)| {
                    let turned = (digit + 9 - at as u64) % 10;
                    match turned * (1 << (9 - at)) % 9 {
                        0 if turned != 0 => 9,
                        rest => rest,
                    }
                })
                .sum();
            check(start, 10 - sum % 10, out);
        }
        "JP" => {
            let weighed = |(at, digit): (usize, u64)| digit * (1 + at as u64 % 2);
            let sum: u64 = digits(code).rev().enumerate().map(weighed).sum();
            check(start, 9 - sum % 9, out);
        }
        "KR" => {
            let sum = weighted_sum(code, &[1, 3, 7, 1, 3, 7, 1, 3, 5]);
            let ninth = digits(code).nth(8).unwrap_or(0);
            check(start, 10 - (sum + ninth * 5 / 10) % 10, out);
        }
        "CN" => chinese(start, out),
        _ => {}
    }
}

/// The check character of a Mexican company's number.
fn mexican(code: &str) -> char {
    const VALUES: &str = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ";
    let value = |c| VALUES.chars().position(|other| other == c).unwrap_or(0) as u64;
    let sum: u64 = std::iter::once(' ')
        .chain(code.chars().take_while(|c| *c != '?'))
        .enumerate()
        .map(|(at, c)| value(c) * (13 - at as u64))
        .sum();
    match 11 - sum % 11 {
        11 => '0',
        10 => 'A',
        digit => char::from(b'0' + digit as u8),
    }
}

/// The last digit of a Polish number cannot be 10: then the one before it is 1 instead of 0.
fn polish(start: usize, out: &mut String) {
    const WEIGHTS: [u64; 9] = [6, 5, 7, 2, 3, 4, 5, 6, 7];
    if weighted_sum(&out[start..], &WEIGHTS) % 11 == 10 {
        let at = out.len() - 2;
        out.replace_range(at..=at, "1");
    }
    let sum = weighted_sum(&out[start..], &WEIGHTS);
    check(start, sum % 11, out);
}

/// The two checks of a Chinese company's number: of its organisation, and of the whole.
fn chinese(start: usize, out: &mut String) {
    const VALUES: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let sum = weighted_sum(&out[start + 8..start + 16], &[3, 7, 9, 10, 5, 8, 4, 2]);
    let own = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    };
    check_character(start, own, out);
    let (mut sum, mut weight) = (0, 1);
    for byte in out[start..start + 17].bytes() {
        let value = VALUES.iter().position(|other| *other == byte).unwrap_or(0);
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    check_character(start, char::from(VALUES[(31 - sum % 31) % 31]), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_numbers_have_the_check_digits_that_offices_publish() {
        // Numbers from the offices' own descriptions and well-known companies' imprints.
        for (country, number, open) in [
            ("GB", "GB980780684", "GB9807806??"),
            ("DE", "DE136695976", "DE13669597?"),
            ("FR", "FR40303265045", "FR??30326504?"),
            ("IT", "IT00743110157", "IT0074311015?"),
            ("NL", "NL002455799B11", "NL002455799B??"),
            ("BR", "16.727.230/0001-97", "16.727.230/0001-??"),
            ("ES", "ESJ99216582", "ESJ9921658?"),
            ("PL", "PL8567346215", "PL856734621?"),
            ("RU", "7707083893", "770708389?"),
            ("TR", "4540536920", "454053692?"),
            ("JP", "T5835678256246", "T?835678256246"),
            ("KR", "116-82-00276", "116-82-0027?"),
            ("CN", "91110000600037341L", "9111000060003734??"),
            ("MX", "MAB9307148T4", "MAB9307148T?"),
        ] {
            let mut code = format!("-{open}");
            complete(country, 1, &mut code);
            assert_eq!(code, format!("-{number}"));
        }
    }

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
    fn accounts_are_valid_for_others() {
        for (country, _) in &*ACCOUNTS {
            for row in 0..500 {
                let mut code = String::new();
                iban(country, Key::of_seed(8), row, &mut code);
                let read: Result<iban::Iban, _> = code.parse();
                assert!(read.is_ok(), "{code}: {read:?}");
            }
        }
        // Examples of the register of IBAN.
        for (country, account, open) in [
            ("ES", "21000418450200051332", "21000418??0200051332"),
            ("IT", "X0542811101000000123456", "?0542811101000000123456"),
            ("PL", "109010140000071219812874", "1090101?0000071219812874"),
        ] {
            let mut code = open.to_owned();
            own_check(country, 0, &mut code);
            assert_eq!(code, account);
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
