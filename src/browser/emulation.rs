//! What each new session is told before its target runs: what to report, and what to be like.

use serde_json::{Value, json};

use super::cdp::{CdpError, Session};
use super::user::Stage;
use crate::flow::Viewport;

/// Before the first document of a tab or of a frame in a process of its own.
pub(super) fn prepare_document(session: &Session, stage: &Stage) {
    session.send("Page.enable", json!({}));
    observe(session);
    for (method, parameters) in size(stage.viewport()) {
        session.send(method, parameters);
    }
}

/// Gives a tab another size.
pub(super) async fn resize(session: &Session, viewport: Viewport) -> Result<(), CdpError> {
    for (method, parameters) in size(viewport) {
        session.call_raw(method, parameters).await?;
    }
    Ok(())
}

/// Before the first line of a worker.
pub(super) fn prepare_worker(session: &Session, _stage: &Stage) {
    observe(session);
}

/// Reports requests, and attaches to what the target starts.
fn observe(session: &Session) {
    session.send("Network.enable", json!({}));
    session.send(
        "Target.setAutoAttach",
        json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true}),
    );
}

/// Commands that make a page of this size and kind.
fn size(viewport: Viewport) -> [(&'static str, Value); 2] {
    let orientation = if viewport.is_landscape {
        json!({"type": "landscapePrimary", "angle": 90})
    } else {
        json!({"type": "portraitPrimary", "angle": 0})
    };
    let metrics = json!({
        "width": viewport.width,
        "height": viewport.height,
        "deviceScaleFactor": viewport.device_scale_factor,
        "mobile": viewport.is_mobile,
        "screenOrientation": orientation,
    });
    let touch = json!({"enabled": viewport.has_touch, "maxTouchPoints": 5});
    [
        ("Emulation.setDeviceMetricsOverride", metrics),
        ("Emulation.setTouchEmulationEnabled", touch),
    ]
}
