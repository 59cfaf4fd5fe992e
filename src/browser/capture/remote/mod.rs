//! A browser without a window: what its person sees elsewhere, and what they do there.

mod chooser;
mod cursor;
mod input;
mod keys;
mod list;
mod pasteboard;
mod screen;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::sync::mpsc;

use super::tab::Tab;
use super::watch::Watch;
use super::{RemoteInput, Shown, TabShown};
use crate::browser::cdp::{Event, Session};
use crate::browser::emulation::{self, Identity};
use crate::flow::{DialogKind, Viewport};

use self::chooser::Chooser;
pub(super) use self::input::navigate;
use self::list::List;
use self::pasteboard::Pasteboard;
use self::screen::Screen;

/// Size of the page when nobody has asked for one.
pub(super) const SIZE: (u32, u32) = (1280, 800);

/// How good pictures are, of 100: text stays sharp, and a frame stays below 200 kB.
const QUALITY: u32 = 80;

/// The person's screen and hands.
#[derive(Debug)]
pub(super) struct Remote {
    identity: Identity,
    screen: Screen,
    state: Mutex<State>,
    /// Held while something is done that must not be mixed with the next.
    hand: tokio::sync::Mutex<()>,
    pasteboard: tokio::sync::Mutex<Option<Pasteboard>>,
}

#[derive(Debug)]
struct State {
    viewport: Viewport,
    /// The tab that is shown.
    front: Option<usize>,
    /// The tab whose dialog waits for an answer.
    dialog: Option<usize>,
    chooser: Option<Chooser>,
    list: Option<List>,
    /// Modifier keys that are down, by name.
    held: Vec<String>,
    /// Where the pointer is, and how often it has moved.
    pointer: (f64, f64),
    moves: u64,
}

impl Remote {
    /// Nothing is shown yet.
    pub(super) fn new(identity: Identity, (width, height): (u32, u32)) -> Self {
        Self {
            identity,
            screen: Screen::default(),
            state: Mutex::new(State {
                viewport: viewport(width, height),
                front: None,
                dialog: None,
                chooser: None,
                list: None,
                held: Vec::new(),
                pointer: (0.0, 0.0),
                moves: 0,
            }),
            hand: tokio::sync::Mutex::default(),
            pasteboard: tokio::sync::Mutex::default(),
        }
    }

    /// What is shown now, and from now on.
    pub(super) fn shown(&self) -> mpsc::Receiver<Shown> {
        self.screen.read()
    }

    /// Does what the person does.
    pub(super) async fn input(&self, watch: &Arc<Watch>, input: RemoteInput) -> Result<(), String> {
        input::perform(self, watch, input).await
    }

    /// What a session is told before its target runs: to be like a desktop with a mouse.
    pub(super) fn prepare(&self, session: &Session, is_tab: bool, is_worker: bool) {
        emulation::introduce(session, &self.identity);
        if is_worker {
            return;
        }
        emulation::furnish(session);
        // Its window would be seen by nobody.
        let intercept = json!({"enabled": true});
        session.send("Page.setInterceptFileChooserDialog", intercept);
        if is_tab {
            let metrics = emulation::metrics(self.state().viewport);
            session.send(emulation::METRICS, metrics);
        }
    }

    /// A tab came: it is the one that a person looks at from now on.
    pub(super) fn tab_came(&self, watch: &Watch, tab: &Tab) {
        self.bring_to_front(watch, tab);
    }

    /// A tab went.
    pub(super) fn tab_went(&self, watch: &Watch, tab: &Tab) {
        let mut state = self.state();
        let was_dialog = state.dialog.take_if(|of| *of == tab.number).is_some();
        let was_front = state.front.take_if(|front| *front == tab.number).is_some();
        drop(state);
        if was_dialog {
            self.close();
        }
        if was_front {
            let tabs = watch.tabs();
            let opener = tab.opener.and_then(|number| watch.tab(number));
            if let Some(next) = opener.or_else(|| tabs.last().cloned()) {
                self.bring_to_front(watch, &next);
            }
        }
        self.show_tabs(watch);
    }

