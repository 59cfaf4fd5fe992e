//! Pointer actions: click, double click, hover. Trusted input only, and only after the element
//! would receive it; a press that would land elsewhere is kept from the page.
//!
//! The pointer jumps to what it presses, as a fast hand does, unless the way matters: inside a
//! menu that is open because the pointer is over it, it goes there without leaving the menu.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::browser::placement::Placement;
use crate::browser::stage::Hovered;
use crate::flow::{Button, Pointer, PointerDevice, Selector, Selectors};
use crate::sample::Cause;

use super::attempt::{Attempt, Demand, Hit};
use super::keyboard::{self, modifiers};
use super::reason::{Point, seconds};
use super::stop::Stop;

/// Elements that one menu can be open because of: its levels.
const MOST_HOVERED: usize = 3;

/// How long the next level of a menu is waited for when it is opened again.
const REOPENS: Duration = Duration::from_secs(1);

/// A press, ready to be sent.
#[derive(Debug, Clone, Copy)]
struct Press {
    at: Aimed,
    button: Button,
    device: PointerDevice,
    clicks: u32,
    hold: Duration,
}

/// Clicks an element `clicks` times in a row. Returns engine milliseconds.
pub(super) async fn click(
    attempt: &Attempt<'_>,
    pointer: &Pointer,
    clicks: u32,
) -> Result<f64, Stop> {
    let demand = Demand {
        enabled: true,
        aim: true,
        offset: Some((pointer.offset_x, pointer.offset_y)),
        at: attempt.step.extension.at,
        ..Demand::default()
    };
    let aimed = aim(attempt, &pointer.selectors, demand).await?;
    let press = Press {
        at: aimed,
        button: pointer.button.unwrap_or(Button::Primary),
        device: pointer.device.unwrap_or(PointerDevice::Mouse),
        clicks,
        hold: Duration::from_millis(pointer.duration_ms.unwrap_or(0.0).clamp(0.0, 30_000.0) as u64),
    };
    let held = keyboard::hold(attempt, &attempt.step.extension.modifiers).await;
    let sent = match (&held, press.device) {
        (Err(stop), _) => Err(stop.clone()),
        (Ok(_), PointerDevice::Touch) => tap(attempt, press).await,
        (Ok(_), PointerDevice::Mouse | PointerDevice::Pen) => press_buttons(attempt, press).await,
    };
    let checked = check(attempt, sent).await;
    keyboard::let_go(attempt, &held.unwrap_or_default()).await?;
    checked?;
    Ok(aimed.engine_ms)
}

/// Presses what was aimed at (a checkbox).
pub(super) async fn press(attempt: &Attempt<'_>, at: Aimed) -> Result<(), Stop> {
    let press = Press {
        at,
        button: Button::Primary,
        device: PointerDevice::Mouse,
        clicks: 1,
        hold: Duration::ZERO,
    };
    let sent = press_buttons(attempt, press).await;
    check(attempt, sent).await
}

/// Moves the pointer over an element. Returns engine milliseconds.
pub(super) async fn hover(attempt: &Attempt<'_>, selectors: &Selectors) -> Result<f64, Stop> {
    let demand = Demand {
        aim: true,
        at: attempt.step.extension.at,
        ..Demand::default()
    };
    let aimed = aim(attempt, selectors, demand).await?;
    attempt.mark();
    let moved = settle_on(attempt, aimed).await;
    // Nothing was pressed: the check has nothing to tell.
    disarm(attempt).await;
    moved?;
    let hovered = Hovered {
        selectors: selectors.clone(),
        frame: attempt.frame.id().to_owned(),
        navigation: attempt.marked().navigation,
    };
    attempt.stage.set_input(|input| {
        input.hovered.retain(|other| *other != hovered);
        if input.hovered.len() == MOST_HOVERED {
            input.hovered.remove(0);
        }
        input.hovered.push(hovered);
    });
    Ok(aimed.engine_ms)
}

/// What the pointer was moved over on the page of this attempt, oldest first.
pub(super) fn hovered(attempt: &Attempt<'_>) -> Vec<Selectors> {
    let mut hovered = attempt.stage.input().hovered;
    let navigation = attempt.marked().navigation;
    hovered.retain(|each| each.frame == attempt.frame.id() && each.navigation == navigation);
    hovered.into_iter().map(|each| each.selectors).collect()
}

/// Answer of `rehearsal.hoverPoint`.
#[derive(Debug, Deserialize)]
struct Again {
    point: Option<Point>,
}

