//! From a plan to a program: counts rows, resolves names and paths, refuses circles between
//! columns and domains that are too small. Pure.

use super::data::Locale;
use super::draw::{Key, Permutation};
use super::fan_out::FanOut;
use super::plan::{
    ColumnPlan, Constant, Generator, Moments, Pick, Plan, PlanError, Popularity, Rows, did_you_mean,
};
use super::program::{
    Column, Hop, Mix, Moment, Operation, Path, Piece, Pool, Program, Table, TableKeys, Way,
    cumulative,
};
use super::value::Kind;

type Compiled<T> = Result<T, PlanError>;

/// Resolves a plan.
///
/// # Errors
/// The place in the plan, what is missing or cannot be, and what to write instead.
pub(super) fn compile(plan: &Plan, seed: Option<u64>, scale: f64) -> Compiled<Program> {
    let seed = seed.unwrap_or(plan.seed);
    let compiler = Compiler {
        plan,
        root: Key::of_seed(seed),
        scale,
    };
    let mut program = Program {
        tables: compiler.tables()?,
        feeds: Vec::new(),
        locales: mix(&plan.locales),
        pools: Vec::new(),
        seed,
        scale,
    };
    compiler.check_circles(&program)?;
    for table in 0..program.tables.len() {
        for column in 0..compiler.columns(table).len() {
            let column = compiler.column(&mut program, table, column)?;
            program.tables[table].columns.push(column);
        }
    }
    compiler.check_feeds(&mut program)?;
    Ok(program)
}

fn mix(locales: &[(Locale, f64)]) -> Mix {
    let weights: Vec<f64> = locales.iter().map(|(_, weight)| *weight).collect();
    Mix {
        locales: locales.iter().map(|(locale, _)| *locale).collect(),
        shares: cumulative(&weights),
    }
}

struct Compiler<'a> {
    plan: &'a Plan,
    root: Key,
    scale: f64,
}

impl<'a> Compiler<'a> {
    fn error(&self, column: &ColumnPlan, message: String, help: impl Into<String>) -> PlanError {
        self.plan.error(&column.span, message, help.into())
    }

    fn table_index(&self, name: &str, at: &std::ops::Range<usize>) -> Compiled<usize> {
        self.plan.tables.get_index_of(name).ok_or_else(|| {
            let names = self.plan.tables.keys().map(String::as_str);
            let help = did_you_mean(name, names)
                .unwrap_or_else(|| "add the table to the plan, or name another".to_owned());
            self.plan
                .error(at, format!("there is no table `{name}` in the plan"), help)
        })
    }

