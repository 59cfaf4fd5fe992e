//! While a person records: happenings of the browser and wishes of the person go to the recorder,
//! what it asks goes to the browser, what it has made goes to the toolbar, the terminal and the
//! file.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};
use miette::{IntoDiagnostic, WrapErr, miette};
use rehearsal::browser::capture::{Happening, RemoteInput, Typed, Watched, What};
use rehearsal::flow::Flow;
use rehearsal::record::panel::{Panel, PanelInput};
use rehearsal::record::{Ask, Command, Recorder, View};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use url::Url;

use super::super::interrupt::Interrupts;
use super::super::printer::Printer;
use super::Args;
use super::draft::Draft;
use super::hosts::Guests;
use super::place::Place;
use super::signs::Signs;

/// How often the flow's file is brought up to date.
const SAVE: Duration = Duration::from_secs(1);

/// Width of the toolbar's window, px.
const PANEL_WIDTH: u32 = 400;

/// What the last deed caused may still come for so long when the recording is ended.
const LAST: Duration = Duration::from_millis(1_500);

/// When nothing was told for so long, nothing more comes.
const QUIET: Duration = Duration::from_millis(400);

/// How long the browser may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// How a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// By Stop.
    Stopped,
    /// The last window was closed.
    Closed,
    /// Ctrl-C, or the like.
    Interrupted,
    /// The browser is gone without having said so.
    Lost,
}

/// What came of it.
pub(super) struct Recorded {
    /// As it stands in its file.
    pub(super) flow: Flow,
    /// The last that the toolbar showed.
    pub(super) view: View,
    /// Still open, where the browser did not take it along.
    pub(super) panel: Option<Panel>,
    /// What was typed that is secret, by the names of the secrets.
    pub(super) secrets: Vec<(String, Typed)>,
    /// Hosts that got no traffic.
    pub(super) blocked: Vec<String>,
    /// Uploaded files that could not be kept.
    pub(super) lost_files: Vec<String>,
    pub(super) over: Over,
}

/// A recording.
pub(super) struct Session<'a> {
    watched: Arc<Watched>,
    recorder: Recorder,
    panel: Option<Panel>,
    draft: Draft,
    guests: Guests,
    signs: Signs<'a>,
    printer: &'a Printer,
    /// The file lags behind.
    unsaved: bool,
    /// The file could not be written, and that was told.
    unwritable: bool,
    /// What the recorder asked of the browser.
    asked: FuturesUnordered<BoxFuture<'static, Carried>>,
}

