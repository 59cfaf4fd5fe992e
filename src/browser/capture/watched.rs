//! The browser itself: started, asked, ended.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::outbox::Outbox;
use super::remote::{self, Remote};
use super::traffic::Traffic;
use super::watch::Watch;
use super::watcher::Watcher;
use super::{Element, FrameAddress, Happening, Reading, RemoteInput, Shown};
use super::{address, launch, panel, picking};
use crate::browser::cdp::{CdpError, Session, Wire};
use crate::browser::emulation::Desktop;
use crate::browser::process::Process;
use crate::browser::{Hosts, LaunchError};
use crate::clock::Clock;
use crate::flow::{Selector, Selectors};

/// How a browser is to be started for a person.
#[derive(Debug, Clone)]
pub struct WatchedOptions {
    /// The program; searched in the usual places when absent.
    pub path: Option<PathBuf>,
    /// Outer size of the window (or size of the page of a [`Display::Remote`]), px; the browser's
    /// choice when absent.
    pub window: Option<(u32, u32)>,
    /// Where it is shown.
    pub display: Display,
    /// Port on loopback on which others may talk to the browser by its protocol; one that is free
    /// when absent.
    pub debugging_port: Option<u16>,
    /// Hosts that get traffic; all when absent.
    pub hosts: Option<Arc<Hosts>>,
    /// The recording's clock.
    pub clock: Clock,
}

/// Where a person sees the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    /// In an ordinary window on this machine's display.
    Window,
    /// Elsewhere: by [`Watched::shown`] and [`Watched::input`].
    Remote,
}

/// A browser that a person uses. Ends when dropped.
#[derive(Debug)]
pub struct Watched {
    watch: Arc<Watch>,
    process: Process,
    /// The person's window has the size that was asked for.
    sized: bool,
    /// Only some hosts get traffic.
    limited: bool,
}

/// How long the first tab may take to appear.
const FIRST_TAB: Duration = Duration::from_secs(30);

impl Watched {
    /// Starts a browser with one blank tab. What happens in it comes out of the channel, from the
    /// first document on.
    ///
    /// # Errors
    /// [`LaunchError`] when there is no browser, no display, the port is taken, or it does not
    /// start.
    pub async fn launch(
        options: WatchedOptions,
    ) -> Result<(Self, mpsc::UnboundedReceiver<Happening>), LaunchError> {
        let (path, process) = launch::start(&options).await?;
        let (outbox, happenings) = Outbox::open(options.clock);
        match connect(&options, &process, outbox).await {
            Ok(watch) => Ok((
                Self {
                    watch,
                    process,
                    sized: options.window.is_some(),
                    limited: options.hosts.is_some(),
                },
                happenings,
            )),
            Err(error) => Err(LaunchError::Unusable {
                path,
                message: format!("{error}{}", process.said()),
            }),
        }
    }

    /// Opens an address in the first tab.
    ///
    /// # Errors
    /// Why it could not be opened, in words.
    pub async fn open(&self, url: &str) -> Result<(), String> {
        let tab = self.watch.tabs().first().cloned();
        let tab = tab.ok_or("all tabs are closed")?;
        remote::navigate(&tab, url).await
    }

    /// From now on the next press picks an element instead of doing anything, in all tabs and
    /// frames; or no longer.
    pub async fn pick(&self, on: bool) {
        picking::set(&self.watch, on).await;
    }

    /// Which of an element's selectors still find it, and it alone; none when its document is
    /// gone.
    pub async fn recheck(
        &self,
        tab: usize,
        frame: &FrameAddress,
        element: &Element,
    ) -> Option<Vec<bool>> {
        const RECHECK: &str = "(handle) => globalThis.rehearsal?.recheck?.(handle) ?? null";
        let frame = address::find(&*self.watch.tab(tab)?, frame)?;
        let found = frame.evaluate(RECHECK, &[json!(element.handle)]).await;
        serde_json::from_value(found.ok()?).ok()?
    }

    /// What the selectors find in a tab now, if they find one thing.
    pub async fn read(
        &self,
        tab: usize,
        frame: &FrameAddress,
        selectors: &Selectors,
    ) -> Option<Reading> {
        const READ: &str = "(parts) => globalThis.rehearsal?.readOf?.(parts) ?? null";
        let frame = address::find(&*self.watch.tab(tab)?, frame)?;
        let parts: Vec<_> = selectors.0.iter().map(Selector::parts).collect();
        let read = frame.evaluate(READ, &[json!(parts)]).await;
        serde_json::from_value(read.ok()?).ok()?
    }

