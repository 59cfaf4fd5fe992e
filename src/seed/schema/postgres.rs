//! Reads the schema of a PostgreSQL database from its catalogue.

use indexmap::IndexMap;
use tokio_postgres::{Client, Row};

use super::{
    ColumnSchema, ColumnType, Exclusion, ForeignKey, Schema, TableSchema, add_unique_index, check,
    partition, quoted,
};
use crate::seed::error::{SeedError, postgres};

/// Tables and partitioned tables outside of the system's schemas and of extensions; partitions
/// themselves are filled through their parent. Domains are followed down to the type below them.
const COLUMNS: &str = "
    WITH RECURSIVE resolved (type, base, modifier, must, defaulted) AS (
        SELECT oid, oid, -1, false, false FROM pg_type WHERE typtype <> 'd'
        UNION ALL
        SELECT t.oid, r.base, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE r.modifier END,
               t.typnotnull OR r.must, t.typdefault IS NOT NULL OR r.defaulted
          FROM pg_type t JOIN resolved r ON t.typtype = 'd' AND t.typbasetype = r.type)
    SELECT n.nspname, c.relname, a.attname, b.typname, b.typtype::text,
           pg_catalog.format_type(a.atttypid, a.atttypmod),
           a.attnotnull OR r.must,
           a.atthasdef OR a.attidentity <> '' OR r.defaulted, a.attgenerated <> '',
           CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE r.modifier END,
           (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
              FROM pg_enum e WHERE e.enumtypid = b.oid),
           pg_catalog.format_type(b.oid, CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE r.modifier END)
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN resolved r ON r.type = a.atttypid
      JOIN pg_type b ON b.oid = r.base
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY n.nspname <> current_schema(), n.nspname, c.relname, a.attnum";

const CONSTRAINTS: &str = "
    SELECT n.nspname, c.relname, k.contype::text, k.condeferrable,
           (SELECT array_agg(a.attname::text ORDER BY u.place)
              FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number),
           fn.nspname, fc.relname,
           (SELECT array_agg(a.attname::text ORDER BY u.place)
              FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
              JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number),
           pg_get_expr(k.conbin, k.conrelid),
           coalesce(to_jsonb(i) ->> 'indnullsnotdistinct' = 'true', false),
           pg_get_constraintdef(k.oid),
           (SELECT array_agg(o.oprname::text ORDER BY u.place)
              FROM unnest(k.conexclop) WITH ORDINALITY u(operator, place)
              JOIN pg_operator o ON o.oid = u.operator)
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_class fc ON fc.oid = k.confrelid
      LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
      LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype = 'u'
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0
     ORDER BY k.oid";

/// Checks of domains, for each column of theirs.
const DOMAIN_CHECKS: &str = "
    WITH RECURSIVE chain (top, domain) AS (
        SELECT oid, oid FROM pg_type WHERE typtype = 'd'
        UNION ALL
        SELECT chain.top, b.oid FROM chain
          JOIN pg_type t ON t.oid = chain.domain
          JOIN pg_type b ON b.oid = t.typbasetype AND b.typtype = 'd')
    SELECT n.nspname, c.relname, a.attname, pg_get_constraintdef(k.oid)
      FROM chain
      JOIN pg_constraint k ON k.contypid = chain.domain AND k.contype = 'c'
      JOIN pg_attribute a ON a.atttypid = chain.top AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     ORDER BY k.oid";

/// Unique indexes that no constraint stands for. Expressions are given as text, columns by name.
const UNIQUE_INDEXES: &str = "
    SELECT n.nspname, c.relname,
           (SELECT array_agg(coalesce(a.attname::text, '') ORDER BY u.place)
              FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY u(number, place)
              LEFT JOIN pg_attribute a
                     ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number > 0),
           (SELECT array_agg(pg_get_indexdef(i.indexrelid, place, true) ORDER BY place)
              FROM generate_series(1, i.indnkeyatts::int) place),
           pg_get_expr(i.indpred, i.indrelid),
           coalesce(to_jsonb(i) ->> 'indnullsnotdistinct' = 'true', false)
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE i.indisunique
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)";

/// Triggers of the application on new rows.
const TRIGGERS: &str = "
    SELECT n.nspname, c.relname, t.tgname
      FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 4 <> 0
     ORDER BY t.tgname";

/// Keys of partitioned tables, and the bounds of their partitions.
const PARTITIONS: &str = "
    SELECT n.nspname, c.relname, pg_get_partkeydef(c.oid),
           (SELECT array_agg(pg_get_expr(p.relpartbound, p.oid))
              FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhrelid WHERE h.inhparent = c.oid)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'p' AND NOT c.relispartition";