/// An answer of the browser.
enum Carried {
    Rechecked(u64, Option<Vec<bool>>),
    Done,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        watched: Watched,
        recorder: Recorder,
        panel: Option<Panel>,
        draft: Draft,
        guests: Guests,
        printer: &'a Printer,
    ) -> Self {
        Self {
            watched: Arc::new(watched),
            recorder,
            panel,
            draft,
            guests,
            signs: Signs::new(printer),
            printer,
            unsaved: false,
            unwritable: false,
            asked: FuturesUnordered::new(),
        }
    }

    /// Shows the toolbar, says what to do, opens the address once somebody can see it. Gives how
    /// the recording ended, if it did before that.
    pub(super) async fn begin(
        &mut self,
        url: &Url,
        place: &Place,
        args: &Args,
        happenings: &mut mpsc::UnboundedReceiver<Happening>,
        interrupts: &mut Interrupts,
    ) -> miette::Result<Option<Over>> {
        self.printer
            .line(format!("Recording {url} into {}", place.file.display()));
        if let Some(panel) = &self.panel {
            if args.window.remote {
                panel.follow(self.watched.shown());
                self.signs.elsewhere(panel);
            } else if self.watched.panel(panel.url(), PANEL_WIDTH).await.is_none() {
                self.signs.no_room(panel);
            }
        }
        self.signs
            .how_to_end(args.window.remote, self.panel.is_some());
        self.show();
        if args.window.remote
            && let Some(over) = self.looked_at(happenings, interrupts).await
        {
            return Ok(Some(over));
        }
        let opened = self.watched.open(url.as_str()).await;
        opened.map_err(|why| {
            miette!(
                help = "correct the address, or start the site",
                "{url} could not be opened: {why}"
            )
        })?;
        Ok(None)
    }

    /// Waits until somebody looks at the remote view: before that nobody thinks about the page, nor
    /// does the page work for anybody.
    async fn looked_at(
        &mut self,
        happenings: &mut mpsc::UnboundedReceiver<Happening>,
        interrupts: &mut Interrupts,
    ) -> Option<Over> {
        loop {
            let happening = tokio::select! {
                () = opened(self.panel.as_ref()) => return None,
                () = interrupts.next() => return Some(Over::Interrupted),
                happening = happenings.recv() => happening,
            };
            let Some(first) = happening else {
                return Some(Over::Lost);
            };
            let over = self.hear_all(first, happenings);
            if over.is_some() {
                return over;
            }
        }
    }

    /// Until the person ends it.
    pub(super) async fn run(
        &mut self,
        happenings: &mut mpsc::UnboundedReceiver<Happening>,
        inputs: Option<mpsc::Receiver<PanelInput>>,
        interrupts: &mut Interrupts,
    ) -> Over {
        let (said, mut troubles) = mpsc::unbounded_channel();
        let hands = Lane::new(&self.watched, &said);
        let desk = Lane::new(&self.watched, &said);
        let mut inputs = inputs;
        let mut save = tokio::time::interval(SAVE);
        save.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let over = tokio::select! {
                happening = happenings.recv() => match happening {
                    None => Some(Over::Lost),
                    Some(first) => self.hear_all(first, happenings),
                },
                input = next(inputs.as_mut()) => match input {
                    None => { inputs = None; None }
                    Some(PanelInput::Command(command)) => self.command(command),
                    Some(PanelInput::Remote(input)) => {
                        if is_of_hands(&input) { hands.send(input) } else { desk.send(input) }
                        continue;
                    }
                },
                Some(carried) = self.asked.next() => { self.carried(carried); None }
                Some(trouble) = troubles.recv() => { self.say(&trouble); continue; }
                () = interrupts.next() => Some(Over::Interrupted),
                _ = save.tick() => { self.save(); continue; }
            };
            if let Some(over) = over {
                return over;
            }
            self.unsaved = true;
            self.show();
        }
    }

    /// Hears what was told so far, so that the toolbar is not sent anew for each of a hundred
    /// requests.
    fn hear_all(
        &mut self,
        first: Happening,
        more: &mut mpsc::UnboundedReceiver<Happening>,
    ) -> Option<Over> {
        let mut next = Some(first);
        while let Some(happening) = next {
            if happening.what == What::Ended {
                return Some(Over::Closed);
            }
            if let Some(over) = self.hear(&happening) {
                return Some(over);
            }
            next = more.try_recv().ok();
        }
        None
    }

    fn hear(&mut self, happening: &Happening) -> Option<Over> {
        match &happening.what {
            What::Began(request) => self.guests.saw(&request.url),
            What::Blocked { host } if self.guests.block(host) => self.signs.blocked(host),
            _ => {}
        }
        let asks = self.recorder.hear(happening);
        self.carry(asks)
    }

    fn command(&mut self, command: Command) -> Option<Over> {
        if command == Command::Stop {
            // The recorder hears of it when what is still coming has come.
            return Some(Over::Stopped);
        }
        match self.recorder.command(command) {
            Ok(asks) => self.carry(asks),
            Err(why) => {
                self.say(&why);
                None
            }
        }
    }

    /// Begins what the recorder asks for.
    fn carry(&mut self, asks: Vec<Ask>) -> Option<Over> {
        let mut over = None;
        for ask in asks {
            let watched = Arc::clone(&self.watched);
            match ask {
                Ask::Stop => over = Some(Over::Stopped),
                Ask::Pick(on) => self.asked.push(
                    async move {
                        watched.pick(on).await;
                        Carried::Done
                    }
                    .boxed(),
                ),
                Ask::Recheck {
                    step,
                    tab,
                    frame,
                    element,
                } => self.asked.push(
                    async move {
                        let found = watched.recheck(tab, &frame, &element).await;
                        Carried::Rechecked(step, found)
                    }
                    .boxed(),
                ),
            }
        }
        over
    }

    fn carried(&mut self, carried: Carried) {
        if let Carried::Rechecked(step, found) = carried {
            self.recorder.answer(step, found);
        }
    }

    fn show(&mut self) {
        let view = self.recorder.view();
        self.signs.steps(&view);
        if let Some(panel) = &self.panel {
            panel.show(&view);
        }
    }

    fn say(&self, what: &str) {
        match &self.panel {
            Some(panel) => panel.say(what),
            None => self.printer.line(format!("  note: {what}")),
        }
    }

    /// The flow as it is now.
    fn flow(&self) -> Flow {
        let mut flow = self.recorder.flow();
        flow.extension.allow = self.guests.needed();
        flow
    }

    fn save(&mut self) {
        if !self.unsaved {
            return;
        }
        let mut flow = self.flow();
        match self.draft.save(&mut flow) {
            Ok(()) => (self.unsaved, self.unwritable) = (false, false),
            Err(error) if !self.unwritable => {
                self.unwritable = true;
                let file = self.draft.file().display().to_string();
                let text = format!("could not write {file} so far: {error}");
                self.printer.line(format!("  note: {text}"));
                self.say(&text);
            }
            Err(_told) => {}
        }
    }

    /// Waits for what the last deed caused, ends the browser, saves. Nothing when nothing was done.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) async fn finish(
        mut self,
        over: Over,
        happenings: &mut mpsc::UnboundedReceiver<Happening>,
        interrupts: &mut Interrupts,
    ) -> miette::Result<Option<Recorded>> {
        if matches!(over, Over::Stopped | Over::Interrupted) {
            tokio::select! {
                () = self.calm(happenings) => {}
                () = interrupts.next() => {}
            }
        }
        // Refused only when it has stopped already.
        let _stopped = self.recorder.command(Command::Stop);
        self.show();
        self.signs.last();
        let view = self.recorder.view();
        let mut flow = self.flow();
        let saved = self.draft.save(&mut flow);
        self.asked.clear();
        if let Some(watched) = Arc::into_inner(self.watched) {
            let _late = tokio::time::timeout(FAREWELL, watched.end()).await;
        }
        saved.into_diagnostic().wrap_err_with(|| {
            format!("could not write the flow `{}`", self.draft.file().display())
        })?;
        if !self.draft.is_saved() {
            return Ok(None);
        }
        Ok(Some(Recorded {
            flow,
            view,
            secrets: self.recorder.secrets(),
            blocked: self.guests.blocked().to_vec(),
            panel: self.panel,
            lost_files: self.draft.lost().to_vec(),
            over,
        }))
    }

    /// Hears on until nothing more is told.
    async fn calm(&mut self, happenings: &mut mpsc::UnboundedReceiver<Happening>) {
        let all = async {
            while let Ok(Some(happening)) = tokio::time::timeout(QUIET, happenings.recv()).await {
                if happening.what == What::Ended || self.hear(&happening).is_some() {
                    break;
                }
            }
            while let Some(carried) = self.asked.next().await {
                self.carried(carried);
            }
        };
        let _enough = tokio::time::timeout(LAST, all).await;
    }
}

