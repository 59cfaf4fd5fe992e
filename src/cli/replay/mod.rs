//! Replaying flows once, by one visitor at a time: what `play` and the trials of `record` share.
//! Says how each step went; what to play, how often, and what to make of it is theirs.

mod pass;
mod show;
mod trace;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rehearsal::browser::{Chromium, Hosts, Profile};
use rehearsal::clock::Clock;
use rehearsal::feed::Feed;
use rehearsal::flow::template::Secrets;
use rehearsal::flow::{Action, Flow};
use rehearsal::report::Failures;
use rehearsal::sample::Origin;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::evidence;
use super::printer::Printer;

pub(super) use pass::{Learnt, Pass, Played, PlayedStep, Visitor};
pub(super) use trace::write as write_trace;

/// A flow to be played.
pub(super) struct Script {
    pub(super) path: PathBuf,
    /// Moved to the site that is played on, with the files that it uploads.
    pub(super) flow: Flow,
    /// How many of its steps are played.
    pub(super) steps: usize,
}

impl Script {
    /// All of a flow.
    pub(super) fn whole(path: PathBuf, flow: Flow) -> Self {
        Self {
            path,
            steps: flow.steps.len(),
            flow,
        }
    }
}

/// All that a pass needs.
pub(super) struct Theatre<'a> {
    /// In the order in which one user walks through them; never empty.
    pub(super) scripts: Vec<Script>,
    pub(super) feeds: Vec<Feed>,
    pub(super) secrets: Secrets,
    /// What visitors are like, but for what is their own.
    pub(super) profile: Profile,
    pub(super) chromium: &'a Chromium,
    pub(super) clock: Clock,
    /// What failed steps showed; nothing is kept when absent.
    pub(super) failures: Option<Mutex<Failures>>,
    /// Pause before each step.
    pub(super) pause: Duration,
    /// What was seen of each step is kept for a trace.
    pub(super) trace: bool,
    /// Cancelled when the user wants to stop: the step under way ends, and no other begins.
    pub(super) stop: CancellationToken,
    pub(super) printer: &'a Printer,
}

/// The hosts that flows may reach: those that they open, those that they were recorded with, and
/// `further` ones. `None` when they open none.
pub(super) fn hosts<'a>(
    flows: impl Iterator<Item = &'a Flow>,
    further: &[String],
) -> Option<Arc<Hosts>> {
    let (mut opened, mut allowed) = (Vec::new(), Vec::new());
    for flow in flows {
        for step in &flow.steps {
            if let Action::Navigate { url } = &step.action
                && let Ok(url) = Url::parse(url)
            {
                opened.extend(host_of(&url));
            }
        }
        allowed.extend(flow.extension.allow.iter().cloned());
    }
    let target = opened.first().cloned()?;
    opened.extend(allowed);
    opened.extend(further.iter().cloned());
    Some(Arc::new(Hosts {
        target,
        allow: opened,
    }))
}

/// A URL's host, with its port when that is not the scheme's own.
pub(super) fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

pub(super) fn origin(flow: &str, user: u32, iteration: u64) -> Origin {
    Origin {
        user,
        persona: "play".into(),
        flow: flow.into(),
        iteration,
        step: None,
    }
}

/// A path as it is told: relative where it can be.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
