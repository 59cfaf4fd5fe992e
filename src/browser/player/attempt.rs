//! One attempt at a step: its place, its deadline, and calls into the page.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::browser::cdp::CdpError;
use crate::browser::frame::Frame;
use crate::browser::network::Answers;
use crate::browser::page::Page;
use crate::browser::stage::Stage;
use crate::clock::Micros;
use crate::flow::{Choose, Selectors, Step};

use super::Play;
use super::reason::{Point, Readiness};
use super::script;
use super::stop::Stop;

/// How long a selector that matches may stand alone against others that do not match yet.
const GRACE_MS: u64 = 600;

/// What an attempt knows.
pub(super) struct Attempt<'a> {
    mark: Mutex<Mark>,
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
}

impl<'a> Attempt<'a> {
    pub(super) fn new(play: &Play<'a>, page: Page, frame: Frame) -> Self {
        Self {
            mark: Mutex::new(Mark::now(play.stage, &page, &frame)),
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
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) =
            Mark::now(self.stage, &self.page, &self.frame);
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
        let mark = self.marked();
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

    /// Waits until the step's element meets the demand. The script keeps it as its target.
    pub(super) async fn ready(
        &self,
        selectors: &Selectors,
        demand: Demand,
    ) -> Result<Readiness, Stop> {
        let alternatives: Vec<_> = selectors
            .0
            .iter()
            .map(crate::flow::Selector::parts)
            .collect();
        let mut argument = json!({
            "alternatives": alternatives,
            "choose": self.step.extension.choose == Some(Choose::Any),
            "draw": self.draw(),
            "enabled": demand.enabled,
            "editable": demand.editable,
            "aim": demand.aim,
            "offset": demand.offset,
            "graceMs": GRACE_MS,
        });
        loop {
            argument["timeoutMs"] = json!(self.slice_ms());
            let readiness: Readiness = self
                .call("(step) => rehearsal.ready(step)", argument.clone())
                .await?;
            if readiness.ready {
                return Ok(readiness);
            }
            if self.left().is_zero() {
                return Err(Stop::Failed(readiness.failure(selectors, self.waited())));
            }
        }
    }

    /// The element's point in the viewport of the tab, when nothing covers it there.
    pub(super) async fn in_tab(&self, point: Point) -> Result<Point, Stop> {
        let (left, top) = self.frame_offset(&self.frame).await?;
        let tab = Point {
            x: point.x + left,
            y: point.y + top,
        };
        let mut inner = (left, top);
        let mut frame = self.frame.parent();
        while let Some(outer) = frame {
            let (left, top) = self.frame_offset(&outer).await?;
            let argument = json!({"x": tab.x - left, "y": tab.y - top,
                "left": inner.0 - left, "top": inner.1 - top});
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
            inner = (left, top);
            frame = outer.parent();
        }
        Ok(tab)
    }

    async fn frame_offset(&self, frame: &Frame) -> Result<(f64, f64), Stop> {
        match frame.parent() {
            None => Ok((0.0, 0.0)),
            Some(_) => Ok(frame.offset().await?),
        }
    }

    /// The iteration's number, mixed with the step's index so that two steps draw apart.
    /// Fits a JavaScript number.
    pub(super) fn draw(&self) -> u64 {
        let step = u64::from(self.index).wrapping_add(1);
        let mixed = self.step.extension.rendered.draw ^ step.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)) >> 12
    }
}

/// What a pointer would hit at a point.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Hit {
    /// The element, or what stands for it, is hit.
    pub(super) hit: bool,
    /// What is hit instead.
    pub(super) by: Option<String>,
}
