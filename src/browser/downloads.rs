//! Files that a user's pages download: which ones a step started, how far they are, whether they
//! are what the step expects.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::cdp::Event;
use crate::flow::Download;

/// Downloads of one user since its current step began.
#[derive(Debug, Default)]
pub(crate) struct Downloads {
    book: Mutex<Vec<Item>>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    /// Chromium's id of it, and the name of the file on disk.
    id: String,
    /// File name that the site suggests.
    name: String,
    state: State,
    bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Complete,
    Cancelled,
}

impl Downloads {
    /// A step begins: earlier downloads are none of its business.
    pub(crate) fn begin(&self) {
        self.book().clear();
    }

    /// Folds `downloadWillBegin` and `downloadProgress`, which both the tab and the browser tell.
    pub(super) fn fold(&self, name: &str, event: &Event) {
        let id = event.str("/guid").unwrap_or_default();
        let mut book = self.book();
        let known = book.iter_mut().find(|item| item.id == id);
        match (name, known) {
            ("downloadWillBegin", None) => book.push(Item {
                id: id.to_owned(),
                name: event
                    .str("/suggestedFilename")
                    .unwrap_or_default()
                    .to_owned(),
                state: State::Running,
                bytes: 0,
            }),
            ("downloadProgress", Some(item)) if item.state == State::Running => {
                item.bytes = event.f64("/receivedBytes").unwrap_or_default() as u64;
                item.state = match event.str("/state") {
                    Some("completed") => State::Complete,
                    Some("canceled") => State::Cancelled,
                    _ => State::Running,
                };
            }
            _ => return,
        }
        drop(book);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Waits until a download like this one is complete.
    ///
    /// # Errors
    /// That there is none, or what it is instead.
    pub(crate) async fn complete(&self, wanted: &Download, within: Duration) -> Result<(), String> {
        let mut changed = self.changed.subscribe();
        let ended = changed.wait_for(|_| self.verdict(wanted).is_ok());
        let _late = tokio::time::timeout(within, ended).await.is_err();
        self.verdict(wanted)
    }

    /// What is missing, if anything is.
    fn verdict(&self, wanted: &Download) -> Result<(), String> {
        let book = self.book();
        let pattern = wanted.name.as_deref().unwrap_or("*");
        let expected = match &wanted.name {
            Some(name) => format!("expected a download named `{name}`"),
            None => "expected a download".to_owned(),
        };
        if book.is_empty() {
            return Err(format!("{expected}, none started"));
        }
        let least = wanted.at_least_bytes.unwrap_or(0);
        let mut problem = None;
        for item in book.iter() {
            let Item { name, bytes, .. } = item;
            let mistake = match item.state {
                _ if !is_like(pattern, name) => format!("{expected}, and `{name}` came"),
                State::Running => {
                    format!("the download `{name}` has not ended, {bytes} bytes came")
                }
                State::Cancelled => format!("the download `{name}` broke off after {bytes} bytes"),
                State::Complete if *bytes < least => format!(
                    "the download `{name}` has {bytes} bytes, and at least {least} were expected"
                ),
                State::Complete => return Ok(()),
            };
            problem.get_or_insert(mistake);
        }
        problem.map_or(Ok(()), Err)
    }

    fn book(&self) -> MutexGuard<'_, Vec<Item>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a name is like a pattern in which `*` stands for any part.
fn is_like(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(start) else {
        return false;
    };
    let parts: Vec<&str> = rest.split('*').collect();
    let Some((end, middle)) = parts.split_last() else {
        return true;
    };
    for part in middle {
        let Some(at) = name.find(part) else {
            return false;
        };
        name = &name[at + part.len()..];
    }
    name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stars_stand_for_any_part() {
        for (pattern, name, like) in [
            ("*", "a.pdf", true),
            ("a.pdf", "a.pdf", true),
            ("a.pdf", "b.pdf", false),
            ("invoice-*.pdf", "invoice-17.pdf", true),
            ("invoice-*.pdf", "invoice-17.txt", false),
            ("*17*", "invoice-17.pdf", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
        ] {
            assert_eq!(is_like(pattern, name), like, "{pattern} {name}");
        }
    }

    #[tokio::test]
    async fn a_download_is_told_as_far_as_it_is() {
        let downloads = Downloads::default();
        let any = Download::default();
        let text = |result: Result<(), String>| result.unwrap_err();
        let verdict = downloads.complete(&any, Duration::ZERO).await;
        assert_eq!(text(verdict), "expected a download, none started");
        let event = |params| Event {
            params,
            ..Event::default()
        };
        let begin = event(json!({"guid": "g", "suggestedFilename": "a.pdf"}));
        downloads.fold("downloadWillBegin", &begin);
        let verdict = downloads.complete(&any, Duration::ZERO).await;
        assert_eq!(
            text(verdict),
            "the download `a.pdf` has not ended, 0 bytes came"
        );
        let end = event(json!({"guid": "g", "receivedBytes": 5.0, "state": "completed"}));
        downloads.fold("downloadProgress", &end);
        assert_eq!(downloads.complete(&any, Duration::ZERO).await, Ok(()));
        let larger = Download {
            at_least_bytes: Some(6),
            ..Download::default()
        };
        let verdict = downloads.complete(&larger, Duration::ZERO).await;
        assert_eq!(
            text(verdict),
            "the download `a.pdf` has 5 bytes, and at least 6 were expected"
        );
    }
}
