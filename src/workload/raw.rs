//! The file as typed: every key read and of the right type, nothing looked up yet.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeTable;

use super::document::{Keys, Node, Placed, Table};
use super::error::Problem;
use super::model::{Reset, Share, Stage, Think, Threshold, Visits};
use super::{load, threshold};

/// `rehearsal.toml` as typed.
pub(super) struct Raw {
    pub(super) name: Option<Placed<String>>,
    pub(super) random_seed: u64,
    pub(super) target: RawTarget,
    pub(super) seed: Option<RawSeed>,
    pub(super) feeds: Vec<RawFeed>,
    pub(super) personas: Vec<RawPersona>,
    pub(super) load: RawLoad,
    pub(super) thresholds: Vec<(Placed<String>, Threshold)>,
}

pub(super) struct RawTarget {
    pub(super) url: Placed<String>,
    pub(super) allow: Vec<Placed<String>>,
    pub(super) mark: bool,
    pub(super) heal: bool,
}

pub(super) struct RawSeed {
    pub(super) plan: Placed<String>,
    pub(super) database: Placed<String>,
    pub(super) reset: Reset,
    pub(super) scale: f64,
    pub(super) confirm: Option<Placed<String>>,
}

pub(super) struct RawFeed {
    pub(super) name: Placed<String>,
    pub(super) file: Placed<String>,
}

pub(super) struct RawPersona {
    pub(super) name: Placed<String>,
    pub(super) share: Share,
    pub(super) flows: Vec<RawFlow>,
    pub(super) think: Think,
    pub(super) feed: Option<Placed<String>>,
    pub(super) device: Option<Placed<String>>,
    pub(super) viewport: Option<(u32, u32)>,
    pub(super) locale: Option<Placed<String>>,
    pub(super) timezone: Option<Placed<String>>,
    pub(super) visits: Visits,
}

pub(super) struct RawFlow {
    pub(super) file: Placed<String>,
    pub(super) weight: f64,
}

pub(super) struct RawLoad {
    pub(super) place: Placed<()>,
    pub(super) stages: Vec<(Placed<()>, Stage)>,
    pub(super) warmup: Option<Placed<Duration>>,
    pub(super) graceful_stop: Duration,
    pub(super) iterations: Option<u64>,
}

const ROOT: Keys = Keys::only(&[
    "name",
    "random_seed",
    "target",
    "seed",
    "feed",
    "persona",
    "load",
    "thresholds",
]);
const TARGET: Keys = Keys::only(&["url", "allow", "mark", "heal"]);
const SEED: Keys = Keys::only(&["plan", "database", "reset", "scale", "confirm"]);
const FEED: Keys = Keys::only(&["name", "file"]);
const FLOW: Keys = Keys::only(&["file", "weight"]);
const THINK: Keys = Keys::only(&["median", "spread"]);
const VIEWPORT: Keys = Keys::only(&["width", "height"]);
const PERSONA: Keys = Keys {
    known: &[
        "name", "weight", "users", "flows", "think", "feed", "device", "viewport", "locale",
        "timezone", "visits",
    ],
    planned: &["network"],
};

/// How people spread their pauses when the file does not say.
const USUAL_SPREAD: f64 = 0.6;

impl Raw {
    /// Reads all sections; a problem in one does not hide those in the others.
    pub(super) fn read(document: &Spanned<DeTable<'_>>) -> Result<Self, Vec<Problem>> {
        let root = Table::root(document, &ROOT).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let mut keep = |problem| problems.push(problem);

        let name = optional(&root, "name", Node::filled).unwrap_or_else(|problem| {
            keep(problem);
            None
        });
        let random_seed = optional(&root, "random_seed", Node::whole).unwrap_or_else(|problem| {
            keep(problem);
            None
        });
        let target = read_target(&root).map_err(&mut keep).ok();
        let seed = optional(&root, "seed", read_seed).unwrap_or_else(|problem| {
            keep(problem);
            None
        });
        let feeds = each(&root, "feed", read_feed, &mut keep);
        let personas = each(&root, "persona", read_persona, &mut keep);
        if root.get("persona").is_none() {
            keep(missing_persona());
        }
        let load = load::read(&root).map_err(&mut keep).ok();
        let thresholds = threshold::read(&root, &mut keep);

        match (target, load) {
            (Some(target), Some(load)) if problems.is_empty() => Ok(Self {
                name,
                random_seed: random_seed.unwrap_or(1),
                target,
                seed,
                feeds,
                personas,
                load,
                thresholds,
            }),
            _ => Err(problems),
        }
    }
}

