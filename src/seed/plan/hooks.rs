//! Reads `[sql]`: statements of the author's that run around the rows, in their transaction.

use toml::Spanned;
use toml::de::DeValue;

use super::model::{Hooks, Statement, Text};
use super::read::{PlanError, Section};

/// Kinds of databases that a statement can be for.
const KINDS: [&str; 3] = ["postgres", "mysql", "sqlite"];
/// Words that would end the fill's own transaction.
const ENDS: [&str; 5] = ["begin", "start", "commit", "rollback", "abort"];

pub(super) fn hooks(section: Section<'_>, path: &str) -> Result<Hooks, PlanError> {
    let hooks = Hooks {
        before: statements(&section, "before", path)?,
        after: statements(&section, "after", path)?,
    };
    section.finish()?;
    Ok(hooks)
}

fn statements<'a>(
    section: &Section<'a>,
    key: &'static str,
    path: &str,
) -> Result<Vec<Statement>, PlanError> {
    let items = section.list(key)?.unwrap_or_default();
    let read = |(index, item): (usize, &'a Spanned<DeValue<'a>>)| {
        let line = section.line(&item.span());
        let number = index + 1;
        Ok(Statement {
            place: format!("statement {number} of `{key}` under [sql] (`{path}`, line {line})"),
            text: text(section, key, item)?,
        })
    };
    items.into_iter().enumerate().map(read).collect()
}

fn text<'a>(
    section: &Section<'a>,
    key: &'static str,
    item: &'a Spanned<DeValue<'a>>,
) -> Result<Text, PlanError> {
    if let Some(text) = item.get_ref().as_str() {
        check(section, text, item)?;
        return Ok(Text::Every(text.to_owned()));
    }
    let each = section.open(format!("a statement of `{key}` under [sql]"), item)?;
    let mut texts = Vec::new();
    for kind in KINDS {
        if let Some(text) = each.string(kind)? {
            check(section, &text, item)?;
            texts.push((kind, text));
        }
    }
    each.finish()?;
    Ok(Text::Each(texts))
}

/// A statement must leave the transaction open.
fn check(section: &Section<'_>, text: &str, item: &Spanned<DeValue<'_>>) -> Result<(), PlanError> {
    let firsts = text
        .split(';')
        .filter_map(|part| part.split_whitespace().next());
    let ends = |word: &&str| ENDS.contains(&word.to_lowercase().as_str());
    let Some(word) = firsts.into_iter().find(ends) else {
        return Ok(());
    };
    Err(section.error(
        item.span(),
        format!("a statement under [sql] begins or ends a transaction: `{word}`"),
        Some(
            "take it out: statements run in the transaction of the fill, so that all or nothing \
             of it is there afterwards"
                .to_owned(),
        ),
    ))
}
