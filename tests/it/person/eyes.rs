//! What a person sees: a client of the browser's debugging port that reads, and never acts. It
//! turns on no domain of the protocol, so that nothing in the page can tell that it is there.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket, client};

const LOOK: &str = include_str!("look.js");
/// In the title of the recorder's own page, before it is connected and after.
const TOOLBAR: [&str; 2] = ["Rehearsal recorder", "– Rehearsal"];
/// A page does not answer while a dialog of its own stands open.
const PATIENCE: Duration = Duration::from_secs(3);

/// Something on a page, as a person sees it. Places are in px of the page's area.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Sight {
    /// Left, top, width, height.
    #[serde(rename = "box")]
    pub(crate) rect: [f64; 4],
    /// Where a press would reach it; none when nothing of it can be reached now.
    pub(crate) point: Option<(f64, f64)>,
    /// Where to turn the wheel to see it, and how far it is.
    pub(crate) wheel: Option<(f64, f64, f64)>,
    /// What lies over it.
    pub(crate) covered: String,
    /// The page's area on the display: left, top, width, height.
    pub(crate) page: [f64; 4],
    pub(crate) text: String,
    pub(crate) value: Option<String>,
    pub(crate) options: Option<Vec<String>>,
    pub(crate) chosen: Option<i32>,
    pub(crate) ready: bool,
}

/// Eyes on the tabs of one browser.
pub(crate) struct Eyes {
    socket: WebSocket<TcpStream>,
    next: u64,
    /// Sessions of tabs by their id.
    sessions: BTreeMap<String, String>,
    /// The order in which tabs were first seen.
    order: Vec<String>,
    /// They look at the recorder's toolbar.
    toolbar: bool,
}

impl Eyes {
    /// Connects to the browser on a port of loopback; none while it does not listen.
    pub(crate) fn open(port: u16) -> Option<Self> {
        let version = get(port, "/json/version")?;
        let url = version["webSocketDebuggerUrl"].as_str()?.to_owned();
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let (socket, _) = client(url, stream).ok()?;
        Some(Self {
            socket,
            next: 0,
            sessions: BTreeMap::new(),
            order: Vec::new(),
            toolbar: false,
        })
    }

    /// The answer to a command; none when there is none in time, or an error.
    fn ask(&mut self, session: Option<&str>, method: &str, params: &Value) -> Option<Value> {
        self.next += 1;
        let id = self.next;
        let mut command = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            command["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(command.to_string())).ok()?;
        loop {
            let Message::Text(text) = self.socket.read().ok()? else {
                continue;
            };
            let answer: Value = serde_json::from_str(&text).ok()?;
            if answer["id"] == id {
                return answer.get("result").cloned();
            }
        }
    }

    /// Looks at the recorder's toolbar from now on, or at the person's own tabs.
    pub(crate) fn turn_to_toolbar(&mut self, on: bool) {
        self.toolbar = on;
    }

    /// Ids of the tabs that are looked at, in the order in which they came.
    fn tabs(&mut self) -> Vec<String> {
        let targets = self.ask(None, "Target.getTargets", &json!({}));
        let targets = targets.unwrap_or_default()["targetInfos"].clone();
        let mut open = Vec::new();
        for target in targets.as_array().into_iter().flatten() {
            let title = target["title"].as_str().unwrap_or_default();
            let is_toolbar = TOOLBAR.iter().any(|part| title.contains(part));
            let url = target["url"].as_str().unwrap_or_default();
            if target["type"] != "page" || is_toolbar != self.toolbar || url.starts_with("chrome") {
                continue;
            }
            open.push(target["targetId"].as_str().unwrap_or_default().to_owned());
        }
        self.order.retain(|id| open.contains(id));
        for id in open {
            if !self.order.contains(&id) {
                self.order.push(id);
            }
        }
        self.order.clone()
    }

    fn session(&mut self, tab: &str) -> Option<String> {
        if let Some(session) = self.sessions.get(tab) {
            return Some(session.clone());
        }
        let params = json!({"targetId": tab, "flatten": true});
        let answer = self.ask(None, "Target.attachToTarget", &params)?;
        let session = answer["sessionId"].as_str()?.to_owned();
        self.sessions.insert(tab.to_owned(), session.clone());
        Some(session)
    }

    /// What an expression is worth in the tab that the person has before them: the last one that
    /// came of those that are visible.
    pub(crate) fn read(&mut self, expression: &str) -> Option<Value> {
        let mut front = None;
        for tab in self.tabs().into_iter().rev() {
            let session = self.session(&tab)?;
            let visible = self.evaluate(&session, "document.visibilityState === 'visible'");
            if visible == Some(json!(true)) {
                front = Some(session);
                break;
            }
        }
        self.evaluate(&front?, expression)
    }

    fn evaluate(&mut self, session: &str, expression: &str) -> Option<Value> {
        let params = json!({"expression": expression, "returnByValue": true});
        let answer = self.ask(Some(session), "Runtime.evaluate", &params)?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            panic!("the eyes stumbled: {thrown}");
        }
        answer.pointer("/result/value").cloned()
    }

    /// Looks for something.
    pub(crate) fn look(&mut self, query: &str) -> Option<Sight> {
        let sight = self.read(&format!("{LOOK}({})", json!(query)))?;
        (!sight.is_null()).then(|| serde_json::from_value(sight).expect("a sight"))
    }

    /// How many tabs are open.
    pub(crate) fn count_tabs(&mut self) -> usize {
        self.tabs().len()
    }
}

/// A JSON document of the port.
fn get(port: u16, path: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = Vec::new();
    // The port keeps the connection open however it is asked; what has come by then is all.
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut part) {
        answer.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&answer);
        let Some((_, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        if let Ok(document) = serde_json::from_str(body) {
            return Some(document);
        }
    }
    None
}