/// The value of a key, if it is there.
pub(super) fn optional<'a, T>(
    table: &Table<'a>,
    key: &str,
    read: impl FnOnce(&Node<'a>) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    table.get(key).map(|node| read(&node)).transpose()
}

fn each<'a, T>(
    root: &Table<'a>,
    key: &str,
    read: impl Fn(&Node<'a>) -> Result<T, Problem>,
    mut keep: impl FnMut(Problem),
) -> Vec<T> {
    let Some(node) = root.get(key) else {
        return Vec::new();
    };
    let Ok(items) = node.items() else {
        keep(node.problem(
            format!("expected `[[{key}]]` with two brackets"),
            "one table, not a list of them",
        ));
        return Vec::new();
    };
    let mut values = Vec::new();
    for item in &items {
        match read(item) {
            Ok(value) => values.push(value),
            Err(problem) => keep(problem),
        }
    }
    values
}

fn missing_persona() -> Problem {
    Problem::new("missing `[[persona]]`: without personas there are no users").help(
        "add\n[[persona]]\nname = \"shopper\"\nflows = [\"flows/browse.json\"]\nthink = \"recorded\"",
    )
}

fn read_target(root: &Table<'_>) -> Result<RawTarget, Problem> {
    let example = "[target]\nurl = \"http://127.0.0.1:8000\"";
    let table = root.need("target", example)?.table(&TARGET)?;
    let allow = match table.get("allow") {
        None => Vec::new(),
        Some(node) => {
            let hosts = node.items()?;
            hosts.iter().map(Node::filled).collect::<Result<_, _>>()?
        }
    };
    Ok(RawTarget {
        url: table
            .need("url", "url = \"http://127.0.0.1:8000\"")?
            .filled()?,
        allow,
        mark: optional(&table, "mark", Node::flag)?.unwrap_or(false),
        heal: optional(&table, "heal", Node::flag)?.unwrap_or(true),
    })
}

fn read_seed(node: &Node<'_>) -> Result<RawSeed, Problem> {
    let table = node.table(&SEED)?;
    let words = [
        ("snapshot", Reset::Snapshot),
        ("refill", Reset::Refill),
        ("keep", Reset::Keep),
        ("top-up", Reset::TopUp),
    ];
    Ok(RawSeed {
        plan: table.need("plan", "plan = \"seed.toml\"")?.filled()?,
        database: table
            .need("database", "database = \"env:DATABASE_URL\"")?
            .filled()?,
        reset: optional(&table, "reset", |node| node.word(&words))?.unwrap_or_default(),
        scale: optional(&table, "scale", read_scale)?.unwrap_or(1.0),
        confirm: optional(&table, "confirm", Node::filled)?,
    })
}

/// `10`, `0.1` or `"10x"`, as the command line has it.
fn read_scale(node: &Node<'_>) -> Result<f64, Problem> {
    let Ok(text) = node.text() else {
        return node.positive();
    };
    text.value
        .strip_suffix('x')
        .and_then(super::quantity::number)
        .filter(|scale| *scale > 0.0)
        .ok_or_else(|| node.expected("a number above 0 or a factor such as \"10x\""))
}

fn read_feed(node: &Node<'_>) -> Result<RawFeed, Problem> {
    let table = node.table(&FEED)?;
    Ok(RawFeed {
        name: table.need("name", "name = \"customers\"")?.filled()?,
        file: table.need("file", "file = \"customers.csv\"")?.filled()?,
    })
}

