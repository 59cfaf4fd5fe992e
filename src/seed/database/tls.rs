//! TLS to a server: what a URL asks for, whom it trusts, and what to do when a certificate does
//! not please. The modes are libpq's; the words of MySQL mean the same. Never touches a socket.

mod verifier;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mysql_async::SslOpts;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use verifier::Verifier;

/// How much TLS is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Disable,
    /// Only when the server insists.
    Allow,
    /// When the server has it.
    Prefer,
    /// Always, with whomever.
    Require,
    /// Always, with a server whose certificate an authority signed.
    VerifyCa,
    /// And that is for the host of the URL.
    VerifyFull,
}

/// What a kind of servers calls these things.
pub(super) struct Words {
    pub(super) mode: &'static str,
    pub(super) authority: &'static str,
    modes: &'static [(&'static str, Mode)],
    turn_on: &'static str,
}

pub(super) const POSTGRES: Words = Words {
    mode: "sslmode",
    authority: "sslrootcert",
    modes: &[
        ("disable", Mode::Disable),
        ("allow", Mode::Allow),
        ("prefer", Mode::Prefer),
        ("require", Mode::Require),
        ("verify-ca", Mode::VerifyCa),
        ("verify-full", Mode::VerifyFull),
    ],
    turn_on: "`ssl = on` in postgresql.conf, with ssl_cert_file and ssl_key_file",
};

pub(super) const MYSQL: Words = Words {
    mode: "ssl-mode",
    authority: "ssl-ca",
    modes: &[
        ("DISABLED", Mode::Disable),
        ("PREFERRED", Mode::Prefer),
        ("REQUIRED", Mode::Require),
        ("VERIFY_CA", Mode::VerifyCa),
        ("VERIFY_IDENTITY", Mode::VerifyFull),
    ],
    turn_on: "ssl_cert and ssl_key in the server's configuration",
};

impl Words {
    fn read(&self, word: &str) -> Result<Mode, String> {
        let plain = |word: &str| word.to_lowercase().replace('_', "-");
        // Drivers of either kind write the words of the other.
        let known = POSTGRES.modes.iter().chain(MYSQL.modes);
        let found = known
            .clone()
            .find(|(known, _)| plain(known) == plain(word))
            .map(|(_, mode)| *mode);
        found.ok_or_else(|| {
            let list: Vec<&str> = self.modes.iter().map(|(word, _)| *word).collect();
            format!("`{}` is one of {}", self.mode, list.join(", "))
        })
    }

    /// `sslmode=require`, as a URL has it.
    fn option(&self, wanted: Mode) -> String {
        let found = self.modes.iter().find(|(_, mode)| *mode == wanted);
        format!("{}={}", self.mode, found.map_or("", |(word, _)| word))
    }
}

/// What was asked for, as text, before it is understood.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) mode: Option<String>,
    pub(super) authority: Option<String>,
}

/// How to protect a connection.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) mode: Mode,
    /// File with certificates of the authorities to trust; the system's when absent.
    authority: Option<PathBuf>,
    words: &'static Words,
    /// The server has none.
    absent: Arc<AtomicBool>,
}

impl Tls {
    /// Of a file.
    pub(super) fn none() -> Self {
        Self {
            mode: Mode::Disable,
            authority: None,
            words: &POSTGRES,
            absent: Arc::default(),
        }
    }

    /// Of what a URL says, and of what the environment says where the URL does not.
    pub(super) fn read(
        words: &'static Words,
        url: Asked,
        environment: Asked,
    ) -> Result<Self, String> {
        let named = url.authority.is_some();
        let asked = url.mode.or(environment.mode);
        let asked = asked.map(|word| words.read(&word)).transpose()?;
        let authority = url.authority.or(environment.authority);
        let system = authority.as_deref() == Some("system");
        let mode = match asked {
            // As libpq: who trusts all authorities of the system must look at the name.
            None if system => Mode::VerifyFull,
            Some(weak) if system && weak != Mode::VerifyFull => {
                return Err(format!(
                    "`{}=system` is of use with {} only",
                    words.authority,
                    words.option(Mode::VerifyFull)
                ));
            }
            // Who names an authority wants it asked.
            None if named => Mode::VerifyCa,
            Some(Mode::Require) if authority.is_some() => Mode::VerifyCa,
            None => Mode::Prefer,
            Some(mode) => mode,
        };
        Ok(Self {
            mode,
            authority: authority.filter(|_| !system).map(PathBuf::from),
            words,
            absent: Arc::default(),
        })
    }

