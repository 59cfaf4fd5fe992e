//! Which tables a plan is for: the empty ones, and those that hold rows to which more of the same
//! belong (people, what they make, what hangs on it). Lists, a framework's own and what could only
//! be made wrong are left alone, each with its reason. Pure.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::observed::Observed;
use super::tree::Tree;
use super::{has_any, last_word};
use crate::seed::schema::{
    ColumnType, ForeignKey, Schema, TableSchema, is_content_types, is_framework_table,
};

/// Last words of the names of tables whose rows mean what the application's code says.
const MACHINERY: &[&str] = &[
    "cache",
    "session",
    "sessions",
    "prefs",
    "preferences",
    "settings",
    "config",
    "configuration",
    "storage",
    "kvstore",
    "queue",
];
/// Words of the names of tables each of whose rows stands for a file.
const FILES: &[&str] = &[
    "image",
    "photo",
    "picture",
    "document",
    "attachment",
    "upload",
    "file",
];
/// Words of the names of columns that hold the path of a file.
const PATHS: &[&str] = &[
    "file",
    "filepath",
    "image",
    "original",
    "photo",
    "picture",
    "attachment",
    "document",
    "upload",
];

/// What becomes of the tables of a schema.
#[derive(Debug, Default)]
pub(super) struct Standing<'a> {
    /// Those of the plan.
    pub(super) tables: Vec<&'a str>,
    /// Those of them whose rows stand beside others.
    pub(super) beside: BTreeSet<&'a str>,
    /// Why others are not.
    pub(super) left: IndexMap<&'a str, String>,
}

impl<'a> Standing<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        occupied: &IndexMap<String, u64>,
        observed: &Observed,
    ) -> Self {
        let rows = |name: &str| occupied.get(name).copied().unwrap_or(0);
        let mut standing = Self::default();
        for (name, table) in &schema.tables {
            let why = unmade(name, table, schema, rows(name), observed);
            match why {
                Some(why) => {
                    standing.left.insert(name, why);
                }
                None if rows(name) == 0 => standing.tables.push(name),
                None => {}
            }
        }
        if standing.tables.is_empty() && !schema.tables.is_empty() {
            // A database that was filled before: the plan is for all of it.
            let names = schema.tables.keys().map(String::as_str);
            let own = names.filter(|name| !standing.left.contains_key(name));
            standing.tables = own.collect();
        } else {
            standing.add_beside(schema, &rows);
        }
        standing.leave_hanging(schema, &rows);
        for name in schema.tables.keys() {
            if !standing.is_planned(name) {
                let of_list = || match rows(name) {
                    1 => "1 row, which is kept and referred to".to_owned(),
                    rows => format!("{rows} rows, which are kept and referred to"),
                };
                standing.left.entry(name).or_insert_with(of_list);
            }
        }
        standing
    }

    fn is_planned(&self, name: &str) -> bool {
        self.tables.contains(&name)
    }

    /// Takes in tables that hold rows and grow as the application is used.
    fn add_beside(&mut self, schema: &'a Schema, rows: &dyn Fn(&str) -> u64) {
        loop {
            let grown: Vec<&'a str> = schema
                .tables
                .iter()
                .filter(|(name, table)| {
                    rows(name) > 0
                        && !self.is_planned(name)
                        && !self.left.contains_key(name.as_str())
                        && has_key_of_its_own(table)
                        && (is_people(table)
                            || was_created(table)
                            || must_refer(table)
                                .any(|key| self.beside.contains(key.table.as_str())))
                })
                .map(|(name, _)| name.as_str())
                .collect();
            if grown.is_empty() {
                break;
            }
            self.beside.extend(&grown);
            self.tables.extend(grown);
        }
        // As the schema has them.
        let place = |name: &&str| schema.tables.get_index_of(*name);
        self.tables.sort_by_key(place);
    }

    /// Leaves out what must refer to tables without rows, and what belongs to rows that are left
    /// alone: as many more of it would change what those are.
    fn leave_hanging(&mut self, schema: &'a Schema, rows: &dyn Fn(&str) -> u64) {
        loop {
            let tables = self.tables.clone();
            let planned = |name: &str| tables.contains(&name);
            let mut out: Vec<(&'a str, String)> = Vec::new();
            for name in &tables {
                let table = &schema.tables[*name];
                let nowhere = must_refer(table).find(|key| {
                    !planned(&key.table) && rows(&key.table) == 0 && key.table != *name
                });
                if let Some(key) = nowhere {
                    out.push((
                        name,
                        format!(
                            "must refer to `{}`, which has no rows and gets none",
                            key.table
                        ),
                    ));
                    continue;
                }
                let is_content = |key: &&ForeignKey| {
                    !planned(&key.table)
                        && schema.tables.get(&key.table).is_some_and(|other| {
                            let part_of = inherits(&key.table, other);
                            part_of.is_some_and(|key| is_of_tree(&key.table, schema, 4))
                        })
                };
                let others = || must_refer(table).filter(|key| key.table != *name);
                if let Some(key) = others().find(is_content)
                    && !others().any(|key| planned(&key.table))
                {
                    out.push((
                        name,
                        format!("belongs to rows of `{}`, which is left alone", key.table),
                    ));
                }
            }
            if out.is_empty() {
                return;
            }
            for (name, why) in out {
                self.tables.retain(|table| *table != name);
                self.beside.remove(name);
                self.left.insert(name, why);
            }
        }
    }
}