/// At once, where there is nothing to be opened.
async fn opened(panel: Option<&Panel>) {
    if let Some(panel) = panel {
        panel.opened().await;
    }
}

/// Nothing, for ever, when there is no toolbar.
async fn next(inputs: Option<&mut mpsc::Receiver<PanelInput>>) -> Option<PanelInput> {
    match inputs {
        Some(inputs) => inputs.recv().await,
        None => std::future::pending().await,
    }
}

/// Whether the page itself gets it. A dialog holds up such input until it is answered, so that
/// answers must not queue behind it.
fn is_of_hands(input: &RemoteInput) -> bool {
    matches!(
        input,
        RemoteInput::Mouse { .. }
            | RemoteInput::Wheel { .. }
            | RemoteInput::Key { .. }
            | RemoteInput::Text { .. }
            | RemoteInput::Paste { .. }
    )
}

/// Carries out what the person does elsewhere, one thing after the other.
struct Lane {
    sender: mpsc::UnboundedSender<RemoteInput>,
    task: JoinHandle<()>,
}

impl Lane {
    fn new(watched: &Arc<Watched>, said: &mpsc::UnboundedSender<String>) -> Self {
        let (sender, mut inputs) = mpsc::unbounded_channel();
        let (watched, said) = (Arc::clone(watched), said.clone());
        let task = tokio::spawn(async move {
            while let Some(input) = inputs.recv().await {
                if let Err(why) = watched.input(input).await {
                    let _nobody_listens = said.send(why);
                }
            }
        });
        Self { sender, task }
    }

    fn send(&self, input: RemoteInput) {
        // The task ends with the lane only.
        let _gone = self.sender.send(input);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.task.abort();
    }
}