    /// For tokio-postgres.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, String> {
        let provider = Arc::new(ring::default_provider());
        let said = |error: &dyn Error| format!("TLS cannot be set up: {error}");
        let chain = if self.is_checked() {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(self.authorities()?);
            let verifier =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .build();
            Some(verifier.map_err(|error| said(&error))?)
        } else {
            None
        };
        let verifier = Verifier {
            chain,
            is_name_checked: self.mode == Mode::VerifyFull,
            provider: Arc::clone(&provider),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| said(&error))?;
        let mut config = config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        // `sslnegotiation=direct` asks for it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }

    /// For `mysql_async`.
    pub(super) fn options(&self) -> Result<SslOpts, String> {
        // The driver takes the process's; an earlier one is as good.
        let _there_already = ring::default_provider().install_default();
        let options = SslOpts::default();
        if !self.is_checked() {
            return Ok(options.with_danger_accept_invalid_certs(true));
        }
        let authorities = self.authorities()?.into_iter();
        let options = options
            .with_root_certs(authorities.map(|one| one.to_vec().into()).collect())
            .with_disable_built_in_roots(true);
        if self.mode == Mode::VerifyFull {
            return Ok(options);
        }
        // The driver (0.37) knows a wrong name by this word in rustls's message, which has it no
        // longer, but repeats the name that was expected.
        Ok(options
            .with_danger_skip_domain_validation(true)
            .with_danger_tls_hostname_override(Some("NotValidForName")))
    }

    fn is_checked(&self) -> bool {
        matches!(self.mode, Mode::VerifyCa | Mode::VerifyFull)
    }

    /// Certificates of the authorities to trust.
    fn authorities(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let Some(path) = &self.authority else {
            let mut found = rustls_native_certs::load_native_certs().certs;
            found.retain(is_readable);
            if found.is_empty() {
                return Err(format!(
                    "this machine has no store of authorities (Debian: ca-certificates): name one \
                     in the URL, {}=FILE",
                    self.words.authority
                ));
            }
            return Ok(found);
        };
        let refused = |reason: String| {
            let (path, word) = (path.display(), self.words.authority);
            format!("`{path}` ({word}) {reason}")
        };
        let read = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| refused(format!("cannot be read: {error}")))?;
        if read.is_empty() || !read.iter().all(is_readable) {
            let reason = "is no file of certificates (-----BEGIN CERTIFICATE-----)";
            return Err(refused(reason.to_owned()));
        }
        Ok(read)
    }

    /// What to do about a connection that TLS was the end of.
    pub(super) fn remedy(&self, error: &(dyn Error + 'static)) -> Option<String> {
        let words = self.words;
        let unchecked = words.option(Mode::Require);
        Some(match cause(error)? {
            rustls::Error::InvalidCertificate(reason) => match reason {
                // The latter of an authority with the same name.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => format!(
                    "no authority that is trusted signed the server's certificate: name the right \
                     one in the URL ({}=FILE; hosting services have it for download), or encrypt \
                     without checking ({unchecked} alone)",
                    words.authority
                ),
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => format!(
                    "the server's certificate is for other names: write one of them as the host of \
                     the URL, or check the authority alone ({})",
                    words.option(Mode::VerifyCa)
                ),
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => format!(
                    "renew the server's certificate, check this machine's clock, or encrypt \
                     without checking ({unchecked} alone)"
                ),
                _ => format!(
                    "give the server a certificate of version 3 that an authority signed (and that \
                     is no authority's itself), or encrypt without checking ({unchecked} alone)"
                ),
            },
            rustls::Error::AlertReceived(
                AlertDescription::CertificateRequired | AlertDescription::BadCertificate,
            ) => "the server wants a certificate of the client, which is not supported: let it \
                  take the password"
                .to_owned(),
            _ => format!(
                "let the server speak TLS 1.2 or newer, or go without, where nobody listens ({})",
                words.option(Mode::Disable)
            ),
        })
    }

    /// What to do about a server that has no TLS, or wants it.
    pub(super) fn remedy_of_absence(&self) -> String {
        let words = self.words;
        format!(
            "turn it on at the server ({}), or go without, where nobody listens ({})",
            words.turn_on,
            words.option(Mode::Disable)
        )
    }

    /// What to do about a server, or an account, that refuses connections without TLS.
    pub(super) fn how_to_require(&self) -> String {
        format!("write {} into the URL", self.words.option(Mode::Require))
    }

    /// Whether the server said before that it has no TLS. A driver that learns it too late would
    /// have to connect twice each time, and the server to note the first as broken off.
    pub(super) fn is_absent(&self) -> bool {
        self.absent.load(Ordering::Relaxed)
    }

    /// Remembers that the server has no TLS.
    pub(super) fn note_absence(&self) {
        self.absent.store(true, Ordering::Relaxed);
    }
}

