//! Whether every template finds its column and every user its row, before anything starts.

use super::allotment::allot;
use super::document::Placed;
use super::error::Problem;
use super::model::Persona;
use super::quantity;
use super::raw::Raw;
use crate::feed::Feed;
use crate::flow::template::Needs;
use crate::flow::{ITERATION, ITERATION_COLUMNS};

/// What is known of a feed before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedShape {
    /// Name, as templates use it.
    pub name: String,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// How many rows it will have, if that is known before seeding.
    pub rows: Option<u64>,
    /// Every iteration draws a row by weight: any flow may use it, and users may share rows.
    pub weighted: bool,
}

impl FeedShape {
    /// Shape of a feed that is there.
    pub fn of(feed: &Feed) -> Self {
        Self {
            name: feed.name.to_string(),
            columns: feed.columns.iter().map(ToString::to_string).collect(),
            rows: Some(feed.rows.len() as u64),
            weighted: feed.is_weighted(),
        }
    }
}

/// All problems of personas with their feeds.
pub(super) fn check_draws(
    raw: &Raw,
    personas: &[Persona],
    shapes: &[FeedShape],
    peak: u32,
) -> Vec<Problem> {
    let own = FeedShape {
        name: ITERATION.to_owned(),
        columns: ITERATION_COLUMNS.map(str::to_owned).to_vec(),
        rows: None,
        weighted: false,
    };
    let mut problems = Vec::new();
    for (entry, persona) in raw.personas.iter().zip(personas) {
        let shape = match &entry.feed {
            None => None,
            Some(feed) => match known(feed, shapes) {
                Ok(shape) => Some(shape),
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            },
        };
        for (flow, walked) in entry.flows.iter().zip(&persona.flows) {
            let mut needs = Needs::default();
            needs.add(&walked.flow);
            for (feed, columns) in &needs.feeds {
                let drawn = |other: &&FeedShape| other.weighted && other.name == *feed;
                let shape = match feed.as_str() {
                    ITERATION => Some(&own),
                    _ => shapes.iter().find(drawn).or(shape),
                };
                for column in columns {
                    let result = check_column(&flow.file, shape, feed, column);
                    problems.extend(result.err());
                }
            }
        }
    }
    let order = allot(personas, peak);
    for shape in shapes {
        let draws = |index: &&usize| personas[**index].feed.as_deref() == Some(&shape.name);
        let users = order.iter().filter(draws).count() as u64;
        // Rows that are drawn by weight are shared.
        let users = if shape.weighted { users.min(1) } else { users };
        let first = raw
            .personas
            .iter()
            .filter_map(|entry| entry.feed.as_ref())
            .find(|feed| feed.value == shape.name);
        if let (Some(rows), Some(feed)) = (shape.rows, first)
            && rows < users
        {
            problems.push(
                feed.problem(
                    format!(
                        "{users} users draw from `{}`, which has {rows} rows",
                        shape.name
                    ),
                    "too few rows",
                )
                .help("every user draws a row of its own: add rows, or run fewer users"),
            );
        }
    }
    problems
}

fn known<'a>(feed: &Placed<String>, shapes: &'a [FeedShape]) -> Result<&'a FeedShape, Problem> {
    let found = shapes.iter().find(|shape| shape.name == feed.value);
    found.ok_or_else(|| {
        let names: Vec<&str> = shapes.iter().map(|shape| shape.name.as_str()).collect();
        let help = if names.is_empty() {
            "feeds come from `[[feed]]` (a CSV file) or from the plan of `[seed]`; \
             this workload has neither"
                .to_owned()
        } else {
            quantity::advice(&feed.value, &names)
        };
        feed.problem(format!("unknown feed `{}`", feed.value), "unknown feed")
            .help(help)
    })
}

fn check_column(
    flow: &Placed<String>,
    shape: Option<&FeedShape>,
    feed: &str,
    column: &str,
) -> Result<(), Problem> {
    let uses = format!("the flow uses `{{{{{feed}.{column}}}}}`");
    let Some(shape) = shape else {
        return Err(flow
            .problem(
                format!("{uses}, but the persona draws from no feed"),
                "this flow",
            )
            .help(format!("add `feed = \"{feed}\"` to the persona")));
    };
    if shape.name != feed {
        return Err(flow
            .problem(
                format!("{uses}, but the persona draws from `{}`", shape.name),
                "this flow",
            )
            .help("a persona draws from one feed"));
    }
    if shape.columns.iter().any(|known| known == column) {
        return Ok(());
    }
    let columns: Vec<&str> = shape.columns.iter().map(String::as_str).collect();
    Err(flow
        .problem(
            format!("{uses}, but feed `{feed}` has no column `{column}`"),
            "this flow",
        )
        .help(quantity::advice(column, &columns)))
}
