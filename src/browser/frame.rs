//! A frame: evaluating in its document, in our isolated world or in the page's own.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use super::cdp::{CdpError, Session};
use super::page::Page;
use super::placement::Placement;
use super::tree::{Node, Worlds};

/// Name of our isolated world: its scripts see the page's DOM, the page sees none of its names.
pub(crate) const WORLD: &str = "rehearsal";

/// A frame of a tab, whichever document is in it. Clones are cheap. A handle outlives its frame;
/// then every call says [`EvaluateError::Navigated`] or a [`CdpError`].
#[derive(Clone)]
pub(crate) struct Frame {
    page: Page,
    id: Arc<str>,
}

/// An evaluation that gave no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EvaluateError {
    /// Another document came (or the frame went) before the value did. Trying again can help.
    #[error("the page navigated meanwhile")]
    Navigated,
    /// The script threw.
    #[error("the script failed: {message}")]
    Exception {
        /// What it threw.
        message: String,
    },
    /// The browser did not answer.
    #[error(transparent)]
    Cdp(#[from] CdpError),
}

/// Which of the two worlds of a document.
#[derive(Debug, Clone, Copy)]
enum World {
    Isolated,
    Main,
}

impl Frame {
    pub(super) fn new(page: Page, id: Arc<str>) -> Self {
        Self { page, id }
    }

    /// Chromium's id of the frame.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// URL of its document; empty when the frame is gone or has not loaded anything.
    pub(crate) fn url(&self) -> String {
        self.node(|node| node.url.clone()).unwrap_or_default()
    }

    /// Navigations in it so far, of documents and within them; those of a main frame are counted
    /// by its page.
    pub(crate) fn moves(&self) -> u64 {
        self.node(|node| node.moves).unwrap_or_default()
    }

    /// The session that speaks for it now: the tab's, or its own when it runs in another process.
    pub(crate) fn session(&self) -> Session {
        self.node(|node| node.session.clone())
            .unwrap_or_else(|| self.page.session().clone())
    }

    /// Whether it is (still) part of its tab.
    pub(crate) fn is_attached(&self) -> bool {
        self.node(|_| ()).is_some()
    }

    /// Calls a function (its source text) with JSON arguments in our isolated world, awaits a
    /// promise, and returns the JSON value.
    pub(crate) async fn evaluate(
        &self,
        function_declaration: &str,
        arguments: &[Value],
    ) -> Result<Value, EvaluateError> {
        self.call_function(World::Isolated, function_declaration, arguments, false)
            .await
    }

    /// The same, as if a person had just pressed something: what pages may do only then.
    pub(crate) async fn evaluate_as_user(
        &self,
        function_declaration: &str,
        arguments: &[Value],
    ) -> Result<Value, EvaluateError> {
        self.call_function(World::Isolated, function_declaration, arguments, true)
            .await
    }

    /// Handle of an object of our isolated world, for other commands of the protocol.
    pub(crate) async fn handle(&self, expression: &str) -> Result<String, EvaluateError> {
        let (document, context) = self.isolated_context().await?;
        let object = json!({"expression": expression, "contextId": context, "silent": true});
        let answer = self.session().call_raw("Runtime.evaluate", object).await;
        let answer = self.checked(document, answer)?;
        let handle = answer["result"]["objectId"].as_str();
        handle.map(str::to_owned).ok_or(EvaluateError::Navigated)
    }

    /// The same in the page's own world, where its scripts' variables are.
    pub(crate) async fn evaluate_main(
        &self,
        function_declaration: &str,
        arguments: &[Value],
    ) -> Result<Value, EvaluateError> {
        self.call_function(World::Main, function_declaration, arguments, false)
            .await
    }

    /// The child frame whose element the function, called in our isolated world, returns; none
    /// when it returns no element, or one that holds no frame (yet).
    pub(crate) async fn child_of_element(
        &self,
        function_declaration: &str,
    ) -> Result<Option<Frame>, EvaluateError> {
        let (document, context) = self.isolated_context().await?;
        let parameters = json!({
            "functionDeclaration": function_declaration,
            "executionContextId": context,
            "silent": true,
        });
        let session = self.session();
        let answer = session.call_raw("Runtime.callFunctionOn", parameters).await;
        let answer = self.checked(document, answer)?;
        let Some(object) = answer["result"]["objectId"].as_str() else {
            return Ok(None);
        };
        let node = json!({"objectId": object});
        let node = session.call_raw("DOM.describeNode", node).await;
        let node = self.checked(document, node)?;
        let Some(id) = node["node"]["frameId"].as_str() else {
            return Ok(None);
        };
        let child = Self::new(self.page.clone(), id.into());
        Ok(child.is_attached().then_some(child))
    }

