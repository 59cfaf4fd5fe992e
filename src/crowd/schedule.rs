//! How many users there are at which moment. Pure: stages in, moments out.

use std::time::Duration;

use crate::workload::{Load, Stage};

/// The stages laid out in time, from 0 users to 0 users.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Moments at which the number changes, in order.
    changes: Vec<Change>,
    stages: Vec<Named>,
    total: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    at: Duration,
    users: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    until: Duration,
    name: String,
}

/// A time in which a virtual user is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// When it arrives.
    pub from: Duration,
    /// When it begins no further iteration.
    pub until: Duration,
}

impl Schedule {
    /// Lays out the stages.
    ///
    /// Users of a ramp up arrive evenly, the first at its beginning; users of a ramp down leave
    /// evenly, the last at its end. So no one is missing when the next stage begins.
    pub fn new(load: &Load) -> Self {
        let mut schedule = Self {
            changes: Vec::new(),
            stages: Vec::new(),
            total: Duration::ZERO,
        };
        let mut users = 0;
        for stage in &load.stages {
            users = schedule.append(*stage, users);
        }
        schedule.change(schedule.total, 0);
        schedule
    }

    /// Lays one stage behind the others; returns the number of users after it.
    fn append(&mut self, stage: Stage, users: u32) -> u32 {
        let start = self.total;
        let end = start + stage.duration();
        let (name, after) = match stage {
            Stage::Ramp { to, over } if to >= users => {
                for arriving in users..to {
                    let at = start + part_of(over, arriving - users, to - users);
                    self.change(at, arriving + 1);
                }
                (format!("ramp to {to}"), to)
            }
            Stage::Ramp { to, over } => {
                for leaving in 1..=users - to {
                    let at = start + part_of(over, leaving, users - to);
                    self.change(at, users - leaving);
                }
                (format!("ramp down to {to}"), to)
            }
            Stage::Hold { .. } => (format!("hold {users}"), users),
            Stage::Spike { to, .. } => {
                self.change(start, to);
                self.change(end, users);
                (format!("spike of {to}"), users)
            }
        };
        self.stages.push(Named { until: end, name });
        self.total = end;
        after
    }

    /// Notes a change; of several at the same moment only the last counts.
    fn change(&mut self, at: Duration, users: u32) {
        match self.changes.last_mut() {
            Some(last) if last.at == at => last.users = users,
            _ => self.changes.push(Change { at, users }),
        }
    }

    /// From the first stage's beginning to the last one's end.
    pub fn total(&self) -> Duration {
        self.total
    }

    /// Number of users wanted at a moment.
    pub fn wanted(&self, at: Duration) -> u32 {
        let next = self.changes.partition_point(|change| change.at <= at);
        next.checked_sub(1).map_or(0, |i| self.changes[i].users)
    }

    /// Name of the stage at a moment, for people (`ramp to 10`).
    pub fn stage(&self, at: Duration) -> &str {
        let index = self.stages.partition_point(|stage| stage.until <= at);
        let stage = self.stages.get(index).or(self.stages.last());
        stage.map_or("", |stage| &stage.name)
    }

    /// When the user with this number is there. Users come and go in the order of their numbers:
    /// the last to come is the first to leave.
    pub fn presences(&self, user: u32) -> Vec<Presence> {
        let mut presences = Vec::new();
        let mut from = None;
        for change in &self.changes {
            match (from, change.users > user) {
                (None, true) => from = Some(change.at),
                (Some(since), false) => {
                    presences.push(Presence {
                        from: since,
                        until: change.at,
                    });
                    from = None;
                }
                _ => {}
            }
        }
        presences
    }
}

fn part_of(whole: Duration, part: u32, of: u32) -> Duration {
    whole.mul_f64(f64::from(part) / f64::from(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn schedule(stages: &[Stage]) -> Schedule {
        Schedule::new(&Load {
            stages: stages.to_vec(),
            warmup: s(0),
            graceful_stop: s(0),
            iterations: None,
        })
    }

    fn counts(schedule: &Schedule, seconds: &[u64]) -> Vec<u32> {
        seconds.iter().map(|at| schedule.wanted(s(*at))).collect()
    }

    #[test]
    fn ramps_hold_and_spike() {
        let schedule = schedule(&[
            Stage::Ramp { to: 4, over: s(8) },
            Stage::Hold { duration: s(10) },
            Stage::Spike {
                to: 9,
                duration: s(2),
            },
            Stage::Ramp { to: 2, over: s(4) },
        ]);
        assert_eq!(counts(&schedule, &[0, 1, 2, 4, 6, 8]), [1, 1, 2, 3, 4, 4]);
        assert_eq!(counts(&schedule, &[17, 18, 19, 20, 21]), [4, 9, 9, 4, 4]);
        assert_eq!(counts(&schedule, &[22, 23]), [3, 3]);
        assert_eq!(counts(&schedule, &[24, 100]), [0, 0], "the end");
        assert_eq!(schedule.total(), s(24));
        assert_eq!(schedule.stage(s(3)), "ramp to 4");
        assert_eq!(schedule.stage(s(8)), "hold 4");
        assert_eq!(schedule.stage(s(19)), "spike of 9");
        assert_eq!(schedule.stage(s(23)), "ramp down to 2");
    }

    #[test]
    fn the_last_to_come_is_the_first_to_leave() {
        let schedule = schedule(&[
            Stage::Ramp { to: 2, over: s(2) },
            Stage::Spike {
                to: 3,
                duration: s(5),
            },
            Stage::Hold { duration: s(3) },
            Stage::Spike {
                to: 3,
                duration: s(1),
            },
        ]);
        let presence = |from, until| Presence {
            from: s(from),
            until: s(until),
        };
        assert_eq!(schedule.presences(0), [presence(0, 11)]);
        assert_eq!(schedule.presences(1), [presence(1, 11)]);
        assert_eq!(schedule.presences(2), [presence(2, 7), presence(10, 11)]);
        assert_eq!(schedule.presences(3), []);
    }

    #[test]
    fn presences_add_up_to_the_wanted_number_at_every_moment() {
        let schedule = schedule(&[
            Stage::Ramp { to: 7, over: s(13) },
            Stage::Ramp { to: 3, over: s(5) },
            Stage::Spike {
                to: 11,
                duration: s(4),
            },
            Stage::Ramp { to: 0, over: s(9) },
        ]);
        for ms in (0..32_000).step_by(37) {
            let at = Duration::from_millis(ms);
            let there = (0..20)
                .flat_map(|user| schedule.presences(user))
                .filter(|presence| presence.from <= at && at < presence.until)
                .count();
            assert_eq!(there as u32, schedule.wanted(at), "at {at:?}");
        }
    }

    #[test]
    fn a_ramp_in_no_time_brings_all_at_once() {
        let schedule = schedule(&[
            Stage::Ramp { to: 5, over: s(0) },
            Stage::Hold { duration: s(1) },
        ]);
        assert_eq!(schedule.wanted(s(0)), 5);
    }
}
