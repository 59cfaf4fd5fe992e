//! MySQL and MariaDB: the URL, and how to connect. The password is in no message, log or debug
//! output.

use std::fmt;
use std::time::Duration;

use mysql_async::{Conn, DriverError, Error, IoError, OptsBuilder, ServerError, SslOpts};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::tls::{Asked, MYSQL, Mode, Tls};
use super::{Database, is_loopback, is_theirs, refused, unknown_parameter};
use crate::seed::error::{SeedError, mysql_reason};

/// The port when the URL has none.
const PORT: u16 = 3306;
/// What may stand behind the `?`.
const PARAMETERS: [&str; 4] = ["ssl-mode", "ssl-ca", "ssl", "socket"];
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
/// machine, and what [`Tls`] knows.
pub(super) fn parse(url: &str) -> Result<(Account, Tls), SeedError> {
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
    let mut asked = Asked::default();
    for (name, value) in parsed.query_pairs() {
        match &*name.to_lowercase().replace('_', "-") {
            "socket" | "unix-socket" => socket = Some(value.into_owned()),
            "ssl-mode" | "sslmode" => asked.mode = Some(value.into_owned()),
            "ssl-ca" | "sslrootcert" => asked.authority = Some(value.into_owned()),
            "ssl" | "require-ssl" | "tls" => {
                let mode = match &*value.to_lowercase() {
                    "false" | "0" => "DISABLED",
                    "true" | "1" => "REQUIRED",
                    _ => return Err(refused(url, &format!("`{name}` is true or false"))),
                };
                asked.mode = Some(mode.to_owned());
            }
            _ if is_theirs(&name) => {}
            _ => return Err(unknown_parameter(url, &name, &PARAMETERS)),
        }
    }
    let mut tls =
        Tls::read(&MYSQL, asked, Asked::default()).map_err(|reason| refused(url, &reason))?;
    if socket.is_some() {
        tls.mode = Mode::Disable;
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
    let account = Account {
        user: match parsed.username() {
            "" => "root".to_owned(),
            user => decoded(user),
        },
        password: parsed.password().map(decoded),
        place,
        database,
    };
    Ok((account, tls))
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
    let refuse = |reason: String, remedy: String| SeedError::Connect {
        url: url.to_string(),
        reason,
        remedy,
    };
    let tls = &url.tls;
    // As the servers' own clients: two modes try the other way where it was TLS that the first
    // one ended at.
    let attempts: &[bool] = match tls.mode {
        Mode::Disable => &[false],
        Mode::Allow => &[false, true],
        Mode::Prefer if tls.is_absent() => &[false],
        Mode::Prefer => &[true, false],
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => &[true],
    };
    let mut failed = None;
    for wrapped in attempts {
        let options = if *wrapped {
            let options = tls.options();
            let wrong = "correct the URL, or the file";
            Some(options.map_err(|reason| refuse(reason, wrong.to_owned()))?)
        } else {
            None
        };
        let opened = Conn::new(builder(account, options));
        match tokio::time::timeout(PATIENCE, opened).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) if tls.mode == Mode::Allow || is_about_tls(&error) => {
                if let Error::Driver(DriverError::NoClientSslFlagFromServer) = error {
                    tls.note_absence();
                }
                failed.get_or_insert(error);
            }
            Ok(Err(error)) => {
                return Err(refuse(mysql_reason(&error), remedy(account, tls, &error)));
            }
            Err(_) => {
                return Err(refuse(
                    "the server did not answer within 10 s".to_owned(),
                    "check host and port of the URL, and that nothing stands between".to_owned(),
                ));
            }
        }
    }
    let error = failed.expect("each attempt has failed");
    Err(refuse(mysql_reason(&error), remedy(account, tls, &error)))
}

fn builder(account: &Account, tls: Option<SslOpts>) -> OptsBuilder {
    let builder = OptsBuilder::default()
        .user(Some(account.user.clone()))
        .pass(account.password.clone())
        .db_name(Some(account.database.clone()))
        .ssl_opts(tls)
        // Otherwise the driver changes from TCP to the socket that the server names, which may
        // be of another file system.
        .prefer_socket(false);
    match &account.place {
        Place::Tcp(host, port) => builder.ip_or_hostname(host.clone()).tcp_port(*port),
        Place::Socket(path) => builder.socket(Some(path.clone())),
    }
}

