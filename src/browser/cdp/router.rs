//! The one task per browser that owns the socket.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use chromiumoxide::Connection;
use chromiumoxide::cdp::browser_protocol::target::SessionId;
use chromiumoxide::error::CdpError as TransportError;
use chromiumoxide::types::{CallId, Message, Response};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::{CdpError, Event, Session};

/// What a user is told, in the order in which it arrived. The channel is unbounded: its reader
/// folds notices into state without ever waiting, so it holds at most a burst. It ends when the
/// browser is lost.
pub(crate) type Inbox = mpsc::UnboundedSender<Notice>;

/// Something a user's observer must know.
#[derive(Debug)]
pub(crate) enum Notice {
    /// A target was attached and waits for [`Session::send`] of `Runtime.runIfWaitingForDebugger`.
    Attached {
        /// Its session.
        session: Session,
        /// The session through which it came; empty for a tab.
        parent: String,
        /// `targetInfo`.
        info: Value,
    },
    /// A target went away; nothing more comes from its session.
    Detached {
        /// Its session's id.
        session: String,
    },
    /// An event of one of the user's sessions; of the browser's own, progress of any download, and
    /// changes of the user's targets where they are asked for.
    Event(Event),
    /// Asks for word when all before it has been taken note of.
    Mark(tokio::sync::oneshot::Sender<()>),
}

/// The way to a browser; clones are cheap. The socket closes when the last one is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    requests: mpsc::UnboundedSender<Request>,
}

/// A command on its way.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Cow<'static, str>,
    pub(super) session: Option<Arc<str>>,
    pub(super) params: Value,
    pub(super) reply: Option<oneshot::Sender<Result<Value, Refusal>>>,
}

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Refusal {
    Crashed,
    Detached,
    Answer(String),
}

#[derive(Debug)]
enum Request {
    Call(Call),
    Adopt { context: String, inbox: Inbox },
    Forget { context: String },
}

impl Wire {
    /// Connects to a browser's websocket and starts its router.
    ///
    /// # Errors
    /// [`CdpError::Lost`] when nobody answers there.
    pub(crate) async fn connect(url: &str) -> Result<Self, CdpError> {
        let connection = Connection::<Event>::connect(url).await.map_err(|error| {
            tracing::debug!(%error, "websocket refused");
            CdpError::Lost {
                method: "connect".to_owned(),
            }
        })?;
        let (requests, queue) = mpsc::unbounded_channel();
        let router = Router {
            wire: requests.downgrade(),
            pending: HashMap::new(),
            sessions: HashMap::new(),
            contexts: HashMap::new(),
        };
        tokio::spawn(router.run(connection, queue));
        Ok(Self { requests })
    }

    /// The browser's own session.
    pub(crate) fn browser(&self) -> Session {
        Session::new(self.clone(), None)
    }

    /// Whether the socket is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    /// From now on, what happens in the browser context `context` is told to `inbox`.
    pub(crate) fn adopt(&self, context: &str, inbox: Inbox) {
        let _closed = self.requests.send(Request::Adopt {
            context: context.to_owned(),
            inbox,
        });
    }

    /// Ends [`Wire::adopt`]: the context's sessions are forgotten.
    pub(crate) fn forget(&self, context: &str) {
        let _closed = self.requests.send(Request::Forget {
            context: context.to_owned(),
        });
    }

    /// Queues a command. When the browser is lost its reply is dropped, which the waiter sees.
    pub(super) fn send(&self, call: Call) {
        let _closed = self.requests.send(Request::Call(call));
    }
}

struct Pending {
    method: Cow<'static, str>,
    session: Option<Arc<str>>,
    reply: Option<oneshot::Sender<Result<Value, Refusal>>>,
}

struct Route {
    inbox: Inbox,
    parent: Option<String>,
    crashed: bool,
}

struct Router {
    wire: mpsc::WeakUnboundedSender<Request>,
    pending: HashMap<CallId, Pending>,
    sessions: HashMap<String, Route>,
    contexts: HashMap<String, Inbox>,
}

impl Router {
    async fn run(
        mut self,
        mut connection: Connection<Event>,
        mut queue: mpsc::UnboundedReceiver<Request>,
    ) {
        loop {
            tokio::select! {
                request = queue.recv() => match request {
                    Some(Request::Call(call)) => self.submit(&mut connection, call),
                    Some(Request::Adopt { context, inbox }) => {
                        self.contexts.insert(context, inbox);
                    }
                    Some(Request::Forget { context }) => self.forget(&context),
                    None => break,
                },
                message = connection.next() => match message {
                    Some(Ok(Message::Response(response))) => self.answer(response),
                    Some(Ok(Message::Event(event))) => self.route(&mut connection, event),
                    Some(Err(TransportError::InvalidMessage(_, error))) => {
                        tracing::debug!(%error, "message of unknown shape");
                    }
                    Some(Err(error)) => {
                        tracing::debug!(%error, "browser's socket failed");
                        break;
                    }
                    None => break,
                },
            }
        }
    }

    fn submit(&mut self, connection: &mut Connection<Event>, call: Call) {
        if let Some(session) = &call.session {
            let refusal = match self.sessions.get(&**session) {
                None => Some(Refusal::Detached),
                Some(route) if route.crashed => Some(Refusal::Crashed),
                Some(_) => None,
            };
            if let Some(refusal) = refusal {
                if let Some(reply) = call.reply {
                    let _gone = reply.send(Err(refusal));
                }
                return;
            }
        }
        let session = call
            .session
            .as_deref()
            .map(|id| SessionId::from(id.to_owned()));
        match connection.submit_command(call.method.clone(), session, call.params) {
            Ok(id) => {
                self.pending.insert(
                    id,
                    Pending {
                        method: call.method,
                        session: call.session,
                        reply: call.reply,
                    },
                );
            }
            Err(error) => {
                if let Some(reply) = call.reply {
                    let _gone = reply.send(Err(Refusal::Answer(error.to_string())));
                }
            }
        }
    }

