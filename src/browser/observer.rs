//! Folds what Chromium tells about one user into its tabs, frames and requests. One task per
//! user; it answers events by sending commands without waiting, so it never falls behind.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::Capture;
use super::cdp::{Event, Notice, Session};
use super::emulation;
use super::evidence;
use super::page::Page;
use super::slowness::Brake;
use super::user::Stage;
use super::vitals::Views;
use crate::sample::Cause;

/// What the observer knows of one attached session.
struct Attachment {
    session: Session,
    kind: Kind,
    target: String,
    /// The tab to which it belongs; service and shared workers have none.
    page: Option<Page>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tab,
    Frame,
    Worker,
}

/// Follows one user until its browser context is forgotten or its browser lost.
pub(super) struct Observer {
    stage: Arc<Stage>,
    attached: HashMap<String, Attachment>,
    views: Views,
    brake: Brake,
}

impl Observer {
    pub(super) fn new(stage: Arc<Stage>) -> Self {
        Self {
            views: Views::new(stage.clock(), stage.samples().clone()),
            brake: Brake::new(stage.replay().slowness, stage.network().origin().user),
            stage,
            attached: HashMap::new(),
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
                } => self.attach(session, &parent, &info),
                Notice::Detached { session } => self.detach(&session),
                Notice::Event(event) => self.fold(&event),
                Notice::Mark(word) => {
                    let _nobody_waits_any_more = word.send(());
                }
            }
        }
        self.stage.network().close();
        self.views.close_all();
        self.stage.lost(Cause::BrowserLost);
        for page in self.stage.pages() {
            page.change(|state| state.closed = true);
        }
    }

    fn attach(&mut self, session: Session, parent: &str, info: &Value) {
        let target = info["targetId"].as_str().unwrap_or_default();
        let kind = match info["type"].as_str().unwrap_or_default() {
            "page" => Kind::Tab,
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
        let page = match kind {
            Kind::Tab => Some(self.stage.open_tab(target, info, session.clone())),
            Kind::Frame | Kind::Worker => self
                .attached
                .get(parent)
                .and_then(|parent| parent.page.clone()),
        };
        if let (Kind::Frame, Some(page)) = (kind, &page) {
            page.tree(|tree| tree.hand_over(target, &session));
        }
        // Before it is prepared: conditions that are set meanwhile reach it either way.
        self.stage.open_session(&session);
        match kind {
            Kind::Tab => emulation::prepare_tab(&session, &self.stage),
            Kind::Frame => emulation::prepare_frame(&session, &self.stage),
            Kind::Worker => emulation::prepare_worker(&session, &self.stage),
        }
        self.brake.apply(&session, kind != Kind::Worker);
        if self.stage.replay().capture == Capture::EveryStep {
            evidence::listen(&session);
        }
        session.send("Runtime.runIfWaitingForDebugger", json!({}));
        self.attached.insert(
            session.id().to_owned(),
            Attachment {
                session,
                kind,
                target: target.to_owned(),
                page,
            },
        );
    }

    fn detach(&mut self, session: &str) {
        self.stage.witness().console().ended(session);
        let Some(gone) = self.attached.remove(session) else {
            return;
        };
        self.stage.network().close_session(session);
        self.stage.close_session(session);
        if let (Kind::Tab, Some(page)) = (gone.kind, gone.page) {
            self.views.close(page.target());
            page.change(|state| state.closed = true);
            self.stage.close_tab(&page);
        }
    }

    fn fold(&mut self, event: &Event) {
        if event.session.is_none() {
            // Of any user's download: only one's own are known by their ids.
            self.stage.downloads().fold("downloadProgress", event);
            return;
        }
        if self.stage.replay().capture != Capture::Nothing {
            self.stage.witness().console().fold(event);
        }
        let Some(at) = event
            .session
            .as_deref()
            .and_then(|session| self.attached.get(session))
        else {
            return;
        };
        let (domain, name) = event.method.split_once('.').unwrap_or_default();
        match (domain, &at.page) {
            ("Network", page) => {
                let tab = page.as_ref().map(|page| page.target().clone());
                self.stage.network().fold(&tab.unwrap_or_default(), event);
            }
            ("Page", Some(page)) => {
                if name == "frameNavigated" && event.str("/frame/id") == Some(page.target()) {
                    let network = self.stage.network();
                    let url = event.str("/frame/url").unwrap_or_default();
                    let (origin, template) = (network.origin(), network.template(url));
                    network.commit(page.target());
                    self.views.commit(page.target(), url, origin, template);
                    self.brake.committed(&at.session);
                }
                if name.starts_with("download") {
                    self.stage.downloads().fold(name, event);
                }
                match name {
                    "javascriptDialogOpening" => answer(event, at, &self.stage),
                    "fileChooserOpened" => {
                        self.stage.intercepts().chooser_opened(&at.session, event);
                    }
                    _ => fold_page(name, event, &at.session, at.kind == Kind::Tab, page),
                }
            }
            ("Input", Some(_)) if name == "dragIntercepted" => {
                self.stage.intercepts().drag_began(event);
            }
            ("Runtime", Some(page)) if name == "bindingCalled" && at.kind == Kind::Tab => {
                self.views.report(page.target(), event);
            }
            ("Inspector", Some(page)) if name == "targetCrashed" && at.kind == Kind::Tab => {
                self.stage.lost(Cause::RendererCrashed);
                page.change(|state| state.closed = true);
            }
            _ => {}
        }
    }
}

