//! One request and its response, as Chromium tells them piece by piece. A redirect ends one
//! exchange and begins the next: the server saw both.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::kept::Record;
use crate::clock::Micros;
use crate::sample::{Delivery, Origin, RequestClass, RequestSample, RequestTiming, Span};

/// What Chromium calls an abort: the page or the user gave the request up.
pub(super) const ABORTED: &str = "net::ERR_ABORTED";

/// What a request that we stopped is reported as, whatever the way of stopping looks like.
const BLOCKED: &str = "net::ERR_BLOCKED_BY_CLIENT";

/// An exchange that has not ended.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    /// Target id of the tab; empty for shared and service workers.
    pub(super) tab: Arc<str>,
    pub(super) session: Arc<str>,
    /// Number of the tab's documents when it began.
    pub(super) document: u64,
    pub(super) origin: Origin,
    pub(super) method: Arc<str>,
    pub(super) url: Url,
    pub(super) template: Arc<str>,
    pub(super) class: RequestClass,
    /// Whether a step waits for it; see [`super::super::page::Page::in_flight`].
    pub(super) awaited: bool,
    /// Of a call of a script: what else is the same request of the same code.
    pub(super) rhythm: Option<u64>,
    /// Sent and forgotten by its page, which waits for no answer.
    pub(super) beacon: bool,
    pub(super) allowed: bool,
    pub(super) started: Micros,
    /// Chromium's monotonic seconds at the start.
    pub(super) sent_s: f64,
    pub(super) response: Response,
    /// Encoded bytes of the body so far.
    pub(super) body_bytes: u64,
    /// What evidence needs beyond this, if it is kept.
    pub(super) record: Option<Box<Record>>,
}

/// What is known of the response.
#[derive(Debug, Clone, Default)]
pub(super) struct Response {
    pub(super) status: Option<u16>,
    pub(super) cached: bool,
    pub(super) header_bytes: u64,
    /// `responseReceivedExtraInfo` says what the server really answered, and it will come.
    pub(super) extra_promised: bool,
    timing: Option<Timing>,
}

/// The end of an exchange.
#[derive(Debug, Clone, Default)]
pub(super) struct Ending {
    pub(super) at: Micros,
    /// Chromium's monotonic seconds.
    pub(super) at_s: f64,
    /// All bytes over the wire, if Chromium says so.
    pub(super) bytes: Option<u64>,
    pub(super) error: Option<String>,
    /// Status that the server sent, which a revalidated copy hides (304 behind a 200).
    pub(super) real_status: Option<u16>,
}

/// `ResourceTiming` of the protocol: seconds, and milliseconds after them (-1: did not happen).
#[derive(Debug, Clone, Copy)]
struct Timing {
    requested_s: f64,
    dns: (f64, f64),
    connect: (f64, f64),
    sent: (f64, f64),
    received: f64,
}

impl Response {
    /// Folds a `Network.Response`.
    pub(super) fn read(&mut self, response: &Value, extra_promised: bool) {
        let flag = |name| response.get(name).and_then(Value::as_bool) == Some(true);
        self.status = response
            .get("status")
            .and_then(Value::as_u64)
            .and_then(|status| u16::try_from(status).ok())
            .filter(|&status| status > 0);
        self.cached |=
            flag("fromDiskCache") || flag("fromPrefetchCache") || flag("fromServiceWorker");
        self.header_bytes = response
            .get("encodedDataLength")
            .and_then(Value::as_f64)
            .unwrap_or_default()
            .max(0.0) as u64;
        self.extra_promised = extra_promised;
        self.timing = response.get("timing").map(Timing::read);
    }
}

impl Timing {
    fn read(timing: &Value) -> Self {
        let ms = |name| timing.get(name).and_then(Value::as_f64).unwrap_or(-1.0);
        let received = ms("receiveHeadersStart");
        Self {
            requested_s: ms("requestTime"),
            dns: (ms("dnsStart"), ms("dnsEnd")),
            connect: (ms("connectStart"), ms("connectEnd")),
            sent: (ms("sendStart"), ms("sendEnd")),
            received: if received >= 0.0 {
                received
            } else {
                ms("receiveHeadersEnd")
            },
        }
    }

    fn parts(&self, sent_s: f64, ended_s: f64) -> RequestTiming {
        let part = |(start, end): (f64, f64)| {
            if start < 0.0 {
                0.0
            } else {
                (end - start).max(0.0)
            }
        };
        let first = [self.dns.0, self.connect.0, self.sent.0]
            .into_iter()
            .find(|&start| start >= 0.0)
            .unwrap_or(0.0);
        RequestTiming {
            queued_ms: ((self.requested_s - sent_s) * 1_000.0 + first).max(0.0),
            dns_ms: part(self.dns),
            connect_ms: part(self.connect),
            wait_ms: (self.received - self.sent.1).max(0.0),
            receive_ms: ((ended_s - self.requested_s) * 1_000.0 - self.received).max(0.0),
        }
    }
}

impl Exchange {
    /// Folds a `Network.Response`.
    pub(super) fn read(&mut self, response: &Value, extra_promised: bool) {
        self.response.read(response, extra_promised);
        if let Some(record) = &mut self.record {
            record.answered(response);
        }
    }

    /// The sample of an exchange that ended; none when it never was a request.
    pub(super) fn end(self, ending: Ending) -> Option<RequestSample> {
        let response = &self.response;
        let bytes = ending
            .bytes
            .unwrap_or(response.header_bytes + self.body_bytes);
        let blocked = !self.allowed && response.status.is_none();
        // Scripts of workers come from the cache without saying so: an answer of no bytes.
        let cached = response.cached
            || (response.status.is_some()
                && !response.extra_promised
                && response.header_bytes + bytes == 0
                && self.class != RequestClass::Websocket);
        // A content security policy or mixed content: the page forbade it to itself.
        let refused_by_page = matches!(
            ending.error.as_deref(),
            Some("net::ERR_BLOCKED_BY_CSP" | "csp" | "mixed-content")
        );
        if refused_by_page && !blocked {
            return None;
        }
        let delivery = if blocked {
            Delivery::Blocked
        } else if ending.real_status == Some(304) {
            Delivery::Revalidated
        } else if cached {
            Delivery::Cache
        } else {
            Delivery::Network
        };
        let reached = matches!(delivery, Delivery::Network | Delivery::Revalidated);
        let error = if blocked {
            Some(BLOCKED.to_owned())
        } else {
            ending.error
        };
        let timing = response.timing.filter(|_| reached);
        Some(RequestSample {
            origin: self.origin,
            span: Span {
                intended: self.started,
                started: self.started,
                ended: ending.at.max(self.started),
            },
            method: self.method,
            url: self.template,
            class: self.class,
            status: response.status,
            bytes: if reached { bytes } else { 0 },
            delivery,
            error: error.map(Into::into),
            timing: timing.map(|timing| timing.parts(self.sent_s, ending.at_s)),
        })
    }
}
