//! What all pages of a panel share: what is shown now, and where their wishes go.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::task::TaskTracker;

use super::upload::{FILE_LIMIT, Uploads};
use super::wire::{Telling, picture};
use super::{PanelInput, PanelOptions};
use crate::browser::capture::Shown;
use crate::record::View;

/// Messages that a page may be late with before it misses some.
const SAID: usize = 32;

/// A message that replaces the one before it; none yet at first.
pub(super) type Latest<T> = watch::Sender<Option<T>>;

/// A picture with its number.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// Its number, counted from 1.
    pub(super) number: u32,
    /// The message.
    pub(super) bytes: Bytes,
}

#[derive(Debug)]
pub(super) struct Hub {
    pub(super) options: PanelOptions,
    pub(super) view: Latest<Utf8Bytes>,
    pub(super) tabs: Latest<Utf8Bytes>,
    pub(super) cursor: Latest<Utf8Bytes>,
    /// What the page waits for: a dialog, a chooser, a list, or nothing any more.
    pub(super) waiting: Latest<Utf8Bytes>,
    pub(super) picture: Latest<Picture>,
    pub(super) said: broadcast::Sender<Utf8Bytes>,
    pub(super) over: Latest<Utf8Bytes>,
    pub(super) inputs: mpsc::Sender<PanelInput>,
    /// Pages that are connected now.
    pub(super) pages: watch::Sender<usize>,
    /// Their tasks.
    pub(super) sessions: TaskTracker,
    /// Only of a remote view.
    pub(super) uploads: Option<Uploads>,
    pictures: AtomicU32,
}

impl Hub {
    /// Nothing shown yet.
    pub(super) fn new(options: PanelOptions, inputs: mpsc::Sender<PanelInput>) -> io::Result<Self> {
        Ok(Self {
            options,
            view: Latest::default(),
            tabs: Latest::default(),
            cursor: Latest::default(),
            waiting: Latest::default(),
            picture: Latest::default(),
            said: broadcast::Sender::new(SAID),
            over: Latest::default(),
            inputs,
            pages: watch::Sender::default(),
            sessions: TaskTracker::new(),
            uploads: options.remote.then(Uploads::new).transpose()?,
            pictures: AtomicU32::default(),
        })
    }

    pub(super) fn hello(&self) -> Utf8Bytes {
        let hello = Telling::Hello {
            remote: self.options.remote,
            window: self.options.window,
            file_limit: FILE_LIMIT,
        };
        hello.text()
    }

    pub(super) fn show(&self, view: &View) {
        self.view.send_replace(Some(Telling::View { view }.text()));
    }

    pub(super) fn screen(&self, shown: &Shown) {
        let place = match shown {
            Shown::Picture {
                jpeg,
                width,
                height,
            } => {
                let number = self.pictures.fetch_add(1, Ordering::Relaxed) + 1;
                let bytes = picture(number, *width, *height, jpeg);
                self.picture.send_replace(Some(Picture { number, bytes }));
                return;
            }
            Shown::Tabs { .. } => &self.tabs,
            Shown::Cursor { .. } => &self.cursor,
            Shown::Dialog { .. }
            | Shown::Chooser { .. }
            | Shown::Options { .. }
            | Shown::Closed => &self.waiting,
        };
        place.send_replace(Some(Telling::Screen { shown }.text()));
    }

    pub(super) fn say(&self, message: &str) {
        // Nobody may be there to read it.
        let _ = self.said.send(Telling::Error { message }.text());
    }

    pub(super) fn end(&self, message: &str) {
        self.over
            .send_replace(Some(Telling::Over { message }.text()));
        self.sessions.close();
    }
}
