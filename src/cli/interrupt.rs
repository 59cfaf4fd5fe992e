//! Ctrl-C and SIGTERM: once finishes and reports, twice stops at once.

use rehearsal::live::Event;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// Counts requests to stop, from signals and from the live view's keys.
pub(super) struct Interrupts {
    receiver: mpsc::UnboundedReceiver<Event>,
    sender: mpsc::UnboundedSender<Event>,
}

impl Interrupts {
    /// Begins to listen; from now on Ctrl-C does not end the program by itself.
    pub(super) fn listen() -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
            let mut stream = signal(kind)?;
            let sender = sender.clone();
            tokio::spawn(async move {
                while stream.recv().await.is_some() && sender.send(Event::Interrupt).is_ok() {}
            });
        }
        Ok(Self { receiver, sender })
    }

    /// For the live view, which takes the keys while it has the terminal.
    pub(super) fn sender(&self) -> mpsc::UnboundedSender<Event> {
        self.sender.clone()
    }

    /// Waits for the next request to stop.
    pub(super) async fn next(&mut self) {
        // `self.sender` lives as long as `self`, so the channel never closes.
        let _ = self.receiver.recv().await;
    }
}