/// Why rows of a table cannot be made, or had better not be.
fn unmade(
    name: &str,
    table: &TableSchema,
    schema: &Schema,
    rows: u64,
    observed: &Observed,
) -> Option<String> {
    if let Some(tree) = Tree::of(table)
        && (rows > 0 || !tree.can_begin())
    {
        let count = if rows > 0 {
            format!("{rows} rows in ")
        } else {
            String::new()
        };
        return Some(format!(
            "{count}a tree ({}), which other rows would break",
            tree.columns()
        ));
    }
    if is_framework_table(name) {
        return Some(match rows {
            0 => "a framework's".to_owned(),
            rows => format!("{rows} rows, a framework's"),
        });
    }
    if let Some(why) = &table.unfillable {
        return Some(why.clone());
    }
    if let Some(last) = name.rsplit(['_', '.']).next()
        && MACHINERY.contains(&last.to_lowercase().as_str())
        && name.contains('_')
    {
        return Some("what its rows mean is known to the application alone".to_owned());
    }
    if let Some(key) = inherits(name, table)
        && is_of_tree(&key.table, schema, 4)
    {
        return Some(format!(
            "its rows are parts of rows of `{}`, a tree",
            key.table
        ));
    }
    if let Some(pair) = generic(table) {
        return Some(format!(
            "refers to rows of any table (`{}`, `{}`)",
            pair.0, pair.1
        ));
    }
    if rows == 0 {
        let must = |(_, column): &(&String, &crate::seed::schema::ColumnSchema)| {
            !column.nullable && !column.has_default && matches!(column.kind, ColumnType::Text(_))
        };
        let texts = || table.columns.iter().filter(must).map(|(name, _)| name);
        if has_any(last_word(name), FILES)
            && let Some(path) = texts().find(|column| is_path(column))
        {
            return Some(format!(
                "each row stands for a file (`{path}`), and none is known"
            ));
        }
        if observed.is_django
            && let Some(kind) = texts().find(|column| {
                let is_kind = column.as_str() == "type" || column.ends_with("_type");
                is_kind
                    && super::choices::choices(table, column, &table.columns[*column]).is_none()
                    && !column.starts_with("content")
                    && !column.starts_with("mime")
            })
        {
            return Some(format!(
                "`{kind}` decides what the application does with a row, and its values are in the code alone"
            ));
        }
    }
    None
}

/// Whether a column holds the path of a file.
pub(super) fn is_path(column: &str) -> bool {
    PATHS.contains(&column.to_lowercase().as_str())
}

/// References that a row must have.
fn must_refer(table: &TableSchema) -> impl Iterator<Item = &ForeignKey> {
    let must = |key: &&ForeignKey| {
        key.columns
            .iter()
            .all(|column| !table.columns[column].nullable)
    };
    table.foreign_keys.iter().filter(must)
}

/// A key that new rows get by counting on, or at random: no reference, and no word.
fn has_key_of_its_own(table: &TableSchema) -> bool {
    let [key] = &table.primary_key[..] else {
        return false;
    };
    let kind = &table.columns[key].kind;
    table.reference(key).is_none() && (super::choices::is_whole(kind) || *kind == ColumnType::Uuid)
}

/// Whether those who log in stand in a table.
pub(super) fn is_people(table: &TableSchema) -> bool {
    super::login(table).is_some() && super::password_column(table).is_some()
}

/// Whether a row knows when it came to be.
fn was_created(table: &TableSchema) -> bool {
    let is_moment =
        |kind: &ColumnType| matches!(kind, ColumnType::TimestampTz | ColumnType::Timestamp);
    table.columns.iter().any(|(name, column)| {
        is_moment(&column.kind)
            && has_any(
                name,
                &[
                    "created",
                    "joined",
                    "placed",
                    "inserted",
                    "posted",
                    "registered",
                ],
            )
    })
}

/// The reference that is the key of a table: its rows are parts of the other's.
fn inherits<'t>(name: &str, table: &'t TableSchema) -> Option<&'t ForeignKey> {
    let [key] = &table.primary_key[..] else {
        return None;
    };
    table
        .reference(key)
        .filter(|reference| reference.table != name)
}

/// Whether the rows of a table are in a tree, or parts of such.
fn is_of_tree(name: &str, schema: &Schema, depth: u8) -> bool {
    let Some(table) = schema.tables.get(name).filter(|_| depth > 0) else {
        return false;
    };
    Tree::of(table).is_some()
        || inherits(name, table).is_some_and(|key| is_of_tree(&key.table, schema, depth - 1))
}

