//! Passwords and the hashes that real frameworks accept for them.
//!
//! Hashing is slow by design, so users share a pool of pairs, hashed once with the application's
//! own parameters: a cheap hash would change what a login costs, which is what is being measured.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha1::Digest as _;

use super::draw::Key;
use super::error::SeedError;

/// How the application stores passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// PHC string, as argon2-cffi, Spring and Rust's `argon2` write it.
    Argon2id {
        memory_kib: u32,
        iterations: u32,
        parallelism: u32,
    },
    /// `$2b$…` of Rails, Node, Python.
    Bcrypt { cost: u32 },
    /// `$2y$…` of PHP, Laravel, Symfony, `WordPress`: PHP's `password_get_info`, which Laravel
    /// asks, takes no other for bcrypt.
    PhpBcrypt { cost: u32 },
    /// `pbkdf2_sha256$…` of Django.
    DjangoPbkdf2 { iterations: u32 },
    /// `scrypt:32768:8:1$…` of Flask's Werkzeug.
    WerkzeugScrypt { log_n: u32, r: u32, p: u32 },
    /// `pbkdf2:sha256:…` of Flask's Werkzeug.
    WerkzeugPbkdf2 { iterations: u32 },
    /// `SHA1:…` without salt, as Tiny Tiny RSS reads it; it stores another form at the first login.
    TtrssSha1,
}

impl Scheme {
    /// Whether the parameters are ones that the algorithm has.
    pub(super) fn check(self) -> Result<(), String> {
        match self {
            Self::Argon2id {
                memory_kib,
                iterations,
                parallelism,
            } => argon2::Params::new(memory_kib, iterations, parallelism, None)
                .map(|_| ())
                .map_err(|error| format!("has parameters that argon2 refuses: {error}")),
            Self::Bcrypt { cost } | Self::PhpBcrypt { cost } if !(4..=31).contains(&cost) => {
                Err(format!("has cost {cost}; bcrypt knows 4 to 31"))
            }
            Self::WerkzeugScrypt { log_n, r, p } => scrypt_params(log_n, r, p).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// The most characters that a stored hash has.
    pub(super) const fn length(self) -> u32 {
        match self {
            // Name and version, three numbers, 22 characters of salt, 43 of hash, and signs.
            Self::Argon2id { .. } => 17 + 3 * 12 + 22 + 43 + 2,
            Self::Bcrypt { .. } | Self::PhpBcrypt { .. } => 60,
            Self::DjangoPbkdf2 { .. } => 14 + 10 + 16 + 44 + 2,
            Self::WerkzeugScrypt { .. } => 20 + 16 + 128 + 2,
            Self::WerkzeugPbkdf2 { .. } => 14 + 10 + 16 + 64 + 2,
            Self::TtrssSha1 => 45,
        }
    }

    /// Hashes a password with a salt of 16 bytes.
    fn hash(self, password: &str, salt: [u8; 16]) -> Result<String, String> {
        let bytes = password.as_bytes();
        Ok(match self {
            Self::Argon2id {
                memory_kib: m,
                iterations: t,
                parallelism: p,
            } => {
                let params = argon2::Params::new(m, t, p, None).map_err(|e| e.to_string())?;
                let hasher = argon2::Argon2::new(
                    argon2::Algorithm::Argon2id,
                    argon2::Version::V0x13,
                    params,
                );
                let mut hash = [0; 32];
                hasher
                    .hash_password_into(bytes, &salt, &mut hash)
                    .map_err(|e| e.to_string())?;
                let salt = STANDARD_NO_PAD.encode(salt);
                let hash = STANDARD_NO_PAD.encode(hash);
                format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}")
            }
            Self::Bcrypt { cost } => bcrypted(bytes, cost, salt, bcrypt::Version::TwoB)?,
            Self::PhpBcrypt { cost } => bcrypted(bytes, cost, salt, bcrypt::Version::TwoY)?,
            Self::DjangoPbkdf2 { iterations } => {
                let salt = letters(&salt);
                let hash = pbkdf2_sha256(bytes, salt.as_bytes(), iterations);
                format!(
                    "pbkdf2_sha256${iterations}${salt}${}",
                    STANDARD.encode(hash)
                )
            }
            Self::WerkzeugScrypt { log_n, r, p } => {
                let salt = letters(&salt);
                let mut hash = [0; 64];
                let params = scrypt_params(log_n, r, p)?;
                scrypt::scrypt(bytes, salt.as_bytes(), &params, &mut hash)
                    .map_err(|e| e.to_string())?;
                format!("scrypt:{}:{r}:{p}${salt}${}", 1_u64 << log_n, hex(&hash))
            }
            Self::WerkzeugPbkdf2 { iterations } => {
                let salt = letters(&salt);
                let hash = pbkdf2_sha256(bytes, salt.as_bytes(), iterations);
                format!("pbkdf2:sha256:{iterations}${salt}${}", hex(&hash))
            }
            Self::TtrssSha1 => format!("SHA1:{}", hex(&sha1::Sha1::digest(bytes))),
        })
    }
}

fn bcrypted(
    password: &[u8],
    cost: u32,
    salt: [u8; 16],
    version: bcrypt::Version,
) -> Result<String, String> {
    let hash = bcrypt::hash_with_salt(password, cost, salt).map_err(|e| e.to_string())?;
    Ok(hash.format_for_version(version))
}

fn scrypt_params(log_n: u32, r: u32, p: u32) -> Result<scrypt::Params, String> {
    let log_n = u8::try_from(log_n).map_err(|_| "has a `log_n` above 63".to_owned())?;
    scrypt::Params::new(log_n, r, p)
        .map_err(|error| format!("has parameters that scrypt refuses: {error}"))
}

fn pbkdf2_sha256(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut hash = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, iterations, &mut hash);
    hash
}