    /// A page of our own in a window of its own beside the person's, in a browser context of its
    /// own, so that it shares nothing with the page. `None` when there is no room on the screen
    /// beside the window: it would cover the page.
    pub async fn panel(&self, url: &str, width: u32) -> Option<()> {
        if self.watch.remote.is_some() {
            return None;
        }
        let tab = self.watch.tabs().first().cloned()?;
        let flexible = !self.sized;
        panel::open(&self.watch, &tab, url, width, flexible, self.limited).await
    }

    /// What a [`Display::Remote`] shows. A slow reader misses pictures, nothing else. Ends at once
    /// where there is a window.
    pub fn shown(&self) -> mpsc::Receiver<Shown> {
        match &self.watch.remote {
            Some(remote) => remote.shown(),
            None => mpsc::channel(1).1,
        }
    }

    /// Does what the person does elsewhere.
    ///
    /// # Errors
    /// Why it could not be done, in words for the person.
    pub async fn input(&self, input: RemoteInput) -> Result<(), String> {
        match &self.watch.remote {
            Some(remote) => remote.input(&self.watch, input).await,
            None => Err("this browser has a window of its own".to_owned()),
        }
    }

    /// Ends the browser.
    pub async fn end(self) {
        self.process.end().await;
    }
}

/// Finds the person's first tab, and watches from there on.
async fn connect(
    options: &WatchedOptions,
    process: &Process,
    outbox: Outbox,
) -> Result<Arc<Watch>, CdpError> {
    let wire = Wire::connect(process.socket()).await?;
    let browser = wire.browser();
    let remote = match options.display {
        Display::Window => None,
        Display::Remote => {
            let version = browser.call_raw("Browser.getVersion", json!({})).await?;
            let part = |name: &str| version[name].as_str().unwrap_or_default().to_owned();
            let desktop = Desktop::new(&part("product"), &part("userAgent"));
            let size = options.window.unwrap_or(remote::SIZE);
            Some(Remote::new(desktop.plain_identity(), size))
        }
    };
    let context = default_context(&browser).await?;
    let watch = Arc::new(Watch::new(options, wire.clone(), outbox, remote));
    let (inbox, notices) = mpsc::unbounded_channel();
    wire.adopt(&context, inbox);
    browser.send("Browser.setDownloadBehavior", downloads(options, process));
    let traffic = Traffic::new(options.hosts.clone());
    tokio::spawn(Watcher::new(watch.clone(), traffic).run(notices));
    // For titles.
    let pages = json!({"discover": true, "filter": [{"type": "page"}]});
    browser.call_raw("Target.setDiscoverTargets", pages).await?;
    let attach = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
    browser.call_raw("Target.setAutoAttach", attach).await?;
    let mut opened = watch.opened();
    let there = tokio::time::timeout(FIRST_TAB, opened.wait_for(|opened| *opened > 0)).await;
    let tab = watch.tab(0).filter(|_| there.is_ok());
    let tab = tab.ok_or_else(|| CdpError::Late {
        method: "Target.setAutoAttach".to_owned(),
        after: FIRST_TAB,
    })?;
    // The browser starts a navigation before a renderer has worked off what it was told at the
    // start. An answer from the renderer says that it has.
    let session = tab.page.session();
    session.call_raw("Page.getFrameTree", json!({})).await?;
    Ok(watch)
}

/// The browser context in which a person's first tab is.
async fn default_context(browser: &Session) -> Result<String, CdpError> {
    const SOON: Duration = Duration::from_millis(50);
    let first = async {
        loop {
            let targets = browser.call_raw("Target.getTargets", json!({})).await?;
            let all = targets["targetInfos"].as_array();
            let mut pages = all
                .into_iter()
                .flatten()
                .filter(|info| info["type"] == "page");
            let context = pages.find_map(|info| info["browserContextId"].as_str());
            if let Some(context) = context {
                return Ok(context.to_owned());
            }
            tokio::time::sleep(SOON).await;
        }
    };
    match tokio::time::timeout(FIRST_TAB, first).await {
        Ok(context) => context,
        Err(_) => Err(CdpError::Late {
            method: "Target.getTargets".to_owned(),
            after: FIRST_TAB,
        }),
    }
}

/// A person's downloads go where they always do; without a window they go away with the profile.
fn downloads(options: &WatchedOptions, process: &Process) -> Value {
    match (options.display, process.profile()) {
        (Display::Remote, Some(profile)) => json!({"behavior": "allowAndName",
            "downloadPath": profile.join("downloads"), "eventsEnabled": true}),
        _ => json!({"behavior": "default", "eventsEnabled": true}),
    }
}
