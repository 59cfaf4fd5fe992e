//! A whole run: from the first user's arrival to the last one's leaving.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use super::admission::Admission;
use super::control::{Control, Phase, Progress};
use super::health::{self, Probe};
use super::iteration::{Ending, Script};
use super::leave::Leave;
use super::pulse::Pulse;
use super::schedule::Schedule;
use super::user::VirtualUser;
use crate::browser::{Driver, Evidence, Hosts, OpenError};
use crate::clock::{Clock, Micros};
use crate::feed::Feed;
use crate::flow::template::Secrets;
use crate::sample::{Failure, Origin, Sample, SampleSender};
use crate::workload::{Persona, Workload};

/// Name of the header that marks traffic (`mark = true`).
const MARK: &str = "x-rehearsal";
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// All that a run needs.
pub struct Rehearsal {
    /// What to do.
    pub workload: Arc<Workload>,
    /// Rows that users draw: those of the workload and those that the seeder wrote.
    pub feeds: Vec<Feed>,
    /// Gives out browser users.
    pub driver: Arc<dyn Driver>,
    /// The run's clock, the same as the driver's and the control's.
    pub clock: Clock,
    /// When the first stage begins: now, as `clock` says. Given, so that those who fold samples
    /// know the same end of the warm-up.
    pub starts: Micros,
    /// Where samples go.
    pub samples: SampleSender,
    /// The handle by which the run is ended early.
    pub control: Control,
    /// Values for `{{secret.NAME}}`.
    pub secrets: Secrets,
    /// Where evidence of failed steps goes; none is gathered when absent.
    pub evidence: Option<mpsc::UnboundedSender<Caught>>,
}

/// A failed step with what its page showed.
#[derive(Debug, Clone)]
pub struct Caught {
    /// Whose step; `origin.step` is set.
    pub origin: Origin,
    /// Name of the step.
    pub step: Arc<str>,
    /// When it was given up.
    pub at: Micros,
    /// Why.
    pub failure: Failure,
    /// What the page showed.
    pub evidence: Box<Evidence>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// When the first stage began.
    pub started: Micros,
    /// When the last user had left.
    pub ended: Micros,
    /// Whether it ran its whole schedule, or was ended early and how.
    pub phase: Phase,
    /// What became of the iterations.
    pub iterations: IterationCounts,
    /// Users for whom no browser could be opened, and why for the last of them.
    pub left_out: Option<(u32, String)>,
    /// Why no user could be opened at all; the run was aborted then.
    pub error: Option<OpenError>,
}

/// What became of the iterations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IterationCounts {
    /// Begun; always the sum of the others.
    pub started: u64,
    /// Walked to the end.
    pub passed: u64,
    /// A step failed.
    pub failed: u64,
    /// The run ended first.
    pub interrupted: u64,
}

/// What all users of a run share.
pub(super) struct Crowd {
    pub(super) workload: Arc<Workload>,
    pub(super) driver: Arc<dyn Driver>,
    pub(super) clock: Clock,
    pub(super) samples: SampleSender,
    pub(super) secrets: Secrets,
    pub(super) evidence: Option<mpsc::UnboundedSender<Caught>>,
    pub(super) admission: Admission,
    pub(super) pulse: Arc<Pulse>,
    pub(super) hosts: Arc<Hosts>,
    pub(super) mark: Option<(String, String)>,
    /// Flows of each persona.
    pub(super) scripts: Vec<Vec<Script>>,
    /// Iterations that begin before this belong to the warm-up.
    pub(super) warm_from: Micros,
    feeds: Vec<Feed>,
    control: Control,
    schedule: Schedule,
    started: Micros,
    iteration: AtomicU64,
    /// The run ends because all iterations that the workload wants have begun.
    enough: AtomicBool,
    present: AtomicU32,
    outcome: Mutex<SoFar>,
}

#[derive(Debug, Default)]
struct SoFar {
    iterations: IterationCounts,
    left_out: Option<(u32, String)>,
    error: Option<OpenError>,
}

/// Runs the crowd until its schedule ends or `control` ends it. All users have left when it
/// returns; the driver is still there. `probe` reads what driver and browsers use of the machine.
pub async fn run(rehearsal: Rehearsal, probe: Box<dyn Probe>) -> Ended {
    let pulse = Arc::new(Pulse::new(rehearsal.clock));
    let mut watchers = JoinSet::new();
    let beating = pulse.clone();
    watchers.spawn(async move { beating.beat().await });
    watchers.spawn(health::watch(
        probe,
        rehearsal.driver.clone(),
        pulse.clone(),
        rehearsal.clock,
        rehearsal.samples.clone(),
    ));
    let crowd = Arc::new(Crowd::new(rehearsal, pulse));
    let telling = crowd.clone();
    watchers.spawn(async move { telling.tell_progress().await });

    let mut users = JoinSet::new();
    for user in crowd.users() {
        users.spawn(user.live());
    }
    while let Some(left) = users.join_next().await {
        if let Err(error) = left {
            tracing::error!("a virtual user was lost: {error}");
        }
    }
    watchers.shutdown().await;
    crowd.end()
}

