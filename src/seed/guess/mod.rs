//! Writes a plan for a schema it has never seen: a guess per column from its name and type, each
//! with a comment that says why. The author edits; nothing is hidden. Pure.

mod columns;
mod text;

use std::fmt::Write as _;

use super::error::SeedError;
use super::fit::{Field, Layout};
use super::order;
use super::profile::Profile;
use super::schema::{ForeignKey, Rule, Schema, TableSchema, is_framework_table};

/// Rows of tables that nothing hints at.
const ROWS: u64 = 1_000;
/// Rows of tables that list something: categories, roles, countries.
const FEW_ROWS: u64 = 20;

/// Writes a plan. `today` is the end of all time ranges, as `2026-03-01`.
pub(super) fn plan(schema: &Schema, url: &str, today: &str) -> Result<String, SeedError> {
    measured(schema, url, today, None)
}

/// Writes a plan, with what was measured of a database that is in use.
pub(super) fn measured(
    schema: &Schema,
    url: &str,
    today: &str,
    profile: Option<&Profile>,
) -> Result<String, SeedError> {
    let tables = planned(schema);
    let mut out = String::new();
    let from = if profile.is_some() {
        "measured, and guessed from names and types"
    } else {
        "guessed from names and types"
    };
    line(
        &mut out,
        &format!("# Plan for {url}, {from}: read it, and change what is wrong."),
    );
    if let Some(profile) = profile {
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
        "# docs/seeding.md lists generators and options; `rehearsal seed run` checks the plan first.",
    );
    line(&mut out, "version = 1\nseed = 1\nlocales = { en_US = 1 }");
    let left_out: Vec<&str> = schema
        .tables
        .keys()
        .map(String::as_str)
        .filter(|name| !tables.contains(name))
        .collect();
    if !left_out.is_empty() {
        line(
            &mut out,
            "# Left alone, as a framework's own or hanging on one of those. Put those that may be emptied",
        );
        line(&mut out, "# together with the plan's tables into `empty`.");
        line(&mut out, &format!("# empty = {left_out:?}"));
    }
    for name in filling_order(schema, &tables)? {
        let guesser = Guesser {
            schema,
            tables: &tables,
            name,
            table: &schema.tables[name],
            today,
            profile,
        };
        guesser.write(&mut out);
    }
    write_feed(schema, &tables, &mut out);
    Ok(out)
}

