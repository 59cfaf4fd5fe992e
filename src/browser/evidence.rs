//! What a page showed when a step ended: for people who want to know why it failed.

use serde_json::Value;

/// What is kept of one step. Holds no secret: fields for passwords are blanked, and so are
/// cookies and credentials in headers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// What the viewport showed, PNG; absent when the renderer could not draw it.
    pub screenshot: Option<Vec<u8>>,
    /// The document as HTML, frames and open shadow roots inlined.
    pub dom: Option<String>,
    /// What the page wrote to the console, oldest first.
    pub console: Vec<ConsoleMessage>,
    /// Requests of the step, HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>).
    pub har: Option<Value>,
}

/// A line of the console.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ConsoleMessage {
    /// `log`, `warning`, `error` …
    pub level: String,
    /// What it says.
    pub text: String,
    /// URL and line at which it was written, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}
