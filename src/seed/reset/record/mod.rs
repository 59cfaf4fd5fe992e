//! The record of what was seeded: which functions gave how many rows of each table. It lies in
//! the database (where, is each server's module), is written in the transaction that writes the
//! rows, and is in every snapshot of them, so it cannot say anything else than what is there.
//! Topping up, undoing and auditing go by it.

pub(in crate::seed) mod mysql;
pub(in crate::seed) mod postgres;
pub(in crate::seed) mod sqlite;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::seed::data::DATA_VERSION;
use crate::seed::error::SeedError;
use crate::seed::plan::Plan;
use crate::seed::program::Program;
use crate::seed::schema::Schema;

/// The record's table as the schema reader calls it, on PostgreSQL and on the others.
const TABLES: [&str; 2] = ["rehearsal_record.seeded", "rehearsal_seeded"];
const VERSION: u32 = 1;

/// What was seeded by one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::seed) struct Record {
    version: u32,
    /// Equal for plans whose rows are the same functions.
    pub(in crate::seed) shape: String,
    pub(in crate::seed) fingerprint: String,
    /// The first filling, and every time that tables grew.
    pub(in crate::seed) stages: Vec<Growth>,
    /// Rows of the tables outside of the plan, when it was filled.
    pub(in crate::seed) others: IndexMap<String, u64>,
}

/// Rows after a filling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::seed) struct Growth {
    /// Per table of the plan.
    pub(in crate::seed) rows: IndexMap<String, u64>,
    /// Starts of sequences (`table.column`) that had to make way for rows of the application.
    pub(in crate::seed) starts: IndexMap<String, i64>,
}

impl Growth {
    /// The rows that a program gives.
    pub(in crate::seed) fn of(program: &Program) -> Self {
        let tables = program.tables.iter();
        Self {
            rows: tables
                .map(|table| (table.name.clone(), table.rows))
                .collect(),
            starts: IndexMap::new(),
        }
    }
}

impl Record {
    pub(in crate::seed) fn new(
        shape: String,
        fingerprint: String,
        stages: Vec<Growth>,
        others: IndexMap<String, u64>,
    ) -> Self {
        Self {
            version: VERSION,
            shape,
            fingerprint,
            stages,
            others,
        }
    }

    /// The rows that are there, as far as they are seeded.
    pub(in crate::seed) fn rows(&self) -> IndexMap<String, u64> {
        self.stages
            .last()
            .map(|stage| stage.rows.clone())
            .unwrap_or_default()
    }

    /// Whether it speaks of one of the other's tables.
    fn overlaps(&self, other: &Self) -> bool {
        let theirs = other.rows();
        self.rows().keys().any(|table| theirs.contains_key(table))
    }

    fn text(&self) -> Result<String, SeedError> {
        serde_json::to_string(self).map_err(|error| SeedError::Database {
            doing: "writing the record of what was seeded".to_owned(),
            reason: error.to_string(),
        })
    }

    fn parse(text: &str) -> Result<Self, SeedError> {
        let refuse = |reason: String| SeedError::Database {
            doing: "reading the record of what was seeded".to_owned(),
            reason,
        };
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        let version = value["version"].as_u64().unwrap_or_default();
        if version > u64::from(VERSION) {
            return Err(refuse(format!(
                "it is of version {version}, and this program knows up to {VERSION}: use the \
                 program that seeded"
            )));
        }
        serde_json::from_value(value).map_err(|error| refuse(error.to_string()))
    }
}

/// What the functions of a plan are made of, without the numbers of rows: seed number, data
/// version, generators, and the rows outside of the plan that it refers to.
pub(in crate::seed) fn shape(plan: &Plan, program: &Program) -> String {
    let mut table: toml::Table = plan.canonical.parse().unwrap_or_default();
    for key in ["feeds", "empty", "seed"] {
        table.remove(key);
    }
    if let Some(toml::Value::Table(tables)) = table.get_mut("tables") {
        for (_, each) in tables.iter_mut() {
            if let toml::Value::Table(each) = each {
                each.remove("rows");
                each.remove("fixed");
            }
        }
    }
    let mut hash = Sha256::new();
    hash.update(format!(
        "rehearsal data {DATA_VERSION}\nseed {}\n",
        program.seed
    ));
    for source in &program.sources {
        hash.update(format!("{} {:?}\n", source.table, source.keys));
    }
    hash.update(table.to_string());
    crate::seed::password::hex(&hash.finalize()[..16])
}

/// Takes the record out of what was read: it is no table of the application.
pub(in crate::seed) fn hide(schema: &mut Schema) {
    schema
        .tables
        .retain(|name, _| !TABLES.contains(&name.as_str()));
}
