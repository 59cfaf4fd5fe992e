//! From a plan to a program: counts rows, resolves names and paths, refuses circles between
//! columns and domains that are too small. Pure.

mod columns;
mod domains;
mod groups;
mod kinds;
mod moments;
mod nested;
mod outside;
mod paths;
mod same;
mod tables;

use super::data::Locale;
use super::draw::Key;
use super::existing::Keys;
use super::plan::{ColumnPlan, Generator, JsonPart, Moments, Plan, PlanError, did_you_mean};
use super::program::{Mix, Path, Piece, Program, cumulative};

type Compiled<T> = Result<T, PlanError>;

/// Resolves a plan.
///
/// # Errors
/// The place in the plan, what is missing or cannot be, and what to write instead.
pub(super) fn compile(plan: &Plan, seed: Option<u64>, scale: f64) -> Compiled<Program> {
    let input = Input {
        seed,
        scale,
        ..Input::default()
    };
    compile_with(plan, &input)
}

/// What a program is made of beside its plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) seed: Option<u64>,
    pub(super) scale: f64,
    /// Rows outside of the plan that its rows refer to; none when no database was asked.
    pub(super) keys: Option<&'a Keys>,
    /// At most so many rows in tables that no other decides the rows of.
    pub(super) most_rows: Option<u64>,
    /// Rows of tables, where no other decides, instead of the plan's and the scale.
    pub(super) rows: Option<&'a indexmap::IndexMap<String, u64>>,
}

impl Default for Input<'_> {
    fn default() -> Self {
        Self {
            seed: None,
            scale: 1.0,
            keys: None,
            most_rows: None,
            rows: None,
        }
    }
}

/// Resolves a plan with all that it can be given.
///
/// # Errors
/// As [`compile`]; and references to rows outside of the plan where there are none.
pub(super) fn compile_with(plan: &Plan, input: &Input<'_>) -> Compiled<Program> {
    let seed = input.seed.unwrap_or(plan.seed);
    let scale = input.scale;
    let compiler = Compiler {
        plan,
        root: Key::of_seed(seed),
        scale,
        keys: input.keys,
        most_rows: input.most_rows,
        rows: input.rows,
    };
    let mut program = Program {
        tables: compiler.tables()?,
        feeds: Vec::new(),
        locales: mix(&plan.locales),
        pools: Vec::new(),
        sources: compiler.sources(),
        seed,
        scale,
        before: None,
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
    keys: Option<&'a Keys>,
    most_rows: Option<u64>,
    rows: Option<&'a indexmap::IndexMap<String, u64>>,
}

impl<'a> Compiler<'a> {
    pub(super) fn error(
        &self,
        column: &ColumnPlan,
        message: String,
        help: impl Into<String>,
    ) -> PlanError {
        self.plan.error(&column.span, message, help.into())
    }

    pub(super) fn table_index(&self, name: &str, at: &std::ops::Range<usize>) -> Compiled<usize> {
        self.plan.tables.get_index_of(name).ok_or_else(|| {
            let names = self.plan.tables.keys().map(String::as_str);
            let help = did_you_mean(name, names)
                .unwrap_or_else(|| "add the table to the plan, or name another".to_owned());
            self.plan
                .error(at, format!("there is no table `{name}` in the plan"), help)
        })
    }

    pub(super) fn columns(&self, table: usize) -> &'a indexmap::IndexMap<String, ColumnPlan> {
        &self.plan.tables[table].columns
    }

    pub(super) fn column_index(
        &self,
        table: usize,
        name: &str,
        at: &ColumnPlan,
    ) -> Compiled<usize> {
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
    pub(super) fn label(&self, table: usize, column: usize) -> String {
        let (name, plan) = self
            .plan
            .tables
            .get_index(table)
            .expect("invariant: in range");
        format!("{name}.{}", plan.columns.keys()[column])
    }

    /// Columns that a column is computed from, by name.
    pub(super) fn needs(
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
            Generator::By {
                path,
                cases,
                otherwise,
            } => {
                let mut needs = vec![end(path)?];
                let cases = cases.iter().map(|(_, case)| case);
                for case in cases.chain(otherwise.as_deref()) {
                    needs.extend(self.needs(program, table, case)?);
                }
                needs
            }
            Generator::Json(parts) => {
                let mut needs = Vec::new();
                for part in parts {
                    match part {
                        JsonPart::Path { text, .. } if text != "row" => needs.push(end(text)?),
                        JsonPart::Made(column) => {
                            needs.extend(self.needs(program, table, column)?);
                        }
                        _ => {}
                    }
                }
                needs
            }
            Generator::Existing {
                row_of: Some(other),
                ..
            } => vec![(table, self.column_index(table, other, at)?)],
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

    pub(super) fn check_circles(&self, program: &Program) -> Compiled<()> {
        let mut finished = std::collections::HashSet::new();
        for table in 0..self.plan.tables.len() {
            for column in 0..self.columns(table).len() {
                self.visit(program, (table, column), &mut Vec::new(), &mut finished)?;
            }
        }
        Ok(())
    }

    pub(super) fn visit(
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

    pub(super) fn check_feeds(&self, program: &mut Program) -> Compiled<()> {
        for (name, feed) in &self.plan.feeds {
            self.table_index(&feed.table, &feed.span)?;
            program.feeds.push((name.clone(), feed.clone()));
        }
        Ok(())
    }

    /// Resolves a column of a feed.
    pub(super) fn feed_path(&self, program: &Program, table: usize, text: &str) -> Compiled<Path> {
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
            variety: None,
            unique_with: Vec::new(),
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
        keys: None,
        most_rows: None,
        rows: None,
    };
    compiler.feed_path(program, table, text)
}
