//! Whether rows differ in a column, as far as its function says.

use super::{Among, Operation, Piece, Program, Way};
use crate::seed::plan::{Constant, Person};

/// Whether the values of a column differ from row to row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) enum Distinctness {
    /// No two rows have the same.
    Unique,
    /// No two children of one parent have the same.
    AmongSiblings,
    /// The parent itself: the same for siblings, different otherwise.
    PerParent,
    /// Nothing is known.
    None,
}

impl Program {
    /// Whether rows differ in a column.
    pub(in crate::seed) fn distinctness(&self, table: usize, column: usize) -> Distinctness {
        let this = &self.tables[table].columns[column];
        if this.unique {
            return Distinctness::Unique;
        }
        if this.variety.is_some() {
            return Distinctness::None;
        }
        match &this.operation {
            Operation::Sequence { .. }
            | Operation::Uuid
            | Operation::ProductName
            | Operation::Person(Person::Email | Person::Username) => Distinctness::Unique,
            Operation::Simple(simple)
                if simple.differs()
                    && self.simple_values(table, *simple) >= self.tables[table].rows =>
            {
                Distinctness::Unique
            }
            Operation::Token { length } if *length >= 16 => Distinctness::Unique,
            Operation::Slug { of } if of.hops.is_empty() => self.distinctness(of.table, of.column),
            Operation::Lookup { path } if path.hops.is_empty() => {
                self.distinctness(path.table, path.column)
            }
            Operation::Template { pieces } => self.template_distinctness(pieces),
            Operation::List { values } if all_differ(values) => Distinctness::Unique,
            Operation::Position if self.tables[table].fan_out.is_none() => Distinctness::Unique,
            Operation::Position => Distinctness::AmongSiblings,
            Operation::Reference { hop, column } => {
                let target = self.distinctness(hop.to, *column) == Distinctness::Unique;
                let single = || {
                    let fan_out = self.tables[table].fan_out.as_ref();
                    fan_out.is_some_and(|fan_out| fan_out.max() <= 1)
                };
                match &hop.way {
                    _ if !target => Distinctness::None,
                    Way::Parent if single() => Distinctness::Unique,
                    Way::Parent => Distinctness::PerParent,
                    Way::Permuted(_) => Distinctness::Unique,
                    Way::Distinct(_) => Distinctness::AmongSiblings,
                    Way::Same(_, same) if same.pick == Among::Distinct => {
                        Distinctness::AmongSiblings
                    }
                    Way::Uniform(_)
                    | Way::Zipf(..)
                    | Way::Earlier(_)
                    | Way::Mixed(_)
                    | Way::Same(..) => Distinctness::None,
                }
            }
            _ => Distinctness::None,
        }
    }

    fn template_distinctness(&self, pieces: &[Piece]) -> Distinctness {
        let unique = |piece: &Piece| match piece {
            Piece::Literal(_) => false,
            Piece::Row { .. } => true,
            Piece::Column { path, .. } => {
                path.hops.is_empty()
                    && self.distinctness(path.table, path.column) == Distinctness::Unique
            }
        };
        if pieces.iter().any(unique) {
            Distinctness::Unique
        } else {
            Distinctness::None
        }
    }
}

fn all_differ(values: &[Constant]) -> bool {
    let mut seen = std::collections::HashSet::new();
    values.iter().all(|value| seen.insert(value))
}
