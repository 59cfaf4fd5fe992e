//! What can go wrong while seeding. Every message says the place, what was found, and what to do.

use std::path::PathBuf;

use tokio_postgres::error::SqlState;

use super::plan::PlanError;

/// An error of seeding.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum SeedError {
    /// The plan is wrong in itself or does not fit the database.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Plan(PlanError),
    /// A file cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database URL is not understood.
    #[error("database URL `{url}` is not understood: {reason}")]
    #[diagnostic(help(
        "write `postgres://user:password@host:port/name`, `mysql://user:password@host:port/name`, \
         `sqlite:path/to/file.db`, or `env:NAME` for a variable that holds one"
    ))]
    Url {
        /// The URL, password masked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The environment variable of `env:NAME` is not set.
    #[error("environment variable `{name}`, which names the database, is not set")]
    #[diagnostic(help("set it: export {name}=postgres://user:password@127.0.0.1:5432/shop"))]
    Environment {
        /// The variable.
        name: String,
    },
    /// The database cannot be reached or refuses.
    #[error("cannot connect to `{url}`: {reason}")]
    #[diagnostic(help("{remedy}"))]
    Connect {
        /// The URL, password masked.
        url: String,
        /// What the server or system said.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// The database looks like one that people depend on.
    #[error("`{url}` looks like production: {reason}")]
    #[diagnostic(help("if it is meant to be overwritten, confirm it by its exact name, `{name}`"))]
    Production {
        /// The URL, password masked.
        url: String,
        /// Why it looks so.
        reason: String,
        /// Name that must be repeated.
        name: String,
    },
    /// Tables hold rows that the seeder was not told to remove.
    #[error("the database `{url}` is not empty: {tables}")]
    #[diagnostic(help("{remedy}"))]
    NotEmpty {
        /// The URL, password masked.
        url: String,
        /// Tables and their rows: `customers` (12 rows), …
        tables: String,
        /// What to do.
        remedy: String,
    },
    /// Tables refer to each other in a circle that cannot be filled.
    #[error("tables {tables} refer to each other in a circle")]
    #[diagnostic(help(
        "make one of the references nullable or deferrable in the schema, connect as the role that \
         owns the tables, or leave one of them out of the plan"
    ))]
    Circle {
        /// The tables.
        tables: String,
    },
    /// A table whose engine cannot undo.
    #[error(
        "`{table}` is kept by {engine}, which has no transactions: interrupted, it would stay half filled"
    )]
    #[diagnostic(help(
        "change it: ALTER TABLE `{table}` ENGINE = InnoDB; or leave the table out of the plan"
    ))]
    Untransactional {
        /// The table.
        table: String,
        /// Its engine.
        engine: String,
    },
    /// A statement of the plan upon which the server commits.
    #[error(
        "{place} would commit on MySQL: `{statement}` cannot be undone when the fill fails later"
    )]
    #[diagnostic(help(
        "run it yourself, before or after the fill, or write the statement for the other kinds \
         only: {{ postgres = \"…\", sqlite = \"…\" }}"
    ))]
    Commits {
        /// Where it stands.
        place: String,
        /// How it begins.
        statement: String,
    },
    /// The database refused what was asked while doing something.
    #[error("while {doing}: {reason}")]
    Database {
        /// What was being done.
        doing: String,
        /// What the database said.
        reason: String,
    },
    /// There is no room for what was to be written.
    #[error("while {doing}, the database ran out of room: {reason}")]
    #[diagnostic(help(
        "nothing of it stays. Make room where the database keeps its files (a quota or a limit on \
         the size of files counts, too), or seed less: `--scale 0.1`, or fewer `rows` in the plan"
    ))]
    Full {
        /// What was being done.
        doing: String,
        /// What the database said.
        reason: String,
    },
    /// The server ended the connection.
    #[error("while {doing}, the server ended the connection: {reason}")]
    #[diagnostic(help(
        "its log says why: a disk without room for the write-ahead log ends a server, too. When it \
         is up again, run this again: what was not committed is not there"
    ))]
    Lost {
        /// What was being done.
        doing: String,
        /// What the driver said.
        reason: String,
    },
    /// Rows were written that break a constraint.
    #[error("rows break a constraint: {found}; nothing was written")]
    #[diagnostic(help("change the plan's generators of the columns of that constraint"))]
    Constraint {
        /// What the database said.
        found: String,
    },
    /// A row breaks a constraint that is known by its name.
    #[error("{0}")]
    #[diagnostic(help("{}", .0.remedy))]
    Violation(Box<Violation>),
    /// A snapshot that was asked for is not there.
    #[error("`{url}` has no snapshot `{label}`")]
    #[diagnostic(help("take one first, or seed the database again"))]
    NoSnapshot {
        /// The URL, password masked.
        url: String,
        /// The snapshot.
        label: String,
    },
    /// Nothing says that the plan was seeded here.
    #[error("`{url}` holds no rows that this plan seeded: {reason}")]
    #[diagnostic(help("{remedy}"))]
    NotSeeded {
        /// The URL, password masked.
        url: String,
        /// What was found instead.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// Rows that were not seeded refer to seeded ones that would be removed.
    #[error(
        "rows that were not seeded refer to seeded ones in `{url}`: {rows}; nothing was removed"
    )]
    #[diagnostic(help(
        "remove them first, or restore the snapshot of before (`rehearsal seed restore`)"
    ))]
    Hanging {
        /// The URL, password masked.
        url: String,
        /// How many of which tables.
        rows: String,
    },
    /// Rows of a table cannot be told apart.
    #[error("seeded rows of `{table}` cannot be known again: the plan fills no key of it")]
    #[diagnostic(help(
        "give a primary key or unique columns of `{table}` a generator, or take the table out of the plan"
    ))]
    Unknown {
        /// The table.
        table: String,
    },
    /// The server does not allow snapshots to this role, or has no room for one.
    #[error("cannot make or restore a snapshot of `{url}`: {reason}")]
    #[diagnostic(help(
        "use `reset = \"refill\"`, which needs no copy and no rights beyond the tables'"
    ))]
    SnapshotRefused {
        /// The URL, password masked.
        url: String,
        /// Why.
        reason: String,
    },
    /// A password could not be hashed with the plan's parameters.
    #[error("cannot hash passwords with {scheme}: {reason}")]
    Hash {
        /// The scheme.
        scheme: String,
        /// Why.
        reason: String,
    },
}

