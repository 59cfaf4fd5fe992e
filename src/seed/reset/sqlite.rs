//! Snapshots of SQLite: a copy of the file by the backup interface, put back into the live file,
//! so that open connections see it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::TOO_SMALL;
use crate::clock::Clock;
use crate::seed::Database;
use crate::seed::database::open_sqlite;
use crate::seed::error::{SeedError, sqlite, sqlite_is_full};

/// How long a locked database is waited for.
const PATIENCE_US: u64 = 30_000_000;

/// Where the snapshot of a label lies: beside the database.
pub(in crate::seed) fn snapshot_path(database: &Path, label: &str) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(format!(".rehearsal-{label}"));
    database.with_file_name(name)
}

/// Copies the database beside itself. Another program may use it meanwhile.
pub(in crate::seed) fn snapshot(url: &Database, path: &Path, label: &str) -> Result<(), SeedError> {
    let target = snapshot_path(path, label);
    let mut unfinished = target.clone().into_os_string();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    let io = |source| SeedError::Read {
        path: unfinished.clone(),
        source,
    };
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(io)?;
    }
    let source = open_sqlite(url, path)?;
    let doing = "taking a snapshot";
    let copied = {
        let mut copy = Connection::open(&unfinished).map_err(failed(url, doing))?;
        run(url, &source, &mut copy, doing).and_then(|()| {
            copy.pragma_update(None, "journal_mode", "DELETE")
                .map_err(failed(url, doing))
        })
    };
    if copied.is_err() {
        // It is in the way of others, above all on a full disk; so is its journal, which a
        // connection that could not write leaves.
        let _goes_with_the_next = std::fs::remove_file(&unfinished);
        let mut journal = unfinished.clone().into_os_string();
        journal.push("-journal");
        let _there_may_be_none = std::fs::remove_file(journal);
    }
    copied?;
    std::fs::rename(&unfinished, &target).map_err(io)
}

/// Puts a snapshot back into the live file.
pub(in crate::seed) fn restore(url: &Database, path: &Path, label: &str) -> Result<(), SeedError> {
    let source = snapshot_path(path, label);
    if !source.exists() {
        return Err(SeedError::NoSnapshot {
            url: url.to_string(),
            label: label.to_owned(),
        });
    }
    let doing = "restoring a snapshot";
    let source = open_sqlite(url, &source)?;
    let mut live = open_sqlite(url, path)?;
    run(url, &source, &mut live, doing)?;
    // It is restored; where there is no room, its pages stay in the log until there is.
    if let Err(error) = live.execute_batch("PRAGMA wal_checkpoint(PASSIVE)") {
        tracing::warn!(%error, "the write-ahead log could not be moved into the file");
    }
    Ok(())
}

/// Wraps an error; a full disk is a refusal.
fn failed(url: &Database, doing: &str) -> impl FnOnce(rusqlite::Error) -> SeedError {
    move |error| {
        if sqlite_is_full(&error) {
            return SeedError::SnapshotRefused {
                url: url.to_string(),
                reason: format!("{TOO_SMALL}: {error}"),
            };
        }
        sqlite(doing)(error)
    }
}

fn run(
    url: &Database,
    from: &Connection,
    to: &mut Connection,
    doing: &str,
) -> Result<(), SeedError> {
    let clock = Clock::start();
    let backup = Backup::new(from, to).map_err(sqlite(doing))?;
    loop {
        match backup.step(-1).map_err(failed(url, doing))? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ if clock.now().0 > PATIENCE_US => {
                return Err(SeedError::Database {
                    doing: doing.to_owned(),
                    reason: "the database stayed locked by another program for 30 s".to_owned(),
                });
            }
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Removes snapshots that were taken before runs, all but one.
pub(in crate::seed) fn forget_others(path: &Path, label: &str) {
    let keep = snapshot_path(path, label);
    let prefix = snapshot_path(path, "")
        .file_name()
        .unwrap_or_default()
        .to_owned();
    let prefix = prefix.to_string_lossy().into_owned();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let Ok(entries) = std::fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let automatic = name
            .strip_prefix(&prefix)
            .is_some_and(|label| label.len() == 16 && label.bytes().all(|b| b.is_ascii_hexdigit()));
        if automatic
            && keep.file_name() != Some(&entry.file_name())
            && let Err(error) = std::fs::remove_file(entry.path())
        {
            tracing::warn!(path = %entry.path().display(), %error, "an old snapshot stays");
        }
    }
}
