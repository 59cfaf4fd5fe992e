//! From a column's generator to its operation and the kind of its values.

use super::{Compiled, Compiler};
use crate::seed::data::Locale;
use crate::seed::distribution::Distribution;
use crate::seed::draw::Key;
use crate::seed::plan::{ColumnPlan, Constant, Generator, Moments, Person, Place, Simple};
use crate::seed::program::{Column, Moment, Operation, Pool, Program, Source, cumulative};
use crate::seed::rhythm::Rhythm;
use crate::seed::value::{DAY, Kind};

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
            gap: moments.gap,
            apart: None,
            rhythm: moments
                .swing
                .as_ref()
                .map(|swing| Rhythm::new(moments.from, moments.to, moments.growth, swing)),
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
            } => {
                let plans = cases
                    .iter()
                    .map(|(_, case)| case)
                    .chain(otherwise.as_deref());
                match plans
                    .into_iter()
                    .find(|case| !matches!(case.generator, Generator::Null))
                {
                    Some(case) => self.scale_of(program, table, case)?,
                    None => 0,
                }
            }
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
            Generator::Simple(Simple::FileSize) => Kind::Integer,
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
            } => {
                let plans = cases
                    .iter()
                    .map(|(_, case)| case)
                    .chain(otherwise.as_deref());
                match plans
                    .into_iter()
                    .find(|case| !matches!(case.generator, Generator::Null))
                {
                    Some(case) => self.kind(program, table, case)?,
                    None => Kind::Text,
                }
            }
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

    /// How far moments that must differ are apart: days, where there are enough, else seconds.
    fn apart(
        &self,
        program: &Program,
        table: usize,
        index: usize,
        moments: &Moments,
        at: &ColumnPlan,
    ) -> Compiled<Option<i64>> {
        if self.mixed(program, table, index)?.is_some() {
            return Ok(Some(DAY));
        }
        if !at.unique || moments.after.is_some() {
            return Ok(None);
        }
        let rows = program.tables[table].rows as i64;
        let span = moments.to - moments.from;
        Ok(if span / DAY >= rows {
            Some(DAY)
        } else {
            (span >= rows).then_some(1)
        })
    }

    /// The rows outside of the plan, and the column among those that are read of them.
    fn outside(
        program: &Program,
        table: &str,
        column: Option<&str>,
    ) -> (Option<usize>, Option<usize>) {
        let source = program
            .sources
            .iter()
            .position(|source| source.table == table);
        let columns = source.map(|source| &program.sources[source].keys.columns);
        let index = columns.and_then(|columns| match column {
            Some(column) => columns.iter().position(|name| name == column),
            None => (!columns.is_empty()).then_some(0),
        });
        (source, index)
    }

    fn existing(
        &self,
        program: &Program,
        table: usize,
        (outside, column, row_of): (&str, Option<&str>, Option<&str>),
        at: &ColumnPlan,
    ) -> Compiled<Operation> {
        let row_of = match row_of {
            Some(other) => {
                let index = self.column_index(table, other, at)?;
                let same = matches!(
                    &self.columns(table)[index].generator,
                    Generator::Existing { table: chosen, row_of: None, .. } if chosen == outside
                );
                if !same {
                    let message =
                        format!("`row_of` names `{other}`, which takes no row of `{outside}`");
                    let help = format!(
                        "name a column made by {{ gen = \"existing\", table = \"{outside}\" }}"
                    );
                    return Err(self.error(at, message, help));
                }
                Some(index)
            }
            None => None,
        };
        let (source, index) = Self::outside(program, outside, column);
        if let Some(keys) = self.keys {
            if keys.table(outside).is_some() && index.is_none() {
                let message = format!("`{outside}` has no column `{}`", column.unwrap_or("id"));
                return Err(self.error(at, message, "name a column of that table"));
            }
            if keys.count(outside) == 0 && program.tables[table].rows > 0 && at.nulls < 1.0 {
                let message = format!("the database has no rows of `{outside}` to refer to");
                let help = "fill it first, add it to the plan, or give this column `nulls = 1.0`";
                return Err(self.error(at, message, help));
            }
        }
        Ok(Operation::Existing {
            source: source.unwrap_or(0),
            column: index.unwrap_or(0),
            row_of,
        })
    }

    /// Tables outside of the plan that it refers to, with what was read of them.
    pub(super) fn sources(&self) -> Vec<Source> {
        let mut sources: Vec<Source> = Vec::new();
        for column in self
            .plan
            .tables
            .values()
            .flat_map(|table| table.columns.values())
            .flat_map(ColumnPlan::parts)
        {
            if let Generator::Existing { table, .. } = &column.generator
                && sources.iter().all(|source| source.table != *table)
            {
                let keys = self.keys.and_then(|keys| keys.table(table));
                sources.push(Source {
                    table: table.clone(),
                    keys: keys.cloned().unwrap_or_default(),
                });
            }
        }
        sources
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
            Operation::Pattern(pattern) => pattern.size(),
            Operation::Existing { source, .. } if self.keys.is_some() => {
                program.sources[*source].keys.rows.len() as u64
            }
            Operation::Moment(moment) if moment.apart.is_some() => u64::MAX,
            Operation::Moment(_)
            | Operation::Decimal { .. }
            | Operation::Sum { .. }
            | Operation::By { .. }
            | Operation::Json(_)
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