/// Tables to fill: none of a framework's own, and none whose rows must refer to one of those.
pub(super) fn planned(schema: &Schema) -> Vec<&str> {
    let mut tables: Vec<&str> = schema
        .tables
        .keys()
        .map(String::as_str)
        .filter(|name| !is_framework_table(name))
        .collect();
    loop {
        let before = tables.len();
        let known = tables.clone();
        tables.retain(|name| {
            let table = &schema.tables[*name];
            table.foreign_keys.iter().all(|key| {
                known.contains(&key.table.as_str())
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
            primary_key: Vec::new(),
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
    schema: &'a Schema,
    tables: &'a [&'a str],
    name: &'a str,
    table: &'a TableSchema,
    today: &'a str,
    profile: Option<&'a Profile>,
}

/// A guess: the generator as the plan writes it, and why.
struct Guess(String, &'static str);

fn guess(generator: impl Into<String>, why: &'static str) -> Guess {
    Guess(generator.into(), why)
}

impl Guesser<'_> {
    pub(super) fn write(&self, out: &mut String) {
        let parent = self.parent();
        line(out, &format!("\n[tables.{}]", key(self.name)));
        if let Some(sample) = self.profile.and_then(|profile| profile.sample(self.name)) {
            line(out, &format!("# {sample}"));
        }
        let rows = self.profile.and_then(|profile| profile.rows(self.name));
        let children = parent.as_ref().and_then(|parent| {
            let children = self.profile?.children(self.name, &parent.columns[0])?;
            Some((parent, children))
        });
        match &parent {
            _ if let Some((parent, children)) = &children => line(
                out,
                &format!(
                    "per_parent = {{ table = \"{}\", {children} }}  # as in the source",
                    parent.table
                ),
            ),
            _ if let Some((rows, why)) = &rows => {
                let fixed = if self.is_list() { "\nfixed = true" } else { "" };
                line(out, &format!("rows = {rows}  # {why}{fixed}"));
            }
            Some(parent) => line(
                out,
                &format!(
                    "per_parent = {{ table = \"{}\", {} }}  # {}",
                    parent.table,
                    self.counts(parent),
                    "how many each parent has"
                ),
            ),
            None if self.is_list() => line(
                out,
                &format!("rows = {FEW_ROWS}  # looks like a list\nfixed = true"),
            ),
            None => line(out, &format!("rows = {ROWS}")),
        }
        for check in &self.table.unread_checks {
            let check = check.replace('\n', " ");
            line(
                out,
                &format!("# Not understood, so take care of it: CHECK ({check})"),
            );
        }
        line(out, &format!("[tables.{}.columns]", key(self.name)));
        for (name, column) in &self.table.columns {
            match self.column(name, column, parent.as_ref()) {
                Some(Guess(generator, why)) => {
                    let rules: Vec<&Rule> = self.table.rules(name).collect();
                    let unique = self.table.is_unique(name);
                    let refined = self.profile.and_then(|profile| {
                        let place = (self.name, name.as_str());
                        let refers_to = |column: &str| {
                            let key = self.table.reference(column)?;
                            Some(key.table.clone())
                        };
                        let guess = (generator.as_str(), unique);
                        profile.refine(place, column, &rules, guess, &refers_to)
                    });
                    let (generator, why) = match refined {
                        Some(found) => (found.generator, found.why.unwrap_or(why.to_owned())),
                        None => (generator, why.to_owned()),
                    };
                    line(
                        out,
                        &format!("{} = {generator}  # {}: {why}", key(name), column.declared),
                    );
                }
                None => line(
                    out,
                    &format!("# {name} ({}) is left to the database", column.declared),
                ),
            }
        }
    }

    /// A table that others only refer to, with few columns, is a list.
    pub(super) fn is_list(&self) -> bool {
        const WORDS: &[&str] = &[
            "categor",
            "role",
            "status",
            "type",
            "countr",
            "currenc",
            "tag",
            "topic",
            "group",
            "language",
            "genre",
            "brand",
            "department",
            "unit",
            "channel",
            "media",
        ];
        let name = self.name.to_lowercase();
        self.table.foreign_keys.is_empty() && WORDS.iter().any(|word| name.contains(word))
    }

    /// The table whose rows this one's rows belong to: of a unique set, else the first reference
    /// that must be there.
    pub(super) fn parent(&self) -> Option<ForeignKey> {
        let usable = |reference: &&ForeignKey| {
            reference.columns.len() == 1
                && reference.table != self.name
                && self.tables.contains(&reference.table.as_str())
                && !self.table.columns[&reference.columns[0]].nullable
        };
        let in_unique_set = |reference: &&ForeignKey| {
            let sets = self.table.uniques.iter();
            sets.into_iter()
                .any(|set| set.contains(&reference.columns[0]))
        };
        let references = || self.table.foreign_keys.iter().filter(usable);
        // A second reference to the same table would make a circle of `per_parent`, as would a
        // parent that waits for this table.
        let safe = |reference: &&ForeignKey| !self.waits_for(&reference.table, &mut Vec::new());
        let found = references().filter(safe).find(in_unique_set);
        found.or_else(|| references().find(safe)).cloned()
    }

    /// Whether a table's rows hang, by references that must be there, on this table's.
    pub(super) fn waits_for(&self, table: &str, seen: &mut Vec<String>) -> bool {
        if table == self.name {
            return true;
        }
        if seen.iter().any(|name| name == table) {
            return false;
        }
        seen.push(table.to_owned());
        let Some(found) = self.schema.tables.get(table) else {
            return false;
        };
        let keys = found.foreign_keys.iter();
        keys.into_iter()
            .any(|key| key.table != table && self.waits_for(&key.table, seen))
    }

    pub(super) fn counts(&self, parent: &ForeignKey) -> &'static str {
        if self.table.is_unique(&parent.columns[0]) {
            "count = 1"
        } else if self.pairs(&parent.columns[0]) {
            "min = 0, max = 5"
        } else {
            "mean = 3.0, min = 0, max = 30"
        }
    }

    /// Whether a column is part of a larger unique set.
    pub(super) fn pairs(&self, column: &str) -> bool {
        let sets = self.table.uniques.iter();
        sets.into_iter()
            .any(|set| set.len() > 1 && set.iter().any(|name| name == column))
    }
}

fn has_any(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
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

/// A feed of those who can log in.
fn write_feed(schema: &Schema, tables: &[&str], out: &mut String) {
    for name in tables {
        let columns = &schema.tables[*name].columns;
        let find = |words: &[&str]| {
            columns
                .keys()
                .find(|column| has_any(column, words))
                .map(String::as_str)
        };
        let login = find(&["email", "username", "login"]);
        let password = find(&["password", "passwd", "pwd"]);
        if let (Some(login), Some(password)) = (login, password) {
            let bare = name.rsplit('.').next().unwrap_or(name);
            let written = writeln!(
                out,
                "\n# Who virtual users are: {{{{{bare}.{login}}}}} and {{{{{bare}.password}}}} in flows.\n\
                 [feeds.{}]\ntable = \"{name}\"\ncolumns = [\"{login}\", {{ name = \"password\", of = \"{password}\" }}]",
                key(bare)
            );
            written.expect("invariant: writing to a string");
            return;
        }
    }
}
