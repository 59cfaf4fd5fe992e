//! Certificates for servers with TLS: an authority, a server's certificate for `localhost`, and an
//! authority that signed nothing. New ones for each test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// Files of certificates and keys in PEM.
pub(crate) struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// Makes them, beside other files; `give` hands all to the user that the server runs as.
    pub(crate) fn new(give: fn(&Path), others: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rehearsal-tls-")
            .tempdir()
            .unwrap();
        let certificates = Self { folder };
        let authority = authority("Rehearsal's tests");
        certificates.write("authority.pem", &authority.pem());
        certificates.write("stranger.pem", &self::authority("Somebody else").pem());
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let server = server.signed_by(&key, &authority).unwrap();
        certificates.write("server.pem", &server.pem());
        certificates.write("server.key", &key.serialize_pem());
        for (name, text) in others {
            certificates.write(name, text);
        }
        give(certificates.folder.path());
        certificates
    }

    /// Path of `authority.pem`, `stranger.pem`, `server.pem`, `server.key`, or another file.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Writes a file that the server reads.
    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}
