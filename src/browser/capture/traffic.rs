//! Requests of a watched browser: when they began and ended, and which hosts got none.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;

use super::{Request, What};
use crate::browser::Hosts;
use crate::browser::cdp::{Event, Session};

/// So many tasks are followed back from a request: from a timer to its call there may be a few.
const TASKS: u32 = 8;

/// Has Chromium tell with each request which tasks led to it: a timer, a promise. For this the
/// `Debugger` domain need not be enabled, which would stop at `debugger` statements and slow
/// `WebAssembly` down, only `Runtime`.
pub(super) fn follow_tasks(session: &Session) {
    let depth = json!({"maxDepth": TASKS});
    session.send("Debugger.setAsyncCallStackDepth", depth);
}

/// Requests that have not ended, by Chromium's id, which is the same in all sessions.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    hosts: Option<Arc<Hosts>>,
    begun: u64,
    open: HashMap<String, Open>,
    blocked: HashSet<String>,
}

#[derive(Debug)]
struct Open {
    number: u64,
    session: String,
    url: Url,
    status: Option<u16>,
}

impl Traffic {
    /// No requests yet. `hosts` get traffic; all when absent.
    pub(super) fn new(hosts: Option<Arc<Hosts>>) -> Self {
        Self {
            hosts,
            ..Self::default()
        }
    }

