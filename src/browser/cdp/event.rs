//! Events as they come: a name, a session and untyped parameters.
//!
//! Chromium renames and adds fields in every release; typed events that insist on all of them
//! lose whole messages (chromiumoxide 0.9 drops every `requestWillBeSentExtraInfo` of
//! Chromium 156). Readers take the fields that they use and treat each as optional.

use std::borrow::Cow;

use chromiumoxide::Method;
use chromiumoxide::types::{EventMessage, MethodId};
use serde::Deserialize;
use serde_json::Value;

/// An event of any domain.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Event {
    /// `Domain.name`.
    #[serde(default)]
    pub(crate) method: String,
    /// The session it belongs to; absent for the browser's own.
    #[serde(default, rename = "sessionId")]
    pub(crate) session: Option<String>,
    /// Parameters.
    #[serde(default)]
    pub(crate) params: Value,
}

impl Event {
    /// A string parameter by JSON pointer (`/frame/id`).
    pub(crate) fn str(&self, pointer: &str) -> Option<&str> {
        self.params.pointer(pointer).and_then(Value::as_str)
    }

    /// A number by JSON pointer.
    pub(crate) fn f64(&self, pointer: &str) -> Option<f64> {
        self.params.pointer(pointer).and_then(Value::as_f64)
    }

    /// A truth value by JSON pointer; false when absent.
    pub(crate) fn bool(&self, pointer: &str) -> bool {
        self.params
            .pointer(pointer)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }
}

impl Method for Event {
    fn identifier(&self) -> MethodId {
        Cow::Owned(self.method.clone())
    }
}

impl EventMessage for Event {
    fn session_id(&self) -> Option<&str> {
        self.session.as_deref()
    }
}
