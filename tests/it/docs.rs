//! The guides against the program: every example is read as a user's file would be, and every key,
//! metric, generator, step and option of their tables is one that the program knows.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use rehearsal::flow::Flow;
use rehearsal::measure::{Changes, Data, Ended, FinishInput, RowCounts, TableChange, Tally};
use rehearsal::sample::Sample;
use rehearsal::seed::{self, Plan};
use rehearsal::workload::{FeedShape, Overrides, SeedSection, Sources, Workload};
use serde_json::{Value, json};

use crate::support::program::{rehearsal, said};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page of the guides.
struct Page {
    name: String,
    text: String,
}

/// A fenced example.
struct Block<'a> {
    language: &'a str,
    text: String,
    /// `docs/flows.md:12`.
    place: String,
}

impl Page {
    fn open(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: fs::read_to_string(root().join(name)).unwrap(),
        }
    }

    fn all() -> Vec<Self> {
        let guides = fs::read_dir(root().join("docs")).unwrap();
        let mut names: Vec<String> = guides
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| Path::new(name).extension().is_some_and(|ext| ext == "md"))
            .map(|name| format!("docs/{name}"))
            .collect();
        names.sort();
        assert!(names.len() >= 4, "{names:?}");
        names.push("README.md".to_owned());
        names.iter().map(|name| Self::open(name)).collect()
    }

    fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<Block<'_>> = None;
        for (index, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("```"), &mut open) {
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(language), None) => {
                    open = Some(Block {
                        language,
                        text: String::new(),
                        place: format!("{}:{}", self.name, index + 1),
                    });
                }
                (None, Some(block)) => {
                    writeln!(block.text, "{line}").unwrap();
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: an example has no end", self.name);
        blocks
    }

    /// Cells of the tables whose first column is headed so.
    fn rows(&self, head: &str) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut inside = false;
        for line in self.text.lines() {
            if !line.starts_with('|') {
                inside = false;
                continue;
            }
            let cells: Vec<String> = line
                .trim()
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect();
            if inside && !cells[0].starts_with("---") {
                rows.push(cells);
            } else if cells[0] == head {
                inside = true;
            }
        }
        assert!(!rows.is_empty(), "{} has no table of `{head}`", self.name);
        rows
    }

    /// Names in backticks of the first cells of those tables.
    fn names(&self, head: &str) -> BTreeSet<String> {
        let rows = self.rows(head);
        rows.iter().flat_map(|row| quoted(&row[0])).collect()
    }
}

/// What stands in backticks.
fn quoted(text: &str) -> Vec<String> {
    let inside = text.split('`').skip(1).step_by(2);
    inside.map(str::to_owned).collect()
}

/// The names in backticks of a list in an error's help.
fn helped(error: &dyn Diagnostic) -> BTreeSet<String> {
    let help = error.help().expect("the error helps").to_string();
    quoted(&help).into_iter().collect()
}

fn step_json(step: &Value) -> String {
    json!({"title": "t", "steps": [step]}).to_string()
}

/// Files of the repository; what an example names beside them is made up.
struct Examples {
    /// Names of steps that thresholds of the example speak of.
    steps: Vec<String>,
}

impl Examples {
    fn of(text: &str) -> Self {
        let named = text.split("step[").skip(1);
        let steps = named.filter_map(|rest| rest.split_once(']'));
        Self {
            steps: steps.map(|(name, _)| name.to_owned()).collect(),
        }
    }

    fn flow(&self, title: &str) -> String {
        let url = "http://a.test/";
        let step = |name| json!({"type": "navigate", "url": url, "x-rehearsal": {"name": name}});
        let mut steps = vec![step("Home")];
        steps.extend(self.steps.iter().map(|name| step(name.as_str())));
        json!({"title": title, "steps": steps}).to_string()
    }
}

impl Sources for Examples {
    fn text(&mut self, path: &Path) -> io::Result<String> {
        if path.exists() && path.parent() != Some(root()) {
            return fs::read_to_string(path);
        }
        match path.extension().and_then(|ext| ext.to_str()) {
            Some("csv") => Ok(format!("code\n{}", "WELCOME\n".repeat(1_000))),
            _ => Ok(self.flow(&path.display().to_string())),
        }
    }