/// A constraint that a row breaks.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Violation {
    /// What the server said.
    pub reason: String,
    /// Schema of the table.
    pub schema: String,
    /// The table.
    pub relation: String,
    /// The constraint.
    pub constraint: String,
    /// How the database defines it, if that could be asked.
    pub definition: Option<String>,
    /// The row, as the server shows it.
    pub example: Option<String>,
    /// What to put into the plan.
    pub remedy: String,
    /// What was being done.
    pub doing: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            relation,
            constraint,
            ..
        } = self;
        write!(
            f,
            "a row of `{relation}` breaks its constraint `{constraint}`"
        )?;
        match &self.definition {
            Some(definition) => write!(f, ", {definition}")?,
            None => write!(f, ": {}", self.reason)?,
        }
        if let Some(example) = &self.example {
            write!(f, ". {}", example.trim_end_matches('.'))?;
        }
        write!(f, " (while {}); nothing was written", self.doing)
    }
}

impl Violation {
    /// Of a server's error; none when it names no constraint.
    fn of(error: &tokio_postgres::Error, doing: &str) -> Option<Box<Self>> {
        let said = error.as_db_error()?;
        let shown = said.detail().map(|detail| {
            let short: String = detail.chars().take(300).collect();
            if short.len() < detail.len() {
                format!("{short}…")
            } else {
                short
            }
        });
        let mut violation = Self {
            reason: said.message().to_owned(),
            schema: said.schema().unwrap_or_default().to_owned(),
            relation: said.table().unwrap_or_default().to_owned(),
            constraint: said.constraint()?.to_owned(),
            definition: None,
            example: shown,
            remedy: String::new(),
            doing: doing.to_owned(),
        };
        violation.advise();
        Some(Box::new(violation))
    }

    /// What to put into the plan, by the kind of constraint.
    pub(super) fn advise(&mut self) {
        let definition = self.definition.as_deref().unwrap_or(&self.reason);
        let table = &self.relation;
        let columns = format!("under [tables.{table}.columns]");
        self.remedy = if definition.contains("UNIQUE")
            || definition.contains("duplicate key")
            || definition.contains("PRIMARY KEY")
        {
            format!(
                "{columns}, give one column of the constraint `unique = true`, or \
                 `unique_with = [\"…\"]` with the others; or lower the rows of `{table}`"
            )
        } else if definition.contains("EXCLUDE") || definition.contains("conflicting key") {
            format!(
                "{columns}, make a column that the constraint compares by `=` unique, or its ranges \
                 disjoint: {{ gen = \"template\", text = \"[{{row}}0,{{row}}5)\" }}"
            )
        } else if definition.contains("FOREIGN KEY") || definition.contains("foreign key") {
            format!(
                "{columns}, let the columns refer to one row: {{ gen = \"ref\", table = … }}, and \
                 {{ gen = \"lookup\", of = … }} for further columns of the key"
            )
        } else {
            format!(
                "{columns}, choose generators whose values satisfy it: a range, a list \
                 (one_of), {{ gen = \"pattern\", regex = … }}, or {{ gen = \"constant\", value = … }}"
            )
        };
    }
}

