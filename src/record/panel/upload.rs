//! Files that a person gives to the page, brought to this machine. In a temporary folder, which
//! goes with the panel.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use super::hub::Hub;

/// Largest file that can be uploaded, bytes.
pub const FILE_LIMIT: u64 = 100 * 1024 * 1024;

/// Longest file name that file systems take, bytes.
const NAME_LIMIT: usize = 200;

#[derive(Debug)]
pub(super) struct Uploads {
    folder: TempDir,
    files: Mutex<BTreeMap<u32, PathBuf>>,
}

impl Uploads {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            folder: tempfile::Builder::new()
                .prefix("rehearsal-files-")
                .tempdir()?,
            files: Mutex::default(),
        })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the files with these numbers are.
    pub(super) fn find(&self, numbers: &[u32]) -> Vec<PathBuf> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let found = numbers.iter().filter_map(|number| files.get(number));
        found.cloned().collect()
    }

    /// A place for a file of this name: a folder of its own, so that equal names do not meet.
    async fn place(&self, name: &str) -> io::Result<(u32, PathBuf)> {
        let number = {
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            let number = files.keys().last().copied().unwrap_or(0) + 1;
            files.insert(number, PathBuf::new());
            number
        };
        let folder = self.folder.path().join(number.to_string());
        tokio::fs::create_dir(&folder).await?;
        Ok((number, folder.join(plain(name))))
    }

    fn keep(&self, number: u32, path: PathBuf) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(number, path);
    }
}

/// What is said of a file besides its bytes.
#[derive(Deserialize)]
pub(super) struct About {
    name: String,
}

/// `POST files?name=…`: the body is the file; the answer is its number.
pub(super) async fn take(
    State(hub): State<Arc<Hub>>,
    Query(about): Query<About>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(uploads) = &hub.uploads else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let told = headers.get(header::CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > FILE_LIMIT) {
        return too_large();
    }
    match store(uploads, &about.name, body).await {
        Ok(Some(number)) => number.to_string().into_response(),
        Ok(None) => too_large(),
        Err(error) => {
            let said = format!("The file could not be kept: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, said).into_response()
        }
    }
}

/// The file's number; none when it is too large, and gone then.
async fn store(uploads: &Uploads, name: &str, body: Body) -> io::Result<Option<u32>> {
    let (number, path) = uploads.place(name).await?;
    let mut file = tokio::fs::File::create(&path).await?;
    let mut stream = body.into_data_stream();
    let mut size = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(io::Error::other)?;
        size += chunk.len() as u64;
        if size > FILE_LIMIT {
            tokio::fs::remove_file(&path).await?;
            return Ok(None);
        }
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    uploads.keep(number, path);
    Ok(Some(number))
}

fn too_large() -> Response {
    let limit = FILE_LIMIT / 1024 / 1024;
    let said = format!("The file is larger than {limit} MB, which is the limit.");
    (StatusCode::PAYLOAD_TOO_LARGE, said).into_response()
}

/// A name that stays in its folder on any system.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut kept: String = last.chars().filter(|c| !c.is_control()).collect();
    while kept.len() > NAME_LIMIT {
        // From the front: the end says what kind of file it is.
        kept.remove(0);
    }
    match kept.as_str() {
        "" | "." | ".." => "file".to_owned(),
        _ => kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        assert_eq!(plain("photo.jpg"), "photo.jpg");
        assert_eq!(plain("../../etc/passwd"), "passwd");
        assert_eq!(plain("C:\\me\\photo.jpg"), "photo.jpg");
        assert_eq!(plain(".."), "file");
        assert_eq!(plain("a/"), "file");
        assert_eq!(plain("a\0b\n"), "ab");
        let long = format!("{}.pdf", "é".repeat(300));
        assert!(plain(&long).len() <= NAME_LIMIT && plain(&long).ends_with("é.pdf"));
    }
}
