//! Reading a TOML document with the place of every key and value at hand.
//!
//! Knows nothing of workloads. Unlike a derived deserializer it says for every key at any depth
//! where it stands, what was found, what was expected, and what was probably meant.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::{mask, quantity};

/// A value that remembers its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed<T> {
    /// Dotted path of its key (`persona[0].feed`).
    pub(super) path: String,
    /// Bytes of the file.
    pub(super) span: Range<usize>,
    /// The value.
    pub(super) value: T,
}

impl<T> Placed<T> {
    /// A problem with this value: `` `path`: what``.
    pub(super) fn problem(&self, what: impl fmt::Display, label: impl Into<String>) -> Problem {
        Problem::new(format!("`{}`: {what}", self.path)).at(self.span.clone(), label)
    }
}

/// Keys of a table.
pub(super) struct Keys {
    /// What it may hold.
    pub(super) known: &'static [&'static str],
    /// What is planned, but would do nothing yet: refused, never ignored.
    pub(super) planned: &'static [&'static str],
}

impl Keys {
    pub(super) const fn only(known: &'static [&'static str]) -> Self {
        Self {
            known,
            planned: &[],
        }
    }
}

/// A table whose keys are all known.
#[derive(Clone)]
pub(super) struct Table<'a> {
    path: String,
    span: Range<usize>,
    entries: &'a DeTable<'a>,
}

/// A value and its place.
pub(super) type Node<'a> = Placed<&'a DeValue<'a>>;

impl<'a> Table<'a> {
    /// The document's top level.
    pub(super) fn root(document: &'a Spanned<DeTable<'a>>, keys: &Keys) -> Result<Self, Problem> {
        Self::checked(String::new(), 0..0, document.get_ref(), keys)
    }

    fn checked(
        path: String,
        span: Range<usize>,
        entries: &'a DeTable<'a>,
        keys: &Keys,
    ) -> Result<Self, Problem> {
        let table = Self {
            path,
            span,
            entries,
        };
        for (key, _) in entries {
            let name = key.get_ref().as_ref();
            if keys.planned.contains(&name) {
                return Err(Problem::new(format!(
                    "`{}` is not supported yet",
                    table.key_path(name)
                ))
                .at(key.span(), "not supported by this version")
                .help("remove it; nothing in a workload is silently ignored"));
            }
            if !keys.known.contains(&name) {
                return Err(
                    Problem::new(format!("unknown key `{name}` {}", table.described()))
                        .at(key.span(), "unknown key")
                        .help(quantity::advice(name, keys.known)),
                );
            }
        }
        Ok(table)
    }

    /// All keys and values, for tables whose keys are names.
    pub(super) fn open(node: &Node<'a>) -> Result<Vec<(Placed<String>, Node<'a>)>, Problem> {
        let DeValue::Table(entries) = node.value else {
            return Err(node.expected("a table"));
        };
        let mut all: Vec<_> = entries
            .iter()
            .map(|(key, value)| {
                let path = format!("{}.\"{}\"", node.path, key.get_ref());
                let name = Placed {
                    path: path.clone(),
                    span: key.span(),
                    value: key.get_ref().to_string(),
                };
                let value = Placed {
                    path,
                    span: value.span(),
                    value: value.get_ref(),
                };
                (name, value)
            })
            .collect();
        all.sort_by_key(|(name, _)| name.span.start);
        Ok(all)
    }

    /// A value that may be absent.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.entries.get(key).map(|value| Placed {
            path: self.key_path(key),
            span: value.span(),
            value: value.get_ref(),
        })
    }

    /// A value that must be there; `example` shows how it is written.
    pub(super) fn need(&self, key: &str, example: &str) -> Result<Node<'a>, Problem> {
        self.get(key).ok_or_else(|| {
            Problem::new(format!("missing key `{key}` {}", self.described()))
                .at(self.span.clone(), format!("`{key}` is missing"))
                .help(format!("add `{example}`"))
        })
    }

    /// A problem with the table as a whole: `` `path`: what``.
    pub(super) fn problem(&self, what: impl fmt::Display, label: impl Into<String>) -> Problem {
        Problem::new(format!("`{}`: {what}", self.path)).at(self.span.clone(), label)
    }

    /// The table's place, without its content.
    pub(super) fn place(&self) -> Placed<()> {
        Placed {
            path: self.path.clone(),
            span: self.span.clone(),
            value: (),
        }
    }

    fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn described(&self) -> String {
        if self.path.is_empty() {
            "at the top level".to_owned()
        } else {
            format!("in `{}`", self.path)
        }
    }
}

