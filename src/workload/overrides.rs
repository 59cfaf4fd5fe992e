//! What the command line changes in a workload.

use std::time::Duration;

use url::Url;

use super::model::{Load, Stage};

/// Options of `rehearsal run` that stand above the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overrides {
    /// `--users`: the load becomes a ramp to so many users and a hold.
    pub users: Option<u32>,
    /// `--for`: the load becomes a ramp and a hold that take this long together.
    pub duration: Option<Duration>,
    /// `--url`: another target.
    pub url: Option<Url>,
    /// `--no-seed`: leave the database as it is.
    pub no_seed: bool,
    /// `--no-heal`: selectors must match.
    pub no_heal: bool,
}

/// The longest ramp that replaces the file's stages.
const LONGEST_RAMP: Duration = Duration::from_secs(30);

impl Overrides {
    /// Replaces the stages by a ramp (a quarter of the time, at most 30 s) and a hold. What is not
    /// given stays as in the file: its peak, its total time. A warm-up is shortened to the ramp
    /// if it would not leave half of the run.
    pub(super) fn apply(&self, load: Load) -> Load {
        if self.users.is_none() && self.duration.is_none() {
            return load;
        }
        let total = self.duration.unwrap_or_else(|| load.duration());
        let over = (total / 4).min(LONGEST_RAMP);
        Load {
            stages: vec![
                Stage::Ramp {
                    to: self.users.unwrap_or_else(|| load.peak()),
                    over,
                },
                Stage::Hold {
                    duration: total.saturating_sub(over),
                },
            ],
            warmup: if load.warmup > total / 2 {
                over
            } else {
                load.warmup
            },
            graceful_stop: load.graceful_stop,
            iterations: load.iterations,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load() -> Load {
        Load {
            stages: vec![
                Stage::Ramp {
                    to: 10,
                    over: Duration::from_secs(60),
                },
                Stage::Spike {
                    to: 40,
                    duration: Duration::from_secs(60),
                },
            ],
            warmup: Duration::from_secs(20),
            graceful_stop: Duration::from_secs(30),
            iterations: None,
        }
    }

    #[test]
    fn nothing_given_changes_nothing() {
        assert_eq!(Overrides::default().apply(load()), load());
    }

    #[test]
    fn users_and_duration_become_a_ramp_and_a_hold() {
        let overrides = Overrides {
            users: Some(3),
            duration: Some(Duration::from_secs(20)),
            ..Overrides::default()
        };
        let load = overrides.apply(load());
        assert_eq!((load.peak(), load.duration()), (3, Duration::from_secs(20)));
        assert_eq!(load.warmup, Duration::from_secs(5));
        assert_eq!(
            load.stages[0],
            Stage::Ramp {
                to: 3,
                over: Duration::from_secs(5)
            }
        );
    }

    #[test]
    fn what_is_not_given_stays_as_in_the_file() {
        let overrides = Overrides {
            duration: Some(Duration::from_secs(600)),
            ..Overrides::default()
        };
        let load = overrides.apply(load());
        assert_eq!((load.peak(), load.duration().as_secs()), (40, 600));
        assert_eq!(load.warmup.as_secs(), 20);
    }
}
