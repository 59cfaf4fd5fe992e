//! Reads the schema of a MySQL or MariaDB database from `information_schema`.

use indexmap::IndexMap;
use mysql_async::Conn;
use mysql_async::prelude::{FromRow, Queryable};

use super::{ColumnSchema, ColumnType, ForeignKey, Schema, TableSchema, check};
use crate::seed::error::{SeedError, mysql};

/// Tables that can be written, with the name of an engine that has no transactions.
const TABLES: &str = "
    SELECT t.TABLE_NAME, IF(coalesce(e.TRANSACTIONS, 'NO') = 'YES', NULL, t.ENGINE)
      FROM information_schema.TABLES t
      LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
     WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
     ORDER BY t.TABLE_NAME";

const COLUMNS: &str = "
    SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,
           IF(CHARACTER_SET_NAME IN ('utf8mb4', 'utf16', 'utf16le', 'utf32', 'gb18030'), NULL, CHARACTER_SET_NAME)
      FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE()
     ORDER BY TABLE_NAME, ORDINAL_POSITION";

/// Also of indexes that no constraint stands for.
const UNIQUES: &str = "
    SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME
      FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0
     ORDER BY TABLE_NAME, INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX";

const REFERENCES: &str = "
    SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME,
           IF(REFERENCED_TABLE_SCHEMA = DATABASE(), NULL, REFERENCED_TABLE_SCHEMA),
           REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
      FROM information_schema.KEY_COLUMN_USAGE
     WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
     ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION";

/// MariaDB says there which table a check belongs to; MySQL does not.
const MARIADB_CHECKS: &str = "
    SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
     WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY TABLE_NAME, CONSTRAINT_NAME";
const MYSQL_CHECKS: &str = "
    SELECT t.TABLE_NAME, c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c
      JOIN information_schema.TABLE_CONSTRAINTS t
        ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME
       AND t.CONSTRAINT_TYPE = 'CHECK'
     WHERE c.CONSTRAINT_SCHEMA = DATABASE() ORDER BY t.TABLE_NAME, c.CONSTRAINT_NAME";

/// Quotes a name for a statement.
pub(in crate::seed) fn backticked(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Table, name, type, declaration, whether it may be null, default, what is special, its
/// character set if that has not every character.
type Column = (
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
);

/// Reads tables, columns, keys and checks.
pub(in crate::seed) async fn read(connection: &mut Conn) -> Result<Schema, SeedError> {
    let mut tables: IndexMap<String, TableSchema> = IndexMap::new();
    for (name, engine) in rows::<(String, Option<String>)>(connection, TABLES).await? {
        let table = TableSchema {
            sql_name: backticked(&name),
            untransactional: engine,
            ..TableSchema::default()
        };
        tables.insert(name, table);
    }
    for (table, name, kind, declared, nullable, default, extra, charset) in
        rows::<Column>(connection, COLUMNS).await?
    {
        let Some(table) = tables.get_mut(&table) else {
            continue;
        };
        let extra = extra.to_lowercase();
        let column = ColumnSchema {
            kind: column_type(&kind.to_lowercase(), &declared),
            nullable: nullable == "YES",
            // MariaDB writes the word where there is none.
            has_default: extra.contains("auto_increment")
                || default.is_some_and(|default| default != "NULL"),
            generated: ["virtual", "stored", "persistent"]
                .iter()
                .any(|word| extra.contains(&format!("{word} generated"))),
            declared,
            charset,
        };
        if let Some(limits) = limits(&column.declared) {
            table.limits.insert(name.clone(), limits);
        }
        table.columns.insert(name, column);
    }
    read_uniques(connection, &mut tables).await?;
    read_references(connection, &mut tables).await?;
    read_checks(connection, &mut tables).await?;
    Ok(Schema { tables })
}

async fn rows<T: FromRow + Send + 'static>(
    connection: &mut Conn,
    statement: &str,
) -> Result<Vec<T>, SeedError> {
    let found = connection.query(statement).await;
    found.map_err(mysql("reading the schema"))
}

async fn read_uniques(
    connection: &mut Conn,
    tables: &mut IndexMap<String, TableSchema>,
) -> Result<(), SeedError> {
    let mut indexes: IndexMap<(String, String), Option<Vec<String>>> = IndexMap::new();
    for (table, index, column) in
        rows::<(String, String, Option<String>)>(connection, UNIQUES).await?
    {
        let set = indexes
            .entry((table, index))
            .or_insert_with(|| Some(Vec::new()));
        match (set.as_mut(), column) {
            (Some(columns), Some(column)) => columns.push(column),
            // Of an expression: the database has the last word.
            _ => *set = None,
        }
    }
    for ((table, index), columns) in indexes {
        let (Some(table), Some(columns)) = (tables.get_mut(&table), columns) else {
            continue;
        };
        if index == "PRIMARY" {
            table.primary_key.clone_from(&columns);
        }
        table.uniques.push(columns);
    }
    Ok(())
}