    fn seed_feeds(
        &mut self,
        section: &SeedSection,
    ) -> Result<Vec<FeedShape>, Box<dyn Diagnostic + Send + Sync>> {
        // A plan that an example only speaks of is the shop's.
        let shops = || fs::read_to_string(root().join("fixtures/shop.toml"));
        let text = fs::read_to_string(&section.plan).or_else(|_| shops());
        let plan = Plan::parse(&text.unwrap(), "plan")?;
        let options = seed::Options {
            scale: section.scale,
            ..seed::Options::default()
        };
        let feeds = seed::feeds(&plan, &options)?;
        Ok(feeds.iter().map(FeedShape::of).collect())
    }
}

/// Loads a workload that stands in `text`, as if it were a file of the repository's root.
#[track_caller]
fn load(text: &str, place: &str) -> Workload {
    struct Given<'a>(&'a str, Examples);
    impl Sources for Given<'_> {
        fn text(&mut self, path: &Path) -> io::Result<String> {
            if path.ends_with("rehearsal.toml") {
                Ok(self.0.to_owned())
            } else {
                self.1.text(path)
            }
        }
        fn seed_feeds(
            &mut self,
            section: &SeedSection,
        ) -> Result<Vec<FeedShape>, Box<dyn Diagnostic + Send + Sync>> {
            self.1.seed_feeds(section)
        }
    }
    let path: PathBuf = root().join("rehearsal.toml");
    let mut sources = Given(text, Examples::of(text));
    Workload::load(&path, &Overrides::default(), &mut sources).unwrap_or_else(|error| {
        let error = miette::Report::new(error);
        panic!("{place}: {error:?}")
    })
}

const BASE: &str = r#"
[target]
url = "http://127.0.0.1:8000"
[[persona]]
name = "visitor"
flows = ["made-up.json"]
[load]
users = [{ to = 2, over = "1s" }, { hold = "5s" }]
"#;

#[test]
fn every_flow_and_step_of_the_guides_is_read() {
    let mut read = 0;
    for page in Page::all() {
        for block in page.blocks() {
            if block.language != "json" {
                continue;
            }
            let value: Value = serde_json::from_str(&block.text)
                .unwrap_or_else(|error| panic!("{}: {error}", block.place));
            let text = match value.get("steps") {
                Some(_) => block.text.clone(),
                None => step_json(&value),
            };
            let flow = Flow::parse(&block.place, &text);
            let flow = flow.unwrap_or_else(|error| panic!("{error}"));
            for step in &flow.steps {
                assert!(step.extension.other.is_empty(), "{}: {step:?}", block.place);
            }
            read += 1;
        }
    }
    assert!(read >= 3, "{read} examples");
}

#[test]
fn every_workload_and_plan_of_the_guides_is_read() {
    let (mut workloads, mut plans) = (0, 0);
    for page in Page::all() {
        for block in page.blocks() {
            if block.language != "toml" {
                continue;
            }
            let table: toml::Table = block.text.parse().unwrap();
            if table.contains_key("tables") {
                let plan = Plan::parse(&block.text, &block.place);
                let plan = plan.unwrap_or_else(|error| panic!("{error}"));
                // Compiled, too: names that refer to each other are there.
                seed::feeds(&plan, &seed::Options::default())
                    .unwrap_or_else(|error| panic!("{}: {error}", block.place));
                plans += 1;
            } else {
                load(&block.text, &block.place);
                workloads += 1;
            }
        }
    }
    assert!(workloads >= 2 && plans >= 1, "{workloads} and {plans}");
}