    fn answer(&mut self, response: Response) {
        let Some(pending) = self.pending.remove(&response.id) else {
            return;
        };
        let result = match response.error {
            Some(error) => Err(Refusal::Answer(error.message)),
            None => Ok(response.result.unwrap_or(Value::Null)),
        };
        match (pending.reply, result) {
            (Some(reply), result) => {
                let _gone = reply.send(result);
            }
            (None, Err(refusal)) => {
                tracing::debug!(method = %pending.method, ?refusal, "command refused");
            }
            (None, Ok(_)) => {}
        }
    }

    fn route(&mut self, connection: &mut Connection<Event>, event: Event) {
        match event.method.as_str() {
            "Target.attachedToTarget" => self.attach(connection, &event),
            "Target.detachedFromTarget" => {
                if let Some(session) = event.str("/sessionId") {
                    self.detach(session);
                }
            }
            _ => {
                let Some(id) = event.session.as_deref() else {
                    self.tell_owners(&event);
                    return;
                };
                match event.method.as_str() {
                    "Inspector.targetCrashed" => self.crash(id),
                    // A person reloads a tab that crashed.
                    "Inspector.targetReloadedAfterCrash" => {
                        if let Some(route) = self.sessions.get_mut(id) {
                            route.crashed = false;
                        }
                    }
                    _ => {}
                }
                if let Some(route) = self.sessions.get(id) {
                    let _closing = route.inbox.send(Notice::Event(event));
                }
            }
        }
    }

    /// What the browser itself tells. A tab that turns into a download is closed before its file is
    /// there; then only the browser tells when it is, and not whose it is.
    fn tell_owners(&self, event: &Event) {
        if event.method == "Target.targetInfoChanged" {
            let context = event.str("/targetInfo/browserContextId");
            if let Some(inbox) = context.and_then(|context| self.contexts.get(context)) {
                let _closing = inbox.send(Notice::Event(event.clone()));
            }
            return;
        }
        if event.method != "Browser.downloadProgress" {
            return;
        }
        for inbox in self.contexts.values() {
            let _closing = inbox.send(Notice::Event(event.clone()));
        }
    }

    fn attach(&mut self, connection: &mut Connection<Event>, event: &Event) {
        let (Some(id), Some(info)) = (event.str("/sessionId"), event.params.get("targetInfo"))
        else {
            return;
        };
        let inbox = match event.session.as_deref() {
            Some(parent) => self.sessions.get(parent).map(|route| route.inbox.clone()),
            None => info
                .get("browserContextId")
                .and_then(Value::as_str)
                .and_then(|context| self.contexts.get(context).cloned()),
        };
        let wire = self.wire.upgrade().map(|requests| Wire { requests });
        let (Some(inbox), Some(wire)) = (inbox, wire) else {
            // Nobody's: the browser's own first tab, or a user who is just leaving.
            let session = SessionId::from(id.to_owned());
            let resume = Cow::Borrowed("Runtime.runIfWaitingForDebugger");
            let _never = connection.submit_command(resume, Some(session), json!({}));
            return;
        };
        self.sessions.insert(
            id.to_owned(),
            Route {
                inbox: inbox.clone(),
                parent: event.session.clone(),
                crashed: false,
            },
        );
        let _closing = inbox.send(Notice::Attached {
            session: Session::new(wire, Some(id.into())),
            parent: event.session.clone().unwrap_or_default(),
            info: info.clone(),
        });
    }

    fn detach(&mut self, session: &str) {
        let children: Vec<String> = self
            .sessions
            .iter()
            .filter(|(_, route)| route.parent.as_deref() == Some(session))
            .map(|(id, _)| id.clone())
            .collect();
        for child in children {
            self.detach(&child);
        }
        if let Some(route) = self.sessions.remove(session) {
            self.refuse(session, || Refusal::Detached);
            let _closing = route.inbox.send(Notice::Detached {
                session: session.to_owned(),
            });
        }
    }

    fn crash(&mut self, session: &str) {
        if let Some(route) = self.sessions.get_mut(session) {
            route.crashed = true;
            self.refuse(session, || Refusal::Crashed);
        }
    }

    /// Answers all waiters of a session.
    fn refuse(&mut self, session: &str, refusal: impl Fn() -> Refusal) {
        let waiting: Vec<CallId> = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.session.as_deref() == Some(session))
            .map(|(id, _)| *id)
            .collect();
        for id in waiting {
            if let Some(Pending {
                reply: Some(reply), ..
            }) = self.pending.remove(&id)
            {
                let _gone = reply.send(Err(refusal()));
            }
        }
    }

    fn forget(&mut self, context: &str) {
        let Some(inbox) = self.contexts.remove(context) else {
            return;
        };
        let sessions: Vec<String> = self
            .sessions
            .iter()
            .filter(|(_, route)| route.inbox.same_channel(&inbox))
            .map(|(id, _)| id.clone())
            .collect();
        for session in sessions {
            self.sessions.remove(&session);
            self.refuse(&session, || Refusal::Detached);
        }
    }
}
