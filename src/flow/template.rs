//! Templates: `{{feed.column}}`, `{{secret.NAME}}`, `{{date.today+7d}}` in a step's value, its URL,
//! what is expected of it, and what is typed, chosen or answered to dialogs; filled for one user's
//! row just before the step is performed. Pure: secrets and the time are given, not looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::feed::Feed;

use super::date::{DATE, RelativeDate};
use super::extracted::EXTRACTED;
use super::locate::Key;
use super::suggest::did_you_mean;
use super::{Action, Flow, OwnStep, Step, StepExtension, Stroke};

/// Name that stands for secrets in templates; no feed can have it.
pub const SECRET: &str = "secret";

/// Environment variables that hold secrets begin with this.
pub const SECRET_VARIABLE_PREFIX: &str = "REHEARSAL_SECRET_";

/// Text with places to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Column { feed: String, column: String },
    Secret(String),
    Date(RelativeDate),
}

/// A template that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at character {position} of `{template}`")]
pub struct TemplateError {
    /// Character at which the bad part begins, from 1.
    pub position: usize,
    /// What is wrong.
    pub problem: String,
    /// The template.
    pub template: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`] with the position: an open `{{`, or a reference that is not
    /// `feed.column` or `secret.NAME`.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let at = text.len() - rest.len() + open;
            let error = |problem: String| TemplateError {
                position: text[..at].chars().count() + 1,
                problem,
                template: text.to_owned(),
            };
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            let inside = &rest[open + 2..];
            let close = inside
                .find("}}")
                .ok_or_else(|| error("`{{` without `}}`".to_owned()))?;
            parts.push(parse_reference(inside[..close].trim()).map_err(error)?);
            rest = &inside[close + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Fills the places. The second value says whether a secret went in.
    ///
    /// # Errors
    /// [`RenderError`] when something referred to is not there.
    pub fn render(&self, lookup: &Lookup<'_>) -> Result<(String, bool), RenderError> {
        let (mut out, mut secret) = (String::new(), false);
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Secret(name) => {
                    out.push_str(lookup.secrets.get(name)?);
                    secret = true;
                }
                Part::Date(date) => {
                    let date = date.render(&lookup.now);
                    out.push_str(&date.ok_or(RenderError::NoDate)?);
                }
                Part::Column { feed, column } => {
                    let (rows, row) = lookup.feed(feed)?;
                    if feed == EXTRACTED && rows.column(column).is_none() {
                        return Err(RenderError::NotRead {
                            name: column.clone(),
                        });
                    }
                    let index = column_of(rows, column)?;
                    let value = rows.rows.get(row).and_then(|row| row.get(index));
                    out.push_str(value.ok_or_else(|| RenderError::NoRow {
                        feed: feed.clone(),
                        row,
                        rows: rows.rows.len(),
                    })?);
                    secret |= rows.secret.get(index).copied().unwrap_or(false);
                }
            }
        }
        Ok((out, secret))
    }

    /// Names of values that the flow must have read from its pages before.
    pub(super) fn extracted(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Column { feed, column } if feed == EXTRACTED => Some(column.as_str()),
            _ => None,
        })
    }
}

fn parse_reference(reference: &str) -> Result<Part, String> {
    if let Some(date) = reference
        .strip_prefix(DATE)
        .and_then(|date| date.strip_prefix('.'))
    {
        return RelativeDate::parse(date).map(Part::Date);
    }
    let expected = "expected `feed.column` or `secret.NAME`";
    let Some((feed, column)) = reference.split_once('.') else {
        return Err(format!("`{reference}` has no dot, {expected}"));
    };
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || "_-".contains(character))
    };
    if !is_name(feed) || !is_name(column) {
        return Err(format!("`{reference}` is no reference, {expected}"));
    }
    Ok(match feed {
        SECRET => Part::Secret(column.to_owned()),
        _ => Part::Column {
            feed: feed.to_owned(),
            column: column.to_owned(),
        },
    })
}

/// Secrets by name. Their `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Secrets with these names and values.
    pub fn new(secrets: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(secrets.into_iter().collect())
    }

    fn get(&self, name: &str) -> Result<&str, RenderError> {
        let value = self.0.get(name).map(String::as_str);
        value.ok_or_else(|| RenderError::MissingSecret {
            name: name.to_owned(),
        })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// What one user's iteration fills templates with.
pub struct Lookup<'a> {
    /// Feeds, each with the index of this user's row.
    pub rows: &'a [(&'a Feed, usize)],
    /// Secrets from the environment.
    pub secrets: &'a Secrets,
    /// Number that decides where the flow says `choose: "any"`; drawn for each iteration.
    pub draw: u64,
    /// The user's time, in the user's time zone; what `{{date.…}}` counts from.
    pub now: jiff::Zoned,
}

impl<'a> Lookup<'a> {
    fn feed(&self, name: &str) -> Result<(&'a Feed, usize), RenderError> {
        let found = self.rows.iter().find(|(feed, _)| &*feed.name == name);
        found.copied().ok_or_else(|| RenderError::UnknownFeed {
            feed: name.to_owned(),
            hint: did_you_mean(name, self.rows.iter().map(|(feed, _)| &*feed.name)),
        })
    }
}

fn column_of(feed: &Feed, column: &str) -> Result<usize, RenderError> {
    feed.column(column)
        .ok_or_else(|| RenderError::UnknownColumn {
            feed: feed.name.to_string(),
            column: column.to_owned(),
            hint: did_you_mean(column, feed.columns.iter().map(|name| &**name)),
        })
}

/// A template refers to what is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// No such feed.
    #[error("there is no feed `{feed}`{hint}")]
    UnknownFeed {
        /// Name in the template.
        feed: String,
        /// A near name, if there is one.
        hint: String,
    },
    /// The feed has no such column.
    #[error("feed `{feed}` has no column `{column}`{hint}")]
    UnknownColumn {
        /// The feed.
        feed: String,
        /// Name in the template.
        column: String,
        /// A near name, if there is one.
        hint: String,
    },
    /// The feed has fewer rows.
    #[error("feed `{feed}` has {rows} rows, and row {row} (from 0) was asked for")]
    NoRow {
        /// The feed.
        feed: String,
        /// Index asked for.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// The secret was not given.
    #[error("secret `{name}` is not set: export {SECRET_VARIABLE_PREFIX}{name}")]
    MissingSecret {
        /// Name in the template.
        name: String,
    },
    /// No step has read the value yet: the one that does was left out.
    #[error("no step has read `{name}` from a page yet")]
    NotRead {
        /// Name in the template.
        name: String,
    },
    /// The date is beyond what calendars have.
    #[error("the date of the template is beyond the year 9999")]
    NoDate,
    /// The template itself is bad.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// Texts of an extension that may hold templates beside its `value`, each with its path: what is
/// expected, typed, chosen, or answered to dialogs.
pub(super) fn inner(extension: &mut StepExtension) -> Vec<(Vec<Key>, &mut String)> {
    let mut all: Vec<(Vec<Key>, &mut String)> = Vec::new();
    for (number, expected) in extension.expect.iter_mut().enumerate() {
        let texts = [
            ("text", &mut expected.text),
            ("contains", &mut expected.contains),
            ("value", &mut expected.value),
            ("url", &mut expected.url),
        ];
        for (key, text) in texts {
            let path = || vec!["expect".into(), number.into(), key.into()];
            all.extend(text.as_mut().map(|text| (path(), text)));
        }
    }
    for (number, dialog) in extension.dialogs.iter_mut().enumerate() {
        let texts = [("text", &mut dialog.text), ("message", &mut dialog.message)];
        for (key, text) in texts {
            let path = || vec!["dialogs".into(), number.into(), key.into()];
            all.extend(text.as_mut().map(|text| (path(), text)));
        }
    }
    for (number, value) in extension.values.iter_mut().flatten().enumerate() {
        all.push((vec!["values".into(), number.into()], value));
    }
    for (number, stroke) in extension.keys.iter_mut().flatten().enumerate() {
        if let Stroke::Text { text } = stroke {
            all.push((vec!["keys".into(), number.into(), "text".into()], text));
        }
    }
    all
}

/// All templates of a step.
fn of_step(step: &Step) -> Vec<String> {
    let mut extension = step.extension.clone();
    let inner = inner(&mut extension)
        .into_iter()
        .map(|(_, text)| text.clone());
    step.extension
        .value
        .clone()
        .into_iter()
        .chain(inner)
        .collect()
}

/// The step for one iteration: its templates filled, `draw` set. A value with a secret in it is
/// marked, and appears in no message, label or `Debug` output.
///
/// # Errors
/// [`RenderError`] when something referred to is not there.
pub fn render(step: &Step, lookup: &Lookup<'_>) -> Result<Step, RenderError> {
    let mut rendered = step.clone();
    rendered.extension.rendered.draw = lookup.draw;
    let mut secrets = false;
    for (_, text) in inner(&mut rendered.extension) {
        let (filled, secret) = Template::parse(text)?.render(lookup)?;
        *text = filled;
        secrets |= secret;
    }
    rendered.extension.rendered.secret = secrets;
    let Some(text) = &step.extension.value else {
        return Ok(rendered);
    };
    let (filled, secret) = Template::parse(text)?.render(lookup)?;
    rendered.extension.rendered.secret |= secret;
    match &mut rendered.action {
        Action::Change { value, .. } => *value = filled,
        Action::Navigate { url } => *url = filled,
        Action::Own(OwnStep::Paste(paste)) => paste.text = filled,
        _ => {}
    }
    Ok(rendered)
}

/// What templates of flows refer to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Columns by feed.
    pub feeds: BTreeMap<String, BTreeSet<String>>,
    /// Names of secrets.
    pub secrets: BTreeSet<String>,
}

impl Needs {
    /// Adds what the templates of this flow refer to.
    pub fn add(&mut self, flow: &Flow) {
        let templates = flow.steps.iter().flat_map(of_step);
        // Bad templates were refused when the flow was parsed.
        for part in templates
            .filter_map(|text| Template::parse(&text).ok())
            .flat_map(|t| t.parts)
        {
            match part {
                Part::Text(_) | Part::Date(_) => {}
                // An earlier step reads it, or the flow would have been refused.
                Part::Column { feed, .. } if feed == EXTRACTED => {}
                Part::Secret(name) => {
                    self.secrets.insert(name);
                }
                Part::Column { feed, column } => {
                    self.feeds.entry(feed).or_default().insert(column);
                }
            }
        }
    }

    /// Whether these feeds and secrets fill all templates: the first thing missing, else nothing.
    ///
    /// # Errors
    /// [`RenderError`] about the first feed, column or secret that is missing.
    pub fn check(&self, feeds: &[Feed], secrets: &Secrets) -> Result<(), RenderError> {
        let rows: Vec<(&Feed, usize)> = feeds.iter().map(|feed| (feed, 0)).collect();
        let lookup = Lookup {
            rows: &rows,
            secrets,
            draw: 0,
            now: jiff::Zoned::default(),
        };
        for (feed, columns) in &self.feeds {
            let (feed, _) = lookup.feed(feed)?;
            for column in columns {
                column_of(feed, column)?;
            }
        }
        self.secrets
            .iter()
            .try_for_each(|name| secrets.get(name).map(drop))
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