    /// Runs a library script in the isolated world, once per document.
    pub(crate) async fn inject(&self, source: &'static str) -> Result<(), EvaluateError> {
        let address = source.as_ptr() as usize;
        let (document, context) = self.isolated_context().await?;
        let installed = self.node(|node| {
            node.worlds.document == document && node.worlds.injected.contains(&address)
        });
        if installed == Some(true) {
            return Ok(());
        }
        let parameters = json!({"expression": source, "contextId": context, "silent": true});
        let answer = self
            .session()
            .call_raw("Runtime.evaluate", parameters)
            .await;
        self.value_of(document, answer)?;
        self.with_worlds(document, |worlds| worlds.injected.push(address));
        Ok(())
    }

    /// Where the frame's viewport is in the viewport of the tab.
    pub(crate) async fn placement(&self) -> Result<Placement, EvaluateError> {
        let mut placement = Placement::default();
        let mut frame = self.clone();
        while let Some(parent) = frame.parent() {
            let outer = frame.placement_in_local_root(&parent).await?;
            placement = placement.inside(outer);
            frame = parent.local_root();
        }
        Ok(placement)
    }

    /// The frame whose document holds this one's element.
    pub(crate) fn parent(&self) -> Option<Frame> {
        let parent = self.node(|node| node.parent.clone())??;
        Some(Self::new(self.page.clone(), parent))
    }

    /// The outermost frame that the same session speaks for.
    fn local_root(&self) -> Frame {
        let mut root = self.clone();
        while let Some(parent) = root.parent() {
            if parent.session().id() != root.session().id() {
                break;
            }
            root = parent;
        }
        root
    }

    /// Content box of the frame's element, which box models give relative to the viewport of the
    /// outermost frame in the same process.
    async fn placement_in_local_root(&self, parent: &Frame) -> Result<Placement, EvaluateError> {
        let session = parent.session();
        let owner = session
            .call_raw("DOM.getFrameOwner", json!({"frameId": &*self.id}))
            .await?;
        let node = json!({"backendNodeId": owner["backendNodeId"]});
        let model = session.call_raw("DOM.getBoxModel", node).await?;
        Placement::of(&model["model"]).ok_or_else(|| {
            CdpError::Malformed {
                method: "DOM.getBoxModel".to_owned(),
                message: "no quads".to_owned(),
            }
            .into()
        })
    }

    async fn call_function(
        &self,
        world: World,
        function_declaration: &str,
        arguments: &[Value],
        as_user: bool,
    ) -> Result<Value, EvaluateError> {
        let arguments: Vec<Value> = arguments
            .iter()
            .map(|value| json!({"value": value}))
            .collect();
        let mut parameters = json!({
            "functionDeclaration": function_declaration,
            "arguments": arguments,
            "awaitPromise": true,
            "returnByValue": true,
            "silent": true,
            "userGesture": as_user,
        });
        let document = match world {
            World::Isolated => {
                let (document, context) = self.isolated_context().await?;
                parameters["executionContextId"] = json!(context);
                document
            }
            World::Main => {
                let (document, handle) = self.main_document().await?;
                parameters["objectId"] = json!(handle);
                document
            }
        };
        let session = self.session();
        let answer = session.call_raw("Runtime.callFunctionOn", parameters).await;
        self.value_of(document, answer)
    }

    /// The isolated world's context in the current document, made when it is not there yet.
    pub(super) async fn isolated_context(&self) -> Result<(u64, i64), EvaluateError> {
        let known = self.node(|node| (node.worlds.document, node.worlds.isolated));
        let (document, context) = known.ok_or(EvaluateError::Navigated)?;
        if let Some(context) = context {
            return Ok((document, context));
        }
        let world = json!({"frameId": &*self.id, "worldName": WORLD});
        let session = self.session();
        let answer = session.call_raw("Page.createIsolatedWorld", world).await;
        let answer = self.checked(document, answer)?;
        let context = answer["executionContextId"]
            .as_i64()
            .ok_or(EvaluateError::Navigated)?;
        self.with_worlds(document, |worlds| worlds.isolated = Some(context));
        Ok((document, context))
    }

