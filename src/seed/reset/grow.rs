//! Tables that grow: the rows that are there stay what they are, because the program that made
//! them goes on making them; the new rows are made by a program of the larger size, whose unique
//! values lie beyond those of the first. Pure.

use indexmap::IndexMap;

use super::record::Growth;
use crate::seed::compile::{Input, compile_with};
use crate::seed::plan::{Plan, PlanError};
use crate::seed::program::{Operation, Program, Way};

/// The program of all rows after some fillings.
///
/// # Errors
/// As compiling; and the column whose values for new rows could be those of old ones.
pub(in crate::seed) fn program(
    plan: &Plan,
    input: &Input<'_>,
    stages: &[Growth],
) -> Result<Option<Program>, PlanError> {
    let mut whole: Option<Program> = None;
    for stage in stages {
        let input = Input {
            rows: Some(&stage.rows),
            ..*input
        };
        let mut next = compile_with(plan, &input)?;
        for (name, start) in &stage.starts {
            shift(&mut next, name, *start);
        }
        whole = Some(match whole {
            Some(before) => onto(plan, before, next)?,
            None => next,
        });
    }
    Ok(whole)
}

/// Lets a sequence (`table.column`) begin elsewhere.
fn shift(program: &mut Program, name: &str, start: i64) {
    for table in &mut program.tables {
        for column in &mut table.columns {
            if format!("{}.{}", table.name, column.name) == name {
                column.operation = Operation::Sequence { start };
            }
        }
    }
}

/// The rows that a plan wants, but nowhere fewer than there are.
pub(in crate::seed) fn target(
    wanted: &Program,
    there: &IndexMap<String, u64>,
) -> IndexMap<String, u64> {
    let tables = wanted.tables.iter();
    tables
        .map(|table| {
            let least = there.get(&table.name).copied().unwrap_or(0);
            (table.name.clone(), table.rows.max(least))
        })
        .collect()
}

fn onto(plan: &Plan, before: Program, mut next: Program) -> Result<Program, PlanError> {
    for (index, table) in next.tables.iter_mut().enumerate() {
        let old = &before.tables[index];
        let span = &plan.tables[index].span;
        if table.rows < old.rows {
            let (name, less, more) = (&table.name, table.rows, old.rows);
            let message = format!("`{name}` holds {more} seeded rows, and would have {less}");
            let help = "tables only grow: to make them smaller, refill".to_owned();
            return Err(plan.error(span, message, help));
        }
        if table.rows == old.rows {
            continue;
        }
        table.keys.email = table.keys.email.beyond(old.rows);
        table.scatter = table.scatter.map(|scatter| scatter.beyond(old.rows));
        for (place, column) in table.columns.iter().enumerate() {
            let theirs = &old.columns[place];
            let mixed = |column: &crate::seed::program::Column| {
                let mixed = match &column.operation {
                    Operation::Reference { hop, .. } => match hop.way {
                        Way::Mixed(mixed) => Some(mixed),
                        _ => column.mixed,
                    },
                    _ => column.mixed,
                };
                let mixed = mixed.filter(|mixed| !mixed.siblings);
                mixed.map(|mixed| (mixed.permutation, mixed.divisor, mixed.size))
            };
            let why = match (&column.operation, &theirs.operation) {
                _ if mixed(column) != mixed(theirs) => {
                    "its combinations with other columns grow with another table"
                }
                (Operation::Reference { hop, .. }, _) if matches!(hop.way, Way::Permuted(_)) => {
                    "each of its rows takes another row of a table"
                }
                (Operation::Moment(moment), Operation::Moment(earlier))
                    if moment.apart != earlier.apart =>
                {
                    "its moments would have to lie closer together"
                }
                _ => continue,
            };
            let message = format!(
                "`{}` cannot be topped up: `{}` is unique, and {why}, so new rows could repeat old ones",
                table.name, column.name
            );
            let span = plan.tables[index]
                .columns
                .get(&column.name)
                .map_or(span, |column| &column.span);
            let help = "refill instead (`--reset refill`), or leave this table as large as it is";
            return Err(plan.error(span, message, help.to_owned()));
        }
    }
    next.before = Some(Box::new(before));
    Ok(next)
}