#[test]
fn the_tables_of_steps_and_extensions_are_those_that_are_read() {
    let page = Page::open("docs/flows.md");
    let error = Flow::parse("f.json", &step_json(&json!({"type": "zzzzzzzz"}))).unwrap_err();
    assert_eq!(page.names("type"), helped(&error));

    // What must be there is missed when it is not, and what may be there is not.
    for row in page.rows("type") {
        let [kind] = &quoted(&row[0])[..] else {
            panic!("one type a row: {row:?}")
        };
        let bold = row[1].split("**").skip(1).step_by(2);
        let needed: BTreeSet<String> = bold.flat_map(quoted).collect();
        let needed = if kind == "doubleClick" {
            ["selectors", "offsetX", "offsetY"]
                .map(str::to_owned)
                .into()
        } else {
            needed
        };
        assert_eq!(missed(kind), needed, "{kind}");
    }

    for row in page.rows("key of a flow") {
        let (key, example) = (&quoted(&row[0])[0], &quoted(&row[1])[0]);
        let example: Value = serde_json::from_str(example).unwrap();
        let step = json!({"type": "click", "selectors": ["#a"], "offsetX": 1, "offsetY": 1,
            "x-rehearsal": {"group": "pages"}});
        let flow = json!({"title": "t", "steps": [step], "x-rehearsal": {key: example}});
        let flow = Flow::parse("f.json", &flow.to_string()).unwrap();
        assert!(flow.extension.other.is_empty(), "{key} is unknown");
    }

    for row in page.rows("key of a step") {
        let (key, example) = (&quoted(&row[0])[0], &quoted(&row[1])[0]);
        let example: Value = serde_json::from_str(example).unwrap();
        let mut step = json!({"type": "change", "selectors": ["#a"], "value": "x"});
        step["x-rehearsal"][key] = example;
        let flow = Flow::parse("f.json", &step_json(&step)).unwrap();
        assert!(flow.steps[0].extension.other.is_empty(), "{key} is unknown");
    }
}

/// Fields without which a step of this type is refused.
fn missed(kind: &str) -> BTreeSet<String> {
    let mut step = json!({"type": kind});
    let mut missed = BTreeSet::new();
    while let Err(error) = Flow::parse("f.json", &step_json(&step)) {
        let message = error.to_string();
        let field = quoted(message.split("step 1: ").nth(1).unwrap())[0].clone();
        step[&field] = match message.rsplit("expected ").next().unwrap() {
            "a number" => json!(1),
            "true or false" => json!(true),
            "a string" => json!("a"),
            other if other.contains("selector") => json!(["#a"]),
            other => panic!("{kind}.{field}: {other}"),
        };
        assert!(missed.insert(field), "{message}");
    }
    missed
}

#[test]
fn the_table_of_workload_keys_is_that_of_the_schema() {
    let text = fs::read_to_string(root().join("docs/rehearsal.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let mut known = BTreeSet::new();
    keys(&schema, &schema, "", &mut known);
    let tables = ["target", "seed", "feed", "persona", "load"];
    known.retain(|key| !tables.contains(&key.as_str()) && !key.starts_with("thresholds."));
    assert_eq!(Page::open("docs/workload.md").names("key"), known);
}

/// Dotted paths of all keys below a schema.
fn keys(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        keys(root, target, path, found);
    }
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = match path {
            "" => key.clone(),
            _ => format!("{path}.{key}"),
        };
        keys(root, value, &path, found);
        found.insert(path);
    }
    for one in schema["oneOf"].as_array().into_iter().flatten() {
        keys(root, one, path, found);
    }
    keys_of_items(root, schema, path, found);
}

fn keys_of_items(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(items) = schema.get("items") {
        keys(root, items, path, found);
    }
}

#[test]
fn every_metric_of_the_guides_is_understood() {
    let rows = Page::open("docs/workload.md").rows("metric");
    assert!(rows.len() > 10, "{}", rows.len());
    for row in rows {
        let (metric, condition) = (&quoted(&row[0])[0], &quoted(&row[1])[0]);
        let text = format!("{BASE}[thresholds]\n\"{metric}\" = \"{condition}\"\n");
        let workload = load(&text, metric);
        assert_eq!(workload.thresholds.len(), 1);
        assert_eq!(workload.thresholds[0].rule, format!("{metric} {condition}"));
    }
}

#[test]
fn every_class_and_device_of_the_guides_is_understood() {
    let page = Page::open("docs/workload.md");
    let devices = page.text.split("## Devices\n").nth(1).unwrap();
    let devices = quoted(devices.split("Every user").next().unwrap());
    assert!(devices.len() > 8, "{devices:?}");
    for device in devices {
        let text = BASE.replace("[load]", &format!("device = \"{device}\"\n[load]"));
        load(&text, &device);
    }
    for class in Page::open("docs/measurement.md").names("class") {
        let text = format!("{BASE}[thresholds]\n\"request[{class}].duration.p95\" = \"< 1s\"\n");
        load(&text, &class);
    }
}

