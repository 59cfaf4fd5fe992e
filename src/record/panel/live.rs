//! A page's websocket: tells it what is shown, and takes what its person does.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::PanelInput;
use super::hub::Hub;
use super::wire::{Telling, Told};
use crate::browser::capture::{MouseAction, RemoteInput, Typed};

/// Largest message of a page: a paste.
const MESSAGE_LIMIT: usize = 16 * 1024 * 1024;

/// Pictures that may be on their way to a page. One more than is being drawn, so that a line with
/// a long way round still shows movement.
const PICTURES: usize = 2;

/// How often a page hears something, so that it knows of a broken line.
const BEAT: Duration = Duration::from_secs(4);

/// `GET live`.
pub(super) async fn open(State(hub): State<Arc<Hub>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .max_message_size(MESSAGE_LIMIT)
        .on_upgrade(|socket| async move {
            let tasks = hub.sessions.clone();
            // Tracked, so that the end can wait for farewells.
            let _ = tasks.spawn(serve(socket, hub)).await;
        })
}

async fn serve(socket: WebSocket, hub: Arc<Hub>) {
    let (sink, stream) = socket.split();
    let seen = watch::Sender::new(0);
    let read = seen.subscribe();
    let mut held = Held::default();
    hub.pages.send_modify(|pages| *pages += 1);
    tokio::select! {
        _ = tell(sink, &hub, read) => {}
        () = hear(stream, &hub, &seen, &mut held) => {}
    }
    hub.pages.send_modify(|pages| *pages -= 1);
    for input in held.release() {
        let _ = hub.inputs.send(PanelInput::Remote(input)).await;
    }
}

type Sink = SplitSink<WebSocket, Message>;

/// Sends what changes, newest state only. Ends with the recording or the line.
async fn tell(
    mut sink: Sink,
    hub: &Hub,
    mut seen: watch::Receiver<u32>,
) -> Result<(), axum::Error> {
    let fresh = |latest: &watch::Sender<Option<Utf8Bytes>>| {
        let mut receiver = latest.subscribe();
        receiver.mark_changed();
        receiver
    };
    let mut over = fresh(&hub.over);
    let mut view = fresh(&hub.view);
    let mut tabs = fresh(&hub.tabs);
    let mut cursor = fresh(&hub.cursor);
    let mut waiting = fresh(&hub.waiting);
    let mut said = hub.said.subscribe();
    let mut picture = hub.picture.subscribe();
    picture.mark_changed();
    let mut under_way = VecDeque::new();
    let mut beat = tokio::time::interval(BEAT);
    sink.send(Message::Text(hub.hello())).await?;
    loop {
        let drawn = *seen.borrow_and_update();
        under_way.retain(|number| *number > drawn);
        let text = tokio::select! {
            biased;
            Ok(()) = view.changed() => view.borrow_and_update().clone(),
            message = said.recv() => match message {
                Ok(message) => Some(message),
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return Ok(()),
            },
            Ok(()) = tabs.changed() => tabs.borrow_and_update().clone(),
            Ok(()) = waiting.changed() => waiting.borrow_and_update().clone(),
            Ok(()) = cursor.changed() => cursor.borrow_and_update().clone(),
            // After the view, so that a page has the last one when it is over.
            Ok(()) = over.changed() => {
                let message = over.borrow_and_update().clone();
                if let Some(message) = message {
                    sink.send(Message::Text(message)).await?;
                    return sink.close().await;
                }
                None
            }
            Ok(()) = picture.changed(), if under_way.len() < PICTURES => {
                let picture = picture.borrow_and_update().clone();
                if let Some(picture) = picture {
                    under_way.push_back(picture.number);
                    sink.send(Message::Binary(picture.bytes)).await?;
                }
                None
            }
            Ok(()) = seen.changed() => None,
            _ = beat.tick() => Some(Telling::Beat.text()),
        };
        if let Some(text) = text {
            sink.send(Message::Text(text)).await?;
        }
    }
}

