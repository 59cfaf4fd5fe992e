//! A panel with somebody who listens, its line without a browser, and its page in one.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use rehearsal::browser::{BrowserUser, Chromium, Driver, Hosts, Options, Profile};
use rehearsal::clock::Clock;
use rehearsal::record::panel::{Panel, PanelInput, PanelOptions};
use rehearsal::record::{Command, StepView, View};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::player::harness::{parse, profile_for};

/// How long anything may take on a machine that does ten other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Desk {
    pub(crate) panel: Panel,
    inputs: mpsc::Receiver<PanelInput>,
}

impl Desk {
    pub(crate) async fn start() -> Self {
        Self::start_with(PanelOptions::default()).await
    }

    pub(crate) async fn remote() -> Self {
        let remote = true;
        Self::start_with(PanelOptions {
            remote,
            ..PanelOptions::default()
        })
        .await
    }

    pub(crate) async fn start_with(options: PanelOptions) -> Self {
        let (panel, inputs) = Panel::start(options).await.unwrap();
        Self { panel, inputs }
    }

    /// What the person did next.
    pub(crate) async fn input(&mut self) -> PanelInput {
        let next = tokio::time::timeout(PATIENCE, self.inputs.recv()).await;
        next.expect("something is done").expect("a panel")
    }

    /// The next must be this command.
    pub(crate) async fn expect(&mut self, command: Command) {
        assert_eq!(self.input().await, PanelInput::Command(command));
    }

    /// Nothing was done that was not asked for yet.
    pub(crate) fn expect_nothing(&mut self) {
        assert_eq!(self.inputs.try_recv().ok(), None);
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.panel.port())
    }

    /// A request to a part of the panel; empty is its page.
    pub(crate) fn url(&self, part: &str) -> String {
        format!("{}{part}", self.panel.url())
    }

    /// The cookie, as the browser that opens the page first has it.
    pub(crate) async fn cookie(&self) -> String {
        let answer = reqwest::get(self.panel.url()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The line, as a page has it.
    pub(crate) async fn line(&self, cookie: &str) -> Line {
        let origin = format!("http://{}", self.host());
        self.try_line(Some(cookie), Some(&origin)).await.unwrap()
    }

    pub(crate) async fn try_line(
        &self,
        cookie: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Line, tungstenite::Error> {
        let url = self.url("live").replace("http://", "ws://");
        let mut request = url.into_client_request()?;
        let headers = request.headers_mut();
        if let Some(cookie) = cookie {
            headers.insert("cookie", cookie.parse().unwrap());
        }
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Line { socket })
    }
}

/// A websocket to the panel.
pub(crate) struct Line {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Line {
    /// The next message that is no sign of life; none when the line is closed.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match message.expect("a message")?.ok()? {
                Message::Text(text) => {
                    let text: Value = serde_json::from_str(&text).unwrap();
                    if text["type"] != "beat" {
                        return Some(Told::Text(text));
                    }
                }
                Message::Binary(bytes) => return Some(Told::Picture(bytes)),
                _ => {}
            }
        }
    }

    /// The next JSON message of this type; others before it are dropped.
    pub(crate) async fn text(&mut self, kind: &str) -> Value {
        loop {
            match self.next().await {
                Some(Told::Text(text)) if text["type"] == kind => return text,
                Some(_) => {}
                None => panic!("closed before {kind}"),
            }
        }
    }

    /// Number of the next picture; other messages before it are dropped.
    pub(crate) async fn picture(&mut self) -> u32 {
        loop {
            match self.next().await.expect("a picture") {
                Told::Picture(bytes) => return u32::from_be_bytes(bytes[..4].try_into().unwrap()),
                Told::Text(_) => {}
            }
        }
    }

    pub(crate) async fn send(&mut self, message: Value) {
        let text = message.to_string();
        self.socket.send(Message::text(text)).await.unwrap();
    }
}

#[derive(Debug)]
pub(crate) enum Told {
    Text(Value),
    Picture(Bytes),
}

/// A view with so many steps.
pub(crate) fn view(steps: u64) -> View {
    View {
        file: "flows/checkout.json".to_owned(),
        steps: (1..=steps).map(step).collect(),
        count: steps as usize,
        can_undo: steps > 0,
        ..View::default()
    }
}

