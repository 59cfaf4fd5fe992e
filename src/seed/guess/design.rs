//! What a table's constraints ask of its columns together: which refer, which must differ and by
//! what, which may not be null, and how many rows there can be at most. Pure.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::choices::{choices, highest, is_free, is_whole, room};
use super::observed::Observed;
use crate::seed::schema::{ColumnSchema, ColumnType, ForeignKey, Rule, Schema, TableSchema};

/// How rows are made to differ in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Differ {
    /// By itself.
    Alone,
    /// Among the children of a parent: 1, 2, 3.
    Position,
    /// Among the children of a parent: another row each.
    Siblings,
    /// Together with these.
    With(Vec<String>),
}

/// What is decided for a table before its columns are written.
#[derive(Debug, Clone, Default)]
pub(super) struct Design {
    /// The reference to the table whose rows this one's belong to.
    pub(super) parent: Option<ForeignKey>,
    pub(super) differ: BTreeMap<String, Differ>,
    /// Columns that always have a value, though they might have none.
    pub(super) never_null: BTreeSet<String>,
    /// Columns that are left out, so that they are null or their default.
    pub(super) left_out: BTreeMap<String, &'static str>,
    /// Values that a column must not take.
    pub(super) avoid: BTreeMap<String, Vec<String>>,
    /// The reference that gives a column its value.
    pub(super) refers: BTreeMap<String, ForeignKey>,
    /// The column here, and in the other table, that a reference's rows must share.
    pub(super) same: BTreeMap<String, (String, String)>,
    /// References that are of the row that another one takes: the path to it.
    pub(super) agrees: BTreeMap<String, String>,
    /// At most so many rows, or children of one parent, can differ.
    pub(super) most_rows: Option<u64>,
    pub(super) most_children: Option<u64>,
}

/// What is known of the other tables.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) schema: &'a Schema,
    pub(super) tables: &'a [&'a str],
    /// Rows of tables that are there.
    pub(super) occupied: &'a IndexMap<String, u64>,
    /// What rows that are there show.
    pub(super) observed: &'a Observed,
    /// Rows of tables that were written to the plan so far.
    pub(super) rows: &'a IndexMap<String, u64>,
    /// What was decided for those.
    pub(super) designs: &'a IndexMap<String, Design>,
}

impl World<'_> {
    pub(super) fn is_planned(&self, table: &str) -> bool {
        self.tables.contains(&table)
    }

    /// Rows of a table that a reference can take.
    pub(super) fn rows_of(&self, table: &str) -> u64 {
        if self.is_planned(table) {
            self.rows.get(table).copied().unwrap_or(super::ROWS)
        } else {
            self.occupied.get(table).copied().unwrap_or(0)
        }
    }
}

impl Design {
    pub(super) fn new(
        name: &str,
        table: &TableSchema,
        parent: Option<ForeignKey>,
        world: World<'_>,
    ) -> Self {
        let most_rows = room(table);
        let mut design = Self {
            // Many children each would not find numbers enough.
            parent: parent.filter(|key| {
                most_rows.is_none_or(|most| world.rows_of(&key.table).saturating_mul(4) <= most)
            }),
            most_rows,
            ..Self::default()
        };
        design.settle_agreement(name, table, world);
        design.settle_references(name, table, world);
        design.settle_nulls(name, table, world);
        design.settle_uniques(name, table, world);
        design
    }

    /// Whether a column holds a part of the parent's key.
    pub(super) fn is_parent(&self, column: &str) -> bool {
        let parent = self.parent.as_ref();
        parent.is_some_and(|key| key.columns.iter().any(|name| name == column))
    }

    /// Whether the values of a column are chosen so that rows differ, or so that they are none of
    /// those that must differ: other ones would not do.
    pub(super) fn is_settled(&self, column: &str) -> bool {
        let is_with = |differ: &Differ| match differ {
            Differ::With(others) => others.iter().any(|other| other == column),
            _ => false,
        };
        self.differ.contains_key(column)
            || self.avoid.contains_key(column)
            || self.differ.values().any(is_with)
    }

