//! From the file as typed to what it means: references looked up, contradictions refused.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use toml::de::DeTable;
use url::Url;

use super::document::Placed;
use super::error::{Problem, WorkloadError};
use super::model::{Metric, Persona, SeedSection, Share, Target, WeightedFlow, Workload};
use super::overrides::Overrides;
use super::raw::{Raw, RawPersona, RawSeed, RawTarget};
use super::rows::{FeedShape, check_draws};
use super::{device, load, quantity};
use crate::feed::Feed;
use crate::flow::Flow;

/// What a workload refers to. The room reads no files; the caller does.
pub trait Sources {
    /// The text of a file (the workload, a flow, a CSV feed).
    fn text(&mut self, path: &Path) -> io::Result<String>;

    /// Names, columns and (if known) numbers of rows of the feeds that the seed plan will write.
    ///
    /// # Errors
    /// What is wrong with the plan, for people.
    fn seed_feeds(
        &mut self,
        seed: &SeedSection,
    ) -> Result<Vec<FeedShape>, Box<dyn miette::Diagnostic + Send + Sync + 'static>>;
}

impl Workload {
    /// Loads `rehearsal.toml` at `path` with its flows and CSV feeds; paths in it are relative to
    /// its folder. Nothing is run and nothing but `sources` is touched.
    ///
    /// # Errors
    /// [`WorkloadError`] with every problem of the file: its place, what was found, what was
    /// expected, what was probably meant.
    pub fn load(
        path: &Path,
        overrides: &Overrides,
        sources: &mut dyn Sources,
    ) -> Result<Self, WorkloadError> {
        let text = sources.text(path).map_err(|source| WorkloadError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path, &text, overrides, sources)
            .map_err(|problems| WorkloadError::invalid(path, &text, problems))
    }

    fn parse(
        path: &Path,
        text: &str,
        overrides: &Overrides,
        sources: &mut dyn Sources,
    ) -> Result<Self, Vec<Problem>> {
        let document = DeTable::parse(text).map_err(|error| vec![syntax(&error)])?;
        let raw = Raw::read(&document)?;
        let mut resolver = Resolver {
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            sources,
            problems: Vec::new(),
        };
        let workload = resolver.workload(path, &raw, overrides);
        match workload {
            Some(workload) if resolver.problems.is_empty() => Ok(workload),
            _ => Err(resolver.problems),
        }
    }
}

fn syntax(error: &toml::de::Error) -> Problem {
    let problem = Problem::new(format!("no valid TOML: {}", error.message()));
    match error.span() {
        Some(span) => problem.at(span, "here"),
        None => problem,
    }
}

struct Resolver<'a> {
    folder: PathBuf,
    sources: &'a mut dyn Sources,
    problems: Vec<Problem>,
}

