//! Reads the schema of a SQLite database from its pragmas; checks from the statements that made
//! the tables.

use rusqlite::Connection;

use super::{
    ColumnSchema, ColumnType, ForeignKey, Schema, TableSchema, add_unique_index, check, quoted,
};
use crate::seed::error::{SeedError, sqlite};

/// Reads tables, columns, keys and checks.
pub(in crate::seed) fn read(connection: &Connection) -> Result<Schema, SeedError> {
    read_tables(connection).map_err(sqlite("reading the schema"))
}

fn read_tables(connection: &Connection) -> rusqlite::Result<Schema> {
    let mut schema = Schema::default();
    let mut statement = connection.prepare(
        "SELECT m.name, m.sql FROM sqlite_master m JOIN pragma_table_list l ON l.name = m.name
          WHERE m.type = 'table' AND l.type = 'table' AND l.schema = 'main'
            AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.rowid",
    )?;
    let tables = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(String, String)>>>()?;
    for (name, sql) in tables {
        let table = read_table(connection, &name, &sql)?;
        schema.tables.insert(name, table);
    }
    // A reference that names no columns means the other table's primary key.
    let keys: std::collections::HashMap<String, Vec<String>> = schema
        .tables
        .iter()
        .map(|(name, table)| (name.clone(), table.primary_key.clone()))
        .collect();
    for table in schema.tables.values_mut() {
        for key in &mut table.foreign_keys {
            if key.target.is_empty() {
                key.target = keys.get(&key.table).cloned().unwrap_or_default();
            }
        }
    }
    Ok(schema)
}

fn read_table(connection: &Connection, name: &str, sql: &str) -> rusqlite::Result<TableSchema> {
    let mut table = TableSchema {
        sql_name: quoted(name),
        ..TableSchema::default()
    };
    let mut primary_key = Vec::new();
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo(?1)",
    )?;
    let mut rows = statement.query([name])?;
    while let Some(row) = rows.next()? {
        let (column, declared): (String, String) = (row.get(0)?, row.get(1)?);
        let hidden: i64 = row.get(5)?;
        let place: i64 = row.get(4)?;
        if hidden == 1 {
            continue;
        }
        if place > 0 {
            primary_key.push((place, column.clone()));
        }
        let described = ColumnSchema {
            kind: column_type(&declared),
            nullable: !row.get::<_, bool>(2)? && place == 0,
            has_default: row.get(3)?,
            generated: hidden > 1,
            declared,
            charset: None,
        };
        table.columns.insert(column, described);
    }
    primary_key.sort();
    table.primary_key = primary_key.into_iter().map(|(_, column)| column).collect();
    if !table.primary_key.is_empty() {
        table.uniques.push(table.primary_key.clone());
    }
    if let [only] = &table.primary_key[..] {
        let column = &mut table.columns[only];
        column.has_default |= column.declared.eq_ignore_ascii_case("integer");
    }
    read_uniques(connection, name, &mut table)?;
    read_references(connection, name, &mut table)?;
    for expression in check_expressions(sql) {
        let (checks, complete) = check::read_partly(expression);
        table.checks.extend(checks);
        if !complete {
            table.unread_checks.push(expression.to_owned());
        }
    }
    let mut triggers = connection.prepare(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1
            AND sql LIKE '%INSERT ON%' ORDER BY name",
    )?;
    let triggers = triggers.query_map([name], |row| row.get(0))?;
    table.triggers = triggers.collect::<rusqlite::Result<_>>()?;
    Ok(table)
}

