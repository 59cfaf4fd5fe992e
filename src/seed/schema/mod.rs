//! What a database looks like: tables, columns, keys and the checks that can be read. The same
//! model for every kind of database.

pub(super) mod check;
pub(super) mod expression;
pub(super) mod literal;
pub(super) mod mysql;
mod partition;
pub(super) mod postgres;
pub(super) mod sqlite;

use indexmap::IndexMap;

pub(super) use check::{Check, Rule};

/// Tables by the name that a plan uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    pub(super) tables: IndexMap<String, TableSchema>,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub(super) struct TableSchema {
    /// As it stands in statements, quoted.
    pub(super) sql_name: String,
    pub(super) columns: IndexMap<String, ColumnSchema>,
    pub(super) primary_key: Vec<String>,
    /// Sets of columns of which no two rows have the same; the primary key among them.
    pub(super) uniques: Vec<Vec<String>>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) checks: Vec<Check>,
    /// Checks that were not understood, as written.
    pub(super) unread_checks: Vec<String>,
    /// Least and greatest number that a column's type holds, where [`ColumnType`] is too coarse.
    pub(super) limits: IndexMap<String, (f64, f64)>,
    /// The table's engine, if it has no transactions.
    pub(super) untransactional: Option<String>,
    /// Sets of columns that are unique among some of the rows only.
    pub(super) partial_uniques: Vec<PartialUnique>,
    /// Unique sets for which nulls are equal to each other.
    pub(super) nulls_once: Vec<Vec<String>>,
    /// Constraints by which rows exclude each other.
    pub(super) exclusions: Vec<Exclusion>,
    /// Triggers of the application that see every new row.
    pub(super) triggers: Vec<String>,
    /// Why no row can be put in, if so.
    pub(super) unfillable: Option<String>,
}

/// A unique index over some of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PartialUnique {
    pub(super) columns: Vec<String>,
    /// Which rows, as far as it was understood.
    pub(super) when: Vec<Check>,
}

/// A constraint by which rows exclude each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exclusion {
    /// As the database defines it.
    pub(super) definition: String,
    /// Columns that are compared by `=`: different ones exclude nothing.
    pub(super) equal: Vec<String>,
    /// Columns of ranges that may not overlap.
    pub(super) overlap: Vec<String>,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct ColumnSchema {
    pub(super) kind: ColumnType,
    /// As declared, for messages.
    pub(super) declared: String,
    pub(super) nullable: bool,
    /// The database fills it when nothing is given (default, identity, rowid).
    pub(super) has_default: bool,
    /// Computed by the database; cannot be written.
    pub(super) generated: bool,
    /// The server's name of its character set, of text that cannot be of every character.
    pub(super) charset: Option<String>,
}

/// What a column can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ColumnType {
    SmallInt,
    Integer,
    BigInt,
    Float4,
    Float8,
    Numeric,
    Boolean,
    /// At most so many characters.
    Text(Option<u32>),
    /// With the zone, on PostgreSQL.
    TimestampTz,
    Timestamp,
    Date,
    Time,
    Uuid,
    Json,
    JsonBinary,
    Bytes,
    Enum(Vec<String>),
    /// Any of these, with commas between them.
    Set(Vec<String>),
    /// Written in the type's own text form: arrays, ranges, addresses, intervals. Holds the name
    /// of the type, of a domain its base's.
    AsText(String),
    /// Of a server whose types have no text form that could be written.
    #[allow(dead_code, reason = "MySQL's reader makes it")]
    Other,
}

/// A reference to another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignKey {
    pub(super) columns: Vec<String>,
    /// Name of the other table, as a plan uses it.
    pub(super) table: String,
    pub(super) target: Vec<String>,
    pub(super) deferrable: bool,
    /// By names alone: the database does not know of it.
    pub(super) implied: bool,
}

