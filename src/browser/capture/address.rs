//! Where a frame is: by its place among its siblings and by selectors of its element, which are
//! asked for once, while it is still there.

use std::sync::Arc;

use serde_json::{Value, json};

use super::FrameAddress;
use super::tab::Tab;
use crate::browser::frame::Frame;
use crate::flow::Selectors;

/// Selectors of a frame's element; none when they could not be had.
pub(super) type Owner = Selectors;

/// Asks for a frame's element, for when its address is needed.
pub(super) fn prepare(tab: &Arc<Tab>, frame: &str) {
    if frame == &**tab.page.target() {
        return;
    }
    let tab = tab.clone();
    let frame = frame.to_owned();
    tokio::spawn(async move { of(&tab, &frame).await });
}

/// The address of a frame, as far as it is known without asking.
pub(super) fn known(tab: &Tab, frame: &str) -> Option<FrameAddress> {
    let path = tab.page.path_to(frame)?;
    let state = tab.state();
    let elements = path
        .iter()
        .map(|(_, id)| state.owners.get(id)?.get().cloned());
    let elements = elements.collect::<Option<Vec<_>>>()?;
    let indexes = path.iter().map(|(index, _)| *index).collect();
    Some(FrameAddress { indexes, elements })
}

/// The address of a frame; without selectors where they cannot be had.
pub(super) async fn of(tab: &Tab, frame: &str) -> FrameAddress {
    let Some(path) = tab.page.path_to(frame) else {
        return FrameAddress::default();
    };
    let mut address = FrameAddress::default();
    for (index, id) in path {
        let cell = tab.state().owners.entry(id.clone()).or_default().clone();
        let element = cell.get_or_init(|| ask(tab, &id)).await.clone();
        address.indexes.push(index);
        address.elements.push(element);
    }
    address
}

/// The frame at an address: by its places, if its elements are still the same.
pub(super) fn find(tab: &Tab, address: &FrameAddress) -> Option<Frame> {
    let mut frame = tab.page.main_frame();
    for index in &address.indexes {
        frame = tab.page.child(&frame, *index)?;
    }
    Some(frame)
}

const SELECTORS: &str = "function () { return rehearsal.frameSelectors(this); }";

async fn ask(tab: &Tab, id: &str) -> Owner {
    let asked = async {
        let parent = tab.page.frame(id)?.parent()?;
        let session = parent.session();
        let owner = json!({"frameId": id});
        let owner = session.call_raw("DOM.getFrameOwner", owner).await.ok()?;
        let object = in_our_world(&parent, &owner["backendNodeId"]).await?;
        let selectors = call_on(&parent, &object, SELECTORS).await?;
        serde_json::from_value(selectors).ok()
    };
    asked.await.unwrap_or_else(|| Selectors(Vec::new()))
}

/// Handle, in our isolated world, of a node of a frame's document.
pub(super) async fn in_our_world(frame: &Frame, backend_node: &Value) -> Option<String> {
    let (_, context) = frame.isolated_context().await.ok()?;
    let node = json!({"backendNodeId": backend_node, "executionContextId": context});
    let answer = frame.session().call_raw("DOM.resolveNode", node).await;
    let object = answer.ok()?["object"]["objectId"].as_str()?.to_owned();
    Some(object)
}

/// Value of a function that is called on a handle.
pub(super) async fn call_on(frame: &Frame, object: &str, function: &str) -> Option<Value> {
    let call = json!({"objectId": object, "functionDeclaration": function,
        "returnByValue": true, "silent": true});
    let session = frame.session();
    let mut answer = session
        .call_raw("Runtime.callFunctionOn", call)
        .await
        .ok()?;
    if answer.get("exceptionDetails").is_some() {
        return None;
    }
    answer.pointer_mut("/result/value").map(Value::take)
}
