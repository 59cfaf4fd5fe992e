//! Writes a plan for a schema it has never seen: a guess per column from its name and type, each
//! with a comment that says why. The author edits; nothing is hidden. Pure.

mod choices;
mod columns;
mod design;
mod empty;
mod feed;
pub(super) mod implied;
mod moments;
mod numbers;
pub(super) mod observed;
mod references;
mod relations;
mod rows;
mod shared;
mod standing;
mod text;
mod tree;

use design::{Design, World};
use feed::{login, password_column, write_feed};
use indexmap::IndexMap;
use observed::Observed;
use rows::{parent, waits_for};
use standing::Standing;

use super::error::SeedError;
use super::fit::{Field, Layout};
use super::order;
use super::profile::{Guessed, Profile, Refined};
use super::schema::{ColumnSchema, Rule, Schema, TableSchema, is_framework_table};

/// Rows of tables that nothing hints at.
const ROWS: u64 = 1_000;
/// More parents than this get one child each, so that a chain of tables does not grow without end.
const MANY_PARENTS: u64 = 20_000;
/// Rows of tables that list something: categories, roles, countries.
const FEW_ROWS: u64 = 20;

/// What a plan is written from.
pub(super) struct Input<'a> {
    pub(super) schema: &'a Schema,
    /// The database, for the first line.
    pub(super) url: &'a str,
    /// The end of all time ranges, as `2026-03-01`.
    pub(super) today: &'a str,
    /// Tables that hold rows, and how many.
    pub(super) occupied: &'a IndexMap<String, u64>,
    /// What its rows show.
    pub(super) observed: &'a Observed,
    /// What was measured of a database that is in use.
    pub(super) profile: Option<&'a Profile>,
}

/// Writes a plan.
pub(super) fn plan(input: &Input<'_>) -> Result<String, SeedError> {
    let schema = input.schema;
    let standing = match input.profile {
        Some(_) => Standing {
            tables: planned(schema, input.occupied),
            ..Standing::default()
        },
        None => Standing::new(schema, input.occupied, input.observed),
    };
    let tables = &standing.tables;
    let mut out = String::new();
    let from = if input.profile.is_some() {
        "measured, and guessed from names and types"
    } else {
        "guessed from names and types"
    };
    line(
        &mut out,
        &format!(
            "# Plan for {}, {from}: read it, and change what is wrong.",
            input.url
        ),
    );
    if let Some(profile) = input.profile {
        line(
            &mut out,
            &format!(
                "# Of the source it holds counts, shares, lengths, rounded edges of bins, and values that\n\
                 # {} rows or more share; never a value of a column whose name speaks of people or secrets.",
                profile.min_count
            ),
        );
    }
    line(
        &mut out,
        "# docs/seeding-reference.md lists generators and options; `rehearsal seed run` checks the plan first.",
    );
    line(&mut out, "version = 1\nseed = 1\nlocales = { en_US = 1 }");
    write_left_out(schema, &standing, input.occupied, &mut out);
    let mut rows = IndexMap::new();
    let mut designs = IndexMap::new();
    for name in filling_order(schema, tables)? {
        let world = World {
            schema,
            tables,
            occupied: input.occupied,
            observed: input.observed,
            rows: &rows,
            designs: &designs,
        };
        let table = &schema.tables[name];
        let parent = parent(name, table, world);
        let guesser = Guesser {
            world,
            name,
            table,
            design: Design::new(name, table, parent, world),
            beside: standing.beside.contains(name),
            today: input.today,
            profile: input.profile,
        };
        let count = guesser.write(&mut out);
        let design = guesser.design;
        rows.insert(name.to_owned(), count);
        designs.insert(name.to_owned(), design);
    }
    write_feed(schema, tables, &mut out);
    Ok(out)
}

