//! One attempt at a step: its place, its deadline, and calls into the page.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::browser::cdp::CdpError;
use crate::browser::frame::Frame;
use crate::browser::network::Answers;
use crate::browser::page::Page;
use crate::browser::placement::Placement;
use crate::browser::stage::{Filled, Stage};
use crate::clock::Micros;
use crate::flow::Step;
use crate::url_template;

use super::Play;
use super::element::Sighting;
use super::reason::Point;
use super::script;
use super::stop::Stop;

/// What an attempt knows.
pub(super) struct Attempt<'a> {
    mark: Mutex<Mark>,
    /// When the last key was typed, if any was.
    typed: Mutex<Option<Micros>>,
    /// The field that was filled first of those before it of which nothing was waited for.
    pub(super) filled: Option<Filled>,
    pub(super) sighting: Mutex<Sighting>,
    pub(super) stage: &'a Stage,
    pub(super) step: &'a Step,
    pub(super) index: u32,
    pub(super) page: Page,
    pub(super) frame: Frame,
    /// Answers of servers since the step began.
    pub(super) answers: Answers,
    /// Tabs that were there when it began.
    tabs: Vec<Arc<str>>,
    pub(super) started: Micros,
    pub(super) deadline: Micros,
    /// Template of the address of the page on which it began.
    pub(super) template: String,
}

/// The page as it was just before the deed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Documents so far.
    pub(super) navigation: u64,
    /// Navigations within a document so far.
    pub(super) same_document: u64,
    /// Navigations in the step's frame so far.
    pub(super) frame_moves: u64,
    /// When.
    pub(super) at: Micros,
}

impl Mark {
    fn now(stage: &Stage, page: &Page, frame: &Frame) -> Self {
        let documents = page.documents();
        let state = documents.borrow();
        Self {
            navigation: state.navigation,
            same_document: state.same_document,
            frame_moves: frame.moves(),
            at: stage.clock().now(),
        }
    }
}