/// A salt as Django and Werkzeug write it: letters and digits.
fn letters(salt: &[u8; 16]) -> String {
    const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    salt.iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % 62]))
        .collect()
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("invariant: writing to a string");
            text
        })
}

/// The plain password of a pool's entry: long, with a capital, a digit and a sign, as sites ask.
pub(super) fn plain(key: Key, entry: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut draw = key.row(entry as u64);
    let mut password = String::from("Re-7");
    for _ in 0..12 {
        password.push(char::from(*draw.pick(ALPHABET)));
    }
    password
}

/// Hashes a pool on all cores. `done` is called with the number of finished hashes.
pub(super) fn hash_pool(
    scheme: Scheme,
    key: Key,
    size: usize,
    threads: usize,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<String>, SeedError> {
    let next = AtomicUsize::new(0);
    let finished = AtomicUsize::new(0);
    let hashes = Mutex::new(vec![Ok(String::new()); size]);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, size) {
            scope.spawn(|| {
                loop {
                    let entry = next.fetch_add(1, Ordering::Relaxed);
                    if entry >= size {
                        break;
                    }
                    let hash = scheme.hash(&plain(key, entry), salt(key, entry));
                    hashes.lock().unwrap_or_else(PoisonError::into_inner)[entry] = hash;
                    done(finished.fetch_add(1, Ordering::Relaxed) + 1);
                }
            });
        }
    });
    hashes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| SeedError::Hash {
            scheme: format!("{scheme:?}"),
            reason,
        })
}

fn salt(key: Key, entry: usize) -> [u8; 16] {
    let mut draw = key.child("salt").row(entry as u64);
    let bits = (u128::from(draw.bits()) << 64) | u128::from(draw.bits());
    bits.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{Argon2, PasswordHash, PasswordVerifier};

    fn pool(scheme: Scheme) -> (String, String) {
        let key = Key::of_seed(7).child("users.password");
        let hashes = hash_pool(scheme, key, 3, 2, &|_| ()).expect("hashes");
        let again = hash_pool(scheme, key, 3, 1, &|_| ()).expect("hashes");
        assert_eq!(hashes, again, "deterministic with any number of threads");
        assert_ne!(hashes[0], hashes[1]);
        assert!(hashes[0].len() <= scheme.length() as usize, "{}", hashes[0]);
        (plain(key, 1), hashes[1].clone())
    }

    #[test]
    fn argon2id_verifies() {
        let (password, hash) = pool(Scheme::Argon2id {
            memory_kib: 64,
            iterations: 2,
            parallelism: 1,
        });
        let parsed = PasswordHash::new(&hash).expect("PHC string");
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .expect("the password fits");
        Argon2::default()
            .verify_password(b"other", &parsed)
            .expect_err("another does not");
    }

    #[test]
    fn bcrypt_verifies() {
        for (scheme, start) in [
            (Scheme::Bcrypt { cost: 4 }, "$2b$04$"),
            (Scheme::PhpBcrypt { cost: 4 }, "$2y$04$"),
        ] {
            let (password, hash) = pool(scheme);
            assert!(hash.starts_with(start) && hash.len() == 60, "{hash}");
            assert!(bcrypt::verify(&password, &hash).expect("bcrypt string"));
            assert!(!bcrypt::verify("other", &hash).expect("bcrypt string"));
        }
    }

    #[test]
    fn derived_keys_agree_with_known_answers() {
        // RFC 7914, section 11: PBKDF2-HMAC-SHA-256 (P="passwd", S="salt", c=1), first 32 bytes.
        assert_eq!(
            hex(&pbkdf2_sha256(b"passwd", b"salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        );
        let (_, hash) = pool(Scheme::DjangoPbkdf2 { iterations: 2 });
        let parts: Vec<_> = hash.split('$').collect();
        assert_eq!(parts[..2], ["pbkdf2_sha256", "2"]);
        assert_eq!((parts[2].len(), parts[3].len()), (16, 44));
        let (_, hash) = pool(Scheme::WerkzeugScrypt {
            log_n: 4,
            r: 8,
            p: 1,
        });
        assert!(hash.starts_with("scrypt:16:8:1$"), "{hash}");
        assert_eq!(hash.rsplit('$').next().map(str::len), Some(128));
    }

    #[test]
    fn parameters_that_do_not_exist_are_refused() {
        assert!(Scheme::Bcrypt { cost: 3 }.check().is_err());
        let tiny = Scheme::Argon2id {
            memory_kib: 1,
            iterations: 1,
            parallelism: 1,
        };
        assert!(tiny.check().is_err());
    }
}
