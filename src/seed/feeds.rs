//! Feeds from the plan alone: rows that virtual users draw, computed by the same functions that
//! fill the tables. Pure.

use std::sync::Arc;

use super::compile::feed_path;
use super::distribution::zipf_weight;
use super::generate::Scratch;
use super::plan::{FeedPlan, Plan, PlanError};
use super::program::{Column, Document, Operation, Path, Piece, Program};
use super::value::{Kind, write_plain};
use crate::feed::Feed;

/// Where a feed's column gets its values.
enum Source {
    Path(Path),
    /// The plain password of the pool, for the row at the end of the path.
    Password(Path, usize),
}

/// Computes all feeds.
///
/// # Errors
/// A column that is not there, at its place in the plan.
pub(super) fn feeds(plan: &Plan, program: &Program) -> Result<Vec<Feed>, PlanError> {
    let each = program.feeds.iter();
    each.map(|(name, feed)| self::feed(plan, program, name, feed))
        .collect()
}

fn feed(plan: &Plan, program: &Program, name: &str, feed: &FeedPlan) -> Result<Feed, PlanError> {
    let table = program
        .table(&feed.table)
        .expect("invariant: checked when compiled");
    let sources = feed
        .columns
        .iter()
        .map(|column| source(plan, program, table, &column.path))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(outside) = sources
        .iter()
        .find_map(|source| asks_database(program, source))
    {
        let message = format!(
            "feed `{name}` holds what refers to rows of `{outside}`, which are only in the database"
        );
        let help = "seed with the database, or take the column out of the feed".to_owned();
        return Err(plan.error(&feed.span, message, help));
    }
    let mut scratch = program.scratch();
    let count = program.tables[table].rows.min(feed.rows);
    let row_of = |index| {
        if feed.by_popularity {
            program.popular(table, index)
        } else {
            program.row_at(table, index)
        }
    };
    let weights = if feed.weighted {
        weights(plan, program, table, feed, &mut (0..count).map(row_of))?
    } else {
        Vec::new()
    };
    let rows = (0..count).map(|index| {
        let row = row_of(index);
        let values = sources.iter();
        values
            .map(|source| value(program, source, row, &mut scratch))
            .collect()
    });
    Ok(Feed {
        name: Arc::from(name),
        columns: feed
            .columns
            .iter()
            .map(|column| Arc::from(column.name.as_str()))
            .collect(),
        secret: sources
            .iter()
            .map(|source| matches!(source, Source::Password(..)))
            .collect(),
        rows: rows.collect(),
        weights,
    })
}

/// Sums of the weights of rows: what the column of `weight` says, or how often references that
/// follow popularity take the row.
fn weights(
    plan: &Plan,
    program: &Program,
    table: usize,
    feed: &FeedPlan,
    rows: &mut dyn Iterator<Item = u64>,
) -> Result<Vec<u64>, PlanError> {
    let refuse = |message: String, help: &str| {
        let message = format!("feed of `{}`: {message}", feed.table);
        Err(plan.error(&feed.span, message, help.to_owned()))
    };
    let mut scratch = program.scratch();
    let each: Vec<f64> = if let Some(text) = &feed.weight {
        let path = feed_path(plan, program, table, text)?;
        let kind = program.tables[path.table].columns[path.column].kind;
        if !matches!(kind, Kind::Integer | Kind::Decimal) {
            let message = format!("`weight` names `{text}`, which is {}", kind.name());
            return refuse(message, "name a column of numbers");
        }
        rows.map(|row| {
            let mut text = String::new();
            let value = program.follow(&path, row, &mut text, &mut scratch);
            write_plain(value, &mut text);
            text.parse::<f64>().unwrap_or(0.0).max(0.0)
        })
        .collect()
    } else {
        let Some(exponent) = program.popularity_of(table) else {
            return refuse(
                "no reference follows its popularity, so its rows have no weights".to_owned(),
                "write `popularity = \"zipf\"` where it is referred to, or `weight = \"COLUMN\"` here",
            );
        };
        rows.map(|row| zipf_weight(exponent, program.rank_of(table, row)))
            .collect()
    };
    let total: f64 = each.iter().sum();
    if total <= 0.0 {
        return refuse(
            "its weights are all 0, or it has no rows".to_owned(),
            "name another column as `weight`, or take `draw` away",
        );
    }
    // Fine enough for a row of ten thousand, and far from overflow.
    let unit = 1e15 / total;
    let mut sum = 0;
    let sums = each.into_iter().map(|weight| {
        sum += (weight * unit) as u64;
        sum
    });
    Ok(sums.collect())
}

/// The table outside of the plan that a feed's column comes from, when no database was asked.
fn asks_database<'a>(program: &'a Program, source: &Source) -> Option<&'a str> {
    match source {
        Source::Path(path) => outside(program, &program.tables[path.table].columns[path.column]),
        Source::Password(..) => None,
    }
}

fn outside<'a>(program: &'a Program, column: &'a Column) -> Option<&'a str> {
    let at = |path: &Path| outside(program, &program.tables[path.table].columns[path.column]);
    match &column.operation {
        Operation::Existing { source, .. } => {
            let source = &program.sources[*source];
            let unread = source.keys.rows.is_empty();
            unread.then_some(source.table.as_str())
        }
        Operation::Lookup { path } | Operation::Slug { of: path } => at(path),
        Operation::Template { pieces } => pieces.iter().find_map(|piece| match piece {
            Piece::Column { path, .. } => at(path),
            _ => None,
        }),
        Operation::By {
            path,
            cases,
            otherwise,
        } => {
            let cases = cases.iter().map(|(_, case)| case);
            let mut parts = cases.chain(otherwise.as_deref());
            at(path).or_else(|| parts.find_map(|part| outside(program, part)))
        }
        Operation::Json(document) => document.iter().find_map(|part| match part {
            Document::Made(column) => outside(program, column),
            Document::Path { path, .. } => at(path),
            _ => None,
        }),
        _ => None,
    }
}

fn source(plan: &Plan, program: &Program, table: usize, text: &str) -> Result<Source, PlanError> {
    let columns = &program.tables[table].columns;
    // `password` means the plain one of the table's only hash, unless there is such a column.
    if text == "password" && columns.iter().all(|column| column.name != text) {
        let hashes =
            columns
                .iter()
                .enumerate()
                .filter_map(|(index, column)| match column.operation {
                    Operation::Password { pool } => Some((index, pool)),
                    _ => None,
                });
        if let [(column, pool)] = hashes.collect::<Vec<_>>()[..] {
            let path = Path {
                hops: Vec::new(),
                table,
                column,
            };
            return Ok(Source::Password(path, pool));
        }
    }
    let path = feed_path(plan, program, table, text)?;
    Ok(
        match program.tables[path.table].columns[path.column].operation {
            Operation::Password { pool } => Source::Password(path, pool),
            _ => Source::Path(path),
        },
    )
}

fn value(program: &Program, source: &Source, row: u64, scratch: &mut Scratch) -> Arc<str> {
    let mut text = String::new();
    match source {
        Source::Path(path) => {
            let value = program.follow(path, row, &mut text, scratch);
            write_plain(value, &mut text);
        }
        Source::Password(path, pool) => {
            if let Some(row) = program.end_of(path, row, scratch) {
                text = program.pools[*pool].plain(row);
            }
        }
    }
    Arc::from(text)
}
