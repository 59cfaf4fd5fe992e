//! Holds a program against a schema before the first row is written: what is missing, what does
//! not fit, in which order tables are filled. Every error names the table, the column and what
//! to put into the plan. Pure.

mod references;
mod uniques;
mod values;

use super::error::SeedError;
use super::load::encode::Format;
use super::order;
use super::plan::{Person, Plan, PlanError, did_you_mean};
use super::program::{Operation, Program, Way};
use super::schema::{ColumnSchema, ColumnType, Rule, Schema, TableSchema};

use values::{accepts, constants, is_free_text, one_of, range, suggestion};

/// A moment's day, for messages.
fn day(seconds: i64) -> String {
    let mut text = String::new();
    super::value::write_date(seconds, &mut text);
    text
}

/// How a program goes into a database.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    /// In the order of filling.
    pub(super) layouts: Vec<Layout>,
    /// Tables outside of the plan that refer to its tables: emptied with them.
    pub(super) referrers: Vec<Referrer>,
}

/// A table to fill.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// Index in the program.
    pub(super) table: usize,
    pub(super) name: String,
    pub(super) sql_name: String,
    pub(super) rows: u64,
    /// So many of the rows are there already, when the table grows.
    pub(super) skip: u64,
    pub(super) fields: Vec<Field>,
    /// Fields whose references wait until all tables are filled: indexes into `fields`.
    pub(super) late: Vec<usize>,
    /// References, by their columns, whose constraint is away while rows are written.
    pub(super) lifted: Vec<Vec<String>>,
    pub(super) primary_key: Vec<String>,
    /// Rows that are there stay, and the table's rows stand beside them.
    pub(super) beside: bool,
}

impl Layout {
    /// How PostgreSQL is sent the rows.
    pub(super) fn format(&self) -> Format {
        Format::of(self.fields.iter().map(|field| &field.kind))
    }
}

/// A column to fill.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Index in the program's table.
    pub(super) column: usize,
    pub(super) name: String,
    pub(super) kind: ColumnType,
    pub(super) declared: String,
}

/// A table outside of the plan whose rows refer, directly or not, to the plan's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Referrer {
    pub(super) name: String,
    pub(super) sql_name: String,
    /// The plan's author said that it may be emptied.
    pub(super) listed: bool,
}

/// Checks a program against a schema.
///
/// # Errors
/// The first thing that cannot be, at its place in the plan.
pub(super) fn fit(plan: &Plan, program: &Program, schema: &Schema) -> Result<Fit, SeedError> {
    let mut layouts = Vec::new();
    for (index, name) in plan.tables.keys().enumerate() {
        let Some(table) = schema.tables.get(name) else {
            let message = format!("the database has no table `{name}`");
            let span = &plan.tables[name].span;
            return Err(plan.error(span, message, table_help(schema, name)).into());
        };
        let checker = Checker {
            plan,
            program,
            table: index,
            name,
            schema: table,
        };
        layouts.push(checker.layout()?);
    }
    for name in &plan.empty {
        if !schema.tables.contains_key(name) {
            let message = format!("`empty` names `{name}`, which is no table of the database");
            return Err(plan
                .error(&plan.empty_span, message, table_help(schema, name))
                .into());
        }
    }
    let order = order::order(schema, &layouts)?;
    for (table, column) in order.late {
        let layout = &mut layouts[table];
        let late = layout.fields.iter().position(|field| field.name == column);
        layout.late.extend(late);
    }
    for (table, columns) in order.lifted {
        layouts[table].lifted.push(columns);
    }
    let mut slots: Vec<Option<Layout>> = layouts.into_iter().map(Some).collect();
    Ok(Fit {
        layouts: order
            .tables
            .iter()
            .filter_map(|&table| slots[table].take())
            .collect(),
        referrers: order::referrers(schema, plan),
    })
}

