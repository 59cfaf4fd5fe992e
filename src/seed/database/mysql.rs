//! MySQL and MariaDB: the URL, and how to connect. The password is in no message, log or debug
//! output.

use std::fmt;
use std::time::Duration;

use mysql_async::{Conn, DriverError, Error, OptsBuilder, ServerError};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::{Database, is_loopback, refused};
use crate::seed::error::{SeedError, mysql_reason};

/// The port when the URL has none.
const PORT: u16 = 3306;
/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A database of a MySQL or MariaDB server, and who asks for it.
#[derive(Clone)]
pub(in crate::seed) struct Account {
    user: String,
    password: Option<String>,
    place: Place,
    pub(in crate::seed) database: String,
}

/// Where the server listens.
#[derive(Clone)]
enum Place {
    Tcp(String, u16),
    Socket(String),
}

/// The URL without the password.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, database, .. } = self;
        match &self.place {
            Place::Tcp(host, port) => write!(f, "mysql://{user}@{host}:{port}/{database}"),
            Place::Socket(path) => write!(f, "mysql://{user}@/{database}?socket={path}"),
        }
    }
}

/// Whether a scheme means MySQL or MariaDB, in the ways that frameworks write it too.
pub(super) fn is_scheme(scheme: &str) -> bool {
    let base = scheme.split_once('+').map_or(scheme, |(base, _)| base);
    matches!(base, "mysql" | "mysql2" | "mariadb")
}

/// Reads `mysql://user:password@host:port/name`, with `?socket=/path` for a server on this
/// machine. What drivers of applications put behind the `?` beside it is theirs, but for TLS.
pub(super) fn parse(url: &str) -> Result<Account, SeedError> {
    let form = "it is not of the form mysql://user:password@host:port/name";
    let rest = url.split_once("://").map(|(_, rest)| rest);
    let rest = rest.ok_or_else(|| refused(url, form))?;
    // `mysql://ann@/shop?socket=…` has a user and no host, which a URL may not.
    let rest = if rest.starts_with('/') || rest.contains("@/") {
        rest.replacen('/', "localhost/", 1)
    } else {
        rest.to_owned()
    };
    // The parser's own message may quote a part of the URL, and with it of the password.
    let parsed: Url = format!("mysql://{rest}")
        .parse()
        .map_err(|_| refused(url, form))?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let database = decoded(parsed.path().trim_start_matches('/'));
    if database.is_empty() || database.contains('/') {
        return Err(refused(url, "it names no database"));
    }
    let mut socket = None;
    for (name, value) in parsed.query_pairs() {
        match (&*name.to_lowercase(), &*value.to_lowercase()) {
            ("socket" | "unix_socket" | "unix-socket", _) => socket = Some(value.into_owned()),
            (
                "ssl-mode" | "ssl_mode" | "sslmode",
                "disabled" | "disable" | "preferred" | "prefer",
            )
            | ("ssl" | "require_ssl" | "tls", "false" | "0") => {}
            ("ssl-mode" | "ssl_mode" | "sslmode" | "ssl" | "require_ssl" | "tls", _) => {
                return Err(refused(
                    url,
                    "it asks for TLS, which is not supported: seed a local copy",
                ));
            }
            _ => {}
        }
    }
    let place = match (socket, parsed.host()) {
        (Some(path), _) => Place::Socket(path),
        (None, None) => Place::Tcp("127.0.0.1".to_owned(), PORT),
        (None, Some(host)) => {
            let host = match host {
                Host::Domain(name) => decoded(name),
                Host::Ipv4(address) => address.to_string(),
                Host::Ipv6(address) => address.to_string(),
            };
            Place::Tcp(host, parsed.port().unwrap_or(PORT))
        }
    };
    Ok(Account {
        user: match parsed.username() {
            "" => "root".to_owned(),
            user => decoded(user),
        },
        password: parsed.password().map(decoded),
        place,
        database,
    })
}

impl Account {
    /// The server's host, when it is another machine.
    pub(super) fn elsewhere(&self) -> Option<&str> {
        match &self.place {
            Place::Tcp(host, _) if !is_loopback(host) => Some(host),
            Place::Tcp(..) | Place::Socket(_) => None,
        }
    }
}

