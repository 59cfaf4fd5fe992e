//! The document as HTML that shows again what was there, in one file: frames inlined, state of
//! fields in attributes, scripts kept but not run.

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::mask::BLANK;
use crate::browser::frame::{EvaluateError, Frame};
use crate::browser::page::Page;
use crate::browser::stage::Stage;

/// Most characters of one document.
const MOST: usize = 1_500_000;

/// Most characters of all.
const MOST_OF_ALL: usize = 4_000_000;

/// How deep frames are followed, and how many of one document.
const DEPTH: usize = 4;
const FRAMES: usize = 20;

/// Around the number of a frame, where its document goes: characters of private use.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// A document with its frames.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) html: String,
    pub(super) title: String,
}

#[derive(Debug, Deserialize)]
struct Read {
    html: String,
    title: String,
    /// What stands in fields that nobody may see.
    values: Vec<String>,
    frames: usize,
}

/// Reads the page's document. Values of fields that nobody may see are remembered as secrets.
pub(super) async fn read(stage: &Stage, page: &Page) -> Option<Document> {
    let mut secrets = Vec::new();
    let (html, title) = document(page, page.main_frame(), 0, &mut secrets).await?;
    stage.witness().learn(secrets.iter().map(String::as_str));
    Some(Document { html, title })
}

fn document<'a>(
    page: &'a Page,
    frame: Frame,
    depth: usize,
    secrets: &'a mut Vec<String>,
) -> BoxFuture<'a, Option<(String, String)>> {
    Box::pin(async move {
        let argument = json!({"open": OPEN, "close": CLOSE, "blank": BLANK, "most": MOST});
        let read: Read = serde_json::from_value(call(&frame, "read", argument).await.ok()?).ok()?;
        secrets.extend(read.values);
        let mut inner = Vec::new();
        for index in 0..read.frames.min(FRAMES) {
            let child = page.child(&frame, index).filter(|_| depth < DEPTH);
            inner.push(match child {
                Some(child) => document(page, child, depth + 1, secrets).await,
                None => None,
            });
        }
        Some((inline(&read.html, &inner), read.title))
    })
}

/// Puts documents of frames where their marks are.
fn inline(html: &str, frames: &[Option<(String, String)>]) -> String {
    let mut whole = String::with_capacity(html.len());
    let mut parts = html.split(OPEN);
    whole.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_once(CLOSE).unwrap_or(("", part));
        let frame = number
            .parse()
            .ok()
            .and_then(|number: usize| frames.get(number));
        match frame {
            Some(Some((inner, _))) if whole.len() + inner.len() < MOST_OF_ALL => {
                whole.push_str(&inner.replace('&', "&amp;").replace('"', "&quot;"));
            }
            _ => whole.push_str("&lt;!-- this frame could not be read --&gt;"),
        }
        whole.push_str(rest);
    }
    whole
}

/// Calls one of the functions of `page.js` in the frame.
pub(super) async fn call(
    frame: &Frame,
    function: &str,
    argument: Value,
) -> Result<Value, EvaluateError> {
    const FUNCTIONS: &str = include_str!("page.js");
    let source = format!("(argument) => ({FUNCTIONS}).{function}(argument)");
    frame.evaluate(&source, &[argument]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_inlined_where_they_stand() {
        let html =
            "<iframe srcdoc=\"\u{e000}1\u{e001}\"></iframe><iframe srcdoc=\"\u{e000}0\u{e001}\">";
        let inner = [
            None,
            Some(("<b title=\"x\">&amp;</b>".to_owned(), String::new())),
        ];
        assert_eq!(
            inline(html, &inner),
            "<iframe srcdoc=\"<b title=&quot;x&quot;>&amp;amp;</b>\"></iframe>\
             <iframe srcdoc=\"&lt;!-- this frame could not be read --&gt;\">"
        );
    }
}