    /// A handle of `document` in the page's own world: from our world to the node, from the node
    /// to its own. This works in frames too, and needs no books on contexts as they come and go.
    async fn main_document(&self) -> Result<(u64, String), EvaluateError> {
        let known = self.node(|node| (node.worlds.document, node.worlds.main.clone()));
        let (document, handle) = known.ok_or(EvaluateError::Navigated)?;
        if let Some(handle) = handle {
            return Ok((document, handle));
        }
        let (document, context) = self.isolated_context().await?;
        let session = self.session();
        let ours = json!({"expression": "document", "contextId": context});
        let ours = session.call_raw("Runtime.evaluate", ours).await;
        let ours = self.checked(document, ours)?;
        let node = json!({"objectId": ours["result"]["objectId"]});
        let node = session.call_raw("DOM.describeNode", node).await;
        let node = self.checked(document, node)?;
        let theirs = json!({"backendNodeId": node["node"]["backendNodeId"]});
        let theirs = session.call_raw("DOM.resolveNode", theirs).await;
        let theirs = self.checked(document, theirs)?;
        let handle = theirs["object"]["objectId"]
            .as_str()
            .ok_or(EvaluateError::Navigated)?
            .to_owned();
        let kept = handle.clone();
        self.with_worlds(document, |worlds| worlds.main = Some(kept));
        Ok((document, handle))
    }

    /// The value of a finished evaluation.
    fn value_of(
        &self,
        document: u64,
        answer: Result<Value, CdpError>,
    ) -> Result<Value, EvaluateError> {
        let mut answer = self.checked(document, answer)?;
        if let Some(details) = answer.get("exceptionDetails") {
            let message = details
                .pointer("/exception/description")
                .or_else(|| details.pointer("/exception/value"))
                .or_else(|| details.get("text"));
            let message = match message {
                Some(Value::String(text)) => text.lines().next().unwrap_or_default().to_owned(),
                Some(other) => other.to_string(),
                None => "unknown exception".to_owned(),
            };
            return Err(EvaluateError::Exception { message });
        }
        Ok(answer
            .pointer_mut("/result/value")
            .map_or(Value::Null, Value::take))
    }

    /// Tells "the context is gone" from other refusals, and forgets contexts that are gone.
    fn checked(
        &self,
        document: u64,
        answer: Result<Value, CdpError>,
    ) -> Result<Value, EvaluateError> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(CdpError::Refused { message, .. }) if is_navigation(&message) => {
                self.with_worlds(document, |worlds| {
                    *worlds = Worlds {
                        document,
                        ..Worlds::default()
                    };
                });
                Err(EvaluateError::Navigated)
            }
            // A frame that changed its process is spoken for by another session now.
            Err(CdpError::Detached { .. }) if self.page.is_open() => Err(EvaluateError::Navigated),
            Err(error) => Err(error.into()),
        }
    }

    fn node<T>(&self, read: impl FnOnce(&Node) -> T) -> Option<T> {
        self.page.tree(|tree| tree.get(&self.id).map(read))
    }

    /// Changes what is known of the contexts, unless another document has come.
    fn with_worlds(&self, document: u64, change: impl FnOnce(&mut Worlds)) {
        self.page.tree(|tree| {
            if let Some(node) = tree.get_mut(&self.id)
                && node.worlds.document == document
            {
                change(&mut node.worlds);
            }
        });
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Frame")
            .field("id", &self.id)
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// Chromium's words for "that document is no longer there".
fn is_navigation(message: &str) -> bool {
    const PHRASES: [&str; 8] = [
        "Cannot find context",
        "Execution context was destroyed",
        "Inspected target navigated or closed",
        "Promise was collected",
        "Could not find object",
        "Cannot find object",
        "No frame for given id",
        "No node",
    ];
    PHRASES.iter().any(|phrase| message.contains(phrase))
}
