//! Reads TOML with places: every value knows where it stands, and every key that nobody asked
//! for is an error with a did-you-mean.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::model::Span;

/// A plan that cannot be used: where, why, and what to write instead.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error(transparent)]
#[diagnostic(transparent)]
pub struct PlanError(Box<Details>);

#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("plan `{path}`, line {line}: {message}")]
struct Details {
    path: Arc<str>,
    line: usize,
    message: String,
    label: String,
    #[source_code]
    text: NamedSource<Arc<str>>,
    #[label("{label}")]
    span: SourceSpan,
    #[help]
    help: Option<String>,
}

impl PlanError {
    /// What to write instead.
    pub fn help_text(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The line of the plan, from 1.
    pub fn line(&self) -> usize {
        self.0.line
    }
}

/// The text of a plan and what it is called.
#[derive(Debug, Clone)]
pub(in crate::seed) struct Source {
    pub(in crate::seed) path: Arc<str>,
    pub(in crate::seed) text: Arc<str>,
}

impl Source {
    pub(in crate::seed) fn error(
        &self,
        span: Span,
        message: String,
        label: &str,
        help: Option<String>,
    ) -> PlanError {
        let start = span.start.min(self.text.len());
        PlanError(Box::new(Details {
            path: Arc::clone(&self.path),
            line: 1 + self.text[..start].matches('\n').count(),
            message,
            label: label.to_owned(),
            text: NamedSource::new(&self.path, Arc::clone(&self.text)),
            span: (start..span.end.clamp(start, self.text.len())).into(),
            help,
        }))
    }
}

/// The closest of some names, if one is close enough to be meant.
pub(in crate::seed) fn did_you_mean<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(found, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

/// A TOML table of which keys are taken one by one.
pub(super) struct Section<'a> {
    source: &'a Source,
    /// What the table describes, for messages: "table `orders`".
    pub(super) what: String,
    pub(super) span: Span,
    table: &'a DeTable<'a>,
    known: RefCell<Vec<Cow<'static, str>>>,
}

/// A value and where it stands.
pub(super) struct Entry<'a> {
    pub(super) key: Cow<'static, str>,
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Span,
}

type Read<T> = Result<T, PlanError>;

impl<'a> Section<'a> {
    pub(super) fn new(
        source: &'a Source,
        what: impl Into<String>,
        span: Span,
        table: &'a DeTable<'a>,
    ) -> Self {
        Self {
            source,
            what: what.into(),
            span,
            table,
            known: RefCell::default(),
        }
    }

    /// A section for something that was given by its name alone, without options.
    pub(super) fn detached(
        parent: &Section<'a>,
        what: String,
        span: Span,
        empty: &'a DeTable<'a>,
    ) -> Self {
        Self::new(parent.source, what, span, empty)
    }

    /// The line of a place, from 1.
    pub(super) fn line(&self, span: &Span) -> usize {
        let start = span.start.min(self.source.text.len());
        1 + self.source.text[..start].matches('\n').count()
    }

    /// The path of a file that stands beside the plan.
    pub(super) fn beside(&self, file: &str) -> std::path::PathBuf {
        let plan = std::path::Path::new(self.source.path.as_ref());
        plan.parent()
            .map_or_else(|| file.into(), |folder| folder.join(file))
    }

    /// Where the value of a key stands.
    pub(super) fn span_of(&self, key: &str) -> Span {
        self.table.get(key).map_or(self.span.clone(), Spanned::span)
    }

    /// Whether a key is there. It does not count as known.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Opens a table value.
    pub(super) fn open(
        &self,
        what: impl Into<String>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Read<Self> {
        let what = what.into();
        match value.get_ref() {
            DeValue::Table(table) => Ok(Self::new(self.source, what, value.span(), table)),
            other => Err(self.error(
                value.span(),
                format!("{what} is {}, not a table", article(other.type_str())),
                None,
            )),
        }
    }

    pub(super) fn error(&self, span: Span, message: String, help: Option<String>) -> PlanError {
        self.source.error(span, message, "here", help)
    }

    /// All entries of a table whose keys are free (names of tables, columns, feeds), in the
    /// order of the text.
    pub(super) fn entries(&self) -> Vec<(&'a str, Span, &'a Spanned<DeValue<'a>>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
            .collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }

    pub(super) fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.borrow_mut().push(Cow::Borrowed(key));
        self.table.get(key)
    }