/// Whether with more or less TLS it might go.
fn is_about_tls(error: &Error) -> bool {
    match error {
        Error::Driver(DriverError::NoClientSslFlagFromServer) | Error::Io(IoError::Tls(_)) => true,
        // The handshake's errors come as those of the stream.
        Error::Io(IoError::Io(error)) => {
            let held = error.get_ref();
            held.and_then(|held| held.downcast_ref::<rustls::Error>())
                .is_some()
        }
        Error::Server(said) => wants_tls(said),
        _ => false,
    }
}

/// Whether the server, or the account, refuses connections without TLS.
fn wants_tls(said: &ServerError) -> bool {
    said.code == 3159 || said.message.contains("secure transport")
}

fn remedy(account: &Account, tls: &Tls, error: &Error) -> String {
    let Account { user, database, .. } = account;
    match error {
        Error::Driver(DriverError::UnknownAuthPlugin { .. }) => {
            return format!(
                "let `{user}` log in by mysql_native_password or caching_sha2_password"
            );
        }
        Error::Driver(DriverError::NoClientSslFlagFromServer) => return tls.remedy_of_absence(),
        _ => {}
    }
    let Error::Server(said) = error else {
        return tls.remedy(error).unwrap_or_else(|| match &account.place {
            Place::Socket(_) => "start the server, and check the socket of the URL".to_owned(),
            Place::Tcp(..) => "start the server, and check host and port of the URL".to_owned(),
        });
    };
    match said.code {
        _ if wants_tls(said) => format!("the server wants TLS: {}", tls.how_to_require()),
        1045 | 1698 => {
            let check = format!("check the user `{user}` and the password of the URL");
            match tls.mode {
                Mode::Disable if matches!(account.place, Place::Tcp(..)) => {
                    format!(
                        "{check}; if the account wants TLS, {}",
                        tls.how_to_require()
                    )
                }
                _ => check,
            }
        }
        1044 => format!("let an administrator grant it: GRANT ALL ON `{database}`.* TO `{user}`"),
        1049 => format!(
            "create it (CREATE DATABASE {database}) and let the application make its tables, or \
             correct the name"
        ),
        1130 => format!("let an administrator allow `{user}` from this machine"),
        1040 | 1203 => "close other connections, or raise max_connections".to_owned(),
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
                Ok((account, _)) => assert_eq!(account.to_string(), shown, "{url}"),
                Err(_) => assert_eq!(shown, "", "{url}"),
            }
        }
        assert_eq!(
            parse("mysql://ann:p%40w@localhost/shop")
                .ok()
                .and_then(|(account, _)| account.password),
            Some("p@w".to_owned())
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (url, reason) in [
            ("mysql://ann:pw@localhost", "names no database"),
            ("mysql://ann:pw@localhost:port/shop", "not of the form"),
            (
                "mysql://ann:pw@localhost/shop?ssl-mode=YES",
                "one of DISABLED, PREFERRED",
            ),
            ("mysql://ann:pw@localhost/shop?ssl=maybe", "true or false"),
            (
                "mysql://ann:pw@localhost/shop?sslmod=REQUIRED",
                "`sslmod` is not known: known are ssl-mode, ssl-ca",
            ),
            ("mysql://ann:1/x?pw@localhost/shop", "`…` is not known"),
            ("mysql:shop", "not of the form"),
        ] {
            let Err(error) = parse(url) else {
                panic!("{url} is accepted")
            };
            assert!(error.to_string().contains(reason), "{error}");
            assert!(!format!("{error:?}").contains("pw"), "{error:?}");
        }
    }

    #[test]
    fn tls_is_asked_for_in_the_words_of_drivers() {
        for (query, mode) in [
            ("", Mode::Prefer),
            (
                "?ssl-mode=VERIFY_IDENTITY&ssl-ca=/etc/ca.pem",
                Mode::VerifyFull,
            ),
            ("?ssl_ca=/etc/ca.pem", Mode::VerifyCa),
            ("?sslmode=require", Mode::Require),
            ("?ssl=true&charset=utf8mb4", Mode::Require),
            ("?ssl=false", Mode::Disable),
            ("?socket=/run/my.sock&ssl-mode=REQUIRED", Mode::Disable),
        ] {
            let (_, tls) = parse(&format!("mysql://ann@localhost/shop{query}")).expect("known");
            assert_eq!(tls.mode, mode, "{query}");
        }
    }
}
