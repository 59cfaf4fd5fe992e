//! What happened in the browser beside what the person did: requests, addresses, dialogs,
//! downloads, tabs. Kept with its times, so that [`super::window`] can say later what came of what.

use std::collections::{BTreeMap, HashMap};

use url::Url;

use crate::browser::capture::{Arrival, Request};
use crate::clock::Micros;
use crate::flow::{DialogKind, method};
use crate::url_template;

/// So many requests and moves are kept; a recording has a few hundred.
const MOST: usize = 50_000;

/// Hosts that only count and measure.
const COUNTERS: [&str; 22] = [
    "google-analytics",
    "googletagmanager",
    "doubleclick",
    "analytics",
    "segment.io",
    "segment.com",
    "sentry",
    "hotjar",
    "plausible",
    "matomo",
    "mixpanel",
    "amplitude",
    "clarity.ms",
    "nr-data",
    "newrelic",
    "datadog",
    "bugsnag",
    "fullstory",
    "posthog",
    "cloudflareinsights",
    "optimizely",
    "intercom",
];

/// The same, as parts of a path.
const COUNTING: [&str; 8] = [
    "collect",
    "beacon",
    "beacons",
    "telemetry",
    "analytics",
    "rum",
    "pixel",
    "csp-report",
];

/// A request that a step may wait for.
pub(super) struct Asked {
    /// When it began.
    pub(super) at: Micros,
    /// Of which tab.
    pub(super) tab: usize,
    /// HTTP method, in capitals.
    pub(super) method: String,
    /// Address.
    pub(super) url: String,
    /// It asks for a document.
    pub(super) document: bool,
    /// It came of a timer that fires again and again.
    pub(super) by_timer: bool,
    /// Its tab's document was not ready: the document asked for it, as far as anybody can know.
    pub(super) loading: bool,
    /// What is the same for requests of one kind.
    pub(super) key: String,
    /// When it ended, and its status.
    pub(super) answered: Option<(Micros, Option<u16>)>,
}

impl Asked {
    /// It asks the server to do something.
    pub(super) fn does(&self) -> bool {
        method::does(&self.method)
    }

    /// It only asks, in the beat of a timer: nobody's effect, whenever it comes. What a page saves
    /// in such a beat comes of what was done all the same.
    pub(super) fn is_beat(&self) -> bool {
        self.by_timer && !self.does()
    }

    /// It was answered, and not with an error.
    pub(super) fn went_well(&self) -> bool {
        let status = self.answered.and_then(|(_, status)| status);
        status.is_some_and(|status| status < 400)
    }
}

/// An address that a tab or frame went to.
pub(super) struct Moved {
    /// When what led there began, as far as that is known.
    pub(super) at: Micros,
    /// When it was there.
    pub(super) there: Micros,
    /// In which tab.
    pub(super) tab: usize,
    /// In which frame of it.
    pub(super) frame: Vec<usize>,
    /// The address.
    pub(super) url: String,
    /// The title that it had last; of the tab's own document only.
    pub(super) title: String,
    /// Without a new document.
    pub(super) same_document: bool,
    /// By what.
    pub(super) arrival: Arrival,
}

/// A dialog of a page.
pub(super) struct Asking {
    /// When it opened.
    pub(super) at: Micros,
    /// In which tab.
    pub(super) tab: usize,
    /// Kind of dialog.
    pub(super) kind: DialogKind,
    /// Its text.
    pub(super) message: String,
    /// How it was answered: when, OK, what was typed.
    pub(super) answer: Option<(Micros, bool, Option<String>)>,
}

/// A tab.
#[derive(Default)]
pub(super) struct Tab {
    /// When it came.
    pub(super) opened: Micros,
    /// It is gone.
    pub(super) closed: bool,
    /// Its number in the flow, when a replay opens it, too.
    pub(super) in_flow: Option<usize>,
    /// Its address.
    pub(super) url: String,
}

/// All of it.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) requests: Vec<Asked>,
    pub(super) moves: Vec<Moved>,
    pub(super) dialogs: Vec<Asking>,
    /// When, in which tab, which name.
    pub(super) downloads: Vec<(Micros, usize, String)>,
    /// When, which tab.
    pub(super) ready: Vec<(Micros, usize)>,
    /// When a page opened a tab.
    pub(super) popups: Vec<(Micros, usize)>,
    pub(super) tabs: BTreeMap<usize, Tab>,
    numbers: HashMap<u64, usize>,
    /// Tabs that the flow has so far.
    flow_tabs: usize,
}

impl Facts {
    /// A tab came. It is one of the flow's when a page opened it while that was recorded.
    pub(super) fn opened(&mut self, at: Micros, tab: usize, by_page: bool) {
        if by_page {
            self.popups.push((at, tab));
        }
        let known = self.tabs.entry(tab).or_default();
        known.opened = at;
        if known.in_flow.is_none() && (tab == 0 || by_page) {
            known.in_flow = Some(self.flow_tabs);
            self.flow_tabs += 1;
        }
    }

