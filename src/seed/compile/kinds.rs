//! The kind of a column's values, and the digits of its decimals. Circles have been refused before.

use super::{Compiled, Compiler};
use crate::seed::fakers::{Faker, Make};
use crate::seed::plan::{ColumnPlan, Constant, Generator, Place, Simple};
use crate::seed::program::{Operation, Program};
use crate::seed::value::Kind;

impl Compiler<'_> {
    /// Digits after the point of a decimal column.
    pub(super) fn scale_of(
        &self,
        program: &Program,
        table: usize,
        at: &ColumnPlan,
    ) -> Compiled<u8> {
        Ok(match &at.generator {
            Generator::Decimal { scale, .. }
            | Generator::Constant(Constant::Decimal { scale, .. }) => *scale,
            Generator::OneOf { values, .. } | Generator::List { values, .. } => {
                match values.first() {
                    Some(Constant::Decimal { scale, .. }) => *scale,
                    _ => 0,
                }
            }
            Generator::By {
                cases, otherwise, ..
            } => match first_value(cases, otherwise.as_deref()) {
                Some(case) => self.scale_of(program, table, case)?,
                None => 0,
            },
            Generator::Place(Place::Latitude | Place::Longitude) => 6,
            Generator::Lookup { path } => {
                let path = self.path(program, table, path, at)?;
                self.scale_of(program, path.table, &self.columns(path.table)[path.column])?
            }
            _ => 0,
        })
    }

    /// The kind of value of a column. Circles have been refused before.
    pub(super) fn kind(&self, program: &Program, table: usize, at: &ColumnPlan) -> Compiled<Kind> {
        let constant = |constant: &Constant| match constant {
            Constant::Boolean(_) => Kind::Boolean,
            Constant::Integer(_) => Kind::Integer,
            Constant::Decimal { .. } => Kind::Decimal,
            Constant::Moment(_) => Kind::Timestamp,
            Constant::Text(_) => Kind::Text,
            Constant::Uuid(_) => Kind::Uuid,
        };
        Ok(match &at.generator {
            Generator::Sequence { .. } | Generator::Integer { .. } | Generator::Position => {
                Kind::Integer
            }
            Generator::Decimal { .. } | Generator::Place(Place::Latitude | Place::Longitude) => {
                Kind::Decimal
            }
            Generator::Fake(Faker {
                make: Make::Number(_),
                ..
            })
            | Generator::Simple(Simple::FileSize) => Kind::Integer,
            Generator::Simple(Simple::Picture { .. } | Simple::Bytes { .. }) => Kind::Bytes,
            Generator::Boolean { .. } => Kind::Boolean,
            Generator::Moment(_) => Kind::Timestamp,
            Generator::Uuid => Kind::Uuid,
            Generator::Constant(value) => constant(value),
            Generator::OneOf { values, .. } | Generator::List { values, .. } => {
                constant(&values[0])
            }
            Generator::By {
                cases, otherwise, ..
            } => match first_value(cases, otherwise.as_deref()) {
                Some(case) => self.kind(program, table, case)?,
                None => Kind::Text,
            },
            Generator::Parent { .. } | Generator::Reference { .. } => {
                let (hop, column) = self.reference(program, table, at)?;
                self.kind(program, hop.to, &self.columns(hop.to)[column])?
            }
            Generator::Lookup { path } => {
                let path = self.path(program, table, path, at)?;
                self.kind(program, path.table, &self.columns(path.table)[path.column])?
            }
            Generator::Existing {
                table: outside,
                column,
                ..
            } => {
                let (_, index) = Self::outside(program, outside, column.as_deref());
                let keys = self.keys.and_then(|keys| keys.table(outside));
                let first = keys.and_then(|keys| keys.rows.first()?.get(index?));
                first.map_or(Kind::Text, constant)
            }
            Generator::Sum { table: child, of } => {
                match self.sum(program, table, child, of, at)? {
                    Operation::Sum { scale: 0, .. } => Kind::Integer,
                    _ => Kind::Decimal,
                }
            }
            _ => Kind::Text,
        })
    }
}

/// The first of a column's cases, the one of all other values last, that gives a value at all: it
/// tells what the others give.
fn first_value<'a>(
    cases: &'a [(String, ColumnPlan)],
    otherwise: Option<&'a ColumnPlan>,
) -> Option<&'a ColumnPlan> {
    let mut plans = cases.iter().map(|(_, case)| case).chain(otherwise);
    plans.find(|case| !matches!(case.generator, Generator::Null))
}
