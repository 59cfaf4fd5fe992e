//! Folds what the browser tells into happenings. One task per watched browser; it answers events
//! by sending commands without waiting, and leaves to others what has to be asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::downloads::Downloads;
use super::script::{self, TELL};
use super::tab::Tab;
use super::traffic::{self, Traffic};
use super::watch::Watch;
use super::{PageEvent, Report, What, address, files, picking, size, title};
use crate::browser::cdp::{Event, Notice, Session};
use crate::browser::frame::WORLD;
use crate::clock::Micros;

/// Between a press that opens a tab and the tab, when Chromium does not tell who opened it.
const OPENS_WITHIN: Duration = Duration::from_secs(3);

/// What is known of one attached session.
struct Attachment {
    session: Session,
    kind: Kind,
    target: String,
    /// The tab to which it belongs; shared and service workers have none.
    tab: Option<Arc<Tab>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tab,
    Frame,
    Worker,
}

/// Follows a browser until it is gone or its person has closed the last tab.
pub(super) struct Watcher {
    pub(super) watch: Arc<Watch>,
    attached: HashMap<String, Attachment>,
    /// Frames by session and number of our execution context in them.
    contexts: HashMap<(String, i64), Arc<str>>,
    traffic: Traffic,
    downloads: Downloads,
    /// The last page that asked for a new tab, and when.
    pub(super) opening: Option<(usize, Micros)>,
}

impl Watcher {
    pub(super) fn new(watch: Arc<Watch>, traffic: Traffic) -> Self {
        Self {
            watch,
            attached: HashMap::new(),
            contexts: HashMap::new(),
            traffic,
            downloads: Downloads::default(),
            opening: None,
        }
    }

