//! From the file as typed to what it means: references looked up, contradictions refused.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use toml::de::DeTable;

use super::document::Placed;
use super::error::{Problem, WorkloadError};
use super::model::{Load, Metric, Persona, SeedSection, Target, Workload};
use super::overrides::Overrides;
use super::raw::{Raw, RawSeed};
use super::rows::{FeedShape, check_draws};
use super::{load, persona, quantity, target};
use crate::feed::Feed;
use crate::flow::{Flow, Step};

/// What a workload refers to. The room reads no files; the caller does.
pub trait Sources {
    /// The text of a file (the workload, a flow, a CSV feed).
    fn text(&mut self, path: &Path) -> io::Result<String>;

    /// The absolute path of a file that flows give to the site, if it is there.
    fn file(&mut self, path: &Path) -> Option<PathBuf> {
        Some(path.to_owned())
    }

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
        let name = target::name(path, raw.name.as_ref());
        let name = self.keep(name);
        let target = target::target(&raw.target, overrides);
        let target = self.keep(target);
        let load = load::resolve(&raw.load).and_then(|load| overridden(load, overrides));
        let load = self.keep(load);
        let seed = raw.seed.as_ref().map(|seed| self.seed(seed, overrides));
        let feeds = self.csv_feeds(raw);
        let shapes = self.shapes(raw, seed.as_ref(), &feeds);
        let flows = self.flows(raw, target.as_ref());
        let personas = self.personas(raw, &flows);
        self.check_step_names(raw, &flows);
        if self.problems.is_empty()
            && let Some(load) = &load
        {
            let result = persona::check_shares(raw, &personas, load.peak());
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
            database: beside(&self.folder, &raw.database.value),
            reset: raw.reset,
            scale: raw.scale,
            confirm: raw.confirm.as_ref().map(|name| name.value.clone()),
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
            self.files(file, &mut flow);
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

    /// What the flow uploads must be there.
    fn files(&mut self, place: &Placed<String>, flow: &mut Flow) {
        let file = self.folder.join(&place.value);
        let folder = file.parent().unwrap_or(Path::new(""));
        for (step, missing) in flow.resolve_files(folder, |path| self.sources.file(path)) {
            let missing = missing.display();
            self.problems.push(
                place
                    .problem(
                        format!("its step {step} uploads `{missing}`, and there is no such file"),
                        "this flow",
                    )
                    .help("paths of files are relative to the flow's own"),
            );
        }
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
            let persona = persona::resolve(&self.folder, entry, flows);
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
            .flat_map(|flow| flow.steps.iter().map(Step::label))
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

fn overridden(load: Load, overrides: &Overrides) -> Result<Load, Problem> {
    let load = overrides.apply(load);
    if load.peak() == 0 || load.duration().is_zero() {
        return Err(Problem::new("the command line leaves no users or no time")
            .help("give `--users` at least 1 and `--for` more than `0s`"));
    }
    Ok(load)
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

/// A SQLite file is beside the workload, as all files are; other databases have no folder.
fn beside(folder: &Path, database: &str) -> String {
    let file = database.strip_prefix("sqlite:").unwrap_or(database);
    let is_file = file.len() < database.len() || !database.contains(':');
    if is_file {
        format!("sqlite:{}", folder.join(file).display())
    } else {
        database.to_owned()
    }
}
