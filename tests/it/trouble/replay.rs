//! Replays of the recorded flows: what they did, as the pages and the server tell it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rehearsal::browser::{BrowserUser, Chromium, Driver, Options, Profile, Replay};
use rehearsal::clock::Clock;
use rehearsal::flow::template::{self, Lookup, Secrets};
use rehearsal::flow::{Action, Flow, Step, iteration_feed};
use rehearsal::sample::{Cause, Origin};
use serde_json::json;
use tokio::sync::mpsc;

use super::site::{Noted, TroubleSite, folder};
use crate::player::harness::profile_for;

/// Where the flows say that they were recorded.
const RECORDED_AT: &str = "127.0.0.1:8000";

/// Password that page 34 takes.
const PASSWORD: &str = "correct horse";

/// What bringing the log to the server may take.
const COLLECTING: Duration = Duration::from_secs(30);

/// A flow of the folder.
#[derive(Debug, Clone)]
pub(super) struct Recording {
    /// Name of its file, without the extension.
    pub(super) name: String,
    pub(super) flow: Flow,
    /// Mutations that make a difference to its page.
    pub(super) mutations: Vec<&'static str>,
}

/// How the page is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// As it was when the flow was recorded.
    Recorded,
    /// As it is now.
    Now,
    /// As it is now, and mutated.
    Mutated(&'static str, u32),
}

/// How a replay went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All that was to be done stands in the log and on the server, once.
    Passed,
    /// A step failed.
    Failed,
    /// No step failed, and yet it is not all there.
    Claimed,
    /// Something was hit that was not to be, or done twice.
    Wrong,
}

/// A replay.
#[derive(Debug)]
pub(super) struct Replayed {
    pub(super) verdict: Verdict,
    /// From the first step to the last, ms.
    pub(super) ms: f64,
    /// Steps whose element was found by its fingerprint.
    pub(super) healed: usize,
    /// The step that failed is one whose selectors did not give its element.
    pub(super) unhealed: bool,
    /// It is to fail: what was recorded is gone.
    pub(super) must_fail: bool,
    /// What went wrong, and the log.
    pub(super) story: String,
    /// The flow with what it learned, if it was to.
    pub(super) learned: Option<Flow>,
}

impl Recording {
    /// All flows of the folder, in order.
    pub(super) fn all() -> Vec<Self> {
        let files = std::fs::read_dir(folder()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names
            .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
            .collect();
        names.sort();
        names.into_iter().map(|name| Self::read(&name)).collect()
    }

    fn read(name: &str) -> Self {
        let file = format!("{name}.json");
        let text = std::fs::read_to_string(folder().join(&file)).unwrap();
        let flow = Flow::parse(&file, &text).unwrap_or_else(|error| panic!("{error}"));
        let page = flow.steps.iter().find_map(|step| match &step.action {
            Action::Navigate { url } => Some(url.rsplit('/').next()?.split('?').next()?.to_owned()),
            _ => None,
        });
        let stem = page.unwrap().replace(".html", "");
        let pages = std::fs::read_dir(folder()).unwrap();
        let pages = pages.map(|file| file.unwrap().path());
        let html: String = pages
            .filter(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.starts_with(&stem) && path.extension().is_some_and(|end| end == "html")
            })
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        let mutations = [
            ("ids", " id="),
            ("classes", "class="),
            ("banner", ""),
            ("reorder", "data-shuffle"),
            ("reorder", "rows("),
            ("wrapper", ""),
            ("late-frame", "<iframe"),
            ("cookie", ""),
            ("rename", "data-rename"),
            ("rows", "rows("),
        ];
        let mut mutations: Vec<&str> = mutations
            .into_iter()
            .filter_map(|(name, sign)| html.contains(sign).then_some(name))
            .collect();
        mutations.dedup();
        Self {
            name: name.to_owned(),
            flow,
            mutations,
        }
    }

    /// The flow for one replay on this site.
    fn prepared(&self, host: &str, session: &str, variant: Variant) -> Flow {
        let query = match variant {
            Variant::Recorded => "&recorded=1".to_owned(),
            Variant::Now => String::new(),
            Variant::Mutated(mutation, seed) => format!("&mutation={mutation}&seed={seed}"),
        };
        let text = self.flow.to_json().replace(RECORDED_AT, host);
        let mut flow = Flow::parse(&self.name, &text).unwrap();
        let missing = flow.resolve_files(&folder(), |path| path.is_file().then(|| path.to_owned()));
        assert!(missing.is_empty(), "{missing:?}");
        if let Action::Navigate { url } = &mut flow.steps[0].action {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.extend(["session=", session, &query]);
        }
        if let Variant::Mutated("cookie", _) = variant {
            flow.steps.insert(1, cookie_step());
        }
        flow
    }
}

/// The step by which a person who knows of cookie banners would extend the flow.
fn cookie_step() -> Step {
    parse_step(&json!({"type": "click", "offsetX": 20, "offsetY": 9,
        "selectors": ["aria/Accept all cookies", "text/Accept all cookies"],
        "x-rehearsal": {"optional": true}}))
}

fn parse_step(step: &serde_json::Value) -> Step {
    let flow = json!({"title": "one step", "steps": [step]}).to_string();
    Flow::parse("step.json", &flow).unwrap().steps.remove(0)
}

/// A site, browsers, and how they are used.
pub(super) struct Stand {
    pub(super) site: TroubleSite,
    chromium: Chromium,
    profile: Profile,
    sessions: AtomicU64,
    secrets: Secrets,
    clock: Clock,
    patience: Duration,
}