/// What must hold of an element before it is acted on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Demand {
    /// Not disabled, nor inert.
    pub(super) enabled: bool,
    /// Not read-only.
    pub(super) editable: bool,
    /// In view and hit by a pointer.
    pub(super) aim: bool,
    /// Where in the element's box, CSS px; its middle when absent or outside the box.
    pub(super) offset: Option<(f64, f64)>,
    /// Where in the element's box, as fractions: there and nowhere else.
    pub(super) at: Option<[f64; 2]>,
    /// It need not be visible (a file field behind a button).
    pub(super) hidden: bool,
    /// The element that the script holds, instead of the one that the selectors find.
    pub(super) held: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(play: &Play<'a>, page: Page, frame: Frame) -> Self {
        Self {
            mark: Mutex::new(Mark::now(play.stage, &page, &frame)),
            typed: Mutex::default(),
            filled: play
                .stage
                .filled()
                .filter(|filled| !filled.settled && *filled.tab == **page.target()),
            sighting: Mutex::default(),
            template: template_of(&page),
            answers: play.answers.clone(),
            tabs: play.tabs.clone(),
            stage: play.stage,
            step: play.step,
            index: play.index,
            page,
            frame,
            started: play.started,
            deadline: play.deadline,
        }
    }

    /// The deed begins now: what comes from here on is its effect.
    pub(super) fn mark(&self) {
        self.stage.network().set_done();
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) =
            Mark::now(self.stage, &self.page, &self.frame);
    }

    /// What is typed is typed as from now: what comes before is not of the whole of it.
    pub(super) fn set_typed(&self) {
        let now = self.stage.clock().now();
        *self.typed.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// When the last key was typed; the deed, where none was.
    pub(super) fn typed(&self) -> Micros {
        let typed = *self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        typed.unwrap_or_else(|| self.marked().at)
    }

    /// The page just before this field was filled, for the steps that come.
    pub(super) fn as_filled(&self) -> Filled {
        let mark = self.marked();
        Filled {
            tab: self.page.target().clone(),
            navigation: mark.navigation,
            same_document: mark.same_document,
            at: mark.at,
            answers: self.answers.clone(),
            settled: false,
        }
    }

    /// Tabs that came since the step began.
    pub(super) fn new_tabs(&self) -> Vec<Page> {
        let mut tabs = self.stage.pages();
        tabs.retain(|tab| !self.tabs.contains(tab.target()));
        tabs
    }

    /// Whether the page or the step's frame has gone to such an address since the deed, by a
    /// document or within one, or a tab has come with it.
    pub(super) fn went_to(&self, there: impl Fn(&str) -> bool) -> bool {
        self.went_since(self.marked(), there)
    }

    /// The same, also of what was done before: of fields that were filled.
    pub(super) fn went_by_then(&self, there: impl Fn(&str) -> bool) -> bool {
        let mut mark = self.marked();
        if let Some(filled) = &self.filled {
            mark.navigation = mark.navigation.min(filled.navigation);
            mark.same_document = mark.same_document.min(filled.same_document);
        }
        self.went_since(mark, there)
    }

    fn went_since(&self, mark: Mark, there: impl Fn(&str) -> bool) -> bool {
        let page = self.page.documents().borrow().clone();
        let moved = page.navigation > mark.navigation || page.same_document > mark.same_document;
        (moved && there(&page.url))
            || (self.frame.moves() > mark.frame_moves && there(&self.frame.url()))
            || self.new_tabs().iter().any(|tab| there(&tab.url()))
    }

    /// The page as it was just before the deed.
    pub(super) fn marked(&self) -> Mark {
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time left until the deadline.
    pub(super) fn left(&self) -> Duration {
        let now = self.stage.clock().now();
        Duration::from_micros(self.deadline.0.saturating_sub(now.0))
    }

    /// Time since the step began.
    pub(super) fn waited(&self) -> Duration {
        let now = self.stage.clock().now();
        Duration::from_micros(now.0.saturating_sub(self.started.0))
    }

    /// Longest wait for one call into the page, ms.
    pub(super) fn slice_ms(&self) -> u64 {
        self.left().min(script::SLICE).as_millis() as u64
    }

    /// Calls a function of the script in the step's frame.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        function: &str,
        argument: Value,
    ) -> Result<T, Stop> {
        script::call(&self.frame, function, argument).await
    }

    /// Sends input to the page. It may take longer than the step has left: input is answered
    /// when the page has handled it, and a handler may be slow.
    pub(super) async fn input(&self, method: &'static str, params: Value) -> Result<(), CdpError> {
        let patience = self.left().max(Duration::from_secs(1));
        let session = self.page.session();
        session
            .call_within(method, params, patience)
            .await
            .map(drop)
    }

    /// The element's point in the viewport of the tab, when nothing covers it there; and how the
    /// step's frame lies in the tab.
    pub(super) async fn in_tab(&self, point: Point) -> Result<(Point, Placement), Stop> {
        let placement = self.frame.placement().await?;
        let tab = placement.outward((point.x, point.y));
        let mut inner = placement.outward((0.0, 0.0));
        let mut frame = self.frame.parent();
        while let Some(outer) = frame {
            let around = outer.placement().await?;
            let (x, y) = around.inward(tab);
            let (left, top) = around.inward(inner);
            let argument = json!({"x": x, "y": y, "left": left, "top": top});
            let found: Hit =
                script::call(&outer, "(at) => rehearsal.hitsFrame(at)", argument).await?;
            match found {
                Hit { hit: true, .. } => {}
                Hit { by: Some(by), .. } => {
                    return Err(Stop::again(
                        crate::sample::Cause::Covered,
                        format!("the frame is covered by `{by}`"),
                    ));
                }
                Hit { by: None, .. } => {
                    return Err(Stop::again(
                        crate::sample::Cause::NotActionable,
                        "the frame is outside the viewport",
                    ));
                }
            }
            inner = around.outward((0.0, 0.0));
            frame = outer.parent();
        }
        Ok((Point::from(tab), placement))
    }
}

/// The address of a page without what tells its instances apart.
fn template_of(page: &Page) -> String {
    let url = page.url();
    url::Url::parse(&url).map_or(url, |url| url_template::template(&url, true))
}

/// What a pointer would hit at a point.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Hit {
    /// The element, or what stands for it, is hit.
    pub(super) hit: bool,
    /// What is hit instead.
    pub(super) by: Option<String>,
}