    /// Runs until the inbox ends.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Notice>) {
        while let Some(notice) = inbox.recv().await {
            match notice {
                Notice::Attached {
                    session,
                    parent,
                    info,
                } => self.attach(&session, &parent, &info),
                Notice::Detached { session } => self.detach(&session),
                Notice::Event(event) => self.fold(&event),
                Notice::Mark(word) => {
                    let _nobody_waits_any_more = word.send(());
                }
            }
        }
        self.watch.network().close();
        for tab in self.watch.tabs() {
            tab.page.change(|state| state.closed = true);
        }
        self.watch.outbox.tell(What::Ended);
    }

    pub(super) fn tell(&self, what: What) {
        self.watch.outbox.tell(what);
    }

    fn attach(&mut self, session: &Session, parent: &str, info: &Value) {
        let target = info["targetId"].as_str().unwrap_or_default();
        let url = info["url"].as_str().unwrap_or_default();
        let kind = match info["type"].as_str().unwrap_or_default() {
            // The browser's own tools are none of the person's tabs.
            "page" if !url.starts_with("devtools:") && info["subtype"].is_null() => Kind::Tab,
            "iframe" => Kind::Frame,
            "worker" | "shared_worker" | "service_worker" => Kind::Worker,
            _ => {
                session.send("Runtime.runIfWaitingForDebugger", json!({}));
                return;
            }
        };
        // A service worker is reported by the browser and by each page it serves.
        if self.attached.values().any(|known| known.target == target) {
            session.send("Runtime.runIfWaitingForDebugger", json!({}));
            return;
        }
        let tab = match kind {
            Kind::Tab => {
                let opener = self.opener(info);
                Some(self.watch.open_tab(session, info, opener))
            }
            Kind::Frame | Kind::Worker => self
                .attached
                .get(parent)
                .and_then(|parent| parent.tab.clone()),
        };
        if let (Kind::Frame, Some(tab)) = (kind, &tab) {
            tab.page.tree(|tree| tree.hand_over(target, session));
        }
        self.prepare(session, kind, tab.as_ref());
        session.send("Runtime.runIfWaitingForDebugger", json!({}));
        if let (Kind::Tab, Some(tab)) = (kind, &tab) {
            size::measure_soon(&self.watch, tab);
            if let Some(remote) = &self.watch.remote {
                remote.tab_came(&self.watch, tab);
            }
        }
        let attachment = Attachment {
            session: session.clone(),
            kind,
            target: target.to_owned(),
            tab,
        };
        self.attached.insert(session.id().to_owned(), attachment);
    }

    /// What a session is told before its target runs: what to report, and in a browser without a
    /// window what to be like. All of it in order, and nothing that a page can notice.
    fn prepare(&self, session: &Session, kind: Kind, tab: Option<&Arc<Tab>>) {
        if kind != Kind::Worker {
            session.send("Page.enable", json!({}));
        }
        // Bodies are not read through the protocol, so Chromium need not keep them for it.
        let buffers =
            json!({"maxTotalBufferSize": 0, "maxResourceBufferSize": 0, "maxPostDataSize": 0});
        session.send("Network.enable", buffers);
        session.send(
            "Target.setAutoAttach",
            json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true}),
        );
        if let Some(remote) = &self.watch.remote {
            remote.prepare(session, kind == Kind::Tab, kind == Kind::Worker);
        }
        if kind == Kind::Worker {
            return;
        }
        script::install(session);
        traffic::follow_tasks(session);
        if let Some(tab) = tab {
            self.watch.open_session(session, tab);
        }
        if self.watch.is_picking() {
            picking::begin(session);
        }
    }

    /// The tab whose page opened a new one. Links that open tabs hide it from the new page, and
    /// from us.
    fn opener(&mut self, info: &Value) -> Option<usize> {
        let now = self.watch.clock.now();
        let told = info["openerId"].as_str();
        let told = told.and_then(|opener| self.watch.tab_of(opener));
        let asked = self
            .opening
            .take()
            .filter(|(_, at)| now.ms_since(*at) < OPENS_WITHIN.as_secs_f64() * 1_000.0);
        told.map(|tab| tab.number).or(asked.map(|(tab, _)| tab))
    }

    fn detach(&mut self, session: &str) {
        let Some(gone) = self.attached.remove(session) else {
            return;
        };
        self.contexts.retain(|(of, _), _| of != session);
        self.watch.network().close_session(session);
        self.watch.close_session(session);
        for what in self.traffic.close_session(session) {
            self.tell(what);
        }
        if let (Kind::Tab, Some(tab)) = (gone.kind, gone.tab) {
            self.watch.close_tab(&tab);
            if let Some(remote) = &self.watch.remote {
                remote.tab_went(&self.watch, &tab);
            }
        }
    }

    fn fold(&mut self, event: &Event) {
        let (domain, name) = event.method.split_once('.').unwrap_or_default();
        if event.session.is_none() {
            match name {
                "targetInfoChanged" => {
                    let target = event.str("/targetInfo/targetId").unwrap_or_default();
                    if let Some(tab) = self.watch.tab_of(target) {
                        title::read_soon(&self.watch, &tab);
                    }
                }
                _ => self.downloaded(name, event, None),
            }
            return;
        }
        let Some(at) = event
            .session
            .as_deref()
            .and_then(|session| self.attached.get(session))
        else {
            return;
        };
        let Some(tab) = at.tab.clone() else {
            return;
        };
        let (session, is_tab) = (at.session.clone(), at.kind == Kind::Tab);
        match domain {
            "Network" => {
                self.watch.network().fold(tab.page.target(), event);
                for what in self.traffic.fold(tab.number, name, event) {
                    self.tell(what);
                }
            }
            "Page" => self.fold_page(name, event, &session, is_tab, &tab),
            "Runtime" => self.fold_runtime(name, event, &session, &tab),
            "Overlay" => picking::fold(&self.watch, name, event, &session, &tab),
            "Inspector" if name == "targetReloadedAfterCrash" && is_tab => {
                self.prepare(&session, Kind::Tab, Some(&tab));
            }
            _ => {}
        }
    }

    /// Tells something of a frame, when it is known where that is.
    pub(super) fn tell_with_address(
        &self,
        tab: &Arc<Tab>,
        frame: &str,
        what: impl FnOnce(super::FrameAddress) -> What + Send + 'static,
    ) {
        if let Some(address) = address::known(tab, frame) {
            self.tell(what(address));
            return;
        }
        let (tab, frame) = (tab.clone(), frame.to_owned());
        self.watch
            .outbox
            .tell_later(async move { Some(what(address::of(&tab, &frame).await)) });
    }

    fn fold_runtime(&mut self, name: &str, event: &Event, session: &Session, tab: &Arc<Tab>) {
        let key = |id: Option<f64>| (session.id().to_owned(), id.unwrap_or_default() as i64);
        match name {
            "executionContextCreated" if event.str("/context/name") == Some(WORLD) => {
                let frame = event.str("/context/auxData/frameId").unwrap_or_default();
                let key = key(event.f64("/context/id"));
                self.contexts.insert(key, frame.into());
            }
            "executionContextDestroyed" => {
                self.contexts.remove(&key(event.f64("/executionContextId")));
            }
            "executionContextsCleared" => self.contexts.retain(|(of, _), _| of != session.id()),
            "bindingCalled" if event.str("/name") == Some(TELL) => {
                let frame = self.contexts.get(&key(event.f64("/executionContextId")));
                let Some(frame) = frame.cloned() else {
                    return;
                };
                self.report(event.str("/payload").unwrap_or_default(), &frame, tab);
            }
            _ => {}
        }
    }

    /// The script told something.
    fn report(&self, payload: &str, frame: &str, tab: &Arc<Tab>) {
        let report: Report = match serde_json::from_str(payload) {
            Ok(report) => report,
            Err(error) => {
                // Only where it is wrong: what was typed may be in it.
                let (line, column) = (error.line(), error.column());
                tracing::warn!(line, column, "the page's script told something unreadable");
                return;
            }
        };
        let is_gesture = !matches!(report.event, PageEvent::Effect { .. });
        if is_gesture {
            self.watch.acted();
            title::read_soon(&self.watch, tab);
            if may_go_back(&report.event) {
                tab.state().acted = Some(self.watch.clock.now());
            }
        }
        let number = tab.number;
        if let PageEvent::Files { .. } = report.event {
            let (tab, frame) = (tab.clone(), frame.to_owned());
            self.watch.outbox.tell_later(async move {
                let report = files::located(&tab, &frame, report).await;
                let frame = address::of(&tab, &frame).await;
                Some(What::Page {
                    tab: number,
                    frame,
                    report,
                })
            });
            return;
        }
        self.tell_with_address(tab, frame, move |frame| What::Page {
            tab: number,
            frame,
            report,
        });
    }

    pub(super) fn downloaded(&mut self, name: &str, event: &Event, tab: Option<usize>) {
        if let Some(what) = self.downloads.fold(name, event, tab) {
            self.tell(what);
        }
    }
}

/// Whether a page may go back in its history because of it. The browser's own keys for that are
/// keys of the page first.
fn may_go_back(event: &PageEvent) -> bool {
    match event {
        PageEvent::Key { keys, .. } => {
            let browser = [
                "Alt+ArrowLeft",
                "Alt+ArrowRight",
                "BrowserBack",
                "BrowserForward",
            ];
            !browser.contains(&keys.as_str())
        }
        PageEvent::Click { button, .. } => {
            use crate::flow::Button;
            !matches!(button, Button::Back | Button::Forward)
        }
        _ => true,
    }
}
