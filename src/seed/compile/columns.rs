//! From a column's generator to its operation.

use super::{Compiled, Compiler};
use crate::seed::distribution::Distribution;
use crate::seed::draw::Key;
use crate::seed::plan::{ColumnPlan, Constant, Generator};
use crate::seed::program::{Column, Operation, Pool, Program, cumulative};
use crate::seed::value::Kind;

impl Compiler<'_> {
    pub(super) fn column(
        &self,
        program: &mut Program,
        table: usize,
        index: usize,
    ) -> Compiled<Column> {
        let (name, at) = self
            .columns(table)
            .get_index(index)
            .expect("invariant: in range");
        let key = self.draw_key(program, table, name, at)?;
        if matches!(at.generator, Generator::Null) {
            let message = format!("`{}` never has a value", self.label(table, index));
            return Err(self.error(at, message, "leave the column out of the plan"));
        }
        let operation = self.operation(program, table, index, at)?;
        let column = Column {
            name: name.clone(),
            key,
            null_key: key.child("null"),
            nulls: at.nulls,
            unique: at.unique,
            variety: at.variety,
            kind: self.kind(program, table, at)?,
            operation,
            letters: None,
            mixed: self.mixed(program, table, index)?,
        };
        self.check_variety(&self.label(table, index), &column, at)?;
        if at.unique {
            self.check_unique(program, table, index, &column, at)?;
        }
        Ok(column)
    }

    /// The key of a column's draws: its own, or that of the column that it goes `with`.
    fn draw_key(
        &self,
        program: &Program,
        table: usize,
        name: &str,
        at: &ColumnPlan,
    ) -> Compiled<Key> {
        let keys = self.root.child(&program.tables[table].name);
        let Generator::OneOf {
            with: Some(with),
            values,
            weights,
            ..
        } = &at.generator
        else {
            return Ok(keys.child(name));
        };
        let other = &self.columns(table)[self.column_index(table, with, at)?].generator;
        let Generator::OneOf {
            values: theirs,
            weights: same,
            with: None,
            ..
        } = other
        else {
            let message = format!("`with` names `{with}`, which is made by no `one_of` of its own");
            return Err(self.error(at, message, "name a column made by `one_of`"));
        };
        if theirs.len() != values.len() || same != weights {
            let message = format!(
                "`{with}` has {} values and this column {}, or their weights differ",
                theirs.len(),
                values.len()
            );
            let help = "lists that go together have equal lengths and weights";
            return Err(self.error(at, message, help));
        }
        Ok(keys.child(with))
    }

    pub(super) fn operation(
        &self,
        program: &mut Program,
        table: usize,
        index: usize,
        at: &ColumnPlan,
    ) -> Compiled<Operation> {
        Ok(match &at.generator {
            Generator::Sequence { start } => Operation::Sequence { start: *start },
            Generator::Constant(constant) => Operation::Constant(constant.clone()),
            Generator::OneOf {
                values, weights, ..
            } => Operation::OneOf {
                values: values.clone(),
                mix: cumulative(weights),
            },
            Generator::Null => Operation::Null,
            Generator::List { values, .. } => self.list(program, table, index, values, at)?,
            Generator::By {
                path,
                cases,
                otherwise,
            } => {
                let otherwise = otherwise.as_deref();
                self.by(program, (table, index), path, cases, otherwise, at)?
            }
            Generator::Json(parts) => self.json(program, (table, index), parts, at)?,
            Generator::Integer {
                min,
                max,
                step,
                shape,
            } => Operation::Integer {
                min: *min,
                step: *step,
                steps: ((max - min) / step) as u64 + 1,
                shape: Distribution::new(shape, *min as f64, *max as f64),
            },
            Generator::Decimal {
                min,
                max,
                scale,
                shape,
            } => Operation::Decimal {
                min: *min,
                max: *max,
                scale: *scale,
                shape: Distribution::new(shape, *min as f64, *max as f64),
            },
            Generator::Boolean { share } => Operation::Boolean { share: *share },
            Generator::Moment(moments) => {
                let mut moment = self.moment(program, table, moments, at)?;
                moment.apart = self.apart(program, table, index, moments, at)?;
                Operation::Moment(moment)
            }
            Generator::Uuid => Operation::Uuid,
            Generator::Token { length } => Operation::Token { length: *length },
            Generator::Person(part) => Operation::Person(*part),
            Generator::Place(part) => Operation::Place(*part),
            Generator::Company => Operation::Company,
            Generator::ProductName => Operation::ProductName,
            Generator::Words { min, max } => Operation::Words {
                min: *min,
                max: *max,
            },
            Generator::Sentence => Operation::Sentence,
            Generator::Text { min, max, shape } => {
                let shape = shape.as_ref();
                Operation::Text {
                    min: *min,
                    max: *max,
                    shape: shape.map(|shape| Distribution::new(shape, *min as f64, *max as f64)),
                }
            }
            Generator::Color => Operation::Color,
            Generator::Fake(faker) => Operation::Fake(faker),
            Generator::Simple(simple) => {
                self.check_country(program, table, *simple, at)?;
                Operation::Simple(*simple)
            }
            Generator::Slug { of } => Operation::Slug {
                of: self.path(program, table, of, at)?,
            },
            Generator::Template { text } => Operation::Template {
                pieces: self.pieces(program, table, text, at)?,
            },
            Generator::Parent { .. } | Generator::Reference { .. } => {
                let (hop, column) = self.reference(program, table, at)?;
                Operation::Reference { hop, column }
            }
            Generator::Existing {
                table: outside,
                column,
                row_of,
            } => self.existing(
                program,
                table,
                (outside, column.as_deref(), row_of.as_deref()),
                at,
            )?,
            Generator::Pattern { pattern } => Operation::Pattern(pattern.clone()),
            Generator::Lookup { path } => Operation::Lookup {
                path: self.path(program, table, path, at)?,
            },
            Generator::Sum { table: child, of } => self.sum(program, table, child, of, at)?,
            Generator::Position => Operation::Position,
            Generator::Password { scheme, pool } => {
                let column = self.label(table, index);
                let key = self.root.child("passwords").child(&column);
                program.pools.push(Pool::new(column, *scheme, key, *pool));
                Operation::Password {
                    pool: program.pools.len() - 1,
                }
            }
        })
    }

    /// Values by place: as many as there are rows.
    fn list(
        &self,
        program: &Program,
        table: usize,
        index: usize,
        values: &[Constant],
        at: &ColumnPlan,
    ) -> Compiled<Operation> {
        let rows = program.tables[table].rows;
        if rows > values.len() as u64 {
            let label = self.label(table, index);
            let message = format!("`{label}` lists {} values for {rows} rows", values.len());
            let help = "leave `rows` out, so that the list decides, or lengthen the list";
            return Err(self.error(at, message, help));
        }
        Ok(Operation::List {
            values: values.to_vec(),
        })
    }

    pub(super) fn sum(
        &self,
        program: &Program,
        table: usize,
        child: &str,
        of: &[String],
        at: &ColumnPlan,
    ) -> Compiled<Operation> {
        let child = self.table_index(child, &at.span)?;
        let fan_out = program.tables[child].fan_out.as_ref();
        if fan_out.is_none_or(|fan_out| fan_out.parent != table) {
            let (this, child) = (&program.tables[table].name, &program.tables[child].name);
            let message = format!("rows of `{child}` are not children of `{this}`");
            let help = format!("write `per_parent = {{ table = \"{this}\", … }}` in `{child}`");
            return Err(self.error(at, message, help));
        }
        let mut scale = 0;
        let mut columns = Vec::new();
        for name in of {
            let column = self.column_index(child, name, at)?;
            let plan = &self.columns(child)[column];
            match self.kind(program, child, plan)? {
                Kind::Integer => {}
                Kind::Decimal => scale += self.scale_of(program, child, plan)?,
                other => {
                    let label = self.label(child, column);
                    let message = format!("`{label}` is {} and cannot be added up", other.name());
                    return Err(self.error(at, message, "name columns of numbers"));
                }
            }
            columns.push(column);
        }
        Ok(Operation::Sum {
            child,
            columns,
            scale,
        })
    }
}
