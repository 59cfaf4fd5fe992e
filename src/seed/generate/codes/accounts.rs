//! Accounts as banks of each country number them, with the country's own check digits.

use std::sync::LazyLock;

use super::{
    check, check_character, digits, number, numbered, of, patterns, remainder, weighted_sum,
};
use crate::seed::data::Pattern;
use crate::seed::draw::Key;

/// Accounts per country, without country and check digits. `?` is a digit of the country's own
/// check. Banks are of numbers that are not given out.
pub(super) static ACCOUNTS: LazyLock<Vec<(&'static str, Pattern)>> = LazyLock::new(|| {
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

/// Number of a country's accounts; none where banks have no IBAN.
pub(in crate::seed) fn iban_values(country: &str) -> Option<u64> {
    of(&ACCOUNTS, country).map(Pattern::size)
}

/// Appends an account's number as machines write it, without spaces.
pub(in crate::seed::generate) fn iban(country: &str, key: Key, row: u64, out: &mut String) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
