//! What the `Page` domain tells of a watched tab: documents and addresses that come, dialogs, new
//! tabs that are asked for.

use std::sync::Arc;

use super::tab::Tab;
use super::watcher::Watcher;
use super::{Arrival, Typed, What, address, arrival, readiness, script, size, title};
use crate::browser::cdp::{Event, Session};
use crate::browser::observer::fold_page;
use crate::flow::DialogKind;

impl Watcher {
    pub(super) fn fold_page(
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
}
