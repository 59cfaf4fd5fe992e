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
use super::{
    Arrival, PageEvent, Report, Typed, What, address, arrival, files, picking, readiness, size,
    title,
};
use crate::browser::cdp::{Event, Notice, Session};
use crate::browser::frame::WORLD;
use crate::browser::observer::fold_page;
use crate::clock::Micros;
use crate::flow::DialogKind;

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
    watch: Arc<Watch>,
    attached: HashMap<String, Attachment>,
    /// Frames by session and number of our execution context in them.
    contexts: HashMap<(String, i64), Arc<str>>,
    traffic: Traffic,
    downloads: Downloads,
    /// The last page that asked for a new tab, and when.
    opening: Option<(usize, Micros)>,
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

    fn tell(&self, what: What) {
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

    fn fold_page(
        &mut self,
        name: &str,
        event: &Event,
        session: &Session,
        is_tab: bool,
        tab: &Arc<Tab>,
    ) {
        let frame = event.str("/frameId").unwrap_or_default();
        let of_main = frame == &**tab.page.target();
        fold_page(name, event, session, is_tab, &tab.page);
        match name {
            "frameNavigated" => self.went(event, tab),
            "navigatedWithinDocument" => self.went_within(event, tab),
            "documentOpened" => script::listen_again(tab, event.str("/frame/id")),
            "frameAttached" => address::prepare(tab, frame),
            "frameDetached" if event.str("/reason") != Some("swap") => {
                tab.state().owners.remove(frame);
            }
            "frameRequestedNavigation" => match event.str("/disposition") {
                Some("currentTab") | None if of_main => {
                    let reason = event.str("/reason").unwrap_or_default();
                    tab.state().asked = Some(reason.to_owned());
                }
                Some("currentTab" | "download") | None => {}
                Some(_) => self.opening = Some((tab.number, self.watch.clock.now())),
            },
            "windowOpen" => self.opening = Some((tab.number, self.watch.clock.now())),
            "frameStartedNavigating" if of_main => {
                let loader = event.str("/loaderId").unwrap_or_default();
                let kind = event.str("/navigationType").unwrap_or_default();
                let mut state = tab.state();
                state.loading = true;
                // Those that come to nothing are never asked for.
                if state.started.len() > 20 {
                    state.started.clear();
                }
                state.started.insert(loader.to_owned(), kind.to_owned());
            }
            "frameStoppedLoading" if of_main => {
                let mut state = tab.state();
                state.loading = false;
                state.asked = None;
            }
            "domContentEventFired" if is_tab => title::read(&self.watch, tab),
            "loadEventFired" if is_tab => title::read_soon(&self.watch, tab),
            "frameResized" if is_tab => size::measure_soon(&self.watch, tab),
            "javascriptDialogOpening" => self.dialog_opened(event, tab),
            "javascriptDialogClosed" => {
                let text = event.str("/userInput").filter(|text| !text.is_empty());
                let closed = What::DialogClosed {
                    tab: tab.number,
                    accepted: event.bool("/result"),
                    text: text.map(|text| Typed(text.to_owned())),
                };
                self.tell(closed);
                if let Some(remote) = &self.watch.remote {
                    remote.answered();
                }
            }
            "downloadWillBegin" | "downloadProgress" => {
                self.downloaded(name, event, Some(tab.number));
            }
            _ => {}
        }
        if let Some(remote) = &self.watch.remote {
            remote.fold_page(&self.watch, name, event, session, tab);
        }
    }

    fn dialog_opened(&self, event: &Event, tab: &Tab) {
        let kind = match event.str("/type").unwrap_or_default() {
            "alert" => DialogKind::Alert,
            "confirm" => DialogKind::Confirm,
            "prompt" => DialogKind::Prompt,
            _ => DialogKind::Beforeunload,
        };
        let message = event.str("/message").unwrap_or_default().to_owned();
        if let Some(remote) = &self.watch.remote {
            let default = event.str("/defaultPrompt").unwrap_or_default();
            remote.dialog_opened(tab.number, kind, &message, default);
        }
        self.tell(What::DialogOpened {
            tab: tab.number,
            kind,
            message,
        });
    }

    /// A document was committed in a frame.
    fn went(&self, event: &Event, tab: &Arc<Tab>) {
        let frame = event.str("/frame/id").unwrap_or_default();
        let url = format!(
            "{}{}",
            event.str("/frame/url").unwrap_or_default(),
            event.str("/frame/urlFragment").unwrap_or_default()
        );
        if frame != &**tab.page.target() {
            // Frames begin blank, and many stay so.
            if url != "about:blank" {
                self.frame_went(tab, frame, url, false);
            }
            return;
        }
        let loader = event.str("/frame/loaderId").unwrap_or_default();
        let mut state = tab.state();
        let known = state.started.shift_remove(loader);
        // A document that was kept comes back with the loader that it had.
        let kept = event.str("/type") == Some("BackForwardCacheRestore");
        let history = |kind: &String| kind.starts_with("history");
        let kind = known.or_else(|| {
            let started = state.started.values().rev();
            started
                .into_iter()
                .find(|kind| kept && history(kind))
                .cloned()
        });
        if kept {
            state.started.retain(|_, kind| !history(kind));
        }
        state.owners.clear();
        state.loading = true;
        drop(state);
        let network = self.watch.network();
        network.commit(tab.page.target());
        network.set_done();
        self.main_went(tab, kind.as_deref(), url, false);
        readiness::watch(&self.watch, tab);
        size::measure_soon(&self.watch, tab);
    }

    fn went_within(&self, event: &Event, tab: &Arc<Tab>) {
        let frame = event.str("/frameId").unwrap_or_default();
        let url = event.str("/url").unwrap_or_default().to_owned();
        if frame != &**tab.page.target() {
            self.frame_went(tab, frame, url, true);
            return;
        }
        let mut state = tab.state();
        // A navigation to a document that is still on its way is another one.
        let within = |kind: &String| kind.to_ascii_lowercase().contains("samedocument");
        let started = state.started.iter().find(|(_, kind)| within(kind));
        let loader = started.map(|(loader, _)| loader.clone());
        let kind = loader.and_then(|loader| state.started.shift_remove(&loader));
        if event.str("/navigationType") == Some("historyApi") {
            state.asked.get_or_insert_with(|| "historyApi".to_owned());
        }
        drop(state);
        title::read_soon(&self.watch, tab);
        self.main_went(tab, kind.as_deref(), url, true);
    }

    fn main_went(&self, tab: &Arc<Tab>, kind: Option<&str>, url: String, same_document: bool) {
        let now = self.watch.clock.now();
        let arrival = arrival::of_main(tab, kind, same_document, now);
        // Pages of the browser itself, like that of a new tab, are none of the site.
        let is_told = !url.starts_with("chrome:") && !url.starts_with("chrome-");
        self.watch.outbox.tell_later(async move {
            let told = arrival.told(url).await;
            told.filter(|_| is_told)
        });
    }

    /// A frame within a document never goes anywhere by the person's own doing.
    fn frame_went(&self, tab: &Arc<Tab>, frame: &str, url: String, same_document: bool) {
        let number = tab.number;
        self.tell_with_address(tab, frame, move |frame| What::Went {
            tab: number,
            frame,
            url,
            arrival: Arrival::Page,
            same_document,
        });
    }

    /// Tells something of a frame, when it is known where that is.
    fn tell_with_address(
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

    fn downloaded(&mut self, name: &str, event: &Event, tab: Option<usize>) {
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