    fn entry(&self, key: &'static str) -> Option<Entry<'a>> {
        self.get(key).map(|value| Entry {
            key: Cow::Borrowed(key),
            value: value.get_ref(),
            span: value.span(),
        })
    }

    fn mismatch(&self, entry: &Entry<'_>, expected: &str) -> PlanError {
        self.error(
            entry.span.clone(),
            format!(
                "`{}` of {} is {}, expected {expected}",
                entry.key,
                self.what,
                found(entry.value)
            ),
            None,
        )
    }

    pub(super) fn string(&self, key: &'static str) -> Read<Option<String>> {
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        match entry.value.as_str() {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(self.mismatch(&entry, "a string")),
        }
    }

    /// A string that must be there.
    pub(super) fn required(&self, key: &'static str) -> Read<String> {
        self.string(key)?.ok_or_else(|| self.missing(key))
    }

    pub(super) fn missing(&self, key: &str) -> PlanError {
        self.error(
            self.span.clone(),
            format!("{} has no `{key}`", self.what),
            Some(format!("write `{key} = …` in it")),
        )
    }

    pub(super) fn integer(&self, key: &'static str) -> Read<Option<i64>> {
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        integer(entry.value)
            .map(Some)
            .ok_or_else(|| self.mismatch(&entry, "a whole number"))
    }

    pub(super) fn count(&self, key: &'static str) -> Read<Option<u64>> {
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        integer(entry.value)
            .and_then(|number| u64::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| self.mismatch(&entry, "a whole number that is not negative"))
    }

    pub(super) fn number(&self, key: &'static str) -> Read<Option<f64>> {
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        number(entry.value)
            .filter(|number| number.is_finite())
            .map(Some)
            .ok_or_else(|| self.mismatch(&entry, "a number"))
    }

    /// A share between 0 and 1.
    pub(super) fn share(&self, key: &'static str) -> Read<Option<f64>> {
        let share = self.number(key)?;
        if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err(self.invalid(key, "is a share and must lie between 0 and 1"));
        }
        Ok(share)
    }

    pub(super) fn boolean(&self, key: &'static str) -> Read<Option<bool>> {
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        let mismatch = || self.mismatch(&entry, "`true` or `false`");
        entry.value.as_bool().map(Some).ok_or_else(mismatch)
    }

    pub(super) fn list(&self, key: &'static str) -> Read<Option<Vec<&'a Spanned<DeValue<'a>>>>> {
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        match entry.value {
            DeValue::Array(items) => Ok(Some(items.iter().collect())),
            _ => Err(self.mismatch(&entry, "a list")),
        }
    }

    pub(super) fn strings(&self, key: &'static str) -> Read<Option<Vec<String>>> {
        let Some(items) = self.list(key)? else {
            return Ok(None);
        };
        let texts = items.iter().map(|item| {
            item.get_ref()
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| self.error(item.span(), format!("`{key}` holds strings"), None))
        });
        texts.collect::<Read<Vec<_>>>().map(Some)
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(
        &self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Read<Option<T>> {
        let Some(found) = self.string(key)? else {
            return Ok(None);
        };
        match words.iter().find(|(word, _)| *word == found) {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => Err(self.unknown(key, &found, words.iter().map(|(word, _)| *word))),
        }
    }

    /// The value of `key` is none of some names.
    pub(super) fn unknown(
        &self,
        key: &'static str,
        found: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> PlanError {
        let known: Vec<_> = known.into_iter().collect();
        let help = did_you_mean(found, known.iter().copied())
            .unwrap_or_else(|| format!("one of: {}", known.join(", ")));
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.error(
            span,
            format!("{} has an unknown {key} `{found}`", self.what),
            Some(help),
        )
    }

    /// The value of `key` cannot be.
    pub(super) fn invalid(&self, key: &str, why: &str) -> PlanError {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.error(span, format!("`{key}` of {} {why}", self.what), None)
    }

    /// Refuses keys that nobody asked for.
    pub(super) fn finish(self) -> Read<()> {
        let known = self.known.borrow();
        let stray = self
            .entries()
            .into_iter()
            .find(|(key, _, _)| !known.iter().any(|name| name == key));
        let Some((key, span, _)) = stray else {
            return Ok(());
        };
        let names = known.iter().map(AsRef::as_ref);
        let help = did_you_mean(key, names.clone())
            .unwrap_or_else(|| format!("known keys: {}", names.collect::<Vec<_>>().join(", ")));
        Err(self.error(
            span,
            format!("{} has an unknown key `{key}`", self.what),
            Some(help),
        ))
    }
}

/// A whole number.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A number, whole or not.
pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value.as_float() {
        Some(float) => float.as_str().parse().ok(),
        None => integer(value).map(|number| number as f64),
    }
}

/// A value as its author knows it: numbers and booleans themselves, of others what they are.
pub(super) fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
        other => article(other.type_str()),
    }
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