impl From<PlanError> for SeedError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

/// Wraps what a PostgreSQL server said, constraint violations apart from the rest.
pub(super) fn postgres(
    doing: impl Into<String>,
) -> impl FnOnce(tokio_postgres::Error) -> SeedError {
    let doing = doing.into();
    move |error| {
        let reason = postgres_reason(&error);
        if postgres_is_full(&error) {
            return SeedError::Full { doing, reason };
        }
        if error.is_closed() {
            return SeedError::Lost { doing, reason };
        }
        let class = error.code().map_or("", |code| &code.code()[..2]);
        if class == "23" {
            if let Some(violation) = Violation::of(&error, &doing) {
                return SeedError::Violation(violation);
            }
            let found = format!("{reason} (while {doing})");
            return SeedError::Constraint { found };
        }
        SeedError::Database { doing, reason }
    }
}

/// Whether the operating system's words in what a server said are those for "no room". Servers
/// have a code for a full disk, but not always for a quota or a limit on the size of files.
fn says_full(reason: &str) -> bool {
    let words = [
        "No space left on device",
        "Disk quota exceeded",
        "File too large",
    ];
    words.iter().any(|words| reason.contains(words))
}

/// Whether there was no room for what was to be written.
pub(super) fn postgres_is_full(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::DISK_FULL)
        || error
            .as_db_error()
            .is_some_and(|said| says_full(said.message()))
}

/// The same of SQLite, which tells of a full disk, but of a quota and of a limit on the size of
/// files only that writing failed.
pub(super) fn sqlite_is_full(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_FULL, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE};
    let code = error.sqlite_error().map(|error| error.extended_code);
    code.is_some_and(|code| [SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE].contains(&code))
}

/// The same of MySQL and MariaDB.
pub(super) fn mysql_is_full(error: &mysql_async::Error) -> bool {
    /// A file that cannot grow, a disk that is full, a table that is: `InnoDB` says so when the
    /// disk is.
    const CODES: [u16; 4] = [14, 20, 1021, 1114];
    let mysql_async::Error::Server(said) = error else {
        return false;
    };
    CODES.contains(&said.code) || says_full(&said.message)
}

/// What the server said, with its detail.
pub(super) fn postgres_reason(error: &tokio_postgres::Error) -> String {
    let Some(said) = error.as_db_error() else {
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            reason = format!("{reason}: {inner}");
            source = inner.source();
        }
        return reason;
    };
    match said.detail() {
        Some(detail) => format!("{}: {detail}", said.message()),
        None => said.message().to_owned(),
    }
}

/// Wraps what SQLite said, constraint violations apart from the rest.
pub(super) fn sqlite(doing: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> SeedError {
    let doing = doing.into();
    move |error| {
        let reason = error.to_string();
        if sqlite_is_full(&error) {
            return SeedError::Full { doing, reason };
        }
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) {
            let found = format!("{reason} (while {doing})");
            return SeedError::Constraint { found };
        }
        SeedError::Database { doing, reason }
    }
}

/// Wraps what a MySQL or MariaDB server said, constraint violations apart from the rest.
pub(super) fn mysql(doing: impl Into<String>) -> impl FnOnce(mysql_async::Error) -> SeedError {
    let doing = doing.into();
    move |error| {
        let reason = mysql_reason(&error);
        if mysql_is_full(&error) {
            return SeedError::Full { doing, reason };
        }
        if matches!(error, mysql_async::Error::Io(mysql_async::IoError::Io(_))) {
            return SeedError::Lost { doing, reason };
        }
        if let mysql_async::Error::Server(said) = &error
            // MySQL's violated checks, and values that strict mode refuses, have classes of their own.
            && (said.state.starts_with("23") || said.state.starts_with("22") || said.code == 3819)
        {
            let found = format!("{reason} (while {doing})");
            return SeedError::Constraint { found };
        }
        SeedError::Database { doing, reason }
    }
}

/// What the server said, without the driver's frame around it.
pub(super) fn mysql_reason(error: &mysql_async::Error) -> String {
    match error {
        mysql_async::Error::Server(said) => said.message.clone(),
        mysql_async::Error::Io(mysql_async::IoError::Io(error)) => error.to_string(),
        mysql_async::Error::Driver(error) => error.to_string(),
        other => other.to_string(),
    }
}
