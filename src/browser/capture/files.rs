//! Where the files are that the person gave to a page: a page knows their names only.

use std::path::PathBuf;

use serde_json::json;

use super::tab::Tab;
use super::{PageEvent, Report};
use crate::browser::frame::Frame;

/// The report of files with their real places, where the browser says them.
pub(super) async fn located(tab: &Tab, frame: &str, mut report: Report) -> Report {
    let number = report.number;
    if let (PageEvent::Files { files, .. }, Some(frame)) =
        (&mut report.event, tab.page.frame(frame))
    {
        for (index, file) in files.iter_mut().enumerate() {
            if let Some(path) = place(&frame, number, index).await {
                *file = path;
            }
        }
    }
    report
}

async fn place(frame: &Frame, number: u64, index: usize) -> Option<PathBuf> {
    let file = format!("rehearsal.fileOf({number}, {index})");
    let object = frame.handle(&file).await.ok()?;
    let info = json!({"objectId": object});
    let info = frame.session().call_raw("DOM.getFileInfo", info).await;
    let path = info.ok()?["path"].as_str()?.to_owned();
    (!path.is_empty()).then(|| path.into())
}