#[test]
fn what_the_guides_call_missing_is_refused() {
    for (place, key) in [
        (
            "[load]",
            "[load]\narrivals = [{ rate = \"2/s\", for = \"1m\" }]",
        ),
        ("flows =", "network = \"4g\"\nflows ="),
        (
            "[target]",
            "[thresholds]\n\"errors.rate\" = { limit = \"< 1%\", abort = true }\n[target]",
        ),
    ] {
        let text = BASE.replace(place, key);
        let mut files = crate::workload_sources::Files::with_workload(&text);
        assert!(files.error().contains("is not supported yet"), "{key}");
    }
}

#[test]
fn the_tables_of_plans_are_those_that_are_read() {
    let page = Page::open("docs/seeding-reference.md");
    let plan = |column: &str| {
        let text =
            format!("[tables.t]\nrows = 2\n[tables.t.columns]\nid = \"sequence\"\nc = {column}\n");
        Plan::parse(&text, "plan.toml").map_err(Box::new)
    };
    let listed = |column: &str| -> BTreeSet<String> {
        let error = plan(column).unwrap_err();
        let help = error.help_text().unwrap().to_owned();
        let list = help
            .strip_prefix("one of: ")
            .unwrap_or_else(|| panic!("{help}"));
        list.split(", ").map(str::to_owned).collect()
    };
    assert_eq!(page.names("generator"), listed("\"zzzzzzzz\""));
    assert_eq!(
        page.names("scheme"),
        listed("{ gen = \"password_hash\", scheme = \"zzzzzzzz\" }")
    );
    let unknown = plan("{ gen = \"fake\", of = \"zzzzzzzz\" }").unwrap_err();
    assert_eq!(page.names("`of`"), helped(&*unknown));
    // Each generator lists its options when it meets one that it does not have.
    for row in page.rows("generator") {
        // Values in parentheses are no options.
        let mut options = row[1].clone();
        while let (Some(open), Some(close)) = (options.find('('), options.find(')')) {
            options.replace_range(open..=close, "");
        }
        let described: BTreeSet<String> = quoted(&options).into_iter().collect();
        for generator in quoted(&row[0]) {
            if generator == "password_hash" {
                continue; // its options depend on the scheme
            }
            let wrong = plan(&format!(
                "{{ gen = \"{generator}\", {}zzzzzzzzzzzz = 1 }}",
                required(&generator)
            ));
            let error = wrong.unwrap_err();
            let help = error.help_text().unwrap_or_default().to_owned();
            let known = help.strip_prefix("known keys: ");
            let known = known.unwrap_or_else(|| panic!("{generator}: {error} {help}"));
            let known: BTreeSet<String> = known
                .split(", ")
                .filter(|key| {
                    let common = ["gen", "nulls", "unique", "unique_with", "variety"];
                    !common.contains(key)
                })
                .map(str::to_owned)
                .collect();
            assert_eq!(described, known, "{generator}");
        }
    }
    for row in page.rows("scheme") {
        let scheme = &quoted(&row[0])[0];
        let options = row[1].replace(['`', ')'], "").replace(" (", " = ");
        let column = format!("{{ gen = \"password_hash\", scheme = \"{scheme}\", {options} }}");
        plan(&column).unwrap_or_else(|error| panic!("{column}: {error}"));
    }
}

/// Options without which a generator is refused.
fn required(generator: &str) -> &'static str {
    match generator {
        "constant" | "json" => "value = 1, ",
        "one_of" | "list" => "values = [1], ",
        "by" => "column = \"id\", cases = { a = \"uuid\" }, ",
        "integer" | "decimal" => "max = 9, ",
        "slug" | "lookup" => "of = \"id\", ",
        "fake" => "of = \"job.title\", ",
        "template" => "text = \"x\", ",
        "ref" | "existing" => "table = \"t\", ",
        "pattern" => "regex = \"x\", ",
        "sum" => "table = \"t\", of = [\"id\"], ",
        _ => "",
    }
}

