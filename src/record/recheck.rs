//! What is learned of an element after its deed: what came of it, and which of its selectors still
//! find it, then and after a reload.

use crate::browser::capture::{Arrival, FrameAddress, PageEvent};

use super::draft::Said;
use super::{Ask, Recorder};

/// So many elements are looked for again after a reload.
const RELOADED: usize = 10;

impl Recorder {
    /// The answer to [`Ask::Recheck`].
    pub fn answer(&mut self, step: u64, found: Option<Vec<bool>>) {
        let Some(found) = found else {
            return;
        };
        let Some(deed) = self.deeds.iter_mut().find(|deed| deed.id == step) else {
            return;
        };
        deed.found = Some(match deed.found.take() {
            // What was lost once is not to be trusted.
            Some(before) => {
                let later = found.into_iter().chain(std::iter::repeat(true));
                before.into_iter().zip(later).map(|(a, b)| a && b).collect()
            }
            None => found,
        });
    }

    /// What came of a gesture.
    pub(super) fn said(
        &mut self,
        tab: usize,
        frame: &FrameAddress,
        of: u64,
        said: Said,
    ) -> Vec<Ask> {
        let mut deeds = self.deeds.iter_mut().rev();
        let deed = deeds.find(|deed| {
            deed.number == of && of != 0 && deed.tab == tab && deed.frame.indexes == frame.indexes
        });
        let Some(deed) = deed else {
            return Vec::new();
        };
        deed.said.push(said);
        let id = deed.id;
        self.recheck(id).into_iter().collect()
    }

    pub(super) fn recheck_when_final(&mut self, id: u64, event: &PageEvent) -> Vec<Ask> {
        match event {
            PageEvent::Change {
                final_value: true, ..
            } => self.recheck(id).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Asks once whether the element of a deed is still found, unless its document has gone.
    pub(super) fn recheck(&mut self, id: u64) -> Option<Ask> {
        let deed = self.deeds.iter_mut().find(|deed| deed.id == id)?;
        let element = Box::new(deed.element()?.clone());
        let gone = self.facts.moves.iter().rev().any(|moved| {
            moved.tab == deed.tab && !moved.same_document && moved.there >= deed.began
        });
        if gone || deed.rechecked {
            return None;
        }
        deed.rechecked = true;
        Some(Ask::Recheck {
            step: id,
            tab: deed.tab,
            frame: deed.frame.clone(),
            element,
        })
    }

    /// After a reload the page shows which of its names are made anew each time.
    pub(super) fn rechecks_after_reload(&mut self, tab: usize) -> Vec<Ask> {
        let last = self.facts.moves.iter().rev();
        let mut last = last.filter(|moved| moved.tab == tab && moved.frame.is_empty());
        let reloaded = last.next().filter(|moved| moved.arrival == Arrival::Reload);
        let Some(url) = reloaded.map(|moved| moved.url.clone()) else {
            return Vec::new();
        };
        let deeds = self.deeds.iter().rev();
        let here = deeds.filter(|deed| deed.tab == tab && deed.url == url);
        let asks = here.filter_map(|deed| {
            Some(Ask::Recheck {
                step: deed.id,
                tab,
                frame: deed.frame.clone(),
                element: Box::new(deed.element()?.clone()),
            })
        });
        asks.take(RELOADED).collect()
    }
}
