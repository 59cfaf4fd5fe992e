//! Columns of moments: what they come after, their rhythm, and how far apart those lie that must
//! differ.

use super::{Compiled, Compiler};
use crate::seed::plan::{ColumnPlan, Moments};
use crate::seed::program::{Moment, Program};
use crate::seed::rhythm::Rhythm;
use crate::seed::value::{DAY, Kind};

impl Compiler<'_> {
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

    /// How far moments that must differ are apart: days, where there are enough, else seconds.
    pub(super) fn apart(
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
}