async fn read_references(
    connection: &mut Conn,
    tables: &mut IndexMap<String, TableSchema>,
) -> Result<(), SeedError> {
    type Reference = (String, String, String, Option<String>, String, String);
    let mut last = None;
    for (table, constraint, column, elsewhere, other, target) in
        rows::<Reference>(connection, REFERENCES).await?
    {
        let Some(found) = tables.get_mut(&table) else {
            continue;
        };
        let this = Some((table, constraint));
        if last != this {
            last = this;
            found.foreign_keys.push(ForeignKey {
                columns: Vec::new(),
                table: elsewhere.map_or(other.clone(), |schema| format!("{schema}.{other}")),
                target: Vec::new(),
                // Checked by us, once, before the commit: see `load::mysql`.
                deferrable: true,
                implied: false,
            });
        }
        if let Some(key) = found.foreign_keys.last_mut() {
            key.columns.push(column);
            key.target.push(target);
        }
    }
    Ok(())
}

async fn read_checks(
    connection: &mut Conn,
    tables: &mut IndexMap<String, TableSchema>,
) -> Result<(), SeedError> {
    let doing = "reading the schema";
    let version: Option<String> = connection
        .query_first("SELECT VERSION()")
        .await
        .map_err(mysql(doing))?;
    let statement = if version.is_some_and(|version| version.contains("MariaDB")) {
        MARIADB_CHECKS
    } else {
        MYSQL_CHECKS
    };
    let found: Result<Vec<(String, String)>, _> = connection.query(statement).await;
    let found = match found {
        Ok(found) => found,
        // MySQL before 8.0.16 has no checks, and no table of them.
        Err(mysql_async::Error::Server(said)) if said.code == 1109 => return Ok(()),
        Err(error) => return Err(mysql(doing)(error)),
    };
    for (table, clause) in found {
        let Some(table) = tables.get_mut(&table) else {
            continue;
        };
        if let Some(column) = is_json_check(&clause) {
            if let Some(column) = table.columns.get_mut(column) {
                column.kind = ColumnType::Json;
                "json".clone_into(&mut column.declared);
            }
            continue;
        }
        let clause = plain_clause(&clause);
        match check::read(&clause) {
            Some(checks) => table.checks.extend(checks),
            None => table.unread_checks.push(clause),
        }
    }
    Ok(())
}

/// The column that MariaDB's `json`, which is a text with a check, was declared for.
fn is_json_check(clause: &str) -> Option<&str> {
    let inside = clause.strip_prefix("json_valid(`")?;
    let column = inside.strip_suffix("`)")?;
    (!column.contains('`')).then_some(column)
}

/// MySQL writes text with its character set and escapes its quotes: `_utf8mb4\'calm\'`.
fn plain_clause(clause: &str) -> String {
    let mut plain = clause.replace("\\'", "'");
    for set in ["_utf8mb4'", "_utf8mb3'", "_utf8'", "_latin1'", "_ascii'"] {
        plain = plain.replace(set, "'");
    }
    plain
}

fn column_type(name: &str, declared: &str) -> ColumnType {
    let unsigned = declared.contains("unsigned");
    match name {
        // What `BOOLEAN` stands for, and what frameworks take for one.
        "tinyint" if declared.starts_with("tinyint(1)") => ColumnType::Boolean,
        "bit" if declared == "bit(1)" => ColumnType::Boolean,
        "smallint" if unsigned => ColumnType::Integer,
        "tinyint" | "smallint" | "year" => ColumnType::SmallInt,
        "int" if unsigned => ColumnType::BigInt,
        "mediumint" | "int" => ColumnType::Integer,
        "bigint" | "bit" => ColumnType::BigInt,
        "float" => ColumnType::Float4,
        "double" => ColumnType::Float8,
        "decimal" => ColumnType::Numeric,
        "char" | "varchar" => ColumnType::Text(arguments(declared).first().copied()),
        // 255 bytes, of characters with up to four.
        "tinytext" => ColumnType::Text(Some(63)),
        "text" | "mediumtext" | "longtext" => ColumnType::Text(None),
        "timestamp" => ColumnType::TimestampTz,
        "datetime" => ColumnType::Timestamp,
        "date" => ColumnType::Date,
        "time" => ColumnType::Time,
        // Sixteen bytes are how a UUID is kept where there is no type for it.
        "binary" if declared == "binary(16)" => ColumnType::Uuid,
        "uuid" => ColumnType::Uuid,
        "json" => ColumnType::Json,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            ColumnType::Bytes
        }
        "enum" => ColumnType::Enum(labels(declared)),
        "set" => ColumnType::Set(labels(declared)),
        "inet4" | "inet6" => ColumnType::AsText(format!("mysql {name}")),
        "point" | "geometry" => ColumnType::AsText("mysql geometry".to_owned()),
        _ => ColumnType::Other,
    }
}