    fn settle_nulls(&mut self, name: &str, table: &TableSchema, world: World<'_>) {
        self.settle_shown(name, table, world);
        for check in &table.checks {
            let Some(column) = table.columns.get(&check.column) else {
                continue;
            };
            match check.rule {
                Rule::NotNull => {
                    self.never_null.insert(check.column.clone());
                }
                Rule::Null if column.nullable => {
                    self.left_out
                        .insert(check.column.clone(), "null by its check");
                }
                _ => {}
            }
        }
        for set in &table.nulls_once {
            self.never_null.extend(set.iter().cloned());
        }
        // What a check says that was not understood, null and defaults satisfy most likely.
        for unread in &table.unread_checks {
            for name in crate::seed::schema::expression::names(unread) {
                if let Some(column) = table.columns.get(&name)
                    && (column.nullable || column.has_default)
                    && !self.refers.contains_key(&name)
                    && !table.primary_key.contains(&name)
                    && !self.never_null.contains(&name)
                {
                    self.left_out
                        .insert(name, "in a check that was not understood");
                }
            }
        }
    }

    /// Columns that are never null, or always, in the rows that are there.
    fn settle_shown(&mut self, name: &str, table: &TableSchema, world: World<'_>) {
        for (column, described) in table.columns.iter().filter(|(_, c)| c.nullable) {
            match world.observed.column(name, column) {
                Some(shown) if shown.never_null => {
                    self.never_null.insert(column.clone());
                }
                Some(shown) if shown.always_null && !described.generated => {
                    let why = "null in all rows that are there";
                    self.left_out.insert(column.clone(), why);
                }
                _ => {}
            }
        }
    }

    fn settle_uniques(&mut self, name: &str, table: &TableSchema, world: World<'_>) {
        let mut sets: Vec<Vec<String>> = table.uniques.clone();
        for partial in &table.partial_uniques {
            if !self.avoided(table, partial) {
                sets.push(partial.columns.clone());
            }
        }
        for exclusion in &table.exclusions {
            if let [first, ..] = &exclusion.equal[..] {
                sets.push(vec![first.clone()]);
            } else if let [first, ..] = &exclusion.overlap[..] {
                self.differ.insert(first.clone(), Differ::Alone);
            }
        }
        // Short ones first: what differs alone, differs with others.
        sets.sort_by_key(Vec::len);
        for set in sets {
            self.settle_unique(name, &set, table, world);
        }
    }

    /// Whether no row is among those that an index is for.
    fn avoided(
        &mut self,
        table: &TableSchema,
        partial: &crate::seed::schema::PartialUnique,
    ) -> bool {
        let [check] = &partial.when[..] else {
            return false;
        };
        let (Rule::In(values), Some(column)) = (&check.rule, table.columns.get(&check.column))
        else {
            return false;
        };
        let others = match (&column.kind, choices(table, &check.column, column)) {
            (ColumnType::Boolean, _) => values[..] == ["true"],
            (_, Some(all)) => all.iter().any(|value| !values.contains(value)),
            _ => false,
        };
        if others {
            let avoid = self.avoid.entry(check.column.clone()).or_default();
            avoid.extend(values.iter().cloned());
        }
        others
    }