fn table_help(schema: &Schema, name: &str) -> String {
    let names = || schema.tables.keys().map(String::as_str);
    did_you_mean(name, names()).unwrap_or_else(|| {
        if schema.tables.is_empty() {
            "it has no tables at all: start the application once, so that it makes them".to_owned()
        } else {
            format!("its tables: {}", names().collect::<Vec<_>>().join(", "))
        }
    })
}

struct Checker<'a> {
    plan: &'a Plan,
    program: &'a Program,
    table: usize,
    name: &'a str,
    schema: &'a TableSchema,
}

impl Checker<'_> {
    fn layout(&self) -> Result<Layout, PlanError> {
        let table = &self.program.tables[self.table];
        if let Some(why) = self.schema.unfillable.as_ref().filter(|_| table.rows > 0) {
            let message = format!("`{}` takes no rows: {why}", self.name);
            let help = "make a partition for its rows, or take the table out of the plan";
            let span = &self.plan.tables[self.name].span;
            return Err(self.plan.error(span, message, help.to_owned()));
        }
        let mut fields = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let Some(found) = self.schema.columns.get(&column.name) else {
                let names = self.schema.columns.keys().map(String::as_str);
                let help = did_you_mean(&column.name, names)
                    .unwrap_or_else(|| "take it out of the plan".to_owned());
                let what = "is no column of the database";
                return Err(self.error(&column.name, what, help));
            };
            self.check_column(index, found)?;
            fields.push(Field {
                column: index,
                name: column.name.clone(),
                kind: found.kind.clone(),
                declared: found.declared.to_lowercase(),
            });
        }
        self.check_missing()?;
        self.check_references()?;
        self.check_uniques()?;
        let before = self.program.before.as_deref();
        Ok(Layout {
            table: self.table,
            name: self.name.to_owned(),
            sql_name: self.schema.sql_name.clone(),
            rows: table.rows,
            skip: before.map_or(0, |before| before.tables[self.table].rows),
            fields,
            late: Vec::new(),
            lifted: Vec::new(),
            primary_key: self.schema.primary_key.clone(),
            beside: self.plan.tables[self.name].beside,
        })
    }

    /// An error about a column of the plan.
    fn error(&self, column: &str, what: &str, help: impl Into<String>) -> PlanError {
        let table = &self.plan.tables[self.name];
        let span = table
            .columns
            .get(column)
            .map_or(&table.span, |column| &column.span);
        let message = format!("`{}.{column}` {what}", self.name);
        self.plan.error(span, message, help.into())
    }

    fn check_column(&self, index: usize, found: &ColumnSchema) -> Result<(), PlanError> {
        let column = &self.program.tables[self.table].columns[index];
        let name = &column.name;
        if found.generated {
            return Err(self.error(
                name,
                "is computed by the database",
                "take it out of the plan",
            ));
        }
        let nullable_target = self.may_be_null(index);
        if nullable_target && !found.nullable {
            let what = "may not be null in the database, and the plan leaves it out for some rows";
            let help = match &column.operation {
                Operation::Reference { hop, .. } if matches!(hop.way, Way::Same(..)) => format!(
                    "rows of `{}` may share nothing with a row: write `min = 1` (or 2, with `except`) \
                     in its `per_parent`, and `nulls` and `earlier` nowhere on the way",
                    self.program.tables[hop.to].name
                ),
                _ => "take `nulls` (or `earlier`) away".to_owned(),
            };
            return Err(self.error(name, what, help));
        }
        if !accepts(&found.kind, column.kind) {
            let what = format!(
                "is `{}` in the database, and its generator gives {}",
                found.declared,
                column.kind.name()
            );
            return Err(self.error(name, &what, suggestion(&found.kind)));
        }
        self.check_values(index, found)?;
        let as_numbers = |rule: &&Rule| {
            found.kind == ColumnType::Boolean
                && matches!(rule, Rule::In(values) if values.iter().any(|value| value == "0" || value == "1"))
        };
        let rules = self.schema.strict_rules(name);
        for rule in rules.filter(|rule| !as_numbers(rule)) {
            self.check_rule(index, rule)?;
        }
        Ok(())
    }

    fn may_be_null(&self, index: usize) -> bool {
        self.program.tables[self.table].columns[index].may_be_null()
    }

    /// Lists and ranges of the plan against the type.
    fn check_values(&self, index: usize, found: &ColumnSchema) -> Result<(), PlanError> {
        let column = &self.program.tables[self.table].columns[index];
        if let ColumnType::Enum(labels) = &found.kind {
            for text in constants(&column.operation) {
                if !labels.contains(&text) {
                    let what = format!("is an enum without the value `{text}`");
                    let help = format!("its values: {}", labels.join(", "));
                    return Err(self.error(&column.name, &what, help));
                }
            }
            if constants(&column.operation).is_empty() {
                let what = "is an enum, and its generator gives any text";
                return Err(self.error(&column.name, what, one_of(labels)));
            }
        }
        if let ColumnType::Set(members) = &found.kind {
            let values = constants(&column.operation);
            let stray = values.iter().flat_map(|value| value.split(','));
            let stray = stray.filter(|part| !part.is_empty());
            if let Some(part) = stray
                .into_iter()
                .find(|part| !members.iter().any(|m| m == part))
            {
                let what = format!("is a set without the member `{part}`");
                let help = format!("its members: {}", members.join(", "));
                return Err(self.error(&column.name, &what, help));
            }
            if values.is_empty() {
                let what = "is a set, and its generator gives any text";
                return Err(self.error(&column.name, what, one_of(members)));
            }
        }
        if let Some(letters) = &column.letters {
            for text in constants(&column.operation) {
                if let Some(stranger) = letters.stranger(&text) {
                    let what = format!("is of `{}`, which has no `{stranger}`", letters.charset);
                    let help = "write other values, or let the column be of every character \
                                (utf8mb4, UTF8)";
                    return Err(self.error(&column.name, &what, help));
                }
            }
        }
        self.check_length(index, found)?;
        let rows = self.program.tables[self.table].rows;
        let numbers = match &column.operation {
            Operation::Sequence { start } => Some((
                *start as f64,
                (start + rows as i64).saturating_sub(1) as f64,
            )),
            operation => range(operation),
        };
        if let (Some((least, most)), Some((low, high))) =
            (self.schema.limits.get(&column.name), numbers)
            && (low < *least || high > *most)
            && rows > 0
        {
            let what = format!(
                "holds numbers from {least} to {most} (`{}`), and the plan gives {low} to {high}",
                found.declared
            );
            return Err(self.error(&column.name, &what, "change them, or the number of rows"));
        }
        let limit = match found.kind {
            ColumnType::SmallInt => i64::from(i16::MAX),
            ColumnType::Integer => i64::from(i32::MAX),
            _ => return Ok(()),
        };
        let rows = self.program.tables[self.table].rows as i64;
        let highest = match &column.operation {
            Operation::Integer {
                min, step, steps, ..
            } => min + (*steps as i64 - 1) * step,
            Operation::Sequence { start } => start + rows,
            _ => return Ok(()),
        };
        if highest > limit {
            let what = format!("holds numbers up to {limit}, and the plan gives up to {highest}");
            return Err(self.error(&column.name, &what, "lower `max`, or the number of rows"));
        }
        Ok(())
    }

    /// Text that would be useless when cut must fit its column.
    fn check_length(&self, index: usize, found: &ColumnSchema) -> Result<(), PlanError> {
        let ColumnType::Text(Some(limit)) = found.kind else {
            return Ok(());
        };
        let column = &self.program.tables[self.table].columns[index];
        let (needed, help) = match &column.operation {
            Operation::Password { pool } => (
                self.program.pools[*pool].scheme.length(),
                "choose the scheme that the application uses, or widen the column",
            ),
            Operation::Person(Person::Email) => (
                64,
                "write `{ gen = \"template\", text = \"u{row}@example.com\" }`",
            ),
            Operation::Person(Person::Username) => {
                (24, "write `{ gen = \"template\", text = \"u{row}\" }`")
            }
            _ => return Ok(()),
        };
        if needed > limit {
            let what = format!("takes {limit} characters, and its generator gives up to {needed}");
            return Err(self.error(&column.name, &what, help));
        }
        Ok(())
    }

    fn check_rule(&self, index: usize, rule: &Rule) -> Result<(), PlanError> {
        let column = &self.program.tables[self.table].columns[index];
        let refuse = |what: String, help: String| Err(self.error(&column.name, &what, help));
        match rule {
            Rule::In(allowed)
                if matches!(column.operation, Operation::Boolean { share } if
                    (share < 1.0 && allowed[..] == ["true"]) || (share > 0.0 && allowed[..] == ["false"])) =>
            {
                let share = if allowed[..] == ["true"] {
                    "1.0"
                } else {
                    "0.0"
                };
                refuse(
                    format!("has a check that it is {}", allowed[0]),
                    format!("write `share = {share}`"),
                )
            }
            Rule::In(allowed) => {
                let stray = constants(&column.operation)
                    .into_iter()
                    .find(|value| !allowed.contains(value));
                match stray {
                    Some(value) => refuse(
                        format!("has a check that does not allow `{value}`"),
                        format!("its values: {}", allowed.join(", ")),
                    ),
                    None if is_free_text(&column.operation) => refuse(
                        "has a check that allows some values only".to_owned(),
                        one_of(allowed),
                    ),
                    None => Ok(()),
                }
            }
            Rule::Min { bound, strict } => match range(&column.operation) {
                Some((low, _)) if low < *bound || (*strict && low <= *bound) => refuse(
                    format!("has a check `{} {bound}`", if *strict { ">" } else { ">=" }),
                    "raise `min`".to_owned(),
                ),
                _ => Ok(()),
            },
            Rule::Max { bound, strict } => match range(&column.operation) {
                Some((_, high)) if high > *bound || (*strict && high >= *bound) => refuse(
                    format!("has a check `{} {bound}`", if *strict { "<" } else { "<=" }),
                    "lower `max`".to_owned(),
                ),
                _ => Ok(()),
            },
            Rule::NotIn(refused) => {
                match constants(&column.operation)
                    .into_iter()
                    .find(|value| refused.contains(value))
                {
                    Some(value) => refuse(
                        format!("has a check that does not allow `{value}`"),
                        "take the value away".to_owned(),
                    ),
                    None => Ok(()),
                }
            }
            Rule::From { moment, .. } => match &column.operation {
                Operation::Moment(found) if found.from < *moment => refuse(
                    format!("has a check that allows nothing before {}", day(*moment)),
                    format!("write `from = \"{}\"`", day(*moment)),
                ),
                _ => Ok(()),
            },
            Rule::Until { moment, .. } => match &column.operation {
                Operation::Moment(found) if found.to > *moment => refuse(
                    format!("has a check that allows nothing after {}", day(*moment)),
                    format!("write `to = \"{}\"`", day(*moment)),
                ),
                _ => Ok(()),
            },
            Rule::NotNull if self.may_be_null(index) => refuse(
                "has a check that it is not null, and the plan leaves it out for some rows"
                    .to_owned(),
                "take `nulls` (or `earlier`) away".to_owned(),
            ),
            Rule::Pattern(regex) if is_free_text(&column.operation) => refuse(
                format!("has a check that it matches `{regex}`"),
                format!("write {{ gen = \"pattern\", regex = '{regex}' }}"),
            ),
            _ => Ok(()),
        }
    }

    /// Columns that must have a value and get none.
    fn check_missing(&self) -> Result<(), PlanError> {
        let planned = &self.plan.tables[self.name].columns;
        for (name, column) in &self.schema.columns {
            let optional = column.nullable || column.has_default || column.generated;
            if !optional && !planned.contains_key(name) {
                let what = format!(
                    "(`{}`) may not be null and has no default, and the plan does not fill it",
                    column.declared
                );
                let help = format!(
                    "under [tables.{}.columns]: {name} = {}",
                    self.name,
                    suggestion(&column.kind)
                );
                return Err(self.error(name, &what, help));
            }
        }
        Ok(())
    }
}
