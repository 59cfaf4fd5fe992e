//! Tax numbers of companies, with the check digits of each country's office.

use std::sync::LazyLock;

use super::{
    check, check_character, digits, luhn, number, numbered, of, patterns, remainder, weighted_sum,
};
use crate::seed::data::Pattern;
use crate::seed::draw::Key;

/// Tax numbers of companies; `?` is a check digit.
pub(super) static TAXES: LazyLock<Vec<(&'static str, Pattern)>> = LazyLock::new(|| {
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

/// Number of a country's tax numbers.
pub(in crate::seed::generate) fn vat_values(country: &str) -> Option<u64> {
    of(&TAXES, country).map(Pattern::size)
}

/// Appends a company's tax number.
pub(in crate::seed::generate) fn vat(country: &str, key: Key, row: u64, out: &mut String) {
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
}
