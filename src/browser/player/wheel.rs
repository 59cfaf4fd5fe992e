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

/// Answer of `rehearsal.wheel`.
#[derive(Debug, Deserialize)]
struct Scroller {
    x: f64,
    y: f64,
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
    for _ in 0..TURNS {
        let left = (x.map_or(0.0, |x| x - now.x), y.map_or(0.0, |y| y - now.y));
        if left.0.abs() < 1.0 && left.1.abs() < 1.0 {
            break;
        }
        let Some(point) = now.point else {
            return Err(Stop::failed(
                Cause::NotActionable,
                format!("no point of `{}` is under the wheel", now.element),
            ));
        };
        let turned = (
            left.0.clamp(-now.width, now.width),
            left.1.clamp(-now.height, now.height),
        );
        wheel(attempt, point, turned).await?;
        let next = look().await?;
        let stands = (next.x - now.x).abs() < 0.5 && (next.y - now.y).abs() < 0.5;
        now = if stands {
            // At the end, unless more comes.
            match grown(attempt, &next, turned, &look).await? {
                Some(longer) => longer,
                None => break,
            }
        } else {
            next
        };
    }
    Ok(engine_ms)
}

async fn wheel(attempt: &Attempt<'_>, point: Point, by: (f64, f64)) -> Result<(), Stop> {
    let (left, top) = attempt.frame.offset().await?;
    let at = Point {
        x: point.x + left,
        y: point.y + top,
    };
    pointer::move_to(attempt, at, PointerDevice::Mouse).await?;
    let extra = json!({"deltaX": by.0, "deltaY": by.1, "button": "none"});
    let event = pointer::mouse_event(attempt, "mouseWheel", at, PointerDevice::Mouse, extra);
    Ok(attempt.input("Input.dispatchMouseEvent", event).await?)
}

/// Turns on at the end for as long as the page loads more; what it looks like once it moved.
async fn grown<F>(
    attempt: &Attempt<'_>,
    end: &Scroller,
    by: (f64, f64),
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
        if let Some(point) = end.point {
            wheel(attempt, point, by).await?;
        }
        let now = look().await?;
        if (now.x - end.x).abs() >= 0.5 || (now.y - end.y).abs() >= 0.5 {
            return Ok(Some(now));
        }
        if enough {
            return Ok(None);
        }
    }
}