impl Resolver<'_> {
    /// The value, or none and its problem noted.
    fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn workload(&mut self, path: &Path, raw: &Raw, overrides: &Overrides) -> Option<Workload> {
        let name = name(path, raw.name.as_ref());
        let name = self.keep(name);
        let target = target(&raw.target, overrides);
        let target = self.keep(target);
        let load = self.keep(load::resolve(&raw.load));
        let load = load.map(|load| overrides.apply(load));
        let seed = raw.seed.as_ref().map(|seed| self.seed(seed, overrides));
        let feeds = self.csv_feeds(raw);
        let shapes = self.shapes(raw, seed.as_ref(), &feeds);
        let flows = self.flows(raw, target.as_ref());
        let personas = self.personas(raw, &flows);
        self.check_step_names(raw, &flows);
        if self.problems.is_empty()
            && let Some(load) = &load
        {
            let result = check_shares(raw, &personas, load.peak());
            if self.keep(result).is_some() {
                let problems = check_draws(raw, &personas, &shapes, load.peak());
                self.problems.extend(problems);
            }
        }
        Some(Workload {
            name: name?,
            target: target?,
            seed,
            feeds,
            personas,
            load: load?,
            thresholds: raw.thresholds.iter().map(|(_, t)| t.clone()).collect(),
            random_seed: raw.random_seed,
        })
    }

    fn seed(&self, raw: &RawSeed, overrides: &Overrides) -> SeedSection {
        SeedSection {
            plan: self.folder.join(&raw.plan.value),
            database: raw.database.value.clone(),
            reset: raw.reset,
            scale: raw.scale,
            skip: overrides.no_seed,
        }
    }

    fn csv_feeds(&mut self, raw: &Raw) -> Vec<Feed> {
        let mut feeds: Vec<Feed> = Vec::new();
        for entry in &raw.feeds {
            if feeds.iter().any(|feed| *feed.name == *entry.name.value) {
                let twice = entry.name.problem(
                    format!("two feeds are named `{}`", entry.name.value),
                    "the second",
                );
                self.problems.push(twice);
                continue;
            }
            let feed = self.text(&entry.file).and_then(|text| {
                Feed::from_csv(&entry.name.value, &text).map_err(|error| {
                    entry
                        .file
                        .problem(format!("`{}`: {error}", entry.file.value), "this file")
                })
            });
            feeds.extend(self.keep(feed));
        }
        feeds
    }

    fn text(&mut self, file: &Placed<String>) -> Result<String, Problem> {
        let path = self.folder.join(&file.value);
        self.sources.text(&path).map_err(|error| {
            file.problem(
                format!("could not read `{}`: {error}", path.display()),
                "this file",
            )
            .help("paths are relative to the workload's folder")
        })
    }

    fn shapes(&mut self, raw: &Raw, seed: Option<&SeedSection>, feeds: &[Feed]) -> Vec<FeedShape> {
        let mut shapes: Vec<FeedShape> = feeds.iter().map(FeedShape::of).collect();
        let (Some(seed), Some(raw)) = (seed, raw.seed.as_ref()) else {
            return shapes;
        };
        match self.sources.seed_feeds(seed) {
            Ok(seeded) => {
                for shape in seeded {
                    if shapes.iter().any(|other| other.name == shape.name) {
                        self.problems.push(raw.plan.problem(
                            format!(
                                "a `[[feed]]` and the plan's feed are both named `{}`",
                                shape.name
                            ),
                            "this plan",
                        ));
                    }
                    shapes.push(shape);
                }
            }
            Err(cause) => self.problems.push(
                raw.plan
                    .problem("the seed plan cannot be used", "this plan")
                    .because(cause),
            ),
        }
        shapes
    }

    /// Each file once, however many personas walk it.
    fn flows(&mut self, raw: &Raw, target: Option<&Target>) -> IndexMap<String, Arc<Flow>> {
        let mut flows: IndexMap<String, Arc<Flow>> = IndexMap::new();
        let mut seen: Vec<String> = Vec::new();
        for entry in raw.personas.iter().flat_map(|persona| &persona.flows) {
            let file = &entry.file;
            if seen.contains(&file.value) {
                continue;
            }
            seen.push(file.value.clone());
            let flow = self.text(file).and_then(|text| parse_flow(file, &text));
            let Some(mut flow) = self.keep(flow) else {
                continue;
            };
            if let Some((other, _)) = flows.iter().find(|(_, other)| other.title == flow.title) {
                self.problems.push(
                    file.problem(
                        format!(
                            "its flow has the title `{}`, as that of `{other}`",
                            flow.title
                        ),
                        "same title",
                    )
                    .help("reports tell flows apart by their titles; change one of the two"),
                );
            }
            if let Some(target) = target {
                flow.rebase(&target.url);
            }
            flows.insert(file.value.clone(), Arc::new(flow));
        }
        flows
    }

    fn personas(&mut self, raw: &Raw, flows: &IndexMap<String, Arc<Flow>>) -> Vec<Persona> {
        let mut personas: Vec<Persona> = Vec::new();
        for entry in &raw.personas {
            if personas
                .iter()
                .any(|other| *other.name == *entry.name.value)
            {
                self.problems.push(entry.name.problem(
                    format!("two personas are named `{}`", entry.name.value),
                    "the second",
                ));
            }
            let persona = persona(&self.folder, entry, flows);
            personas.extend(self.keep(persona));
        }
        personas
    }

    /// `step[NAME]` in a threshold names a step of some flow.
    fn check_step_names(&mut self, raw: &Raw, flows: &IndexMap<String, Arc<Flow>>) {
        if !self.problems.is_empty() {
            return; // names of flows that could not be read are unknown
        }
        let names: Vec<String> = flows
            .values()
            .flat_map(|flow| flow.steps.iter().map(|step| step.label()))
            .collect();
        for (key, threshold) in &raw.thresholds {
            let Metric::StepDuration(Some(name), _) = &threshold.metric else {
                continue;
            };
            if !names.contains(name) {
                let known: Vec<&str> = names.iter().map(String::as_str).collect();
                self.problems.push(
                    key.problem(format!("no flow has a step named `{name}`"), "unknown step")
                        .help(quantity::advice(name, &known)),
                );
            }
        }
    }
}

fn parse_flow(file: &Placed<String>, text: &str) -> Result<Flow, Problem> {
    let flow = Flow::parse(&file.value, text).map_err(|error| {
        file.problem("the flow cannot be used", "this flow")
            .because(error)
    })?;
    if flow.steps.is_empty() {
        return Err(file.problem("the flow has no steps", "nothing to do"));
    }
    Ok(flow)
}

/// The file's `name`, else its folder's; it becomes a part of the run folder's name.
fn name(path: &Path, typed: Option<&Placed<String>>) -> Result<String, Problem> {
    let Some(typed) = typed else {
        let folder = path.parent().and_then(Path::file_name);
        let folder = folder.map(|name| name.to_string_lossy().into_owned());
        return Ok(folder.unwrap_or_else(|| "rehearsal".to_owned()));
    };
    let fits = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    if typed.value.chars().all(fits) && !typed.value.starts_with('.') {
        Ok(typed.value.clone())
    } else {
        Err(typed
            .problem("does not fit the name of a folder", "this name")
            .help("letters, digits, spaces, `-`, `_` and `.`"))
    }
}

