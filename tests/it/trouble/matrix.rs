//! The matrix of replays: every flow, many times, alone and among others, on a fast machine, a
//! slow one and a restless line, and on mutated pages. Not part of the usual tests:
//! `make test-replay [REPLAYS=100] [PAGES=08,14]`.
//!
//! Mutations differ by seed: `FIRST_SEED=1000 SEEDS=10` takes others than the usual ones.
//!
//! `LEARN=1` plays each flow on its page as it was recorded, and writes what the elements look
//! like into its file.

#![expect(clippy::print_stdout, reason = "a measurement prints its result")]

use std::collections::BTreeMap;
use std::time::Duration;

use rehearsal::browser::{Replay, Slowness};
use rehearsal::flow::Flow;

use super::replay::{Recording, Replayed, Stand, Variant, Verdict};
use super::{PATIENCE, replay_all, site};

/// Share of replays of the unmutated pages that must pass.
const PASSING: f64 = 0.999;

/// Share of replays of mutated pages that must pass, and of steps that need healing that must be
/// healed.
const HEALED: f64 = 0.9;

/// Failures told for each line of a table.
const TOLD: usize = 2;

/// What happened in one line of a table.
#[derive(Default)]
struct Line {
    passed: usize,
    failed: usize,
    claimed: usize,
    wrong: usize,
    healed: usize,
    ms: Vec<f64>,
    stories: Vec<String>,
}

impl Line {
    fn add(&mut self, replayed: &Replayed, about: &str) {
        let place = match replayed.verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Failed => &mut self.failed,
            Verdict::Claimed => &mut self.claimed,
            Verdict::Wrong => &mut self.wrong,
        };
        *place += 1;
        self.healed += usize::from(replayed.healed > 0);
        self.ms.push(replayed.ms);
        if replayed.verdict != Verdict::Passed {
            self.stories
                .push(format!("{:?}{about}: {}", replayed.verdict, replayed.story));
        }
    }

    fn merge(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.claimed += other.claimed;
        self.wrong += other.wrong;
        self.healed += other.healed;
        self.ms.extend(&other.ms);
    }

    fn replays(&self) -> usize {
        self.ms.len()
    }

    fn rate(&self) -> f64 {
        self.passed as f64 / self.replays().max(1) as f64
    }

    fn print(&mut self, name: &str) {
        self.ms.sort_by(f64::total_cmp);
        let p50 = self.ms.get(self.ms.len() / 2).copied().unwrap_or_default();
        println!(
            "{name:<22} {:>7} {:>6} {:>7} {:>5} {:>6} {p50:>7.0}",
            self.passed, self.failed, self.claimed, self.wrong, self.healed
        );
        for story in self.stories.iter().take(TOLD) {
            println!("    {story}");
        }
    }
}

/// Steps whose selectors did not give their element.
#[derive(Default)]
struct Healings {
    healed: usize,
    failed: usize,
    wrong: usize,
}

impl Healings {
    /// Of a replay that did something wrong, or not all, each healed step counts as wrong. What is
    /// gone for good is not to be healed: there only a healing counts, as a wrong one.
    fn add(&mut self, replayed: &Replayed) {
        let right = replayed.verdict == Verdict::Passed || replayed.verdict == Verdict::Failed;
        if right && !replayed.must_fail {
            self.healed += replayed.healed;
        } else {
            self.wrong += replayed.healed;
        }
        self.failed += usize::from(replayed.unhealed && !replayed.must_fail);
    }

    fn merge(&mut self, other: &Self) {
        self.healed += other.healed;
        self.failed += other.failed;
        self.wrong += other.wrong;
    }

    fn needed(&self) -> usize {
        self.healed + self.failed + self.wrong
    }

    fn rate(&self) -> f64 {
        self.healed as f64 / self.needed().max(1) as f64
    }

