//! Where a step happens: its page and its frame, waited for when they come late.

use std::time::Duration;

use crate::browser::frame::Frame;
use crate::browser::page::Page;
use crate::browser::stage::Stage;
use crate::flow::Step;
use crate::sample::Cause;

use super::shape::same_shape;
use super::stop::Stop;

/// How often a frame that is not there yet is looked for.
pub(super) const POLL: Duration = Duration::from_millis(25);

/// The page that the step's `target` names, or the frame when it names an out-of-process one.
pub(super) fn find(stage: &Stage, step: &Step) -> Result<(Page, Frame), Stop> {
    let (page, mut frame) = root(stage, step.target.as_deref())?;
    for (depth, index) in step.frame.iter().enumerate() {
        frame = page.child(&frame, *index).ok_or_else(|| {
            let path: Vec<String> = step.frame[..=depth].iter().map(usize::to_string).collect();
            Stop::again(
                Cause::NotFound,
                format!("there is no frame [{}]", path.join(", ")),
            )
        })?;
    }
    Ok((page, frame))
}

fn root(stage: &Stage, target: Option<&str>) -> Result<(Page, Frame), Stop> {
    if let Some(page) = stage.page(target) {
        let frame = page.main_frame();
        return Ok((page, frame));
    }
    let Some(url) = target.filter(|target| *target != "main") else {
        return Err(Stop::failed(Cause::Flow, "the flow has closed its page"));
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