    fn settle_unique(&mut self, name: &str, set: &[String], table: &TableSchema, world: World<'_>) {
        let columns: Vec<(&String, &ColumnSchema)> = set
            .iter()
            .filter_map(|column| table.columns.get_key_value(column))
            .collect();
        // What the database makes, it makes unique; null is not equal to null.
        let settled = |(column, described): &(&String, &ColumnSchema)| {
            described.generated
                || self.left_out.contains_key(*column)
                || self.differ.get(*column) == Some(&Differ::Alone)
        };
        if columns.is_empty() || columns.iter().any(settled) {
            return;
        }
        let own = |column: &str| !self.refers.contains_key(column);
        let with_parent = self
            .parent
            .as_ref()
            .is_some_and(|key| key.columns.iter().all(|column| set.contains(column)));
        if with_parent {
            let others: Vec<_> = columns
                .iter()
                .filter(|(column, _)| !self.is_parent(column))
                .collect();
            if others.iter().any(|(column, _)| {
                matches!(
                    self.differ.get(*column),
                    Some(Differ::Position | Differ::Siblings)
                )
            }) {
                return;
            }
            if others.is_empty() {
                self.most_children = Some(1);
                return;
            }
            if let Some((column, _)) = others.iter().find(|(column, described)| {
                own(column)
                    && is_whole(&described.kind)
                    && choices(table, column, described).is_none()
            }) {
                let most = highest(table, column);
                if let Some(most) = most {
                    self.limit_children(most);
                }
                self.differ.insert((*column).clone(), Differ::Position);
                return;
            }
        }
        if let Some((column, _)) = columns
            .iter()
            .find(|(column, described)| own(column) && is_free(table, column, described))
        {
            self.differ.insert((*column).clone(), Differ::Alone);
            return;
        }
        // Only what has few values is left: references, lists, booleans.
        let mut anchors: Vec<&str> = Vec::new();
        let mut total = 1_u64;
        for (column, described) in &columns {
            let follows =
                !self.same.contains_key(*column) && !leads(self.refers.get(*column), column);
            if self.is_parent(column) || follows {
                continue;
            }
            if with_parent && self.same.contains_key(*column) {
                // What is shared differs among siblings, and with nothing else.
                self.limit_children(self.domain(name, table, column, described, world));
                self.differ.insert((*column).clone(), Differ::Siblings);
                return;
            }
            total = total.saturating_mul(self.domain(name, table, column, described, world));
            anchors.push(column);
        }
        let Some((last, rest)) = anchors.split_last() else {
            self.most_children = Some(1);
            return;
        };
        if with_parent {
            self.limit_children(total);
        } else {
            self.most_rows = Some(self.most_rows.unwrap_or(u64::MAX).min(total));
        }
        let simple = self
            .refers
            .get(*last)
            .filter(|key| world.is_planned(&key.table));
        let differ = match (with_parent, simple) {
            (true, Some(_)) if rest.is_empty() => Differ::Siblings,
            (false, _) if rest.is_empty() => Differ::Alone,
            _ => {
                let mut with: Vec<String> = rest.iter().map(|name| (*name).to_owned()).collect();
                if let Some(parent) = self.parent.as_ref().filter(|_| with_parent) {
                    with.insert(0, parent.columns[0].clone());
                }
                Differ::With(with)
            }
        };
        self.differ.insert((*last).to_owned(), differ);
    }

    pub(super) fn limit_children(&mut self, most: u64) {
        self.most_children = Some(self.most_children.unwrap_or(u64::MAX).min(most));
    }

    /// How many values a column with few of them has.
    fn domain(
        &self,
        name: &str,
        table: &TableSchema,
        column: &str,
        described: &ColumnSchema,
        world: World<'_>,
    ) -> u64 {
        if let Some(key) = self.refers.get(column) {
            let except = u64::from(partner(table, self, column).is_some());
            let rows = if self.same.contains_key(column) {
                world.least_children(&key.table)
            } else if key.table == name {
                super::ROWS
            } else {
                world.rows_of(&key.table)
            };
            return rows.saturating_sub(except);
        }
        match (&described.kind, choices(table, column, described)) {
            (_, Some(values)) => values.len() as u64,
            (ColumnType::Boolean, _) => 2,
            (ColumnType::AsText(name), _) => crate::seed::schema::literal::samples(name)
                .map_or(1, |samples| samples.len() as u64),
            _ => 1,
        }
    }
}

/// Whether a column is the one of its reference that chooses the row.
fn leads(key: Option<&ForeignKey>, column: &str) -> bool {
    key.is_none_or(|key| key.columns[0] == column)
}

/// The other reference that a check forbids to be the same, when this column is to give way.
pub(super) fn partner(table: &TableSchema, design: &Design, column: &str) -> Option<String> {
    let differs = table.checks.iter().filter_map(|check| match &check.rule {
        Rule::Differs { other } if check.column == column => Some(other),
        Rule::Differs { other } if other == column => Some(&check.column),
        _ => None,
    });
    let here = table.columns.get_index_of(column);
    let mut found = differs.filter(|other| {
        let same = match (design.refers.get(column), design.refers.get(*other)) {
            (Some(one), Some(two)) => one.table == two.table,
            _ => false,
        };
        let first = design.is_parent(other) || table.columns.get_index_of(*other) < here;
        same && first && !design.is_parent(column)
    });
    found.next().cloned()
}