impl Stand {
    /// Starts the site and the first browser. Steps have at most `patience`.
    pub(super) async fn start(replay: Replay, jitter: Duration, patience: Duration) -> Arc<Self> {
        let clock = Clock::start();
        let site = TroubleSite::start(jitter).await;
        let mut profile = profile_for(site.site.host());
        profile.replay = replay;
        Arc::new(Self {
            site,
            chromium: Chromium::launch(Options::new(clock)).await.unwrap(),
            profile,
            sessions: AtomicU64::new(1),
            secrets: Secrets::new([("TROUBLE".to_owned(), PASSWORD.to_owned())]),
            clock,
            patience,
        })
    }

    pub(super) async fn end(&self) {
        self.chromium.shutdown().await;
    }

    /// Replays a flow once, as a user whom the site has never seen.
    pub(super) async fn replay(&self, recording: &Recording, variant: Variant) -> Replayed {
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let session = number.to_string();
        let flow = recording.prepared(&self.site.site.host(), &session, variant);
        let (sender, _samples) = mpsc::unbounded_channel();
        let mut user = self.chromium.open(&self.profile, sender).await.unwrap();
        // Users of one flow tell each other how they found an element; those of other pages don't.
        user.attribute(Origin {
            flow: format!("{} {variant:?}", recording.name).into(),
            iteration: number,
            ..self.profile.origin.clone()
        });
        let began = self.clock.now();
        let mut told = Told::default();
        for (index, step) in flow.steps.iter().enumerate() {
            let rendered = self.render(step, number);
            let performed = user
                .perform(
                    index as u32,
                    &rendered,
                    flow.timeout(step).min(self.patience),
                )
                .await;
            told.healed += usize::from(performed.healed.is_some());
            let learned = told.learned.get_or_insert_with(|| recording.flow.clone());
            if performed.element.is_some() {
                learned.amend(
                    index,
                    None,
                    performed.element.clone().map(|element| *element),
                );
            }
            if performed.is_skipped(step) {
                continue;
            }
            if let Err(failure) = performed.result {
                let label = step.label();
                told.unhealed = matches!(failure.cause, Cause::NotFound | Cause::Ambiguous);
                told.failure = Some(format!("step {}, {label}: {}", index + 1, failure.message));
                break;
            }
        }
        let ms = self.clock.now().ms_since(began);
        self.collect(user.as_mut(), &session).await;
        user.close().await;
        let (noted, saved) = self.site.take(&session);
        told.judge(&noted, &saved, ms)
    }

    fn render(&self, step: &Step, number: u64) -> Step {
        let own = iteration_feed(self.clock.started_at().as_second(), number, 0);
        let lookup = Lookup {
            rows: &[(&own, 0)],
            secrets: &self.secrets,
            now: jiff::Zoned::now(),
            draw: number.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        };
        template::render(step, &lookup).unwrap()
    }

    /// Leaves the page as a person who is done does: what has not been sent is lost.
    async fn collect(&self, user: &mut dyn BrowserUser, session: &str) {
        let url = self.site.site.url(&format!("/collect/{session}"));
        let step = parse_step(&json!({"type": "navigate", "url": url}));
        let performed = user.perform(99, &step, COLLECTING).await;
        if let Err(failure) = performed.result {
            tracing::warn!(failure.message, "the log was not collected");
        }
    }
}

/// What the engine told of a replay.
#[derive(Default)]
struct Told {
    healed: usize,
    unhealed: bool,
    failure: Option<String>,
    learned: Option<Flow>,
}

impl Told {
    /// What is true of it.
    fn judge(self, noted: &Noted, saved: &[String], ms: f64) -> Replayed {
        let done: Vec<&str> = noted
            .log
            .iter()
            .filter_map(|entry| entry.strip_prefix("done "))
            .collect();
        let must_fail = noted.expected.first().is_some_and(|first| first == "!");
        let recorded = |entry: &&str| noted.expected.iter().any(|expected| expected == entry);
        let doubled = |entry: &&str| {
            let times =
                |list: &mut dyn Iterator<Item = &str>| list.filter(|each| each == entry).count();
            let wanted = times(&mut noted.expected.iter().map(String::as_str));
            recorded(entry) && times(&mut done.iter().copied()) > wanted
        };
        let wrong = noted.log.iter().any(|entry| entry.starts_with("wrong "))
            || done.iter().any(doubled)
            || saved.len() > noted.expected_saved.len();
        let complete =
            !noted.expected.is_empty() && done == noted.expected && saved == noted.expected_saved;
        let verdict = match (&self.failure, wrong) {
            (_, true) => Verdict::Wrong,
            (Some(_), false) if must_fail && done.is_empty() => Verdict::Passed,
            // The flow that must fail passes on the page on which it was recorded.
            (None, false) if must_fail && done == noted.expected[1..] => Verdict::Passed,
            (None, false) if complete => Verdict::Passed,
            (Some(_), false) => Verdict::Failed,
            (None, false) => Verdict::Claimed,
        };
        let failure = self.failure.as_deref().unwrap_or("no step failed");
        Replayed {
            verdict,
            ms,
            healed: self.healed,
            unhealed: self.unhealed,
            must_fail,
            story: format!("{failure}; log {:?}, saved {saved:?}", noted.log),
            learned: self.learned,
        }
    }
}