#[test]
fn the_keys_of_plans_are_those_that_are_read() {
    let page = Page::open("docs/seeding-reference.md");
    let described = |prefix: &str| -> BTreeSet<String> {
        let names = page.names("key");
        let inside = names.iter().filter_map(|key| key.strip_prefix(prefix));
        inside
            .filter(|key| !key.contains('.'))
            .map(str::to_owned)
            .collect()
    };
    let known = |text: &str| -> BTreeSet<String> {
        let error = Plan::parse(text, "plan.toml").unwrap_err();
        let help = error.help_text().unwrap_or_default().to_owned();
        let known = help.strip_prefix("known keys: ");
        let known = known.unwrap_or_else(|| panic!("{error} {help}"));
        known.split(", ").map(str::to_owned).collect()
    };
    let table = "[tables.t]\nrows = 2\ncolumns = { id = \"sequence\" }\n";
    let mut top = described("");
    top.extend(["tables", "feeds"].map(str::to_owned));
    assert_eq!(top, known(&format!("zzzzzzzzzzzz = 1\n{table}")));
    assert_eq!(
        described("tables.NAME."),
        known(&format!("{table}zzzzzzzzzzzz = 1\n"))
    );
    assert_eq!(
        described("feeds.NAME."),
        known(&format!(
            "{table}[feeds.t]\ncolumns = [\"id\"]\nzzzzzzzzzzzz = 1\n"
        ))
    );
    let locales = page.text.split("\nLocales: ").nth(1).unwrap();
    for locale in quoted(locales.split(". ").next().unwrap()) {
        Plan::parse(&format!("locales = \"{locale}\"\n{table}"), "plan.toml").unwrap();
    }
    for row in page.rows("`per_parent`") {
        let counts = &quoted(&row[0])[0];
        let text = format!(
            "[tables.orders]\nrows = 3\ncolumns = {{ id = \"sequence\" }}\n[tables.t]\nper_parent = {counts}\ncolumns = {{ id = \"sequence\" }}\n"
        );
        Plan::parse(&text, "plan.toml").unwrap_or_else(|error| panic!("{counts}: {error}"));
    }
}

#[test]
fn every_field_of_the_summary_is_described_and_every_described_one_is_there() {
    let summary: Value = serde_json::from_str(&full_summary()).unwrap();
    let described = Page::open("docs/measurement.md").names("field");
    for field in &described {
        assert!(
            leads_somewhere(&summary, field),
            "`{field}` is not in {summary:#}"
        );
    }
    let mut there = BTreeSet::new();
    fields(&summary, "", &mut there);
    for field in there {
        let covered = described
            .iter()
            .any(|known| field == *known || field.starts_with(&format!("{known}.")));
        // The fields of a class, and the lesser series of the timeline.
        let grouped =
            field.starts_with("timeline.") || field.starts_with("requests.by_template[].");
        assert!(covered || grouped, "`{field}` is not described");
    }
}

fn leads_somewhere(value: &Value, path: &str) -> bool {
    let mut here = value;
    for part in path.split('.') {
        let name = part.trim_end_matches("[]");
        let Some(next) = here.get(name) else {
            return false;
        };
        here = if part.ends_with("[]") { &next[0] } else { next };
    }
    !here.is_null()
}

