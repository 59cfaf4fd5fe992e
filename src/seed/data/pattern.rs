//! Patterns of codes and forms of phrases, read once and written often. Pure; nothing is allocated
//! when they are written.

use super::super::draw::Draw;

/// Letters that postcodes use.
const LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
const DIGITS: &[u8] = b"0123456789";

/// A code: `#` is a digit, `^` a digit from 1 to 9, `@` a capital letter, `[2-57]` one of these.
/// `{a}` is the city's area code.
#[derive(Debug)]
pub(in crate::seed) struct Pattern {
    glyphs: Vec<Glyph>,
}

#[derive(Debug)]
enum Glyph {
    Text(Box<str>),
    OneOf(Box<[u8]>),
    Area,
}

impl Pattern {
    pub(in crate::seed) fn read(text: &str) -> Self {
        let mut glyphs = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (glyph, length) = match first {
                '#' => (Glyph::OneOf(DIGITS.into()), 1),
                '^' => (Glyph::OneOf(DIGITS[1..].into()), 1),
                '@' => (Glyph::OneOf(LETTERS.into()), 1),
                '[' => {
                    let end = rest.find(']').unwrap_or(rest.len() - 1);
                    (Glyph::OneOf(set(&rest.as_bytes()[1..end])), end + 1)
                }
                _ if rest.starts_with("{a}") => (Glyph::Area, 3),
                _ => {
                    let special = |c: char| "#^@[{".contains(c);
                    let end = rest[first.len_utf8()..].find(special);
                    let end = end.map_or(rest.len(), |end| end + first.len_utf8());
                    (Glyph::Text(rest[..end].into()), end)
                }
            };
            glyphs.push(glyph);
            rest = &rest[length..];
        }
        Self { glyphs }
    }

    /// Number of different codes, as far as `u64` reaches.
    pub(in crate::seed) fn size(&self) -> u64 {
        self.glyphs.iter().fold(1, |size: u64, glyph| match glyph {
            Glyph::OneOf(set) => size.saturating_mul(set.len() as u64),
            _ => size,
        })
    }

    /// Appends a random code.
    pub(in crate::seed) fn write(&self, area: &str, draw: &mut Draw, out: &mut String) {
        // A draw's bits are a fraction; each digit takes its leading part of it.
        let (mut fraction, mut left) = (0_u64, 0_u8);
        for glyph in &self.glyphs {
            match glyph {
                Glyph::Text(text) => out.push_str(text),
                Glyph::Area => out.push_str(area),
                Glyph::OneOf(set) => {
                    if left == 0 {
                        (fraction, left) = (draw.bits(), 8);
                    }
                    let product = u128::from(fraction) * set.len() as u128;
                    out.push(char::from(set[(product >> 64) as usize]));
                    (fraction, left) = (product as u64, left - 1);
                }
            }
        }
    }

    /// Appends the code of a number below `size`; no two numbers have the same.
    pub(in crate::seed) fn write_nth(&self, mut number: u64, out: &mut String) {
        for glyph in &self.glyphs {
            match glyph {
                Glyph::Text(text) => out.push_str(text),
                Glyph::Area => {}
                Glyph::OneOf(set) => {
                    let size = set.len() as u64;
                    out.push(char::from(set[(number % size) as usize]));
                    number /= size;
                }
            }
        }
    }

    /// Whether a text is one of the codes.
    #[cfg(test)]
    pub(in crate::seed) fn matches(&self, area: &str, text: &str) -> bool {
        let mut rest = text;
        for glyph in &self.glyphs {
            let tail = match glyph {
                Glyph::Text(text) => rest.strip_prefix(&**text),
                Glyph::Area => rest.strip_prefix(area),
                Glyph::OneOf(set) => rest
                    .bytes()
                    .next()
                    .filter(|byte| set.contains(byte))
                    .map(|_| &rest[1..]),
            };
            match tail {
                Some(tail) => rest = tail,
                None => return false,
            }
        }
        rest.is_empty()
    }
}

/// The characters of a set such as `2-57`.
fn set(text: &[u8]) -> Box<[u8]> {
    let mut set = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if let [first, b'-', last, ..] = text[at..] {
            set.extend(first..=last);
            at += 3;
        } else {
            set.push(text[at]);
            at += 1;
        }
    }
    set.into()
}

/// A phrase with holes: `{n} {s}, Apt {u}`.
#[derive(Debug)]
pub(in crate::seed) struct Form {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(&'static str),
    Hole(char),
}

impl Form {
    pub(in crate::seed) fn read(text: &'static str) -> Self {
        let mut parts = Vec::new();
        for piece in text.split_inclusive('}') {
            let (literal, hole) = piece.split_once('{').unwrap_or((piece, ""));
            if !literal.is_empty() {
                parts.push(Part::Text(literal));
            }
            parts.extend(hole.chars().next().map(Part::Hole));
        }
        Self { parts }
    }

    /// Appends the phrase; `fill` appends what stands in a hole.
    pub(in crate::seed) fn write(&self, out: &mut String, mut fill: impl FnMut(char, &mut String)) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Hole(hole) => fill(*hole, out),
            }
        }
    }

    #[cfg(test)]
    pub(in crate::seed) fn has(&self, wanted: char) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| matches!(part, Part::Hole(hole) if *hole == wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::draw::Key;
    use super::*;

    #[test]
    fn codes_match_their_patterns() {
        let pattern = Pattern::read("SE1[0-29] ^@@ {a}/#");
        for row in 0..2_000 {
            let mut out = String::new();
            pattern.write("0x", &mut Key::of_seed(3).row(row), &mut out);
            assert!(pattern.matches("0x", &out), "{out}");
        }
        assert!(!pattern.matches("0x", "SE13 1AB 0x/1") && !pattern.matches("0x", "SE11 1AB 0x/"));
        assert_eq!(pattern.size(), 4 * 9 * 400 * 10);
    }

    #[test]
    fn numbered_codes_differ() {
        let pattern = Pattern::read("[ab]-##^");
        let codes: std::collections::HashSet<String> = (0..pattern.size())
            .map(|number| {
                let mut out = String::new();
                pattern.write_nth(number, &mut out);
                out
            })
            .collect();
        assert_eq!(codes.len(), 1_800);
    }

    #[test]
    fn forms_have_their_holes_filled() {
        let mut out = String::new();
        Form::read("{n} {s}, Apt {u}").write(&mut out, |hole, out| out.push(hole));
        assert_eq!(out, "n s, Apt u");
    }
}
