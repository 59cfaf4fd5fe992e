//! What the person sees elsewhere, for any number of readers: each gets the newest picture when it
//! is ready for one, and everything else in its order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use crate::browser::capture::Shown;

/// The screen.
#[derive(Debug, Default)]
pub(super) struct Screen {
    readers: Mutex<Vec<Arc<Reader>>>,
    now: Mutex<Now>,
}

/// What somebody sees who looks now.
#[derive(Debug, Default)]
struct Now {
    tabs: Option<Shown>,
    cursor: Option<Shown>,
    /// A dialog, a chooser or a list.
    open: Option<Shown>,
    picture: Option<Shown>,
}

#[derive(Debug, Default)]
struct Reader {
    queue: Mutex<VecDeque<Shown>>,
    picture: Mutex<Option<Shown>>,
    wake: Notify,
    over: AtomicBool,
}

impl Screen {
    /// Shows something.
    #[expect(clippy::needless_pass_by_value, reason = "what is shown is given away")]
    pub(super) fn show(&self, shown: Shown) {
        let mut now = lock(&self.now);
        let place = match &shown {
            Shown::Picture { .. } => &mut now.picture,
            Shown::Tabs { .. } => &mut now.tabs,
            Shown::Cursor { .. } => &mut now.cursor,
            Shown::Dialog { .. }
            | Shown::Chooser { .. }
            | Shown::Options { .. }
            | Shown::Closed => &mut now.open,
        };
        let closes = shown == Shown::Closed;
        if (closes && place.is_none()) || place.as_ref() == Some(&shown) {
            return;
        }
        *place = (!closes).then(|| shown.clone());
        drop(now);
        lock(&self.readers).retain(|reader| !reader.over.load(Ordering::Relaxed));
        for reader in lock(&self.readers).iter() {
            reader.take(shown.clone());
        }
    }

    /// What is shown now, and from now on.
    pub(super) fn read(&self) -> mpsc::Receiver<Shown> {
        let (sender, receiver) = mpsc::channel(1);
        let reader = Arc::new(Reader::default());
        let now = lock(&self.now);
        let all = [&now.tabs, &now.picture, &now.cursor, &now.open];
        for shown in all.into_iter().flatten() {
            reader.take(shown.clone());
        }
        lock(&self.readers).push(reader.clone());
        drop(now);
        tokio::spawn(async move { reader.forward(sender).await });
        receiver
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        for reader in lock(&self.readers).iter() {
            reader.over.store(true, Ordering::Relaxed);
            reader.wake.notify_one();
        }
    }
}

impl Reader {
    fn take(&self, shown: Shown) {
        if matches!(shown, Shown::Picture { .. }) {
            *lock(&self.picture) = Some(shown);
        } else {
            lock(&self.queue).push_back(shown);
        }
        self.wake.notify_one();
    }

    fn next(&self) -> Option<Shown> {
        let queued = lock(&self.queue).pop_front();
        queued.or_else(|| lock(&self.picture).take())
    }

    /// Hands on what is shown, as fast as it is taken.
    async fn forward(&self, sender: mpsc::Sender<Shown>) {
        while let Ok(permit) = sender.reserve().await {
            let shown = loop {
                if let Some(shown) = self.next() {
                    break shown;
                }
                if self.over.load(Ordering::Relaxed) {
                    return;
                }
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = sender.closed() => {
                        self.over.store(true, Ordering::Relaxed);
                        return;
                    }
                }
            };
            permit.send(shown);
        }
        self.over.store(true, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: f64) -> Shown {
        Shown::Picture {
            jpeg: bytes::Bytes::new(),
            width,
            height: 1.0,
        }
    }

    fn cursor(cursor: &str) -> Shown {
        Shown::Cursor {
            cursor: cursor.to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_misses_pictures_and_nothing_else() {
        let screen = Screen::default();
        let mut shown = screen.read();
        screen.show(picture(1.0));
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        for number in 2..50 {
            screen.show(picture(f64::from(number)));
            screen.show(cursor(&number.to_string()));
        }
        assert_eq!(shown.recv().await, Some(picture(1.0)));
        for number in 2..50 {
            assert_eq!(shown.recv().await, Some(cursor(&number.to_string())));
        }
        assert_eq!(shown.recv().await, Some(picture(49.0)));
        let mut late = screen.read();
        assert_eq!(late.recv().await, Some(cursor("49")));
        assert_eq!(late.recv().await, Some(picture(49.0)));
        drop(screen);
        assert_eq!(late.recv().await, None);
        assert_eq!(shown.recv().await, None);
    }
}