    /// Shows a tab instead of the one that is shown.
    fn bring_to_front(&self, watch: &Watch, tab: &Tab) {
        let before = self.state().front.replace(tab.number);
        let before = before.filter(|number| *number != tab.number);
        if let Some(before) = before.and_then(|number| watch.tab(number)) {
            before.page.session().send("Page.stopScreencast", json!({}));
        }
        let session = tab.page.session();
        session.send("Page.bringToFront", json!({}));
        self.start(session);
        self.show_tabs(watch);
    }

    fn start(&self, session: &Session) {
        let viewport = self.state().viewport;
        let cast = json!({"format": "jpeg", "quality": QUALITY, "everyNthFrame": 1,
            "maxWidth": viewport.width, "maxHeight": viewport.height});
        session.send("Page.startScreencast", cast);
    }

    /// Gives all pages another size.
    fn resize(&self, watch: &Watch, width: u32, height: u32) {
        let viewport = viewport(width.clamp(200, 4_000), height.clamp(150, 4_000));
        let mut state = self.state();
        if std::mem::replace(&mut state.viewport, viewport) == viewport {
            return;
        }
        let front = state.front;
        drop(state);
        for tab in watch.tabs() {
            let session = tab.page.session();
            session.send(emulation::METRICS, emulation::metrics(viewport));
            if front == Some(tab.number) {
                session.send("Page.stopScreencast", json!({}));
                self.start(session);
            }
        }
    }

    /// Shows which tabs there are.
    pub(super) fn show_tabs(&self, watch: &Watch) {
        let front = self.state().front;
        let shown = |tab: &Arc<Tab>| {
            let state = tab.state();
            TabShown {
                tab: tab.number,
                title: state.title.clone(),
                url: tab.page.url(),
                front: front == Some(tab.number),
                loading: state.loading,
            }
        };
        let tabs = watch.tabs().iter().map(shown).collect();
        self.screen.show(Shown::Tabs { tabs });
    }

    /// A dialog waits for the person.
    pub(super) fn dialog_opened(&self, tab: usize, kind: DialogKind, message: &str, default: &str) {
        self.state().dialog = Some(tab);
        self.screen.show(Shown::Dialog {
            kind,
            message: message.to_owned(),
            default: default.to_owned(),
        });
    }

    /// The dialog was answered, or went with its page.
    pub(super) fn answered(&self) {
        self.state().dialog = None;
        self.close();
    }

    /// Nothing is waited for any more.
    fn close(&self) {
        self.screen.show(Shown::Closed);
    }

    /// What a page tells that shows elsewhere.
    pub(super) fn fold_page(
        &self,
        watch: &Arc<Watch>,
        name: &str,
        event: &Event,
        session: &Session,
        tab: &Arc<Tab>,
    ) {
        match name {
            "screencastFrame" => {
                let number = event.params["sessionId"].clone();
                session.send("Page.screencastFrameAck", json!({"sessionId": number}));
                if self.state().front == Some(tab.number)
                    && let Some(picture) = picture(event)
                {
                    self.screen.show(picture);
                }
            }
            "fileChooserOpened" => chooser::opened(watch, event, session),
            "frameNavigated" if event.str("/frame/id") == Some(tab.page.target()) => {
                let mut state = self.state();
                let gone = |of: usize| of == tab.number;
                let list = state.list.take_if(|list| gone(list.tab)).is_some();
                drop(state);
                if list {
                    self.close();
                }
                self.show_tabs(watch);
            }
            "frameStartedNavigating" | "frameStoppedLoading" | "navigatedWithinDocument" => {
                self.show_tabs(watch);
            }
            _ => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn viewport(width: u32, height: u32) -> Viewport {
    Viewport {
        width,
        height,
        device_scale_factor: 1.0,
        is_mobile: false,
        has_touch: false,
        is_landscape: width > height,
    }
}

fn picture(event: &Event) -> Option<Shown> {
    let jpeg = STANDARD.decode(event.str("/data")?).ok()?;
    Some(Shown::Picture {
        jpeg: jpeg.into(),
        width: event.f64("/metadata/deviceWidth")?,
        height: event.f64("/metadata/deviceHeight")?,
    })
}