fn read_persona(node: &Node<'_>) -> Result<RawPersona, Problem> {
    let table = node.table(&PERSONA)?;
    let visits = [("returning", Visits::Returning), ("new", Visits::New)];
    Ok(RawPersona {
        name: table.need("name", "name = \"shopper\"")?.filled()?,
        share: read_share(&table)?,
        flows: read_flows(&table.need("flows", "flows = [\"flows/browse.json\"]")?)?,
        think: optional(&table, "think", read_think)?.unwrap_or(Think::Recorded),
        feed: optional(&table, "feed", Node::filled)?,
        device: optional(&table, "device", Node::filled)?,
        viewport: optional(&table, "viewport", read_viewport)?,
        locale: optional(&table, "locale", Node::filled)?,
        timezone: optional(&table, "timezone", Node::filled)?,
        visits: optional(&table, "visits", |node| node.word(&visits))?.unwrap_or_default(),
    })
}

fn read_share(table: &Table<'_>) -> Result<Share, Problem> {
    match (table.get("weight"), table.get("users")) {
        (Some(_), Some(users)) => Err(users
            .problem("`weight` and `users` exclude each other", "one of the two")
            .help("`weight` is a share of the users, `users` a fixed number of them")),
        (None, Some(users)) => Ok(Share::Users(users.whole()?)),
        (Some(weight), None) => Ok(Share::Weight(weight.positive()?)),
        (None, None) => Ok(Share::Weight(1.0)),
    }
}

fn read_flows(node: &Node<'_>) -> Result<Vec<RawFlow>, Problem> {
    // One flow needs no brackets.
    let items = node.items().unwrap_or_else(|_| vec![node.clone()]);
    if items.is_empty() {
        return Err(node.problem("a persona needs at least one flow", "empty"));
    }
    items.iter().map(read_flow).collect()
}

fn read_flow(node: &Node<'_>) -> Result<RawFlow, Problem> {
    if let Ok(file) = node.text() {
        return Ok(RawFlow {
            file: node.filled().map(|_| file)?,
            weight: 1.0,
        });
    }
    if !node.value.is_table() {
        return Err(
            node.expected("a file in quotes or `{ file = \"flows/browse.json\", weight = 3 }`")
        );
    }
    let table = node.table(&FLOW)?;
    Ok(RawFlow {
        file: table
            .need("file", "file = \"flows/browse.json\"")?
            .filled()?,
        weight: optional(&table, "weight", Node::positive)?.unwrap_or(1.0),
    })
}

fn read_think(node: &Node<'_>) -> Result<Think, Problem> {
    if node.value.is_str() {
        return node.word(&[("recorded", Think::Recorded), ("none", Think::None)]);
    }
    if !node.value.is_table() {
        return Err(node.expected("\"recorded\", \"none\" or `{ median = \"4s\", spread = 0.6 }`"));
    }
    let table = node.table(&THINK)?;
    Ok(Think::LogNormal {
        median: table.need("median", "median = \"4s\"")?.duration()?,
        spread: optional(&table, "spread", Node::number)?.unwrap_or(USUAL_SPREAD),
    })
}

/// `"1280x720"` or `{ width = 1280, height = 720 }`.
fn read_viewport(node: &Node<'_>) -> Result<(u32, u32), Problem> {
    let expected = "a size such as \"1280x720\"";
    let size = match node.text() {
        Ok(text) => {
            let (width, height) = text
                .value
                .split_once('x')
                .ok_or_else(|| node.expected(expected))?;
            let side = |side: &str| side.trim().parse::<u32>();
            match (side(width), side(height)) {
                (Ok(width), Ok(height)) => (width, height),
                _ => return Err(node.expected(expected)),
            }
        }
        Err(_) if node.value.is_table() => {
            let table = node.table(&VIEWPORT)?;
            (
                table.need("width", "width = 1280")?.whole()?,
                table.need("height", "height = 720")?.whole()?,
            )
        }
        Err(_) => return Err(node.expected(expected)),
    };
    let sane = 50..=10_000;
    if sane.contains(&size.0) && sane.contains(&size.1) {
        Ok(size)
    } else {
        Err(node.expected("a width and height of 50 to 10000 CSS px"))
    }
}