    fn print(&self, name: &str) {
        println!(
            "{name:<22} {:>7} {:>6} {:>7} {:>5} {:>8.1} %",
            self.needed(),
            self.healed,
            self.failed,
            self.wrong,
            self.rate() * 100.0
        );
    }

    /// Prints them by mutation. Returns their sum.
    fn table(replays: &[(Recording, Variant, Replayed)]) -> Self {
        let mut lines: BTreeMap<&str, Self> = BTreeMap::new();
        for (_, variant, replayed) in replays {
            if let Variant::Mutated(mutation, _) = variant {
                lines.entry(mutation).or_default().add(replayed);
            }
        }
        println!("\nSteps whose selectors did not give their element");
        println!("{:<22}  needed healed failed wrong   healed", "");
        let mut sum = Self::default();
        for (name, line) in &lines {
            line.print(name);
            sum.merge(line);
        }
        sum.print("all");
        sum
    }
}

/// A condition of the matrix.
struct Condition {
    name: &'static str,
    cpu: u32,
    jitter: Duration,
}

const CONDITIONS: [Condition; 3] = [
    Condition {
        name: "fast",
        cpu: 1,
        jitter: Duration::ZERO,
    },
    Condition {
        name: "4x slower CPU",
        cpu: 4,
        jitter: Duration::ZERO,
    },
    Condition {
        name: "300 ms jitter",
        cpu: 1,
        jitter: Duration::from_millis(300),
    },
];

fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name)
        .ok()
        .filter(|text| !text.is_empty())
        .map_or(otherwise, |text| {
            text.parse()
                .unwrap_or_else(|_| panic!("{name}={text}: expected a number"))
        })
}

/// Flows whose names begin with what `PAGES` lists; all without it.
fn chosen() -> Vec<Recording> {
    let pages = std::env::var("PAGES").unwrap_or_default();
    let mut recordings = Recording::all();
    recordings.retain(|recording| {
        pages.is_empty()
            || pages
                .split(',')
                .any(|page| recording.name.starts_with(page))
    });
    recordings
}

/// Plays it all and prints a table.
async fn table(
    title: &str,
    stand: &Stand,
    users: usize,
    work: Vec<(Recording, Variant)>,
    by: impl Fn(&Recording, Variant) -> String,
) -> (Line, Vec<(Recording, Variant, Replayed)>) {
    let clock = rehearsal::clock::Clock::start();
    let replays = replay_all(stand, users, work).await;
    let took = clock.now().seconds();
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for (recording, variant, replayed) in &replays {
        let about = match variant {
            Variant::Mutated(mutation, seed) => format!(" ({}, {mutation} {seed})", recording.name),
            Variant::Now | Variant::Recorded => String::new(),
        };
        lines
            .entry(by(recording, *variant))
            .or_default()
            .add(replayed, &about);
    }
    println!("\n{title}: {} replays in {took:.0} s", replays.len());
    println!("{:<22}  passed failed claimed wrong healed  p50 ms", "");
    let mut sum = Line::default();
    for (name, line) in &mut lines {
        line.print(name);
        sum.merge(line);
    }
    sum.print("all");
    println!("{:.2} % passed", sum.rate() * 100.0);
    (sum, replays)
}

#[ignore = "takes minutes: make test-replay"]
#[tokio::test(flavor = "multi_thread")]
async fn unmutated_pages() {
    let replays = setting("REPLAYS", 100);
    let users = std::env::var("USERS").unwrap_or_else(|_| "1,20".to_owned());
    let only = std::env::var("CONDITION").unwrap_or_default();
    let recordings = chosen();
    let mut all = Line::default();
    for condition in CONDITIONS
        .iter()
        .filter(|condition| condition.name.contains(&only))
    {
        for users in users
            .split(',')
            .map(|users| users.parse::<usize>().unwrap())
        {
            let slowness = Slowness {
                cpu: condition.cpu,
                ..Slowness::default()
            };
            let replay = Replay {
                slowness,
                ..Replay::default()
            };
            let stand = Stand::start(replay, condition.jitter, PATIENCE).await;
            let work = (0..replays).flat_map(|_| recordings.iter().cloned());
            let work = work.map(|recording| (recording, Variant::Now)).collect();
            let title = format!("{} users, {}", users, condition.name);
            let (sum, _) = table(&title, &stand, users, work, |recording, _| {
                recording.name.clone()
            })
            .await;
            all.merge(&sum);
            stand.end().await;
        }
    }
    all.print("the whole matrix");
    assert_eq!(all.wrong, 0, "wrong elements were hit");
    assert!(all.rate() >= PASSING, "{:.3} % passed", all.rate() * 100.0);
}

