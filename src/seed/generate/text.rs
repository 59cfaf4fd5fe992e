//! Words, sentences, prose, product and company names in the row's language; slugs, tokens.

use std::fmt::Write as _;

use deunicode::deunicode_char;

use super::super::data::{Language, Locale};
use super::super::draw::{Draw, Key};
use super::super::value::{Value, write_plain};
use super::permuted;

/// Appends letters and digits.
pub(super) fn token(length: usize, draw: &mut Draw, out: &mut String) -> Value {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    for _ in 0..length {
        out.push(char::from(*draw.pick(ALPHABET)));
    }
    Value::Text
}

/// Appends `#rrggbb`.
pub(super) fn color(draw: &mut Draw, out: &mut String) -> Value {
    write!(out, "#{:06x}", draw.below(1 << 24)).expect("invariant: writing to a string");
    Value::Text
}

/// Appends a company's name; `place` gives the draws of the row's city.
pub(super) fn company(locale: Locale, mut place: Draw, draw: &mut Draw, out: &mut String) -> Value {
    let region = locale.region();
    let form = region.companies.pick(draw);
    form.write(out, |hole, out| {
        out.push_str(match hole {
            'l' => region.last.pick(draw).of(false).text,
            't' => region.trades.pick(draw),
            'b' => region.brands.pick(draw),
            'c' => region.cities.pick(&mut place).name,
            _ => region.forms.pick(draw),
        });
    });
    Value::Text
}

/// Number of products' names of a language.
fn product_names(language: &Language) -> u64 {
    let goods = [&language.soft, &language.hard];
    let pairs = goods.map(|goods| goods.nouns.len() * goods.materials.len());
    (pairs[0] + pairs[1]) as u64 * language.series.len() as u64
}

/// Appends a product's name; no two rows have the same.
pub(super) fn product_name(language: &Language, key: Key, row: u64, out: &mut String) -> Value {
    let names = product_names(language);
    let index = permuted(key, names, row % names) as usize;
    let series = language.series[index % language.series.len()];
    let mut pair = index / language.series.len();
    let mut goods = &language.soft;
    if pair >= goods.nouns.len() * goods.materials.len() {
        pair -= goods.nouns.len() * goods.materials.len();
        goods = &language.hard;
    }
    let noun = goods.nouns[pair % goods.nouns.len()];
    let material = goods.materials[pair / goods.nouns.len()];
    language.product.write(out, |hole, out| {
        out.push_str(match hole {
            'n' => noun,
            'm' => material,
            _ => series,
        });
    });
    if row >= names {
        out.push(' ');
        write_plain(Value::Integer((row / names) as i64 + 1), out);
    }
    Value::Text
}

/// Appends some words, the first with a capital.
pub(super) fn words(
    language: &Language,
    min: u64,
    max: u64,
    draw: &mut Draw,
    out: &mut String,
) -> Value {
    let start = out.len();
    for index in 0..min + draw.below(max - min + 1) {
        if index > 0 {
            out.push_str(language.space);
        }
        out.push_str(draw.word(&language.words));
    }
    capitalise(language, start, out);
    Value::Text
}

/// Appends a headline.
pub(super) fn title(language: &Language, draw: &mut Draw, out: &mut String) -> Value {
    out.push_str(draw.word(&language.title_heads));
    out.push_str(language.space);
    out.push_str(draw.word(&language.title_tails));
    Value::Text
}

/// Places in a language's openers, subjects, predicates and endings.
type Turn = [u64; 4];

fn turn(draw: &mut Draw) -> Turn {
    [(); 4].map(|()| draw.bits() >> 32)
}

/// Appends a sentence.
pub(super) fn sentence(language: &Language, draw: &mut Draw, out: &mut String) -> Value {
    let turn = turn(draw);
    write_sentence(language, turn, draw, out);
    Value::Text
}