/// What rustls said, under the frames around it.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = error.downcast_ref::<rustls::Error>() {
        return Some(found);
    }
    // An I/O error's source is the source of what it holds.
    let held = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    match held {
        Some(held) => cause(held),
        None => cause(error.source()?),
    }
}

fn is_readable(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mode: Option<&str>, authority: Option<&str>) -> Result<Mode, String> {
        let asked = Asked {
            mode: mode.map(str::to_owned),
            authority: authority.map(str::to_owned),
        };
        Tls::read(&POSTGRES, asked, Asked::default()).map(|tls| tls.mode)
    }

    #[test]
    fn modes_are_those_of_libpq_and_mysql() {
        assert_eq!(read(None, None), Ok(Mode::Prefer));
        assert_eq!(read(Some("require"), None), Ok(Mode::Require));
        assert_eq!(read(Some("REQUIRED"), None), Ok(Mode::Require));
        assert_eq!(read(Some("verify_identity"), None), Ok(Mode::VerifyFull));
        // An authority that is named is asked.
        assert_eq!(read(None, Some("ca.pem")), Ok(Mode::VerifyCa));
        assert_eq!(read(Some("require"), Some("ca.pem")), Ok(Mode::VerifyCa));
        assert_eq!(read(Some("prefer"), Some("ca.pem")), Ok(Mode::Prefer));
        assert_eq!(read(None, Some("system")), Ok(Mode::VerifyFull));
        let weak = read(Some("require"), Some("system")).expect_err("weak");
        assert!(weak.contains("sslmode=verify-full"), "{weak}");
        let unknown = read(Some("yes"), None).expect_err("unknown");
        assert!(unknown.contains("disable, allow, prefer"), "{unknown}");
    }

    #[test]
    fn the_environment_speaks_where_the_url_is_silent() {
        let asked = |mode: Option<&str>, authority: Option<&str>| Asked {
            mode: mode.map(str::to_owned),
            authority: authority.map(str::to_owned),
        };
        let check = |url, environment, mode| {
            let tls = Tls::read(&POSTGRES, url, environment).expect("known");
            assert_eq!(tls.mode, mode);
        };
        let verify = || asked(Some("verify-full"), Some("ca.pem"));
        check(asked(None, None), verify(), Mode::VerifyFull);
        check(asked(Some("disable"), None), verify(), Mode::Disable);
        // A file that is there for other programs asks for nothing by itself.
        check(asked(None, None), asked(None, Some("ca.pem")), Mode::Prefer);
    }

    #[test]
    fn an_authority_that_cannot_be_read_is_named() {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        std::fs::write(file.path(), "no certificate").expect("written");
        for (path, reason) in [
            (
                file.path().display().to_string(),
                "is no file of certificates",
            ),
            ("/nowhere/ca.pem".to_owned(), "cannot be read"),
        ] {
            let asked = Asked {
                mode: None,
                authority: Some(path.clone()),
            };
            let tls = Tls::read(&MYSQL, asked, Asked::default()).expect("known");
            for said in [tls.options().err(), tls.connector().err()] {
                let said = said.expect("refused");
                assert!(said.contains(&path) && said.contains(reason), "{said}");
            }
        }
    }
}
