//! Events of the `Network` domain, folded into exchanges.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::exchange::{Ending, Exchange, Response};
use super::polls::CallSite;
use super::rhythm;
use super::{Network, Record, State};
use crate::browser::cdp::Event;
use crate::clock::Micros;
use crate::sample::RequestClass;

/// For so long after a step, what a page does may still be the user's doing (a delayed search).
const AFTERMATH: Duration = Duration::from_secs(1);

/// So long an ended request may wait for word of the server's real answer.
const UNSURE: Duration = Duration::from_secs(2);

/// So many real answers may wait for their request.
const EARLY_ANSWERS: usize = 1_000;

/// So many askings are remembered; then all are forgotten and polls are found anew.
const ASKED: usize = 20_000;

impl Network {
    /// Folds an event of a session. `tab` is empty for shared and service workers.
    pub(in crate::browser) fn fold(&self, tab: &Arc<str>, event: &Event) {
        let Some(id) = event.str("/requestId") else {
            return;
        };
        let mut state = self.state();
        match event.method.as_str() {
            "Network.requestWillBeSent" => self.begin(&mut state, tab, id, event),
            "Network.requestServedFromCache" => {
                if let Some(open) = state.open.get_mut(id) {
                    open.response.cached = true;
                }
                return;
            }
            "Network.responseReceived" => {
                if let Some(open) = state.open.get_mut(id)
                    && let Some(response) = event.params.get("response")
                {
                    open.read(response, event.bool("/hasExtraInfo"));
                    if self.listeners.tell(open) {
                        self.changes.send_modify(|count| *count += 1);
                    }
                }
                return;
            }
            "Network.responseReceivedExtraInfo" => {
                self.answer(&mut state, id, event);
                return;
            }
            "Network.dataReceived" => {
                if let Some(open) = state.open.get_mut(id) {
                    open.body_bytes += event.f64("/encodedDataLength").unwrap_or_default() as u64;
                }
                return;
            }
            "Network.loadingFinished" => {
                let bytes = event.f64("/encodedDataLength").map(|bytes| bytes as u64);
                self.finish(&mut state, id, event, bytes, None);
            }
            "Network.loadingFailed" => {
                let reason = ["/blockedReason", "/errorText"]
                    .iter()
                    .filter_map(|pointer| event.str(pointer))
                    .find(|reason| is_reason(reason));
                let reason = reason.unwrap_or("net::ERR_FAILED").to_owned();
                self.finish(&mut state, id, event, None, Some(reason));
            }
            "Network.webSocketCreated" => self.open_socket(&mut state, tab, id, event),
            name => {
                self.socket(&mut state, name, id, event);
                if name != "Network.webSocketClosed" {
                    return;
                }
            }
        }
        drop(state);
        self.changes.send_modify(|count| *count += 1);
    }

    fn begin(&self, state: &mut State, tab: &Arc<str>, id: &str, event: &Event) {
        let sent_s = event.f64("/timestamp").unwrap_or_default();
        if let Some(wall_s) = event.f64("/wallTime") {
            state.epoch_s.get_or_insert(wall_s - sent_s);
        }
        let before = state.open.remove(id);
        let redirected_class = before.as_ref().map(|hop| hop.class);
        if let (Some(mut hop), Some(response)) = (before, event.params.get("redirectResponse")) {
            hop.read(response, event.bool("/redirectHasExtraInfo"));
            self.listeners.tell(&hop);
            let ending = Ending {
                at: self.moment(state, sent_s),
                at_s: sent_s,
                ..Ending::default()
            };
            self.settle(state, id, hop, ending);
        }
        let Some(mut exchange) = self.exchange(state, tab, event) else {
            return;
        };
        exchange.sent_s = sent_s;
        exchange.started = self.moment(state, sent_s);
        let kind = event.str("/type").unwrap_or_default();
        exchange.class = class_of(kind, event.str("/initiator/type"));
        exchange.awaited = !matches!(kind, "EventSource" | "Ping" | "Preflight");
        exchange.beacon = kind == "Ping";
        if redirected_class == Some(RequestClass::Poll)
            || (exchange.class == RequestClass::Fetch && self.is_poll(state, &exchange, event))
        {
            exchange.class = RequestClass::Poll;
        }
        exchange.awaited &= exchange.class != RequestClass::Poll;
        if exchange.class == RequestClass::Fetch {
            beat(state, &mut exchange, event);
        }
        state.open.insert(id.to_owned(), exchange);
    }

