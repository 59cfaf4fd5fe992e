//! The life of a virtual user: arrive, walk flows, survive its browser, leave.

use std::sync::Arc;
use std::time::Duration;

use super::iteration::{Ending, Iteration, Script};
use super::leave::Leave;
use super::random::{Choices, Purpose};
use super::run::Crowd;
use super::schedule::Presence;
use super::think;
use crate::browser::{BrowserUser, Capture, OpenError, Profile, Replay};
use crate::clock::Micros;
use crate::sample::{Origin, Sample, UserEvent, UserSample};
use crate::workload::{Part, Persona, Visits};

/// Pause before the second try to open a browser; doubled each time.
const OPEN_AGAIN: Duration = Duration::from_millis(250);
const LONGEST_OPEN_PAUSE: Duration = Duration::from_secs(5);
const OPEN_TRIES: u32 = 8;
/// An opening or closing that takes longer than this hangs.
const OPEN_HANGS: Duration = Duration::from_secs(60);
const CLOSE_HANGS: Duration = Duration::from_secs(10);

/// An iteration that fails sooner than this after another is slowed down: a flow that cannot work
/// must not become a flood.
const FAILED_AT_ONCE: Duration = Duration::from_secs(1);
const LONGEST_SLOWDOWN: Duration = Duration::from_secs(30);

/// A virtual user.
pub(super) struct VirtualUser {
    pub(super) crowd: Arc<Crowd>,
    /// Number of the user, from 0.
    pub(super) number: u32,
    pub(super) part: Part,
    pub(super) presences: Vec<Presence>,
    /// Iterations begun in its life.
    pub(super) iterations: u64,
    /// Iterations in a row that failed at once.
    pub(super) failed_at_once: u32,
}

type Browser = Box<dyn BrowserUser>;

/// An iteration not yet begun.
struct Next {
    choices: Choices,
    script: Script,
    intended: Micros,
}

impl VirtualUser {
    /// Lives through its presences until the run ends.
    pub(super) async fn live(mut self) {
        for presence in std::mem::take(&mut self.presences) {
            let leave = self.crowd.leave(presence.until);
            let arrival = self.crowd.moment(presence.from);
            let clock = self.crowd.clock;
            let waiting = tokio::time::sleep_until(clock.instant(arrival));
            // Still finishing an iteration of the presence before may make it late.
            if leave.or_due(waiting).await.is_some() {
                self.stay(&leave).await;
            }
        }
    }

    async fn stay(&mut self, leave: &Leave) {
        let Some(browser) = self.open(leave).await else {
            return;
        };
        if leave.is_due() {
            self.close(browser, leave).await;
            return;
        }
        self.tell(UserEvent::Started);
        self.crowd.arrived();
        if let Some(browser) = self.walk(browser, leave).await {
            self.close(browser, leave).await;
        }
        self.crowd.left();
        self.tell(UserEvent::Stopped);
    }

    /// Iterates until it leaves; gives back the browser, if there still is one.
    async fn walk(&mut self, mut browser: Browser, leave: &Leave) -> Option<Browser> {
        let (mut visits, mut lost) = (0_u64, false);
        while !leave.is_due() {
            if lost || !browser.is_alive() {
                self.close(browser, leave).await;
                browser = self.open(leave).await?;
                self.tell(UserEvent::Restarted);
            } else if self.persona().visits == Visits::New && visits > 0 {
                self.close(browser, leave).await;
                browser = self.open(leave).await?;
            }
            let next = self.next();
            let looking = tokio::time::sleep_until(self.crowd.clock.instant(next.intended));
            if leave.or_due(looking).await.is_none() {
                break;
            }
            let Some(number) = self.crowd.next_iteration() else {
                break;
            };
            let intended = next.intended;
            let ending = if browser.is_alive() {
                visits += 1;
                self.iterate(next, number, &mut *browser, leave).await
            } else {
                // It died while nothing was under way: no iteration fails for it.
                Ending::Failed { browser_lost: true }
            };
            if ending == Ending::Interrupted {
                break;
            }
            lost = ending == (Ending::Failed { browser_lost: true });
            self.slow_down(ending, intended, leave).await;
        }
        Some(browser)
    }

    /// What the user does next, and when.
    fn next(&self) -> Next {
        let choices = Choices {
            random_seed: self.crowd.workload.random_seed,
            user: self.number,
            iteration: self.iterations,
        };
        let persona = self.persona();
        let weights: Vec<f64> = persona.flows.iter().map(|flow| flow.weight).collect();
        let chosen = choices.weighted(Purpose::Flow, &weights);
        let script = self.crowd.scripts[self.part.persona][chosen].clone();
        let pause = think::pause(persona.think, &script.flow, 0, 0, &choices);
        let now = self.crowd.clock.now();
        Next {
            choices,
            script,
            intended: Micros(now.0.saturating_add(Micros::from(pause).0)),
        }
    }

