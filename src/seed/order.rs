//! In which order tables are filled: those that are referred to first. Circles are cut at
//! references that are checked at the commit, else at some that may be null (they are written
//! last), else at some whose constraint is taken away and put back in the same transaction. Pure.

use std::collections::BTreeSet;

use super::error::SeedError;
use super::fit::{Layout, Referrer};
use super::plan::Plan;
use super::schema::{Rule, Schema};

/// The order of filling.
pub(super) struct Order {
    /// Indexes of layouts.
    pub(super) tables: Vec<usize>,
    /// References that are written after all rows: layout and column.
    pub(super) late: Vec<(usize, String)>,
    /// References whose constraint must be away while rows are written: layout and columns.
    pub(super) lifted: Vec<(usize, Vec<String>)>,
}

struct Edge {
    from: usize,
    to: usize,
    columns: Vec<String>,
    deferrable: bool,
    /// Columns that may be null until the end, which is enough to refer to nothing.
    nullable: Vec<String>,
}

/// Orders the plan's tables.
///
/// # Errors
/// [`SeedError::Circle`] when a circle cannot be cut.
pub(super) fn order(schema: &Schema, layouts: &[Layout]) -> Result<Order, SeedError> {
    let mut edges = edges(schema, layouts);
    let mut done: Vec<usize> = Vec::new();
    let mut late = Vec::new();
    let mut lifted = Vec::new();
    while done.len() < layouts.len() {
        let waits = |table: usize, edges: &[Edge]| edges.iter().any(|edge| edge.from == table);
        let next = (0..layouts.len()).find(|table| !done.contains(table) && !waits(*table, &edges));
        if let Some(table) = next {
            done.push(table);
            edges.retain(|edge| edge.to != table);
            continue;
        }
        // Every table that is left waits for another: cut the best edge of a circle.
        let Some(cut) = best_cut(&edges) else {
            let left: BTreeSet<_> = edges
                .iter()
                .map(|edge| layouts[edge.from].name.as_str())
                .collect();
            let tables = left
                .into_iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>();
            return Err(SeedError::Circle {
                tables: tables.join(", "),
            });
        };
        let edge = edges.swap_remove(cut);
        if edge.deferrable {
            continue;
        }
        if edge.nullable.is_empty() {
            lifted.push((edge.from, edge.columns));
        } else {
            late.extend(edge.nullable.into_iter().map(|column| (edge.from, column)));
        }
    }
    Ok(Order {
        tables: done,
        late,
        lifted,
    })
}

/// References between tables of the plan. Those of a table to itself are checked when the
/// statement ends, and need no order.
fn edges(schema: &Schema, layouts: &[Layout]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (from, layout) in layouts.iter().enumerate() {
        let Some(table) = schema.tables.get(&layout.name) else {
            continue;
        };
        for key in &table.foreign_keys {
            let to = layouts.iter().position(|other| other.name == key.table);
            let planned = |column: &String| layout.fields.iter().any(|field| field.name == *column);
            if let Some(to) = to.filter(|to| *to != from)
                && key.columns.iter().all(planned)
            {
                let can_wait = |name: &&String| {
                    table.columns[*name].nullable
                        && !table.rules(name).any(|rule| *rule == Rule::NotNull)
                };
                // The late rows are found again by their key.
                let found_again =
                    !table.primary_key.is_empty() && table.primary_key.iter().all(planned);
                let nullable = key.columns.iter().filter(can_wait).filter(|_| found_again);
                edges.push(Edge {
                    from,
                    to,
                    nullable: nullable.cloned().collect(),
                    deferrable: key.deferrable,
                    columns: key.columns.clone(),
                });
            }
        }
    }
    edges
}

/// A reference on a circle: one that is checked at the commit, else a nullable one, else any.
fn best_cut(edges: &[Edge]) -> Option<usize> {
    let on_circle = |edge: &Edge| reaches(edges, edge.to, edge.from);
    let find = |wanted: fn(&Edge) -> bool| {
        edges
            .iter()
            .position(|edge| wanted(edge) && on_circle(edge))
    };
    find(|edge| edge.deferrable)
        .or_else(|| find(|edge| !edge.nullable.is_empty()))
        .or_else(|| find(|_| true))
}

fn reaches(edges: &[Edge], from: usize, to: usize) -> bool {
    let mut seen = vec![from];
    let mut at = 0;
    while at < seen.len() {
        if seen[at] == to {
            return true;
        }
        let here = seen[at];
        for edge in edges.iter().filter(|edge| edge.from == here) {
            if !seen.contains(&edge.to) {
                seen.push(edge.to);
            }
        }
        at += 1;
    }
    false
}

/// Tables outside of the plan that refer to its tables, those that refer most indirectly first.
pub(super) fn referrers(schema: &Schema, plan: &Plan) -> Vec<Referrer> {
    let mut inside: Vec<&str> = plan.tables.keys().map(String::as_str).collect();
    let planned = inside.len();
    loop {
        let next = schema.tables.iter().find(|(name, table)| {
            !inside.contains(&name.as_str())
                && table
                    .foreign_keys
                    .iter()
                    .any(|key| inside.contains(&key.table.as_str()))
        });
        match next {
            Some((name, _)) => inside.push(name),
            None => break,
        }
    }
    let found = inside[planned..].iter().rev();
    found
        .map(|name| Referrer {
            name: (*name).to_owned(),
            sql_name: schema.tables[*name].sql_name.clone(),
            listed: plan.empty.iter().any(|listed| listed == name),
        })
        .collect()
}