    fn open_socket(&self, state: &mut State, tab: &Arc<str>, id: &str, event: &Event) {
        if let Some(mut exchange) = self.exchange(state, tab, event) {
            exchange.class = RequestClass::Websocket;
            state.open.insert(id.to_owned(), exchange);
        }
    }

    /// A new exchange; none for what is no request of HTTP (`data:`, `blob:`).
    fn exchange(&self, state: &State, tab: &Arc<str>, event: &Event) -> Option<Exchange> {
        let url = event.str("/request/url").or_else(|| event.str("/url"))?;
        let url = Url::parse(url).ok()?;
        if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") {
            return None;
        }
        Some(Exchange {
            tab: tab.clone(),
            session: event.session.as_deref().unwrap_or_default().into(),
            document: state.documents.get(tab).copied().unwrap_or_default(),
            origin: state.origin.clone(),
            method: event.str("/request/method").unwrap_or("GET").into(),
            record: self
                .keeps
                .then(|| Box::new(Record::new(&url, &event.params))),
            template: self.lore.fold(&url, &self.hosts),
            allowed: self.hosts.allows(&url),
            url,
            class: RequestClass::Other,
            awaited: false,
            rhythm: None,
            beacon: false,
            started: self.clock.now(),
            sent_s: 0.0,
            response: Response::default(),
            body_bytes: 0,
        })
    }

    fn is_poll(&self, state: &mut State, exchange: &Exchange, event: &Event) -> bool {
        let site = call_site(exchange, event);
        let loader = loader_of(exchange, event);
        if state.asked.len() >= ASKED {
            state.asked.clear();
        }
        let repeated = !state.asked.insert((hash(loader), site.key()));
        let by_itself = !state.acting && exchange.started > quiet_since(state);
        self.lore.polls.is_poll(site, repeated, by_itself)
    }

    fn socket(&self, state: &mut State, name: &str, id: &str, event: &Event) {
        let at_s = event.f64("/timestamp").unwrap_or_default();
        if let (None, Some(wall_s)) = (state.epoch_s, event.f64("/wallTime")) {
            state.epoch_s = Some(wall_s - at_s);
        }
        let moment = self.moment(state, at_s);
        let Some(open) = state.open.get_mut(id) else {
            return;
        };
        match name {
            "Network.webSocketWillSendHandshakeRequest" => {
                open.started = moment;
                open.sent_s = at_s;
            }
            "Network.webSocketHandshakeResponseReceived" => {
                if let Some(response) = event.params.get("response") {
                    open.read(response, false);
                }
            }
            "Network.webSocketFrameReceived" | "Network.webSocketFrameSent" => {
                let payload = event.str("/response/payloadData").unwrap_or_default();
                open.body_bytes += payload.len() as u64;
            }
            "Network.webSocketFrameError" => {
                let message = event.str("/errorMessage").unwrap_or_default();
                let reason = message.split_whitespace().find(|word| is_reason(word));
                let reason = reason.unwrap_or("net::ERR_WS_PROTOCOL_ERROR").to_owned();
                self.finish(state, id, event, None, Some(reason));
            }
            "Network.webSocketClosed" => {
                let unanswered = open.response.status.is_none();
                let error = unanswered.then(|| "net::ERR_CONNECTION_CLOSED".to_owned());
                self.finish(state, id, event, None, error);
            }
            _ => {}
        }
    }

    fn finish(
        &self,
        state: &mut State,
        id: &str,
        event: &Event,
        bytes: Option<u64>,
        error: Option<String>,
    ) {
        if let Some(exchange) = state.open.remove(id) {
            let at_s = event.f64("/timestamp").unwrap_or_default();
            let ending = Ending {
                at: self.moment(state, at_s),
                at_s,
                bytes,
                error,
                real_status: None,
            };
            if exchange.awaited {
                state.answered.insert(exchange.tab.clone(), ending.at);
            }
            self.settle(state, id, exchange, ending);
        }
    }

    /// Emits an ended exchange, or keeps it until the server's real answer is known.
    fn settle(&self, state: &mut State, id: &str, exchange: Exchange, mut ending: Ending) {
        self.settle_overdue(state);
        let answer = state.answers.get_mut(id).and_then(VecDeque::pop_front);
        if exchange.response.extra_promised && answer.is_none() {
            state.unsure.push_back((id.to_owned(), exchange, ending));
            return;
        }
        if state.answers.get(id).is_some_and(VecDeque::is_empty) {
            state.answers.remove(id);
        }
        ending.real_status = answer;
        self.emit(state, exchange, ending);
    }

    fn answer(&self, state: &mut State, id: &str, event: &Event) {
        let Some(status) = event.params.get("statusCode").and_then(Value::as_u64) else {
            return;
        };
        let status = u16::try_from(status).unwrap_or_default();
        if let Some(place) = state.unsure.iter().position(|(unsure, ..)| unsure == id) {
            if let Some((_, exchange, mut ending)) = state.unsure.remove(place) {
                ending.real_status = Some(status);
                self.emit(state, exchange, ending);
            }
        } else {
            if state.answers.len() >= EARLY_ANSWERS {
                // Of requests that began before we watched; nobody will ask for them.
                state.answers.retain(|id, _| state.open.contains_key(id));
            }
            let answers = state.answers.entry(id.to_owned()).or_default();
            answers.push_back(status);
        }
    }

    fn settle_overdue(&self, state: &mut State) {
        let now = self.clock.now();
        while let Some((_, _, ending)) = state.unsure.front() {
            if now.0.saturating_sub(ending.at.0) < UNSURE.as_micros() as u64 {
                break;
            }
            if let Some((_, exchange, ending)) = state.unsure.pop_front() {
                self.emit(state, exchange, ending);
            }
        }
    }

    /// Chromium's monotonic seconds as run time, never in the future.
    fn moment(&self, state: &State, monotonic_s: f64) -> Micros {
        let now = self.clock.now();
        match state.epoch_s {
            Some(epoch_s) if monotonic_s > 0.0 => {
                self.clock.from_wall_seconds(epoch_s + monotonic_s).min(now)
            }
            _ => now,
        }
    }
}

