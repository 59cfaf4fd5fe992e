//! Dragging an element by pointer, or swiping by finger.
//!
//! A page that drags by pointer events (sliders, canvases, sortable lists) needs to see the
//! pointer on its way, with frames in between. HTML's own drag and drop is taken over by the
//! browser as soon as it begins: from there on it gets drag events instead of pointer events.
//! Which of the two it is, is known only after the first movements.
//!
//! The page may move meanwhile. What begins to be dragged and what it is dropped on are checked
//! with the events themselves (`script/guard.js`); where it is dropped is looked at once more just
//! before.

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::browser::placement::Placement;
use crate::flow::{Drag, PointerDevice, Selectors};
use crate::sample::Cause;

use super::attempt::{Attempt, Demand};
use super::keyboard::modifiers;
use super::pointer::{self, Aimed, Armed};
use super::reason::{Point, Readiness, seconds};
use super::stop::Stop;

/// Distance between two points of the way, CSS px.
const STRIDE: f64 = 20.0;

/// Most points between two corners of the way.
const STRIDES: usize = 24;

/// How often where it is dropped is aimed at anew, because the page moves.
const AIMS: usize = 5;

/// First movements, CSS px along the way: pages begin to drag beyond 3 to 10 px.
const SETTING_OUT: [f64; 4] = [2.0, 5.0, 9.0, 14.0];

/// What the page made of the drag so far.
#[derive(Debug, Deserialize)]
struct Dragging {
    /// The browser drags by itself (HTML's drag and drop).
    native: bool,
    /// The page was told of the drop.
    dropped: bool,
    /// What the drop did (`copy`, `move`), `none` if nothing took it.
    effect: Option<String>,
    /// What would have been dragged instead of the element: the page moved before the drag began.
    lost: Option<String>,
    /// What it would have been dropped on, because the page moved.
    missed: Option<String>,
}

/// Why it did not come to a drop.
enum Setback {
    Stop(Stop),
    /// Something else would have been dragged.
    Lost(String),
}

impl From<Stop> for Setback {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// A hand that holds something.
struct Hand<'a> {
    attempt: &'a Attempt<'a>,
    device: PointerDevice,
    /// From the viewport of the frame to that of the tab.
    placement: Placement,
    /// Where it grabbed, and where it is now; in the viewport of the frame.
    grab: Point,
    at: Point,
    /// The browser's own drag, once there is one.
    drags: watch::Receiver<Option<Value>>,
    data: Option<Value>,
}

/// Drags as the step says. Returns engine milliseconds.
pub(super) async fn drag(attempt: &Attempt<'_>, step: &Drag) -> Result<f64, Stop> {
    let demand = Demand {
        enabled: true,
        aim: true,
        at: step.at,
        ..Demand::default()
    };
    let aimed = pointer::aim(attempt, &step.selectors, demand).await?;
    // A press closes menus.
    attempt.stage.set_input(|input| input.hovered.clear());
    let mut hand = Hand {
        attempt,
        device: step.device.unwrap_or(PointerDevice::Mouse),
        placement: aimed.placement,
        grab: aimed.local,
        at: aimed.local,
        drags: attempt.stage.intercepts().drags(),
        data: None,
    };
    attempt
        .call::<()>("() => rehearsal.watchDrag()", json!(null))
        .await?;
    let page = attempt.page.session();
    let intercept = |enabled: bool| json!({"enabled": enabled});
    page.send("Input.setInterceptDrags", intercept(true));
    let dragged = hand.carry(step, aimed).await;
    page.send("Input.setInterceptDrags", intercept(false));
    dragged?;
    Ok(aimed.engine_ms)
}

