//! What pages write to the console.
//!
//! What scripts of a tab write comes by itself, since vitals need the `Runtime` domain. What the
//! browser adds (requests that failed), and what frames in other processes write, nobody listens
//! to while steps pass. Chromium keeps the messages of a document and tells them to whoever begins
//! to listen: a failure is read through a session of its own, which is gone afterwards. A replay
//! that captures every step listens from the beginning, since a document takes its messages with
//! it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{ConsoleMessage, PART};
use crate::browser::cdp::{Event, Session};
use crate::browser::page::Page;
use crate::browser::stage::Stage;

/// Most messages; older ones go.
const MOST: usize = 100;

/// Most characters of a message.
const LONGEST: usize = 2_000;

/// Messages of a user's pages that nobody has taken yet.
#[derive(Debug, Default)]
pub(crate) struct Console(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<(f64, ConsoleMessage)>,
    /// Who waits for the end of a session that only listens.
    listening: HashMap<String, oneshot::Sender<()>>,
}

impl Console {
    /// Folds an event of any session.
    pub(crate) fn fold(&self, event: &Event) {
        let message = match event.method.as_str() {
            "Runtime.consoleAPICalled" => called(&event.params),
            "Runtime.exceptionThrown" => thrown(&event.params),
            "Log.entryAdded" => logged(&event.params["entry"]),
            _ => return,
        };
        let at = event
            .f64("/timestamp")
            .or_else(|| event.f64("/entry/timestamp"));
        let mut state = self.state();
        if state.messages.len() == MOST {
            state.messages.pop_front();
        }
        state.messages.push_back((at.unwrap_or_default(), message));
    }

    /// A session has ended; all that it told was folded before.
    pub(crate) fn ended(&self, session: &str) {
        if let Some(waiting) = self.state().listening.remove(session) {
            let _gave_up = waiting.send(());
        }
    }

    /// Takes the messages since a moment (seconds since the Unix epoch), oldest first.
    pub(super) fn take(&self, since_s: f64) -> Vec<ConsoleMessage> {
        let mut messages: Vec<_> = self.state().messages.drain(..).collect();
        messages.retain(|(at, _)| *at >= since_s * 1_000.0);
        messages.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        messages.into_iter().map(|(_, message)| message).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells what scripts write.
const SCRIPTS: &str = "Runtime.enable";

/// What tells what the browser adds.
const BROWSER: &str = "Log.enable";

/// Asks a session to tell messages.
pub(crate) fn listen(session: &Session) {
    for method in [SCRIPTS, BROWSER] {
        session.send(method, json!({}));
    }
}

/// Has the page's messages told, its frames' in other processes too.
pub(super) async fn replay(stage: &Stage, page: &Page) {
    let frames = page.frames_elsewhere();
    let told = frames
        .iter()
        .map(|frame| replay_target(stage, page.session(), frame, &[SCRIPTS, BROWSER]));
    let own = replay_target(stage, page.session(), page.target(), &[BROWSER]);
    futures::join!(own, futures::future::join_all(told));
}

async fn replay_target(
    stage: &Stage,
    near: &Session,
    target: &str,
    tellers: &[&'static str],
) -> Option<()> {
    let browser = near.browser();
    let attach = json!({"targetId": target, "flatten": true});
    let answer = browser
        .call_raw("Target.attachToTarget", attach)
        .await
        .ok()?;
    let id = answer["sessionId"].as_str()?;
    let (sender, ended) = oneshot::channel();
    let console = stage.witness().console();
    console.state().listening.insert(id.to_owned(), sender);
    let ear = near.sibling(id);
    for &method in tellers {
        // When it answers, it has told what there was.
        let _refused = ear.call_within(method, json!({}), PART).await;
    }
    let detach = json!({"sessionId": id});
    let detached = browser.call_raw("Target.detachFromTarget", detach).await;
    // The end of the session stands behind its messages in the user's inbox.
    if detached.is_ok() {
        ended.await.ok()?;
    } else {
        console.state().listening.remove(id);
    }
    Some(())
}

fn called(call: &Value) -> ConsoleMessage {
    let arguments = call["args"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let words: Vec<String> = arguments.iter().map(shown).collect();
    message(
        call["type"].as_str().unwrap_or("log"),
        &words.join(" "),
        source(&call["stackTrace"]["callFrames"][0]),
    )
}

fn thrown(thrown: &Value) -> ConsoleMessage {
    let details = &thrown["exceptionDetails"];
    let what = details["exception"]["description"].as_str();
    let text = details["text"].as_str().unwrap_or("Uncaught");
    let text = match what {
        Some(what) if !text.contains(what) => format!("{text} {what}"),
        _ => format!("{text} {}", shown(&details["exception"])),
    };
    message("error", text.trim(), source(details))
}

fn logged(entry: &Value) -> ConsoleMessage {
    message(
        entry["level"].as_str().unwrap_or("info"),
        entry["text"].as_str().unwrap_or_default(),
        source(entry),
    )
}

fn message(level: &str, text: &str, source: Option<String>) -> ConsoleMessage {
    let cut = text.char_indices().nth(LONGEST).map(|(at, _)| at);
    ConsoleMessage {
        level: level.to_owned(),
        text: cut.map_or_else(|| text.to_owned(), |at| format!("{}…", &text[..at])),
        source,
    }
}

/// A value as the console shows it.
fn shown(value: &Value) -> String {
    if let Some(properties) = value["preview"]["properties"].as_array()
        && value["subtype"] != "error"
    {
        let shown: Vec<String> = properties
            .iter()
            .map(|property| {
                let text = |key: &str| property[key].as_str().unwrap_or_default();
                format!("{}: {}", text("name"), text("value"))
            })
            .collect();
        return format!("{{{}}}", shown.join(", "));
    }
    match &value["value"] {
        Value::String(text) => text.clone(),
        Value::Null => value["description"]
            .as_str()
            .or_else(|| value["unserializableValue"].as_str())
            .unwrap_or_else(|| value["type"].as_str().unwrap_or_default())
            .to_owned(),
        other => other.to_string(),
    }
}

/// URL and line, counted from 1.
fn source(place: &Value) -> Option<String> {
    let url = place["url"].as_str().filter(|url| !url.is_empty())?;
    Some(match place["lineNumber"].as_u64() {
        Some(line) => format!("{url}:{}", line + 1),
        None => url.to_owned(),
    })
}
