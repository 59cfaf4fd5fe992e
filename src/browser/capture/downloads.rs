//! Files that pages make the browser download.

use std::collections::HashMap;

use super::What;
use crate::browser::cdp::Event;

/// Downloads that have not ended, by Chromium's id.
#[derive(Debug, Default)]
pub(super) struct Downloads {
    running: HashMap<String, (usize, String)>,
}

impl Downloads {
    /// Folds `downloadWillBegin` and `downloadProgress`, which a tab tells, and the browser too.
    pub(super) fn fold(&mut self, name: &str, event: &Event, tab: Option<usize>) -> Option<What> {
        let id = event.str("/guid")?;
        match (name, tab) {
            ("downloadWillBegin", Some(tab)) if !self.running.contains_key(id) => {
                let name = event.str("/suggestedFilename").unwrap_or_default();
                self.running.insert(id.to_owned(), (tab, name.to_owned()));
                Some(What::Download {
                    tab,
                    name: name.to_owned(),
                })
            }
            ("downloadProgress", _) => match event.str("/state") {
                Some("completed") => {
                    let (tab, name) = self.running.remove(id)?;
                    let bytes = event.f64("/receivedBytes").unwrap_or_default() as u64;
                    Some(What::Downloaded { tab, name, bytes })
                }
                Some("canceled") => {
                    self.running.remove(id);
                    None
                }
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_download_is_told_once_whoever_tells_of_it() {
        let mut downloads = Downloads::default();
        let event = |params| Event {
            params,
            ..Event::default()
        };
        let begin = event(json!({"guid": "1", "suggestedFilename": "a.pdf"}));
        let name = "a.pdf".to_owned();
        let began = What::Download { tab: 3, name };
        assert_eq!(
            downloads.fold("downloadWillBegin", &begin, Some(3)),
            Some(began)
        );
        assert_eq!(downloads.fold("downloadWillBegin", &begin, Some(3)), None);
        let end = event(json!({"guid": "1", "state": "completed", "receivedBytes": 12}));
        let ended = What::Downloaded {
            tab: 3,
            name: "a.pdf".to_owned(),
            bytes: 12,
        };
        assert_eq!(downloads.fold("downloadProgress", &end, None), Some(ended));
        assert_eq!(downloads.fold("downloadProgress", &end, Some(3)), None);
    }
}
