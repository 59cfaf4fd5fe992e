//! `run.json`: what was run, where, with which data. Never holds a secret.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::error::ReportError;
use super::host::{Host, git_commit};
use crate::measure::{Data, units};
use crate::workload::{Share, Stage, Think, Threshold, Visits, Workload};

/// What was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of the format: [`RunInfo::VERSION`].
    pub version: u32,
    /// Name of the workload.
    pub name: String,
    /// Wall-clock time of the start, UTC.
    pub started: jiff::Timestamp,
    /// Version of Rehearsal.
    pub rehearsal: String,
    /// Product and version of the browser.
    pub browser: String,
    /// The machine that made the load.
    pub host: Host,
    /// Commit of the folder in which the run was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<String>,
    /// The number that fixed all random choices.
    pub random_seed: u64,
    /// The site under test.
    pub target: String,
    /// Further hosts that got traffic.
    pub allow: Vec<String>,
    /// Kinds of users.
    pub personas: Vec<PersonaInfo>,
    /// Parts of the load in words.
    pub stages: Vec<String>,
    /// Warm-up in seconds.
    pub warmup_s: f64,
    /// What must hold.
    pub thresholds: Vec<Threshold>,
    /// What was put into the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<SeedInfo>,
    /// What the database held.
    pub data: Data,
}

/// A kind of user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonaInfo {
    /// Name.
    pub name: String,
    /// `weight 3` or `2 users`.
    pub share: String,
    /// Titles of flows with their weights.
    pub flows: Vec<(String, f64)>,
    /// Think time in words.
    pub think: String,
    /// Feed its users draw from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    /// Page size, language, time zone, kind of visitor, in words.
    pub browser: String,
}

/// How the database was filled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedInfo {
    /// File of the plan.
    pub plan: String,
    /// Database, without its password.
    pub database: String,
    /// Multiplier of the plan's row counts.
    pub scale: f64,
}

impl RunInfo {
    /// Version that this program writes.
    pub const VERSION: u32 = 1;

    /// What is about to be run, on this machine, from the current folder.
    pub fn new(workload: &Workload, started: jiff::Timestamp, browser: &str, data: Data) -> Self {
        Self {
            version: Self::VERSION,
            name: workload.name.clone(),
            started,
            rehearsal: env!("CARGO_PKG_VERSION").to_owned(),
            browser: browser.to_owned(),
            host: Host::current(),
            git_commit: git_commit(),
            random_seed: workload.random_seed,
            target: masked(workload.target.url.as_str()),
            allow: workload.target.allow.clone(),
            personas: workload.personas.iter().map(PersonaInfo::new).collect(),
            stages: workload.load.stages.iter().map(stage).collect(),
            warmup_s: workload.load.warmup.as_secs_f64(),
            thresholds: workload.thresholds.clone(),
            seed: workload.seed.as_ref().map(|seed| SeedInfo {
                plan: seed.plan.display().to_string(),
                database: masked(&seed.database),
                scale: seed.scale,
            }),
            data,
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let mut json =
            serde_json::to_string_pretty(self).expect("invariant: a run's info is always JSON");
        json.push('\n');
        json
    }

    /// From the JSON of the file `path`.
    pub(super) fn from_json(json: &str, path: &Path) -> Result<Self, ReportError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let malformed = |source| ReportError::Malformed {
            path: path.to_owned(),
            source,
        };
        let Version { version } = serde_json::from_str(json).map_err(malformed)?;
        if version > Self::VERSION {
            return Err(ReportError::Newer {
                path: path.to_owned(),
                found: version,
                known: Self::VERSION,
            });
        }
        serde_json::from_str(json).map_err(malformed)
    }
}

impl PersonaInfo {
    fn new(persona: &crate::workload::Persona) -> Self {
        let viewport = &persona.viewport;
        let visits = match persona.visits {
            Visits::Returning => "returning visitors",
            Visits::New => "new visitors",
        };
        let mut browser = format!(
            "{} × {}, {}, {visits}",
            viewport.width, viewport.height, persona.locale
        );
        if let Some(timezone) = &persona.timezone {
            browser.push_str(", ");
            browser.push_str(timezone);
        }
        Self {
            name: persona.name.to_string(),
            share: match persona.share {
                Share::Weight(weight) => format!("weight {weight}"),
                Share::Users(users) => units::plural(u64::from(users), "user"),
            },
            flows: persona
                .flows
                .iter()
                .map(|flow| (flow.flow.title.clone(), flow.weight))
                .collect(),
            think: match persona.think {
                Think::Recorded => "as recorded".to_owned(),
                Think::LogNormal { median, spread } => {
                    format!("median {}, spread {spread}", length(median))
                }
                Think::None => "none".to_owned(),
            },
            feed: persona.feed.clone(),
            browser,
        }
    }
}

fn stage(stage: &Stage) -> String {
    match stage {
        Stage::Ramp { to, over } => {
            format!("ramp to {} over {}", users(*to), length(*over))
        }
        Stage::Hold { duration } => format!("hold for {}", length(*duration)),
        Stage::Spike { to, duration } => {
            format!("spike to {} for {}", users(*to), length(*duration))
        }
    }
}

fn users(number: u32) -> String {
    units::plural(u64::from(number), "user")
}

fn length(duration: Duration) -> String {
    units::seconds(duration.as_secs_f64())
}

/// A URL without its password, nor parameters that look like one. What is no URL but has an `@`
/// is hidden as a whole.
fn masked(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        return if url.contains('@') { "***" } else { url }.to_owned();
    };
    if parsed.password().is_some() && parsed.set_password(Some("***")).is_err() {
        return "***".to_owned();
    }
    let secret = |key: &str| {
        let key = key.to_lowercase();
        ["password", "secret", "token", "key"]
            .iter()
            .any(|word| key.contains(word))
    };
    if parsed.query_pairs().any(|(key, _)| secret(&key)) {
        let pairs: Vec<_> = parsed
            .query_pairs()
            .map(|(key, value)| {
                let value = if secret(&key) { "***".into() } else { value };
                (key.into_owned(), value.into_owned())
            })
            .collect();
        parsed.query_pairs_mut().clear().extend_pairs(pairs);
    }
    parsed.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked() {
        for (url, expected) in [
            (
                "postgres://me:hunter2@db:5432/shop",
                "postgres://me:***@db:5432/shop",
            ),
            (
                "postgres://db/shop?sslmode=on&password=hunter2",
                "postgres://db/shop?sslmode=on&password=***",
            ),
            ("host=db user=me@x password=hunter2", "***"),
            ("env:DATABASE_URL", "env:DATABASE_URL"),
            ("sqlite:shop.db", "sqlite:shop.db"),
        ] {
            assert_eq!(masked(url), expected);
        }
    }
}