/// Says which tables are not in the plan, and why.
fn write_left_out(
    schema: &Schema,
    standing: &Standing<'_>,
    occupied: &IndexMap<String, u64>,
    out: &mut String,
) {
    let left_out: Vec<&str> = schema
        .tables
        .keys()
        .map(String::as_str)
        .filter(|name| !standing.tables.contains(name))
        .collect();
    if left_out.is_empty() {
        return;
    }
    line(
        out,
        "# Left alone: a framework's own, lists (whose rows are kept, and referred to), and what could only be made",
    );
    line(
        out,
        "# wrong. Put those that may be emptied with the plan's into `empty`.",
    );
    for name in &left_out {
        if let Some(why) = standing.left.get(name) {
            line(out, &format!("#   {name}: {why}"));
            continue;
        }
        let why = match (occupied.get(*name), &schema.tables[*name].unfillable) {
            (Some(rows), _) if *rows > 0 => format!("{rows} rows"),
            (_, Some(why)) => why.clone(),
            _ if is_framework_table(name) => "a framework's".to_owned(),
            _ => "refers to what is not in the plan".to_owned(),
        };
        line(out, &format!("#   {name}: {why}"));
    }
    line(out, &format!("# empty = {left_out:?}"));
}

/// Tables to fill: none of a framework's own, none that holds rows, and none whose rows must
/// refer to one that holds none.
pub(super) fn planned<'a>(schema: &'a Schema, occupied: &IndexMap<String, u64>) -> Vec<&'a str> {
    let rows = |name: &str| occupied.get(name).copied().unwrap_or(0);
    let candidates = |with_rows: bool| -> Vec<&'a str> {
        let names = schema.tables.iter().filter(|(name, table)| {
            !is_framework_table(name)
                && table.unfillable.is_none()
                && (with_rows || rows(name) == 0)
        });
        names.map(|(name, _)| name.as_str()).collect()
    };
    let mut tables = candidates(false);
    if tables.is_empty() {
        // A database that was filled before: the plan is for all of it.
        tables = candidates(true);
    }
    loop {
        let before = tables.len();
        let known = tables.clone();
        tables.retain(|name| {
            let table = &schema.tables[*name];
            table.foreign_keys.iter().all(|key| {
                known.contains(&key.table.as_str())
                    || rows(&key.table) > 0
                    || key
                        .columns
                        .iter()
                        .any(|column| table.columns[column].nullable)
            })
        });
        if tables.len() == before {
            return tables;
        }
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Text as TOML writes it.
fn text_value(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Tables that are referred to come first, as a reader expects them.
fn filling_order<'a>(schema: &Schema, tables: &[&'a str]) -> Result<Vec<&'a str>, SeedError> {
    let layouts: Vec<Layout> = tables
        .iter()
        .enumerate()
        .map(|(index, name)| Layout {
            table: index,
            name: (*name).to_owned(),
            sql_name: String::new(),
            rows: 0,
            skip: 0,
            fields: schema.tables[*name]
                .columns
                .iter()
                .map(|(name, column)| Field {
                    column: 0,
                    name: name.clone(),
                    kind: column.kind.clone(),
                    declared: String::new(),
                })
                .collect(),
            late: Vec::new(),
            lifted: Vec::new(),
            primary_key: Vec::new(),
            beside: false,
        })
        .collect();
    let order = order::order(schema, &layouts)?;
    Ok(order
        .tables
        .into_iter()
        .map(|index| tables[index])
        .collect())
}

struct Guesser<'a> {
    world: World<'a>,
    name: &'a str,
    table: &'a TableSchema,
    design: Design,
    /// Its rows stand beside those that are there.
    beside: bool,
    today: &'a str,
    profile: Option<&'a Profile>,
}

