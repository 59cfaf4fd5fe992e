//! The terminal: taken, drawn on, and given back on every way out.

use std::io::{self, Stderr};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor;
use crossterm::event::{
    Event as Input, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use futures::StreamExt as _;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::sync::{mpsc, watch};

use super::Event;
use super::view::View;
use crate::measure::Snapshot;

/// Whether the terminal is ours. Global as the terminal is: the panic hook must find it.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Why the view was left.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// The terminal cannot be drawn on.
    Refused,
    /// The run is over.
    Ended,
    /// A task panicked and needed the screen for its message.
    Panicked,
}

/// Draws snapshots until one is done, their sender is gone, or something panics.
pub(super) async fn show(
    snapshots: &mut watch::Receiver<Snapshot>,
    colour: bool,
    events: &mpsc::UnboundedSender<Event>,
) -> io::Result<Left> {
    let Ok(mut screen) = Screen::take() else {
        return Ok(Left::Refused);
    };
    let mut view = View::new(colour);
    let mut input = Some(EventStream::new());
    loop {
        let snapshot = snapshots.borrow_and_update().clone();
        if snapshot.progress.done {
            return Ok(Left::Ended);
        }
        if !TAKEN.load(Ordering::SeqCst) {
            return Ok(Left::Panicked);
        }
        screen.terminal.draw(|frame| view.draw(frame, &snapshot))?;
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                return Ok(Left::Ended);
            },
            read = next(&mut input) => match read {
                Some(Ok(Input::Key(key))) if is_interrupt(key) => {
                    view.interrupted += 1;
                    // Nobody listening is no reason to stop drawing.
                    let _ = events.send(Event::Interrupt);
                }
                // Anything else, a resize above all: draw again.
                Some(Ok(_)) => {}
                // No more keys can be read; go on drawing without.
                Some(Err(_)) | None => input = None,
            },
        }
    }
}

/// The next key or resize; never, when there is no input.
async fn next(input: &mut Option<EventStream>) -> Option<io::Result<Input>> {
    match input {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}

fn is_interrupt(key: KeyEvent) -> bool {
    key.kind == KeyEventKind::Press
        && key.code == KeyCode::Char('c')
        && key.modifiers.contains(KeyModifiers::CONTROL)
}

/// The terminal while it is ours.
struct Screen {
    terminal: Terminal<CrosstermBackend<Stderr>>,
}

impl Screen {
    fn take() -> io::Result<Self> {
        give_back_on_panic();
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let entered = crossterm::execute!(io::stderr(), EnterAlternateScreen, cursor::Hide)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stderr())));
        match entered {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back, if the view has it. For ways out of the program that do not end the
/// view's task: a signal, an exit in the middle of things.
pub fn restore() {
    give_back();
}

/// Once, whoever comes first.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // There is no one to tell when even this fails.
        let _ = disable_raw_mode();
        let _ = crossterm::execute!(io::stderr(), LeaveAlternateScreen, cursor::Show);
    }
}

/// A panic's message would be lost with the other screen, and the terminal left raw.
fn give_back_on_panic() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let message = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            message(panic);
        }));
    });
}