/// Hands on what the person does. Ends with the line.
async fn hear(
    mut stream: SplitStream<WebSocket>,
    hub: &Hub,
    seen: &watch::Sender<u32>,
    held: &mut Held,
) {
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let input = match serde_json::from_str(&text) {
            Ok(Told::Seen(number)) => {
                seen.send_replace(number);
                continue;
            }
            Ok(Told::Command(command)) => PanelInput::Command(command),
            Ok(Told::Remote(input)) if hub.options.remote => {
                held.note(&input);
                PanelInput::Remote(input)
            }
            Ok(Told::Files(numbers)) if hub.uploads.is_some() => {
                let found = hub.uploads.as_ref().map(|uploads| uploads.find(&numbers));
                let files = found.unwrap_or_default();
                PanelInput::Remote(RemoteInput::Files { files })
            }
            // The reason would quote what was sent, which may be what was typed.
            _ => {
                hub.say("The page sent something that is not understood. Reload it.");
                continue;
            }
        };
        if hub.inputs.send(input).await.is_err() {
            return;
        }
    }
}

/// What a person holds down, to be let go when the line breaks.
#[derive(Default)]
struct Held {
    /// Keys by their codes: the key, its number and place.
    keys: BTreeMap<String, (Typed, u32, u8)>,
    /// Buttons, as `MouseEvent.buttons` has them.
    buttons: u8,
    /// Where the pointer was last.
    at: (f64, f64),
}

impl Held {
    fn note(&mut self, input: &RemoteInput) {
        match input {
            RemoteInput::Mouse { x, y, buttons, .. } => {
                self.at = (*x, *y);
                self.buttons = *buttons;
            }
            RemoteInput::Key {
                down,
                key,
                code,
                key_code,
                location,
                ..
            } => {
                if *down {
                    self.keys
                        .insert(code.clone(), (key.clone(), *key_code, *location));
                } else {
                    self.keys.remove(code);
                }
            }
            _ => {}
        }
    }

    fn release(self) -> Vec<RemoteInput> {
        let keys = self.keys.into_iter();
        let mut inputs: Vec<RemoteInput> = keys
            .map(|(code, (key, key_code, location))| RemoteInput::Key {
                down: false,
                key,
                code,
                key_code,
                location,
                modifiers: 0,
                repeat: false,
            })
            .collect();
        // Bits of `buttons` and numbers of `button` differ in their second and third.
        let mut left = self.buttons;
        for (bit, button) in [(1, 0), (4, 1), (2, 2), (8, 3), (16, 4)] {
            if left & bit != 0 {
                left &= !bit;
                inputs.push(RemoteInput::Mouse {
                    action: MouseAction::Up,
                    x: self.at.0,
                    y: self.at.1,
                    button,
                    buttons: left,
                    clicks: 1,
                    modifiers: 0,
                });
            }
        }
        inputs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_let_go() {
        let mut held = Held::default();
        let key = |down, key: &str, code: &str| RemoteInput::Key {
            down,
            key: Typed(key.to_owned()),
            code: code.to_owned(),
            key_code: 16,
            location: 1,
            modifiers: 8,
            repeat: false,
        };
        let press = RemoteInput::Mouse {
            action: MouseAction::Down,
            x: 3.0,
            y: 4.0,
            button: 2,
            buttons: 2,
            clicks: 1,
            modifiers: 0,
        };
        for input in [
            key(true, "Shift", "ShiftLeft"),
            key(true, "a", "KeyA"),
            key(false, "a", "KeyA"),
            press,
        ] {
            held.note(&input);
        }
        let released = held.release();
        assert_eq!(released.len(), 2, "{released:?}");
        assert!(
            matches!(&released[0], RemoteInput::Key { down: false, code, .. } if code == "ShiftLeft")
        );
        let RemoteInput::Mouse {
            x, button, buttons, ..
        } = released[1]
        else {
            panic!("the button: {released:?}");
        };
        assert_eq!((x, button, buttons), (3.0, 2, 0));
    }
}
