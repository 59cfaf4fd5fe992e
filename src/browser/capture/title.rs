//! The title of a tab's document, told when it is another one. The browser does not tell of all
//! changes, so it is looked at whenever something happened.

use std::sync::Arc;
use std::time::Duration;

use super::What;
use super::tab::Tab;
use super::watch::Watch;

/// Pages set their titles a little after what they are about.
const SETTLES: Duration = Duration::from_millis(300);

/// Looks at it now, in the order of what is told.
pub(super) fn read(watch: &Arc<Watch>, tab: &Arc<Tab>) {
    let (looking, tab) = (watch.clone(), tab.clone());
    watch
        .outbox
        .tell_later(async move { changed(&looking, &tab).await });
}

/// Looks at it when things have settled.
pub(super) fn read_soon(watch: &Arc<Watch>, tab: &Arc<Tab>) {
    let mut state = tab.state();
    state.titled += 1;
    let turn = state.titled;
    drop(state);
    let (watch, tab) = (watch.clone(), tab.clone());
    tokio::spawn(async move {
        tokio::time::sleep(SETTLES).await;
        if tab.state().titled != turn {
            return;
        }
        if let Some(what) = changed(&watch, &tab).await {
            watch.outbox.tell(what);
        }
    });
}

async fn changed(watch: &Watch, tab: &Tab) -> Option<What> {
    let frame = tab.page.main_frame();
    let title = frame.evaluate("() => document.title", &[]).await;
    let title = title.ok()?.as_str()?.to_owned();
    let mut state = tab.state();
    if title == state.title {
        return None;
    }
    title.clone_into(&mut state.title);
    drop(state);
    if let Some(remote) = &watch.remote {
        remote.show_tabs(watch);
    }
    Some(What::Titled {
        tab: tab.number,
        title,
    })
}