/// The columns of a reference to any table, where a row must have it.
fn generic(table: &TableSchema) -> Option<(&str, &str)> {
    let must = |name: &&String| {
        table
            .columns
            .get(*name)
            .is_some_and(|column| !column.nullable && !column.has_default)
    };
    let number = table.columns.keys().filter(must).find(|name| {
        let named = name
            .strip_suffix("_id")
            .filter(|_| table.reference(name).is_none());
        named.is_some_and(|stem| {
            stem == "object" || table.columns.contains_key(&format!("{stem}_type"))
        })
    })?;
    let of_type = table
        .foreign_keys
        .iter()
        .find(|key| is_content_types(&key.table));
    let stem = number.strip_suffix("_id").unwrap_or(number);
    let kind = match of_type {
        Some(key) => &key.columns[0],
        None => table.columns.get_key_value(&format!("{stem}_type"))?.0,
    };
    Some((kind, number))
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::super::fixture::table;
    use super::super::observed::Observed;
    use super::Standing;
    use crate::seed::schema::{ForeignKey, Schema, TableSchema};

    fn refers(mut table: TableSchema, column: &str, to: &str) -> TableSchema {
        table.foreign_keys.push(ForeignKey {
            columns: vec![column.to_owned()],
            table: to.to_owned(),
            target: vec!["id".to_owned()],
            deferrable: false,
            implied: false,
        });
        table
    }

    fn keyed(columns: &[&str]) -> TableSchema {
        let mut table = table(columns);
        table.primary_key = vec!["id".to_owned()];
        table
    }

    fn stand(
        django: bool,
        tables: Vec<(&str, u64, TableSchema)>,
    ) -> (Vec<String>, Vec<String>, String) {
        let mut schema = Schema::default();
        let mut occupied = IndexMap::new();
        for (name, rows, table) in tables {
            schema.tables.insert(name.to_owned(), table);
            occupied.insert(name.to_owned(), rows);
        }
        if django {
            let migrations = table(&["id integer"]);
            schema
                .tables
                .insert("django_migrations".to_owned(), migrations);
        }
        let observed = Observed::of(&schema);
        let standing = Standing::new(&schema, &occupied, &observed);
        let names =
            |names: &mut dyn Iterator<Item = &&str>| names.map(|name| (*name).to_owned()).collect();
        (
            names(&mut standing.tables.iter()),
            names(&mut standing.beside.iter()),
            format!("{:?}", standing.left),
        )
    }

    #[test]
    fn people_and_what_is_theirs_grow_and_lists_stay() {
        let (tables, beside, left) = stand(
            false,
            vec![
                (
                    "users",
                    1,
                    keyed(&["id integer", "email text", "password text"]),
                ),
                ("roles", 3, keyed(&["id integer", "name text"])),
                (
                    "feeds",
                    2,
                    refers(
                        keyed(&["id integer", "user_id integer"]),
                        "user_id",
                        "users",
                    ),
                ),
                (
                    "posts",
                    0,
                    refers(
                        keyed(&["id integer", "user_id integer"]),
                        "user_id",
                        "users",
                    ),
                ),
                ("user_prefs", 0, keyed(&["id integer", "value text"])),
            ],
        );
        assert_eq!(tables, ["users", "feeds", "posts"]);
        assert_eq!(beside, ["feeds", "users"]);
        assert!(
            left.contains("roles") && left.contains("user_prefs"),
            "{left}"
        );
    }

    #[test]
    fn what_only_the_code_knows_is_left_alone() {
        let option = || keyed(&["id integer", "type text"]);
        let image = || keyed(&["id integer", "original text"]);
        let tables = |django| {
            let uses = refers(
                keyed(&["id integer", "option_id integer"]),
                "option_id",
                "options",
            );
            let given = vec![
                ("options", 0, option()),
                ("uses", 0, uses),
                ("product_image", 0, image()),
                ("plain", 0, keyed(&["id integer"])),
            ];
            stand(django, given)
        };
        let (found, _, left) = tables(true);
        assert_eq!(found, ["plain"], "{left}");
        assert!(
            left.contains("`type` decides") && left.contains("must refer to `options`"),
            "{left}"
        );
        assert!(left.contains("stands for a file (`original`)"), "{left}");
        // Other frameworks keep their choices in the schema.
        let (found, _, left) = tables(false);
        assert_eq!(found, ["options", "uses", "plain"], "{left}");
    }

    #[test]
    fn a_database_that_was_filled_before_is_planned_as_a_whole() {
        let (tables, beside, _) = stand(
            false,
            vec![
                ("a", 9, keyed(&["id integer"])),
                ("b", 7, keyed(&["id integer"])),
            ],
        );
        assert_eq!((tables.len(), beside.len()), (2, 0));
    }
}
