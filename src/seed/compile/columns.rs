//! From a column's generator to its operation and the kind of its values.

use super::{Compiled, Compiler};
use crate::seed::data::Locale;
use crate::seed::plan::{ColumnPlan, Constant, Generator, Moments, Person, Place, Simple};
use crate::seed::program::{Column, Moment, Operation, Pool, Program, cumulative};
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
        let key = self.root.child(&program.tables[table].name).child(name);
        let operation = self.operation(program, table, index, at)?;
        let column = Column {
            name: name.clone(),
            key,
            null_key: key.child("null"),
            nulls: at.nulls,
            unique: at.unique,
            kind: self.kind(program, table, at)?,
            operation,
        };
        if at.unique {
            self.check_unique(program, table, index, &column, at)?;
        }
        Ok(column)
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
            Generator::OneOf { values, weights } => Operation::OneOf {
                values: values.clone(),
                mix: cumulative(weights),
            },
            Generator::Integer {
                min,
                max,
                step,
                shape,
            } => Operation::Integer {
                min: *min,
                step: *step,
                steps: ((max - min) / step) as u64 + 1,
                shape: *shape,
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
                shape: *shape,
            },
            Generator::Boolean { share } => Operation::Boolean { share: *share },
            Generator::Moment(moments) => {
                Operation::Moment(self.moment(program, table, moments, at)?)
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
            Generator::Text { min, max } => Operation::Text {
                min: *min,
                max: *max,
            },
            Generator::Color => Operation::Color,
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

    pub(super) fn moment(
        &self,
        program: &Program,
        table: usize,
        moments: &Moments,
        at: &ColumnPlan,
    ) -> Compiled<Moment> {
        let after = match &moments.after {
            None => None,
            Some(path) => {
                let path = self.path(program, table, path, at)?;
                let kind =
                    self.kind(program, path.table, &self.columns(path.table)[path.column])?;
                if kind != Kind::Timestamp {
                    let label = self.label(path.table, path.column);
                    let message = format!("`after` names `{label}`, which is {}", kind.name());
                    return Err(self.error(at, message, "name a column made by `timestamp`"));
                }
                Some(path)
            }
        };
        Ok(Moment {
            from: moments.from,
            to: moments.to,
            growth: moments.growth,
            rising: moments.rising,
            after,
            within: moments.within,
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
            Generator::OneOf { values, .. } => match values.first() {
                Some(Constant::Decimal { scale, .. }) => *scale,
                _ => 0,
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
        };
        Ok(match &at.generator {
            Generator::Sequence { .. } | Generator::Integer { .. } | Generator::Position => {
                Kind::Integer
            }
            Generator::Decimal { .. } | Generator::Place(Place::Latitude | Place::Longitude) => {
                Kind::Decimal
            }
            Generator::Simple(Simple::FileSize) => Kind::Integer,
            Generator::Simple(Simple::Picture { .. } | Simple::Bytes { .. }) => Kind::Bytes,
            Generator::Boolean { .. } => Kind::Boolean,
            Generator::Moment(_) => Kind::Timestamp,
            Generator::Uuid => Kind::Uuid,
            Generator::Constant(value) => constant(value),
            Generator::OneOf { values, .. } => constant(&values[0]),
            Generator::Parent { .. } | Generator::Reference { .. } => {
                let (hop, column) = self.reference(program, table, at)?;
                self.kind(program, hop.to, &self.columns(hop.to)[column])?
            }
            Generator::Lookup { path } => {
                let path = self.path(program, table, path, at)?;
                self.kind(program, path.table, &self.columns(path.table)[path.column])?
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

    /// Accounts are asked for of countries that have such.
    fn check_country(
        &self,
        program: &Program,
        table: usize,
        simple: Simple,
        at: &ColumnPlan,
    ) -> Compiled<()> {
        let Simple::Iban(given) = simple else {
            return Ok(());
        };
        let of_rows = program.locales_of(table).locales.iter();
        let mut countries = given.into_iter().chain(
            of_rows
                .filter(|_| given.is_none())
                .map(|locale| locale.country_code()),
        );
        match countries.find(|country| crate::seed::generate::iban_values(country).is_none()) {
            None => Ok(()),
            Some(country) => Err(self.error(
                at,
                format!("accounts of {country} have no IBAN"),
                "write { gen = \"iban\", country = \"DE\" }, or set the table's `locales`",
            )),
        }
    }

    pub(super) fn check_unique(
        &self,
        program: &Program,
        table: usize,
        index: usize,
        column: &Column,
        at: &ColumnPlan,
    ) -> Compiled<()> {
        let label = self.label(table, index);
        let rows = program.tables[table].rows;
        let domain = match &column.operation {
            Operation::OneOf { values, .. } => values.len() as u64,
            Operation::Integer { steps, .. } => *steps,
            Operation::Constant(_) => 1,
            Operation::Boolean { .. } | Operation::Person(Person::Gender) => 2,
            Operation::Moment(_)
            | Operation::Decimal { .. }
            | Operation::Sum { .. }
            | Operation::Simple(
                Simple::UserAgent
                | Simple::Semver
                | Simple::FileSize
                | Simple::Picture { .. }
                | Simple::Bytes { .. },
            )
            | Operation::Place(
                Place::CountryCode
                | Place::RegionCode
                | Place::TimeZone
                | Place::Locale
                | Place::Currency,
            ) => {
                let message = format!("`{label}` cannot be made unique");
                return Err(self.error(
                    at,
                    message,
                    "use `sequence`, `uuid`, `template` or `integer`",
                ));
            }
            Operation::Simple(simple) => program.simple_values(table, *simple),
            Operation::Person(Person::Phone) => {
                let region = |locale: &Locale| locale.region().unique_phone.size();
                let locales = &program.locales_of(table).locales;
                locales.iter().map(region).min().unwrap_or(0)
            }
            Operation::Place(_) | Operation::Lookup { .. } if column.kind != Kind::Text => {
                let message = format!("`{label}` cannot be made unique");
                return Err(self.error(
                    at,
                    message,
                    "use `sequence`, `uuid`, `template` or `integer`",
                ));
            }
            _ => u64::MAX,
        };
        if domain < rows {
            let message = format!("`{label}` has {domain} different values for {rows} rows");
            let help = "widen the range or list, lower `rows`, or leave `unique` out";
            return Err(self.error(at, message, help));
        }
        Ok(())
    }
}
