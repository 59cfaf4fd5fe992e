//! PostgreSQL: the URL, and how to connect. The password is in no message, log or debug output.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Client;
use tokio_postgres::config::{Config, Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{Asked, Mode, POSTGRES, Tls};
use super::{Database, is_theirs, refused, unknown_parameter};
use crate::seed::error::{SeedError, postgres_reason};

/// What may stand behind the `?`: of libpq, and what the driver reads of it.
const PARAMETERS: [&str; 20] = [
    "sslmode",
    "sslrootcert",
    "sslnegotiation",
    "channel_binding",
    "user",
    "password",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "options",
    "application_name",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "load_balance_hosts",
];

/// Reads `postgres://user:password@host:port/name?sslmode=…`.
pub(super) fn parse(url: &str) -> Result<(Config, Tls), SeedError> {
    // A password may hold a question mark.
    let credentials = url.find('@').unwrap_or(0);
    let (before, query) = match url[credentials..].find('?') {
        Some(place) => (&url[..credentials + place], &url[credentials + place + 1..]),
        None => (url, ""),
    };
    let mut asked = Asked::default();
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        match &*decoded(name) {
            "sslmode" => asked.mode = Some(decoded(value)),
            "sslrootcert" => asked.authority = Some(decoded(value)),
            known if PARAMETERS.contains(&known) => kept.push(pair),
            other if is_theirs(other) => {}
            other => return Err(unknown_parameter(url, other, &PARAMETERS)),
        }
    }
    // The parser's own message may quote a part of the URL, and with it of the password.
    let mut config: Config = format!("{before}?{}", kept.join("&"))
        .parse()
        .map_err(|_| {
            refused(
                url,
                "it is not of the form postgres://user:password@host:port/name",
            )
        })?;
    if config.get_dbname().is_none() && config.get_user().is_none() {
        return Err(refused(url, "it names no database"));
    }
    if config.get_hosts().is_empty() {
        config.host("127.0.0.1");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    config.application_name("rehearsal");
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let environment = Asked {
        mode: variable("PGSSLMODE"),
        authority: variable("PGSSLROOTCERT"),
    };
    let mut tls =
        Tls::read(&POSTGRES, asked, environment).map_err(|reason| refused(url, &reason))?;
    // A socket is a file: nobody listens between.
    #[cfg(unix)]
    if config
        .get_hosts()
        .iter()
        .all(|host| matches!(host, Host::Unix(_)))
    {
        tls.mode = Mode::Disable;
    }
    Ok((config, tls))
}

/// Connects to a server; `database` names another database of it.
pub(in crate::seed) async fn connect(
    url: &Database,
    config: &Config,
    database: Option<&str>,
) -> Result<Client, SeedError> {
    let mut config = config.clone();
    if let Some(database) = database {
        config.dbname(database);
    }
    let tls = &url.tls;
    let connector = tls.connector().map_err(|reason| SeedError::Connect {
        url: url.to_string(),
        reason,
        remedy: "correct the URL, or the file".to_owned(),
    })?;
    // As libpq: two modes try the other way where it was TLS that the first one ended at.
    let (first, second) = match tls.mode {
        Mode::Disable => (SslMode::Disable, None),
        Mode::Allow => (SslMode::Disable, Some(SslMode::Require)),
        Mode::Prefer => (SslMode::Prefer, Some(SslMode::Disable)),
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => (SslMode::Require, None),
    };
    let error = match open(&mut config, &connector, first).await {
        Ok(client) => return Ok(client),
        Err(error) => error,
    };
    let error = match second.filter(|_| is_about_tls(&error)) {
        None => error,
        Some(second) => match open(&mut config, &connector, second).await {
            Ok(client) => return Ok(client),
            Err(other) if is_about_tls(&other) => error,
            Err(other) => other,
        },
    };
    Err(connect_error(url, &config, &error))
}

async fn open(
    config: &mut Config,
    connector: &MakeRustlsConnect,
    mode: SslMode,
) -> Result<Client, tokio_postgres::Error> {
    config.ssl_mode(mode);
    let (client, connection) = config.connect(connector.clone()).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection to the database ended");
        }
    });
    Ok(client)
}

/// Whether with more or less TLS it might go. `pg_hba.conf` has lines for either.
fn is_about_tls(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) => *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        None => error.to_string().contains("TLS"),
    }
}

fn connect_error(url: &Database, config: &Config, error: &tokio_postgres::Error) -> SeedError {
    let user = config.get_user().unwrap_or("(none)");
    let reason = postgres_reason(error);
    let remedy = match error.code() {
        Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
            if url.tls.mode == Mode::Disable && reason.contains("no encryption") =>
        {
            format!("the server wants TLS: {}", url.tls.how_to_require())
        }
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            format!("check the user `{user}` and the password of the URL")
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => format!(
            "create it (createdb {name}) and let the application make its tables, or correct the name",
            name = config.get_dbname().unwrap_or_default()
        ),
        Some(&SqlState::TOO_MANY_CONNECTIONS) => {
            "close other connections, or raise max_connections".to_owned()
        }
        Some(_) => "see the server's log".to_owned(),
        None if reason.contains("does not support TLS") => url.tls.remedy_of_absence(),
        None if reason.contains("password") => {
            "the server wants a password: postgres://user:password@host:port/name".to_owned()
        }
        None => url
            .tls
            .remedy(error)
            .unwrap_or_else(|| "start the server, and check host and port of the URL".to_owned()),
    };
    SeedError::Connect {
        url: url.to_string(),
        reason,
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_the_question_mark_is_read_or_named() {
        for url in [
            "postgres://ann:p?w@127.0.0.1/shop?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
            "postgres://ann@127.0.0.1/shop?connect_timeout=3&sslmode=verify-full",
            "postgres://ann@127.0.0.1/shop?sslmode=verify-full&pool=5&channel_binding=require",
        ] {
            let (config, tls) = parse(url).expect("known");
            assert_eq!(config.get_dbname(), Some("shop"), "{url}");
            assert_eq!(tls.mode, Mode::VerifyFull, "{url}");
        }
        for (url, reason) in [
            (
                "postgres://ann:pw@h/shop?ssl_mode=require",
                "`ssl_mode` is not known: known are sslmode",
            ),
            (
                "postgres://ann:pw@h/shop?sslmode=on",
                "`sslmode` is one of disable",
            ),
            ("postgres://ann:pw@h/shop?port=x", "not of the form"),
        ] {
            let Err(error) = parse(url) else {
                panic!("{url} is accepted")
            };
            assert!(error.to_string().contains(reason), "{error}");
            assert!(!format!("{error:?}").contains("pw"), "{error:?}");
        }
    }

    #[test]
    fn sockets_are_never_wrapped() {
        let (_, tls) = parse("postgres://a@%2Ftmp%2Fsocket/shop?sslmode=require").expect("known");
        assert_eq!(tls.mode, Mode::Disable);
    }
}