    fn columns(&self, table: usize) -> &'a indexmap::IndexMap<String, ColumnPlan> {
        &self.plan.tables[table].columns
    }

    fn column_index(&self, table: usize, name: &str, at: &ColumnPlan) -> Compiled<usize> {
        self.columns(table).get_index_of(name).ok_or_else(|| {
            let (table, plan) = self
                .plan
                .tables
                .get_index(table)
                .expect("invariant: in range");
            let names = plan.columns.keys().map(String::as_str);
            let help = did_you_mean(name, names)
                .unwrap_or_else(|| format!("add the column to [tables.{table}.columns]"));
            let message = format!("the plan has no column `{table}.{name}`");
            self.error(at, message, help)
        })
    }

    /// `orders.customer_id`, for messages.
    fn label(&self, table: usize, column: usize) -> String {
        let (name, plan) = self
            .plan
            .tables
            .get_index(table)
            .expect("invariant: in range");
        format!("{name}.{}", plan.columns.keys()[column])
    }

    // Tables.

    fn tables(&self) -> Compiled<Vec<Table>> {
        let mut done: Vec<Option<Table>> = self.plan.tables.iter().map(|_| None).collect();
        for index in 0..done.len() {
            self.lay_out(index, &mut done, &mut Vec::new())?;
        }
        Ok(done.into_iter().flatten().collect())
    }

    /// Counts a table's rows, its parents' first.
    fn lay_out(
        &self,
        index: usize,
        done: &mut [Option<Table>],
        open: &mut Vec<usize>,
    ) -> Compiled<()> {
        if done[index].is_some() {
            return Ok(());
        }
        let (name, plan) = self
            .plan
            .tables
            .get_index(index)
            .expect("invariant: in range");
        if open.contains(&index) {
            let message = format!("table `{name}` is its own ancestor by `per_parent`");
            let help = "give one of the tables `rows = N`".to_owned();
            return Err(self.plan.error(&plan.span, message, help));
        }
        open.push(index);
        let key = self.root.child(name);
        let (rows, fan_out) = match &plan.rows {
            Rows::Count(rows) if plan.fixed => (*rows, None),
            Rows::Count(rows) => (scaled(*rows, self.scale), None),
            Rows::PerParent { table, counts } => {
                let parent = self.table_index(table, &plan.span)?;
                self.lay_out(parent, done, open)?;
                let parents = done[parent].as_ref().map_or(0, |parent| parent.rows);
                let fan_out = FanOut::new(parent, key.child("per_parent"), *counts, parents);
                (fan_out.total(), Some(fan_out))
            }
        };
        open.pop();
        let scatter = plan.scatter && rows > 0;
        done[index] = Some(Table {
            name: name.clone(),
            rows,
            scatter: scatter.then(|| Permutation::new(key.child("scatter"), rows)),
            fan_out,
            columns: Vec::new(),
            keys: TableKeys {
                locale: key.child("locale"),
                first_name: key.child("first_name"),
                last_name: key.child("last_name"),
                place: key.child("place"),
                email: Permutation::new(key.child("email"), rows),
            },
            ranks: Permutation::new(key.child("ranks"), rows),
        });
        Ok(())
    }

    // Circles between columns.

    /// Columns that a column is computed from, by name.
    fn needs(
        &self,
        program: &Program,
        table: usize,
        at: &ColumnPlan,
    ) -> Compiled<Vec<(usize, usize)>> {
        let end = |path: &str| {
            let path = self.path(program, table, path, at)?;
            Ok((path.table, path.column))
        };
        Ok(match &at.generator {
            Generator::Slug { of } => vec![end(of)?],
            Generator::Lookup { path } => vec![end(path)?],
            Generator::Moment(Moments {
                after: Some(after), ..
            }) => vec![end(after)?],
            Generator::Template { text } => {
                let mut needs = Vec::new();
                for piece in self.pieces(program, table, text, at)? {
                    if let Piece::Column { path, .. } = piece {
                        needs.push((path.table, path.column));
                    }
                }
                needs
            }
            Generator::Parent { .. } | Generator::Reference { .. } => {
                let (hop, column) = self.reference(program, table, at)?;
                vec![(hop.to, column)]
            }
            Generator::Sum { table: child, of } => {
                let child = self.table_index(child, &at.span)?;
                let columns = of.iter().map(|name| self.column_index(child, name, at));
                columns
                    .map(|column| Ok((child, column?)))
                    .collect::<Compiled<_>>()?
            }
            _ => Vec::new(),
        })
    }

    fn check_circles(&self, program: &Program) -> Compiled<()> {
        let mut finished = std::collections::HashSet::new();
        for table in 0..self.plan.tables.len() {
            for column in 0..self.columns(table).len() {
                self.visit(program, (table, column), &mut Vec::new(), &mut finished)?;
            }
        }
        Ok(())
    }

    fn visit(
        &self,
        program: &Program,
        at: (usize, usize),
        open: &mut Vec<(usize, usize)>,
        finished: &mut std::collections::HashSet<(usize, usize)>,
    ) -> Compiled<()> {
        if finished.contains(&at) {
            return Ok(());
        }
        let column = &self.columns(at.0)[at.1];
        if open.contains(&at) {
            let message = format!(
                "column `{}` is computed from itself",
                self.label(at.0, at.1)
            );
            return Err(self.error(
                column,
                message,
                "break the circle of `of`, `after` and `text`",
            ));
        }
        open.push(at);
        for need in self.needs(program, at.0, column)? {
            self.visit(program, need, open, finished)?;
        }
        open.pop();
        finished.insert(at);
        Ok(())
    }

    // Paths.

    /// Resolves `column`, `reference.column`, `parent.column`.
    fn path(&self, program: &Program, table: usize, text: &str, at: &ColumnPlan) -> Compiled<Path> {
        let mut hops = Vec::new();
        let mut here = table;
        let mut names = text.split('.').peekable();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                let column = self.column_index(here, name, at)?;
                return Ok(Path {
                    hops,
                    table: here,
                    column,
                });
            }
            let hop = self.hop(program, here, name, at)?;
            here = hop.to;
            hops.push(hop);
        }
        unreachable!("invariant: splitting gives at least one name")
    }

    fn hop(&self, program: &Program, table: usize, name: &str, at: &ColumnPlan) -> Compiled<Hop> {
        if name == "parent" && !self.columns(table).contains_key(name) {
            return self.parent_hop(program, table, None, at);
        }
        let column = self.column_index(table, name, at)?;
        let plan = &self.columns(table)[column];
        match &plan.generator {
            Generator::Parent { .. } => self.parent_hop(program, table, Some(column), at),
            Generator::Reference { .. } => Ok(self.reference(program, table, plan)?.0),
            _ => {
                let message = format!("`{}` refers to no other table", self.label(table, column));
                let help = "a path goes through columns made by `parent` or `ref`";
                Err(self.error(at, message, help))
            }
        }
    }

    fn parent_hop(
        &self,
        program: &Program,
        table: usize,
        via: Option<usize>,
        at: &ColumnPlan,
    ) -> Compiled<Hop> {
        let fan_out = program.tables[table].fan_out.as_ref().ok_or_else(|| {
            let name = &program.tables[table].name;
            let message = format!("table `{name}` has no parent");
            self.error(
                at,
                message,
                "write `per_parent = { table = …, … }` instead of `rows`",
            )
        })?;
        Ok(Hop {
            from: table,
            via,
            to: fan_out.parent,
            way: Way::Parent,
        })
    }

    /// The hop of a `parent` or `ref` column, and the column whose value it holds.
    fn reference(
        &self,
        program: &Program,
        table: usize,
        at: &ColumnPlan,
    ) -> Compiled<(Hop, usize)> {
        let name = self
            .columns(table)
            .iter()
            .position(|(_, column)| std::ptr::eq(column, at));
        let (hop, column) = match &at.generator {
            Generator::Reference {
                table: target,
                column,
                popularity,
                pick,
            } => {
                let to = self.table_index(target, &at.span)?;
                let this = name.and_then(|index| self.columns(table).get_index(index));
                let column_name = this.map_or("", |(name, _)| name.as_str());
                let key = self
                    .root
                    .child(&program.tables[table].name)
                    .child(column_name);
                let rows = program.tables[to].rows;
                let way = match (pick, popularity) {
                    (Pick::Earlier, _) => Way::Earlier(key),
                    (Pick::Distinct, _) => Way::Distinct(key),
                    (Pick::Any, _) if at.unique => Way::Permuted(Permutation::new(key, rows)),
                    (Pick::Any, Popularity::Zipf { exponent }) => Way::Zipf(key, *exponent),
                    (Pick::Any, Popularity::Uniform) => Way::Uniform(key),
                };
                let hop = Hop {
                    from: table,
                    via: name,
                    to,
                    way,
                };
                self.check_reference(program, hop, at)?;
                (hop, column)
            }
            Generator::Parent { column } => (self.parent_hop(program, table, name, at)?, column),
            _ => unreachable!("invariant: only references are asked"),
        };
        let column = match column {
            Some(name) => self.column_index(hop.to, name, at)?,
            None => self.key_column(hop.to, at)?,
        };
        Ok((hop, column))
    }

    /// The column that others refer to: `id`, else the first that is a sequence or UUID.
    fn key_column(&self, table: usize, at: &ColumnPlan) -> Compiled<usize> {
        let columns = self.columns(table);
        let made = |column: &ColumnPlan| {
            matches!(
                column.generator,
                Generator::Sequence { .. } | Generator::Uuid
            )
        };
        columns
            .get_index_of("id")
            .or_else(|| columns.values().position(made))
            .ok_or_else(|| {
                let (name, _) = self
                    .plan
                    .tables
                    .get_index(table)
                    .expect("invariant: in range");
                let message = format!("it is not clear which column of `{name}` is referred to");
                self.error(at, message, "add `column = \"…\"`")
            })
    }

    fn check_reference(&self, program: &Program, hop: Hop, at: &ColumnPlan) -> Compiled<()> {
        let (from, to) = (&program.tables[hop.from], &program.tables[hop.to]);
        let refuse = |why: String, help: &str| Err(self.error(at, why, help));
        if to.rows == 0 && from.rows > 0 && at.nulls < 1.0 {
            let why = format!(
                "table `{}` refers to `{}`, which has no rows",
                from.name, to.name
            );
            return refuse(why, "give it rows, or this column `nulls = 1.0`");
        }
        match hop.way {
            Way::Earlier(_) if hop.from != hop.to => {
                let why = format!(
                    "`earlier` refers to `{}` itself, not to another table",
                    from.name
                );
                refuse(why, "name the same table, or leave `earlier` out")
            }
            Way::Distinct(_) => match &from.fan_out {
                None => {
                    let why = format!(
                        "`distinct` needs siblings, and `{}` has no parent",
                        from.name
                    );
                    refuse(
                        why,
                        "write `per_parent = { table = …, … }`, or use `unique`",
                    )
                }
                Some(fan_out) if fan_out.max() > to.rows => {
                    let (max, rows) = (fan_out.max(), to.rows);
                    let why = format!(
                        "up to {max} siblings need different rows of `{}`, which has {rows}",
                        to.name
                    );
                    refuse(
                        why,
                        "lower `max` of `per_parent`, or give the other table more rows",
                    )
                }
                Some(_) => Ok(()),
            },
            Way::Permuted(_) if from.rows > to.rows => {
                let why = format!(
                    "{} rows of `{}` need different rows of `{}`, which has {}",
                    from.rows, from.name, to.name, to.rows
                );
                refuse(why, "lower the number of rows, or leave `unique` out")
            }
            _ => Ok(()),
        }
    }

    fn pieces(
        &self,
        program: &Program,
        table: usize,
        text: &str,
        at: &ColumnPlan,
    ) -> Compiled<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, tail)) = rest.split_once('{') {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            let Some((inside, tail)) = tail.split_once('}') else {
                let message = format!("the template `{text}` has `{{` without `}}`");
                return Err(self.error(at, message, "for example: \"ORD-{id:08}\""));
            };
            let (name, width) = inside.split_once(':').unwrap_or((inside, "0"));
            let Ok(width) = width.parse::<usize>() else {
                let message = format!("`{width}` in the template `{text}` is no number of digits");
                return Err(self.error(at, message, "for example: \"ORD-{id:08}\""));
            };
            let width = width.min(64);
            pieces.push(if name == "row" {
                Piece::Row { width }
            } else {
                let path = self.path(program, table, name, at)?;
                Piece::Column { path, width }
            });
            rest = tail;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(pieces)
    }

    // Columns.

    fn column(&self, program: &mut Program, table: usize, index: usize) -> Compiled<Column> {
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
            self.check_unique(program.tables[table].rows, table, index, &column, at)?;
        }
        Ok(column)
    }

    fn operation(
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
            Generator::Ipv4 => Operation::Ipv4,
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

    fn moment(
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

    fn sum(
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
    fn scale_of(&self, program: &Program, table: usize, at: &ColumnPlan) -> Compiled<u8> {
        Ok(match &at.generator {
            Generator::Decimal { scale, .. }
            | Generator::Constant(Constant::Decimal { scale, .. }) => *scale,
            Generator::OneOf { values, .. } => match values.first() {
                Some(Constant::Decimal { scale, .. }) => *scale,
                _ => 0,
            },
            Generator::Lookup { path } => {
                let path = self.path(program, table, path, at)?;
                self.scale_of(program, path.table, &self.columns(path.table)[path.column])?
            }
            _ => 0,
        })
    }

    /// The kind of value of a column. Circles have been refused before.
    fn kind(&self, program: &Program, table: usize, at: &ColumnPlan) -> Compiled<Kind> {
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
            Generator::Decimal { .. } => Kind::Decimal,
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

    fn check_unique(
        &self,
        rows: u64,
        table: usize,
        index: usize,
        column: &Column,
        at: &ColumnPlan,
    ) -> Compiled<()> {
        let label = self.label(table, index);
        let domain = match &column.operation {
            Operation::OneOf { values, .. } => values.len() as u64,
            Operation::Integer { steps, .. } => *steps,
            Operation::Constant(_) => 1,
            Operation::Boolean { .. } => 2,
            Operation::Moment(_) | Operation::Decimal { .. } | Operation::Sum { .. } => {
                let message = format!("`{label}` cannot be made unique");
                return Err(self.error(
                    at,
                    message,
                    "use `sequence`, `uuid`, `template` or `integer`",
                ));
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

    // Feeds.

    fn check_feeds(&self, program: &mut Program) -> Compiled<()> {
        for (name, feed) in &self.plan.feeds {
            self.table_index(&feed.table, &feed.span)?;
            program.feeds.push((name.clone(), feed.clone()));
        }
        Ok(())
    }

    /// Resolves a column of a feed.
    fn feed_path(&self, program: &Program, table: usize, text: &str) -> Compiled<Path> {
        let nowhere = ColumnPlan {
            span: self
                .plan
                .feeds
                .values()
                .find(|feed| feed.columns.iter().any(|column| column.path == text))
                .map_or(0..0, |feed| feed.span.clone()),
            generator: Generator::Position,
            nulls: 0.0,
            unique: false,
        };
        self.path(program, table, text, &nowhere)
    }
}

/// Resolves a column of a feed.
pub(super) fn feed_path(
    plan: &Plan,
    program: &Program,
    table: usize,
    text: &str,
) -> Compiled<Path> {
    let compiler = Compiler {
        plan,
        root: Key::of_seed(program.seed),
        scale: program.scale,
    };
    compiler.feed_path(program, table, text)
}

fn scaled(rows: u64, scale: f64) -> u64 {
    if rows == 0 {
        return 0;
    }
    ((rows as f64 * scale).round() as u64).max(1)
}
