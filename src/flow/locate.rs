//! Finds where a value stands in JSON text, so that an error can point at it.
//! Works on text that `serde_json` has already accepted.

use std::ops::Range;

/// One step of a path into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// Member of an object.
    Name(String),
    /// Element of an array.
    Index(usize),
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<usize> for Key {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Bytes of the value at `path`; of the deepest part that is there when the path ends early.
pub(crate) fn locate(text: &str, path: &[Key]) -> Range<usize> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.skip_space();
    for key in path {
        let before = scanner.at;
        let found = match key {
            Key::Name(name) => scanner.enter_member(name),
            Key::Index(index) => scanner.enter_element(*index),
        };
        if !found {
            scanner.at = before;
            break;
        }
    }
    let start = scanner.at;
    scanner.skip_value();
    start..scanner.at
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
    }

    fn skip_value(&mut self) {
        match self.peek() {
            Some(b'"') => self.skip_string(),
            Some(b'{' | b'[') => {
                let mut depth = 0usize;
                while let Some(byte) = self.peek() {
                    match byte {
                        b'"' => {
                            self.skip_string();
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => {
                while self
                    .peek()
                    .is_some_and(|byte| !b",]}".contains(&byte) && !byte.is_ascii_whitespace())
                {
                    self.at += 1;
                }
            }
        }
        self.at = self.at.min(self.text.len());
    }

    /// Moves to the value of the last member with this name: the one that `serde_json` keeps.
    fn enter_member(&mut self, name: &str) -> bool {
        if self.peek() != Some(b'{') {
            return false;
        }
        self.at += 1;
        let mut found = None;
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                break;
            }
            let start = self.at;
            self.skip_string();
            let key = self.text.get(start..self.at).unwrap_or_default();
            self.skip_space();
            self.at += 1;
            self.skip_space();
            if serde_json::from_str::<String>(key).is_ok_and(|key| key == name) {
                found = Some(self.at);
            }
            self.skip_value();
            self.skip_space();
            if self.peek() != Some(b',') {
                break;
            }
            self.at += 1;
        }
        found.inspect(|at| self.at = *at).is_some()
    }

    fn enter_element(&mut self, index: usize) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.at += 1;
        for _ in 0..index {
            self.skip_space();
            self.skip_value();
            self.skip_space();
            if self.peek() != Some(b',') {
                return false;
            }
            self.at += 1;
        }
        self.skip_space();
        self.peek().is_some_and(|byte| byte != b']')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &[Key], expect: &str) {
        assert_eq!(&text[locate(text, path)], expect);
    }

    #[test]
    fn values_are_found_by_path() {
        let text = r#" { "a": [1, {"b\"}": "x,]"}, [ ] ], "c" : true } "#;
        check(text, &["a".into(), 0.into()], "1");
        check(text, &["a".into(), 1.into(), "b\"}".into()], r#""x,]""#);
        check(text, &["a".into(), 2.into()], "[ ]");
        check(text, &["c".into()], "true");
    }

    #[test]
    fn a_missing_part_gives_its_parent() {
        check(r#"{"a":{"b":1}}"#, &["a".into(), "z".into()], r#"{"b":1}"#);
        check("[1]", &[4.into()], "[1]");
    }
}
