//! By what a document or an address came: the person, by the browser's own controls, or the page.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::tab::Tab;
use super::{Arrival, What};
use crate::clock::Micros;

/// A page that goes back in its history does so soon after the press that makes it do so. The
/// protocol does not tell this from the browser's own button.
const AT_ONCE_MS: f64 = 1_500.0;

/// Looks at the history until it holds a new address, and the time between two: half a second in all.
const TAKEN_UP: u32 = 25;
const SOON: Duration = Duration::from_millis(20);

/// What is known of how something came, when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guess {
    Certain(Arrival),
    /// By the history; how far is not known yet.
    History,
    /// What the history says of the entry decides.
    ByEntry,
}

/// Says of a document or address of a tab's main frame by what it came, and what to tell of it.
/// `kind` is Chromium's `navigationType` of the navigation, if it told.
pub(super) fn of_main(
    tab: &Arc<Tab>,
    kind: Option<&str>,
    same_document: bool,
    now: Micros,
) -> MainArrival {
    let mut state = tab.state();
    let asked = state.asked.take();
    let is_first = state.documents == 0 && !same_document;
    state.documents += u64::from(!same_document);
    let acted = state
        .acted
        .is_some_and(|acted| now.ms_since(acted) < AT_ONCE_MS);
    drop(state);
    let opened = is_first && tab.opener.is_some();
    let guess = guess(kind, asked.as_deref(), acted, opened);
    MainArrival {
        tab: tab.clone(),
        guess,
        same_document,
    }
}

/// See [`of_main`].
pub(super) struct MainArrival {
    tab: Arc<Tab>,
    guess: Guess,
    same_document: bool,
}

impl MainArrival {
    /// Looks into the tab's history, which also remembers where in it the tab is now.
    pub(super) async fn told(self, url: String) -> Option<What> {
        let mut place = self.tab.history.lock().await;
        let history = history_with(&self.tab, &url).await;
        let before = place.unwrap_or_default();
        if let Some(index) = history["currentIndex"].as_i64() {
            *place = Some(index);
        }
        let moved = i32::try_from(place.unwrap_or(before) - before).unwrap_or_default();
        let arrival = match self.guess {
            Guess::Certain(arrival) => arrival,
            Guess::History if moved != 0 => Arrival::History(moved),
            Guess::History => Arrival::Page,
            Guess::ByEntry => by_entry(&history, place.unwrap_or_default(), &url),
        };
        Some(What::Went {
            tab: self.tab.number,
            frame: super::FrameAddress::default(),
            url,
            arrival,
            same_document: self.same_document,
        })
    }
}

/// The tab's history, once it holds this address as its current one: a document is told of before
/// the browser has taken it up there. As it is when it never does.
async fn history_with(tab: &Tab, url: &str) -> Value {
    let mut history = Value::Null;
    for _ in 0..TAKEN_UP {
        let ask = tab
            .page
            .session()
            .call_raw("Page.getNavigationHistory", json!({}));
        // Refused while one document takes the place of another.
        history = ask.await.unwrap_or_default();
        let current = history["currentIndex"].as_u64().and_then(|index| {
            let entry = history["entries"].get(usize::try_from(index).ok()?)?;
            entry["url"].as_str()
        });
        if current == Some(url) || !tab.page.is_open() {
            break;
        }
        tokio::time::sleep(SOON).await;
    }
    history
}

fn guess(kind: Option<&str>, asked: Option<&str>, acted: bool, opened: bool) -> Guess {
    let kind = kind.unwrap_or_default();
    if kind.starts_with("history") {
        return if acted {
            Guess::Certain(Arrival::Page)
        } else {
            Guess::History
        };
    }
    if asked.is_some() {
        return Guess::Certain(Arrival::Page);
    }
    if kind.starts_with("reload") {
        return Guess::Certain(Arrival::Reload);
    }
    if opened {
        return Guess::Certain(Arrival::Page);
    }
    Guess::ByEntry
}

/// What the history says of how an entry came.
fn by_entry(history: &Value, index: i64, url: &str) -> Arrival {
    let entry = usize::try_from(index).unwrap_or_default();
    let entry = &history["entries"][entry];
    if entry["url"].as_str() != Some(url) {
        return Arrival::Page;
    }
    match entry["transitionType"].as_str().unwrap_or_default() {
        "typed" | "auto_bookmark" | "generated" | "keyword" | "keyword_generated"
        | "auto_toplevel" | "address_bar" => Arrival::Typed,
        "reload" => Arrival::Reload,
        _ => Arrival::Page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_asked_for_is_the_pages() {
        let page = Guess::Certain(Arrival::Page);
        assert_eq!(
            guess(Some("differentDocument"), Some("anchorClick"), true, false),
            page
        );
        assert_eq!(guess(Some("reload"), Some("reload"), false, false), page);
        assert_eq!(
            guess(Some("reload"), None, true, false),
            Guess::Certain(Arrival::Reload)
        );
        assert_eq!(guess(Some("historySameDocument"), None, true, false), page);
        assert_eq!(
            guess(Some("historyDifferentDocument"), None, false, false),
            Guess::History
        );
        assert_eq!(guess(None, None, false, true), page);
        assert_eq!(guess(None, None, false, false), Guess::ByEntry);
    }

    #[test]
    fn an_address_that_was_typed_is_known_by_its_entry() {
        let history = |transition: &str| json!({"entries": [{}, {"url": "http://a.test/", "transitionType": transition}]});
        let by = |transition, url| by_entry(&history(transition), 1, url);
        assert_eq!(by("typed", "http://a.test/"), Arrival::Typed);
        assert_eq!(by("link", "http://a.test/"), Arrival::Page);
        assert_eq!(by("typed", "http://a.test/moved-on"), Arrival::Page);
    }
}