    /// Tab of the flow for a tab of the browser, when a replay has it.
    pub(super) fn in_flow(&self, tab: usize) -> Option<usize> {
        self.tabs
            .get(&tab)
            .map_or((tab == 0).then_some(0), |tab| tab.in_flow)
    }

    /// Address of a tab.
    pub(super) fn url(&self, tab: usize) -> &str {
        self.tabs.get(&tab).map_or("", |tab| tab.url.as_str())
    }

    /// How many tabs are open.
    pub(super) fn open_tabs(&self) -> usize {
        self.tabs.values().filter(|tab| !tab.closed).count()
    }

    /// A request began.
    pub(super) fn began(&mut self, at: Micros, request: &Request) {
        let document = request.kind == "document";
        let waited_for = document || matches!(request.kind.as_str(), "fetch" | "xhr");
        let Ok(url) = Url::parse(&request.url) else {
            return;
        };
        if !waited_for || is_counter(&url) || self.requests.len() >= MOST {
            return;
        }
        let template = url_template::template(&url, false);
        self.numbers.insert(request.number, self.requests.len());
        self.requests.push(Asked {
            at,
            tab: request.tab,
            method: request.method.to_ascii_uppercase(),
            url: request.url.clone(),
            document,
            by_timer: request.by_timer,
            loading: self.is_loading(request.tab),
            key: format!("{} {} {template}", request.tab, request.method),
            answered: None,
        });
    }

    /// Whether a tab's last document has come and was not ready yet.
    fn is_loading(&self, tab: usize) -> bool {
        let of_tab = |moved: &&Moved| moved.tab == tab && moved.frame.is_empty();
        let mut documents = self.moves.iter().rev().filter(of_tab);
        let document = documents.find(|moved| !moved.same_document);
        let mut ready = self.ready.iter().rev();
        let ready = ready.find(|(_, of)| *of == tab).map(|(at, _)| *at);
        document.is_some_and(|document| ready.is_none_or(|at| at < document.there))
    }

    /// A request ended.
    pub(super) fn answered(&mut self, at: Micros, request: u64, status: Option<u16>) {
        let found = self.numbers.get(&request);
        if let Some(asked) = found.and_then(|index| self.requests.get_mut(*index)) {
            asked.answered = Some((at, status));
        }
    }

    /// A tab or frame is elsewhere.
    pub(super) fn went(
        &mut self,
        at: Micros,
        tab: usize,
        frame: &[usize],
        (url, arrival, same_document): (&str, Arrival, bool),
    ) {
        if frame.is_empty() {
            url.clone_into(&mut self.tabs.entry(tab).or_default().url);
        }
        if self.moves.len() >= MOST {
            return;
        }
        let began = if same_document {
            at
        } else {
            self.asked_for(tab, url).unwrap_or(at)
        };
        self.moves.push(Moved {
            at: began,
            there: at,
            tab,
            frame: frame.to_vec(),
            url: url.to_owned(),
            title: String::new(),
            same_document,
            arrival,
        });
    }

    /// When the document at this address was asked for, which was before it was there: by its
    /// address, else (it may have been sent elsewhere) the last one.
    fn asked_for(&self, tab: usize, url: &str) -> Option<Micros> {
        let since = self.moves.iter().rev();
        let since = since.filter(|moved| moved.tab == tab && !moved.same_document);
        let since = since.map(|moved| moved.there).next().unwrap_or_default();
        let page = |url: &str| url.split('#').next().unwrap_or_default().to_owned();
        let asked = self.requests.iter().rev();
        let mut asked = asked
            .take_while(|asked| asked.at >= since)
            .filter(|asked| asked.tab == tab && asked.document)
            .peekable();
        let last = asked.peek().map(|asked| asked.at);
        let same = asked.find(|asked| page(&asked.url) == page(url));
        same.map(|asked| asked.at).or(last)
    }

    /// A tab's document has this title.
    pub(super) fn titled(&mut self, tab: usize, title: &str) {
        let mut moves = self.moves.iter_mut().rev();
        let last = moves.find(|moved| moved.tab == tab && moved.frame.is_empty());
        if let Some(moved) = last {
            title.clone_into(&mut moved.title);
        }
    }

    /// The tab's last dialog was answered.
    pub(super) fn dialog_closed(&mut self, at: Micros, tab: usize, ok: bool, text: Option<&str>) {
        let mut dialogs = self.dialogs.iter_mut().rev();
        let open = dialogs.find(|dialog| dialog.tab == tab && dialog.answer.is_none());
        if let Some(dialog) = open {
            dialog.answer = Some((at, ok, text.map(str::to_owned)));
        }
    }
}

/// Whether an address only counts visitors.
fn is_counter(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    COUNTERS.iter().any(|name| host.contains(name))
        || url.path().split('/').any(|part| COUNTING.contains(&part))
}
