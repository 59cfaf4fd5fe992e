//! Page views and their vitals: from the commit of a document in a tab's main frame until the
//! user leaves it.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::cdp::{Event, Session};
use super::frame::WORLD;
use crate::clock::{Clock, Micros};
use crate::sample::{Origin, PageSample, Sample, SampleSender, Span};

/// Name of the function by which the script reports; it exists in our world only.
const BINDING: &str = "rehearsalVitals";

/// What [`vitals.js`](./vitals.js) reports: the whole state each time, in ms after navigation
/// start.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Report {
    /// `performance.timeOrigin`: tells documents apart, and when the navigation began.
    origin: f64,
    ttfb: Option<f64>,
    dom: Option<f64>,
    load: Option<f64>,
    fcp: Option<f64>,
    lcp: Option<f64>,
    inp: Option<f64>,
    cls: Option<f64>,
}

/// The page views of a user that have not ended, by tab.
#[derive(Debug)]
pub(super) struct Views {
    clock: Clock,
    samples: SampleSender,
    open: HashMap<Arc<str>, View>,
}

#[derive(Debug, Default)]
struct View {
    shown: Option<Shown>,
    report: Report,
    /// Time origin of the document before; its last words may come late.
    before: f64,
}

/// A page of the site (not a blank or error page).
#[derive(Debug)]
struct Shown {
    origin: Origin,
    template: Arc<str>,
    committed: Micros,
}

/// Asks a tab to report. Before its first document.
pub(super) fn watch(session: &Session) {
    let binding = json!({"name": BINDING, "executionContextName": WORLD});
    // Bindings work only while the domain is enabled.
    session.send("Runtime.enable", json!({}));
    session.send("Runtime.addBinding", binding);
    let script = json!({
        "source": include_str!("vitals.js"), "worldName": WORLD, "runImmediately": true,
    });
    session.send("Page.addScriptToEvaluateOnNewDocument", script);
}

impl Views {
    pub(super) fn new(clock: Clock, samples: SampleSender) -> Self {
        Self {
            clock,
            samples,
            open: HashMap::new(),
        }
    }

    /// A document was committed in a tab: the view before it ends.
    pub(super) fn commit(&mut self, tab: &Arc<str>, url: &str, origin: Origin, template: Arc<str>) {
        let mut before = 0.0;
        if let Some(view) = self.open.remove(tab) {
            before = view.report.origin;
            self.emit(view);
        }
        let is_page = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        let view = View {
            shown: is_page.then(|| Shown {
                origin,
                template,
                committed: self.clock.now(),
            }),
            before,
            ..View::default()
        };
        self.open.insert(tab.clone(), view);
    }

    /// Folds a `Runtime.bindingCalled`.
    pub(super) fn report(&mut self, tab: &str, event: &Event) {
        if event.str("/name") != Some(BINDING) {
            return;
        }
        let payload = event.str("/payload").unwrap_or_default();
        let Ok(report) = serde_json::from_str::<Report>(payload) else {
            return;
        };
        if let Some(view) = self.open.get_mut(tab) {
            let late = (report.origin - view.before).abs() < f64::EPSILON;
            if !late {
                view.report = report;
            }
        }
    }

    /// A tab is gone.
    pub(super) fn close(&mut self, tab: &str) {
        if let Some(view) = self.open.remove(tab) {
            self.emit(view);
        }
    }

    /// All tabs are gone.
    pub(super) fn close_all(&mut self) {
        for (_, view) in std::mem::take(&mut self.open) {
            self.emit(view);
        }
    }

    fn emit(&self, view: View) {
        let Some(shown) = view.shown else {
            return;
        };
        let report = view.report;
        let started = if report.origin > 0.0 {
            let start = self.clock.from_wall_seconds(report.origin / 1_000.0);
            start.min(shown.committed)
        } else {
            shown.committed
        };
        let _nobody_listens = self.samples.send(Sample::Page(PageSample {
            origin: shown.origin,
            url: shown.template,
            span: Span {
                intended: started,
                started,
                ended: self.clock.now(),
            },
            ttfb_ms: report.ttfb,
            dom_ms: report.dom,
            load_ms: report.load,
            fcp_ms: report.fcp,
            lcp_ms: report.lcp,
            inp_ms: report.inp,
            cls: report.cls,
        }));
    }
}
