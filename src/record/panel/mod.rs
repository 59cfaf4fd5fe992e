//! What a person sees of a recording: the toolbar beside the page, and the page itself when it is
//! shown elsewhere. A small web server on loopback, whose pages are ours.
//!
//! ```text
//!   Panel::show(View) ──┐                      ┌── PanelInput::Command
//!   Panel::screen(Shown)├─► websocket ► page ► ┤
//!   Panel::say(error) ──┘                      └── PanelInput::Remote
//! ```
//! Whoever owns recorder and browser starts a [`Panel`], opens [`Panel::url`] somewhere, hands on
//! what it reads from the receiver ([`Panel::start`]) and shows what changed:
//!
//! ```no_run
//! # use rehearsal::record::{View, panel::{Panel, PanelInput, PanelOptions}};
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let (panel, mut inputs) = Panel::start(PanelOptions::default()).await?;
//! panel.show(&View::default()); // after every change; the newest wins
//! while let Some(input) = inputs.recv().await {
//!     match input {
//!         PanelInput::Command(command) => { /* recorder.command(command), its error: panel.say */ }
//!         PanelInput::Remote(input) => { /* watched.input(input), its error: panel.say */ }
//!     }
//! }
//! panel.end("Saved flows/checkout.json. 3 of 3 replays passed.").await;
//! # Ok(())
//! # }
//! ```
//! For a remote view there is `panel.follow(watched.shown())` besides, or [`Panel::screen`] for
//! each thing shown. Pages may come, go and come back at any time; each gets the whole state.
//!
//! **Who may.** The server listens on 127.0.0.1 only; from another machine it is reached by
//! `ssh -L PORT:127.0.0.1:PORT`. The URL holds 128 random bits and works once: the browser that
//! opens it first gets a cookie, which it keeps for reloads and further tabs. Everybody else is
//! refused with a page that says why, as is every request for another host (DNS rebinding) or from
//! another site's page (its websockets too). What is typed is never logged.
//!
//! This module knows nothing of recording and nothing of browsers: views in, wishes out.

mod guard;
mod hub;
mod live;
mod pages;
mod upload;
mod wire;

use std::fmt;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Command, View};
use crate::browser::capture::{RemoteInput, Shown};
use guard::Guard;
use hub::Hub;
pub use upload::FILE_LIMIT;

/// How long pages are waited for that are told the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// Inputs that wait before pages have to.
const INPUTS: usize = 256;

/// How a panel is started.
#[derive(Debug, Clone, Copy, Default)]
pub struct PanelOptions {
    /// The live browser is shown beside the toolbar.
    pub remote: bool,
    /// Port on 127.0.0.1; one that is free when absent.
    pub port: Option<u16>,
    /// Size at which the shown page stays, CSS px. When absent it follows the size of the view, by
    /// [`RemoteInput::Resize`].
    pub window: Option<(u32, u32)>,
}

/// What a person did at a panel.
#[derive(Clone, PartialEq)]
pub enum PanelInput {
    /// For the recorder.
    Command(Command),
    /// For the browser.
    Remote(RemoteInput),
}

/// Shows no more than the kind: what is typed stays out of logs.
impl fmt::Debug for PanelInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(command) => write!(formatter, "Command({command:?})"),
            Self::Remote(_) => formatter.write_str("Remote(…)"),
        }
    }
}

/// Why there is no panel.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum PanelError {
    /// The port is taken, or loopback cannot be listened on.
    #[error("could not serve the recorder's page on 127.0.0.1:{port}: {source}")]
    #[diagnostic(help("choose another port, or none to get one that is free"))]
    Listen {
        /// The port that was asked for; 0 is any.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// No temporary folder for files that people upload.
    #[error("could not make a temporary folder for uploaded files: {0}")]
    Folder(std::io::Error),
    /// The system gave no random numbers for the token.
    #[error("the system gave no random numbers for the page's token: {0}")]
    Random(getrandom::Error),
}

/// The server with its pages. Ends when dropped.
#[derive(Debug)]
pub struct Panel {
    hub: Arc<Hub>,
    port: u16,
    url: String,
    server: CancellationToken,
    _ends_the_server: DropGuard,
}

impl Panel {
    /// Starts to serve. What people do comes out of the receiver; it ends with the panel.
    ///
    /// # Errors
    /// [`PanelError`] when the port is taken or the system lacks what it takes.
    pub async fn start(
        options: PanelOptions,
    ) -> Result<(Self, mpsc::Receiver<PanelInput>), PanelError> {
        let asked = options.port.unwrap_or(0);
        let cannot = |source| PanelError::Listen {
            port: asked,
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, asked))
            .await
            .map_err(cannot)?;
        let port = listener.local_addr().map_err(cannot)?.port();
        let guard = Guard::new().map_err(PanelError::Random)?;
        let url = format!("http://127.0.0.1:{port}{}", guard.folder());
        let (sender, receiver) = mpsc::channel(INPUTS);
        let hub = Arc::new(Hub::new(options, sender).map_err(PanelError::Folder)?);
        let server = CancellationToken::new();
        let router = pages::router(Arc::clone(&hub), guard);
        let stop = server.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = axum::serve(listener, router) => {}
                () = stop.cancelled() => {}
            }
        });
        let panel = Self {
            hub,
            port,
            url,
            _ends_the_server: server.clone().drop_guard(),
            server,
        };
        Ok((panel, receiver))
    }

    /// Where it is, token included: whoever opens this first has the recording in hand.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port on 127.0.0.1, for `ssh -L PORT:127.0.0.1:PORT HOST`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Shows this state of the recording.
    pub fn show(&self, view: &View) {
        self.hub.show(view);
    }

    /// Shows what the browser shows. Of pictures the newest wins; the rest stays until it changes.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "so that what comes out of a channel can be handed on"
    )]
    pub fn screen(&self, shown: Shown) {
        self.hub.screen(&shown);
    }

    /// Shows all that comes, as [`Panel::screen`] does, until the sender or the panel is gone.
    pub fn follow(&self, mut shown: mpsc::Receiver<Shown>) {
        let hub = Arc::clone(&self.hub);
        let server = self.server.clone();
        tokio::spawn(async move {
            loop {
                let next = tokio::select! {
                    next = shown.recv() => next,
                    () = server.cancelled() => None,
                };
                let Some(shown) = next else { return };
                hub.screen(&shown);
            }
        });
    }

    /// Says to the person what went wrong. Gone from the page after a while.
    pub fn say(&self, message: &str) {
        self.hub.say(message);
    }

    /// Waits until a page is there to see anything.
    pub async fn opened(&self) {
        let mut pages = self.hub.pages.subscribe();
        // The sender is the hub's, which outlives this.
        let _ = pages.wait_for(|pages| *pages > 0).await;
    }

    /// Where uploaded files are, when it serves a remote view. Removed with the panel: copy what
    /// a flow is to keep.
    pub fn files(&self) -> Option<&Path> {
        self.hub.uploads.as_ref().map(upload::Uploads::folder)
    }

    /// Tells every page that the recording is over, with what came of it, and stops serving.
    pub async fn end(self, message: &str) {
        self.hub.end(message);
        // A page that does not read its farewell cannot hold up the end.
        let _ = tokio::time::timeout(FAREWELL, self.hub.sessions.wait()).await;
        self.server.cancel();
    }
}
