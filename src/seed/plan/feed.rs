//! Reads feeds: which columns of a table virtual users get, in which order, how they are drawn.

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::DeValue;

use super::model::{FeedColumn, FeedPlan, Span};
use super::read::{PlanError, Section};

/// Rows of a feed unless the plan says otherwise.
const FEED_ROWS: u64 = 10_000;

pub(super) fn feeds(section: &Section<'_>) -> Result<IndexMap<String, FeedPlan>, PlanError> {
    let entries = section.entries().into_iter();
    entries
        .map(|(name, span, value)| {
            let section = section.open(format!("feed `{name}`"), value)?;
            Ok((name.to_owned(), feed(section, name, span)?))
        })
        .collect()
}

fn feed(section: Section<'_>, name: &str, span: Span) -> Result<FeedPlan, PlanError> {
    let table = section.string("table")?.unwrap_or_else(|| name.to_owned());
    let Some(items) = section.list("columns")? else {
        return Err(section.missing("columns"));
    };
    let columns = items
        .into_iter()
        .map(|item| feed_column(&section, item))
        .collect::<Result<Vec<_>, _>>()?;
    let rows = section.count("rows")?.unwrap_or(FEED_ROWS);
    let order = [("rows", false), ("popularity", true)];
    let order = section.word("order", &order)?;
    let draw = [("unique", false), ("weighted", true)];
    let weighted = section.word("draw", &draw)?.unwrap_or(false);
    let weight = section.string("weight")?;
    if weight.is_some() && !weighted {
        return Err(section.invalid("weight", "goes with `draw = \"weighted\"`"));
    }
    section.finish()?;
    Ok(FeedPlan {
        span,
        table,
        columns,
        rows,
        // Those that are drawn most must be there.
        by_popularity: order.unwrap_or(weighted && weight.is_none()),
        weighted,
        weight,
    })
}

fn feed_column<'a>(
    section: &Section<'a>,
    item: &'a Spanned<DeValue<'a>>,
) -> Result<FeedColumn, PlanError> {
    if let Some(path) = item.get_ref().as_str() {
        return Ok(FeedColumn {
            name: path.to_owned(),
            path: path.to_owned(),
        });
    }
    let item = section.open(format!("a column of {}", section.what), item)?;
    let column = FeedColumn {
        name: item.required("name")?,
        path: item.required("of")?,
    };
    item.finish()?;
    Ok(column)
}
