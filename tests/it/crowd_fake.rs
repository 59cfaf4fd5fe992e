//! A scripted driver: browser users that take exact times and fail on command.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rehearsal::browser::{BrowserUser, Driver, DriverVitals, OpenError, Performed, Profile};
use rehearsal::clock::{Clock, Micros};
use rehearsal::crowd::{self, Control, Ended, Probe, Rehearsal, Usage};
use rehearsal::feed::Feed;
use rehearsal::flow::template::Secrets;
use rehearsal::flow::{Action, Step};
use rehearsal::sample::{
    Cause, Failure, IterationSample, Origin, Outcome, Sample, SampleSender, StepSample, UserEvent,
    UserSample,
};
use rehearsal::workload::Workload;

use crate::workload_sources::Files;

/// What a step does: for user, own iteration number on this browser, and step.
pub(crate) type Script = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// What the fake is asked to perform.
pub(crate) struct Asked {
    pub(crate) origin: Origin,
    pub(crate) index: u32,
    /// The value of a `change`, or the URL of a `navigate`.
    pub(crate) value: String,
    /// It only looks whether something is there.
    pub(crate) looks: bool,
    pub(crate) timeout: Duration,
}

/// What it does.
pub(crate) enum Reply {
    /// Takes so many ms and passes.
    Passes(u64),
    /// Takes so many ms, passes and reads a value.
    Reads(u64, &'static str, String),
    /// Takes so many ms, of which the engine has wasted some, and passes.
    Dawdles(u64, u64),
    /// Takes so many ms and fails.
    Fails(u64, Cause),
    /// Never answers.
    Hangs,
    /// The browser's code panics.
    Panics,
}

pub(crate) struct FakeDriver {
    clock: Clock,
    script: Arc<Script>,
    /// Errors for the next openings, first come first served.
    pub(crate) refusals: Mutex<VecDeque<OpenError>>,
    /// How long an opening takes.
    pub(crate) opening_ms: u64,
    /// Browsers are dead on arrival.
    pub(crate) stillborn: bool,
    pub(crate) opened: AtomicU32,
    pub(crate) open: Arc<AtomicUsize>,
    pub(crate) profiles: Mutex<Vec<Profile>>,
    /// Everything performed: origin, step, value.
    pub(crate) performed: Arc<Mutex<Vec<Asked>>>,
}

struct FakeUser {
    clock: Clock,
    script: Arc<Script>,
    origin: Origin,
    alive: bool,
    open: Arc<AtomicUsize>,
    performed: Arc<Mutex<Vec<Asked>>>,
}

#[async_trait]
impl Driver for FakeDriver {
    async fn open(
        &self,
        profile: &Profile,
        _samples: SampleSender,
    ) -> Result<Box<dyn BrowserUser>, OpenError> {
        tokio::time::sleep(Duration::from_millis(self.opening_ms)).await;
        if let Some(error) = self.refusals.lock().unwrap().pop_front() {
            return Err(error);
        }
        self.opened.fetch_add(1, SeqCst);
        self.open.fetch_add(1, SeqCst);
        self.profiles.lock().unwrap().push(profile.clone());
        Ok(Box::new(FakeUser {
            clock: self.clock,
            script: self.script.clone(),
            origin: profile.origin.clone(),
            alive: !self.stillborn,
            open: self.open.clone(),
            performed: self.performed.clone(),
        }))
    }

    fn vitals(&self) -> DriverVitals {
        DriverVitals {
            pids: vec![1],
            restarts: 0,
        }
    }

    async fn shutdown(&self) {}
}

#[async_trait]
impl BrowserUser for FakeUser {
    fn attribute(&mut self, origin: Origin) {
        self.origin = origin;
    }

    async fn perform(&mut self, index: u32, step: &Step, timeout: Duration) -> Performed {
        let started = self.clock.now();
        let asked = Asked {
            origin: self.origin.clone(),
            index,
            value: match &step.action {
                Action::Change { value, .. } => value.clone(),
                Action::Navigate { url } => url.clone(),
                _ => String::new(),
            },
            looks: matches!(step.action, Action::WaitForElement(_)),
            timeout,
        };
        let (mut extracted, mut engine_ms) = (Vec::new(), 0.0);
        let reply = (self.script)(&asked);
        self.performed.lock().unwrap().push(asked);
        let (ms, result) = match reply {
            Reply::Passes(ms) => (ms, Ok(())),
            Reply::Reads(ms, name, value) => {
                extracted.push((name.to_owned(), value));
                (ms, Ok(()))
            }
            Reply::Dawdles(ms, wasted) => {
                engine_ms = wasted as f64;
                (ms, Ok(()))
            }
            Reply::Fails(ms, cause) => {
                let message = "as scripted".to_owned();
                (ms, Err(Failure { cause, message }))
            }
            Reply::Hangs => return std::future::pending().await,
            Reply::Panics => panic!("as scripted"),
        };
        tokio::time::sleep(Duration::from_millis(ms)).await;
        if let Err(failure) = &result {
            self.alive = failure.cause != Cause::BrowserLost;
        }
        Performed {
            extracted,
            ..Performed::new(started, self.clock.now(), engine_ms, result)
        }
    }