fn target(raw: &RawTarget, overrides: &Overrides) -> Result<Target, Problem> {
    let url = match &overrides.url {
        Some(url) => url.clone(),
        None => target_url(&raw.url)?,
    };
    for host in &raw.allow {
        if host.value.contains("://") || host.value.contains('/') {
            return Err(host
                .problem(
                    format!("`{}` is a URL, expected a host", host.value),
                    "a host alone",
                )
                .help("write `cdn.example.com`, `*.example.com` or `localhost:9000`"));
        }
    }
    Ok(Target {
        url,
        allow: raw.allow.iter().map(|host| host.value.clone()).collect(),
        mark: raw.mark,
    })
}

fn target_url(typed: &Placed<String>) -> Result<Url, Problem> {
    let wrong = |what: String| {
        typed
            .problem(what, "this URL")
            .help("write a whole URL, such as `http://127.0.0.1:8000`")
    };
    let url = Url::parse(&typed.value)
        .map_err(|error| wrong(format!("`{}` is no URL: {error}", typed.value)))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong(format!(
            "expected an `http` or `https` URL with a host, found `{}`",
            typed.value
        )));
    }
    Ok(url)
}

fn persona(
    folder: &Path,
    raw: &RawPersona,
    flows: &IndexMap<String, Arc<Flow>>,
) -> Result<Persona, Problem> {
    let device = match &raw.device {
        None => device::USUAL,
        Some(name) => device::find(&name.value).ok_or_else(|| {
            name.problem(format!("unknown device `{}`", name.value), "unknown device")
                .help(quantity::advice(&name.value, &device::names()))
        })?,
    };
    let mut viewport = device.viewport();
    if let Some((width, height)) = raw.viewport {
        viewport.width = width;
        viewport.height = height;
        viewport.is_landscape = width > height;
    }
    if let Some(locale) = &raw.locale {
        check_locale(locale)?;
    }
    if let Some(timezone) = &raw.timezone {
        check_timezone(timezone)?;
    }
    let flows = raw.flows.iter().filter_map(|entry| {
        flows.get(&entry.file.value).map(|flow| WeightedFlow {
            file: folder.join(&entry.file.value),
            flow: flow.clone(),
            weight: entry.weight,
        })
    });
    Ok(Persona {
        name: raw.name.value.as_str().into(),
        share: raw.share,
        flows: flows.collect(),
        think: raw.think,
        feed: raw.feed.as_ref().map(|feed| feed.value.clone()),
        viewport,
        user_agent: device.user_agent(),
        locale: raw
            .locale
            .as_ref()
            .map_or_else(|| "en-US".to_owned(), |l| l.value.clone()),
        timezone: raw.timezone.as_ref().map(|zone| zone.value.clone()),
        visits: raw.visits,
    })
}

fn check_locale(locale: &Placed<String>) -> Result<(), Problem> {
    let mut parts = locale.value.split('-');
    let language = parts.next().unwrap_or_default();
    let fits = matches!(language.len(), 2 | 3)
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if fits {
        return Ok(());
    }
    Err(locale
        .problem(format!("`{}` is no language tag", locale.value), "this tag")
        .help("write a BCP 47 tag such as `en-US`, `pt-BR` or `de`"))
}

fn check_timezone(timezone: &Placed<String>) -> Result<(), Problem> {
    if jiff::tz::TimeZone::get(&timezone.value).is_ok() {
        return Ok(());
    }
    Err(timezone
        .problem(
            format!("unknown time zone `{}`", timezone.value),
            "unknown zone",
        )
        .help("write an IANA name such as `Europe/Berlin` or `America/Sao_Paulo`"))
}

/// The personas can be exactly as many users as the load wants.
fn check_shares(raw: &Raw, personas: &[Persona], peak: u32) -> Result<(), Problem> {
    let fixed: u64 = personas.iter().map(|p| u64::from(fixed_users(p))).sum();
    let weighted = personas.iter().any(|p| matches!(p.share, Share::Weight(_)));
    if fixed > u64::from(peak) {
        let place = raw.personas.iter().find(|p| p.share != Share::Users(0));
        let place = place.map_or(&raw.personas[0].name, |persona| &persona.name);
        return Err(place
            .problem(
                format!("personas with fixed `users` are {fixed}, the load brings {peak}"),
                "more users than the load",
            )
            .help("raise `[load]`, or use `weight` instead of `users`"));
    }
    if !weighted && fixed < u64::from(peak) {
        return Err(raw
            .load
            .place
            .problem(
                format!("wants {peak} users, but the personas are only {fixed}"),
                "more users than the personas",
            )
            .help("give one persona a `weight` instead of `users`: it takes the rest"));
    }
    Ok(())
}

fn fixed_users(persona: &Persona) -> u32 {
    match persona.share {
        Share::Users(users) => users,
        Share::Weight(_) => 0,
    }
}
