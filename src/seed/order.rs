//! In which order tables are filled: those that are referred to first. Circles are cut at
//! references that may be null (they are written last) or that are checked at the commit. Pure.

use std::collections::BTreeSet;

use super::error::SeedError;
use super::fit::{Layout, Referrer};
use super::plan::Plan;
use super::schema::Schema;

/// The order of filling.
pub(super) struct Order {
    /// Indexes of layouts.
    pub(super) tables: Vec<usize>,
    /// References that are written after all rows: layout and column.
    pub(super) late: Vec<(usize, String)>,
}

struct Edge {
    from: usize,
    to: usize,
    columns: Vec<String>,
    deferrable: bool,
    nullable: bool,
}

/// Orders the plan's tables.
///
/// # Errors
/// [`SeedError::Circle`] when a circle has no reference that can wait.
pub(super) fn order(schema: &Schema, layouts: &[Layout]) -> Result<Order, SeedError> {
    let mut edges = edges(schema, layouts);
    let mut done: Vec<usize> = Vec::new();
    let mut late = Vec::new();
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
        if !edge.deferrable {
            late.extend(edge.columns.into_iter().map(|column| (edge.from, column)));
        }
    }
    Ok(Order { tables: done, late })
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
                edges.push(Edge {
                    from,
                    to,
                    nullable: key.columns.iter().all(|name| table.columns[name].nullable)
                        && !table.primary_key.is_empty(),
                    deferrable: key.deferrable,
                    columns: key.columns.clone(),
                });
            }
        }
    }
    edges
}

/// A reference on a circle that can wait: checked at the commit, else nullable.
fn best_cut(edges: &[Edge]) -> Option<usize> {
    let on_circle = |edge: &Edge| reaches(edges, edge.to, edge.from);
    let find = |wanted: fn(&Edge) -> bool| {
        edges
            .iter()
            .position(|edge| wanted(edge) && on_circle(edge))
    };
    find(|edge| edge.deferrable).or_else(|| find(|edge| edge.nullable))
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