    async fn iterate(
        &mut self,
        next: Next,
        number: u64,
        browser: &mut dyn BrowserUser,
        leave: &Leave,
    ) -> Ending {
        self.iterations += 1;
        let iteration = Iteration {
            crowd: &self.crowd,
            persona: self.persona(),
            part: self.part,
            script: &next.script,
            choices: next.choices,
            number,
            leave,
            intended: next.intended,
        };
        iteration.play(browser).await
    }

    /// Waits after an iteration that failed at once: longer the more of them there were.
    async fn slow_down(&mut self, ending: Ending, began: Micros, leave: &Leave) {
        let took = self.crowd.clock.now().0.saturating_sub(began.0);
        let at_once = took < Micros::from(FAILED_AT_ONCE).0;
        if !matches!(ending, Ending::Failed { .. }) || !at_once {
            self.failed_at_once = 0;
            return;
        }
        let pause = doubled(FAILED_AT_ONCE, self.failed_at_once).min(LONGEST_SLOWDOWN);
        self.failed_at_once += 1;
        leave.or_due(tokio::time::sleep(pause)).await;
    }

    /// Opens a browser user, again and again while that can help; none when the user leaves first
    /// or it does not succeed. A failure that no repetition heals ends the run.
    async fn open(&self, leave: &Leave) -> Option<Browser> {
        let profile = self.profile();
        for tries in 0..OPEN_TRIES {
            let error = match self.open_once(&profile, leave).await? {
                Ok(browser) => return Some(browser),
                Err(error) => error,
            };
            if !error.transient {
                self.crowd.give_up(error);
                return None;
            }
            tracing::warn!(user = self.number, tries, "{error}");
            if tries + 1 == OPEN_TRIES {
                self.crowd.leave_out(&error);
                return None;
            }
            let pause = doubled(OPEN_AGAIN, tries).min(LONGEST_OPEN_PAUSE);
            leave.or_due(tokio::time::sleep(pause)).await?;
        }
        None
    }

    async fn open_once(
        &self,
        profile: &Profile,
        leave: &Leave,
    ) -> Option<Result<Browser, OpenError>> {
        let _arrival = leave.or_due(self.crowd.admission.arrive()).await?;
        let opening = self.crowd.driver.open(profile, self.crowd.samples.clone());
        // Once begun, an opening is left to end, lest a browser user be lost half made.
        let opened = leave
            .or_cut(tokio::time::timeout(OPEN_HANGS, opening))
            .await?;
        Some(opened.unwrap_or_else(|_| {
            Err(OpenError {
                message: format!("the browser did not answer within {OPEN_HANGS:?}"),
                transient: true,
            })
        }))
    }

    async fn close(&self, browser: Browser, leave: &Leave) {
        let closing = tokio::time::timeout(CLOSE_HANGS, browser.close());
        tokio::select! {
            _ = closing => {}
            () = leave.control.aborted() => {}
        }
    }

    fn persona(&self) -> &Persona {
        &self.crowd.workload.personas[self.part.persona]
    }

    fn profile(&self) -> Profile {
        let persona = self.persona();
        Profile {
            origin: Origin {
                user: self.number,
                persona: persona.name.clone(),
                flow: "".into(),
                iteration: 0,
                step: None,
            },
            viewport: persona.viewport,
            locale: persona.locale.clone(),
            timezone: persona.timezone.clone(),
            user_agent: persona.user_agent.clone(),
            hosts: self.crowd.hosts.clone(),
            mark: self.crowd.mark.clone(),
            replay: Replay {
                heal: self.crowd.workload.target.heal,
                capture: match self.crowd.evidence {
                    Some(_) => Capture::Failures,
                    None => Capture::Nothing,
                },
                ..Replay::default()
            },
        }
    }

    fn tell(&self, event: UserEvent) {
        self.crowd.tell(Sample::User(UserSample {
            user: self.number,
            persona: self.persona().name.clone(),
            at: self.crowd.clock.now(),
            event,
        }));
    }
}

/// `base` · 2^`times`.
fn doubled(base: Duration, times: u32) -> Duration {
    base.saturating_mul(1_u32.checked_shl(times.min(20)).unwrap_or(u32::MAX))
}
