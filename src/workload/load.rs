//! `[load]`: how many users, when.

use std::time::Duration;

use super::document::{Keys, Node, Placed, Table};
use super::error::Problem;
use super::model::{Load, Stage};
use super::raw::{RawLoad, optional};

const LOAD: Keys = Keys {
    known: &["users", "iterations", "warmup", "graceful_stop"],
    planned: &["arrivals"],
};
const STAGE: Keys = Keys::only(&["to", "over", "hold", "spike", "for"]);

/// How long users may finish their iteration when the file does not say.
const USUAL_GRACE: Duration = Duration::from_secs(30);

const EXAMPLE: &str = "users = [{ to = 10, over = \"30s\" }, { hold = \"2m\" }]";

/// Reads the section.
pub(super) fn read(root: &Table<'_>) -> Result<RawLoad, Problem> {
    let table = root
        .need("load", &format!("[load]\n{EXAMPLE}"))?
        .table(&LOAD)?;
    let users = table.need("users", EXAMPLE)?;
    let Ok(items) = users.items() else {
        return Err(users
            .expected("a list of stages")
            .help(format!("write `{EXAMPLE}`")));
    };
    let stages = items
        .iter()
        .map(read_stage)
        .collect::<Result<Vec<_>, Problem>>()?;
    let warmup = optional(&table, "warmup", |node| {
        Ok(Placed {
            path: node.path.clone(),
            span: node.span.clone(),
            value: node.duration()?,
        })
    })?;
    Ok(RawLoad {
        place: table.place(),
        stages,
        warmup,
        graceful_stop: optional(&table, "graceful_stop", Node::duration)?.unwrap_or(USUAL_GRACE),
        iterations: optional(&table, "iterations", Node::whole)?,
    })
}

/// Stages that make sense one after the other.
pub(super) fn resolve(raw: &RawLoad) -> Result<Load, Problem> {
    let mut users = 0;
    for (place, stage) in &raw.stages {
        match *stage {
            Stage::Ramp { to, .. } => users = to,
            Stage::Hold { .. } if users == 0 => {
                return Err(place
                    .problem("`hold` would hold 0 users", "nobody is there yet")
                    .help("a run starts with 0 users; begin with `{ to = 10, over = \"30s\" }`"));
            }
            Stage::Spike { to, .. } if to <= users => {
                return Err(place
                    .problem(
                        format!("a spike of {to} users is none, there are {users} already"),
                        "no spike",
                    )
                    .help("`spike` is the number of all users during the spike"));
            }
            Stage::Hold { .. } | Stage::Spike { .. } => {}
        }
    }
    let load = Load {
        stages: raw.stages.iter().map(|(_, stage)| *stage).collect(),
        warmup: raw.warmup.as_ref().map_or(Duration::ZERO, |w| w.value),
        graceful_stop: raw.graceful_stop,
        iterations: raw.iterations,
    };
    if load.peak() == 0 || load.duration().is_zero() {
        return Err(raw
            .place
            .problem("the stages bring no users", "no users, no load")
            .help(format!("write `{EXAMPLE}`")));
    }
    match &raw.warmup {
        Some(warmup) if warmup.value >= load.duration() => Err(warmup
            .problem(
                format!(
                    "a warm-up of {:?} leaves nothing of a run of {:?}",
                    warmup.value,
                    load.duration()
                ),
                "as long as the whole run",
            )
            .help("shorten the warm-up or lengthen a stage")),
        _ => Ok(load),
    }
}

fn read_stage(node: &Node<'_>) -> Result<(Placed<()>, Stage), Problem> {
    let table = node.table(&STAGE)?;
    let has = |key| table.get(key).is_some();
    let stage = match (
        has("to"),
        has("over"),
        has("hold"),
        has("spike"),
        has("for"),
    ) {
        (true, _, false, false, false) => Stage::Ramp {
            to: table.need("to", "to = 10")?.whole()?,
            over: table.need("over", "over = \"30s\"")?.duration()?,
        },
        (false, false, true, false, false) => Stage::Hold {
            duration: table.need("hold", "hold = \"2m\"")?.duration()?,
        },
        (false, false, false, true, _) => Stage::Spike {
            to: table.need("spike", "spike = 40")?.whole()?,
            duration: table.need("for", "for = \"20s\"")?.duration()?,
        },
        _ => {
            return Err(table.problem("is no stage", "not one of the three").help(
                "a stage is `{ to = 10, over = \"30s\" }`, `{ hold = \"2m\" }` \
                     or `{ spike = 40, for = \"20s\" }`",
            ));
        }
    };
    Ok((table.place(), stage))
}
