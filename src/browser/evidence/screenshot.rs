//! What the viewport shows, with secrets blanked while it is taken.

use base64::Engine as _;
use serde_json::json;

use super::witness::Sight;
use super::{PART, dom};
use crate::browser::driver::Capture;
use crate::browser::frame::Frame;
use crate::browser::page::Page;
use crate::browser::stage::Stage;

/// Quality of the many pictures of a traced replay, of 100.
const QUALITY: u32 = 60;

/// How deep frames are followed when secrets are blanked.
const DEPTH: usize = 4;

/// A picture.
#[derive(Clone, PartialEq)]
pub struct Screenshot {
    /// `image/png` or `image/webp`.
    pub mime: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Screenshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Screenshot({}, {} bytes)",
            self.mime,
            self.bytes.len()
        )
    }
}

/// Takes a picture: of a failure as PNG, of other steps small.
pub(super) async fn take(stage: &Stage, page: &Page, failed: bool) -> Option<Screenshot> {
    let words = json!({"words": stage.witness().mask().words()});
    let frames = frames_of(page);
    let mut hidden = true;
    for frame in &frames {
        let hiding = dom::call(frame, "hide", words.clone());
        let answer = tokio::time::timeout(PART, hiding).await;
        // A frame that is just loading shows nothing yet that was typed into it.
        let answer = answer.ok().and_then(Result::ok);
        hidden &= answer.is_none_or(|answer| answer["all"] == true);
    }
    let shot = if hidden {
        shoot(page, failed).await
    } else {
        None
    };
    for frame in &frames {
        let showing = dom::call(frame, "show", json!(null));
        let _gone = tokio::time::timeout(PART, showing).await;
    }
    shot
}

async fn shoot(page: &Page, failed: bool) -> Option<Screenshot> {
    let (format, mime) = if failed {
        ("png", "image/png")
    } else {
        ("webp", "image/webp")
    };
    let mut parameters = json!({"format": format, "optimizeForSpeed": true});
    if !failed {
        parameters["quality"] = json!(QUALITY);
    }
    let session = page.session();
    let answer = session
        .call_within("Page.captureScreenshot", parameters, PART)
        .await
        .ok()?;
    let text = answer["data"].as_str()?;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    Some(Screenshot { mime, bytes })
}

/// All frames of the page, outermost first.
fn frames_of(page: &Page) -> Vec<Frame> {
    let mut frames = vec![page.main_frame()];
    let mut level = frames.clone();
    for _ in 0..DEPTH {
        let inner: Vec<Frame> = level
            .iter()
            .flat_map(|frame| (0..).map_while(|index| page.child(frame, index)))
            .collect();
        frames.extend(inner.iter().cloned());
        level = inner;
    }
    frames
}

/// The step is about to act at this point of the tab, on what the script in `frame` keeps.
pub(crate) async fn aimed(stage: &Stage, page: &Page, frame: &Frame, point: (f64, f64)) {
    let capture = stage.replay().capture;
    if capture == Capture::Nothing {
        return;
    }
    let mut sight = Sight {
        point: [point.0, point.1],
        ..Sight::default()
    };
    if capture == Capture::EveryStep {
        sight.element = element(frame).await;
        sight.screenshot = take(stage, page, false).await;
    }
    stage.witness().aimed(sight);
}

async fn element(frame: &Frame) -> Option<[f64; 4]> {
    let answer = dom::call(frame, "box", json!(null)).await.ok()?;
    let [left, top, width, height]: [f64; 4] = serde_json::from_value(answer).ok()?;
    let (x, y) = match frame.parent() {
        Some(_) => frame.offset().await.ok()?,
        None => (0.0, 0.0),
    };
    Some([left + x, top + y, width, height])
}
