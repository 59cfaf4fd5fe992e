//! The format of the word lists, made to be read and corrected by people who speak the language:
//!
//! ```text
//! # a comment
//! [section]
//! key = value
//! one, two*3, three
//! ```
//! Items are separated by commas; `*3` is a weight; `text~ascii` gives the form for e-mail
//! addresses where letters alone do not tell it (`田中~tanaka`); `his|hers` is a word that differs
//! by gender. Read once, when a locale is first used; the tests read all.

use super::super::draw::Draw;

/// A file of word lists: sections with their lines.
pub(super) struct Sheet {
    sections: Vec<(&'static str, Vec<&'static str>)>,
}

/// A word with its weight, if it has one.
pub(super) struct Item {
    pub(super) text: &'static str,
    pub(super) weight: Option<f64>,
}

impl Sheet {
    pub(super) fn read(text: &'static str) -> Self {
        let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in text.lines().map(str::trim_end) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                Some(name) => sections.push((name, Vec::new())),
                None => {
                    if let Some((_, lines)) = sections.last_mut() {
                        lines.push(line);
                    }
                }
            }
        }
        Self { sections }
    }

    /// Lines of a section; none when it is absent.
    pub(super) fn lines(&self, section: &str) -> impl Iterator<Item = &'static str> {
        let found = self.sections.iter().find(|(name, _)| *name == section);
        found
            .map_or(&[][..], |(_, lines)| &lines[..])
            .iter()
            .copied()
    }

    /// The value of a key; nothing when it is absent.
    pub(super) fn value(&self, section: &str, key: &str) -> &'static str {
        self.lines(section)
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim() == key)
            .map_or("", |(_, value)| value.trim())
    }

    /// The comma-separated words of a section.
    pub(super) fn items(&self, section: &str) -> Vec<Item> {
        self.lines(section).flat_map(items).collect()
    }

    /// The words of a section without weights.
    pub(super) fn words(&self, section: &str) -> Vec<&'static str> {
        self.items(section)
            .into_iter()
            .map(|item| item.text)
            .collect()
    }

    /// The words of a section by their weights, all alike where none is given.
    pub(super) fn choice(&self, section: &str) -> Choice<&'static str> {
        even(self.items(section))
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.sections.iter().map(|(name, _)| *name).collect()
    }
}

/// Splits a line into words and weights.
pub(super) fn items(line: &'static str) -> impl Iterator<Item = Item> {
    line.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| match word.rsplit_once('*') {
            Some((text, weight)) => Item {
                text: text.trim_end(),
                weight: weight.parse().ok(),
            },
            None => Item {
                text: word,
                weight: None,
            },
        })
}

/// Words that are as frequent as each other, but for those with a weight.
pub(super) fn even(items: Vec<Item>) -> Choice<&'static str> {
    Choice::new(
        items
            .into_iter()
            .map(|item| (item.text, item.weight.unwrap_or(1.0)))
            .collect(),
    )
}

/// Number of slots of a choice: shares are rounded to a thousandth.
const SLOTS: u16 = 1024;

/// Things drawn by weight, in constant time.
#[derive(Debug)]
pub(in crate::seed) struct Choice<T> {
    items: Vec<T>,
    slots: Vec<u16>,
}

impl<T> Choice<T> {
    /// Every item gets at least one slot.
    pub(super) fn new(weighted: Vec<(T, f64)>) -> Self {
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let least = total / f64::from(SLOTS) * 1.01;
        let weights: Vec<f64> = weighted
            .iter()
            .map(|(_, weight)| weight.max(least))
            .collect();
        let total: f64 = weights.iter().sum();
        let mut slots = Vec::with_capacity(usize::from(SLOTS));
        let mut sum = 0.0;
        for (index, weight) in weights.iter().enumerate() {
            sum += weight;
            let end = (sum / total * f64::from(SLOTS)).round() as usize;
            slots.resize(end.min(usize::from(SLOTS)), index as u16);
        }
        Self {
            items: weighted.into_iter().map(|(item, _)| item).collect(),
            slots,
        }
    }

    /// The same choice of other things.
    pub(super) fn map<U>(self, read: impl FnMut(T) -> U) -> Choice<U> {
        Choice {
            items: self.items.into_iter().map(read).collect(),
            slots: self.slots,
        }
    }

    /// Draws an item.
    pub(in crate::seed) fn pick(&self, draw: &mut Draw) -> &T {
        let slot = draw.bits() >> 54;
        let index = self.slots.get(slot as usize).copied().unwrap_or(0);
        &self.items[usize::from(index)]
    }

    #[cfg(test)]
    pub(in crate::seed) fn items(&self) -> &[T] {
        &self.items
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::draw::Key;
    use super::*;

    #[test]
    fn choices_follow_their_weights_and_leave_nothing_out() {
        let choice = Choice::new(vec![("rare", 0.001), ("some", 25.0), ("most", 75.0)]);
        let mut counts = [0_u32; 3];
        for row in 0..100_000 {
            let picked = *choice.pick(&mut Key::of_seed(1).row(row));
            counts[["rare", "some", "most"]
                .iter()
                .position(|name| *name == picked)
                .unwrap()] += 1;
        }
        assert!((50..200).contains(&counts[0]), "{counts:?}");
        assert!((24_000..26_000).contains(&counts[1]), "{counts:?}");
        assert!(choice.slots.len() == usize::from(SLOTS));
    }

    #[test]
    fn sheets_have_sections_keys_and_weighted_words() {
        let sheet = Sheet::read("# x\n[a]\nkey = value = 2\n[b]\none, two*3,\nthree\n");
        assert_eq!(sheet.value("a", "key"), "value = 2");
        assert_eq!(sheet.value("a", "other"), "");
        assert_eq!(sheet.words("b"), ["one", "two", "three"]);
        assert_eq!(sheet.items("b")[1].weight, Some(3.0));
        assert_eq!(sheet.lines("c").count(), 0);
    }
}