/// Paths of all values; statistics and maps with names of the site's count as one.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    const WHOLE: [&str; 7] = [
        "requests.by_class",
        "requests.blocked_hosts",
        "data.rows",
        "data.changes.tables",
        "data.changes.outside",
        "flows[].iterations",
        "requests.by_template[].statuses",
    ];
    match value {
        Value::Object(map) if !map.contains_key("p95") && !WHOLE.contains(&path) => {
            for (key, value) in map {
                let path = match path {
                    "" => key.clone(),
                    _ => format!("{path}.{key}"),
                };
                fields(value, &path, found);
            }
        }
        Value::Array(items)
            if items.first().is_some_and(Value::is_object) && !path.starts_with("timeline") =>
        {
            fields(&items[0], &format!("{path}[]"), found);
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// A summary with something in each of its tables.
fn full_summary() -> String {
    let origin = json!({"user": 0, "persona": "p", "flow": "f", "iteration": 1, "step": 0});
    let span = json!({"intended": 1_000_000, "started": 1_000_000, "ended": 2_000_000});
    let failure = json!({"cause": "not_found", "message": "nothing"});
    let request = |delivery: &str, url: &str| {
        json!({"kind": "request", "origin": origin, "span": span, "method": "GET", "url": url,
            "class": "document", "status": 200, "bytes": 9, "delivery": delivery})
    };
    let step = |tainted: bool| {
        json!({"kind": "step", "origin": origin, "name": "s", "span": span, "engine_ms": 1.0,
            "outcome": "passed", "tainted": tainted,
            "healed": {"from": "`#a`", "to": "`#b`", "score": 0.9}})
    };
    let samples = [
        json!({"kind": "user", "user": 0, "persona": "p", "at": 0, "event": "started"}),
        request("network", "/a"),
        request("blocked", "cdn.test/a"),
        step(false),
        step(true),
        json!({"kind": "page", "origin": origin, "url": "/a", "span": span, "ttfb_ms": 1.0,
            "dom_ms": 1.0, "load_ms": 1.0, "fcp_ms": 1.0, "lcp_ms": 1.0, "inp_ms": 1.0, "cls": 0.1}),
        json!({"kind": "iteration", "origin": origin, "span": span, "outcome": "passed"}),
        json!({"kind": "iteration", "origin": origin, "span": span, "outcome": "failed",
            "cause": failure["cause"], "message": failure["message"]}),
        json!({"kind": "generator", "at": 1_000_000, "cpu_share": 0.5, "rss_bytes": 1,
            "driver_cpu_s": 1.0, "browser_cpu_s": 1.0, "loop_lag_ms": 1.0, "browser_restarts": 0}),
    ];
    let mut tally = Tally::new(rehearsal::clock::Micros(0));
    for sample in samples {
        let sample: Sample = serde_json::from_value(sample.clone())
            .unwrap_or_else(|error| panic!("{error}: {sample}"));
        tally.fold(&sample);
    }
    let workload = load(
        &format!("{BASE}[thresholds]\n\"errors.rate\" = \"< 1%\"\n"),
        "thresholds",
    );
    let summary = tally.finish(FinishInput {
        at: rehearsal::clock::Micros(3_000_000),
        ended: Ended::Completed,
        thresholds: &workload.thresholds,
        dropped: 0,
        data: Data {
            changes: Some(Changes {
                tables: [("orders".to_owned(), TableChange::default())].into(),
                outside: [("visits".to_owned(), RowCounts::default())].into(),
            }),
            ..Data::default()
        },
    });
    summary.to_json()
}

#[test]
fn every_option_of_the_guides_is_one_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    for (page, head, command) in [
        ("docs/flows.md", "option", &["play"][..]),
        (
            "docs/import-export.md",
            "option of `flow import`",
            &["flow", "import"],
        ),
        (
            "docs/import-export.md",
            "option of `flow export`",
            &["flow", "export"],
        ),
        ("docs/workload.md", "option of `run`", &["run"]),
        (
            "docs/seeding-reference.md",
            "option of `seed run`",
            &["seed", "run"],
        ),
        (
            "docs/seeding-reference.md",
            "option of `seed profile`",
            &["seed", "profile"],
        ),
    ] {
        let output = rehearsal(folder.path())
            .args(command)
            .arg("--help")
            .output()
            .unwrap();
        let help = said(&output);
        for name in Page::open(page).names(head) {
            let option = name.split(' ').next().unwrap();
            let option = if option.starts_with("-v") {
                "--verbose"
            } else {
                option
            };
            assert!(help.contains(option), "`{option}` of {command:?}: {help}");
        }
    }
}

#[test]
fn links_of_the_guides_lead_somewhere() {
    for page in Page::all() {
        let folder = root().join(&page.name);
        let folder = folder.parent().unwrap();
        for link in page.text.split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            if link.contains("://") || link.starts_with('#') {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = folder.join(file);
            if target
                .extension()
                .is_none_or(|ext| ext != "md" && ext != "json")
            {
                continue; // pictures are made by a run
            }
            let text = fs::read_to_string(&target)
                .unwrap_or_else(|error| panic!("{}: {link}: {error}", page.name));
            let headings = text.lines().filter(|line| line.starts_with('#'));
            let mut anchors = headings.map(anchor_of);
            assert!(
                anchor.is_empty() || anchors.any(|known| known == anchor),
                "{}: {link}",
                page.name
            );
        }
    }
}

/// A heading as the address of its place.
fn anchor_of(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