impl Crowd {
    fn new(rehearsal: Rehearsal, pulse: Arc<Pulse>) -> Self {
        let workload = rehearsal.workload;
        let scripts = workload.personas.iter().map(|persona| {
            let flows = persona.flows.iter();
            flows.map(|entry| Script::new(&entry.flow)).collect()
        });
        let started = rehearsal.starts;
        Self {
            scripts: scripts.collect(),
            hosts: Arc::new(Hosts {
                target: host_of(&workload.target.url),
                allow: workload.target.allow.clone(),
            }),
            mark: workload.target.mark.then(|| {
                let name = workload.name.chars().filter(char::is_ascii).collect();
                (MARK.to_owned(), name)
            }),
            warm_from: after(started, workload.load.warmup),
            schedule: Schedule::new(&workload.load),
            admission: Admission::new(pulse.clone()),
            workload,
            driver: rehearsal.driver,
            clock: rehearsal.clock,
            evidence: rehearsal.evidence,
            samples: rehearsal.samples,
            secrets: rehearsal.secrets,
            pulse,
            feeds: rehearsal.feeds,
            control: rehearsal.control,
            started,
            iteration: AtomicU64::new(0),
            enough: AtomicBool::new(false),
            present: AtomicU32::new(0),
            outcome: Mutex::default(),
        }
    }

    fn users(self: &Arc<Self>) -> Vec<VirtualUser> {
        let parts = self.workload.parts().into_iter().zip(0..);
        parts
            .map(|(part, number)| VirtualUser {
                crowd: self.clone(),
                number,
                part,
                presences: self.schedule.presences(number),
                iterations: 0,
                failed_at_once: 0,
            })
            .collect()
    }

    /// The moment this long after the first stage began.
    pub(super) fn moment(&self, since_start: Duration) -> Micros {
        after(self.started, since_start)
    }

    /// The end of a presence.
    pub(super) fn leave(&self, until: Duration) -> Leave {
        Leave {
            control: self.control.clone(),
            until: self.moment(until),
            grace: self.workload.load.graceful_stop,
        }
    }

    /// The feed that a persona draws from.
    pub(super) fn feed(&self, persona: &Persona) -> Option<&Feed> {
        let name = persona.feed.as_deref()?;
        self.feeds.iter().find(|feed| &*feed.name == name)
    }

    /// Feeds whose rows are drawn by weight.
    pub(super) fn weighted_feeds(&self) -> impl Iterator<Item = &Feed> {
        self.feeds.iter().filter(|feed| feed.is_weighted())
    }

    /// Sends a sample. When nobody listens any more the run has nobody to tell, and goes on.
    pub(super) fn tell(&self, sample: Sample) {
        let _ = self.samples.send(sample);
    }

    /// Number of the next iteration, from 1; none when the workload wants no more. With the last
    /// one the run begins to end.
    pub(super) fn next_iteration(&self) -> Option<u64> {
        let number = self.iteration.fetch_add(1, Relaxed) + 1;
        let Some(limit) = self.workload.load.iterations else {
            return Some(number);
        };
        if number >= limit {
            self.enough.store(true, Relaxed);
            self.control.finish();
        }
        (number <= limit).then_some(number)
    }

    pub(super) fn count(&self, ending: Ending) {
        self.update(|so_far| {
            let counts = &mut so_far.iterations;
            counts.started += 1;
            match ending {
                Ending::Passed => counts.passed += 1,
                Ending::Failed { .. } => counts.failed += 1,
                Ending::Interrupted => counts.interrupted += 1,
            }
        });
    }

    pub(super) fn arrived(&self) {
        self.present.fetch_add(1, Relaxed);
    }

    pub(super) fn left(&self) {
        self.present.fetch_sub(1, Relaxed);
    }

    /// Notes that a user found no browser although trying again could have helped.
    pub(super) fn leave_out(&self, error: &OpenError) {
        self.update(|so_far| {
            let users = so_far.left_out.as_ref().map_or(0, |(users, _)| *users);
            so_far.left_out = Some((users + 1, error.message.clone()));
        });
    }

    /// Ends the run: no user can be opened.
    pub(super) fn give_up(&self, error: OpenError) {
        self.update(|so_far| {
            so_far.error.get_or_insert(error);
        });
        self.control.abort();
    }

    fn update(&self, change: impl FnOnce(&mut SoFar)) {
        change(&mut self.outcome.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn tell_progress(&self) {
        loop {
            self.publish();
            tokio::time::sleep(PROGRESS_EVERY).await;
        }
    }

    fn publish(&self) {
        let elapsed = self.clock.now().0.saturating_sub(self.started.0);
        let elapsed = Duration::from_micros(elapsed);
        let phase = self.control.phase();
        self.control.publish(Progress {
            stage: self.schedule.stage(elapsed).into(),
            elapsed,
            total: self.schedule.total(),
            wanted: match phase {
                Phase::Running => self.schedule.wanted(elapsed),
                Phase::Finishing { .. } | Phase::Aborted => 0,
            },
            present: self.present.load(Relaxed),
            waiting: self.admission.waiting(),
            starved: self.pulse.is_starved(),
            phase,
        });
    }

    fn end(&self) -> Ended {
        self.publish();
        let so_far =
            std::mem::take(&mut *self.outcome.lock().unwrap_or_else(PoisonError::into_inner));
        Ended {
            started: self.started,
            ended: self.clock.now(),
            phase: match self.control.phase() {
                Phase::Finishing { .. } if self.enough.load(Relaxed) => Phase::Running,
                phase => phase,
            },
            iterations: so_far.iterations,
            left_out: so_far.left_out,
            error: so_far.error,
        }
    }
}

fn after(moment: Micros, pause: Duration) -> Micros {
    Micros(moment.0.saturating_add(Micros::from(pause).0))
}

/// Host, with its port when that is not the scheme's default.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