pub(crate) fn step(id: u64) -> StepView {
    StepView {
        id,
        number: id as usize,
        kind: "click".to_owned(),
        text: format!("Click “Thing {id}”"),
        selectors: vec![format!("#thing-{id}")],
        ..StepView::default()
    }
}

/// The panel's page in Chromium.
pub(crate) struct Page {
    chromium: Chromium,
    user: Box<dyn BrowserUser>,
}

impl Page {
    /// Opens the panel.
    pub(crate) async fn open(desk: &Desk) -> Self {
        Self::open_at(desk.panel.url(), desk.host()).await
    }

    /// Opens an address of this host.
    pub(crate) async fn open_at(url: &str, host: String) -> Self {
        let options = Options::new(Clock::start());
        let chromium = Chromium::launch(options).await.expect("a browser");
        let (sender, _nobody_reads) = mpsc::unbounded_channel();
        let profile = profile_for(host);
        let user = chromium.open(&profile, sender).await.expect("a user");
        let mut page = Self { chromium, user };
        page.pass(json!({"type": "navigate", "url": url})).await;
        page
    }

    /// Another person, who shares no cookie.
    pub(crate) async fn another(&self, host: String) -> Box<dyn BrowserUser> {
        let (sender, _nobody_reads) = mpsc::unbounded_channel();
        let profile: Profile = Profile {
            hosts: std::sync::Arc::new(Hosts {
                target: host,
                allow: Vec::new(),
            }),
            ..profile_for(String::new())
        };
        self.chromium.open(&profile, sender).await.expect("a user")
    }

    /// A step that must pass.
    pub(crate) async fn pass(&mut self, step: Value) {
        let shown = step.to_string();
        let performed = self.user.perform(0, &parse(&step), PATIENCE).await;
        assert_eq!(performed.result, Ok(()), "{shown}");
    }

    pub(crate) async fn click(&mut self, selector: &str) {
        self.pass(json!({"type": "click", "selectors": [selector], "offsetX": 5, "offsetY": 5}))
            .await;
    }

    pub(crate) async fn change(&mut self, selector: &str, value: &str) {
        self.pass(json!({"type": "change", "selectors": [selector], "value": value}))
            .await;
    }

    /// Keys for whatever has the focus.
    pub(crate) async fn press(&mut self, keys: &str) {
        self.pass(
            json!({"type": "customStep", "name": "rehearsal.press", "parameters": {"keys": keys}}),
        )
        .await;
    }

    /// An expression must become true; if it does not, the failure says what `shown` was.
    pub(crate) async fn expect(&mut self, condition: &str, shown: &str) {
        let expression = format!("({condition}) || (() => {{ throw new Error({shown}) }})()");
        self.pass(json!({"type": "waitForExpression", "expression": expression}))
            .await;
    }

    /// An element must hold this text, white space squashed.
    pub(crate) async fn reads(&mut self, selector: &str, text: &str) {
        let found = format!(
            "document.querySelector({})?.innerText.replace(/\\s+/g, ' ').trim()",
            json!(selector)
        );
        self.expect(&format!("{found} === {}", json!(text)), &found)
            .await;
    }

    /// The focused element's `id`, `data-key` or label must be this.
    pub(crate) async fn focused(&mut self, name: &str) {
        let found = "(({id, dataset, ariaLabel}) => id || dataset.key || ariaLabel)(document.activeElement)";
        self.expect(&format!("{found} === {}", json!(name)), found)
            .await;
    }

    pub(crate) async fn leave(self) {
        self.user.close().await;
        self.chromium.shutdown().await;
    }
}

/// Another port for the panel, as `ssh -L` makes one; it can be cut.
pub(crate) struct Forward {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
    to: String,
}

impl Forward {
    pub(crate) async fn start(to: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = Self::serve(listener, to.clone());
        Self { address, task, to }
    }

    fn serve(listener: TcpListener, to: String) -> JoinHandle<()> {
        tokio::spawn(async move {
            // Ends its connections with it.
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(to).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        })
    }

    /// All its connections break, and no other is taken.
    pub(crate) async fn cut(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    /// It works again.
    pub(crate) async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.task = Self::serve(listener, self.to.clone());
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.task.abort();
    }
}
