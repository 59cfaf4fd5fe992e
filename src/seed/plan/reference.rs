//! Reads `ref`: which rows of another table a row refers to.

use super::column::{Generator, Pick, Popularity, SameColumn};
use super::read::{PlanError, Section};

#[derive(Clone, Copy)]
enum Popular {
    Uniform,
    Zipf,
}

pub(super) fn reference(section: &Section<'_>) -> Result<Generator, PlanError> {
    let words = [("uniform", Popular::Uniform), ("zipf", Popular::Zipf)];
    let exponent = section.number("exponent")?;
    if exponent.is_some_and(|exponent| exponent <= 0.0 || exponent > 5.0) {
        return Err(section.invalid("exponent", "must lie above 0 and not above 5"));
    }
    let popularity = match section.word("popularity", &words)? {
        Some(Popular::Zipf) => Popularity::Zipf {
            exponent: exponent.unwrap_or(1.0),
        },
        _ => Popularity::Uniform,
    };
    let distinct = section.boolean("distinct")?.unwrap_or(false);
    let earlier = section.boolean("earlier")?.unwrap_or(false);
    let pick = match (distinct, earlier) {
        (true, true) => {
            return Err(section.invalid("distinct", "cannot be together with `earlier`"));
        }
        (true, false) => Pick::Distinct,
        (false, true) => Pick::Earlier,
        (false, false) => Pick::Any,
    };
    if pick != Pick::Any && popularity != Popularity::Uniform {
        return Err(section.invalid("popularity", "goes with neither `distinct` nor `earlier`"));
    }
    Ok(Generator::Reference {
        table: section.required("table")?,
        column: section.string("column")?,
        popularity,
        pick,
        except: section.string("except")?,
        same: same(section)?,
    })
}

/// `same = "tenant_id"`, or with another name in the other table: `same_as = "org_id"`.
fn same(section: &Section<'_>) -> Result<Option<SameColumn>, PlanError> {
    let (here, there) = (section.string("same")?, section.string("same_as")?);
    match (here, there) {
        (Some(here), there) => Ok(Some(SameColumn {
            there: there.unwrap_or_else(|| here.clone()),
            here,
        })),
        (None, Some(_)) => Err(section.invalid("same_as", "goes with `same`")),
        (None, None) => Ok(None),
    }
}
