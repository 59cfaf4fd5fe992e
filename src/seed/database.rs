//! Which database: its URL, how to connect to it, and whether it looks like production. The
//! password is in no message, log or debug output.

mod mysql;
mod postgres;
mod tls;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::config::{Config, Host};

use super::error::SeedError;
use tls::Tls;

pub(super) use mysql::{Account, connect as connect_mysql};
pub(super) use postgres::connect;

/// A database that the user named.
#[derive(Clone)]
pub struct Database {
    pub(super) server: Server,
    /// How connections are protected; of a file, not at all.
    tls: Tls,
}

/// What kind of database it is.
#[derive(Clone)]
pub(super) enum Server {
    Sqlite(PathBuf),
    Postgres(Box<Config>),
    Mysql(Box<Account>),
}

/// The URL without the password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            Server::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Server::Mysql(account) => write!(f, "{account}"),
            Server::Postgres(config) => {
                f.write_str("postgres://")?;
                if let Some(user) = config.get_user() {
                    write!(f, "{user}@")?;
                }
                match config.get_hosts().first() {
                    Some(Host::Tcp(host)) => f.write_str(host)?,
                    #[cfg(unix)]
                    Some(Host::Unix(path)) => write!(f, "{}", path.display())?,
                    None => {}
                }
                if let Some(port) = config.get_ports().first() {
                    write!(f, ":{port}")?;
                }
                write!(f, "/{}", self.name())
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

impl Database {
    /// Reads `postgres://user:password@host:port/name`, `mysql://` (or `mariadb://`) of the same
    /// form, `sqlite:path`, or `env:NAME` for an environment variable that holds one of them.
    ///
    /// # Errors
    /// What is not understood; never the password.
    pub fn parse(url: &str) -> Result<Self, SeedError> {
        if let Some(name) = url.strip_prefix("env:") {
            let value = std::env::var(name).map_err(|_| SeedError::Environment {
                name: name.to_owned(),
            })?;
            return Self::parse_resolved(value.trim());
        }
        Self::parse_resolved(url)
    }

    fn parse_resolved(url: &str) -> Result<Self, SeedError> {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let (server, tls) = match scheme {
            Some("postgres" | "postgresql") => {
                let (config, tls) = postgres::parse(url)?;
                (Server::Postgres(Box::new(config)), tls)
            }
            Some("sqlite" | "sqlite3") => (Self::parse_sqlite(url)?, Tls::none()),
            Some(scheme) if mysql::is_scheme(scheme) => {
                let (account, tls) = mysql::parse(url)?;
                (Server::Mysql(Box::new(account)), tls)
            }
            _ if is_database_file(url) => (Server::Sqlite(PathBuf::from(url)), Tls::none()),
            Some(scheme) => return Err(refused(url, &format!("unknown scheme `{scheme}`"))),
            None => return Err(refused(url, "it has no scheme")),
        };
        Ok(Self { server, tls })
    }

    fn parse_sqlite(url: &str) -> Result<Server, SeedError> {
        let (_, rest) = url.split_once(':').unwrap_or(("", url));
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() || path == ":memory:" {
            return Err(refused(url, "it names no file"));
        }
        Ok(Server::Sqlite(PathBuf::from(path)))
    }

    /// Name of the database: the file's name without its ending, or the database's.
    pub fn name(&self) -> String {
        match &self.server {
            Server::Sqlite(path) => path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default(),
            Server::Mysql(account) => account.database.clone(),
            Server::Postgres(config) => config
                .get_dbname()
                .or(config.get_user())
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// Refuses a database that looks like production unless its exact name is repeated.
    pub(super) fn guard(&self, confirm: Option<&str>) -> Result<(), SeedError> {
        let name = self.name();
        let Some(reason) = self.production_reason(&name) else {
            return Ok(());
        };
        if confirm == Some(name.as_str()) {
            return Ok(());
        }
        Err(self.looks_like_production(reason))
    }

    /// The refusal of a database that people depend on.
    pub(super) fn looks_like_production(&self, reason: String) -> SeedError {
        SeedError::Production {
            url: self.to_string(),
            reason,
            name: self.name(),
        }
    }

    fn production_reason(&self, name: &str) -> Option<String> {
        if let Some(word) = production_word(name) {
            return Some(format!("its name holds `{word}`"));
        }
        let elsewhere = match &self.server {
            Server::Sqlite(_) => None,
            Server::Mysql(account) => account.elsewhere(),
            Server::Postgres(config) => config.get_hosts().iter().find_map(|host| match host {
                Host::Tcp(host) if is_loopback(host) => None,
                Host::Tcp(host) => Some(host.as_str()),
                #[cfg(unix)]
                Host::Unix(_) => None,
            }),
        };
        elsewhere.map(|host| format!("its host `{host}` is not this machine"))
    }
}

fn is_database_file(url: &str) -> bool {
    let path = Path::new(url);
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("db" | "sqlite" | "sqlite3")) && !url.contains("://")
}

/// A URL that is not understood, with nothing of it that could be a password.
fn refused(url: &str, reason: &str) -> SeedError {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let before_query = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
    let shown = match url.rsplit_once('@') {
        None => before_query(url),
        // What stands before the last `@` may all be a password.
        Some((before, _)) if before.contains('?') => format!("{scheme}://***"),
        Some((_, place)) => format!("{scheme}://***@{}", before_query(place)),
    };
    SeedError::Url {
        url: shown,
        reason: reason.to_owned(),
    }
}

/// Parameters that belong to an application's own driver or pool, in the URL that both are given,
/// and change nothing here.
const THEIRS: &[&str] = &[
    "adapter",
    "advisory_locks",
    "autocommit",
    "charset",
    "checkout_timeout",
    "client_encoding",
    "collation",
    "connection_limit",
    "conn_health_checks",
    "conn_max_age",
    "encoding",
    "gssencmode",
    "idle_timeout",
    "loc",
    "max_overflow",
    "parsetime",
    "pgbouncer",
    "pool",
    "pool_recycle",
    "pool_size",
    "pool_timeout",
    "prepared_statements",
    "read_timeout",
    "reconnect",
    "schema",
    "servertimezone",
    "socket_timeout",
    "statement_cache_size",
    "strict",
    "timeout",
    "timezone",
    "write_timeout",
];

fn is_theirs(parameter: &str) -> bool {
    THEIRS.contains(&&*parameter.to_lowercase())
}

/// A parameter that nobody reads: a slip of the pen in `sslmode` must not go unseen.
fn unknown_parameter(url: &str, name: &str, known: &[&str]) -> SeedError {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    // What is no word may be a part of a password.
    let shown = if name.chars().all(is_word) {
        name
    } else {
        "…"
    };
    let known = known.join(", ");
    refused(
        url,
        &format!("its parameter `{shown}` is not known: known are {known}"),
    )
}

fn production_word(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphabetic());
    words.into_iter().find_map(|word| match word {
        "live" => Some("live"),
        "prd" => Some("prd"),
        _ if word.starts_with("prod") && !word.starts_with("product") => Some("prod"),
        "production" => Some("production"),
        _ => None,
    })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Opens a SQLite database that is there.
pub(super) fn open_sqlite(url: &Database, path: &Path) -> Result<rusqlite::Connection, SeedError> {
    let refuse = |reason: String, remedy: &str| SeedError::Connect {
        url: url.to_string(),
        reason,
        remedy: remedy.to_owned(),
    };
    if !path.exists() {
        return Err(refuse(
            "there is no such file".to_owned(),
            "start the application once, so that it makes its tables, or correct the path",
        ));
    }
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE
        | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX
        | rusqlite::OpenFlags::SQLITE_OPEN_URI;
    let opened = rusqlite::Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
        Ok(connection)
    });
    opened.map_err(|error| {
        refuse(
            error.to_string(),
            "check that the file is a SQLite database that may be written",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_in_no_output() {
        for url in [
            "postgres://ann:hunter2@127.0.0.1:5432/shop",
            "postgresql://ann@localhost/shop?password=hunter2",
            "mysql://ann:hunter2@127.0.0.1/shop",
            "mariadb://ann:hunter2@localhost:3307/shop?charset=utf8mb4",
            "mysql://ann:hunter2@/shop?socket=/run/mysqld.sock",
        ] {
            let database = Database::parse(url).expect("valid");
            let shown = format!("{database} {database:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("ann") && shown.contains("/shop"), "{shown}");
        }
        for url in [
            "mysql://ann:hunter2@127.0.0.1:notaport/shop",
            "postgres://ann:hunter2@127.0.0.1:notaport/shop",
            "oracle://ann:hun@ter2@127.0.0.1/shop",
        ] {
            let error = format!("{:?}", Database::parse(url).expect_err("refused"));
            assert!(!error.contains("hun"), "{error}");
        }
    }

    #[test]
    fn sqlite_urls_are_paths() {
        for (url, path) in [
            ("sqlite:shop.db", "shop.db"),
            ("sqlite:///var/shop.db", "/var/shop.db"),
            ("sqlite://shop.db", "shop.db"),
            ("data/shop.sqlite3", "data/shop.sqlite3"),
        ] {
            let database = Database::parse(url).expect("valid");
            assert_eq!(database.to_string(), format!("sqlite:{path}"));
        }
    }

    #[test]
    fn what_looks_like_production_needs_its_name() {
        let check =
            |url: &str, confirm| Database::parse(url).expect("valid").guard(confirm).is_ok();
        assert!(check("postgres://a@127.0.0.1/shop", None));
        assert!(check("postgres://a@localhost/olives_and_products", None));
        assert!(check("postgres://a@%2Ftmp%2Fsocket/shop", None));
        assert!(!check("postgres://a@127.0.0.1/shop_prod", None));
        assert!(!check("postgres://a@127.0.0.1/live", Some("Live")));
        assert!(check("postgres://a@127.0.0.1/live", Some("live")));
        assert!(!check("postgres://a@db.example.com/shop", None));
        assert!(check("postgres://a@db.example.com/shop", Some("shop")));
        assert!(!check("sqlite:shop-production.db", None));
        assert!(check("mysql://a@127.0.0.1/shop", None));
        assert!(check("mysql:///shop?socket=/run/mysqld.sock", None));
        assert!(!check("mysql://a@db.example.com/shop", None));
    }

    #[test]
    fn an_unset_variable_is_named() {
        let error = Database::parse("env:REHEARSAL_TEST_UNSET_DATABASE").expect_err("unset");
        assert!(error.to_string().contains("REHEARSAL_TEST_UNSET_DATABASE"));
    }
}
