//! References among the rows that share something with a row, as those of its tenant. Both sides
//! are followed to the row that they share; where the rows that are referred to are its children,
//! they stand together, and no index of them is needed.

use std::sync::Arc;

use super::{Compiled, Compiler};
use crate::seed::draw::Key;
use crate::seed::plan::{ColumnPlan, Generator, Pick, Popularity, SameColumn};
use crate::seed::program::{Among, Hop, Program, Same, Way};

/// More references and look-ups in a row than this make a circle.
const MOST_STEPS: usize = 64;

/// The row that a column's value comes from.
struct Origin {
    hops: Vec<Hop>,
    table: usize,
    column: usize,
}

/// A `ref` with `same`, as the plan has it.
pub(super) struct Sharing<'a> {
    pub(super) table: usize,
    /// Index of the column that refers, if it is one of its own.
    pub(super) column: Option<usize>,
    pub(super) to: usize,
    pub(super) same: &'a SameColumn,
    pub(super) popularity: Popularity,
    pub(super) pick: Pick,
    pub(super) has_except: bool,
    pub(super) key: Key,
}

impl Compiler<'_> {
    /// How a reference finds its row among those that share a column with the row.
    pub(super) fn same(
        &self,
        program: &Program,
        sharing: &Sharing<'_>,
        at: &ColumnPlan,
    ) -> Compiled<Way> {
        let &Sharing {
            table, to, same, ..
        } = sharing;
        let here = self.column_index(table, &same.here, at)?;
        let refuse = |why: String, help: String| Err(self.error(at, why, help));
        if sharing.column == Some(here) {
            let why = format!("`same` names `{}` itself", same.here);
            return refuse(why, "name the column that both rows share".to_owned());
        }
        let there = self.column_index(to, &same.there, at)?;
        if at.unique || !at.unique_with.is_empty() {
            let why = "`same` goes with neither `unique` nor `unique_with`".to_owned();
            return refuse(why, "use `distinct`, or leave it out".to_owned());
        }
        let own = self.origin(program, table, here, at)?;
        let theirs = self.origin(program, to, there, at)?;
        let (ours, label) = (self.label(table, here), self.label(to, there));
        let children = |hop: &Hop| matches!(hop.way, Way::Parent) && !self.may_miss(hop);
        if theirs.hops.is_empty() || !theirs.hops.iter().all(children) {
            let name = &program.tables[to].name;
            let whole = &program.tables[own.table].name;
            let why =
                format!("`same` needs rows of `{name}` that are children of what `{label}` names");
            let help = format!(
                "write `per_parent = {{ table = \"{whole}\", … }}` in `{name}`, and `{} = \"parent\"`",
                same.there
            );
            return refuse(why, help);
        }
        if (own.table, own.column) != (theirs.table, theirs.column) {
            let (one, other) = (
                self.label(own.table, own.column),
                self.label(theirs.table, theirs.column),
            );
            let why = format!("`{ours}` comes from `{one}`, and `{label}` from `{other}`");
            let help = "`same` names a column that both rows have from one place";
            return refuse(why, help.to_owned());
        }
        let below: Vec<usize> = theirs.hops.iter().rev().map(|hop| hop.from).collect();
        let least = below.iter().fold(1, |least: u64, &table| {
            let fan_out = program.tables[table].fan_out.as_ref();
            least.saturating_mul(fan_out.map_or(0, crate::seed::fan_out::FanOut::min))
        });
        let least = least.saturating_sub(u64::from(sharing.has_except));
        let pick = match (sharing.pick, sharing.popularity) {
            (Pick::Distinct, _) => Among::Distinct,
            (Pick::Earlier, _) => Among::Earlier,
            (Pick::Any, Popularity::Zipf { exponent }) => Among::Zipf(exponent),
            (Pick::Any, Popularity::Uniform) => Among::Uniform,
        };
        match pick {
            Among::Distinct => self.check_distinct(program, (table, to), least, at)?,
            Among::Earlier => self.check_earlier(program, (table, to), at)?,
            Among::Uniform | Among::Zipf(_) => {}
        }
        let certain =
            pick != Among::Earlier && least > 0 && !own.hops.iter().any(|hop| self.may_miss(hop));
        let ranks = self.root.child(&program.tables[to].name).child("ranks");
        Ok(Way::Same(
            sharing.key,
            Arc::new(Same {
                own: own.hops,
                below,
                pick,
                ranks,
                certain,
            }),
        ))
    }

    /// Whether some rows refer to nothing.
    fn may_miss(&self, hop: &Hop) -> bool {
        let nulls = hop.via.map(|column| self.columns(hop.from)[column].nulls);
        nulls.is_some_and(|nulls| nulls > 0.0) || matches!(hop.way, Way::Earlier(_))
    }

    /// Follows a column through references and look-ups to where its value is made.
    fn origin(
        &self,
        program: &Program,
        table: usize,
        column: usize,
        at: &ColumnPlan,
    ) -> Compiled<Origin> {
        let mut origin = Origin {
            hops: Vec::new(),
            table,
            column,
        };
        for _ in 0..MOST_STEPS {
            let (name, plan) = self
                .columns(origin.table)
                .get_index(origin.column)
                .expect("invariant: in range");
            match &plan.generator {
                Generator::Parent { .. } | Generator::Reference { .. } => {
                    self.refuse_same(origin.table, name, at)?;
                    let (hop, column) = self.reference(program, origin.table, plan)?;
                    (origin.table, origin.column) = (hop.to, column);
                    origin.hops.push(hop);
                }
                Generator::Lookup { path } => {
                    let (through, last) = match path.rsplit_once('.') {
                        Some((through, last)) => (Some(through), last),
                        None => (None, path.as_str()),
                    };
                    for name in through.into_iter().flat_map(|through| through.split('.')) {
                        self.refuse_same(origin.table, name, at)?;
                        let hop = self.hop(program, origin.table, name, plan)?;
                        origin.table = hop.to;
                        origin.hops.push(hop);
                    }
                    origin.column = self.column_index(origin.table, last, plan)?;
                }
                _ => return Ok(origin),
            }
        }
        let label = self.label(table, column);
        let why = format!("`{label}` comes through more than {MOST_STEPS} references");
        Err(self.error(at, why, "break the circle"))
    }

    /// What is found by `same` cannot say what is the same.
    fn refuse_same(&self, table: usize, name: &str, at: &ColumnPlan) -> Compiled<()> {
        let found = self.columns(table).get(name);
        let found = found.map(|column| &column.generator);
        if !matches!(found, Some(Generator::Reference { same: Some(_), .. })) {
            return Ok(());
        }
        let table = &self.plan.tables.keys()[table];
        let why = format!("`same` depends on `{table}.{name}`, which is found by `same`, too");
        let help = "let one of them refer freely, or be the \"parent\"";
        Err(self.error(at, why, help))
    }
}
