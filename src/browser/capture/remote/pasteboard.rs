//! The clipboard. What is pasted is copied first on a page of our own that nobody sees, so that the
//! recorded page hears of a paste and of nothing else.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Remote, keys};
use crate::browser::capture::Typed;
use crate::browser::capture::tab::Tab;
use crate::browser::capture::watch::Watch;
use crate::browser::cdp::{Notice, Session};

/// How long the page of ours may take to be there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two looks whether it is.
const SOON: Duration = Duration::from_millis(20);

/// How often copying is tried.
const TRIES: u32 = 100;

/// A page of ours in a browser context of its own.
#[derive(Debug)]
pub(super) struct Pasteboard {
    session: Session,
    _notices: mpsc::UnboundedReceiver<Notice>,
}

/// Pastes into what has the focus.
pub(super) async fn paste(
    remote: &Remote,
    watch: &Watch,
    tab: &Tab,
    text: &Typed,
    html: Option<&str>,
) -> Result<(), String> {
    let mut board = remote.pasteboard.lock().await;
    if board.is_none() {
        *board = Pasteboard::open(watch).await;
        // It must not have taken the place of the page.
        tab.page.session().send("Page.bringToFront", json!({}));
    }
    let copied = match board.as_ref() {
        Some(board) => board.copy(text, html).await,
        None => false,
    };
    if !copied {
        return Err("the browser's clipboard could not be used".to_owned());
    }
    let session = tab.page.session();
    let held = remote.state().held.iter().any(|key| key == "Control");
    let control = |kind, modifiers| keys::event(kind, "Control", "ControlLeft", 17, modifiers);
    if !held {
        session.send("Input.dispatchKeyEvent", control("rawKeyDown", 2));
    }
    keys::strike(session, "v", "KeyV", 86, 2);
    if !held {
        let up = session.call_raw("Input.dispatchKeyEvent", control("keyUp", 0));
        let _handled = up.await;
    }
    Ok(())
}

impl Pasteboard {
    async fn open(watch: &Watch) -> Option<Self> {
        let browser = watch.wire.browser();
        let context = json!({"disposeOnDetach": true});
        let context = browser.call_raw("Target.createBrowserContext", context);
        let context = context.await.ok()?["browserContextId"].as_str()?.to_owned();
        let (inbox, mut notices) = mpsc::unbounded_channel();
        watch.wire.adopt(&context, inbox);
        let target = json!({"url": "about:blank", "browserContextId": context, "newWindow": true});
        let created = browser.call_raw("Target.createTarget", target);
        let attached = async {
            while let Some(notice) = notices.recv().await {
                if let Notice::Attached { session, .. } = notice {
                    session.send("Runtime.runIfWaitingForDebugger", json!({}));
                    // Nothing can be copied on a page without the focus.
                    let focus = json!({"enabled": true});
                    session.send("Emulation.setFocusEmulationEnabled", focus);
                    return Some(session);
                }
            }
            None
        };
        let both = async { futures::join!(created, attached) };
        let (created, session) = tokio::time::timeout(PATIENCE, both).await.ok()?;
        if let Err(error) = created {
            tracing::warn!(%error, "no page for the clipboard");
        }
        let session = session?;
        let complete = async {
            while !is_complete(&session).await {
                tokio::time::sleep(SOON).await;
            }
        };
        tokio::time::timeout(PATIENCE, complete).await.ok()?;
        Some(Self {
            session,
            _notices: notices,
        })
    }

    /// Puts texts on the clipboard.
    async fn copy(&self, text: &Typed, html: Option<&str>) -> bool {
        const COPY: &str = "(texts) => {
            let done = false;
            // Else there is nothing to copy, and nobody is asked.
            const enable = (event) => event.preventDefault();
            document.addEventListener('beforecopy', enable, { once: true });
            document.addEventListener('copy', (event) => {
                event.preventDefault();
                for (const [format, text] of Object.entries(texts)) event.clipboardData.setData(format, text);
                done = true;
            }, { once: true });
            document.execCommand('copy');
            return done;
        }";
        let mut texts = json!({"text/plain": text.0});
        if let Some(html) = html {
            texts["text/html"] = json!(html);
        }
        let call = json!({"expression": format!("({COPY})({texts})"), "userGesture": true,
            "returnByValue": true});
        // A page that was just opened may not know yet that it has the focus.
        for _ in 0..TRIES {
            let copied = self
                .session
                .call_raw("Runtime.evaluate", call.clone())
                .await;
            match copied {
                Ok(copied) if copied["result"]["value"] == Value::Bool(true) => return true,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "nothing could be copied"),
            }
            tokio::time::sleep(SOON).await;
        }
        false
    }
}

/// Whether a new page has its document: it begins with one that has no body, which goes again.
async fn is_complete(session: &Session) -> bool {
    const COMPLETE: &str = "Boolean(document.body) && document.readyState === 'complete'";
    let look = json!({"expression": COMPLETE, "returnByValue": true});
    let seen = session.call_raw("Runtime.evaluate", look).await;
    seen.is_ok_and(|seen| seen["result"]["value"] == Value::Bool(true))
}