fn write_sentence(language: &Language, turn: Turn, draw: &mut Draw, out: &mut String) {
    let phrase = |list: &[&'static str], at: u64| list[at as usize % list.len()];
    let start = out.len();
    if draw.below(5) < 2 {
        out.push_str(phrase(&language.openers, turn[0]));
        out.push_str(language.space);
    }
    out.push_str(phrase(&language.subjects, turn[1]));
    out.push_str(language.space);
    out.push_str(phrase(&language.predicates, turn[2]));
    if draw.below(5) < 2 {
        out.push_str(phrase(&language.endings, turn[3]));
    }
    out.push_str(language.stop);
    capitalise(language, start, out);
}

/// Appends sentences of `min` to `max` characters in all. Lengths are log-normal around the
/// geometric middle of the two: many texts are short, few are long. Those that may become longer
/// than a thousand characters have paragraphs.
pub(super) fn prose(
    language: &Language,
    min: u64,
    max: u64,
    draw: &mut Draw,
    out: &mut String,
) -> Value {
    let start = out.len();
    let wanted = log_normal(min, max, draw);
    let first = turn(draw);
    let (mut length, mut sentences) = (0, 0);
    loop {
        let before = out.len();
        if sentences > 0 && sentences % 5 == 0 && max > 1_000 {
            out.push_str("\n\n");
        } else if sentences > 0 {
            out.push_str(language.space);
        }
        // In turn, so that a short text says nothing twice.
        let turn = first.map(|at| at + sentences);
        write_sentence(language, turn, draw, out);
        sentences += 1;
        let longer = length + out[before..].chars().count() as u64;
        if longer > max {
            // Too long: without this sentence, or, when there is no way around, without its end.
            if length >= min && before > start {
                out.truncate(before);
            } else if let Some((at, _)) = out[before..].char_indices().nth((max - length) as usize)
            {
                out.truncate(before + at);
            }
            return Value::Text;
        }
        length = longer;
        if length >= wanted.max(min) {
            return Value::Text;
        }
    }
}

/// Appends prose of exactly so many characters, cut where it must be.
pub(super) fn prose_of(
    language: &Language,
    length: u64,
    draw: &mut Draw,
    out: &mut String,
) -> Value {
    let start = out.len();
    let wanted = length as usize;
    // Sentences begin alike: what is too short for one is made of words.
    let short = length < 40;
    let first = turn(draw);
    let (mut written, mut parts) = (0, 0);
    while written < wanted {
        let before = out.len();
        if parts > 0 {
            out.push_str(language.space);
        }
        if short {
            out.push_str(draw.word(&language.words));
        } else {
            // In turn, so that a short text says nothing twice.
            write_sentence(language, first.map(|at| at + parts), draw, out);
        }
        parts += 1;
        written += out[before..].chars().count();
    }
    capitalise(language, start, out);
    if let Some((at, _)) = out[start..].char_indices().nth(wanted) {
        out.truncate(start + at);
    }
    // Texts that end with a space differ from what most databases and forms keep.
    if out.len() > start && out.ends_with(' ') {
        out.pop();
        out.push('.');
    }
    Value::Text
}

/// A number from `min` to `max`, log-normal around their geometric middle.
pub(super) fn log_normal(min: u64, max: u64, draw: &mut Draw) -> u64 {
    let (low, high) = (min.max(1) as f64, max.max(1) as f64);
    // Two and a half deviations to either side lie in the range.
    let spread = (high / low).ln() / 5.0;
    let length = (low * high).sqrt() * (spread * normal(draw)).exp();
    (length as u64).clamp(min, max)
}

/// A draw of the standard normal distribution, by Box and Muller.
pub(super) fn normal(draw: &mut Draw) -> f64 {
    let radius = (-2.0 * (1.0 - draw.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * draw.unit()).cos()
}

fn capitalise(language: &Language, start: usize, out: &mut String) {
    let Some(first) = out[start..].chars().next() else {
        return;
    };
    if first.is_ascii() && !(language.dotted_capital && first == 'i') {
        if let Some(first) = out.get_mut(start..=start) {
            first.make_ascii_uppercase();
        }
    } else if first.is_lowercase() {
        let mut capital = [0; 4];
        let capital = if first == 'i' {
            'İ'.encode_utf8(&mut capital)
        } else {
            // Letters whose capitals are several do not begin words here.
            let upper = first.to_uppercase().next().unwrap_or(first);
            upper.encode_utf8(&mut capital)
        };
        out.replace_range(start..start + first.len_utf8(), capital);
    }
}

/// Appends text as it stands in addresses: `Crème brûlée, 2` → `creme-brulee-2`.
pub(in crate::seed) fn slug(text: &str, out: &mut String) {
    let start = out.len();
    for character in text.chars() {
        let plain = deunicode_char(character).unwrap_or("-");
        for byte in plain.bytes() {
            if byte.is_ascii_alphanumeric() {
                out.push(char::from(byte.to_ascii_lowercase()));
            } else if out.len() > start && !out.ends_with('-') && byte != b'\'' {
                out.push('-');
            }
        }
    }
    while out.len() > start && out.ends_with('-') {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn slugs_are_plain() {
        let plain = |text| {
            let mut out = String::new();
            slug(text, &mut out);
            out
        };
        assert_eq!(plain("Crème brûlée, 2!"), "creme-brulee-2");
        assert_eq!(plain("  Kids' Room "), "kids-room");
        assert_eq!(plain("!"), "");
    }

    #[test]
    fn prose_keeps_its_bounds_in_every_script() {
        let key = Key::of_seed(9);
        for locale in Locale::ALL {
            let mut short = 0;
            for row in 0..2_000 {
                let mut out = String::new();
                prose(locale.language(), 40, 900, &mut key.row(row), &mut out);
                let length = out.chars().count();
                assert!((40..=900).contains(&length), "{length}: {out}");
                short += usize::from(length < 250);
            }
            assert!((1_000..1_700).contains(&short), "{short} of 2000 are short");
        }
    }

    #[test]
    fn product_names_and_their_slugs_differ_within_and_among_languages() {
        let key = Key::of_seed(1).child("products");
        let mut names = HashSet::new();
        let mut slugs = HashSet::new();
        let mut seen: Vec<&str> = Vec::new();
        for locale in Locale::ALL {
            if seen.contains(&locale.language_code()) {
                continue;
            }
            seen.push(locale.language_code());
            let language = locale.language();
            for row in 0..product_names(language) + 1_000 {
                let (mut name, mut plain) = (String::new(), String::new());
                product_name(language, key, row, &mut name);
                slug(&name, &mut plain);
                assert!(slugs.insert(plain), "{name}");
                assert!(names.insert(name));
            }
        }
    }

    #[test]
    fn capitals_are_those_of_the_language() {
        let capital = |locale: Locale, text: &str| {
            let mut out = text.to_owned();
            capitalise(locale.language(), 0, &mut out);
            out
        };
        assert_eq!(capital(Locale::EnUs, "iris"), "Iris");
        assert_eq!(capital(Locale::FrFr, "été"), "Été");
        assert_eq!(capital(Locale::DeDe, ""), "");
    }
}
