//! The pointer's shape, which is in no picture.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::browser::capture::Shown;
use crate::browser::capture::tab::Tab;
use crate::browser::capture::watch::Watch;

/// The pointer moves faster than anybody sees its shape.
const RESTS: Duration = Duration::from_millis(60);

/// Frames inside frames that are looked into.
const DEPTH: usize = 5;

/// The shape at a place; in a frame, the place in it instead.
const SHAPE: &str = r#"(x, y) => {
    let element = document.elementFromPoint(x, y);
    while (element?.shadowRoot) {
        const inner = element.shadowRoot.elementFromPoint(x, y);
        if (!inner || inner === element) break;
        element = inner;
    }
    if (!element) return "default";
    if (element.matches("iframe,frame")) {
        globalThis.rehearsalUnder = element;
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const inset = (side) => element[`client${side}`] + parseFloat(style[`padding${side}`]);
        return [x - box.x - inset("Left"), y - box.y - inset("Top")];
    }
    const { cursor } = getComputedStyle(element);
    if (cursor !== "auto") return cursor.split(",").at(-1).trim();
    if (element.closest("a[href]")) return "pointer";
    const writable = element.matches("textarea,input:not([type=button],[type=submit],[type=reset],[type=checkbox]," +
        "[type=radio],[type=range],[type=color],[type=file],[type=image])") || element.isContentEditable;
    if (writable) return "text";
    const caret = element.matches("button,select,input,img,video,canvas") ? null : document.caretRangeFromPoint(x, y);
    const text = caret?.startContainer;
    if (text?.nodeType !== 3 || text.parentElement !== element) return "default";
    const range = document.createRange();
    range.selectNodeContents(text);
    const on = [...range.getClientRects()].some((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
    return on && getComputedStyle(element).userSelect !== "none" ? "text" : "default";
}"#;

/// The pointer is somewhere else: when it rests there, its shape is told.
pub(super) fn moved(watch: &Arc<Watch>, tab: &Arc<Tab>, place: (f64, f64)) {
    let Some(remote) = &watch.remote else {
        return;
    };
    let mut state = remote.state();
    state.moves += 1;
    state.pointer = place;
    let turn = state.moves;
    drop(state);
    let (watch, tab) = (watch.clone(), tab.clone());
    tokio::spawn(async move {
        tokio::time::sleep(RESTS).await;
        let Some(remote) = &watch.remote else {
            return;
        };
        if remote.state().moves != turn {
            return;
        }
        if let Some(cursor) = shape(&tab, place).await
            && remote.state().moves == turn
        {
            remote.screen.show(Shown::Cursor { cursor });
        }
    });
}

async fn shape(tab: &Tab, (mut x, mut y): (f64, f64)) -> Option<String> {
    let mut frame = tab.page.main_frame();
    for _ in 0..DEPTH {
        let shape = frame.evaluate(SHAPE, &[json!(x), json!(y)]).await.ok()?;
        if let Some(shape) = shape.as_str() {
            return Some(shape.to_owned());
        }
        (x, y) = (shape[0].as_f64()?, shape[1].as_f64()?);
        frame = frame
            .child_of_element("() => globalThis.rehearsalUnder")
            .await
            .ok()??;
    }
    None
}