/// Moves over those again: what they opened has closed, because the page moved away under the
/// pointer. From the newest that is in sight, for the others came into sight by it.
pub(super) async fn hover_again(attempt: &Attempt<'_>, hovered: &[Selectors]) -> Result<(), Stop> {
    let point = async |selectors: &Selectors, wait: Duration| -> Result<Option<Point>, Stop> {
        let alternatives: Vec<_> = selectors.0.iter().map(Selector::parts).collect();
        let argument = json!({"alternatives": alternatives, "timeoutMs": wait.as_millis() as u64});
        let function = "(wanted) => rehearsal.hoverPoint(wanted)";
        let again: Again = attempt.call(function, argument).await?;
        Ok(again.point)
    };
    let mut wait = Duration::ZERO;
    let mut first = hovered.len();
    let mut next = None;
    while next.is_none() && first > 0 {
        first -= 1;
        next = point(&hovered[first], wait).await?;
    }
    wait = REOPENS;
    for selectors in hovered.iter().skip(first) {
        let Some(local) = (match next.take() {
            Some(point) => Some(point),
            None => point(selectors, wait).await?,
        }) else {
            return Ok(());
        };
        let (tab, placement) = attempt.in_tab(local).await?;
        let aimed = Aimed {
            local,
            tab,
            placement,
            engine_ms: 0.0,
        };
        settle_on(attempt, aimed).await?;
    }
    Ok(())
}

/// Moves over an element, and a little on it: menus that open on entering, and those that want
/// to see a movement.
async fn settle_on(attempt: &Attempt<'_>, aimed: Aimed) -> Result<(), Stop> {
    travel(attempt, aimed, PointerDevice::Mouse).await?;
    let aside = Point {
        x: aimed.tab.x + 1.0,
        y: aimed.tab.y,
    };
    move_to(attempt, aside, PointerDevice::Mouse).await?;
    move_to(attempt, aimed.tab, PointerDevice::Mouse).await
}

/// A point at which the element is hit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aimed {
    /// In the viewport of its frame.
    pub(super) local: Point,
    /// In the viewport of the tab.
    pub(super) tab: Point,
    /// From the one to the other.
    pub(super) placement: Placement,
    /// Engine milliseconds that it took.
    pub(super) engine_ms: f64,
}

/// Waits for the element and gives the point at which it is hit.
pub(super) async fn aim(
    attempt: &Attempt<'_>,
    selectors: &Selectors,
    demand: Demand,
) -> Result<Aimed, Stop> {
    let readiness = attempt.ready(selectors, demand).await?;
    let Some(local) = readiness.point else {
        return Err(Stop::failed(
            Cause::Protocol,
            "the page gave no point to press",
        ));
    };
    match attempt.in_tab(local).await {
        Ok((tab, placement)) => {
            let at = (tab.x, tab.y);
            crate::browser::evidence::aimed(attempt.stage, &attempt.page, &attempt.frame, at).await;
            Ok(Aimed {
                local,
                tab,
                placement,
                engine_ms: readiness.engine_ms,
            })
        }
        Err(stop) => {
            disarm(attempt).await;
            Err(stop)
        }
    }
}

/// Moves to what was aimed at, by a way that keeps an open menu open.
async fn travel(attempt: &Attempt<'_>, aimed: Aimed, device: PointerDevice) -> Result<(), Stop> {
    let (x, y) = aimed.placement.inward(attempt.stage.input().pointer);
    let way = json!({
        "from": {"x": x, "y": y},
        "to": {"x": aimed.local.x, "y": aimed.local.y},
    });
    let points: Vec<Point> = attempt.call("(way) => rehearsal.route(way)", way).await?;
    for point in points {
        let on_the_way = Point::from(aimed.placement.outward((point.x, point.y)));
        move_to(attempt, on_the_way, device).await?;
        frame(attempt).await?;
    }
    move_to(attempt, aimed.tab, device).await
}

/// The page draws a frame: what a movement changed is there.
pub(super) async fn frame(attempt: &Attempt<'_>) -> Result<(), Stop> {
    let function = "async () => { await rehearsal.frame(); return null; }";
    attempt.call::<()>(function, json!(null)).await
}

/// Moves the pointer, with whatever buttons are up.
pub(super) async fn move_to(
    attempt: &Attempt<'_>,
    at: Point,
    device: PointerDevice,
) -> Result<(), Stop> {
    let event = mouse_event(attempt, "mouseMoved", at, device, json!({"button": "none"}));
    attempt.input("Input.dispatchMouseEvent", event).await?;
    attempt
        .stage
        .set_input(|input| input.pointer = (at.x, at.y));
    Ok(())
}

