//! Reads the schema of a PostgreSQL database from its catalogue.

use indexmap::IndexMap;
use tokio_postgres::Client;

use super::{ColumnSchema, ColumnType, ForeignKey, Schema, TableSchema, check, quoted};
use crate::seed::error::{SeedError, postgres};

/// Tables and partitioned tables outside of the system's schemas; partitions themselves are
/// filled through their parent.
const COLUMNS: &str = "
    SELECT n.nspname, c.relname, a.attname, t.typname, t.typtype::text,
           pg_catalog.format_type(a.atttypid, a.atttypmod),
           a.attnotnull OR (t.typtype = 'd' AND t.typnotnull),
           a.atthasdef OR a.attidentity <> '', a.attgenerated <> '', a.atttypmod,
           (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
              FROM pg_enum e WHERE e.enumtypid = t.oid),
           b.typname
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_type b ON b.oid = t.typbasetype
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
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
           pg_get_expr(k.conbin, k.conrelid)
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_class fc ON fc.oid = k.confrelid
      LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
     WHERE k.contype IN ('p', 'u', 'f', 'c') AND k.conparentid = 0
     ORDER BY k.oid";

/// Unique indexes that no constraint stands for: whole tables, plain columns.
const UNIQUE_INDEXES: &str = "
    SELECT n.nspname, c.relname,
           (SELECT array_agg(a.attname::text ORDER BY u.place)
              FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY u(number, place)
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number)
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)";

/// Reads tables, columns, keys and checks.
pub(in crate::seed) async fn read(client: &Client) -> Result<Schema, SeedError> {
    let doing = "reading the schema";
    let home: Option<String> = client
        .query_one("SELECT current_schema()::text", &[])
        .await
        .map_err(postgres(doing))?
        .get(0);
    let home = home.unwrap_or_else(|| "public".to_owned());
    let plan_name = |schema: &str, table: &str| {
        if schema == home {
            table.to_owned()
        } else {
            format!("{schema}.{table}")
        }
    };
    let mut tables: IndexMap<String, TableSchema> = IndexMap::new();
    for row in client.query(COLUMNS, &[]).await.map_err(postgres(doing))? {
        let (schema, table): (&str, &str) = (row.get(0), row.get(1));
        let entry = tables.entry(plan_name(schema, table)).or_default();
        entry.sql_name = format!("{}.{}", quoted(schema), quoted(table));
        let labels: Option<Vec<String>> = row.get(10);
        let base: Option<&str> = row.get(11);
        let kind = column_type(base.unwrap_or(row.get(3)), row.get(9), labels);
        let column = ColumnSchema {
            kind,
            declared: row.get(5),
            nullable: !row.get::<_, bool>(6),
            has_default: row.get(7),
            generated: row.get(8),
        };
        entry.columns.insert(row.get(2), column);
    }
    for row in client
        .query(CONSTRAINTS, &[])
        .await
        .map_err(postgres(doing))?
    {
        let Some(table) = tables.get_mut(&plan_name(row.get(0), row.get(1))) else {
            continue;
        };
        let columns: Vec<String> = row.get::<_, Option<_>>(4).unwrap_or_default();
        match row.get(2) {
            "p" => {
                table.primary_key.clone_from(&columns);
                table.uniques.insert(0, columns);
            }
            "u" => table.uniques.push(columns),
            "f" => table.foreign_keys.push(ForeignKey {
                columns,
                table: plan_name(row.get(5), row.get(6)),
                target: row.get::<_, Option<_>>(7).unwrap_or_default(),
                deferrable: row.get(3),
            }),
            _ => {
                let expression: Option<String> = row.get(8);
                let expression = expression.unwrap_or_default();
                match check::read(&expression) {
                    Some(checks) => table.checks.extend(checks),
                    None => table.unread_checks.push(expression),
                }
            }
        }
    }
    for row in client
        .query(UNIQUE_INDEXES, &[])
        .await
        .map_err(postgres(doing))?
    {
        let columns: Option<Vec<String>> = row.get(2);
        if let Some(table) = tables.get_mut(&plan_name(row.get(0), row.get(1)))
            && let Some(columns) = columns
        {
            table.uniques.push(columns);
        }
    }
    Ok(Schema { tables })
}

/// Length limits stand in the type modifier, four bytes of header on top.
fn column_type(name: &str, modifier: i32, labels: Option<Vec<String>>) -> ColumnType {
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
        _ => ColumnType::Other,
    }
}
