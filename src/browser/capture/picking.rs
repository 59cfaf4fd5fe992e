//! Picking an element: the browser's own inspect mode, which changes nothing in the page and keeps
//! the press from it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};

use super::tab::Tab;
use super::watch::Watch;
use super::{Element, Reading, What, address};
use crate::browser::cdp::{Event, Session};
use crate::browser::frame::Frame;

/// How long a busy page is waited for.
const BUSY: Duration = Duration::from_secs(2);

/// Begins or ends picking in all tabs and frames, and waits until they know.
pub(super) async fn set(watch: &Watch, on: bool) {
    if watch.set_picking(on) == on {
        return;
    }
    let sessions = watch.sessions();
    for session in &sessions {
        if on {
            begin(session);
        } else {
            end(session);
        }
    }
    let known = sessions
        .iter()
        .map(|session| session.call_within("Page.getFrameTree", json!({}), BUSY));
    let _known = join_all(known).await;
}

/// Begins picking in one session.
pub(super) fn begin(session: &Session) {
    session.send("DOM.enable", json!({}));
    session.send("Overlay.enable", json!({}));
    let colour = |r: u8, g: u8, b: u8, a: f64| json!({"r": r, "g": g, "b": b, "a": a});
    let highlight = json!({
        "showInfo": true,
        "contentColor": colour(66, 133, 244, 0.35),
        "borderColor": colour(66, 133, 244, 0.8),
        "paddingColor": colour(66, 133, 244, 0.2),
    });
    let mode = json!({"mode": "searchForNode", "highlightConfig": highlight});
    session.send("Overlay.setInspectMode", mode);
}

fn end(session: &Session) {
    let none = json!({"mode": "none", "highlightConfig": {}});
    session.send("Overlay.setInspectMode", none);
    session.send("Overlay.disable", json!({}));
    session.send("DOM.disable", json!({}));
}

/// The person pressed something while picking, or gave it up by Escape.
pub(super) fn fold(
    watch: &Arc<Watch>,
    name: &str,
    event: &Event,
    session: &Session,
    tab: &Arc<Tab>,
) {
    match name {
        "inspectNodeRequested" => {
            let node = event.params["backendNodeId"].clone();
            let (session, tab) = (session.clone(), tab.clone());
            let on = watch.clone();
            watch.outbox.tell_later(async move {
                let picked = picked(&tab, &session, &node).await;
                // After it: nodes are known to the domain only while it is enabled.
                set(&on, false).await;
                if picked.is_none() {
                    tracing::warn!("what was picked could not be described");
                }
                picked
            });
        }
        "inspectModeCanceled" => {
            let watch = watch.clone();
            tokio::spawn(async move { set(&watch, false).await });
        }
        _ => {}
    }
}

async fn picked(tab: &Tab, session: &Session, node: &Value) -> Option<What> {
    for id in tab.page.frames_of(session) {
        let Some(frame) = tab.page.frame(&id) else {
            continue;
        };
        let Some((element, reading)) = described(&frame, node).await else {
            continue;
        };
        let frame = address::of(tab, &id).await;
        return Some(What::Picked {
            tab: tab.number,
            frame,
            element,
            reading,
        });
    }
    None
}

/// The element and what is there now, when the node is of this frame's document.
async fn described(frame: &Frame, node: &Value) -> Option<(Element, Reading)> {
    const DESCRIBE: &str = "function () {
        if (this.ownerDocument !== document) return null;
        const element = this.nodeType === 1 ? this : this.parentElement;
        return [rehearsal.describe(element), rehearsal.read(element)];
    }";
    let object = address::in_our_world(frame, node).await?;
    let described = address::call_on(frame, &object, DESCRIBE).await?;
    match serde_json::from_value::<Option<(Element, Reading)>>(described) {
        Ok(described) => described,
        Err(error) => {
            tracing::warn!(line = error.line(), "a picked element is unreadable");
            None
        }
    }
}
