//! Variables: what is stored as it stands, what is read from the page, and what scripts make.

use std::collections::{BTreeMap, BTreeSet};

/// Feed from which values come that only a script could make.
pub(super) const FEED: &str = "variables";

/// Text longer than this comes of variables that hold each other.
const MAX_CHARS: usize = 20_000;

/// Variables of a test.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) stored: BTreeMap<String, String>,
    pub(super) read: BTreeSet<String>,
    /// Scripts whose result is in a variable, with their lines, and whether it was asserted.
    pub(super) scripts: BTreeMap<String, (String, usize, bool)>,
}

/// Text with its variables filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filled {
    /// With templates for what is known in a replay only.
    pub(super) template: String,
    /// What is typed elsewhere: a dash in the place of templates.
    pub(super) sample: String,
    pub(super) has_template: bool,
    /// Names that nothing in the test gives a value.
    pub(super) unknown: Vec<String>,
}

impl Variables {
    pub(super) fn fill(&self, text: &str) -> Filled {
        let mut filled = Filled {
            template: String::new(),
            sample: String::new(),
            has_template: false,
            unknown: Vec::new(),
        };
        let mut rest = text;
        while let Some(open) = rest.find("${") {
            let (before, inside) = rest.split_at(open);
            filled.push(before);
            let name = inside[2..].split_once('}').map(|(name, _)| name);
            let Some(name) = name.filter(|name| is_name(name)) else {
                filled.push("${");
                rest = &inside[2..];
                continue;
            };
            rest = &inside[name.len() + 3..];
            if let Some(value) = self.stored.get(name) {
                filled.push(value);
            } else if self.read.contains(name) {
                filled.reference("flow", name);
            } else {
                filled.reference(FEED, name);
                filled.unknown.push(name.to_owned());
            }
        }
        filled.push(rest);
        filled
    }
}

impl Filled {
    fn push(&mut self, text: &str) {
        if self.template.len() < MAX_CHARS || self.template.is_empty() {
            self.template.push_str(text);
            self.sample.push_str(text);
        }
    }

    fn reference(&mut self, feed: &str, name: &str) {
        if self.template.len() < MAX_CHARS {
            self.template.push_str(&format!("{{{{{feed}.{name}}}}}"));
            self.sample.push('-');
            self.has_template = true;
        }
    }

    /// The template, where there is one.
    pub(super) fn template(&self) -> Option<String> {
        self.has_template.then(|| self.template.clone())
    }
}

/// Whether templates can have this name.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 100
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || "_-".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in() {
        let mut variables = Variables::default();
        variables.stored.insert("city".into(), "Ulm".into());
        variables.read.insert("order".into());
        let filled = variables.fill("${city}: ${order}, ${x} ${ ${a b}");
        assert_eq!(
            filled.template,
            "Ulm: {{flow.order}}, {{variables.x}} ${ ${a b}"
        );
        assert_eq!(filled.sample, "Ulm: -, - ${ ${a b}");
        assert_eq!(filled.unknown, ["x"]);
        assert!(variables.fill("${city}").template().is_none());
    }
}
