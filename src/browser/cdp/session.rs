//! One CDP session: a page, an out-of-process frame, a worker, or the browser itself. Commands go
//! by name with JSON parameters: the generated types insist on fields that Chromium renames.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use super::CdpError;
use super::router::{Call, Refusal, Wire};

/// How long a command may take when the caller sets no deadline of its own.
const DEADLINE: Duration = Duration::from_secs(30);

/// A session; clones are cheap and speak to the same target.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    wire: Wire,
    id: Option<Arc<str>>,
}

impl Session {
    /// The session with this id, or the browser's own.
    pub(super) fn new(wire: Wire, id: Option<Arc<str>>) -> Self {
        Self { wire, id }
    }

    /// The session's id; empty for the browser's own.
    pub(crate) fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// The browser's own session.
    pub(crate) fn browser(&self) -> Self {
        self.wire.browser()
    }

    /// Another session of the same browser.
    pub(crate) fn sibling(&self, id: &str) -> Self {
        Self::new(self.wire.clone(), Some(id.into()))
    }

    /// Sends a command by name and waits for its answer, 30 s at most.
    pub(crate) async fn call_raw(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Value, CdpError> {
        self.exchange(Cow::Borrowed(method), params, DEADLINE).await
    }

    /// The same with a deadline.
    pub(crate) async fn call_within(
        &self,
        method: &'static str,
        params: Value,
        deadline: Duration,
    ) -> Result<Value, CdpError> {
        self.exchange(Cow::Borrowed(method), params, deadline).await
    }

    /// Sends a command in order with those before and after it, without waiting for its answer;
    /// a refusal is logged.
    pub(crate) fn send(&self, method: &'static str, params: Value) {
        self.wire.send(Call {
            method: Cow::Borrowed(method),
            session: self.id.clone(),
            params,
            reply: None,
        });
    }

    async fn exchange(
        &self,
        method: Cow<'static, str>,
        params: Value,
        deadline: Duration,
    ) -> Result<Value, CdpError> {
        let (reply, answer) = oneshot::channel();
        self.wire.send(Call {
            method: method.clone(),
            session: self.id.clone(),
            params,
            reply: Some(reply),
        });
        let method = method.into_owned();
        match tokio::time::timeout(deadline, answer).await {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(Refusal::Crashed))) => Err(CdpError::Crashed { method }),
            Ok(Ok(Err(Refusal::Detached))) => Err(CdpError::Detached { method }),
            Ok(Ok(Err(Refusal::Answer(message)))) => Err(CdpError::Refused { method, message }),
            Ok(Err(_closed)) => Err(CdpError::Lost { method }),
            Err(_elapsed) => Err(CdpError::Late {
                method,
                after: deadline,
            }),
        }
    }
}
