//! Who may open a browser user now. The ramp waits when the generator is the limit, and says so
//! by the number of those who wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::pulse::Pulse;

/// Opening a user costs a renderer's start; more at once only make each other late.
const OPENINGS_AT_ONCE: usize = 4;
/// How long one user waits for a starved generator to recover. It is let in then: a run with too
/// few users would say nothing, and what is measured in bad times is tainted.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The door through which all users come.
#[derive(Debug)]
pub(super) struct Admission {
    openings: Semaphore,
    waiting: AtomicU32,
    pulse: Arc<Pulse>,
}

/// A user on the way in; counted until it is dropped.
#[derive(Debug)]
pub(super) struct Arrival<'a> {
    _opening: SemaphorePermit<'a>,
    _waiting: Waiting<'a>,
}

#[derive(Debug)]
struct Waiting<'a>(&'a AtomicU32);

impl Admission {
    pub(super) fn new(pulse: Arc<Pulse>) -> Self {
        Self {
            openings: Semaphore::new(OPENINGS_AT_ONCE),
            waiting: AtomicU32::new(0),
            pulse,
        }
    }

    /// Waits until a user may open a browser.
    pub(super) async fn arrive(&self) -> Arrival<'_> {
        self.waiting.fetch_add(1, Relaxed);
        let waiting = Waiting(&self.waiting);
        let opening = self.openings.acquire().await;
        let recovered = async {
            while self.pulse.is_starved() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        // Whether it recovered or patience ended, the user comes in.
        let _ = tokio::time::timeout(PATIENCE, recovered).await;
        Arrival {
            _opening: opening.expect("invariant: the semaphore is never closed"),
            _waiting: waiting,
        }
    }

    /// How many users are on the way in.
    pub(super) fn waiting(&self) -> u32 {
        self.waiting.load(Relaxed)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