    /// Folds an event of the `Network` domain of a tab, with its frames and workers.
    pub(super) fn fold(&mut self, tab: usize, name: &str, event: &Event) -> Vec<What> {
        let Some(id) = event.str("/requestId") else {
            return Vec::new();
        };
        match name {
            "requestWillBeSent" => {
                let status = "/redirectResponse/status";
                let redirect = event.f64(status).map(|status| status as u16);
                let mut told: Vec<What> = self.end(id, redirect).into_iter().collect();
                let kind = event.str("/type").unwrap_or_default();
                let method = event.str("/request/method").unwrap_or("GET");
                let url = event.str("/request/url").unwrap_or_default();
                told.extend(self.begin(tab, id, event, (method, url, kind)));
                told
            }
            "webSocketCreated" => {
                let url = event.str("/url").unwrap_or_default();
                let request = ("GET", url, "websocket");
                self.begin(tab, id, event, request).into_iter().collect()
            }
            "responseReceived" => {
                if let Some(open) = self.open.get_mut(id) {
                    let status = event.f64("/response/status").unwrap_or_default() as u16;
                    open.status = (status > 0).then_some(status);
                }
                // It stays open for as long as its page does.
                let is_stream = event.str("/type") == Some("EventSource");
                let ended = is_stream.then(|| self.finish(id)).flatten();
                ended.into_iter().collect()
            }
            "webSocketHandshakeResponseReceived" => self.end(id, Some(101)).into_iter().collect(),
            "loadingFinished" => self.finish(id).into_iter().collect(),
            "loadingFailed" | "webSocketFrameError" | "webSocketClosed" => {
                let blocked = self.blocked_host(id);
                // A page that reads no more of an answer gives its body up, and has it all the same.
                let ended = self.finish(id);
                blocked.into_iter().chain(ended).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A session ended, and its requests with it.
    pub(super) fn close_session(&mut self, session: &str) -> Vec<What> {
        let gone = self.open.extract_if(|_, open| open.session == session);
        let mut numbers: Vec<u64> = gone.map(|(_, open)| open.number).collect();
        numbers.sort_unstable();
        numbers
            .into_iter()
            .map(|request| answered(request, None))
            .collect()
    }

    fn begin(
        &mut self,
        tab: usize,
        id: &str,
        event: &Event,
        (method, url, kind): (&str, &str, &str),
    ) -> Option<What> {
        let parsed = Url::parse(url).ok()?;
        let is_ours = matches!(parsed.scheme(), "http" | "https" | "ws" | "wss");
        // No page asks for a preflight; the browser does.
        if !is_ours || kind == "Preflight" {
            return None;
        }
        let number = self.begun;
        self.begun += 1;
        let open = Open {
            number,
            session: event.session.clone().unwrap_or_default(),
            url: parsed,
            status: None,
        };
        self.open.insert(id.to_owned(), open);
        Some(What::Began(Request {
            number,
            tab,
            method: method.to_owned(),
            url: url.to_owned(),
            kind: kind.to_ascii_lowercase(),
            by_timer: is_by_timer(event),
        }))
    }

    fn finish(&mut self, id: &str) -> Option<What> {
        let status = self.open.get(id)?.status;
        self.end(id, status)
    }

    fn end(&mut self, id: &str, status: Option<u16>) -> Option<What> {
        let open = self.open.remove(id)?;
        Some(answered(open.number, status))
    }

    /// The host of a request that could not pass, when it has not been told yet.
    fn blocked_host(&mut self, id: &str) -> Option<What> {
        let (hosts, open) = (self.hosts.as_ref()?, self.open.get(id)?);
        if hosts.allows(&open.url) {
            return None;
        }
        let name = open.url.host_str()?;
        let host = match open.url.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        self.blocked
            .insert(host.clone())
            .then_some(What::Blocked { host })
    }
}

fn answered(request: u64, status: Option<u16>) -> What {
    What::Answered { request, status }
}

/// Whether one of the tasks that led to a request is the beat of an interval, or a timeout that
/// was set anew after it had come and something else had happened: an answer to the last call. A
/// timeout that only puts itself off is one that waits for the person to be done (a search).
fn is_by_timer(event: &Event) -> bool {
    let mut stack = event.params.pointer("/initiator/stack");
    let mut timeouts: Vec<&Value> = Vec::new();
    let mut since = false;
    while let Some(task) = stack.and_then(|stack| stack.get("parent")) {
        match task["description"].as_str() {
            Some("setInterval") => return true,
            Some("setTimeout") => {
                let place = &task["callFrames"][0];
                if since && timeouts.contains(&place) {
                    return true;
                }
                timeouts.push(place);
                since = false;
            }
            _ => since = true,
        }
        stack = Some(task);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(params: Value) -> Event {
        Event {
            method: String::new(),
            session: Some("s".to_owned()),
            params,
        }
    }

    fn begin(traffic: &mut Traffic, id: &str, url: &str, redirect: &Value) -> Vec<What> {
        let request = json!({"requestId": id, "type": "Fetch", "redirectResponse": redirect,
            "request": {"method": "POST", "url": url}});
        traffic.fold(2, "requestWillBeSent", &event(request))
    }

    fn began(number: u64, url: &str) -> What {
        What::Began(Request {
            number,
            tab: 2,
            method: "POST".to_owned(),
            url: url.to_owned(),
            kind: "fetch".to_owned(),
            by_timer: false,
        })
    }

    #[test]
    fn each_hop_of_a_redirect_is_a_request() {
        let mut traffic = Traffic::default();
        let told = begin(&mut traffic, "1", "http://a.test/x", &json!(null));
        assert_eq!(told, [began(0, "http://a.test/x")]);
        let told = begin(
            &mut traffic,
            "1",
            "http://a.test/y",
            &json!({"status": 303}),
        );
        assert_eq!(told, [answered(0, Some(303)), began(1, "http://a.test/y")]);
        let response = json!({"requestId": "1", "response": {"status": 200}});
        assert_eq!(traffic.fold(2, "responseReceived", &event(response)), []);
        let end = event(json!({"requestId": "1"}));
        let told = traffic.fold(2, "loadingFinished", &end);
        assert_eq!(told, [answered(1, Some(200))]);
        assert_eq!(traffic.fold(2, "loadingFinished", &end), []);
    }

    #[test]
    fn a_host_without_traffic_is_told_once() {
        let hosts = Hosts {
            target: "a.test".to_owned(),
            allow: Vec::new(),
        };
        let mut traffic = Traffic::new(Some(Arc::new(hosts)));
        let mut fail = |id: &str, url: &str| {
            begin(&mut traffic, id, url, &json!(null));
            let failed = event(json!({"requestId": id, "errorText": "net::ERR_FAILED"}));
            traffic.fold(2, "loadingFailed", &failed).len()
        };
        assert_eq!(fail("1", "http://a.test/"), 1);
        assert_eq!(fail("2", "http://b.test:81/"), 2);
        assert_eq!(fail("3", "http://b.test:81/again"), 1);
    }

    #[test]
    fn an_answer_that_nobody_reads_is_one() {
        let mut traffic = Traffic::default();
        let mut given_up = |id: &str, answer: Option<u16>| {
            begin(&mut traffic, id, "http://a.test/x", &json!(null));
            if let Some(status) = answer {
                let response = json!({"requestId": id, "response": {"status": status}});
                traffic.fold(2, "responseReceived", &event(response));
            }
            let failed = json!({"requestId": id, "errorText": "net::ERR_ABORTED"});
            traffic.fold(2, "loadingFailed", &event(failed))
        };
        assert_eq!(given_up("1", Some(204)), [answered(0, Some(204))]);
        assert_eq!(given_up("2", None), [answered(1, None)]);
    }

    /// Tasks that led to a request, the last one first: by what, and the line of the script.
    fn by_timer(tasks: &[(&str, u32)]) -> bool {
        let frame =
            |line: u32| json!([{"functionName": "poll", "scriptId": "7", "lineNumber": line}]);
        let stack = |inner: Option<Value>, (by, line): &(&str, u32)| {
            let mut stack = json!({"description": by, "callFrames": frame(*line)});
            if let Some(parent) = inner {
                stack["parent"] = parent;
            }
            Some(stack)
        };
        let stack = tasks.iter().rev().fold(None, stack);
        let initiator =
            json!({"type": "script", "stack": {"callFrames": frame(0), "parent": stack}});
        is_by_timer(&event(json!({"initiator": initiator})))
    }

    #[test]
    fn a_poll_is_told_from_what_a_person_caused_by_its_timer() {
        assert!(by_timer(&[("setInterval", 1)]));
        assert!(by_timer(&[("await", 3), ("setInterval", 1)]));
        let again = [("setTimeout", 2), ("Promise.then", 1), ("setTimeout", 2)];
        assert!(by_timer(&again));
        assert!(!is_by_timer(&event(
            json!({"initiator": {"type": "parser"}})
        )));
        // A search that waits until nothing more is typed.
        assert!(!by_timer(&[("setTimeout", 5)]));
        assert!(!by_timer(&[
            ("setTimeout", 5),
            ("setTimeout", 5),
            ("setTimeout", 9)
        ]));
        assert!(!by_timer(&[("setTimeout", 2), ("Promise.then", 1)]));
    }

    #[test]
    fn what_a_session_left_open_ends_with_it() {
        let mut traffic = Traffic::default();
        begin(&mut traffic, "1", "http://a.test/x", &json!(null));
        begin(&mut traffic, "2", "data:text/plain,x", &json!(null));
        assert_eq!(traffic.close_session("other"), []);
        assert_eq!(traffic.close_session("s"), [answered(0, None)]);
    }
}
