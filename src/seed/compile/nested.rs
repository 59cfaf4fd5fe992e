//! Columns inside of columns: cases that another column decides, and JSON documents.

use super::{Compiled, Compiler};
use crate::seed::draw::Key;
use crate::seed::plan::{ColumnPlan, Generator, JsonPart};
use crate::seed::program::{Column, Document, Operation, Program, Way};
use crate::seed::value::Kind;

impl Compiler<'_> {
    /// Which of its cases gives a column's value.
    pub(super) fn by(
        &self,
        program: &mut Program,
        place: (usize, usize),
        path: &str,
        cases: &[(String, ColumnPlan)],
        otherwise: Option<&ColumnPlan>,
        at: &ColumnPlan,
    ) -> Compiled<Operation> {
        let key = self.key(program, place);
        let path = self.path(program, place.0, path, at)?;
        let mut made = Vec::new();
        for (case, plan) in cases {
            let key = key.child("case").child(case);
            made.push((case.clone(), self.made(program, place, plan, key)?));
        }
        let otherwise = match otherwise {
            Some(plan) => Some(Box::new(self.made(
                program,
                place,
                plan,
                key.child("otherwise"),
            )?)),
            None => None,
        };
        let mut first: Option<(Kind, u8)> = None;
        let plans = cases.iter().map(|(_, plan)| plan).chain(at_otherwise(at));
        // What rows of the database hold is known when they have been read.
        let unknown = |plan: &ColumnPlan| {
            self.keys.is_none() && matches!(plan.generator, Generator::Existing { .. })
        };
        let mut empty = true;
        for plan in plans.filter(|plan| !matches!(plan.generator, Generator::Null)) {
            empty = false;
            if unknown(plan) {
                continue;
            }
            let kind = self.kind(program, place.0, plan)?;
            let scale = match kind {
                Kind::Decimal => self.scale_of(program, place.0, plan)?,
                _ => 0,
            };
            let (expected, digits) = *first.get_or_insert((kind, scale));
            if kind != expected {
                let message = format!(
                    "the cases of `{}` give {} and {}",
                    self.label(place.0, place.1),
                    expected.name(),
                    kind.name()
                );
                return Err(self.error(plan, message, "let all give the same kind of value"));
            }
            if scale != digits {
                let message = format!(
                    "the cases of `{}` have {digits} and {scale} digits after the point",
                    self.label(place.0, place.1)
                );
                return Err(self.error(plan, message, "give them the same `scale`"));
            }
        }
        if empty {
            let message = format!(
                "`{}` has no case with a value",
                self.label(place.0, place.1)
            );
            return Err(self.error(at, message, "leave the column out of the plan"));
        }
        Ok(Operation::By {
            path,
            cases: made,
            otherwise,
        })
    }

    /// The parts of a JSON document.
    pub(super) fn json(
        &self,
        program: &mut Program,
        place: (usize, usize),
        parts: &[JsonPart],
        at: &ColumnPlan,
    ) -> Compiled<Operation> {
        let key = self.key(program, place);
        let mut document = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            document.push(match part {
                JsonPart::Literal(text) => Document::Literal(text.clone()),
                JsonPart::Made(plan) => {
                    if self.kind(program, place.0, plan)? == Kind::Bytes {
                        let label = self.label(place.0, place.1);
                        let message =
                            format!("`{label}` has bytes inside, which JSON does not hold");
                        return Err(self.error(plan, message, "make them a column of their own"));
                    }
                    let key = key.child("json").numbered(index as u64);
                    Document::Made(Box::new(self.made(program, place, plan, key)?))
                }
                JsonPart::Path { text, .. } if text == "row" => Document::Row,
                JsonPart::Path { text, inside } => Document::Path {
                    path: self.path(program, place.0, text, at)?,
                    inside: *inside,
                },
            });
        }
        Ok(Operation::Json(document))
    }

    fn key(&self, program: &Program, (table, column): (usize, usize)) -> Key {
        let name = &self.columns(table).keys()[column];
        self.root.child(&program.tables[table].name).child(name)
    }

    /// A column that stands inside of another one.
    fn made(
        &self,
        program: &mut Program,
        place: (usize, usize),
        plan: &ColumnPlan,
        key: Key,
    ) -> Compiled<Column> {
        let label = self.label(place.0, place.1);
        if matches!(plan.generator, Generator::Password { .. }) {
            let message = format!("`{label}` has a password hash inside");
            return Err(self.error(plan, message, "make it a column of its own"));
        }
        if plan.unique || !plan.unique_with.is_empty() {
            let message = format!("`{label}` has a part that is to be unique");
            return Err(self.error(
                plan,
                message,
                "take `unique` (or `unique_with`) away: it goes with whole columns",
            ));
        }
        let mut operation = self.operation(program, place.0, place.1, plan)?;
        // References draw by the key of their column, which a part does not have.
        if let Operation::Reference { hop, .. } = &mut operation {
            match &mut hop.way {
                Way::Uniform(own)
                | Way::Zipf(own, _)
                | Way::Distinct(own)
                | Way::Earlier(own)
                | Way::Same(own, _) => {
                    *own = key;
                }
                Way::Parent | Way::Permuted(_) | Way::Mixed(_) => {}
            }
        }
        let column = Column {
            name: self.columns(place.0).keys()[place.1].clone(),
            key,
            null_key: key.child("null"),
            nulls: plan.nulls,
            unique: false,
            variety: plan.variety,
            kind: match plan.generator {
                Generator::Null => Kind::Text,
                _ => self.kind(program, place.0, plan)?,
            },
            operation,
            letters: None,
            mixed: None,
        };
        self.check_variety(&label, &column, plan)?;
        Ok(column)
    }
}

fn at_otherwise(at: &ColumnPlan) -> Option<&ColumnPlan> {
    match &at.generator {
        Generator::By { otherwise, .. } => otherwise.as_deref(),
        _ => None,
    }
}