/// Moves, presses and releases. Errors after the press say nothing of the deed: a document that
/// goes away at once takes the answers with it.
async fn press_buttons(attempt: &Attempt<'_>, press: Press) -> Result<(), Stop> {
    let Press {
        at,
        device,
        clicks,
        hold,
        ..
    } = press;
    attempt.mark();
    travel(attempt, at, device).await?;
    confirm(attempt, at.local).await?;
    let at = at.tab;
    let (name, mask) = button_name(press.button);
    for count in 1..=clicks {
        let down = json!({"button": name, "buttons": mask, "clickCount": count});
        let up = json!({"button": name, "buttons": 0, "clickCount": count});
        let down = mouse_event(attempt, "mousePressed", at, device, down);
        let up = mouse_event(attempt, "mouseReleased", at, device, up);
        let down = attempt.input("Input.dispatchMouseEvent", down);
        let up = attempt.input("Input.dispatchMouseEvent", up);
        let (down, up) = if hold.is_zero() {
            futures::join!(down, up)
        } else {
            let down = down.await;
            tokio::time::sleep(hold).await;
            (down, up.await)
        };
        for error in [down, up].into_iter().filter_map(Result::err) {
            if error.is_fatal() {
                return Err(error.into());
            }
            tracing::debug!(%error, "input was not answered");
        }
    }
    Ok(())
}

async fn tap(attempt: &Attempt<'_>, press: Press) -> Result<(), Stop> {
    attempt.mark();
    let modifiers = modifiers(&attempt.stage.input());
    for _ in 0..press.clicks {
        let point = json!([{"x": press.at.tab.x, "y": press.at.tab.y}]);
        let start = json!({"type": "touchStart", "touchPoints": point, "modifiers": modifiers});
        attempt.input("Input.dispatchTouchEvent", start).await?;
        tokio::time::sleep(press.hold).await;
        let end = json!({"type": "touchEnd", "touchPoints": [], "modifiers": modifiers});
        if let Err(error) = attempt.input("Input.dispatchTouchEvent", end).await
            && error.is_fatal()
        {
            return Err(error.into());
        }
    }
    Ok(())
}

/// What hovering brings up must not be pressed instead.
pub(super) async fn confirm(attempt: &Attempt<'_>, at: Point) -> Result<(), Stop> {
    let point = json!({"x": at.x, "y": at.y});
    let found: Hit = attempt.call("(at) => rehearsal.confirm(at)", point).await?;
    if found.hit {
        return Ok(());
    }
    let by = found.by.unwrap_or_default();
    let waited = seconds(attempt.waited());
    Err(Stop::again(
        Cause::Covered,
        format!("covered by `{by}` as soon as the pointer is over it, for {waited}"),
    ))
}

/// What the guard saw of a press.
#[derive(Debug, Deserialize)]
pub(super) struct Armed {
    /// Whether the element was hit; absent when no press came at all.
    pub(super) reached: Option<bool>,
    /// What was hit instead.
    pub(super) by: Option<String>,
}

/// Asks whether the press reached the element. Where the document went away it did.
pub(super) async fn check(attempt: &Attempt<'_>, sent: Result<(), Stop>) -> Result<(), Stop> {
    if let Err(stop) = sent {
        disarm(attempt).await;
        return Err(stop);
    }
    let armed = disarm(attempt).await;
    if let Some(Armed {
        reached: Some(false),
        by,
    }) = armed
    {
        return Err(Stop::again(
            Cause::Covered,
            format!(
                "`{}` received the press instead of the element for {}",
                by.unwrap_or_default(),
                seconds(attempt.waited())
            ),
        ));
    }
    // A press closes menus, or opens what is there to stay.
    attempt.stage.set_input(|input| input.hovered.clear());
    // No event came at all: something in another frame took it.
    if matches!(armed, Some(Armed { reached: None, .. })) && attempt.frame.parent().is_none() {
        return Err(Stop::failed(
            Cause::Covered,
            "the press did not reach the page of the element",
        ));
    }
    Ok(())
}

/// Ends the armed check. A document that is gone has no answer, and a new one is not armed.
pub(super) async fn disarm(attempt: &Attempt<'_>) -> Option<Armed> {
    let function = "() => globalThis.rehearsal?.disarm()";
    let answer = attempt.frame.evaluate(function, &[]).await.ok()?;
    serde_json::from_value(answer).ok()
}

pub(super) fn mouse_event(
    attempt: &Attempt<'_>,
    kind: &str,
    at: Point,
    device: PointerDevice,
    extra: Value,
) -> Value {
    let pointer = if device == PointerDevice::Pen {
        "pen"
    } else {
        "mouse"
    };
    let mut event = json!({"type": kind, "x": at.x, "y": at.y, "pointerType": pointer,
        "modifiers": modifiers(&attempt.stage.input())});
    if let (Value::Object(event), Value::Object(extra)) = (&mut event, extra) {
        event.extend(extra);
    }
    event
}

/// Chromium's name of a button, and its bit in `buttons`.
fn button_name(button: Button) -> (&'static str, u32) {
    match button {
        Button::Primary => ("left", 1),
        Button::Secondary => ("right", 2),
        Button::Auxiliary => ("middle", 4),
        Button::Back => ("back", 8),
        Button::Forward => ("forward", 16),
    }
}