/// Events of the `Page` domain, of a tab or of a frame in a process of its own.
pub(super) fn fold_page(name: &str, event: &Event, session: &Session, is_tab: bool, page: &Page) {
    let frame = event.str("/frameId").unwrap_or_default();
    let of_main = frame == &**page.target();
    match name {
        "frameAttached" => {
            let parent = event.str("/parentFrameId").unwrap_or_default();
            page.tree(|tree| tree.attach(frame, parent, session));
        }
        // A frame that moves to another process stays where it is among its siblings.
        "frameDetached" if event.str("/reason") != Some("swap") => {
            page.tree(|tree| tree.detach(frame));
        }
        "frameNavigated" => commit(event, session, page),
        "navigatedWithinDocument" if !of_main => {
            let url = event.str("/url").unwrap_or_default();
            page.tree(|tree| tree.moved(frame, url));
        }
        "navigatedWithinDocument" => page.change(|state| {
            state.same_document += 1;
            event
                .str("/url")
                .unwrap_or_default()
                .clone_into(&mut state.url);
        }),
        "frameRequestedNavigation"
            if of_main && event.str("/disposition") == Some("currentTab") =>
        {
            page.change(|state| state.pending = true);
        }
        "frameStartedNavigating" if of_main => {
            let kind = event.str("/navigationType").unwrap_or_default();
            if !kind.to_ascii_lowercase().contains("samedocument") {
                page.change(|state| state.pending = true);
            }
        }
        "frameClearedScheduledNavigation" | "frameStoppedLoading" if of_main => {
            page.change(|state| state.pending = false);
        }
        "domContentEventFired" if is_tab => {
            page.change(|state| state.dom_ready = true);
        }
        "loadEventFired" if is_tab => page.change(|state| state.loaded = true),
        _ => {}
    }
}

/// Nobody sees a dialog; what hangs on it must go on.
fn answer(event: &Event, at: &Attachment, stage: &Stage) {
    let part = |pointer| event.str(pointer).unwrap_or_default();
    let answer = stage
        .dialogs()
        .open(part("/type"), part("/message"), part("/defaultPrompt"));
    let mut parameters = json!({"accept": answer.accept});
    if let Some(text) = answer.text {
        parameters["promptText"] = json!(text);
    }
    at.session.send("Page.handleJavaScriptDialog", parameters);
}

/// A document was committed in a frame.
fn commit(event: &Event, session: &Session, page: &Page) {
    let frame = event.str("/frame/id").unwrap_or_default();
    let address = event.str("/frame/url").unwrap_or_default();
    let fragment = event.str("/frame/urlFragment").unwrap_or_default();
    let url = format!("{address}{fragment}");
    page.tree(|tree| tree.commit(frame, &url, session));
    if frame != &**page.target() {
        return;
    }
    let unreachable = event.str("/frame/unreachableUrl").map(str::to_owned);
    // It comes back as it was left, and says nothing of loading.
    let restored = event.str("/type") == Some("BackForwardCacheRestore");
    page.change(|state| {
        state.navigation += 1;
        state.url = url;
        event
            .str("/frame/loaderId")
            .unwrap_or_default()
            .clone_into(&mut state.loader);
        state.pending = false;
        state.dom_ready = restored;
        state.loaded = restored;
        state.failed = unreachable;
    });
}
