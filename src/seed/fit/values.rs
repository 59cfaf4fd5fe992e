//! Which values generators give and columns take, and what a plan could say instead.

use crate::seed::plan::Constant;
use crate::seed::program::Operation;
use crate::seed::schema::{ColumnType, literal::samples};
use crate::seed::value::Kind;

/// The texts that a generator can give, if it is a list.
pub(super) fn constants(operation: &Operation) -> Vec<String> {
    let text = |constant: &Constant| match constant {
        Constant::Text(text) => Some(text.clone()),
        Constant::Integer(number) => Some(number.to_string()),
        Constant::Boolean(yes) => Some(yes.to_string()),
        _ => None,
    };
    match operation {
        Operation::Constant(constant) => text(constant).into_iter().collect(),
        Operation::OneOf { values, .. } | Operation::List { values } => {
            values.iter().filter_map(text).collect()
        }
        Operation::By {
            cases, otherwise, ..
        } => {
            let cases = cases.iter().map(|(_, column)| column);
            let parts = cases.chain(otherwise.as_deref());
            parts.flat_map(|part| constants(&part.operation)).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) const fn is_free_text(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Words { .. }
            | Operation::Sentence
            | Operation::Text { .. }
            | Operation::Token { .. }
            | Operation::Template { .. }
            | Operation::Company
            | Operation::Fake(_)
            | Operation::ProductName
    )
}

/// Least and greatest number that a generator gives.
pub(super) fn range(operation: &Operation) -> Option<(f64, f64)> {
    match operation {
        Operation::Integer {
            min, step, steps, ..
        } => Some((*min as f64, (min + (*steps as i64 - 1) * step) as f64)),
        Operation::Decimal {
            min, max, scale, ..
        } => {
            let unit = 10_f64.powi(i32::from(*scale));
            Some((*min as f64 / unit, *max as f64 / unit))
        }
        Operation::Constant(Constant::Integer(number)) => Some((*number as f64, *number as f64)),
        Operation::OneOf { values, .. } | Operation::List { values } => {
            let numbers = values.iter().filter_map(|value| match value {
                Constant::Integer(number) => Some(*number as f64),
                _ => None,
            });
            numbers.fold(None, |range, number| {
                let (low, high) = range.unwrap_or((number, number));
                Some((number.min(low), number.max(high)))
            })
        }
        _ => None,
    }
}

/// Whether a column of a type takes a kind of value.
pub(super) const fn accepts(column: &ColumnType, value: Kind) -> bool {
    match column {
        ColumnType::SmallInt => matches!(value, Kind::Integer),
        ColumnType::Integer | ColumnType::BigInt => {
            matches!(value, Kind::Integer | Kind::Timestamp)
        }
        ColumnType::Float4 | ColumnType::Float8 | ColumnType::Numeric => {
            matches!(value, Kind::Integer | Kind::Decimal)
        }
        ColumnType::Boolean => matches!(value, Kind::Boolean),
        // The database reads a type's own form.
        ColumnType::Text(_) | ColumnType::AsText(_) => !matches!(value, Kind::Bytes),
        ColumnType::TimestampTz | ColumnType::Timestamp | ColumnType::Date | ColumnType::Time => {
            matches!(value, Kind::Timestamp)
        }
        ColumnType::Uuid => matches!(value, Kind::Uuid),
        ColumnType::Bytes => matches!(value, Kind::Text | Kind::Bytes),
        ColumnType::Json | ColumnType::JsonBinary | ColumnType::Enum(_) | ColumnType::Set(_) => {
            matches!(value, Kind::Text)
        }
        ColumnType::Other => false,
    }
}

/// What a plan could say for a column of a type.
pub(super) fn suggestion(kind: &ColumnType) -> String {
    match kind {
        ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => {
            "{ gen = \"integer\", min = 0, max = 100 }".to_owned()
        }
        ColumnType::Float4 | ColumnType::Float8 | ColumnType::Numeric => {
            "{ gen = \"decimal\", min = 0, max = 100, scale = 2 }".to_owned()
        }
        ColumnType::Boolean => "{ gen = \"boolean\", share = 0.5 }".to_owned(),
        ColumnType::Text(_) => "{ gen = \"words\", min = 1, max = 4 }".to_owned(),
        ColumnType::Bytes => "{ gen = \"bytes\", min = 256, max = 16384 }".to_owned(),
        ColumnType::TimestampTz | ColumnType::Timestamp | ColumnType::Date | ColumnType::Time => {
            "{ gen = \"timestamp\", from = \"2024-01-01\", to = \"2026-01-01\" }".to_owned()
        }
        ColumnType::Uuid => "\"uuid\"".to_owned(),
        ColumnType::Json | ColumnType::JsonBinary => {
            "{ gen = \"constant\", value = \"{}\" }".to_owned()
        }
        ColumnType::Enum(labels) | ColumnType::Set(labels) => one_of(labels),
        ColumnType::AsText(name) => match samples(name).and_then(|samples| samples.last().cloned())
        {
            Some(sample) => format!("{{ gen = \"constant\", value = {sample:?} }}"),
            None => format!(
                "{{ gen = \"constant\", value = \"…\" }}, with a value as the database reads `{name}`"
            ),
        },
        ColumnType::Other => {
            "this type cannot be filled yet: leave the column out, and make it nullable or give \
             it a default in the schema"
                .to_owned()
        }
    }
}

pub(super) fn one_of(values: &[String]) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("\"{value}\"")).collect();
    format!("{{ gen = \"one_of\", values = [{}] }}", values.join(", "))
}