impl<'a> Node<'a> {
    /// The value as text.
    pub(super) fn text(&self) -> Result<Placed<String>, Problem> {
        match self.value {
            DeValue::String(text) => Ok(self.with(text.to_string())),
            _ => Err(self.expected("text in quotes")),
        }
    }

    /// The value as text that is not empty.
    pub(super) fn filled(&self) -> Result<Placed<String>, Problem> {
        let text = self.text()?;
        if text.value.trim().is_empty() {
            return Err(self.problem("must not be empty", "empty"));
        }
        Ok(text)
    }

    /// The value as true or false.
    pub(super) fn flag(&self) -> Result<bool, Problem> {
        self.value
            .as_bool()
            .ok_or_else(|| self.expected("`true` or `false`"))
    }

    /// The value as a whole number from 0.
    pub(super) fn whole<N: TryFrom<u64>>(&self) -> Result<N, Problem> {
        match self.value {
            DeValue::Integer(integer) => {
                u64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix())
                    .ok()
                    .and_then(|value| N::try_from(value).ok())
            }
            _ => None,
        }
        .ok_or_else(|| self.expected("a whole number from 0"))
    }

    /// The value as a number that is not negative.
    pub(super) fn number(&self) -> Result<f64, Problem> {
        match self.value {
            DeValue::Integer(_) => self.whole::<u32>().ok().map(f64::from),
            DeValue::Float(float) => quantity::number(&float.as_str().replace('_', "")),
            _ => None,
        }
        .ok_or_else(|| self.expected("a number from 0"))
    }

    /// The value as a number above 0.
    pub(super) fn positive(&self) -> Result<f64, Problem> {
        match self.number() {
            Ok(number) if number > 0.0 => Ok(number),
            _ => Err(self.expected("a number above 0")),
        }
    }

    /// The value as a duration.
    pub(super) fn duration(&self) -> Result<Duration, Problem> {
        let expected = "a duration with a unit, such as \"30s\", \"2m\" or \"500ms\"";
        let DeValue::String(text) = self.value else {
            return Err(self.expected(expected));
        };
        quantity::duration(text).ok_or_else(|| self.expected(expected))
    }

    /// The value as a list.
    pub(super) fn items(&self) -> Result<Vec<Node<'a>>, Problem> {
        let DeValue::Array(items) = self.value else {
            return Err(self.expected("a list in `[ ]`"));
        };
        let each = items.iter().enumerate();
        Ok(each
            .map(|(index, item)| Placed {
                path: format!("{}[{index}]", self.path),
                span: item.span(),
                value: item.get_ref(),
            })
            .collect())
    }

    /// The value as a table with these keys.
    pub(super) fn table(&self, keys: &Keys) -> Result<Table<'a>, Problem> {
        let DeValue::Table(entries) = self.value else {
            return Err(self.expected("a table"));
        };
        Table::checked(self.path.clone(), self.span.clone(), entries, keys)
    }

    /// One of several words.
    pub(super) fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Result<T, Problem> {
        let text = self.text()?.value;
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.problem(format!("`{text}` is not known"), "not known")
                .help(quantity::advice(&text, &names))
        })
    }

    /// "expected …, found …".
    pub(super) fn expected(&self, expected: &str) -> Problem {
        let found = match self.value {
            DeValue::String(text) => format!("`\"{}\"`", mask::passwords(text)),
            DeValue::Integer(integer) => format!("`{}`", integer.as_str()),
            DeValue::Float(float) => format!("`{}`", float.as_str()),
            DeValue::Boolean(flag) => format!("`{flag}`"),
            DeValue::Datetime(datetime) => format!("`{datetime}`"),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.problem(format!("expected {expected}, found {found}"), "this")
    }

    fn with<T>(&self, value: T) -> Placed<T> {
        Placed {
            path: self.path.clone(),
            span: self.span.clone(),
            value,
        }
    }
}
