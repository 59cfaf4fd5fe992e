//! The browser itself: started, asked, ended.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Element, FrameAddress, Happening, Reading, RemoteInput, Shown};
use crate::browser::{Hosts, LaunchError};
use crate::clock::Clock;
use crate::flow::Selectors;

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
    // Owned by the helper that builds it.
}

impl Watched {
    /// Starts a browser with one blank tab. What happens in it comes out of the channel, from the
    /// first document on.
    ///
    /// # Errors
    /// [`LaunchError`] when there is no browser, no display, the port is taken, or it does not
    /// start.
    pub async fn launch(
        _options: WatchedOptions,
    ) -> Result<(Self, mpsc::UnboundedReceiver<Happening>), LaunchError> {
        unimplemented!("capture")
    }

    /// Opens an address in the first tab.
    ///
    /// # Errors
    /// Why it could not be opened, in words.
    pub async fn open(&self, _url: &str) -> Result<(), String> {
        unimplemented!("capture")
    }

    /// From now on the next press picks an element instead of doing anything, in all tabs and
    /// frames; or no longer.
    pub async fn pick(&self, _on: bool) {
        unimplemented!("capture")
    }

    /// Which of an element's selectors still find it, and it alone; none when its document is
    /// gone.
    pub async fn recheck(
        &self,
        _tab: usize,
        _frame: &FrameAddress,
        _element: &Element,
    ) -> Option<Vec<bool>> {
        unimplemented!("capture")
    }

    /// What the selectors find in a tab now, if they find one thing.
    pub async fn read(
        &self,
        _tab: usize,
        _frame: &FrameAddress,
        _selectors: &Selectors,
    ) -> Option<Reading> {
        unimplemented!("capture")
    }

    /// A page of our own in a window of its own beside the person's, in a browser context of its
    /// own, so that it shares nothing with the page. `None` when there is no room on the screen
    /// beside the window: it would cover the page.
    pub async fn panel(&self, _url: &str, _width: u32) -> Option<()> {
        unimplemented!("capture")
    }

    /// What a [`Display::Remote`] shows. A slow reader misses pictures, nothing else.
    pub fn shown(&self) -> mpsc::Receiver<Shown> {
        unimplemented!("capture")
    }

    /// Does what the person does elsewhere.
    ///
    /// # Errors
    /// Why it could not be done, in words for the person.
    pub async fn input(&self, _input: RemoteInput) -> Result<(), String> {
        unimplemented!("capture")
    }

    /// Ends the browser.
    pub async fn end(self) {
        unimplemented!("capture")
    }
}
