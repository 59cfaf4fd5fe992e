//! What the person does elsewhere, done here as trusted input.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Remote, chooser, cursor, keys, list, pasteboard};
use crate::browser::capture::tab::Tab;
use crate::browser::capture::watch::Watch;
use crate::browser::capture::{MouseAction, RemoteInput};

/// How long a page may think about a press before the next input follows.
const HANDLED: Duration = Duration::from_secs(1);

/// Chromium's words for `MouseEvent.button`.
const BUTTONS: [&str; 5] = ["left", "middle", "right", "back", "forward"];

/// Does it, in its turn. Fails with words for the person.
pub(super) async fn perform(
    remote: &Remote,
    watch: &Arc<Watch>,
    input: RemoteInput,
) -> Result<(), String> {
    let turn = remote.hand.lock().await;
    match input {
        RemoteInput::Front { tab } => {
            let tab = watch.tab(tab).ok_or("this tab is closed")?;
            remote.bring_to_front(watch, &tab);
        }
        RemoteInput::CloseTab { tab } => {
            let tab = watch.tab(tab).ok_or("this tab is closed")?;
            tab.page.session().send("Page.close", json!({}));
        }
        RemoteInput::Resize { width, height } => remote.resize(watch, width, height),
        RemoteInput::Dialog { accept, text } => answer(remote, watch, accept, text)?,
        RemoteInput::Files { files } => chooser::give(remote, &files).await?,
        RemoteInput::Choose { chosen } => {
            list::choose(remote, &*front(remote, watch)?, chosen).await?;
        }
        RemoteInput::Navigate { url } => {
            let tab = front(remote, watch)?;
            drop(turn);
            navigate(&tab, &with_scheme(&url)).await?;
        }
        RemoteInput::History { by } => travel(&*front(remote, watch)?, by).await?,
        RemoteInput::Paste { text, html } => {
            let tab = front(remote, watch)?;
            pasteboard::paste(remote, watch, &tab, &text, html.as_deref()).await?;
        }
        RemoteInput::Text { text } => {
            let tab = front(remote, watch)?;
            keys::compose(tab.page.session(), &text).await;
        }
        RemoteInput::Key { .. } => {
            let tab = front(remote, watch)?;
            let opens = keys::press(remote, tab.page.session(), input).await;
            if opens || remote.state().list.is_some() {
                list::look(remote, &tab).await;
            }
        }
        RemoteInput::Wheel {
            x,
            y,
            delta_x,
            delta_y,
            modifiers,
        } => {
            let tab = front(remote, watch)?;
            let wheel = json!({"type": "mouseWheel", "x": x, "y": y, "deltaX": delta_x,
                "deltaY": delta_y, "modifiers": modifiers, "pointerType": "mouse"});
            tab.page.session().send("Input.dispatchMouseEvent", wheel);
        }
        RemoteInput::Mouse { .. } => mouse(remote, watch, &input).await?,
    }
    Ok(())
}

/// The tab that is shown.
fn front(remote: &Remote, watch: &Watch) -> Result<Arc<Tab>, String> {
    let front = remote.state().front;
    let tab = front.and_then(|number| watch.tab(number));
    tab.ok_or_else(|| "no tab is open".to_owned())
}

async fn mouse(remote: &Remote, watch: &Arc<Watch>, input: &RemoteInput) -> Result<(), String> {
    let RemoteInput::Mouse {
        action,
        x,
        y,
        button,
        buttons,
        clicks,
        modifiers,
    } = *input
    else {
        return Ok(());
    };
    let tab = front(remote, watch)?;
    let session = tab.page.session();
    let mut event = json!({"x": x, "y": y, "buttons": buttons, "modifiers": modifiers,
        "pointerType": "mouse", "button": "none"});
    if action == MouseAction::Move {
        event["type"] = json!("mouseMoved");
        // Whoever drags holds a button, of which Chromium wants to know here too.
        if let Some(held) = (0..3).find(|bit| buttons & (1 << bit) != 0) {
            event["button"] = json!(["left", "right", "middle"][held]);
        }
        session.send("Input.dispatchMouseEvent", event);
        cursor::moved(watch, &tab, (x, y));
        return Ok(());
    }
    event["button"] = json!(BUTTONS.get(usize::from(button)).ok_or("no such button")?);
    event["clickCount"] = json!(clicks.max(1));
    if action == MouseAction::Up {
        event["type"] = json!("mouseReleased");
        session.send("Input.dispatchMouseEvent", event);
        cursor::moved(watch, &tab, (x, y));
        return Ok(());
    }
    event["type"] = json!("mousePressed");
    // A dialog may hold the answer up.
    let _handled = session
        .call_within("Input.dispatchMouseEvent", event, HANDLED)
        .await;
    list::look(remote, &tab).await;
    Ok(())
}

fn answer(
    remote: &Remote,
    watch: &Watch,
    accept: bool,
    text: Option<String>,
) -> Result<(), String> {
    let tab = remote.state().dialog;
    let tab = tab.and_then(|number| watch.tab(number));
    let tab = tab.ok_or("the dialog is gone")?;
    let mut answer = json!({"accept": accept});
    if let Some(text) = text {
        answer["promptText"] = json!(text);
    }
    tab.page
        .session()
        .send("Page.handleJavaScriptDialog", answer);
    Ok(())
}

/// Opens an address as if it had been typed.
pub(in crate::browser::capture) async fn navigate(tab: &Tab, url: &str) -> Result<(), String> {
    let to = json!({"url": url, "transitionType": "typed"});
    let answer = tab.page.session().call_raw("Page.navigate", to).await;
    let answer = answer.map_err(|error| format!("`{url}` could not be opened: {error}"))?;
    match answer["errorText"].as_str() {
        // It became a download, or the page went elsewhere meanwhile.
        None | Some("net::ERR_ABORTED") => Ok(()),
        Some(reason) => Err(format!("`{url}` could not be opened: {reason}")),
    }
}

fn with_scheme(url: &str) -> String {
    let url = url.trim();
    let has_scheme = url.contains("://") || url.starts_with("about:") || url.starts_with("data:");
    if has_scheme {
        url.to_owned()
    } else {
        format!("https://{url}")
    }
}

/// Back, forward, or reload.
async fn travel(tab: &Tab, by: i32) -> Result<(), String> {
    let session = tab.page.session();
    // Whatever was pressed in the page just before, this is the person's.
    tab.state().acted = None;
    if by == 0 {
        session.send("Page.reload", json!({}));
        return Ok(());
    }
    let history = session.call_raw("Page.getNavigationHistory", json!({}));
    let history = history.await.map_err(|error| error.to_string())?;
    let place = history["currentIndex"].as_i64().unwrap_or_default() + i64::from(by);
    let entry = usize::try_from(place).ok();
    let id = entry.and_then(|entry| history["entries"].get(entry)?.get("id"));
    let Some(id) = id.and_then(Value::as_i64) else {
        return Err(if by < 0 {
            "there is no page to go back to".to_owned()
        } else {
            "there is no page to go forward to".to_owned()
        });
    };
    session.send("Page.navigateToHistoryEntry", json!({"entryId": id}));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_scheme_is_of_the_web() {
        assert_eq!(with_scheme(" shop.example/a "), "https://shop.example/a");
        assert_eq!(with_scheme("localhost:8000"), "https://localhost:8000");
        assert_eq!(with_scheme("http://a.test"), "http://a.test");
        assert_eq!(with_scheme("about:blank"), "about:blank");
    }
}
