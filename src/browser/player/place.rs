//! Where a step happens: its tab and its frame, waited for when they come late.

use std::time::Duration;

use serde_json::json;

use crate::browser::frame::Frame;
use crate::browser::page::Page;
use crate::browser::stage::Stage;
use crate::flow::{Selector, SelectorPart, Selectors, Step};
use crate::sample::Cause;

use super::Play;
use super::script;
use super::shape::same_shape;
use super::stop::Stop;

/// How often a frame that is not there yet is looked for.
pub(super) const POLL: Duration = Duration::from_millis(25);

/// The tab and the frame of a step: by `x-rehearsal.tab` and `x-rehearsal.frames` where the flow
/// has them, else by the native `target` and `frame`.
pub(super) async fn find(play: &Play<'_>) -> Result<(Page, Frame), Stop> {
    let Play { stage, step, .. } = *play;
    let (page, mut frame) = match step.extension.tab {
        Some(number) => tab(stage, number)?,
        None => root(stage, step.target.as_deref())?,
    };
    if step.extension.frames.is_empty() {
        for (depth, index) in step.frame.iter().enumerate() {
            frame = page
                .child(&frame, *index)
                .ok_or_else(|| absent(step, depth))?;
        }
        return Ok((page, frame));
    }
    // A `target` may be a frame in another process; `frames` begin at the page.
    frame = page.main_frame();
    for (depth, selectors) in step.extension.frames.iter().enumerate() {
        frame = match inside(&frame, selectors).await? {
            Framed::Found(inner) => inner,
            Framed::Nothing(why) => by_index(play, &page, &frame, depth)
                .ok_or_else(|| missing(selectors, depth, why))?,
        };
    }
    Ok((page, frame))
}

fn absent(step: &Step, depth: usize) -> Stop {
    let path: Vec<String> = step.frame[..=depth].iter().map(usize::to_string).collect();
    let message = format!("there is no frame [{}]", path.join(", "));
    Stop::again(Cause::NotFound, message)
}

/// A frame's element, or why there is none.
enum Framed {
    Found(Frame),
    Nothing(&'static str),
}

/// Answer of `rehearsal.findFrame`.
#[derive(serde::Deserialize)]
struct Owner {
    found: bool,
    several: bool,
}

/// The frame whose element the selectors agree on.
async fn inside(frame: &Frame, selectors: &Selectors) -> Result<Framed, Stop> {
    let alternatives: Vec<Vec<SelectorPart>> = selectors.0.iter().map(Selector::parts).collect();
    let function = "(alternatives) => rehearsal.findFrame(alternatives)";
    let owner: Owner = script::call(frame, function, json!(alternatives)).await?;
    if !owner.found {
        return Ok(Framed::Nothing(if owner.several {
            "matches several"
        } else {
            "is not there"
        }));
    }
    let child = frame
        .child_of_element("() => globalThis.rehearsal?.framed")
        .await?;
    Ok(child.map_or(Framed::Nothing("holds no frame"), Framed::Found))
}

/// The recorded index says which frame it was in a page that may have got others since. It is
/// taken only when the selectors have found nothing for half of the step's time and the document
/// has no other frame that could be meant.
fn by_index(play: &Play<'_>, page: &Page, frame: &Frame, depth: usize) -> Option<Frame> {
    let half = play.started.0 + play.deadline.0.saturating_sub(play.started.0) / 2;
    let index = *play.step.frame.get(depth)?;
    let alike = play.step.frame.len() == play.step.extension.frames.len();
    let late = play.stage.clock().now().0 >= half;
    if !alike || !late || page.children(frame) != 1 {
        return None;
    }
    page.child(frame, index)
}

fn missing(selectors: &Selectors, depth: usize, why: &str) -> Stop {
    let message = format!(
        "the frame {}, number {} from the page, {why}",
        selectors.listed(),
        depth + 1
    );
    Stop::again(Cause::NotFound, message)
}

/// A tab by its number.
fn tab(stage: &Stage, number: usize) -> Result<(Page, Frame), Stop> {
    match stage.tab(number) {
        Ok(page) => {
            let frame = page.main_frame();
            Ok((page, frame))
        }
        Err(_) if number == 0 => Err(closed()),
        Err(opened) if opened >= number => Err(Stop::failed(
            Cause::NotFound,
            format!("tab {number} was closed"),
        )),
        Err(opened) => Err(Stop::again(
            Cause::NotFound,
            format!("there is no tab {number}: the iteration has opened {opened}"),
        )),
    }
}

fn closed() -> Stop {
    Stop::failed(Cause::Flow, "the flow has closed its page")
}

fn root(stage: &Stage, target: Option<&str>) -> Result<(Page, Frame), Stop> {
    if let Some(page) = stage.page(target) {
        let frame = page.main_frame();
        return Ok((page, frame));
    }
    let Some(url) = target.filter(|target| *target != "main") else {
        return Err(closed());
    };
    let pages = stage.pages();
    if let Some(found) = pages
        .iter()
        .find_map(|page| Some((page.clone(), page.frame_at(url)?)))
    {
        return Ok(found);
    }
    // Popups often have an id or a token in their URL.
    let popup = |page: &&Page| page.is_popup() && same_shape(url, &page.url());
    let Some(page) = pages.iter().rev().find(popup) else {
        return Err(Stop::again(
            Cause::NotFound,
            format!("there is no page or frame with the address `{url}`"),
        ));
    };
    Ok((page.clone(), page.main_frame()))
}
