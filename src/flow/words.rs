//! What steps cause and expect, in words for people.

use super::{Effect, Expectation, ResponsePattern, Selectors, method};

impl Effect {
    /// What is waited for: `waits for POST /cart`. States of elements are not told.
    pub fn in_words(&self) -> Vec<String> {
        let mut out = Vec::new();
        let navigation = self.navigation.iter();
        out.extend(navigation.map(|url| format!("waits for {url}")));
        let responses = self.responses.iter();
        out.extend(responses.map(|one| format!("waits for {}", one.in_words())));
        let appears = self.appears.iter().map(Selectors::label);
        out.extend(appears.map(|label| format!("waits for {label} to come")));
        let vanishes = self.vanishes.iter().map(Selectors::label);
        out.extend(vanishes.map(|label| format!("waits for {label} to go")));
        out
    }
}

impl ResponsePattern {
    /// Whether it asks the server to do something, and not only for something.
    pub fn does(&self) -> bool {
        self.method.as_deref().is_some_and(method::does)
    }

    /// `POST /cart`.
    pub fn in_words(&self) -> String {
        let method = self.method.as_deref().unwrap_or("any request");
        format!("{method} {}", self.url)
    }
}

impl Expectation {
    /// What must hold: `expects Total text "12.00"`.
    pub fn in_words(&self) -> Vec<String> {
        let of = self.selectors.as_ref().map(Selectors::label);
        let of = of.map_or_else(String::new, |label| format!("{label} "));
        let mut out = Vec::new();
        let mut expect = |what: String| out.push(format!("expects {of}{what}"));
        match self.visible {
            Some(true) => expect("visible".to_owned()),
            Some(false) => expect("not visible".to_owned()),
            None => {}
        }
        for (name, text) in [
            ("text", &self.text),
            ("text with", &self.contains),
            ("text like", &self.matches),
            ("value", &self.value),
            ("address", &self.url),
            ("title", &self.title),
        ] {
            if let Some(text) = text {
                expect(format!("{name} \"{text}\""));
            }
        }
        if let Some(checked) = self.checked {
            expect(if checked { "checked" } else { "not checked" }.to_owned());
        }
        if let Some(enabled) = self.enabled {
            expect(if enabled { "enabled" } else { "disabled" }.to_owned());
        }
        if let Some(count) = self.count {
            expect(format!("{count} times"));
        }
        if let Some(pattern) = &self.response {
            expect(pattern.in_words());
        }
        out
    }
}
