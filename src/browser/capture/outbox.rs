//! What is told, in the order in which the browser told it, though some of it needs an answer of
//! the browser first.

use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Happening, What};
use crate::clock::{Clock, Micros};

/// How long what is told may be held up by what is still asked about it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where happenings go in; clones are cheap.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    clock: Clock,
    entries: mpsc::UnboundedSender<Entry>,
}

#[derive(Debug)]
enum Entry {
    Now(Box<Happening>),
    /// Asked since this moment; nothing when the answer does not come.
    Later(Micros, JoinHandle<Option<What>>),
}

impl Outbox {
    /// An outbox, and what comes out of it until [`What::Ended`].
    pub(super) fn open(clock: Clock) -> (Self, mpsc::UnboundedReceiver<Happening>) {
        let (entries, queue) = mpsc::unbounded_channel();
        let (happenings, told) = mpsc::unbounded_channel();
        tokio::spawn(tell(queue, happenings));
        (Self { clock, entries }, told)
    }

    /// Tells something that is known.
    pub(super) fn tell(&self, what: What) {
        let at = self.clock.now();
        let _ended = self
            .entries
            .send(Entry::Now(Box::new(Happening { at, what })));
    }

    /// Tells in this place what `work` finds out, if it does.
    pub(super) fn tell_later(&self, work: impl Future<Output = Option<What>> + Send + 'static) {
        let at = self.clock.now();
        let _ended = self.entries.send(Entry::Later(at, tokio::spawn(work)));
    }
}

async fn tell(
    mut queue: mpsc::UnboundedReceiver<Entry>,
    happenings: mpsc::UnboundedSender<Happening>,
) {
    while let Some(entry) = queue.recv().await {
        let happening = match entry {
            Entry::Now(happening) => *happening,
            Entry::Later(at, work) => {
                let abort = work.abort_handle();
                match tokio::time::timeout(PATIENCE, work).await {
                    Ok(Ok(Some(what))) => Happening { at, what },
                    Ok(_) => continue,
                    Err(_) => {
                        abort.abort();
                        tracing::debug!("what happened could not be asked about in time");
                        continue;
                    }
                }
            }
        };
        let last = happening.what == What::Ended;
        if happenings.send(happening).is_err() || last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn order_is_kept_and_nothing_comes_after_the_end() {
        let (outbox, mut told) = Outbox::open(Clock::start());
        outbox.tell_later(async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            Some(What::Ready { tab: 1 })
        });
        outbox.tell(What::Ready { tab: 2 });
        outbox.tell_later(std::future::pending());
        outbox.tell_later(async { None });
        outbox.tell(What::Ended);
        outbox.tell(What::Ready { tab: 3 });
        let mut all = Vec::new();
        while let Some(happening) = told.recv().await {
            all.push((happening.at, happening.what));
        }
        let at = Micros(0);
        let expected = [What::Ready { tab: 1 }, What::Ready { tab: 2 }, What::Ended];
        assert_eq!(all, expected.map(|what| (at, what)));
    }
}
