//! Scrolling by the wheel: the page hears `wheel` as well as `scroll`, and lists that load more
//! at their end do.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::flow::{PointerDevice, Selectors};
use crate::sample::Cause;

use super::attempt::{Attempt, Demand};
use super::pointer;
use super::reason::Point;
use super::stop::Stop;

/// How long a list that is at its end may take to begin growing.
const GROWTH: Duration = Duration::from_millis(500);

/// Most turns: a list without an end is left at last.
const TURNS: usize = 500;

/// Turns without any effect that are put up with: a page may be busy.
const STUCK: u32 = 5;

/// Answer of `rehearsal.wheel`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scroller {
    x: f64,
    y: f64,
    /// How far it can be scrolled.
    end_x: f64,
    end_y: f64,
    /// Where the wheel turns it; absent when nothing of it can be reached.
    point: Option<Point>,
    /// Size of what is seen of it.
    width: f64,
    height: f64,
    element: String,
}

/// Turns the wheel over the element, or the window, until it stands at this position or at its
/// end. Returns engine milliseconds.
pub(super) async fn turn(
    attempt: &Attempt<'_>,
    selectors: Option<&Selectors>,
    (x, y): (Option<f64>, Option<f64>),
) -> Result<f64, Stop> {
    let mut engine_ms = 0.0;
    if let Some(selectors) = selectors {
        let demand = Demand {
            aim: true,
            ..Demand::default()
        };
        // In view, so that the wheel can be turned over it; nothing is pressed.
        engine_ms = pointer::aim(attempt, selectors, demand).await?.engine_ms;
        let _nothing_was_pressed = pointer::disarm(attempt).await;
    }
    attempt.mark();
    let over = json!({"element": selectors.is_some()});
    let look = || attempt.call::<Scroller>("(over) => rehearsal.wheel(over)", over.clone());
    let mut now = look().await?;
    let mut stuck = 0;
    for _ in 0..TURNS {
        let left = (x.map_or(0.0, |x| x - now.x), y.map_or(0.0, |y| y - now.y));
        if left.0.abs() < 1.0 && left.1.abs() < 1.0 {
            break;
        }
        // At its end the wheel would turn what is around it instead.
        let by = (
            turn_of(now.x, left.0, now.end_x, now.width),
            turn_of(now.y, left.1, now.end_y, now.height),
        );
        if by.0.abs() < 1.0 && by.1.abs() < 1.0 {
            match grown(attempt, &now, &look).await? {
                Some(longer) => now = longer,
                None => break,
            }
            continue;
        }
        let Some(point) = now.point else {
            return Err(Stop::failed(
                Cause::NotActionable,
                format!("no point of `{}` is under the wheel", now.element),
            ));
        };
        wheel(attempt, point, by).await?;
        let next = look().await?;
        if (next.x - now.x).abs() < 0.5 && (next.y - now.y).abs() < 0.5 {
            stuck += 1;
        }
        if stuck > STUCK {
            return Err(Stop::failed(
                Cause::NotActionable,
                format!("`{}` does not scroll when the wheel is turned", now.element),
            ));
        }
        now = next;
    }
    Ok(engine_ms)
}

/// How far one turn goes: not beyond the end, nor more than what is seen at once.
fn turn_of(at: f64, left: f64, end: f64, seen: f64) -> f64 {
    let rest = left.clamp(-at.max(0.0), (end - at).max(0.0));
    rest.clamp(-seen, seen)
}

async fn wheel(attempt: &Attempt<'_>, point: Point, by: (f64, f64)) -> Result<(), Stop> {
    let placement = attempt.frame.placement().await?;
    let at = Point::from(placement.outward((point.x, point.y)));
    pointer::move_to(attempt, at, PointerDevice::Mouse).await?;
    let extra = json!({"deltaX": by.0, "deltaY": by.1, "button": "none"});
    let event = pointer::mouse_event(attempt, "mouseWheel", at, PointerDevice::Mouse, extra);
    Ok(attempt.input("Input.dispatchMouseEvent", event).await?)
}

/// Waits at the end for as long as the page loads more; what it looks like once it is longer.
async fn grown<F>(
    attempt: &Attempt<'_>,
    end: &Scroller,
    look: &impl Fn() -> F,
) -> Result<Option<Scroller>, Stop>
where
    F: Future<Output = Result<Scroller, Stop>>,
{
    let clock = attempt.stage.clock();
    let began = clock.now();
    let since = attempt.marked().at;
    loop {
        let waited = clock.now().ms_since(began);
        let loading = !attempt.page.in_flight(since).is_empty();
        let enough = if loading {
            attempt.left().is_zero()
        } else {
            waited >= GROWTH.as_secs_f64() * 1000.0
        };
        let now = look().await?;
        if now.end_x > end.end_x || now.end_y > end.end_y {
            return Ok(Some(now));
        }
        if enough {
            return Ok(None);
        }
    }
}