/// Reads tables, columns, keys and checks.
pub(in crate::seed) async fn read(client: &Client) -> Result<Schema, SeedError> {
    let doing = "reading the schema";
    let query = async |statement: &str| client.query(statement, &[]).await.map_err(postgres(doing));
    let home: Option<String> = query("SELECT current_schema()::text").await?[0].get(0);
    // Both hold every character: one knows all of them, the other does not look at them.
    let encoding: String = query("SELECT getdatabaseencoding()::text").await?[0].get(0);
    let charset = (encoding != "UTF8" && encoding != "SQL_ASCII").then_some(encoding);
    let home = home.unwrap_or_else(|| "public".to_owned());
    let plan_name = |schema: &str, table: &str| {
        if schema == home {
            table.to_owned()
        } else {
            format!("{schema}.{table}")
        }
    };
    let mut tables: IndexMap<String, TableSchema> = IndexMap::new();
    for row in query(COLUMNS).await? {
        let (schema, table): (&str, &str) = (row.get(0), row.get(1));
        let entry = tables.entry(plan_name(schema, table)).or_default();
        entry.sql_name = format!("{}.{}", quoted(schema), quoted(table));
        let labels: Option<Vec<String>> = row.get(10);
        let column = ColumnSchema {
            kind: column_type(row.get(3), row.get(9), labels, row.get(11)),
            declared: row.get(5),
            nullable: !row.get::<_, bool>(6),
            has_default: row.get(7),
            generated: row.get(8),
            charset: charset.clone(),
        };
        entry.columns.insert(row.get(2), column);
    }
    for row in query(CONSTRAINTS).await? {
        if let Some(table) = tables.get_mut(&plan_name(row.get(0), row.get(1))) {
            constraint(table, &row, &plan_name);
        }
    }
    for row in query(DOMAIN_CHECKS).await? {
        let (column, definition): (&str, &str) = (row.get(2), row.get(3));
        if let Some(table) = tables.get_mut(&plan_name(row.get(0), row.get(1))) {
            let inside = definition.trim_start_matches("CHECK (");
            let end = inside.rfind(')').unwrap_or(inside.len());
            add_check(table, &inside[..end], Some(column));
        }
    }
    for row in query(UNIQUE_INDEXES).await? {
        if let Some(table) = tables.get_mut(&plan_name(row.get(0), row.get(1))) {
            let columns: Vec<String> = row.get::<_, Option<_>>(2).unwrap_or_default();
            let expressions: Vec<String> = row.get::<_, Option<_>>(3).unwrap_or_default();
            add_unique_index(table, &columns, &expressions, row.get(4), row.get(5));
        }
    }
    for row in query(TRIGGERS).await? {
        if let Some(table) = tables.get_mut(&plan_name(row.get(0), row.get(1))) {
            table.triggers.push(row.get(2));
        }
    }
    for row in query(PARTITIONS).await? {
        let Some(table) = tables.get_mut(&plan_name(row.get(0), row.get(1))) else {
            continue;
        };
        let bounds: Vec<String> = row.get::<_, Option<_>>(3).unwrap_or_default();
        match partition::rules(row.get(2), &bounds) {
            Ok(checks) => table.checks.extend(checks),
            Err(why) => table.unfillable = Some(why),
        }
    }
    Ok(Schema { tables })
}

fn constraint(table: &mut TableSchema, row: &Row, plan_name: &impl Fn(&str, &str) -> String) {
    let columns: Vec<String> = row.get::<_, Option<_>>(4).unwrap_or_default();
    match row.get(2) {
        "p" => {
            table.primary_key.clone_from(&columns);
            table.uniques.insert(0, columns);
        }
        "u" => {
            if row.get(9) {
                table.nulls_once.push(columns.clone());
            }
            table.uniques.push(columns);
        }
        "f" => table.foreign_keys.push(ForeignKey {
            columns,
            table: plan_name(row.get(5), row.get(6)),
            target: row.get::<_, Option<_>>(7).unwrap_or_default(),
            deferrable: row.get(3),
            implied: false,
        }),
        "x" => {
            let signs: Vec<String> = row.get::<_, Option<_>>(11).unwrap_or_default();
            // With an expression among the parts, columns and signs do not stand in pairs.
            let pairs = || {
                columns
                    .iter()
                    .zip(&signs)
                    .filter(|_| columns.len() == signs.len())
            };
            let of = |wanted: &str| {
                pairs()
                    .filter(|(_, sign)| *sign == wanted)
                    .map(|(column, _)| column.clone())
                    .collect::<Vec<_>>()
            };
            table.exclusions.push(Exclusion {
                definition: row.get(10),
                equal: of("="),
                overlap: of("&&"),
            });
        }
        _ => {
            let expression: Option<String> = row.get(8);
            add_check(table, &expression.unwrap_or_default(), None);
        }
    }
}

/// Adds a check; that of a domain speaks of `VALUE`, which is `column`.
fn add_check(table: &mut TableSchema, expression: &str, column: Option<&str>) {
    let (mut checks, complete) = check::read_partly(expression);
    if let Some(column) = column {
        for check in &mut checks {
            column.clone_into(&mut check.column);
        }
    }
    // `true` and `false` of an enum's or text's column are no booleans.
    table.checks.extend(checks);
    if !complete {
        let shown = match column {
            Some(column) => expression.replace("VALUE", column),
            None => expression.to_owned(),
        };
        table.unread_checks.push(shown);
    }
}

/// Length limits stand in the type modifier, four bytes of header on top.
fn column_type(
    name: &str,
    modifier: i32,
    labels: Option<Vec<String>>,
    formatted: String,
) -> ColumnType {
    if let Some(labels) = labels {
        return ColumnType::Enum(labels);
    }
    match name {
        "int2" => ColumnType::SmallInt,
        "int4" => ColumnType::Integer,
        "int8" => ColumnType::BigInt,
        "float4" => ColumnType::Float4,
        "float8" => ColumnType::Float8,
        "numeric" => ColumnType::Numeric,
        "bool" => ColumnType::Boolean,
        "text" | "citext" | "name" => ColumnType::Text(None),
        "varchar" | "bpchar" => ColumnType::Text(u32::try_from(modifier - 4).ok()),
        "timestamptz" => ColumnType::TimestampTz,
        "timestamp" => ColumnType::Timestamp,
        "date" => ColumnType::Date,
        "time" => ColumnType::Time,
        "uuid" => ColumnType::Uuid,
        "json" => ColumnType::Json,
        "jsonb" => ColumnType::JsonBinary,
        "bytea" => ColumnType::Bytes,
        _ => ColumnType::AsText(formatted),
    }
}