impl Hand<'_> {
    /// Grabs, moves and drops. What was grabbed is never left hanging.
    async fn carry(&mut self, step: &Drag, aimed: Aimed) -> Result<(), Stop> {
        self.grab(aimed).await?;
        let moved = self.travel(step).await;
        match moved {
            Ok(()) => self.drop_it().await,
            // The document went, and everything that hung on it.
            Err(Setback::Stop(Stop::Again(failure))) => {
                let _gone = self.let_go().await;
                Err(Stop::Failed(failure))
            }
            // Nothing was dragged, and the page saw no more than a press on the right element.
            Err(Setback::Lost(by)) => {
                self.give_up().await?;
                Err(self.astray(&by, "was about to be dragged instead of the element"))
            }
            Err(Setback::Stop(stop)) => {
                self.give_up().await?;
                Err(stop)
            }
        }
    }

    /// Presses. What is hit instead of the element gets nothing, and it may be tried again.
    async fn grab(&mut self, aimed: Aimed) -> Result<(), Stop> {
        let attempt = self.attempt;
        attempt.mark();
        if self.device != PointerDevice::Touch {
            let over = pointer::move_to(attempt, aimed.tab, self.device).await;
            let hit = match over {
                Ok(()) => pointer::confirm(attempt, aimed.local).await,
                Err(stop) => Err(stop),
            };
            if let Err(stop) = hit {
                let _nothing_was_pressed = pointer::disarm(attempt).await;
                return Err(stop);
            }
        }
        self.send("mousePressed", "touchStart", 1).await?;
        let pressed: Option<Armed> = attempt
            .call("() => rehearsal.pressed()", json!(null))
            .await?;
        let reached = pressed.as_ref().and_then(|pressed| pressed.reached);
        if reached == Some(true) {
            let _armed = pointer::disarm(attempt).await;
            return Ok(());
        }
        // Released while the guard still keeps it from the page.
        let _released = self.let_go().await;
        let by = pressed.and_then(|pressed| pressed.by);
        let _armed = pointer::disarm(attempt).await;
        let waited = seconds(attempt.waited());
        Err(Stop::again(
            Cause::Covered,
            match by {
                Some(by) => {
                    format!("`{by}` was grabbed instead of the element for {waited}")
                }
                None => "the press did not reach the page of the element".to_owned(),
            },
        ))
    }

    /// Goes the way, and looks where it ends once the drag has begun: what it is dropped on may
    /// come, or move, only then.
    async fn travel(&mut self, step: &Drag) -> Result<(), Setback> {
        let corners: Vec<Point> = step.path.iter().map(|by| self.past_grab(*by)).collect();
        let mut end = step.by.map(|by| self.past_grab(by));
        if let Some(first) = corners.first().copied().or(end) {
            self.set_out(first).await?;
        } else {
            // Where to is not known yet; any movement makes the page begin.
            self.set_out(Point {
                x: self.grab.x + 20.0,
                y: self.grab.y + 20.0,
            })
            .await?;
        }
        for corner in corners {
            self.go(corner).await?;
        }
        if let Some(to) = &step.to {
            end = Some(self.destination(to, step.to_at).await?);
        }
        let Some(mut end) = end else {
            return Ok(());
        };
        for _ in 0..AIMS {
            self.go(end).await?;
            // Pages look at where the pointer rests, some of them a frame later.
            for _ in 0..2 {
                self.go_to(end).await?;
            }
            let function = "() => rehearsal.dropMoved()";
            match &step.to {
                Some(to) if self.attempt.call(function, json!(null)).await? => {
                    end = self.destination(to, step.to_at).await?;
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// Small movements, after which a drag has begun.
    async fn set_out(&mut self, toward: Point) -> Result<(), Setback> {
        let start = self.grab;
        let distance = (toward.x - start.x).hypot(toward.y - start.y);
        for stride in SETTING_OUT.into_iter().filter(|stride| *stride < distance) {
            self.go_to(between(start, toward, stride / distance))
                .await?;
        }
        Ok(())
    }

    async fn go(&mut self, to: Point) -> Result<(), Setback> {
        let from = self.at;
        let distance = (to.x - from.x).hypot(to.y - from.y);
        let strides = ((distance / STRIDE).ceil() as usize).clamp(1, STRIDES);
        for stride in 1..=strides {
            self.go_to(between(from, to, stride as f64 / strides as f64))
                .await?;
        }
        Ok(())
    }

    /// One movement, and a frame in which the page follows.
    async fn go_to(&mut self, to: Point) -> Result<(), Setback> {
        self.at = to;
        match &self.data {
            Some(data) => self.drag_event("dragOver", data.clone()).await?,
            None => self.send("mouseMoved", "touchMove", 1).await?,
        }
        let state: Dragging = self
            .attempt
            .call("() => rehearsal.dragging()", json!(null))
            .await?;
        if let Some(by) = state.lost {
            return Err(Setback::Lost(by));
        }
        if state.native && self.data.is_none() && self.device != PointerDevice::Touch {
            self.taken_over().await?;
        }
        Ok(())
    }

    /// The browser has begun to drag by itself: it says what.
    async fn taken_over(&mut self) -> Result<(), Stop> {
        let begun = self.drags.wait_for(Option::is_some);
        let data = match tokio::time::timeout(self.attempt.left(), begun).await {
            Ok(Ok(data)) => data.clone(),
            Ok(Err(_)) | Err(_) => None,
        };
        let Some(data) = data else {
            return Err(Stop::failed(
                Cause::Protocol,
                "the page began a drag of which the browser did not tell",
            ));
        };
        self.data = Some(data.clone());
        self.drag_event("dragEnter", data.clone()).await?;
        self.drag_event("dragOver", data).await
    }

    /// Waits until the target is there and free.
    async fn destination(&mut self, to: &Selectors, at: Option<[f64; 2]>) -> Result<Point, Stop> {
        let attempt = self.attempt;
        let alternatives: Vec<_> = to.0.iter().map(crate::flow::Selector::parts).collect();
        loop {
            let argument = json!({"alternatives": alternatives, "at": at,
                "pointer": {"x": self.at.x, "y": self.at.y}});
            let found: Readiness = attempt
                .call("(to) => rehearsal.dropPoint(to)", argument)
                .await?;
            match found.point {
                Some(point) => return Ok(point),
                None if attempt.left().is_zero() => {
                    let mut failure = found.failure(to, attempt.waited());
                    failure.message.insert_str(0, "where it is dropped: ");
                    return Err(Stop::Failed(failure));
                }
                None => {}
            }
        }
    }

    async fn drop_it(&mut self) -> Result<(), Stop> {
        let Some(data) = self.data.clone() else {
            self.let_go().await?;
            return self.end().await;
        };
        self.drag_event("drop", data).await?;
        let state: Result<Dragging, Stop> = self
            .attempt
            .call("() => rehearsal.dragging()", json!(null))
            .await;
        // A drop may lead to another page at once.
        let Ok(state) = state else {
            return Ok(());
        };
        self.end().await?;
        if let Some(by) = state.missed {
            // The drag is over, and nothing was dropped.
            return Err(self.astray(&by, "was about to get the drop"));
        }
        if state.dropped
            || state
                .effect
                .as_deref()
                .is_some_and(|effect| effect != "none")
        {
            return Ok(());
        }
        Err(Stop::failed(
            Cause::NotActionable,
            "the page did not take what was dropped: nothing there prevents the default of `dragover`",
        ))
    }

    /// The page moved under the pointer, and nothing was done.
    fn astray(&self, by: &str, what: &str) -> Stop {
        let waited = seconds(self.attempt.waited());
        Stop::again(Cause::Covered, format!("`{by}` {what}, for {waited}"))
    }

    async fn end(&self) -> Result<(), Stop> {
        match self
            .attempt
            .call::<()>("() => rehearsal.endDrag()", json!(null))
            .await
        {
            Ok(()) | Err(Stop::Again(_)) => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    /// Drops it nowhere, so that nothing is done.
    async fn give_up(&mut self) -> Result<(), Stop> {
        if let Some(data) = self.data.clone() {
            self.drag_event("dragCancel", data).await?;
        }
        self.at = self.grab;
        let _moved = self.send("mouseMoved", "touchMove", 1).await;
        let _released = self.let_go().await;
        self.end().await
    }

    async fn let_go(&self) -> Result<(), Stop> {
        self.send("mouseReleased", "touchEnd", 0).await
    }

    /// Sends the pointer's event in the words of its device.
    async fn send(&self, mouse: &str, touch: &str, buttons: u32) -> Result<(), Stop> {
        let attempt = self.attempt;
        let at = self.in_tab();
        let sent = if self.device == PointerDevice::Touch {
            let points = if buttons == 0 {
                json!([])
            } else {
                json!([{"x": at.x, "y": at.y}])
            };
            let event = json!({"type": touch, "touchPoints": points,
                "modifiers": modifiers(&attempt.stage.input())});
            attempt.input("Input.dispatchTouchEvent", event).await
        } else {
            let extra = json!({"button": "left", "buttons": buttons, "clickCount": 1});
            let event = pointer::mouse_event(attempt, mouse, at, self.device, extra);
            attempt
                .stage
                .set_input(|input| input.pointer = (at.x, at.y));
            attempt.input("Input.dispatchMouseEvent", event).await
        };
        Ok(sent?)
    }

    async fn drag_event(&self, kind: &str, data: Value) -> Result<(), Stop> {
        let attempt = self.attempt;
        let at = self.in_tab();
        attempt
            .stage
            .set_input(|input| input.pointer = (at.x, at.y));
        let event = json!({"type": kind, "x": at.x, "y": at.y, "data": data,
            "modifiers": modifiers(&attempt.stage.input())});
        Ok(attempt.input("Input.dispatchDragEvent", event).await?)
    }

    fn in_tab(&self) -> Point {
        Point::from(self.placement.outward((self.at.x, self.at.y)))
    }

    fn past_grab(&self, [x, y]: [f64; 2]) -> Point {
        Point {
            x: self.grab.x + x,
            y: self.grab.y + y,
        }
    }
}

fn between(from: Point, to: Point, part: f64) -> Point {
    Point {
        x: from.x + (to.x - from.x) * part,
        y: from.y + (to.y - from.y) * part,
    }
}
