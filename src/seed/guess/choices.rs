//! Which and how many values a column can have, by its type and its checks. Pure.

use crate::seed::schema::{ColumnSchema, ColumnType, Rule, TableSchema};

/// The values that a column can have, if they are listed.
pub(super) fn choices(
    table: &TableSchema,
    name: &str,
    column: &ColumnSchema,
) -> Option<Vec<String>> {
    let mut values = match &column.kind {
        ColumnType::Enum(labels) | ColumnType::Set(labels) => Some(labels.clone()),
        _ => None,
    };
    for rule in table.rules(name) {
        if let Rule::In(allowed) = rule {
            values = Some(match values {
                Some(values) => values
                    .into_iter()
                    .filter(|value| allowed.contains(value))
                    .collect(),
                None => allowed.clone(),
            });
        }
    }
    let mut values = values?;
    for rule in table.rules(name) {
        if let Rule::NotIn(refused) = rule {
            values.retain(|value| !refused.contains(value));
        }
    }
    if column.kind == ColumnType::Boolean {
        // As databases without booleans write them.
        for value in &mut values {
            match value.as_str() {
                "0" => "false".clone_into(value),
                "1" => "true".clone_into(value),
                _ => {}
            }
        }
    }
    (!values.is_empty()).then_some(values)
}

pub(super) const fn is_whole(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
    )
}

/// How many rows the type of a unique number has numbers for.
pub(super) fn room(table: &TableSchema) -> Option<u64> {
    let alone = table.uniques.iter().filter(|set| set.len() == 1);
    let limits = alone.filter_map(|set| table.limits.get(&set[0]));
    limits.map(|(_, most)| *most as u64).min()
}

/// The greatest number that a column's checks allow.
pub(super) fn highest(table: &TableSchema, column: &str) -> Option<u64> {
    let bounds = table.rules(column).filter_map(|rule| match rule {
        Rule::Max { bound, strict } => Some((bound - f64::from(u8::from(*strict))).max(0.0) as u64),
        _ => None,
    });
    let limit = table.limits.get(column).map(|(_, most)| *most as u64);
    bounds.chain(limit).min()
}

/// Whether a column can hold so many values that rows differ in it alone.
pub(super) fn is_free(table: &TableSchema, name: &str, column: &ColumnSchema) -> bool {
    choices(table, name, column).is_none()
        && match &column.kind {
            ColumnType::Boolean | ColumnType::Enum(_) | ColumnType::Set(_) | ColumnType::Other => {
                false
            }
            ColumnType::AsText(name) => super::columns::differing(name).is_some(),
            _ => true,
        }
}
