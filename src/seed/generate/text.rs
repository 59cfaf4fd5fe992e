//! Words, sentences, prose, product and company names, slugs, tokens.

use std::fmt::Write as _;

use deunicode::deunicode_char;

use super::super::data::{
    COMPANY_HEADS, COMPANY_TAILS, FILLERS, MATERIALS, NOUNS, OBJECTS, OPENERS, STYLES, SUBJECTS,
    VERBS, WORDS,
};
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

/// Appends an address of the networks that RFC 5737 keeps for documentation.
pub(super) fn ipv4(draw: &mut Draw, out: &mut String) -> Value {
    let network = draw.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    write!(out, "{network}.{}", 1 + draw.below(254)).expect("invariant: writing to a string");
    Value::Text
}

/// Appends a company's name.
pub(super) fn company(draw: &mut Draw, out: &mut String) -> Value {
    out.push_str(draw.word(COMPANY_HEADS));
    out.push(' ');
    out.push_str(draw.word(COMPANY_TAILS));
    Value::Text
}

/// Materials that are sewn, and things that are; the rest is hard.
const SOFT_MATERIALS: u64 = 16;
const SOFT_NOUNS: u64 = 30;

/// Appends a product's name; no two rows have the same.
pub(super) fn product_name(key: Key, row: u64, out: &mut String) -> Value {
    let hard_materials = MATERIALS.len() as u64 - SOFT_MATERIALS;
    let hard_nouns = NOUNS.len() as u64 - SOFT_NOUNS;
    let soft = SOFT_MATERIALS * SOFT_NOUNS;
    let pairs = soft + hard_materials * hard_nouns;
    let names = pairs * STYLES.len() as u64;
    let index = permuted(key, names, row % names);
    let (style, pair) = (index / pairs, index % pairs);
    let (material, noun) = if pair < soft {
        (pair / SOFT_NOUNS, pair % SOFT_NOUNS)
    } else {
        let pair = pair - soft;
        (
            SOFT_MATERIALS + pair / hard_nouns,
            SOFT_NOUNS + pair % hard_nouns,
        )
    };
    out.push_str(STYLES[style as usize]);
    out.push(' ');
    out.push_str(MATERIALS[material as usize]);
    out.push(' ');
    out.push_str(NOUNS[noun as usize]);
    if row >= names {
        out.push(' ');
        write_plain(Value::Integer((row / names) as i64 + 1), out);
    }
    Value::Text
}

/// Appends some words, the first with a capital.
pub(super) fn words(min: u64, max: u64, draw: &mut Draw, out: &mut String) -> Value {
    let start = out.len();
    for index in 0..min + draw.below(max - min + 1) {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(draw.word(WORDS));
    }
    capitalise(start, out);
    Value::Text
}

/// Appends a sentence.
pub(super) fn sentence(draw: &mut Draw, out: &mut String) -> Value {
    let start = out.len();
    out.push_str(draw.word(OPENERS));
    out.push_str(draw.word(SUBJECTS));
    out.push(' ');
    out.push_str(draw.word(VERBS));
    out.push(' ');
    out.push_str(draw.word(OBJECTS));
    out.push_str(draw.word(FILLERS));
    out.push('.');
    capitalise(start, out);
    Value::Text
}

/// Appends sentences of `min` to `max` bytes in all; many texts are short, few are long.
pub(super) fn prose(min: u64, max: u64, draw: &mut Draw, out: &mut String) -> Value {
    let start = out.len();
    let low = min.max(1) as f64;
    let wanted = (low * ((max + 1) as f64 / low).powf(draw.unit())) as usize;
    let mut sentences = 0;
    loop {
        let before = out.len();
        if sentences > 0 {
            out.push_str(if sentences % 5 == 0 { "\n\n" } else { " " });
        }
        sentence(draw, out);
        sentences += 1;
        if out.len() - start > max as usize {
            // Too long: without this sentence, or, when it is the only one, without its end.
            if before - start >= min as usize && before > start {
                out.truncate(before);
            } else {
                out.truncate(start + max as usize);
            }
            return Value::Text;
        }
        if out.len() - start >= wanted {
            return Value::Text;
        }
    }
}

/// Appends prose of exactly so many bytes, cut where it must be.
pub(super) fn prose_of(length: u64, draw: &mut Draw, out: &mut String) -> Value {
    let start = out.len();
    let end = start + length as usize;
    // Sentences begin alike: what is too short for one is made of words.
    let short = length < 40;
    while out.len() < end {
        if out.len() > start {
            out.push(' ');
        }
        if short {
            out.push_str(draw.word(WORDS));
        } else {
            sentence(draw, out);
        }
    }
    capitalise(start, out);
    let mut cut = end;
    while !out.is_char_boundary(cut) {
        cut -= 1;
    }
    out.truncate(cut);
    // Texts that end with a space differ from what most databases and forms keep.
    if out.len() > start && out.ends_with(' ') {
        out.pop();
        out.push('.');
    }
    Value::Text
}

fn capitalise(start: usize, out: &mut str) {
    if let Some(first) = out.get_mut(start..start + 1) {
        first.make_ascii_uppercase();
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
    fn prose_keeps_its_bounds() {
        let key = Key::of_seed(9);
        let mut short = 0;
        for row in 0..2_000 {
            let mut out = String::new();
            prose(40, 900, &mut key.row(row), &mut out);
            assert!((40..=900).contains(&out.len()), "{}: {out}", out.len());
            short += usize::from(out.len() < 250);
        }
        assert!((700..1_500).contains(&short), "{short} of 2000 are short");
    }

    #[test]
    fn product_names_differ() {
        let key = Key::of_seed(1).child("products");
        let mut names = std::collections::HashSet::new();
        for row in 0..60_000 {
            let mut out = String::new();
            product_name(key, row, &mut out);
            assert!(names.insert(out));
        }
    }
}