/// Connects to the account's database.
pub(in crate::seed) async fn connect(url: &Database, account: &Account) -> Result<Conn, SeedError> {
    let builder = OptsBuilder::default()
        .user(Some(account.user.clone()))
        .pass(account.password.clone())
        .db_name(Some(account.database.clone()))
        // Otherwise the driver changes from TCP to the socket that the server names, which may
        // be of another file system.
        .prefer_socket(false);
    let builder = match &account.place {
        Place::Tcp(host, port) => builder.ip_or_hostname(host.clone()).tcp_port(*port),
        Place::Socket(path) => builder.socket(Some(path.clone())),
    };
    let refuse = |reason: String, remedy: String| SeedError::Connect {
        url: url.to_string(),
        reason,
        remedy,
    };
    match tokio::time::timeout(PATIENCE, Conn::new(builder)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(refuse(mysql_reason(&error), remedy(account, &error))),
        Err(_) => Err(refuse(
            "the server did not answer within 10 s".to_owned(),
            "check host and port of the URL, and that nothing stands between".to_owned(),
        )),
    }
}

fn remedy(account: &Account, error: &Error) -> String {
    let Account { user, database, .. } = account;
    if let Error::Driver(DriverError::UnknownAuthPlugin { .. }) = error {
        return format!("let `{user}` log in by mysql_native_password or caching_sha2_password");
    }
    let Error::Server(ServerError { code, message, .. }) = error else {
        return match &account.place {
            Place::Socket(_) => "start the server, and check the socket of the URL".to_owned(),
            Place::Tcp(..) => "start the server, and check host and port of the URL".to_owned(),
        };
    };
    match code {
        1045 | 1698 => format!("check the user `{user}` and the password of the URL"),
        1044 => format!("let an administrator grant it: GRANT ALL ON `{database}`.* TO `{user}`"),
        1049 => format!(
            "create it (CREATE DATABASE {database}) and let the application make its tables, or \
             correct the name"
        ),
        1130 => format!("let an administrator allow `{user}` from this machine"),
        1040 | 1203 => "close other connections, or raise max_connections".to_owned(),
        _ if message.contains("secure transport") => {
            "the server wants TLS, which is not supported: seed a local copy".to_owned()
        }
        _ => "see the server's log".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_frameworks_write_them() {
        for (url, shown) in [
            (
                "mysql://ann:pw@127.0.0.1:3307/shop",
                "mysql://ann@127.0.0.1:3307/shop",
            ),
            (
                "mariadb://ann@localhost/shop",
                "mysql://ann@localhost:3306/shop",
            ),
            (
                "mysql2://ann:pw@localhost/shop?pool=5&encoding=utf8mb4",
                "mysql://ann@localhost:3306/shop",
            ),
            (
                "mysql+pymysql://ann:p%40w@localhost/shop",
                "mysql://ann@localhost:3306/shop",
            ),
            ("mysql://ann@[::1]/shop", "mysql://ann@::1:3306/shop"),
            (
                "mysql:///shop?socket=/run/my.sock",
                "mysql://root@/shop?socket=/run/my.sock",
            ),
            ("mysql://ann:a/b@localhost/x", ""),
            (
                "mysql://ann:pw@/shop?socket=/run/my.sock",
                "mysql://ann@/shop?socket=/run/my.sock",
            ),
        ] {
            match parse(url) {
                Ok(account) => assert_eq!(account.to_string(), shown, "{url}"),
                Err(_) => assert_eq!(shown, "", "{url}"),
            }
        }
        assert_eq!(
            parse("mysql://ann:p%40w@localhost/shop")
                .ok()
                .and_then(|account| account.password),
            Some("p@w".to_owned())
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (url, reason) in [
            ("mysql://ann:pw@localhost", "names no database"),
            ("mysql://ann:pw@localhost:port/shop", "not of the form"),
            ("mysql://ann:pw@localhost/shop?ssl-mode=REQUIRED", "TLS"),
            ("mysql:shop", "not of the form"),
        ] {
            let Err(error) = parse(url) else {
                panic!("{url} is accepted")
            };
            assert!(error.to_string().contains(reason), "{error}");
            assert!(!format!("{error:?}").contains("pw"), "{error:?}");
        }
    }
}