impl TableSchema {
    /// The reference that a column alone makes.
    pub(super) fn reference(&self, column: &str) -> Option<&ForeignKey> {
        self.foreign_keys
            .iter()
            .find(|key| key.columns.len() == 1 && key.columns[0] == column)
    }

    /// Whether a column alone is unique.
    pub(super) fn is_unique(&self, column: &str) -> bool {
        self.uniques
            .iter()
            .any(|set| set.len() == 1 && set[0] == column)
    }

    /// Rules for a column; those chosen of an OR among them.
    pub(super) fn rules<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Rule> {
        let of_column = move |check: &&Check| check.column == column;
        self.checks
            .iter()
            .filter(of_column)
            .map(|check| &check.rule)
    }

    /// Rules that every row must satisfy.
    pub(super) fn strict_rules<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Rule> {
        let of_column = move |check: &&Check| check.column == column && !check.chosen;
        self.checks
            .iter()
            .filter(of_column)
            .map(|check| &check.rule)
    }
}

/// Adds a unique index. An expression over columns that is unique needs different columns; where
/// it makes nulls equal (`coalesce`), so are they here.
pub(super) fn add_unique_index(
    table: &mut TableSchema,
    columns: &[String],
    expressions: &[String],
    condition: Option<&str>,
    nulls_once: bool,
) {
    let mut set: Vec<String> = Vec::new();
    let mut nulls_once = nulls_once;
    for (column, expression) in columns.iter().zip(expressions) {
        let names = if column.is_empty() {
            nulls_once |= expression.to_lowercase().contains("coalesce");
            expression::names(expression)
        } else {
            vec![column.clone()]
        };
        for name in names {
            if table.columns.contains_key(&name) && !set.contains(&name) {
                set.push(name);
            }
        }
    }
    if set.is_empty() {
        return;
    }
    if let Some(condition) = condition {
        let (when, _) = check::read_partly(condition);
        table
            .partial_uniques
            .push(PartialUnique { columns: set, when });
        return;
    }
    if nulls_once {
        table.nulls_once.push(set.clone());
    }
    table.uniques.push(set);
}

/// Quotes a name for a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Tables of frameworks that are left alone: migrations, permissions, sessions and the like.
pub(super) fn is_framework_table(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "schema_migrations",
        "ar_internal_metadata",
        "django_migrations",
        "django_content_type",
        "django_session",
        "django_admin_log",
        "django_site",
        "auth_permission",
        "auth_group_permissions",
        "auth_user_user_permissions",
        "auth_group",
        "account_emailconfirmation",
        "thumbnail_kvstore",
        "alembic_version",
        "migrations",
        "knex_migrations",
        "knex_migrations_lock",
        "flyway_schema_history",
        "databasechangelog",
        "databasechangeloglock",
        "_prisma_migrations",
        "_sqlx_migrations",
        "__diesel_schema_migrations",
        "seaql_migrations",
        "goose_db_version",
        "doctrine_migration_versions",
        "phinxlog",
        "typeorm_metadata",
        "sequelizemeta",
        "__drizzle_migrations",
        "__efmigrationshistory",
        "failed_jobs",
        "job_batches",
        "jobs",
        "cache",
        "cache_locks",
        "sessions",
        "session",
        "password_resets",
        "password_reset_tokens",
        "spatial_ref_sys",
    ];
    // What a CMS or a task queue keeps of its own work.
    const PREFIXES: &[&str] = &[
        "wagtailcore_",
        "wagtailadmin_",
        "wagtailsearch_",
        "wagtailembeds_",
        "wagtailimages_rendition",
        "django_celery_",
        "celery_",
        "solid_queue_",
        "solid_cache_",
        "active_storage_",
        "telescope_",
    ];
    let bare = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    NAMES.contains(&bare.as_str()) || PREFIXES.iter().any(|prefix| bare.starts_with(prefix))
}

/// Whether a table lists the models of a Django application.
pub(super) fn is_content_types(name: &str) -> bool {
    name.rsplit('.').next() == Some("django_content_type")
}