/// Numbers in the brackets of a type: `decimal(10,2) unsigned`.
pub(in crate::seed) fn arguments(declared: &str) -> Vec<u32> {
    let inside = declared
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let numbers = inside.map(|(inside, _)| inside.split(','));
    numbers
        .into_iter()
        .flatten()
        .filter_map(|number| number.trim().parse().ok())
        .collect()
}

/// Least and greatest number of a type.
fn limits(declared: &str) -> Option<(f64, f64)> {
    let whole = |bits: i32| {
        if declared.contains("unsigned") {
            (0.0, 2_f64.powi(bits) - 1.0)
        } else {
            (-(2_f64.powi(bits - 1)), 2_f64.powi(bits - 1) - 1.0)
        }
    };
    let name = declared.split(['(', ' ']).next()?;
    Some(match (name, &arguments(declared)[..]) {
        ("tinyint", _) => whole(8),
        ("smallint", _) => whole(16),
        ("mediumint", _) => whole(24),
        ("int", _) => whole(32),
        ("bigint", _) => whole(64),
        ("year", _) => (1901.0, 2155.0),
        ("bit", [bits]) => (0.0, 2_f64.powi(i32::try_from(*bits).ok()?) - 1.0),
        ("decimal", [precision, scale]) => {
            let scale = i32::try_from(*scale).ok()?;
            let digits = i32::try_from(*precision).ok()? - scale;
            let most = 10_f64.powi(digits) - 10_f64.powi(-scale);
            let least = if declared.contains("unsigned") {
                0.0
            } else {
                -most
            };
            (least, most)
        }
        _ => return None,
    })
}

/// Labels of `enum('calm','it''s')`.
fn labels(declared: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut rest = declared;
    while let Some(start) = rest.find('\'') {
        let mut label = String::new();
        rest = &rest[start + 1..];
        while let Some(end) = rest.find('\'') {
            label.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            let Some(more) = rest.strip_prefix('\'') else {
                break;
            };
            label.push('\'');
            rest = more;
        }
        labels.push(label);
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_how_they_are_declared() {
        let kind =
            |declared: &str| column_type(declared.split('(').next().unwrap_or_default(), declared);
        assert_eq!(kind("tinyint(1)"), ColumnType::Boolean);
        assert_eq!(kind("tinyint(4)"), ColumnType::SmallInt);
        assert_eq!(column_type("int", "int(10) unsigned"), ColumnType::BigInt);
        assert_eq!(kind("varchar(40)"), ColumnType::Text(Some(40)));
        assert_eq!(kind("binary(16)"), ColumnType::Uuid);
        assert_eq!(kind("vector(3)"), ColumnType::Other);
        let labels = ["calm", "it's, loud", ""].map(str::to_owned).to_vec();
        assert_eq!(
            kind("enum('calm','it''s, loud','')"),
            ColumnType::Enum(labels)
        );
    }

    #[test]
    fn limits_are_those_of_the_type() {
        assert_eq!(limits("tinyint(3) unsigned"), Some((0.0, 255.0)));
        assert_eq!(limits("smallint(6)"), Some((-32_768.0, 32_767.0)));
        assert_eq!(limits("decimal(4,2)"), Some((-99.99, 99.99)));
        assert_eq!(limits("varchar(20)"), None);
    }

    #[test]
    fn clauses_of_mysql_lose_their_character_sets() {
        let clause = r"(`mood` in (_utf8mb4\'calm\',_utf8mb4\'loud\'))";
        assert_eq!(plain_clause(clause), "(`mood` in ('calm','loud'))");
        assert_eq!(is_json_check("json_valid(`extra`)"), Some("extra"));
        assert_eq!(is_json_check("json_valid(`a`) or `b` > 1"), None);
    }
}