/// A call of a script that its document makes again and again is not waited for, nor are
/// those of its kind that are still open.
fn beat(state: &mut State, exchange: &mut Exchange, event: &Event) {
    let stack = call_site(exchange, event).stack();
    let rhythm = rhythm::key(loader_of(exchange, event), stack, &exchange.url);
    let idle = !(state.acting && state.done) && exchange.started > quiet_since(state);
    exchange.rhythm = Some(rhythm);
    if state.rhythms.is_background(rhythm, exchange.started, idle) {
        exchange.awaited = false;
        for open in state.open.values_mut() {
            open.awaited &= open.rhythm != Some(rhythm);
        }
    }
}

/// What begins later, while nobody acts, is nobody's doing.
fn quiet_since(state: &State) -> Micros {
    Micros(state.acted.0 + AFTERMATH.as_micros() as u64)
}

/// Which code made it.
fn call_site(exchange: &Exchange, event: &Event) -> CallSite {
    let initiator = event.params.get("initiator").unwrap_or(&Value::Null);
    let document = event.str("/documentURL").unwrap_or_default();
    CallSite::new(&exchange.method, &exchange.template, initiator, document)
}

/// The document that made it.
fn loader_of<'a>(exchange: &'a Exchange, event: &'a Event) -> &'a str {
    let loader = event.str("/loaderId").filter(|loader| !loader.is_empty());
    loader.unwrap_or(&exchange.session)
}

fn is_reason(text: &str) -> bool {
    text.starts_with("net::ERR_") || matches!(text, "csp" | "mixed-content")
}

fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The class of Chromium's resource type.
fn class_of(kind: &str, initiator: Option<&str>) -> RequestClass {
    if initiator == Some("preflight") {
        return RequestClass::Other;
    }
    match kind {
        "Document" => RequestClass::Document,
        "Fetch" | "XHR" => RequestClass::Fetch,
        "Script" => RequestClass::Script,
        "Stylesheet" => RequestClass::Stylesheet,
        "Image" => RequestClass::Image,
        "Font" => RequestClass::Font,
        "WebSocket" => RequestClass::Websocket,
        _ => RequestClass::Other,
    }
}
