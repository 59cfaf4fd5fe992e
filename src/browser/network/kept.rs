//! The last exchanges of a user, without bodies, for people who look at a failure.

use serde_json::Value;

use crate::sample::RequestSample;

/// So many exchanges of a user are kept.
pub(super) const MOST: usize = 150;

/// Longest value of a header that is kept, characters.
const LONGEST: usize = 1_000;

/// What Chromium tells of an exchange beyond what samples need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// URL as sent, without fragment.
    pub(crate) url: String,
    /// `Document`, `XHR` …
    pub(crate) kind: String,
    pub(crate) request_headers: Vec<(String, String)>,
    /// `parser`, `script` …, and the URL where it was asked for.
    pub(crate) initiator: (String, String),
    pub(crate) status_text: String,
    pub(crate) protocol: String,
    pub(crate) mime: String,
    pub(crate) address: String,
    pub(crate) response_headers: Vec<(String, String)>,
    pub(crate) header_bytes: Option<u64>,
}

/// An exchange that ended.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) record: Record,
    pub(crate) sample: RequestSample,
}

impl Record {
    /// From `requestWillBeSent` or `webSocketCreated`.
    pub(super) fn new(url: &url::Url, event: &Value) -> Self {
        let text = |pointer: &str| {
            let value = event.pointer(pointer).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let place = ["/initiator/url", "/initiator/stack/callFrames/0/url"];
        let place = place.map(text).into_iter().find(|url| !url.is_empty());
        Self {
            url: url.as_str().to_owned(),
            kind: text("/type"),
            request_headers: headers(&event["request"]["headers"]),
            initiator: (text("/initiator/type"), place.unwrap_or_default()),
            ..Self::default()
        }
    }

    /// From a `Network.Response`.
    pub(super) fn answered(&mut self, response: &Value) {
        let text = |name: &str| response[name].as_str().unwrap_or_default().to_owned();
        self.status_text = text("statusText");
        self.protocol = text("protocol");
        self.mime = text("mimeType");
        self.address = text("remoteIPAddress");
        self.response_headers = headers(&response["headers"]);
        let bytes = response["encodedDataLength"].as_f64();
        self.header_bytes = bytes.map(|bytes| bytes.max(0.0) as u64);
    }
}

fn headers(headers: &Value) -> Vec<(String, String)> {
    let headers = headers.as_object().into_iter().flatten();
    headers
        .map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            (name.clone(), value.chars().take(LONGEST).collect())
        })
        .collect()
}
