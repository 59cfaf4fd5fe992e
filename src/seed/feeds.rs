//! Feeds from the plan alone: rows that virtual users draw, computed by the same functions that
//! fill the tables. Pure.

use std::sync::Arc;

use super::compile::feed_path;
use super::generate::Scratch;
use super::plan::{FeedPlan, Plan, PlanError};
use super::program::{Operation, Path, Program};
use super::value::write_plain;
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
    let rows = (0..count).map(|index| {
        let row = if feed.by_popularity {
            program.popular(table, index)
        } else {
            program.row_at(table, index)
        };
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
    })
}

/// The table outside of the plan that a feed's column comes from, when no database was asked.
fn asks_database<'a>(program: &'a Program, source: &Source) -> Option<&'a str> {
    let Source::Path(path) = source else {
        return None;
    };
    let mut end = path;
    loop {
        match &program.tables[end.table].columns[end.column].operation {
            Operation::Lookup { path } => end = path,
            Operation::Existing { source, .. } => {
                let source = &program.sources[*source];
                return source.keys.rows.is_empty().then_some(source.table.as_str());
            }
            _ => return None,
        }
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
