//! File choosers: their window would be seen by nobody, so the person chooses elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Remote;
use crate::browser::capture::Shown;
use crate::browser::capture::watch::Watch;
use crate::browser::cdp::{Event, Session};

/// A chooser that waits for files.
#[derive(Debug, Clone)]
pub(super) struct Chooser {
    session: Session,
    /// Its field; none when a script asked for files in another way.
    node: Option<i64>,
    multiple: bool,
}

/// A page waits for files.
pub(super) fn opened(watch: &Arc<Watch>, event: &Event, session: &Session) {
    let chooser = Chooser {
        session: session.clone(),
        node: event.params["backendNodeId"].as_i64(),
        multiple: event.str("/mode") == Some("selectMultiple"),
    };
    let watch = watch.clone();
    tokio::spawn(async move {
        let Some(remote) = &watch.remote else {
            return;
        };
        let accept = chooser.accept().await.unwrap_or_default();
        let multiple = chooser.multiple;
        remote.state().chooser = Some(chooser);
        remote.screen.show(Shown::Chooser { multiple, accept });
    });
}

/// Gives the chooser files, or none.
pub(super) async fn give(remote: &Remote, files: &[PathBuf]) -> Result<(), String> {
    let chooser = remote.state().chooser.take();
    remote.close();
    let chooser = chooser.ok_or("the page waits for no files any more")?;
    if files.is_empty() {
        return Ok(());
    }
    if files.len() > 1 && !chooser.multiple {
        return Err("the page takes one file only".to_owned());
    }
    let Some(node) = chooser.node else {
        return Err(
            "the page asks for files with `showOpenFilePicker`, to which no browser lets anything \
             but its own window give any"
                .to_owned(),
        );
    };
    let files = json!({"files": files, "backendNodeId": node});
    let given = chooser.session.call_raw("DOM.setFileInputFiles", files);
    given.await.map_err(|error| error.to_string())?;
    Ok(())
}

impl Chooser {
    /// The field's `accept`.
    async fn accept(&self) -> Option<String> {
        let node = json!({"backendNodeId": self.node?});
        let answer = self.session.call_raw("DOM.describeNode", node).await.ok()?;
        let attributes = answer["node"]["attributes"].as_array()?;
        let mut pairs = attributes.chunks_exact(2);
        let accept = pairs.find(|pair| pair[0] == "accept")?;
        accept.get(1).and_then(Value::as_str).map(str::to_owned)
    }
}