fn read_uniques(
    connection: &Connection,
    name: &str,
    table: &mut TableSchema,
) -> rusqlite::Result<()> {
    let mut indexes = connection.prepare(
        "SELECT l.name, l.partial, m.sql FROM pragma_index_list(?1) l
           LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name
          WHERE l.\"unique\" AND l.origin <> 'pk'",
    )?;
    let mut columns =
        connection.prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")?;
    let found = indexes
        .query_map([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<Vec<(String, bool, Option<String>)>>>()?;
    for (index, partial, sql) in found.iter().rev() {
        let set = columns
            .query_map([index], |row| row.get::<_, Option<String>>(0))?
            .collect::<rusqlite::Result<Vec<Option<String>>>>()?;
        let sql = sql.as_deref().unwrap_or_default();
        let names: Vec<String> = set
            .iter()
            .map(|name| name.clone().unwrap_or_default())
            .collect();
        let expressions = indexed_expressions(sql, names.len());
        let condition = partial.then(|| {
            let at = sql.to_lowercase().rfind(" where ");
            at.map_or("", |at| &sql[at + " where ".len()..])
        });
        add_unique_index(table, &names, &expressions, condition, false);
    }
    Ok(())
}

/// The parts between the brackets of `CREATE UNIQUE INDEX … ON … (…)`, for those that are
/// expressions; as many as wanted, empty ones where nothing was found.
fn indexed_expressions(sql: &str, wanted: usize) -> Vec<String> {
    let inside = sql.find('(').and_then(|open| {
        let rest = &sql[open..];
        closing(rest).map(|end| &rest[1..end])
    });
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for character in inside.unwrap_or_default().chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    parts.resize(wanted, String::new());
    parts
}

fn read_references(
    connection: &Connection,
    name: &str,
    table: &mut TableSchema,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq",
    )?;
    let mut rows = statement.query([name])?;
    let mut current = None;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if current != Some(id) {
            current = Some(id);
            table.foreign_keys.push(ForeignKey {
                columns: Vec::new(),
                table: row.get(1)?,
                target: Vec::new(),
                deferrable: true,
                implied: false,
            });
        }
        if let Some(key) = table.foreign_keys.last_mut() {
            key.columns.push(row.get(2)?);
            key.target.extend(row.get::<_, Option<String>>(3)?);
        }
    }
    Ok(())
}

/// By the declared type's words, as SQLite's own affinity does, with the words that frameworks
/// use for moments, booleans and identifiers.
fn column_type(declared: &str) -> ColumnType {
    let lower = declared.to_lowercase();
    let has = |word: &str| lower.contains(word);
    if has("bool") {
        ColumnType::Boolean
    } else if has("int") || has("serial") {
        ColumnType::BigInt
    } else if has("timestamp") || has("datetime") {
        ColumnType::Timestamp
    } else if lower == "date" {
        ColumnType::Date
    } else if lower == "time" {
        ColumnType::Time
    } else if has("uuid") {
        ColumnType::Uuid
    } else if has("json") {
        ColumnType::Json
    } else if has("char") || has("text") || has("clob") {
        ColumnType::Text(limit(&lower))
    } else if has("real") || has("floa") || has("doub") {
        ColumnType::Float8
    } else if has("numeric") || has("decimal") {
        ColumnType::Numeric
    } else if has("blob") {
        ColumnType::Bytes
    } else {
        ColumnType::Text(None)
    }
}

fn limit(declared: &str) -> Option<u32> {
    let (_, rest) = declared.split_once('(')?;
    rest.split_once(')')?.0.trim().parse().ok()
}

/// Expressions of `CHECK (…)` in a statement that makes a table.
fn check_expressions(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let lower = sql.to_lowercase();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find("check")) {
        let start = from + at + "check".len();
        from = start;
        let Some(open) = sql
            .get(start..)
            .map(str::trim_start)
            .filter(|s| s.starts_with('('))
        else {
            continue;
        };
        if let Some(end) = closing(open) {
            found.push(&open[1..end]);
        }
    }
    found
}

/// Where the bracket that opens the text closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut quote = false;
    for (at, character) in text.char_indices() {
        match character {
            '\'' => quote = !quote,
            '(' if !quote => depth += 1,
            ')' if !quote => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_read_whole() {
        let connection = Connection::open_in_memory().expect("memory");
        connection
            .execute_batch(
                "CREATE TABLE a (id INTEGER PRIMARY KEY, code VARCHAR(12) NOT NULL UNIQUE,
                    size INT NOT NULL DEFAULT 3 CHECK (size BETWEEN 1 AND 9), up INTEGER REFERENCES a);
                 CREATE TABLE b (a_id INT NOT NULL REFERENCES a (id), n INT NOT NULL, made DATETIME,
                    twice INT GENERATED ALWAYS AS (n * 2), PRIMARY KEY (a_id, n));
                 CREATE UNIQUE INDEX b_made ON b (made);",
            )
            .expect("schema");
        let schema = read(&connection).expect("read");
        let (a, b) = (&schema.tables["a"], &schema.tables["b"]);
        assert_eq!(a.columns["code"].kind, ColumnType::Text(Some(12)));
        assert!(a.columns["id"].has_default && a.is_unique("code") && a.is_unique("id"));
        assert_eq!(a.foreign_keys[0].target, ["id"]);
        assert_eq!(a.rules("size").count(), 2);
        assert_eq!(b.primary_key, ["a_id", "n"]);
        assert!(b.columns["twice"].generated && b.columns["made"].nullable);
        assert!(b.is_unique("made") && !b.is_unique("n"));
        assert_eq!(b.reference("a_id").map(|key| key.table.as_str()), Some("a"));
    }
}
