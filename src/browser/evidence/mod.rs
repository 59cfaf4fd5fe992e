//! What a page showed when a step ended: for people who want to know why it failed.
//!
//! While steps pass, a user only remembers its last steps and requests ([`Witness`]). The browser
//! is asked when a step has failed (or for each step, when a replay is traced), within bounded
//! time, and a part that does not come is left out. No secret is kept: see [`mask`].

mod budget;
mod console;
mod dom;
mod har;
mod mask;
mod screenshot;
mod witness;

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::driver::{Capture, Performed};
use super::page::Page;
use super::stage::Stage;
use crate::clock::Micros;
use crate::flow::{Step, Viewport};
use crate::sample::Cause;

pub use budget::Budget;
pub(super) use console::listen;
pub use screenshot::Screenshot;
pub(super) use screenshot::aimed;
pub(super) use witness::Witness;
pub use witness::{LastAction, Sight};

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long one part of it may take.
const PART: Duration = Duration::from_millis(1_500);

/// Requests of so many steps before the one that failed are told too: what went wrong often began
/// there.
const STEPS_BEFORE: usize = 2;

/// What is kept of one step. Holds no secret: fields for passwords, cards and codes are blanked,
/// and so are values that a flow takes from secrets, cookies, and credentials in headers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// URL of the page.
    pub url: String,
    /// Title of the page.
    pub title: String,
    /// Size of the page's viewport.
    pub viewport: Option<Viewport>,
    /// What the viewport showed; absent when the renderer could not draw it.
    pub screenshot: Option<Screenshot>,
    /// Where the step acted, if it came to that.
    pub sight: Option<Sight>,
    /// The document as HTML, frames and open shadow roots inlined.
    pub dom: Option<String>,
    /// What the page wrote to the console, oldest first.
    pub console: Vec<ConsoleMessage>,
    /// Requests of the step, and of a failed one's neighbours before it, HAR 1.2
    /// (<http://www.softwareishard.com/blog/har-12-spec/>).
    pub har: Option<Value>,
    /// What the user did last, oldest first; ends with this step.
    pub actions: Vec<LastAction>,
}

/// A line of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsoleMessage {
    /// `log`, `info`, `warning`, `error` …
    pub level: String,
    /// What it says.
    pub text: String,
    /// URL and line at which it was written, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Remembers the step, and looks at the page when its evidence is wanted.
pub(super) async fn gather(
    stage: &Stage,
    budget: &Budget,
    (index, step): (u32, &Step),
    performed: &mut Performed,
) {
    let capture = stage.replay().capture;
    if capture == Capture::Nothing {
        return;
    }
    let page = page_of(stage, step);
    let url = page.as_ref().map_or_else(String::new, Page::url);
    stage.witness().end(index, step, performed, &url);
    let wanted = match (&performed.result, capture) {
        (_, Capture::EveryStep) => true,
        (_, Capture::Nothing) | (Ok(()), Capture::Failures) => false,
        (Err(failure), Capture::Failures) => {
            let flow = stage.network().origin().flow;
            // What may be absent tells by its failure what is there.
            !step.extension.optional && budget.admits(&flow, index, failure.cause)
        }
    };
    if wanted {
        performed.evidence = Some(Box::new(look(stage, page, performed).await));
    }
}

/// The page of the step, or what is left when that is gone.
fn page_of(stage: &Stage, step: &Step) -> Option<Page> {
    let page = stage.page(step.target.as_deref());
    page.or_else(|| stage.page(None))
        .or_else(|| stage.pages().pop())
}

async fn look(stage: &Stage, page: Option<Page>, performed: &Performed) -> Evidence {
    let witness = stage.witness();
    let failed = performed.result.is_err();
    let mut evidence = Evidence {
        viewport: Some(stage.viewport()),
        sight: witness.take_sight(),
        actions: witness.actions(),
        ..Evidence::default()
    };
    let gone = |cause: Cause| matches!(cause, Cause::BrowserLost | Cause::RendererCrashed);
    let answers = performed
        .result
        .as_ref()
        .map_or_else(|failure| !gone(failure.cause), |()| true);
    if let Some(page) = page {
        evidence.url = page.url();
        if answers {
            let looking = look_at(stage, &page, failed, &mut evidence);
            let _part_of_it = tokio::time::timeout(PATIENCE, looking).await;
        }
    }
    let steps = if failed { STEPS_BEFORE + 1 } else { 1 };
    let since = witness.since(steps);
    evidence.har = Some(har::log(stage, since, &evidence.actions));
    witness.mask().clean(&mut evidence);
    evidence
}

/// What only the browser can tell, the costliest last.
async fn look_at(stage: &Stage, page: &Page, failed: bool, evidence: &mut Evidence) {
    let witness = stage.witness();
    if stage.replay().capture != Capture::EveryStep {
        let listening = console::replay(stage, page);
        let _late = tokio::time::timeout(PART, listening).await;
    }
    evidence.console = witness.console().take(remembered_s(stage));
    if let Ok(Some(document)) = tokio::time::timeout(PART, dom::read(stage, page)).await {
        evidence.title = document.title;
        evidence.dom = Some(document.html);
    }
    evidence.screenshot = screenshot::take(stage, page, failed).await;
}

/// When the oldest step that is remembered began, seconds since the Unix epoch.
fn remembered_s(stage: &Stage) -> f64 {
    let since = stage.witness().since(usize::MAX);
    stage.clock().started_at().as_microsecond() as f64 / 1e6 + since.seconds()
}

/// What is shown of a moment relative to the run's start.
fn wall(stage: &Stage, at: Micros) -> String {
    let moment = stage.clock().started_at() + Duration::from_micros(at.0);
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