#[ignore = "takes minutes: make test-replay"]
#[tokio::test(flavor = "multi_thread")]
async fn mutated_pages() {
    let seeds = setting("SEEDS", 5) as u32;
    let first = setting("FIRST_SEED", 1) as u32;
    let users = setting("TOGETHER", 8);
    let only = std::env::var("MUTATION").unwrap_or_default();
    // An element is looked for by its fingerprint when half of the deadline has passed.
    let patience = Duration::from_secs(setting("PATIENCE", 8) as u64);
    let stand = Stand::start(Replay::default(), Duration::ZERO, patience).await;
    let mut work = Vec::new();
    for recording in chosen() {
        let applicable = recording
            .mutations
            .iter()
            .filter(|name| name.contains(&only));
        for &mutation in applicable {
            let seeds = (first..first + seeds).map(|seed| Variant::Mutated(mutation, seed));
            work.extend(seeds.map(|variant| (recording.clone(), variant)));
        }
    }
    let by = |recording: &Recording, variant| match variant {
        Variant::Mutated(mutation, _) if std::env::var("BY").is_ok_and(|by| by == "mutation") => {
            mutation.to_owned()
        }
        _ => recording.name.clone(),
    };
    let (sum, replays) = table("Mutated pages", &stand, users, work, by).await;
    stand.end().await;
    let healings = Healings::table(&replays);
    assert_eq!(sum.wrong, 0, "wrong elements were hit");
    assert!(sum.rate() >= HEALED, "{:.1} % passed", sum.rate() * 100.0);
    assert!(
        healings.needed() == 0 || healings.rate() >= HEALED,
        "{:.1} % healed",
        healings.rate() * 100.0
    );
}

#[ignore = "writes fixtures: LEARN=1"]
#[tokio::test(flavor = "multi_thread")]
async fn learn() {
    assert_eq!(
        setting("LEARN", 0),
        1,
        "set LEARN=1 to write the flows anew"
    );
    let replay = Replay {
        learn: true,
        heal: false,
        ..Replay::default()
    };
    let stand = Stand::start(replay, Duration::ZERO, PATIENCE).await;
    let work = chosen()
        .into_iter()
        .map(|recording| (recording, Variant::Recorded));
    let replays = replay_all(&stand, 2, work).await;
    stand.end().await;
    for (recording, _, replayed) in replays {
        println!("{}: {:?}", recording.name, replayed.verdict);
        if replayed.verdict != Verdict::Passed {
            println!("    not written: {}", replayed.story);
            continue;
        }
        let flow = replayed.learned.unwrap_or(recording.flow);
        let path = site::folder().join(format!("{}.json", recording.name));
        std::fs::write(path, by_the_line(&flow)).unwrap();
    }
}

/// The flow with one line for each step.
fn by_the_line(flow: &Flow) -> String {
    let mut value = flow.to_value();
    let steps = value["steps"].take();
    let steps = steps.as_array().unwrap().iter();
    let steps: Vec<String> = steps.map(|step| format!("    {step}")).collect();
    let members = value
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| match key.as_str() {
            "steps" => format!("  \"steps\": [\n{}\n  ]", steps.join(",\n")),
            _ => format!("  \"{key}\": {value}"),
        });
    let members: Vec<String> = members.collect();
    format!("{{\n{}\n}}\n", members.join(",\n"))
}
