//! Passwords of a column: few real pairs that its rows share.

use std::sync::OnceLock;

use crate::seed::SeedError;
use crate::seed::draw::Key;
use crate::seed::password::{self, Scheme};

/// Passwords that users share, hashed once.
#[derive(Debug)]
pub(in crate::seed) struct Pool {
    pub(in crate::seed) column: String,
    pub(in crate::seed) scheme: Scheme,
    pub(in crate::seed) key: Key,
    pub(in crate::seed) size: usize,
    hashes: OnceLock<Vec<String>>,
}

impl Pool {
    pub(in crate::seed) const fn new(
        column: String,
        scheme: Scheme,
        key: Key,
        size: usize,
    ) -> Self {
        Self {
            column,
            scheme,
            key,
            size,
            hashes: OnceLock::new(),
        }
    }

    /// Hash of a row's password.
    pub(in crate::seed) fn hash(&self, row: u64) -> &str {
        let hashes = self.hashes.get();
        let hashes = hashes.expect("invariant: pools are hashed before rows are computed");
        &hashes[(row % self.size as u64) as usize]
    }

    /// A row's password.
    pub(in crate::seed) fn plain(&self, row: u64) -> String {
        password::plain(self.key, (row % self.size as u64) as usize)
    }

    /// Takes the hashes of a pool of the same column, so that they are not made twice.
    pub(in crate::seed) fn share(&self, other: &Self) {
        if let Some(hashes) = other.hashes.get() {
            let _already_filled = self.hashes.set(hashes.clone());
        }
    }

    /// Hashes all passwords, once.
    pub(in crate::seed) fn fill(
        &self,
        threads: usize,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<(), SeedError> {
        if self.hashes.get().is_none() {
            let hashes = password::hash_pool(self.scheme, self.key, self.size, threads, done)?;
            let _already_filled = self.hashes.set(hashes);
        }
        Ok(())
    }
}
