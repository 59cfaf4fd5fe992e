//! The script in our isolated world of each document, which tells gestures and answers questions.

use std::sync::Arc;

use serde_json::json;

use super::tab::Tab;
use crate::browser::cdp::Session;
use crate::browser::frame::WORLD;

/// By which the script tells a [`super::Report`], as JSON.
pub(super) const TELL: &str = "rehearsalTell";

/// Later parts use what earlier ones define. Once per document, even if it is run again.
const SCRIPT: &str = concat!(
    "if (!globalThis.rehearsal?.recheck) {",
    include_str!("../player/script/names.js"),
    include_str!("../player/script/only.js"),
    include_str!("../player/script/find.js"),
    include_str!("../player/script/fingerprint.js"),
    include_str!("../player/script/selectors.js"),
    include_str!("script/tell.js"),
    include_str!("script/secrets.js"),
    include_str!("script/like.js"),
    include_str!("script/describe.js"),
    include_str!("script/effects.js"),
    include_str!("script/keys.js"),
    include_str!("script/paste.js"),
    include_str!("script/scroll.js"),
    include_str!("script/field.js"),
    include_str!("script/rich.js"),
    include_str!("script/press.js"),
    include_str!("script/drag.js"),
    include_str!("script/hover.js"),
    include_str!("script/ask.js"),
    include_str!("script/gestures.js"),
    "}",
);

/// Puts the script into each document of a tab, or of a frame in a process of its own: those that
/// are there and those that come, before their own scripts.
pub(super) fn install(session: &Session) {
    // Bindings work only while the domain is enabled.
    session.send("Runtime.enable", json!({}));
    let binding = json!({"name": TELL, "executionContextName": WORLD});
    session.send("Runtime.addBinding", binding);
    let script = json!({
        "source": SCRIPT, "worldName": WORLD, "includeCommandLineAPI": true,
        "runImmediately": true,
    });
    session.send("Page.addScriptToEvaluateOnNewDocument", script);
}

/// `document.open` takes all listeners of a document away, also ours.
pub(super) fn listen_again(tab: &Arc<Tab>, frame: Option<&str>) {
    if let Some(frame) = frame.and_then(|id| tab.page.frame(id)) {
        tokio::spawn(async move {
            let again = "() => { globalThis.rehearsal?.listen?.(); }";
            let _gone = frame.evaluate(again, &[]).await;
        });
    }
}

#[cfg(test)]
mod tests;