    fn is_alive(&self) -> bool {
        self.alive
    }

    async fn close(self: Box<Self>) {}
}

impl Drop for FakeUser {
    fn drop(&mut self) {
        self.open.fetch_sub(1, SeqCst);
    }
}

/// Reads nothing; tests know no machine.
pub(crate) struct NoProbe;

impl Probe for NoProbe {
    fn read(&mut self, _browsers: &[u32]) -> Usage {
        Usage::default()
    }
}

/// A run of a workload on the fake, with everything that came of it.
pub(crate) struct Stage {
    pub(crate) workload: Workload,
    pub(crate) feeds: Vec<Feed>,
    pub(crate) secrets: Secrets,
    pub(crate) driver: FakeDriver,
    pub(crate) clock: Clock,
    pub(crate) control: Control,
}

pub(crate) struct Results {
    pub(crate) ended: Ended,
    pub(crate) samples: Vec<Sample>,
    pub(crate) driver: Arc<FakeDriver>,
}

impl Stage {
    pub(crate) fn new(
        files: &mut Files,
        script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let workload = files.load().unwrap_or_else(|_| panic!("{}", files.error()));
        let clock = Clock::start();
        Self {
            feeds: workload.feeds.clone(),
            workload,
            secrets: Secrets::default(),
            clock,
            control: Control::new(clock),
            driver: FakeDriver {
                clock,
                script: Arc::new(Box::new(script)),
                refusals: Mutex::default(),
                opening_ms: 0,
                stillborn: false,
                opened: AtomicU32::new(0),
                open: Arc::default(),
                profiles: Mutex::default(),
                performed: Arc::default(),
            },
        }
    }

    /// Runs to the end. Checks what must hold in every run.
    pub(crate) async fn run(self) -> Results {
        self.run_with(|_| async {}).await
    }

    /// Runs to the end while `beside` goes on.
    pub(crate) async fn run_with<F: Future<Output = ()> + Send + 'static>(
        self,
        beside: impl FnOnce(Control) -> F,
    ) -> Results {
        let (samples, mut received) = tokio::sync::mpsc::unbounded_channel();
        let driver = Arc::new(self.driver);
        let beside = tokio::spawn(beside(self.control.clone()));
        let ended = crowd::run(
            Rehearsal {
                workload: Arc::new(self.workload),
                feeds: self.feeds,
                driver: driver.clone(),
                clock: self.clock,
                samples,
                starts: self.clock.now(),
                evidence: None,
                control: self.control,
                secrets: self.secrets,
            },
            Box::new(NoProbe),
        )
        .await;
        beside.abort();
        let mut samples = Vec::new();
        while let Ok(sample) = received.try_recv() {
            samples.push(sample);
        }
        let results = Results {
            ended,
            samples,
            driver,
        };
        results.check_invariants();
        results
    }
}

impl Results {
    fn check_invariants(&self) {
        let counts = self.ended.iterations;
        assert_eq!(
            counts.started,
            counts.passed + counts.failed + counts.interrupted,
            "{counts:?}"
        );
        let told = |wanted: fn(&Outcome) -> bool| {
            let each = self.iterations();
            each.iter().filter(|i| wanted(&i.outcome)).count() as u64
        };
        assert_eq!(counts.passed, told(|o| *o == Outcome::Passed));
        assert_eq!(counts.failed, told(|o| matches!(o, Outcome::Failed(_))));
        assert_eq!(counts.interrupted, told(|o| *o == Outcome::Interrupted));
        let mut numbers: Vec<u64> = self
            .iterations()
            .iter()
            .map(|i| i.origin.iteration)
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=counts.started).collect::<Vec<_>>());
        assert_eq!(
            self.events(UserEvent::Started).len(),
            self.events(UserEvent::Stopped).len(),
            "who came has left"
        );
        assert_eq!(self.driver.open.load(SeqCst), 0, "no browser user is left");
        for step in self.steps() {
            let span = step.span;
            assert!(
                span.intended <= span.started && span.started <= span.ended,
                "{step:?}"
            );
        }
    }

    pub(crate) fn iterations(&self) -> Vec<&IterationSample> {
        let each = self.samples.iter();
        each.filter_map(|sample| match sample {
            Sample::Iteration(iteration) => Some(iteration),
            _ => None,
        })
        .collect()
    }

    pub(crate) fn steps(&self) -> Vec<&StepSample> {
        let each = self.samples.iter();
        each.filter_map(|sample| match sample {
            Sample::Step(step) => Some(step),
            _ => None,
        })
        .collect()
    }

    pub(crate) fn events(&self, event: UserEvent) -> Vec<&UserSample> {
        let each = self.samples.iter();
        each.filter_map(|sample| match sample {
            Sample::User(user) if user.event == event => Some(user),
            _ => None,
        })
        .collect()
    }

    /// Users that are there at a moment, by their arrivals and departures.
    pub(crate) fn present_at(&self, ms: u64) -> usize {
        let at = Micros(ms * 1_000);
        let before = |event| {
            self.events(event)
                .iter()
                .filter(|user| user.at <= at)
                .count()
        };
        before(UserEvent::Started) - before(UserEvent::Stopped)
    }
}
