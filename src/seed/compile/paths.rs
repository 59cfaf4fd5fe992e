//! From names to rows: paths through references, and the references themselves.

use super::same::Sharing;
use super::{Compiled, Compiler};
use crate::seed::draw::Permutation;
use crate::seed::plan::{ColumnPlan, Generator, Pick, Popularity};
use crate::seed::program::{Hop, Path, Piece, Program, Way};

impl Compiler<'_> {
    /// Resolves `column`, `reference.column`, `parent.column`.
    pub(super) fn path(
        &self,
        program: &Program,
        table: usize,
        text: &str,
        at: &ColumnPlan,
    ) -> Compiled<Path> {
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

    pub(super) fn hop(
        &self,
        program: &Program,
        table: usize,
        name: &str,
        at: &ColumnPlan,
    ) -> Compiled<Hop> {
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

    pub(super) fn parent_hop(
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
            except: None,
        })
    }

    /// The hop of a `parent` or `ref` column, and the column whose value it holds.
    pub(super) fn reference(
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
                except,
                same,
            } => {
                let to = self.table_index(target, &at.span)?;
                let this = name.and_then(|index| self.columns(table).get_index(index));
                let column_name = this.map_or("", |(name, _)| name.as_str());
                let key = self
                    .root
                    .child(&program.tables[table].name)
                    .child(column_name);
                let rows = program.tables[to].rows;
                let except = match except {
                    Some(other) => Some(self.excepted(table, other, to, at)?),
                    None => None,
                };
                let mixed = match name {
                    Some(index) => self.mixed(program, table, index)?,
                    None => None,
                };
                let way = match (pick, popularity) {
                    _ if same.is_some() => Way::Uniform(key),
                    _ if mixed.is_some() => mixed.map_or(Way::Uniform(key), Way::Mixed),
                    (Pick::Earlier, _) => Way::Earlier(key),
                    (Pick::Distinct, _) => Way::Distinct(key),
                    (Pick::Any, _) if at.unique => Way::Permuted(Permutation::new(key, rows)),
                    (Pick::Any, Popularity::Zipf { exponent }) => Way::Zipf(key, *exponent),
                    (Pick::Any, Popularity::Uniform) => Way::Uniform(key),
                };
                let mut hop = Hop {
                    from: table,
                    via: name,
                    to,
                    way,
                    except,
                };
                self.check_reference(program, &hop, at)?;
                if let Some(same) = same {
                    let sharing = Sharing {
                        table,
                        column: name,
                        to,
                        same,
                        popularity: *popularity,
                        pick: *pick,
                        has_except: except.is_some(),
                        key,
                    };
                    hop.way = self.same(program, &sharing, at)?;
                }
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

    /// The column whose row a reference may not take, too.
    fn excepted(&self, table: usize, other: &str, to: usize, at: &ColumnPlan) -> Compiled<usize> {
        let mut index = self.column_index(table, other, at)?;
        // A part of a key is looked up where the reference's first column refers.
        if let Generator::Lookup { path } = &self.columns(table)[index].generator
            && let Some((via, part)) = path.split_once('.')
            && !part.contains('.')
            && let Some(leads) = self.columns(table).get_index_of(via)
        {
            index = leads;
        }
        let target = match &self.columns(table)[index].generator {
            Generator::Reference {
                table: target,
                except: None,
                ..
            } => self.plan.tables.get_index_of(target),
            Generator::Parent { .. } => match &self.plan.tables[table].rows {
                crate::seed::plan::Rows::PerParent { table, .. } => {
                    self.plan.tables.get_index_of(table)
                }
                crate::seed::plan::Rows::Count(_) => None,
            },
            _ => None,
        };
        if target != Some(to) {
            let label = self.label(table, index);
            let message = format!("`except` names `{label}`, which does not refer to that table");
            return Err(self.error(at, message, "name a `ref` or \"parent\" to the same table"));
        }
        Ok(index)
    }

    /// The column that others refer to: `id`, else the first that is a sequence or UUID.
    pub(super) fn key_column(&self, table: usize, at: &ColumnPlan) -> Compiled<usize> {
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

    pub(super) fn check_reference(
        &self,
        program: &Program,
        hop: &Hop,
        at: &ColumnPlan,
    ) -> Compiled<()> {
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
                self.check_earlier(program, (hop.from, hop.to), at)
            }
            _ if hop.except.is_some() && to.rows < 2 && from.rows > 0 => {
                let why = format!("`{}` needs a second row to refer to", to.name);
                refuse(why, "give it more rows, or leave `except` out")
            }
            Way::Distinct(_) => {
                let rows = to.rows - u64::from(hop.except.is_some());
                self.check_distinct(program, (hop.from, hop.to), rows, at)
            }
            Way::Permuted(_) if hop.except.is_some() => refuse(
                "`except` cannot be together with `unique`".to_owned(),
                "leave one of them out, or use `unique_with`",
            ),
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

    pub(super) fn check_earlier(
        &self,
        program: &Program,
        (from, to): (usize, usize),
        at: &ColumnPlan,
    ) -> Compiled<()> {
        if from == to {
            return Ok(());
        }
        let name = &program.tables[from].name;
        let why = format!("`earlier` refers to `{name}` itself, not to another table");
        Err(self.error(at, why, "name the same table, or leave `earlier` out"))
    }

    /// Siblings find `rows` different ones.
    pub(super) fn check_distinct(
        &self,
        program: &Program,
        (from, to): (usize, usize),
        rows: u64,
        at: &ColumnPlan,
    ) -> Compiled<()> {
        let (from, to) = (&program.tables[from], &program.tables[to].name);
        let Some(fan_out) = &from.fan_out else {
            let why = format!(
                "`distinct` needs siblings, and `{}` has no parent",
                from.name
            );
            let help = "write `per_parent = { table = …, … }`, or use `unique`";
            return Err(self.error(at, why, help));
        };
        let max = fan_out.max();
        if max <= rows {
            return Ok(());
        }
        let why = format!(
            "up to {max} siblings need different rows of `{to}`, which has {rows} for them"
        );
        let help = "lower `max` of `per_parent`, or give the other table more rows";
        Err(self.error(at, why, help))
    }

    pub(super) fn pieces(
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
}
