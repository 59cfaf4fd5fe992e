//! A tab of a watched browser.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use tokio::sync::OnceCell;

use super::address::Owner;
use crate::browser::page::Page;
use crate::clock::Micros;
use crate::flow::Viewport;

/// A tab. It stays the same, whatever is in it.
#[derive(Debug)]
pub(super) struct Tab {
    /// In the order in which tabs were opened.
    pub(super) number: usize,
    /// Its frames and documents.
    pub(super) page: Page,
    /// The tab whose page opened it.
    pub(super) opener: Option<usize>,
    /// Place in its history that was known last; held while it is asked for, so that those who ask
    /// take turns.
    pub(super) history: tokio::sync::Mutex<Option<i64>>,
    state: Mutex<State>,
}

/// What is known of a tab beside its page.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Why its page asked for the navigation that has not come yet (`anchorClick`, `reload`…).
    pub(super) asked: Option<String>,
    /// Kinds of navigations that have started, by loader, the newest last.
    pub(super) started: IndexMap<String, String>,
    /// Documents so far.
    pub(super) documents: u64,
    /// When the person did something in the page last that may have a navigation as its effect.
    pub(super) acted: Option<Micros>,
    /// Title that was told last.
    pub(super) title: String,
    /// Size that was told last.
    pub(super) viewport: Option<Viewport>,
    /// Changes of size so far, so that only the last one of several is told.
    pub(super) resized: u64,
    /// Occasions to look at the title so far, so that only the last one of several is taken.
    pub(super) titled: u64,
    /// Its document is being loaded.
    pub(super) loading: bool,
    /// Selectors of frames' elements, by frame.
    pub(super) owners: HashMap<Arc<str>, Arc<OnceCell<Owner>>>,
}

impl Tab {
    pub(super) fn new(number: usize, page: Page, opener: Option<usize>) -> Self {
        Self {
            number,
            page,
            opener,
            history: tokio::sync::Mutex::default(),
            state: Mutex::default(),
        }
    }

    /// What is known of it; never held across an `await`.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