/// A guess: the generator as the plan writes it, and why.
struct Guess(String, &'static str);

fn guess(generator: impl Into<String>, why: &'static str) -> Guess {
    Guess(generator.into(), why)
}

impl Guesser<'_> {
    /// Writes the table; gives about how many rows it has.
    fn write(&self, out: &mut String) -> u64 {
        line(out, &format!("\n[tables.{}]", key(self.name)));
        if let Some(sample) = self.profile.and_then(|profile| profile.sample(self.name)) {
            line(out, &format!("# {sample}"));
        }
        let rows = self.write_rows(out);
        if self.beside {
            let there = match self.world.occupied.get(self.name) {
                Some(1) | None => "1 row is there, and stays as it is".to_owned(),
                Some(rows) => format!("{rows} rows are there, and stay as they are"),
            };
            line(out, &format!("beside = true  # {there}"));
        }
        for check in &self.table.unread_checks {
            let check = check.replace('\n', " ");
            line(
                out,
                &format!("# Not understood, so take care of it: CHECK ({check})"),
            );
        }
        for exclusion in &self.table.exclusions {
            line(
                out,
                &format!("# Rows exclude each other: {}", exclusion.definition),
            );
        }
        for trigger in &self.table.triggers {
            line(
                out,
                &format!("# The trigger `{trigger}` sees every new row."),
            );
        }
        line(out, &format!("[tables.{}.columns]", key(self.name)));
        for (name, column) in &self.table.columns {
            match self.column(name, column) {
                Ok(Guess(generator, why)) => {
                    let (generator, why) = match self.measured(name, column, &generator) {
                        Some(found) => (found.generator, found.why.unwrap_or(why.to_owned())),
                        None => (generator, why.to_owned()),
                    };
                    let refers = self.design.refers.get(name);
                    let why = match refers.filter(|key| key.implied) {
                        Some(_) => format!("{why}, by its name alone"),
                        None => why,
                    };
                    line(
                        out,
                        &format!("{} = {generator}  # {}: {why}", key(name), column.declared),
                    );
                }
                Err(why) => line(out, &format!("# {name} ({}): {why}", column.declared)),
            }
        }
        rows
    }

    /// A guess with what was measured; none when nothing was.
    fn measured(&self, name: &str, column: &ColumnSchema, generator: &str) -> Option<Refined> {
        let rules: Vec<&Rule> = self.table.rules(name).collect();
        let refers_to = |column: &str| {
            let key = self.table.reference(column)?;
            Some(key.table.clone())
        };
        let guessed = Guessed {
            generator,
            nullable: column.nullable && !self.design.never_null.contains(name),
            settled: self.table.is_unique(name) || self.design.is_settled(name),
        };
        let place = (self.name, name);
        self.profile?
            .refine(place, column, &rules, guessed, &refers_to)
    }
}

/// `product` of `catalogue_product`.
fn last_word(name: &str) -> &str {
    name.rsplit(['_', '.']).next().unwrap_or(name)
}

fn has_any(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}

/// Words of a name, in lower case: `userId`, `user_ID` and `UserID` are `user` and `id`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for character in name.chars() {
        let parts = !character.is_alphanumeric();
        if (parts || (small && character.is_uppercase())) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if !parts {
            word.extend(character.to_lowercase());
        }
        small = character.is_lowercase() || character.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A key of TOML, quoted where it must be.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

#[cfg(test)]
mod fixture {
    use crate::seed::schema::{ColumnSchema, ColumnType, TableSchema};

    /// A table of texts and numbers: `login text`, `depth integer`, `last_login timestamp`.
    pub(super) fn table(columns: &[&str]) -> TableSchema {
        let mut table = TableSchema::default();
        for column in columns {
            let (name, kind) = column.split_once(' ').expect("a name and a type");
            let kind = match kind {
                "integer" => ColumnType::Integer,
                "timestamp" => ColumnType::Timestamp,
                "boolean" => ColumnType::Boolean,
                _ => ColumnType::Text(Some(100)),
            };
            let described = ColumnSchema {
                kind,
                declared: String::new(),
                nullable: false,
                has_default: false,
                generated: false,
                charset: None,
            };
            table.columns.insert(name.to_owned(), described);
        }
        table
    }
}
