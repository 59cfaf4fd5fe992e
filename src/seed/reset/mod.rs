//! The same data before every run: snapshots, refilling, growing, undoing, and knowing one's own
//! rows again.

pub(super) mod audit;
pub(super) mod grow;
mod known;
mod mysql;
mod postgres;
pub(super) mod record;
pub(super) mod signs;
pub(super) mod snapshots;
mod sqlite;
pub(super) mod undo;

use sha2::{Digest, Sha256};

use super::SeedError;
use super::data::DATA_VERSION;
use super::fit::{Fit, Layout};
use super::plan::Plan;
use super::program::{Operation, Program};
use super::schema::Schema;
use super::value::{Kind, write_plain};

/// Why there is no copy of a database when its server's disk is full.
const TOO_SMALL: &str = "there is too little room on the disk for a copy of it";

/// A table that holds rows.
pub(super) struct Occupied {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) role: Role,
}

/// What a table that holds rows is to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The plan fills it.
    Planned,
    /// It refers to the plan's tables, and the plan says that it may be emptied.
    Listed,
    /// It refers to the plan's tables, and the plan does not name it.
    Unlisted,
}

/// Tables whose rows matter, with their names in statements: the plan's, then those that refer
/// to them. Not those whose rows stand beside others: they are never emptied.
pub(super) fn concerned(fit: &Fit) -> impl Iterator<Item = (&str, &str, Role)> {
    let planned = fit.layouts.iter().filter(|layout| !layout.beside);
    let planned = planned.map(|layout| (&*layout.name, &*layout.sql_name, Role::Planned));
    let outside = fit.referrers.iter().map(|referrer| {
        let role = if referrer.listed {
            Role::Listed
        } else {
            Role::Unlisted
        };
        (&*referrer.name, &*referrer.sql_name, role)
    });
    planned.chain(outside)
}

/// Whether rows that are there forbid to fill.
pub(super) fn not_empty(url: &str, occupied: &[Occupied], empty_first: bool) -> Option<SeedError> {
    let refuses = |table: &&Occupied| match table.role {
        Role::Planned => !empty_first,
        Role::Listed => false,
        Role::Unlisted => empty_first,
    };
    let refusing: Vec<&Occupied> = occupied.iter().filter(refuses).collect();
    if refusing.is_empty() {
        return None;
    }
    let counts = refusing.iter().map(|table| {
        let plural = if table.rows == 1 { "row" } else { "rows" };
        format!("`{}` ({} {plural})", table.name, table.rows)
    });
    let remedy = if empty_first {
        let names: Vec<_> = refusing
            .iter()
            .map(|table| format!("\"{}\"", table.name))
            .collect();
        format!(
            "these tables refer to the plan's and would be emptied with them: put \
             `empty = [{}]` at the top of the plan if that is wanted",
            names.join(", ")
        )
    } else {
        "to have the rows of the plan's tables removed first, refill: `--reset refill`, or \
         `reset = \"refill\"` under [seed]"
            .to_owned()
    };
    Some(SeedError::NotEmpty {
        url: url.to_owned(),
        tables: counts.collect::<Vec<_>>().join(", "),
        remedy,
    })
}

/// What the data is made of: generator version, plan, seed number, scale, numbers of rows.
pub(super) fn fingerprint(plan: &Plan, program: &Program) -> String {
    let mut hash = Sha256::new();
    hash.update(format!(
        "rehearsal data {DATA_VERSION}\nseed {}\nscale {}\n",
        program.seed, program.scale
    ));
    for table in &program.tables {
        hash.update(format!("{} {}\n", table.name, table.rows));
    }
    for source in &program.sources {
        hash.update(format!("{} {:?}\n", source.table, source.keys));
    }
    let mut later = program;
    while let Some(before) = &later.before {
        for table in &before.tables {
            hash.update(format!("after {} {}\n", table.name, table.rows));
        }
        later = before;
    }
    hash.update(&plan.canonical);
    super::password::hex(&hash.finalize())
}

/// Name of the snapshot of these data in this schema: a migration makes another.
pub(super) fn label(fingerprint: &str, schema: &Schema) -> String {
    let mut hash = Sha256::new();
    hash.update(fingerprint);
    hash.update(format!("{schema:?}"));
    super::password::hex(&hash.finalize()[..8])
}

/// A row that the seeder would have written, as conditions on its columns.
pub(super) struct Witness {
    pub(super) sql_name: String,
    /// Columns and their values as text.
    pub(super) values: Vec<(String, String)>,
}

/// A few rows of each table, by which the seeder knows its own data again. Columns that
/// applications change (moments, hashes, sums) are left out.
pub(super) fn witnesses(program: &Program, layouts: &[Layout]) -> Vec<Witness> {
    let mut witnesses = Vec::new();
    let mut scratch = program.scratch();
    for layout in layouts.iter().filter(|layout| layout.rows > 0) {
        let mut places = vec![0, layout.rows / 2, layout.rows - 1];
        places.dedup();
        for place in places {
            let row = program.row_at(layout.table, place);
            let mut values = Vec::new();
            for field in &layout.fields {
                let column = &program.tables[layout.table].columns[field.column];
                let steady = matches!(column.kind, Kind::Integer | Kind::Text)
                    && !matches!(
                        column.operation,
                        Operation::Password { .. } | Operation::Sum { .. } | Operation::Constant(_)
                    );
                let distinct = layout.primary_key.contains(&field.name)
                    || matches!(
                        column.operation,
                        Operation::Person(_) | Operation::ProductName
                    );
                if steady && distinct {
                    let mut text = String::new();
                    let value =
                        program.cell(layout.table, field.column, row, &mut text, &mut scratch);
                    write_plain(value, &mut text);
                    values.push((field.name.clone(), text));
                }
            }
            // A key alone proves nothing: every table has a row 1.
            if values.len() >= 2 {
                witnesses.push(Witness {
                    sql_name: layout.sql_name.clone(),
                    values,
                });
            }
        }
    }
    witnesses
}
